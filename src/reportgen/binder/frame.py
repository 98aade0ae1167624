"""What all quires of a product share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reportgen.binder import furniture as over
from reportgen.binder import sheet
from reportgen.plan.values import About, Finish, Layout

SAVE, RESTORE = b"q ", b" Q "


@dataclass(frozen=True, slots=True)
class Frame:
    """What all quires of a product share; numbers are those of its objects."""

    about: About
    layout: Layout
    finish: Finish
    over: over.Furniture
    slug: sheet.Slug | None
    pages: int
    """The root of the page tree."""
    fonts: int
    """The font dictionary."""
    document: int
    """The root of the tag tree; 0 if the product has none."""
    inks: int
    """The colour space of all inks; 0 if nothing is printed with them."""
    namespace: int
    """That of the tags; 0 if they are those of PDF 1.7."""
    targets: dict[str, int]
    """Of each section the array with its first tag, in PDF 2.0; what refers to it has that."""

    @property
    def tagged(self) -> bool:
        """Whether the product has tags, links and an outline."""
        return self.document > 0

    def tag(self, element: int, at: dict[int, int]) -> int:
        """Return the object of a section's tag, -1 if it has none; 0 if nothing leads to tags."""
        return at.get(element, self.document) if self.namespace else 0

    def plain(self) -> dict[str, object]:
        """Return what quires depend on beside their sections, as plain JSON values."""
        finish = self.finish
        return {
            "numbers": [self.pages, self.fonts, self.document, self.inks, self.namespace],
            "targets": self.targets,
            "layout": [self.layout.front, self.layout.binding],
            "sheet": [finish.standard, finish.width, finish.height, finish.bleed, finish.grey],
            "marks": [*finish.marks, finish.slug],
        }

    def drawings(self) -> Iterator[bytes]:
        """Yield what the pages draw that belongs to no section of its own."""
        pages = range(self.layout.pages)
        sides = [(self.layout.label(page), self.layout.side(page)) for page in pages]
        yield from self.over.drawings(sides, self.finish.height)
        yield from (SAVE, RESTORE)
        if self.finish.marks:
            for side in ("single", "recto", "verso"):
                yield self.sheet(side).clip()
                yield self.marks(side)

    def shift(self, side: str) -> float:
        """Return by how many pt the sheet lies to the right of a page.

        The binding margin moves the sheet under the text, so nothing on it need move.
        """
        return {"recto": -1, "verso": 1}.get(side, 0) * (self.layout.binding or 0)

    def sheet(self, side: str) -> sheet.Sheet:
        """Return the sheet of a page."""
        return sheet.Sheet(self.finish, self.shift(side))

    def marks(self, side: str) -> bytes:
        """Return what stands beside a page."""
        return self.sheet(side).marks(self.slug)
