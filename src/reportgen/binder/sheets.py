"""A bound book laid on sheets: its pages become forms, two on each side of a sheet.

The only module that reads PDF, so the only importer of pikepdf. The product keeps the file it
is made of, with its metadata, output intent and identifier, and gives up what leads through
pages that are no longer there: outline, links, tags, page labels.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
from pikepdf import Array, Dictionary, Name

from reportgen.binder.file import Sink, exact
from reportgen.binder.sheet import HAIRLINE, circle
from reportgen.core.errors import TypesettingError
from reportgen.core.standards import PRINT
from reportgen.core.units import MM
from reportgen.plan.imposition import LENGTH, SHEETS, Box, Cell, Leaf, Side, plan
from reportgen.records.schema.report import Imposition

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

TOLERANCE = 0.01
"""mm by which a box of a page may differ from what the edition says."""
CHUNK = 1 << 20
"""Bytes that are written at once."""
_KEPT = {
    "/Type", "/Pages", "/Metadata", "/OutputIntents", "/OCProperties", "/Lang", "/Version",
    "/Extensions",
}  # fmt: skip
"""Entries of the catalogue that stay true of the sheets."""


@dataclass(frozen=True, slots=True)
class Imposed:
    """A file that was written: its pages, which are sides of sheets, bytes, and their sha256."""

    pages: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Inks:
    """How marks are printed under an output intent: black, and all inks at once."""

    components: int
    space: Name
    fill: str
    stroke: str
    every: tuple[int, int]
    """What none and what all of every ink is, in each component of `space`."""


_BLACK = {
    1: _Inks(1, Name.DeviceGray, "0 g", "0 G", (1, 0)),
    3: _Inks(3, Name.DeviceRGB, "0 0 0 rg", "0 0 0 RG", (1, 0)),
    4: _Inks(4, Name.DeviceCMYK, "0 0 0 1 k", "0 0 0 1 K", (0, 1)),
}
"""By the components of the output intent's profile."""


def impose(
    source: Path | bytes,
    imposition: Imposition,
    leaf: Leaf,
    sink: Sink,
    xmp: bytes | None = None,
) -> Imposed:
    """Write the book `source`, whose pages are as `leaf` says, on sheets to `sink`.

    `xmp` is what the sheets say of themselves; without it they say what the book does.
    Raises ImpositionError if the pages do not fit on the sheets, and TypesettingError if the
    book is not made for a printer, or a page of it is not of the size or lacks the bleed
    that it should have.
    """
    opened = source if isinstance(source, Path) else io.BytesIO(source)
    with pikepdf.open(opened) as pdf:
        sheets = plan(len(pdf.pages), imposition, leaf)
        setting = _Setting(pdf, SHEETS[imposition.sheet], leaf)
        sides = [setting.side(side) for sheet in sheets for side in (sheet.front, sheet.back)]
        del pdf.pages[:]
        pdf.pages.extend(pikepdf.Page(side) for side in sides)
        for key in set(pdf.Root.keys()) - _KEPT:
            del pdf.Root[key]
        if xmp is not None:
            about = Dictionary(Type=Name.Metadata, Subtype=Name.XML)
            pdf.Root.Metadata = pdf.make_stream(xmp, about)
        # For those who print it themselves: at full size, turned as the sheets are laid out.
        pdf.Root.ViewerPreferences = Dictionary(
            PrintScaling=Name.None_, Duplex=Name.DuplexFlipShortEdge
        )
        counted = _Counted(sink)
        with io.BufferedWriter(counted, CHUNK) as target:
            pdf.save(target, deterministic_id=True, preserve_pdfa=False, fix_metadata_version=False)
    return Imposed(len(sides), counted.size, counted.sha256)


class _Counted(io.RawIOBase):
    """Hands on what is written to it, and tells how much it was."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._hash = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, content: ReadableBuffer) -> int:
        held = bytes(content)
        self._sink.write(held)
        self._hash.update(held)
        self.size += len(held)
        return len(held)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class _Setting:
    """Makes pages of sides, from the pages of a book."""

    def __init__(self, pdf: pikepdf.Pdf, sheet: tuple[float, float], leaf: Leaf) -> None:
        self._pdf, self._leaf = pdf, leaf
        self._media = _array(Box(0, 0, *sheet))
        # Deleting and adding pages makes finding one by its number slow.
        self._pages = list(pdf.pages)
        self._inks = inks = _inks(pdf)
        # Registration marks print in every ink (ISO 32000-1, 8.6.6.4).
        none, full = ([value] * inks.components for value in inks.every)
        tint = Dictionary(FunctionType=2, Domain=[0, 1], N=1, C0=none, C1=full)
        self._every = pdf.make_indirect(Array([Name.Separation, Name.All, inks.space, tint]))

    def side(self, side: Side) -> pikepdf.Object:
        """Return the page that prints `side`."""
        forms, drawn = Dictionary(), []
        for name, cell in zip(("/Left", "/Right"), side.cells, strict=True):
            if cell.page is not None:
                forms[name], moved = self._form(cell.page, cell)
                drawn.append(f"q 1 0 0 1 {moved} cm {name} Do Q")
        drawn += self._marks(side)
        resources = Dictionary(XObject=forms)
        if side.targets:
            resources.ColorSpace = Dictionary(All=self._every)
        return self._pdf.make_indirect(
            Dictionary(
                Type=Name.Page,
                MediaBox=self._media,
                BleedBox=_array(side.bleed),
                TrimBox=_array(side.trim),
                Resources=resources,
                Contents=self._pdf.make_stream("\n".join(drawn).encode()),
            )
        )

    def _form(self, index: int, cell: Cell) -> tuple[pikepdf.Object, str]:
        """Return a page as a form that draws what `cell` has room for, and its place in pt."""
        page = self._pages[index]
        left, bottom = self._origin(index, page)
        across, up = cell.left * MM - left, cell.bottom * MM - bottom
        form = page.as_form_xobject(handle_transformations=False)
        clip = cell.clip
        form.BBox = _numbers(
            clip.left * MM - across, clip.bottom * MM - up,
            clip.right * MM - across, clip.top * MM - up,
        )  # fmt: skip
        if Name.Group in form:
            # A page's group is isolated from what lies under it; a form's has to say so
            # (ISO 32000-1, 11.4.7).
            form.Group = Dictionary({**dict(form.Group.items()), "/I": True})
        return form, f"{_number(across)} {_number(up)}"

    def _origin(self, index: int, page: pikepdf.Page) -> tuple[float, float]:
        """Return the lower left corner of a page's trim, in pt, if the page is as it must be."""
        leaf = self._leaf
        trim, bleed = ([float(v) for v in box] for box in (page.trimbox, page.bleedbox))
        width, height = (trim[2] - trim[0]) / MM, (trim[3] - trim[1]) / MM
        if max(abs(width - leaf.width), abs(height - leaf.height)) > TOLERANCE:
            raise TypesettingError(
                f"page {index + 1} is {width:.2f} × {height:.2f} mm, and not "
                f"{leaf.width:g} × {leaf.height:g} mm as its edition"
            )
        around = (trim[0] - bleed[0], trim[1] - bleed[1], bleed[2] - trim[2], bleed[3] - trim[3])
        if min(around) / MM < leaf.bleed - TOLERANCE:
            raise TypesettingError(
                f"page {index + 1} has {min(around) / MM:.2f} mm bleed, and not {leaf.bleed:g} mm "
                "as its edition"
            )
        if page.obj.get("/Rotate", 0) or float(page.obj.get("/UserUnit", 1)) != 1:
            raise TypesettingError(f"page {index + 1} is turned, or not measured in points")
        return trim[0], trim[1]

    def _marks(self, side: Side) -> list[str]:
        """Return the operators that draw the marks of `side`."""
        drawn = []
        if side.lines:
            drawn.append(f"q {self._inks.stroke} {HAIRLINE} w")
            for line in side.lines:
                dash = "[2 1.5] 0 d" if line.dashed else "[] 0 d"
                drawn.append(f"{dash} {_point(line.start)} m {_point(line.end)} l S")
            drawn.append("Q")
        if side.targets:
            drawn.append(f"q /All CS 1 SCN {HAIRLINE} w")
            drawn += [_target(*centre) for centre in side.targets]
            drawn.append("Q")
        if bar := side.bar:
            area = f"{_point((bar.right - bar.left, bar.top - bar.bottom))} re f"
            drawn.append(f"q {self._inks.fill} {_point((bar.left, bar.bottom))} {area} Q")
        return drawn


def _inks(pdf: pikepdf.Pdf) -> _Inks:
    """Return how marks are printed under the output intent of `pdf`."""
    for intent in pdf.Root.get("/OutputIntents", []):
        if intent.get("/S") == Name.GTS_PDFX and "/DestOutputProfile" in intent:
            return _BLACK[int(intent.DestOutputProfile.N)]
    raise TypesettingError(
        "only a book for a printer can be laid on sheets: this one has no PDF/X output intent",
        remedy=f"name an edition of the standard {PRINT} in `of`",
    )


def _target(x: float, y: float) -> str:
    """Draw a registration mark: a cross, and a circle of half its size."""
    arm = LENGTH / 2
    cross = [((x - arm, y), (x + arm, y)), ((x, y - arm), (x, y + arm))]
    lines = " ".join(f"{_point(a)} m {_point(b)} l" for a, b in cross)
    start, *curves = (
        " ".join(_number(value * MM) for value in points) for points in circle(x, y, LENGTH / 4)
    )
    return f"{lines} {start} m {' '.join(f'{curve} c' for curve in curves)} S"


def _array(box: Box) -> Array:
    return _numbers(box.left * MM, box.bottom * MM, box.right * MM, box.top * MM)


def _numbers(*values: float) -> Array:
    return Array([Decimal(_number(value)) for value in values])


def _point(point: tuple[float, float]) -> str:
    """Return two lengths in mm as operands in pt."""
    return f"{_number(point[0] * MM)} {_number(point[1] * MM)}"


def _number(value: float) -> str:
    """Return a number of four decimals; 0.0001 pt are 35 nm."""
    return exact(value, 4)
