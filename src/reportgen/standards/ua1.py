"""PDF/UA-1 (ISO 14289-1) and PDF/A-3a (ISO 19005-3) at once."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.standards.kinds import Fault, Standard

METADATA = """<pdfaid:part>3</pdfaid:part>
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


def _faults(content: bytes) -> Iterator[Fault]:
    from reportgen.standards import screen  # noqa: PLC0415 - loads a validator

    for profile, name in (("ua1", "PDF/UA-1"), ("3a", "PDF/A-3a")):
        for rule, message in screen.failures(content, profile):
            yield rule, f"not {name}: {message}"


STANDARD = Standard(
    name="pdf/ua-1 + pdf/a-3a",
    version="1.7",
    screen=True,
    intent="GTS_PDFA1",
    namespaces='xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"'
    ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"',
    metadata=lambda _identifier, _carried: METADATA,
    faults=_faults,
)
