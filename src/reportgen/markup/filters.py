"""The filters of templates.

Each takes only a value of its kind, so that no text of a record can become markup, style or
an address that the record's model has not checked. ValueError otherwise.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from urllib.parse import quote

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup as Safe
from markupsafe import escape

from reportgen.core import collation
from reportgen.core.errors import columns
from reportgen.records.schema.city import Mix
from reportgen.records.schema.report import Area, Term

Real = int | float | Decimal
ROUND = tuple(Decimal(step) for step in ("1", "1.5", "2", "2.5", "3", "4", "5", "6", "8", "10"))
"""Where scales end, times a power of ten."""
_UNSPACED = "\u3000-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
"""Kana, ideographs and full-width forms, between which lines end without a space."""
_LETTER = rf"[^\W{_UNSPACED}]"
_PART = rf"(?:{_LETTER}|[’.]){{1,20}}"
_COMPOUND = re.compile(
    rf"(?<!{_LETTER})(?<![&;]){_PART}(?:[-‐–—/]{_PART}){{1,3}}(?!{_LETTER}|[&-])"
)


def prose(value: str) -> Safe:
    """Return running text whose short compounds stay whole: "well-made", "2021–2025".

    A line that ends after a hyphen or a dash reads as a divided word, and programs that
    extract the text take the hyphen away or put a space behind it.
    """
    return Safe(  # noqa: S704 - escaped before spans are put round words
        _COMPOUND.sub(lambda m: f'<span class="whole">{m[0]}</span>', str(escape(value)))
    )


def in_order(terms: Sequence[Term], language: str) -> list[Term]:
    """Return terms of a glossary in the order of the index."""
    key = collation.keys([term.get(language) or "" for term in terms])
    return sorted(terms, key=lambda term: key(term.get(language) or ""))


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
    if isinstance(value, Decimal):
        return f"{value:,f}"  # without an exponent
    return f"{value:,}" if isinstance(value, int) else str(value)


def two_digits(value: int) -> str:
    """Return the number of an area as it is printed: 02."""
    return f"{value:02d}"


def percent_of(share: float | Decimal, whole: float) -> float:
    """Return how long a share is drawn where `whole` stands for 100 per cent."""
    return float(share) * whole / 100


def remainder(mix: Mix) -> Decimal:
    """Return the percentage of a mix that is not published: none of what is complete."""
    total = sum(mix.parts.values(), Decimal(0))
    return Decimal(0) if mix.complete else max(Decimal(100) - total, Decimal(0))


def tint(colour: str, strength: float) -> str:
    """Return a colour mixed with white: `strength` 1 is the colour itself, 0 is white.

    ValueError for what is no colour, and for a strength outside 0 to 1.
    """
    if not 0 <= strength <= 1:
        raise ValueError(f"tint takes a strength from 0 to 1, not {strength!r}")
    whole = css_colour(colour)
    parts = (int(whole[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * strength):02X}" for part in parts)


def fraction(value: Real, lowest: Real, highest: Real) -> float:
    """Return where a value lies on a scale: 0 at its lowest, 1 at its highest.

    ValueError for a value that is not on the scale, and for a scale that does not ascend.
    """
    if not _finite(value, lowest, highest) or not lowest <= value <= highest or lowest == highest:
        raise ValueError(f"{value} is not on a scale from {lowest} to {highest}")
    return (float(value) - float(lowest)) / (float(highest) - float(lowest))


def scale_end(highest: Real, given: Real | None = None, *, percent: bool = False) -> Real:
    """Return where a scale that starts at 0 ends, in the unit of its highest value.

    It ends where it is said to end, percentages at 100, and all else at the next round
    number. ValueError if a value lies beyond the end, or below 0.
    """
    if not _finite(highest) or highest < 0:
        raise ValueError(f"a scale that starts at 0 has no place for {highest}")
    end = given if given is not None else 100 if percent else None
    if end is None:
        power = Decimal(10) ** math.floor(math.log10(highest)) if highest else Decimal(1)
        end = next(step * power for step in ROUND if step * power >= highest)
        end = Decimal(f"{end.normalize():f}")  # 15, not 15.0
    if end <= 0 or end < highest:
        raise ValueError(f"{highest} lies beyond the end of the scale, {end}")
    return end


def polar(distance: float, turn: float) -> tuple[float, float]:
    """Return the point (x to the right, y down) that lies `distance` from the origin.

    `turn` counts full turns, clockwise, from straight up; the point has the distance's unit.
    ValueError for what is not finite.
    """
    if not _finite(distance, turn):
        raise ValueError(f"no point lies {distance} away at a turn of {turn}")
    angle = 2 * math.pi * turn
    return distance * math.sin(angle), -distance * math.cos(angle)


def ladder(ranks: Sequence[int], length: float, gap: float) -> dict[int, float]:
    """Return how far below the top each rank stands on a ladder of `length`.

    Rank 1 is at the top and the last of `ranks` at the foot; ranks closer than `gap` are
    moved apart, and ranks that are tied share one place. All lengths have one unit.
    ValueError for a rank below 1, and if there are too many ranks for the length.
    """
    rungs = sorted(set(ranks))
    if (len(rungs) - 1) * gap > length:
        raise ValueError(f"no room for the ranks {rungs} {gap} apart on a length of {length}")
    places = [length * fraction(rank, 1, max(rungs[-1], 2)) for rank in rungs]
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + gap)
    for i in reversed(range(len(places))):
        places[i] = min(places[i], places[i + 1] - gap if i + 1 < len(places) else length)
    return dict(zip(rungs, places, strict=True))


def _finite(*values: Real) -> bool:
    return all(math.isfinite(value) for value in values)


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
    if isinstance(value, str) and re.fullmatch(r"images/[^./\\\x00-\x1f][^/\\\x00-\x1f]*", value):
        return f"workspace:/report/{quote(value)}"
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
def citation(context: Context, identifier: str) -> str:
    """Return the id of the next citation of a source: `cited-3`, after that `cited-3-2`."""
    place, made = number(context, identifier), context["citations"]
    made[place] += 1
    return f"cited-{place}" if made[place] == 1 else f"cited-{place}-{made[place]}"


@pass_context
def first_citation(context: Context, identifier: str) -> str:
    """Return the address of a source's first citation; empty if the page has none so far."""
    place = number(context, identifier)
    return f"#cited-{place}" if context["citations"][place] else ""


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
    "citation": citation,
    "first_citation": first_citation,
    "section": section,
}
ALL = {
    **STYLE,
    **ADDRESS,
    "prose": prose,
    "figure": figure,
    "columns": columns,
    "initial": collation.head,
    "in_order": in_order,
    "two_digits": two_digits,
    "percent_of": percent_of,
    "remainder": remainder,
    "tint": tint,
    "fraction": fraction,
    "scale_end": scale_end,
    "polar": polar,
    "ladder": ladder,
    "area": area,
    "page": page,
}
