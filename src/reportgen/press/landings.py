"""The tags that links and the outline lead to (ISO 32000-2, 12.3.2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from reportgen.press.tags import Node


class Landings:
    """Which tags the anchors and headings of a fragment are; they are asked for once written."""

    def __init__(self) -> None:
        self._anchors: dict[str, tuple[Node, list[Node]]] = {}
        """By name, the tag that holds it, and those that it holds itself."""
        self._headings: list[list[tuple[int, str, Node]]] = []
        """By page, the level and the text of each."""

    def page(self) -> None:
        """Begin the next page."""
        self._headings.append([])

    def heading(self, box: Any, node: Node) -> None:
        """Take in a box if the outline has it; `node` is its tag, or the one that holds it."""
        level = box.style["bookmark_level"]
        if box.bookmark_label and level != "none" and self._headings:
            self._headings[-1].append((level, box.bookmark_label, node))

    def anchor(self, box: Any, node: Node, before: int) -> None:
        """Take in a box if links may lead to it; its tags are the kids of `node` after `before`."""
        name = box.style["anchor"]
        if name and name not in self._anchors:
            self._anchors[name] = node, [k for k in node.kids[before:] if isinstance(k, Node)]

    def anchored(self, name: str) -> int:
        """Return the number of the tag that an anchor is, or is in; -1 if there is none."""
        holder, within = self._anchors.get(name, (None, []))
        if (first := next((node.number for node in within if node.number >= 0), -1)) >= 0:
            return first
        while holder is not None and holder.number < 0:
            holder = holder.parent
        return -1 if holder is None else holder.number

    def headings(self, page: int, bookmarks: Iterable[Any]) -> Iterator[int]:
        """Yield for the bookmarks of a page the numbers of their tags, -1 for what has none."""
        left = list(self._headings[page])
        for level, label, *_ in bookmarks:
            at = next((n for n, told in enumerate(left) if told[:2] == (level, label)), None)
            yield -1 if at is None else left.pop(at)[2].number
