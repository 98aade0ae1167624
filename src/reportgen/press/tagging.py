"""The tags of a section: its elements as a screen reader goes through them.

The engine makes a tag of every box: one for each page that an element runs over, one for every
anonymous box, one for the white space between two items. Here a tag is made of an element. What
the element is drawn with, in whichever boxes and on whichever pages, is its content, and an
element that says nothing leaves no tag. What no tag holds is an artifact.

A template decides by its HTML and by ARIA; `docs/templates.md` says how.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.logger import LOGGER

from reportgen.core.units import PX
from reportgen.press.landings import Landings
from reportgen.press.marked import Marked
from reportgen.press.tags import CELLS, GROUPS, INLINE, LEAVES, Linked, Node

SVG = "{http://www.w3.org/2000/svg}svg"
TITLE = "{http://www.w3.org/2000/svg}title"
PICTURES = frozenset({"img", SVG})
TAGS = {
    "main": "Part", "article": "Art", "section": "Sect", "blockquote": "BlockQuote", "p": "P",
    "pre": "P", **{f"h{n}": f"H{n}" for n in range(1, 7)}, "ul": "L", "ol": "L", "dl": "L",
    "li": "LI", "dt": "Lbl", "dd": "LBody", "a": "Link", "q": "Quote", "table": "Table",
    "thead": "THead", "tbody": "TBody", "tfoot": "TFoot", "tr": "TR", "th": "TH", "td": "TD",
    "caption": "Caption", "figcaption": "Caption",
}  # fmt: skip
"""What an element of HTML is; others are nothing by themselves."""
NUMBERING = {
    "decimal": "Decimal", "decimal-leading-zero": "Decimal", "upper-roman": "UpperRoman",
    "lower-roman": "LowerRoman", "upper-alpha": "UpperAlpha", "lower-alpha": "LowerAlpha",
    "upper-latin": "UpperAlpha", "lower-latin": "LowerAlpha", "disc": "Disc", "circle": "Circle",
    "square": "Square",
}  # fmt: skip
"""Values of `list-style-type` as those of ListNumbering (ISO 32000-1, table 347)."""
LISTS = {"doc-toc": "TOC", "doc-index": "Index"}
"""Roles of lists, as tags."""
NOTES = {"doc-endnote": "Endnote", "doc-footnote": "Footnote"}
"""Roles of notes, as NoteType has them (ISO 32000-2, 14.8.5.8)."""
NOWHERE: Mapping[Any, str] = {}


class Section:
    """What the runs of a section know of each other.

    `shared` are the elements of which several show a part.
    """

    def __init__(self, shared: Collection[Any] = ()) -> None:
        self.shared = shared
        self.repeated: set[Any] = set()
        """What stands on several pages, such as heads of tables, and is read on the first."""
        self.aside: dict[str, Any] = {}
        """Where the links in margins lead that are tagged, with the page that has them."""
        self.notes = 0


class Tagging:
    """The tags of a fragment, which grow page by page."""

    def __init__(self, section: Section) -> None:
        self.section = section
        self.root = Node("Document", None)
        self.landings = Landings()
        self.marked = Marked()
        self.annotated: list[Node] = []
        """The links, in the order of their annotations."""
        self._nodes: dict[Any, Node] = {}
        """By element, the tag of what it holds."""
        self._tables: dict[Any, Any] = {}
        """By `figcaption`, the table that it belongs to."""
        self._links: dict[Any, Node] = {}
        """By box, on the last page."""
        self._heads: set[Node | None] = set()
        """Rows of headers only."""
        self._again: set[Any] = set()
        """What of that is on the last page."""
        self._height = 0.0

    def page(self, box: Any, height: float, targets: Mapping[Any, str]) -> None:
        """Take in the next page, before it is drawn; boxes that no tag holds learn it.

        `height` is that of the page in CSS px, `targets` says where the boxes of links lead.
        """
        self.marked.page()
        self.landings.page()
        self._links, self._again, self._height = {}, set(), height
        for child in box.children:
            if isinstance(child, boxes.MarginBox):
                self._hide(child, box, targets)
            elif isinstance(child, boxes.FootnoteAreaBox):
                self._footnotes(child)
            else:
                self._visit(child, self.root, "")
        self.section.repeated |= self._again

    def layer(self, box: Any, height: float) -> None:
        """Take in a layer of page furniture before it is drawn, in place of a page."""
        self.marked.page()
        self._height = height
        self._visit(box, self.root, "")

    def has(self, box: Any) -> bool:
        """Tell whether a tag holds this box of a link on the last page; else it is no link."""
        return box in self._links

    def linked(self, box: Any, annotation: str, to: str = "") -> None:
        """Take in the annotation of a link's box on the last page, as it is referred to.

        `to` is the token for where it leads, if that is within the product.
        """
        node = self._links[box]
        if to and (referring := node.within("TOCI") or (node.within("Reference") and node)):
            referring.refers = to
        before = sum(isinstance(kid, Linked) for kid in node.kids)
        node.kids.insert(before, Linked(self.marked.last, annotation))
        self.annotated.append(node)

    def identified(self) -> Iterator[Node]:
        """Yield the tags that have an identifier."""
        return (node for node in self.root.below() if node.identity)

    def referring(self) -> Iterator[Node]:
        """Yield the tags that refer to others."""
        return (node for node in self.root.below() if node.refers)

    def parts(self) -> Iterator[Node]:
        """Yield the tags of which other runs may have a part."""
        return (node for node in self.root.below() if node.shared)

    # What becomes of a box.

    def _visit(self, box: Any, node: Node, lang: str) -> None:
        """Take in a box; `node` holds what it says, in the language `lang`."""
        if isinstance(box, AbsolutePlaceholder):
            box = box._box
        element = box.element
        if isinstance(box, boxes.TextBox):
            self._text(box, node)
            return
        if box.is_leader or self._silent(box, element):
            self._hide(box)
            return
        holder, before = node, len(node.kids)
        own = element is not None and box.element_tag == element.tag
        if own and isinstance(box, boxes.ReplacedBox):
            self._picture(box, element, node, lang)
        else:
            if own:
                if element.tag not in {"html", "body"}:
                    node = self._of(box, element, node, lang)
                    self.landings.heading(box, node)
                lang = element.get("lang", lang)
            elif box.element_tag == "li::marker":
                node = node.label() or node
            for child in getattr(box, "children", ()):
                self._visit(child, node, lang)
        if own:
            self.landings.anchor(box, node, before if node is holder else len(node.kids))

    def _silent(self, box: Any, element: Any) -> bool:
        """Tell whether a box is not read: by its element's own word, or as it was read before."""
        group = isinstance(box, boxes.TableRowGroupBox) and (box.is_header or box.is_footer)
        if group or (element is not None and box.style["position"] == "fixed"):
            self._again.add(element)
            return element in self.section.repeated
        return element is not None and element.get("aria-hidden") == "true"

    def _hide(self, box: Any, page: Any = None, targets: Mapping[Any, str] = NOWHERE) -> None:
        """Make an artifact of what a box shows, but of links to `targets` on their first page."""
        box = getattr(box, "_box", box)
        target = targets.get(box)
        if target is not None and self.section.aside.setdefault(target, page) is page:
            self._visit(box, self.root, "")
            return
        box.artifact = True
        for child in getattr(box, "children", ()):
            self._hide(child, page, targets)

    def _footnotes(self, area: Any) -> None:
        """Take in the notes at the foot of a page."""
        for box in area.children:
            if box.element is not None and box.element not in self._nodes:
                self._nodes[box.element] = self._note(self.root, "Footnote")
            self._visit(box, self.root, "")

    def _text(self, box: Any, node: Node) -> None:
        """Take in a text; white space between blocks says nothing."""
        if node.tag not in LEAVES and not box.text.strip():
            last = node.last
            spaced = last.loose or last.tag in INLINE if last else node.tag not in GROUPS
            if not node.kids or not spaced:
                box.artifact = True
                return
        self.marked.add(box, node.text())

    def _picture(self, box: Any, element: Any, node: Node, lang: str) -> None:
        """Take in a picture; one whose text is empty is an ornament."""
        told = _alternative(element)
        if told == "":
            box.artifact = True
            return
        if node.tag != "Figure":
            node = node.put("Figure")
        if told is not None:
            node.said.setdefault("Alt", told)
        node.said |= {key: said for key, said in _said(element, lang).items() if key == "Lang"}
        if not node.attributes:
            x, y = box.content_box_x(), self._height - box.content_box_y()
            corners = (x, y - box.height, x + box.width, y)
            area = " ".join(f"{corner * PX:.2f}".rstrip("0").rstrip(".") for corner in corners)
            node.attributes = f"<</O/Layout/BBox[{area}]>>"
        self.marked.add(box, node)

    # What becomes of an element.

    def _of(self, box: Any, element: Any, node: Node, lang: str) -> Node:
        """Return the tag that holds what an element says: its own, or `node`."""
        found = self._nodes.get(element)
        if found is None:
            found = self._made(box, element, node, lang)
            if found is not node:  # else the element says nothing by itself
                self._nodes[element] = found
        if element.tag == "a" and found.tag == "Link":
            self._links[box] = found
        return found

    def _made(self, box: Any, element: Any, node: Node, lang: str) -> Node:
        """Return a new tag for what an element says, or `node`."""
        tag = self._tag(element, node)
        if element.get("data-tag") == "Lbl":
            node = node.label() or node
            if tag != "Link":
                return node
        if tag in {"Lbl", "LBody"}:
            return node.described(tag)
        said = _said(element, lang)
        if not tag and said:
            inline = isinstance(box, boxes.InlineLevelBox) or node.tag in LEAVES
            tag = "Span" if inline else "P" if "Alt" in said else "Div"
        made = self._placed(tag, element, node) if tag else node
        if made is not node:
            made.said |= said
            if element in self.section.shared:
                made.shared = element, tag
            self._describe(made, box, element)
        if kind := NOTES.get(element.get("role", "")):
            return self._note(made.body() if made.tag == "LI" else made, kind)
        return made

    def _tag(self, element: Any, node: Node) -> str:
        """Return the tag that an element has, empty if none."""
        tag: str = LISTS.get(element.get("role"), TAGS.get(element.tag, ""))
        if element.tag == "figure":
            return self._figure(element)
        if element.tag == "figcaption":
            return "Caption" if node.tag == "Figure" or element in self._tables else "P"
        if tag == "LI":
            return {"L": "LI", "TOC": "TOCI"}.get(node.tag, "")
        if tag == "Link" and "href" not in element.attrib:
            return ""
        return tag

    def _placed(self, tag: str, element: Any, node: Node) -> Node:
        """Return a new tag of an element where it belongs, or `node`."""
        if element in self._tables:
            node = self._table(self._tables[element], node)
        elif tag == "Link" and element.get("role") == "doc-noteref":
            node = node.put("Reference")
        return node.put(tag)

    def _figure(self, element: Any) -> str:
        """Return what a `figure` is: a picture, or else nothing, such as what captions a table."""
        tables = [found for found in element.iter() if found.tag == "table"]
        if len(tables) == 1:
            for found in element.iter("figcaption"):
                self._tables[found] = tables[0]
        pictures = sum(found.tag in PICTURES for found in element.iter())
        alone = not tables and (pictures == 1 or "aria-label" in element.attrib)
        return "Figure" if alone else ""

    def _table(self, element: Any, node: Node) -> Node:
        """Return the tag of a table that its caption may come before."""
        if element not in self._nodes:
            self._nodes[element] = made = node.put("Table")
            if element in self.section.shared:
                made.shared = element, "Table"
        return self._nodes[element]

    def _note(self, node: Node, kind: str) -> Node:
        """Return a new note, which needs an identifier (ISO 14289-1, 7.9)."""
        made = node.put("Note")
        made.note = kind
        self.section.notes += 1
        made.identity = f"note-{self.section.notes}"
        return made

    def _describe(self, made: Node, box: Any, element: Any) -> None:
        """Give a tag the attributes that its element has for it."""
        if made.tag == "L":
            made.ordered, made.terms = element.tag == "ol", element.tag == "dl"
        elif made.tag == "LI" and made.parent and not made.parent.attributes:
            style = box.style["list_style_type"]
            value = NUMBERING.get(style if isinstance(style, str) else "")
            if value := value or ("Decimal" if made.parent.ordered else None):
                made.parent.attributes = f"<</O/List/ListNumbering/{value}>>"
        elif made.tag == "TR" and all(child.tag == "th" for child in element):
            self._heads.add(made)
        elif made.tag in CELLS:
            told = f"/Scope/{self._scope(made, element)}" if made.tag == "TH" else ""
            told += f"/ColSpan {box.colspan}" if box.colspan != 1 else ""
            told += f"/RowSpan {box.rowspan}" if box.rowspan != 1 else ""
            made.attributes = f"<</O/Table{told}>>" if told else ""

    def _scope(self, made: Node, element: Any) -> str:
        """Return of which cells this is the header; if it does not say, by where it stands."""
        if given := element.get("scope"):
            return "Column" if given.startswith("col") else "Row"
        group = made.within("THead", "TBody", "TFoot", "Table")
        on_top = made.parent in self._heads or (group is not None and group.tag == "THead")
        return "Column" if on_top else "Row"


def _said(element: Any, lang: str) -> dict[str, str]:
    """Return what an element says of itself, where the text around it is in the language `lang`."""
    own = element.get("lang")
    said = {"Alt": element.get("aria-label"), "Lang": None if own == lang else own}
    return {key: value for key, value in said.items() if value}


def _alternative(element: Any) -> str | None:
    """Return the text that stands for a picture; none is complained of."""
    given: str | None = element.get("aria-label") or element.get("alt")
    if given is None and element.tag == SVG:
        title = element.find(TITLE)
        given = None if title is None else title.text or ""
    if given is None and element.tag != SVG:  # of drawings `check` tells
        source = element.get("src", "unknown")
        LOGGER.error('Image "%s" has no required alt description', source)
    return given
