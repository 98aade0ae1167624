"""What a product says of itself, the same in both places that readers look."""

from __future__ import annotations

from xml.sax.saxutils import escape

from reportgen import __version__
from reportgen.binder.file import text
from reportgen.model import About

PRODUCER = f"reportgen {__version__}"


def info(about: About) -> bytes:
    """Return the document information dictionary."""
    return b"<</Title%s/Author%s/Subject%s/Keywords%s/Producer%s>>" % (
        text(about.title),
        text(about.author),
        text(about.subject),
        text(", ".join(about.keywords)),
        text(PRODUCER),
    )


def xmp(about: About) -> bytes:
    """Return the metadata stream (ISO 16684-1), with what ISO 14289-1, 5 asks for."""
    title, subject = escape(about.title), escape(about.subject)
    keywords = escape(", ".join(about.keywords))
    bag = "".join(f"<rdf:li>{escape(word)}</rdf:li>" for word in about.keywords)
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:format>application/pdf</dc:format>
<dc:identifier>{escape(about.identity)}</dc:identifier>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{escape(about.author)}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<dc:subject><rdf:Bag>{bag}</rdf:Bag></dc:subject>
<dc:language><rdf:Bag><rdf:li>{about.language}</rdf:li></rdf:Bag></dc:language>
<pdf:Keywords>{keywords}</pdf:Keywords>
<pdf:Producer>{escape(PRODUCER)}</pdf:Producer>
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>""".encode()
