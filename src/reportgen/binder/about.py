"""What a product says of itself, the same in both places that readers look.

A file is dated by its edition; see `dates`.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from reportgen import __version__
from reportgen.binder.file import text
from reportgen.model import About, Finish

PRODUCER = f"reportgen {__version__}"
_SCREEN = """<pdfaid:part>3</pdfaid:part>
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


def date(about: About) -> bytes:
    """Return the date of the edition as PDF writes it (ISO 32000-1, 7.9.4)."""
    digits = about.date.translate(str.maketrans("", "", "-:TZ"))
    return f"(D:{digits}Z)".encode()


def info(about: About, finish: Finish) -> bytes:
    """Return the document information dictionary."""
    told = b"<</Title%s/Author%s/Subject%s/Keywords%s/Producer%s/CreationDate%s/ModDate%s" % (
        text(about.title),
        text(about.author),
        text(about.subject),
        text(", ".join(about.keywords)),
        text(PRODUCER),
        date(about),
        date(about),
    )
    return told + (b"/Trapped/False>>" if finish.standard == "pdf/x-4" else b">>")


def xmp(about: About, finish: Finish, identifier: str) -> bytes:
    """Return the metadata stream (ISO 16684-1) with what the edition's standard asks for.

    `identifier` tells this file from all others, 32 hexadecimal digits.
    """
    title, subject = escape(about.title), escape(about.subject)
    keywords = escape(", ".join(about.keywords))
    # ISO 19005-3, 6.6.2.3.3: one entry for each of the authors.
    creators = "".join(f"<rdf:li>{escape(a)}</rdf:li>" for a in about.authors or (about.author,))
    bag = "".join(f"<rdf:li>{escape(word)}</rdf:li>" for word in about.keywords)
    day = about.date
    standard = _SCREEN
    if finish.standard == "pdf/x-4":
        # ISO 15930-7, 6.9
        standard = f"""<pdf:Trapped>False</pdf:Trapped>
<pdfxid:GTS_PDFXVersion>PDF/X-4</pdfxid:GTS_PDFXVersion>
<xmpMM:DocumentID>uuid:{identifier}</xmpMM:DocumentID>
<xmpMM:RenditionClass>default</xmpMM:RenditionClass>
<xmpMM:VersionID>1</xmpMM:VersionID>"""
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 {_NAMESPACES[finish.standard]}>
<dc:format>application/pdf</dc:format>
<dc:identifier>{escape(about.identity)}</dc:identifier>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq>{creators}</rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<dc:subject><rdf:Bag>{bag}</rdf:Bag></dc:subject>
<dc:language><rdf:Bag><rdf:li>{about.language}</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>{day}</xmp:CreateDate>
<xmp:ModifyDate>{day}</xmp:ModifyDate>
<xmp:MetadataDate>{day}</xmp:MetadataDate>
<pdf:Keywords>{keywords}</pdf:Keywords>
<pdf:Producer>{escape(PRODUCER)}</pdf:Producer>
{standard}
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>""".encode()


_NAMESPACES = {
    "pdf/ua-1 + pdf/a-3a": 'xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"'
    ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"',
    "pdf/x-4": 'xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/"'
    ' xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"',
}
