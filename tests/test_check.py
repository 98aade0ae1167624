"""The check: every rule has a record or a page that breaks it, and one that does not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

import reportgen
from conftest import CITY, ROOT, Run, Small
from reportgen.checking import RULES
from reportgen.core.errors import ExitCode, InputError

ALPHA, BETA = (
    CITY.format(id=i, display=i.upper(), ko=ko, en=i.capitalize())
    for i, ko in (("alpha", "알파"), ("beta", "베타"))
)
BETA = BETA.replace(
    "이 도시는 시험을 위해 만든 가상의 도시이다.", "바다에서 먼 고원에 있다."
).replace("This city is fictional and serves as a test.", "It lies on a plateau far from any sea.")
ABOUT_KO = "이 도시는 시험을 위해 만든 가상의 도시이다."
ABOUT_EN = "This city is fictional and serves as a test."
LONG = (
    "The harbour opens to the south, and the old quarter climbs from its quays in narrow lanes "
    "that were laid out long before any plan was drawn. Later generations added avenues, a "
    "botanical garden and two universities; the present one looks after all of them with a "
    "network of sensors, and publishes what they measure for whoever cares to use it. "
)


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """A workspace of two cities that differ."""
    made = Small(tmp_path / "work")
    made.city("beta", BETA)
    return made


@pytest.fixture(scope="session", autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all checks of this module keep their fragments in: most set the same pages."""
    kept["store"] = tmp_path_factory.mktemp("store")
    return kept["store"]


kept: dict[str, Path] = {}


def looked(small: Small, *cities: str, languages: tuple[str, ...] = ()) -> reportgen.CheckResult:
    """Check a workspace in this process."""
    request = reportgen.CheckRequest(
        workspace=small.root, cities=cities, languages=languages, store=kept["store"], jobs=1
    )
    return reportgen.check(request)


def report(small: Small, old: str, new: str) -> None:
    path = small.root / "report" / "report.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def styled(small: Small, css: str) -> None:
    path = small.own("templates") / "profile.css"
    path.write_text(path.read_text(encoding="utf-8") + css + "\n", encoding="utf-8")


def in_english(text: str) -> str:
    return ALPHA.replace(f"- {ABOUT_EN}", f"- >-\n        {text.strip()}")


def test_a_good_workspace_has_no_finding(small: Small) -> None:
    checked = looked(small)
    assert checked.findings == ()
    assert (checked.records, checked.pages) == (3, 4)


# ---------------------------------------------------------------- records


@dataclass
class Case:
    """A rule, the record of alpha that breaks it, one that does not, and where it is broken."""

    rule: str
    bad: str
    good: str
    line: int
    beta: str = BETA


def two(ko: str, en: str) -> str:
    return ALPHA.replace(ABOUT_KO, ko).replace(ABOUT_EN, en)


def korean(text: str) -> str:
    return two(text, ABOUT_EN)


def with_headline(city: str, headline: str) -> str:
    return city.replace("  en:\n", f"  en:\n    headline: {headline}\n").replace(
        "  ko:\n", "  ko:\n    headline: 새로운 길\n", 1
    )


SHARES = "shares: {service: {public: 60, transport: %s, source: a-source}}\n"
TERMS = "index-terms: {ko: [시험], en: [%s]}\n"
FACT = "facts: [{label: {ko: 인구, en: People}, value: 24000000, year: 2021, source: a-source}]\n"
CASES = [
    Case("other-city", ALPHA.replace("en: Alpha", "en: Beta"), ALPHA, 2),
    Case("other-city", korean("베타는 항구 도시이다."), korean("알파는 베타와 다르다."), 7),
    Case("other-city", with_headline(ALPHA, "Beta takes the lead"),
         with_headline(ALPHA, "Alpha follows Beta"), 10),
    Case("same-about", two(ABOUT_KO, LONG), two(ABOUT_KO, "Alpha is for " + LONG[200:280]), 9,
         BETA.replace("It lies on a plateau far from any sea.", f"Beta. {LONG}")),
    Case("near-headline", with_headline(ALPHA, "One network for the whole city"),
         with_headline(ALPHA, "A port that learns"), 11,
         with_headline(BETA, "One network for a whole city").replace("새로운 길", "다음 장")),
    Case("space-as-indent", two(ABOUT_KO, "Two  spaces within a text."),
         two(ABOUT_KO, "One space within a text."), 10),
    Case("space-as-indent", korean("전각\u3000공백이다."), korean("보통 공백이다."), 7),
    Case("space-as-indent", two(ABOUT_KO, "A gap of \u00a0 no-break spaces."),
         two(ABOUT_KO, "A single 12\u00a0km is meant."), 10),
    Case("unpaired-mark", two("‘시험 도시이다.", ABOUT_EN), two("‘시험’ 도시이다.", ABOUT_EN), 7),
    Case("unpaired-mark", two(ABOUT_KO, "A test) of brackets."),
         two(ABOUT_KO, "1) A (test) of the city’s “[brackets]”, ’90s style."), 10),
    Case("unpaired-mark", korean("「시험』 도시이다."), korean("「『시험』」 도시이다."), 7),
    Case("mixed-width", two("시험， 도시이다.", ABOUT_EN), two("시험, 도시이다.", ABOUT_EN), 7),
    Case("mixed-width", korean("시험（가상） 도시이다."), korean("시험(가상) 도시 3.5이다."), 7),
    Case("number-without-source", two(ABOUT_KO, "It counts 69% of all firms."),
         two(ABOUT_KO, "It was founded in 1992 by 3 people in the 19th century."), 10),
    Case("number-without-source", korean("인구는 2,400만 명이다."),
         korean("인구는 2,400만 명이다.") + FACT, 7),
    Case("number-without-source", korean("시험に999件ある。"),
         korean("시험の第12回は2021年5月3日。"), 7),
    Case("number-without-source", korean("시험有９９９项。"), korean("시험有９项。"), 7),
    Case("share-sum", ALPHA + SHARES % "40.3", ALPHA + SHARES % "30", 11),
    Case("share-sum", ALPHA + SHARES % "39.7", ALPHA + SHARES % "30", 11),
    Case("missing-language", ALPHA.split("  en:\n")[0], ALPHA, 4),
    Case("missing-language", ALPHA.replace("  en:\n", "  en:\n    headline: Alone\n"), ALPHA, 5),
    Case("uneven-languages", two(ABOUT_KO, LONG), two(ABOUT_KO * 8, LONG), 6),
    Case("index-term-absent", ALPHA + TERMS % "harbour", ALPHA + TERMS % "fictional", 11),
    Case("refused", ALPHA + "colour: red\n", ALPHA, 11),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.rule}-{CASES.index(c)}")
def test_a_rule_finds_what_breaks_it_and_nothing_else(case: Case, small: Small) -> None:
    small.city("alpha", case.good)
    small.city("beta", case.beta)
    # Records are read in all languages; that of the pages does not matter.
    assert case.rule not in {f.rule for f in looked(small, languages=("ko",)).findings}
    small.city("alpha", case.bad)
    found = [f for f in looked(small, languages=("ko",)).findings if f.rule == case.rule]
    assert found, f"{case.rule} is blind to it"
    files = {f.place.file for f in found}
    assert files & {"report/cities/alpha.yaml", "report/cities/beta.yaml"}
    if case.rule not in {"same-about", "near-headline"}:
        assert {(f.place.file, f.place.line) for f in found} == {
            ("report/cities/alpha.yaml", case.line)
        }
    for finding in found:
        assert finding.place.column >= 1
        assert finding.remedy
        assert finding.message


def test_texts_of_the_report_are_read_as_well(small: Small) -> None:
    report(small, "definition: {ko: 정의, en: Definition}", "definition: {ko: 정의}")
    report(small, "en: A source}", 'en: "A (source"}')
    text = "text: {ko: [열], en: ['Of 4,711 people.']}"
    more = f"front-matter: [{{id: more, title: {{ko: 글, en: Text}}, {text}}}]"
    path = small.root / "report" / "report.yaml"
    path.write_text(path.read_text(encoding="utf-8") + more + "\n", encoding="utf-8")
    found = {(f.rule, f.place.file, f.place.line, f.field) for f in looked(small).findings}
    assert found == {
        ("missing-language", "report/report.yaml", 12, "areas[0].definition"),
        ("unpaired-mark", "report/report.yaml", 14, "sources[0].title.en"),
        ("number-without-source", "report/report.yaml", 15, "front-matter[0].text.en[0]"),
    }


# ---------------------------------------------------------------- pages

Prepare = Callable[[Small], None]


def css(style: str, record: str = ALPHA) -> Prepare:
    def prepare(small: Small) -> None:
        styled(small, style)
        small.city("alpha", record)

    return prepare


def record(text: str) -> Prepare:
    def prepare(small: Small) -> None:
        small.city("alpha", text)

    return prepare


def pictured(pixels: int, *, alt: str = ' alt="{{ city.image.alt[language] }}"') -> Prepare:
    def prepare(small: Small) -> None:
        images = small.root / "report" / "images"
        images.mkdir()
        Image.new("RGB", (pixels, pixels // 2), "#808080").save(images / "a.png")
        small.city(
            "alpha", ALPHA + "image: {path: images/a.png, alt: {ko: 항구, en: A port}, credit: C}\n"
        )
        path = small.own("templates") / "profile.html"
        text = path.read_text(encoding="utf-8")
        old = ' alt="{{ city.image.alt[language] }}"'
        assert old in text
        path.write_text(text.replace(old, alt), encoding="utf-8")

    return prepare


def unused(small: Small) -> None:
    pictured(1500)(small)
    (small.root / "report" / "images" / "b.png").write_bytes(b"")


def printed(colour: str, more: str = "") -> Prepare:
    """Have an edition on paper that bears less ink, with text in `colour`."""

    def prepare(small: Small) -> None:
        css(f".about p {{ color: {colour}; {more} }}")(small)
        path = small.root / "report" / "report.yaml"
        editions = "editions: {screen: {}, paper: {standard: pdf/x-4, colour: cmyk}}\n"
        limit = "check: {ink-over-limit: {most: 240}}\n"
        path.write_text(path.read_text("utf-8") + editions + limit, "utf-8")

    return prepare


FINDING = """\
findings:
  - {area: 1, kind: leader, text: {ko: 앞선다., en: It leads.}, source: a-source}
"""
LINKED = "sources: [{id: own, title: {ko: 출처, en: Source}, url: '%s'}]\n" + FINDING.replace(
    "a-source", "own"
)
JUSTIFIED = ".about p { text-align: justify; word-spacing: 0 }"
SAME = " ".join(["rivers"] * 90)
ONCE, FIVE = in_english(LONG), in_english(LONG * 2)
LED = ALPHA + FINDING
SHORT = "A day on the quay is a day of sun and wind, and of all who sail by it. " * 6
TOO_WIDE = "Of internationalisation and a telecommunications infrastructure."
PAGES = [
    ("overflow", css(".about p { white-space: nowrap }", ONCE), record(ONCE)),
    ("overflow", css(".about p { margin-left: 115mm; width: 60mm }"),
     css(".about p { margin-left: 9mm }")),
    ("clipped", css(".about { height: 3mm; overflow: hidden }"),
     css(".about p { overflow: hidden }")),
    ("overlap", css(".about p + p { margin-top: -5mm }", in_english("One.\n      - Two.")),
     record(in_english("One.\n      - Two."))),
    ("widow", css("* { widows: 1; orphans: 1 } .voice-short .opening { padding-top: 110mm }", FIVE),
     css(".voice-short .opening { padding-top: 110mm }", FIVE)),
    ("orphan", css("* { widows: 1; orphans: 1 } .voice-short .opening { padding-top:192mm }", FIVE),
     css(".voice-short .opening { padding-top:192mm }", FIVE)),
    ("runt", css(".about p { width: 105mm }", in_english(LONG + "So it is")),
     css(".about p { width: 110mm }", in_english(LONG + "So it is"))),
    ("short-page", css(".sources { break-before: page }", LED), record(LED)),
    ("stranded-heading", css(".findings h2.label { break-after: page; margin-bottom: 0 }", LED),
     record(LED)),
    ("wide-word", record(in_english("A " + "very" * 40 + " long word.")),
     record(in_english("An address: https://example.org/" + "very" * 40))),
    ("loose-line", css(JUSTIFIED + " .about p { width: 34mm }", in_english(TOO_WIDE)),
     css(JUSTIFIED, in_english(SHORT))),
    ("river", css(JUSTIFIED, in_english(SAME)), css(JUSTIFIED, in_english(LONG * 2))),
    ("contrast", css(".about p { color: #8c8c8c }"), css(".about p { color: #707070 }")),
    ("contrast", css(".about { background: #1d232b }"),
     css(".about p { background: #1d232b; color: white }")),
    ("contrast", css(".about p { opacity: 0.4 }"), css(".about p { opacity: 0.9 }")),
    ("ink-over-limit", printed("#003300"), printed("#05557D")),
    ("small-type", css(".about p { font-size: 6.9pt !important }"),
     css(".about p { font-size: 7pt !important }")),
    ("reversed-type", printed("white", "background: #AA4242; font-size: 8.5pt !important"),
     printed("white", "background: #AA4242; font-size: 9pt !important")),
    ("mixed-weights", css(".about p { font-weight: 300 }", in_english("A city of the name 京.")),
     css(".about p { font-weight: 400 }", in_english("A city of the name 京."))),
    ("image-resolution", pictured(1300), pictured(1400)),
    ("image-alt", pictured(1400, alt=""), pictured(1400)),
    ("image-unused", unused, pictured(1400)),
    ("dead-link", record(ALPHA + LINKED % "https://intranet/page"),
     record(ALPHA + LINKED % "https://example.org/page")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "bad", "good"), PAGES, ids=[f"{rule}-{n}" for n, (rule, *_) in enumerate(PAGES)]
)
def test_a_page_that_breaks_a_rule(rule: str, bad: Prepare, good: Prepare, tmp_path: Path) -> None:
    chosen = () if rule == "image-unused" else ("alpha",)
    fine, broken = Small(tmp_path / "good" / "work"), Small(tmp_path / "bad" / "work")
    good(fine)
    assert rule not in {f.rule for f in looked(fine, *chosen, languages=("en",)).findings}
    bad(broken)
    every = looked(broken, *chosen, languages=("en",)).findings
    found = [f for f in every if f.rule == rule]
    assert found, f"{rule} is blind to it; found {[(f.rule, f.message) for f in every]}"
    if rule == "image-unused":
        assert [f.place.file for f in found] == ["report/images/b.png"]
        return
    for finding in found:
        assert finding.spot is not None
        assert finding.spot.product == "screen/en/alpha.pdf"
        assert finding.spot.page >= 1
        assert finding.place.file == "report/cities/alpha.yaml"


def test_every_rule_has_a_case() -> None:
    assert {case.rule for case in CASES} | {rule for rule, *_ in PAGES} == set(RULES)


def test_a_finding_on_a_page_names_the_line_and_the_place_of_its_text(small: Small) -> None:
    styled(small, ".about p { color: #8c8c8c }")
    found = [f for f in looked(small, "alpha", languages=("en",)).findings if f.spot]
    assert [(f.rule, str(f.place), f.field) for f in found] == [
        ("contrast", "report/cities/alpha.yaml:10:9", "texts.en.about[0]")
    ]
    spot = found[0].spot
    assert spot is not None
    # The template's text column begins 72 mm from the left.
    assert (spot.page, spot.area.x) == (1, 72.0)
    assert found[0].message.endswith(
        "has a contrast of 3.36 to 1, expected 4.5: #8C8C8C on #FFFFFF"
    )


def test_the_book_is_checked_where_its_pages_are(small: Small) -> None:
    report(
        small, "book: {front: [], body: [], back: []}", "book: {front: [], body: [areas], back: []}"
    )
    path = small.own("templates") / "book.css"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + ".area-definition { color: #06567e }\n", encoding="utf-8")
    found = [f for f in looked(small, languages=("en",)).findings if f.rule == "contrast"]
    assert [(f.spot and f.spot.product, f.place.line) for f in found] == [
        ("screen/en/report.pdf", 12)
    ]
    assert found[0].spot
    # A right-hand page: 20 mm, moved from the fold by 4 mm.
    assert (found[0].spot.page, found[0].spot.area.x) == (1, 24.0)


def added(small: Small, html: str) -> None:
    path = small.own("templates") / "profile.html"
    text = path.read_text(encoding="utf-8")
    assert text.count("</article>") == 1
    path.write_text(text.replace("</article>", f"{html}</article>"), encoding="utf-8")


def test_a_link_within_the_section_is_followed(small: Small) -> None:
    added(small, '<p><a href="#gone">Go</a></p>')
    found = {f.rule: f.message for f in looked(small, "alpha", languages=("en",)).findings}
    assert found["dead-link"] == "the link to 'gone' has no such place in its section"


DRAWING = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 30" width="100mm" height="30mm">
<title>A drawing</title><style>text { font-family: "Noto Sans CJK KR"; text-anchor: middle }</style>
<circle cx="20" cy="15" r="12" fill="#1d232b"/>
<text x="20" y="16" font-size="%s" fill="#ffffff">42</text>
<text x="%s" y="22" font-size="4" fill="#ffffff">43</text></svg>
"""


@pytest.mark.parametrize(
    ("size", "x", "expected"),
    [("4", "21", set()), ("4", "60", {"contrast"}), ("2.2", "21", {"small-type"})],
)
def test_drawings_are_measured_as_text_is(
    small: Small, size: str, x: str, expected: set[str]
) -> None:
    added(small, DRAWING % (size, x))
    assert {f.rule for f in looked(small, "alpha", languages=("en",)).findings} == expected


def test_of_text_on_a_gradient_nothing_is_said(small: Small) -> None:
    styled(small, ".about { background: linear-gradient(#ffffff, #000000) }")
    assert not looked(small, "alpha", languages=("en",)).findings


def test_page_furniture_is_checked_once(small: Small) -> None:
    path = small.own("templates") / "furniture.css"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("font-size: var(--size-note)", "font-size: 6pt", 1))
    found = [f for f in looked(small, languages=("en",)).findings if f.rule == "small-type"]
    assert found
    assert {str(f.spot) for f in found} == {"page furniture"}


# ---------------------------------------------------------------- settings


def switched(small: Small, check: str) -> None:
    path = small.root / "report" / "report.yaml"
    path.write_text(path.read_text(encoding="utf-8") + f"check: {check}\n", encoding="utf-8")


def test_a_rule_is_switched_off_or_given_another_severity_or_limit(small: Small) -> None:
    small.city("alpha", two(ABOUT_KO, "Two  spaces within a text, (and an open bracket."))
    styled(small, ".about p { font-size: 6.9pt !important }")
    before = {f.rule: f.severity for f in looked(small, "alpha").findings}
    assert before == {
        "space-as-indent": "warning", "unpaired-mark": "warning", "small-type": "warning"
    }  # fmt: skip
    switched(small, "{space-as-indent: false, unpaired-mark: error, small-type: {least: 6.5}}")
    after = {f.rule: f.severity for f in looked(small, "alpha").findings}
    assert after == {"unpaired-mark": "error"}


@pytest.mark.parametrize(
    ("check", "message", "remedy"),
    [
        ("{wido: false}", "no rule 'wido'", "did you mean 'widow'?"),
        ("{widow: {line: 3}}", "the rule 'widow' has no limit 'line'", "did you mean 'lines'?"),
        ("{widow: loud}", "expected false, error, warning, note, or limits", ""),
        ("{widow: true}", "expected false, error, warning, note, or limits", ""),
    ],
)
def test_a_switch_of_nothing_is_an_error(
    small: Small, check: str, message: str, remedy: str
) -> None:
    switched(small, check)
    with pytest.raises(InputError) as caught:
        looked(small)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert remedy in problem.remedy
    assert (problem.place.file, problem.place.line) == ("report/report.yaml", 15)


# ---------------------------------------------------------------- the command


def test_the_command_lists_what_it_finds_and_leaves_with_8(small: Small, run: Run) -> None:
    good = run("check", small.root)
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.startswith("no findings; 3 records, 4 pages in ")
    switched(small, "{uneven-languages: false}")
    small.city("alpha", in_english("A (test of " + "very" * 40 + " long word to be set."))
    bad = run("check", small.root, "--lang", "en", "--city", "alpha")
    assert bad.returncode == ExitCode.FINDINGS
    lines = bad.stdout.splitlines()
    assert lines[0] == "report/cities/alpha.yaml"
    assert lines[1] == "  11:11  warning  ( without )  unpaired-mark"
    assert lines[4] == ""
    assert lines[5] == "screen/en/alpha.pdf"
    assert re.match(r"  page 1, 72 × \d+ mm  error  'veryvery.*…' is broken", lines[6])
    assert lines[-1].startswith("2 findings: 1 error, 1 warning; 3 records, 1 page in ")


def test_findings_as_json_and_as_sarif(small: Small, run: Run) -> None:
    switched(small, "{uneven-languages: false}")
    small.city("alpha", in_english("A (test of " + "very" * 40 + " long word to be set."))
    chosen = ("--lang", "en", "--city", "alpha")
    told = run("check", small.root, "--json", *chosen)
    assert told.returncode == ExitCode.FINDINGS
    found = json.loads(told.stdout)
    assert found["summary"] == {"errors": 1, "warnings": 1, "notes": 0, "records": 3, "pages": 1}
    first, second = found["findings"]
    assert (first["rule"], first["file"], first["line"], first["column"], first["field"]) == (
        "unpaired-mark", "report/cities/alpha.yaml", 11, 11, "texts.en.about[0]"
    )  # fmt: skip
    assert (second["rule"], second["product"], second["page"]) == (
        "wide-word", "screen/en/alpha.pdf", 1
    )  # fmt: skip
    told = run("check", small.root, "--sarif", *chosen)
    assert told.returncode == ExitCode.FINDINGS
    log = json.loads(told.stdout)
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (one,) = log["runs"]
    driver = one["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == list(RULES)
    assert len(one["results"]) == 2
    for result in one["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "report/cities/alpha.yaml"
        assert place["artifactLocation"]["uriBaseId"] in one["originalUriBaseIds"]
        region = place["region"]
        assert 1 <= region["startColumn"] < region["endColumn"]
        assert region["startLine"] in {10, 11}
    assert one["results"][1]["properties"]["product"] == "screen/en/alpha.pdf"


def test_a_proof_marks_the_place_on_the_page(small: Small, run: Run, tmp_path: Path) -> None:
    styled(small, ".about p { color: #8c8c8c }")
    proofs = tmp_path / "proofs"
    told = run("check", small.root, "--city", "alpha", "--lang", "en", "--proof", proofs)
    assert told.returncode == ExitCode.FINDINGS
    assert [path.name for path in sorted(proofs.iterdir())] == ["screen-en-alpha-p1.png"]
    found = json.loads(run("check", small.root, "--city", "alpha", "--lang", "en", "--json").stdout)
    (finding,) = found["findings"]
    with Image.open(proofs / "screen-en-alpha-p1.png") as image:
        assert image.size == (993 + 210, 1404)  # A4 at 120 ppi, and the labels
        scale = 120 / 25.4
        left, top = (round(finding[k] * scale) - 5 for k in ("x", "y"))
        assert image.getpixel((left + 1, top + 8)) == (0xC4, 0x16, 0x1C)
        inside = image.crop((left + 6, top + 6, left + 200, top + 16))
        assert len(set(inside.get_flattened_data())) > 10, "the text within the mark can be seen"


def test_the_sample_has_no_finding(run: Run, tmp_path: Path) -> None:
    told = run("check", ROOT, "--store", tmp_path / "store")
    assert told.stdout.startswith("no findings; 32 records, ")
    assert told.returncode == 0


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_documented_with_a_bad_and_a_good_example(rule: str) -> None:
    text = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
    assert text.count(f"### {rule}\n") == 1
    section = text.split(f"### {rule}\n")[1].split("\n### ")[0].split("\n## ")[0]
    assert f"**{RULES[rule].severity}**" in section
    assert "Bad: " in section
    assert "Good: " in section
    for limit, value in RULES[rule].limits.items():
        assert f"`{limit}: {value:g}`" in section
