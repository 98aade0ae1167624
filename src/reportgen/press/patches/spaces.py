"""Words are separated in the text itself, where a line ends between them.

The engine takes the space at a line's end away, so a program that extracts text in the order of
the content reads "four directlyadministered", unless it guesses from where the words stand. Here
the box before such an end is marked, and a space is written after its last glyph, where nothing is
seen of it; see `glyphs`. Lines that end within a word, or between two ideographs, get none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline

COLLAPSING = {"normal", "nowrap", "pre-line"}
"""Values of `white-space` that remove the space at a line's end (CSS Text 3, 4.1.2)."""
_last: list[Any] = [None]
"""The last box of text that was set."""


_engine_split_text_box = inline.split_text_box
_engine_remove_last_whitespace = inline.remove_last_whitespace


def split_text_box(context: Any, box: Any, width: Any, skip: Any, **options: Any) -> Any:
    """Mark a box after which a line ends at a space or at a forced break, such as <br>."""
    set_, resume, forced = _engine_split_text_box(context, box, width, skip, **options)
    parted = bool(forced)
    if resume is not None and not forced:
        before = box.text.encode()[resume - 1 : resume]
        parted = before == b" " and box.style["white_space"] in COLLAPSING
    if set_ is not None and set_.text.strip():
        set_.parted = parted
        _last[0] = set_
    elif parted and _last[0] is not None:
        _last[0].parted = True  # nothing but the space, or the forced break, was on this line
    return set_, resume, forced


def remove_last_whitespace(context: Any, line: Any) -> None:
    """Mark the box whose space is removed; where it held nothing else, the one before it."""
    texts = _backwards(line)
    last = next(texts, None)
    spaced = last is not None and last.text.endswith(" ")
    parted = last is not None and last.parted
    _engine_remove_last_whitespace(context, line)
    if last is None or (last.text.endswith(" ") and spaced):
        return
    last.parted = parted or spaced
    if spaced and not last.text and (before := next(texts, None)) is not None:
        before.parted = True


def _backwards(box: Any) -> Iterator[Any]:
    """Yield the boxes of text in a box, the last first."""
    for child in reversed(box.children):
        if isinstance(child, boxes.TextBox):
            yield child
        elif isinstance(child, boxes.ParentBox):
            yield from _backwards(child)
