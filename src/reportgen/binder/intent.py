"""The output intent: which colours the numbers in a file mean (ISO 32000-1, 14.11.5)."""

from __future__ import annotations

import struct
import zlib
from functools import cache

from reportgen.binder.file import File, text
from reportgen.core.errors import TypesettingError

COMPONENTS = {b"RGB ": 3, b"CMYK": 4, b"GRAY": 1}
"""Inks or lights by the signature of a profile's colour space (ISO 15076-1, 7.2.6)."""
LEVEL = 9


REGISTRY = "http://www.color.org"
"""Where printing conditions are registered (ISO 15930-7, 6.2.3)."""
CONDITIONS = {
    "ISO Coated v2 300% (basICColor)": "FOGRA39",
    "Uncoated offset, FOGRA29": "FOGRA29",
    "GRACoL coated, CGATS TR 006": "CGATS TR 006",
}
"""The registered names of conditions by how the names of the shipped profiles begin."""


def write(file: File, profile: bytes, kind: str, condition: str = "") -> int:
    """Write an output intent of the kind GTS_PDFA1 or GTS_PDFX and return its number.

    `condition` is the printing condition, as the registry has it. What the profile says of itself,
    such as how it was altered, goes into `Info`. Raises TypesettingError for what is no ICC profile
    of such a device.
    """
    components = COMPONENTS.get(profile[16:20])
    if components is None or profile[36:40] != b"acsp":
        raise TypesettingError(
            "the profile of the output intent is no ICC profile of RGB, CMYK or grey",
            remedy="restore templates/colour/",
        )
    name = description(profile)
    known = (value for start, value in CONDITIONS.items() if name.startswith(start))
    condition = condition or next(known, "")
    # Custom is for what no registry has (ISO 32000-1, table 365).
    identifier = condition or ("Custom" if components == COMPONENTS[b"CMYK"] else name)
    registry = b"/RegistryName%s" % text(REGISTRY) if condition else b""
    number = file.reserve()
    head = b"<</N %d/Filter/FlateDecode>>" % components
    file.put_stream(number, head, _compressed(profile))
    return file.add(
        b"<</Type/OutputIntent/S/%s/OutputConditionIdentifier%s%s/Info%s/DestOutputProfile %d 0 R>>"
        % (kind.encode(), text(identifier), registry, text(name), number)
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
