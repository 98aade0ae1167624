"""Files of PDF 2.0 for the screen: PDF/UA-2, WTPDF 1.0 and PDF/A-4f.

The validator of `screen` knows PDF/UA-1 and PDF/A-3 only. What these ask of content, fonts, colours
and tags is asked by their successors too, so the file is judged by them, except for the rules in
`LEFT_OUT`. What is new is checked here.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary

from reportgen.core.standards import DECLARED, STRUCTURE
from reportgen.verifying import screen

LEFT_OUT = frozenset({
    # The version, and the part that the file says it conforms to.
    "PDFUA1-HEADER-001", "PDFUA1-ID-PART-001", "PDFA3A-HEADER-001", "PDFA3A-ID-PART-001",
    "PDFA3A-ID-CONFORMANCE-001",
    # Tags that PDF 1.7 does not have, such as FENote.
    "PDFUA1-STRUCT-TREE-ROLE-MAP-001", "PDFA3A-STRUCT-TREE-ROLE-MAP-001",
    # ISO 19005-4, 6.7: schemas of XMP are no longer described in the file.
    "PDFA3A-XMP-EXTENSION-PROPERTY-DEFINITION-001", "PDFA3A-XMP-EXTENSION-PROPERTY-VALUE-SHAPE-001",
    "PDFA3A-XMP-PREDEFINED-PROPERTY-001", "PDFA3A-XMP-PREDEFINED-VALUE-TYPE-001",
    "PDFA3A-XMP-PROPERTY-DEFINITION-001",
})  # fmt: skip
NOT = "not PDF/UA-2 and PDF/A-4"
UA, A = "{http://www.aiim.org/pdfua/ns/id/}", "{http://www.aiim.org/pdfa/ns/id/}"
TOLD = {f"{UA}part": "2", f"{UA}rev": "2024", f"{A}part": "4", f"{A}rev": "2020"}
OLD = frozenset({
    "Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "TOCI", "Index",
    "NonStruct", "P", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "Lbl", "LBody", "Table",
    "TR", "TH", "TD", "THead", "TBody", "TFoot", "Span", "Quote", "Reference", "BibEntry", "Code",
    "Link", "Annot", "Ruby", "Warichu", "RB", "RT", "RP", "WP", "WT", "Figure", "Formula", "Form",
})  # fmt: skip
"""Structure types of PDF 1.7 that PDF/UA-2 allows (8.2.5): neither H nor Note."""
NEW = frozenset({
    "Document", "DocumentFragment", "Part", "Sect", "Div", "Aside", "NonStruct", "P", "Title",
    "FENote", "Sub", "Lbl", "Span", "Em", "Strong", "Link", "Annot", "Form", "Ruby", "RB", "RT",
    "RP", "Warichu", "WT", "WP", "L", "LI", "LBody", "Table", "TR", "TH", "TD", "THead", "TBody",
    "TFoot", "Caption", "Figure", "Formula", "Artifact", "H1", "H2", "H3", "H4", "H5", "H6",
})  # fmt: skip
"""Those of PDF 2.0 (ISO 32000-2, 14.8.6.2)."""


def faults(content: bytes) -> Iterator[screen.Fault]:
    """Yield what keeps a file from conforming."""
    for profile in ("ua1", "3a"):
        for rule, message in screen.faults(content, profile):
            if rule not in LEFT_OUT:
                yield rule, f"{NOT}: {message}"
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for message in (*_told(pdf), *_tags(pdf), *_destinations(pdf)):
            yield "", f"{NOT}: {message}"


def _told(pdf: pikepdf.Pdf) -> Iterator[str]:
    if pdf.pdf_version != "2.0":
        yield f"it is PDF {pdf.pdf_version}, expected 2.0"
    if "/Info" in pdf.trailer:
        yield "it has a dictionary of information, which PDF/A-4 does not allow"
    metadata = pdf.Root.Metadata.read_bytes().decode("utf-8", "replace")
    told = pdf.open_metadata()
    for name, wanted in TOLD.items():
        if (found := told.get(name)) != wanted:
            yield f"its metadata say {name.rpartition('}')[2]} {found}, expected {wanted}"
    for level in DECLARED:
        if f"{level}<" not in metadata:
            yield f"its metadata do not declare {level}"


def _tags(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Yield faults of tags, each kind once."""
    roots = _listed(pdf.Root.get("/StructTreeRoot", Dictionary()).get("/K"))
    if len(roots) != 1 or _type(roots[0]) != ("Document", True):
        yield "its tags do not stand in one Document of PDF 2.0 (8.2.5.2)"
    found = dict.fromkeys(fault for tag in _all(pdf, "/StructElem") for fault in _tag(tag))
    yield from found


def _tag(tag: Any) -> Iterator[str]:
    name, new = _type(tag)
    if name not in (NEW if new else OLD):
        yield f"it has the tag {name} (8.2.4)"
    if name == "FENote":
        if str(_attribute(tag, "/NoteType")) not in {"/Footnote", "/Endnote", "/None"}:
            yield "a note does not say its kind (8.2.5.14)"
        cited = _listed(tag.get("/Ref"))
        if not all(tag.objgen in _objects(citing) for citing in cited):
            yield "a note refers to what does not refer to it (8.2.5.14)"
    elif any(
        _type(there)[0] == "FENote" and tag.objgen not in _objects(there)
        for there in _listed(tag.get("/Ref"))
    ):
        yield "a citation refers to a note that does not refer to it (8.2.5.14)"
    kids = [kid for kid in _listed(tag.get("/K")) if isinstance(kid, Dictionary)]
    if name == "TOCI" and not any(_listed(each.get("/Ref")) for each in (tag, *kids)):
        yield "an entry of contents does not refer to where it leads (8.2.5.8)"
    if name == "L" and str(_attribute(tag, "/ListNumbering")) in {"None", "/None"}:
        labels = (_type(kid)[0] for item in kids for kid in _listed(item.get("/K")))
        if "Lbl" in labels:
            yield "a list with labels does not say how it is numbered (8.2.5.25)"


def _destinations(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Yield where something leads to a page and not to a tag (8.8)."""
    named = pdf.Root.get("/Names", Dictionary()).get("/Dests")
    if named is not None and not all(_to_tag(to) for _, to in pikepdf.NameTree(named).items()):
        yield "a named destination is no tag (8.8)"
    names = pikepdf.NameTree(named) if named is not None else {}
    begin = pdf.Root.get("/OpenAction")
    if begin is not None and not _to_tag(begin):
        yield "it opens at a page and not at a tag (8.8)"
    with pdf.open_outline() as outline:
        todo = list(outline.root)
    while todo:
        item = todo.pop()
        todo += item.children
        if not _leads(item.obj, names):
            yield f"the outline's {item.title!r} leads to no tag (8.8)"
    for number, page in enumerate(pdf.pages, 1):
        if not all(_leads(link, names) for link in page.obj.get("/Annots", Array())):
            yield f"a link on page {number} leads to no tag (8.8)"


def _leads(link: Any, names: Any) -> bool:
    """Tell whether a link leads to a tag, or out of the file."""
    if "/Dest" in link:
        return False
    action = link.get("/A", Dictionary())
    if action.get("/S") != "/GoTo":
        return True
    to = action.get("/D")
    return _to_tag(names[str(to)] if isinstance(to, pikepdf.String) else action)


def _to_tag(to: Any) -> bool:
    """Tell whether an action, or what a name stands for, has a tag of the file."""
    found = to.get("/SD") if isinstance(to, Dictionary) else None
    return isinstance(found, Array) and "/S" in found[0]


def _all(pdf: pikepdf.Pdf, kind: str) -> Iterator[Any]:
    for held in pdf.objects:
        if isinstance(held, Dictionary) and held.get("/Type") == kind:
            yield held


def _type(tag: Any) -> tuple[str, bool]:
    """Return a structure type, and whether it is one of PDF 2.0."""
    if not isinstance(tag, Dictionary):
        return "", False
    space = tag.get("/NS")
    return str(tag.get("/S", "/"))[1:], space is not None and str(space.get("/NS")) == STRUCTURE


def _attribute(tag: Any, name: str) -> Any:
    found = (held.get(name) for held in _listed(tag.get("/A")) if isinstance(held, Dictionary))
    return next((value for value in found if value is not None), None)


def _objects(tag: Any) -> set[tuple[int, int]]:
    """Return to which objects a tag refers."""
    return {there.objgen for there in _listed(tag.get("/Ref"))}


def _listed(value: Any) -> list[Any]:
    """Return what may be one or an array of such."""
    if value is None:
        return []
    return list(value) if isinstance(value, Array) else [value]
