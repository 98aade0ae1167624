"""Numbers in fewer digits: pydyf writes six decimals, less than a nanometre.

Lengths have three decimals here, which are less than a quarter of a μm, and scales six significant
digits: three decimals of a drawing of 100,000 units would make it an eighth smaller.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import pydyf

_engine_to_bytes = pydyf._to_bytes


def to_bytes(item: Any) -> bytes:
    """Return something as it is written, a number with at most three decimals."""
    if type(item) is float:
        return (f"{item:.3f}".rstrip("0").rstrip(".") or "0").encode()
    found: bytes = _engine_to_bytes(item)
    return found


def set_matrix(stream: Any, *matrix: float) -> None:
    """Set the matrix of what is drawn."""
    stream.stream.append(_matrix(matrix) + b" cm")


def set_text_matrix(stream: Any, *matrix: float) -> None:
    """Set the matrix of a text."""
    stream.stream.append(_matrix(matrix) + b" Tm")


def _matrix(matrix: tuple[float, ...]) -> bytes:
    """Return a matrix, whose first four numbers are scales and not lengths."""
    scales, lengths = matrix[:4], matrix[4:]
    return b" ".join([*map(_significant, scales), *map(to_bytes, lengths)])


@lru_cache(maxsize=1024)
def _significant(value: float) -> bytes:
    """Return a number with six significant digits, and no exponent (ISO 32000-1, 7.3.3)."""
    places = 5 - math.floor(math.log10(abs(value))) if value else 0
    text = f"{value:.{max(places, 0)}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).encode()
