"""Records that are not as they must be: where the fault is, what it is, what to do."""

from __future__ import annotations

import os
import random
import re
import time
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from conftest import CITY, REPORT, Run, Small
from reportgen.core.errors import InputError, Problem
from reportgen.records import records
from reportgen.records.workspace import Workspace

if TYPE_CHECKING:
    from reportgen.records.schema.city import City

ALPHA = CITY.format(id="alpha", display="ALPHA", ko="알파", en="Alpha")
BETA = CITY.format(id="beta", display="BETA", ko="베타", en="Beta")
FILE = "report/cities/alpha.yaml"
POINT = "▶"
"""Stands before the character that a message must point at."""
SCALE = "score-scale: {lowest: 0, highest: 100}\n"
FACT = "facts:\n  - {label: {ko: 가, en: a}, value: %s, year: 2022, source: a-source}\n"
SCORE = "scores:\n  1: {value: %s, source: a-source}\n"


def pointed(text: str) -> tuple[str, str]:
    """Take the pointer out of `text`; return what is left and "line:column" of the pointer."""
    before, pointer, after = text.partition(POINT)
    assert pointer, "the case points at nothing"
    assert POINT not in after
    return before + after, f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def problems(small: Small) -> tuple[Problem, ...]:
    """Read the workspace as a build does; return everything that is wrong with it."""
    try:
        return records.read(Workspace(small.root)).problems
    except InputError as error:
        return error.problems


def only(small: Small) -> Problem:
    """Return the one problem of the workspace."""
    found = problems(small)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def alpha(small: Small) -> City:
    """Return the record of alpha, which is good."""
    known = records.read(Workspace(small.root))
    assert not known.problems, "\n".join(map(str, known.problems))
    return next(city for city in known.cities if city.id == "alpha")


def build(run: Run, small: Small, *options: str) -> tuple[int, str]:
    """Build the workspace; return the exit code and what the user reads on stderr."""
    done = run("build", small.root, "--jobs", "1", "-q", *options)
    return done.returncode, done.stderr


def text_of(path: Path) -> str:
    """Return what a reader's program finds in a PDF, white space evened out."""
    with pypdfium2.PdfDocument(path) as pdf:
        pages = []
        for number in range(len(pdf)):
            page = pdf[number]
            textpage = page.get_textpage()
            pages.append(textpage.get_text_bounded())
            textpage.close()
            page.close()
    return re.sub(r"\s+", " ", " ".join(pages))


def report(small: Small, text: str) -> None:
    """Write report.yaml."""
    (small.root / "report" / "report.yaml").write_text(text, encoding="utf-8")


def scale(small: Small) -> None:
    """Give the report a scale of scores."""
    report(small, REPORT + SCALE)


# Syntax, bytes and shape.

SYNTAX = {
    "a flow list that is not closed": ("id: alpha\nname: [a, b\n▶", "',' or ']'", ""),
    "a colon in plain text": ("id: alpha\nname: a▶: b\n", "mapping values", "quote a text"),
    "a sign that YAML keeps": ("id: alpha\nname: ▶@b\n", "cannot start any token", "quote a text"),
    "a tab for indentation": ("id: alpha\ntexts:\n▶\tko: a\n", "cannot start", "not with tabs"),
    "an escape that YAML lacks": ('id: alpha\nname: "a▶\\q"\n', "escape", ""),
    "nothing at all": ("▶", "the file is empty", "write a record, or delete it"),
    "only comments": ("# a\n# b\n▶", "the file is empty", "write a record, or delete it"),
    "a second document": (ALPHA + "▶---\nid: b\n", "a second document", "one file holds one"),
    "a list": ("▶- id: alpha\n- name: b\n", "expected keys and values, found a list", ""),
    "a text": ("▶alpha\n", "expected keys and values, found 'alpha'", ""),
    "a number": ("▶12\n", "expected keys and values, found the number 12", ""),
    "a key that is a list": ("id: alpha\n? ▶[a]\n: b\n", "a key that is not a word", "key: value"),
    "a NUL": ("id: alpha\nname: a▶\0b\n", "control character U+0000", "delete it"),
    "an escape character": ("# 가나▶\x1b[31m\n", "control character U+001B", "delete it"),
    "a C1 control character": ("# 가▶\x9b\n", "control character U+009B", "delete it"),
    "a next line": ("# 가▶\x85\n", "control character U+0085", "delete it"),
    "a line separator": ("# 가▶\u2028b\n", "control character U+2028", "delete it"),
    "a delete": ("id: ▶\x7f\n", "control character U+007F", "delete it"),
    "a byte order mark inside": ("id: a▶\ufeff\n", "control character U+FEFF", "delete it"),
    "no character": ("id: a▶\uffff\n", "control character U+FFFF", "delete it"),
    "a tag": ("id: ▶!!str alpha\n", "the tag", "plain values only"),
    "a tag of Python": (
        'id: ▶!!python/object/apply:os.system ["touch hacked"]\n',
        "the tag tag:yaml.org,2002:python/object/apply:os.system",
        "plain values only",
    ),
    "a tag of our own": ("id: ▶!city alpha\n", "the tag !city", "plain values only"),
    "a tag without a name": ("id: ▶! alpha\n", "the tag !", "plain values only"),
    "a tag before a key": ("▶!!python/name:os.system id: alpha\n", "the tag", "plain values only"),
    "an anchor": ("id: ▶&a alpha\n", "the anchor &a", "write the value out"),
    "an anchor before a key": ("▶&a id: alpha\n", "the anchor &a", "write the value out"),
    "an alias": ("id: ▶*a\n", "the alias *a", "write the value out"),
    "a merge key": ("<<: ▶*a\n", "the alias *a", "write the value out"),
}


@pytest.mark.parametrize(("text", "message", "remedy"), SYNTAX.values(), ids=SYNTAX)
def test_bad_syntax_is_told_with_its_place(
    small: Small, text: str, message: str, remedy: str
) -> None:
    text, place = pointed(text)
    small.city("alpha", text)
    found = problems(small)
    assert found
    assert str(found[0].place) == f"{FILE}:{place}"
    assert message in found[0].message
    assert remedy in found[0].remedy
    assert {problem.city for problem in found} == {"alpha"}


CYCLES = {
    "a list in itself": ("id: ▶&a [*a]\n", "the anchor &a"),
    "keys and values in themselves": ("name: ▶&a {en: *a}\n", "the anchor &a"),
}


@pytest.mark.parametrize(("text", "message"), CYCLES.values(), ids=CYCLES)
def test_a_value_that_holds_itself_is_refused(small: Small, text: str, message: str) -> None:
    text, place = pointed(text)
    small.city("alpha", text)
    found = problems(small)
    assert str(found[0].place) == f"{FILE}:{place}"
    assert message in found[0].message


BYTES = {
    "a Latin-1 letter": ("# 가나\n# 다".encode() + b"\xe9\n", "2:4", "0xE9"),
    "a broken character": ("# 가나\n# 다".encode() + b"\xea\xb0\n", "2:4", "0xEA"),
    "a character cut off by the end": ("# 가나".encode() + b"\xea\xb0", "1:5", "0xEA"),
    "a surrogate": (b"# \xed\xa0\x80\n", "1:3", "0xED"),
    "an overlong slash": (b"id: ..\xc0\xaf\n", "1:7", "0xC0"),
    "after a byte order mark": (b"\xef\xbb\xbf# \xff\n", "1:3", "0xFF"),
}


@pytest.mark.parametrize(("content", "place", "byte"), BYTES.values(), ids=BYTES)
def test_bytes_that_are_not_utf_8_are_told_with_line_and_column(
    small: Small, content: bytes, place: str, byte: str
) -> None:
    small.city("alpha", content)
    found = only(small)
    assert str(found.place) == f"{FILE}:{place}"
    assert found.message == f"the byte {byte} is not UTF-8"
    assert found.remedy == "save the file as UTF-8"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_in_another_unicode_encoding_is_refused(small: Small, encoding: str) -> None:
    bom = "" if encoding in {"utf-16", "utf-32"} else "\ufeff"
    small.city("alpha", (bom + ALPHA).encode(encoding))
    found = only(small)
    assert str(found.place) == f"{FILE}:1:1"
    assert "UTF-16" in found.message or "UTF-32" in found.message
    assert "UTF-8" in found.remedy


ACCEPTED = {
    "a byte order mark": b"\xef\xbb\xbf" + ALPHA.encode(),
    "ends of lines as Windows writes them": ALPHA.replace("\n", "\r\n").encode(),
    "both": b"\xef\xbb\xbf" + ALPHA.replace("\n", "\r\n").encode(),
    "no end of the last line": ALPHA.rstrip("\n").encode(),
    "the marks of a document": f"---\n{ALPHA}...\n".encode(),
    "comments": f"# 가\n{ALPHA}# 나\n".encode(),
}


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED)
def test_other_ways_to_save_the_same_record_are_accepted(small: Small, content: bytes) -> None:
    expected = alpha(small)
    small.city("alpha", content)
    assert alpha(small) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
def test_places_and_drawn_lines_hold_for_every_end_of_line(
    small: Small, mark: str, end: str
) -> None:
    text, place = pointed(ALPHA + "▶abuot: a\n")
    small.city("alpha", (mark + text.replace("\n", end)).encode())
    found = only(small)
    assert str(found.place) == f"{FILE}:{place}"
    assert found.message == "unknown key 'abuot'"
    assert found.source == "abuot: a"


# A user reads all problems of all files at once.


def test_every_problem_of_every_file_comes_in_one_run(small: Small, run: Run) -> None:
    small.city("alpha", ALPHA.replace("about:", "abuot:"))
    small.city("gamma", b"# \xff\n")
    small.city("delta", "id: [a\n")
    small.city("epsilon", b"\xff\xfe" + ALPHA.encode("utf-16-le"))
    small.city("zeta", "id: zeta\nid: zeta\n")
    code, stderr = build(run, small)
    assert code == 4
    for place in ("alpha.yaml:6:5", "alpha.yaml:9:5", "gamma.yaml:1:3", "delta.yaml:2:1",
                  "epsilon.yaml:1:1", "zeta.yaml:2:1"):  # fmt: skip
        assert f"report/cities/{place}: error:" in stderr
    last = stderr.rstrip().splitlines()[-1]
    assert last == "not made: alpha, delta, epsilon, gamma, zeta"
    assert sorted(p.name for p in (small.root / "build").rglob("*.pdf")) == ["beta.pdf"] * 2


def test_a_bad_report_and_its_bad_cities_are_told_together(small: Small, run: Run) -> None:
    report(small, REPORT.replace("year: 2022", "year: 1066"))
    small.city("alpha", "- a\n")
    code, stderr = build(run, small)
    assert code == 3
    assert "report/report.yaml:2:7: error:" in stderr
    assert "1066" in stderr
    assert f"{FILE}:1:1: error:" in stderr
    assert not list((small.root / "build").rglob("*.pdf"))


def test_a_bad_city_asked_for_by_name_makes_nothing(small: Small, run: Run) -> None:
    small.city("alpha", ALPHA.replace("en: Alpha", "en: 12"))
    code, stderr = build(run, small, "--city", "alpha")
    assert code == 3
    assert f"{FILE}:2:36: error: expected text, found the number 12" in stderr
    assert "put it in quotes: '12'" in stderr
    assert stderr.rstrip().endswith("not made: alpha")
    assert not list((small.root / "build").rglob("*.pdf"))


def test_the_good_city_is_built_when_only_it_is_asked_for(small: Small, run: Run) -> None:
    small.city("alpha", "")
    code, stderr = build(run, small, "--city", "beta", "--lang", "en")
    assert (code, stderr) == (0, "")


def test_nothing_is_made_when_every_record_is_bad(small: Small, run: Run) -> None:
    small.city("alpha", "")
    small.city("beta", "")
    code, stderr = build(run, small)
    assert code == 3
    assert stderr.rstrip().endswith("not made: alpha, beta")


def test_the_fault_is_drawn_below_its_line_wide_characters_counted(small: Small, run: Run) -> None:
    small.city("alpha", ALPHA.replace("iso2: XX", "iso22: XX"))
    done = run("list", small.root)
    assert done.returncode == 3
    lines = done.stderr.splitlines()
    at = next(i for i, line in enumerate(lines) if "unknown key 'iso22'" in line)
    assert lines[at].startswith(f"{FILE}:3:53: error:")
    before = lines[at + 1].index("iso22:")
    wide = sum(unicodedata.east_asian_width(c) == "W" for c in lines[at + 1][:before])
    assert lines[at + 2] == f"   | {' ' * (before + wide - 5)}^^^^^"
    assert "did you mean 'iso2'?" in lines[at + 3]


# What would eat memory or time.

MONSTERS = {
    "lists a hundred thousand deep": "a: " + "[" * 100_000,
    "keys a hundred thousand deep": "{a: " * 100_000,
    "dashes a hundred thousand deep": "- " * 100_000,
    "a million values": "a: [" + "b," * 1_000_000 + "]\n",
    "an alias bomb": "a0: &a0 [x, x]\n"
    + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)),
    "a million quotes": "a: " + "'" * 1_000_001,
    "a million spaces": "a: '" + " " * 1_000_000 + "'\n",
    "a word of a million letters": "a" * 1_000_000 + ": b\n",
}


@pytest.mark.parametrize("text", MONSTERS.values(), ids=MONSTERS)
def test_a_monster_is_refused_within_a_second(small: Small, text: str) -> None:
    small.city("alpha", text)
    started = time.process_time()
    found = problems(small)
    assert time.process_time() - started < 1
    assert found
    assert found[0].place.line > 0


FAULTY = {
    "keys that repeat": "a: 1\n" * 20_000,
    "keys that nobody knows": "".join(f"a{n}: 1\n" for n in range(20_000)),
    "empty values": "".join(f"a{n}:\n" for n in range(20_000)),
    "anchors": "a:\n" + "  - &a b\n" * 20_000,
}


@pytest.mark.parametrize("text", FAULTY.values(), ids=FAULTY)
def test_a_file_of_thousands_of_faults_is_told_in_a_few_seconds(small: Small, text: str) -> None:
    small.city("alpha", text)
    started = time.process_time()
    found = problems(small)
    assert time.process_time() - started < 5
    assert found


def test_a_file_over_the_limit_is_not_read(small: Small) -> None:
    small.city("alpha", ALPHA + "#" * (4_000_001 - len(ALPHA.encode())))
    found = only(small)
    assert str(found.place) == FILE
    assert "larger than 4,000,000 bytes" in found.message
    small.city("alpha", ALPHA + "#" * (4_000_000 - len(ALPHA.encode())))
    alpha(small)


def test_a_fault_in_an_endless_line_does_not_flood_the_terminal(small: Small, run: Run) -> None:
    small.city("alpha", ALPHA + "abuot: " + "가" * 100_000 + "\n")
    done = run("list", small.root)
    assert done.returncode == 3
    assert f"{FILE}:11:1: error: unknown key 'abuot'" in done.stderr
    assert len(done.stderr) < 2_000


def test_control_characters_of_a_record_never_reach_the_terminal(small: Small, run: Run) -> None:
    small.city("alpha", ALPHA.replace("id: alpha", r'id: "\e[31mred\a\r"'))
    done = run("list", small.root)
    assert done.returncode == 3
    assert f"{FILE}:1:5: error:" in done.stderr
    assert not {c for c in done.stderr if unicodedata.category(c) == "Cc"} - {"\n"}


# Keys that repeat.

REPEATED = {
    "at the top": ("id: alpha\nname: a\n▶id: beta\n", "id", 1, 3),
    "in a block": (
        ALPHA.replace("  en:\n", "  ▶ko:\n"), "ko", 5, 8,
    ),
    "in braces": ("name: {display: A,\n  ko: 가,\n  ▶display: B}\n", "display", 1, 3),
    "quoted and plain": ("id: alpha\n▶'id': beta\n", "id", 1, 2),
}  # fmt: skip


@pytest.mark.parametrize(("text", "key", "first", "second"), REPEATED.values(), ids=REPEATED)
def test_a_key_that_repeats_is_refused_and_both_lines_are_named(
    small: Small, text: str, key: str, first: int, second: int
) -> None:
    text, place = pointed(text)
    small.city("alpha", text)
    found = only(small)
    assert str(found.place) == f"{FILE}:{place}"
    assert found.message == f"the key '{key}' is already on line {first}"
    assert found.remedy == f"keep one of lines {first} and {second}"


# What plain scalars mean.

MEANT = {
    "no": "no", "on": "on", "yes": "yes", "Off": "Off", "y": "y", "12:30:45": "12:30:45",
    "1_000": "1_000", "2022-02-18": "2022-02-18", "2022-02-18T00:00:00Z": "2022-02-18T00:00:00Z",
    "0x10": "0x10", "0o17": "0o17", "0b11": "0b11", "12": 12, "-3": -3, "+5": "+5", "0": 0,
    "1.50": Decimal("1.50"), ".5": Decimal("0.5"), "1e3": Decimal("1e3"), "1,000": "1,000",
    "'12'": "12", '"010"': "010", "1.2.3": "1.2.3", "=": "=", "0x": "0x",
}  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), MEANT.items(), ids=MEANT)
def test_a_plain_scalar_keeps_its_meaning(small: Small, written: str, meant: object) -> None:
    fact = (
        "facts:\n  - label: {ko: 가, en: a}\n    value: %s\n    year: 2022\n    source: a-source\n"
    )
    small.city("alpha", ALPHA + fact % written)
    value = alpha(small).facts[0].value
    assert value == meant
    assert type(value) is type(meant)
    assert str(value) == str(meant)


@pytest.mark.parametrize("word", ["no", "on", "yes", "off", "y", "n", "NO"])
def test_words_that_old_yaml_took_for_truth_values_stay_text(small: Small, word: str) -> None:
    small.city("alpha", ALPHA.replace("display: ALPHA", f"display: {word}"))
    assert alpha(small).name.display == word


def test_norway_is_a_country(small: Small) -> None:
    small.city("alpha", ALPHA.replace("iso2: XX", "iso2: NO"))
    assert alpha(small).country.iso2 == "NO"


NOT_TEXT = {
    "12": ("expected text, found the number 12", "'12'"),
    "1.5": ("expected text, found the number 1.5", "'1.5'"),
    "true": ("expected text, found the truth value true", "'true'"),
    "FALSE": ("expected text, found the truth value false", "'FALSE'"),
    "1e3": ("expected text, found the number", "'1e3'"),
    ".inf": ("expected text, found", "'.inf'"),
    "null": ("an empty value", "fill it, or leave the key out"),
    "~": ("an empty value", "fill it, or leave the key out"),
    "": ("an empty value", "fill it, or leave the key out"),
    "''": ("an empty text", ""),
    "' a'": ("white space at the start or the end", ""),
    "010": ("the number 010 has a leading zero", "write 10 for a number or '010' for text"),
    "-007": ("the number -007 has a leading zero", "write -7 for a number or '-007' for text"),
    "[a]": ("expected text, found a list", ""),
    "{a: b}": ("expected text, found keys and values", ""),
    '"a\\0b"': ("the control character U+0000", ""),
    '"a\\u202eb"': ("the control character U+202E", ""),
    '"a\\nb"': ("a line break inside one paragraph", ""),
}


@pytest.mark.parametrize(("written", "told"), NOT_TEXT.items(), ids=NOT_TEXT)
def test_what_is_no_text_is_refused_where_text_is_expected(
    small: Small, written: str, told: tuple[str, str]
) -> None:
    value = f" ▶{written}" if written else "▶"
    name = f"name:\n  display:{value}\n  ko: 알파\n  en: Alpha"
    text, place = pointed(ALPHA.replace("name: {display: ALPHA, ko: 알파, en: Alpha}", name))
    small.city("alpha", text)
    found = only(small)
    assert str(found.place) == f"{FILE}:{place}"
    assert told[0] in found.message
    assert told[1] in found.remedy


NOT_NUMBER = [
    ".nan", ".NaN", ".inf", "-.inf", "nan", "NaN", "inf", "null", "-1", "101", "100.01",
    "'12,5'", "12:30", "1_000", "true", "'50'", "010", "''", "[50]", "n/a", "-",
]  # fmt: skip


@pytest.mark.parametrize("written", NOT_NUMBER)
def test_what_is_no_score_is_refused(small: Small, written: str) -> None:
    scale(small)
    small.city("alpha", ALPHA + SCORE % written)
    found = problems(small)
    assert {str(problem.place) for problem in found} == {f"{FILE}:12:14"}


def test_a_decimal_comma_is_explained(small: Small) -> None:
    scale(small)
    small.city("alpha", ALPHA + "scores:\n  1:\n    value: 12,5\n    source: a-source\n")
    found = only(small)
    assert str(found.place) == f"{FILE}:13:12"
    assert found.message == "expected a number, found '12,5'"
    assert found.remedy == "a decimal point, not a comma: 12.5"


@pytest.mark.parametrize("score", ["-1", "101", "100.01", "1e9"])
def test_a_score_off_the_scale_is_told_with_the_scale(small: Small, score: str) -> None:
    scale(small)
    small.city("alpha", ALPHA + SCORE % score)
    found = only(small)
    assert str(found.place) == f"{FILE}:12:14"
    assert "is not on the scale 0 to 100" in found.message


@pytest.mark.parametrize("score", ["0", "100", "0.0", "99.99", "1e2"])
def test_scores_on_the_scale_are_accepted_its_ends_included(small: Small, score: str) -> None:
    scale(small)
    small.city("alpha", ALPHA + SCORE % score)
    assert alpha(small).scores["1"].value == Decimal(score)


HUGE = {
    "a number of 5,000 digits": "9" * 5_000,
    "a hexadecimal number of 9,000 digits": "0x" + "f" * 9_000,
    "5,000 zeros and a one": "0" * 5_000 + "1",
    "an exponent that no decimal has": "1e99999999999999999999",
}


@pytest.mark.parametrize("written", HUGE.values(), ids=HUGE)
def test_a_number_that_no_page_can_show_is_refused(small: Small, written: str) -> None:
    small.city("alpha", ALPHA + FACT % written)
    found = only(small)
    assert str(found.place) == f"{FILE}:12:36"
    assert len(found.message) < 300


@pytest.mark.parametrize("share", ["101", "-1", "100.5", ".nan", ".inf", "'12,5'", "true"])
def test_what_is_no_percentage_is_refused(small: Small, share: str) -> None:
    small.city("alpha", f"{ALPHA}shares:\n  service: {{source: a-source, public: {share}}}\n")
    found = only(small)
    assert str(found.place) == f"{FILE}:12:39"
    assert "percentage from 0 to 100" in found.message or "number" in found.message


MIXES = {
    "over 100": ("public: 60, private: 41", "the shares sum to 101 %, expected at most 100"),
    "just over 100": ("public: 60, private: 40.501", "sum to 100.501 %, expected at most 100"),
    "complete but 99": ("complete: true, public: 59, private: 40", "99 %, expected 100"),
    "no share": ("complete: true", "a mix without a share"),
}


@pytest.mark.parametrize(("parts", "message"), MIXES.values(), ids=MIXES)
def test_a_mix_that_cannot_be_is_refused(small: Small, parts: str, message: str) -> None:
    small.city("alpha", f"{ALPHA}shares:\n  service: {{source: a-source, {parts}}}\n")
    found = only(small)
    assert str(found.place) == f"{FILE}:12:12"
    assert message in found.message


@pytest.mark.parametrize(
    "parts",
    ["public: 60, private: 40", "public: 59", "complete: true, public: 59.5, private: 40.5",
     "a: 33.4, b: 33.4, c: 33.3", "complete: true, a: 33.3, b: 33.3, c: 33.3"],
)  # fmt: skip
def test_a_mix_that_can_be_is_accepted(small: Small, parts: str) -> None:
    small.city("alpha", f"{ALPHA}shares:\n  service: {{source: a-source, {parts}}}\n")
    shares = alpha(small).shares
    assert shares
    assert shares.service


LACKING = {
    "a fact without a year": (
        "facts:\n  - ▶{label: {ko: 가, en: a}, value: 1, source: a-source}\n",
        "the key 'year' is missing", "add 'year:' here",
    ),
    "a fact without a source": (
        "facts:\n  - ▶{label: {ko: 가, en: a}, value: 1, year: 2022}\n",
        "the key 'source' is missing", "add 'source:' here",
    ),
    "a score without a source": (
        "scores:\n  1: ▶{value: 1}\n", "the key 'source' is missing", "add 'source:' here",
    ),
    "a score for an area that is not": (
        "scores:\n  ▶7: {value: 1, source: a-source}\n", "the report has no area 7", "",
    ),
    "a finding for an area that is not": (
        "findings:\n  - {area: ▶7, kind: strong, text: {ko: 가, en: a}, source: a-source}\n",
        "the report has no area 7", "",
    ),
    "a source that is not": (
        "scores:\n  1: {value: 1, source: ▶a-sorce}\n",
        "no source 'a-sorce'", "did you mean 'a-source'?",
    ),
    "a rank of nought": (
        "scores:\n  1: {value: 1, rank: ▶0, source: a-source}\n", "at least 1", "",
    ),
    "a year as a time": (
        "facts:\n  - {label: {ko: 가, en: a}, value: 1, year: ▶12:30:45, source: a-source}\n",
        "found '12:30:45'", "",
    ),
    "a year in quotes": (
        "facts:\n  - {label: {ko: 가, en: a}, value: 1, year: ▶'2022', source: a-source}\n",
        "found '2022'", "",
    ),
    "a year that is no whole number": (
        "facts:\n  - {label: {ko: 가, en: a}, value: 1, year: ▶2022.0, source: a-source}\n",
        "found the number 2022.0", "",
    ),
    "a fact in one language": (
        "facts:\n  - {label: ▶{ko: 가}, value: 1, year: 2022, source: a-source}\n",
        "the text in 'en' is missing", "add 'en:' here: a page needs each",
    ),
    "a key misspelt": (
        ("facts:\n  - {▶lable: {ko: 가}, label: {ko: 가, en: a}, value: 1, year: 2022,"
        " source: a-source}\n"),
        "unknown key 'lable'", "did you mean 'label'?",
    ),
    "a language that the report lacks": (
        "region: {ko: 가, en: a, ▶ja: b}\n", "'ja' is no language of this report", "ko, en",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message", "remedy"), LACKING.values(), ids=LACKING)
def test_a_record_that_lacks_something_is_told_what(
    small: Small, text: str, message: str, remedy: str
) -> None:
    scale(small)
    text, place = pointed(ALPHA + text)
    small.city("alpha", text)
    found = only(small)
    assert str(found.place) == f"{FILE}:{place}"
    assert message in found.message
    assert remedy in found.remedy


def test_scores_need_a_scale(small: Small) -> None:
    small.city("alpha", ALPHA + SCORE % "50")
    found = only(small)
    assert str(found.place) == f"{FILE}:11:1"
    assert found.message == "scores without a scale"
    assert "'score-scale'" in found.remedy
    scale(small)
    assert alpha(small).scores["1"].value == 50


def test_a_scale_that_runs_backwards_is_refused(small: Small) -> None:
    report(small, REPORT + "score-scale: {lowest: 100, highest: 0}\n")
    found = problems(small)
    assert [str(problem.place) for problem in found] == [
        f"report/report.yaml:{len(REPORT.splitlines()) + 1}:14"
    ]


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("2022-02-30", "no day of the calendar"),
        ("2023-02-29", "no day of the calendar"),
        ("2022-13-01", "no day of the calendar"),
        ("18.2.2022", "YYYY-MM-DD"),
        ("2022", "YYYY-MM-DD"),
        ("2022-02-18T10:00:00", "YYYY-MM-DD"),
    ],
)
def test_a_day_that_is_not_in_the_calendar_is_refused(small: Small, day: str, message: str) -> None:
    source = "sources:\n  - {id: mine, title: {ko: 가, en: a}, accessed: %s}\n"
    small.city("alpha", ALPHA + source % day)
    found = only(small)
    assert str(found.place) == f"{FILE}:12:49"
    assert message in found.message
    assert day in found.message


@pytest.mark.parametrize("day", ["2022-02-18", "2024-02-29", "'2022-02-18'"])
def test_a_day_of_the_calendar_is_accepted(small: Small, day: str) -> None:
    source = "sources:\n  - {id: mine, title: {ko: 가, en: a}, accessed: %s}\n"
    small.city("alpha", ALPHA + source % day)
    assert str(alpha(small).sources[0].accessed) == day.strip("'")


# Ids and the names of files.

IDS = {
    "a way out": "../../etc/x", "an absolute path": "/abs", "a NUL": r'"a\0b"',
    "upper case": "CON", "a reserved name": "con", "300 letters": "a" * 300,
    "a composed letter": unicodedata.normalize("NFC", "café"),
    "a decomposed letter": unicodedata.normalize("NFD", "café"),
    "a Korean word": "서울", "upper case inside": "Alpha", "another city": "beta",
    "a space": "al pha", "a dot": ".", "a hidden file": ".alpha", "a trailing dot": "alpha.",
    "a backslash": r"..\\x", "a hyphen at the end": "alpha-", "a newline": r'"alpha\n"',
    "a full-width letter": "ａlpha", "a stream": "alpha:x", "an empty id": "''",
}  # fmt: skip


@pytest.mark.parametrize("identifier", IDS.values(), ids=IDS)
def test_an_id_that_is_not_the_files_name_is_refused(small: Small, identifier: str) -> None:
    small.city("alpha", ALPHA.replace("id: alpha", f"id: {identifier}"))
    found = only(small)
    assert str(found.place) == f"{FILE}:1:5"
    assert found.field == "id"


def test_the_id_of_another_file_is_explained(small: Small) -> None:
    small.city("alpha", BETA)
    found = only(small)
    assert str(found.place) == f"{FILE}:1:5"
    assert found.message == "the id 'beta' is not the file's name"
    assert "write alpha" in found.remedy
    assert "beta.yaml" in found.remedy


FILES = {
    "upper case": ("Alpha.yaml", "no id"),
    "a reserved name": ("con.yaml", "reserve"),
    "100 letters": ("a" * 100 + ".yaml", "no id"),
    "a composed letter": ("caf\u00e9.yaml", "no id"),
    "a decomposed letter": ("cafe\u0301.yaml", "no id"),
    "a space": ("al pha.yaml", "no id"),
    "another suffix": ("gamma.yml", "not read"),
    "a suffix in capitals": ("gamma.YAML", "not read"),
    "another kind": ("gamma.json", "not read"),
    "a folder": ("asia/gamma.yaml", "not read"),
}


@pytest.mark.parametrize(("name", "message"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_record_is_told_and_not_passed_over(
    small: Small, name: str, message: str
) -> None:
    path = small.root / "report" / "cities" / name
    path.parent.mkdir(exist_ok=True)
    identifier = path.stem
    path.write_text(CITY.format(id=identifier, display="G", ko="감마", en="G"), encoding="utf-8")
    found = only(small)
    assert found.place.file == unicodedata.normalize("NFC", f"report/cities/{name}")
    assert message in found.message
    assert found.city == unicodedata.normalize("NFC", identifier)


NAMES = {"an escape": b"\x1b[31mred.yaml", "a line break": b"a\nb.yaml", "bytes": b"a\xff.yaml"}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_file_whose_name_is_no_text_is_told_in_harmless_words(
    small: Small, run: Run, name: bytes
) -> None:
    Path(os.fsdecode(os.fsencode(small.root / "report" / "cities") + b"/" + name)).touch()
    done = run("list", small.root)
    assert done.returncode == 3, done.stderr
    assert "the file's name is no id" in done.stderr
    assert not {c for c in done.stderr if unicodedata.category(c) == "Cc"} - {"\n"}
    assert len(done.stderr.splitlines()) == 3
    assert "Alpha" not in done.stderr


def test_what_is_no_regular_file_is_refused_and_never_opened(small: Small) -> None:
    cities = small.root / "report" / "cities"
    outside = small.root.parent / "gamma.yaml"
    outside.write_text(CITY.format(id="gamma", display="G", ko="감마", en="G"), encoding="utf-8")
    (cities / "gamma.yaml").symlink_to(outside)
    (cities / "loop.yaml").symlink_to("loop.yaml")
    (cities / "gone.yaml").symlink_to("nowhere.yaml")
    (cities / "folder.yaml").mkdir()
    (cities / "zero.yaml").symlink_to("/dev/zero")
    os.mkfifo(cities / "pipe.yaml")
    found = {problem.city: problem.message for problem in problems(small)}
    assert found.keys() == {"gamma", "loop", "gone", "folder", "zero", "pipe"}
    assert found["gamma"] == "a link that leaves the workspace"
    assert "not a regular file" in found["folder"]
    assert "not a regular file" in found["pipe"]
    assert "cannot be read" in found["gone"]


def made(small: Small) -> list[Path]:
    """Return what lies in and around the workspace but its own output folder and store."""
    own = (small.root / "build", small.root / ".reportgen")
    return [p for p in sorted(small.root.parent.rglob("*")) if not set(own) & {p, *p.parents}]


@pytest.mark.parametrize(
    "text",
    [
        REPORT + "editions: {'../../../escaped': {}}\n",
        REPORT + "editions: {/escaped: {}}\n",
        REPORT.replace("[ko, en]", "[../../../escaped, en]"),
    ],
    ids=["an edition", "an absolute edition", "a language"],
)
def test_what_names_a_folder_cannot_leave_the_output(small: Small, run: Run, text: str) -> None:
    report(small, text)
    before = made(small)
    code, stderr = build(run, small)
    assert code == 3
    assert "report/report.yaml:" in stderr
    assert "escaped" in stderr
    assert made(small) == before


def test_a_hostile_id_writes_nothing_outside_and_the_rest_is_built(small: Small, run: Run) -> None:
    small.city("alpha", ALPHA.replace("id: alpha", "id: ../../../escaped"))
    before = set(made(small))
    code, stderr = build(run, small, "--lang", "en")
    assert code == 4
    assert f"{FILE}:1:5: error: '../../../escaped' is not as expected" in stderr
    assert stderr.rstrip().endswith("not made: alpha")
    assert set(made(small)) == before
    assert [p.name for p in small.root.glob("build/**/*.pdf")] == ["beta.pdf"]
    assert (small.root / "build" / "screen" / "en" / "beta.pdf").is_file()


@pytest.mark.parametrize("name", ["../../etc/x", "/etc/x", "ALPHA", "alpha/"])
def test_a_city_asked_for_by_a_path_is_unknown(small: Small, run: Run, name: str) -> None:
    code, stderr = build(run, small, "--city", name)
    assert code == 2
    assert f"no city '{name}' in this workspace" in stderr


# What a record says is text, wherever it is printed.

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=file:///etc/passwd>",
    "{{7*7}} {% raw %} {# a #}",
    "&amp; &lt;b&gt; &#65;",
    "</p></body></html><!--",
    "--accent: red; } body { display: none }",
    "%s {0} ${x} $(id) `id`",
    "\\00003c \\u003c",
]


def test_markup_in_a_record_is_shown_as_it_was_written(small: Small, run: Run) -> None:
    about = "\n".join(f"      - '{text}'" for text in HOSTILE[:3])
    body = "\n".join(f"      - '{text}'" for text in HOSTILE[3:])
    record = ALPHA.replace("      - This city is fictional and serves as a test.", about)
    record = record.replace("display: ALPHA", "display: '<b>A&amp;B</b>'")
    small.city("alpha", f"{record}    body:\n{body}\n")
    code, stderr = build(run, small, "--city", "alpha", "--lang", "en")
    assert code == 0, stderr
    shown = text_of(small.root / "build" / "screen" / "en" / "alpha.pdf")
    for text in [*HOSTILE, "<b>A&amp;B</b>"]:
        assert text in shown
    assert "49" not in shown


# Scores on the page.


def test_a_good_score_is_printed_and_ties_are_accepted(small: Small, run: Run) -> None:
    scale(small)
    small.city("alpha", ALPHA + "scores:\n  1: {value: 87.50, rank: 3, source: a-source}\n")
    small.city("beta", BETA + "scores:\n  1: {value: 87.50, rank: 3, source: a-source}\n")
    code, stderr = build(run, small, "--lang", "en")
    assert code == 0, stderr
    for name in ("alpha", "beta"):
        shown = text_of(small.root / "build" / "screen" / "en" / f"{name}.pdf")
        assert "87.50" in shown
        assert "nan" not in shown.casefold().replace("finance", "")


def test_a_score_that_is_not_a_number_is_told_and_never_printed(small: Small, run: Run) -> None:
    scale(small)
    small.city("alpha", ALPHA + SCORE % ".nan")
    code, stderr = build(run, small, "--lang", "en")
    assert code == 4
    assert f"{FILE}:12:14: error: expected a finite number, found" in stderr
    assert "[scores.1.value]" in stderr
    assert [p.name for p in (small.root / "build").rglob("*.pdf")] == ["beta.pdf"]


# Whatever bytes a record holds, it is read or refused with a place.


@pytest.mark.parametrize("seed", range(20))
def test_a_record_with_random_damage_is_read_or_refused_with_a_place(
    small: Small, seed: int
) -> None:
    chance = random.Random(seed)
    good = (ALPHA + FACT % "12" + "region: {ko: 가, en: a}\n").encode()
    for _ in range(15):
        content = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(content))
            piece = chance.choice(
                [b"", b"\0", b"\xff", b"\t", b"&a ", b"*a ", b"!!x ", b"- ", b": ", b"{", b"]",
                 b"\n", b"'", b'"', b"|\n", b"? ", b"#", b"%", b"---\n", b"\r", b"\xe2\x80\xa8"]
            )  # fmt: skip
            content[at : at + chance.randint(0, 3)] = piece
        small.city("alpha", bytes(content))
        for problem in problems(small):
            assert problem.place.file == FILE
            assert problem.place.line > 0
            assert problem.message
            lines = content.count(b"\n") + content.count(b"\r") + 1
            assert problem.place.line <= lines


def test_what_a_record_takes_from_the_report_needs_its_languages(small: Small) -> None:
    report(small, REPORT.replace("{ko: 서비스, en: Services}", "{en: Services}"))
    finding = "  - {area: 1, kind: leader, text: {ko: 가, en: A}, source: a-source}"
    small.city("alpha", small.text("alpha") + f"findings:\n{finding}\n")
    last = len(small.text("alpha").splitlines())
    (found,) = problems(small)
    assert str(found.place) == f"report/cities/alpha.yaml:{last}:12"
    assert found.message == "the area 1 has no text in 'ko'"
    assert "report/report.yaml" in found.remedy
