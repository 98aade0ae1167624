"""The texts that are drawn on a page: on which ground each stands, and how much of it is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reportgen.core.colours import Colour
from reportgen.core.measures import Run
from reportgen.core.units import PX
from reportgen.press.measuring.paper import Mark, blank
from reportgen.press.measuring.shapes import Point, area, cut, size_of

ACROSS = tuple((n + 0.5) / 16 for n in range(16))
"""Where a text is looked at, of its width, for what is painted over it."""
GROUNDS = tuple((across, down) for across in (0.04, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.96)
                for down in (0.1, 0.5, 0.9))  # fmt: skip
"""Where the ground of a text is looked at, of its width and of its height."""
WHITE: Colour = (1.0, 1.0, 1.0)


def drawn(document: Any, page: Any, paint: Callable[[Any], None] | None = None) -> list[Run]:
    """Return the text that is drawn on a page, or by `paint` on such a page."""
    paper = blank(document, page)
    (paint or page.paint)(paper)
    runs = []
    for index, mark in enumerate(paper.marks):
        if not mark.text or mark.colour is None or mark.alpha <= 0:
            continue
        ground, colour = _seen(paper.marks[:index], mark)
        whole, shown = mark.bounds, cut(mark.bounds, mark.clip)
        runs.append(
            Run(
                mark.text, area(whole), round(mark.size * PX, 3), mark.bold, colour, ground,
                1 - size_of(shown) / size_of(whole) if size_of(whole) else 0,
                mark.weights,
                _covered(paper.marks[index + 1 :], mark),
            )
        )  # fmt: skip
    return runs


def _covered(above: list[Mark], mark: Mark) -> float:
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


def _seen(beneath: list[Mark], mark: Mark) -> tuple[Colour | None, Colour]:
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


def _ground(beneath: list[Mark], point: Point) -> Colour | None:
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


def _within(mark: Mark, point: Point) -> bool:
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
