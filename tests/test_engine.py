"""The engine amended is still the engine: what a designer may ask of it comes out."""

from __future__ import annotations

from pathlib import Path

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


def green(path: Path) -> int:
    """Return how many pixels wide the green area of the first page is."""
    with pypdfium2.PdfDocument(path) as pdf:
        image = pdf[0].render().to_pil().convert("RGB")
    widths = (
        sum(image.getpixel((x, y)) == (0, 255, 0) for x in range(image.width))
        for y in range(0, image.height, 9)
    )
    return int(max(widths))
