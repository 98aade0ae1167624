"""The keys of the parent tree, which tell whose marked content and whose links are."""

from __future__ import annotations

from reportgen.binder.file import Objects, refs
from reportgen.core.fragments import Fragment


class Keys:
    """Keys of a quire, counted from `first` on (ISO 32000-1, 14.7.4.4)."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._owners: list[bytes] = []

    @property
    def next(self) -> int:
        """The key that the next owner gets."""
        return self._first + len(self._owners)

    def add(self, *owners: bytes) -> int:
        """Give each owner a key; return the first.

        An owner is a tag or an array of tags, as it is written behind its key.
        """
        first = self.next
        self._owners += owners
        return first

    def add_section(self, fragment: Fragment, at: dict[int, int]) -> None:
        """Give keys to a section: its pages, its links, its forms with marked content."""

        def tags(found: tuple[int, ...]) -> bytes:
            return b"[%s]" % refs([at[n] for n in found])

        self.add(*(tags(page.elements) for page in fragment.sheets))
        self.add(*(b" %d 0 R" % at[n] for n in fragment.annotated))
        self.add(*map(tags, fragment.groups))

    def write(self, objects: Objects) -> tuple[int, int, int] | None:
        """Write a leaf of the tree, if it has keys; return the first, the last and its number."""
        if not self._owners:
            return None
        limits = self._first, self.next - 1
        nums = b" ".join(b"%d%s" % pair for pair in enumerate(self._owners, self._first))
        return *limits, objects.add(b"<</Limits[%d %d]/Nums[%s]>>" % (*limits, nums))
