"""Laid-out pages to measures: the engine draws them once more on paper that takes notes.

So colours and grounds come in the true order of painting, with every transformation, and
drawings within a page are measured as its text is. Lines are read from the engine's boxes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pydyf
from weasyprint import draw as engine_draw
from weasyprint.draw import text as engine_text
from weasyprint.formatting_structure import boxes
from weasyprint.images import RasterImage
from weasyprint.layout.replaced import replacedbox_layout
from weasyprint.matrix import Matrix
from weasyprint.pdf.stream import Stream
from weasyprint.stacking import StackingContext
from weasyprint.text.ffi import ffi, pango
from weasyprint.text.fonts import get_pango_font_key
from weasyprint.text.line_break import line_size, split_first_line

from reportgen.core.colours import Colour
from reportgen.core.measures import (
    Area,
    LayerMeasure,
    Line,
    Link,
    Measured,
    MeasuredPage,
    Picture,
    Run,
    SlotMeasure,
)
from reportgen.press import fragments

MM = 25.4 / 96
"""mm in a CSS px."""
PT = 0.75
"""Points in a CSS px."""
CAPITALS = 0.73
"""The height of capitals, of the em."""
CURVE = 6
"""Straight lines that stand for a curve."""
ACROSS = tuple((n + 0.5) / 16 for n in range(16))
"""Where a text is looked at, of its width, for what is painted over it."""
GROUNDS = tuple((across, down) for across in (0.04, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.96)
                for down in (0.1, 0.5, 0.9))  # fmt: skip
"""Where the ground of a text is looked at, of its width and of its height."""
FULL_WEIGHTS = (400, 700)
"""Weights whose faces hold every character; see fonts/manifest.toml."""
BOLD = 700
SCHEME = "workspace:/"
WHITE: Colour = (1.0, 1.0, 1.0)
_IDEOGRAPHIC = re.compile("[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]")
_BREAKS = re.compile("[-\u2010\u2012-\u2014/!?\u00ad\u200b\u2026]")
Point = tuple[float, float]
Shape = list[list[Point]]
Bounds = tuple[float, float, float, float]


def measured(identity: str, document: Any) -> Measured:
    """Return the measures of what the engine laid out."""
    body = [page for page in document.pages if _name(page) not in {"layers", "slots"}]
    layers = [page for page in document.pages if _name(page) == "layers"]
    reading = _Reading()
    return Measured(
        identity,
        tuple(reading.page(document, page) for page in body),
        tuple(run for page in layers for run in _drawn(document, page)),
        frozenset(name for page in document.pages for name in page.anchors),
        tuple(layer for page in layers for layer in _layers(document, page)),
        {
            name: SlotMeasure(_area(_border(box)), box.style["text_align_all"])
            for page in document.pages
            if _name(page) == "slots"
            for name, box in fragments.named(page, "slot")
        },
    )


def _layers(document: Any, page: Any) -> Iterator[LayerMeasure]:
    """Yield the layers of a page, each drawn by itself: on their page they may overlap."""
    for name, box in fragments.named(page, "layer"):
        x1, y1, x2, y2 = _border(box)
        if "fit" in box.element.get("class").split():
            x2 = min(x2, fragments.taken(box))
        context = StackingContext.from_box(box, page._page_box)
        paint = partial(engine_draw.draw_stacking_context, stacking_context=context)
        yield LayerMeasure(name, _area((x1, y1, x2, y2)), tuple(_drawn(document, page, paint)))


def _border(box: Any) -> Bounds:
    x, y = box.border_box_x(), box.border_box_y()
    return x, y, x + box.border_width(), y + box.border_height()


# ---------------------------------------------------------------- what is drawn


@dataclass(slots=True)
class _Mark:
    """Something painted: a shape, or text. `colour` is None for pictures and gradients."""

    owner: Any
    bounds: Bounds
    clip: Bounds
    colour: Colour | None
    alpha: float
    shape: Shape | None = None
    text: str = ""
    size: float = 0
    bold: bool = False
    weights: tuple[int, ...] = ()

    def move(self, matrix: Any) -> None:
        """Take the mark elsewhere."""
        (a, b, _), (c, d, _), (e, f, _) = matrix
        x1, y1, x2, y2 = self.bounds
        corners = [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]
        self.shape = [
            [(a * x + c * y + e, b * x + d * y + f) for x, y in ring]
            for ring in (self.shape or [corners])
        ]
        self.bounds = _bounds(self.shape)


EVERYWHERE: Bounds = (-1e6, -1e6, 1e6, 1e6)
UNIT: tuple[Point, ...] = ((0, 0), (1, 0), (1, 1), (0, 1))


class _Noting(Stream):  # type: ignore[misc]
    """Paper that notes what is painted on it, in px from the top left of the page."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.marks: list[_Mark] = []
        self.shape: Shape = []
        self.colour: Colour | None = (0, 0, 0)
        self.alpha = 1.0
        self.clipped = EVERYWHERE
        self.kept: list[tuple[Colour | None, float, Bounds]] = []
        self.text: list[_Mark] = []
        self.base: Any = self.ctm

    def clone(self, **options: Any) -> Any:
        plain = super().clone(**options)
        made = _Noting(
            plain._fonts, plain.page_rectangle, plain._resources, plain._images, plain._tags,
            plain._color_profiles, plain._output_intent, extra=plain.extra,
        )  # fmt: skip
        made._ctm_stack = [self.ctm]
        made.base = self.ctm
        made.marks, made.clipped = self.marks, self.clipped
        return made

    def push_state(self) -> None:
        super().push_state()
        self.kept.append((self.colour, self.alpha, self.clipped))

    def pop_state(self) -> None:
        super().pop_state()
        self.colour, self.alpha, self.clipped = self.kept.pop()

    def set_color(self, color: Any, stroke: bool = False) -> None:  # noqa: FBT001, FBT002
        super().set_color(color, stroke)
        if not stroke:
            self.colour = _rgb(color)

    def set_alpha(self, alpha: float, stroke: bool = False, fill: Any = None) -> None:  # noqa: FBT001, FBT002
        super().set_alpha(alpha, stroke, fill)
        if fill or (fill is None and not stroke):
            self.alpha = alpha

    def set_color_special(self, name: Any, stroke: bool = False, *operands: Any) -> None:  # noqa: FBT001, FBT002
        super().set_color_special(name, stroke, *operands)
        if name and not stroke:
            self.colour = None  # a pattern

    def _at(self, x: float, y: float) -> Point:
        (a, b, _), (c, d, _), (e, f, _) = self.ctm
        return a * x + c * y + e, b * x + d * y + f

    def move_to(self, x: float, y: float) -> None:
        self.shape.append([self._at(x, y)])

    def line_to(self, x: float, y: float) -> None:
        self.shape[-1].append(self._at(x, y))

    def curve_to(self, *numbers: float) -> None:
        points = [self._at(*numbers[i : i + 2]) for i in (0, 2, 4)]
        self.shape[-1] += _flat([self.shape[-1][-1], *points])

    def curve_start_to(self, *numbers: float) -> None:
        points = [self._at(*numbers[i : i + 2]) for i in (0, 2)]
        self.shape[-1] += _flat([self.shape[-1][-1], self.shape[-1][-1], *points])

    def curve_end_to(self, *numbers: float) -> None:
        points = [self._at(*numbers[i : i + 2]) for i in (0, 2)]
        self.shape[-1] += _flat([self.shape[-1][-1], *points, points[-1]])

    def rectangle(self, x: float, y: float, width: float, height: float) -> None:
        corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
        self.shape.append([self._at(*corner) for corner in corners])

    def clip(self, even_odd: bool = False) -> None:  # noqa: FBT001, FBT002
        # A shape within a larger one cuts out a hole, of which no text is.
        del even_odd
        self.clipped = _cut(self.clipped, _bounds(self.shape)) if self.shape else self.clipped

    def end(self) -> None:
        self.shape = []

    def fill(self, even_odd: bool = False) -> None:  # noqa: FBT001, FBT002
        del even_odd
        self._paint(self.colour)
        self.shape = []

    fill_and_stroke = fill_stroke_and_close = fill

    def stroke(self) -> None:
        self.shape = []

    stroke_and_close = stroke

    def close(self) -> None:
        """Do nothing: a shape that is filled is closed anyway."""

    def paint_shading(self, name: Any) -> None:
        del name
        x1, y1, x2, y2 = self.clipped
        self.shape = [[(x1, y1), (x2, y1), (x2, y2), (x1, y2)]]
        self.fill_nothing()

    def draw_x_object(self, reference: Any) -> None:
        group = self._resources["XObject"].get(reference)
        if isinstance(group, _Noting):
            # A drawing moves text that is centred once it knows how wide it is.
            moved = group.base.invert @ self.ctm if self.ctm != group.base else None
            for mark in self.marks:
                if mark.owner is group:
                    mark.alpha *= self.alpha
                    mark.owner = self
                    if moved:
                        mark.move(moved)
            return
        self.shape = [[self._at(*corner) for corner in UNIT]]
        self.fill_nothing()

    def fill_nothing(self) -> None:
        """Note a picture or a gradient, of whose colours nothing is known."""
        self._paint(None)
        self.shape = []

    def _paint(self, colour: Colour | None) -> None:
        if self.shape and self.alpha > 0:
            bounds = _bounds(self.shape)
            self.marks.append(
                _Mark(self, bounds, self.clipped, colour, self.alpha, shape=self.shape)
            )

    def end_text(self) -> None:
        super().end_text()
        # A drawing sets its text letter by letter.
        joined: list[_Mark] = []
        for mark in self.text:
            before = joined[-1] if joined else None
            if before and mark.size == before.size and abs(mark.bounds[1] - before.bounds[1]) < 1:
                before.text += mark.text
                before.bounds = _hull(before.bounds, mark.bounds)
            else:
                joined.append(mark)
        self.marks += joined
        self.text = []

    def note(self, box: Any, width: float, matrix: Any) -> None:
        """Note the text of a box that would be drawn with a text matrix."""
        size, text = float(box.style["font_size"]), box.text.rstrip(" ")
        if not text.strip() or not size:
            return
        (a, b, _), (c, d, _), (e, f, _) = matrix @ self.ctm
        corners = ((0, 0), (width, 0), (width, CAPITALS * size), (0, CAPITALS * size))
        points = [(a * x + c * y + e, b * x + d * y + f) for x, y in corners]
        self.text.append(
            _Mark(
                self, _bounds([points]), self.clipped, self.colour, self.alpha, text=text,
                size=size * (c * c + d * d) ** 0.5, bold=int(box.style["font_weight"]) >= BOLD,
                weights=_weights(box),
            )
        )  # fmt: skip


_engine_draw_text = engine_draw.draw_text
_engine_draw_first_line = engine_text.draw_first_line


def _draw_text(stream: Any, textbox: Any, *arguments: Any) -> None:
    if not isinstance(stream, _Noting):
        _engine_draw_text(stream, textbox, *arguments)
    elif textbox.style["visibility"] == "visible":
        stream.set_color(textbox.style["color"])
        place = Matrix(d=-1, e=textbox.position_x, f=textbox.position_y + textbox.baseline)
        stream.note(textbox, textbox.width, place)
        stream.end_text()


def _weights(box: Any) -> tuple[int, ...]:
    """Return the weights of the faces that a text is set in, if they are several."""
    if int(box.style["font_weight"]) in FULL_WEIGHTS or not _IDEOGRAPHIC.search(box.text):
        return ()
    idle = not hasattr(box.pango_layout, "layout")
    if idle:
        box.pango_layout.reactivate(box.style)
    line, _ = box.pango_layout.get_first_line()
    found, run = set(), line.runs[0]
    while run != ffi.NULL:
        _, description, _ = get_pango_font_key(run.data.item.analysis.font)
        found.add(int(pango.pango_font_description_get_weight(description)))
        run = run.next
    if idle:
        box.pango_layout.deactivate()
    return tuple(sorted(found)) if len(found) > 1 else ()


def _draw_first_line(stream: Any, textbox: Any, overflow: Any, ellipsis: Any, matrix: Any) -> Any:
    """Draw a letter of a drawing's text."""
    if not isinstance(stream, _Noting):
        return _engine_draw_first_line(stream, textbox, overflow, ellipsis, matrix)
    line, _ = textbox.pango_layout.get_first_line()
    stream.note(textbox, line_size(line, textbox.style)[0], matrix)
    return []


def install() -> None:
    """Let text be noted, once per process."""
    engine_draw.draw_text = _draw_text
    engine_text.draw_first_line = _draw_first_line


def _drawn(document: Any, page: Any, paint: Callable[[Any], None] | None = None) -> list[Run]:
    """Return the text that is drawn on a page, or by `paint` on such a page."""
    kinds = ("ExtGState", "XObject", "Pattern", "Shading")
    resources = pydyf.Dictionary({kind: pydyf.Dictionary() for kind in kinds})
    resources["ColorSpace"] = ""
    paper = _Noting(
        {}, (0, 0, page.width, page.height), resources, {}, None, document.color_profiles,
        document.output_intent,
    )  # fmt: skip
    page._page_box.margins_first = False
    (paint or page.paint)(paper)
    runs = []
    for index, mark in enumerate(paper.marks):
        if not mark.text or mark.colour is None or mark.alpha <= 0:
            continue
        ground, colour = _seen(paper.marks[:index], mark)
        whole, shown = mark.bounds, _cut(mark.bounds, mark.clip)
        runs.append(
            Run(
                mark.text, _area(whole), round(mark.size * PT, 3), mark.bold, colour, ground,
                1 - _size(shown) / _size(whole) if _size(whole) else 0,
                mark.weights,
                _covered(paper.marks[index + 1 :], mark),
            )
        )  # fmt: skip
    return runs


def _covered(above: list[_Mark], mark: _Mark) -> float:
    """Return the share of a text that is painted over, from points of it."""
    x1, y1, x2, y2 = mark.bounds
    over = [
        m
        for m in above
        if not m.text and m.alpha > 0 and m.bounds[0] < x2 and m.bounds[2] > x1
        and m.bounds[1] < y2 and m.bounds[3] > y1
    ]  # fmt: skip
    if not over:
        return 0
    points = [
        (x1 + across * (x2 - x1), y1 + down * (y2 - y1)) for across in ACROSS for down in (0.3, 0.7)
    ]
    return sum(any(_within(m, point) for m in over) for point in points) / len(points)


def _seen(beneath: list[_Mark], mark: _Mark) -> tuple[Colour | None, Colour]:
    """Return the ground of a text where it reads worst, and its colour as it shows on that."""
    x1, y1, x2, y2 = mark.bounds
    assert mark.colour is not None
    worst: tuple[float, Colour | None, Colour] = (1e9, WHITE, mark.colour)
    for across, down in GROUNDS:
        point = (x1 + across * (x2 - x1), y1 + down * (y2 - y1))
        ground = _ground(beneath, point)
        if ground is None:
            return None, mark.colour
        colour = _over(mark.colour, mark.alpha, ground)
        apart = sum(abs(a - b) for a, b in zip(colour, ground, strict=True))
        worst = min(worst, (apart, ground, colour), key=lambda found: found[0])
    return worst[1], worst[2]


def _ground(beneath: list[_Mark], point: Point) -> Colour | None:
    """Return what is painted at a point, None for a picture."""
    layers: list[tuple[Colour, float]] = []
    ground: Colour = WHITE
    for mark in reversed(beneath):
        if not mark.text and _within(mark, point):
            if mark.colour is None:
                return None
            if mark.alpha >= 1:
                ground = mark.colour
                break
            layers.append((mark.colour, mark.alpha))
    for colour, alpha in reversed(layers):
        ground = _over(colour, alpha, ground)
    return ground


def _over(colour: Colour, alpha: float, ground: Colour) -> Colour:
    if alpha >= 1:
        return colour
    r, g, b = (c * alpha + u * (1 - alpha) for c, u in zip(colour, ground, strict=True))
    return r, g, b


def _within(mark: _Mark, point: Point) -> bool:
    x, y = point
    for x1, y1, x2, y2 in (mark.bounds, mark.clip):
        if not (x1 <= x <= x2 and y1 <= y <= y2):
            return False
    inside = False
    for ring in mark.shape or ():
        for (ax, ay), (bx, by) in zip(ring, (*ring[1:], ring[0]), strict=True):
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                inside = not inside
    return inside


def _flat(points: list[Point]) -> list[Point]:
    """Return a Bézier curve of four points as short lines, without its start."""
    found = []
    for step in range(1, CURVE + 1):
        t = step / CURVE
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        x, y = (sum(w * p[i] for w, p in zip(weights, points, strict=True)) for i in (0, 1))
        found.append((x, y))
    return found


def _rgb(colour: Any) -> Colour | None:
    if colour.space == "device-cmyk":
        c, m, y, k = colour.coordinates
        return (1 - min(1, c + k), 1 - min(1, m + k), 1 - min(1, y + k))
    if colour.space.startswith("--"):
        return None
    r, g, b = (min(max(float(v), 0), 1) for v in colour.to("srgb").coordinates)
    return r, g, b


def _bounds(shape: Shape) -> Bounds:
    xs = [x for ring in shape for x, _ in ring]
    ys = [y for ring in shape for _, y in ring]
    return min(xs), min(ys), max(xs), max(ys)


def _hull(a: Bounds, b: Bounds) -> Bounds:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _cut(a: Bounds, b: Bounds) -> Bounds:
    x1, y1, x2, y2 = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return x1, y1, max(x1, x2), max(y1, y2)


def _size(bounds: Bounds) -> float:
    return (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])


def _area(bounds: Bounds) -> Area:
    x1, y1, x2, y2 = (round(v * MM, 2) for v in bounds)
    return Area(x1, y1, round(x2 - x1, 2), round(y2 - y1, 2))


# ---------------------------------------------------------------- what is laid out


ORNAMENT = "ornament"
"""Stands for the text of a picture that is none for those who do not see it."""


class _Reading:
    """The boxes of a section while they are read, page by page."""

    def __init__(self) -> None:
        self.paragraph = 0
        self.open: set[tuple[int, str]] = set()
        """The blocks that go on after the last page."""
        self.numbers: dict[tuple[int, str], int] = {}

    def page(self, document: Any, page: Any) -> MeasuredPage:
        """Return the measures of a page."""
        box = page._page_box
        self.lines: list[Line] = []
        self.pictures: list[Picture] = []
        self._walk(box)
        return MeasuredPage(
            round(page.width * MM, 2),
            round(page.height * MM, 2),
            _name(page).startswith("bare"),
            _area(_rectangle(box.content_box_x(), box.content_box_y(), box.width, box.height)),
            tuple(self.lines),
            tuple(_drawn(document, page)),
            tuple(self.pictures),
            tuple(_links(page)),
        )

    def _walk(self, box: Any, *, heard: bool = True) -> None:
        box = getattr(box, "_box", box)  # what is positioned is held by a placeholder
        if box.element is not None and box.element.get("aria-hidden") == "true":
            heard = False
        self._pictures(box, heard=heard)
        children = getattr(box, "children", ())
        lines = [child for child in children if isinstance(child, boxes.LineBox)]
        if lines:
            self._block(box, lines)
        for child in children:
            self._walk(child, heard=heard)

    def _block(self, block: Any, lines: list[Any]) -> None:
        key = (id(block.element), block.element_tag)
        if key in self.open:
            number = self.numbers[key]
        else:
            self.paragraph += 1
            number = self.numbers[key] = self.paragraph
        self.open.discard(key)
        if getattr(lines[-1], "resume_at", None) is not None:
            self.open.add(key)
        shown = [(line, text) for line in lines if (text := _said(line).strip())]
        for index, (line, text) in enumerate(shown):
            following = shown[index + 1][1] if index + 1 < len(shown) else ""
            self.lines.append(_line(block, line, number, text, following))

    def _pictures(self, box: Any, *, heard: bool) -> None:
        images = []
        element = box.element
        if isinstance(box, boxes.ReplacedBox) and box.replacement is not None and box.width:
            width, height, x, y = replacedbox_layout(box)
            titles = (e.text for e in element if str(e.tag).endswith("title"))
            alt = element.get("alt") or element.get("aria-label") or next(titles, "") or ""
            if not heard or element.get("alt") == "":
                alt = ORNAMENT
            path = (element.get("src") or "").removeprefix(SCHEME) or f"<{_local(element)}>"
            images.append((box.replacement, path, (x, y, width, height), alt.strip()))
        for layer in getattr(box.__dict__.get("background"), "layers", ()):
            if isinstance(layer.image, RasterImage):
                (x, y), (ox, oy) = layer.position, layer.positioning_area[:2]
                place = (x + ox, y + oy, *layer.size)
                images.append((layer.image, f"<{_local(element)}>", place, ORNAMENT))
        for image, path, place, alt in images:
            raster = isinstance(image, RasterImage)
            pixels = (image.width, image.height) if raster else (0, 0)
            self.pictures.append(Picture(path, _area(_rectangle(*place)), pixels, alt))


def _line(block: Any, line: Any, number: int, text: str, following: str) -> Line:
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
        _local(block.element),
        text,
        _area(_rectangle(line.position_x, line.position_y, right - line.position_x, line.height)),
        round(block.width * MM, 2),
        round(size * PT, 3),
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
        not keeps and (_IDEOGRAPHIC.match(text[-1]) or _IDEOGRAPHIC.match(first))
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
            found.append(_area(_rectangle(*place)))
            spaces += 1
    return found


def _space(style: Any) -> float:
    """Return the width of a word space as the face has it, in px."""
    return _width("n n", style) - _width("nn", style)


def _width(text: str, style: Any) -> float:
    return float(split_first_line(text, style, None, None, 0)[3])


def _said(line: Any) -> str:
    return "".join(box.text for box in line.descendants() if isinstance(box, boxes.TextBox))


def _links(page: Any) -> list[Link]:
    return [
        Link(
            kind, target,
            " ".join(b.text for b in box.descendants() if isinstance(b, boxes.TextBox)).strip(),
            _area(rectangle),
        )
        for kind, target, rectangle, box in page.links
        if box.element_tag == "a"
    ]  # fmt: skip


def _rectangle(x: float, y: float, width: float, height: float) -> Bounds:
    return x, y, x + width, y + height


def _local(element: Any) -> str:
    return "" if element is None else str(element.tag).rsplit("}", 1)[-1]


def _name(page: Any) -> str:
    return page._page_box.page_type.name or ""
