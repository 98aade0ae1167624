"""The outline of a product (ISO 32000-1, 12.3.3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from reportgen.binder.file import File, number, text
from reportgen.binder.landing import leads
from reportgen.core.fragments import Heading


@dataclass(slots=True)
class _Item:
    title: str
    page: int
    y: float
    folded: bool
    tag: int
    kids: list[_Item] = field(default_factory=list)
    held: int = 0

    def count(self) -> int:
        """Return how many entries are seen below it, once it is unfolded itself."""
        return len(self.kids) + sum(kid.count() for kid in self.kids if not kid.folded)


def write(file: File, headings: list[Heading], *, opened: bool) -> int:
    """Write the outline and return its number.

    A level that is skipped is not shown as a step. Unless `opened`, only the top level is unfolded.
    The tag of a heading is 0 if it leads to none.
    """
    root = _Item("", 0, 0, folded=False, tag=0)
    path: list[tuple[int, _Item]] = [(-1, root)]
    for level, title, page, y, folded, tag in headings:
        while path[-1][0] >= level:
            path.pop()
        item = _Item(title, page, y, folded or not opened, tag)
        path[-1][1].kids.append(item)
        path.append((level, item))
    root.held = file.reserve()
    _write_kids(file, root)
    first, last = root.kids[0].held, root.kids[-1].held
    file.put(
        root.held,
        b"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>" % (first, last, root.count()),
    )
    return root.held


def _write_kids(file: File, parent: _Item) -> None:
    for kid in parent.kids:
        kid.held = file.reserve()
    for n, kid in enumerate(parent.kids):
        to = leads(kid.page, kid.tag, f"/XYZ null {number(kid.y)} 0").encode()
        entries = b"/Title%s/Parent %d 0 R%s" % (text(kid.title), parent.held, to)
        if n:
            entries += b"/Prev %d 0 R" % parent.kids[n - 1].held
        if n + 1 < len(parent.kids):
            entries += b"/Next %d 0 R" % parent.kids[n + 1].held
        if kid.kids:
            _write_kids(file, kid)
            count = -kid.count() if kid.folded else kid.count()
            entries += b"/First %d 0 R/Last %d 0 R/Count %d" % (
                kid.kids[0].held, kid.kids[-1].held, count,
            )  # fmt: skip
        file.put(kid.held, b"<<%s>>" % entries)
