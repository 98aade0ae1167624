"""Sheets: fold what was printed, put it together, and read the book from its text positions."""

from __future__ import annotations

import ctypes
import hashlib
import io
import itertools
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from pypdfium2 import raw

from reportgen.binder.about import xmp
from reportgen.binder.sheets import impose
from reportgen.core.errors import ImpositionError, TypesettingError
from reportgen.plan.imposition import Leaf, padded, plan
from reportgen.plan.values import PROFILE, About, Finish
from reportgen.records.schema.report import Edition, Imposition

MM = 72 / 25.4
EXACT = 0.01
"""mm"""
SIZES = {"A3": (420, 297), "SRA3": (450, 320)}
A4 = Leaf(210, 297, 3, 0.1)
HEAD, FOOT = (30, 260), (30, 40)
"""Where a page says its number, in mm from the lower left corner of its trim."""
XMP = xmp(
    About("print/en/report", "en", "A book", "B", "C", "2022-01-01T00:00:00Z"),
    Finish("pdf/x-4", PROFILE, 210 * MM, 297 * MM),
    "0" * 32,
)
Scheme = Literal["saddle", "perfect"]
Paper = Literal["A3", "SRA3"]


def book(pages: int, leaf: Leaf = A4, *, components: int = 4, colours: bool = False) -> bytes:
    """Return a book as a printer gets it: its numbers at head and foot, and boxes that are
    elsewhere on left and on right pages."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(
        Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    )
    for number in range(1, pages + 1):
        shift = (-4 if number % 2 else 4) * MM
        trim = [shift, 0, shift + leaf.width * MM, leaf.height * MM]
        out = leaf.bleed * MM
        content = ""
        if colours:
            content = f"{number % 2} {1 - number % 2} 0 0 k -500 -500 3000 3000 re f 0 0 0 1 k "
        for where, (across, up) in {"h": HEAD, "f": FOOT}.items():
            at = f"{shift + across * MM:.4f} {up * MM:.4f}"
            content += f"BT /F 12 Tf {at} Td (n{number}{where}) Tj ET "
        page = pdf.add_blank_page()
        page.obj.MediaBox = Array([shift - 50, -60, trim[2] + 70, trim[3] + 40])
        page.obj.BleedBox = Array([shift - out, -out, trim[2] + out, trim[3] + out])
        page.obj.TrimBox = Array(trim)
        page.obj.StructParents = number
        page.obj.Resources = Dictionary(Font=Dictionary(F=font))
        page.obj.Contents = pdf.make_stream(content.encode())
    profile = pdf.make_stream(b"a profile", N=components)
    pdf.Root.OutputIntents = Array(
        [Dictionary(Type=Name.OutputIntent, S=Name.GTS_PDFX, DestOutputProfile=profile)]
    )
    pdf.Root.Metadata = pdf.make_stream(XMP, Type=Name.Metadata, Subtype=Name.XML)
    pdf.Root.StructTreeRoot = Dictionary(Type=Name.StructTreeRoot)
    pdf.Root.OpenAction = Array([pdf.pages[0].obj, Name.Fit])
    pdf.trailer.Info = Dictionary(Title="A book", Trapped=Name.False_)
    held = io.BytesIO()
    pdf.save(held, deterministic_id=True, fix_metadata_version=False)
    return held.getvalue()


def imposed(
    source: bytes, scheme: Scheme, sheet: Paper, leaf: Leaf = A4, signature: Any = 16
) -> bytes:
    sink = io.BytesIO()
    found = impose(source, Imposition(scheme=scheme, sheet=sheet, signature=signature), leaf, sink)
    content = sink.getvalue()
    assert found.size == len(content)
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert found.pages == len(pdf.pages)
        assert not pdf.check_pdf_syntax()
    return content


@dataclass(frozen=True)
class Number:
    """A page's number as it is printed on a side of a sheet; mm from its lower left."""

    page: int
    head: tuple[float, float]
    foot: tuple[float, float]


def numbers(side: pypdfium2.PdfPage) -> list[Number]:
    """Return the numbers that stand on a side; each must stand upright."""
    text = side.get_textpage()
    found: dict[tuple[int, str], tuple[float, float]] = {}
    for match in re.finditer(r"n(\d+)([hf])", text.get_text_range()):
        at = match.start()
        assert raw.FPDFText_GetUnicode(text, at) == ord("n")
        x, y = ctypes.c_double(), ctypes.c_double()
        assert raw.FPDFText_GetCharOrigin(text, at, x, y)
        matrix = raw.FS_MATRIX()
        assert raw.FPDFText_GetMatrix(text, at, matrix)
        assert (matrix.a, matrix.b, matrix.c, matrix.d) == pytest.approx((1, 0, 0, 1))
        found[int(match[1]), match[2]] = (x.value / MM, y.value / MM)
    return [
        Number(page, found[page, "h"], found[page, "f"]) for page in sorted({n for n, _ in found})
    ]


@dataclass(frozen=True)
class Face:
    """One side of a leaf in the book, with what is printed on it, and how many sheets lie
    around the leaf."""

    printed: Number | None
    depth: int


def only(printed: list[Number]) -> Number | None:
    assert len(printed) <= 1
    return printed[0] if printed else None


def folded(front: list[Number], back: list[Number], width: float, depth: int) -> list[list[Face]]:
    """Fold a sheet in the middle, front outside; return its two leaves, each right-hand face
    first.

    The sheet was turned about its short edge: behind what is at x on the front is what is at
    width - x on the back.
    """
    middle = width / 2
    upper = [n for n in front if n.head[0] > middle]
    behind_upper = [n for n in back if width - n.head[0] > middle]
    lower = [n for n in front if n.head[0] < middle]
    behind_lower = [n for n in back if width - n.head[0] < middle]
    return [
        [Face(only(upper), depth), Face(only(behind_upper), depth)],
        [Face(only(behind_lower), depth), Face(only(lower), depth)],
    ]


def read(content: bytes, width: float, pile: int) -> list[Face]:
    """Fold each sheet, put `pile` of them into one another, lay these one behind another and
    return every face in the order in which a reader sees it."""
    with pypdfium2.PdfDocument(content) as document:
        sides = [numbers(side) for side in document]
    sheets = list(zip(sides[::2], sides[1::2], strict=True))
    faces: list[Face] = []
    for start in range(0, len(sheets), pile):
        first: list[list[Face]] = []
        last: list[list[Face]] = []
        for depth, (front, back) in enumerate(sheets[start : start + pile]):
            leaves = folded(front, back, width, depth)
            first.append(leaves[0])
            last.insert(0, leaves[1])
        faces += itertools.chain.from_iterable(first + last)
    return faces


@pytest.mark.parametrize("pages", [4, 8, 31, 64, 130])
@pytest.mark.parametrize("scheme", ["saddle", "perfect"])
@pytest.mark.parametrize("sheet", ["A3", "SRA3"])
def test_the_folded_book_reads_from_first_to_last(pages: int, scheme: Scheme, sheet: Paper) -> None:
    width, height = SIZES[sheet]
    content = imposed(book(pages), scheme, sheet)
    faces = read(content, width, 10**6 if scheme == "saddle" else 4)
    assert len(faces) == -(-pages // 4) * 4
    printed = [(n, face.printed) for n, face in enumerate(faces) if face.printed]
    assert [number.page for _, number in printed] == list(range(1, pages + 1))
    for at, number in printed:
        recto = at % 2 == 0
        assert number.page % 2 == recto, "a page changed from right to left"
        # A leaf that lies inside others is pushed from the spine by as much as they are thick:
        # in the book every number is as far from it as on its page.
        depth = faces[at].depth
        from_spine = abs(number.head[0] - width / 2) + depth * A4.paper
        assert from_spine == pytest.approx(HEAD[0] if recto else 210 - HEAD[0], abs=EXACT)
        above = (height - 297) / 2
        assert number.head[1] == pytest.approx(above + HEAD[1], abs=EXACT)
        assert number.foot == pytest.approx((number.head[0], above + FOOT[1]), abs=EXACT)


@pytest.mark.parametrize("signature", [4, 8, 16, 32])
@pytest.mark.parametrize("scheme", ["saddle", "perfect"])
def test_any_number_of_pages_reads_from_first_to_last(
    scheme: Scheme, signature: Literal[4, 8, 16, 32]
) -> None:
    imposition = Imposition(scheme=scheme, signature=signature)
    for pages in range(1, 161):
        sheets = plan(pages, imposition, A4)
        read: list[int | None] = []
        for _, group in itertools.groupby(sheets, lambda sheet: sheet.signature):
            last: list[int | None] = []
            pile = list(group)
            assert len(pile) <= (signature // 4 if scheme == "perfect" else len(sheets))
            for sheet in pile:
                (a, b), (c, d) = sheet.front.cells, sheet.back.cells
                read += [b.page, c.page]
                last = [d.page, a.page, *last]
            read += last
        assert [page for page in read if page is not None] == list(range(pages))
        assert len(read) == -(-pages // 4) * 4


def test_blank_pages_leave_each_page_on_its_side_and_the_back_cover_outside() -> None:
    assert padded(4) == (0, 1, 2, 3)
    assert padded(6) == (0, 1, 2, 3, 4, None, None, 5)
    assert padded(5) == (0, 1, 2, 3, 4, None, None, None)
    assert padded(7) == (0, 1, 2, 3, 4, 5, 6, None)
    assert padded(1) == (0, None, None, None)


def test_the_last_signature_may_be_thinner() -> None:
    sheets = plan(130, Imposition(scheme="perfect", signature=16), A4)
    assert [sum(s.signature == n for s in sheets) for n in range(10)] == [4] * 8 + [1, 0]
    assert [s.depth for s in sheets[:5]] == [0, 1, 2, 3, 0]


def boxes(content: bytes) -> list[dict[str, tuple[float, ...]]]:
    """Return the boxes of each page in mm."""
    names = ("/MediaBox", "/BleedBox", "/TrimBox")
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return [
            {name: tuple(float(v) / MM for v in page.obj[name].as_list()) for name in names}
            for page in pdf.pages
        ]


def test_boxes_are_what_remains_after_the_cut() -> None:
    for at, found in enumerate(boxes(imposed(book(16), "saddle", "SRA3"))):
        creep = at // 2 * A4.paper
        trim = (15 + creep, 11.5, 435 - creep, 308.5)
        assert found["/MediaBox"] == pytest.approx((0, 0, 450, 320), abs=EXACT)
        assert found["/TrimBox"] == pytest.approx(trim, abs=EXACT)
        assert found["/BleedBox"] == pytest.approx(
            (trim[0] - 3, trim[1] - 3, trim[2] + 3, trim[3] + 3), abs=EXACT
        )
    for at, found in enumerate(boxes(imposed(book(16), "saddle", "A3"))):
        creep = at // 2 * A4.paper
        assert found["/MediaBox"] == pytest.approx((0, 0, 420, 297), abs=EXACT)
        assert found["/TrimBox"] == pytest.approx((creep, 0, 420 - creep, 297), abs=EXACT)
        # Where an inner leaf stands out, it is printed to its edge.
        assert found["/BleedBox"] == pytest.approx((0, 0, 420, 297), abs=EXACT)


def test_pages_end_at_the_fold_and_at_the_bleed() -> None:
    thick = Leaf(210, 297, 3, 0.5)
    per_mm = 10
    with pypdfium2.PdfDocument(imposed(book(16, colours=True), "saddle", "SRA3", thick)) as pdf:
        # The innermost sheet: its pages have moved 1.5 mm.
        image = pdf[6].render(scale=per_mm / MM, may_draw_forms=False).to_pil().convert("RGB")

    def at(x: float, y: float) -> str:
        red, green, _ = image.getpixel((round(x * per_mm), round((320 - y) * per_mm)))
        return {(1, 1): "white", (0, 1): "recto", (1, 0): "verso"}[red > 128, green > 128]

    assert at(224.8, 150) == "verso"
    assert at(225.2, 150) == "recto"
    for y in (8.7, 150, 311.3):
        assert at(15 + 1.5 - 2.8, y) == "verso"
        assert at(435 - 1.5 + 2.8, y) == "recto"
        assert at(15 + 1.5 - 3.2, y) == "white"
        assert at(435 - 1.5 + 3.2, y) == "white"
    for y in (8.3, 311.7):
        assert at(100, y) == at(300, y) == "white"


@dataclass(frozen=True)
class Marks:
    """What the content of a side draws besides pages; mm, and the operators that set colour."""

    crops: list[tuple[float, ...]]
    folds: list[tuple[float, ...]]
    targets: int
    bars: list[tuple[float, ...]]
    colours: set[str]


def marks(page: pikepdf.Page) -> Marks:
    found = Marks([], [], 0, [], set())
    targets = 0
    start: tuple[float, ...] = ()
    end: tuple[float, ...] = ()
    dashed = curved = False
    for step in pikepdf.parse_content_stream(page):
        values: list[Any] = list(step.operands)
        match str(step.operator):
            case "d":
                dashed = bool(len(values[0]))
            case "m":
                start = tuple(float(v) / MM for v in values)
            case "l":
                end = tuple(float(v) / MM for v in values)
            case "c":
                curved = True
            case "re":
                found.bars.append(tuple(float(v) / MM for v in values))
            case "S" if curved:
                targets, curved = targets + 1, False
            case "S":
                (found.folds if dashed else found.crops).append((*start, *end))
            case "CS" | "SCN" | "k" | "K" | "g" | "G" | "rg" | "RG" | "cs" | "scn" as name:
                found.colours.add(" ".join([*(str(v) for v in values), name]))
    return Marks(found.crops, found.folds, targets, found.bars, found.colours)


def all_marks(content: bytes) -> list[tuple[Marks, tuple[float, ...]]]:
    """Return the marks and the trim of each side."""
    trims = [found["/TrimBox"] for found in boxes(content)]
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return list(zip(map(marks, pdf.pages), trims, strict=True))


@pytest.mark.parametrize("scheme", ["saddle", "perfect"])
def test_marks_stand_at_the_cut_and_the_fold_and_clear_of_the_bleed(scheme: Scheme) -> None:
    for found, (left, bottom, right, top) in all_marks(imposed(book(24), scheme, "SRA3")):
        clear = 3 + 1
        expected = []
        for x in (left, right):
            expected += [
                (x, bottom - clear - 5, x, bottom - clear),
                (x, top + clear, x, top + clear + 5),
            ]
        for y in (bottom, top):
            expected += [
                (left - clear - 5, y, left - clear, y),
                (right + clear, y, right + clear + 5, y),
            ]
        assert len(found.crops) == len(expected)
        for mark in expected:
            assert any(mark == pytest.approx(drawn, abs=EXACT) for drawn in found.crops), mark
        assert [mark[0] for mark in found.folds] == pytest.approx([225, 225], abs=EXACT)
        assert sorted(mark[1] for mark in found.folds) == pytest.approx([2.5, 312.5], abs=EXACT)
        assert found.targets == 2
        black = {"0 0 0 1 k"} if found.bars else set()
        assert found.colours == {"0 0 0 1 K", "/All CS", "1 SCN"} | black


def test_pages_that_fill_the_sheet_have_no_marks_outside() -> None:
    for found, _ in all_marks(imposed(book(8), "saddle", "A3")):
        assert found == Marks([], [], 0, [], set())


@pytest.mark.parametrize("sheet", ["A3", "SRA3"])
def test_collating_marks_step_down_the_spine(sheet: Paper) -> None:
    width, height = SIZES[sheet]
    found = [m.bars for m, _ in all_marks(imposed(book(130), "perfect", sheet))]
    # Eight signatures of four sheets and one of one; the mark is outside on the outermost.
    outside = [8 * n for n in range(9)]
    assert [n for n, bars in enumerate(found) if bars] == outside
    bars = [found[n][0] for n in outside]
    assert all(bar[0] + bar[2] / 2 == pytest.approx(width / 2, abs=EXACT) for bar in bars)
    ends = [bar[1] + bar[3] for bar in bars]
    top = (height + 297) / 2 - 15
    assert ends == pytest.approx([top - 8 * n for n in range(9)], abs=EXACT)


def test_collating_marks_begin_again_at_the_head() -> None:
    sheets = plan(4 * 34, Imposition(scheme="perfect", signature=4), A4)
    bars = [sheet.front.bar for sheet in sheets]
    assert len(set(bars)) == 33
    assert bars[33] == bars[0]
    lowest = min(bar.bottom for bar in bars if bar)
    assert 11.5 + 15 <= lowest < 11.5 + 15 + 8


def test_stapled_books_have_no_collating_mark() -> None:
    assert not any(m.bars for m, _ in all_marks(imposed(book(24), "saddle", "SRA3")))


@pytest.mark.parametrize(("components", "black"), [(1, "0 G"), (3, "0 0 0 RG"), (4, "0 0 0 1 K")])
def test_marks_are_black_in_the_colours_of_the_output_intent(components: int, black: str) -> None:
    content = imposed(book(4, components=components), "saddle", "SRA3")
    assert all_marks(content)[0][0].colours == {black, "/All CS", "1 SCN"}
    with pikepdf.open(io.BytesIO(content)) as pdf:
        kind, name, _, tint = pdf.pages[0].Resources.ColorSpace.All
        assert (kind, name) == (Name.Separation, Name.All)
        assert len(tint.C1) == len(tint.C0) == components
        assert set(tint.C1) == ({1} if components == 4 else {0})


def test_the_sheets_say_of_themselves_what_the_book_says() -> None:
    source = book(10)
    content = imposed(source, "saddle", "SRA3")
    with pikepdf.open(io.BytesIO(source)) as old, pikepdf.open(io.BytesIO(content)) as new:
        assert new.Root.Metadata.read_raw_bytes() == XMP
        intent = new.Root.OutputIntents[0]
        assert intent.S == Name.GTS_PDFX
        assert intent.DestOutputProfile.read_bytes() == b"a profile"
        assert dict(new.trailer.Info.items()) == dict(old.trailer.Info.items())
        assert new.trailer.Info.Trapped == Name.False_
        assert new.trailer.ID[0] == old.trailer.ID[0]
        assert new.trailer.ID[1] != old.trailer.ID[1]
        assert set(new.Root.keys()) == {
            "/Type", "/Pages", "/Metadata", "/OutputIntents", "/ViewerPreferences",
        }  # fmt: skip
        assert new.Root.ViewerPreferences.Duplex == Name.DuplexFlipShortEdge
        for page in new.pages:
            assert "/StructParents" not in page.obj
            assert "/Annots" not in page.obj


def test_the_same_book_gives_the_same_bytes_from_memory_and_from_a_file(tmp_path: Path) -> None:
    source = book(20)
    once = imposed(source, "perfect", "SRA3")
    time.sleep(1.1)  # A file's identifier is often made from the time, in seconds.
    assert imposed(source, "perfect", "SRA3") == once
    path = tmp_path / "a book.pdf"
    path.write_bytes(source)
    sink = io.BytesIO()
    impose(path, Imposition(scheme="perfect"), A4, sink)
    assert sink.getvalue() == once
    assert path.read_bytes() == source


def test_a_page_s_group_stays_isolated() -> None:
    with pikepdf.open(io.BytesIO(book(4))) as pdf:
        pdf.pages[0].obj.Group = Dictionary(S=Name.Transparency, CS=Name.DeviceCMYK)
        held = io.BytesIO()
        pdf.save(held)
    with pikepdf.open(io.BytesIO(imposed(held.getvalue(), "saddle", "SRA3"))) as pdf:
        forms = pdf.pages[0].Resources.XObject
        assert "/Group" not in forms.Left
        assert Name.DeviceCMYK == forms.Right.Group.CS
        assert bool(forms.Right.Group.I)


@pytest.mark.parametrize("sheet", ["A3", "SRA3"])
def test_small_pages_lie_in_the_middle(sheet: Paper) -> None:
    width, height = SIZES[sheet]
    a5 = Leaf(148, 210, 3, 0.1)
    found = boxes(imposed(book(4, a5), "saddle", sheet, a5))[0]["/TrimBox"]
    assert found == pytest.approx(
        (width / 2 - 148, height / 2 - 105, width / 2 + 148, height / 2 + 105), abs=EXACT
    )


def test_a_leaf_is_taken_from_an_edition() -> None:
    assert Leaf.of(Edition()) == Leaf(210, 297, 0, 0.1)


@pytest.mark.parametrize(
    ("leaf", "sheet", "says"),
    [
        (Leaf(210, 297, 10, 0.1), "SRA3", "need 452 × 329 mm; SRA3 has 450 × 320 mm"),
        (Leaf(230, 280, 0, 0.1), "SRA3", "need 472 × 292 mm"),
        (Leaf(209, 297, 0, 0.1), "A3", "need 430 × 309 mm; A3 has 420 × 297 mm"),
        (Leaf(297, 210, 0, 0.1), "SRA3", "two pages of 297 × 210 mm"),
        (Leaf(209, 296, 0, 0.1), "A3", "6 mm for marks"),
    ],
)
def test_pages_that_do_not_fit_are_refused(leaf: Leaf, sheet: Paper, says: str) -> None:
    with pytest.raises(ImpositionError, match=re.escape(says)) as caught:
        impose(book(4, leaf), Imposition(sheet=sheet), leaf, io.BytesIO())
    assert "larger sheet" in caught.value.remedy


def test_too_many_sheets_in_one_another_are_refused() -> None:
    assert len(plan(204, Imposition(), A4)) == 51
    with pytest.raises(ImpositionError, match=r"208 pages of 0.1 mm paper .* by 5.1 mm") as caught:
        plan(208, Imposition(), A4)
    assert "scheme: perfect" in caught.value.remedy
    assert len(plan(208, Imposition(scheme="perfect"), A4)) == 52


def test_a_book_without_pages_is_refused() -> None:
    with pytest.raises(ImpositionError, match="without pages"):
        plan(0, Imposition(), A4)


def amended(key: str, value: Any) -> bytes:
    """Return a book whose third page, or catalogue, is not as it must be."""
    with pikepdf.open(io.BytesIO(book(4))) as pdf:
        holder = pdf.Root if key == "/OutputIntents" else pdf.pages[2].obj
        holder[key] = value
        held = io.BytesIO()
        pdf.save(held)
        return held.getvalue()


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("/OutputIntents", Array([]), "no PDF/X output intent"),
        ("/TrimBox", Array([0, 0, 595, 842]), "page 3 is 209.90 × 297.04 mm, and not 210 × 297"),
        ("/BleedBox", Array([-11.34, 0, 583.94, 841.89]), "page 3 has 0.00 mm bleed, and not 3 mm"),
        ("/Rotate", 90, "page 3 is turned"),
        ("/UserUnit", 2, "page 3 is turned, or not measured in points"),
    ],
)
def test_a_book_that_is_not_as_its_edition_says_is_refused(key: str, value: Any, says: str) -> None:
    with pytest.raises(TypesettingError, match=re.escape(says)):
        impose(amended(key, value), Imposition(), A4, io.BytesIO())
