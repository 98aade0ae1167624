"""Fragments of a section's runs to one: pages one after another, tokens counted on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reportgen.core.errors import TypesettingError
from reportgen.core.fragments import Fragment, Glyphs, Sheet, merge

_TOKEN = re.compile(r"\x00([oprnm])(\d+)\x00")
_KIDS = re.compile(r"/K\[")
_KID = re.compile(r"\x00o(\d+)\x00")
_LINK = re.compile(r"\x00a([^\x00]*)\x00")


class Joining:
    """A fragment that grows by those of its runs, which must have ids of their own."""

    def __init__(self) -> None:
        self._whole = Fragment("", (), (), {}, (), (), (), (), {}, {}, {}, {}, {}, {})
        self._begun: dict[Any, int] = {}
        """The tags that were begun, by what their section knows them by."""

    def add(self, part: Fragment, parts: Mapping[Any, int]) -> None:
        """Add the fragment of the next run, with the tags that go on from one to the next."""
        whole = self._whole
        objects, pages = len(whole.heads), len(whole.sheets)
        by = {
            "o": objects, "p": pages, "r": objects, "n": len(whole.annotated) - len(part.sheets),
            "m": len(whole.groups),
        }  # fmt: skip
        same = {
            number + objects: self._begun.setdefault(key, number + objects)
            for key, number in parts.items()
        }
        same = {number: first for number, first in same.items() if number != first}

        def tag(number: int) -> int:
            return same.get(number + objects, number + objects) if number >= 0 else number

        def sheet(part: Sheet) -> Sheet:
            return replace(
                part,
                content=part.content + objects,
                resources={key: _moved(text, by) for key, text in part.resources.items()},
                annotations=tuple(n + objects for n in part.annotations),
                elements=tuple(map(tag, part.elements)),
            )

        heads = [*whole.heads, *(_moved(head, by) for head in part.heads)]
        for number, first in same.items():
            _go_on(heads, number, first, same)
        anchors = {name: (n + pages, x, y, tag(at)) for name, (n, x, y, at) in part.anchors.items()}
        self._whole = Fragment(
            identity=part.identity,
            sheets=(*whole.sheets, *map(sheet, part.sheets)),
            heads=tuple(heads),
            streams=whole.streams | {n + objects: told for n, told in part.streams.items()},
            kids=(*whole.kids, *(n + objects for n in part.kids if n + objects not in same)),
            annotated=(*whole.annotated, *map(tag, part.annotated)),
            ids=(*whole.ids, *((text, tag(n)) for text, n in part.ids)),
            bookmarks=(
                *whole.bookmarks,
                *(
                    (level, text, n + pages, y, folded, tag(element))
                    for level, text, n, y, folded, element in part.bookmarks
                ),
            ),
            # What runs on has its anchor where it begins.
            anchors=anchors | whole.anchors,
            fonts=_fonts(whole.fonts, part.fonts),
            layers=whole.layers
            | {name: layer.moved(objects.__add__) for name, layer in part.layers.items()},
            slots=whole.slots | part.slots,
            meta=part.meta,
            reads=whole.reads | part.reads,
            groups=(*whole.groups, *(tuple(map(tag, group)) for group in part.groups)),
            refers=(*whole.refers, *((tag(n), to) for n, to in part.refers)),
        )

    def fragment(self) -> Fragment:
        """Return the whole; raises TypesettingError if a link leads nowhere."""
        whole, heads = self._whole, list(self._whole.heads)
        # The keys of annotations follow those of the pages, of which the last is known now.
        by = {"o": 0, "p": 0, "r": 0, "n": len(whole.sheets), "m": 0}
        for number in (number for sheet in whole.sheets for number in sheet.annotations):
            head = heads[number] = _moved(heads[number], by)
            if (link := _LINK.search(head)) and link[1] not in whole.anchors:
                raise TypesettingError(f"No anchor #{link[1]} for internal URI reference")
        return replace(whole, heads=tuple(heads))


def _fonts(known: Mapping[str, Glyphs], more: Mapping[str, Glyphs]) -> dict[str, Glyphs]:
    """Return fonts with what each has of its glyphs in either."""
    found = dict(known)
    for name, used in more.items():
        texts = dict(found.get(name, used).texts)
        merge(name, texts, used.texts)
        found[name] = replace(found.get(name, used), texts=texts)
    return found


def _go_on(heads: list[str], number: int, first: int, same: Mapping[int, int]) -> None:
    """Give the kids of a tag to the one that was begun in a run before."""
    head, heads[number] = heads[number], "null"
    kids = _KIDS.split(head)[-1].removesuffix("]>>")
    held = [int(n) for n in _KID.findall(kids)]
    for kid in held:
        heads[kid] = heads[kid].replace(f"/P \x00o{number}\x00", f"/P \x00o{first}\x00")
    for kid in held:
        if kid in same:
            kids = kids.replace(f"\x00o{kid}\x00", "")
    if kids := " ".join(kids.split(" ")).strip():
        begun = heads[first].removesuffix("]>>")
        heads[first] = f"{begun}{'' if begun.endswith('[') else ' '}{kids}]>>"


def _moved(text: str, by: dict[str, int]) -> str:
    """Return PDF whose tokens count on."""
    return _TOKEN.sub(lambda m: f"\x00{m[1]}{int(m[2]) + by[m[1]]}\x00", text)
