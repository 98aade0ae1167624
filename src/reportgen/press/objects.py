"""The objects of a fragment: what the engine's functions ask of a file, and how they are kept."""

from __future__ import annotations

import re
import zlib
from typing import Any

import pydyf

from reportgen.press import drawing

LEVEL = 6
"""Of compression; 9 takes twice the time and saves less than one per cent."""
_TOKEN = re.compile(r"\x00([or])(\d+)\x00")


class Objects:
    """The objects of a fragment of so many pages, while they are collected."""

    def __init__(self, pages: int) -> None:
        self._all: list[Any] = []
        self.page_references = [b"\x00p%d\x00" % number for number in range(pages)]

    def add_object(self, added: Any) -> None:
        """Add an object, which gets its number."""
        added.number = len(self._all)
        self._all.append(added)

    def serialised(self) -> tuple[tuple[str, ...], dict[int, bytes], dict[int, int]]:
        """Return the objects that are used, and their new numbers by their old."""
        live = [o for o in self._all if isinstance(o, pydyf.Stream) or o]
        at = {thing.number: number for number, thing in enumerate(live)} | {-1: -1}
        heads, streams = [], {}
        for number, thing in enumerate(live):
            if isinstance(thing, pydyf.Stream):
                head, streams[number] = _packed(thing)
            else:
                head = thing.data.decode("latin-1")
            heads.append(renumbered(head, at))
        return tuple(heads), streams, at


def renumbered(text: str, at: dict[int, int]) -> str:
    """Return PDF with the new numbers of objects."""
    return _TOKEN.sub(lambda m: f"\x00{m[1]}{at[int(m[2])]}\x00", text)


def _packed(stream: Any) -> tuple[str, bytes]:
    content = drawing.packed(stream.stream)
    extra = pydyf.Dictionary(stream.extra)
    if "Interpolate" in extra:
        extra["Interpolate"] = "false"  # ISO 19005-3, 6.2.8
    if "Filter" not in extra:
        extra["Filter"] = "/FlateDecode"
        content = zlib.compress(content, LEVEL)
    return extra.data.decode("latin-1"), content
