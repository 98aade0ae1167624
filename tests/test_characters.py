"""What a page shows beside the texts of its record: each character is set, or told at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Run, Small
from pdf import text
from test_engine import styled

IMAGE = "image: {path: images/map.svg, alt: {ko: 지도, en: Map}, credit: Lab}\n"
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 50">'
    '<text x="5" y="30">{}</text></svg>'
)
DRAWN = "교통 지도 café 鬱"


def pictured(small: Small, words: str) -> None:
    """Give alpha a drawing that has words which are in no record."""
    images = small.root / "report" / "images"
    images.mkdir()
    (images / "map.svg").write_text(DRAWING.format(words), "utf-8")
    small.city("alpha", small.text("alpha") + IMAGE)


def page(small: Small) -> str:
    return text(small.root / "build" / "screen" / "en" / "alpha.pdf")


@pytest.mark.parametrize("words", [DRAWN, "&#xAD50;통 지도 caf&#233; 鬱"])
def test_the_words_of_a_drawing_are_set(small: Small, run: Run, words: str) -> None:
    pictured(small, words)
    done = run("build", small.root, "--city", "alpha")
    assert done.returncode == 0, done.stderr
    assert DRAWN.replace(" ", "") in page(small).replace(" ", "")
    alone = (small.root / "build" / "screen" / "en" / "alpha.pdf").read_bytes()
    small.city("alpha", small.text("alpha").replace("This city", "That city"))
    assert run("build", small.root).returncode == 0
    small.city("alpha", small.text("alpha").replace("That city", "This city"))
    small.city("beta", small.text("beta").replace("This city", DRAWN))
    assert run("build", small.root).returncode == 0
    assert (small.root / "build" / "screen" / "en" / "alpha.pdf").read_bytes() == alone


def test_what_no_face_has_of_a_drawing_is_told_at_the_record(small: Small, run: Run) -> None:
    pictured(small, "교통 😀 Łódź")
    done = run("build", small.root)
    line = small.text("alpha").count("\n")
    assert done.returncode == 4
    assert f"report/cities/alpha.yaml:{line}:15: error: report/images/map.svg: " in done.stderr
    assert "U+1F600 GRINNING FACE '😀' is in no face" in done.stderr
    assert "2 Latin characters are in no face of fonts/: U+0141 'Ł', U+017A 'ź'" in done.stderr
    assert "draw it as paths" in done.stderr


MADE = {
    "a square": ("list-style: square", "▪"),
    "a circle": ("list-style: circle", "◦"),
    "Greek": ("list-style: lower-greek", "α."),
    "an extended style": ("list-style: upper-latin", "A."),
    "kana": ("list-style: hiragana", "あ、"),
    "Hangul": ("list-style: korean-hangul-formal", "일,"),
    "Chinese digits": ("list-style: cjk-decimal", "一、"),
    "a style of one's own": ("list-style: '◆ '", "◆"),
}


@pytest.mark.parametrize(("style", "expected"), MADE.values(), ids=MADE)
def test_the_marks_of_lists_are_set(small: Small, run: Run, style: str, expected: str) -> None:
    styled(small, f"\n.about p {{ display: list-item; {style} }}\n")
    done = run("build", small.root, "--city", "alpha", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert expected in page(small)


CONTENT = {
    "an escape": (r'content: "\AC00\25C6 x"', "가◆x"),
    "counters": ("content: counter(page, hiragana) counter(page, upper-roman)", "あI"),
    "quotation marks": ("content: open-quote 'a' close-quote", "“a”"),
    "full width": ("content: 'A1'; text-transform: full-width", "Ａ１"),
    "an upper case of two letters": ("content: 'straße ŉ'; text-transform: uppercase", "STRASSE"),
    "a title case": ("content: 'ǆ'; text-transform: capitalize", "ǅ"),
}


@pytest.mark.parametrize(("style", "expected"), CONTENT.values(), ids=CONTENT)
def test_what_a_style_sheet_writes_is_set(
    small: Small, run: Run, style: str, expected: str
) -> None:
    styled(small, f"\n.about p::before {{ {style} }}\n")
    done = run("build", small.root, "--city", "alpha", "--lang", "en")
    if "ŉ" in style or "ǆ" in style:  # in no face, so the style sheet's line is told
        assert done.returncode == 3
        assert "templates/profile.css:" in done.stderr
        return
    assert done.returncode == 0, done.stderr
    assert expected in page(small)


@pytest.mark.parametrize(
    ("style", "column", "said"),
    [
        ("display: list-item; list-style: lower-armenian", 44, "U+0561 ARMENIAN SMALL LETTER AYB"),
        (r"content: '\10D0 '", 22, "U+10D0 GEORGIAN LETTER AN"),
    ],
)
def test_what_no_face_has_is_told_at_the_style_sheet(
    small: Small, run: Run, style: str, column: int, said: str
) -> None:
    styled(small, f"\n.about p{'::before' if 'content' in style else ''} {{ {style} }}\n")
    done = run("build", small.root, "--city", "alpha", "--lang", "en")
    lines = (small.root / "templates" / "profile.css").read_text("utf-8").count("\n")
    column += len("::before") if "content" in style else 0
    assert done.returncode == 3
    assert f"templates/profile.css:{lines}:{column}: error: {said}" in done.stderr


def test_a_reference_of_html_is_set_or_told_at_its_line(small: Small, run: Run) -> None:
    path = small.own("templates") / "profile.html"
    source = path.read_text("utf-8")
    path.write_text(source.replace("<article>", "<article><p>caf&eacute; &#44032;</p>"), "utf-8")
    assert run("build", small.root, "--city", "alpha", "--lang", "en").returncode == 0
    assert "café 가" in page(small)
    path.write_text(source.replace("<article>", "<article>\n<p>a &#x10d0;</p>"), "utf-8")
    done = run("build", small.root, "--city", "alpha", "--lang", "en")
    line = source[: source.index("<article>")].count("\n") + 2
    assert f"templates/profile.html:{line}:6: error: U+10D0 GEORGIAN LETTER AN" in done.stderr


@pytest.mark.parametrize("position", ["outside", "inside"])
def test_a_style_sheet_may_word_the_mark_of_a_list(small: Small, run: Run, position: str) -> None:
    styled(
        small,
        f"\n.about p {{ display: list-item; list-style-position: {position} }}"
        "\n.about p::marker { content: '※ ' }\n",
    )
    done = run("build", small.root, "--city", "alpha", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "※" in page(small)


def test_small_capitals_say_what_the_record_says(small: Small, run: Run) -> None:
    """Two texts of one glyph: a capital, and a small letter drawn as a smaller one."""
    styled(small, "\n.about p { font-variant-caps: small-caps }\n")
    small.bind()
    assert run("build", small.root).returncode == 0
    for name in ("alpha", "report"):
        path: Path = small.root / "build" / "screen" / "en" / f"{name}.pdf"
        assert "This city is fictional and serves as a test." in text(path)
    assert run("verify", small.root / "build").returncode == 0


@pytest.mark.parametrize(
    ("rule", "column", "name", "near"),
    [
        ("ol { list-style: lower-grek }", 18, "lower-grek", "lower-greek"),
        ("p::before { content: counter(page, hiraganna) }", 36, "hiraganna", "hiragana"),
        ("p::before { content: counters(a, '.', cjk-ideographic) }", 39, "cjk-ideographic", ""),
    ],
)
def test_a_style_of_counters_that_there_is_not_is_told(
    small: Small, run: Run, rule: str, column: int, name: str, near: str
) -> None:
    """The engine would count in digits without a word."""
    styled(small, f"\n@counter-style own {{ system: cyclic; symbols: '-' }}\n{rule}\n")
    done = run("build", small.root)
    line = (small.root / "templates" / "profile.css").read_text("utf-8").count("\n")
    assert done.returncode == 3
    assert f"profile.css:{line}:{column}: error: there is no style of counters '{name}'" in (
        done.stderr
    )
    assert not near or f"did you mean '{near}'?" in done.stderr


def test_a_style_sheet_that_cannot_be_read_hides_no_fault_of_another(
    small: Small, run: Run
) -> None:
    styled(small, "\nol { list-style: lower-grek }\n")
    (small.root / "templates" / "aaa.css").write_bytes(b"p { color: \xff }\n")
    done = run("build", small.root)
    assert done.returncode == 3
    assert "templates/aaa.css:1:1: error: the byte 0xFF is not UTF-8" in done.stderr
    assert "there is no style of counters 'lower-grek'" in done.stderr
    assert done.stderr.count("not UTF-8") == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_could_not_be_foreseen_of_the_engine_is_set(small: Small, run: Run, jobs: int) -> None:
    """A style of lists is named with an escape: what it writes is known once it is drawn."""
    small.bind()
    styled(small, "\n.about p { display: list-item; list-style: low\\65 r-greek }\n")
    done = run("build", small.root, "--jobs", jobs)
    assert done.returncode == 0, done.stderr
    assert "α." in page(small)
    assert "α." in text(small.root / "build" / "screen" / "en" / "report.pdf")


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_template_makes_of_the_last_record_is_set(small: Small, run: Run, jobs: int) -> None:
    """Profiles are composed while others are set; the faces hold what was known before."""
    for number in range(40):
        small.city(f"c{number:02}", small.text("alpha").replace("id: alpha", f"id: c{number:02}"))
    template = small.own("templates") / "profile.html"
    made = '<p>{{ "\\u00fe\\u00f0" if city.id == "c39" }}{{ paragraph'
    template.write_text(template.read_text("utf-8").replace("<p>{{ paragraph", made), "utf-8")
    done = run("build", small.root, "--jobs", jobs, "--lang", "en")
    assert done.returncode == 0, done.stderr
    folder = small.root / "build" / "screen" / "en"
    shown = {path.stem for path in folder.iterdir() if "þð" in text(path)}
    assert shown == {"c39"}
    alone = (folder / "c39.pdf").read_bytes()
    (folder / "c39.pdf").unlink()
    assert run("build", small.root, "--city", "c39", "--lang", "en").returncode == 0
    assert (folder / "c39.pdf").read_bytes() == alone
