"""How lines and pages end, and how words stand in lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reportgen.checking.finding import Limits, family
from reportgen.checking.pages import Note, Subject, short
from reportgen.core.measures import Area, Line
from reportgen.core.units import MM

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
RULES, _rule = family()


@_rule("widow", "warning", "the end of a paragraph alone at the top of a page", lines=2)
def _widow(subject: Subject, limits: Limits) -> Iterator[Note]:
    for paragraph in subject.paragraphs():
        last = paragraph[-1][0]
        over = [line for number, line in paragraph if number == last]
        if last != paragraph[0][0] and len(over) < limits["lines"]:
            yield Note(
                last, over[0].at, f"'{short(over[0].text)}' stands alone at the top of the page",
                "shorten the paragraph, or set widows in the style sheet", over[0].text,
            )  # fmt: skip


@_rule("orphan", "warning", "the beginning of a paragraph alone at the foot of a page", lines=2)
def _orphan(subject: Subject, limits: Limits) -> Iterator[Note]:
    for paragraph in subject.paragraphs():
        first = paragraph[0][0]
        before = [line for number, line in paragraph if number == first]
        if first != paragraph[-1][0] and len(before) < limits["lines"]:
            yield Note(
                first, before[-1].at,
                f"'{short(before[0].text)}' stands alone at the foot of the page",
                "lengthen what stands before, or set orphans in the style sheet", before[0].text,
            )  # fmt: skip


@_rule("runt", "warning", "a paragraph whose last line is next to nothing", ems=2, lines=3)
def _runt(subject: Subject, limits: Limits) -> Iterator[Note]:
    for paragraph in subject.paragraphs():
        number, line = paragraph[-1]
        least = limits["ems"] * line.size / MM
        if len(paragraph) >= limits["lines"] and line.last and line.at.width < least:
            yield Note(
                number, line.at, f"the paragraph ends with a line of '{line.text}'",
                "take a word out of the paragraph, or add one", paragraph[-2][1].text,
            )  # fmt: skip


@_rule("short-page", "warning", "a page that is nearly empty", share=0.2)
def _short_page(subject: Subject, limits: Limits) -> Iterator[Note]:
    for number, page in enumerate(subject.pages):
        if page.bare or not page.body.height:
            continue
        shown = [*(run.at for run in page.runs), *(picture.at for picture in page.pictures)]
        lowest = max((area.bottom for area in shown), default=page.body.y)
        share = (lowest - page.body.y) / page.body.height
        if share < limits["share"]:
            area = Area(page.body.x, page.body.y, page.body.width, max(lowest - page.body.y, 5))
            yield Note(
                number, area, f"the page is {max(share, 0):.0%} full",
                "shorten what stands before by as much, or add to it",
                page.lines[0].text if page.lines else "",
            )  # fmt: skip


@_rule("stranded-heading", "error", "a heading at the foot of a page, its text on the next")
def _stranded_heading(subject: Subject, _: Limits) -> Iterator[Note]:
    for number, page in enumerate(subject.pages[:-1]):
        if not page.lines or page.lines[-1].tag not in HEADINGS:
            continue
        heading = page.lines[-1]
        if not any(picture.at.bottom > heading.at.bottom for picture in page.pictures):
            yield Note(
                number, heading.at, f"'{short(heading.text)}' has its text on the next page",
                "set break-after: avoid for the heading, or move it", heading.text,
            )  # fmt: skip


@_rule("wide-word", "error", "a word that is wider than its line", tolerance=0.3)
def _wide_word(subject: Subject, limits: Limits) -> Iterator[Note]:
    told: set[tuple[int, str]] = set()
    for number, line in subject.lines():
        # An address is broken where it must.
        if line.broken and not re.search(r"://|www\.|@", line.broken):
            if (line.paragraph, line.broken) in told:
                continue  # a word may take three lines
            told.add((line.paragraph, line.broken))
            yield Note(
                number, line.at, f"'{short(line.broken)}' is broken, as no line is wide enough",
                "write a shorter word, or put a soft hyphen (U+00AD) into it", line.broken,
            )  # fmt: skip
        elif line.at.width > line.measure + limits["tolerance"] and " " not in line.text:
            yield Note(
                number, line.at,
                f"'{short(line.text)}' is {line.at.width - line.measure:.1f} mm wider than its"
                " line",
                "write a shorter word, or give it more room", line.text,
            )  # fmt: skip


@_rule("loose-line", "warning", "a justified line with gaping word spaces", stretch=2)
def _loose_line(subject: Subject, limits: Limits) -> Iterator[Note]:
    for number, line in subject.lines():
        if line.stretch > limits["stretch"]:
            yield Note(
                number, line.at, f"word spaces are {line.stretch:.1f} times as wide as in the face",
                "set the paragraph to the left, or change a word", line.text,
            )  # fmt: skip


@_rule("river", "warning", "word spaces that form a river through justified lines", lines=5)
def _river(subject: Subject, limits: Limits) -> Iterator[Note]:
    for paragraph in subject.paragraphs():
        for number, start, end, length in _rivers(paragraph):
            if length >= limits["lines"]:
                left, right = min(start.x, end.x), max(start.right, end.right)
                area = Area(left, start.y, right - left, end.bottom - start.y)
                yield Note(
                    number, area, f"word spaces stand above one another in {length} lines",
                    "set the paragraph to the left, or change a word", paragraph[0][1].text,
                )  # fmt: skip


def _rivers(paragraph: list[tuple[int, Line]]) -> Iterator[tuple[int, Area, Area, int]]:
    """Yield columns of word spaces: page, first and last space, how many lines."""
    flowing: list[tuple[Area, Area, int]] = []
    before = -1
    for number, line in [*paragraph, (-2, paragraph[-1][1])]:
        longer: list[tuple[Area, Area, int]] = []
        taken: set[int] = set()
        for space in line.spaces if number >= 0 else ():
            above = [
                (index, flow)
                for index, flow in enumerate(flowing)
                if number == before and _above(flow[1], space)
            ]
            index, flow = max(above, key=lambda found: found[1][2], default=(-1, None))
            taken.add(index)
            longer.append((flow[0], space, flow[2] + 1) if flow else (space, space, 1))
        for index, flow in enumerate(flowing):
            if index not in taken:
                yield (before, *flow)
        flowing, before = longer, number


def _above(upper: Area, lower: Area) -> bool:
    """Tell whether two spaces meet over half of the narrower one."""
    common = min(upper.right, lower.right) - max(upper.x, lower.x)
    return common > 0.5 * min(upper.width, lower.width)
