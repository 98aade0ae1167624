"""The texts of cities, read again whenever a page is made of them.

They are most of a record, and each is set once: kept in memory they took 8 kB a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from reportgen.core.errors import InputError, Place, Problem
from reportgen.records.document import Value
from reportgen.records.reading import parse
from reportgen.records.schema.city import City, Profile
from reportgen.records.workspace import Workspace


class Kept(Protocol):
    """What is known of files from earlier, by their sha256."""

    def get(self, digest: str) -> Value:
        """Return what a file says, or None if that is not known."""

    def put(self, digest: str, value: Value) -> None:
        """Keep what a file says, unless it is known."""


class Texts(Mapping[str, Profile]):
    """A city's texts by language, as its file had them when it was first read."""

    __slots__ = ("_again", "_digest", "_languages", "_name")

    def __init__(self, again: Again, name: str, digest: str, languages: tuple[str, ...]) -> None:
        self._again, self._name, self._digest = again, name, digest
        self._languages = languages

    def __getitem__(self, language: str) -> Profile:
        if language not in self._languages:
            raise KeyError(language)
        return Profile.model_validate(self._again.said(self._name, self._digest)[language])

    def __contains__(self, language: object) -> bool:
        return language in self._languages  # without reading anything

    def __iter__(self) -> Iterator[str]:
        return iter(self._languages)

    def __len__(self) -> int:
        return len(self._languages)


class Again:
    """Reads the texts of files again that were read and found good."""

    def __init__(self, workspace: Workspace, kept: Kept) -> None:
        self._workspace, self._kept = workspace, kept
        self.asked = 0
        """How often a text was asked for."""
        self._last: tuple[str, Any] = ("", None)
        """Whose texts were read last: a page and its attachment are made one after another."""

    def lean(self, city: City, name: str) -> City:
        """Return a city without its texts, which it reads from what is kept of the file `name`."""
        texts = Texts(self, name, self._workspace.reads[name], tuple(city.texts))
        return city.model_copy(update={"texts": texts})

    def said(self, name: str, digest: str) -> Any:
        """Return the texts of the file `name` as of when it had the sha256 `digest`.

        Raises InputError if they are no longer kept and the file has changed.
        """
        self.asked += 1
        if self._last[0] != digest:
            value = self._kept.get(digest)
            if value is None:
                # Another workspace, as this one remembers what it read.
                now = Workspace(self._workspace.root)
                value = parse(now, name).value
                if now.reads[name] != digest:
                    message = "changed while pages were made of it"
                    raise InputError(Problem(Place(name), message, remedy="build again"))
            assert isinstance(value, dict)
            self._last = digest, value["texts"]
        return self._last[1]
