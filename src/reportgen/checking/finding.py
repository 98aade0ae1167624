"""What a check finds: a rule, a place, a remedy; and how a report switches rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from reportgen.core.errors import InputError, Place, Problem
from reportgen.core.measures import Area
from reportgen.core.nearest import nearest
from reportgen.records.records import Records

Limits = dict[str, float]
"""The limits of one rule by name."""


L = TypeVar("L", bound=Callable[..., Iterator[Any]])


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; `look` yields what breaks it, as notes of its own kind."""

    id: str
    severity: str
    says: str
    """What must not be, in one line."""
    limits: Limits
    look: Callable[..., Iterator[Any]]


def family() -> tuple[dict[str, Rule], Callable[..., Callable[[L], L]]]:
    """Return rules, none yet, and the decorator that adds one: id, severity, text, limits."""
    rules: dict[str, Rule] = {}

    def rule(name: str, severity: str, says: str, **limits: float) -> Callable[[L], L]:
        def register(look: L) -> L:
            rules[name] = Rule(name, severity, says, limits, look)
            return look

        return register

    return rules, rule


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on a page: `page` counts from 1, 0 for what is laid over all pages of a product.

    `area` is in mm from the top left of the page as it is cut.
    """

    product: str
    page: int
    area: Area

    def __str__(self) -> str:
        if not self.page:
            return "page furniture"
        return f"page {self.page}, {self.area.x:.0f} × {self.area.y:.0f} mm"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an editor would mend.

    `place` is the line of the record; for a finding on a page the one that its text comes
    from, or the record as a whole.
    """

    rule: str
    severity: str
    message: str
    remedy: str
    place: Place
    field: str = ""
    width: int = 1
    """How many characters of the record are meant, from the column on."""
    city: str = ""
    spot: Spot | None = None

    @property
    def heading(self) -> str:
        """The file or the product that it is listed under."""
        return self.spot.product if self.spot else self.place.file

    @property
    def order(self) -> tuple[Any, ...]:
        """Sorts records before products, and by place within each."""
        spot = self.spot
        where = (spot.page, spot.area.y, spot.area.x) if spot else (0, 0.0, 0.0)
        line = (self.place.line, self.place.column)
        return (spot is not None, self.heading, *where, *line, self.rule, self.message)


@dataclass(frozen=True, slots=True)
class Setting:
    """How a rule is applied."""

    severity: str
    limits: Limits


def settings(rules: dict[str, Rule], known: Records) -> dict[str, Setting]:
    """Return how each rule that is on is applied.

    Raises InputError for a rule or a limit that there is not.
    """
    problems: list[Problem] = []
    found = {rule.id: Setting(rule.severity, rule.limits) for rule in rules.values()}
    document = known.report_document
    for name, switch in known.report.check.items():
        if name not in rules:
            message, near = f"no rule '{name}'", nearest(name, rules)
            problems.append(document.problem(("check", name), message, key=True, remedy=near))
        elif switch is False:
            del found[name]
        elif isinstance(switch, str):
            found[name] = Setting(switch, rules[name].limits)
        elif isinstance(switch, dict):
            limits = rules[name].limits
            problems += [
                document.problem(
                    ("check", name, limit), f"the rule '{name}' has no limit '{limit}'", key=True,
                    remedy=nearest(limit, limits) or "it has none",
                )
                for limit in switch
                if limit not in limits
            ]  # fmt: skip
            given = {limit: float(value) for limit, value in switch.items()}
            found[name] = Setting(rules[name].severity, {**limits, **given})
    if problems:
        raise InputError(*problems)
    return found
