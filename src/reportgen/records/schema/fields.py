"""The kinds of values that records hold, and what each accepts.

Nothing is converted into another kind: a number where text is expected is a fault.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated

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
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from reportgen.core.colours import contrast

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"

LANGUAGE = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$"


# Names that no file may have on Windows, so that a workspace can be built there.
RESERVED = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10)}
)


# U+2028 and U+2029 break lines as a newline does (UAX 14, BK), and bidirectional controls
# make a text read otherwise than it is written (Unicode TR 36).
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")


# Setting a page costs time with the square of the length of a word and of a table, so that
# what no page can show is refused before it takes hours.
LONGEST_PARAGRAPH = 10_000
LONGEST_TEXT = 2_000
LONGEST_NAME = 200
LONGEST_WORD = 500
"""Characters between two places where a line may break: white space, or a stop or comma of
Chinese and Japanese, which are written without spaces."""
MOST_ITEMS = 200
"""The entries of a list in a record, if no other limit is given."""
MOST_BLOCKS = 1_000
ROUNDING = Decimal("0.5")
"""Per cent by which rounded shares of a whole may sum to more or less than 100."""
LONG_WORD = re.compile(rf"[^\s、。，．！？；：]{{{LONGEST_WORD + 1},}}")


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
    if len(value) > LONGEST_WORD and (word := LONG_WORD.search(value)):
        raise PydanticCustomError(
            "word_long",
            "a word of {length} characters, expected at most {most}",
            {"length": f"{len(word[0]):,}", "most": LONGEST_WORD},
        )
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
    if isinstance(value, str) and len(value) > LONGEST_NAME:
        raise PydanticCustomError("string_too_long", "too long", {"max_length": LONGEST_NAME})
    return _text(value) if isinstance(value, str) else _number(value)


def _area(value: object) -> int | str:
    if value == "overall" or (type(value) is int and 1 <= value <= 99):
        return value
    raise PydanticCustomError("area", "expected the number of an area, or the word overall")


def known_languages(value: dict[str, object], info: ValidationInfo) -> dict[str, object]:
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


Paragraph = Annotated[str, Field(max_length=LONGEST_PARAGRAPH), AfterValidator(_text)]

Text = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_text)]

Name = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_text)]

Slug = Annotated[
    str, StringConstraints(pattern=SLUG, min_length=1, max_length=64), AfterValidator(_slug)
]

Language = Annotated[str, StringConstraints(pattern=LANGUAGE)]

Localised = Annotated[dict[Language, Text], Field(min_length=1), AfterValidator(known_languages)]
"""Sibling texts by language; which languages are allowed is the report's choice."""

Number = Annotated[int | Decimal, PlainValidator(_number), WithJsonSchema({"type": "number"})]

LocalisedName = Annotated[
    dict[Language, Name], Field(min_length=1), AfterValidator(known_languages)
]
"""Sibling names: what stands in a cell, on a drawing or in a list."""


def _one_or_each(value: object) -> str:
    return "each" if isinstance(value, dict) else "one"


NameOrEach = Annotated[
    Annotated[Name, Tag("one")] | Annotated[LocalisedName, Tag("each")], Discriminator(_one_or_each)
]
"""A name for all languages, or one for each."""

TextOrEach = Annotated[
    Annotated[Text, Tag("one")] | Annotated[Localised, Tag("each")], Discriminator(_one_or_each)
]
"""A text for all languages, or one for each."""


def language_keys(kind: type[Record], value: object) -> object:
    """Refuse a key of a record that is neither a field of it nor a language tag."""
    known = {field.alias or name for name, field in kind.model_fields.items()}
    for key in value if isinstance(value, dict) else ():
        if isinstance(key, str) and key not in known and not re.fullmatch(LANGUAGE, key):
            raise PydanticCustomError("unknown_key", "unknown key '{key}'", {"key": key})
    return value


def in_language(value: str | dict[str, str], language: str) -> str:
    """Return what is said in a language, empty if nothing is."""
    return value.get(language, "") if isinstance(value, dict) else value


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
    tuple[Name, ...],
    BeforeValidator(_lines),
    Field(min_length=1, max_length=4),
    WithJsonSchema({"type": "string", "description": "1 to 4 lines, as a '|-' block"}),
]

SubHeadline = Annotated[
    tuple[Name, ...],
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

PICTURES = ("png", "jpg", "jpeg", "webp", "tif", "tiff", "svg")
"""The formats of pictures, by the ends of their names."""


def _picture(value: str) -> str:
    """Accept the name of a picture: whatever the file is called, in whatever script."""
    folder, _, name = value.partition("/")
    if folder != "images" or not name or "/" in name or "\\" in name or name.startswith("."):
        raise PydanticCustomError(
            "picture_place", "a picture lies in report/images/; expected a path such as "
            "images/seoul.jpg",
        )  # fmt: skip
    end = name.rpartition(".")[2].lower()
    if "." not in name or end not in PICTURES:
        raise PydanticCustomError(
            "picture_kind", "no format of pictures that can be set; expected {kinds}",
            {"kinds": ", ".join(PICTURES[:-1]) + f" or {PICTURES[-1]}"},
        )  # fmt: skip
    return value


ImagePath = Annotated[
    Name,
    AfterValidator(_picture),
    WithJsonSchema({"type": "string", "pattern": "^images/[^/]+\\.[A-Za-z]+$"}),
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


LEAST_CONTRAST = 4.5
"""Of text and its ground (WCAG 2.2, 1.4.3, level AA)."""


def _readable(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    if (ratio := contrast((red, green, blue), (1, 1, 1))) < LEAST_CONTRAST:
        raise PydanticCustomError(
            "contrast",
            "white text on {accent} has a contrast of {ratio}, expected at least {least}",
            {"accent": colour, "ratio": f"{ratio:.2f}", "least": LEAST_CONTRAST},
        )
    return colour


Accent = Annotated[Colour, AfterValidator(_readable)]
