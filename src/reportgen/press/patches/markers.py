"""Marks of lists that a style sheet words itself: `li::marker { content: "–" }` (CSS Lists 3, 3.1).

The engine gives the mark and its text one style, so that both are taken out of the flow, and fails
on the text. WeasyPrint's issue 2918 is about it, mended after 70.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weasyprint.formatting_structure import build

_engine_marker_to_box = build.marker_to_box


def marker_to_box(*given: Any) -> Iterator[Any]:
    """Yield the boxes of a mark, whose text is not taken out of the flow once more."""
    for box in _engine_marker_to_box(*given):
        for child in box.children if box.is_outside_marker else ():
            if child.style is box.style:
                child.style = box.style.copy()
                child.style["position"] = "static"
        yield box
