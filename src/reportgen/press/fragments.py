"""Laid-out pages to a fragment: the engine's drawing and tagging, without its file.

The engine would write a file for every section: with a catalogue, an outline and names that
a book takes apart again. Here its functions draw and tag page by page, and what they make is
kept as objects whose references the binder fills in.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection
from typing import Any

import pydyf
from weasyprint.draw import draw_stacking_context
from weasyprint.formatting_structure import boxes
from weasyprint.pdf import _use_references, resolve_links
from weasyprint.pdf.stream import Stream
from weasyprint.stacking import StackingContext

from reportgen.core.errors import NoGlyphError, TypesettingError
from reportgen.core.fragments import Fragment, Glyphs, Layer, Sheet, Slot, Spoken
from reportgen.core.units import PX
from reportgen.press import drawing, fonts, tagging
from reportgen.press.inked import Inked
from reportgen.press.inks import Inks
from reportgen.press.tags import Written, write
from reportgen.typefaces import characters

OVER = 132
"""CSS px beyond a page or the box of a layer in which what is drawn is kept: for bleed, or a rule
that runs on."""
LEVEL = 6
"""Of compression; 9 takes twice the time and saves less than one per cent."""
_TOKEN = re.compile(r"\x00([or])(\d+)\x00")
_LAB = (
    "/lab-d50[/Lab<</WhitePoint[0.9642 1 0.8251]/Range[-125 125 -125 125]>>]"
    "/lab-d65[/Lab<</WhitePoint[0.9505 1 1.089]/Range[-125 125 -125 125]>>]"
)


class _Paper:
    """What the engine's functions ask of a file."""

    def __init__(self, pages: int) -> None:
        self.objects: list[Any] = []
        self.page_references = [b"\x00p%d\x00" % number for number in range(pages)]

    def add_object(self, added: Any) -> None:
        added.number = len(self.objects)
        self.objects.append(added)


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
            slots |= _slots(page)
    kids = taking.tagged()
    heads, streams, at = taking.serialised()
    made = Fragment(
        identity=identity,
        sheets=tuple(
            Sheet(
                sheet["width"], sheet["height"], sheet["bare"], sheet["text"],
                at[sheet["content"]],
                {key: _renumbered(value, at) for key, value in sheet["resources"].items()},
                tuple(at[n] for n in sheet["annotations"]),
                tuple(at[n] for n in taking.tags.owners(number)),
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
        fonts=_glyphs(document.fonts),
        layers={name: layer.moved(at.__getitem__) for name, layer in layers.items()},
        slots=slots,
        meta=dict(document.metadata.custom),
        reads=reads,
        groups=tuple(tuple(at[n] for n in group) for group in taking.tags.groups()),
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
        self.document, self.body, self.inks = document, body, inks
        self.paper = _Paper(len(body))
        self.images: dict[str, Any] = {}
        self.tags = tagging.Tagging(section)
        self.contents: list[Any] = []
        self.anchors: dict[str, tuple[int, float, float]] = {}
        resolved = resolve_links([*document.pages, _Elsewhere(elsewhere)])
        self.links = dict(zip(map(id, document.pages), resolved, strict=False))

    def sheet(self, number: int, page: Any) -> dict[str, Any]:
        """Draw and tag a page."""
        marked: dict[Any, Any] = {}
        width, height = page.width * PX, page.height * PX
        stream, resources = self._stream(_around(0, 0, page.width, page.height), marked)
        stream.transform(d=-1, f=height)
        links, anchors = self.links[id(page)]
        # The engine makes a link of every box within a link as well.
        links = [link for link in links if link[3].element_tag == "a"]
        self.tags.page(page._page_box, page.height, {box: to for _, to, _, box in links})
        annotations = [self._annotation(x, height) for x in links if self.tags.has(x[3])]
        for name, x, y in anchors:
            self.anchors[name] = (number, round(x * PX, 2), round(height - y * PX, 2))
        page.paint(stream, PX)
        self.paper.add_object(stream)
        _use_references(self.paper, resources, self.images, {})
        self.tags.drawn(marked, stream)
        self.contents.append(stream)
        text = " ".join(
            b.text for b in page._page_box.descendants() if isinstance(b, boxes.TextBox)
        )
        return {
            "width": width, "height": height, "bare": _name(page).startswith("bare"), "text": text,
            "content": stream.number, "resources": _resources(resources, stream),
            "annotations": annotations,
        }  # fmt: skip

    def layers(self, page: Any) -> dict[str, Layer]:
        """Draw the elements of the class `layer` of a page, each as a form of its own."""
        found = {}
        links, _ = self.links[id(page)]
        for name, box in named(page, "layer"):
            x, y = box.border_box_x(), box.border_box_y()
            width, height = box.border_width(), box.border_height()
            within = [
                (target, (x1 - x, y1 - y, x2 - x, y2 - y), link)
                for kind, target, (x1, y1, x2, y2), link in links
                if kind == "external" and link.element_tag == "a"
                if x <= (x1 + x2) / 2 <= x + width and y <= (y1 + y2) / 2 <= y + height
            ]
            used: dict[Any, Any] = {}
            form, spoken = self._form(page, box, used, None), None
            # ARIA 1.2, 5.4: who publishes, their rights, whom to ask.
            if within or box.element.get("role") == "contentinfo":
                tags = tagging.Tagging(tagging.Section())
                tags.layer(box, page.height)
                within = [link for link in within if tags.has(link[2])]
                spoken = self._spoken(page, box, used, tags, [link for _, _, link in within])
            if "fit" in box.element.get("class").split():
                width = min(width, taken(box) - x)
            found[name] = Layer(
                form.number, round(width * PX, 2), round(height * PX, 2), _glyphs(used),
                tuple((to, *(round(v * PX, 2) for v in corners)) for to, corners, _ in within),
                spoken,
            )  # fmt: skip
        return found

    def _form(self, page: Any, box: Any, used: dict[Any, Any], marked: Any) -> Any:
        """Draw a layer as a form, whose fonts are noted in `used`, and what is tagged if it is."""
        x, y = box.border_box_x(), box.border_box_y()
        width, height = box.border_width(), box.border_height()
        stream, resources = self._stream(_around(x, y, width, height), marked, used)
        stream.transform(a=PX, d=-PX, e=-x * PX, f=y * PX)
        draw_stacking_context(stream, StackingContext.from_box(box, page._page_box))
        self.paper.add_object(stream)
        _use_references(self.paper, resources, self.images, {})
        inner = "".join(f"/{k}<<{v}>>" for k, v in _resources(resources, stream).items())
        stream.extra = {
            "Type": "/XObject",
            "Subtype": "/Form",
            "BBox": pydyf.Array(
                [-OVER * PX, (-height - OVER) * PX, (width + OVER) * PX, OVER * PX]
            ),
            "Resources": f"<<{inner}/Font \x00f\x00>>".encode(),
        }
        return stream

    def _spoken(
        self, page: Any, box: Any, used: dict[Any, Any], tags: tagging.Tagging, links: list[Any]
    ) -> Spoken:
        """Draw a layer once more, as content with tags of its own."""
        for number, link in enumerate(links):
            tags.linked(link, f"\x00v{number}\x00")
        marked: dict[Any, Any] = {}
        form = self._form(page, box, used, marked)
        form.extra["StructParents"] = b"\x00k\x00"
        tags.drawn(marked, form)
        tags.join(0, form)
        tags.join_groups()
        kids = write(tags.root, self.paper, form.number)
        return Spoken(
            form.number, tuple(kids), tuple(node.number for node in tags.root.below()),
            tuple(tags.owners(0)), tuple(node.number for node in tags.annotated),
            tuple(map(_words, links)),
        )  # fmt: skip

    def _stream(
        self, area: tuple[float, ...], marked: Any, fonts: dict[Any, Any] | None = None
    ) -> tuple[Any, Any]:
        kinds = ("ExtGState", "XObject", "Pattern", "Shading")
        resources = pydyf.Dictionary({kind: pydyf.Dictionary() for kind in kinds})
        resources["ColorSpace"] = "<<>>" if self.inks else f"<<{_LAB}>>"
        resources["Font"] = b"\x00f\x00"
        document = self.document
        given = (
            document.fonts if fonts is None else fonts, area, resources, self.images, marked,
            document.color_profiles, document.output_intent,
        )  # fmt: skip
        return Inked(*given, inks=self.inks) if self.inks else Stream(*given), resources

    def _annotation(self, link: Any, height: float) -> int:
        kind, target, (x1, y1, x2, y2), box = link
        if kind not in {"internal", "external"}:
            raise TypesettingError(f"an attachment, {target}, which products do not carry")
        rectangle = [x1 * PX, height - y2 * PX, x2 * PX, height - y1 * PX]
        key = len(self.body) + len(self.tags.annotated)
        annotation: Any = pydyf.Dictionary({
            "Type": "/Annot", "Subtype": "/Link", "Rect": pydyf.Array(rectangle),
            "StructParent": b"\x00n%d\x00" % key,
            "Border": "[0 0 0]", "F": 4,
            # ISO 14289-1, 7.18.5: what the link is, for those who do not see it.
            "Contents": pydyf.String(_words(box) or target),
        })  # fmt: skip
        to = _leads(kind, target)
        if to:
            # Where it leads is written by the binder, as the standard of the file wants it.
            annotation = Written(annotation.data.removesuffix(b">>") + f"\x00{to}\x00>>".encode())
        else:
            action = {"Type": "/Action", "S": "/URI", "URI": pydyf.String(target)}
            annotation["A"] = pydyf.Dictionary(action)
        self.paper.add_object(annotation)
        self.tags.linked(box, f"\x00o{annotation.number}\x00", to)
        return int(annotation.number)

    def tagged(self) -> list[int]:
        """Add the tags to the objects; return the numbers of the topmost."""
        for page, stream in enumerate(self.contents):
            self.tags.join(page, stream)
        for number, group in enumerate(self.tags.join_groups()):
            group.extra["StructParents"] = b"\x00m%d\x00" % number
        return write(self.tags.root, self.paper)

    def serialised(self) -> tuple[tuple[str, ...], dict[int, bytes], dict[int, int]]:
        """Return the objects that are used, and their new numbers by their old."""
        live = [o for o in self.paper.objects if isinstance(o, pydyf.Stream) or o]
        at = {thing.number: number for number, thing in enumerate(live)} | {-1: -1}
        heads, streams = [], {}
        for number, thing in enumerate(live):
            if isinstance(thing, pydyf.Stream):
                head, streams[number] = _packed(thing)
            else:
                head = thing.data.decode("latin-1")
            heads.append(_renumbered(head, at))
        return tuple(heads), streams, at


def _leads(kind: str, target: str) -> str:
    """Return the token for where a link leads within the product, empty if that is elsewhere."""
    if kind == "internal":
        return f"a{target}"
    return f"s{target.removeprefix('section:')}" if target.startswith("section:") else ""


def _words(link: Any) -> str:
    """Return what a link says."""
    texts = (b for b in link.descendants() if isinstance(b, boxes.TextBox))
    words = " ".join(b.text for b in texts if not b.artifact)
    return str(link.element.get("aria-label") or words).strip()


def _renumbered(text: str, at: dict[int, int]) -> str:
    """Return PDF with the new numbers of objects."""
    return _TOKEN.sub(lambda m: f"\x00{m[1]}{at[int(m[2])]}\x00", text)


def _packed(stream: Any) -> tuple[str, bytes]:
    content = drawing.packed(stream.stream)
    extra = pydyf.Dictionary(stream.extra)
    if "Interpolate" in extra:
        extra["Interpolate"] = "false"  # ISO 19005-3, 6.2.8
    if "Filter" not in extra:
        extra["Filter"] = "/FlateDecode"
        content = zlib.compress(content, LEVEL)
    return extra.data.decode("latin-1"), content


def _resources(resources: Any, stream: Any) -> dict[str, str]:
    """Return what a page or a layer uses beside fonts, each kind without its brackets."""
    found = {
        kind: resources[kind].data[2:-2].decode("latin-1")
        for kind in ("ExtGState", "XObject", "Pattern", "Shading")
        if resources[kind]
    }
    if any(isinstance(item, bytes) and item.startswith(b"/lab-") for item in stream.stream):
        found["ColorSpace"] = _LAB
    return found


def _glyphs(faces: dict[Any, Any]) -> dict[str, Glyphs]:
    missing = sorted({chr(code) for face in faces.values() for code in face.missing})
    if missing:
        # One line for each, as each has a place of its own.
        told = (message for c in missing for _, message in characters.in_no_face([c]))
        raise NoGlyphError("\n".join(told), "".join(missing))
    for face in faces.values():
        if 0 in face.to_unicode:
            raise TypesettingError(f"{face.family} lacks a glyph that the page needs")
    return {
        name: Glyphs(face.family, face.weight, texts)
        for face in faces.values()
        for name, texts in fonts.texts(face).items()
    }


def _slots(page: Any) -> dict[str, Slot]:
    return {
        name: Slot(
            box.border_box_x() * PX, box.border_box_y() * PX, box.border_width() * PX,
            box.border_height() * PX, box.style["text_align_all"],
        )
        for name, box in named(page, "slot")
    }  # fmt: skip


def named(page: Any, kind: str) -> Any:
    """Yield the boxes of elements of the class `kind`, with their ids."""
    for found in page._page_box.descendants(placeholders=True):
        box = getattr(found, "_box", found)
        element = box.element
        if (
            isinstance(box, boxes.BlockBox)
            and element is not None
            and element.tag == "div"
            and kind in (element.get("class") or "").split()
            and box.element_tag == "div"
            and not box.is_table_wrapper
        ):
            yield element.get("id"), box


def taken(layer: Any) -> float:
    """Return where what a layer holds ends on the right, in CSS px: its texts and its pictures."""
    kinds = (boxes.TextBox, boxes.ReplacedBox)
    held = (b for b in layer.descendants() if isinstance(b, kinds))
    ends = (
        b.position_x + (b.width if isinstance(b, boxes.TextBox) else b.margin_width()) for b in held
    )
    return float(max(ends, default=layer.border_box_x()))


def _around(x: float, y: float, width: float, height: float) -> tuple[float, ...]:
    """Return the area in which groups of a page or of a layer are drawn, in CSS px."""
    return x - OVER, y - OVER, width + 2 * OVER, height + 2 * OVER


def _name(page: Any) -> str:
    return page._page_box.page_type.name or ""
