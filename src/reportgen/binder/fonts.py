"""The fonts of a product: one program per face, with the glyphs that its pages use.

Codes in the pages are glyph ids of the pinned face, and so are the CIDs of the program; so the
pages need no change, whatever else is bound with them, and a reader needs no CMap to find a
glyph. Where one glyph stands for several texts, the face has several fonts, which share the
program and differ in what they say of the text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from reportgen.binder.file import File, text
from reportgen.core.errors import TypesettingError
from reportgen.core.fragments import Glyphs, Quire, merge
from reportgen.typefaces.face import Face
from reportgen.typefaces.programs import Programs

SYMBOLIC = 4
"""Bit 3 of a font descriptor's flags (ISO 32000-1, table 123)."""
# Weight to StemV: nothing draws from it, but the descriptor requires it.
STEM = {300: 58, 400: 80, 700: 140, 900: 190}
SYSTEM = "<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
COMMON = 1000
"""The width of most glyphs of an East Asian face, in thousandths of an em."""


class Used:
    """Collects what sections use of each face."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs
        self._known: dict[tuple[str, int], Face] = {}
        self.fonts: dict[str, str] = {}
        """The files of the faces, by the names that the pages give to the fonts."""
        self.texts: dict[str, dict[int, str]] = {}
        """The glyphs of each font, with the text that they stand for."""

    def add(self, identity: str, fonts: dict[str, Glyphs]) -> None:
        """Add what a fragment uses, by the names that its pages give to the fonts.

        Raises TypesettingError for a font that is no face of the workspace.
        """
        for key, glyphs in fonts.items():
            self.fonts[key] = self._face(identity, glyphs).file
            merge(key, self.texts.setdefault(key, {}), glyphs.texts)

    def join(self, quire: Quire) -> None:
        """Add what a quire uses."""
        self.fonts |= quire.fonts
        for key, texts in quire.texts.items():
            merge(key, self.texts.setdefault(key, {}), texts)

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
    names: dict[str, list[str]] = {}
    for key, name in sorted(used.fonts.items()):
        names.setdefault(name, []).append(key)
    faces = {face.file: face for face in programs.faces}
    made: dict[str, int] = {}
    for name in dict.fromkeys(used.fonts[key] for key in sorted(used.fonts)):
        made |= _write(file, faces[name], {key: used.texts[key] for key in names[name]}, programs)
    entries = (f"/{key} {made[key]} 0 R" for key in sorted(made))
    file.put(number, f"<<{''.join(entries)}>>".encode())


def _write(
    file: File, face: Face, fonts: dict[str, dict[int, str]], programs: Programs
) -> dict[str, int]:
    """Write a face; return the object of each of its fonts, which are given with their texts."""
    glyphs = sorted({glyph for texts in fonts.values() for glyph in texts})
    program = programs.program(face, glyphs)
    # ISO 32000-1, 9.6.4: six letters that tell one subset from another.
    tag = "".join(chr(65 + b % 26) for b in hashlib.sha256(program).digest()[:6])
    name = f"{tag}+{face.postscript_name}"
    per_mille = 1000 / face.units_per_em
    stream = file.add_stream(b"<</Subtype/CIDFontType0C>>", program)
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
    inner = file.add(
        f"<</Type/Font/Subtype/CIDFontType0/BaseFont/{name}/CIDSystemInfo{SYSTEM}"
        f"/DW {COMMON}/W[{_widths(programs.widths(face, glyphs))}]"
        f"/FontDescriptor {descriptor} 0 R>>".encode()
    )
    made = {}
    for key, texts in fonts.items():
        to_unicode = file.add_stream(b"<<>>", _to_unicode(texts))
        made[key] = file.add(
            f"<</Type/Font/Subtype/Type0/BaseFont/{name}-Identity-H/Encoding/Identity-H"
            f"/DescendantFonts[{inner} 0 R]/ToUnicode {to_unicode} 0 R>>".encode()
        )
    return made


def _widths(widths: Iterable[tuple[int, int]]) -> str:
    """Return glyphs and their widths, ascending, in runs (ISO 32000-1, 9.7.4.3).

    Glyphs of the width that others have anyway are left out.
    """
    said: list[str] = []
    before = -2
    for glyph, width in widths:
        if width == COMMON:
            continue
        said += [str(width)] if glyph == before + 1 else ["]"] * bool(said) + [f"{glyph}[{width}"]
        before = glyph
    return " ".join([*said, *(["]"] * bool(said))])


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
