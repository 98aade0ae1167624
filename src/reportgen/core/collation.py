"""The order of names and terms, and the heads that they stand under.

It is that of the Unicode Collation Algorithm with its default table (UTS 10): accents count only
between names that are alike without them, spaces and punctuation not at all. Numbers follow words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

Key = tuple[Any, ...]
INITIALS = "ㄱㄱㄴㄷㄷㄹㅁㅂㅂㅅㅅㅇㅈㅈㅊㅋㅌㅍㅎ"
"""The heads of a Korean index, by the number of a syllable's initial (Unicode 3.12)."""
NUMBERS = "0–9"
"""The head of what begins with a digit."""
_PARTICLE = re.compile(r"['’ʼ]\w{1,2}[-\s]+(?=\w)")
"""What a Dutch name may begin with that is no part of its place: ’s-Hertogenbosch, ’t Zand."""
_PLAIN = re.compile("[ -~가-힣]*")
"""Characters whose code points stand in the order of the table, once cases are folded."""
_STROKES = str.maketrans("ĐđÐðØøŁłĦħŦŧıÞþÆæŒœß", "DdDdOoLlHhTtiTtAaOos")
"""Letters that no table takes apart into a letter and a mark, with the one they stand under."""


def keys(names: Iterable[str]) -> Callable[[str], Key]:
    """Return what gives the key by which one of these names is sorted."""
    # The table takes 0.1 s to read, and would not change the order of what is plain.
    plain = all(_PLAIN.fullmatch(name) for name in names)
    weights: Callable[[str], object] = str.casefold if plain else _table()

    def key(name: str) -> Key:
        letters = _letters(name)
        return letters[:1].isdecimal(), weights(letters), name

    return key


def head(name: str) -> str:
    """Return the letter under which an index lists a name."""
    first = (_letters(name) or name)[0]
    if "가" <= first <= "힣":
        return INITIALS[(ord(first) - 0xAC00) // 588]
    plain = unicodedata.normalize("NFD", first.translate(_STROKES))[0]
    return plain.upper() if plain.isalpha() else NUMBERS


def _letters(name: str) -> str:
    """Return what counts of a name: its letters and digits, without a particle before them."""
    if _PARTICLE.match(name):
        name = _PARTICLE.sub("", name, count=1)
    # Marks are no letters by themselves, and belong to the one before.
    return "".join(c for c in unicodedata.normalize("NFC", name) if c.isalnum())


@cache
def _table() -> Callable[[str], tuple[int, ...]]:
    from pyuca import Collator  # noqa: PLC0415 - few builds need it

    sort_key: Callable[[str], tuple[int, ...]] = Collator().sort_key
    return sort_key
