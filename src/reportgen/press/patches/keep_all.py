"""`word-break: keep-all` for WeasyPrint, as CSS Text 3, 5.2 says.

WeasyPrint rejects the value, so Korean words break anywhere. Pango breaks lines by UAX 14,
whose default lets a line end after every syllable, and lets an attribute forbid breaks in
a range. Here WeasyPrint learns the value, and every word has that attribute:

- A word is a run without white space. Within it, a line may still end where UAX 14 allows
  it for Latin text: after hyphens, dashes, slashes, exclamation and question marks, and at
  East Asian punctuation. Syllables and ideographs are treated as letters (class AL), which
  is what UAX 14, 8.1 recommends for Korean set with spaces; so no line ends between a
  bracket and a syllable either.
- A word wider than the line breaks anywhere if `overflow-wrap` says so.
- Between two inline boxes the nearest common ancestor decides (CSS Text 3, 5.1).

The attribute needs Pango 1.50. `versions.TESTED` says whose line breaking this follows: with
another, a wrong guess would set pages that look right.

The attribute costs time only for words that hold East Asian characters, and only while
lines are measured: the text of a finished line is never broken again.
"""

from __future__ import annotations

import re
from typing import Any

from weasyprint.css.tokens import get_single_keyword
from weasyprint.layout import inline
from weasyprint.text import line_break
from weasyprint.text.ffi import ffi, pango

# Characters after which a line may end within a run: UAX 14 classes HY, BA, B2, SY, EX, IN
# and the East Asian punctuation of classes CL, OP, NS and EX.
_ENDS = (
    r"\-\u2010\u2012-\u2014\u2026/!?\u00ad\u200b"
    r"\u3000-\u3002\u3008-\u3011\u3014-\u301c\u30fb"
    r"\uff01\uff08\uff09\uff0c\uff0e\uff0f\uff1a\uff1b\uff1f\uff3b\uff3d\uff5b\uff5d\uff5e"
)
_EAST_ASIAN = (
    "\u1100-\u11ff\u2e80-\u2fff\u3040-\u30fa\u30fc-\ua4cf\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\uff10-\uffdc\U0001f200-\U0003ffff"
)
_WORD = re.compile(rf"[^\s{_ENDS}]*[{_EAST_ASIAN}][^\s{_ENDS}]*")
ATOMIC = "\u2e80"
"""What the engine puts for an image or an inline block, beside which a line may end whatever
`word-break` says (CSS Text 3, 5.1)."""
NO_WIDTH = -1
"""The width of a layout that does not end its lines."""

DRAFT, MARGIN = 1.3, 12
"""Characters of a draft of a line: for each em of its width, and besides."""


ffi.cdef("""
    PangoAttribute * pango_attr_allow_breaks_new (gboolean allow_breaks);
    int pango_layout_get_width (PangoLayout *layout);
""")


def word_break(tokens: Any) -> str | None:
    """Validate `word-break`."""
    keyword = get_single_keyword(tokens)
    return keyword if keyword in {"normal", "break-all", "keep-all"} else None


word_break.wants_base_url = False  # type: ignore[attr-defined]

_engine_set_text = line_break.Layout.set_text


def set_text(layout: Any, text: str, justify: bool = False) -> None:  # noqa: FBT001, FBT002
    """Give a layout its text; no line is to end within its words."""
    _engine_set_text(layout, text, justify)
    if layout.style["word_break"] != "keep-all":
        return
    if pango.pango_layout_get_width(layout.layout) == NO_WIDTH:
        return
    text = layout.text
    words = [match.span() for match in _WORD.finditer(text)]
    if not words:
        return
    attributes = pango.pango_layout_get_attributes(layout.layout)
    if attributes == ffi.NULL:
        attributes = ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
    characters = position = 0
    for start, end in words:
        position += len(text[characters:start].encode())
        attribute = pango.pango_attr_allow_breaks_new(False)
        attribute.start_index = position
        position += len(text[start:end].encode())
        attribute.end_index = position
        characters = end
        pango.pango_attr_list_insert(attributes, attribute)
    pango.pango_layout_set_attributes(layout.layout, attributes)


_engine_split_first_line = inline.split_first_line


def split_first_line(
    text: str,
    style: Any,
    context: Any,
    max_width: float | None,
    justification_spacing: float,
    is_line_start: bool = True,  # noqa: FBT001, FBT002
    minimum: bool = False,  # noqa: FBT001, FBT002
) -> Any:
    """Fit a line; where its only word is too wide, break that word as `overflow-wrap` says."""
    keep_all = style["word_break"] == "keep-all"
    if keep_all and max_width is not None and style["font_size"]:
        # The engine tries four characters an em of the line, twice what Latin text needs and
        # thrice what Korean does.
        draft = int(max_width / style["font_size"] * DRAFT) + MARGIN
        end = text.find(" ", draft) if len(text) > 2 * draft else -1
        if 0 <= end < 2 * draft and "\n" not in text[:end]:
            short = text[:end]
            line = _engine_split_first_line(
                short, style, context, max_width, justification_spacing, False, minimum
            )
            rest = None if line[2] is None else short.encode()[line[2] :].decode()
            # A whole word must be left: only then nothing beyond was wanted for the line.
            if rest and " " in rest.strip() and line[3] <= max_width:
                return line
    # Not at the line's start: the engine would break an overlong word at its edges only.
    line = _engine_split_first_line(
        text, style, context, max_width, justification_spacing,
        is_line_start and not keep_all, minimum,
    )  # fmt: skip
    if not keep_all or max_width is None or not is_line_start:
        return line
    if style["white_space"] not in {"normal", "pre-wrap", "pre-line"} or line[3] <= max_width:
        return line
    wrap = style["overflow_wrap"]
    if wrap == "anywhere" or (wrap == "break-word" and not minimum):
        # Only the overlong word may break: the rest of the text goes to later lines. It
        # breaks where UAX 14 allows it, so that no line starts with a closing bracket or
        # an East Asian comma, and between any two characters where that is not enough.
        word = text[: text.find(" ")] if " " in text.strip() else text
        broken = style.copy()
        broken["word_break"] = "normal"
        # Where the word fits, the line ends later than at its space, as before a full stop.
        for whole in (word, text.encode()[: line[1]].decode()):
            layout, length, resume, width, height, baseline = _engine_split_first_line(
                whole, broken, context, max_width, justification_spacing, is_line_start, minimum
            )
            if resume is not None:
                return layout, length, resume, width, height, baseline
    return line


_engine_split_inline_box = inline.split_inline_box
_common_ancestors: list[Any] = []


def split_inline_box(context: Any, box: Any, *arguments: Any, **options: Any) -> Any:
    """Split a box, and know meanwhile that its children have it in common."""
    _common_ancestors.append(box)
    try:
        return _engine_split_inline_box(context, box, *arguments, **options)
    finally:
        _common_ancestors.pop()


_engine_can_break_text = inline.can_break_text


def can_break_text(text: str, lang: str | None) -> bool:
    """Tell whether a line may end within `text`, which straddles two inline boxes."""
    if _common_ancestors and _common_ancestors[-1].style["word_break"] == "keep-all":
        text = _without_inner_breaks(text)
    return bool(_engine_can_break_text(text, lang))


_engine_can_break_inside = inline.can_break_inside


def can_break_inside(box: Any) -> bool:
    """Tell whether a line may end within a box."""
    if getattr(box, "text", None) and box.style["word_break"] == "keep-all":
        wraps = box.style["white_space"] in {"normal", "pre-wrap", "pre-line"}
        lang = box.style["lang"]
        return wraps and bool(_engine_can_break_text(_without_inner_breaks(box.text), lang))
    return bool(_engine_can_break_inside(box))


def _without_inner_breaks(text: str) -> str:
    """Return `text` with its words spelt in Latin letters, which UAX 14 keeps whole."""
    parts = (_WORD.sub(lambda word: "x" * len(word[0]), part) for part in text.split(ATOMIC))
    return ATOMIC.join(parts)
