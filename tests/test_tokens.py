"""The look of a report stands in templates/tokens.css, and its pages follow that."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pikepdf
import pypdfium2
import pytest
import tinycss2
from pypdfium2 import raw
from tinycss2.color3 import parse_color

from conftest import ROOT, Run, Small, composed
from reportgen.markup import tokens
from reportgen.records.workspace import Workspace

TEMPLATES = ROOT / "templates"
SHEETS = sorted(p.name for p in TEMPLATES.glob("*.css") if p.name != tokens.SHEET)
REBRAND = {
    "--accent": ("#2b3a4a", "#7a1f5c"),
    "--ink": ("#1d232b", "#20123a"),
    "--margin-left": ("20mm", "26mm"),
    "--measure": ("118mm", "112mm"),
    "--size-body": ("9.6pt", "10.4pt"),
}
GRID = {20, 30, 34, 40, 46, 52, 118, 170}
"""The lengths of the grid in mm: margins, columns, and sums of these."""
OWN_LENGTHS = {
    (".imprint-page", "padding-top"): "how far down the imprint begins",
    (".cover-partners", "padding-top"): "how far down the text of a cover begins",
    (".area-dense .area-field", "padding-top"): "how far down a field of colour reaches",
    (".matrix-page .legend", "height"): "as high as three marks with their words",
    (".matrix-page .legend", "margin-bottom"): "gives that height back",
    (".matrix-upright", "height"): "the longest name of an area, turned",
    (".matrix-turned", "width"): "the same name, before it is turned",
}
"""Lengths that happen to be one of the grid's."""


def declarations(name: str) -> Iterator[tuple[str, Any]]:
    """Yield each declaration of a style sheet with its selector."""
    source = (TEMPLATES / name).read_text(encoding="utf-8")
    for rule in tinycss2.parse_stylesheet(source, skip_comments=True, skip_whitespace=True):
        selector = tinycss2.serialize(rule.prelude).strip()
        for node in tinycss2.parse_blocks_contents(rule.content, skip_comments=True):
            if node.type == "declaration":
                yield selector, node


def flat(found: list[Any]) -> Iterator[Any]:
    for node in found:
        yield node
        yield from flat(getattr(node, "arguments", None) or getattr(node, "content", None) or [])


@pytest.mark.parametrize("name", SHEETS)
def test_no_style_sheet_but_one_has_colours(name: str) -> None:
    for selector, declaration in declarations(name):
        for token in flat(declaration.value):
            colour = parse_color(token) if token.type in {"hash", "ident"} else None
            assert colour in {None, "currentColor"}, (selector, declaration.name, token.serialize())


@pytest.mark.parametrize("name", SHEETS)
def test_no_style_sheet_but_one_has_sizes_of_type(name: str) -> None:
    """A size may hang on that around it; a line may be as high as the box that it stands in."""
    relative, solid = {"em", "%"}, {0, 1}
    for selector, declaration in declarations(name):
        for token in flat(declaration.value):
            place = (selector, declaration.name, token.serialize())
            if declaration.lower_name == "font-size" and token.type == "dimension":
                assert token.lower_unit in relative, place
            if declaration.lower_name == "line-height":
                assert token.type != "number" or token.value in solid, place
                assert token.type != "dimension" or token.lower_unit == "mm", place
            assert declaration.lower_name != "font", place


@pytest.mark.parametrize("name", SHEETS)
def test_no_style_sheet_but_one_has_lengths_of_the_grid(name: str) -> None:
    for selector, declaration in declarations(name):
        if (selector, declaration.name) in OWN_LENGTHS:
            continue
        for token in flat(declaration.value):
            if token.type == "dimension" and token.lower_unit == "mm":
                assert abs(token.value) not in GRID, (selector, declaration.name)


def test_every_exception_is_one() -> None:
    found = Counter((s, d.name) for name in SHEETS for s, d in declarations(name))
    assert OWN_LENGTHS.keys() <= found.keys()


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda p: p.name)
def test_no_template_has_colours(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert (
        re.findall(r"#[0-9a-fA-F]{6}\b|\b(?:fill|stroke): (?!none)\w+|=\"(?:white|black)\"", text)
        == []
    )


def test_every_token_is_used() -> None:
    """Also by another token, or by a drawing."""
    said = tokens_text()
    used = "".join(p.read_text("utf-8") for p in TEMPLATES.rglob("*.[hc][ts][ms]*"))
    for name in re.findall(r"(?m)^  --([\w-]+):", said):
        assert f"var(--{name})" in used or f"tokens.{name.replace('-', '_')}" in used, name


def test_every_variable_is_a_token_or_set_by_a_template() -> None:
    texts = [p.read_text("utf-8") for p in TEMPLATES.rglob("*.[hc][ts][ms]*")]
    known = {name for text in texts for name in re.findall(r"--([\w-]+): ", text)}
    for text in texts:
        assert set(re.findall(r"var\(--([\w-]+)\)", text)) <= known


def tokens_text() -> str:
    return (TEMPLATES / tokens.SHEET).read_text(encoding="utf-8")


def rebrand(folder: Path) -> None:
    """Change a few tokens in a folder of templates, and nothing else."""
    text = tokens_text()
    for name, (old, new) in REBRAND.items():
        assert text.count(f"{name}: {old};") == 1
        text = text.replace(f"{name}: {old};", f"{name}: {new};")
    (folder / tokens.SHEET).write_text(text, encoding="utf-8")


def colours(path: Path) -> set[str]:
    """Return the colours that a file is painted with, #rrggbb."""
    found = set()
    with pikepdf.open(path) as pdf:
        forms = (
            o for o in pdf.objects if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Form"
        )
        for drawn in (*pdf.pages, *forms):
            for said in pikepdf.parse_content_stream(drawn):
                if str(said.operator) in {"rg", "RG"}:
                    parts = [float(str(x)) for x in said.operands]
                    found.add("#" + "".join(f"{round(x * 255):02x}" for x in parts))
    return found


class Character(NamedTuple):
    """Its edges in mm, its size in pt."""

    left: float
    right: float
    size: float


def characters(path: Path, words: str) -> list[Character]:
    """Return the characters of `words` where they first stand."""
    with pypdfium2.PdfDocument(path) as document:
        for sheet in document:
            said = sheet.get_textpage()
            if found := said.search(words).get_next():
                return [
                    Character(
                        said.get_charbox(at)[0] / 72 * 25.4,
                        said.get_charbox(at)[2] / 72 * 25.4,
                        # The engine sets in px, of which 4 are 3 pt.
                        raw.FPDFText_GetFontSize(said.raw, at) * 0.75,
                    )
                    for at in range(found[0], found[0] + found[1])
                ]
    raise AssertionError(words)


def test_a_rebrand_changes_one_file(small: Small, run: Run) -> None:
    small.bind()
    small.city("alpha", small.text("alpha") + f"    body:\n      - {'Words of a body. ' * 60}\n")
    templates = small.own("templates")
    made = small.root / "build" / "screen" / "en"
    assert run("build", small.root, "--lang", "en").returncode == 0
    old = characters(made / "alpha.pdf", "This city is")
    assert {"#2b3a4a", "#1d232b"} <= colours(made / "report.pdf")
    rebrand(templates)
    done = run("build", small.root, "--lang", "en")
    assert done.returncode == 0, done.stderr
    new = characters(made / "alpha.pdf", "This city is")
    assert new[0].left - old[0].left == pytest.approx(6, abs=0.1)
    assert [old[0].size, new[0].size] == pytest.approx([9.6, 10.4], abs=0.01)
    for name in ("alpha", "report"):
        painted = colours(made / f"{name}.pdf")
        assert {"#7a1f5c", "#20123a"} <= painted
        assert not {"#2b3a4a", "#1d232b"} & painted
    assert '"overlap"' not in run("check", small.root, "--lang", "en", "--json").stdout


def test_text_is_no_wider_than_the_measure(small: Small, run: Run) -> None:
    small.city("alpha", small.text("alpha").replace("a test.", "a test. " + "It has words. " * 40))
    sheet = small.own("templates") / tokens.SHEET
    sheet.write_text(tokens_text().replace("--measure: 118mm", "--measure: 90mm"), "utf-8")
    assert run("build", small.root, "--lang", "en", "--city", "alpha").returncode == 0
    path = small.root / "build" / "screen" / "en" / "alpha.pdf"
    said = characters(path, "This city is fictional and serves as a test. It has words")
    assert 150 < max(one.right for one in said) < 20 + 46 + 6 + 90


def test_drawings_take_colours_and_the_measure_from_the_tokens(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "fictional", tmp_path, dirs_exist_ok=True)
    shutil.copytree(TEMPLATES, tmp_path / "templates")
    rebrand(tmp_path / "templates")
    (profile,) = (m.html for name, m in composed(tmp_path, "en", 1).items() if "/" in name)
    assert 'width="112mm"' in profile
    assert 'width="53mm"' in profile
    assert "#20123a" in profile
    assert "118" not in profile
    assert not re.search("#2b3a4a|#1d232b", profile, re.IGNORECASE)


@pytest.mark.parametrize(
    ("sheet", "told"),
    [
        (None, "templates/tokens.css"),
        ("html { --ink: #000000 }", "there is no colour --accent"),
        ("/* --accent: #123456; */", "there is no colour --accent"),
        ("html { --accent: crimson }", "there is no colour --accent"),
    ],
)
def test_a_sheet_without_an_accent_is_told(
    small: Small, run: Run, sheet: str | None, told: str
) -> None:
    path = small.own("templates") / tokens.SHEET
    path.write_text(sheet, "utf-8") if sheet is not None else path.unlink()
    done = run("build", small.root)
    assert done.returncode == 3
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_tokens_are_colours_and_lengths_in_mm(small: Small) -> None:
    (small.own("templates") / tokens.SHEET).write_text(
        "/* --no: 1mm; */ html { --accent: #AABBCC; --a-b: 2.5mm; --size: 9pt; --sum: calc(1mm + "
        "2mm);\n --a-b: 3mm }", "utf-8",
    )  # fmt: skip
    assert tokens.read(Workspace(small.root)) == {"accent": "#AABBCC", "a_b": 3}


OWNERS = {
    "base.css": "",
    "profile.css": "voice opening about headline body picture finding fact shares scores project "
    "projects",
    "book.css": "cover back-cover wrap imprint contents area area-list sector-list glance "
    "city-list matrix all-sources glossary index partner matter anatomy",
    "furniture.css": "layer layers slot slots head foot folio tab thumb recto verso",
}
"""What each style sheet is about, by which the names of its classes begin."""


@pytest.mark.parametrize("name", OWNERS)
def test_a_class_begins_with_what_it_is_part_of(name: str) -> None:
    head = (TEMPLATES / "base.css").read_text("utf-8").partition("*/")[0].partition("Shared are")[2]
    owners = {*re.findall(r"[a-z]+", head), *OWNERS[name].split()} - {"of", "parts", "the", "book"}
    for selector, _ in declarations(name):
        for used in re.findall(r"\.([a-z][\w-]*)", selector):
            assert any(used == one or used.startswith(f"{one}-") for one in owners), used
