"""Makes an output profile of `templates/colour/` from data of a printing condition.

    colprof -qm -bm -kr -l300 -D NAME -Omade.icc DATA     (Argyll; DATA.ti3)
    python scripts/make_profile.py made.icc TARGET.icc "NAME"

What the profile was made from, half of its bytes, is left out, and its name says what it is.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from thin_profile import packed, tags

KEPT = (b"cprt", b"wtpt", b"bkpt", b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"gamt")


def main(source: Path, target: Path, name: str) -> None:
    """Write the profile `source` under another name, without what it was made from."""
    profile = source.read_bytes()
    own, said = tags(profile), name.encode("ascii")
    described = b"desc" + bytes(4) + struct.pack(">I", len(said) + 1) + said + bytes(79)
    target.write_bytes(packed(profile, {b"desc": described, **{tag: own[tag] for tag in KEPT}}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
