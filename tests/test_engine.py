"""The engine amended is still the engine: what a designer may ask of it comes out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from conftest import Run, Small
from pdf import text

IMAGE = "image: {path: images/%s.svg, alt: {ko: 가, en: a}, credit: b}\n"


def styled(small: Small, css: str) -> None:
    """Give the workspace templates of its own, with one more rule for profiles."""
    sheet = small.own("templates") / "profile.css"
    sheet.write_text(sheet.read_text("utf-8") + css, "utf-8")


def test_boxes_in_the_margins_are_drawn(small: Small, run: Run) -> None:
    styled(small, '\n@page { @bottom-center { content: "FOLIO " counter(page); color: #123 } }\n')
    done = run("build", small.root, "--city", "alpha", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "FOLIO 1" in text(small.root / "build" / "screen" / "en" / "alpha.pdf")


@pytest.mark.parametrize("rule", [".about p { FLOAT: FOOTNOTE }", ".about p { float: footnote }"])
def test_css_may_be_in_capitals(small: Small, run: Run, rule: str) -> None:
    styled(small, f"\n{rule}\n")
    done = run("build", small.root, "--city", "alpha", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "This city is fictional" in text(small.root / "build" / "screen" / "en" / "alpha.pdf")


@pytest.mark.parametrize(("command", "code"), [("build", 1), ("doctor", 3)])
def test_another_version_of_the_engine_is_refused_before_it_is_imported(
    small: Small,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    code: int,
) -> None:
    about = tmp_path / "other" / "weasyprint-66.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: weasyprint\nVersion: 66.0\n")
    package = tmp_path / "other" / "weasyprint"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('it has other insides')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "other"))
    done = run(command, small.root)
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == code
    assert "weasyprint 66.0 was not tested, but 70.0" in said
    assert "install the versions of requirements.lock" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("said", ["bleed: 3mm", "marks: crop cross", "margin: 0; MARKS: crop"])
def test_bleed_and_marks_of_a_page_are_refused_at_their_line(
    small: Small, run: Run, said: str
) -> None:
    styled(small, f"\n/* page */\n@page {{\n  {said} }}\n")
    done = run("build", small.root, "--city", "alpha", "--lang", "en")
    lines = (small.root / "templates" / "profile.css").read_text("utf-8").count("\n")
    column = said.lower().index("bleed" if "bleed" in said else "marks") + 3
    assert done.returncode == 3
    assert f"templates/profile.css:{lines}:{column}" in done.stderr
    assert "set bleed and marks of an edition in report/report.yaml" in " ".join(
        done.stderr.split()
    )


def test_what_is_seen_through_keeps_its_bleed(small: Small, run: Run) -> None:
    corner = "position: absolute; left: -100mm; top: -100mm; width: 300mm; height: 300mm"
    styled(
        small,
        f"\n.about {{ opacity: .5 }} .about::before {{ content: ''; {corner};"
        " background: #0f0 }\n",
    )
    done = run("build", small.root, "--city", "alpha", "--lang", "en")
    assert done.returncode == 0, done.stderr
    boxes = [
        [float(v) for v in form["/BBox"]]
        for form in forms(small.root / "build" / "screen" / "en" / "alpha.pdf")
    ]
    wide = 595.28 + 2 * 14.2  # A4 with 5 mm around
    assert any(right - left > wide for left, _, right, _ in boxes)


@pytest.mark.parametrize(("state", "counts"), [("open", [1]), ("closed", [-1])])
def test_a_heading_may_be_folded_in_the_outline(
    small: Small, run: Run, state: str, counts: list[int]
) -> None:
    styled(small, f"\nh1 {{ bookmark-state: {state} }}\n")
    done = run("build", small.root, "--city", "alpha", "--lang", "en")
    assert done.returncode == 0, done.stderr
    with pikepdf.open(small.root / "build" / "screen" / "en" / "alpha.pdf") as pdf:
        first = pdf.Root.Outlines.First
        assert [int(first.Count) > 0] == [count > 0 for count in counts]
        seen = int(first.Count) if state == "open" else 0
        assert int(pdf.Root.Outlines.Count) == 1 + seen


@pytest.mark.parametrize("units", [100_000, 10_000_000])
def test_a_drawing_of_any_units_has_its_size(small: Small, run: Run, units: int) -> None:
    images = small.root / "report" / "images"
    images.mkdir()
    for identifier, wide in (("alpha", 100), ("beta", units)):
        (images / f"{identifier}.svg").write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {wide // 2}" '
            f'width="120" height="60"><rect width="{wide}" height="{wide // 2}" fill="#0f0"/></svg>'
        )
        small.city(identifier, small.text(identifier) + IMAGE % identifier)
    assert run("build", small.root, "--lang", "en").returncode == 0
    widths = [green(small.root / "build" / "screen" / "en" / f"{x}.pdf") for x in ("alpha", "beta")]
    assert widths[0] == widths[1] > 100


def forms(path: Path) -> Iterator[pikepdf.Stream]:
    """Yield the forms of a file that are groups of transparency."""
    with pikepdf.open(path) as pdf:
        for item in pdf.objects:
            if isinstance(item, pikepdf.Stream) and "/Group" in item:
                yield item


def green(path: Path) -> int:
    """Return how many pixels wide the green area of the first page is."""
    with pypdfium2.PdfDocument(path) as pdf:
        image = pdf[0].render().to_pil().convert("RGB")
    widths = (
        sum(image.getpixel((x, y)) == (0, 255, 0) for x in range(image.width))
        for y in range(0, image.height, 9)
    )
    return int(max(widths))
