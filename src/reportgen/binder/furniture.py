"""Page furniture: running heads, footers, folios and the thumb index, laid over the pages.

They are set once and drawn on every page that wants them, so that a fragment knows neither
its page number nor the side of the sheet that it comes to lie on. A layer goes into the slot
of its name and of the page's side, `foot-recto`. For readers of the tag tree all of it is
an artifact (ISO 14289-1, 7.8), except for what is read once, on the last page: see `Spoken`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from reportgen.binder.file import as_name, number
from reportgen.core.errors import TypesettingError
from reportgen.core.fragments import Fragment, Layer, Slot

FIGURE, TAB, THUMB, HEAD = "figure-", "tab", "thumb-", "head"


HEADER, FOOTER = "Header", "Footer"
"""What furniture is to a program that reads pages aloud (ISO 32000-1, table 330)."""


@dataclass(frozen=True, slots=True)
class Laid:
    """A layer at its place on a page: left and top in pt from the page's lower left corner."""

    name: str
    owner: Fragment
    layer: Layer
    left: float
    top: float
    kind: str
    """HEADER or FOOTER, or nothing for what stands at the side."""
    last: bool
    """Whether it is drawn over the page; else it may come before, so as to be read first."""

    read: bool = False
    """Whether it is content here, and no artifact."""

    @property
    def drawing(self) -> bytes:
        """What draws it at its place."""
        if self.read:
            return placed(self.name, self.left, self.top).encode()
        return drawing(self.name, self.left, self.top, self.kind)


class Furniture:
    """The furniture of a product."""

    def __init__(self, fragment: Fragment) -> None:
        self.fragment = fragment
        drawn = [name for name in fragment.layers if not name.startswith((FIGURE, TAB, THUMB))]
        self._heads = [name for name in drawn if name.startswith(HEAD)]
        self._others = [name for name in drawn if not name.startswith(HEAD)]
        self._thumbs = [name for name in fragment.layers if name.startswith(THUMB)]

    def lay(self, fragment: Fragment, page: int, label: str, side: str) -> Iterator[Laid]:
        """Yield the layers of the `page`-th page of a fragment, by its number and its side.

        Raises TypesettingError for a layer without a slot, or a number without its figures.
        """
        sheet = fragment.sheets[page]
        if sheet.bare:
            return
        own = fragment.layers
        # Heads first: readers of the text meet them as readers of the page do.
        heads = [*self._heads, *(n for n in own if n.startswith(HEAD))] if page else []
        for name in dict.fromkeys((*heads, *self._others, *(n for n in own if n not in heads))):
            if page or not name.startswith(HEAD):
                owner = fragment if name in own else self.fragment
                yield _laid(name, owner, self._slot(name, side), sheet.height, last=page > 0)
        yield from self._folio(label, side, sheet.height, last=page > 0)
        thumb = f"{THUMB}{fragment.meta.get('thumb', '')}"
        if side != "single" and thumb in self._thumbs:
            yield from self._thumb(thumb, side, sheet.height)

    def drawings(self, labels: Iterable[tuple[str, str]], height: float) -> Iterator[bytes]:
        """Yield what draws the furniture of a product, by the numbers and sides of its pages.

        `height` is that of its pages. Left out is what belongs to one section alone.
        """
        pairs = list(labels)
        for side in dict.fromkeys(side for _, side in pairs):
            for name in (*self._heads, *self._others):
                if slot := self.fragment.slots.get(f"{name}-{side}"):
                    yield _laid(name, self.fragment, slot, height, last=False).drawing
            if side != "single":
                for thumb in self._thumbs:
                    for piece in self._thumb(thumb, side, height):
                        yield piece.drawing
        for label, side in pairs:
            if all(f"{FIGURE}{c}" in self.fragment.layers for c in label):
                for piece in self._folio(label, side, height, last=False):
                    yield piece.drawing

    def _folio(self, label: str, side: str, height: float, *, last: bool) -> Iterator[Laid]:
        """Yield the figures of a page number, where there are figures."""
        layers = self.fragment.layers
        names = [f"{FIGURE}{c}" for c in label]
        widths = [layers[name].width for name in names if name in layers]
        if not widths:
            return
        slot = self._slot("folio", side)
        if len(widths) != len(label):
            raise TypesettingError(f"the furniture has no figures for the page number {label}")
        left = slot.start(sum(widths))
        for name, width in zip(names, widths, strict=True):
            box = replace(slot, left=left, width=width)
            yield _laid(name, self.fragment, box, height, last=last)
            left += width

    def _thumb(self, thumb: str, side: str, height: float) -> Iterator[Laid]:
        """Yield a letter of the thumb index on its tab."""
        for name, place in ((TAB, TAB), (thumb, "thumb")):
            if name in self.fragment.layers:
                slot = self._slot(place, side)
                step = slot.height / len(self._thumbs)
                box = replace(slot, top=slot.top + step * self._thumbs.index(thumb))
                piece = _laid(name, self.fragment, box, height, last=True)
                yield replace(piece, kind="")

    def _slot(self, name: str, side: str) -> Slot:
        found = self.fragment.slots.get(f"{name}-{side}")
        if found is None:
            raise TypesettingError(
                f"the furniture has no slot {name}-{side} for the layer {name}",
                remedy="add it to templates/book/furniture.html",
            )
        return found


@lru_cache(maxsize=4096)
def drawing(name: str, left: float, top: float, kind: str) -> bytes:
    """Return what draws a layer at its place.

    Each is drawn on its own, so that pages share it: all but the folio is the same on a
    thousand pages, and of the folio each figure.
    """
    subtype = f"/Subtype/{kind}" if kind else ""
    return f"/Artifact<</Type/Pagination{subtype}>>BDC {placed(name, left, top)}EMC ".encode()


def placed(name: str, left: float, top: float) -> str:
    """Return what draws a layer at its place, whatever it is there."""
    return f"q 1 0 0 1 {number(left)} {number(top)} cm/{as_name(name)} Do Q "


def _laid(name: str, owner: Fragment, slot: Slot, height: float, *, last: bool) -> Laid:
    """Return a layer in a slot of a page that is `height` pt high."""
    layer, kind = owner.layers[name], HEADER if slot.top < height / 2 else FOOTER
    return Laid(name, owner, layer, slot.start(layer.width), height - slot.top, kind, last)
