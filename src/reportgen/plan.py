"""Step 3, the plan: which products a build makes, in the order of the book."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from reportgen.errors import UsageError
from reportgen.model import Report, Section
from reportgen.records import Records


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user asked for; nothing chosen means everything."""

    cities: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    editions: tuple[str, ...] = ("screen",)

    @property
    def everything(self) -> bool:
        """Whether the build covers all products of its editions."""
        return not self.cities and not self.languages


def plan(records: Records, choice: Choice, unreadable: Iterable[str] = ()) -> tuple[Section, ...]:
    """Return the sections that `choice` asks for; each becomes one city's file.

    `unreadable` are the ids of records with problems, which may be named as well. Raises
    UsageError for a city, language or edition that the workspace does not have.
    """
    known = [*(city.id for city in records.cities), *unreadable]
    _require("city", choice.cities, known)
    _require("language", choice.languages, records.report.languages)
    _require("edition", choice.editions, records.report.editions)
    return tuple(
        Section(city, language, edition)
        for edition in choice.editions
        for language in _languages(records.report, choice)
        for city in records.cities
        if language in city.texts and (not choice.cities or city.id in choice.cities)
    )


def path(section: Section) -> str:
    """Return where the section's own product lies below the output folder."""
    return f"{section.identity}.pdf"


def _languages(report: Report, choice: Choice) -> tuple[str, ...]:
    return tuple(x for x in report.languages if not choice.languages or x in choice.languages)


def _require(kind: str, asked: Iterable[str], known: Iterable[str]) -> None:
    options = list(known)
    for name in asked:
        if name not in options:
            near = difflib.get_close_matches(name, options, n=1)
            raise UsageError(
                f"no {kind} '{name}' in this workspace",
                remedy=f"did you mean '{near[0]}'?" if near else f"there is {', '.join(options)}",
            )
