"""Colours and pictures of the screen as inks of offset print.

Text and greys are printed with black ink alone: four inks never lie exactly over one
another, and a letter made of four has coloured edges. All other colours go through the
profile of the output, relative to the paper's white and with the blacks of screen and print
on one another (ICC.1:2022, 6.2; black point compensation: ISO 18619).
"""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

from PIL import Image, ImageChops, ImageCms, ImageMath

LIMIT = 3.0
"""Sum of the four inks that the shipped profile, `ISO Coated v2 300%`, allows: 300 per cent.

ISO 12647-2:2004 recommends at most 350 where sheets are printed and 300 for heat-set webs.
"""
LIGHT = 0.75
"""How light a colour is, from black to white, that is left white where it cannot be a tint."""
DARK_CHROMA = 20.0
"""The chroma up to which a colour that is no lighter than black ink is printed as black."""
QUALITY = 92
"""Of JPEG, which is kept for photographs; without it a page of 300 ppi takes 20 MB."""
MARGINS = (0, 8, 20, 40)
"""Levels of 255 by which a photograph stays below the limit, as JPEG adds a few to some."""
STRIP = 512
"""Rows of a picture that are looked at together, for the memory."""

Paint = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Plates:
    """A picture in inks: its samples as a file holds them."""

    space: str
    filter: str
    content: bytes
    inverted: bool = False
    """Whether 0 means all ink, as in JPEG files with four inks."""


class Inks:
    """The inks of one kind of print: `cmyk`, or `grey` for black ink alone.

    `profile` is that of a printer with four inks, `limit` the sum of inks that it allows.
    Raises ValueError if the profile is of another kind or damaged.
    """

    def __init__(self, profile: bytes, kind: Literal["cmyk", "grey"], limit: float = LIMIT) -> None:
        self.kind, self.limit = kind, limit
        self.space = "/DeviceGray" if kind == "grey" else "/DeviceCMYK"
        try:
            output = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        except (OSError, ImageCms.PyCMSError) as error:
            raise ValueError("no ICC profile") from error
        if (output.profile.device_class, output.profile.xcolor_space.strip()) != ("prtr", "CMYK"):
            raise ValueError(
                f"a profile of the class {output.profile.device_class} for "
                f"{output.profile.xcolor_space.strip()}, not of a printer (prtr) for CMYK"
            )
        try:
            self._transforms(output)
        except ImageCms.PyCMSError as error:
            raise ValueError("a damaged ICC profile") from error
        self.paint: Callable[[float, float, float], Paint] = lru_cache(maxsize=4096)(self._paint)

    def _transforms(self, output: ImageCms.ImageCmsProfile) -> None:
        light, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
        self._to_inks = ImageCms.buildTransform(
            light, output, "RGB", "CMYK", intent, ImageCms.Flags.BLACKPOINTCOMPENSATION
        )
        self._to_lab = ImageCms.buildTransform(light, lab, "RGB", "LAB", intent)
        self._look = ImageCms.buildTransform(output, lab, "CMYK", "LAB", intent)

    def _paint(self, red: float, green: float, blue: float) -> Paint:
        """Return what a colour is printed with; all from 0 to 1.

        That is cyan, magenta, yellow and black, or for `grey` the whiteness of DeviceGray.
        """
        red, green, blue = (min(max(value, 0.0), 1.0) for value in (red, green, blue))
        lightness, chroma = _look(red, green, blue)
        black = self.black(lightness)
        if self.kind == "grey":
            return (round(1 - black, 3),)
        # A grey of paper may be warm or cool, a grey of text need not.
        neutral = DARK_CHROMA if black == 1 else min(max((100 - lightness) / 4, 3.0), 10.0)
        if chroma < neutral:
            return (0.0, 0.0, 0.0, round(black, 3))
        return self.limited(*self._separated(red, green, blue))

    def _separated(self, red: float, green: float, blue: float) -> Paint:
        """Return the four inks that the profile has for a colour."""
        pixel = Image.new("RGB", (1, 1), tuple(round(v * 255) for v in (red, green, blue)))
        found = ImageCms.applyTransform(pixel, self._to_inks)
        assert found is not None
        return tuple(level / 255 for level in found.tobytes())

    def limited(self, cyan: float, magenta: float, yellow: float, black: float) -> Paint:
        """Return inks within the limit: the coloured ones are reduced, each by the same part."""
        if self.kind == "grey":
            inks = (round(min(max(v, 0), 1) * 255) for v in (cyan, magenta, yellow, black))
            light = self._lightness(Image.new("CMYK", (1, 1), tuple(inks))).tobytes()[0]
            return (round(1 - self.black(light / 2.55), 3),)
        colours = [min(max(value, 0.0), 1.0) for value in (cyan, magenta, yellow)]
        black = round(min(max(black, 0.0), 1.0), 3)
        part = (self.limit - black) / sum(colours) if sum(colours) + black > self.limit else 1.0
        if part < 1:
            return (*(math.floor(value * part * 1000) / 1000 for value in colours), black)
        return (*(round(value, 3) for value in colours), black)

    def full(self, paint: Paint) -> Paint:
        """Return black in full for what a colour is printed with, or none where that is light."""
        if self.kind == "grey":
            return (1.0,) if paint[0] > LIGHT else (0.0,)
        *colours, black = paint
        # How dark inks look: yellow hardly counts (ISO 32000-1, 10.3.5).
        dark = 0.3 * colours[0] + 0.59 * colours[1] + 0.11 * colours[2] + black
        return (0.0, 0.0, 0.0, 0.0) if dark < 1 - LIGHT else (0.0, 0.0, 0.0, 1.0)

    def black(self, lightness: float) -> float:
        """Return how much black ink alone looks as light (CIE L*, relative to the paper)."""
        ramp = self._ramp
        if lightness >= ramp[0]:
            return 0.0
        if lightness <= ramp[-1]:
            return 1.0
        after = next(level for level, look in enumerate(ramp) if look < lightness)
        above, below = ramp[after - 1], ramp[after]
        return (after - 1 + (above - lightness) / (above - below)) / 255

    @cached_property
    def _ramp(self) -> tuple[float, ...]:
        """The lightness of black ink in 256 steps, falling."""
        steps = Image.new("CMYK", (256, 1))
        for level in range(256):
            steps.putpixel((level, 0), (0, 0, 0, level))
        levels = self._lightness(steps).tobytes()
        found = [100.0]
        found.extend(min(found[-1], level / 2.55) for level in levels[1:])
        return tuple(min(found[0], look) for look in found)

    def _lightness(self, picture: Image.Image) -> Image.Image:
        found = ImageCms.applyTransform(picture, self._look)
        assert found is not None
        return found.getchannel("L")

    def picture(self, picture: Image.Image, *, lossy: bool) -> Plates:
        """Return a picture in inks; `lossy` keeps it small as JPEG does.

        What is grey is printed with black ink alone. Raises ValueError for another picture
        than of bits, greys, a palette, RGB or CMYK.
        """
        if picture.mode in {"1", "P", "PA", "RGBA", "LA"}:
            grey = picture.mode in {"1", "LA"}
            picture = picture.convert("L" if grey else "RGB")
        if picture.mode == "RGB":
            red, green, blue = picture.split()
            if all(_same(red, other) for other in (green, blue)):
                picture = red
        if picture.mode == "L":
            whiteness = [round(255 * self._white(v / 255, v / 255, v / 255)) for v in range(256)]
            return _stored(picture.point(whiteness), lossy=lossy)
        if self.kind == "grey":
            return _stored(self._grey(picture), lossy=lossy)
        if picture.mode == "RGB":
            found = ImageCms.applyTransform(picture, self._to_inks)
            assert found is not None
            picture = found
        if picture.mode != "CMYK":
            raise ValueError(f"a picture of the mode {picture.mode} cannot be printed")
        most = int(self.limit * 255)
        for margin in MARGINS if lossy else ():
            made = _stored(_reduced(picture, most - margin), lossy=True)
            if heaviest(Image.open(io.BytesIO(made.content))) <= most:
                return made
        return _stored(_reduced(picture, most), lossy=False)

    def _white(self, red: float, green: float, blue: float) -> float:
        return 1 - self.black(_look(red, green, blue)[0])

    def _grey(self, picture: Image.Image) -> Image.Image:
        if picture.mode == "CMYK":
            light = self._lightness(picture)
        else:
            found = ImageCms.applyTransform(picture.convert("RGB"), self._to_lab)
            assert found is not None
            light = found.getchannel("L")
        return light.point([round(255 * (1 - self.black(level / 2.55))) for level in range(256)])


class Mask:
    """The greys of a mask, which say how much shows and are no ink: they stay as they are."""

    space = "/DeviceGray"

    def paint(self, red: float, green: float, blue: float) -> Paint:
        """Return the luminosity of a colour (ISO 32000-1, 11.5.3)."""
        return (round(min(max(0.3 * red + 0.59 * green + 0.11 * blue, 0.0), 1.0), 3),)

    def full(self, paint: Paint) -> Paint:
        """Return it as it is: a mask is no ink."""
        return paint

    def limited(self, cyan: float, magenta: float, yellow: float, black: float) -> Paint:
        """Return the luminosity of inks (ISO 32000-1, 10.3.5)."""
        return self.paint(*(1 - min(1.0, value + black) for value in (cyan, magenta, yellow)))

    def picture(self, picture: Image.Image, *, lossy: bool) -> Plates:
        """Return the luminosity of a picture."""
        return _stored(picture.convert("L"), lossy=lossy)


def heaviest(picture: Image.Image) -> int:
    """Return the largest sum of inks of a pixel of a CMYK picture, each from 0 to 255."""
    most = 0
    for strip in _strips(picture):
        c, m, y, k = strip.split()
        total = ImageMath.lambda_eval(
            lambda a: a["c"] + a["m"] + a["y"] + a["k"], c=c, m=m, y=y, k=k
        )
        most = max(most, int(total.getextrema()[1]))
    return most


def _reduced(picture: Image.Image, most: int) -> Image.Image:
    """Return a CMYK picture whose pixels have `most` ink, the coloured inks reduced alike."""
    if heaviest(picture) <= most:
        return picture
    made, top = Image.new("CMYK", picture.size), 0

    def part(a: dict[str, Any]) -> Any:
        reduced = a["x"] * (most - a["k"]) / a["max"](a["c"] + a["m"] + a["y"], 1)
        return a["convert"](a["min"](a["x"], reduced), "L")

    for strip in _strips(picture):
        c, m, y, k = strip.split()
        bands = [ImageMath.lambda_eval(part, x=x, c=c, m=m, y=y, k=k) for x in (c, m, y)]
        made.paste(Image.merge("CMYK", (*bands, k)), (0, top))
        top += strip.height
    return made


def _strips(picture: Image.Image) -> Any:
    for top in range(0, picture.height, STRIP):
        yield picture.crop((0, top, picture.width, min(top + STRIP, picture.height)))


def _stored(picture: Image.Image, *, lossy: bool) -> Plates:
    space = "/DeviceCMYK" if picture.mode == "CMYK" else "/DeviceGray"
    if not lossy:
        return Plates(space, "/FlateDecode", zlib.compress(picture.tobytes(), 9))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
    return Plates(space, "/DCTDecode", file.getvalue(), inverted=picture.mode == "CMYK")


def _same(one: Image.Image, other: Image.Image) -> bool:
    return ImageChops.difference(one, other).getextrema() == (0, 0)


def _look(red: float, green: float, blue: float) -> tuple[float, float]:
    """Return the lightness and the chroma (CIE L* and C*ab) of a colour of sRGB."""
    r, g, b = (
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (red, green, blue)
    )
    x, y, z = (
        value ** (1 / 3) if value > 216 / 24389 else value * 841 / 108 + 4 / 29
        for value in (
            (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
            0.2126 * r + 0.7152 * g + 0.0722 * b,
            (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
        )
    )
    return 116 * y - 16, math.hypot(500 * (x - y), 200 * (y - z))


def screen(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    """Return a colour of CIE Lab, relative to white, in sRGB; what it cannot hold is clipped."""
    middle = (lightness + 16) / 116
    x, y, z = (
        white * (value**3 if value > 6 / 29 else (value - 4 / 29) * 108 / 841)
        for value, white in ((middle + a / 500, 0.9505), (middle, 1), (middle - b / 200, 1.089))
    )
    linear = (
        3.2406 * x - 1.5372 * y - 0.4986 * z,
        -0.9689 * x + 1.8758 * y + 0.0415 * z,
        0.0557 * x - 0.2040 * y + 1.0570 * z,
    )
    red, green, blue = (
        12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055
        for v in (min(max(value, 0.0), 1.0) for value in linear)
    )
    return red, green, blue
