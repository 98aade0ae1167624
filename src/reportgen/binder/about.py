"""What a product says of itself, the same in both places that readers look.

A file is dated by its edition; see `dates`.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from reportgen import __version__
from reportgen.binder.file import text
from reportgen.plan.values import About, Finish

PRODUCER = f"reportgen {__version__}"


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
    return told + (finish.rules.info or b"") + b">>"


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
    rules = finish.rules
    standard = rules.metadata(identifier, len(finish.attached))
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 {rules.namespaces}>
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
