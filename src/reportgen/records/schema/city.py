"""The record of a city."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from reportgen.records.schema.fields import (
    MOST_BLOCKS,
    MOST_ITEMS,
    ROUNDING,
    AreaRef,
    Day,
    Headline,
    ImagePath,
    Language,
    Link,
    Localised,
    LocalisedName,
    Name,
    Number,
    NumberOrText,
    Paragraph,
    Percentage,
    Record,
    Slug,
    SubHeadline,
    Text,
    TextOrEach,
    Year,
    in_language,
    known_languages,
    language_keys,
)


class CityName(Record):
    """A city's name: as the page displays it, and per language."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Name] = Field(init=False)

    display: Name
    """English capitals, the page's title in every language."""
    en: Name
    """The name that orders the book."""

    def get(self, language: str) -> str | None:
        """Return the name in `language`, or None."""
        return self.en if language == "en" else (self.__pydantic_extra__ or {}).get(language)


class Country(Record):
    """A city's country."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Name] = Field(init=False)

    formal: Name
    """The formal English long form in capitals."""
    ko: Name | None = None
    iso2: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]

    @model_validator(mode="before")
    @classmethod
    def _keyed(cls, value: object) -> object:
        return language_keys(cls, value)

    def get(self, language: str) -> str | None:
        """Return the country's name in `language`, or None."""
        return self.ko if language == "ko" else (self.__pydantic_extra__ or {}).get(language)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages, beside Korean, that have the name."""
        return tuple(self.__pydantic_extra__ or ())


class Subhead(Record):
    """A heading within the body."""

    subhead: Name


class Quotation(Record):
    """A quotation within the body, and who said it."""

    quote: Text
    by: Name | None = None


def _kind_of_block(value: object) -> str:
    if isinstance(value, str):
        return "paragraph"
    keys = value if isinstance(value, dict) else vars(value)
    return "quotation" if "quote" in keys else "subhead"


Block = Annotated[
    Annotated[Paragraph, Tag("paragraph")]
    | Annotated[Subhead, Tag("subhead")]
    | Annotated[Quotation, Tag("quotation")],
    Discriminator(_kind_of_block),
]


LONGEST_BODY = 200_000
"""Characters: some hundred pages, which are set in seconds and in 150 MB."""


class Profile(Record):
    """A city's texts in one language, in the order of the page."""

    about: Annotated[tuple[Paragraph, ...], Field(min_length=1, max_length=3)]
    headline: Headline | None = None
    sub_headline: SubHeadline | None = None
    body: Annotated[tuple[Block, ...], Field(min_length=1, max_length=MOST_BLOCKS)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Profile:
        length = sum(
            len(block if isinstance(block, str) else getattr(block, "quote", ""))
            for block in self.body or ()
        )
        if length > LONGEST_BODY:
            raise PydanticCustomError(
                "body_long",
                "a body of {length} characters, expected at most {most}",
                {"length": f"{length:,}", "most": f"{LONGEST_BODY:,}"},
            )
        return self


class Fact(Record):
    """A figure about a city. `value` is printed as it was written, digits grouped."""

    label: LocalisedName
    value: NumberOrText
    unit: LocalisedName | None = None
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


MOST_PARTS = 50
"""The shares of one mix: more cannot be told apart on a bar."""


class Mix(Record):
    """Shares of a whole in per cent, by name. A complete mix sums to 100, but for rounding."""

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
        if len(self.parts) > MOST_PARTS:
            raise PydanticCustomError(
                "mix_long",
                "a mix of {count} shares, expected at most {most}",
                {"count": len(self.parts), "most": MOST_PARTS},
            )
        if total > 100 + ROUNDING or (self.complete and total < 100 - ROUNDING):
            raise PydanticCustomError(
                "mix_sum",
                "the shares sum to {total} %, expected {bound}",
                {"total": f"{total:f}", "bound": "100" if self.complete else "at most 100"},
            )
        return self


class Shares(Record):
    """How a city's services and their funding are made up."""

    service: Mix | None = None
    funding: Mix | None = None


class Project(Record):
    """A project of the city."""

    name: LocalisedName
    text: Localised
    year: Year | None = None
    source: Slug


class Image(Record):
    """A picture in `report/images/`; the focal point is in per cent from the top left."""

    path: ImagePath
    alt: Localised
    credit: TextOrEach
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
    region: LocalisedName | None = None
    order: int | None = None
    texts: Annotated[
        Mapping[Language, Profile], Field(min_length=1), AfterValidator(known_languages)
    ]
    facts: Annotated[tuple[Fact, ...], Field(max_length=MOST_ITEMS)] = ()
    findings: Annotated[tuple[Finding, ...], Field(max_length=MOST_ITEMS)] = ()
    scores: dict[str, Score] = Field(default_factory=dict)
    shares: Shares | None = None
    projects: Annotated[tuple[Project, ...], Field(max_length=MOST_ITEMS)] = ()
    image: Image | None = None
    sources: Annotated[tuple[Source, ...], Field(max_length=MOST_ITEMS)] = ()
    index_terms: Annotated[
        dict[Language, Annotated[tuple[Name, ...], Field(max_length=MOST_ITEMS)]],
        AfterValidator(known_languages),
    ] = Field(default_factory=dict)

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
            if isinstance(self.image.credit, dict):
                yield ("image", "credit"), self.image.credit
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

    def said(self, language: str) -> City:
        """Return the city with the credit of its picture as `language` has it."""
        if self.image is None or isinstance(self.image.credit, str):
            return self
        credit = in_language(self.image.credit, language)
        return self.model_copy(update={"image": self.image.model_copy(update={"credit": credit})})
