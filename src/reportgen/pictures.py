"""Pictures of a workspace, looked through before a page is set with them.

The engine embeds a damaged picture without a word, and decodes one of any size.
"""

from __future__ import annotations

import io
import re
import warnings
from xml.etree import ElementTree as ET

from PIL import Image, UnidentifiedImageError

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
