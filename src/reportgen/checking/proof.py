"""Proofs: each page with findings as a picture, the places marked and numbered."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pypdfium2

from reportgen.checking.finding import Finding
from reportgen.core.errors import OutputError
from reportgen.records import pictures

RESOLUTION = 120
"""ppi; 7 pt is 12 pixels and can be read."""


def draw(findings: Iterable[Finding], products: Path, folder: Path) -> int:
    """Draw each page that has findings into `folder` as a PNG; return how many.

    `products` is the folder of the checked products. A product that could not be made has
    no page to be shown. Raises OutputError where a picture cannot be written.
    """
    grouped: dict[tuple[str, int], list[Finding]] = {}
    for finding in findings:
        if finding.spot and finding.spot.page and (products / finding.spot.product).is_file():
            grouped.setdefault((finding.spot.product, finding.spot.page), []).append(finding)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for product in sorted({product for product, _ in grouped}):
            with pypdfium2.PdfDocument(products / product) as document:
                for (of, number), found in sorted(grouped.items()):
                    if of == product:
                        name = f"{product.removesuffix('.pdf').replace('/', '-')}-p{number}.png"
                        (folder / name).write_bytes(_page(document[number - 1], found))
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be written: {error.strerror}", remedy="name another folder"
        ) from error
    return len(grouped)


def _page(page: pypdfium2.PdfPage, findings: list[Finding]) -> bytes:
    bitmap = page.render(scale=RESOLUTION / 72, rev_byteorder=True)
    scale = RESOLUTION / 25.4
    marks = []
    for number, finding in enumerate(findings, 1):
        assert finding.spot is not None
        area = finding.spot.area
        box = (area.x * scale, area.y * scale, area.right * scale, area.bottom * scale)
        marks.append((box, f"{number} {finding.rule}", finding.severity == "error"))
    shape = (bitmap.width, bitmap.height, bitmap.stride)
    return pictures.marked(bytes(bitmap.buffer), shape, bitmap.mode, marks)
