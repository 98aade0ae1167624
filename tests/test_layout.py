"""Furniture, titles and page sizes: nothing lies on anything else or beside its page unseen."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pypdfium2
import pytest

from conftest import Run, Small
from pdf import lines, text

TITLE = "THE GLOBAL SMART AND SUSTAINABLE CITIES REPORT 2026"
KINGDOM = "THE UNITED KINGDOM OF GREAT BRITAIN AND NORTHERN IRELAND"
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 12" width="60" height="12">'
    '<rect width="60" height="12" fill="#f00"/></svg>'
)


def longer(small: Small, title: str = TITLE) -> None:
    """Give the workspace a long title, a long country, and profiles of two pages."""
    small.bind("book: {front: [cover, contents], body: [profiles], back: [back-cover]}")
    report = small.root / "report" / "report.yaml"
    report.write_text(report.read_text("utf-8").replace("A REPORT FOR TESTS", title), "utf-8")
    words = "A sentence of a city of canals and temples. " * 30
    for city in ("alpha", "beta"):
        body = "    body:\n" + f"      - {words.strip()}\n" * 9
        record = small.text(city).replace("THE REPUBLIC OF EXAMPLE", KINGDOM)
        record = record.replace(f"display: {city.upper()}", "display: SANTIAGO DE COMPOSTELA")
        small.city(city, record.rstrip("\n") + "\n" + body)


def overlaps(small: Small, run: Run) -> list[str]:
    """Return what `check` says of texts that lie on each other."""
    found = json.loads(run("check", small.root, "--json").stdout)["findings"]
    return [f["message"] for f in found if f["rule"] == "overlap"]


TITLES = [
    TITLE,
    "AN INTERNATIONAL COMPARISON OF DIGITAL GOVERNMENT AND URBAN MOBILITY IN ONE HUNDRED CITIES",
    "도시의 미래를 여는 스마트 기술과 지속가능한 발전에 관한 국제 비교 연구 보고서 2026년 제삼판",
    "SHORT 2026",
]


@pytest.mark.parametrize("title", TITLES)
def test_a_long_title_stays_clear_of_all_else(small: Small, run: Run, title: str) -> None:
    longer(small, title)
    assert overlaps(small, run) == []
    assert run("build", small.root, "--lang", "en").returncode == 0
    book = text(small.root / "build" / "screen" / "en" / "report.pdf")
    assert title.replace(" ", "") in book.replace(" ", "")


def test_a_title_ends_above_the_drawing_of_the_cover(small: Small, run: Run) -> None:
    longer(small, TITLES[1])
    assert run("build", small.root, "--lang", "en").returncode == 0
    with pypdfium2.PdfDocument(small.root / "build" / "screen" / "en" / "report.pdf") as document:
        page = document[0].get_textpage()
        at = page.get_text_range().index("CITIES")
        _, bottom, _, _ = page.get_charbox(at)
    assert bottom > (297 - 78) / 25.4 * 72


def test_the_check_finds_furniture_that_lies_on_furniture(small: Small, run: Run) -> None:
    longer(small)
    sheet = small.own("templates") / "furniture.css"
    sheet.write_text(
        sheet.read_text("utf-8") + "\n.foot-title { white-space: nowrap }\n"
        "#foot p { font-size: 9pt }\n", "utf-8",
    )  # fmt: skip
    said = " / ".join(overlaps(small, run))
    assert "lies on 'THE GLOBAL SMART AND SUSTAINABLE CITIES…' in the single furniture" in said


def test_the_check_finds_furniture_that_runs_over_the_page(small: Small, run: Run) -> None:
    longer(small)
    sheet = small.own("templates") / "furniture.css"
    sheet.write_text(sheet.read_text("utf-8") + "\n.foot { bottom: 3mm }\n", "utf-8")
    assert any("mm over the page, single furniture" in said for said in overlaps(small, run))


def test_the_check_finds_text_under_a_drawing(small: Small, run: Run) -> None:
    page = small.own("templates") / "profile.html"
    cover = (
        '<svg style="position: absolute; left: 0; top: 60mm" width="170mm" height="60mm" '
        'viewBox="0 0 17 6"><title>a</title><rect width="17" height="6" fill="#123456"/></svg>'
    )
    page.write_text(page.read_text("utf-8").replace("</article>", f"{cover}</article>"), "utf-8")
    assert any("under a drawing" in said for said in overlaps(small, run))


def test_a_picture_in_a_layer_of_class_fit_stands_in_its_slot(small: Small, run: Run) -> None:
    longer(small)
    folder = small.own("templates")
    (small.root / "report" / "images").mkdir()
    (small.root / "report" / "images" / "logo.svg").write_text(LOGO)
    page = folder / "book" / "furniture.html"
    source = page.read_text("utf-8")
    image = """<img class="logo" src="{{ "images/logo.svg" | image }}" alt="Lab">"""
    changed = re.sub(r'(id="head-title">).*?(</div>)', lambda m: m[1] + image + m[2], source)
    page.write_text(changed, "utf-8")
    sheet = folder / "furniture.css"
    logo = "\n.logo { height: 6mm; width: 30mm; display: block }\n"
    sheet.write_text(sheet.read_text("utf-8") + logo, "utf-8")
    assert run("build", small.root, "--city", "alpha", "--lang", "en").returncode == 0
    assert red(small.root / "build" / "screen" / "en" / "alpha.pdf", 1) == (160, 190)


def red(path: Path, page: int) -> tuple[int, int]:
    """Return from where to where, in mm from the left, a page is red at its head."""
    with pypdfium2.PdfDocument(path) as document:
        image = document[page].render(scale=2).to_pil().convert("RGB")
    y = round(17 / 25.4 * 144)
    found = [x for x in range(image.width) if image.getpixel((x, y)) == (255, 0, 0)]
    return round(found[0] / 144 * 25.4), round(found[-1] / 144 * 25.4)


def test_a_page_size_of_a_style_sheet_is_told_at_its_line(small: Small, run: Run) -> None:
    sheet = small.own("templates") / "base.css"
    sheet.write_text(sheet.read_text("utf-8").replace("size: A4", "size: A5"), "utf-8")
    done = run("build", small.root)
    line = sheet.read_text("utf-8").split("size: A5")[0].count("\n") + 1
    assert done.returncode == 3
    assert f"templates/base.css:{line}:3: error: @page is 148 × 210 mm, but the edition's" in (
        done.stderr
    )
    assert "write trim: {width: 148, height: 210} in the edition" in done.stderr
    report = small.root / "report" / "report.yaml"
    trim = "editions: {screen: {trim: {width: 148, height: 210}, products: [cities]}}\n"
    report.write_text(report.read_text("utf-8") + trim, "utf-8")
    assert run("build", small.root).returncode == 0


@pytest.mark.parametrize(("width", "height"), [(297, 210), (210, 280), (240, 320)])
def test_furniture_stays_on_a_page_of_another_size(
    small: Small, run: Run, width: int, height: int
) -> None:
    longer(small, "A REPORT")
    report = small.root / "report" / "report.yaml"
    trim = f"editions: {{screen: {{trim: {{width: {width}, height: {height}}}}}}}\n"
    report.write_text(report.read_text("utf-8") + trim, "utf-8")
    assert run("build", small.root, "--city", "alpha", "--lang", "en").returncode == 0
    path = small.root / "build" / "screen" / "en" / "alpha.pdf"
    with pypdfium2.PdfDocument(path) as document:
        for number, page in enumerate(document):
            said = page.get_textpage()
            for words in ("info@example.org", "Copyright 2022", *(["A REPORT"] if number else [])):
                found = said.search(words).get_next()
                assert found, (number, words)
                box = said.get_charbox(found[0])
                assert 0 < box[0] < page.get_width()
                assert 0 < box[1] < page.get_height()
    assert str(2) in lines(path)


def test_a_slot_beside_the_page_is_told_at_the_template(small: Small, run: Run) -> None:
    sheet = small.own("templates") / "furniture.css"
    rule = "\n.foot { bottom: auto; top: 400mm }\n"
    sheet.write_text(sheet.read_text("utf-8") + rule, "utf-8")
    done = run("build", small.root, "--city", "alpha", "--lang", "en")
    assert done.returncode == 3
    said = r"furniture\.html:\d+:1: error: the slot 'foot-single' lies outside of the page"
    assert re.search(said, done.stderr)


def test_a_layer_that_is_no_div_is_told(small: Small, run: Run) -> None:
    page = small.own("templates") / "book" / "furniture.html"
    source = page.read_text("utf-8")
    foot = '<div class="layer" id="foot" role="contentinfo">'
    layer = f'<p class="layer" id="foot-more">More</p>\n{foot}'
    page.write_text(source.replace(foot, layer), "utf-8")
    line = source.split(foot)[0].count("\n") + 1
    done = run("build", small.root, "--city", "alpha", "--lang", "en")
    assert f"furniture.html:{line}:1: error: the layer 'foot-more' is a <p>" in done.stderr
