"""Verify: a folder of good products passes, and each way to break one is found."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from conftest import Run, Small

EDITIONS = """\
editions:
  screen: {products: [cities]}
  print:
    {standard: pdf/x-4, colour: cmyk, bleed: 3, marks: [crop, slug], products: [cities]}
"""
SCREEN, PRINT = "screen/ko/alpha.pdf", "print/ko/alpha.pdf"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    small = Small(tmp_path_factory.mktemp("made") / "work")
    report = small.root / "report/report.yaml"
    report.write_text(report.read_text("utf-8") + EDITIONS, encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "reportgen", "build", str(small.root), "--edition", "all", "-q"],
        check=True, timeout=300,
    )  # fmt: skip
    return small.root / "build"


@pytest.fixture
def build(made: Path, tmp_path: Path) -> Path:
    """A copy to break."""
    return Path(shutil.copytree(made, tmp_path / "handed on"))


def entry(build: Path, path: str, **values: object) -> None:
    """Change what the manifest says of a product."""
    manifest = json.loads((build / "manifest.json").read_text("utf-8"))
    next(held for held in manifest["products"] if held["path"] == path).update(values)
    (build / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def broken(build: Path, path: str, change: Callable[[pikepdf.Pdf], object]) -> None:
    """Change a product as another program would."""
    with pikepdf.open(build / path, allow_overwriting_input=True) as pdf:
        change(pdf)
        pdf.save(build / path, fix_metadata_version=False)


def said(run: Run, build: Path) -> str:
    done = run("verify", build)
    assert done.returncode == 5, done.stderr
    assert done.stdout == ""
    return " ".join(done.stderr.split())


def test_what_was_built_is_as_it_should_be(build: Path, run: Run) -> None:
    done = run("verify", build)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "8 files are as they were made and conform to their standards\n"
    told = json.loads(run("verify", build, "--json").stdout)
    assert (len(told["products"]), told["problems"]) == (8, [])


def test_every_fault_is_told_at_once(build: Path, run: Run) -> None:
    (build / SCREEN).unlink()
    (build / PRINT).write_bytes(b"%PDF-1.6\nnothing")
    (build / "print/en/beta.pdf").write_bytes((build / "print/en/alpha.pdf").read_bytes())
    found = said(run, build)
    assert f"{SCREEN}: error: is missing" in found
    assert f"{PRINT}: error: has the sha256 " in found
    assert f"{PRINT}: error: cannot be opened" in found
    assert "beta.pdf: error: its identity is 'print/en/alpha', the manifest says" in found
    assert "beta.pdf: error: its title is 'Alpha – A Report for Tests'" in found
    told = run("verify", build, "--json")
    assert told.returncode == 5
    assert len(json.loads(told.stdout)["problems"]) == 6


def test_a_link_is_no_product(build: Path, run: Run) -> None:
    (build / SCREEN).rename(build / "elsewhere.pdf")
    (build / SCREEN).symlink_to(build / "elsewhere.pdf")
    assert f"{SCREEN}: error: is no regular file" in said(run, build)


def drop_tags(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.StructTreeRoot


def drop_intent(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.OutputIntents


def drop_profile(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.OutputIntents[0].DestOutputProfile


def drop_program(pdf: pikepdf.Pdf) -> None:
    for held in pdf.objects:
        if isinstance(held, Dictionary) and "/FontFile3" in held:
            del held["/FontFile3"]


def drop_bleed(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].obj.BleedBox


def widen_trim(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.TrimBox = Array([-20, 0, 700, 841])


def add_link(pdf: pikepdf.Pdf) -> None:
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9])
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(link)])


def add_rgb(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(b"1 0 0 rg 0 0 9 9 re f")


def add_action(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="1")


def drop_standard(pdf: pikepdf.Pdf) -> None:
    content = pdf.Root.Metadata.read_bytes().replace(b">PDF/X-4<", b">PDF/X-1a<")
    about = Dictionary(Type=Name.Metadata, Subtype=Name.XML)
    pdf.Root.Metadata = pdf.make_stream(content, about)


def add_file(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["more.txt"] = b"more"


def drop_files(pdf: pikepdf.Pdf) -> None:
    del pdf.attachments["alpha.json"]


def drop_page(pdf: pikepdf.Pdf) -> None:
    pdf.pages.append(pdf.pages[0])


@pytest.mark.parametrize(
    ("path", "change", "message"),
    [
        (SCREEN, drop_tags, "not PDF/UA-1: "),
        (SCREEN, drop_intent, "not PDF/A-3a: "),
        (SCREEN, drop_program, "not PDF/A-3a: "),
        (SCREEN, drop_files, "lacks alpha.json"),
        (SCREEN, add_file, "more.txt"),
        (SCREEN, drop_page, "pages, the manifest says 1"),
        (PRINT, drop_intent, "not PDF/X-4: 0 output intents, expected one"),
        (PRINT, drop_profile, "not PDF/X-4: its output intent has no profile"),
        (PRINT, drop_program, "is not embedded"),
        (PRINT, drop_bleed, "page 1 lacks a MediaBox, BleedBox or TrimBox"),
        (PRINT, widen_trim, "the boxes of page 1 do not lie within one another"),
        (PRINT, add_link, "page 1 has links or notes"),
        (PRINT, add_rgb, "page 1 is drawn in RGB"),
        (PRINT, add_action, "its catalogue has /OpenAction"),
        (PRINT, drop_standard, "its metadata say PDF/X-1a"),
        (PRINT, add_file, "not PDF/X-4: it carries files"),
    ],
)
def test_a_product_that_was_changed(
    build: Path, run: Run, path: str, change: Callable[[pikepdf.Pdf], object], message: str
) -> None:
    broken(build, path, change)
    found = said(run, build)
    assert f"{path}: error: has the sha256 " in found
    assert message in found


def test_a_standard_that_the_manifest_does_not_name(build: Path, run: Run) -> None:
    entry(build, SCREEN, standard="")
    assert f"{SCREEN}: error: the manifest does not say which standard" in said(run, build)


def test_a_file_of_the_screen_is_none_for_print(build: Path, run: Run) -> None:
    entry(build, SCREEN, standard="pdf/x-4")
    assert "not PDF/X-4: it is PDF 1.7, expected 1.6" in said(run, build)


def test_a_folder_without_products(tmp_path: Path, run: Run) -> None:
    done = run("verify", tmp_path)
    assert done.returncode == 2
    assert "no products" in done.stderr
