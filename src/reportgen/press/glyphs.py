"""The glyphs of a line of text, written down with less work for each.

The engine asks Pango and the font anew for every glyph that it draws. But what a glyph adds to
a line hangs on little: which one it is, how wide it was set and how far aside, in which font
and size. Most have been drawn before in the document, and are found by that at once. The
operations are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Any, NamedTuple

from weasyprint.draw import text
from weasyprint.text.ffi import FROM_UNITS, ffi, pango

_GLYPH = Struct("=Iiii4x")
"""A PangoGlyphInfo: glyph, width, x and y offset in Pango's units; whether it is a cluster."""
FIRST_SPECIAL = 0x0FFFFFFF
"""Pango's glyphs from here on are none of the font."""
OLDEST = 14802
"""Before this, Pango's fonts had other sizes, which the engine amends."""

_Known = dict[tuple[int, int, int, int], str]


class _Piece(NamedTuple):
    """What is shown of a line in one font."""

    font: Any
    size: float
    shown: str


class _UnusualError(Exception):
    """Something is on the line that is left to the engine."""


def install() -> None:
    """Amend the engine, once per process."""
    if ffi.sizeof("PangoGlyphInfo") == _GLYPH.size and pango.pango_version() >= OLDEST:
        text.draw_first_line = _draw_first_line


_engine_draw_first_line = text.draw_first_line


def _draw_first_line(stream: Any, box: Any, overflow: str, ellipsis: Any, matrix: Any) -> list[Any]:
    usual = overflow != "ellipsis" and ellipsis == "none" and box.text.strip()
    if usual and box.style["font_size"] >= 1:
        pango.pango_layout_set_single_paragraph_mode(box.pango_layout.layout, True)
        try:
            pieces = list(_pieces(stream, box))
        except _UnusualError:
            pass
        else:
            _show(stream, pieces, matrix)
            return []
    emojis: list[Any] = _engine_draw_first_line(stream, box, overflow, ellipsis, matrix)
    return emojis


def _show(stream: Any, pieces: list[_Piece], matrix: Any) -> None:
    stream.set_text_matrix(*matrix.values)
    for piece in pieces:
        stream.set_font_size(piece.font.hash, piece.size)
        if piece.shown or piece is pieces[-1]:
            stream.show_text(piece.shown)


def _pieces(stream: Any, box: Any) -> Iterator[_Piece]:
    line, _ = box.pango_layout.get_first_line()
    last, font, size, shown = None, None, 0.0, ""
    run = line.runs[0]
    while run != ffi.NULL:
        item, run = run.data, run.next
        pango_font = item.item.analysis.font
        if pango_font != last:
            if font is not None:
                yield _Piece(font, size, shown)
            last, shown = pango_font, ""
            font, size = stream.add_font(pango_font)
        string = item.glyphs
        content = ffi.buffer(string.glyphs, string.num_glyphs * _GLYPH.size)
        glyphs = list(_GLYPH.iter_unpack(content))
        known = _known(font, size)
        try:
            told = "".join([known[glyph] for glyph in glyphs])
        except KeyError:
            words = box.pango_layout.text.encode()
            for index, glyph in enumerate(glyphs):
                if glyph not in known:
                    known[glyph] = _told(stream, font, size, item, glyph)
                    _note(font, words, item, index, glyph[0])
            told = "".join([known[glyph] for glyph in glyphs])
        shown += f"<{told}"
        # The last glyphs are closed, or taken back where there are none.
        shown = shown[:-1] if shown[-1] == "<" else f"{shown}>"
    if font is not None:
        yield _Piece(font, size, shown)


def _known(font: Any, size: float) -> _Known:
    """Return what is known of the glyphs of a document's font in a size."""
    if "told_glyphs" not in font.__dict__:
        if font.bitmap or font.svg or font.png or font.colr:
            raise _UnusualError
        font.told_glyphs = {}
    known: _Known = font.told_glyphs.setdefault(size, {})
    return known


def _told(stream: Any, font: Any, size: float, item: Any, found: tuple[int, int, int, int]) -> str:
    """Return how a glyph is told in a text that is shown, as the engine tells it."""
    glyph, width, aside, raised = found
    if glyph >= FIRST_SPECIAL or raised:
        raise _UnusualError
    if glyph not in font.widths:
        pango.pango_font_get_glyph_extents(
            item.item.analysis.font, glyph, stream.ink_rect, stream.logical_rect
        )
        font.widths[glyph] = round(stream.logical_rect.width * 1000 * FROM_UNITS / size)
    offset = aside / size
    kerning = font.widths[glyph] + offset - width * 1000 * FROM_UNITS / size
    before = f">{-offset}<" if offset else ""
    after = f">{int(kerning)}<" if kerning else ""
    return f"{before}{glyph:04x}{after}"


def _note(font: Any, words: bytes, item: Any, index: int, glyph: int) -> None:
    """Note which characters a glyph stands for, by the first time that it is drawn."""
    if glyph in font.to_unicode:
        return
    clusters, count = item.glyphs.log_clusters, item.glyphs.num_glyphs
    if item.item.analysis.level % 2:  # from right to left
        end = item.item.length if index == 0 else clusters[index - 1]
    else:
        end = item.item.length if index == count - 1 else clusters[index + 1]
    start = item.item.offset
    font.to_unicode[glyph] = words[start + clusters[index] : start + end].decode()
