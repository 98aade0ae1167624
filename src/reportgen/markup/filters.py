"""The filters of templates.

Each takes only a value of its kind, so that no text of a record can become markup, style or
an address that the record's model has not checked. ValueError otherwise.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup as Safe
from markupsafe import escape

from reportgen.model import Area, Mix

_COMPOUND = re.compile(r"(?<![\w&;])[\w’.]{1,20}(?:[-‐–—/][\w’.]{1,20}){1,3}(?![\w&-])")


def prose(value: str) -> Safe:
    """Return running text whose short compounds stay whole: "well-made", "2021–2025".

    A line that ends after a hyphen or a dash reads as a divided word, and programs that
    extract the text take the hyphen away or put a space behind it.
    """
    return Safe(  # noqa: S704 - escaped before spans are put round words
        _COMPOUND.sub(lambda m: f'<span class="whole">{m[0]}</span>', str(escape(value)))
    )


def css_colour(value: object) -> str:
    """Return a colour for a style, "#RRGGBB"."""
    if isinstance(value, str) and re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        return value
    raise ValueError(f"css_colour takes a colour such as #1A6B54, not {value!r}")


def css_number(value: object) -> str:
    """Return a number for a style or a drawing, at most three decimals."""
    number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if number and math.isfinite(value):  # type: ignore[arg-type]
        return f"{value:.3f}".rstrip("0").rstrip(".")
    raise ValueError(f"css_number takes a number, not {value!r}")


def figure(value: object) -> str:
    """Return a number as readers of a report write it: digits grouped, none lost."""
    return f"{value:,}" if isinstance(value, int | Decimal) else str(value)


def two_digits(value: int) -> str:
    """Return the number of an area as it is printed: 02."""
    return f"{value:02d}"


def percent_of(share: float | Decimal, whole: float) -> float:
    """Return how long a share is drawn where `whole` stands for 100 per cent."""
    return float(share) * whole / 100


def remainder(mix: Mix) -> Decimal:
    """Return the percentage of a mix that is not published."""
    return Decimal(100) - sum(mix.parts.values(), Decimal(0))


def link(value: object) -> str:
    """Return an address to link to, http or https."""
    if isinstance(value, str) and re.match(r"https?://", value):
        return value
    raise ValueError(f"link takes an address with https:// or http://, not {value!r}")


def mail(value: str) -> str:
    """Return the address of an e-mail link."""
    return f"mailto:{value}"


def telephone(value: str) -> str:
    """Return the address of a telephone link (RFC 3966), without visual separators."""
    return "tel:" + re.sub(r"[^0-9+]", "", value)


def image(value: object) -> str:
    """Return the address of a picture of `report/images/`."""
    if isinstance(value, str) and re.fullmatch(r"images/[A-Za-z0-9][A-Za-z0-9._-]*", value):
        return f"workspace:/report/{value}"
    raise ValueError(f"image takes a file of report/images/, not {value!r}")


@pass_context
def section(context: Context, target: str) -> str:
    """Return the address of another section of the book: a city's id, or `report/<part>`."""
    known: dict[str, str] = context["pages"]
    if target not in known:
        raise ValueError(f"no section '{target}' in this book")
    return f"section:{target}"


@pass_context
def page(context: Context, target: str) -> str:
    """Return the number that is printed on the first page of another section of the book."""
    known: dict[str, str] = context["pages"]
    if target not in known:
        raise ValueError(f"no section '{target}' in this book")
    return known[target]


@pass_context
def number(context: Context, identifier: str) -> int:
    """Return the number that the page gives to a source that it cites."""
    cited: list[str] = context["cited"]
    return cited.index(identifier) + 1


@pass_context
def area(context: Context, number: int | str) -> Area | None:
    """Return the area of a number, None for `overall`."""
    areas: dict[int | str, Area] = context["areas"]
    return areas.get(number)


STYLE = {"css_colour": css_colour, "css_number": css_number}
ADDRESS = {
    "link": link,
    "mail": mail,
    "telephone": telephone,
    "image": image,
    "number": number,
    "section": section,
}
ALL = {
    **STYLE,
    **ADDRESS,
    "prose": prose,
    "figure": figure,
    "two_digits": two_digits,
    "percent_of": percent_of,
    "remainder": remainder,
    "area": area,
    "page": page,
}
