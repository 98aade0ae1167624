"""Tags, what may stand in which, and how they are written (ISO 32000-1, 14.7.2 and 14.8.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pydyf

GROUPS = frozenset({
    "Document", "Part", "Art", "Sect", "Div", "BlockQuote", "L", "LI", "TOC", "TOCI", "Index",
    "Table", "THead", "TBody", "TFoot", "TR",
})  # fmt: skip
"""Tags that hold others and no text."""
LEAVES = frozenset({
    "P", "H1", "H2", "H3", "H4", "H5", "H6", "Lbl", "Span", "Link", "Quote", "Reference", "Figure",
})  # fmt: skip
"""Tags that hold text, and of others those within a line. What is neither may hold both."""
INLINE = frozenset({"Span", "Link", "Quote", "Reference"})
"""Tags that stand within a line only."""
EITHER = frozenset({"Figure", "Note"})
"""Tags that stand within a line or by themselves."""
CELLS = frozenset({"TH", "TD"})
"""Tags that stay without content: each row has a cell in each column (ISO 14289-1, 7.5)."""


@dataclass(eq=False, slots=True)
class Mark:
    """What is drawn of a box: on which page of the fragment, and with which number there."""

    page: int
    node: Node
    mcid: int = -1
    group: Any = None
    """The form that it is drawn in, if that is not the page itself, such as one with an opacity."""


@dataclass(eq=False, slots=True)
class Linked:
    """The annotation of a link, as it is referred to, and its page."""

    page: int
    annotation: str


@dataclass(eq=False, slots=True)
class Node:
    """A tag while it grows."""

    tag: str
    parent: Node | None
    kids: list[Node | Mark | Linked] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    """Alt and Lang."""
    attributes: str = ""
    """A dictionary, as it is written."""
    identity: str = ""
    """Its ID."""
    ordered: bool = False
    """Whether it is a list in an order."""
    terms: bool = False
    """Whether it is a list of terms with what they mean."""
    loose: bool = False
    """Whether it is the paragraph of text that stands in a group by itself."""
    shared: tuple[Any, str] | None = None
    """By what other runs of the section know it, if they may show more of it."""
    number: int = -1
    """That of its object."""
    note: str = ""
    """What kind of note it is, as NoteType has it (ISO 32000-2, 14.8.5.8)."""
    refers: str = ""
    """The token of a link to what it refers to."""

    @property
    def last(self) -> Node | None:
        """What it holds last, if that is a tag."""
        kid = self.kids[-1] if self.kids else None
        return kid if isinstance(kid, Node) else None

    def first(self, tag: str) -> Node | None:
        """Return the first of its kids with this tag."""
        return next((k for k in self.kids if isinstance(k, Node) and k.tag == tag), None)

    def within(self, *tags: str) -> Node | None:
        """Return the nearest of these tags: this one, or one that holds it."""
        node: Node | None = self
        while node is not None and node.tag not in tags:
            node = node.parent
        return node

    def below(self) -> Iterator[Node]:
        """Yield all tags in this one, in the order in which they are read."""
        for kid in self.kids:
            if isinstance(kid, Node):
                yield kid
                yield from kid.below()

    def put(self, tag: str) -> Node:
        """Return a new tag in this one, where it may stand; or this one, if it may not."""
        node = self
        block = tag not in INLINE and tag not in EITHER
        if self.tag in LEAVES and block and (self.tag, tag) != ("Figure", "Caption"):
            return self
        if self.tag == "LI":
            node = self.body()
        elif self.tag == "L" and tag not in {"LI", "Caption"}:
            node = self.add("LI").body()
        elif self.tag == "TOC" and tag not in {"TOCI", "Caption"}:
            node = self.add("TOCI")
        if tag in INLINE and node.tag in GROUPS:
            node = node.add("Reference") if tag == "Link" and node.tag == "TOCI" else node.text()
        return node.add(tag)

    def add(self, tag: str, at: int | None = None) -> Node:
        """Return a new tag in this one, at its end if no place is given."""
        made = Node(tag, self)
        self.kids.insert(len(self.kids) if at is None else at, made)
        return made

    def text(self) -> Node:
        """Return the tag for text that stands here by itself: a paragraph in a group."""
        if self.tag not in GROUPS:
            return self
        if self.tag in {"L", "LI"}:
            return (self.add("LI") if self.tag == "L" else self).body()
        node = self.add("TOCI") if self.tag == "TOC" else self
        if (last := node.last) and last.loose:
            return last
        made = node.add("P")
        made.loose = True
        return made

    def body(self) -> Node:
        """Return what an item of a list says."""
        if found := self.first("LBody"):
            return found
        made = self.add("LBody")
        if self.shared:
            made.shared = self.shared[0], "LBody"
        return made

    def label(self) -> Node | None:
        """Return the label of the item that this tag is in, if it is in one."""
        item = self.within("LI", "TOCI")
        return item and (item.first("Lbl") or item.add("Lbl", 0))

    def described(self, tag: str) -> Node:
        """Return the term or the description, Lbl or LBody, of a pair in a list of terms.

        A term that follows a description begins the next pair.
        """
        if self.tag != "L":
            return self.put("P")
        item = self.last
        if item is None or item.tag != "LI" or (tag == "Lbl" and item.first("LBody")):
            item = self.add("LI")
        return (item.label() if tag == "Lbl" else None) or item.body()

    def prune(self) -> bool:
        """Take out what says nothing; return whether that is so of this tag itself."""
        self.kids = [kid for kid in self.kids if not _empty(kid)]
        return not self.kids and self.tag not in CELLS


def _empty(kid: Node | Mark | Linked) -> bool:
    return kid.prune() if isinstance(kid, Node) else isinstance(kid, Mark) and kid.mcid < 0


@dataclass(slots=True)
class Written:
    """An object of which the bytes are known already."""

    data: bytes = b""
    number: int = -1


def write(root: Node, paper: Any, form: int = -1) -> list[int]:
    """Add the tags to the objects of a fragment; return the numbers of the topmost.

    `form` is the object whose content they tag, if that is no page's (ISO 32000-1, 14.7.4.2).
    """
    root.prune()
    held: list[tuple[Node, Written]] = []
    for node in root.below():
        written = Written()
        paper.add_object(written)
        node.number = written.number
        held.append((node, written))
    for node, written in held:
        written.data = _head(node, form).encode("latin-1")
    return [kid.number for kid in root.kids if isinstance(kid, Node)]


def _head(node: Node, form: int) -> str:
    """Return a tag as it is written: its kids come last, which `joining` relies on."""
    pages = [kid.page for kid in node.kids if isinstance(kid, Mark) and kid.group is None]
    # What another run shows of it is on other pages.
    page = pages[0] if pages and not node.shared and form < 0 else None
    told = f"/Pg {_page(page)}" if page is not None else ""
    for key in ("Lang", "Alt"):
        if key in node.said:
            told += f"/{key}{pydyf.String(node.said[key]).data.decode('latin-1')}"
    if node.attributes:
        told += f"/A{node.attributes}"
    elif node.tag == "L":
        told += f"\x00l{'Description' if node.terms else 'Unordered'}\x00"
    if node.identity:
        told += f"/ID(\x00i\x00{node.identity})"
    above = node.parent
    holder = (
        _object(above.number) if above is not None and above.parent is not None else "\x00d\x00"
    )
    if node.note or node.refers:
        told += f"\x00r{node.number}\x00"
    kids = " ".join(_kid(kid, page, form) for kid in node.kids)
    tag = f"\x00t{node.note}\x00" if node.note else node.tag
    return f"<</Type/StructElem/S/{tag}/P {holder}{told}/K[{kids}]>>"


def _kid(kid: Node | Mark | Linked, page: int | None, form: int) -> str:
    """Return what a tag holds that is on `page`."""
    if isinstance(kid, Node):
        return _object(kid.number)
    at = "" if kid.page == page else f"/Pg {_page(kid.page)}"
    if form >= 0:
        at = "/Pg \x00w\x00"
    if isinstance(kid, Linked):
        return f"<</Type/OBJR/Obj {kid.annotation}{at}>>"
    if kid.group is not None:
        at += f"/Stm {_object(kid.group.number)}"
    elif form >= 0:
        at += f"/Stm {_object(form)}"
    return f"<</Type/MCR{at}/MCID {kid.mcid}>>" if at else str(kid.mcid)


def _object(number: int) -> str:
    return f"\x00o{number}\x00"


def _page(number: int) -> str:
    return f"\x00p{number}\x00"
