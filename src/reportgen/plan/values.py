"""What the plan hands to the later steps: sections, what they are to become, their places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reportgen.core.standards import STANDARDS, Standard

if TYPE_CHECKING:
    from reportgen.records.schema.city import City
    from reportgen.records.schema.report import Area, Glossary, Matter


PROFILE = "templates/colour/coated.icc"
"""The ICC profile of the printed editions' inks and paper."""


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
