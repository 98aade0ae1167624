"""Languages: what one of them lacks is told at its field, and nothing goes without it unseen."""

from __future__ import annotations

import json
import re

import pytest

from conftest import Run, Small
from pdf import text

ONLY_KO = """id: beta
name: {display: BETA, ko: 베타}
country: {formal: THE REPUBLIC OF EXAMPLE, ko: 예시국, iso2: XX}
texts:
  ko:
    about: [시험을 위한 가상의 도시이다.]
facts:
  - {label: {ko: 인구}, value: 3, year: 2021, source: a-source}
"""
BOUND = "report.pdf"


def files(small: Small) -> set[str]:
    """Return the products, by their path below the folder of the edition."""
    folder = small.root / "build" / "screen"
    return {str(path.relative_to(folder)) for path in folder.rglob("*.pdf")}


def partial(small: Small) -> None:
    """Let one city have texts in Korean alone."""
    small.bind()
    small.city("beta", ONLY_KO.replace("베타}", "베타, en: Beta}"))


def test_a_city_that_lacks_a_language_is_told_and_its_book_not_bound(
    small: Small, run: Run
) -> None:
    partial(small)
    done = run("build", small.root)
    assert done.returncode == 4
    assert files(small) == {"ko/alpha.pdf", "ko/beta.pdf", "en/alpha.pdf", "ko/report.pdf"}
    assert "report/cities/beta.yaml:4:1: error: no texts in 'en'" in done.stderr
    assert "report/cities/beta.yaml:8:6: error: the text in 'en' is missing" in done.stderr
    assert "screen/en/report.pdf: not bound, as it would lack beta" in done.stderr
    assert "not made: screen/en/beta, screen/en/report" in done.stderr


def test_the_book_is_bound_without_it_if_that_is_asked_for(small: Small, run: Run) -> None:
    partial(small)
    done = run("build", small.root, "--allow-missing")
    assert done.returncode == 4
    assert "no texts in 'en'" in done.stderr
    book = text(small.root / "build" / "screen" / "en" / BOUND)
    assert "Alpha" in book
    assert "Beta" not in book
    assert run("verify", small.root / "build").returncode == 0


def test_a_page_that_nobody_wrote_is_not_nothing_to_do(small: Small, run: Run) -> None:
    partial(small)
    done = run("build", small.root, "--city", "beta", "--lang", "en")
    assert done.returncode == 3
    assert "no texts in 'en'" in done.stderr
    assert run("build", small.root, "--city", "beta", "--lang", "ko").returncode == 0


def test_an_old_page_stays_if_its_texts_are_taken_out(small: Small, run: Run) -> None:
    small.bind()
    assert run("build", small.root).returncode == 0
    before = files(small)
    partial(small)
    assert run("build", small.root).returncode == 4
    assert files(small) == before


def test_check_says_the_same_as_the_build(small: Small, run: Run) -> None:
    partial(small)
    built = run("build", small.root, "--json")
    looked = json.loads(run("check", small.root, "--json").stdout)
    places = set(re.findall(r"(report/cities/beta.yaml:\d+):", built.stderr))
    found = {f"{f['file']}:{f['line']}" for f in looked["findings"] if f["city"] == "beta"}
    assert len(places) == 2
    assert places <= found


def test_all_that_an_added_language_lacks_is_told_at_once(small: Small, run: Run) -> None:
    small.bind()
    report = small.root / "report" / "report.yaml"
    source = report.read_text("utf-8")
    report.write_text(re.sub(r"languages: \[.*\]", "languages: [ko, en, ja]", source), "utf-8")
    done = run("build", small.root)
    assert done.returncode == 4
    assert files(small) >= {"ko/report.pdf", "en/report.pdf"}
    told = set(re.findall(r"^(\S+?):\d+:\d+: error: .* \[(\S+)\]$", done.stderr, re.MULTILINE))
    assert told == {
        ("report/report.yaml", "areas[0].name"),
        ("report/report.yaml", "areas[0].definition"),
        ("report/report.yaml", "sources[0].title"),
        *((f"report/cities/{city}.yaml", at) for city in ("alpha", "beta")
          for at in ("texts", "name")),
    }  # fmt: skip
    assert "templates/" not in done.stderr


def test_a_text_of_the_report_stops_only_what_shows_it(small: Small, run: Run) -> None:
    small.bind()
    report = small.root / "report" / "report.yaml"
    source = report.read_text("utf-8")
    definition = re.search(r"definition: \{ko: .*, (en: .*)\}", source)
    assert definition
    report.write_text(source.replace(f", {definition[1]}", "", 1), "utf-8")
    done = run("build", small.root)
    assert done.returncode == 4
    assert files(small) == {"ko/alpha.pdf", "ko/beta.pdf", "en/alpha.pdf", "en/beta.pdf",
                            "ko/report.pdf"}  # fmt: skip
    assert re.search(r"report.yaml:\d+:\d+: error: the text in 'en' is missing", done.stderr)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_book_whose_cities_were_found_nothing_of_has_no_empty_table(
    small: Small, run: Run, language: str
) -> None:
    small.bind("book: {front: [], body: [matrix, profiles], back: []}")
    finding = "findings:\n  - {area: 1, kind: leader, text: {%s: 가A}, source: a-source}\n"
    for city, own in (("alpha", "ko"), ("beta", "en")):
        kept = small.text(city).split(f"  {'en' if own == 'ko' else 'ko'}:\n")
        record = kept[0] if own == "ko" else kept[0] + "  en:\n" + kept[1].split("  en:\n")[1]
        small.city(city, record + (finding % own if own == language else ""))
    assert run("build", small.root, "--allow-missing").returncode == 4
    done = run("verify", small.root / "build")
    assert done.returncode == 0, done.stderr
