"""Page furniture: running heads, footers, folios and the thumb index, laid over the pages.

They are set once and drawn on every page that wants them, so that a fragment knows neither
its page number nor the side of the sheet that it comes to lie on. A layer goes into the slot
of its name and of the page's side, `foot-recto`. For readers of the tag tree all of it is
an artifact (ISO 14289-1, 7.8).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reportgen.binder.file import number
from reportgen.errors import TypesettingError
from reportgen.model import Fragment, Layer, Slot

FIGURE, TAB, THUMB, HEAD = "figure-", "tab", "thumb-", "head"


@dataclass(frozen=True, slots=True)
class Laid:
    """A layer at its place on a page: left and top in pt from the page's lower left corner."""

    owner: Fragment
    layer: Layer
    left: float
    top: float
    last: bool
    """Whether it is drawn over the page; else it may come before, so as to be read first."""


def lay(
    furniture: Fragment, fragment: Fragment, page: int, label: str, side: str
) -> Iterator[Laid]:
    """Yield the layers of the `page`-th page of a fragment, by its number and its side.

    Raises TypesettingError for a layer without a slot, or a number without its figures.
    """
    sheet = fragment.sheets[page]
    if sheet.bare:
        return
    # Heads first: readers of the text meet them as readers of the page do.
    names = sorted({**furniture.layers, **fragment.layers}, key=lambda n: not n.startswith(HEAD))
    for name in names:
        if name.startswith((FIGURE, TAB, THUMB)) or (page == 0 and name.startswith(HEAD)):
            continue
        owner = fragment if name in fragment.layers else furniture
        layer = owner.layers[name]
        slot = _slot(furniture, name, side)
        left = _left(slot, layer.width)
        yield Laid(owner, layer, left, sheet.height - slot.top, last=page > 0)
    figures = [found for c in label if (found := furniture.layers.get(f"{FIGURE}{c}"))]
    if figures:
        slot = _slot(furniture, "folio", side)
        if len(figures) != len(label):
            raise TypesettingError(f"the furniture has no figures for the page number {label}")
        left = _left(slot, sum(figure.width for figure in figures))
        for figure in figures:
            yield Laid(furniture, figure, left, sheet.height - slot.top, last=page > 0)
            left += figure.width
    thumb = f"{THUMB}{fragment.meta.get('thumb', '')}"
    if side != "single" and thumb in furniture.layers:
        letters = [name for name in furniture.layers if name.startswith(THUMB)]
        for name, place in ((TAB, TAB), (thumb, "thumb")):
            if piece := furniture.layers.get(name):
                slot = _slot(furniture, place, side)
                top = slot.top + slot.height / len(letters) * letters.index(thumb)
                left = _left(slot, piece.width)
                yield Laid(furniture, piece, left, sheet.height - top, last=True)


def content(laid: list[Laid], name: Callable[[Laid], str]) -> bytes:
    """Return the drawing of layers."""
    drawn = "\n".join(
        f"q 1 0 0 1 {number(x.left)} {number(x.top)} cm /{name(x)} Do Q" for x in laid
    )
    return f"/Artifact <</Type/Pagination>> BDC\n{drawn}\nEMC".encode()


def _slot(furniture: Fragment, name: str, side: str) -> Slot:
    found = furniture.slots.get(f"{name}-{side}")
    if found is None:
        raise TypesettingError(
            f"the furniture has no slot {name}-{side} for the layer {name}",
            remedy="add it to templates/book/furniture.html",
        )
    return found


def _left(slot: Slot, width: float) -> float:
    spare = {"right": 1.0, "end": 1.0, "center": 0.5}.get(slot.align, 0.0)
    return slot.left + spare * (slot.width - width)
