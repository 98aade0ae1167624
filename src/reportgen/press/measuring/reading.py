"""The boxes of laid-out pages, read for their lines of text and their pictures."""

from __future__ import annotations

from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.images import RasterImage
from weasyprint.layout.replaced import replacedbox_layout

from reportgen.core.measures import Line, Picture
from reportgen.press.measuring.lines import line_of, local, said
from reportgen.press.measuring.shapes import area, rectangle

SCHEME = "workspace:/"
ORNAMENT = "ornament"
"""Stands for the text of a picture that is none for those who do not see it."""


class Reading:
    """The boxes of a section while they are read, page by page."""

    def __init__(self) -> None:
        self.paragraph = 0
        self.open: set[tuple[int, str]] = set()
        """The blocks that go on after the last page."""
        self.numbers: dict[tuple[int, str], int] = {}
        self._lines: list[Line] = []
        self._found: list[Picture] = []

    def page(self, page: Any) -> tuple[tuple[Line, ...], tuple[Picture, ...]]:
        """Return the lines and the pictures of the next page."""
        self._lines, self._found = [], []
        self._walk(page._page_box)
        return tuple(self._lines), tuple(self._found)

    def _walk(self, box: Any, *, heard: bool = True) -> None:
        box = getattr(box, "_box", box)  # what is positioned is held by a placeholder
        if box.element is not None and box.element.get("aria-hidden") == "true":
            heard = False
        self._pictures(box, heard=heard)
        children = getattr(box, "children", ())
        lines = [child for child in children if isinstance(child, boxes.LineBox)]
        if lines:
            self._block(box, lines)
        for child in children:
            self._walk(child, heard=heard)

    def _block(self, block: Any, lines: list[Any]) -> None:
        key = (id(block.element), block.element_tag)
        if key in self.open:
            number = self.numbers[key]
        else:
            self.paragraph += 1
            number = self.numbers[key] = self.paragraph
        self.open.discard(key)
        if getattr(lines[-1], "resume_at", None) is not None:
            self.open.add(key)
        shown = [(line, text) for line in lines if (text := said(line).strip())]
        for index, (line, text) in enumerate(shown):
            following = shown[index + 1][1] if index + 1 < len(shown) else ""
            self._lines.append(line_of(block, line, number, text, following))

    def _pictures(self, box: Any, *, heard: bool) -> None:
        images = []
        element = box.element
        if isinstance(box, boxes.ReplacedBox) and box.replacement is not None and box.width:
            width, height, x, y = replacedbox_layout(box)
            titles = (e.text for e in element if str(e.tag).endswith("title"))
            alt = element.get("alt") or element.get("aria-label") or next(titles, "") or ""
            if not heard or element.get("alt") == "":
                alt = ORNAMENT
            path = (element.get("src") or "").removeprefix(SCHEME) or f"<{local(element)}>"
            images.append((box.replacement, path, (x, y, width, height), alt.strip()))
        for layer in getattr(box.__dict__.get("background"), "layers", ()):
            if isinstance(layer.image, RasterImage):
                (x, y), (ox, oy) = layer.position, layer.positioning_area[:2]
                place = (x + ox, y + oy, *layer.size)
                images.append((layer.image, f"<{local(element)}>", place, ORNAMENT))
        for image, path, place, alt in images:
            raster = isinstance(image, RasterImage)
            pixels = (image.width, image.height) if raster else (0, 0)
            self._found.append(Picture(path, area(rectangle(*place)), pixels, alt))
