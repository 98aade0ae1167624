"""The sheet round a page: its boxes, and what stands beside it for the printer.

The page keeps its origin, the lower left corner of what is set; the sheet lies round it.
Lengths are in pt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reportgen.binder.file import File, exact
from reportgen.core.fragments import Glyphs
from reportgen.core.units import MM
from reportgen.plan.values import Finish
from reportgen.typefaces.programs import Programs

ROOM = 10 * MM
"""Of the sheet beyond the bleed, where it has marks."""
GAP = 1 * MM
"""Between the bleed and a mark."""
CROP = 6 * MM
"""The length of a crop mark."""
TARGET = 2 * MM
"""The radius of a registration mark."""
HAIRLINE = 0.25
SLUG_SIZE = 6.0
SLUG_FONT = "slug"
"""The name of the slug line's font in the font dictionary."""
_ROUND = 0.5523
"""Of the radius, the distance of a quarter circle's control points."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sheet of one page: `shift` is by how much it lies to the right of the page."""

    finish: Finish
    shift: float

    def boxes(self) -> str:
        """Return the page's boxes (ISO 15930-7, 6.8): trim within bleed within media."""
        trim = self._box(0)
        bleed = self._box(self.finish.bleed)
        media = self._box(self.finish.bleed + (ROOM if self.finish.marks else 0))
        return f"/MediaBox[{media}]/BleedBox[{bleed}]/TrimBox[{trim}]"

    def clip(self) -> bytes:
        """Return what keeps the page's drawing within the bleed, as marks stand beyond it."""
        finish, over = self.finish, self.finish.bleed
        width, height = finish.width + 2 * over, finish.height + 2 * over
        place = f"{_exact(self.shift - over)} {_exact(-over)} {_exact(width)} {_exact(height)}"
        return f"q {place} re W n ".encode()

    def marks(self, slug: Slug | None) -> bytes:
        """Return the drawing of the marks."""
        finish, drawn = self.finish, []
        if "crop" in finish.marks:
            drawn.append(self._crop())
        if "registration" in finish.marks:
            drawn.append(self._registration())
        if not drawn and slug is None:
            return b""
        lines = " ".join(drawn)
        parts = []
        if lines:
            parts.append(
                f"q 1 0 0 1 {_exact(self.shift)} 0 cm /All CS 1 SCN {HAIRLINE} w {lines} Q"
            )
        if slug is not None:
            x, y = self.shift + 8 * MM, -finish.bleed - 7 * MM
            black = "0 g" if finish.grey else "0 0 0 1 k"
            parts.append(
                f"q {black} BT /{SLUG_FONT} {SLUG_SIZE:g} Tf {_exact(x)} {_exact(y)} Td "
                f"<{slug.codes}> Tj ET Q"
            )
        return f"{' '.join(parts)} ".encode()

    def _box(self, over: float) -> str:
        corners = (
            self.shift - over, -over, self.shift + self.finish.width + over,
            self.finish.height + over,
        )  # fmt: skip
        return " ".join(map(_exact, corners))

    def _crop(self) -> str:
        width, height = self.finish.width, self.finish.height
        near = self.finish.bleed + GAP
        far = near + CROP
        lines = []
        for x, outward in ((0.0, -1), (width, 1)):
            for y, upward in ((0.0, -1), (height, 1)):
                lines.append(_line(x + outward * near, y, x + outward * far, y))
                lines.append(_line(x, y + upward * near, x, y + upward * far))
        return " ".join(lines)

    def _registration(self) -> str:
        width, height = self.finish.width, self.finish.height
        away = self.finish.bleed + GAP + CROP / 2
        centres = (
            (width / 2, -away), (width / 2, height + away), (-away, height / 2),
            (width + away, height / 2),
        )  # fmt: skip
        return " ".join(_target(x, y) for x, y in centres)


@dataclass(frozen=True, slots=True)
class Slug:
    """The slug line: its glyphs as codes, in hexadecimal."""

    codes: str
    fonts: dict[str, Glyphs]


def slug(finish: Finish, programs: Programs) -> Slug | None:
    """Return the slug line in the regular weight of the workspace's first full face."""
    if "slug" not in finish.marks:
        return None
    face = next(face for face in programs.faces if face.full and face.weight == 400)
    spelled = programs.spelled(face, finish.slug)
    glyphs = Glyphs(face.family, face.weight, {glyph: c for c, glyph in spelled})
    return Slug("".join(f"{glyph:04x}" for _, glyph in spelled), {SLUG_FONT: glyphs})


def all_inks(file: File, finish: Finish) -> int:
    """Write the colour space that prints with every ink (ISO 32000-1, 8.6.6.4)."""
    space, last = ("DeviceGray", "[0]") if finish.grey else ("DeviceCMYK", "[1 1 1 1]")
    first = "[1]" if finish.grey else "[0 0 0 0]"
    function = f"<</FunctionType 2/Domain[0 1]/C0{first}/C1{last}/N 1>>"
    return file.add(f"[/Separation/All/{space}{function}]".encode())


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f"{_exact(x1)} {_exact(y1)} m {_exact(x2)} {_exact(y2)} l S"


def _target(x: float, y: float) -> str:
    """Return a circle with a cross through it."""
    arm = TARGET * 1.5
    start, *curves = (" ".join(map(_exact, points)) for points in circle(x, y, TARGET))
    round_it = " ".join(f"{curve} c" for curve in curves)
    cross = f"{_line(x - arm, y, x + arm, y)} {_line(x, y - arm, x, y + arm)}"
    return f"{start} m {round_it} s {cross}"


def circle(x: float, y: float, radius: float) -> Iterator[tuple[float, ...]]:
    """Yield where a circle starts, and two handles and the end of each of four Bézier curves."""
    r, k = radius, radius * _ROUND
    yield x + r, y
    yield x + r, y + k, x + k, y + r, x, y + r
    yield x - k, y + r, x - r, y + k, x - r, y
    yield x - r, y - k, x - k, y - r, x, y - r
    yield x + k, y - r, x + r, y - k, x + r, y


def _exact(value: float) -> str:
    """Return a length with three decimals, a third of a thousandth of a mm."""
    return exact(value, 3)
