"""Paper that takes notes: the engine draws on it, and it knows what is painted, in which order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pydyf
from weasyprint.matrix import Matrix
from weasyprint.pdf.stream import Stream
from weasyprint.text.ffi import ffi, pango
from weasyprint.text.fonts import get_pango_font_key
from weasyprint.text.line_break import line_size

from reportgen.core.colours import Colour
from reportgen.press.measuring.shapes import Bounds, Point, Shape, bounds_of, cut, flat, hull

CAPITALS = 0.73
"""The height of capitals, of the em."""
FULL_WEIGHTS = (400, 700)
"""Weights whose faces hold every character; see fonts/manifest.toml."""
BOLD = 700
IDEOGRAPHIC = re.compile("[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]")
EVERYWHERE: Bounds = (-1e6, -1e6, 1e6, 1e6)
UNIT: tuple[Point, ...] = ((0, 0), (1, 0), (1, 1), (0, 1))


@dataclass(slots=True)
class Mark:
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
        self.bounds = bounds_of(self.shape)


class _Noting(Stream):  # type: ignore[misc]
    """Paper that notes what is painted on it, in px from the top left of the page."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.marks: list[Mark] = []
        self.shape: Shape = []
        self.colour: Colour | None = (0, 0, 0)
        self.alpha = 1.0
        self.clipped = EVERYWHERE
        self.kept: list[tuple[Colour | None, float, Bounds]] = []
        self.text: list[Mark] = []
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
        self.shape[-1] += flat([self.shape[-1][-1], *points])

    def curve_start_to(self, *numbers: float) -> None:
        points = [self._at(*numbers[i : i + 2]) for i in (0, 2)]
        self.shape[-1] += flat([self.shape[-1][-1], self.shape[-1][-1], *points])

    def curve_end_to(self, *numbers: float) -> None:
        points = [self._at(*numbers[i : i + 2]) for i in (0, 2)]
        self.shape[-1] += flat([self.shape[-1][-1], *points, points[-1]])

    def rectangle(self, x: float, y: float, width: float, height: float) -> None:
        corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
        self.shape.append([self._at(*corner) for corner in corners])

    def clip(self, even_odd: bool = False) -> None:  # noqa: FBT001, FBT002
        # A shape within a larger one cuts out a hole, of which no text is.
        del even_odd
        self.clipped = cut(self.clipped, bounds_of(self.shape)) if self.shape else self.clipped

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
            bounds = bounds_of(self.shape)
            self.marks.append(
                Mark(self, bounds, self.clipped, colour, self.alpha, shape=self.shape)
            )

    def end_text(self) -> None:
        super().end_text()
        # A drawing sets its text letter by letter.
        joined: list[Mark] = []
        for mark in self.text:
            before = joined[-1] if joined else None
            if before and mark.size == before.size and abs(mark.bounds[1] - before.bounds[1]) < 1:
                before.text += mark.text
                before.bounds = hull(before.bounds, mark.bounds)
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
            Mark(
                self, bounds_of([points]), self.clipped, self.colour, self.alpha, text=text,
                size=size * (c * c + d * d) ** 0.5, bold=int(box.style["font_weight"]) >= BOLD,
                weights=_weights(box),
            )
        )  # fmt: skip


def blank(document: Any, page: Any) -> Any:
    """Return paper for a page, on which nothing is painted yet; it has its `marks`."""
    kinds = ("ExtGState", "XObject", "Pattern", "Shading")
    resources = pydyf.Dictionary({kind: pydyf.Dictionary() for kind in kinds})
    resources["ColorSpace"] = ""
    return _Noting(
        {}, (0, 0, page.width, page.height), resources, {}, None, document.color_profiles,
        document.output_intent,
    )  # fmt: skip


def draw_text(stream: _Noting, textbox: Any, *_: Any) -> None:
    """Note a text of a page, in place of the engine's function."""
    if textbox.style["visibility"] == "visible":
        stream.set_color(textbox.style["color"])
        place = Matrix(d=-1, e=textbox.position_x, f=textbox.position_y + textbox.baseline)
        stream.note(textbox, textbox.width, place)
        stream.end_text()


def _weights(box: Any) -> tuple[int, ...]:
    """Return the weights of the faces that a text is set in, if they are several."""
    if int(box.style["font_weight"]) in FULL_WEIGHTS or not IDEOGRAPHIC.search(box.text):
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


def draw_first_line(
    stream: _Noting, textbox: Any, overflow: Any, ellipsis: Any, matrix: Any
) -> list[Any]:
    """Note a letter of a drawing's text, in place of the engine's function."""
    del overflow, ellipsis  # a letter is not cut
    line, _ = textbox.pango_layout.get_first_line()
    stream.note(textbox, line_size(line, textbox.style)[0], matrix)
    return []


def _rgb(colour: Any) -> Colour | None:
    if colour.space == "device-cmyk":
        c, m, y, k = colour.coordinates
        return (1 - min(1, c + k), 1 - min(1, m + k), 1 - min(1, y + k))
    if colour.space.startswith("--"):
        return None
    r, g, b = (min(max(float(v), 0), 1) for v in colour.to("srgb").coordinates)
    return r, g, b
