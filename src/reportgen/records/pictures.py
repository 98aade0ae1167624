"""Pictures of a workspace, looked through before a page is set with them.

The engine embeds a damaged picture without a word, and decodes one of any size.
"""

from __future__ import annotations

import base64
import io
import logging
import re
import struct
import warnings
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from PIL.Image import Image as Raster
    from PIL.ImageCms import ImageCmsTransform

LARGEST = 50_000_000
"""Bytes of a file."""
MOST_PIXELS = 100_000_000
"""The pixels of an A3 page at 600 ppi, and more than any page of a report needs."""
TOO_LARGE = f"has more than {MOST_PIXELS:,} pixels"
UNDRAWN = frozenset({"textPath", "switch"})
"""Elements of SVG that the engine leaves out, or draws otherwise than browsers do."""
NO_EFFECT = ("filter", "mask")
"""Properties that the engine leaves out; where nothing has them, their elements do no harm."""
SAME = 2
"""Steps of 255 by which the rounding of a profile of sRGB moves a colour."""
FORMATS = {
    "PNG": (rb"\x89PNG", (".png",)),
    "JPEG": (rb"\xff\xd8", (".jpg", ".jpeg")),
    "WEBP": (rb"RIFF....WEBP", (".webp",)),
    "TIFF": (rb"II\*\0|MM\0\*", (".tif", ".tiff")),
}
"""What is read, by Pillow's name: how a file begins, and how its name may end."""
READ = tuple(FORMATS)
_NAMED = {suffix: name for name, (_, suffixes) in FORMATS.items() for suffix in suffixes}
DAMAGED = (OSError, SyntaxError, ValueError, TypeError)
UNREAD = (LookupError, EOFError, struct.error)
"""What Pillow raises for a bad picture, with words and without. It makes one kind of all where it
opens a file, but not where it goes on to other pictures in it, or to a camera's notes (EXIF)."""
_MAGIC = re.compile(
    b"|".join(b"(?P<%s>%s)" % (n.encode(), begin) for n, (begin, _) in FORMATS.items()), re.DOTALL
)
_WITHIN = re.compile(r"data:image/(png|jpe?g|webp);base64,([A-Za-z0-9+/=\s]+)")
"""A picture in an address (RFC 2397)."""


def fault(name: str, content: bytes) -> str:
    """Return what is wrong with the picture, or an empty text. `name` tells its format."""
    suffix = name[name.rfind(".") :].lower()
    return _drawing_fault(content) if suffix == ".svg" else _raster_fault(suffix, content)


def media(content: bytes) -> str:
    """Return the media type of a picture, by what it holds."""
    found = _MAGIC.match(content)
    return f"image/{found.lastgroup}".lower() if found else "image/svg+xml"


def within(address: str) -> bytes:
    """Return the picture that an address holds itself, empty if it holds none."""
    found = _WITHIN.fullmatch(address)
    if not found:
        return b""
    try:
        return base64.b64decode(found[2])
    except ValueError:
        return b""


Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""
GRAVE, LIGHT = "#C4161C", "#0B5CAD"
"""Marks tell the two apart by their colour and by their line: errors have the bolder one."""
CLEAR = 5
"""Pixels between what is marked and its mark."""
STRIP, LABEL = 210, 20
"""Pixels: the width of the strip beside the page that holds the labels, the height of one."""


def marked(
    pixels: bytes, shape: tuple[int, int, int], mode: str, marks: list[tuple[Box, str, bool]]
) -> bytes:
    """Return a page as PNG with boxes drawn around places, and beside it the label of each.

    `shape` is width, height and bytes of a row; `mode` tells the order of the bytes. A mark
    is its box, its label in Latin letters, and whether it is grave.
    """
    width, height, stride = shape
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - a build without pictures

    page = Image.frombytes(
        "L" if mode == "L" else "RGB", (width, height), pixels, "raw", mode, stride, 1
    )
    tops = _tops([(box[1] + box[3]) / 2 - LABEL / 2 for box, _, _ in marks], height)
    image = Image.new("RGB", (width + STRIP, max(height, LABEL * len(marks))), "#E6E9EC")
    image.paste(page.convert("RGB"), (0, 0))
    drawing, face = ImageDraw.Draw(image), ImageFont.load_default(13)
    for ((left, top, right, bottom), label, grave), y in zip(marks, tops, strict=True):
        colour, line = (GRAVE, 3) if grave else (LIGHT, 2)
        box = (
            max(left - CLEAR, 0), max(top - CLEAR, 0),
            min(max(right, left) + CLEAR, width - 1), min(max(bottom, top) + CLEAR, height - 1),
        )  # fmt: skip
        if box[0] < box[2] and box[1] < box[3]:
            drawing.rectangle(box, outline=colour, width=line)
        middle = y + LABEL / 2
        drawing.line([(box[2], (box[1] + box[3]) / 2), (width + 6, middle)], fill=colour)
        drawing.rectangle((width + 6, y, width + STRIP - 6, y + LABEL - 2), fill=colour)
        drawing.text((width + 12, y + 1), label, fill="white", font=face)
    output = io.BytesIO()
    image.save(output, "PNG", optimize=True)
    return output.getvalue()


def _tops(wanted: list[float], height: float) -> list[float]:
    """Return where labels stand: as near as may be to where they are wanted, none on another."""
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    tops = [0.0] * len(wanted)
    free = 0.0
    for n in order:
        tops[n] = max(wanted[n], free)
        free = tops[n] + LABEL
    free = max(height, LABEL * len(wanted))
    for n in reversed(order):
        tops[n] = min(tops[n], free - LABEL)
        free = tops[n]
    return tops


def _raster_fault(suffix: str, content: bytes) -> str:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - a build without pictures

    try:
        with (
            warnings.catch_warnings(action="ignore"),  # of the size, which is checked below
            Image.open(io.BytesIO(content), formats=READ) as image,
        ):
            # Cameras put a second, smaller picture behind the first; readers of JPEG skip it.
            found = "JPEG" if image.format == "MPO" else image.format
            if found != _NAMED.get(suffix):
                return f"is a {found} file, but its name says {suffix}"
            if image.format != "MPO" and (count := getattr(image, "n_frames", 1)) > 1:
                return f"holds {count} pictures; save the one that is meant"
            if image.width * image.height > MOST_PIXELS:
                return TOO_LARGE
            image.load()
            return _notes_fault(image) or _colour_fault(image)
    except Image.DecompressionBombError:
        return TOO_LARGE
    except UnidentifiedImageError:
        return f"is no {', '.join(READ[:-1])} or {READ[-1]} file"
    except DAMAGED as error:
        return f"is damaged: {error}"
    except UNREAD:
        return f"is damaged, or written in a way that is not read; save it anew as {READ[0]}"


# What Pillow says of a bad picture is told in our words, and at the record's line.
logging.getLogger("PIL").addHandler(logging.NullHandler())


def _notes_fault(image: Raster) -> str:
    """Return what is wrong with a camera's notes: the engine asks them which side is up."""
    try:
        image.getexif()
    except (*DAMAGED, *UNREAD):
        return "has damaged EXIF data; save it without them"
    return ""


def _colour_fault(image: Raster) -> str:
    try:
        _to_srgb(image)
    except ValueError as error:
        return f"{error}; save it as RGB"
    return ""


def plain(content: bytes) -> bytes:
    """Return a picture in sRGB, of 8 bits: the same bytes if it is so already.

    A drawing is returned as it is. Raises ValueError where the colours cannot be told.
    """
    kind = media(content)
    if kind == "image/svg+xml":
        return content
    from PIL import Image, ImageOps  # noqa: PLC0415 - a build without pictures

    with (
        warnings.catch_warnings(action="ignore"),  # `fault` has told what there is to tell
        Image.open(io.BytesIO(content), formats=READ) as image,
    ):
        transform = _to_srgb(image)
        deep = image.mode.startswith("I")
        if transform is None and not deep and kind in {"image/png", "image/jpeg"}:
            return content
        upright = ImageOps.exif_transpose(image)
    if deep:
        # 65535 becomes 255.
        upright = upright.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
    clear = upright.has_transparency_data
    if transform is not None:
        alpha = upright.convert("RGBA").getchannel("A") if clear else None
        upright = transform.apply(upright.convert(transform.input_mode))
        if alpha is not None:
            upright.putalpha(alpha)
    elif upright.mode not in {"L", "LA", "RGB", "RGBA"}:
        upright = upright.convert("RGBA" if clear else "RGB")
    upright.info.clear()
    output = io.BytesIO()
    if kind == "image/jpeg" or (kind == "image/webp" and not clear):
        upright.save(output, "JPEG", quality=92, subsampling=0)
    else:
        upright.save(output, "PNG")
    return output.getvalue()


def _to_srgb(image: Raster) -> ImageCmsTransform | None:
    """Return the transform of a picture's colours, or None if they are those of sRGB."""
    from PIL import Image, ImageCms  # noqa: PLC0415 - a build without pictures

    profile = image.info.get("icc_profile")
    inked = profile and (image.format != "JPEG" or "adobe" in image.info)
    if image.mode == "CMYK" and not inked:
        raise ValueError("is in CMYK and does not say which inks")
    if image.mode in {"LAB", "HSV", "F"}:
        raise ValueError(f"has colours of the kind {image.mode}, of which little is known")
    if not profile:
        return None
    grey = image.mode in {"L", "LA", "1", "I", "I;16", "I;16B"}
    mode = "CMYK" if image.mode == "CMYK" else "L" if grey else "RGB"
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"),
            mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )  # fmt: skip
    except (ImageCms.PyCMSError, OSError) as error:
        raise ValueError("has a colour profile that cannot be read") from error
    if mode == "CMYK":
        return transform
    # Profiles of sRGB differ in their bytes and names; what they do to colours is the same.
    steps = range(0, 256, 51)
    colours = [(r, g, b) for r in steps for g in steps for b in steps]
    if mode == "L":
        colours = [(grey, grey, grey) for grey in range(0, 256, 5)]
    probe = Image.new("RGB", (len(colours), 1))
    probe.putdata(colours)
    before, after = probe.tobytes(), transform.apply(probe.convert(mode)).tobytes()
    same = all(abs(a - b) <= SAME for a, b in zip(before, after, strict=True))
    return None if same else transform


class _TypedError(Exception):
    """A drawing declares a document type."""


class _Plain(ET.TreeBuilder):
    """Builds a drawing up to its document type, in whatever encoding that is written."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Stop the parser before it comes to entities."""
        raise _TypedError(name, pubid, system)


def _drawing_fault(content: bytes) -> str:
    """Refuse what an SVG can do besides drawing: entities, scripts, outside files."""
    parser = ET.XMLParser(target=_Plain())  # noqa: S314 - without a DOCTYPE there are no entities
    try:
        root = ET.fromstring(content, parser)  # noqa: S314
    except _TypedError:
        return "declares a document type; delete the line <!DOCTYPE …>"
    except (ET.ParseError, LookupError, ValueError) as error:  # the last two of an encoding
        return f"is no SVG drawing: {error}"
    return next(filter(None, map(_element_fault, root.iter())), "")


def _element_fault(element: ET.Element) -> str:
    """Return what is wrong with an element of a drawing, or an empty text."""
    tag = str(element.tag).rsplit("}", 1)[-1]
    if tag in {"script", "foreignObject"}:
        return f"holds the element <{tag}>"
    if tag in UNDRAWN:
        return f"holds the element <{tag}>, which would not be drawn as meant; draw it as paths"
    styled = f"{element.get('style', '')};{element.text or '' if tag == 'style' else ''}"
    found = re.search(r"(?<![\w-])(filter|mask)\s*:\s*(?!none)\S", styled)
    used = [found[1]] if found else [p for p in NO_EFFECT if element.get(p, "none") != "none"]
    if used:
        return f"has the style {used[0]}, which would not be drawn as meant; draw it as paths"
    for key, value in element.attrib.items():
        if key.rsplit("}", 1)[-1] == "href" and not value.startswith("#"):
            return (
                _embedded_fault(value)
                if value.startswith("data:")
                else (f"refers to the file {value}")
            )
    return ""


def _embedded_fault(address: str) -> str:
    """Return what is wrong with a picture that a drawing holds."""
    picture = within(address)
    if not picture or not _MAGIC.match(picture):
        return "holds data that is no PNG, JPEG or WebP; save the whole as PNG or JPEG"
    suffix = f".{media(picture).removeprefix('image/')}"
    fault = _raster_fault(suffix, picture)
    return f"holds a picture that {fault}" if fault else ""
