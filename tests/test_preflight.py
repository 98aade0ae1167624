"""The look before printing finds each thing that a printer would send a file back for."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, Stream

from conftest import ROOT, Run, Small
from preflight import preflight
from reportgen.plan.values import PROFILE

XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/" pdfxid:GTS_PDFXVersion="PDF/X-4"
xmlns:pdf="http://ns.adobe.com/pdf/1.3/" pdf:Trapped="False"/></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
MM = 72 / 25.4
BLEED = 3


@pytest.fixture
def good(small: Small, run: Run, tmp_path: Path) -> Path:
    """A profile that was set in inks, finished here as PDF/X-4."""
    report = small.root / "report" / "report.yaml"
    report.write_text(
        report.read_text("utf-8") + "editions: {print: {standard: pdf/x-4, colour: cmyk}}\n",
        "utf-8",
    )
    built = run("build", small.root, "--edition", "print", "--city", "alpha", "--lang", "ko")
    assert built.returncode == 0, built.stderr
    path = tmp_path / "good.pdf"
    with pikepdf.open(small.root / "build/print/ko/alpha.pdf") as pdf:
        profile = Stream(pdf, (ROOT / PROFILE).read_bytes(), N=4)
        pdf.Root.OutputIntents = Array([
            Dictionary(
                Type=Name.OutputIntent, S=Name.GTS_PDFX, OutputConditionIdentifier="FOGRA39",
                RegistryName="http://www.color.org", DestOutputProfile=pdf.make_indirect(profile),
            )
        ])  # fmt: skip
        pdf.Root.Metadata = pdf.make_stream(XMP.encode(), Type=Name.Metadata, Subtype=Name.XML)
        pdf.docinfo["/Trapped"] = Name("/False")
        for page in pdf.pages:
            left, bottom, right, top = (float(v) for v in page.mediabox)
            page.trimbox = page.mediabox
            out = BLEED * MM
            page.mediabox = Array([left - out, bottom - out, right + out, top + out])
            page.bleedbox = page.mediabox
            if "/Annots" in page.obj:
                del page.obj["/Annots"]
        _picture(pdf, bytes([200, 200, 200, 150]))
        pdf.save(path)
    return path


def _picture(pdf: Pdf, pixel: bytes) -> None:
    """Put a picture of one pixel of four inks on the first page."""
    page = pdf.pages[0]
    picture = pdf.make_stream(
        zlib.compress(pixel), Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1,
        ColorSpace=Name.DeviceCMYK, BitsPerComponent=8, Filter=Name.FlateDecode,
    )  # fmt: skip
    if "/XObject" not in page.Resources:
        page.Resources.XObject = Dictionary()
    page.Resources.XObject.Pixel = picture
    page.contents_add(b"q 50 0 0 50 300 300 cm /Pixel Do Q")


def _draw(drawing: bytes) -> Callable[[Pdf], None]:
    return lambda pdf: pdf.pages[0].contents_add(drawing)


def _rgb_picture(pdf: Pdf) -> None:
    pdf.pages[0].Resources.XObject.Pixel.ColorSpace = Name.DeviceRGB


def _rgb_profile(pdf: Pdf) -> None:
    profile = pdf.make_stream((ROOT / "templates/colour/srgb.icc").read_bytes(), N=3)
    pdf.pages[0].Resources.ColorSpace = Dictionary(Own=Array([Name.ICCBased, profile]))


def _rgb_gradient(pdf: Pdf) -> None:
    function = Dictionary(
        FunctionType=2, Domain=[0, 1], N=1, C0=Array([0, 0, 0]), C1=Array([1, 1, 1])
    )
    pdf.pages[0].Resources.Shading = Dictionary(
        Own=Dictionary(
            ShadingType=2, ColorSpace=Name.DeviceRGB, Coords=[0, 0, 1, 1], Function=function
        )
    )


def _heavy_gradient(pdf: Pdf) -> None:
    function = Dictionary(
        FunctionType=2, Domain=[0, 1], N=1, C0=Array([0, 0, 0, 0]), C1=Array([1, 1, 1, 0.5])
    )
    shading = Dictionary(
        ShadingType=2, ColorSpace=Name.DeviceCMYK, Coords=[0, 0, 1, 1], Function=function
    )
    pdf.pages[0].Resources.Shading = Dictionary(Own=pdf.make_indirect(shading))


def _no_intent(pdf: Pdf) -> None:
    del pdf.Root.OutputIntents


def _intent_of_light(pdf: Pdf) -> None:
    profile = pdf.make_stream((ROOT / "templates/colour/srgb.icc").read_bytes(), N=4)
    pdf.Root.OutputIntents[0].DestOutputProfile = profile


def _empty_intent(pdf: Pdf) -> None:
    del pdf.Root.OutputIntents[0].DestOutputProfile


def _smaller_trim(pdf: Pdf) -> None:
    for box in ("/TrimBox", "/BleedBox"):
        left, bottom, right, top = (float(v) for v in pdf.pages[0].obj[box])
        pdf.pages[0].obj[box] = Array([left, bottom, right - 0.05, top])


def _no_bleed(pdf: Pdf) -> None:
    pdf.pages[0].bleedbox = pdf.pages[0].trimbox


def _no_trim(pdf: Pdf) -> None:
    del pdf.pages[0].obj["/TrimBox"]


def _no_program(pdf: Pdf) -> None:
    font = next(iter(pdf.pages[0].Resources.Font.values()))
    del font.DescendantFonts[0].FontDescriptor["/FontFile3"]


def _link(pdf: Pdf) -> None:
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9])
    pdf.pages[0].Annots = Array([pdf.make_indirect(link)])


def _action(pdf: Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.Named, N=Name.Print)


def _heavy_picture(pdf: Pdf) -> None:
    _picture(pdf, bytes([255, 255, 200, 90]))


def _other_version(pdf: Pdf) -> None:
    pdf.Root.Metadata.write(XMP.replace("PDF/X-4", "PDF/X-3").encode())


def _untold_trapping(pdf: Pdf) -> None:
    del pdf.docinfo["/Trapped"]


def _text(inks: bytes) -> Callable[[Pdf], None]:
    def draw(pdf: Pdf) -> None:
        fonts: Any = pdf.pages[0].Resources.Font
        font = next(iter(fonts)).encode()
        pdf.pages[0].contents_add(
            b"q .5 0 0 .5 0 0 cm %s BT %s 16 Tf 300 300 Td <0001> Tj ET Q" % (inks, font)
        )

    return draw


BREAKS: dict[str, tuple[Callable[[Pdf], None], str]] = {
    "RGB operator": (_draw(b"1 0 0 rg"), "page 1: RGB, rg"),
    "RGB line": (_draw(b"1 0 0 RG"), "page 1: RGB, RG"),
    "RGB space": (_draw(b"/DeviceRGB cs"), "page 1: the colour space /DeviceRGB"),
    "RGB picture": (_rgb_picture, "has the colour space /DeviceRGB"),
    "RGB gradient": (_rgb_gradient, "has the colour space /DeviceRGB"),
    "profile of RGB": (_rgb_profile, "/ICCBased of 3 components"),
    "no output intent": (_no_intent, "0 output intents for PDF/X, not one"),
    "output intent without a profile": (_empty_intent, "the output intent embeds no profile"),
    "output intent of a screen": (_intent_of_light, "is for mntr RGB"),
    "trim 0.02 mm too small": (_smaller_trim, "is cut to 209.9"),
    "no TrimBox": (_no_trim, "page 1 has not just a TrimBox"),
    "no bleed": (_no_bleed, "page 1 bleeds by 0.00, 0.00, 0.00, 0.00 mm"),
    "font without program": (_no_program, "is not embedded"),
    "link": (_link, "page 1 has 1 links or notes"),
    "action": (_action, "the file has an action"),
    "heavy colour": (_draw(b"0.9 0.9 0.9 0.9 k"), "page 1: 360 % ink"),
    "heavy picture": (_heavy_picture, "a picture with 314 % ink"),
    "heavy gradient": (_heavy_gradient, "a gradient with 350 % ink"),
    "small type in a tint": (_text(b"0 0 0 .84 k"), "page 1: text of 8.0 pt in the inks"),
    "small type in two inks": (_text(b"1 .5 0 0 k"), "page 1: text of 8.0 pt in the inks"),
    "PDF/X-3": (_other_version, "say GTS_PDFXVersion PDF/X-3, not PDF/X-4"),
    "no word on trapping": (_untold_trapping, "Trapped is missing, neither True nor False"),
}


def test_a_good_file_passes(good: Path) -> None:
    assert preflight(good, bleed=BLEED) == []


def test_each_break_is_found(good: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    missed = []
    for name, (break_it, told) in BREAKS.items():
        with pikepdf.open(good) as pdf:
            break_it(pdf)
            pdf.save(broken)
        found = preflight(broken, bleed=BLEED, drawn=False)
        # Nothing else is told: what is found is what was broken.
        if not found or not all(told in fault for fault in found):
            missed.append((name, found))
    assert missed == []


@pytest.mark.parametrize(
    ("drawing", "told"),
    [
        (b"0 0 1 0 k 100 -9 100 9 re f", "upper edge"),  # other artwork than the edge's
        (b"1 0 0 0 k 100 0 100 50 re f", "upper edge"),  # what does not bleed
        (b"1 0 0 0 k 100 -9 100 50 re f", ""),
        (b"1 0 0 0 k -9 100 60 40 re f", ""),
        (b"1 0 0 0 k -1.5 100 60 40 re f", "left edge"),
        (b"1 0 0 0 k 60 100 81.7 40 re f", "fold at 50.0 mm"),  # it ends at the fold
        (b"1 0 0 0 k 60 100 86 40 re f", ""),
    ],
)
def test_what_ends_at_an_edge_or_a_fold_is_found(
    good: Path, tmp_path: Path, drawing: bytes, told: str
) -> None:
    """The cut and the fold are half a mm aside, and show white or another colour.

    The page's own content leaves it upside down behind.
    """
    broken = tmp_path / "broken.pdf"
    with pikepdf.open(good) as pdf:
        pdf.pages[0].contents_add(b"q %s Q" % drawing)
        pdf.save(broken)
    found = preflight(broken, bleed=BLEED, folds=(50.0,))
    assert found == ([f"page 1: beyond the {told} it is inked otherwise"] if told else [])


@pytest.mark.skipif(not shutil.which("gs"), reason="Ghostscript is not installed")
def test_ink_that_adds_up_on_the_plates_is_found(good: Path, tmp_path: Path) -> None:
    """Each colour is within the limit; drawn over one another in multiply they are not."""
    broken = tmp_path / "broken.pdf"
    with pikepdf.open(good) as pdf:
        page = pdf.pages[0]
        if "/ExtGState" not in page.Resources:
            page.Resources.ExtGState = Dictionary()
        page.Resources.ExtGState.Over = Dictionary(Type=Name.ExtGState, BM=Name.Multiply)
        page.contents_add(
            b"q /Over gs 1 1 0 0 k 300 300 60 60 re f 0 0 1 0.9 k 300 300 60 60 re f Q"
        )
        pdf.save(broken)
    assert preflight(broken, bleed=BLEED, drawn=False) == []
    (fault,) = preflight(broken, bleed=BLEED)
    assert "page 1 has" in fault
    assert "on its plates" in fault
