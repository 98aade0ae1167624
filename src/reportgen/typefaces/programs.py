"""Programs of faces: compact copies to set with, and those that products carry."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import uharfbuzz as hb

from reportgen.core.errors import FaceError
from reportgen.typefaces.face import NO_FACE, Face

VERTICAL = ("vhea", "vmtx", "VORG", "BASE")
"""Tables for vertical setting, which the engine cannot do."""
NOT_DRAWN = ("GSUB", "GPOS", "GDEF", "cmap", "name", "post", "OS/2", *VERTICAL)
"""Tables that a PDF reader never looks at in an embedded CIDFontType0."""


def compacted(path: Path, characters: str) -> bytes:
    """Return a copy of a face that holds only `characters`, with the same glyph ids."""
    options = hb.SubsetInput()
    options.unicode_set.update(map(ord, characters))
    options.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NAME_LEGACY
    options.drop_table_tag_set.update(_tags(VERTICAL))
    options.name_id_set.update(range(26))
    return bytes(hb.subset(opened(path), options).blob.data)


def ranks(path: Path, characters: str) -> dict[str, int]:
    """Return which of `characters` share a glyph of the face at `path` with a lower code point.

    The number counts the code points before it, from 1. It hangs on the face alone, not on which
    characters a job has: U+00A0 is 1 in a face that draws it with the glyph of the space.
    """
    face = opened(path)
    font = hb.Font(face)
    glyphs = (font.get_nominal_glyph(ord(c)) for c in characters)
    options = hb.SubsetInput()
    options.glyph_set.update(glyph for glyph in glyphs if glyph)
    options.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_LAYOUT_CLOSURE
    options.drop_table_tag_set.update(_tags(("CFF ", *NOT_DRAWN)) - _tags(("cmap",)))
    # A plan asks the face for every character of these glyphs, and makes no copy.
    holders: dict[int, list[int]] = {}
    for code, glyph in hb.SubsetPlan(face, options).unicode_to_old_glyph_mapping.items():
        holders.setdefault(glyph, []).append(code)
    known = {
        chr(code): rank
        for codes in holders.values()
        for rank, code in enumerate(sorted(codes))
        if rank
    }
    return {c: known[c] for c in characters if c in known}


def opened(path: Path) -> hb.Face:
    """Open a face; the file is mapped, not read."""
    return hb.Face(hb.Blob.from_file_path(str(path)))


def _tags(names: Iterable[str]) -> set[int]:
    return {int.from_bytes(name.encode(), "big") for name in names}


class Programs:
    """Makes the font programs that products carry, from the compact copies of a job."""

    def __init__(self, faces: Iterable[Face], folder: Path, *, copies: bool = False) -> None:
        """`folder` holds the faces, or their `copies`."""
        self.faces = tuple(faces)
        paths = {f.file: folder / (f.copy if copies else f.file) for f in self.faces}
        self._fonts = {file: hb.Font(opened(path)) for file, path in paths.items()}

    def find(self, family: str, weight: int) -> Face | None:
        """Return the face of `family` in `weight`, if it is one of ours."""
        return next((f for f in self.faces if (f.family, f.weight) == (family, weight)), None)

    def program(self, face: Face, glyphs: Sequence[int]) -> bytes:
        """Return a bare CFF program of `glyphs`, whose CIDs are the glyph ids of the face.

        Bare, because some readers take a CID for a glyph id in a program that is wrapped as
        OpenType (Poppler 22.12). The charset tells which CID each glyph has.
        """
        options = hb.SubsetInput()
        options.glyph_set.update(glyphs)
        options.flags = (
            hb.SubsetFlags.NO_HINTING
            | hb.SubsetFlags.DESUBROUTINIZE
            | hb.SubsetFlags.NO_LAYOUT_CLOSURE
        )
        options.drop_table_tag_set.update(_tags(NOT_DRAWN))
        program = hb.subset(self._fonts[face.file].face, options)
        if program.glyph_count != len({0, *glyphs}):
            raise FaceError(f"{face.file}: HarfBuzz kept other glyphs than it was asked to")
        return bytes(program.reference_table("CFF ").data)

    def spelled(self, face: Face, text: str) -> list[tuple[str, int]]:
        """Return the characters of `text` with their glyphs, as they are, without shaping.

        Raises FaceError for a character that the job's faces do not have.
        """
        font = self._fonts[face.file]
        found = [(c, font.get_nominal_glyph(ord(c))) for c in text]
        if missing := "".join(c for c, glyph in found if not glyph):
            raise FaceError(f"{face.file}: no glyphs for '{missing}'", remedy=NO_FACE)
        return [(c, glyph) for c, glyph in found if glyph]

    def widths(self, face: Face, glyphs: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Yield each glyph with its advance in thousandths of an em."""
        font = self._fonts[face.file]
        for glyph in glyphs:
            yield glyph, round(font.get_glyph_h_advance(glyph) * 1000 / face.units_per_em)


def empty_advance(program: bytes, cid: int) -> float | None:
    """Return the advance of a glyph that draws nothing, in thousandths of an em.

    `program` is a bare CFF program that is keyed by CID. None for a glyph that draws something or
    that is not there.
    """
    # Only files that are judged are looked into so far, and it takes 25 ms to load.
    from fontTools.cffLib import CFFFontSet  # noqa: PLC0415
    from fontTools.pens.boundsPen import BoundsPen  # noqa: PLC0415

    held = CFFFontSet()
    held.decompile(io.BytesIO(program), None)
    glyphs = held[0].CharStrings
    name = f"cid{cid:05d}"
    if name not in glyphs:
        return None
    glyph, pen = glyphs[name], BoundsPen(None)
    glyph.draw(pen)
    return None if pen.bounds else float(glyph.width) * 1000 * held[0].FontMatrix[0]
