"""The rules on pages, which look at measures: what a proof-reader sees on the sheets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from reportgen.checking.finding import Limits, Rule, registrar
from reportgen.core.measures import Area, Colour, Line, Measured, MeasuredPage, Run

HEAD = "head"
"""How the names of layers begin that the first page of a section goes without."""
FURNITURE = -1
"""Stands for what is laid over pages among the numbers of pages."""
PROSE = frozenset({"p", "li", "dd", "blockquote"})
"""Elements that hold running text, in which single lines matter."""
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
PICTURES = "report/images/"
MM_IN_PT = 25.4 / 72
WHITE = 0.3
"""Sum of inks up to which a colour is left white where it is type; see `press.fine`."""
_ORNAMENT = re.compile(r"[\s.,·…|–—_-]*")


@dataclass(frozen=True, slots=True)
class Subject:
    """A set section, and the sections that links in its products can lead to."""

    measured: Measured
    targets: frozenset[str]
    ink: Callable[[Colour], float] | None = None
    """The sum of inks that a colour is printed with, 1 for one ink; None if nothing is printed."""

    @property
    def pages(self) -> tuple[MeasuredPage, ...]:
        """Its pages."""
        return self.measured.pages

    def runs(self) -> Iterator[tuple[int, Run]]:
        """Yield all its text with the number of the page, counted from 0."""
        yield from ((n, run) for n, page in enumerate(self.pages) for run in page.runs)
        yield from ((FURNITURE, run) for run in self.measured.furniture)

    def joined(self) -> Iterator[tuple[int, Run]]:
        """Yield its text, what looks the same and stands together as one."""
        held: tuple[int, Run] | None = None
        for number, run in self.runs():
            if held and held[0] == number and _alike(held[1], run):
                held = (number, replace(held[1], at=held[1].at.hull(run.at)))
                continue
            if held:
                yield held
            held = (number, run)
        if held:
            yield held

    def lines(self) -> Iterator[tuple[int, Line]]:
        """Yield all its lines with the number of the page."""
        yield from ((n, line) for n, page in enumerate(self.pages) for line in page.lines)

    def paragraphs(self) -> Iterator[list[tuple[int, Line]]]:
        """Yield its blocks of running text, line by line."""
        found: dict[int, list[tuple[int, Line]]] = {}
        for number, line in self.lines():
            if line.tag in PROSE:
                found.setdefault(line.paragraph, []).append((number, line))
        yield from found.values()


@dataclass(frozen=True, slots=True)
class Note:
    """What breaks a rule: on which page, counted from 0, and where on it."""

    page: int
    area: Area
    message: str
    remedy: str
    text: str = ""
    """The text by which the record's line is found."""


RULES: dict[str, Rule] = {}
_rule = registrar(RULES)


# ---------------------------------------------------------------- text that is lost


@_rule("overflow", "error", "text that runs out of its place", tolerance=3)
def _overflow(subject: Subject, limits: Limits) -> Iterator[Note]:
    for number, page in enumerate(subject.pages):
        body = Area(0, 0, page.width, page.height) if page.bare else page.body
        reach = 0 if page.bare else limits["tolerance"]
        for run in page.runs:
            at = run.at
            out = {
                "left": body.x - at.x, "right": at.right - body.right,
                "top": body.y - at.y, "foot": at.bottom - body.bottom,
            }  # fmt: skip
            side, by = max(out.items(), key=lambda found: found[1])
            if by > reach:
                what = "page" if page.bare else "page's margins"
                yield Note(
                    number, at, f"'{_short(run.text)}' runs {by:.1f} mm over the {what}, {side}",
                    "shorten the text, or give its box more room", run.text,
                )  # fmt: skip
        for line in page.lines:
            by = line.at.width - line.measure
            if by > limits["tolerance"] and not line.broken and " " in line.text:
                yield Note(
                    number, line.at,
                    f"'{_short(line.text)}' is {by:.1f} mm wider than its box",
                    "shorten the text, or let its lines break", line.text,
                )  # fmt: skip


@_rule("clipped", "error", "text that a box cuts off", share=0.02)
def _clipped(subject: Subject, limits: Limits) -> Iterator[Note]:
    for number, run in subject.runs():
        if run.hidden > limits["share"]:
            yield Note(
                number, run.at, f"{run.hidden:.0%} of '{_short(run.text)}' is cut off",
                "shorten the text, or give its box more room", run.text,
            )  # fmt: skip


OVERLAP = "overlap"


@_rule(OVERLAP, "error", "text that lies on other text or outside of its page", share=0.15)
def _overlap(subject: Subject, limits: Limits) -> Iterator[Note]:
    for number, page in enumerate(subject.pages):
        for run in page.runs:
            if run.covered > limits["share"]:
                yield Note(
                    number, run.at, f"'{_short(run.text)}' lies under a drawing or a picture",
                    "shorten it, or move one of them", run.text,
                )  # fmt: skip
        for run, other in _overlapping(list(page.runs), limits):
            yield Note(
                number, other.at, f"'{_short(other.text)}' lies on '{_short(run.text)}'",
                "shorten one of them, or give the boxes more room", other.text,
            )  # fmt: skip


def _overlapping(runs: list[Run], limits: Limits) -> Iterator[tuple[Run, Run]]:
    """Yield the pairs of texts that lie on each other, the upper first."""
    runs.sort(key=lambda run: run.at.y)
    for index, run in enumerate(runs):
        for other in runs[index + 1 :]:
            if other.at.y >= run.at.bottom:
                break
            smaller = min(a.width * a.height for a in (run.at, other.at))
            if smaller and run.at.common(other.at) > limits["share"] * smaller:
                yield run, other


def laid_over(section: Measured, furniture: Measured, limits: Limits) -> Iterator[Note]:
    """Yield the texts of furniture that lie on each other, or outside of a section's pages.

    A section's own layers, such as its running head, are laid from its second page on.
    """
    pages = [number for number, page in enumerate(section.pages) if not page.bare]
    if not pages:
        return
    number, page = pages[-1], section.pages[pages[-1]]
    own = {layer.name for layer in section.layers}
    layers = [layer for layer in furniture.layers if layer.name not in own]
    layers += section.layers
    told: set[tuple[str, ...]] = set()
    for side in ("single", "recto", "verso"):
        laid: list[Run] = []
        for layer in layers:
            slot = furniture.slots.get(f"{layer.name}-{side}")
            if slot is None or (layer.name.startswith(HEAD) and number == 0):
                continue
            left, top = slot.origin(layer.at.width)
            laid += [
                replace(run, at=replace(run.at, x=run.at.x - layer.at.x + left,
                                        y=run.at.y - layer.at.y + top))
                for run in layer.runs
            ]  # fmt: skip
        for run, other in _overlapping(laid, limits):
            if (pair := (run.text, other.text)) not in told:
                told.add(pair)
                yield Note(
                    number, other.at,
                    f"'{_short(other.text)}' lies on '{_short(run.text)}' in the {side} furniture",
                    "shorten one of them, or give the layers more room in furniture.css",
                    other.text,
                )  # fmt: skip
        for run in laid:
            at = run.at
            over = max(-at.x, -at.y, at.right - page.width, at.bottom - page.height)
            if over > 0 and (run.text,) not in told:
                told.add((run.text,))
                yield Note(
                    number, at,
                    f"'{_short(run.text)}' runs {over:.1f} mm over the page, {side} furniture",
                    "shorten it, or give the layer more room in furniture.css", run.text,
                )  # fmt: skip


# ---------------------------------------------------------------- lines and pages


@_rule("widow", "warning", "the end of a paragraph alone at the top of a page", lines=2)
def _widow(subject: Subject, limits: Limits) -> Iterator[Note]:
    for paragraph in subject.paragraphs():
        last = paragraph[-1][0]
        over = [line for number, line in paragraph if number == last]
        if last != paragraph[0][0] and len(over) < limits["lines"]:
            yield Note(
                last, over[0].at, f"'{_short(over[0].text)}' stands alone at the top of the page",
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
                f"'{_short(before[0].text)}' stands alone at the foot of the page",
                "lengthen what stands before, or set orphans in the style sheet", before[0].text,
            )  # fmt: skip


@_rule("runt", "warning", "a paragraph whose last line is next to nothing", ems=2, lines=3)
def _runt(subject: Subject, limits: Limits) -> Iterator[Note]:
    for paragraph in subject.paragraphs():
        number, line = paragraph[-1]
        least = limits["ems"] * line.size * MM_IN_PT
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
                number, heading.at, f"'{_short(heading.text)}' has its text on the next page",
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
                number, line.at, f"'{_short(line.broken)}' is broken, as no line is wide enough",
                "write a shorter word, or put a soft hyphen (U+00AD) into it", line.broken,
            )  # fmt: skip
        elif line.at.width > line.measure + limits["tolerance"] and " " not in line.text:
            yield Note(
                number, line.at,
                f"'{_short(line.text)}' is {line.at.width - line.measure:.1f} mm wider than its"
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


# ---------------------------------------------------------------- what is seen


@_rule("contrast", "error", "text that is hard to tell from its ground", least=4.5, large=3)
def _contrast(subject: Subject, limits: Limits) -> Iterator[Note]:
    for number, run in subject.joined():
        if run.ground is None or _ORNAMENT.fullmatch(run.text):
            continue
        # WCAG 2.2, 1.4.3: large is 18 pt, or 14 pt if bold. A mark that is no letter is
        # what 1.4.11 calls a graphical object.
        large = run.size >= 18 or (run.bold and run.size >= 14)
        mark = not any(c.isalnum() for c in run.text)
        least = limits["large"] if large or mark else limits["least"]
        ratio = contrast(run.colour, run.ground)
        if ratio < least:
            yield Note(
                number, run.at,
                f"'{_short(run.text)}' has a contrast of {ratio:.2f} to 1, expected {least:g}:"
                f" {_hex(run.colour)} on {_hex(run.ground)}",
                "set it darker, or its ground lighter", run.text,
            )  # fmt: skip


@_rule("ink-over-limit", "error", "a colour with more ink than the paper bears", most=300)
def _ink(subject: Subject, limits: Limits) -> Iterator[Note]:
    told: set[Colour] = set()
    for number, run in subject.joined():
        for colour in (run.colour, run.ground):
            if subject.ink is None or colour is None or colour in told:
                continue
            told.add(colour)
            percent = 100 * subject.ink(colour)
            if percent > limits["most"]:
                yield Note(
                    number, run.at,
                    f"{_hex(colour)} at '{_short(run.text)}' takes {percent:.0f} % of ink, expected"
                    f" at most {limits['most']:g}",
                    "choose a lighter or a greyer colour; greys are printed with black alone",
                    run.text,
                )  # fmt: skip


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(c * 255):02X}" for c in colour)


@_rule("small-type", "warning", "type that is too small to read", least=7)
def _small_type(subject: Subject, limits: Limits) -> Iterator[Note]:
    for number, run in subject.joined():
        if run.size < limits["least"] - 0.01:
            yield Note(
                number, run.at, f"'{_short(run.text)}' is set in {run.size:.2g} pt",
                f"set it in {limits['least']:g} pt or more", run.text,
            )  # fmt: skip


@_rule(
    "reversed-type", "warning", "thin type that is left white in a field of several inks", least=9
)
def _reversed_type(subject: Subject, limits: Limits) -> Iterator[Note]:
    for number, run in subject.joined():
        if subject.ink is None or run.ground is None or run.bold or run.size >= limits["least"]:
            continue
        # More than one ink in full; the letters are what none of them prints.
        if subject.ink(run.ground) > 1 and subject.ink(run.colour) < WHITE:
            yield Note(
                number, run.at,
                f"'{_short(run.text)}' is left white in {run.size:.2g} pt out of several inks",
                f"set it bold, or in {limits['least']:g} pt or more", run.text,
            )  # fmt: skip


@_rule("mixed-weights", "warning", "a text in two weights, as the face of one lacks characters")
def _mixed_weights(subject: Subject, _: Limits) -> Iterator[Note]:
    for number, run in subject.runs():
        if run.weights:
            mixed = " and ".join(map(str, run.weights))
            yield Note(
                number, run.at, f"'{_short(run.text)}' is set in the weights {mixed}",
                "set it in a weight whose face has all of it: 400 or 700 of a full face", run.text,
            )  # fmt: skip


@_rule("image-resolution", "warning", "a picture with too few pixels for its size", least=300)
def _image_resolution(subject: Subject, limits: Limits) -> Iterator[Note]:
    for number, page in enumerate(subject.pages):
        for picture in page.pictures:
            if not all(picture.pixels) or not picture.at.width or not picture.at.height:
                continue
            sizes = (picture.at.width, picture.at.height)
            ppi = min(px / size * 25.4 for px, size in zip(picture.pixels, sizes, strict=True))
            if ppi < limits["least"] - 0.5:
                yield Note(
                    number, picture.at,
                    f"{picture.path} has {ppi:.0f} ppi at this size, expected {limits['least']:g}",
                    f"use one of {picture.at.width / 25.4 * limits['least']:.0f} pixels width,"
                    " or show it smaller",
                    picture.path.removeprefix("report/"),
                )  # fmt: skip


@_rule("image-alt", "error", "a picture without a text for those who do not see it")
def _image_alt(subject: Subject, _: Limits) -> Iterator[Note]:
    for number, page in enumerate(subject.pages):
        for picture in page.pictures:
            if not picture.alt:
                yield Note(
                    number, picture.at, f"{picture.path} has no alternative text",
                    "say in a sentence what it shows: alt of an image, <title> of a drawing",
                    picture.path.removeprefix("report/"),
                )  # fmt: skip


@_rule("dead-link", "error", "a link that goes nowhere")
def _dead_link(subject: Subject, _: Limits) -> Iterator[Note]:
    for number, page in enumerate(subject.pages):
        for link in page.links:
            why = _dead(link.kind, link.target, subject)
            if not link.text and not link.at.width * link.at.height:
                why = "has nothing that could be clicked"
            if why:
                yield Note(
                    number, link.at, f"the link to '{_short(link.target)}' {why}",
                    "mend the address, or take the link out", link.target,
                )  # fmt: skip


def _dead(kind: str, target: str, subject: Subject) -> str:
    """Return why a link leads nowhere, if it does. No address is called."""
    if kind == "internal":
        return "" if target in subject.measured.anchors else "has no such place in its section"
    if target.startswith("section:"):
        known = target.removeprefix("section:") in subject.targets
        return "" if known else "has no such section in the book"
    address = urlsplit(target)
    if address.scheme == "mailto":
        good = re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", address.path)
        return "" if good else "is no address"
    if address.scheme == "tel":
        return "" if re.fullmatch(r"\+?[0-9]{5,}", address.path) else "is no telephone number"
    if address.scheme not in {"http", "https"}:
        return "is neither a web, a mail nor a telephone address"
    host = address.hostname or ""
    if not re.fullmatch(r"([^.\s]+\.)+[^.\s]{2,}", host) or host.endswith((".invalid", ".local")):
        return f"names '{host}', which is no host of the web"
    return ""


def _alike(one: Run, other: Run) -> bool:
    """Tell whether text goes on below or beside in the same type and colours."""
    near = other.at.y - one.at.bottom < 3 * one.size * MM_IN_PT
    looks = [(run.size, run.bold, run.colour, run.ground) for run in (one, other)]
    return near and looks[0] == looks[1]


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


__all__ = ["FURNITURE", "RULES", "Note", "Subject", "contrast"]
