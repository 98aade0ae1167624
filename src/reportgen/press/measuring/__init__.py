"""Laid-out pages to measures: the engine draws them once more on paper that takes notes.

So colours and grounds come in the true order of painting, with every transformation, and
drawings within a page are measured as its text is. Lines are read from the engine's boxes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from weasyprint import draw as engine_draw
from weasyprint.formatting_structure import boxes
from weasyprint.stacking import StackingContext

from reportgen.core.measures import LayerMeasure, Link, Measured, MeasuredPage, SlotMeasure
from reportgen.press import furniture
from reportgen.press.measuring import paper
from reportgen.press.measuring.painted import drawn
from reportgen.press.measuring.reading import Reading
from reportgen.press.measuring.shapes import MM, Bounds, area, rectangle
from reportgen.press.patches import instead


def measured(identity: str, document: Any) -> Measured:
    """Return the measures of what the engine laid out."""
    with (
        instead("weasyprint.draw.draw_text", paper.draw_text),
        instead("weasyprint.draw.text.draw_first_line", paper.draw_first_line),
    ):
        return _measured(identity, document)


def _measured(identity: str, document: Any) -> Measured:
    body = [page for page in document.pages if _name(page) not in {"layers", "slots"}]
    layers = [page for page in document.pages if _name(page) == "layers"]
    reading = Reading()
    return Measured(
        identity,
        tuple(_page(document, page, reading) for page in body),
        tuple(run for page in layers for run in drawn(document, page)),
        frozenset(name for page in document.pages for name in page.anchors),
        tuple(layer for page in layers for layer in _layers(document, page)),
        {
            name: SlotMeasure(area(_border(box)), box.style["text_align_all"])
            for page in document.pages
            if _name(page) == "slots"
            for name, box in furniture.named(page, "slot")
        },
    )


def _page(document: Any, page: Any, reading: Reading) -> MeasuredPage:
    box = page._page_box
    lines, pictures = reading.page(page)
    return MeasuredPage(
        round(page.width * MM, 2),
        round(page.height * MM, 2),
        _name(page).startswith("bare"),
        area(rectangle(box.content_box_x(), box.content_box_y(), box.width, box.height)),
        lines,
        tuple(drawn(document, page)),
        pictures,
        tuple(_links(page)),
    )


def _layers(document: Any, page: Any) -> Iterator[LayerMeasure]:
    """Yield the layers of a page, each drawn by itself: on their page they may overlap."""
    for name, box in furniture.named(page, "layer"):
        x1, y1, x2, y2 = _border(box)
        if "fit" in box.element.get("class").split():
            x2 = min(x2, furniture.taken(box))
        context = StackingContext.from_box(box, page._page_box)
        paint = partial(engine_draw.draw_stacking_context, stacking_context=context)
        yield LayerMeasure(name, area((x1, y1, x2, y2)), tuple(drawn(document, page, paint)))


def _border(box: Any) -> Bounds:
    x, y = box.border_box_x(), box.border_box_y()
    return x, y, x + box.border_width(), y + box.border_height()


def _links(page: Any) -> list[Link]:
    return [
        Link(
            kind, target,
            " ".join(b.text for b in box.descendants() if isinstance(b, boxes.TextBox)).strip(),
            area(rectangle),
        )
        for kind, target, rectangle, box in page.links
        if box.element_tag == "a"
    ]  # fmt: skip


def _name(page: Any) -> str:
    return page._page_box.page_type.name or ""
