"""PDF/UA-2 (ISO 14289-2), WTPDF 1.0 for accessibility and reuse, and PDF/A-4 (ISO 19005-4) at once.

What carries other files is PDF/A-4f.
"""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.standards.kinds import Fault, Standard

STRUCTURE = "http://iso.org/pdf2/ssn"
"""The namespace of PDF 2.0's tags (ISO 32000-2, 14.8.6.2)."""
WTPDF = "http://pdfa.org/declarations/wtpdf#"
DECLARED = ("accessibility1.0", "reuse1.0")
"""Levels of WTPDF 1.0 (clause 6.1)."""


def _metadata(_identifier: str, carried: int) -> str:
    # ISO 19005-4, 6.7.3 and Annex A; PDF Declarations 1.0.
    conformance = "<pdfaid:conformance>F</pdfaid:conformance>\n" if carried else ""
    declared = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfd:conformsTo>{WTPDF}{level}</pdfd:conformsTo></rdf:li>"
        for level in DECLARED
    )
    return f"""<pdfaid:part>4</pdfaid:part>
<pdfaid:rev>2020</pdfaid:rev>
{conformance}<pdfuaid:part>2</pdfuaid:part>
<pdfuaid:rev>2024</pdfuaid:rev>
<pdfd:declarations><rdf:Bag>{declared}</rdf:Bag></pdfd:declarations>"""


def _faults(content: bytes) -> Iterator[Fault]:
    from reportgen.standards import structure  # noqa: PLC0415 - loads a validator

    return structure.faults(content)


STANDARD = Standard(
    name="pdf/ua-2",
    version="2.0",
    screen=True,
    intent="GTS_PDFA1",
    namespaces='xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"'
    ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"'
    ' xmlns:pdfd="http://pdfa.org/declarations/"',
    metadata=_metadata,
    faults=_faults,
    structure=STRUCTURE,
    info=None,
)
