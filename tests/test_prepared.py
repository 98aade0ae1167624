"""What is prepared for drawings and openings: ties, gaps, zeros, and what lies below zero."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from reportgen.markup import charts, openings
from reportgen.records.schema.city import Score
from reportgen.records.schema.report import Figure

AREAS: Any = {n: SimpleNamespace(number=n) for n in (1, 2, 10)}


def score(rank: int | None = None, previous: int | None = None, value: int = 5) -> Score:
    return Score(value=value, rank=rank, previous=previous, source="s")


def of(*scores: Score) -> list[charts.Scored]:
    return [(AREAS[1], one, 5.0) for one in scores]


def finding(value: str | None, unit: str | None = "%") -> Any:
    return SimpleNamespace(value=None if value is None else Decimal(value), unit=unit)


def figure(*values: str, **more: object) -> Figure:
    items = tuple({"label": {"en": f"L{v}"}, "value": Decimal(v)} for v in values)
    return Figure.model_validate(
        {"title": {"en": "T"}, "kind": "bars", "items": items, "source": "s", **more}
    )


def test_scores_follow_the_numbers_of_the_areas_and_not_their_digits() -> None:
    scores = {name: score() for name in ("10", "2", "1")}
    found = charts.scored(scores, {"1": 1.0, "2": 2.0, "10": 3.0}, AREAS)
    assert [(area.number, average) for area, _, average in found] == [(1, 1), (2, 2), (10, 3)]
    assert charts.scored({}, {}, AREAS) == []


def test_only_what_has_both_ranks_is_ranked() -> None:
    both = score(2, 1)
    assert [one for _, one, _ in charts.ranked(of(score(), score(1), score(None, 3), both))] == [
        both
    ]


def test_ties() -> None:
    tied = of(score(1, 4), score(3, 1), score(1, 9), score(1, 4))
    assert charts.most_tied(tied) == 3
    assert charts.most_tied(of(score(7, 1))) == 1
    assert charts.most_tied([]) == 0
    assert charts.ranks(tied) == ([1, 4, 9], [1, 3], [1, 3, 4, 9])
    assert charts.ranks(of(score(5, 5))) == ([5], [5], [5])


@pytest.mark.parametrize(
    ("rank", "previous", "moves", "steps"),
    [
        (1, 4, "rises", 3),
        (4, 1, "falls", 3),
        (2, 2, "stays", 0),
        (None, 2, "", 0),
        (2, None, "", 0),
    ],
)
def test_movement(rank: int | None, previous: int | None, moves: str, steps: int) -> None:
    assert charts.movement(score(rank, previous)) == moves
    assert charts.steps(score(rank, previous)) == steps


def test_an_average_has_the_decimals_of_its_scale() -> None:
    assert charts.mean_figure(61.2345, 0, 100) == 61.2
    assert charts.mean_figure(-0.456, -1, 1) == -0.46
    assert charts.mean_figure(3.0, 0, 10) == 3.0
    assert charts.mean_figure(2.345678, 1, Decimal("10.9")) == 2.35


def test_shares_of_a_hundred_counts_and_statements() -> None:
    shares = [finding("0"), finding("100"), finding("41.5")]
    counts = [finding("-1"), finding("100.1"), finding("7", None), finding("7", "cities")]
    statements = [finding(None), finding(None, None)]
    found = charts.sorted_out([*statements, *counts, *shares])
    assert found == {"counts": counts, "shares": shares, "statements": statements}
    assert charts.sorted_out([]) == {"counts": [], "shares": [], "statements": []}


def test_labels_are_words_or_the_names_themselves() -> None:
    assert charts.named({"public": 3, "odd": 4}, {"public": "Public"}) == [
        ("Public", 3), ("odd", 4),
    ]  # fmt: skip
    assert charts.labelled(figure("3").items, "en") == [("L3", 3)]


@pytest.mark.parametrize(
    ("values", "rest"),
    [
        (("51.3", "36.6"), "12.1"),
        (("100",), "0"),
        (("60", "40.2"), "0"),
        (("0",), "100"),
        ((), "100"),
    ],
)
def test_what_shares_leave_of_a_hundred(values: tuple[str, ...], rest: str) -> None:
    assert charts.unpublished([("", Decimal(v)) for v in values]) == Decimal(rest)


def test_pieces_lie_in_a_row() -> None:
    pieces = charts.in_a_row([("a", Decimal(50)), ("b", Decimal(0)), ("c", 25)], 25, 200)
    assert [(label, x, length) for label, _, x, length, _ in pieces] == [
        ("a", 0, 100), ("b", 100, 0), ("c", 100, 50), (None, 150, 50),
    ]  # fmt: skip
    assert [piece[4] for piece in pieces[:3]] == pytest.approx([1, 0.65, 0.3])
    assert charts.in_a_row([("one", 99)], 0, 10) == [("one", 99, 0, 10, 1)]
    whole = charts.in_a_row([("a", Decimal("50.2")), ("b", Decimal("50.2"))], 0, 10)
    assert [piece[3] for piece in whole] == pytest.approx([5, 5])
    assert charts.in_a_row([], 0, 10) == []


@pytest.mark.parametrize("parts", [[("a", 0)], [("a", -1), ("b", 3)]])
def test_a_strip_of_nothing_or_of_less_is_none(parts: list[tuple[str, int]]) -> None:
    with pytest.raises(ValueError, match="not on a scale"):
        charts.in_a_row(parts, 0, 10)


def test_years() -> None:
    projects: Any = [SimpleNamespace(year=y) for y in (2020, None, 2018, 2020, 2017)]
    years = charts.by_year(projects)
    assert years == [(2017, 1), (2018, 1), (2020, 2)]
    assert charts.by_year([]) == charts.by_year(projects[1:2]) == []
    assert charts.along(years, 4, 34, 8) == [
        (2017, 1, 4, True), (2018, 1, 14, True), (2020, 2, 34, True),
    ]  # fmt: skip
    assert [printed for *_, printed in charts.along(years, 4, 34, 12)] == [True, False, True]
    with pytest.raises(ValueError, match="not on a scale"):
        charts.along(years[:1], 4, 34, 8)  # one year is no line


def test_the_values_of_a_figure() -> None:
    assert charts.end_of_scale(figure("0")) == 1
    assert charts.end_of_scale(figure("3.2", "0.5")) == 4
    assert charts.end_of_scale(figure("3", unit="%")) == 100
    assert charts.end_of_scale(figure("3", top=31)) == 31
    assert charts.longest(figure("1489", "2.50").items) == len("1,489")
    assert charts.longest([]) == 0


def test_units() -> None:
    units = {"%": "%", "km²": " km²", "services": "", "": "", None: ""}
    assert {unit: charts.suffix(unit) for unit in units} == units


def city(shown: int = 0, **more: object) -> Any:
    profile = SimpleNamespace(body=more.pop("body", ()), headline=more.pop("headline", ()))
    kept: dict[str, object] = {
        "findings": (),
        "projects": (),
        "scores": {},
        "shares": None,
        "image": None,
    }
    return SimpleNamespace(**{"texts": {"en": profile}, "facts": (1,) * shown, **kept, **more})


@pytest.mark.parametrize(
    ("shown", "more", "voice"),
    [(0, {}, "short"), (1, {}, "lone"), (2, {}, "brief"), (4, {}, "brief"), (5, {}, "dense"),
     (0, {"projects": (1,)}, "brief"), (0, {"shares": 1}, "brief"), (0, {"image": 1}, "dense"),
     (0, {"body": ("text",)}, "full"), (9, {"headline": ("text",)}, "full")],
)  # fmt: skip
def test_the_less_a_profile_shows_the_larger_its_voice(
    shown: int, more: dict[str, object], voice: str
) -> None:
    assert openings.voice(city(shown, **more), "en") == voice


def test_how_full_a_chapter_is() -> None:
    def area(findings: int, figures: int) -> Any:
        return SimpleNamespace(findings=(1,) * findings, figures=(1,) * figures)

    assert openings.density(area(0, 0), 0) == "sparse"
    assert openings.density(area(0, 0), 1) == openings.density(area(2, 4), 0) == "plain"
    assert openings.density(area(3, 4), 0) == "dense"


def test_short_items_stand_in_pairs() -> None:
    assert openings.in_pairs([], "en")
    assert openings.in_pairs([{"en": "x" * 30, "ko": "가" * 15}], "en")
    assert not openings.in_pairs([{"en": "x" * 31}], "en")
    assert openings.in_pairs([{"ko": "가" * 15}], "ko")
    assert not openings.in_pairs([{"ko": "가"}, {"ko": "가" * 16}], "ko")
