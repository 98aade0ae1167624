"""Units of length, and where a length lies in a longer one."""

from __future__ import annotations

MM = 72 / 25.4
"""Points in a mm."""
PX = 0.75
"""Points in a CSS px."""


def spare_before(align: str, spare: float) -> float:
    """Return how much of the spare width lies to the left of what is aligned in a box."""
    return {"right": 1.0, "end": 1.0, "center": 0.5}.get(align, 0.0) * spare
