"""Fewer layouts for a line of text.

For each line the engine has Pango lay out text four times: as much as may fit on it, the line
with the word that follows, the line alone, and what is drawn once more. Here

- the second is left out where the first says that the word is too wide by far, and
- the last layout of a line is kept for the drawing, if nothing about it is different there.

What is set is the same, and a page full of text takes half of the layouts.
"""

from __future__ import annotations

from typing import Any

from weasyprint.text import line_break
from weasyprint.text.ffi import TO_UNITS, ffi, pango

from reportgen.press.patches import keep_all

RTL = 1
"""Pango's odd directions run from right to left."""
NEAR = 0.5
"""em by which a word must be too wide not to be tried: kerning over a space moves it by less."""


ffi.cdef("""
    void pango_layout_index_to_line_x (
        PangoLayout *layout, int index, gboolean trailing, int *line, int *x_pos);
    int pango_layout_get_line_count (PangoLayout *layout);
""")


_engine_deactivate = line_break.Layout.deactivate
_engine_reactivate = line_break.Layout.reactivate


def set_text(layout: Any, text: str, justify: bool = False) -> None:  # noqa: FBT001, FBT002
    """Give a layout its text, unless its first line is known to end where it ends by now."""
    known = layout.text
    if len(text) < len(known) and known.startswith(text) and _too_wide(layout, text):
        return
    keep_all.set_text(layout, text, justify)
    _note(layout, text)


def _note(layout: Any, text: str) -> None:
    """Note whether a layout is as it would be drawn, if it has one line."""
    layout.final = not layout.justification_spacing and text.isprintable()
    # As it is drawn. Where there is no line break this changes nothing but the mode, which would
    # undo the layout if it were set later. A longer text may have a line break where a shorter,
    # tried before it, had none.
    pango.pango_layout_set_single_paragraph_mode(layout.layout, layout.final)


def _too_wide(layout: Any, text: str) -> bool:
    """Tell whether `text`, with which the layout begins, is far too wide for the first line."""
    width, style = pango.pango_layout_get_width(layout.layout), layout.style
    if width == keep_all.NO_WIDTH or layout.first_line_direction % 2 == RTL:
        return False
    if style["word_spacing"] < 0 or text.endswith(style["hyphenate_character"]):
        return False  # the space takes less than nothing, or the width is not the line's any more
    line, x = ffi.new("int *"), ffi.new("int *")
    pango.pango_layout_index_to_line_x(layout.layout, len(text.encode()), False, line, x)
    if line[0] != 1:
        return False
    first = pango.pango_layout_get_line_readonly(layout.layout, 0)
    taken, _ = line_break.line_size(first, style)
    spare = NEAR * style["font_size"]
    return bool(x[0] > width - (taken - spare) * TO_UNITS)


def deactivate(layout: Any) -> None:
    """Let go of a layout, but for one that can be drawn as it is."""
    if layout.final and pango.pango_layout_get_line_count(layout.layout) == 1:
        layout.final = False
        layout.ready = layout.style
    else:
        layout.ready = None
        _engine_deactivate(layout)


def reactivate(layout: Any, style: Any) -> None:
    """Take a layout up again, in another style than before only."""
    if layout.ready is not style:
        _engine_reactivate(layout, style)
    layout.ready = None
    layout.final = False
