"""Makes the small output profile of `templates/colour/` from the profile that it stems from.

Every second node of the table that turns colours into inks is kept, and the three intents
share their tables (as ICC.1:2001-04 allows); what inks look like is told unaltered. The
copy says in its name that it is altered, as its licence asks.
"""

from __future__ import annotations

import itertools
import struct
import sys
from pathlib import Path

NAME = "ISO Coated v2 300% (basICColor), altered: fewer nodes"


def tags(profile: bytes) -> dict[bytes, bytes]:
    """Return the tagged data of a profile by signature."""
    (count,) = struct.unpack_from(">I", profile, 128)
    found = {}
    for number in range(count):
        name, start, length = struct.unpack_from(">4sII", profile, 132 + 12 * number)
        found[name] = profile[start : start + length]
    return found


def thinned(table: bytes) -> bytes:
    """Return a table of the type lut16 with every second of its nodes."""
    inputs, outputs, nodes = table[8:11]
    if table[:4] != b"mft2" or nodes % 2 == 0:
        raise SystemExit("not a 16-bit table with an odd number of nodes")
    (entries,) = struct.unpack_from(">H", table, 48)
    start = 52 + 2 * entries * inputs
    kept = bytearray()
    for indices in itertools.product(range(0, nodes, 2), repeat=inputs):
        at = 0
        for index in indices:
            at = at * nodes + index
        kept += table[start + 2 * outputs * at : start + 2 * outputs * (at + 1)]
    curves = table[start + 2 * outputs * nodes**inputs :]
    return table[:10] + bytes([nodes // 2 + 1]) + table[11:start] + bytes(kept) + curves


def main(source: Path, target: Path) -> None:
    """Write the small copy of the profile `source`."""
    profile = source.read_bytes()
    own = tags(profile)
    to_inks, gamut, name = thinned(own[b"B2A1"]), thinned(thinned(own[b"gamt"])), NAME.encode()
    made = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(name) + 1) + name + bytes(79),
        **{kept: own[kept] for kept in (b"cprt", b"wtpt", b"bkpt")},
        **dict.fromkeys((b"A2B0", b"A2B1", b"A2B2"), own[b"A2B1"]),
        **dict.fromkeys((b"B2A0", b"B2A1", b"B2A2"), to_inks),
        b"gamt": gamut,
    }
    target.write_bytes(packed(profile, made))


def packed(profile: bytes, made: dict[bytes, bytes]) -> bytes:
    """Return a profile with the head of `profile` and these tags; what is the same stands once."""
    directory, body, starts = b"", b"", dict[bytes, int]()
    for tag, data in made.items():
        if data not in starts:
            starts[data] = 132 + 12 * len(made) + len(body)
            body += data + bytes(-len(data) % 4)
        directory += struct.pack(">4sII", tag, starts[data], len(data))
    head = profile[4:84] + bytes(16) + profile[100:128]  # the hash of the whole is not theirs
    rest = head + struct.pack(">I", len(made)) + directory + body
    return struct.pack(">I", len(rest) + 4) + rest


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
