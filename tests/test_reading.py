"""Is what a record says read as it was written, and told where YAML would lose a piece of it?"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pytest

from conftest import products
from reportgen.records.faults import _MEANING
from reportgen.records.reading import composed
from reportgen.records.schema.checking import schema
from reportgen.records.schema.city import City
from reportgen.records.schema.fields import Record
from reportgen.records.schema.report import Report
from test_bad_records import ALPHA, FACT, FILE, POINT, build, only, pointed, problems, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Run, Small

NAMES = (
    ALPHA.replace("알파", "말라가").replace("Alpha", "Málaga")
    + FACT % "1"
    + "sources: [{id: b, title: {ko: 크라쿠프, en: Kraków and Medellín}}]\n"
)


def test_decomposed_texts_give_the_bytes_of_composed_ones(small: Small, run: Run) -> None:
    made = []
    for form in ("NFC", "NFD"):
        small.city("alpha", unicodedata.normalize(form, NAMES))
        assert build(run, small, "--out", str(small.root / form)) == (0, "")
        made.append(
            {
                name: content
                for name, content in products(small.root / form).items()
                if name.endswith(".pdf")
            }
        )
    assert made[0]
    assert made[0] == made[1]


def test_a_fault_in_a_decomposed_file_is_told_at_its_own_column(small: Small) -> None:
    pieces = unicodedata.normalize("NFD", "en: 'é'")
    text, place = pointed(f"{ALPHA}region: {{ko: 가, {pieces}, {POINT}fr: a}}\n")
    small.city("alpha", text)
    assert f"{FILE}:{place}:" in str(only(small))


def test_compatibility_ideographs_stay() -> None:
    assert composed("\uf9e1e\u0301\U0002f800") == "\uf9e1é\U0002f800"


CUT = {
    "a list item": f"    about:\n      - Ranked {POINT}#3 of all.\n",
    "the last line of several": f"    about:\n      - Ranked\n        at {POINT}#3 of all.\n",
    "a line that begins with it": f"    about:\n      - Ranked at\n        {POINT}#3 of all.\n",
    "after an empty line": f"    about:\n      - Ranked at\n\n        {POINT}#3 of all.\n",
    "a flow list": f"    about: [Ranked {POINT}#3 of all\n      ]\n",
    "a key's text": f"    about: [a]\n    headline: Ranked {POINT}#3\n",
    "one word": f"    about: [a]\n    headline: tram {POINT}#3\n",
    "an Indonesian text": f"    about: [a]\nregion:\n  en: a\n  id: peringkat {POINT}#3\n",
    "a block of the body": f"    about: [a]\n    body:\n      - subhead: Line {POINT}#3\n",
}


@pytest.mark.parametrize("texts", CUT.values(), ids=CUT)
def test_a_text_that_a_comment_cuts_is_told(small: Small, texts: str) -> None:
    head = ALPHA.split("texts:")[0] + "texts:\n  en:\n"
    text, place = pointed(head + texts)
    small.city("alpha", text)
    found = [str(problem) for problem in problems(small) if "comment" in str(problem)]
    assert len(found) == 1
    assert f"{FILE}:{place}: " in found[0]
    assert "put the text in quotes" in found[0]


@pytest.mark.parametrize(
    "comment",
    [
        "# a line of its own\nregion: {ko: 가, en: a}\n",
        "region: {ko: 가, en: a} # behind a list\n",
        "region: {ko: 가, en: 'a'} # quoted\n",
        "region:\n  ko: '가' # one\n  # two\n  en: >- # three\n    a\n",
        "sources:\n  - id: b # an id\n    # next\n    title: {ko: 가, en: a}\n",
        "sources:\n  - {id: b, title: {ko: 가, en: a}} # all\norder: 3 # a number\n",
        "sources:\n  - id: b\n    title: {ko: 가, en: a}\n    accessed: 2024-05-01 # day\n",
    ],
)
def test_other_comments_are_left_alone(small: Small, comment: str) -> None:
    small.city("alpha", ALPHA + comment)
    assert problems(small) == ()


def test_a_colour_without_quotes_is_a_comment(small: Small) -> None:
    path = small.root / "report/report.yaml"
    text = re.sub(r'accent: "#\w+"', "accent: #05557D\\n   ", path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    found = next(str(p) for p in problems(small) if "comment" in str(p))
    assert 'put it in quotes: "#05557D"' in found


NUMBERS = {
    "0.0000001": "0.0000001", "1e3": "1,000", "12e03": "12,000", "0.10": "0.10", "-3": "-3",
    "1234567.50": "1,234,567.50", "+5": "+5", "0x1F": "0x1F", "1.5e-9": "0.0000000015",
}  # fmt: skip


def test_numbers_print_as_written(small: Small, run: Run) -> None:
    facts = "".join(
        f"  - {{label: {{ko: 가, en: F{i}}}, value: {n}, year: 2022, source: a-source}}\n"
        for i, n in enumerate(NUMBERS)
    )
    small.city("alpha", ALPHA + "facts:\n" + facts)
    assert build(run, small) == (0, "")
    text = text_of(small.root / "build/screen/en/alpha.pdf").replace("\u2212", "-")
    for printed in NUMBERS.values():
        assert f" {printed} " in text.replace("\n", " "), printed


MISTAKES = {
    "a list without its dash": ("about: ▶A text.", "expected a list", "'- ' before it"),
    "a text with a colon": ("about: [a]\n    body:\n      - ▶The aim: fewer cars.",
                            "expected text, found keys and values", "quote a text that holds ': '"),
    "one word with a colon": ("about: [a]\n    body:\n      - ▶Seoul: a city.",
                              "expected text, found keys and values", "quote a text"),
    "a full-width colon": ("about: [a]\n    headline▶： b\n    body: [c]",
                           "no ': ' behind the key", "a colon and a space"),
    "no space behind a colon": ("about: [a]\n    headline:▶b\n    body: [c]",
                                "no ': ' behind the key", "a colon and a space"),
    "a wide indent": ("about:\n▶\u3000\u3000 - a\n    body: [c]", "U+3000", "plain spaces"),
}  # fmt: skip


@pytest.mark.parametrize(("texts", "message", "remedy"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_yaml_is_told_at_its_line(
    small: Small, texts: str, message: str, remedy: str
) -> None:
    head = ALPHA.split("texts:")[0] + "texts:\n  en:\n    "
    text, place = pointed(head + texts + "\n")
    small.city("alpha", text)
    found = [p for p in problems(small) if message in p.message]
    assert len(found) == 1
    assert found[0].place.line == int(place.split(":")[0])
    assert remedy in found[0].remedy


@pytest.mark.parametrize("first", ["id：alpha", "id:alpha", "id:\u3000alpha"])
def test_a_key_at_the_top_without_its_colon_is_told_there(small: Small, first: str) -> None:
    small.city("alpha", ALPHA.replace("id: alpha", first))
    found = only(small)
    assert str(found.place).startswith(f"{FILE}:1:")
    assert "behind the key" in found.message


def test_letters_of_one_script_are_told_together(small: Small, run: Run) -> None:
    small.city("alpha", ALPHA + "region: {ko: 가, en: To กรุงเทพ and सि}\n")
    code, stderr = build(run, small, "--city", "alpha")
    assert code == 3
    assert stderr.count(" error: ") == 2
    assert "7 Thai characters are in no face of fonts/: U+0E01 'ก', U+0E23 'ร'" in stderr


SOURCE = "sources:\n  - {id: mine, title: {ko: 가, en: a}, %s}\n"
VALUES = {
    SOURCE % 'url: "https://example.org/a b|c"': ("a space and a bar", "%20"),
    SOURCE % 'url: "https://example.org/{id}"': ("an opening brace", "%7B"),
    SOURCE % "url: HTTPS://example.org/a": ("HTTPS://", "write https://"),
    SOURCE % "accessed: 2022/03/01": ("YYYY-MM-DD", "2024-05-01"),
    FACT.replace("2022", '"2022"') % 1: ("expected a whole number", "without quotes: 2022"),
    "shares:\n  funding: {source: a-source, public: 60 %}\n": ("a number", "signs: 60"),
}


@pytest.mark.parametrize(("block", "told"), VALUES.items())
def test_a_value_of_the_wrong_form_is_told_in_words(
    small: Small, block: str, told: tuple[str, str]
) -> None:
    small.city("alpha", ALPHA + block)
    found = only(small)
    assert told[0] in found.message
    assert told[1] in found.remedy


def patterns(schema: object) -> Iterator[str]:
    """Yield every pattern of a schema."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for name, value in schema.items():
            if name == "patternProperties":
                yield from value
            yield from patterns(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from patterns(value)


@pytest.mark.parametrize("kind", [City, Report])
def test_every_pattern_is_told_in_words(kind: type[Record]) -> None:
    found = set(patterns(schema(kind)))
    assert found
    assert not [p for p in found if not any(p.startswith(begin) for begin in _MEANING)]
