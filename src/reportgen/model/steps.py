"""The frozen values that one step hands to the next."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from reportgen.errors import TypesettingError
from reportgen.standards import STANDARDS, Standard

if TYPE_CHECKING:
    from reportgen.model.city import City
    from reportgen.model.report import Area, Glossary, Matter

PROFILE = "templates/colour/coated.icc"
"""The ICC profile of the printed editions' inks and paper."""


@dataclass(frozen=True, slots=True)
class Face:
    """A pinned face. Lengths are in units of `units_per_em`, from the baseline up."""

    file: str
    family: str
    weight: int
    full: bool
    sha256: str
    postscript_name: str
    units_per_em: int
    ascent: int
    descent: int
    cap_height: int
    box: tuple[int, int, int, int]

    @property
    def copy(self) -> str:
        """The name of a job's copy of it, which no manifest can choose."""
        return f"{self.sha256}.otf"


@dataclass(frozen=True, slots=True)
class Section:
    """What is set in one go: a city's profile in one language and edition."""

    city: City
    language: str
    edition: str

    @property
    def target(self) -> str:
        """Names the section in links of the book."""
        return self.city.id

    @property
    def identity(self) -> str:
        """Names the section in messages, in file names and inside its fragment."""
        return f"{self.edition}/{self.language}/{self.target}"


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the book that is no profile."""

    name: str
    """contents, area-3, introduction."""
    template: str
    place: str
    """front, body or back."""
    language: str
    edition: str
    subject: Area | Matter | Glossary | None = None
    """What of the report it shows, if it shows one thing."""

    @property
    def target(self) -> str:
        """Names the section in links of the book."""
        return f"report/{self.name}"

    @property
    def identity(self) -> str:
        """Names the section in messages and inside its fragment."""
        return f"{self.edition}/{self.language}/{self.target}"


@dataclass(frozen=True, slots=True)
class About:
    """What a finished file says of itself."""

    identity: str
    language: str
    title: str
    author: str
    subject: str
    date: str
    """That of the edition, in ISO 8601 to the second."""
    keywords: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    """Those of `author`, one by one, if they are several."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that a product carries, such as the data that its pages show."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Finish:
    """What an edition asks of a finished file beyond its pages. Lengths are in pt."""

    standard: str
    """Its name; see `rules`."""
    profile: str
    """The file of the workspace with the ICC profile of the output intent."""
    width: float
    height: float
    """The page once it is cut."""
    bleed: float = 0
    marks: tuple[str, ...] = ()
    slug: str = ""
    """What the slug line says."""
    condition: str = ""
    """The printing condition, as a registry of such has it; if empty, by the profile's own name."""
    grey: bool = False
    attached: tuple[Attached, ...] = ()

    @property
    def rules(self) -> Standard:
        """What the standard asks for."""
        return STANDARDS[self.standard]


@dataclass(frozen=True, slots=True)
class Markup:
    """A section as HTML, with what a file made of it would say of itself."""

    about: About
    html: str
    styles: tuple[str, ...]
    """The style sheets that it is set with, in the order of the cascade."""
    files: tuple[str, ...]
    """The files of the workspace that it was composed from, sorted."""
    colour: Literal["rgb", "cmyk", "grey"] = "rgb"
    """What it is drawn with: light, or the inks of `PROFILE`."""
    profile: str = PROFILE
    """The file of the profile of those inks."""
    most_ink: float = 3.0
    """Sum of the inks that the paper bears, each from 0 to 1."""
    resolution: int = 450
    """Pixels per inch above which pictures are reduced."""
    size: tuple[float, float] | None = None
    """Width and height of its pages in mm, if the edition decides them."""

    @property
    def identity(self) -> str:
        """The identity of the section."""
        return self.about.identity


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


@dataclass(frozen=True, slots=True)
class Placed:
    """A section in its place in a product: `start` is its first page, counted from 0."""

    identity: str
    target: str
    start: int
    pages: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The pages of a product. Pages between sections are blank."""

    placed: tuple[Placed, ...]
    pages: int
    front: int = 0
    """How many pages at the front have roman numerals; the numbers begin after them."""
    binding: float | None = None
    """pt by which left and right pages move away from the fold; None for single pages."""
    outline: tuple[tuple[int, str, str], ...] = ()
    """Depth, title and target; empty for the headings of the sections themselves."""

    @property
    def frame(self) -> list[object]:
        """What it says of the product as a whole, as a key is made of it."""
        return [self.pages, self.front, self.binding, self.outline]

    def targets(self) -> dict[str, int]:
        """Return the pages that can be linked to, by name: sections, and each page of one.

        The second page of the section `seoul` is `seoul~2`.
        """
        found = {}
        for placed in self.placed:
            found[placed.target] = placed.start
            for number in range(1, placed.pages):
                found[f"{placed.target}~{number + 1}"] = placed.start + number
        return found

    def label(self, index: int) -> str:
        """Return the number that is printed on a page."""
        return roman(index + 1) if index < self.front else str(index - self.front + 1)

    def side(self, index: int) -> str:
        """Return on which side of the sheet a page lies: single, recto or verso."""
        if self.binding is None:
            return "single"
        return "verso" if index % 2 else "recto"


def roman(number: int) -> str:
    """Return a number from 1 in small roman numerals."""
    found = ""
    for value, numeral in _ROMAN:
        count, number = divmod(number, value)
        found += numeral * count
    return found


_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
