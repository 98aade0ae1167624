"""Files that a product carries (ISO 19005-3, 6.8; ISO 32000-1, 7.11.4)."""

from __future__ import annotations

import hashlib

from reportgen.binder.about import date
from reportgen.binder.file import File, text
from reportgen.plan.values import About, Finish


def write(file: File, about: About, finish: Finish) -> tuple[dict[str, bytes], bytes]:
    """Write what `finish` attaches; return the catalogue's entries and those of its names."""
    specifications = []
    for attached in finish.attached:
        content = attached.content
        held = file.add_stream(
            b"<</Type/EmbeddedFile/Subtype/application#2Fjson"
            b"/Params<</Size %d/ModDate%s/CheckSum<%s>>>>>"
            % (len(content), date(about), _checksum(content)),
            content,
        )
        name = text(attached.name)
        specifications.append((
            name,
            file.add(
                b"<</Type/Filespec/F%s/UF%s/Desc%s/AFRelationship/Data/EF<</F %d 0 R/UF %d 0 R>>>>"
                % (name, name, text(f"{about.title} (JSON data)"), held, held)
            ),
        ))  # fmt: skip
    if not specifications:
        return {}, b""
    listed = b"".join(b"%s %d 0 R " % pair for pair in sorted(specifications))
    together = b" ".join(b"%d 0 R" % number for _, number in specifications)
    return {"AF": b"[%s]" % together}, b"/EmbeddedFiles<</Names[%s]>>" % listed


def _checksum(content: bytes) -> bytes:
    """Return the MD5 that the format has for telling damage (ISO 32000-1, table 46)."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest().encode()
