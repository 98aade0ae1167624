"""Step 6, the binder: fragments to a product that readers, archives and printers accept.

For a city's own file one fragment is finished: it gets its font programs, its metadata and
what PDF/UA-1 (ISO 14289-1) asks of a document. Dates and identifiers come from the content,
so the same fragment gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from reportgen import __version__, press
from reportgen.errors import TypesettingError
from reportgen.model import Face, Fragment, Markup, Product
from reportgen.typefaces import Programs

IDENTITY = f"/{press.IDENTITY}"
NOTDEF = 0
SYMBOLIC = 4
"""Bit 3 of a font descriptor's flags (ISO 32000-1, table 123)."""
# Weight to StemV: nothing draws from it, but the descriptor requires it.
STEM = {300: 58, 400: 80, 700: 140, 900: 190}


def finish(
    fragment: Fragment, markup: Markup, path: str, programs: Programs
) -> tuple[Product, bytes]:
    """Return the product of one fragment, and its bytes.

    Raises TypesettingError if the fragment is another section's, or holds a font or a
    glyph that is not from our faces.
    """
    with pikepdf.open(io.BytesIO(fragment.pdf)) as pdf:
        found = str(pdf.docinfo.get(IDENTITY, ""))
        if fragment.identity != markup.identity or found != markup.identity:
            raise TypesettingError(f"{markup.identity}: the fragment is that of {found or 'none'}")
        _embed(pdf, markup.identity, programs)
        _describe(pdf, markup)
        _mend_structure(pdf)
        output = io.BytesIO()
        pdf.save(
            output,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            compress_streams=True,
            recompress_flate=False,
            linearize=False,
        )
    content = output.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    product = Product(markup.identity, path, markup.title, fragment.pages, len(content), digest)
    return product, content


def _embed(pdf: pikepdf.Pdf, identity: str, programs: Programs) -> None:
    """Give each font of the fragment its program, and describe it by the pinned face."""
    fonts = pdf.pages[0].obj.Resources.get("/Font", Dictionary())
    for font in fonts.values():
        inner = font.DescendantFonts[0]
        descriptor = inner.FontDescriptor
        family, weight = str(descriptor.FontFamily), _weight(str(descriptor.FontName))
        face = programs.find(family, weight)
        if face is None:
            raise TypesettingError(
                f"{identity}: set in {family} {weight}, which is no face of this workspace",
                remedy="use the families and weights of fonts/manifest.toml in the style sheets",
            )
        glyphs = sorted(_glyphs(inner.W))
        if NOTDEF in glyphs or font.Encoding != Name("/Identity-H"):
            raise TypesettingError(f"{identity}: {face.file} lacks a glyph that the page needs")
        _embed_face(pdf, font, face, glyphs, programs)


WEIGHTS = {
    "Thin": 100, "Ultra-Light": 200, "Light": 300, "Semi-Light": 350, "Book": 380,
    "Medium": 500, "Semi-Bold": 600, "Bold": 700, "Ultra-Bold": 800, "Heavy": 900,
    "Ultra-Heavy": 1000,
}  # fmt: skip
"""Pango's names of weights (PangoWeight); the normal one has none."""


def _weight(name: str) -> int:
    """Return the weight that Pango's description of a font names at its end."""
    endings = sorted(WEIGHTS, key=len, reverse=True)
    return next((WEIGHTS[word] for word in endings if name.endswith(f"-{word}")), 400)


def _glyphs(widths: Iterable[pikepdf.Object]) -> Iterable[int]:
    """Yield the glyphs of a /W array, which the engine writes as runs `first [w w …]`."""
    first = 0
    for item in widths:
        if isinstance(item, Array):
            yield from range(first, first + len(item))
        else:
            first = int(item)


def _embed_face(
    pdf: pikepdf.Pdf, font: pikepdf.Object, face: Face, glyphs: list[int], programs: Programs
) -> None:
    program = programs.program(face, glyphs)
    # ISO 32000-1, 9.6.4: six letters that tell one subset from another.
    tag = "".join(chr(65 + b % 26) for b in hashlib.sha256(program).digest()[:6])
    name = Name(f"/{tag}+{face.postscript_name}")
    per_mille = 1000 / face.units_per_em
    inner = font.DescendantFonts[0]
    font.BaseFont = inner.BaseFont = name
    del inner["/CIDToGIDMap"]  # for Type 2 fonts only (ISO 32000-1, table 117)
    cids = dict(zip(glyphs, range(1, len(glyphs) + 1), strict=True))
    font.Encoding = _code_to_cid(pdf, f"Reportgen-{tag}", cids)
    inner.DW = 1000
    inner.W = Array([1, Array([width for _, width in programs.widths(face, glyphs)])])
    stream = pdf.make_stream(program)
    stream.Subtype = Name.OpenType
    inner.FontDescriptor = pdf.make_indirect(
        Dictionary(
            Type=Name.FontDescriptor,
            FontName=name,
            FontFamily=String(face.family),
            FontWeight=face.weight,
            Flags=SYMBOLIC,
            FontBBox=Array([round(x * per_mille) for x in face.box]),
            ItalicAngle=0,
            Ascent=round(face.ascent * per_mille),
            Descent=round(face.descent * per_mille),
            CapHeight=round(face.cap_height * per_mille),
            StemV=STEM.get(face.weight, 80),
            FontFile3=stream,
        )
    )


def _code_to_cid(pdf: pikepdf.Pdf, name: str, cids: dict[int, int]) -> pikepdf.Stream:
    """Return the CMap from the codes in the content to the CIDs of the program.

    The codes are glyph ids of the pinned face (Adobe TN 5014; ISO 32000-1, 9.7.5).
    """
    entries = [f"<{glyph:04x}> {cid}" for glyph, cid in cids.items()]
    blocks = [entries[i : i + 100] for i in range(0, len(entries), 100)]
    text = "\n".join(
        [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            "/CIDSystemInfo 3 dict dup begin /Registry (Adobe) def /Ordering (Identity) def",
            "/Supplement 0 def end def",
            f"/CMapName /{name} def /CMapType 1 def /WMode 0 def",
            "1 begincodespacerange <0000> <ffff> endcodespacerange",
            *(f"{len(b)} begincidchar\n" + "\n".join(b) + "\nendcidchar" for b in blocks),
            "endcmap CMapName currentdict /CMap defineresource pop end end",
        ]
    )
    cmap = pdf.make_stream(text.encode())
    cmap.Type, cmap.CMapName, cmap.WMode = Name.CMap, Name(f"/{name}"), 0
    cmap.CIDSystemInfo = Dictionary(
        Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0
    )
    return cmap


def _describe(pdf: pikepdf.Pdf, markup: Markup) -> None:
    """Write the document's metadata, the same in both places that readers look."""
    producer = f"reportgen {__version__}"
    del pdf.docinfo
    pdf.docinfo = pdf.make_indirect(
        Dictionary(
            Title=String(markup.title),
            Author=String(markup.author),
            Subject=String(markup.subject),
            Keywords=String(", ".join(markup.keywords)),
            Producer=String(producer),
        )
    )
    metadata = pdf.make_stream(_xmp(markup, producer).encode())
    metadata.Type, metadata.Subtype = Name.Metadata, Name.XML
    root = pdf.Root
    root.Metadata = metadata
    root.Lang = String(markup.language)
    root.MarkInfo = Dictionary(Marked=True)
    root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    root.PageLayout = Name.SinglePage
    root.OpenAction = Array([pdf.pages[0].obj, Name.Fit])


def _xmp(markup: Markup, producer: str) -> str:
    title, subject = escape(markup.title), escape(markup.subject)
    keywords = escape(", ".join(markup.keywords))
    bag = "".join(f"<rdf:li>{escape(word)}</rdf:li>" for word in markup.keywords)
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:format>application/pdf</dc:format>
<dc:identifier>{escape(markup.identity)}</dc:identifier>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{escape(markup.author)}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<dc:subject><rdf:Bag>{bag}</rdf:Bag></dc:subject>
<dc:language><rdf:Bag><rdf:li>{markup.language}</rdf:li></rdf:Bag></dc:language>
<pdf:Keywords>{keywords}</pdf:Keywords>
<pdf:Producer>{escape(producer)}</pdf:Producer>
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def _mend_structure(pdf: pikepdf.Pdf) -> None:
    """Bring the tag tree to what ISO 14289-1 and ISO 32000-1 ask beyond the engine's."""
    root = pdf.Root.StructTreeRoot
    pairs = len(root.ParentTree.Nums)
    root.ParentTreeNextKey = int(root.ParentTree.Nums[pairs - 2]) + 1 if pairs else 0
