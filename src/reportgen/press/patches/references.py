"""References between the engine's objects as tokens, whose numbers only the binder knows."""

from __future__ import annotations

from typing import Any


def _reference(thing: Any) -> bytes:
    """Return the token for an object; see `core.fragments.Fragment`."""
    return b"\x00o%d\x00" % thing.number


reference = property(_reference)
