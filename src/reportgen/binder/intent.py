"""The output intent: which colours the numbers in a file mean (ISO 32000-1, 14.11.5)."""

from __future__ import annotations

import struct
import zlib
from functools import cache

from reportgen.binder.file import File, text
from reportgen.errors import TypesettingError

COMPONENTS = {b"RGB ": 3, b"CMYK": 4, b"GRAY": 1}
"""Inks or lights by the signature of a profile's colour space (ISO 15076-1, 7.2.6)."""
LEVEL = 9


def write(file: File, profile: bytes, kind: str) -> int:
    """Write an output intent of the kind GTS_PDFA1 or GTS_PDFX and return its number.

    Raises TypesettingError for what is no ICC profile of such a device.
    """
    components = COMPONENTS.get(profile[16:20])
    if components is None or profile[36:40] != b"acsp":
        raise TypesettingError(
            "the profile of the output intent is no ICC profile of RGB, CMYK or grey",
            remedy="restore templates/colour/",
        )
    name = text(description(profile))
    number = file.reserve()
    head = b"<</N %d/Filter/FlateDecode>>" % components
    file.put_stream(number, head, _compressed(profile))
    return file.add(
        b"<</Type/OutputIntent/S/%s/OutputConditionIdentifier%s/Info%s/DestOutputProfile %d 0 R>>"
        % (kind.encode(), name, name, number)
    )


@cache
def _compressed(profile: bytes) -> bytes:
    return zlib.compress(profile, LEVEL)


def description(profile: bytes) -> str:
    """Return the name that a profile gives itself (ISO 15076-1, 9.2.41; ICC.1:2001, 6.5.17)."""
    (count,) = struct.unpack_from(">I", profile, 128)
    for entry in range(count):
        tag, start, size = struct.unpack_from(">4sII", profile, 132 + 12 * entry)
        if tag != b"desc":
            continue
        if profile[start : start + 4] == b"desc":
            (length,) = struct.unpack_from(">I", profile, start + 8)
            return profile[start + 12 : start + 12 + length].rstrip(b"\0").decode("ascii")
        length, offset = struct.unpack_from(">II", profile, start + 20)
        at = start + offset
        return profile[at : min(at + length, start + size)].decode("utf-16-be")
    raise TypesettingError("an ICC profile without a name", remedy="restore templates/colour/")
