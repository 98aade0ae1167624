"""Editions: each file conforms to the standard of its edition and carries what it should."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from pypdfium2 import raw

import pdf
from conftest import ROOT, Run, Small, load, state_of
from preflight import preflight
from reportgen.plan import attachments, editions
from reportgen.records import records
from reportgen.records.schema.report import Edition
from reportgen.records.workspace import Workspace

MM = 72 / 25.4


def manifest(out: Path) -> dict[str, dict[str, Any]]:
    told = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    return {entry["path"]: entry for entry in told["products"]}


def carried(path: Path) -> dict[str, bytes]:
    with pikepdf.open(path) as file:
        return {name: spec.get_file().read_bytes() for name, spec in file.attachments.items()}


def test_every_file_for_the_screen_is_valid_under_both_standards(sample: Path) -> None:
    products = sorted(sample.glob("screen/*/*.pdf"))
    assert len(products) == 64
    assert {p: found for p in products if (found := pdf.problems(p))} == {}


def test_a_file_for_the_screen_says_what_it_conforms_to(sample: Path) -> None:
    with pikepdf.open(sample / "screen/ko/seoul.pdf") as file:
        assert str(file.docinfo.CreationDate) == "D:20220101000000Z"
        with file.open_metadata() as told:
            assert told["pdfaid:part"] == "3"
            assert told["pdfaid:conformance"] == "A"
            assert told["pdfuaid:part"] == "1"
            assert told["xmp:CreateDate"] == told["xmp:ModifyDate"] == "2022-01-01T00:00:00Z"
        (intent,) = file.Root.OutputIntents
        assert str(intent.S) == "/GTS_PDFA1"
        assert int(intent.DestOutputProfile.N) == 3
        assert "/Filter" not in file.Root.Metadata
    assert (sample / "screen/ko/seoul.pdf").read_bytes()[:15] == b"%PDF-1.7\n%\xf0\x9f\x93\x96\n"


def test_a_city_s_file_carries_its_record(sample: Path) -> None:
    told = manifest(sample)
    for language in ("ko", "en"):
        path = f"screen/{language}/seoul.pdf"
        ((name, content),) = carried(sample / path).items()
        assert name == "seoul.json"
        digest = hashlib.sha256(content).hexdigest()
        assert told[path]["attachments"] == [{"name": name, "sha256": digest}]
        assert told[path]["standard"] == "pdf/ua-1 + pdf/a-3a"
        data = json.loads(content, parse_float=Decimal)
        record = load(ROOT / "report/cities/seoul.yaml")
        assert data["city"]["texts"]["ko"]["about"] == record["texts"]["ko"]["about"]
        assert data["city"]["shares"]["funding"]["public"] == 90
        cited = {finding["source"] for finding in record["findings"]}
        assert cited <= data["sources"].keys()
        assert data["report"]["year"] == 2022
    with pikepdf.open(sample / "screen/ko/seoul.pdf") as file:
        (spec,) = file.Root.AF
        assert spec.AFRelationship == "/Data"
        assert spec.EF.F.Subtype == "/application/json"
        assert str(spec.EF.F.Params.ModDate) == "D:20220101000000Z"


def test_the_book_carries_the_report_s_own_record(sample: Path) -> None:
    ((name, content),) = carried(sample / "screen/ko/report.pdf").items()
    assert name == "report.json"
    data = json.loads(content)["report"]
    record = load(ROOT / "report/report.yaml")
    assert [a["number"] for a in data["areas"]] == [a["number"] for a in record["areas"]]
    assert {s["id"] for s in data["sources"]} == {s["id"] for s in record["sources"]}
    assert not {"book", "editions"} & data.keys()


def test_data_are_canonical_and_keep_the_digits_of_the_record(small: Small) -> None:
    text = small.text("alpha")
    fact = "{label: {ko: 길이, en: Length}, value: 12.50, year: 2020, source: a-source}"
    small.city("alpha", f"{text}facts:\n  - {fact}\n")
    known = records.read(Workspace(small.root))
    city = next(city for city in known.cities if city.id == "alpha")
    content = attachments.of_city(known, city).content
    assert b'"value":12.50,' in content
    assert "길이".encode() in content
    plain = json.loads(content)
    assert json.dumps(
        plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode() == (content.replace(b"12.50", b"12.5").rstrip(b"\n"))


@pytest.mark.parametrize("value", [object(), 1.5])
def test_data_hold_nothing_but_what_records_hold(value: object) -> None:
    with pytest.raises(AssertionError, match="JSON cannot say"):
        attachments.canonical({"a": value})


def test_a_changed_record_makes_only_the_files_that_carry_it(small: Small, run: Run) -> None:
    assert run("build", small.root).returncode == 0
    before = manifest(small.root / "build")
    # The order is on no page; the data have it.
    small.city("alpha", small.text("alpha") + "order: 1\n")
    assert run("build", small.root).returncode == 0
    after = manifest(small.root / "build")
    changed = {p for p in after if after[p]["sha256"] != before[p]["sha256"]}
    assert changed == {"screen/ko/alpha.pdf", "screen/en/alpha.pdf"}
    assert b'"order":1' in carried(small.root / "build/screen/ko/alpha.pdf")["alpha.json"]


EDITIONS = """\
editions:
  screen: {}
  print:
    standard: pdf/x-4
    colour: cmyk
    bleed: 3
    marks: [crop, registration, slug]
    paper: 1
    products: [cities, book, cover]
  grey: {standard: pdf/x-4, colour: grey, bleed: 5, languages: [en], products: [cities]}
  pocket:
    standard: pdf/x-4
    colour: cmyk
    trim: {width: 148, height: 210.5}
    languages: [ko]
    products: [cities]
  large-print: {styles: [large-print.css], products: [cities], languages: [en]}
  booklet:
    standard: pdf/x-4
    products: [book]
    imposition: {of: print, scheme: saddle, sheet: SRA3}
"""
BOOK = """\
book:
  front: [cover, contents]
  body: [areas, profiles]
  back: [sources, back-cover]
"""


def publishing(small: Small) -> Path:
    """Give a workspace every kind of edition; return its report."""
    path = small.root / "report/report.yaml"
    text = path.read_text("utf-8")
    bare = "book: {front: [], body: [], back: []}\n"
    path.write_text(text.replace(bare, BOOK) + EDITIONS, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every edition of a small report, built once; a folder to read, not to change."""
    small = Small(tmp_path_factory.mktemp("published") / "work")
    publishing(small)
    subprocess.run(
        [sys.executable, "-m", "reportgen", "build", str(small.root), "--edition", "all", "-q"],
        check=True, timeout=300,
    )  # fmt: skip
    return small.root / "build"


def boxes(path: Path, page: int = 0) -> dict[str, tuple[float, ...]]:
    """Return a page's boxes in mm."""
    with pikepdf.open(path) as file:
        sheet = file.pages[page].obj
        return {
            name: tuple(float(value) / MM for value in sheet[f"/{name}"])
            for name in ("MediaBox", "BleedBox", "TrimBox")
        }


def sizes(found: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, float]]:
    return {name: (box[2] - box[0], box[3] - box[1]) for name, box in found.items()}


def near(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(abs(a - b) < 0.01 for a, b in zip(one, other, strict=True))


def test_all_editions_make_what_their_blocks_name(published: Path) -> None:
    found = {
        str(p.relative_to(published).as_posix()) for p in published.rglob("*.pdf")
    }  # fmt: skip
    both = ("alpha", "beta")
    assert found == {
        *(f"screen/{x}/{name}.pdf" for x in ("ko", "en") for name in (*both, "report")),
        *(f"print/{x}/{name}.pdf" for x in ("ko", "en") for name in (*both, "report", "cover")),
        *(f"grey/en/{name}.pdf" for name in both),
        *(f"pocket/ko/{name}.pdf" for name in both),
        *(f"large-print/en/{name}.pdf" for name in both),
        *(f"booklet/{x}/report.pdf" for x in ("ko", "en")),
    }
    assert set(manifest(published)) == found


@pytest.mark.parametrize(
    ("name", "trim", "bleed"),
    [
        ("print/ko/alpha", (210, 297), 3),
        ("print/en/report", (210, 297), 3),
        ("grey/en/beta", (210, 297), 5),
        ("pocket/ko/alpha", (148, 210.5), 0),
    ],
)
def test_print_is_fit_for_a_printer(
    published: Path, name: str, trim: tuple[float, float], bleed: float
) -> None:
    assert preflight(published / f"{name}.pdf", trim, bleed) == []


def test_every_edition_stands_up_to_verification(published: Path, run: Run) -> None:
    done = run("verify", published)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("22 files ")


def test_print_says_the_same_as_the_screen_and_carries_nothing(published: Path) -> None:
    for name in ("ko/alpha", "en/report"):
        screen, printed = (published / f"{e}/{name}.pdf" for e in ("screen", "print"))
        within = text_within_trim(printed)
        assert within == text_within_trim(screen)
        assert within
        with pikepdf.open(printed) as file:
            assert not {"/StructTreeRoot", "/Outlines", "/Names", "/AF", "/OpenAction"} & set(
                file.Root.keys()
            )
            assert all("/Annots" not in page.obj for page in file.pages)
        assert carried(printed) == {}
        assert manifest(published)[f"print/{name}.pdf"]["attachments"] == []


def text_within_trim(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as document:
        found = []
        for sheet in document:
            box = sheet.get_trimbox()
            found.append(sheet.get_textpage().get_text_bounded(*box))
        return pdf.folded("\n".join(found))


def test_boxes_are_exact_and_follow_the_binding(published: Path) -> None:
    found = boxes(published / "print/ko/alpha.pdf")
    assert near(found["TrimBox"], (0, 0, 210, 297))
    assert near(found["BleedBox"], (-3, -3, 213, 300))
    assert near(found["MediaBox"], (-13, -13, 223, 310))
    book = published / "print/en/report.pdf"
    with pikepdf.open(book) as file:
        lefts = {float(page.obj.TrimBox[0]) / MM for page in file.pages}
    assert {round(left, 2) for left in lefts} == {0, -4, 4}
    grey = sizes(boxes(published / "grey/en/alpha.pdf"))
    assert near(grey["BleedBox"], (220, 307))
    assert near(grey["MediaBox"], (220, 307))
    assert near(sizes(boxes(published / "pocket/ko/beta.pdf"))["TrimBox"], (148, 210.5))


def test_the_opening_runs_on_into_the_bleed(published: Path) -> None:
    path = published / "print/ko/alpha.pdf"
    with pypdfium2.PdfDocument(path) as document:
        picture = document[0].render(scale=1).to_pil()
    # 10 mm of room and 3 mm of bleed: the field begins where the bleed does.
    inside, outside = round(11 * MM), round(9 * MM)
    middle = picture.width // 3
    assert sum(picture.getpixel((middle, inside))) < 500
    assert picture.getpixel((middle, outside)) == (255, 255, 255)
    assert sum(picture.getpixel((inside, round(40 * MM)))) < 500
    assert picture.getpixel((outside, round(40 * MM))) == (255, 255, 255)


def test_marks_stand_beyond_the_bleed_and_the_slug_line_names_the_city(published: Path) -> None:
    path = published / "print/ko/alpha.pdf"
    with pypdfium2.PdfDocument(path) as document:
        sheet = document[0]
        left, _, right, _ = sheet.get_mediabox()
        below = sheet.get_textpage().get_text_bounded(left, -13 * MM, right, -3 * MM)
        picture = sheet.render(scale=4).to_pil().convert("L")
    assert pdf.folded(below) == "A REPORT FOR TESTS · 알파 · print/ko/alpha · 2022"
    # A crop mark in line with the left edge of the trim, at the foot and at the head.
    at = round(13 * MM * 4)
    for y in (4, 13 + 297 + 13 - 4):
        assert min(picture.getpixel((at + x, round(y * MM * 4))) for x in range(-2, 3)) < 160
    with pikepdf.open(path) as file:
        space = file.pages[0].obj.Resources.ColorSpace.All
        assert [str(space[n]) for n in range(3)] == ["/Separation", "/All", "/DeviceCMYK"]
    assert "/All" not in published.joinpath("grey/en/alpha.pdf").read_bytes().decode("latin-1")


def test_a_cover_is_as_wide_as_its_book_is_thick(published: Path) -> None:
    pages = manifest(published)["print/en/report.pdf"]["pages"]
    spine = (pages + 1) // 2 + 0.6
    assert spine >= 5
    path = published / "print/en/cover.pdf"
    assert near(sizes(boxes(path))["TrimBox"], (2 * 210 + spine, 297))
    assert preflight(path, (2 * 210 + spine, 297), 3, folds=(210, 210 + spine)) == []
    with pypdfium2.PdfDocument(path) as document:
        text = document[0].get_textpage()
        held = text.get_text_bounded(210 * MM, 0, (210 + spine) * MM, 297 * MM)
    assert pdf.folded(held.replace("\n", "").replace("\r", "")) == "A REPORT FOR TESTS"


@pytest.mark.parametrize(("pages", "paper", "spine"), [(72, "0.1", "4.2"), (71, "0.08", "3.48")])
def test_the_spine_follows_from_leaves_and_paper(pages: int, paper: str, spine: str) -> None:
    assert editions.spine(Edition(paper=Decimal(paper)), pages) == Decimal(spine)


def test_large_print_needs_no_python(published: Path) -> None:
    with pypdfium2.PdfDocument(published / "large-print/en/alpha.pdf") as document:
        text = document[0].get_textpage()
        # The engine sets in px, of which 4 are 3 pt.
        heights = [
            size * 0.75
            for index in range(text.count_chars())
            if text.get_text_range(index, 1).strip()
            and (size := raw.FPDFText_GetFontSize(text.raw, index)) > 0
        ]
    assert min(heights) >= 12
    assert heights.count(18) > 30


def test_a_booklet_holds_the_printed_book(published: Path) -> None:
    book, sheets = (published / f"{e}/ko/report.pdf" for e in ("print", "booklet"))
    told = manifest(published)
    pages, sides = (told[f"{e}/ko/report.pdf"]["pages"] for e in ("print", "booklet"))
    assert sides == -(-pages // 4) * 2
    words = set(text_within_trim(book).split())
    assert len(words) > 20
    assert words <= set(pdf.text(sheets).split())
    with pikepdf.open(sheets) as file, file.open_metadata() as metadata:
        assert metadata["dc:identifier"] == "booklet/ko/report"


def test_editions_are_built_by_name_and_stay_current(small: Small, run: Run) -> None:
    report = publishing(small)
    out = small.root / "build"
    assert run("build", small.root).returncode == 0
    assert {p.split("/")[0] for p in manifest(out)} == {"screen"}
    first = manifest(out)
    # What a booklet is made of is built with it; the other editions stay as they are.
    assert run("build", small.root, "--edition", "booklet").returncode == 0
    assert {p.split("/")[0] for p in manifest(out)} == {"screen", "print", "booklet"}
    assert all(manifest(out)[path] == entry for path, entry in first.items())
    assert state_of(out).complete == ("booklet", "print", "screen")
    again = run("build", small.root, "--edition", "booklet", "--edition", "screen", "--why")
    assert again.stderr == ""
    text = report.read_text("utf-8").replace("marks: [crop, registration, slug]", "marks: [crop]")
    report.write_text(text, encoding="utf-8")
    before = manifest(out)
    assert run("build", small.root, "--edition", "booklet", "--edition", "screen").returncode == 0
    after = manifest(out)
    changed = {p.split("/")[0] for p in after if after[p]["sha256"] != before[p]["sha256"]}
    assert changed == {"print", "booklet"}


def test_an_edition_that_leaves_out_a_product_removes_it(small: Small, run: Run) -> None:
    report = publishing(small)
    assert run("build", small.root, "--edition", "print").returncode == 0
    assert (small.root / "build/print/ko/cover.pdf").is_file()
    text = report.read_text("utf-8").replace("products: [cities, book, cover]", "products: [book]")
    report.write_text(text, encoding="utf-8")
    assert run("build", small.root, "--edition", "print").returncode == 0
    assert sorted(manifest(small.root / "build")) == ["print/en/report.pdf", "print/ko/report.pdf"]
    assert not (small.root / "build/print/ko/cover.pdf").exists()


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("all: {}", "'all' stands for every edition"),
        ("a: {languages: [fr]}", "the report is not published in 'fr'"),
        ("a: {bleed: 3}", "colour, profile, condition, bleed and marks are for print"),
        ("a: {standard: pdf/x-4}", "an edition for print in rgb"),
        ("a: {imposition: {of: b}}", "no edition 'b'"),
        ("a: {imposition: {of: screen}}", "'screen' is no edition for print with a book"),
        ("a: {styles: [none.css]}", "no style sheet templates/none.css"),
    ],
)
def test_editions_that_cannot_be_made(small: Small, run: Run, block: str, message: str) -> None:
    path = small.root / "report/report.yaml"
    text = path.read_text("utf-8")
    path.write_text(f"{text}editions:\n  screen: {{}}\n  {block}\n", encoding="utf-8")
    done = run("build", small.root, "--edition", "all")
    assert done.returncode == 3, done.stderr
    assert message in done.stderr


def test_a_page_of_another_size_than_the_trim_is_refused(small: Small, run: Run) -> None:
    publishing(small)
    style = small.own("templates") / "profile.css"
    style.write_text(style.read_text("utf-8") + "@page :first { size: A5 }", encoding="utf-8")
    done = run("build", small.root, "--edition", "grey")
    assert done.returncode == 3
    said = " ".join(done.stderr.split())
    assert "@page is 148 × 210 mm, but the edition's pages are 210 × 297 mm" in said
    assert "write trim: {width: 148, height: 210}" in said


@pytest.mark.parametrize(
    ("said", "condition", "info"),
    [
        ("", "FOGRA39", "ISO Coated v2 300% (basICColor), altered: fewer nodes"),
        ("profile: uncoated.icc", "FOGRA29", "Uncoated offset, FOGRA29"),
        ("profile: american.icc", "CGATS TR 006", "GRACoL coated, CGATS TR 006"),
        ("profile: own.icc, condition: JC200103, ink-limit: 250", "JC200103", "A press of ours"),
        ("profile: own.icc", "Custom", "A press of ours"),
    ],
)
def test_an_edition_names_its_inks_and_paper(
    small: Small, run: Run, said: str, condition: str, info: str
) -> None:
    own = small.own("templates") / "colour" / "own.icc"
    profile = (own.parent / "uncoated.icc").read_bytes()
    name = b"Uncoated offset, FOGRA29"
    own.write_bytes(profile.replace(name, info.encode().ljust(len(name))[: len(name)]))
    report = small.root / "report" / "report.yaml"
    edition = f"{{standard: pdf/x-4, colour: cmyk, bleed: 3, {said}}}"
    report.write_text(report.read_text("utf-8") + f"editions: {{paper: {edition}}}\n", "utf-8")
    done = run("build", small.root, "--edition", "paper", "--city", "alpha", "--lang", "en")
    assert done.returncode == 0, done.stderr
    path = small.root / "build" / "paper" / "en" / "alpha.pdf"
    assert preflight(path, bleed=3) == []
    with pikepdf.open(path) as file:
        (intent,) = file.Root.OutputIntents
        assert intent.OutputConditionIdentifier == condition
        assert str(intent.Info).startswith(info)
        registered = condition != "Custom"
        assert str(intent.get("/RegistryName", "")) == ("http://www.color.org" * registered)
        if "own" in said:
            assert intent.DestOutputProfile.read_bytes() == own.read_bytes()


def test_a_profile_that_is_not_there_is_told(small: Small, run: Run) -> None:
    report = small.root / "report" / "report.yaml"
    edition = "editions: {paper: {standard: pdf/x-4, colour: cmyk, profile: nowhere.icc}}\n"
    report.write_text(report.read_text("utf-8") + edition, "utf-8")
    done = run("build", small.root, "--edition", "paper")
    assert done.returncode == 3
    assert "templates/colour/nowhere.icc" in done.stderr
    assert "Traceback" not in done.stderr
