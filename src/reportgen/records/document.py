"""A parsed file: its values, and where each of them stands."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from reportgen.core.errors import Place, Problem

MOST_PROBLEMS = 100
"""How many problems of one file are told; more are told by their number."""
UNIONS = frozenset({"paragraph", "subhead", "quotation", "matter", "glossary", "one", "each"})
"""The kinds that a block of a body, or a text of the back matter, may be of."""
Path = tuple[str | int, ...]
Value = str | int | bool | None | Decimal | tuple["Value", ...] | dict[str, "Value"]


@dataclass(slots=True)
class Node:
    """A value and where it stands: lines and columns from 1, `width` in characters."""

    line: int
    column: int
    width: int
    last_line: int
    value: Value
    children: dict[str | int, Node] = field(default_factory=dict)
    keys: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Places:
    """The lines of a file, and where its values stand."""

    lines: list[str]
    root: Node


@dataclass
class Document:
    """What a file says; finds the place of a value by its path."""

    file: str
    value: Value
    look: Callable[[], Places]
    """Reads the file again for its places; called once, when a place is asked for."""

    @cached_property
    def places(self) -> Places:
        """Where the values stand. Raises InputError if the file can no longer be parsed."""
        return self.look()

    def resolved(self, path: Path) -> Path:
        """Return the steps of a model's path that the file has.

        A model's path also names which kind of a union was tried, and keys that are missing.
        """
        node, found = self.places.root, []
        for step, following in zip(path, (*path[1:], None), strict=True):
            if step in node.children and not (step in UNIONS and following in node.children):
                node = node.children[step]
                found.append(step)
        return tuple(found)

    def _node(self, path: Path) -> Node:
        node = self.places.root
        for step in path:
            node = node.children.get(step, node)
        return node

    def problem(self, path: Path, message: str, *, key: bool = False, **more: Any) -> Problem:
        """Return a problem at the value of `path`, or at its key."""
        node, name = self.places.root, ""
        for step in path:
            if step in node.children:
                parent, node = node, node.children[step]
                name = f"{name}[{step}]" if isinstance(step, int) else f"{name}.{step}"
                if key and step == path[-1] and isinstance(step, str):
                    node = parent.keys[step]
        return problem_at(
            self.file, self.places.lines, node, message, field=name.lstrip("."), **more
        )

    def character(self, path: Path, character: str, message: str, **more: Any) -> Problem:
        """Return a problem at the first `character` in the source of the value of `path`."""
        found, node = self.problem(path, message, **more), self._node(path)
        lines = self.places.lines
        for number in range(node.line, min(node.last_line, len(lines)) + 1):
            line = lines[number - 1]
            start = node.column - 1 if number == node.line else 0
            # A file may have in pieces what its values have as one character.
            pieces = unicodedata.normalize("NFD", character)
            at = max(line.find(character, start), line.find(pieces, start))
            if at >= 0:
                place = Place(self.file, number, at + 1)
                return replace(found, place=place, source=line, width=1)
        return found

    def source(self, path: Path) -> str:
        """Return a value as the file writes it, where that is on one line."""
        node = self._node(path)
        return self.places.lines[node.line - 1][node.column - 1 : node.column - 1 + node.width]


def problem_at(file: str, lines: list[str], node: Node, message: str, **more: Any) -> Problem:
    """Return a problem at `node`, with its source line."""
    source = lines[node.line - 1] if node.line <= len(lines) else ""
    return Problem(
        Place(file, node.line, node.column), message, source=source, width=node.width, **more
    )


def shown(value: object) -> str:
    """Return a value as a message names it: its kind and, if it is short, itself."""
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, int | Decimal):
        return f"the number {value:f}" if isinstance(value, Decimal) else f"the number {value}"
    if isinstance(value, str):
        return f"'{value if len(value) <= 40 else value[:39] + '…'}'"
    return "a list" if isinstance(value, tuple) else "keys and values"
