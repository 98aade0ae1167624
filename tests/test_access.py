"""The standard `pdf/ua-2`: the same pages and tags as PDF 2.0; each way to break one is found."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

import pdf
import spoken
from conftest import ROOT, Run

EDITION = "editions:\n  screen: {}\n  access: {standard: pdf/ua-2}\n"
CITY, BOOK = "access/en/exampleton.pdf", "access/en/report.pdf"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fictional example in both standards for the screen."""
    root = tmp_path_factory.mktemp("access") / "work"
    shutil.copytree(ROOT / "examples" / "fictional", root)
    report = root / "report" / "report.yaml"
    text = report.read_text("utf-8")
    text = re.sub(r"(?ms)^editions:\n(?:[ \n].*?\n)*", "", text)
    report.write_text(f"{text}\n{EDITION}", "utf-8")
    subprocess.run(
        [sys.executable, "-m", "reportgen", "build", str(root), "--edition", "all", "-q"],
        check=True, timeout=300,
    )  # fmt: skip
    return root / "build"


@pytest.fixture
def build(made: Path, tmp_path: Path) -> Path:
    """A copy to break."""
    return Path(shutil.copytree(made, tmp_path / "copy"))


def names(build: Path) -> list[str]:
    return sorted(p.relative_to(build / "access").as_posix() for p in build.rglob("access/*/*.pdf"))


def test_verify_finds_no_fault(made: Path, run: Run) -> None:
    done = run("verify", made)
    assert (done.returncode, done.stderr) == (0, "")
    listed = json.loads((made / "manifest.json").read_text("utf-8"))["products"]
    assert {held["standard"] for held in listed} == {"pdf/ua-2", "pdf/ua-1 + pdf/a-3a"}


def test_pages_and_what_is_heard_are_those_of_the_other_standard(made: Path) -> None:
    for name in names(made):
        old, new = made / "screen" / name, made / "access" / name
        assert pdf.text(new) == pdf.text(old)
        heard = spoken.transcript(new).replace("FENote", "Note")
        heard = re.sub(r" \[ListNumbering (Unordered|Description)\]", "", heard)
        assert heard == spoken.transcript(old), name
        drawn = [streams(old), streams(new)]
        assert drawn[0] == drawn[1], name


def streams(path: Path) -> list[bytes]:
    with pikepdf.open(path) as file:
        for page in file.pages:
            page.contents_coalesce()
        return [page.Contents.read_bytes() for page in file.pages if "/Contents" in page]


def test_a_file_says_what_it_is(made: Path) -> None:
    content = (made / CITY).read_bytes()
    assert content.startswith(b"%PDF-2.0\n")
    with pikepdf.open(made / CITY) as file:
        assert "/Info" not in file.trailer
        told = file.open_metadata()
        assert told["dc:title"] == "Exampleton – A Fictional Example Report"
        assert told["pdfuaid:part"] == "2"
        assert told["pdfaid:conformance"] == "F"
        assert list(file.attachments)


def words(tag: Any, texts: dict[Any, dict[int, str]]) -> str:
    """Return what a tag says."""
    found = ""
    for kid in spoken._kids(tag):
        if isinstance(kid, int):
            found += texts[tag.Pg.objgen].get(kid, "")
        elif kid.get("/Type") == "/MCR":
            if "/Stm" not in kid:
                found += texts[kid.get("/Pg", tag.get("/Pg")).objgen].get(int(kid.MCID), "")
        elif "/S" in kid:
            found += words(kid, texts)
    return found


def test_contents_and_outline_lead_to_the_tag_of_what_they_name(made: Path) -> None:
    with pikepdf.open(made / BOOK) as file:
        texts = {page.objgen: spoken._marked(page) for page in file.pages}
        elsewhere, seen = set(), 0
        for tag, _ in pdf.tags(file):
            if str(tag.S) == "/TOCI":
                title = re.sub(r" +[ivx\d]+$", "", spoken.FOLD.sub(" ", words(tag, texts)))
                (there,) = tag.Ref
                seen += 1
                if not {*title.casefold().split()} & {*words(there, texts).casefold().split()}:
                    elsewhere.add(title)
        assert seen > 8
        # It leads to the first of them.
        assert elsewhere == {"Assessment Areas"}
    with pikepdf.open(made / CITY) as file, file.open_outline() as outline:
        texts = {page.objgen: spoken._marked(page) for page in file.pages}
        items = list(walked(outline.root))
        for item in items:
            action = item.obj.A
            assert str(action.SD[0].S).startswith("/H")
            said = words(action.SD[0], texts)
            assert spoken.FOLD.sub("", item.title) in spoken.FOLD.sub("", said)
            assert (action.D[0].objgen, *action.D[1:]) == (action.SD[0].Pg.objgen, *action.SD[1:])
        assert len(items) > 5


def walked(items: Any) -> Iterator[Any]:
    for item in items:
        yield item
        yield from walked(item.children)


def test_citation_and_note_refer_to_each_other(made: Path) -> None:
    with pikepdf.open(made / CITY) as file:
        texts = {page.objgen: spoken._marked(page) for page in file.pages}
        notes = [tag for tag, _ in pdf.tags(file) if str(tag.S) == "/FENote"]
        assert notes
        for note in notes:
            assert str(note.A.NoteType) == "/Endnote"
            for link in note.get("/Ref", []):
                assert [there.objgen for there in link.Ref] == [note.objgen]
                assert str(link.P.S) == "/Reference"
                assert words(link, texts).strip().isdigit()


# Ways to break a file.


def tagged(file: pikepdf.Pdf, name: str) -> list[Any]:
    return [tag for tag, _ in pdf.tags(file) if str(tag.S) == name]


def old_note(file: pikepdf.Pdf) -> None:
    note = tagged(file, "/FENote")[0]
    note.S = Name.Note
    del note["/NS"]


def drop_kind(file: pikepdf.Pdf) -> None:
    del tagged(file, "/FENote")[0]["/A"]


def drop_back(file: pikepdf.Pdf) -> None:
    del next(note for note in tagged(file, "/FENote") if "/Ref" in note)["/Ref"]


def drop_forth(file: pikepdf.Pdf) -> None:
    del next(note for note in tagged(file, "/FENote") if "/Ref" in note).Ref[0]["/Ref"]


def drop_entry(file: pikepdf.Pdf) -> None:
    del tagged(file, "/TOCI")[0]["/Ref"]


def drop_numbering(file: pikepdf.Pdf) -> None:
    for tag in tagged(file, "/L"):
        if "/A" in tag:
            del tag["/A"]


def drop_space(file: pikepdf.Pdf) -> None:
    del file.Root.StructTreeRoot.K[0]["/NS"]


def unknown_tag(file: pikepdf.Pdf) -> None:
    tagged(file, "/P")[0].S = Name.Paragraph


def open_at_page(file: pikepdf.Pdf) -> None:
    file.Root.OpenAction = Array([file.pages[0].obj, Name.Fit])


def name_a_page(file: pikepdf.Pdf) -> None:
    tree = pikepdf.NameTree(file.Root.Names.Dests)
    tree[next(iter(tree))] = Array([file.pages[0].obj, Name.Fit])


def outline_to_page(file: pikepdf.Pdf) -> None:
    first = file.Root.Outlines.First
    del first["/A"]
    first.Dest = Array([file.pages[0].obj, Name.Fit])


def link_to_page(file: pikepdf.Pdf) -> None:
    links = [a for page in file.pages for a in page.get("/Annots", []) if "/SD" in a.get("/A", {})]
    del links[0].A["/SD"]


def add_info(file: pikepdf.Pdf) -> None:
    file.trailer.Info = file.make_indirect(Dictionary(Title=String("A")))


def old_part(file: pikepdf.Pdf) -> None:
    retold(file, b"<pdfuaid:part>2<", b"<pdfuaid:part>1<")


def old_archive(file: pikepdf.Pdf) -> None:
    retold(file, b"<pdfaid:rev>2020<", b"<pdfaid:rev>2012<")


def undeclared(file: pikepdf.Pdf) -> None:
    retold(file, b"wtpdf#reuse1.0", b"wtpdf#nothing")


def retold(file: pikepdf.Pdf, old: bytes, new: bytes) -> None:
    content = file.Root.Metadata.read_bytes()
    assert content.count(old) == 1
    kind = Dictionary(Type=Name.Metadata, Subtype=Name.XML)
    file.Root.Metadata = file.make_stream(content.replace(old, new), kind)


def drop_alternative(file: pikepdf.Pdf) -> None:
    del next(tag for tag in tagged(file, "/Figure") if "/Alt" in tag)["/Alt"]


BROKEN: list[tuple[str, Callable[[pikepdf.Pdf], None], str]] = [
    (CITY, old_note, "it has the tag Note (8.2.4)"),
    (CITY, drop_kind, "a note does not say its kind (8.2.5.14)"),
    (CITY, drop_back, "a citation refers to a note that does not refer to it (8.2.5.14)"),
    (CITY, drop_forth, "a note refers to what does not refer to it (8.2.5.14)"),
    (BOOK, drop_entry, "an entry of contents does not refer to where it leads (8.2.5.8)"),
    (BOOK, drop_numbering, "a list with labels does not say how it is numbered (8.2.5.25)"),
    (CITY, drop_space, "its tags do not stand in one Document of PDF 2.0 (8.2.5.2)"),
    (CITY, unknown_tag, "it has the tag Paragraph (8.2.4)"),
    (CITY, open_at_page, "it opens at a page and not at a tag (8.8)"),
    (BOOK, name_a_page, "a named destination is no tag (8.8)"),
    (BOOK, outline_to_page, "the outline's 'A Fictional Example Report' leads to no tag (8.8)"),
    (CITY, link_to_page, "leads to no tag (8.8)"),
    (CITY, add_info, "it has a dictionary of information"),
    (CITY, old_part, "its metadata say part 1, expected 2"),
    (CITY, old_archive, "its metadata say rev 2012, expected 2020"),
    (CITY, undeclared, "do not declare http://pdfa.org/declarations/wtpdf#reuse1.0"),
    (CITY, drop_alternative, "PDFUA1-FIGURE"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "change", "told"), BROKEN, ids=[change.__name__ for _, change, _ in BROKEN]
)
def test_each_way_to_break_a_file_is_found(
    build: Path, path: str, change: Callable[[pikepdf.Pdf], None], told: str, run: Run
) -> None:
    with pikepdf.open(build / path, allow_overwriting_input=True) as file:
        change(file)
        file.save(build / path, fix_metadata_version=False)
    done = run("verify", build)
    assert done.returncode == 5
    assert told in " ".join(done.stderr.split())


def test_an_older_version_is_found(build: Path, run: Run) -> None:
    content = (build / CITY).read_bytes()
    (build / CITY).write_bytes(content.replace(b"%PDF-2.0", b"%PDF-1.7", 1))
    assert "it is PDF 1.7, expected 2.0" in " ".join(run("verify", build).stderr.split())
