"""Laid-out pages to a fragment: the engine's drawing and tagging, without its file.

The engine would write a file for every section: with a catalogue, an outline and names that
a book takes apart again. Here its functions draw and tag page by page, and what they make is
kept as objects whose references the binder fills in.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.pdf import resolve_links

from reportgen.core.fragments import Fragment, Layer, Sheet, Slot
from reportgen.core.units import PX
from reportgen.press import fonts, furniture, tagging
from reportgen.press.annotations import annotation
from reportgen.press.canvas import Canvas
from reportgen.press.inks import Inks
from reportgen.press.objects import Objects, renumbered
from reportgen.press.tags import write


class _Elsewhere:
    """Stands for the pages of other runs, to which links may lead."""

    def __init__(self, anchors: Collection[str]) -> None:
        self.anchors = dict.fromkeys(anchors, (0, 0, 0, 0))
        self.links: tuple[Any, ...] = ()


def fragment(
    identity: str,
    document: Any,
    reads: dict[str, str],
    section: tagging.Section,
    inks: Inks | None = None,
    *,
    elsewhere: Collection[str] = (),
) -> tuple[Fragment, dict[tuple[Any, str], int]]:
    """Return what the engine laid out as a fragment, drawn with `inks` if there are any.

    Of a section that is set in runs, `elsewhere` are the anchors of all; with the fragment come
    the numbers of the tags of which other runs may have a part, by what `section` knows them by.
    Raises TypesettingError where a font lacks a glyph.
    """
    body = [p for p in document.pages if _name(p) not in {"layers", "slots"}]
    taking = _Taking(document, body, inks, elsewhere, section)
    sheets = [taking.sheet(number, page) for number, page in enumerate(body)]
    layers: dict[str, Layer] = {}
    slots: dict[str, Slot] = {}
    for page in document.pages:
        if _name(page) == "layers":
            layers |= taking.layers(page)
        elif _name(page) == "slots":
            slots |= furniture.slots(page)
    kids = taking.tagged()
    heads, streams, at = taking.objects.serialised()
    made = Fragment(
        identity=identity,
        sheets=tuple(
            Sheet(
                sheet["width"], sheet["height"], sheet["bare"], sheet["text"],
                at[sheet["content"]],
                {key: renumbered(value, at) for key, value in sheet["resources"].items()},
                tuple(at[n] for n in sheet["annotations"]),
                tuple(at[n] for n in taking.tags.marked.owners(number)),
            )
            for number, sheet in enumerate(sheets)
        ),
        heads=heads,
        streams=streams,
        kids=tuple(at[n] for n in kids),
        annotated=tuple(at[node.number] for node in taking.tags.annotated),
        ids=tuple((node.identity, at[node.number]) for node in taking.tags.identified()),
        bookmarks=tuple(
            (level, label, number, round((page.height - y) * PX, 2), state == "closed", at[tag])
            for number, page in enumerate(body)
            for (level, label, (_, y), state), tag in zip(
                page.bookmarks, taking.tags.landings.headings(number, page.bookmarks), strict=True
            )
        ),
        anchors={
            name: (*place, at[taking.tags.landings.anchored(name)])
            for name, place in taking.anchors.items()
        },
        fonts=fonts.glyphs(document.fonts),
        layers={name: layer.moved(at.__getitem__) for name, layer in layers.items()},
        slots=slots,
        meta=dict(document.metadata.custom),
        reads=reads,
        groups=tuple(tuple(at[n] for n in group) for group in taking.tags.marked.groups()),
        refers=tuple((at[node.number], node.refers) for node in taking.tags.referring()),
    )  # fmt: skip
    return made, {node.shared: at[node.number] for node in taking.tags.parts() if node.shared}


class _Taking:
    """The objects of one fragment while they are collected."""

    def __init__(
        self,
        document: Any,
        body: list[Any],
        inks: Inks | None,
        elsewhere: Collection[str],
        section: tagging.Section,
    ) -> None:
        self.objects = Objects(len(body))
        self.canvas = Canvas(document, inks, self.objects)
        self.tags = tagging.Tagging(section)
        self.anchors: dict[str, tuple[int, float, float]] = {}
        self._contents: list[Any] = []
        self._pages = len(body)
        resolved = resolve_links([*document.pages, _Elsewhere(elsewhere)])
        self._links = dict(zip(map(id, document.pages), resolved, strict=False))

    def sheet(self, number: int, page: Any) -> dict[str, Any]:
        """Draw and tag a page."""
        marked: dict[Any, Any] = {}
        width, height = page.width * PX, page.height * PX
        stream, resources = self.canvas.stream((0, 0, page.width, page.height), marked)
        stream.transform(d=-1, f=height)
        links, anchors = self._links[id(page)]
        # The engine makes a link of every box within a link as well.
        links = [link for link in links if link[3].element_tag == "a"]
        self.tags.page(page._page_box, page.height, {box: to for _, to, _, box in links})
        annotations = [self._annotation(x, height) for x in links if self.tags.has(x[3])]
        for name, x, y in anchors:
            self.anchors[name] = (number, round(x * PX, 2), round(height - y * PX, 2))
        page.paint(stream, PX)
        used = self.canvas.finish(stream, resources)
        self.tags.marked.drawn(marked, stream)
        self._contents.append(stream)
        text = " ".join(
            b.text for b in page._page_box.descendants() if isinstance(b, boxes.TextBox)
        )
        return {
            "width": width, "height": height, "bare": _name(page).startswith("bare"), "text": text,
            "content": stream.number, "resources": used, "annotations": annotations,
        }  # fmt: skip

    def _annotation(self, link: Any, height: float) -> int:
        """Add the annotation of a link, and return its number."""
        made, to = annotation(link, height, self._pages + len(self.tags.annotated))
        self.objects.add_object(made)
        self.tags.linked(link[3], f"\x00o{made.number}\x00", to)
        return int(made.number)

    def layers(self, page: Any) -> dict[str, Layer]:
        """Draw the layers of a page."""
        links, _ = self._links[id(page)]
        return furniture.layers(self.canvas, page, links)

    def tagged(self) -> list[int]:
        """Add the tags to the objects; return the numbers of the topmost."""
        for page, stream in enumerate(self._contents):
            self.tags.marked.join(page, stream)
        for number, group in enumerate(self.tags.marked.join_groups()):
            group.extra["StructParents"] = b"\x00m%d\x00" % number
        return write(self.tags.root, self.objects)


def _name(page: Any) -> str:
    return page._page_box.page_type.name or ""
