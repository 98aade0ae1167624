"""Pagination: which page of the book each section begins on.

The front matter counts in roman numerals, the body and the back in arabic from 1. Left pages
are those that come second on a leaf. A section says whether it opens on a right-hand page
(`recto`), on a left-hand one (`verso`) or on the next; what that skips stays blank.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reportgen.core.units import MM
from reportgen.plan.values import Layout, Placed


@dataclass(frozen=True, slots=True)
class Extent:
    """A section as the book sees it: how long it is, and where it wants to open."""

    identity: str
    target: str
    place: str
    """front, body or back."""
    pages: int
    opens: str


def paginate(
    extents: Iterable[Extent], binding: float, outline: tuple[tuple[int, str, str], ...]
) -> Layout:
    """Return the book's layout; `binding` is the binding margin in mm."""
    placed: list[Placed] = []
    at, front, in_front = 0, 0, True
    for extent in extents:
        if in_front and extent.place != "front":
            # The first numbered page is a right-hand one.
            at += at % 2
            front, in_front = at, False
        if (extent.opens, at % 2) in {("recto", 1), ("verso", 0)}:
            at += 1
        placed.append(Placed(extent.identity, extent.target, at, extent.pages))
        at += extent.pages
    return Layout(tuple(placed), at, at if in_front else front, binding * MM, outline)


class Locators:
    """Says pages as an index prints them."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._blank = set(range(layout.pages))
        for placed in layout.placed:
            self._blank.difference_update(range(placed.start, placed.start + placed.pages))

    def ranges(self, found: Iterable[tuple[int, int, str]]) -> list[dict[str, str]]:
        """Return runs of pages as ranges.

        `found` are the first and the last page, counted from 0, and the target of the
        section that they lie in; blank pages do not interrupt a run. Each of the result has
        a `label`, such as "12" or "12–15", and the `target` to link to.
        """
        runs: list[tuple[int, int, str]] = []
        for first, end, target in sorted(found):
            if runs and first <= self._next(runs[-1][1]) and self._alike(runs[-1][1], first):
                start, last, leads = runs[-1]
                runs[-1] = (start, max(last, end), leads)
            else:
                runs.append((first, end, target))
        return [{"label": self._label(first, last), "target": to} for first, last, to in runs]

    def _next(self, page: int) -> int:
        page += 1
        while page in self._blank:
            page += 1
        return page

    def _alike(self, one: int, other: int) -> bool:
        """Tell whether both pages are numbered in the same numerals."""
        return (one < self._layout.front) == (other < self._layout.front)

    def _label(self, first: int, last: int) -> str:
        label = self._layout.label(first)
        return f"{label}–{self._layout.label(last)}" if last > first else label
