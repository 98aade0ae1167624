"""Shapes in CSS px from the top left of a page, and the areas in mm that measures have."""

from __future__ import annotations

from reportgen.core.measures import Area

MM = 25.4 / 96
"""mm in a CSS px."""
CURVE = 6
"""Straight lines that stand for a curve."""
Point = tuple[float, float]
Shape = list[list[Point]]
Bounds = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def flat(points: list[Point]) -> list[Point]:
    """Return a Bézier curve of four points as short lines, without its start."""
    found = []
    for step in range(1, CURVE + 1):
        t = step / CURVE
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        x, y = (sum(w * p[i] for w, p in zip(weights, points, strict=True)) for i in (0, 1))
        found.append((x, y))
    return found


def bounds_of(shape: Shape) -> Bounds:
    """Return the bounds of a shape."""
    xs = [x for ring in shape for x, _ in ring]
    ys = [y for ring in shape for _, y in ring]
    return min(xs), min(ys), max(xs), max(ys)


def hull(a: Bounds, b: Bounds) -> Bounds:
    """Return the smallest bounds that hold both."""
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def cut(a: Bounds, b: Bounds) -> Bounds:
    """Return what two bounds have in common."""
    x1, y1, x2, y2 = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return x1, y1, max(x1, x2), max(y1, y2)


def size_of(bounds: Bounds) -> float:
    """Return how large bounds are, in square px."""
    return (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])


def area(bounds: Bounds) -> Area:
    """Return bounds as measures have them, in mm."""
    x1, y1, x2, y2 = (round(v * MM, 2) for v in bounds)
    return Area(x1, y1, round(x2 - x1, 2), round(y2 - y1, 2))


def rectangle(x: float, y: float, width: float, height: float) -> Bounds:
    """Return the bounds of a rectangle."""
    return x, y, x + width, y + height
