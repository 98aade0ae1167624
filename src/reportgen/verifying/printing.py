"""Files for print: PDF/X-4 (ISO 15930-7), as far as reportgen's own files could break it.

No free validator of PDF/X is at hand, so the rules are checked here, on the file alone.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

PDFX = "{http://www.npes.org/pdfx/ns/id/}GTS_PDFXVersion"
TRAPPED = "{http://ns.adobe.com/pdf/1.3/}Trapped"
XMP = "{http://ns.adobe.com/xap/1.0/}"
COMPONENTS = {b"CMYK": 4, b"GRAY": 1}
"""Inks by the signature of a profile's colour space (ISO 15076-1, 7.2.6)."""
LIGHT = frozenset({"/DeviceRGB", "/CalRGB", "/CalGray"})
"""Colour spaces of screens."""
LIVE = ("/OpenAction", "/AA", "/AcroForm", "/AF")
"""Entries of a catalogue that act, or carry other files."""
SLACK = 0.001
"""pt"""


def faults(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield what keeps a file from being printed as PDF/X-4."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        if pdf.pdf_version > "1.6":
            yield "", f"not PDF/X-4: it is PDF {pdf.pdf_version}, expected 1.6"
        if pdf.is_encrypted:
            yield "", "not PDF/X-4: it is encrypted"
        for message in (*_told(pdf), *_intent(pdf), *_pages(pdf), *_objects(pdf)):
            yield "", f"not PDF/X-4: {message}"


def _told(pdf: pikepdf.Pdf) -> Iterator[str]:
    told = pdf.open_metadata()
    if (found := told.get(PDFX)) != "PDF/X-4":
        yield f"its metadata say {found or 'nothing of PDF/X'}"
    if told.get(TRAPPED) not in {"True", "False"}:
        yield "its metadata do not say whether it is trapped"
    for name in ("CreateDate", "ModifyDate", "MetadataDate"):
        if not told.get(f"{XMP}{name}"):
            yield f"its metadata have no {name}"
    if pdf.trailer.get("/ID") is None:
        yield "it has no identifier"
    for key in LIVE:
        if key in pdf.Root:
            yield f"its catalogue has {key}"
    if "/EmbeddedFiles" in pdf.Root.get("/Names", Dictionary()):
        yield "it carries files"


def _intent(pdf: pikepdf.Pdf) -> Iterator[str]:
    intents = [i for i in pdf.Root.get("/OutputIntents", Array()) if i.get("/S") == "/GTS_PDFX"]
    if len(intents) != 1:
        yield f"{len(intents)} output intents, expected one"
        return
    profile = intents[0].get("/DestOutputProfile")
    if not isinstance(profile, Stream):
        yield "its output intent has no profile"
        return
    content = profile.read_bytes()
    if content[36:40] != b"acsp" or COMPONENTS.get(content[16:20]) != profile.get("/N"):
        yield "the profile of its output intent is not that of a press"


def _pages(pdf: pikepdf.Pdf) -> Iterator[str]:
    for number, page in enumerate(pdf.pages, 1):
        boxes = [page.obj.get(key) for key in ("/MediaBox", "/BleedBox", "/TrimBox")]
        if any(box is None for box in boxes):
            yield f"page {number} lacks a MediaBox, BleedBox or TrimBox"
        else:
            corners = [[float(value) for value in box] for box in boxes if box is not None]
            if not all(_within(inner, outer) for outer, inner in pairwise(corners)):
                yield f"the boxes of page {number} do not lie within one another"
        if "/ArtBox" in page.obj:
            yield f"page {number} has both a TrimBox and an ArtBox"
        if len(page.obj.get("/Annots", Array())):
            yield f"page {number} has links or notes"
        if "/AA" in page.obj:
            yield f"page {number} acts"
        yield from (f"page {number} {fault}" for fault in _drawing(page))


def _within(inner: list[float], outer: list[float]) -> bool:
    return (
        outer[0] <= inner[0] + SLACK
        and outer[1] <= inner[1] + SLACK
        and outer[2] >= inner[2] - SLACK
        and outer[3] >= inner[3] - SLACK
    )


def _objects(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Yield the faults of fonts, pictures and forms, wherever they are used."""
    for held in pdf.objects:
        thing: Any = held
        if isinstance(thing, Dictionary) and thing.get("/Type") == "/FontDescriptor":
            if not any(key in thing for key in ("/FontFile", "/FontFile2", "/FontFile3")):
                yield f"the font {thing.get('/FontName')} is not embedded"
        elif isinstance(thing, Dictionary) and thing.get("/Type") == "/Font":
            if thing.get("/Subtype") not in {"/Type0", "/Type3"} and "/FontDescriptor" not in thing:
                yield f"the font {thing.get('/BaseFont')} is not embedded"
        elif isinstance(thing, Stream) and thing.get("/Subtype") == "/Form":
            yield from (f"a form {fault}" for fault in _drawing(thing))
        if isinstance(thing, Stream | Dictionary):
            for key in ("/ColorSpace", "/CS"):
                for name in _spaces(thing.get(key)):
                    yield f"{thing.get('/Subtype', 'an object')} uses {name}"


def _spaces(value: Any) -> Iterator[str]:
    """Yield the colour spaces of screens that a colour space, or a list of such, is made of."""
    if isinstance(value, Name) and str(value) in LIGHT:
        yield str(value)
    elif isinstance(value, Array):
        for item in value:
            yield from _spaces(item)
    elif isinstance(value, Dictionary) and not isinstance(value, Stream):
        for item in value.values():
            yield from _spaces(item)


def _drawing(thing: Any) -> Iterator[str]:
    """Yield where a drawing sets colours of light."""
    operators = {str(step.operator) for step in pikepdf.parse_content_stream(thing, "rg RG")}
    if operators & {"rg", "RG"}:
        yield "is drawn in RGB"
