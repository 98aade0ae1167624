"""Pictures of far more pixels than their place can show are reduced.

The engine does so with `dpi`, but measures a turned picture by one side of its matrix, and saves a
photograph anew at a quality of 75. Here it is measured as it stands, and saved at `QUALITY`.
"""

from __future__ import annotations

import io
import math
from typing import Any

from PIL import Image
from weasyprint.images import RasterImage

QUALITY = 90
"""Of JPEG, without thinned colours: above what is seen at 300 ppi."""
INCH = 72
"""pt"""
SLACK = 1.25
"""How many times the limit a picture may have before it is worth a loss."""


_engine_get_x_object = RasterImage.get_x_object


def draw(image: Any, stream: Any, width: float, height: float, style: Any) -> None:
    """Draw a picture of so many CSS px, and note how much smaller it may be."""
    if image.width <= 0 or image.height <= 0:
        return
    (a, b, _), (c, d, _), _ = stream.ctm
    sides = (abs(width) * math.hypot(a, b) / INCH, abs(height) * math.hypot(c, d) / INCH)
    ratio = 1.0
    if image._dpi and all(sides):
        found = max(image.width / sides[0], image.height / sides[1])
        if found > image._dpi * SLACK:
            ratio = image._dpi / found
    name = stream.add_image(image, style["image_rendering"] == "auto", ratio)
    stream.transform(width, 0, 0, -height, 0, height)
    stream.draw_x_object(name)


def get_x_object(image: Any, interpolate: Any, ratio: float) -> Any:
    """Return a picture as an object, reduced to so much of its sides."""
    if ratio < 1:
        with Image.open(io.BytesIO(image.image_data.data)) as whole:
            size = tuple(max(1, round(side * ratio)) for side in whole.size)
            kind = whole.format
            less = whole.convert(image.mode).resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
        output = io.BytesIO()
        if kind == "JPEG":
            less.save(output, "JPEG", quality=QUALITY, subsampling=0)
        else:
            less.save(output, "PNG")
        image.image_data = image.cache_image_data(output.getvalue())
        image.width, image.height = less.size
    return _engine_get_x_object(image, interpolate, 1)
