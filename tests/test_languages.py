"""Languages: what one of them lacks is told at its field, and nothing goes without it unseen."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pikepdf
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


# One rule for every text: by language, or one for all.

TERMS = """back-matter:
  - id: glossary
    title: {ja: 用語, zh-Hans: 术语, en: Glossary}
    terms:
      - {ja: 都市, zh-Hans: 城市, en: City, text: {ja: 街, zh-Hans: 街, en: A place}}
      - {ja: 案内, en: Guide, zh-Hans: 指南, text: {ja: 案, zh-Hans: 指, en: A book}}
"""


def asian(small: Small) -> None:
    """Give the report other languages than Korean, and a glossary."""
    small.bind("book: {front: [cover, imprint, cities], body: [profiles], back: [glossary, index]}")
    report = small.root / "report" / "report.yaml"
    source = report.read_text("utf-8").replace("[ko, en]", "[ja, zh-Hans, en]")
    source = re.sub(r"ko: ([^,}]+)", r"ja: \1, zh-Hans: \1", source)
    source = source.replace("[Example Lab]", "[{ja: 研究所, zh-Hans: 研究院, en: Lab}, Partner]")
    source = source.replace('"Seoul, Korea"', "{ja: ソウル, zh-Hans: 首尔, en: Seoul}")
    source = re.sub("copyright: .*", "copyright: {ja: 著作権, zh-Hans: 版权, en: Rights}", source)
    report.write_text(source + TERMS, "utf-8")
    for city in ("alpha", "beta"):
        texts = "".join(f"  {x}: {{about: [都市]}}\n" for x in ("ja", "zh-Hans", "en"))
        small.city(
            city,
            f"id: {city}\nname: {{display: X, en: {city}, ja: 甲, zh-Hans: 乙}}\n"
            f"country: {{formal: JAPAN, ja: 日本, zh-Hans: 日本国, iso2: JP}}\ntexts:\n{texts}",
        )


def test_a_glossary_and_a_country_are_in_any_language(small: Small, run: Run) -> None:
    asian(small)
    done = run("build", small.root)
    assert done.returncode == 0, done.stderr
    said = {x: text(small.root / "build" / "screen" / x / BOUND) for x in ("ja", "zh-Hans", "en")}
    assert all(word in said["ja"] for word in ("都市 City", "日本", "研究所", "ソウル", "著作権"))
    assert all(
        word in said["zh-Hans"] for word in ("城市 City", "日本国", "研究院", "首尔", "版权")
    )
    assert all(word in said["en"] for word in ("City 都市", "JAPAN", "Lab", "Seoul", "Rights"))
    assert all("Partner" in words for words in said.values())
    assert run("verify", small.root / "build").returncode == 0


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ("zh-Hans: 城市, ", "", "terms[0]", "the term in 'zh-Hans' is missing"),
        ("{ja: 都市,", "{ko: 도시, ja: 都市,", "terms[0].ko", "'ko' is no language of this report"),
        ("{ja: 都市,", "{jp: 都市,", "terms[0].jp", "'jp' is no language of this report"),
        (", zh-Hans: 版权", "", "copyright", "the text in 'zh-Hans' is missing"),
        (", en: Seoul", "", "contact.place", "the text in 'en' is missing"),
    ],
)
def test_what_a_term_or_the_imprint_lacks_is_told(
    small: Small, run: Run, old: str, new: str, where: str, said: str
) -> None:
    asian(small)
    report = small.root / "report" / "report.yaml"
    source = report.read_text("utf-8")
    assert old in source
    report.write_text(source.replace(old, new, 1), "utf-8")
    done = run("build", small.root)
    assert done.returncode in {3, 4}
    assert re.search(rf"report.yaml:\d+:\d+: error: {re.escape(said)}.*{re.escape(where)}\]",
                     done.stderr), done.stderr  # fmt: skip


def test_a_misspelt_key_of_a_country_is_no_language(small: Small, run: Run) -> None:
    small.city("alpha", small.text("alpha").replace("ko: 예시국", "kr: 예시국"))
    done = run("build", small.root)
    assert "unknown key 'kr' [country.kr]" in done.stderr
    small.city("alpha", small.text("alpha").replace("kr: 예시국", "name: 예시국"))
    done = run("build", small.root)
    assert "unknown key 'name' [country.name]" in done.stderr


def languages(path: Path) -> list[tuple[str, str]]:
    """Return the elements of a file that have a language of their own, with their tags."""
    with pikepdf.open(path) as pdf:
        return [
            (str(item.S), str(item.Lang))
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and "/Lang" in item and "/S" in item
        ]


def test_what_is_in_another_language_says_so(small: Small, run: Run) -> None:
    small.bind()
    assert run("build", small.root).returncode == 0
    folder = small.root / "build" / "screen"
    assert languages(folder / "ko" / "alpha.pdf") == [("/Span", "en")] * 3
    assert languages(folder / "en" / "alpha.pdf") == []
    assert len(languages(folder / "ko" / BOUND)) > 6


def test_the_language_of_a_template_s_element_reaches_the_file(small: Small, run: Run) -> None:
    page = small.own("templates") / "profile.html"
    source = page.read_text("utf-8")
    changed = source.replace("<h1>", '<h1 lang="en">').replace(
        '<p class="opening-country">', '<p class="opening-country" lang="pt-BR">'
    )
    page.write_text(changed, "utf-8")
    assert run("build", small.root, "--city", "alpha", "--lang", "ko").returncode == 0
    found = languages(small.root / "build" / "screen" / "ko" / "alpha.pdf")
    assert ("/H1", "en") in found
    assert ("/P", "pt-BR") in found
    assert run("verify", small.root / "build").returncode == 0
