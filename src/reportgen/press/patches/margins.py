"""The boxes in the margins of pages: none where none is asked for, and drawn in an order of use."""

from __future__ import annotations

from typing import Any

from weasyprint import draw, layout
from weasyprint.formatting_structure import boxes

MARGINS = (
    "@top-left-corner", "@top-left", "@top-center", "@top-right", "@top-right-corner",
    "@bottom-left-corner", "@bottom-left", "@bottom-center", "@bottom-right",
    "@bottom-right-corner", "@left-top", "@left-middle", "@left-bottom", "@right-top",
    "@right-middle", "@right-bottom",
)  # fmt: skip


def order_margins(pages: Any, *, opens: bool) -> None:
    """Say when the margins of laid-out pages are drawn.

    `opens` says that the first of the pages is the first of its section.

    The first page draws its margins before its text, all others after theirs, so that a
    text that runs on to the second page stays in one piece for programs that extract it
    in the order of the content.
    """
    for number, page in enumerate(pages):
        page._page_box.margins_first = opens and number == 0


_engine_make_margin_boxes = layout.make_margin_boxes


def make_margin_boxes(context: Any, page: Any, state: Any) -> Any:
    """Return the margin boxes of a page, if a style sheet asks for one.

    The engine computes the styles and the sizes of all sixteen, a tenth of a page's time.
    """
    styles = (context.style_for(page.page_type, keyword) for keyword in MARGINS)
    # A style is a mapping that is filled when it is asked, and so is false until then.
    given = (style for style in styles if style is not None)
    if any(style["content"] not in {"normal", "inhibit", "none"} for style in given):
        return _engine_make_margin_boxes(context, page, state)
    return ()


_engine_draw_page = draw.draw_page


def draw_page(page: Any, stream: Any) -> None:
    """Draw a page, its margins before all else if they are to be first."""
    children = page.children
    if page.margins_first:
        page.children = sorted(children, key=lambda c: not isinstance(c, boxes.MarginBox))
    try:
        _engine_draw_page(page, stream)
    finally:
        page.children = children
