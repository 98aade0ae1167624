"""What is too fine for a screen of dots, in print: small text and thin rules in one ink, in full.

Inks are never laid exactly over one another, and a tint is a screen of dots: a letter of 7 pt in a
tint or in four inks has no sharp edge. So it is printed in black, or left white where it is light.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from weasyprint import draw
from weasyprint.svg import SVG

from reportgen.core.units import PX

SMALL = 9.0
"""pt under which text has one ink."""
THIN = 0.5
"""pt under which a rule has one ink."""
TEXTS = frozenset({"text", "tspan", "textPath", "a"})
"""Parts of a drawing that are text."""


_engine_draw_text = draw.draw_text
_engine_draw_border = draw.draw_border
_engine_draw_line = draw.draw_line
_engine_set_graphical_state = SVG.set_graphical_state


@contextmanager
def _finely(stream: Any, *, fill: bool, lines: bool) -> Iterator[None]:
    """Draw with one ink what is filled, and lines."""
    before = stream.fine, stream.fine_lines
    stream.fine, stream.fine_lines = fill, lines
    try:
        yield
    finally:
        stream.fine, stream.fine_lines = before


def draw_text(stream: Any, textbox: Any, *given: Any) -> None:
    """Draw a text; small text has one ink."""
    small = textbox.style["font_size"] * PX < SMALL
    with _finely(stream, fill=small, lines=small):
        _engine_draw_text(stream, textbox, *given)


def draw_border(stream: Any, box: Any) -> None:
    """Draw the border of a box; a thin one has one ink."""
    sides = (getattr(box, f"border_{side}_width") for side in ("top", "right", "bottom", "left"))
    thin = max(sides) * PX < THIN
    with _finely(stream, fill=thin, lines=thin):
        _engine_draw_border(stream, box)


def draw_line(stream: Any, x1: Any, y1: Any, x2: Any, y2: Any, thickness: Any, *given: Any) -> None:
    """Draw a rule; a thin one has one ink."""
    thin = thickness * PX < THIN
    with _finely(stream, fill=thin, lines=thin):
        _engine_draw_line(stream, x1, y1, x2, y2, thickness, *given)


def set_graphical_state(svg: Any, node: Any, font_size: Any, *given: Any, **named: Any) -> Any:
    """Set the colours of a part of a drawing, which is scaled to its place."""
    scale = PX * svg.concrete_width / svg.inner_width if svg.inner_width else PX
    small = node.tag in TEXTS and font_size * scale < SMALL
    thin = svg.length(node.get("stroke-width", "1px"), font_size) * scale < THIN
    with _finely(svg.stream, fill=small, lines=thin):
        return _engine_set_graphical_state(svg, node, font_size, *given, **named)
