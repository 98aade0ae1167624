"""How much a page has to show, by which templates choose how it opens. Each is a filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reportgen.records.schema.city import City
from reportgen.records.schema.report import Area

BRIEF = 5
"""What a profile without a body shows less than, to speak in a larger voice."""
DENSE = 14
"""What a chapter shows at most, to have a field of colour of the usual height."""
NARROW = {"en": 30}
"""Characters of an item that leaves room for another beside it."""
NARROW_ELSE = 15


def voice(city: City, language: str) -> str:
    """Return how a profile speaks: full, short, lone, brief or dense."""
    texts = city.texts[language]
    if texts.body or texts.headline:
        return "full"
    shown = len(city.findings) + 2 * len(city.projects) + len(city.facts) + len(city.scores)
    shown += (2 if city.shares else 0) + (6 if city.image else 0)
    if shown <= 1:
        return ("short", "lone")[shown]
    return "brief" if shown < BRIEF else "dense"


def density(area: Area, noted: int) -> str:
    """Return how full a chapter on an area is that names so many cities: sparse, plain, dense."""
    shown = len(area.findings) + 3 * len(area.figures) + 2 * noted
    return "dense" if shown > DENSE else "plain" if shown else "sparse"


def in_pairs(items: Sequence[Mapping[str, str]], language: str) -> bool:
    """Tell whether items are short enough to stand two in a line."""
    return max((len(i[language]) for i in items), default=0) <= NARROW.get(language, NARROW_ELSE)


ALL = {"voice": voice, "density": density, "in_pairs": in_pairs}
