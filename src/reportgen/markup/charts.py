"""What drawings and tables show, sorted, ranked and summed; templates draw it.

Each is a filter. ValueError for what cannot be drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from reportgen.markup.filters import Real, figure, fraction, scale_end
from reportgen.records.schema.city import Project, Score
from reportgen.records.schema.report import Area, Figure, FigureItem, PublishedFinding

Scored = tuple[Area, Score, float]
"""An area, the city's score in it, the average of all cities."""
SHORT_UNIT = 3
"""Characters of a unit that stands behind each value; a longer one is said once."""
WIDE_SCALE = 10
"""A scale as long as this needs one decimal of an average, a shorter one two."""


def scored(
    scores: Mapping[str, Score], averages: Mapping[str, float], areas: Mapping[int, Area]
) -> list[Scored]:
    """Return the scores of a city in the order of the areas' numbers."""
    known = sorted(scores.items(), key=lambda entry: int(entry[0]))
    return [(areas[int(number)], score, averages[number]) for number, score in known]


def ranked(found: Sequence[Scored]) -> list[Scored]:
    """Return those that have a rank and a previous one."""
    return [entry for entry in found if entry[1].rank and entry[1].previous]


def most_tied(found: Sequence[Scored]) -> int:
    """Return how many areas share one rank at most; 0 if there are none."""
    return max(Counter(score.rank for _, score, _ in found).values(), default=0)


def ranks(found: Sequence[Scored]) -> tuple[list[int], list[int], list[int]]:
    """Return the previous ranks, the present ones, and those of either; each once, sorted."""
    before = {score.previous for _, score, _ in found if score.previous}
    now = {score.rank for _, score, _ in found if score.rank}
    return sorted(before), sorted(now), sorted(before | now)


def movement(score: Score) -> str:
    """Return whether a rank rises, falls or stays; empty if one of the two is missing."""
    if not score.rank or not score.previous:
        return ""
    if score.rank == score.previous:
        return "stays"
    return "rises" if score.rank < score.previous else "falls"


def steps(score: Score) -> int:
    """Return by how many ranks a score rises or falls."""
    return abs((score.rank or 0) - (score.previous or 0)) if movement(score) else 0


def mean_figure(average: float, lowest: Real, highest: Real) -> float:
    """Return an average with the decimals that its scale gives sense to."""
    return round(average, 1 if highest - lowest >= WIDE_SCALE else 2)  # type: ignore[operator]


def is_share(finding: PublishedFinding) -> bool:
    """Tell whether a finding is a part of a hundred, which can be drawn."""
    return finding.value is not None and finding.unit == "%" and 0 <= finding.value <= 100


def sorted_out(findings: Sequence[PublishedFinding]) -> dict[str, list[PublishedFinding]]:
    """Return findings as `counts`, `shares` of a hundred, and `statements` without a number."""
    found: dict[str, list[PublishedFinding]] = {"counts": [], "shares": [], "statements": []}
    for finding in findings:
        kind = "shares" if is_share(finding) else "counts"
        found["statements" if finding.value is None else kind].append(finding)
    return found


def named(parts: Mapping[str, Real], words: Mapping[str, str]) -> list[tuple[str, Real]]:
    """Return the shares of a mix, each with the word for it, else with its own name."""
    return [(words.get(name, name), share) for name, share in parts.items()]


def labelled(items: Sequence[FigureItem], language: str) -> list[tuple[str, Real]]:
    """Return the values of a figure, each with its label."""
    return [(item.label[language], item.value) for item in items]


def unpublished(parts: Sequence[tuple[str, Real]]) -> Decimal:
    """Return the percentage that shares leave of a hundred."""
    return max(100 - sum((Decimal(share) for _, share in parts), Decimal(0)), Decimal(0))


def in_a_row(
    parts: Sequence[tuple[str, Real]], rest: Real, width: float
) -> list[tuple[str | None, Real, float, float, float]]:
    """Return the pieces of a strip: label, share, where it begins, its length, its tint.

    The last is `rest`, without a label, unless that is nothing. Rounded shares may sum to a
    little more or less than 100; the strip is as long. Tints go down to three tenths.
    """
    whole = sum((Decimal(share) for _, share in parts), Decimal(rest))
    step = min(0.4, 0.7 / (len(parts) - 1)) if len(parts) > 1 else 0.0
    pieces: list[tuple[str | None, Real, float, float, float]] = []
    at = 0.0
    for place, (label, share) in enumerate([*parts, (None, rest)] if rest else parts):
        length = fraction(share, 0, whole) * width
        pieces.append((label, share, at, length, 1 - min(place, len(parts) - 1) * step))
        at += length
    return pieces


def by_year(projects: Sequence[Project]) -> list[tuple[int, int]]:
    """Return the years of projects, in order, and how many projects each has."""
    return sorted(Counter(project.year for project in projects if project.year).items())


def along(
    years: Sequence[tuple[int, int]], start: float, end: float, room: float
) -> list[tuple[int, int, float, bool]]:
    """Return year, projects, place on a line from `start` to `end`, and whether it is printed.

    The last is; another only if it has `room` to the one before and to the end.
    """
    found: list[tuple[int, int, float, bool]] = []
    before = start - 2 * room
    for year, count in years:
        at = start + fraction(year, years[0][0], years[-1][0]) * (end - start)
        printed = year == years[-1][0] or (at - before >= room and end - at >= room)
        before = at if printed else before
        found.append((year, count, at, printed))
    return found


def end_of_scale(drawn: Figure) -> Real:
    """Return where the scale of a figure's bars or dots ends."""
    highest = max(item.value for item in drawn.items)
    return scale_end(highest, drawn.top, percent=drawn.unit == "%")


def longest(items: Sequence[FigureItem]) -> int:
    """Return the characters of the longest value, as it is printed."""
    return max((len(figure(item.value)) for item in items), default=0)


def suffix(unit: str | None) -> str:
    """Return a unit as it stands behind each value; empty if it is too long for that."""
    if unit == "%":
        return unit
    return f" {unit}" if unit and len(unit) <= SHORT_UNIT else ""


ALL = {
    "scored": scored,
    "ranked": ranked,
    "most_tied": most_tied,
    "ranks": ranks,
    "movement": movement,
    "steps": steps,
    "mean_figure": mean_figure,
    "is_share": is_share,
    "sorted_out": sorted_out,
    "named": named,
    "labelled": labelled,
    "unpublished": unpublished,
    "in_a_row": in_a_row,
    "by_year": by_year,
    "along": along,
    "end_of_scale": end_of_scale,
    "longest": longest,
    "suffix": suffix,
}
