"""Looks a file through before it goes to a printer, as PDF/X-4 (ISO 15930-7) asks.

It knows nothing of how reportgen makes files: colours are read from the operators, inks from
the pixels, and where Ghostscript is installed the plates are drawn and measured.
"""

from __future__ import annotations

import io
import math
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name, Object, Stream
from PIL import Image, ImageChops, ImageCms, ImageMath

MM = 72 / 25.4
EXACT = 0.01
"""mm by which a box may differ."""
LIMIT = 3.0
"""Sum of the four inks."""
DRAWN = 0.02
"""By how much more drawn pixels may have, which are rounded to 256 levels an ink."""
PPI = 36
SMALL = 9.0
"""pt under which text is in one ink."""
PIXELS = 8
"""Pixels in a mm of the pages that are drawn."""
BESIDE = 0.3
"""mm from an edge at which a page is looked at, inside and outside."""
FOLD = 1.0
"""mm by which a panel goes on beyond its fold."""
APART = 24
"""Levels of 255 by which two places are inked otherwise."""
LIGHT = {"/DeviceRGB", "/CalRGB", "/Lab", "/CalGray"}
"""Colour spaces that are of no press."""
PDFX = "{http://www.npes.org/pdfx/ns/id/}GTS_PDFXVersion"
TRAPPED = "{http://ns.adobe.com/pdf/1.3/}Trapped"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PROGRAMS = ("/FontFile", "/FontFile2", "/FontFile3")


def preflight(
    path: Path,
    trim: tuple[float, float] = (210, 297),
    bleed: float = 0,
    limit: float = LIMIT,
    *,
    drawn: bool = True,
    folds: tuple[float, ...] = (),
) -> list[str]:
    """Return what keeps a file from being printed as PDF/X-4.

    `trim` and `bleed` are what its boxes should be, in mm. `drawn` has the plates drawn too,
    if Ghostscript is installed. `folds` are those of a cover, in mm from the left, first the one
    of the back and then the one of the front.
    """
    with pikepdf.open(path) as pdf:
        found = [
            *_document(pdf), *_intent(pdf), *_boxes(pdf, trim, bleed), *_fonts(pdf),
            *_extras(pdf), *_spaces(pdf), *_contents(pdf, limit), *_images(pdf, limit),
            *_small_type(pdf),
        ]  # fmt: skip
        boxes = all("/TrimBox" in page.obj for page in pdf.pages)
    if drawn and boxes:
        found += _edges(path, bleed, folds)
    if drawn and shutil.which("gs"):
        found += _plates(path, limit)
    return found


def _document(pdf: pikepdf.Pdf) -> Iterator[str]:
    values: dict[str, str] = {}
    if "/Metadata" in pdf.Root:
        for element in ET.fromstring(pdf.Root.Metadata.read_bytes()).iter(f"{RDF}Description"):
            values |= element.attrib
            values |= {child.tag: child.text or "" for child in element}
    if values.get(PDFX) != "PDF/X-4":
        yield f"the metadata say GTS_PDFXVersion {values.get(PDFX)}, not PDF/X-4"
    trapped = str(pdf.docinfo.get("/Trapped", "missing"))
    if trapped not in {"/True", "/False"}:
        yield f"Trapped is {trapped}, neither True nor False"
    elif values.get(TRAPPED, trapped[1:]) != trapped[1:]:
        yield f"Trapped is {trapped[1:]}, but in the metadata {values[TRAPPED]}"
    if pdf.is_encrypted:
        yield "the file is encrypted"
    if "/ID" not in pdf.trailer:
        yield "the file has no identifier"


def _intent(pdf: pikepdf.Pdf) -> Iterator[str]:
    every = list(pdf.Root.get("/OutputIntents", Array()))
    intents = [intent for intent in every if intent.get("/S") == "/GTS_PDFX"]
    if len(intents) != 1:
        yield f"{len(intents)} output intents for PDF/X, not one"
        return
    (intent,) = intents
    if not str(intent.get("/OutputConditionIdentifier", "")):
        yield "the output intent has no OutputConditionIdentifier"
    profile = intent.get("/DestOutputProfile")
    if not isinstance(profile, Stream):
        yield "the output intent embeds no profile"
        return
    if profile.get("/N") != 4:
        yield f"the profile of the output intent has N {profile.get('/N')}, not 4"
    try:
        head = ImageCms.ImageCmsProfile(io.BytesIO(profile.read_bytes())).profile
    except OSError:
        yield "the profile of the output intent is no ICC profile"
        return
    if (head.device_class, head.xcolor_space) != ("prtr", "CMYK"):
        yield f"the profile of the output intent is for {head.device_class} {head.xcolor_space}"


def _boxes(pdf: pikepdf.Pdf, trim: tuple[float, float], bleed: float) -> Iterator[str]:
    for number, page in enumerate(pdf.pages, 1):
        if page.obj.get("/UserUnit", 1) != 1:
            yield f"page {number} has another unit"
        if "/TrimBox" not in page.obj or "/ArtBox" in page.obj:
            yield f"page {number} has not just a TrimBox"
            continue
        media, cut = _box(page.mediabox), _box(page.trimbox)
        size = (cut[2] - cut[0], cut[3] - cut[1])
        if any(abs(a - b) > EXACT for a, b in zip(size, trim, strict=True)):
            yield f"page {number} is cut to {size[0]:.2f} × {size[1]:.2f} mm"
        bled = _box(page.bleedbox) if "/BleedBox" in page.obj else cut
        beyond = (cut[0] - bled[0], cut[1] - bled[1], bled[2] - cut[2], bled[3] - cut[3])
        if any(abs(side - bleed) > EXACT for side in beyond):
            yield f"page {number} bleeds by {', '.join(f'{side:.2f}' for side in beyond)} mm"
        outside = (bled[0] - media[0], bled[1] - media[1], media[2] - bled[2], media[3] - bled[3])
        if min(outside) < -EXACT:
            yield f"page {number} bleeds beyond its MediaBox"


def _box(box: Any) -> tuple[float, ...]:
    return tuple(float(value) / MM for value in box)


def _fonts(pdf: pikepdf.Pdf) -> Iterator[str]:
    for font in pdf.objects:
        if not isinstance(font, Dictionary) or font.get("/Type") != "/Font":
            continue
        if font.get("/Subtype") in {Name.Type0, Name.Type3}:
            continue  # its descendant is looked at, or it has no program
        descriptor: Any = font.get("/FontDescriptor", {})
        if not any(key in descriptor for key in PROGRAMS):
            yield f"the font {font.get('/BaseFont')} is not embedded"


def _extras(pdf: pikepdf.Pdf) -> Iterator[str]:
    for number, page in enumerate(pdf.pages, 1):
        if count := len(page.obj.get("/Annots", Array())):
            yield f"page {number} has {count} links or notes"
    for key in ("/AcroForm", "/AA"):
        if key in pdf.Root:
            yield f"the file has {key}"
    if isinstance(pdf.Root.get("/OpenAction"), Dictionary):  # where to begin is no action
        yield "the file has an action"
    if "/JavaScript" in pdf.Root.get("/Names", {}):
        yield "the file has scripts"


def _spaces(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Yield every object that names a colour space of light, wherever it stands in it."""
    for thing in pdf.objects:
        for name in sorted(set(_named(thing))):
            yield f"object {thing.objgen[0]} has the colour space {name}"


def _named(thing: Any) -> Iterator[str]:
    """Yield the spaces of light in an object; what it refers to is an object of its own."""
    if isinstance(thing, Name):
        if str(thing) in LIGHT:
            yield str(thing)
    elif isinstance(thing, Array):
        items = list(thing)
        if len(items) == 2 and items[0] == "/ICCBased" and items[1].get("/N") != 4:
            yield f"/ICCBased of {items[1].get('/N')} components"
        for item in items:
            if not _indirect(item):
                yield from _named(item)
    elif isinstance(thing, Dictionary | Stream):
        for value in thing.values():
            if not _indirect(value):
                yield from _named(value)


def _indirect(thing: Any) -> bool:
    return isinstance(thing, Object) and thing.is_indirect


def _contents(pdf: pikepdf.Pdf, limit: float) -> Iterator[str]:
    """Yield the colours of what is drawn: pages, forms, patterns, gradients."""
    drawings: list[tuple[str, Any]] = [
        (f"page {number}", page) for number, page in enumerate(pdf.pages, 1)
    ]
    for thing in pdf.objects:
        where = f"object {thing.objgen[0]}" if isinstance(thing, Object) else ""
        if isinstance(thing, Stream) and (
            thing.get("/Subtype") == "/Form" or thing.get("/PatternType") == 1
        ):
            drawings.append((where, thing))
        elif isinstance(thing, Dictionary):
            for end in _ends(thing):
                if len(end) == 4 and sum(end) > limit:
                    yield f"{where}: a gradient with {100 * sum(end):.0f} % ink"
    for where, drawing in drawings:
        yield from (f"{where}: {fault}" for fault in sorted(set(_colours(drawing, limit))))


def _small_type(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Yield text of less than 9 pt in several inks, or in a tint, which has no sharp edge."""
    for number, page in enumerate(pdf.pages, 1):
        held: Any = page.Resources.get("/XObject", {}) if "/Resources" in page.obj else {}
        forms = held.values()
        drawings = [page, *(form for form in forms if form.get("/Subtype") == "/Form")]
        for drawing in drawings:
            for size, ink in sorted(set(_lettered(drawing))):
                if size < SMALL - 0.05 and ink not in {(0, 0, 0, 0), (0, 0, 0, 1)}:
                    yield f"page {number}: text of {size} pt in the inks {ink}"


def _lettered(drawing: Any) -> Iterator[tuple[float, tuple[float, ...]]]:
    """Yield the size and the inks of every text: cyan, magenta, yellow, black."""
    scale, size, line = 1.0, 0.0, 1.0
    ink: tuple[float, ...] = (0.0, 0.0, 0.0, 1.0)
    kept: list[tuple[float, tuple[float, ...]]] = []
    for step in pikepdf.parse_content_stream(drawing):
        operands: Any = step.operands
        match str(step.operator):
            case "q":
                kept.append((scale, ink))
            case "Q":
                scale, ink = kept.pop()
            case "cm":
                scale *= _scale(operands)
            case "Tf":
                size = float(operands[1])
            case "Tm":
                line = _scale(operands)
            case "k":
                ink = tuple(round(float(value), 3) for value in operands)
            case "g":
                ink = (0.0, 0.0, 0.0, round(1 - float(operands[0]), 3))
            case "Tj" | "TJ":
                yield round(size * line * scale, 1), ink


def _scale(matrix: Any) -> float:
    a, b, c, d = (float(value) for value in matrix[:4])
    return math.sqrt(abs(a * d - b * c))


def _edges(path: Path, bleed: float, folds: tuple[float, ...]) -> Iterator[str]:
    """Yield the edges of the trim, and the folds, beyond which a page is inked otherwise.

    A cut or a fold is up to half a mm aside.
    """
    with pypdfium2.PdfDocument(path) as document:
        for number, page in enumerate(document, 1):
            drawn = _Drawn(page)
            edges = drawn.edges(bleed) if bleed else {}
            for name, lines in {**edges, **drawn.folds(folds)}.items():
                if any(_differ(lines[0], line) for line in lines[1:]):
                    yield f"page {number}: beyond the {name} it is inked otherwise"


class _Drawn:
    """A page as it is printed, and where it is cut, in mm from its upper left corner."""

    def __init__(self, page: Any) -> None:
        left, _, _, top = page.get_mediabox()
        box = page.get_trimbox()
        self.x1, self.x2 = ((x - left) / MM for x in (box[0], box[2]))
        self.y1, self.y2 = ((top - y) / MM for y in (box[3], box[1]))
        self.picture: Image.Image = page.render(scale=PIXELS / MM).to_pil().convert("RGB")

    def edges(self, bleed: float) -> dict[str, list[Image.Image]]:
        """Return lines along each edge: one inside of it, and two outside."""
        out = (-BESIDE, BESIDE, bleed - BESIDE)
        return {
            "left edge": [self._column(self.x1 - by) for by in out],
            "right edge": [self._column(self.x2 + by) for by in out],
            "upper edge": [self._row(self.y1 - by) for by in out],
            "lower edge": [self._row(self.y2 + by) for by in out],
        }

    def folds(self, folds: tuple[float, ...]) -> dict[str, list[Image.Image]]:
        """Return lines along each fold: one on its panel, and two on the spine."""
        ways = zip(folds, (1, -1), strict=False)
        return {
            f"fold at {fold:.1f} mm": [
                self._column(self.x1 + fold + way * by) for by in (-BESIDE, BESIDE, FOLD)
            ]
            for fold, way in ways
        }

    def _column(self, x: float) -> Image.Image:
        at, *ends = (round(value * PIXELS) for value in (x, self.y1, self.y2))
        return self.picture.crop((at, ends[0], at + 1, ends[1]))

    def _row(self, y: float) -> Image.Image:
        at, *ends = (round(value * PIXELS) for value in (y, self.x1, self.x2))
        return self.picture.crop((ends[0], at, ends[1], at + 1))


def _differ(one: Image.Image, other: Image.Image) -> bool:
    """Tell whether two lines differ over a mm; a slanted edge is a little aside in the other."""
    levels = ImageChops.difference(one, other).convert("L").tobytes()
    run = 0
    for level in levels:
        run = run + 1 if level > APART else 0
        if run > PIXELS * 1.2:
            return True
    return False


def _ends(thing: Any) -> Iterator[list[float]]:
    """Yield the ends of the steps of a function, or of those of a gradient."""
    for key in ("/C0", "/C1"):
        if key in thing:
            yield [float(value) for value in thing[key]]
    for key in ("/Function", "/Functions"):
        inner = thing.get(key)
        for function in inner if isinstance(inner, Array) else [inner]:
            if isinstance(function, Dictionary) and not function.is_indirect:
                yield from _ends(function)


def _colours(drawing: Any, limit: float) -> Iterator[str]:
    for step in pikepdf.parse_content_stream(drawing):
        operands = step.operands
        match str(step.operator):
            case "rg" | "RG":
                yield f"RGB, {step.operator}"
            case "cs" | "CS" if str(operands[0]) in LIGHT:
                yield f"the colour space {operands[0]}"
            case "k" | "K" | "sc" | "SC" | "scn" | "SCN" if len(operands) == 4:
                if all(isinstance(value, int | float | Decimal) for value in operands):
                    ink = sum(map(float, operands))
                    if ink > limit + 1e-6:
                        yield f"{100 * ink:.0f} % ink"
            case "INLINE IMAGE":
                yield "a picture in the content, which is not looked through"


def _images(pdf: pikepdf.Pdf, limit: float) -> Iterator[str]:
    for thing in pdf.objects:
        if not isinstance(thing, Stream) or thing.get("/Subtype") != "/Image":
            continue
        if thing.get("/ColorSpace") == "/DeviceCMYK":
            most = _heaviest(_pixels(thing))
            if most > round(255 * limit):
                yield f"object {thing.objgen[0]}: a picture with {most / 2.55:.0f} % ink"


def _pixels(thing: Any) -> Image.Image:
    """Return a picture of four inks as its samples are to be understood."""
    size = (int(thing.Width), int(thing.Height))
    inverted = [int(v) for v in thing.get("/Decode", [])] == [1, 0] * 4
    if thing.get("/Filter") == "/DCTDecode":
        picture: Image.Image = Image.open(io.BytesIO(thing.read_raw_bytes()))
        inverted ^= "adobe" in picture.info  # Pillow has turned these round already
    else:
        picture = Image.frombytes("CMYK", size, thing.read_bytes())
    return picture.point(lambda level: 255 - level) if inverted else picture


def _heaviest(picture: Image.Image) -> int:
    bands = dict(zip("cmyk", picture.split(), strict=True))
    total = ImageMath.lambda_eval(lambda a: a["c"] + a["m"] + a["y"] + a["k"], **bands)
    return int(total.getextrema()[1])


def _plates(path: Path, limit: float) -> Iterator[str]:
    """Yield the pages whose plates, drawn by Ghostscript, have too much ink at one place."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=tiffsep", f"-r{PPI}",
             "-dUseBleedBox",  # beyond it stand marks, which every ink prints
             f"-sOutputFile={folder}/%d.tif", str(path)],
            check=True, capture_output=True, timeout=600,
        )  # fmt: skip
        plates = Path(folder)
        for number in range(1, len(list(plates.glob("*(Black).tif"))) + 1):
            spots = [
                file.stem
                for file in sorted(plates.glob(f"{number}(*.tif"))
                if not file.stem.endswith(("(Cyan)", "(Magenta)", "(Yellow)", "(Black)"))
            ]
            if spots:
                yield f"page {number} has plates of other inks: {', '.join(spots)}"
            inks = [
                Image.open(plates / f"{number}({ink}).tif").convert("L").point(lambda v: 255 - v)
                for ink in ("Cyan", "Magenta", "Yellow", "Black")
            ]
            most = _heaviest(Image.merge("CMYK", inks)) / 255
            if most > limit + DRAWN:
                yield f"page {number} has {100 * most:.0f} % ink on its plates"
