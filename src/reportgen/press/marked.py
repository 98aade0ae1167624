"""The marked content of pages: what is drawn of which box, and for which tag (ISO 32000-1, 14.6).

The engine marks every line; a paragraph needs to be marked once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pydyf

from reportgen.press.tags import Mark, Node


class Marked:
    """The marked content of a fragment, which grows page by page."""

    def __init__(self) -> None:
        self._pages: list[dict[Any, Mark]] = []
        """By page and box."""
        self._groups: dict[Any, list[Mark]] = {}
        """What is marked in groups."""

    @property
    def last(self) -> int:
        """The number of the last page."""
        return len(self._pages) - 1

    def page(self) -> None:
        """Begin the next page."""
        self._pages.append({})

    def add(self, box: Any, node: Node) -> None:
        """Take in a box of the last page, which a tag holds."""
        mark = self._pages[-1][box] = Mark(self.last, node)
        node.kids.append(mark)

    def drawn(self, marked: Mapping[Any, Mapping[str, Any]], stream: Any) -> None:
        """Take in which boxes of the last page were drawn, and with which numbers.

        `stream` is the page's; what is drawn in another is in a group.
        """
        for box, told in marked.items():
            mark = self._pages[-1][box]
            mark.mcid = told["mcid"]
            if told["stream"] is not stream:
                mark.group = told["stream"]
                self._groups.setdefault(mark.group, []).append(mark)

    def join(self, page: int, stream: Any) -> None:
        """Make marked content of a page that runs on in one tag one."""
        self._joined(stream, [mark for mark in self._pages[page].values() if mark.group is None])

    def join_groups(self) -> list[Any]:
        """Do so in the groups, and return them."""
        for group, marks in self._groups.items():
            self._joined(group, marks)
        return list(self._groups)

    def _joined(self, stream: Any, marks: list[Mark]) -> None:
        nodes = {mark.mcid: mark.node for mark in marks}
        renamed: dict[int, int] = {}
        items: list[Any] = []
        before, at = -1, 0
        while at < len(stream.stream):
            item = stream.stream[at]
            told = stream.stream[at + 1] if at + 2 < len(stream.stream) else None
            if isinstance(told, pydyf.Dictionary) and "MCID" in told:
                mcid = told["MCID"]
                if items[-1:] == [b"EMC"] and before >= 0 and nodes[before] is nodes[mcid]:
                    items.pop()
                    at += 3
                    continue
                told["MCID"] = renamed[mcid] = len(renamed)
                before = mcid
            elif item == b"BMC":
                before = -1
            items.append(item)
            at += 1
        stream.stream = items
        for mark in marks:
            mark.mcid = renamed.get(mark.mcid, -1)

    def owners(self, page: int) -> list[int]:
        """Return the numbers of the tags of a page's marked content, in its order."""
        return _owners(mark for mark in self._pages[page].values() if mark.group is None)

    def groups(self) -> list[list[int]]:
        """Return the same of each group."""
        return [_owners(marks) for marks in self._groups.values()]


def _owners(marks: Iterable[Mark]) -> list[int]:
    held = sorted((mark.mcid, mark.node.number) for mark in marks if mark.mcid >= 0)
    return [number for _, number in held]
