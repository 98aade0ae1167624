"""Drawings: what they show of fictional cities, and of the report's own figures."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from types import SimpleNamespace
from typing import Any

import pytest

from conftest import ROOT, Run, Small, load
from pdf import elements, folded, lines, problems, text
from reportgen.markup import filters
from reportgen.markup.sandbox import Sandbox
from reportgen.records.schema.report import Figure
from reportgen.records.workspace import Workspace

EXAMPLE = ROOT / "examples" / "fictional"
CITIES = ("exampleton", "sampleford", "mockhaven", "placeholm")
PRODUCTS = [f"{language}/{city}" for language in ("ko", "en") for city in CITIES]
REPORT = load(ROOT / "report" / "report.yaml")
NO_NUMBER = re.compile(r"\b(nan|none|inf|infinity|undefined|null|true|false)\b", re.IGNORECASE)
FIGURES = """\
    figures:
      - title: {ko: 막대의 제목, en: The bars}
        kind: bars
        items:
          - {label: {ko: 매우 긴 이름을 가진 첫째 항목이 여러 줄에 걸친다, en: A first item with
              a name that is so long that it goes over several lines}, value: 1489}
          - {label: {ko: 둘째 항목, en: The second}, value: 2.50}
          - {label: {ko: 셋째 항목, en: The third}, value: 0}
        unit: services
        note: {ko: 덧붙이는 말이다., en: A note is added.}
        source: a-source
      - title: {ko: 점의 제목, en: The dots}
        kind: dots
        items:
          - {label: {ko: 가, en: First}, value: 90}
          - {label: {ko: 나, en: Second}, value: 64}
        unit: "%"
        source: a-source
      - title: {ko: 몫의 제목, en: The parts}
        kind: shares
        items:
          - {label: {ko: 공공 부문, en: Public sector}, value: 51.3}
          - {label: {ko: 민간 부문, en: Private sector}, value: 36.6}
        unit: "%"
        source: a-source
"""
DRAW = """\
{% import "charts/figures.html" as figures with context %}
{% for figure in report.areas[0].figures %}{{ figures.draw(figure, language, words) }}{% endfor %}
{{ parts.source_list() }}
"""


@pytest.fixture(scope="module")
def fictional(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The eight products of the fictional example, built once."""
    folder = tmp_path_factory.mktemp("fictional")
    done = subprocess.run(
        [sys.executable, "-m", "reportgen", "build", str(EXAMPLE), "-q",
         "--out", str(folder / "build"), "--store", str(folder / "store")],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("", "")
    return folder / "build" / "screen"


def record(city: str) -> Any:
    return load(EXAMPLE / "report" / "cities" / f"{city}.yaml")


def area_names(language: str) -> dict[str, str]:
    areas = load(EXAMPLE / "report" / "report.yaml")["areas"]
    return {str(area["number"]): area["name"][language] for area in areas}


def averages() -> dict[str, float]:
    scores: dict[str, list[float]] = {}
    for city in CITIES:
        for number, score in record(city).get("scores", {}).items():
            scores.setdefault(number, []).append(score["value"])
    return {number: fmean(values) for number, values in scores.items()}


def alternatives(path: Path) -> list[str]:
    return [alt for tag, alt in elements(path) if tag == "/Figure"]


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_fictional_page_is_valid_and_says_that_it_is_fictional(
    fictional: Path, name: str
) -> None:
    path = fictional / f"{name}.pdf"
    assert problems(path) == []
    found = text(path)
    assert "A FICTIONAL EXAMPLE REPORT" in found
    assert "Fictional example: no city, score or rank in it is real." in found
    assert ("가상의 도시이다" if name.startswith("ko") else "is a fictional city") in found


def test_no_record_of_the_published_report_has_scores() -> None:
    assert "score-scale" not in REPORT
    for path in (ROOT / "report" / "cities").glob("*.yaml"):
        assert not {"scores", "projects"} & set(load(path)), path


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_table_of_scores_has_every_number(fictional: Path, name: str) -> None:
    language, city = name.split("/")
    scores = record(city)["scores"]
    with_rank = any("rank" in score for score in scores.values())
    with_previous = any("previous" in score for score in scores.values())
    found = text(fictional / f"{name}.pdf").replace(" ", "")
    for number, score in scores.items():
        rank, previous = score.get("rank"), score.get("previous")
        row = f"0{number} {area_names(language)[number]}1 {score['value']}"
        if with_rank:
            row += f" {rank or '–'}"
        if with_previous:
            steps = previous - rank if rank and previous else None
            change = (
                "–" if steps is None else f"▲ {steps}" if steps > 0
                else f"▼ {-steps}" if steps else "="
            )  # fmt: skip
            row += f" {previous or '–'} {change}"
        assert row.replace(" ", "") in found, row


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("city", ["exampleton", "sampleford", "mockhaven"])
def test_the_radar_leads_to_its_table_which_tells_the_averages(
    fictional: Path, language: str, city: str
) -> None:
    path = fictional / language / f"{city}.pdf"
    assert words(language)["scores_drawing"] in alternatives(path)
    mean = words(language)["average"]
    told = [alt for tag, alt in elements(path) if alt.startswith(f"{mean} ")]
    assert told == [f"{mean} {averages()[n]:.1f}" for n in record(city)["scores"]]


def test_slopes_tell_ranks_and_set_ties_side_by_side(fictional: Path) -> None:
    path = fictional / "en" / "sampleford.pdf"
    names, scores = area_names("en"), record("sampleford")["scores"]
    (found,) = [x for x in alternatives(path) if x.startswith("Change of rank: ")]
    assert found == "Change of rank: " + ", ".join(
        f"{names[n]} {was} (unchanged)" if was == now else f"{names[n]} from {was} to {now}"
        for n, was, now in ((n, x["previous"], x["rank"]) for n, x in scores.items())
    ) + "."  # fmt: skip
    # Each present rank is printed once, before the areas that share it.
    assert "1 03 3 07 4 01 02 04 06 10 05 08" in text(path)


def test_a_city_with_part_of_the_data_draws_only_what_it_has(fictional: Path) -> None:
    mockhaven = fictional / "en" / "mockhaven.pdf"
    radar, shares = alternatives(mockhaven)
    assert radar == words("en")["scores_drawing"]
    assert shares == "Sources of funding: Public 20 %, Joint 35 %, remainder not published."
    found = text(mockhaven)
    for absent in ("Previous rank", "Change", "Services by sector", "Private", "▲", "="):
        assert absent not in found, absent
    placeholm = fictional / "en" / "placeholm.pdf"
    assert alternatives(placeholm) == []
    assert "05 Infrastructure Integration 1 33.3 – – – 06" in text(placeholm).replace("n1", "n 1")
    for absent in ("Shares", "Projects", "unchanged"):
        assert absent not in text(placeholm), absent


@pytest.mark.parametrize("name", PRODUCTS)
def test_nothing_that_is_no_number_is_printed(fictional: Path, name: str) -> None:
    path = fictional / f"{name}.pdf"
    shown = " ".join([text(path), *alternatives(path)])
    assert NO_NUMBER.search(shown) is None
    assert re.search(r"\d\.\d{4}", shown) is None


def test_complete_and_partial_shares(fictional: Path) -> None:
    complete = alternatives(fictional / "ko" / "exampleton.pdf")
    assert "재원 구성: 공공 55.5 %, 민간 30 %, 공동 14.5 %." in complete
    assert (
        "서비스 구성: 행정 30 %, 교통 25 %, 보건·의료·복지 20 %, 환경(에너지) 15 %, 기타 10 %."
        in complete
    )
    assert "공표되지 않은 나머지" not in text(fictional / "ko" / "exampleton.pdf")
    partial = alternatives(fictional / "ko" / "sampleford.pdf")
    assert "재원 구성: 공공 62 %, 공표되지 않은 나머지." in partial


def test_projects_stand_on_a_line_of_years(fictional: Path) -> None:
    path = fictional / "en" / "exampleton.pdf"
    # What it shows is said below it.
    assert not any("2018" in x for x in alternatives(path))
    assert "2014 2018 2021" in text(path)
    # A project without a year stands in the list only.
    undated = "Invented Project without a Date"
    assert undated in text(fictional / "en" / "sampleford.pdf")
    assert text(fictional / "en" / "sampleford.pdf").count(undated) == 1
    # One year is no line.
    assert text(fictional / "en" / "mockhaven.pdf").count("2017") == 1


def rendered(source: str, **values: object) -> str:
    """Return what a template of this repository's workspace prints."""
    environment = Sandbox(Workspace(ROOT))
    return environment.from_string(source).render(**values)


def words(language: str) -> Any:
    return load(ROOT / "templates" / "words.yaml")[language]


def test_all_languages_have_all_words() -> None:
    known = load(ROOT / "templates" / "words.yaml")
    assert len(known) == 5
    for language, entries in known.items():
        assert set(entries) == set(known["en"]), language


def test_years_without_room_are_marked_but_not_printed() -> None:
    projects = [SimpleNamespace(year=y) for y in (1960, 2017, 2018, 2019, 2020)]
    drawing = rendered(
        '{% import "charts/timeline.html" as t %}{{ t.strip(p, "en", words, "#05557D") }}',
        p=projects, words=words("en"),
    )  # fmt: skip
    assert re.findall(r">(\d{4})</text>", drawing) == ["1960", "2020"]
    assert drawing.count("<circle") == 5
    marks = [float(x) for x in re.findall(r'cx="([\d.]+)"', drawing)]
    assert marks == sorted(marks)
    assert (marks[0], marks[-1]) == (4, 114)


def figures(tmp: Small, run: Run, old: str = "", new: str = "") -> Any:
    """Build a page of the figures that FIGURES describes, `old` in it replaced."""
    assert old in FIGURES
    described = FIGURES.replace(old, new)
    report = tmp.root / "report" / "report.yaml"
    report.write_text(report.read_text("utf-8").replace("sources:", f"{described}sources:"))
    finding = "{area: 1, kind: mention, text: {ko: 하나, en: One}, source: a-source}"
    tmp.city("alpha", f"{tmp.text('alpha')}findings:\n  - {finding}\n")
    profile = tmp.own("templates") / "profile.html"
    source = profile.read_text("utf-8")
    assert source.count("{{ parts.source_list() }}\n") == 1
    profile.write_text(source.replace("{{ parts.source_list() }}\n", DRAW), "utf-8")
    return run("build", tmp.root, "--city", "alpha", "--jobs", 1)


def test_bars_dots_and_shares_print_labels_and_values_in_order(small: Small, run: Run) -> None:
    result = figures(small, run)
    assert result.returncode == 0, result.stderr
    korean, english = (small.root / "build/screen" / x / "alpha.pdf" for x in ("ko", "en"))
    assert problems(korean) == problems(english) == []
    # How far a source's number is set off is the style sheet's choice.
    found = text(english).replace(" ", "")
    for wanted in (
        "The bars (services) A first item with a name that is so long that it goes over",
        "several lines 1,489 The second 2.50 The third 0 A note is added. Source: A source 1",
        "The dots First 90% Second 64% 0 100% Source: A source 1",
        "The parts",
        "Public sector 51.3% Private sector 36.6% remainder not published Source: A source 1",
    ):
        assert wanted.replace(" ", "") in found, wanted
    found = text(korean).replace(" ", "")
    for wanted in (
        "막대의 제목 (services) 매우 긴 이름을 가진 첫째 항목이 여러 줄에 걸친다 1,489",
        "둘째 항목 2.50 셋째 항목 0 덧붙이는 말이다. 출처: 어떤 출처 1",
        "점의 제목 가 90% 나 64% 0 100% 출처: 어떤 출처 1",
        "공공 부문 51.3% 민간 부문 36.6% 공표되지 않은 나머지 출처: 어떤 출처 1",
    ):
        assert wanted.replace(" ", "") in found, wanted
    assert alternatives(english) == [
        "The parts: Public sector 51.3 %, Private sector 36.6 %, remainder not published."
    ]
    assert [tag for tag, _ in elements(english)].count("/TH") >= 5
    assert any(folded(line).endswith("1,489") for line in lines(english))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("value: 36.6", "value: 49.3"), "the shares sum to 100.6 %, expected at most 100"),
        (("value: 90}", "value: 100.5}"), "the value 100.5 is not on the scale from 0 to 100"),
        (("unit: services", "top: 1000"), "the value 1489 is not on the scale from 0 to 1000"),
        (("value: 64}", "value: -1}"), "the value -1 is not on the scale from 0 to 100"),
    ],
)
def test_what_cannot_be_drawn_is_an_error_and_no_drawing(
    small: Small, run: Run, change: tuple[str, str], message: str
) -> None:
    result = figures(small, run, *change)
    assert result.returncode == 3
    assert message in result.stderr
    assert "report/report.yaml:" in result.stderr
    assert "[areas[0].figures[" in result.stderr
    assert not (small.root / "build" / "screen").exists()


def drawn(figure: Any, language: str, **values: object) -> str:
    return rendered(
        '{% import "charts/figures.html" as f with context %}{{ f.draw(figure, language, words) }}',
        figure=Figure.model_validate(figure), language=language, words=words(language),
        accent="#AA4242", cited=["s"], citations=Counter(),
        sources=[{"title": {"ko": "출처 하나", "en": "A source"}}], **values,
    )  # fmt: skip


def figure(kind: str, *values: str, **more: object) -> Any:
    items = tuple({"label": {"en": f"L{v}"}, "value": Decimal(v)} for v in values)
    return {"title": {"en": "T"}, "kind": kind, "items": items, "source": "s", **more}


def test_bars_are_as_long_as_their_values_say() -> None:
    bars = drawn(figure("bars", "80", "20", "0", unit="%"), "en")
    long, short, none = (float(x) for x in re.findall(r'drawn-bar" style="width: ([\d.]+)', bars))
    assert long == pytest.approx(4 * short, rel=1e-3)
    assert none == 0
    free = drawn(figure("bars", "3", "1.5", top=6), "en")
    half, quarter = (float(x) for x in re.findall(r'drawn-bar" style="width: ([\d.]+)', free))
    assert half == pytest.approx(2 * quarter, rel=1e-3)
    full = drawn(figure("bars", "6.0", top=6), "en")
    assert float(re.findall(r'drawn-bar" style="width: ([\d.]+)', full)[0]) == pytest.approx(
        2 * half
    )


def test_shares_fill_the_strip_and_leave_the_rest_empty() -> None:
    whole = drawn(figure("shares", "51.3", "36.6", "12.1"), "en")
    widths = [float(x) for x in re.findall(r'<rect x="[\d.]+" y="0" width="([\d.]+)"', whole)]
    assert sum(widths) == pytest.approx(118, abs=0.01)
    assert "not published" not in whole
    assert 'class="rest"' not in whole
    part = drawn(figure("shares", "71"), "en")
    (share,) = re.findall(r'<rect x="[\d.]+" y="0" width="([\d.]+)"', part)
    (rest,) = re.findall(r'<rect x="[\d.]+" y="0.15" width="([\d.]+)" [^>]*class="rest"', part)
    assert float(share) + float(rest) == pytest.approx(118 - 0.3, abs=0.01)
    assert 'fill="#AA4242"' in part


def test_dots_without_an_end_of_the_scale_get_a_round_one() -> None:
    assert 'far">4<' in drawn(figure("dots", "3.83", "2.54"), "en")
    assert 'far">31<' in drawn(figure("dots", "18", top=31), "en")
    assert 'far">100%<' in drawn(figure("dots", "18", unit="%"), "en")


def published() -> Iterator[Any]:
    yield from REPORT["figures"]
    for area in REPORT["areas"]:
        yield from area.get("figures", ())


def test_figures_of_the_sample_are_published_findings_of_their_source() -> None:
    """Every number that is drawn stands in the text of a finding with the same source."""
    findings = REPORT["findings"] + [f for a in REPORT["areas"] for f in a.get("findings", [])]
    assert len(list(published())) >= 10
    for entry in published():
        told = " ".join(f["text"]["en"] for f in findings if f["source"] == entry["source"])
        for item in entry["items"]:
            number = re.escape(f"{item['value']:,}")
            assert re.search(rf"(?<![\d.,]){number}(?![\d]|[.,]\d)", told), (entry, item)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_figures_of_the_sample_can_be_drawn(language: str) -> None:
    for entry in published():
        found = drawn({**entry, "source": "s"} | decimals(entry), language)
        for item in entry["items"]:
            assert f"{item['value']:,}" in found
            assert item["label"][language].split()[0] in found


def decimals(entry: Any) -> Any:
    """Return the items with the numbers that our own reader of YAML gives."""
    return {"items": tuple({**x, "value": Decimal(str(x["value"]))} for x in entry["items"])}


def test_fraction() -> None:
    assert filters.fraction(25, 0, 100) == 0.25
    assert filters.fraction(Decimal("3.5"), 1, 6) == 0.5
    assert [filters.fraction(x, -1, 1) for x in (-1, 0, 1)] == [0, 0.5, 1]
    for faulty in ((101, 0, 100), (-1, 0, 100), (1, 1, 1), (math.nan, 0, 1), (0, 0, math.inf)):
        with pytest.raises(ValueError, match="not on a scale"):
            filters.fraction(*faulty)


@pytest.mark.parametrize(
    ("highest", "printed"),
    [(12, "15"), (210, "250"), (Decimal("12.5"), "15"), (1_234_567, "1,500,000"), (900, "1,000"),
     (Decimal("0.0123"), "0.015"), (Decimal("0.0000001"), "0.0000001")],
)  # fmt: skip
def test_a_scale_ends_with_a_number_as_one_would_write_it(
    highest: int | Decimal, printed: str
) -> None:
    assert filters.figure(filters.scale_end(highest)) == printed


def test_scale_end() -> None:
    ends = {18: 20, 206: 250, 1489: 1500, 5: 5, 0.07: 0.08, 1000: 1000, 0: 1}
    assert {x: float(filters.scale_end(x)) for x in ends} == ends
    assert filters.scale_end(Decimal("3.83")) == 4
    assert filters.scale_end(72, percent=True) == 100
    assert filters.scale_end(18, 31) == filters.scale_end(18, 31, percent=True) == 31
    for faulty in ((5, 4), (-1, None), (math.nan, None), (0, 0)):
        with pytest.raises(ValueError, match="scale"):
            filters.scale_end(*faulty)
    with pytest.raises(ValueError, match="beyond the end of the scale, 100"):
        filters.scale_end(101, percent=True)


def test_polar_turns_clockwise_from_straight_up() -> None:
    for turn, point in ((0, (0, -2)), (0.25, (2, 0)), (0.5, (0, 2)), (0.75, (-2, 0)), (1, (0, -2))):
        assert filters.polar(2, turn) == pytest.approx(point, abs=1e-12)
    assert math.hypot(*filters.polar(3, 0.3)) == pytest.approx(3)
    with pytest.raises(ValueError, match="no point"):
        filters.polar(math.inf, 0)


def test_ladder_keeps_order_and_gaps_and_unites_ties() -> None:
    assert filters.ladder([1, 11, 6], 50, 4) == {1: 0, 6: 25, 11: 50}
    assert filters.ladder([3, 3], 50, 4) == {3: 50}
    assert filters.ladder([1], 50, 4) == {1: 0}
    crowded = filters.ladder([9, 1, 10, 2, 10, 11], 50, 4.5)
    assert list(crowded) == [1, 2, 9, 10, 11]
    places = list(crowded.values())
    assert all(b - a >= 4.5 - 1e-9 for a, b in pairwise(places))
    assert (places[0], places[-1]) == (0, 50)
    assert filters.ladder([1, 2, 3, 31], 50, 4.5) == {1: 0, 2: 4.5, 3: 9, 31: 50}
    for faulty, length in (([0, 1], 50), (range(1, 14), 50)):
        with pytest.raises(ValueError, match=r"not on a scale|no room"):
            filters.ladder(list(faulty), length, 4.5)


def test_tint() -> None:
    assert filters.tint("#AA4242", 1) == "#AA4242"
    assert filters.tint("#AA4242", 0) == "#FFFFFF"
    assert filters.tint("#000000", 0.5) == "#808080"
    for colour, strength in (("red", 0.5), ("#AA4242", 1.1), ("#AA4242", -0.1)):
        with pytest.raises(ValueError, match="takes a"):
            filters.tint(colour, strength)
