"""A plugin for pytest: the engine's own tests meet the engine as `press` amends it.

What only a press does is left out: references that a binder resolves, and fonts of which a face
has several; the engine writes files of its own here, with one font for each face.
"""

from __future__ import annotations

from typing import Any

from reportgen.press import engine, fonts
from reportgen.press.patches import references, table

table.AMENDMENTS = tuple(row for row in table.AMENDMENTS if row.ours is not references.reference)
engine.install()


def _font(face: Any, glyph: int, meaning: str) -> tuple[str, bool]:
    if meaning:
        face.to_unicode.setdefault(glyph, meaning)
    return "", True


def _note(face: Any, font: str, glyph: int, meaning: str) -> None:
    del font
    face.to_unicode.setdefault(glyph, meaning)


fonts.font_of, fonts.note = _font, _note
fonts.MOST = -1  # no glyph is remembered from one document to the next
