"""Make the files of `fonts/` from Noto Sans CJK as Debian packages it.

    apt-get download fonts-noto-cjk fonts-noto-cjk-extra
    for deb in *.deb; do dpkg -x "$deb" unpacked; done
    .venv/bin/python scripts/make_faces.py unpacked/usr/share/fonts/opentype/noto fonts

The text weights leave their collection unchanged. The display weights are trimmed to the
repertoire of headings, glyph ids kept, so that all weights number their glyphs alike.
"""

import struct
import sys
from pathlib import Path

import uharfbuzz as hb
from fontTools.ttLib import TTFont

KOREAN_FACE = 1
TEXT, DISPLAY = ("Regular", "Bold"), ("Light", "Black")
ENGLISH = 0x409
RANGES = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x192, 0x192), (0x218, 0x21B), (0x1E80, 0x1E85),
    (0x1EA0, 0x1EF9), (0x2010, 0x2027), (0x2030, 0x205E), (0x20A0, 0x20BF),
    (0x2100, 0x214F), (0x2150, 0x218B), (0x2190, 0x21FF), (0x2200, 0x22FF),
    (0x2460, 0x24FF), (0x25A0, 0x25FF), (0x3000, 0x303F), (0x3131, 0x318E),
    (0xAC00, 0xD7A3), (0xFF01, 0xFFEF),
)  # fmt: skip
VERTICAL = ("vhea", "vmtx", "VORG", "BASE")


def main(collections: Path, target: Path) -> None:
    """Write the four faces to `target`."""
    for weight in (*TEXT, *DISPLAY):
        path = target / f"NotoSansCJKkr-{weight}.otf"
        font = TTFont(
            collections / f"NotoSansCJK-{weight}.ttc",
            fontNumber=KOREAN_FACE, lazy=True, recalcTimestamp=False, recalcBBoxes=False,
        )  # fmt: skip
        font.save(path, reorderTables=None)
        if weight in DISPLAY:
            path.write_bytes(trimmed(path))


def trimmed(path: Path) -> bytes:
    """Return the face at `path` with the glyphs of RANGES only."""
    options = hb.SubsetInput()
    options.unicode_set.update(c for first, last in RANGES for c in range(first, last + 1))
    options.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NAME_LEGACY
    options.drop_table_tag_set.update(struct.unpack(">I", tag.encode())[0] for tag in VERTICAL)
    options.name_id_set.update(range(26))
    options.name_lang_id_set.update([ENGLISH])
    return bytes(hb.subset(hb.Face(hb.Blob.from_file_path(str(path))), options).blob.data)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
