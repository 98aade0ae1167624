"""What is measured of set pages: where text, pictures and links stand, and how they look.

Lengths are in mm from the top left of the page as it is set, unless something else is said.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reportgen.core.colours import Colour
from reportgen.core.units import spare_before


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of a page, in mm from its top left."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The distance of the right edge from the left of the page."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The distance of the lower edge from the top of the page."""
        return self.y + self.height

    def hull(self, other: Area) -> Area:
        """Return the smallest area that holds both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        width, height = max(self.right, other.right) - x, max(self.bottom, other.bottom) - y
        return Area(x, y, round(width, 2), round(height, 2))

    def common(self, other: Area) -> float:
        """Return how much of this is covered by `other`, in square mm."""
        width = min(self.right, other.right) - max(self.x, other.x)
        height = min(self.bottom, other.bottom) - max(self.y, other.y)
        return max(width, 0) * max(height, 0)


@dataclass(frozen=True, slots=True)
class Run:
    """Text that is drawn in one go, in one face and colour.

    `at` reaches from the baseline to the height of capitals. `ground` is what is painted
    beneath it, where that reads worst; None where a picture or a gradient lies there.
    """

    text: str
    at: Area
    size: float
    """pt, as it is drawn."""
    bold: bool
    colour: Colour
    ground: Colour | None
    hidden: float
    """The share of it that a box cuts off, 0 to 1."""
    weights: tuple[int, ...] = ()
    """The weights of the faces that it is set in, if those are several."""
    covered: float = 0
    """The share of it that a drawing or a picture is painted over, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a block of text; `tag` is the block's element."""

    paragraph: int
    """The number of its block within the section; a block may run over pages."""
    tag: str
    text: str
    at: Area
    measure: float
    """The width that the line could have had."""
    size: float
    """pt"""
    last: bool
    """Whether its block ends with it."""
    broken: str = ""
    """The word that goes on in the next line because no line is wide enough for it."""
    stretch: float = 1
    """How wide its word spaces are; 1 as the face has them."""
    spaces: tuple[Area, ...] = ()
    """The word spaces, if the line is justified."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture; `pixels` are its width and height, 0 for a drawing."""

    path: str
    """The file in the workspace, or the element that holds it."""
    at: Area
    pixels: tuple[int, int]
    alt: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link; `kind` is internal for an anchor of the section, external for an address."""

    kind: str
    target: str
    text: str
    at: Area


@dataclass(frozen=True, slots=True)
class MeasuredPage:
    """A page as it is set, without what is laid over it; `body` is where its text may go."""

    width: float
    height: float
    bare: bool
    """Whether it carries no running head, footer and folio, and its text may go anywhere."""
    body: Area
    lines: tuple[Line, ...]
    runs: tuple[Run, ...]
    pictures: tuple[Picture, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class LayerMeasure:
    """A layer of furniture as it is drawn on a page of its own; a slot says where it is laid."""

    name: str
    at: Area
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class SlotMeasure:
    """Where a layer is laid on pages: `align` says to which side of the area."""

    at: Area
    align: str

    def origin(self, width: float) -> tuple[float, float]:
        """Return where the left upper corner of a layer of so many mm comes to lie."""
        return self.at.x + spare_before(self.align, self.at.width - width), self.at.y


@dataclass(frozen=True, slots=True)
class Measured:
    """A section as it is set; `furniture` is text that is laid over pages."""

    identity: str
    pages: tuple[MeasuredPage, ...]
    furniture: tuple[Run, ...]
    anchors: frozenset[str]
    layers: tuple[LayerMeasure, ...] = ()
    slots: dict[str, SlotMeasure] = field(default_factory=dict)
