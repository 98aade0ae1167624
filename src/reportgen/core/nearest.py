"""Which word was meant by one that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Collection


def close(word: str, known: Collection[str]) -> str:
    """Return the known word that is nearest, empty if none is near."""
    return next(iter(difflib.get_close_matches(word, known, n=1)), "")


def nearest(word: str, known: Collection[str], *, listed: bool = True) -> str:
    """Return the question whether a known word was meant; if none is near, a list of all.

    Empty where there are none, and without a near one where they are not to be `listed`.
    """
    if near := close(word, known):
        return f"did you mean '{near}'?"
    return f"known here: {', '.join(known)}" if listed and known else ""
