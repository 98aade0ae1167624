"""What a section is once it is set, and once it stands in a file: from press to binder."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace

from reportgen.core.errors import TypesettingError
from reportgen.core.units import spare_before


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of a fragment. Lengths are in pt, resources are PDF with tokens."""

    width: float
    height: float
    bare: bool
    """Whether it carries no running head, footer and folio."""
    text: str
    content: int
    """The number of its content stream."""
    resources: dict[str, str]
    annotations: tuple[int, ...]
    elements: tuple[int, ...]
    """The structure element of each marked content, by its number on the page."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What a fragment uses of a font: its glyph ids, and the text that each stands for.

    A face has several fonts where one glyph of it stands for several texts.
    """

    family: str
    weight: int
    texts: dict[int, str]


def merge(name: str, found: dict[int, str], more: dict[int, str]) -> None:
    """Add to what the glyphs of the font `name` stand for, as another section says it.

    Raises TypesettingError where two disagree: one of them would be extracted as the other.
    """
    for glyph, text in more.items():
        if found.setdefault(glyph, text) != text:
            raise TypesettingError(
                f"glyph {glyph} of the font {name} stands for {found[glyph]!r} and for {text!r}"
            )


@dataclass(frozen=True, slots=True)
class Spoken:
    """A layer as content that is read: the same drawing, marked, with its tags.

    Numbers are those of objects of its fragment. Beside a fragment's, its objects have the tokens
    `w`, the page on which it is laid, `k`, the key of its marked content, and `v3`, the annotation
    of its link 3.
    """

    form: int
    kids: tuple[int, ...]
    """The topmost tags."""
    tags: tuple[int, ...]
    """All of them."""
    marked: tuple[int, ...]
    """The tag of each marked content, by its number."""
    linked: tuple[int, ...]
    """The tag of each link."""
    words: tuple[str, ...]
    """What each link says."""

    @property
    def objects(self) -> tuple[int, ...]:
        """All that only the content has."""
        return self.form, *self.tags

    def moved(self, at: Callable[[int], int]) -> Spoken:
        """Return it with the new numbers of its objects, by their old."""
        groups = (self.kids, self.tags, self.marked, self.linked)
        kids, tags, marked, linked = (tuple(map(at, group)) for group in groups)
        return Spoken(at(self.form), kids, tags, marked, linked, self.words)


@dataclass(frozen=True, slots=True)
class Layer:
    """A piece of page furniture that is laid over pages: a form of PDF, from its top left."""

    number: int
    width: float
    height: float
    fonts: dict[str, Glyphs]
    links: tuple[tuple[str, float, float, float, float], ...] = ()
    """Address, left, top, right, bottom; in pt from the top left of the layer."""
    spoken: Spoken | None = None
    """How it is read, once in a product; else it is an artifact wherever it is drawn."""

    def moved(self, at: Callable[[int], int]) -> Layer:
        """Return it with the new numbers of its objects, by their old."""
        spoken = self.spoken and self.spoken.moved(at)
        return replace(self, number=at(self.number), spoken=spoken)


@dataclass(frozen=True, slots=True)
class Slot:
    """Where layers go: in pt from the top left of the page."""

    left: float
    top: float
    width: float
    height: float
    align: str
    """left, center or right."""

    def start(self, width: float) -> float:
        """Return how far from the left of the page a layer of so many pt begins."""
        return self.left + spare_before(self.align, self.width - width)


Heading = tuple[int, str, int, float, bool, int]
"""Level, title, page or its object, height in pt from the bottom of the page; whether it is folded
in an outline (`bookmark-state: closed`, CSS GCPM 3); its tag, -1 if it has none."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """A section set into pages: PDF objects without font programs, which the binder adds.

    References between objects are tokens between NUL characters, as only the binder knows
    the numbers: `o7` the fragment's seventh object, `p2` its page, `d` the document's
    structure element, `f` the fonts, `n3` a key of the parent tree, `m3` that of its group 3, `i`
    what makes an identifier the section's own, `a…` a link to an anchor of the section, `s…` one to
    another section, `t…` the tag of a note of this kind, `l…` a list of this kind, `r7` to what the
    tag of object 7 refers.
    """

    identity: str
    sheets: tuple[Sheet, ...]
    heads: tuple[str, ...]
    """The objects; of streams the dictionary without its length."""
    streams: dict[int, bytes]
    """The content of the objects that are streams."""
    kids: tuple[int, ...]
    """The structure elements that stand under the document's."""
    annotated: tuple[int, ...]
    """The structure elements of annotations, in the order of their keys after the pages."""
    ids: tuple[tuple[str, int], ...]
    """The structure elements that have an identifier."""
    bookmarks: tuple[Heading, ...]
    """Each with its page, counted from 0."""
    anchors: dict[str, tuple[int, float, float, int]]
    """Page, left, height in pt from the bottom, tag or -1."""
    fonts: dict[str, Glyphs]
    layers: dict[str, Layer]
    slots: dict[str, Slot]
    meta: dict[str, str]
    """What the section says of itself in <meta> elements: `opens`, `thumb`."""
    reads: dict[str, str]
    """sha256 by path of the pictures that were read while it was set."""
    groups: tuple[tuple[int, ...], ...] = ()
    """Of each form with marked content, the structure elements of that by its number."""
    refers: tuple[tuple[int, str], ...] = ()
    """Tags that refer to others, such as citations, each with the token of a link to there."""

    @property
    def gist(self) -> Gist:
        """What a book needs to know of it."""
        return Gist(
            tuple(sheet.text for sheet in self.sheets),
            self.meta.get("opens", "next"),
            bool(self.bookmarks),
            self.reads,
        )


@dataclass(frozen=True, slots=True)
class Gist:
    """What a book needs to know of a fragment before it is bound."""

    texts: tuple[str, ...]
    """What each page says."""
    opens: str
    """On which side of a leaf it opens: recto, verso or next."""
    headed: bool
    """Whether it has a heading that an outline can lead to."""
    reads: dict[str, str]
    """sha256 by path of the pictures that were read while it was set."""


@dataclass(frozen=True, slots=True)
class Body:
    """Objects of a file that are written, but have no place in it yet."""

    first: int
    """The number of the first; the others follow."""
    content: bytes
    kinds: bytes
    """The rows of the cross-reference table, column by column (ISO 32000-1, table 18)."""
    places: array[int]
    """Of kind 1 the bytes from the beginning of `content`, of kind 2 the object stream."""
    indexes: array[int]


@dataclass(frozen=True, slots=True)
class Quire:
    """Sections of a product as they stand in its file, and what the file says of them.

    Numbers are those of objects in the file.
    """

    sections: tuple[str, ...]
    """Their identities."""
    body: Body
    leaves: tuple[int, ...]
    """The pages; the first object of the body is their node in the page tree."""
    tops: tuple[int, ...]
    """The first tag on each page, if files need it."""
    kids: tuple[int, ...]
    """The structure elements that stand under the document's."""
    ids: tuple[tuple[str, int], ...]
    keys: tuple[int, int, int] | None
    """The first and the last key of the parent tree, and the leaf that has them."""
    landings: dict[str, tuple[int, float, int]]
    """Where links to a section lead: a page, the height on it in pt, and a tag if files need it."""
    headings: tuple[Heading, ...]
    """Each with the object of its page."""
    cited: dict[str, str]
    """The sections that are linked to, each with one that does so."""
    forms: tuple[int, ...]
    """What is used of the stock, which all quires share."""
    drawings: tuple[int, ...]
    fonts: dict[str, str]
    """The files of the faces, by the names that the pages give to the fonts."""
    texts: dict[str, dict[int, str]]
    """The glyphs that are used of each font, with the text that they stand for."""
    reads: dict[str, str]
    """sha256 by path of the pictures that were read while the sections were set."""
