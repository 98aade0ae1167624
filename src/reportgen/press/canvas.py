"""What pages and layers are drawn on: streams of one fragment, which share its pictures."""

from __future__ import annotations

from typing import Any

import pydyf
from weasyprint.pdf import _use_references
from weasyprint.pdf.stream import Stream

from reportgen.press.inked import Inked
from reportgen.press.inks import Inks
from reportgen.press.objects import Objects

OVER = 132
"""CSS px beyond a page or the box of a layer in which what is drawn is kept: for bleed, or a rule
that runs on."""
_LAB = (
    "/lab-d50[/Lab<</WhitePoint[0.9642 1 0.8251]/Range[-125 125 -125 125]>>]"
    "/lab-d65[/Lab<</WhitePoint[0.9505 1 1.089]/Range[-125 125 -125 125]>>]"
)


class Canvas:
    """Makes the streams of a document, drawn with `inks` if there are any."""

    def __init__(self, document: Any, inks: Inks | None, objects: Objects) -> None:
        self.objects = objects
        self._document, self._inks = document, inks
        self._images: dict[str, Any] = {}

    def stream(
        self,
        bounds: tuple[float, float, float, float],
        marked: Any,
        fonts: dict[Any, Any] | None = None,
    ) -> tuple[Any, Any]:
        """Return a stream and its resources, to draw on within x, y, width and height in CSS px.

        What is tagged is noted in `marked`, if that is not None, and faces in `fonts`, or in the
        document's.
        """
        kinds = ("ExtGState", "XObject", "Pattern", "Shading")
        resources = pydyf.Dictionary({kind: pydyf.Dictionary() for kind in kinds})
        resources["ColorSpace"] = "<<>>" if self._inks else f"<<{_LAB}>>"
        resources["Font"] = b"\x00f\x00"
        document = self._document
        given = (
            document.fonts if fonts is None else fonts, _around(*bounds), resources, self._images,
            marked, document.color_profiles, document.output_intent,
        )  # fmt: skip
        return Inked(*given, inks=self._inks) if self._inks else Stream(*given), resources

    def finish(self, stream: Any, resources: Any) -> dict[str, str]:
        """Add what is drawn to the objects; return what it uses beside fonts, as PDF."""
        self.objects.add_object(stream)
        _use_references(self.objects, resources, self._images, {})
        return _resources(resources, stream)


def _around(x: float, y: float, width: float, height: float) -> tuple[float, ...]:
    """Return the area in which groups of a page or of a layer are drawn, in CSS px."""
    return x - OVER, y - OVER, width + 2 * OVER, height + 2 * OVER


def _resources(resources: Any, stream: Any) -> dict[str, str]:
    """Return what a page or a layer uses beside fonts, each kind without its brackets."""
    found = {
        kind: resources[kind].data[2:-2].decode("latin-1")
        for kind in ("ExtGState", "XObject", "Pattern", "Shading")
        if resources[kind]
    }
    if any(isinstance(item, bytes) and item.startswith(b"/lab-") for item in stream.stream):
        found["ColorSpace"] = _LAB
    return found
