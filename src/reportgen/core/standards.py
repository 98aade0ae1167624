"""Standards that an edition can ask for, and what each wants of its files.

A standard is one object here; all else asks the object. How files are judged is in `verify`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard, or several that a file conforms to at once."""

    name: str
    """As `report.yaml` and the manifest have it."""
    version: str
    """The version of PDF that its files are of."""
    screen: bool
    """Whether files have tags, links, an outline and attachments; else they are for print, with the
    boxes of a sheet and colours of ink."""
    intent: str
    """The kind of output intent: GTS_PDFA1 or GTS_PDFX (ISO 32000-1, 14.11.5)."""
    namespaces: str
    """Of the properties in `metadata`, as attributes of XML."""
    metadata: Callable[[str, int], str]
    """Returns properties of XMP, by the identifier of a file and how many others it carries."""
    judges: tuple[str, ...]
    """Who tells whether files conform: names in `verify.JUDGES`."""
    structure: str = ""
    """The namespace of structure (ISO 32000-2, 14.8.6), if it is that of PDF 2.0. Destinations then
    are tags, and what refers to another tag says so."""
    info: bytes | None = b""
    """What the dictionary of information says besides; None if files have none, as in PDF 2.0."""


UA_1 = """<pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>A</pdfaid:conformance>
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>The part of ISO 14289 that the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>"""
"""ISO 19005-3, 6.6.4 and 6.6.2.3: a schema that PDF/A does not know is described."""

STRUCTURE = "http://iso.org/pdf2/ssn"
"""The namespace of PDF 2.0's tags (ISO 32000-2, 14.8.6.2)."""
DECLARED = tuple(
    f"http://pdfa.org/declarations/wtpdf#{level}" for level in ("accessibility1.0", "reuse1.0")
)
"""Levels of WTPDF 1.0 (clause 6.1)."""


def _ua_2(_identifier: str, carried: int) -> str:
    # ISO 19005-4, 6.7.3 and Annex A; PDF Declarations 1.0.
    conformance = "<pdfaid:conformance>F</pdfaid:conformance>\n" if carried else ""
    declared = "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfd:conformsTo>{level}</pdfd:conformsTo></rdf:li>'
        for level in DECLARED
    )
    return f"""<pdfaid:part>4</pdfaid:part>
<pdfaid:rev>2020</pdfaid:rev>
{conformance}<pdfuaid:part>2</pdfuaid:part>
<pdfuaid:rev>2024</pdfuaid:rev>
<pdfd:declarations><rdf:Bag>{declared}</rdf:Bag></pdfd:declarations>"""


def _x_4(identifier: str, _carried: int) -> str:
    # ISO 15930-7, 6.9
    return f"""<pdf:Trapped>False</pdf:Trapped>
<pdfxid:GTS_PDFXVersion>PDF/X-4</pdfxid:GTS_PDFXVersion>
<xmpMM:DocumentID>uuid:{identifier}</xmpMM:DocumentID>
<xmpMM:RenditionClass>default</xmpMM:RenditionClass>
<xmpMM:VersionID>1</xmpMM:VersionID>"""


_SCREEN = (
    'xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"'
    ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"'
)
_ALL = (
    # PDF/UA-1 (ISO 14289-1) and PDF/A-3a (ISO 19005-3) at once.
    Standard(
        "pdf/ua-1 + pdf/a-3a", "1.7", True, "GTS_PDFA1", _SCREEN, lambda *_: UA_1, ("ua1", "3a"),
    ),
    # PDF/UA-2 (ISO 14289-2), WTPDF 1.0 for accessibility and reuse, and PDF/A-4 (ISO 19005-4); what
    # carries other files is PDF/A-4f.
    Standard(
        "pdf/ua-2", "2.0", True, "GTS_PDFA1",
        f'{_SCREEN} xmlns:pdfd="http://pdfa.org/declarations/"', _ua_2, ("ua2",),
        structure=STRUCTURE, info=None,
    ),
    # PDF/X-4 (ISO 15930-7).
    Standard(
        "pdf/x-4", "1.6", False, "GTS_PDFX",
        'xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/"'
        ' xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"', _x_4, ("x4",), info=b"/Trapped/False",
    ),
)  # fmt: skip
STANDARDS = {standard.name: standard for standard in _ALL}
DEFAULT, PRINT = _ALL[0].name, _ALL[-1].name
"""The names of the standard of an edition that asks for none, and of the one for print."""
