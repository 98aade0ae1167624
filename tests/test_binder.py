"""The binder: whose fragment, which face, what it refuses, and what lies over the pages."""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zlib
from dataclasses import replace
from typing import Any

import pikepdf
import pytest
import uharfbuzz as hb
from fontTools.cffLib import CFFFontSet

from conftest import ROOT, compact
from reportgen import typefaces
from reportgen.binder import Bound, bind
from reportgen.core.errors import TypesettingError
from reportgen.core.fragments import Fragment, Glyphs, Layer, Quire, Sheet, Slot, Spoken
from reportgen.core.standards import DEFAULT, STANDARDS
from reportgen.plan.values import About, Finish, Layout, Placed
from reportgen.records.workspace import Workspace
from reportgen.typefaces.programs import Programs
from reportgen.verifying import JUDGES

TEXT = "가나다 ABC 漢字"
KR = "Noto Sans CJK KR"
ABOUT = About("screen/ko/a", "ko", "A (b) \\ 漢", "B", "C", "2022-01-01T00:00:00Z", ("d",))
FINISH = Finish("pdf/ua-1 + pdf/a-3a", "", 595.28, 841.89)
PROFILE = (ROOT / "templates/colour/srgb.icc").read_bytes()


@pytest.fixture(scope="module")
def faces() -> typefaces.Typefaces:
    return typefaces.load(Workspace(ROOT))


@pytest.fixture(scope="module")
def programs(faces: typefaces.Typefaces, tmp_path_factory: pytest.TempPathFactory) -> Programs:
    folder = tmp_path_factory.mktemp("faces")
    compact(faces, TEXT, folder)
    return Programs(faces.faces, folder)


def glyphs_of(faces: typefaces.Typefaces, text: str) -> dict[int, str]:
    font = hb.Font(hb.Face(hb.Blob.from_file_path(str(faces.folder / faces.faces[0].file))))
    return {font.get_nominal_glyph(ord(c)) or 0: c for c in text}


def fragment(identity: str, glyphs: dict[int, str], pages: int = 1, **more: Any) -> Fragment:
    """Make a fragment as the press does, without the engine: an element on every page."""
    heads, streams, sheets = [], {}, []
    for page in range(pages):
        codes = "".join(f"{glyph:04x}" for glyph in glyphs)
        drawn = f"/P <</MCID 0>> BDC BT /F 9 Tf 50 {700 + page} Td <{codes}> Tj ET EMC"
        streams[2 * page] = zlib.compress(drawn.encode())
        heads.append("<</Filter/FlateDecode>>")
        heads.append(f"<</Type/StructElem/S/P/P \x00d\x00/Pg \x00p{page}\x00/K[0]>>")
        sheets.append(Sheet(595.28, 841.89, False, "", 2 * page, {}, (), (2 * page + 1,)))
    values: dict[str, Any] = {
        "identity": identity,
        "sheets": tuple(sheets),
        "heads": tuple(heads),
        "streams": streams,
        "kids": tuple(range(1, 2 * pages, 2)),
        "annotated": (),
        "ids": (),
        "bookmarks": ((1, f"Heading of {identity}", 0, 700.0, False, 1),),
        "anchors": {},
        "fonts": {"F": Glyphs(KR, 400, glyphs)},
        "layers": {},
        "slots": {},
        "meta": {},
        "reads": {},
    }
    return Fragment(**{**values, **more})


BARE = fragment("screen/ko/report/furniture", {}, 0, fonts={}, bookmarks=())


def form(name: str) -> tuple[str, bytes]:
    """Return a form whose content names it, as a head and a stream."""
    head = "<</Type/XObject/Subtype/Form/BBox[0 -20 99 0]/Resources<<>>>>"
    return head, f"% {name}".encode()


def furniture() -> Fragment:
    """Return page furniture: a foot, a head, figures 0 to 9, i and v, thumbs A to C."""
    names = ["foot", "head-rule", *(f"figure-{c}" for c in "0123456789iv")]
    names += [f"thumb-{c}" for c in "ABC"]
    forms = [form(name) for name in names]
    slots = {
        f"{name}-{side}": Slot(10 * n, 800, 100, 30, "right" if name == "folio" else "left")
        for n, (name, side) in enumerate(
            (name, side)
            for name in ("foot", "head-rule", "folio", "thumb")
            for side in ("single", "recto", "verso")
        )
    }
    return replace(
        BARE,
        heads=tuple(head for head, _ in forms),
        streams={n: content for n, (_, content) in enumerate(forms)},
        layers={name: Layer(n, 5.0, 10.0, {}) for n, name in enumerate(names)},
        slots=slots,
    )


def bound(
    fragments: list[Fragment], layout: Layout, programs: Programs, over: Fragment = BARE
) -> tuple[Bound, bytes]:
    output = io.BytesIO()
    known = {f.identity: f for f in fragments}
    load = known.__getitem__
    made = bind(ABOUT, layout, lambda p: load(p.identity), over, programs, FINISH, PROFILE, output)
    return made, output.getvalue()


def alone(made: Fragment, identity: str = "") -> Layout:
    pages = len(made.sheets)
    return Layout((Placed(identity or made.identity, "a", 0, pages),), pages)


def forms_on(page: pikepdf.Page) -> list[tuple[str, float]]:
    """Return the names of the forms that a page draws, with their distance from the left."""
    objects: Any = page.obj.Resources.get("/XObject", {})
    found = []
    state: list[Any] = []
    for step in pikepdf.parse_content_stream(page):
        if str(step.operator) == "cm":
            state = list(step.operands)
        elif str(step.operator) == "Do":
            content = objects[str(step.operands[0])].read_bytes().decode()
            found.append((content.removeprefix("% "), round(float(state[4]), 2)))
    return found


def cids(program: pikepdf.Object) -> list[int]:
    """Return the CIDs of a bare CFF program, as fontTools reads its charset."""
    assert program.Subtype == "/CIDFontType0C"
    held = CFFFontSet()
    held.decompile(io.BytesIO(program.read_bytes()), None)
    return [int(name.removeprefix("cid")) if name != ".notdef" else 0 for name in held[0].charset]


def widths(font: pikepdf.Object) -> dict[int, int]:
    """Return the widths that a descendant font tells, without those of the common width."""
    told = list(font.W)
    return {
        int(first) + index: int(width)
        for first, said in zip(told[::2], told[1::2], strict=True)
        for index, width in enumerate(said)
    }


def test_the_program_holds_the_used_glyphs_alone_under_their_numbers(
    faces: typefaces.Typefaces, programs: Programs
) -> None:
    used = glyphs_of(faces, "가漢A")
    made = fragment("screen/ko/a", used)
    said, content = bound([made], alone(made), programs)
    assert (said.size, said.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    glyphs = sorted(used)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        font = pdf.pages[0].obj.Resources.Font.F
        inner = font.DescendantFonts[0]
        assert font.Encoding == "/Identity-H"
        assert cids(inner.FontDescriptor.FontFile3) == [0, *glyphs]
        unicode = font.ToUnicode.read_bytes().decode()
        assert all(f"<{g:04x}> <{ord(c):04x}>" in unicode for g, c in used.items())
        whole = hb.Font(hb.Face(hb.Blob.from_file_path(str(faces.folder / faces.faces[0].file))))
        advances = {g: whole.get_glyph_h_advance(g) for g in glyphs}
        assert inner.DW == 1000
        assert widths(inner) == {g: advance for g, advance in advances.items() if advance != 1000}


def test_one_program_serves_all_sections(faces: typefaces.Typefaces, programs: Programs) -> None:
    one, two = (
        fragment(f"screen/ko/{n}", glyphs_of(faces, t)) for n, t in (("a", "가나A"), ("b", "다A"))
    )
    layout = Layout((Placed(one.identity, "a", 0, 1), Placed(two.identity, "b", 1, 1)), 2)
    _, content = bound([one, two], layout, programs)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        fonts = {page.obj.Resources.Font.F.objgen for page in pdf.pages}
        assert len(fonts) == 1
        inner = pdf.pages[0].obj.Resources.Font.F.DescendantFonts[0]
        assert len(cids(inner.FontDescriptor.FontFile3)) == 1 + 4


def test_the_program_is_the_same_from_the_compact_copy_and_from_the_whole_face(
    faces: typefaces.Typefaces, programs: Programs
) -> None:
    whole = Programs(faces.faces, faces.folder)
    glyphs = sorted(glyphs_of(faces, TEXT))
    for face in faces.faces:
        if face.full:
            assert programs.program(face, glyphs) == whole.program(face, glyphs)


def test_a_fragment_of_another_section_or_another_length_is_refused(
    faces: typefaces.Typefaces, programs: Programs
) -> None:
    made = fragment("screen/ko/b", glyphs_of(faces, "가"))
    with pytest.raises(TypesettingError, match="screen/ko/a: the fragment is that of screen/ko/b"):
        bind(
            ABOUT, alone(made, "screen/ko/a"), lambda _: made, BARE, programs, FINISH, PROFILE,
            io.BytesIO(),
        )  # fmt: skip
    longer = Layout((Placed(made.identity, "a", 0, 2),), 2)
    with pytest.raises(TypesettingError, match="1 pages, 2 were expected"):
        bound([made], longer, programs)


def test_a_foreign_font_is_refused(faces: typefaces.Typefaces, programs: Programs) -> None:
    fonts = {"F": Glyphs("DejaVu Sans", 400, glyphs_of(faces, "가"))}
    made = fragment("screen/ko/a", {}, fonts=fonts)
    with pytest.raises(TypesettingError, match="DejaVu Sans 400, which is no face"):
        bound([made], alone(made), programs)


def test_a_link_to_a_section_that_is_not_there_is_refused(programs: Programs) -> None:
    made = fragment("screen/ko/a", {}, fonts={})
    linked = replace(made, heads=(*made.heads, "<</Type/Annot/Dest \x00sseoul\x00>>"))
    with pytest.raises(TypesettingError, match="screen/ko/a: leads to seoul, which is not in"):
        bound([linked], alone(linked), programs)
    there = replace(linked, heads=(*made.heads, "<</Type/Annot/Dest \x00sa\x00>>"))
    bound([there], alone(there), programs)


def test_a_token_without_a_meaning_is_a_damaged_fragment(programs: Programs) -> None:
    made = fragment("screen/ko/a", {}, fonts={})
    odd = replace(made, heads=(*made.heads, "<</A \x00z1\x00>>"))
    with pytest.raises(TypesettingError, match="damaged"):
        bound([odd], alone(odd), programs)


def test_layers_lie_in_the_slots_of_their_side_and_heads_begin_on_the_second_page(
    programs: Programs,
) -> None:
    made = fragment("screen/ko/a", {}, 3, fonts={}, meta={"thumb": "B"})
    layout = Layout((Placed(made.identity, "a", 4, 3),), 7, front=4, binding=10.0)
    _, content = bound([made], layout, programs, furniture())
    with pikepdf.open(io.BytesIO(content)) as pdf:
        blank, first, second = pdf.pages[3], pdf.pages[4], pdf.pages[5]
        assert "/Contents" not in blank.obj
        # Slots lie at 10, 20 … in the order of furniture(); folios are 5 wide, at the right.
        assert forms_on(first) == [("foot", 10), ("figure-1", 165), ("thumb-B", 100)]
        assert forms_on(second) == [
            ("head-rule", 50), ("foot", 20), ("figure-2", 175), ("thumb-B", 110),
        ]  # fmt: skip
        assert [float(x) for x in first.MediaBox] == [-10, 0, 585.28, 841.89]
        assert [float(x) for x in second.MediaBox] == [10, 0, 605.28, 841.89]
        labels = list(pdf.Root.PageLabels.Nums)
        assert [labels[0], str(labels[1].S), labels[2], str(labels[3].S)] == [0, "/r", 4, "/D"]


def test_a_bare_page_carries_nothing_and_does_not_move(programs: Programs) -> None:
    made = fragment("screen/ko/a", {}, 1, fonts={})
    made = replace(made, sheets=(replace(made.sheets[0], bare=True),))
    layout = Layout((Placed(made.identity, "a", 0, 1),), 1, binding=10.0)
    _, content = bound([made], layout, programs, furniture())
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert forms_on(pdf.pages[0]) == []
        assert [float(x) for x in pdf.pages[0].MediaBox] == [0, 0, 595.28, 841.89]


def test_a_number_without_its_figures_and_a_layer_without_its_slot_are_refused(
    programs: Programs,
) -> None:
    made = fragment("screen/ko/a", {}, 12, fonts={})
    layout = Layout((Placed(made.identity, "a", 0, 12),), 12, front=12, binding=10.0)
    with pytest.raises(TypesettingError, match="no figures for the page number ix"):
        bound([made], layout, programs, furniture())
    over = furniture()
    over = replace(over, slots={k: v for k, v in over.slots.items() if k != "foot-recto"})
    with pytest.raises(TypesettingError, match="no slot foot-recto for the layer foot"):
        bound([made], layout, programs, over)


def test_a_product_does_not_carry_the_furniture_that_it_does_not_show(
    programs: Programs,
) -> None:
    made = fragment("screen/ko/a", {}, 1, fonts={})
    _, content = bound([made], alone(made), programs, furniture())
    with pikepdf.open(io.BytesIO(content)) as pdf:
        forms = [
            thing.read_bytes()
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Form"
        ]
    assert sorted(forms) == [b"% figure-1", b"% foot"]


def test_a_layer_is_read_once_on_the_last_page_of_a_single_product(
    programs: Programs,
) -> None:
    over = furniture()
    n = len(over.heads)
    link = (
        f"<</Type/StructElem/S/Link/P \x00d\x00/K[<</Type/OBJR/Obj \x00v0\x00/Pg \x00w\x00>>"
        f"<</Type/MCR/Pg \x00w\x00/Stm \x00o{n}\x00/MCID 0>>]>>"
    )
    head, content = form("foot")
    foot = replace(
        over.layers["foot"], links=(("mailto:a@b.org", 1.0, 2.0, 30.0, 9.0),),
        spoken=Spoken(n, (n + 1,), (n + 1,), (n + 1,), (n + 1,), ("a@b.org",)),
    )  # fmt: skip
    over = replace(
        over, layers={**over.layers, "foot": foot}, streams={**over.streams, n: content},
        heads=(*over.heads, f"{head[:-2]}/StructParents \x00k\x00>>", link),
    )  # fmt: skip
    made = fragment("screen/ko/a", {}, 2, fonts={})
    _, content = bound([made], alone(made), programs, over)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        tree = pdf.Root.StructTreeRoot
        leaf = tree.ParentTree.Kids[0].Nums
        parents = {int(leaf[i]): leaf[i + 1] for i in range(0, len(leaf), 2)}
        first, last = pdf.pages
        assert "/Annots" not in first.obj
        assert "/StructParents" not in first.obj.Resources.XObject.foot
        (annotation,) = last.obj.Annots
        assert annotation.A.URI == "mailto:a@b.org"
        assert annotation.Contents == "a@b.org"
        element = parents[int(annotation.StructParent)]
        assert element.S == "/Link"
        assert element.K[0].Obj.objgen == annotation.objgen
        assert [float(x) for x in annotation.Rect] == [1, 32.89, 30, 39.89]
        drawn = last.obj.Resources.XObject.foot
        assert element.K[1].Stm.objgen == drawn.objgen
        assert parents[int(drawn.StructParents)][0].objgen == element.objgen
        assert [str(e.S) for e in tree.K[0].K] == ["/P", "/P", "/Link"]
        assert tree.ParentTreeNextKey == 4


def test_the_same_fragments_give_the_same_bytes(programs: Programs) -> None:
    made = fragment("screen/ko/a", {}, 2, fonts={})
    assert bound([made], alone(made), programs) == bound([made], alone(made), programs)


def test_a_file_of_many_objects_is_read_by_others(programs: Programs) -> None:
    fragments = [fragment(f"screen/ko/c{n}", {}, 2, fonts={}) for n in range(200)]
    placed = tuple(Placed(f.identity, f"c{n}", 2 * n, 2) for n, f in enumerate(fragments))
    outline = tuple((n % 2, f"City {n}", f"c{n}") for n in range(200))
    _, content = bound(fragments, Layout(placed, 400, binding=0, outline=outline), programs)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert not pdf.check_pdf_syntax()
        assert len(pdf.pages) == 400
        with pdf.open_outline() as read:
            assert [item.title for item in read.root] == [f"City {n}" for n in range(0, 200, 2)]
            assert [kid.title for kid in read.root[3].children] == ["City 7"]
        names = pikepdf.NameTree(pdf.Root.Names.Dests)
        assert names["c150"][0].objgen == pdf.pages[300].objgen
        assert pdf.docinfo.Title == ABOUT.title


# Quires.


class Shelf:
    """Keeps quires, and counts which are made."""

    def __init__(self) -> None:
        self.kept: dict[str, Quire] = {}
        self.made: list[str] = []
        self.fragments: dict[str, Fragment] = {}

    def key(self, sections: tuple[Placed, ...], inputs: dict[str, object]) -> str:
        fragments = (self.fragments[placed.identity] for placed in sections)
        return repr((sections, inputs, [(f.heads, f.streams) for f in fragments]))

    def get(self, sections: tuple[Placed, ...], inputs: dict[str, object]) -> Quire | None:
        return self.kept.get(self.key(sections, inputs))

    def put(self, sections: tuple[Placed, ...], inputs: dict[str, object], made: Quire) -> None:
        self.made.append(sections[0].target)
        self.kept[self.key(sections, inputs)] = made


class Volume:
    """A book of a hundred sections, of two pages each unless told."""

    def __init__(self, programs: Programs) -> None:
        self.programs, self.shelf = programs, Shelf()
        self.fragments = {n: self.section(n, 2) for n in range(100)}

    def section(self, n: int, pages: int, more: tuple[str, ...] = ()) -> Fragment:
        made = fragment(f"screen/ko/c{n}", {}, pages, fonts={}, meta={"thumb": "ABC"[n % 3]})
        return replace(made, heads=(*made.heads, *more))

    def bind(self, shelf: Shelf | None) -> bytes:
        placed, at = [], 0
        for n, made in self.fragments.items():
            placed.append(Placed(made.identity, f"c{n}", at, len(made.sheets)))
            at += len(made.sheets)
        outline = tuple((0, f"City {n}", f"c{n}") for n in self.fragments)
        layout = Layout(tuple(placed), at, front=4, binding=8.5, outline=outline)
        known = {made.identity: made for made in self.fragments.values()}
        output = io.BytesIO()
        if shelf is not None:
            shelf.made, shelf.fragments = [], known
        bind(
            ABOUT, layout, lambda p: known[p.identity], furniture(), self.programs, FINISH,
            PROFILE, output, shelf,
        )  # fmt: skip
        return output.getvalue()


@pytest.fixture
def volume(programs: Programs) -> Volume:
    return Volume(programs)


def test_quires_that_are_kept_are_bound_as_they_are(volume: Volume) -> None:
    clean = volume.bind(None)
    assert volume.bind(volume.shelf) == clean
    assert volume.shelf.made == ["c0", "c32", "c64", "c96"]
    assert volume.bind(volume.shelf) == clean
    assert volume.shelf.made == []


@pytest.mark.parametrize("objects", [0, 1, 20])
def test_a_changed_section_binds_its_own_quire_anew(volume: Volume, objects: int) -> None:
    """Also where it has more objects than before, so long as there is room for them."""
    volume.bind(volume.shelf)
    volume.fragments[40] = volume.section(40, 2, more=("(more)",) * objects)
    volume.fragments[40].streams[0] = zlib.compress(b"/P <</MCID 0>> BDC EMC")
    made = volume.bind(volume.shelf)
    assert volume.shelf.made == ["c32"]
    assert made == volume.bind(None)


def test_a_longer_section_binds_what_follows_anew(volume: Volume) -> None:
    volume.bind(volume.shelf)
    volume.fragments[40] = volume.section(40, 3)
    made = volume.bind(volume.shelf)
    assert volume.shelf.made == ["c32", "c64", "c96"]
    assert made == volume.bind(None)


def test_a_section_with_many_more_objects_binds_what_follows_anew(volume: Volume) -> None:
    volume.bind(volume.shelf)
    volume.fragments[40] = volume.section(40, 2, more=("(more)",) * 300)
    made = volume.bind(volume.shelf)
    assert volume.shelf.made == ["c32", "c64", "c96"]
    assert made == volume.bind(None)


def test_the_quire_of_other_sections_is_refused(volume: Volume) -> None:
    volume.bind(volume.shelf)
    first, second, *_ = volume.shelf.kept
    volume.shelf.kept[first] = volume.shelf.kept[second]
    with pytest.raises(TypesettingError, match="got the quire of other sections"):
        volume.bind(volume.shelf)


def rows_of(content: bytes) -> list[tuple[int, int, int]]:
    """Return the rows of the cross-reference stream, of which each is less the one above."""
    at = int(content.rsplit(b"startxref", 1)[1].split()[0])
    stream = content[at:].split(b"stream\n", 1)[1]
    found, above = [], bytes(7)
    plain = zlib.decompressobj().decompress(stream)
    for start in range(0, len(plain), 8):
        row = plain[start + 1 : start + 8]
        above = bytes((a + b) & 255 for a, b in zip(row, above, strict=True))
        found.append((above[0], *struct.unpack(">IH", above[1:])))
    return found


def test_numbers_without_an_object_are_free(volume: Volume) -> None:
    """ISO 32000-1, 7.5.4: of no list, they name 0, and are never used again.

    A list of them would be a chain of a thousand references, which readers follow to some depth.
    """
    content = volume.bind(None)
    free = [row for row in rows_of(content) if row[0] == 0]
    assert len(free) > 100
    assert set(free) == {(0, 0, 65535)}
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert not pdf.check_pdf_syntax()
        assert len(pdf.pages) == 200


def test_a_large_book_is_within_the_limits_of_the_judge(programs: Programs) -> None:
    """More than 10,000 forms are drawn, and the outline has more than 256 entries."""
    volume = Volume(programs)
    volume.fragments = {n: volume.section(n, 2) for n in range(1200)}
    content = volume.bind(None)
    found = [fault for judge in STANDARDS[DEFAULT].judges for fault in JUDGES[judge](content)]
    assert not [told for _, told in found if "exceed" in told]


ACTIVE = [
    "/A<</S/JavaScript/JS(app.alert\\(1\\))>>", "/A<</S/Launch/F(calc.exe)>>", "/AA<</O 1 0 R>>",
    "/A<</S/J#61vaScript>>", "/A<</S/GoToR/F(a.pdf)>>", "/A<</S/SubmitForm/F(http://a)>>",
]  # fmt: skip


@pytest.mark.parametrize("said", ACTIVE)
def test_objects_that_would_be_carried_out_are_not_bound(
    faces: typefaces.Typefaces, programs: Programs, said: str
) -> None:
    made = fragment("screen/ko/a", glyphs_of(faces, "가나"))
    spoiled = replace(made, heads=(*made.heads[:-1], made.heads[-1][:-2] + said + ">>"))
    layout = Layout((Placed("screen/ko/a", "screen/ko/a.pdf", 0, 1),), 1)
    with pytest.raises(TypesettingError, match="its pages have /"):
        bound([spoiled], layout, programs)
    text = replace(made, heads=(*made.heads[:-1], made.heads[-1][:-2] + "/Alt(See /JS #4A)>>"))
    bound([text], layout, programs)


def test_furniture_is_a_header_or_a_footer(faces: typefaces.Typefaces, programs: Programs) -> None:
    """ISO 14289-1, 7.8: whoever hears the pages is spared them."""
    made = fragment("screen/ko/a", glyphs_of(faces, "가나"), 2)
    over = furniture()
    slots = {name: replace(slot, top=30 if "head" in name else 800) for name, slot in
             over.slots.items()}  # fmt: skip
    layout = Layout((Placed("screen/ko/a", "screen/ko/a.pdf", 0, 2),), 2)
    _, content = bound([made], layout, programs, replace(over, slots=slots))
    with pikepdf.open(io.BytesIO(content)) as pdf:
        drawn = b"".join(part.read_bytes() for part in pdf.pages[1].Contents)
    found = {name.decode(): kind.decode() for kind, name in re.findall(
        rb"/Artifact<</Type/Pagination/Subtype/(\w+)>>BDC q [^/]*/([\w-]+) Do", drawn
    )}  # fmt: skip
    assert found["head-rule"] == "Header"
    assert found["foot"] == "Footer"
    assert drawn.count(b"/Pagination") == drawn.count(b"/Subtype/")
