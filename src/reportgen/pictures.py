"""Pictures of a workspace, looked through before a page is set with them.

The engine embeds a damaged picture without a word, and decodes one of any size.
"""

from __future__ import annotations

import io
import re
import warnings
from xml.etree import ElementTree as ET

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

LARGEST = 50_000_000
"""Bytes of a file."""
MOST_PIXELS = 100_000_000
"""The pixels of an A3 page at 600 ppi, and more than any page of a report needs."""
TOO_LARGE = f"has more than {MOST_PIXELS:,} pixels"
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


def fault(name: str, content: bytes) -> str:
    """Return what is wrong with the picture, or an empty text. `name` tells its format."""
    suffix = name[name.rfind(".") :].lower()
    return _drawing_fault(content) if suffix == ".svg" else _raster_fault(suffix, content)


Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""
GRAVE, LIGHT = "#C4161C", "#0B5CAD"
"""Marks tell the two apart by their colour and by their line: errors have the bolder one."""
CLEAR = 5
"""Pixels between what is marked and its mark."""


def marked(
    pixels: bytes, shape: tuple[int, int, int], mode: str, marks: list[tuple[Box, str, bool]]
) -> bytes:
    """Return a page as PNG with boxes drawn around places, each with its label.

    `shape` is width, height and bytes of a row; `mode` tells the order of the bytes. A mark
    is its box, its label in Latin letters, and whether it is grave.
    """
    width, height, stride = shape
    raw = "RGBX" if mode == "RGBX" else mode
    image = Image.frombytes("RGB" if mode != "L" else "L", (width, height), pixels, "raw", raw,
                            stride, 1).convert("RGB")  # fmt: skip
    drawing, face = ImageDraw.Draw(image), ImageFont.load_default(13)
    used: list[Box] = []
    for (left, top, right, bottom), label, grave in marks:
        colour = GRAVE if grave else LIGHT
        box = (
            max(left - CLEAR, 1), max(top - CLEAR, 1), min(right + CLEAR, width - 2),
            min(bottom + CLEAR, height - 2),
        )  # fmt: skip
        if box[2] > box[0] and box[3] > box[1]:
            drawing.rectangle(box, outline=colour, width=3 if grave else 2)
        _, _, wide, high = drawing.textbbox((0, 0), label, font=face)
        wide, high = wide + 8, high + 6
        x, y = min(max(box[0], 0), width - wide), box[1] - high
        # Above what is marked, and above one another; at the page's head below it.
        step = -high if y >= 0 else high
        y = y if y >= 0 else min(box[3], height - high)
        while any(x < b[2] and x + wide > b[0] and y < b[3] and y + high > b[1] for b in used):
            y += step
            if not 0 <= y <= height - high:
                break
        used.append((x, y, x + wide, y + high))
        drawing.rectangle(used[-1], fill=colour)
        drawing.text((x + 4, y + 2), label, fill="white", font=face)
    output = io.BytesIO()
    image.save(output, "PNG", optimize=True)
    return output.getvalue()


def _raster_fault(suffix: str, content: bytes) -> str:
    try:
        with (
            warnings.catch_warnings(action="ignore"),  # of the size, which is checked below
            Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image,
        ):
            if image.format != FORMATS.get(suffix):
                return f"is a {image.format} file, but its name says {suffix}"
            if image.width * image.height > MOST_PIXELS:
                return TOO_LARGE
            image.load()
    except Image.DecompressionBombError:
        return TOO_LARGE
    except UnidentifiedImageError:
        return "is no PNG or JPEG file"
    except (OSError, SyntaxError, ValueError) as error:
        return f"is damaged: {error}"
    return ""


def _drawing_fault(content: bytes) -> str:
    """Refuse what an SVG can do besides drawing: entities, scripts, outside files."""
    if re.search(rb"<!(DOCTYPE|ENTITY)", content, re.IGNORECASE):
        return "declares a document type; delete the line <!DOCTYPE …>"
    try:
        root = ET.fromstring(content)  # noqa: S314 - without a DOCTYPE there are no entities
    except ET.ParseError as error:
        return f"is no SVG drawing: {error}"
    for element in root.iter():
        tag = str(element.tag).rsplit("}", 1)[-1]
        if tag in {"script", "foreignObject"}:
            return f"holds the element <{tag}>"
        for key, value in element.attrib.items():
            if key.rsplit("}", 1)[-1] == "href" and not value.startswith(("#", "data:image/")):
                return f"refers to the file {value}"
    return ""
