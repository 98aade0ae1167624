"""What a screen reader goes through: transcripts of tags that were read, and rules for them all.

A transcript is kept in `tests/spoken`. Where one changes on purpose, read what is written instead:

    .venv/bin/python tests/spoken.py FILE.pdf [HEADING]
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pikepdf
import pytest

import spoken
from conftest import ROOT, Run, Small
from pdf import problems, tags

KEPT = Path(__file__).parent / "spoken"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The products of the fictional example."""
    out = tmp_path_factory.mktemp("example") / "build"
    subprocess.run(
        [sys.executable, "-m", "reportgen", "build", str(ROOT / "examples" / "fictional"),
         "--out", str(out), "-q"],
        check=True, timeout=300,
    )  # fmt: skip
    return out


@pytest.mark.parametrize("file", ["ko/shanghai", "en/report"])
def test_the_sample_is_heard_as_it_was_read(sample: Path, file: str) -> None:
    path = sample / "screen" / f"{file}.pdf"
    if file == "ko/shanghai":
        assert spoken.transcript(path) == kept("shanghai-ko")
        return
    for name, heading in (
        ("contents", "Contents"), ("area", "Collaborative Partnership"), ("glossary", "Glossary"),
    ):  # fmt: skip
        assert spoken.part(path, heading) == kept(f"book-en-{name}"), name


def test_a_profile_with_everything_is_heard_as_it_was_read(example: Path) -> None:
    path = example / "screen" / "en" / "exampleton.pdf"
    assert spoken.transcript(path) == kept("exampleton-en")


def kept(name: str) -> str:
    return (KEPT / f"{name}.txt").read_text("utf-8").rstrip("\n")


BLOCKS = {f"/{tag}" for tag in ("P", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "TOC", "TOCI")}


def all_files(*roots: Path) -> list[Path]:
    return sorted(path for root in roots for path in root.rglob("*.pdf"))


def test_no_tag_is_empty_or_stands_in_its_like(sample: Path, example: Path) -> None:
    """Nor is there a list item of white space, or a link with nothing but its annotation."""
    seen = 0
    for path in all_files(sample, example):
        with pikepdf.open(path) as pdf:
            for element, above in tags(pdf):
                seen += 1
                tag, kids = str(element.S), list(element.get("/K", []))
                where = f"{path.name}: {tag}"
                assert kids or tag in {"/TD", "/TH"}, where
                assert not (tag in BLOCKS - {"/L", "/TOC"} and above == tag), where
                assert not (tag.startswith("/H") and above.startswith("/H")), where
                if tag == "/Link":
                    assert any(not is_reference(kid) for kid in kids), where
        told = spoken.transcript(path)
        assert not re.search(r"(?m)^ *(LI|LBody|P|TD|Span)( \[\w+[^\]]*\])? “\s*”$", told), path
    assert seen > 8_000


def test_what_runs_over_pages_is_one_element(sample: Path, example: Path) -> None:
    for path in all_files(sample, example):
        with pikepdf.open(path) as pdf:
            arts = [str(element.S) for element, _ in tags(pdf)].count("/Art")
        assert arts == 1 or (path.stem == "report" and arts <= 31), path


def test_sources_and_citations_lead_to_each_other(sample: Path, example: Path) -> None:
    for path in all_files(sample, example):
        if path.stem == "report":
            continue
        told = spoken.transcript(path).splitlines()
        cited = sum("Reference" in line for line in told)
        notes = sum("Note [ID]" in line for line in told)
        back = sum("Lbl" in line for line in told)
        assert cited >= notes
        assert back >= notes
    with pikepdf.open(sample / "screen" / "ko" / "shanghai.pdf") as pdf:
        ends = [a for page in pdf.pages for a in page.get("/Annots", []) if "/Dest" in a]
        assert len(ends) == 5  # one source is cited twice
        assert all(a.Contents for a in ends)
        down = [a for a in ends if "인용한 곳" not in str(a.Contents)]
        up = [a for a in ends if "인용한 곳" in str(a.Contents)]
        # Each leads to the height at which the other stands.
        down = [a for n, a in enumerate(down) if a.Contents not in {b.Contents for b in down[:n]}]
        for near, far in zip(down, up, strict=True):
            assert float(near.Dest[3]) >= float(far.Rect[3]) - 1
            assert float(far.Dest[3]) >= float(near.Rect[3]) - 8


def test_who_publishes_is_read_once_and_its_links_do_not_repeat(sample: Path) -> None:
    for path in all_files(sample):
        told = spoken.transcript(path)
        with pikepdf.open(path) as pdf:
            outside = [
                str(a.A.URI) for page in pdf.pages for a in page.get("/Annots", []) if "/A" in a
            ]
        times = outside.count("mailto:info@mail.smartcitiesindex.org")
        # The book has an imprint, a page of partners and a back cover.
        assert times == (3 if path.stem == "report" else 1), path
        assert told.count("info@mail.smartcitiesindex.org”") >= 1
        if path.stem != "report":
            assert told.count("Copyright 2022. ISi Lab all rights reserved.") == 1


def test_furniture_is_pagination(sample: Path) -> None:
    found: dict[str, int] = {}
    for path in all_files(sample / "screen" / "en"):
        with pikepdf.open(path) as pdf:
            for page in pdf.pages:
                for step in pikepdf.parse_content_stream(page):
                    if str(step.operator) == "BDC" and str(step.operands[0]) == "/Artifact":
                        told = step.operands[1]
                        assert told.Type == "/Pagination"
                        kind = str(told.get("/Subtype", "none"))
                        found[kind] = found.get(kind, 0) + 1
    assert set(found) >= {"/Header", "/Footer"}


def test_tables_have_headers_with_a_scope_and_a_caption(sample: Path, example: Path) -> None:
    tables = 0
    for path in all_files(sample, example):
        with pikepdf.open(path) as pdf:
            for element, _ in tags(pdf):
                if element.S == "/TH":
                    assert element.A.Scope in {"/Row", "/Column"}
                if element.S == "/Table":
                    tables += 1
                    kids = [str(kid.S) for kid in element.K]
                    assert kids.count("/Caption") == 1
                    assert "/Caption" in {kids[0], kids[-1]}
    assert tables > 8


def test_pdf_js_goes_through_the_book_as_the_transcript_does(sample: Path) -> None:
    """It shows the tags of each page; those that it leaves out are the ones that hold no text."""
    path = sample / "screen" / "en" / "report.pdf"
    done = subprocess.run(
        ["node", ROOT / "tests" / "readers" / "pdfjs.js", path, "--tags"],
        env={**os.environ, "NODE_PATH": str(ROOT / ".venv" / "readers" / "node_modules")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    shown = [line.split(" ", 2)[1] for line in done.stdout.splitlines()]
    told = re.findall(r"(?m)^ *(\w+)", spoken.transcript(path))
    for tag in ("H1", "H2", "H3", "L", "TOC", "Table", "TH", "Figure", "Caption", "Note"):
        assert shown.count(tag) >= told.count(tag) > 0, tag
    # In order: an element that runs over a page comes again on the next.
    headings = [tag for tag in shown if tag in {"H1", "H2", "H3"}]
    assert headings == [tag for tag in told if tag in {"H1", "H2", "H3"}]


# Templates that others write.

TEMPLATE = """<!DOCTYPE html>
<html lang="{{ language }}"><head><meta charset="utf-8"><title>{{ title }}</title>
<style>@page { size: A4; margin: 25mm %s } p, li, td { font-size: 11pt } %s</style></head>
<body>%s{# {{ city.name }} #}</body></html>
"""
WORDS = "Words that go on from one line to the next, and from a page to another. "


def heard(small: Small, run: Run, body: str, css: str = "", page: str = "") -> str:
    """Set a body of HTML as the only profile; return what is heard of it, less the foot."""
    if not (small.root / "templates").exists():
        small.own("templates")
    template = small.root / "templates" / "profile.html"
    template.write_text(TEMPLATE % (page, css, body), "utf-8")
    done = run("build", small.root, "--city", "alpha", "--edition", "screen", "-q")
    assert done.returncode == 0, done.stderr
    path = small.root / "build" / "screen" / "en" / "alpha.pdf"
    assert problems(path) == []
    lines = spoken.transcript(path).splitlines()[1:]
    start = next(n for n, line in enumerate(lines) if line.startswith("  P “A REPORT FOR TESTS"))
    return "\n".join(line[2:] for line in lines[:start])


CASES = {
    "text by itself": (
        "<div>Loose <b>text</b> here<p>A paragraph</p>and more</div>",
        "P “Loose text here”\nP “A paragraph”\nP “and more”",
    ),
    "a list in a list": (
        "<ul><li>One<ul><li>Within</li></ul></li> <li>Two</li></ul>",
        (
            "L [ListNumbering Disc]\n"
            "  LI\n    Lbl “• ”\n    LBody “One”\n      L [ListNumbering Circle]\n        LI\n"
            "          Lbl “◦ ”\n          LBody “Within”\n"
            "  LI\n    Lbl “• ”\n    LBody “Two”"
        ),
    ),
    "an order": (
        '<ol style="list-style: upper-roman"><li>One</li></ol>',
        "L [ListNumbering UpperRoman]\n  LI\n    Lbl “I. ”\n    LBody “One”",
    ),
    "items in a line": (
        (
            '<ul style="list-style: none"><li style="display: inline-block">A</li> '
            '<li style="display: inline-block">B</li></ul>'
        ),
        "L\n  LI\n    LBody “A”\n  LI\n    LBody “B”",
    ),
    "terms": (
        "<dl><dt>Term<dd>What it is<dd>And is not<div><dt>Other<dd>Else</div></dl>",
        (
            "L\n  LI\n    Lbl “Term”\n    LBody “What it isAnd is not”\n"
            "  LI\n    Lbl “Other”\n    LBody “Else”"
        ),
    ),
    "languages": (
        '<p>An <i lang="ko">한글</i> word</p><p lang="ko">한글</p><div lang="en"><p>Here</p></div>',
        "P “An ”\n  Span [ko] “한글”\n  “ word”\nP [ko] “한글”\nP “Here”",
    ),
    "what is not heard": (
        '<p>Heard <span aria-hidden="true">not</span></p><div aria-hidden="true"><p>No</p></div>',
        "P “Heard ”",
    ),
    "what is heard instead": (
        '<p>Rank <span aria-label="up three">▲ 3</span></p><h1 aria-label="Two">II</h1>',
        "P “Rank ”\n  Span says “up three”\nH1 says “Two”",
    ),
    "what is heard is spelt like a language": (
        '<p>Type <b aria-label="en">N</b> here</p>',
        "P “Type ”\n  Span says “en”\n  “ here”",
    ),
    "generated words": (
        '<p class="own">word</p>',
        "P “[word]”",
    ),
    "a table": (
        (
            "<table><caption>Of cities</caption><tr><th>A<th>B<tr><th>C<td colspan=1>1<tr><th>D<td>"
            "</table>"
        ),
        (
            "Table\n  Caption “Of cities”\n  TBody\n    TR\n      TH [Scope Column] “A”\n"
            "      TH [Scope Column] “B”\n    TR\n      TH [Scope Row] “C”\n      TD “1”\n    TR\n"
            "      TH [Scope Row] “D”\n      TD"
        ),
    ),
    "a figure": (
        (
            "<figure><figcaption>A square</figcaption>"
            "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
            "<title>A red square</title><rect width='9' height='9' fill='red'/></svg>"
            "<p>red</p></figure>"
        ),
        "Figure says “A red square”\n  Caption “A square”\n  “”\n  “red”",
    ),
    "an ornament": (
        (
            "<p>Text</p><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'"
            " aria-hidden='true'><rect width='9' height='9'/></svg>"
        ),
        "P “Text”",
    ),
    "a quotation": (
        "<blockquote><p>So it is</p></blockquote><p>He says <q>yes</q></p>",
        "BlockQuote\n  P “So it is”\nP “He says ”\n  Quote ““yes””",
    ),
    "a link of blocks": (
        '<a href="#x" style="display: block"><p id="x">Here</p><p>there</p></a>',
        "P\n  Link → “Here there” “Herethere”",
    ),
    "contents": (
        (
            '<nav><ul role="doc-toc" style="list-style: none"><li><a href="#x">One</a></li></ul>'
            "</nav>"
            '<h1 id="x">One</h1>'
        ),
        "TOC\n  TOCI\n    Reference\n      Link → “One” “One”\nH1 “One”",
    ),
    "a label of one's own": (
        '<ul style="list-style: none"><li><p><b data-tag="Lbl">7</b> seven</p></li></ul>',
        "L\n  LI\n    Lbl “7”\n    LBody\n      P “ seven”",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_html_says_what_is_heard(small: Small, run: Run, case: str) -> None:
    body, expected = CASES[case]
    css = ".own::before { content: '[' } .own::after { content: ']' }"
    assert heard(small, run, body, css) == expected


def test_a_page_break_breaks_no_tag(small: Small, run: Run) -> None:
    body = (
        f"<p>{WORDS * 90}</p><ul>{f'<li>{WORDS * 20}</li>' * 6}</ul>"
        f"<table><thead><tr><th>City<th>Size</thead>{'<tr><td>A<td>1</tr>' * 120}</table>"
    )
    told = heard(small, run, body).splitlines()
    assert [line.split(" ", 1)[0] for line in told if not line.startswith(" ")] == [
        "P", "L", "Table",
    ]  # fmt: skip
    assert told[0] == f"P “{WORDS * 90}”"
    assert sum(line.startswith("  LI") for line in told) == 6
    # The head of the table is on each page, and is read once.
    assert sum("TH" in line for line in told) == 2 + 1
    assert sum("THead" in line for line in told) == 1
    assert sum("TR" in line for line in told) == 121


def test_what_is_seen_through_is_heard(small: Small, run: Run) -> None:
    """The engine draws it in a form of its own, which has to say whose its content is."""
    body = "<h1>On</h1><div class='faint'><p>Faint</p>loose</div><p class='faint'>More</p>"
    told = heard(small, run, body, ".faint { opacity: 0.5 }")
    assert told == "H1 “On”\nP “Faint”\nP “loose”\nP “More”"
    with pikepdf.open(small.root / "build" / "screen" / "en" / "alpha.pdf") as pdf:
        nums = [n for leaf in pdf.Root.StructTreeRoot.ParentTree.Kids for n in leaf.Nums]
        parents = {int(nums[i]): nums[i + 1] for i in range(0, len(nums), 2)}
        kids = [kid for e, _ in tags(pdf) for kid in e.K if isinstance(kid, pikepdf.Dictionary)]
        marks = [kid for kid in kids if kid.get("/Type") == "/MCR"]
        assert len(marks) > 3
        for mark in marks:
            assert parents[int(mark.Stm.StructParents)][int(mark.MCID)].S in {"/P", "/Link"}


def test_what_is_fixed_to_all_pages_is_read_once(small: Small, run: Run) -> None:
    body = f'<p class="on-all">All <a href="https://example.org">pages</a></p><p>{WORDS * 150}</p>'
    told = heard(small, run, body, ".on-all { position: fixed; top: 0 }")
    assert told.count("All ") == told.count("→ https://example.org") == 1


def test_notes_and_margins(small: Small, run: Run) -> None:
    body = '<p>Text<span class="note">A note</span> goes on.</p>' + f"<p>{WORDS * 120}</p>" * 2
    css = (
        ".note { float: footnote } .head { position: running(head) } .head a { color: red }"
        "@page { @top-center { content: element(head); width: 150mm } }"
        "@page { @bottom-right { content: counter(page) } }"
    )
    head = '<div class="head">Report <a href="https://example.org">at example.org</a></div>'
    told = heard(small, run, head + body, css).splitlines()
    assert "Note [ID] “1. A note”" in told
    # The head is on each page; its link is tagged where it comes first.
    assert [line for line in told if "example.org" in line] == [
        "  Link → https://example.org “at example.org” “at example.org”"
    ]


def is_reference(kid: Any) -> bool:
    return isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == "/OBJR"
