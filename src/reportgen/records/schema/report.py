"""The record of the report: what all pages share."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from reportgen.core.standards import DEFAULT, STANDARDS
from reportgen.records.schema.city import Source
from reportgen.records.schema.fields import (
    MOST_BLOCKS,
    MOST_ITEMS,
    ROUNDING,
    Accent,
    AreaNumber,
    Day,
    Language,
    Localised,
    LocalisedName,
    Name,
    NameOrEach,
    Number,
    Paragraph,
    Record,
    Slug,
    Text,
    TextOrEach,
    Year,
    in_language,
    language_keys,
)
from reportgen.records.schema.switch import Switch


class PublishedFinding(Record):
    """A statement of the report, with its figure if it has one."""

    text: Localised
    value: Number | None = None
    unit: NameOrEach | None = None
    source: Slug


MOST_VALUES = 50
"""The values of one drawing, which stands on one page; and the drawings of one chapter."""


def _written(number: int | Decimal) -> str:
    """Return a number without an exponent."""
    return f"{Decimal(number):f}"


class FigureItem(Record):
    """A value of a figure, and what it stands for."""

    label: LocalisedName
    value: Number


class Figure(Record):
    """Published numbers to be drawn.

    `bars` compare values from zero, `dots` mark them on one scale, `shares` are parts of
    100 per cent of which some may be unpublished. `top` is where the scale of bars and dots
    ends; without it a percentage ends at 100 and anything else a little above the highest.
    """

    title: Localised
    kind: Literal["bars", "shares", "dots"]
    items: Annotated[tuple[FigureItem, ...], Field(min_length=1, max_length=MOST_VALUES)]
    unit: NameOrEach | None = None
    top: Number | None = None
    note: Localised | None = None
    source: Slug

    @model_validator(mode="after")
    def _drawable(self) -> Figure:
        """Refuse values that lie on no scale from 0, each with the number of its item."""
        shares = self.kind == "shares"
        top = None if shares else self.top
        if top is not None and top <= 0:
            raise PydanticCustomError(
                "figure_top", "a scale from 0 cannot end at {top}", {"top": _written(top)}
            )
        if top is None and (shares or self.unit == "%"):
            top = 100
        for at, item in enumerate(self.items):
            if item.value < 0 or (top is not None and item.value > top):
                end = "" if top is None else f" to {_written(top)}"
                raise PydanticCustomError(
                    "figure_value",
                    "the value {value} is not on the scale from 0{end}",
                    {"value": _written(item.value), "end": end, "item": at},
                )
        total = sum((Decimal(item.value) for item in self.items), Decimal(0))
        if shares and total > 100 + ROUNDING:
            raise PydanticCustomError(
                "figure_sum",
                "the shares sum to {total} %, expected at most 100",
                {"total": f"{total:f}"},
            )
        return self


class Area(Record):
    """An assessment area. White text on `accent` must be readable (WCAG 2, 1.4.3)."""

    number: AreaNumber
    name: LocalisedName
    accent: Accent
    definition: Localised
    indicators: Annotated[tuple[Localised, ...], Field(max_length=MOST_ITEMS)] = ()
    findings: Annotated[tuple[PublishedFinding, ...], Field(max_length=MOST_ITEMS)] = ()
    figures: Annotated[tuple[Figure, ...], Field(max_length=MOST_VALUES)] = ()


class Contact(Record):
    """Whom a reader may ask; stands in the footer of every page."""

    email: Annotated[str, StringConstraints(pattern=r"^[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+$")]
    telephone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()-]{4,}$")]
    place: NameOrEach


class ReportTitle(Record):
    """The report's title: as footers display it, and per language."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Name] = Field(init=False)

    display: Name
    en: Name

    def get(self, language: str) -> str:
        """Return the title in `language`, or in English."""
        return str((self.__pydantic_extra__ or {}).get(language, self.en))


class ScoreScale(Record):
    """The range that scores lie in."""

    lowest: Number
    highest: Number

    @model_validator(mode="after")
    def _ascends(self) -> ScoreScale:
        if self.lowest >= self.highest:
            raise PydanticCustomError(
                "scale",
                "the lowest score, {lowest}, is not below the highest, {highest}",
                {"lowest": str(self.lowest), "highest": str(self.highest)},
            )
        return self


class Matter(Record):
    """A text of the front or back matter, paragraphs per language."""

    id: Slug
    title: Localised
    text: dict[Language, Annotated[tuple[Paragraph, ...], Field(max_length=MOST_ITEMS)]]


class Term(Record):
    """An entry of the glossary."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Name] = Field(init=False)

    text: Localised

    @model_validator(mode="before")
    @classmethod
    def _keyed(cls, value: object) -> object:
        return language_keys(cls, value)

    def get(self, language: str) -> str | None:
        """Return the term in `language`, or None."""
        return (self.__pydantic_extra__ or {}).get(language)

    def beside(self, language: str) -> tuple[str, str] | None:
        """Return the language and the term that stand beside that in `language`.

        It is the English term; on an English page that of the record's first other language.
        """
        others = {k: v for k, v in (self.__pydantic_extra__ or {}).items() if k != language}
        if "en" in others:
            return "en", others["en"]
        return next(iter(others.items()), None)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have the term."""
        return tuple(self.__pydantic_extra__ or ())


MOST_TERMS = 300
"""The terms of one glossary. Each is looked for in all pages of the book."""


class Glossary(Record):
    """A list of terms in the back matter."""

    id: Slug
    title: Localised
    terms: Annotated[tuple[Term, ...], Field(max_length=MOST_TERMS)]


def _kind_of_matter(value: object) -> str:
    keys = value if isinstance(value, dict) else vars(value)
    return "glossary" if "terms" in keys else "matter"


BackMatter = Annotated[
    Annotated[Matter, Tag("matter")] | Annotated[Glossary, Tag("glossary")],
    Discriminator(_kind_of_matter),
]


class Book(Record):
    """The book: its parts in order, by name.

    A name is that of a template in `templates/book/` or of a text of the front or back
    matter; `areas` stands for a chapter per area, `profiles` for the cities. The introduction,
    the method, how to read a profile and the glossary are left out if the report has no text
    for them.
    """

    front: tuple[Slug, ...] = (
        "cover", "imprint", "contents", "introduction", "findings", "method", "how-to-read",
        "cities",
    )  # fmt: skip
    body: tuple[Slug, ...] = ("areas", "matrix", "profiles")
    back: tuple[Slug, ...] = ("sources", "glossary", "index", "partners", "back-cover")
    binding: Annotated[Number, Field(ge=0, le=20)] = 4
    """mm by which pages move away from the fold."""


class Trim(Record):
    """The size of a page once it is cut."""

    width: Annotated[Number, Field(ge=50, le=1000)] = 210
    """mm"""
    height: Annotated[Number, Field(ge=50, le=1000)] = 297
    """mm"""


class Imposition(Record):
    """How pages come to lie on printed sheets."""

    of: Slug = "print"
    """The edition whose books are laid out on sheets."""
    scheme: Literal["saddle", "perfect"] = "saddle"
    """Whether sheets are put into one another and stapled, or gathered and glued."""
    sheet: Literal["A3", "SRA3"] = "SRA3"
    signature: Literal[4, 8, 16, 32] = 16
    """Pages of a signature, if glued."""


if TYPE_CHECKING:
    StandardName = str
else:
    StandardName = Literal[tuple(STANDARDS)]


class Edition(Record):
    """A way to publish the same content."""

    standard: StandardName = DEFAULT
    colour: Literal["rgb", "cmyk", "grey"] = "rgb"
    profile: Annotated[str, Field(pattern=r"^[\w][\w.-]*\.icc$|^$")] = ""
    """The file in `templates/colour/` with the profile of inks and paper; `coated.icc` if empty."""
    condition: Text | Literal[""] = ""
    """The printing condition that the profile is of, as the ICC's registry names it."""
    ink_limit: Annotated[int, Field(ge=100, le=400)] = 300
    """Sum of the four inks that the paper bears, in per cent."""
    trim: Trim = Trim()
    bleed: Annotated[Number, Field(ge=0, le=20)] = 0
    """mm by which what runs to the edge is printed beyond it."""
    resolution: Annotated[int, Field(ge=72, le=2400)] = 450
    """Pixels per inch above which a picture is reduced to what its size on the page can show."""
    marks: tuple[Literal["crop", "registration", "slug"], ...] = ()
    """What stands beside the page for the printer."""
    paper: Annotated[Number, Field(gt=0, le=1, json_schema_extra={"default": 0.1})] = Decimal("0.1")
    """Thickness of a leaf in mm, for the spine and the creep."""
    styles: tuple[Text, ...] = ()
    """Style sheets of `templates/` that come after the others, such as `large-print.css`."""
    languages: tuple[Language, ...] = ()
    """Those of the report, if empty."""
    products: tuple[Literal["cities", "book", "cover"], ...] = ("cities", "book")
    imposition: Imposition | None = None

    @property
    def screen(self) -> bool:
        """Whether it is for the screen; else it is printed."""
        return STANDARDS[self.standard].screen


class Report(Record):
    """What all pages share."""

    title: ReportTitle
    year: Year
    date: Day | None = None
    """That of the edition; files are dated by it."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    partners: Annotated[tuple[NameOrEach, ...], Field(max_length=MOST_ITEMS)]
    contact: Contact
    copyright: TextOrEach
    areas: Annotated[tuple[Area, ...], Field(max_length=MOST_ITEMS)] = ()
    findings: Annotated[tuple[PublishedFinding, ...], Field(max_length=MOST_ITEMS)] = ()
    figures: Annotated[tuple[Figure, ...], Field(max_length=MOST_VALUES)] = ()
    sectors: Annotated[tuple[Localised, ...], Field(max_length=MOST_ITEMS)] = ()
    score_scale: ScoreScale | None = None
    sources: Annotated[tuple[Source, ...], Field(max_length=MOST_BLOCKS)] = ()
    front_matter: Annotated[tuple[Matter, ...], Field(max_length=MOST_ITEMS)] = ()
    back_matter: Annotated[tuple[BackMatter, ...], Field(max_length=MOST_ITEMS)] = ()
    book: Book = Book()
    check: dict[Slug, Switch] = Field(default_factory=dict)
    """By rule: false, the severity of its findings, or limits by name."""
    editions: dict[Slug, Edition] = Field(default_factory=lambda: {"screen": Edition()})

    def holders(self) -> Iterator[tuple[tuple[str | int, ...], Report | Area]]:
        """Yield itself and its areas, which have findings and figures, with the path of each."""
        yield (), self
        yield from ((("areas", index), area) for index, area in enumerate(self.areas))

    def terms(self) -> Iterator[tuple[tuple[str | int, ...], Term]]:
        """Yield the terms of its glossaries, with the path of each."""
        for m, matter in enumerate(self.back_matter):
            for t, term in enumerate(matter.terms if isinstance(matter, Glossary) else ()):
                yield ("back-matter", m, "terms", t), term

    def author(self, language: str) -> str:
        """Return the partners, as a file names its authors in one text."""
        return ", ".join(self.authors(language))

    def authors(self, language: str) -> tuple[str, ...]:
        """Return the partners, one by one."""
        return tuple(in_language(name, language) for name in self.partners)

    def said(self, language: str) -> Report:
        """Return the report with what it may say once for all languages as `language` has it."""

        def own(record: PublishedFinding | Figure) -> PublishedFinding | Figure:
            return record.model_copy(
                update={"unit": in_language(record.unit or "", language) or None}
            )

        def of(holder: Report | Area) -> dict[str, object]:
            kinds = ("findings", "figures")
            return {kind: tuple(map(own, getattr(holder, kind))) for kind in kinds}

        return self.model_copy(
            update={
                "partners": tuple(in_language(name, language) for name in self.partners),
                "copyright": in_language(self.copyright, language),
                "contact": self.contact.model_copy(
                    update={"place": in_language(self.contact.place, language)}
                ),
                "areas": tuple(area.model_copy(update=of(area)) for area in self.areas),
                **of(self),
            }
        )
