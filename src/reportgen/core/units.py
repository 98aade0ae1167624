"""Units of length."""

from __future__ import annotations

MM = 72 / 25.4
"""Points in a mm."""
PX = 0.75
"""Points in a CSS px."""
