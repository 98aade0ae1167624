"""The text of a product, as programs extract it: each character as the record has it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pdfplumber
import pypdf
import pypdfium2
import pytest
from pdfminer.high_level import extract_text
from pdfminer.layout import LAParams

from conftest import ROOT, Small, load

NBSP, HYPHEN, TURNED = "\u00a0", "\u2011", "\u02bb"
ENGLISH = (
    f"An e{HYPHEN}government plan of 12{NBSP}km, then a well-known open-data site. "
    f"The {TURNED}Iolani palace, and a so-called \u2018smart\u2019 city with plain spaces, "
    "where lines have to end somewhere because the paragraph is far too long for one of them."
)
KOREAN = f"성씨 \uf9e1와 \uf90a, 지명 \u674e와 \u91d1. 12{NBSP}km 거리의 도시 이름이다."
KOREAN_BEFORE = "이 도시는 시험을 위해 만든 가상의 도시이다."
ENGLISH_BEFORE = "This city is fictional and serves as a test."
PLAIN = "A well-known city with plain spaces - and hyphens - of its own."


def poppler(path: Path) -> str:
    found = subprocess.run(
        ["pdftotext", "-raw", path, "-"], check=True, capture_output=True, text=True
    )
    return found.stdout


def mupdf(path: Path) -> str:
    found = subprocess.run(
        ["mutool", "draw", "-q", "-F", "txt", path], check=True, capture_output=True, text=True
    )
    return found.stdout


def pdfium(path: Path) -> str:
    pdf = pypdfium2.PdfDocument(path)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)
    finally:
        pdf.close()


def pypdf_(path: Path) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def pdfminer(path: Path) -> str:
    # From top to bottom. Else it guesses columns from where boxes lie, and a label beside a text
    # may come before its last line.
    return str(extract_text(path, laparams=LAParams(line_margin=0.2, boxes_flow=None)))


def pdfplumber_(path: Path) -> str:
    with pdfplumber.open(path) as document:
        return "\n".join(page.extract_text() for page in document.pages)


def pdfjs(path: Path) -> str:
    found = subprocess.run(
        ["node", ROOT / "tests" / "readers" / "pdfjs.js", path],
        env={**os.environ, "NODE_PATH": str(ROOT / ".venv" / "readers" / "node_modules")},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return found.stdout


READERS: dict[str, Callable[[Path], str]] = {
    "Poppler": poppler, "MuPDF": mupdf, "PDFium": pdfium, "pdf.js": pdfjs, "pypdf": pypdf_,
    "pdfminer": pdfminer, "pdfplumber": pdfplumber_,
}  # fmt: skip


def folded(text: str, reader: str) -> str:
    """Return a text on one line. Most of the readers tell no no-break space from a space."""
    if reader not in {"pypdf", "pdfminer"}:
        text = text.replace(NBSP, " ")
    return re.sub(r"[ \r\n\x0c]+", " ", text)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The products of a workspace whose records share glyphs in every way."""
    small = Small(tmp_path_factory.mktemp("shared") / "work")
    for identifier, texts in {"alpha": (KOREAN, ENGLISH), "beta": (KOREAN[::-1], PLAIN)}.items():
        said = small.text(identifier)
        for before, after in zip((KOREAN_BEFORE, ENGLISH_BEFORE), texts, strict=True):
            assert before in said
            said = said.replace(before, after)
        small.city(identifier, said)
    small.bind()
    subprocess.run([sys.executable, "-m", "reportgen", "build", "-q", small.root], check=True)
    return small.root / "build" / "screen"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("product", ["alpha", "report"])
def test_each_character_is_extracted_as_it_was_written(
    built: Path, product: str, reader: str
) -> None:
    for language, text in (("en", ENGLISH), ("ko", KOREAN)):
        said = READERS[reader](built / language / f"{product}.pdf")
        assert folded(text, reader) in folded(said, reader)


@pytest.mark.parametrize("reader", READERS)
def test_a_plain_text_stays_plain_beside_others(built: Path, reader: str) -> None:
    for product in ("beta", "report"):
        assert PLAIN in folded(READERS[reader](built / "en" / f"{product}.pdf"), reader)


def test_words_are_separated_in_the_content_itself(sample: Path) -> None:
    """Without the line ends that a reader adds of its own, no word runs into the next."""
    seen = 0
    for path in sorted((ROOT / "report" / "cities").glob("*.yaml")):
        texts = load(path)["texts"]["en"]
        said = pypdf_(sample / "screen" / "en" / f"{path.stem}.pdf").replace("\n", "")
        for text in (*texts["about"], texts.get("headline", "")):
            assert folded(text, "pypdf") in folded(said, "pypdf"), path.stem
            seen += 1
    assert seen > 62


def test_a_small_job_and_a_large_one_give_the_same_bytes(built: Path, tmp_path: Path) -> None:
    """U+00A0 and U+2011 in one record leave another record's file alone."""
    small = Small(tmp_path / "alone")
    small.city(
        "beta",
        small.text("beta").replace(KOREAN_BEFORE, KOREAN[::-1]).replace(ENGLISH_BEFORE, PLAIN),
    )
    subprocess.run([sys.executable, "-m", "reportgen", "build", "-q", small.root], check=True)
    for language in ("ko", "en"):
        alone = small.root / "build" / "screen" / language / "beta.pdf"
        assert alone.read_bytes() == (built / language / "beta.pdf").read_bytes()


def test_titles_of_the_outline_are_in_words_and_without_citations(tmp_path: Path) -> None:
    small = Small(tmp_path / "work")
    said = small.text("alpha").replace(
        ENGLISH_BEFORE,
        ENGLISH_BEFORE + "\n    headline: |\n      A whole city\n      in one\u00a0network",
    )
    small.city(
        "alpha",
        said + "shares:\n  funding: {public: 60, source: a-source}\n",
    )
    subprocess.run([sys.executable, "-m", "reportgen", "build", "-q", small.root], check=True)
    outline = pypdf.PdfReader(small.root / "build" / "screen" / "en" / "alpha.pdf").outline
    titles = [entry.title for entry in flattened(outline)]
    assert "A whole city in one\u00a0network" in titles
    assert [title for title in titles if title[-1].isdigit()] == []


def flattened(entries: list[Any]) -> list[Any]:
    return [
        found
        for entry in entries
        for found in (flattened(entry) if isinstance(entry, list) else [entry])
    ]


# Every field of every record.


def bare(text: str) -> str:
    """Return a text without white space, and without the marks of soft hyphens of PDFium."""
    return re.sub(r"[\s\u00a0\ufffe\x02]+", "", text)


def said_by(record: Any, language: str) -> list[str]:
    """Return the texts of a city's record that its page in a language shows."""
    texts = record["texts"][language]
    found = [*texts["about"], *str(texts.get("headline", "")).split("\n"),
             *str(texts.get("sub-headline", "")).split("\n"), record["name"]["display"],
             record["name"][language], record["country"]["formal"]]  # fmt: skip
    for block in texts.get("body", ()):
        kept = block if isinstance(block, dict) else {"text": block}
        found += [str(value) for value in kept.values()]
    for fact in record.get("facts", ()):
        found += [fact["label"][language], *filter(None, [fact.get("unit", {}).get(language)])]
    for group in ("findings", "projects"):
        for item in record.get(group, ()):
            found += [item[key][language] for key in ("name", "text") if key in item]
    return [text for text in found if text.strip()]


def missing(text: str, record: Any, language: str) -> list[str]:
    """Return the fields that a text lacks; a field may run on to the next page, behind its foot."""
    whole = bare(text)
    lost = []
    for field in map(bare, said_by(record, language)):
        halves = (field[:at] in whole and field[at:] in whole for at in range(8, len(field) - 8))
        if field not in whole and not (len(field) > 120 and any(halves)):
            lost.append(field)
    return lost


@pytest.fixture(scope="module")
def fictional_(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The products of the fictional example."""
    out = tmp_path_factory.mktemp("fictional") / "build"
    example = ROOT / "examples" / "fictional"
    command = [sys.executable, "-m", "reportgen", "build", "-q", example, "--out", out]
    subprocess.run(list(map(str, command)), check=True)
    return out


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("report", ["sample", "fictional_"])
def test_every_field_of_every_record_comes_back(
    request: pytest.FixtureRequest, report: str, reader: str
) -> None:
    out: Path = request.getfixturevalue(report)
    root = ROOT if report == "sample" else ROOT / "examples" / "fictional"
    seen = 0
    for path in sorted((root / "report" / "cities").glob("*.yaml")):
        record = load(path)
        for language in record["texts"]:
            said = READERS[reader](out / "screen" / language / f"{path.stem}.pdf")
            assert missing(said, record, language) == [], (path.stem, language)
            seen += len(said_by(record, language))
    assert seen > 40
