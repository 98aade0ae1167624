"""Fragments of a section's runs to one: pages one after another, tokens counted on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reportgen.core.errors import TypesettingError
from reportgen.core.fragments import Fragment, Glyphs, Heading, Layer, Sheet, Slot, merge

_TOKEN = re.compile(r"\x00([oprnm])(\d+)\x00")
_KIDS = re.compile(r"/K\[")
_KID = re.compile(r"\x00o(\d+)\x00")
_LINK = re.compile(r"\x00a([^\x00]*)\x00")


class Joining:
    """A fragment that grows by those of its runs, which must have ids of their own."""

    def __init__(self) -> None:
        self._identity = ""
        self._sheets: list[Sheet] = []
        self._heads: list[str] = []
        self._streams: dict[int, bytes] = {}
        self._kids: list[int] = []
        self._annotated: list[int] = []
        self._groups: list[tuple[int, ...]] = []
        self._ids: list[tuple[str, int]] = []
        self._refers: list[tuple[int, str]] = []
        self._bookmarks: list[Heading] = []
        self._anchors: dict[str, tuple[int, float, float, int]] = {}
        self._fonts: dict[str, Glyphs] = {}
        self._layers: dict[str, Layer] = {}
        self._slots: dict[str, Slot] = {}
        self._meta: dict[str, str] = {}
        self._reads: dict[str, str] = {}
        self._parts: dict[Any, int] = {}
        """The tags that were begun, by what their section knows them by."""

    def add(self, part: Fragment, parts: Mapping[Any, int]) -> None:
        """Add the fragment of the next run, with the tags that go on from one to the next."""
        objects, pages = len(self._heads), len(self._sheets)
        by = {
            "o": objects, "p": pages, "r": objects, "n": len(self._annotated) - len(part.sheets),
            "m": len(self._groups),
        }  # fmt: skip
        self._identity = part.identity
        same = {
            number + objects: self._parts.setdefault(key, number + objects)
            for key, number in parts.items()
        }
        same = {number: first for number, first in same.items() if number != first}

        def tag(number: int) -> int:
            return same.get(number + objects, number + objects) if number >= 0 else number

        self._sheets += [
            replace(
                sheet,
                content=sheet.content + objects,
                resources={key: _moved(text, by) for key, text in sheet.resources.items()},
                annotations=tuple(n + objects for n in sheet.annotations),
                elements=tuple(map(tag, sheet.elements)),
            )
            for sheet in part.sheets
        ]
        self._heads += [_moved(head, by) for head in part.heads]
        self._streams |= {n + objects: content for n, content in part.streams.items()}
        self._kids += [n + objects for n in part.kids if n + objects not in same]
        self._annotated += map(tag, part.annotated)
        self._groups += [tuple(map(tag, group)) for group in part.groups]
        self._ids += [(text, tag(n)) for text, n in part.ids]
        self._refers += [(tag(n), to) for n, to in part.refers]
        for number, first in same.items():
            self._go_on(number, first, same)
        self._bookmarks += [
            (level, text, n + pages, y, folded, tag(element))
            for level, text, n, y, folded, element in part.bookmarks
        ]
        # What runs on has its anchor where it begins.
        anchors = {name: (n + pages, x, y, tag(at)) for name, (n, x, y, at) in part.anchors.items()}
        self._anchors = anchors | self._anchors
        for name, used in part.fonts.items():
            known = self._fonts.get(name, used)
            texts = dict(known.texts)
            merge(name, texts, used.texts)
            self._fonts[name] = replace(known, texts=texts)
        for name, layer in part.layers.items():
            self._layers[name] = layer.moved(objects.__add__)
        self._slots |= part.slots
        self._meta = part.meta
        self._reads |= part.reads

    def _go_on(self, number: int, first: int, same: Mapping[int, int]) -> None:
        """Give the kids of a tag to the one that was begun in a run before."""
        head, self._heads[number] = self._heads[number], "null"
        kids = _KIDS.split(head)[-1].removesuffix("]>>")
        held = [int(n) for n in _KID.findall(kids)]
        for kid in held:
            self._heads[kid] = self._heads[kid].replace(
                f"/P \x00o{number}\x00", f"/P \x00o{first}\x00"
            )
        for kid in held:
            if kid in same:
                kids = kids.replace(f"\x00o{kid}\x00", "")
        if kids := " ".join(kids.split(" ")).strip():
            begun = self._heads[first].removesuffix("]>>")
            self._heads[first] = f"{begun}{'' if begun.endswith('[') else ' '}{kids}]>>"

    def fragment(self) -> Fragment:
        """Return the whole; raises TypesettingError if a link leads nowhere."""
        # The keys of annotations follow those of the pages, of which the last is known now.
        by = {"o": 0, "p": 0, "r": 0, "n": len(self._sheets), "m": 0}
        for sheet in self._sheets:
            for number in sheet.annotations:
                head = self._heads[number] = _moved(self._heads[number], by)
                if (link := _LINK.search(head)) and link[1] not in self._anchors:
                    raise TypesettingError(f"No anchor #{link[1]} for internal URI reference")
        return Fragment(
            self._identity, tuple(self._sheets), tuple(self._heads), self._streams,
            tuple(self._kids), tuple(self._annotated), tuple(self._ids), tuple(self._bookmarks),
            self._anchors, self._fonts, self._layers, self._slots, self._meta, self._reads,
            tuple(self._groups), tuple(self._refers),
        )  # fmt: skip


def _moved(text: str, by: dict[str, int]) -> str:
    """Return PDF whose tokens count on."""
    return _TOKEN.sub(lambda m: f"\x00{m[1]}{int(m[2]) + by[m[1]]}\x00", text)
