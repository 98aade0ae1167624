"""A plugin for pytest: the engine's own tests meet the engine as `press` amends it.

What only a press does is left out: references that a binder resolves, and fonts of which a face
has several; the engine writes files of its own here, with one font for each face.
"""

from __future__ import annotations

from typing import Any

import pydyf

_reference = pydyf.Object.reference

from reportgen.press import engine, glyphs  # noqa: E402 - after what it amends is kept

engine.install()
pydyf.Object.reference = _reference
engine.boxes.PageBox.margins_first = False


def _font(face: Any, glyph: int, meaning: str) -> tuple[str, bool]:
    if meaning:
        face.to_unicode.setdefault(glyph, meaning)
    return "", True


def _note(face: Any, font: str, glyph: int, meaning: str) -> None:
    del font
    face.to_unicode.setdefault(glyph, meaning)


glyphs._font, glyphs._note = _font, _note
glyphs.MOST = -1  # no glyph is remembered from one document to the next
