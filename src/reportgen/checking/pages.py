"""What the rules on pages look at, and what they note: what a proof-reader sees on the sheets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from reportgen.core.colours import Colour
from reportgen.core.measures import Area, Line, Measured, MeasuredPage, Run
from reportgen.core.units import MM

FURNITURE = -1
"""Stands for what is laid over pages among the numbers of pages."""
PROSE = frozenset({"p", "li", "dd", "blockquote"})
"""Elements that hold running text, in which single lines matter."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A set section, and the sections that links in its products can lead to."""

    measured: Measured
    targets: frozenset[str]
    ink: Callable[[Colour], float] | None = None
    """The sum of inks that a colour is printed with, 1 for one ink; None if nothing is printed."""

    @property
    def pages(self) -> tuple[MeasuredPage, ...]:
        """Its pages."""
        return self.measured.pages

    def runs(self) -> Iterator[tuple[int, Run]]:
        """Yield all its text with the number of the page, counted from 0."""
        yield from ((n, run) for n, page in enumerate(self.pages) for run in page.runs)
        yield from ((FURNITURE, run) for run in self.measured.furniture)

    def joined(self) -> Iterator[tuple[int, Run]]:
        """Yield its text, what looks the same and stands together as one."""
        held: tuple[int, Run] | None = None
        for number, run in self.runs():
            if held and held[0] == number and _alike(held[1], run):
                held = (number, replace(held[1], at=held[1].at.hull(run.at)))
                continue
            if held:
                yield held
            held = (number, run)
        if held:
            yield held

    def lines(self) -> Iterator[tuple[int, Line]]:
        """Yield all its lines with the number of the page."""
        yield from ((n, line) for n, page in enumerate(self.pages) for line in page.lines)

    def paragraphs(self) -> Iterator[list[tuple[int, Line]]]:
        """Yield its blocks of running text, line by line."""
        found: dict[int, list[tuple[int, Line]]] = {}
        for number, line in self.lines():
            if line.tag in PROSE:
                found.setdefault(line.paragraph, []).append((number, line))
        yield from found.values()


@dataclass(frozen=True, slots=True)
class Note:
    """What breaks a rule: on which page, counted from 0, and where on it."""

    page: int
    area: Area
    message: str
    remedy: str
    text: str = ""
    """The text by which the record's line is found."""


def _alike(one: Run, other: Run) -> bool:
    """Tell whether text goes on below or beside in the same type and colours."""
    near = other.at.y - one.at.bottom < 3 * one.size / MM
    looks = [(run.size, run.bold, run.colour, run.ground) for run in (one, other)]
    return near and looks[0] == looks[1]


def short(text: str) -> str:
    """Return a text as a message quotes it, at most 40 characters."""
    return text if len(text) <= 40 else text[:39] + "…"
