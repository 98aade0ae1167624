"""PDF/X-4 (ISO 15930-7)."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.standards.kinds import Fault, Standard


def _metadata(identifier: str, _carried: int) -> str:
    # ISO 15930-7, 6.9
    return f"""<pdf:Trapped>False</pdf:Trapped>
<pdfxid:GTS_PDFXVersion>PDF/X-4</pdfxid:GTS_PDFXVersion>
<xmpMM:DocumentID>uuid:{identifier}</xmpMM:DocumentID>
<xmpMM:RenditionClass>default</xmpMM:RenditionClass>
<xmpMM:VersionID>1</xmpMM:VersionID>"""


def _faults(content: bytes) -> Iterator[Fault]:
    from reportgen.standards import printing  # noqa: PLC0415 - loads a library

    return (("", message) for message in printing.faults(content))


STANDARD = Standard(
    name="pdf/x-4",
    version="1.6",
    screen=False,
    intent="GTS_PDFX",
    namespaces='xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/"'
    ' xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"',
    metadata=_metadata,
    faults=_faults,
    info=b"/Trapped/False",
)
