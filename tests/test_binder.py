"""The binder: whose fragment, which face, and what it refuses."""

from __future__ import annotations

import io
from dataclasses import replace

import pikepdf
import pytest
import uharfbuzz as hb

from conftest import ROOT
from reportgen import binder, typefaces
from reportgen.errors import TypesettingError
from reportgen.model import Fragment, Markup
from reportgen.workspace import Workspace

TEXT = "가나다 ABC 漢字"


@pytest.fixture(scope="module")
def faces() -> typefaces.Typefaces:
    return typefaces.load(Workspace(ROOT))


@pytest.fixture(scope="module")
def programs(
    faces: typefaces.Typefaces, tmp_path_factory: pytest.TempPathFactory
) -> typefaces.Programs:
    folder = tmp_path_factory.mktemp("faces")
    faces.compact(TEXT, folder)
    return typefaces.Programs(faces.faces, folder)


@pytest.fixture
def markup() -> Markup:
    return Markup("screen/ko/a", "", "ko", "A", "B", "C", ("d",), ())


def fragment(identity: str, glyphs: list[int], family: str, name: str) -> Fragment:
    """Make a fragment as the press does, without the engine."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Encoding=pikepdf.Name("/Identity-H"),
        BaseFont=pikepdf.Name("/X"),
        DescendantFonts=pikepdf.Array(
            [
                pikepdf.Dictionary(
                    BaseFont=pikepdf.Name("/X"),
                    CIDToGIDMap=pikepdf.Name.Identity,
                    W=pikepdf.Array([x for g in glyphs for x in (g, pikepdf.Array([500]))]),
                    FontDescriptor=pikepdf.Dictionary(
                        FontFamily=pikepdf.String(family), FontName=pikepdf.Name(f"/A+{name}")
                    ),
                )
            ]
        ),
    )
    pdf.pages[0].obj.Resources = pikepdf.Dictionary(
        Font=pikepdf.Dictionary(F=pdf.make_indirect(font))
    )
    tree = pikepdf.Dictionary(
        ParentTree=pikepdf.Dictionary(Nums=pikepdf.Array([0, pikepdf.Array([])]))
    )
    pdf.Root.StructTreeRoot = tree
    pdf.docinfo[binder.IDENTITY] = identity
    output = io.BytesIO()
    pdf.save(output)
    return Fragment(identity, output.getvalue(), 1, {})


def glyphs_of(faces: typefaces.Typefaces, text: str) -> list[int]:
    font = hb.Font(hb.Face(hb.Blob.from_file_path(str(faces.folder / faces.faces[0].file))))
    return [font.get_nominal_glyph(ord(c)) or 0 for c in text]


def test_the_program_holds_the_used_glyphs_alone_numbered_from_one(
    faces: typefaces.Typefaces, programs: typefaces.Programs, markup: Markup
) -> None:
    glyphs = sorted(set(glyphs_of(faces, "가漢A")))
    made = fragment("screen/ko/a", glyphs, "Noto Sans CJK KR", "Noto-Sans-CJK-KR")
    product, content = binder.finish(made, markup, "a.pdf", programs)
    assert (product.size, product.pages) == (len(content), 1)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        font = pdf.pages[0].obj.Resources.Font.F
        inner = font.DescendantFonts[0]
        program = hb.Face(hb.Blob(inner.FontDescriptor.FontFile3.read_bytes()))
        assert program.glyph_count == 1 + len(glyphs)
        cmap = font.Encoding.read_bytes().decode()
        for cid, glyph in enumerate(glyphs, 1):
            assert f"<{glyph:04x}> {cid}\n" in cmap
        whole = hb.Font(hb.Face(hb.Blob.from_file_path(str(faces.folder / faces.faces[0].file))))
        assert [int(w) for w in inner.W[1]] == [whole.get_glyph_h_advance(g) for g in glyphs]


def test_the_program_is_the_same_from_the_compact_copy_and_from_the_whole_face(
    faces: typefaces.Typefaces, programs: typefaces.Programs
) -> None:
    whole = typefaces.Programs(faces.faces, faces.folder)
    glyphs = sorted(set(glyphs_of(faces, TEXT)))
    for face in faces.faces:
        if face.full:
            assert programs.program(face, glyphs) == whole.program(face, glyphs)


def test_a_fragment_of_another_section_is_refused(
    faces: typefaces.Typefaces, programs: typefaces.Programs, markup: Markup
) -> None:
    made = fragment("screen/ko/b", glyphs_of(faces, "가"), "Noto Sans CJK KR", "Noto-Sans-CJK-KR")
    with pytest.raises(TypesettingError, match="the fragment is that of screen/ko/b"):
        binder.finish(replace(made, identity="screen/ko/a"), markup, "a.pdf", programs)


def test_a_foreign_font_and_a_missing_glyph_are_refused(
    faces: typefaces.Typefaces, programs: typefaces.Programs, markup: Markup
) -> None:
    glyphs = glyphs_of(faces, "가")
    foreign = fragment("screen/ko/a", glyphs, "DejaVu Sans", "DejaVu-Sans")
    with pytest.raises(TypesettingError, match="DejaVu Sans 400, which is no face"):
        binder.finish(foreign, markup, "a.pdf", programs)
    missing = fragment("screen/ko/a", [0, *glyphs], "Noto Sans CJK KR", "Noto-Sans-CJK-KR")
    with pytest.raises(TypesettingError, match="lacks a glyph"):
        binder.finish(missing, markup, "a.pdf", programs)


@pytest.mark.parametrize(
    ("name", "weight"),
    [("N-KR", 400), ("N-KR-Bold", 700), ("N-KR-Semi-Bold", 600), ("N-KR-Ultra-Light", 200),
     ("N-KR-Heavy", 900), ("N-KR-Light", 300)],
)  # fmt: skip
def test_weights_are_read_from_the_names_of_pango(name: str, weight: int) -> None:
    assert binder._weight(name) == weight
