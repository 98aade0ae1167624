"""The faces of `fonts/`: what they hold, small copies for a job, programs for a product.

The engine is slow with a face of 65,000 glyphs and blind to a character that no face has.
So a job is set with compact copies that hold only its characters, and every character is
looked up before anything is set. Compact copies keep the glyph ids of the pinned face,
which in these CID-keyed faces are also its CIDs: what a page says therefore does not
depend on what else was in the job, and the program that the product carries is made of the
used glyphs alone, the same from the compact copy as from the whole face.
"""

from __future__ import annotations

import io
import re
import struct
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont, TTLibError

from reportgen.core.errors import FaceError, shortened
from reportgen.records.workspace import Workspace
from reportgen.typefaces.face import Face
from reportgen.typefaces.programs import opened

MANIFEST = "fonts/manifest.toml"
LONGEST = 20_000
"""Characters of the manifest, which takes 400 for a face."""
WEIGHTS = range(1, 1001)
"""What usWeightClass in the table OS/2 may be (OpenType 1.9)."""
RESTORE = "restore the file that reportgen ships, or write the entry like its others"
ALWAYS = frozenset(map(chr, range(0x20, 0x7F))) | frozenset("\u00a0\u2010\u2026\u2022xO水")
"""What the engine sets of its own accord: spaces, hyphens, ellipses, bullets, and the
characters that it measures for the units ex, cap, ch and ic."""
_FILE = re.compile(r"[^./\\\0-\x1f\x7f][^/\\\0-\x1f\x7f]{0,200}\.(otf|ttf|otc|ttc)", re.IGNORECASE)
RESTRICTED, NO_SUBSETTING, BITMAPS_ONLY = 0x0002, 0x0100, 0x0200
"""Bits of fsType in the table OS/2 (OpenType 1.9)."""
FAMILY_NAMES = {1, 16}
"""Records of the table name that hold the name of the family, in whatever language."""
ITALIC = 0x0001
"""A bit of fsSelection in the table OS/2."""
ROS = b"\x0c\x1e"
"""The operator 12 30 of a Top DICT (Adobe TN 5176, table 10)."""
PASSED = frozenset("\n\u00ad\u200b")
"""Characters that are never drawn: they only tell where a line may break."""


@dataclass(frozen=True)
class Typefaces:
    """All faces of a workspace, the folder of their files, and the `stamp` of each."""

    faces: tuple[Face, ...]
    folder: Path
    stamps: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @cached_property
    def repertoire(self) -> frozenset[str]:
        """The characters that all full faces of a family hold, so that any text can be set.

        Where the family that a style sheet asks for lacks one, another of `fonts/` has it in every
        weight.
        """
        found: set[int] = set()
        for family in self.families:
            first, *others = (opened(path).unicodes for path in self._full(family))
            for held in others:
                first.intersection_update(held)
            found.update(first)
        return frozenset(map(chr, found)) | PASSED

    @cached_property
    def variants(self) -> frozenset[str]:
        """The pairs of an ideograph and a selector for which a family has a form (UTS 37)."""
        found: set[str] = set()
        for family in self.families:
            held = [
                {
                    chr(code) + chr(selector)
                    for selector in face.variation_selectors
                    for code in face.variation_unicodes(selector)
                }
                for face in map(opened, self._full(family))
            ]
            found |= set.intersection(*held)
        return frozenset(found)

    def _full(self, family: str) -> list[Path]:
        return [self.folder / f.file for f in self.faces if f.full and f.family == family]

    def lacking(self, text: str) -> Iterator[str]:
        """Yield the characters of a text that cannot be set, each once.

        A selector of a variant counts with what it selects from.
        """
        for character, before in dict.fromkeys(zip(text, f" {text}", strict=False)):
            if is_selector(character):
                if before + character not in self.variants:
                    yield before + character if before.isalpha() else character
            elif character not in self.repertoire:
                yield character

    @property
    def families(self) -> frozenset[str]:
        """The family names that templates may use."""
        return frozenset(face.family for face in self.faces)

    def needed(self, characters: Iterable[str]) -> str:
        """Return what compact copies must hold for `characters` to be set, sorted."""
        found = {*characters, *ALWAYS}
        selectors = filter(is_selector, found)
        return "".join(sorted(found & self.repertoire | set(selectors)))


def is_selector(character: str) -> bool:
    """Tell whether a character selects a variant of the one before it (UTS 37)."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def load(workspace: Workspace) -> Typefaces:
    """Read `fonts/manifest.toml` and its faces.

    Raises FaceError if one is missing, is not the file that the manifest pins, cannot be
    read, may not be embedded, or if a family lacks a text weight.
    """
    text = workspace.text(MANIFEST)
    if len(text) > LONGEST:  # before it is parsed, as a key of many parts takes long
        raise FaceError(f"{MANIFEST}: more than {LONGEST:,} characters", remedy=RESTORE)
    try:
        manifest = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FaceError(f"{MANIFEST}: {error}", remedy=RESTORE) from error
    except RecursionError as error:
        raise FaceError(f"{MANIFEST}: nested too deeply", remedy=RESTORE) from error
    except ValueError as error:  # Python reads no number of more digits
        raise FaceError(f"{MANIFEST}: a number of too many digits", remedy=RESTORE) from error
    entries = manifest.get("face")
    if not isinstance(entries, list) or not entries:
        raise FaceError(f"{MANIFEST}: no [[face]]", remedy=RESTORE)
    checked = [_checked(number, entry) for number, entry in enumerate(entries, 1)]
    folder = workspace.folder("fonts")
    stamps = {entry["file"]: stamp(folder / entry["file"]) for entry in checked}  # before the look
    faces = tuple(_face(entry, workspace) for entry in checked)
    _require_distinct(faces)
    for family in {face.family for face in faces}:
        weights = {face.weight for face in faces if face.family == family and face.full}
        for weight, name in ((400, "regular"), (700, "bold")):
            if weight not in weights:
                raise FaceError(
                    f"{MANIFEST}: the family {family} has no full {name} face",
                    remedy=f"add a face of weight {weight} with repertoire = 'full'",
                )
    return Typefaces(faces, folder, stamps)


def stamp(path: Path) -> tuple[int, ...]:
    """Return what tells a file from another that takes its place; none if there is no file."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _require_distinct(faces: tuple[Face, ...]) -> None:
    """Raise FaceError for two files of one family and weight: which is set would be chance."""
    known: dict[tuple[str, int], str] = {}
    for face in faces:
        if other := known.get((face.family, face.weight)):
            raise FaceError(
                f"{MANIFEST}: {other} and {face.file} are both {face.family} {face.weight}",
                remedy="take one of them out",
            )
        known[face.family, face.weight] = face.file


def _require_named(font: TTFont, where: str, entry: dict[str, Any]) -> None:
    """Raise FaceError for a face that is not what the manifest says: names choose what is set."""
    os2 = font["OS/2"]
    names = {r.toUnicode() for r in font["name"].names if r.nameID in FAMILY_NAMES}
    wrong = []
    if entry["family"] not in names:
        wrong.append(f"the family {' or '.join(sorted(names)) or 'without a name'}")
    if entry["weight"] != os2.usWeightClass:
        wrong.append(f"the weight {os2.usWeightClass}")
    if os2.fsSelection & ITALIC:
        wrong.append("italic, which is not set")
    if wrong:
        raise FaceError(
            f"{where}: is of {' and of '.join(wrong)}; {MANIFEST} says {entry['family']} "
            f"{entry['weight']}",
            remedy="write in the manifest what the file is, or take the file that is meant",
        )


def _checked(number: int, entry: object) -> dict[str, Any]:
    """Return an entry of the manifest that has all that a face needs."""
    if not isinstance(entry, dict):
        raise FaceError(f"{MANIFEST}: face {number} is no table", remedy=RESTORE)
    for key, kind in (("file", str), ("family", str), ("weight", int), ("sha256", str)):
        if type(entry.get(key)) is not kind:
            raise FaceError(
                f"{MANIFEST}: face {number}: expected {key} as {kind.__name__}, "
                f"found {_told(entry.get(key))}",
                remedy=RESTORE,
            )
    if entry["weight"] not in WEIGHTS:
        raise FaceError(
            f"{MANIFEST}: face {number}: expected a weight from {WEIGHTS[0]} to {WEIGHTS[-1]}, "
            f"found {_told(entry['weight'])}",
            remedy=RESTORE,
        )
    if not _FILE.fullmatch(entry["file"]):
        raise FaceError(
            f"{MANIFEST}: face {number}: expected the name of a file of fonts/ that ends in .otf, "
            f"found {_told(entry['file'])}",
            remedy="put the face into fonts/, and write its name without a folder",
        )
    if entry.get("repertoire") not in ("full", "display"):
        raise FaceError(
            f"{MANIFEST}: face {number}: expected repertoire full or display, "
            f"found {_told(entry.get('repertoire'))}",
            remedy=RESTORE,
        )
    return entry


def _told(value: object) -> str:
    """Return a value of the manifest as a message names it."""
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and abs(value) > sys.maxsize:
        return "a huge number"  # of which Python may refuse to write the digits
    return shortened(repr(value))


def _face(entry: dict[str, Any], workspace: Workspace) -> Face:
    where = f"fonts/{entry['file']}"
    if (found := workspace.digest(where)) != entry["sha256"]:
        raise FaceError(
            f"{where}: the file has sha256 {found}, the manifest says {entry['sha256']}",
            remedy="restore the file, or change the manifest if the new face is meant",
        )
    try:
        path = workspace.path(where)
        with path.open("rb") as file, TTFont(file, lazy=True) as font:
            size = path.stat().st_size
            if any(table.offset + table.length > size for table in font.reader.tables.values()):
                raise TTLibError("the file is cut short")
            return _described(font, where, entry, found)
    except (TTLibError, KeyError, AttributeError, IndexError, struct.error) as error:
        raise FaceError(f"{where}: no font that can be read: {error}") from error


def _described(font: TTFont, where: str, entry: dict[str, Any], sha256: str) -> Face:
    head, hhea, os2 = font["head"], font["hhea"], font["OS/2"]
    if not _keyed_by_cid(font):
        raise FaceError(
            f"{where}: not a CID-keyed OpenType face (CFF)",
            remedy="use a face such as Noto Sans CJK or Source Han",
        )
    _require_named(font, where, entry)
    if os2.fsType & (RESTRICTED | NO_SUBSETTING | BITMAPS_ONLY):
        raise FaceError(
            f"{where}: its maker forbids to embed it (fsType {os2.fsType:#06x})",
            remedy="use a face whose licence allows embedding and subsetting",
        )
    return Face(
        file=entry["file"],
        family=entry["family"],
        weight=entry["weight"],
        full=entry["repertoire"] == "full",
        sha256=sha256,
        postscript_name=str(font["name"].getDebugName(6)),
        units_per_em=head.unitsPerEm,
        ascent=hhea.ascent,
        descent=hhea.descent,
        cap_height=os2.sCapHeight,
        box=(head.xMin, head.yMin, head.xMax, head.yMax),
    )


def _keyed_by_cid(font: TTFont) -> bool:
    """Tell whether the face's CFF program is CID-keyed: its Top DICT starts with ROS.

    Read by hand, as decompiling the table would take 100 MB (Adobe TN 5176, 5 to 9).
    """
    if "CFF " not in font:
        return False
    font.reader.file.seek(font.reader.tables["CFF "].offset)
    start = io.BytesIO(font.reader.file.read(4096))
    start.seek(start.read(4)[2])
    for _ in ("Name INDEX", "Top DICT INDEX"):
        count, size = struct.unpack(">HB", start.read(3))
        offsets = [int.from_bytes(start.read(size), "big") for _ in range(count + 1)]
        content = start.read(offsets[-1] - 1)
    return ROS in content[:32]


def configure(folder: Path, at: Path | None = None) -> Path:
    """Write a font configuration that knows the faces in `folder` and nothing else.

    The folder will be `at` when the engine reads it, whose FONTCONFIG_FILE names the configuration
    that is returned.
    """
    # Made here, as workers that start together complain when another makes it first.
    cache = folder / "cache"
    cache.mkdir()
    path = folder / "fonts.conf"
    path.write_text(
        "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'urn:fontconfig:fonts.dtd'>"
        f"<fontconfig><dir>{escape(str(at or folder))}</dir>"
        f"<cachedir>{escape(str((at or folder) / cache.name))}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return path
