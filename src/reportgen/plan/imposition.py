"""Imposition: where on which sheet each page of a book lies, and the marks around it.

Two pages lie side by side on each side of a landscape sheet, which is folded once, in the
middle. Sheets that are put into one another are a signature: all of them if the book is
stapled, else those of so many pages, which are gathered in a pile and glued. A page and the
one on its back are in register if the sheet is turned about its short edge; every page then
stands on its feet, so none is rotated.

Lengths are in mm, from the lower left corner of the side that faces the reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reportgen.core.errors import ImpositionError

if TYPE_CHECKING:
    from reportgen.records.schema.report import Edition, Imposition

SHEETS = {"A3": (420.0, 297.0), "SRA3": (450.0, 320.0)}
"""Width and height (ISO 216 and ISO 217), landscape."""
GAP = 1.0
"""Between the bleed and a mark, so that a cut that misses by as much shows no ink."""
LENGTH = 5.0
"""Of a crop or fold mark, and the width of a registration mark."""
BAR = (2.0, 8.0)
"""Width and height of a collating mark."""
INSET = 15.0
"""How far from head and foot collating marks keep."""
DEEPEST = 5.0
"""The most that a page may move towards the fold: beyond it no staple holds the sheets, and
what stands near the fold is cut."""
_EXACT = 1e-6


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the pages of a book have in common."""

    width: float
    height: float
    bleed: float
    paper: float
    """Thickness."""

    @classmethod
    def of(cls, edition: Edition) -> Leaf:
        """Return the leaf of an edition."""
        trim = edition.trim
        return cls(*map(float, (trim.width, trim.height, edition.bleed, edition.paper)))


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Cell:
    """A place for a page on a side of a sheet."""

    page: int | None
    """Counted from 0; None leaves the place blank."""
    left: float
    """Of the page's trim, whose right edge may lie beyond the fold: `clip` ends there."""
    bottom: float
    clip: Box
    """What of the page is printed: the trim and its bleed, up to the fold."""


@dataclass(frozen=True, slots=True)
class Line:
    """A crop mark, or a fold mark, which is dashed."""

    start: tuple[float, float]
    end: tuple[float, float]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a sheet."""

    cells: tuple[Cell, Cell]
    """Left and right."""
    trim: Box
    """What is left of the sheet when the book is cut."""
    bleed: Box
    lines: tuple[Line, ...]
    targets: tuple[tuple[float, float], ...]
    """The centres of registration marks."""
    bar: Box | None
    """The collating mark, which lies on the fold."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of paper; its front is the outside once it is folded."""

    signature: int
    """Counted from 0 in the order in which signatures are gathered."""
    depth: int
    """How many sheets of the signature lie around it."""
    creep: float
    """How far both pages have moved towards the fold."""
    front: Side
    back: Side


def plan(pages: int, imposition: Imposition, leaf: Leaf) -> tuple[Sheet, ...]:
    """Return the sheets of a book, signature by signature, each from the outside in.

    Raises ImpositionError if there is nothing to lay out, if two pages do not fit on the
    sheet, or if the sheets of a signature would be too thick.
    """
    if pages < 1:
        raise ImpositionError("a book without pages cannot be laid on sheets")
    spread = _Spread(leaf, imposition.sheet)
    order = padded(pages)
    size = len(order) if imposition.scheme == "saddle" else imposition.signature
    sheets: list[Sheet] = []
    for signature, start in enumerate(range(0, len(order), size)):
        pile = order[start : start + size]
        deepest = (len(pile) // 4 - 1) * leaf.paper
        if deepest > DEEPEST:
            raise ImpositionError(
                f"{len(pile)} pages of {leaf.paper:g} mm paper in one another would move the "
                f"innermost by {deepest:g} mm; {DEEPEST:g} mm are the most",
                remedy="glue signatures (scheme: perfect), of fewer pages, or take thinner paper",
            )
        bar = spread.bar(signature) if imposition.scheme == "perfect" else None
        for depth in range(len(pile) // 4):
            # A leaf inside others is pushed away from the spine by their thickness.
            creep = depth * leaf.paper
            a, b = 2 * depth, len(pile) - 1 - 2 * depth
            front = spread.side(pile[b], pile[a], creep, None if depth else bar)
            back = spread.side(pile[a + 1], pile[b - 1], creep, None)
            sheets.append(Sheet(signature, depth, creep, front, back))
    return tuple(sheets)


def padded(pages: int) -> tuple[int | None, ...]:
    """Return the pages of a book with as many blank ones as fill its last sheet.

    Every page stays on the side of its leaf that it was set for. So a last left-hand page,
    the back cover, stays outermost and the blank pages come before it; after a last
    right-hand page they come at the end.
    """
    before = pages - 1 if pages % 2 == 0 else pages
    blank = (None,) * (-pages % 4)
    return (*range(before), *blank, *range(before, pages))


class _Spread:
    """Two pages on a side of a sheet."""

    def __init__(self, leaf: Leaf, sheet: str) -> None:
        self.leaf = leaf
        self.width, self.height = SHEETS[sheet]
        self.fold = self.width / 2
        self.bottom = (self.height - leaf.height) / 2
        aside = self.fold - leaf.width
        # Pages that fill the sheet leave nothing to cut, and no room to say where.
        self.marked = max(abs(aside), abs(self.bottom)) > _EXACT
        self.around = leaf.bleed + GAP + LENGTH
        if self.marked and min(aside, self.bottom) < self.around - _EXACT:
            raise ImpositionError(
                f"two pages of {leaf.width:g} × {leaf.height:g} mm with {leaf.bleed:g} mm bleed "
                f"and {GAP + LENGTH:g} mm for marks need {2 * (leaf.width + self.around):g} × "
                f"{leaf.height + 2 * self.around:g} mm; {sheet} has {self.width:g} × "
                f"{self.height:g} mm",
                remedy="choose a larger sheet, smaller pages or less bleed",
            )

    def side(self, left: int | None, right: int | None, creep: float, bar: Box | None) -> Side:
        """Return a side whose pages lie `creep` nearer to the fold."""
        leaf, fold = self.leaf, self.fold
        reach = leaf.width - creep
        trim = Box(fold - reach, self.bottom, fold + reach, self.bottom + leaf.height)
        bleed = Box(
            max(trim.left - leaf.bleed, 0),
            max(trim.bottom - leaf.bleed, 0),
            min(trim.right + leaf.bleed, self.width),
            min(trim.top + leaf.bleed, self.height),
        )
        cells = (
            Cell(left, trim.left, trim.bottom, Box(bleed.left, bleed.bottom, fold, bleed.top)),
            Cell(right, fold - creep, trim.bottom, Box(fold, bleed.bottom, bleed.right, bleed.top)),
        )
        lines = self._lines(trim) if self.marked else ()
        targets = self._targets() if self.marked else ()
        return Side(cells, trim, bleed, lines, targets, bar)

    def _lines(self, trim: Box) -> tuple[Line, ...]:
        near, far = self.leaf.bleed + GAP, self.around
        below, above = (trim.bottom - far, trim.bottom - near), (trim.top + near, trim.top + far)
        before, after = (trim.left - far, trim.left - near), (trim.right + near, trim.right + far)
        upright = [
            Line((x, y1), (x, y2), dashed=x == self.fold)
            for x in (trim.left, self.fold, trim.right)
            for y1, y2 in (below, above)
        ]
        level = [
            Line((x1, y), (x2, y)) for y in (trim.bottom, trim.top) for x1, x2 in (before, after)
        ]
        return (*upright, *level)

    def _targets(self) -> tuple[tuple[float, float], ...]:
        # They do not move with the pages: one sheet is laid over another by them.
        aside = self.leaf.width + self.around - LENGTH / 2
        return tuple((self.fold + x, self.height / 2) for x in (-aside, aside))

    def bar(self, signature: int) -> Box:
        """Return the collating mark: a step further down on each signature, then from the top.

        A gathered pile shows a flight of stairs on its spine, and a gap in it where a
        signature is missing, doubled or misplaced.
        """
        width, height = BAR
        steps = max(int((self.leaf.height - 2 * INSET) // height), 1)
        top = self.bottom + self.leaf.height - INSET - signature % steps * height
        return Box(self.fold - width / 2, top - height, self.fold + width / 2, top)
