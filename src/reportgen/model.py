"""The frozen values that pass from step to step. No file is read or written here.

`City` and `Report` are the records; pydantic checks them strictly, so no value is ever
converted into another kind. `Section`, `Fragment` and `Product` are what the later steps
hand on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    StringConstraints,
    Tag,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
LANGUAGE = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$"
# Names that no file may have on Windows, so that a workspace can be built there.
RESERVED = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10)}
)
# U+2028 and U+2029 break lines as a newline does (UAX 14, BK), and bidirectional controls
# make a text read otherwise than it is written (Unicode TR 36).
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")


def _text(value: str) -> str:
    """Accept running text: one paragraph, nothing invisible that would change it."""
    value = value.removesuffix("\n")
    if "\n" in value:
        raise PydanticCustomError(
            "text_newline",
            "a line break inside one paragraph; fold it with '>-', or make list items of it",
        )
    if found := FORBIDDEN.search(value):
        raise PydanticCustomError(
            "text_control", "the control character U+{code}", {"code": f"{ord(found[0]):04X}"}
        )
    if value != value.strip():
        raise PydanticCustomError("text_space", "white space at the start or the end of a text")
    if not value:
        raise PydanticCustomError("text_empty", "an empty text; fill it or leave the key out")
    return value


def _lines(value: object) -> object:
    """Split a literal block into the lines that its writer broke by hand."""
    if isinstance(value, str):
        return tuple(line.strip() for line in value.removesuffix("\n").split("\n"))
    return value


def _slug(value: str) -> str:
    if value in RESERVED:
        raise PydanticCustomError("slug_reserved", "a name that file systems reserve")
    return value


def _calendar_day(value: object) -> object:
    """Read a calendar day as ISO 8601 writes it; YAML 1.2 leaves such a scalar a string."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise PydanticCustomError("day", "no day of the calendar") from error
    return value


def _number(value: object) -> int | Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PydanticCustomError("number", "expected a number")
    if isinstance(value, Decimal) and not value.is_finite():
        raise PydanticCustomError("number", "expected a finite number")
    return value


def _percentage(value: object) -> int | Decimal:
    number = _number(value)
    if not 0 <= number <= 100:
        raise PydanticCustomError("percentage", "expected a percentage from 0 to 100")
    return number


def _number_or_text(value: object) -> int | Decimal | str:
    return _text(value) if isinstance(value, str) else _number(value)


def _area(value: object) -> int | str:
    if value == "overall" or (type(value) is int and 1 <= value <= 99):
        return value
    raise PydanticCustomError("area", "expected the number of an area, or the word overall")


def _known_languages(value: dict[str, object], info: ValidationInfo) -> dict[str, object]:
    """Refuse a language that the report does not publish; a text in it would be lost."""
    languages = (info.context or {}).get("languages")
    for key in value:
        if languages is not None and key not in languages:
            raise PydanticCustomError(
                "language",
                "'{key}' is no language of this report, which has {languages}",
                {"key": key, "languages": ", ".join(languages)},
            )
    return value


Text = Annotated[str, AfterValidator(_text)]
Slug = Annotated[
    str, StringConstraints(pattern=SLUG, min_length=1, max_length=64), AfterValidator(_slug)
]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE)]
Localised = Annotated[dict[Language, Text], Field(min_length=1), AfterValidator(_known_languages)]
"""Sibling texts by language; which languages are allowed is the report's choice."""
Number = Annotated[int | Decimal, PlainValidator(_number), WithJsonSchema({"type": "number"})]
NumberOrText = Annotated[
    int | Decimal | str,
    PlainValidator(_number_or_text),
    WithJsonSchema({"type": ["number", "string"]}),
]
Percentage = Annotated[
    int | Decimal,
    PlainValidator(_percentage),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100}),
]
AreaRef = Annotated[
    int | str,
    PlainValidator(_area),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"const": "overall"}]}),
]
Headline = Annotated[
    tuple[Text, ...],
    BeforeValidator(_lines),
    Field(min_length=1, max_length=4),
    WithJsonSchema({"type": "string", "description": "1 to 4 lines, as a '|-' block"}),
]
SubHeadline = Annotated[
    tuple[Text, ...],
    BeforeValidator(_lines),
    Field(min_length=1, max_length=3),
    WithJsonSchema({"type": "string", "description": "1 to 3 lines, as a '|-' block"}),
]
Year = Annotated[int, Field(ge=1900, le=2100)]
Day = Annotated[
    date, BeforeValidator(_calendar_day), WithJsonSchema({"type": "string", "format": "date"})
]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")]
Link = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"{}|\\^`]+$", max_length=2000)]
ImagePath = Annotated[
    str, StringConstraints(pattern=r"^images/[A-Za-z0-9][A-Za-z0-9._-]*\.(png|jpg|jpeg|svg)$")
]
AreaNumber = Annotated[int, Field(ge=1, le=99)]


class Record(BaseModel):
    """Base of all records: frozen, strict, and closed to unknown keys."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        alias_generator=lambda name: name.replace("_", "-"),
        # Keys such as "sub-headline" are the only spelling: one way to write a thing.
        validate_by_alias=True,
        validate_by_name=False,
    )


R = TypeVar("R", bound=Record)


class CityName(Record):
    """A city's name: as the page displays it, and per language."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Text] = Field(init=False)

    display: Text
    """English capitals, the page's title in every language."""
    en: Text
    """The name that orders the book."""

    def get(self, language: str) -> str | None:
        """Return the name in `language`, or None."""
        return self.en if language == "en" else (self.__pydantic_extra__ or {}).get(language)


class Country(Record):
    """A city's country."""

    formal: Text
    """The formal English long form in capitals."""
    ko: Text | None = None
    iso2: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Subhead(Record):
    """A heading within the body."""

    subhead: Text


class Quotation(Record):
    """A quotation within the body, and who said it."""

    quote: Text
    by: Text | None = None


def _kind_of_block(value: object) -> str:
    if isinstance(value, str):
        return "paragraph"
    keys = value if isinstance(value, dict) else vars(value)
    return "quotation" if "quote" in keys else "subhead"


Block = Annotated[
    Annotated[Text, Tag("paragraph")]
    | Annotated[Subhead, Tag("subhead")]
    | Annotated[Quotation, Tag("quotation")],
    Discriminator(_kind_of_block),
]


class Profile(Record):
    """A city's texts in one language, in the order of the page."""

    about: Annotated[tuple[Text, ...], Field(min_length=1, max_length=3)]
    headline: Headline | None = None
    sub_headline: SubHeadline | None = None
    body: Annotated[tuple[Block, ...], Field(min_length=1)] | None = None


class Fact(Record):
    """A figure about a city. `value` is printed as it was written, digits grouped."""

    label: Localised
    value: NumberOrText
    unit: Localised | None = None
    year: Year
    source: Slug


class Finding(Record):
    """What the report says of a city in one area, or overall."""

    area: AreaRef
    kind: Literal["leader", "strong", "mention"]
    text: Localised
    source: Slug


class Score(Record):
    """A city's score in one area; `rank` and `previous` rank count from 1."""

    value: Number
    rank: Annotated[int, Field(ge=1)] | None = None
    previous: Annotated[int, Field(ge=1)] | None = None
    source: Slug


class Mix(Record):
    """Shares of a whole in per cent, by name. A complete mix sums to 100."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Percentage] = Field(init=False)

    source: Slug
    complete: bool = False

    @property
    def parts(self) -> dict[str, int | Decimal]:
        """The shares in the order of the record."""
        return dict(self.__pydantic_extra__ or {})

    @model_validator(mode="after")
    def _sums(self) -> Mix:
        total = sum(self.parts.values(), Decimal(0))
        if not self.parts:
            raise PydanticCustomError("mix_empty", "a mix without a share")
        if total > 100 or (self.complete and total != 100):
            raise PydanticCustomError(
                "mix_sum",
                "the shares sum to {total} %, expected {bound}",
                {"total": str(total), "bound": "100" if self.complete else "at most 100"},
            )
        return self


class Shares(Record):
    """How a city's services and their funding are made up."""

    service: Mix | None = None
    funding: Mix | None = None


class Project(Record):
    """A project of the city."""

    name: Localised
    text: Localised
    year: Year | None = None
    source: Slug


class Image(Record):
    """A picture in `report/images/`; the focal point is in per cent from the top left."""

    path: ImagePath
    alt: Localised
    credit: Text
    focal_point: tuple[Percentage, Percentage] = (50, 50)


class Source(Record):
    """Where a statement or a figure was published."""

    id: Slug
    title: Localised
    url: Link | None = None
    accessed: Day | None = None


class City(Record):
    """One city: its facts once, its texts per language."""

    id: Slug
    name: CityName
    country: Country
    region: Localised | None = None
    order: int | None = None
    texts: Annotated[dict[Language, Profile], Field(min_length=1), AfterValidator(_known_languages)]
    facts: tuple[Fact, ...] = ()
    findings: tuple[Finding, ...] = ()
    scores: dict[str, Score] = {}
    shares: Shares | None = None
    projects: tuple[Project, ...] = ()
    image: Image | None = None
    sources: tuple[Source, ...] = ()
    index_terms: Annotated[dict[Language, tuple[Text, ...]], AfterValidator(_known_languages)] = {}

    def localised(self) -> Iterator[tuple[tuple[str | int, ...], dict[str, str]]]:
        """Yield the sibling texts that a page prints, with the path of each."""
        if self.region:
            yield ("region",), self.region
        for i, fact in enumerate(self.facts):
            yield ("facts", i, "label"), fact.label
            if fact.unit:
                yield ("facts", i, "unit"), fact.unit
        for i, finding in enumerate(self.findings):
            yield ("findings", i, "text"), finding.text
        for i, project in enumerate(self.projects):
            yield ("projects", i, "name"), project.name
            yield ("projects", i, "text"), project.text
        if self.image:
            yield ("image", "alt"), self.image.alt
        for i, source in enumerate(self.sources):
            yield ("sources", i, "title"), source.title

    def citations(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield the ids of the sources that the record cites, with the path of each."""
        for group in ("facts", "findings", "projects"):
            for i, item in enumerate(getattr(self, group)):
                yield (group, i, "source"), item.source
        for area, score in self.scores.items():
            yield ("scores", area, "source"), score.source
        for name in ("service", "funding"):
            if self.shares and (mix := getattr(self.shares, name)):
                yield ("shares", name, "source"), mix.source


class PublishedFinding(Record):
    """A statement of the report, with its figure if it has one."""

    text: Localised
    value: Number | None = None
    unit: Text | None = None
    source: Slug


def _readable(colour: str) -> str:
    if (ratio := contrast_with_white(colour)) < LEAST_CONTRAST:
        raise PydanticCustomError(
            "contrast",
            "white text on {accent} has a contrast of {ratio}, expected at least {least}",
            {"accent": colour, "ratio": f"{ratio:.2f}", "least": LEAST_CONTRAST},
        )
    return colour


LEAST_CONTRAST = 4.5
"""Of text and its ground (WCAG 2.2, 1.4.3, level AA)."""
Accent = Annotated[Colour, AfterValidator(_readable)]


class Area(Record):
    """An assessment area. White text on `accent` must be readable (WCAG 2, 1.4.3)."""

    number: AreaNumber
    name: Localised
    accent: Accent
    definition: Localised
    indicators: tuple[Localised, ...] = ()
    findings: tuple[PublishedFinding, ...] = ()


def contrast_with_white(colour: str) -> float:
    """Return the contrast ratio of white on `colour`, "#RRGGBB" (WCAG 2.2, 1.4.3)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 1.05 / (luminance + 0.05)


class Contact(Record):
    """Whom a reader may ask; stands in the footer of every page."""

    email: Annotated[str, StringConstraints(pattern=r"^[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+$")]
    telephone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()-]{4,}$")]
    place: Text


class ReportTitle(Record):
    """The report's title: as footers display it, and per language."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Text] = Field(init=False)

    display: Text
    en: Text

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
    text: dict[Language, tuple[Text, ...]]


class Term(Record):
    """An entry of the glossary."""

    ko: Text
    en: Text
    text: Localised


class Glossary(Record):
    """A list of terms in the back matter."""

    id: Slug
    title: Localised
    terms: tuple[Term, ...]


def _kind_of_matter(value: object) -> str:
    keys = value if isinstance(value, dict) else vars(value)
    return "glossary" if "terms" in keys else "matter"


BackMatter = Annotated[
    Annotated[Matter, Tag("matter")] | Annotated[Glossary, Tag("glossary")],
    Discriminator(_kind_of_matter),
]


class Edition(Record):
    """A way to publish the same content."""

    standard: Literal["pdf/ua-1"] = "pdf/ua-1"


class Report(Record):
    """What all pages share."""

    title: ReportTitle
    year: Year
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    partners: tuple[Text, ...]
    contact: Contact
    copyright: Text
    areas: tuple[Area, ...] = ()
    findings: tuple[PublishedFinding, ...] = ()
    sectors: tuple[Localised, ...] = ()
    score_scale: ScoreScale | None = None
    sources: tuple[Source, ...] = ()
    front_matter: tuple[Matter, ...] = ()
    back_matter: tuple[BackMatter, ...] = ()
    editions: dict[Slug, Edition] = {"screen": Edition()}


@dataclass(frozen=True, slots=True)
class Fault:
    """What pydantic found at `path`; `kind` is its error type, `details` its context."""

    path: tuple[str | int, ...]
    kind: str
    message: str
    found: object
    details: dict[str, object]


def validate(kind: type[R], data: object, languages: tuple[str, ...] | None) -> R | list[Fault]:
    """Return `data` as a record of `kind`, or every fault that it has.

    `languages` are those that the report publishes; None where they are not known.
    """
    try:
        return kind.model_validate(data, context={"languages": languages})
    except ValidationError as error:
        return [
            Fault(found["loc"], found["type"], found["msg"], found["input"], found.get("ctx", {}))
            for found in error.errors(include_url=False)
        ]


def schema(kind: type[Record]) -> dict[str, object]:
    """Return the JSON Schema of a record, as editors want it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **kind.model_json_schema(by_alias=True),
    }


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


@dataclass(frozen=True, slots=True)
class Section:
    """What is set in one go: a city's profile in one language and edition."""

    city: City
    language: str
    edition: str

    @property
    def identity(self) -> str:
        """Names the section in messages, in file names and inside its fragment."""
        return f"{self.edition}/{self.language}/{self.city.id}"


@dataclass(frozen=True, slots=True)
class Markup:
    """A section as HTML, with what the finished file says of itself."""

    identity: str
    html: str
    language: str
    title: str
    author: str
    subject: str
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fragment:
    """A section set into pages: PDF without font programs, which the binder adds."""

    identity: str
    pdf: bytes
    pages: int


@dataclass(frozen=True, slots=True)
class Product:
    """A finished file. `path` is relative to the output folder, with slashes."""

    identity: str
    path: str
    title: str
    pages: int
    pdf: bytes = field(repr=False)
