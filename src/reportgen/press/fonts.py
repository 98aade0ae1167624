"""The fonts of a face, and what each glyph of theirs stands for.

One glyph may stand for several characters: a space and U+00A0, U+002D and U+2011, an ideograph and
its compatibility form. A font of PDF has one text for each code (ISO 32000-1, 9.10.3), so such a
glyph is shown in a font of its own for each: the same face and program, another ToUnicode. Which
one, hangs on the face and the character alone, so it is the same in every section and product.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from weasyprint.text.ffi import ffi, harfbuzz

from reportgen.core.errors import NoGlyphError, TypesettingError
from reportgen.core.fragments import Glyphs
from reportgen.typefaces import characters

RANKS: dict[tuple[str, int], dict[str, int]] = {}
"""By family and weight, which characters share a glyph with others; see `typefaces.ranks`."""

MOST = 20_000
"""Glyphs of a face in a size that are remembered. In a line that is justified, spaces have a width
of their own."""

Shaped = tuple[int, int, int, int]
"""A glyph as it is shaped, with its width and its x and y offset in Pango's units."""
Drawn = tuple[Shaped, str]
"""A glyph with what it stands for."""


class Told(NamedTuple):
    """What a glyph adds to a line: in which font of the face, how high, and what is shown."""

    font: str
    raised: int
    shown: str


class Known:
    """What was told of a face's glyphs in one size, in all documents of the process.

    `plain` has those that are shown in the first font of the face, on the baseline.
    """

    def __init__(self) -> None:
        self.plain: dict[Drawn, str] = {}
        self.all: dict[Drawn, Told] = {}
        self.widths: dict[int, int] = {}
        """The advances of glyphs, in thousandths of an em."""

    def forget(self, font: str, glyph: int) -> None:
        """Forget what a glyph adds to a line in a font."""
        for drawn in [d for d, t in self.all.items() if d[0][0] == glyph and t.font == font]:
            del self.all[drawn]
            self.plain.pop(drawn, None)


class Noted:
    """What a document shows of a face."""

    def __init__(self) -> None:
        self.texts: dict[str, dict[int, str]] = {}
        """By font, what each glyph stands for."""
        self.plain: dict[float, set[Drawn]] = {}
        """By size, what was shown in the first font and is not among the texts yet."""
        self.own: dict[tuple[float, Drawn], Told] = {}
        """The glyphs of which other documents may show something else."""

    def settle(self) -> None:
        """Put all that was shown among the texts."""
        first = self.texts.setdefault("", {})
        for shown in self.plain.values():
            first.update((glyph, meaning) for (glyph, *_), meaning in shown)
            shown.clear()


class UnusualError(Exception):
    """Something is on the line that is left to the engine: a glyph that no face has, a picture."""


ffi.cdef("""
    hb_bool_t hb_font_get_nominal_glyph (
        hb_font_t *font, hb_codepoint_t unicode, hb_codepoint_t *glyph);
""")
_KNOWN: dict[tuple[str, int, float], Known] = {}
"""By family, weight and size."""
_TEXTS: dict[tuple[str, int, str, int], str] = {}
"""By family, weight, font and glyph, which text was met first."""
_CONTESTED: set[tuple[str, int, str, int]] = set()
"""The glyphs that stand for two texts in one font. Which of them is shown in that font hangs on the
document, so what is told of such a glyph is not remembered."""


def glyphs(faces: dict[Any, Any]) -> dict[str, Glyphs]:
    """Return what is used of the fonts of faces, by their names.

    Raises TypesettingError where a face lacks a glyph, NoGlyphError where no face has a character.
    """
    missing = sorted({chr(code) for face in faces.values() for code in face.missing})
    if missing:
        # One line for each, as each has a place of its own.
        told = (message for c in missing for _, message in characters.in_no_face([c]))
        raise NoGlyphError("\n".join(told), "".join(missing))
    for face in faces.values():
        if 0 in face.to_unicode:
            raise TypesettingError(f"{face.family} lacks a glyph that the page needs")
    return {
        name: Glyphs(face.family, face.weight, texts)
        for face in faces.values()
        for name, texts in _texts(face).items()
    }


def _texts(face: Any) -> dict[str, dict[int, str]]:
    """Return the fonts of a face that a document uses, by name: what each glyph stands for.

    In an order that does not hang on what other documents show.
    """
    found: dict[str, dict[int, str]] = {}
    if face.to_unicode:  # noted by the engine
        found[face.hash] = dict(face.to_unicode)
    if noted := face.__dict__.get("noted"):
        noted.settle()
        for font, told in noted.texts.items():
            if told:
                found.setdefault(f"{face.hash}{font}", {}).update(told)
    return {font: dict(sorted(told.items())) for font, told in sorted(found.items())}


def notes(face: Any) -> Noted:
    """Return what a document shows of a face; raises UnusualError for one of pictures."""
    if "noted" not in face.__dict__:
        if face.bitmap or face.svg or face.png or face.colr:
            raise UnusualError
        face.noted = Noted()
    found: Noted = face.noted
    return found


def remembered(face: Any, size: float) -> Known:
    """Return what is known of a face in a size."""
    key = face.family, face.weight, size
    known = _KNOWN.get(key)
    if known is None or len(known.all) > MOST:
        known = _KNOWN[key] = Known()
    return known


def font_of(face: Any, glyph: int, meaning: str) -> tuple[str, bool]:
    """Return in which font of a face a glyph is shown, and whether it is in every document.

    The first font has an empty name. What the glyph stands for is noted.
    """
    font = _ranked(face, glyph, meaning)
    noted = notes(face)
    contested = _is_contested(face, font, glyph, meaning)
    if contested:
        noted.settle()
        if noted.texts.get(font, {}).get(glyph, meaning) != meaning:
            # Two texts that no rank tells apart: a ligature and its letters, a substituted form.
            font = f"-{meaning.encode('utf-16-be').hex()}"
    note(face, font, glyph, meaning)
    return font, not contested


def _is_contested(face: Any, font: str, glyph: int, meaning: str) -> bool:
    """Tell whether a glyph stands for several texts in a font, in the documents of the process."""
    key = face.family, face.weight, font, glyph
    if key not in _CONTESTED and _TEXTS.setdefault(key, meaning) != meaning:
        _CONTESTED.add(key)
        for (family, weight, _), known in _KNOWN.items():
            if (family, weight) == key[:2]:
                known.forget(font, glyph)
    return key in _CONTESTED


def _ranked(face: Any, glyph: int, meaning: str) -> str:
    """Return the font that hangs on the face and the text alone."""
    if len(meaning) != 1:
        return "-several" if meaning else "-none"
    rank = RANKS.get((face.family, face.weight), {}).get(meaning, 0)
    return f"-{rank}" if rank else _case(face, glyph, meaning)


def _case(face: Any, glyph: int, meaning: str) -> str:
    """Return the font of a letter that is drawn with the glyph of another case.

    A capital may be a small capital of the face; a small letter may be a capital in a smaller
    size, where the face has no small capitals.
    """
    if meaning.isupper() and not draws(face, glyph, meaning):
        return "-upper"
    return "-lower" if meaning.islower() and draws(face, glyph, meaning.upper()[0]) else ""


def draws(face: Any, glyph: int, character: str) -> bool:
    """Tell whether the face draws a character with this glyph, if no feature is asked for."""
    return nominal(face, character) == glyph


def nominal(face: Any, character: str) -> int:
    """Return the glyph that the face has for a character, if no feature is asked for."""
    found = ffi.new("hb_codepoint_t *")
    harfbuzz.hb_font_get_nominal_glyph(face.hb_font, ord(character), found)
    return int(found[0])


def note(face: Any, font: str, glyph: int, meaning: str) -> None:
    """Note what a glyph stands for in a font of the face."""
    notes(face).texts.setdefault(font, {})[glyph] = meaning
