"""The fonts of a product: one program per face, with the glyphs that its pages use.

Codes in the pages are glyph ids of the pinned face. The program numbers its glyphs from 1,
and a CMap leads from the codes there; so the pages need no change, whatever else is bound
with them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from reportgen.binder.file import File, text
from reportgen.errors import TypesettingError
from reportgen.model import Face, Glyphs, Quire
from reportgen.typefaces import Programs

SYMBOLIC = 4
"""Bit 3 of a font descriptor's flags (ISO 32000-1, table 123)."""
# Weight to StemV: nothing draws from it, but the descriptor requires it.
STEM = {300: 58, 400: 80, 700: 140, 900: 190}
SYSTEM = "<</Registry(Adobe)/Ordering(%s)/Supplement 0>>"


class Used:
    """Collects what sections use of each face."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs
        self._known: dict[tuple[str, int], Face] = {}
        self.fonts: dict[str, str] = {}
        """The files of the faces, by the names that the pages give to the fonts."""
        self.texts: dict[str, dict[int, str]] = {}
        """The glyphs of each face, with the text that they stand for."""

    def add(self, identity: str, fonts: dict[str, Glyphs]) -> None:
        """Add what a fragment uses, by the names that its pages give to the fonts.

        Raises TypesettingError for a font that is no face of the workspace.
        """
        for key, glyphs in fonts.items():
            file = self.fonts[key] = self._face(identity, glyphs).file
            # Of two texts for one glyph the first that was met stays.
            self.texts[file] = glyphs.texts | self.texts.get(file, {})

    def join(self, quire: Quire) -> None:
        """Add what a quire uses."""
        self.fonts |= quire.fonts
        for file, texts in quire.texts.items():
            self.texts[file] = texts | self.texts.get(file, {})

    def _face(self, identity: str, glyphs: Glyphs) -> Face:
        pair = glyphs.family, glyphs.weight
        if pair not in self._known:
            face = self._programs.find(*pair)
            if face is None:
                raise TypesettingError(
                    f"{identity}: set in {glyphs.family} {glyphs.weight}, which is no face "
                    "of this workspace",
                    remedy="use the families and weights of fonts/manifest.toml in the "
                    "style sheets",
                )
            self._known[pair] = face
        return self._known[pair]


def write(file: File, number: int, used: Used, programs: Programs) -> None:
    """Write the fonts, and their dictionary as the object `number`."""
    faces = {face.file: face for face in programs.faces}
    made: dict[str, int] = {}
    for name in dict.fromkeys(used.fonts[key] for key in sorted(used.fonts)):
        made[name] = _write(file, faces[name], used.texts[name], programs)
    entries = (f"/{key} {made[name]} 0 R" for key, name in sorted(used.fonts.items()))
    file.put(number, f"<<{''.join(entries)}>>".encode())


def _write(file: File, face: Face, texts: dict[int, str], programs: Programs) -> int:
    glyphs = sorted(texts)
    program = programs.program(face, glyphs)
    # ISO 32000-1, 9.6.4: six letters that tell one subset from another.
    tag = "".join(chr(65 + b % 26) for b in hashlib.sha256(program).digest()[:6])
    name = f"{tag}+{face.postscript_name}"
    cids = dict(zip(glyphs, range(1, len(glyphs) + 1), strict=True))
    per_mille = 1000 / face.units_per_em
    stream = file.add_stream(b"<</Subtype/OpenType>>", program)
    descriptor = file.add(
        b"<</Type/FontDescriptor/FontName/%s/FontFamily%s/FontWeight %d/Flags %d/FontBBox[%s]"
        b"/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV %d/FontFile3 %d 0 R>>"
        % (
            name.encode(), text(face.family), face.weight, SYMBOLIC,
            " ".join(str(round(x * per_mille)) for x in face.box).encode(),
            round(face.ascent * per_mille), round(face.descent * per_mille),
            round(face.cap_height * per_mille), STEM.get(face.weight, 80), stream,
        )
    )  # fmt: skip
    widths = " ".join(str(width) for _, width in programs.widths(face, glyphs))
    inner = file.add(
        f"<</Type/Font/Subtype/CIDFontType0/BaseFont/{name}/CIDSystemInfo{SYSTEM % 'Identity'}"
        f"/DW 1000/W[1[{widths}]]/FontDescriptor {descriptor} 0 R>>".encode()
    )
    encoding = f"Reportgen-{tag}"
    code_to_cid = file.add_stream(
        f"<</Type/CMap/CMapName/{encoding}/WMode 0/CIDSystemInfo{SYSTEM % 'Identity'}>>".encode(),
        _code_to_cid(encoding, cids),
    )
    to_unicode = file.add_stream(b"<<>>", _to_unicode(texts))
    return file.add(
        f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding {code_to_cid} 0 R"
        f"/DescendantFonts[{inner} 0 R]/ToUnicode {to_unicode} 0 R>>".encode()
    )


def _code_to_cid(name: str, cids: dict[int, int]) -> bytes:
    """Return the CMap from the codes in the content to the CIDs of the program.

    The codes are glyph ids of the pinned face (Adobe TN 5014; ISO 32000-1, 9.7.5).
    """
    return _cmap(
        f"/Registry (Adobe) def /Ordering (Identity) def\n/Supplement 0 def end def\n"
        f"/CMapName /{name} def /CMapType 1 def /WMode 0 def",
        "cidchar",
        (f"<{glyph:04x}> {cid}" for glyph, cid in cids.items()),
    )


def _to_unicode(texts: dict[int, str]) -> bytes:
    """Return the CMap from the codes to the text that they stand for (9.10.3)."""
    return _cmap(
        "/Registry (Adobe) def /Ordering (UCS) def\n/Supplement 0 def end def\n"
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "bfchar",
        (f"<{g:04x}> <{texts[g].encode('utf-16-be').hex()}>" for g in sorted(texts)),
    )


def _cmap(about: str, kind: str, entries: Iterable[str]) -> bytes:
    lines = list(entries)
    blocks = [lines[i : i + 100] for i in range(0, len(lines), 100)]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            "/CIDSystemInfo 3 dict dup begin",
            about,
            "1 begincodespacerange <0000> <ffff> endcodespacerange",
            *(f"{len(b)} begin{kind}\n" + "\n".join(b) + f"\nend{kind}" for b in blocks),
            "endcmap CMapName currentdict /CMap defineresource pop end end",
        ]
    ).encode()
