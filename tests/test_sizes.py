"""Records that are too large for a page: what is at a limit is set whole, what is over it is
told by its field, and nothing takes long or is cut."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

import pdf
from conftest import Small
from reportgen.core.errors import Problem
from reportgen.records import records
from reportgen.records.workspace import Workspace

FILE = "report/cities/beta.yaml"
SECONDS = 20
MEMORY = 250
"""MB that a process may take."""

BETWEEN = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""
SOURCED = "source: a-source"


def body(*blocks: str) -> str:
    return "    body:\n" + "".join(f"      - {block}\n" for block in blocks)


def facts(count: int) -> str:
    rows = (
        f"  - {{label: {{ko: 값 {n}, en: Value {n}}}, value: {n}, year: 2020, {SOURCED}}}\n"
        for n in range(count)
    )
    return "facts:\n" + "".join(rows)


def findings(count: int) -> str:
    rows = (
        f"  - {{area: 1, kind: mention, text: {{ko: 발견 {n}, en: Found {n}.}}, {SOURCED}}}\n"
        for n in range(count)
    )
    return "findings:\n" + "".join(rows)


def projects(count: int) -> str:
    rows = (
        f"  - {{name: {{ko: 일 {n}, en: Work {n}}}, text: {{ko: 글, en: Text {n}.}}, {SOURCED}}}\n"
        for n in range(count)
    )
    return "projects:\n" + "".join(rows)


def sources(count: int) -> str:
    rows = (f"  - {{id: s{n}, title: {{ko: 출처 {n}, en: Source {n}}}}}\n" for n in range(count))
    return "sources:\n" + "".join(rows)


def terms(count: int) -> str:
    return "index-terms:\n  en: [" + ", ".join(f"Term {n}" for n in range(count)) + "]\n"


def mix(count: int, share: str = "0.01") -> str:
    rows = "".join(f"    p{n}: {share}\n" for n in range(count))
    return f"shares:\n  service:\n    {SOURCED}\n{rows}"


LINES = body(">-\n" + "".join(f"        Line {n} of a text.\n" for n in range(100_000)))
OVER = {
    "a text of 100,000 lines": (
        LINES,
        "texts.en.body[0]: a text of 2,188,889 characters, expected at most 10,000",
    ),
    "100,000 paragraphs": (
        body(*(f"Line {n}." for n in range(100_000))),
        ": more than 100,000 values",
    ),
    "90,000 paragraphs": (
        body(*(f"Line {n}." for n in range(90_000))),
        "texts.en.body: a list of 90,000 entries, expected at most 1,000",
    ),
    "a word of a megabyte": (
        body("a" * 1_000_000),
        "texts.en.body[0]: a text of 1,000,000 characters, expected at most 10,000",
    ),
    "a word of a line too many": (
        body(f"A {'가' * 501} word."),
        "texts.en.body[0]: a word of 501 characters, expected at most 500",
    ),
    "a body too long": (
        body(*["word " * 1_999 + "words"] * 21),
        "texts.en.body: a body of 210,000 characters, expected at most 200,000",
    ),
    "5,000 facts": (facts(5_000), "facts: a list of 5,000 entries, expected at most 200"),
    "5,000 findings": (findings(5_000), "findings: a list of 5,000 entries, expected at most 200"),
    "5,000 projects": (projects(5_000), "projects: a list of 5,000 entries, expected at most 200"),
    "5,000 sources": (sources(5_000), "sources: a list of 5,000 entries, expected at most 200"),
    "5,000 terms": (terms(5_000), "index-terms.en: a list of 5,000 entries, expected at most 200"),
    "5,000 shares": (mix(5_000), "shares.service: a mix of 5000 shares, expected at most 50"),
    "a long value": (
        facts(1).replace("value: 0", f"value: '{'9 ' * 100}9'"),
        "facts[0].value: a text of 201 characters, expected at most 200",
    ),
    "a long label": (
        facts(1).replace("Value 0", "Value " * 40 + "0"),
        "facts[0].label.en: a text of 241 characters, expected at most 200",
    ),
    "a long finding": (
        findings(1).replace("Found 0.", "Found " * 400 + "0."),
        "findings[0].text.en: a text of 2,402 characters, expected at most 2,000",
    ),
}


def found(small: Small) -> tuple[Problem, ...]:
    return records.read(Workspace(small.root)).problems


@pytest.mark.parametrize(("text", "told"), OVER.values(), ids=OVER)
def test_what_no_page_can_show_is_told_by_its_field(small: Small, text: str, told: str) -> None:
    small.city("beta", small.text("beta") + text)
    started = time.process_time()
    (problem,) = found(small)
    assert time.process_time() - started < 5
    assert f"{problem.field}: {problem.message}" == told
    assert problem.place.file == FILE
    assert problem.place.line >= 12
    assert problem.city == "beta"
    assert problem.remedy


@pytest.mark.parametrize("field", ["en: Beta", "display: BETA", "ko: 베타", "ko: 예시국"])
def test_a_name_of_a_megabyte_is_told(small: Small, field: str) -> None:
    key = field.partition(":")[0]
    small.city("beta", small.text("beta").replace(field, f"{key}: {'B' * 1_000_000}"))
    (problem,) = found(small)
    assert problem.message == "a text of 1,000,000 characters, expected at most 200"
    assert problem.field.endswith(f".{key}")


REPORT = {
    "terms": (
        "back-matter:\n  - id: words\n    title: {ko: 말, en: Words}\n    terms:\n"
        + "".join(
            f"      - {{ko: 말, en: T{n}, text: {{ko: 글, en: Text}}}}\n" for n in range(5_000)
        ),
        "back-matter[0].terms: a list of 5,000 entries, expected at most 300",
    ),
    "paragraphs": (
        "front-matter:\n  - id: preface\n    title: {ko: 말, en: Words}\n    text:\n"
        "      ko: [글]\n      en: [" + ", ".join(f"Text {n}" for n in range(5_000)) + "]\n",
        "front-matter[0].text.en: a list of 5,000 entries, expected at most 200",
    ),
    "values of a figure": (
        f"figures:\n  - title: {{ko: 값, en: Values}}\n    kind: bars\n    {SOURCED}\n    items:\n"
        + "".join(f"      - {{label: {{ko: 값, en: V{n}}}, value: {n}}}\n" for n in range(5_000)),
        "figures[0].items: a list of 5,000 entries, expected at most 50",
    ),
}


@pytest.mark.parametrize(("text", "told"), REPORT.values(), ids=REPORT)
def test_what_is_too_long_in_the_report_is_told_by_its_field(
    small: Small, text: str, told: str
) -> None:
    path = small.root / "report" / "report.yaml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    code, seconds, _, stderr = measured(small)
    field, _, message = told.partition(": ")
    assert code == 3
    assert f"error: {message} [{field}]" in stderr
    assert "1 problem\n" in stderr
    assert seconds < SECONDS


def measured(small: Small) -> tuple[int, float, float, str]:
    """Build the English products; return the exit code, seconds, MB and what was said."""
    errors = small.root / "errors"
    command = [sys.executable, "-m", "reportgen", "build", str(small.root), "-q", "--jobs", "1",
               "--lang", "en"]  # fmt: skip
    started = time.monotonic()
    with errors.open("w") as told:
        # A process inherits the peak of the one that it was forked from, which is that of all
        # tests before this one; so a small one comes between.
        done = subprocess.run(
            [sys.executable, "-c", BETWEEN, *command],
            stdout=subprocess.PIPE, stderr=told, text=True, check=False,
        )  # fmt: skip
    seconds = time.monotonic() - started
    memory = float(done.stdout) / 1024
    return done.returncode, seconds, memory, errors.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", ["a text of 100,000 lines", "5,000 facts"])
def test_a_build_with_a_record_too_large_makes_the_others(small: Small, case: str) -> None:
    text, told = OVER[case]
    small.city("beta", small.text("beta") + text)
    code, seconds, memory, stderr = measured(small)
    assert code == 4
    field, _, message = told.partition(": ")
    assert f"error: {message} [{field}]" in stderr
    assert f"{FILE}:12" in stderr
    assert "Traceback" not in stderr
    assert seconds < SECONDS
    assert memory < MEMORY
    assert [p.name for p in (small.root / "build").rglob("*.pdf")] == ["alpha.pdf"]


PARAGRAPH = "A paragraph says what is to be said, and then " * 20
AT = {
    "a body": (
        body(*(f"{PARAGRAPH}number {n}." for n in range(214))),
        ["number 0.", "number 107.", "number 213."],
    ),
    "paragraphs": (
        body(*(f"Short number {n}." for n in range(1_000))),
        [f"Short number {n}." for n in range(1_000)],
    ),
    "a paragraph": (body("word " * 1_999 + "last."), ["word last."]),
    "words": (body(f"{'a' * 500} {'가' * 500} last."), ["last."]),
    "facts": (facts(200), [f"Value {n}" for n in range(200)]),
    "findings": (findings(200), [f"Found {n}." for n in range(200)]),
    "projects": (projects(200), [f"Text {n}." for n in range(200)]),
    "shares": (mix(50, "2"), []),
}


@pytest.mark.parametrize(("text", "shown"), AT.values(), ids=AT)
def test_what_is_at_a_limit_is_set_whole(small: Small, text: str, shown: list[str]) -> None:
    small.bind()
    small.city("beta", small.text("beta") + text)
    code, seconds, memory, stderr = measured(small)
    assert (code, stderr) == (0, "")
    assert seconds < SECONDS
    assert memory < MEMORY
    for name in ("beta", "report"):
        made = pdf.text(small.root / "build" / "screen" / "en" / f"{name}.pdf")
        assert [words for words in shown if words not in made] == []
        if "a" * 500 in text:
            assert made.count("a") >= 500
            assert made.count("가") >= 500
