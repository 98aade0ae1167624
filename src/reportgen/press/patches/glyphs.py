"""The glyphs of a line of text, with the characters that each stands for.

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
from weasyprint.text.ffi import FROM_UNITS, ffi, pango

from reportgen.press import fonts
from reportgen.press.fonts import Drawn, Shaped, Told, UnusualError

ffi.cdef("void pango_layout_context_changed (PangoLayout *layout);")

_GLYPH = Struct("=Iiii4x")
"""A PangoGlyphInfo: glyph, width, x and y offset in Pango's units; whether it is a cluster."""
INT = ffi.sizeof("int")
"""Bytes of an offset of a cluster."""
FIRST_SPECIAL = 0x0FFFFFFF
"""Pango's glyphs from here on are none of the font; this one is empty."""
ELLIPSIS, SPACE = "…", " "


class _Piece(NamedTuple):
    """What is shown of a line in one go."""

    face: Any
    size: float
    told: Told


_engine_draw_first_line = text.draw_first_line


def draw_first_line(stream: Any, box: Any, overflow: str, ellipsis: Any, matrix: Any) -> list[Any]:
    """Draw a line of text; return the emojis in it, which the engine draws after it."""
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
    except UnusualError:
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
        fonts.note(piece.face, "", space, SPACE)
        if piece.told.font or piece.told.raised:
            yield piece
            piece = piece._replace(told=Told("", 0, ""))
        shown = f"{piece.told.shown}{space:04x}"
        piece = piece._replace(told=piece.told._replace(shown=shown))
    yield piece


def _runs(stream: Any, box: Any, *, cut: bool) -> Iterator[tuple[Any, float, Told]]:
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
            noted, known = fonts.notes(face), fonts.remembered(face, size)
            drawn = list(zip(glyphs, said, strict=True))
            try:
                shown = "".join(map(known.plain.__getitem__, drawn))
            except KeyError:
                pass
            else:
                noted.plain.setdefault(size, set()).update(drawn)
                yield face, size, Told("", 0, shown)
                continue
        for told in _each(stream, (face, size), item, glyphs, said, cut=cut):
            yield face, size, told


def _each(
    stream: Any, face: tuple[Any, float], item: Any, glyphs: list[Shaped], said: str, *, cut: bool
) -> Iterator[Told]:
    """Yield what a run shows, looked at glyph by glyph: those of one font and height together."""
    noted, known = fonts.notes(face[0]), fonts.remembered(*face)
    plain = noted.plain.setdefault(face[1], set())
    font, raised = "", 0
    held: list[str] = []
    for glyph, meaning in zip(glyphs, _meant(item, len(glyphs), said), strict=True):
        stands = ELLIPSIS if cut and fonts.draws(face[0], glyph[0], ELLIPSIS) else meaning
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
                yield Told(font, raised, "".join(held))
            font, raised, held = told.font, told.raised, []
        held.append(told.shown)
    yield Told(font, raised, "".join(held))


def _told(stream: Any, face: Any, size: float, item: Any, drawn: Drawn) -> Told:
    """Return how a glyph is told in a text that is shown, and note it."""
    (glyph, width, aside, raised), meaning = drawn
    noted, known = fonts.notes(face), fonts.remembered(face, size)
    if glyph == FIRST_SPECIAL:
        return Told("", 0, f">{-width / size}<")
    if glyph > FIRST_SPECIAL:
        raise UnusualError
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
    font, everywhere = fonts.font_of(face, glyph, meaning)
    told = Told(font, raised, shown)
    if not everywhere:
        noted.own[size, drawn] = told
        return told
    known.all[drawn] = told
    if not font and not raised:
        known.plain[drawn] = shown
    return told


def _space(face: Any) -> int:
    if "space_glyph" not in face.__dict__:
        face.space_glyph = fonts.nominal(face, SPACE)
    return int(face.space_glyph)


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
