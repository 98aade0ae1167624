"""The furniture of pages: layers, each a form of its own, and the slots that they are laid into."""

from __future__ import annotations

from typing import Any

import pydyf
from weasyprint.draw import draw_stacking_context
from weasyprint.formatting_structure import boxes
from weasyprint.stacking import StackingContext

from reportgen.core.fragments import Layer, Slot, Spoken
from reportgen.core.units import PX
from reportgen.press import fonts, tagging
from reportgen.press.annotations import words
from reportgen.press.canvas import OVER, Canvas
from reportgen.press.tags import write


def layers(canvas: Canvas, page: Any, links: Any) -> dict[str, Layer]:
    """Draw the elements of the class `layer` of a page with its links, each as a form."""
    found = {}
    for name, box in named(page, "layer"):
        x, y = box.border_box_x(), box.border_box_y()
        width, height = box.border_width(), box.border_height()
        within = [
            (target, (x1 - x, y1 - y, x2 - x, y2 - y), link)
            for kind, target, (x1, y1, x2, y2), link in links
            if kind == "external" and link.element_tag == "a"
            if x <= (x1 + x2) / 2 <= x + width and y <= (y1 + y2) / 2 <= y + height
        ]
        used: dict[Any, Any] = {}
        form, spoken = _form(canvas, page, box, used, None), None
        # ARIA 1.2, 5.4: who publishes, their rights, whom to ask.
        if within or box.element.get("role") == "contentinfo":
            tags = tagging.Tagging(tagging.Section())
            tags.layer(box, page.height)
            within = [link for link in within if tags.has(link[2])]
            spoken = _spoken(canvas, page, box, used, tags, [link for _, _, link in within])
        if "fit" in box.element.get("class").split():
            width = min(width, taken(box) - x)
        found[name] = Layer(
            form.number, round(width * PX, 2), round(height * PX, 2), fonts.glyphs(used),
            tuple((to, *(round(v * PX, 2) for v in corners)) for to, corners, _ in within),
            spoken,
        )  # fmt: skip
    return found


def _form(canvas: Canvas, page: Any, box: Any, used: dict[Any, Any], marked: Any) -> Any:
    """Draw a layer as a form, whose fonts are noted in `used`, and what is tagged if it is."""
    x, y = box.border_box_x(), box.border_box_y()
    width, height = box.border_width(), box.border_height()
    stream, resources = canvas.stream((x, y, width, height), marked, used)
    stream.transform(a=PX, d=-PX, e=-x * PX, f=y * PX)
    draw_stacking_context(stream, StackingContext.from_box(box, page._page_box))
    inner = "".join(f"/{k}<<{v}>>" for k, v in canvas.finish(stream, resources).items())
    stream.extra = {
        "Type": "/XObject",
        "Subtype": "/Form",
        "BBox": pydyf.Array([-OVER * PX, (-height - OVER) * PX, (width + OVER) * PX, OVER * PX]),
        "Resources": f"<<{inner}/Font \x00f\x00>>".encode(),
    }
    return stream


def _spoken(
    canvas: Canvas,
    page: Any,
    box: Any,
    used: dict[Any, Any],
    tags: tagging.Tagging,
    links: list[Any],
) -> Spoken:
    """Draw a layer once more, as content with tags of its own."""
    for number, link in enumerate(links):
        tags.linked(link, f"\x00v{number}\x00")
    marked: dict[Any, Any] = {}
    form = _form(canvas, page, box, used, marked)
    form.extra["StructParents"] = b"\x00k\x00"
    tags.marked.drawn(marked, form)
    tags.marked.join(0, form)
    tags.marked.join_groups()
    kids = write(tags.root, canvas.objects, form.number)
    return Spoken(
        form.number, tuple(kids), tuple(node.number for node in tags.root.below()),
        tuple(tags.marked.owners(0)), tuple(node.number for node in tags.annotated),
        tuple(map(words, links)),
    )  # fmt: skip


def slots(page: Any) -> dict[str, Slot]:
    """Return where the layers of other pages go on one: the elements of the class `slot`."""
    return {
        name: Slot(
            box.border_box_x() * PX, box.border_box_y() * PX, box.border_width() * PX,
            box.border_height() * PX, box.style["text_align_all"],
        )
        for name, box in named(page, "slot")
    }  # fmt: skip


def named(page: Any, kind: str) -> Any:
    """Yield the boxes of elements of the class `kind`, with their ids."""
    for found in page._page_box.descendants(placeholders=True):
        box = getattr(found, "_box", found)
        element = box.element
        if (
            isinstance(box, boxes.BlockBox)
            and element is not None
            and element.tag == "div"
            and kind in (element.get("class") or "").split()
            and box.element_tag == "div"
            and not box.is_table_wrapper
        ):
            yield element.get("id"), box


def taken(layer: Any) -> float:
    """Return where what a layer holds ends on the right, in CSS px: its texts and its pictures."""
    kinds = (boxes.TextBox, boxes.ReplacedBox)
    held = (b for b in layer.descendants() if isinstance(b, kinds))
    ends = (
        b.position_x + (b.width if isinstance(b, boxes.TextBox) else b.margin_width()) for b in held
    )
    return float(max(ends, default=layer.border_box_x()))
