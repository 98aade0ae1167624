"""A line of text as it is laid out: how wide, how far its spaces are stretched, where it breaks."""

from __future__ import annotations

import re
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.text.line_break import split_first_line

from reportgen.core.measures import Area, Line
from reportgen.core.units import PX
from reportgen.press.measuring.paper import IDEOGRAPHIC
from reportgen.press.measuring.shapes import MM, area, rectangle

_BREAKS = re.compile("[-\u2010\u2012-\u2014/!?\u00ad\u200b\u2026]")


def line_of(block: Any, line: Any, number: int, text: str, following: str) -> Line:
    """Return the measures of a line, whose text another of the block may follow."""
    texts = [box for box in line.descendants() if isinstance(box, boxes.TextBox)]
    size = max((float(box.style["font_size"]) for box in texts), default=0)
    justified = [box for box in texts if getattr(box, "justification_spacing", 0)]
    spaces = [space for box in justified for space in _spaces(box)]
    stretch = 1.0
    if justified:
        natural = max(_space(justified[0].style), 0.01)
        stretch = round(1 + justified[0].justification_spacing / natural, 3)
    ends = [box.position_x + box.width for box in texts] or [line.position_x + line.width]
    right = max(ends)
    return Line(
        number,
        local(block.element),
        text,
        area(rectangle(line.position_x, line.position_y, right - line.position_x, line.height)),
        round(block.width * MM, 2),
        round(size * PX, 3),
        getattr(line, "resume_at", None) is None,
        _broken(block, text, following),
        stretch,
        tuple(spaces),
    )


def _broken(block: Any, text: str, following: str) -> str:
    """Return the word that is broken between two lines though no hyphen is, or nothing."""
    if not following or " " in text:
        return ""
    first = following.split(" ", 1)[0]
    keeps = block.style["word_break"] == "keep-all"
    if _BREAKS.match(text[-1]) or (
        not keeps and (IDEOGRAPHIC.match(text[-1]) or IDEOGRAPHIC.match(first))
    ):
        return ""
    whole = " ".join("".join(block.element.itertext()).split())
    found = re.search(rf"\S*{re.escape(text + first)}\S*", whole)
    return found[0] if found else ""


def _spaces(box: Any) -> list[Area]:
    """Return the word spaces of a justified text."""
    natural = _space(box.style)
    found, spaces = [], 0
    for index, character in enumerate(box.text.rstrip(" ")):
        if character == " ":
            before = _width(box.text[:index], box.style) + spaces * box.justification_spacing
            width = natural + box.justification_spacing
            place = (box.position_x + before, box.position_y, width, box.height)
            found.append(area(rectangle(*place)))
            spaces += 1
    return found


def _space(style: Any) -> float:
    """Return the width of a word space as the face has it, in px."""
    return _width("n n", style) - _width("nn", style)


def _width(text: str, style: Any) -> float:
    return float(split_first_line(text, style, None, None, 0)[3])


def said(line: Any) -> str:
    """Return the text of a line."""
    return "".join(box.text for box in line.descendants() if isinstance(box, boxes.TextBox))


def local(element: Any) -> str:
    """Return the name of an element without its namespace; empty if there is none."""
    return "" if element is None else str(element.tag).rsplit("}", 1)[-1]
