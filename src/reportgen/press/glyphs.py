"""The glyphs of a line of text, with the characters that each stands for.

One glyph may stand for several characters: a space and U+00A0, U+002D and U+2011, an ideograph and
its compatibility form. A font of PDF has one text for each code (ISO 32000-1, 9.10.3), so such a
glyph is shown in a font of its own for each: the same face and program, another ToUnicode. Which
one, hangs on the face and the character alone, so it is the same in every section and product.

The engine notes the first text that a glyph is met with, for the whole document, and asks Pango
and the font anew for every glyph that it draws. But what a glyph adds to a line hangs on little:
which one it is, how wide it was set and how far aside, in which font and size, and what it stands
for. Most have been drawn before, in this document or in another, and are found by that at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from struct import Struct
from typing import Any, NamedTuple

from weasyprint.draw import text
from weasyprint.text.ffi import FROM_UNITS, ffi, harfbuzz, pango

_GLYPH = Struct("=Iiii4x")
"""A PangoGlyphInfo: glyph, width, x and y offset in Pango's units; whether it is a cluster."""
INT = ffi.sizeof("int")
"""Bytes of an offset of a cluster."""
FIRST_SPECIAL = 0x0FFFFFFF
"""Pango's glyphs from here on are none of the font; this one is empty."""
OLDEST = 14802
"""Before this, Pango's fonts had other sizes, which the engine amends."""
ELLIPSIS, SPACE = "…", " "
RANKS: dict[tuple[str, int], dict[str, int]] = {}
"""By family and weight, which characters share a glyph with others; see `typefaces.ranks`."""

MOST = 20_000
"""Glyphs of a face in a size that are remembered. In a line that is justified, spaces have a width
of their own."""

_Set = tuple[int, int, int, int]
"""A glyph as it is set, as _GLYPH unpacks it."""
_Drawn = tuple[_Set, str]
"""A glyph with what it stands for."""


class _Told(NamedTuple):
    """What a glyph adds to a line: in which font of the face, how high, and what is shown."""

    font: str
    raised: int
    shown: str


class _Known:
    """What was told of a face's glyphs in one size, in all documents of the process.

    `plain` has those that are shown in the first font of the face, on the baseline.
    """

    def __init__(self) -> None:
        self.plain: dict[_Drawn, str] = {}
        self.all: dict[_Drawn, _Told] = {}
        self.widths: dict[int, int] = {}
        """The advances of glyphs, in thousandths of an em."""

    def forget(self, font: str, glyph: int) -> None:
        """Forget what a glyph adds to a line in a font."""
        for drawn in [d for d, t in self.all.items() if d[0][0] == glyph and t.font == font]:
            del self.all[drawn]
            self.plain.pop(drawn, None)


class _Noted:
    """What a document shows of a face."""

    def __init__(self) -> None:
        self.texts: dict[str, dict[int, str]] = {}
        """By font, what each glyph stands for."""
        self.plain: dict[float, set[_Drawn]] = {}
        """By size, what was shown in the first font and is not among the texts yet."""
        self.own: dict[tuple[float, _Drawn], _Told] = {}
        """The glyphs of which other documents may show something else."""

    def settle(self) -> None:
        """Put all that was shown among the texts."""
        first = self.texts.setdefault("", {})
        for shown in self.plain.values():
            first.update((glyph, meaning) for (glyph, *_), meaning in shown)
            shown.clear()


_KNOWN: dict[tuple[str, int, float], _Known] = {}
"""By family, weight and size."""
_TEXTS: dict[tuple[str, int, str, int], str] = {}
"""By family, weight, font and glyph, which text was met first."""
_CONTESTED: set[tuple[str, int, str, int]] = set()
"""The glyphs that stand for two texts in one font. Which of them is shown in that font hangs on the
document, so what is told of such a glyph is not remembered."""


class _Piece(NamedTuple):
    """What is shown of a line in one go."""

    face: Any
    size: float
    told: _Told


class _UnusualError(Exception):
    """Something is on the line that is left to the engine: a glyph that no face has."""


def install() -> None:
    """Amend the engine, once per process."""
    ffi.cdef("""
        hb_bool_t hb_font_get_nominal_glyph (
            hb_font_t *font, hb_codepoint_t unicode, hb_codepoint_t *glyph);
        void pango_layout_context_changed (PangoLayout *layout);
    """)
    if ffi.sizeof("PangoGlyphInfo") == _GLYPH.size and pango.pango_version() >= OLDEST:
        text.draw_first_line = _draw_first_line


def texts(face: Any) -> dict[str, dict[int, str]]:
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


_engine_draw_first_line = text.draw_first_line


def _draw_first_line(stream: Any, box: Any, overflow: str, ellipsis: Any, matrix: Any) -> list[Any]:
    if not box.text or box.style["font_size"] < 1e-6:
        return []
    cut = overflow == "ellipsis" or ellipsis != "none"
    if cut:
        # Pango lays a line that was not wrapped out anew for an ellipsis only if it is told to.
        pango.pango_layout_context_changed(box.pango_layout.layout)
        # The engine finds out what fits. What it draws meanwhile is thrown away.
        _engine_draw_first_line(_Scratch(stream), box, overflow, ellipsis, matrix)
    else:
        pango.pango_layout_set_single_paragraph_mode(box.pango_layout.layout, True)
    try:
        pieces = list(_pieces(stream, box, cut=cut))
    except _UnusualError:
        emojis: list[Any] = _engine_draw_first_line(stream, box, overflow, ellipsis, matrix)
        return emojis
    _show(stream, pieces, matrix)
    return []


class _Scratch:
    """Stands for a stream on which nothing is drawn, with faces that are not the document's."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.ink_rect, self.logical_rect = stream.ink_rect, stream.logical_rect

    def add_font(self, pango_font: Any) -> tuple[Any, float]:
        found, size = self._stream.add_font(pango_font)
        return _Aside(found), size

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


class _Aside:
    """A face on which nothing is noted."""

    def __init__(self, face: Any) -> None:
        self._face = face
        self.to_unicode: dict[int, str] = {}
        self.widths = dict(face.widths)
        self.bitmap = self.svg = self.png = self.colr = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._face, name)


def _show(stream: Any, pieces: list[_Piece], matrix: Any) -> None:
    stream.set_text_matrix(*matrix.values)
    raised = 0
    for piece in pieces:
        stream.set_font_size(f"{piece.face.hash}{piece.told.font}", piece.size)
        if piece.told.raised != raised:
            raised = piece.told.raised
            stream.set_text_rise(-raised / 1000)
        stream.show_text(f"<{piece.told.shown}>".removesuffix("<>"))
    if raised:
        stream.set_text_rise(0)


def _pieces(stream: Any, box: Any, *, cut: bool) -> Iterator[_Piece]:
    """Yield what is shown of a line; pieces of one font on one height are one."""
    piece = None
    for face, size, told in _runs(stream, box, cut=cut):
        if piece is not None:
            before = piece.told
            same = piece.face is face and piece.size == size
            if same and (before.font, before.raised) == (told.font, told.raised):
                piece = piece._replace(told=told._replace(shown=before.shown + told.shown))
                continue
            yield piece
        piece = _Piece(face, size, told)
    if piece is None:
        return
    if getattr(box, "parted", False):  # the text of a drawing has lines of its own
        space = _space(piece.face)
        _note(piece.face, "", space, SPACE)
        if piece.told.font or piece.told.raised:
            yield piece
            piece = piece._replace(told=_Told("", 0, ""))
        shown = f"{piece.told.shown}{space:04x}"
        piece = piece._replace(told=piece.told._replace(shown=shown))
    yield piece


def _runs(stream: Any, box: Any, *, cut: bool) -> Iterator[tuple[Any, float, _Told]]:
    """Yield what the runs of a line show, each in the pieces that its characters ask for."""
    line, _ = box.pango_layout.get_first_line()
    words = None
    run = line.runs[0]
    while run != ffi.NULL:
        item, run = run.data, run.next
        face, size = stream.add_font(item.item.analysis.font)
        string = item.glyphs
        content = ffi.buffer(string.glyphs, string.num_glyphs * _GLYPH.size)
        glyphs = list(_GLYPH.iter_unpack(content))
        if words is None:
            words = box.pango_layout.text.encode()
        start = item.item.offset
        said = words[start : start + item.item.length].decode()
        if item.item.analysis.level % 2 == 0 and len(said) == len(glyphs):
            noted, known = _noted(face), _known(face, size)
            drawn = list(zip(glyphs, said, strict=True))
            try:
                shown = "".join(map(known.plain.__getitem__, drawn))
            except KeyError:
                pass
            else:
                noted.plain.setdefault(size, set()).update(drawn)
                yield face, size, _Told("", 0, shown)
                continue
        for told in _each(stream, (face, size), item, glyphs, said, cut=cut):
            yield face, size, told


def _each(
    stream: Any, face: tuple[Any, float], item: Any, glyphs: list[_Set], said: str, *, cut: bool
) -> Iterator[_Told]:
    """Yield what a run shows, looked at glyph by glyph: those of one font and height together."""
    noted, known = _noted(face[0]), _known(*face)
    plain = noted.plain.setdefault(face[1], set())
    font, raised = "", 0
    held: list[str] = []
    for glyph, meaning in zip(glyphs, _meant(item, len(glyphs), said), strict=True):
        stands = ELLIPSIS if cut and _is(face[0], glyph[0], ELLIPSIS) else meaning
        drawn = glyph, stands
        told = known.all.get(drawn)
        if told is None:
            told = noted.own.get((face[1], drawn)) or _told(stream, *face, item, drawn)
        elif told.font:
            noted.texts.setdefault(told.font, {})[glyph[0]] = stands
        else:
            plain.add(drawn)
        if told.font != font or told.raised != raised:
            if held:
                yield _Told(font, raised, "".join(held))
            font, raised, held = told.font, told.raised, []
        held.append(told.shown)
    yield _Told(font, raised, "".join(held))


def _noted(face: Any) -> _Noted:
    """Return what a document shows of a face."""
    if "noted" not in face.__dict__:
        if face.bitmap or face.svg or face.png or face.colr:
            raise _UnusualError
        face.noted = _Noted()
    noted: _Noted = face.noted
    return noted


def _known(face: Any, size: float) -> _Known:
    """Return what is known of a face in a size."""
    key = face.family, face.weight, size
    known = _KNOWN.get(key)
    if known is None or len(known.all) > MOST:
        known = _KNOWN[key] = _Known()
    return known


def _told(stream: Any, face: Any, size: float, item: Any, drawn: _Drawn) -> _Told:
    """Return how a glyph is told in a text that is shown, and note it."""
    (glyph, width, aside, raised), meaning = drawn
    noted, known = _noted(face), _known(face, size)
    if glyph == FIRST_SPECIAL:
        return _Told("", 0, f">{-width / size}<")
    if glyph > FIRST_SPECIAL:
        raise _UnusualError
    if glyph not in known.widths:
        pango.pango_font_get_glyph_extents(
            item.item.analysis.font, glyph, stream.ink_rect, stream.logical_rect
        )
        known.widths[glyph] = round(stream.logical_rect.width * 1000 * FROM_UNITS / size)
    face.widths.setdefault(glyph, known.widths[glyph])
    offset = aside / size
    kerning = known.widths[glyph] + offset - width * 1000 * FROM_UNITS / size
    before = f">{-offset}<" if offset else ""
    after = f">{int(kerning)}<" if kerning else ""
    shown = f"{before}{glyph:04x}{after}"
    font, everywhere = _font(face, glyph, meaning)
    told = _Told(font, raised, shown)
    if not everywhere:
        noted.own[size, drawn] = told
        return told
    known.all[drawn] = told
    if not font and not raised:
        known.plain[drawn] = shown
    return told


def _font(face: Any, glyph: int, meaning: str) -> tuple[str, bool]:
    """Return in which font of a face a glyph is shown, and whether it is in every document.

    The first font has an empty name. What the glyph stands for is noted.
    """
    font = _ranked(face, glyph, meaning)
    noted = _noted(face)
    contested = _is_contested(face, font, glyph, meaning)
    if contested:
        noted.settle()
        if noted.texts.get(font, {}).get(glyph, meaning) != meaning:
            # Two texts that no rank tells apart: a ligature and its letters, a substituted form.
            font = f"-{meaning.encode('utf-16-be').hex()}"
    _note(face, font, glyph, meaning)
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
    if meaning.isupper() and not _is(face, glyph, meaning):
        return "-upper"
    return "-lower" if meaning.islower() and _is(face, glyph, meaning.upper()[0]) else ""


def _is(face: Any, glyph: int, character: str) -> bool:
    """Tell whether the face draws a character with this glyph, if no feature is asked for."""
    return _nominal(face, character) == glyph


def _nominal(face: Any, character: str) -> int:
    found = ffi.new("hb_codepoint_t *")
    harfbuzz.hb_font_get_nominal_glyph(face.hb_font, ord(character), found)
    return int(found[0])


def _space(face: Any) -> int:
    if "space_glyph" not in face.__dict__:
        face.space_glyph = _nominal(face, SPACE)
    return int(face.space_glyph)


def _note(face: Any, font: str, glyph: int, meaning: str) -> None:
    _noted(face).texts.setdefault(font, {})[glyph] = meaning


def _meant(item: Any, count: int, said: str) -> list[str]:
    """Return what each glyph of a run stands for: the characters of its cluster.

    Of a cluster with as many glyphs as characters each has one, as in Korean of old letters;
    else its first glyph in the order of reading has all.
    """
    held = memoryview(ffi.buffer(item.glyphs.log_clusters, count * INT))
    clusters = held.cast("i").tolist()
    if len(said) == count and clusters == [0, *accumulate(map(len, map(str.encode, said[:-1])))]:
        return list(said)
    content = said.encode()
    order = list(range(count))
    if item.item.analysis.level % 2:  # from right to left
        order.reverse()
    found = [""] * count
    at = 0
    while at < count:
        start, end = clusters[order[at]], at + 1
        while end < count and clusters[order[end]] == start:
            end += 1
        stop = clusters[order[end]] if end < count else len(content)
        meaning = content[start:stop].decode()
        if len(meaning) == end - at:
            for place, character in zip(order[at:end], meaning, strict=True):
                found[place] = character
        else:
            found[order[at]] = meaning
        at = end
    return found
