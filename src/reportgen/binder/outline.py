"""The outline of a product (ISO 32000-1, 12.3.3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from reportgen.binder.file import File, number, text


@dataclass(slots=True)
class _Item:
    title: str
    page: int
    y: float
    kids: list[_Item] = field(default_factory=list)
    held: int = 0

    def count(self) -> int:
        return len(self.kids) + sum(kid.count() for kid in self.kids)


def write(file: File, headings: list[tuple[int, str, int, float]], *, opened: bool) -> int:
    """Write the outline and return its number.

    `headings` are level, title, page object and height on the page in pt. A level that is
    skipped is not shown as a step. Unless `opened`, only the top level is unfolded.
    """
    root = _Item("", 0, 0)
    path: list[tuple[int, _Item]] = [(-1, root)]
    for level, title, page, y in headings:
        while path[-1][0] >= level:
            path.pop()
        item = _Item(title, page, y)
        path[-1][1].kids.append(item)
        path.append((level, item))
    root.held = file.reserve()
    _write_kids(file, root, opened=opened)
    count = root.count() if opened else len(root.kids)
    first, last = root.kids[0].held, root.kids[-1].held
    file.put(
        root.held,
        b"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>" % (first, last, count),
    )
    return root.held


def _write_kids(file: File, parent: _Item, *, opened: bool) -> None:
    for kid in parent.kids:
        kid.held = file.reserve()
    for n, kid in enumerate(parent.kids):
        entries = b"/Title%s/Parent %d 0 R/Dest[%d 0 R/XYZ null %s 0]" % (
            text(kid.title), parent.held, kid.page, number(kid.y).encode(),
        )  # fmt: skip
        if n:
            entries += b"/Prev %d 0 R" % parent.kids[n - 1].held
        if n + 1 < len(parent.kids):
            entries += b"/Next %d 0 R" % parent.kids[n + 1].held
        if kid.kids:
            _write_kids(file, kid, opened=opened)
            count = kid.count() if opened else -len(kid.kids)
            entries += b"/First %d 0 R/Last %d 0 R/Count %d" % (
                kid.kids[0].held, kid.kids[-1].held, count,
            )  # fmt: skip
        file.put(kid.held, b"<<%s>>" % entries)
