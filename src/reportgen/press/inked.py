"""The engine's drawing in inks: every colour that it sets is one that a press can print.

The engine draws in the colours of the screen, whatever it is asked for. Here its drawing
asks `inks` for each colour, gradient and picture as it is drawn, so that no operator of
another colour space is ever written.
"""

from __future__ import annotations

import io
from typing import Any

import pydyf
from PIL import Image
from weasyprint.pdf.stream import Stream

from reportgen.core.errors import TypesettingError
from reportgen.press.inks import Inks, Mask, Paint, Plates, screen

RGB = frozenset({"srgb", "hsl", "hwb"})
"""Spaces of CSS Color 4 that the engine can turn into sRGB."""
LAB = frozenset({"xyz-d65", "xyz-d50", "oklab", "oklch", "lab", "lch"})
"""Those that it can turn into CIE Lab."""
FILLS = {1: b"g", 4: b"k"}
STROKES = {1: b"G", 4: b"K"}
"""Operators by the number of their operands (ISO 32000-1, table 74)."""


class Inked(Stream):  # type: ignore[misc]
    """A content stream that is drawn with inks."""

    def __init__(self, *args: Any, inks: Inks | Mask, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.inks = inks

    def clone(self, **kwargs: Any) -> Inked:
        """Return an empty stream with the same inks, as the engine's own `clone`."""
        given = {
            "fonts": self._fonts,
            "page_rectangle": self.page_rectangle,
            "resources": self._resources,
            "images": self._images,
            "tags": self._tags,
            "color_profiles": self._color_profiles,
            "output_intent": self._output_intent,
            "compress": self.compress,
            "inks": self.inks,
        }
        return Inked(**{**given, **kwargs})

    def set_color(self, color: Any, stroke: bool = False) -> None:  # noqa: FBT001, FBT002
        """Set the colour of what is filled, or of lines."""
        *_, alpha = color
        paint = self._paint(color)
        if self.fine_lines if stroke else self.fine:
            alpha = 1 if alpha else 0  # a veil is a tint as well
            paint = self.inks.full(paint)
        self.set_alpha(alpha, stroke)
        current = "_current_color_stroke" if stroke else "_current_color"
        if getattr(self, current) != paint:
            setattr(self, current, paint)
            operator = (STROKES if stroke else FILLS)[len(paint)]
            self.stream.append(b" ".join((*map(pydyf._to_bytes, paint), operator)))

    def _paint(self, color: Any) -> Paint:
        if color.space == "device-cmyk":
            return self.inks.limited(*(value or 0 for value in color.coordinates))
        if color.space in RGB:
            return self.inks.paint(*color.to("srgb").coordinates)
        if color.space in LAB:
            return self.inks.paint(*screen(*color.to("lab").coordinates))
        raise TypesettingError(
            f"a colour of the space {color.space}, which cannot be printed",
            remedy="name it as #rrggbb, lab() or device-cmyk()",
        )

    def set_color_rgb(self, *values: float, stroke: bool = False) -> None:  # noqa: ARG002
        """Refuse a colour that does not come through `set_color`."""
        raise TypesettingError("the engine draws in RGB where inks are asked for")

    def add_shading(
        self, kind: Any, domain: Any, coords: Any, extend: Any, function: Any,
        color_space: Any = None,
    ) -> Any:  # fmt: skip
        """Add a gradient: from the inks of one stop to those of the next."""
        if color_space is None:
            for step in function["Functions"]:
                for end in ("C0", "C1"):
                    step[end] = pydyf.Array(self.inks.paint(*(v or 0 for v in step[end])))
        return super().add_shading(kind, domain, coords, extend, function, color_space)

    def set_alpha_state(
        self, x: float, y: float, width: float, height: float, mode: str = "luminosity"
    ) -> Any:
        """Add a mask. Where its light counts, its colours are light and not ink."""
        group = super().set_alpha_state(x, y, width, height, mode)
        if mode == "luminosity":
            group.inks = Mask()
            group.extra["Group"]["CS"] = group.inks.space
        return group

    def add_image(self, image: Any, interpolate: Any, ratio: Any) -> str:
        """Add a picture, which is turned into inks when it is written."""
        # A picture may be drawn both on the page and in a mask.
        name: str = super().add_image(_Picture(image, self.inks), interpolate, ratio)
        return name

    @property
    def _default_color_space(self) -> str:
        return self.inks.space


class _Picture:
    """A picture of the engine that is written in inks."""

    def __init__(self, image: Any, inks: Inks | Mask) -> None:
        self.image, self.inks = image, inks
        self.id = f"{image.id}m" if isinstance(inks, Mask) else image.id

    def get_x_object(self, interpolate: Any, ratio: float) -> Any:
        """Return the picture as an object; its transparency stays as the engine writes it."""
        made = self.image.get_x_object(interpolate, ratio)
        lossy = self.image.format == "JPEG"
        with Image.open(io.BytesIO(self.image.image_data.data)) as picture:
            try:
                plates: Plates = self.inks.picture(picture, lossy=lossy)
            except ValueError as error:
                raise TypesettingError(
                    str(error), remedy="save the picture as RGB, CMYK or greys, 8 bits each"
                ) from error
        for key in ("Decode", "DecodeParms"):
            made.extra.pop(key, None)
        made.extra["ColorSpace"], made.extra["Filter"] = plates.space, plates.filter
        if plates.inverted:
            made.extra["Decode"] = pydyf.Array([1, 0] * 4)
        made.stream = [plates.content]
        return made
