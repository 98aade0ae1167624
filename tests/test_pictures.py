"""Pictures as cameras and programs write them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from reportgen import pictures


def test_a_jpeg_with_a_second_picture_behind_it_is_a_jpeg() -> None:
    file = io.BytesIO()
    first, second = Image.new("RGB", (64, 48), "red"), Image.new("RGB", (16, 12), "blue")
    first.save(file, "MPO", save_all=True, append_images=[second])
    assert Image.open(io.BytesIO(file.getvalue())).format == "MPO"
    assert pictures.fault("report/images/aa.jpg", file.getvalue()) == ""
    assert pictures.fault("report/images/aa.png", file.getvalue()) == (
        "is a JPEG file, but its name says .png"
    )


COATED = Path(__file__).parents[1] / "templates/colour/coated.icc"


def _file(image: Image.Image, kind: str, profile: bytes | None = None) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, icc_profile=profile)
    return file.getvalue()


def test_only_a_profile_that_moves_colours_converts() -> None:
    same = (COATED.parent / "srgb.icc").read_bytes()
    image = Image.new("RGB", (8, 8), (255, 0, 0))
    content = _file(image, "PNG", same)
    assert pictures.plain(content) is content
    # Red and green change places.
    assert same.count(b"rXYZ") == same.count(b"gXYZ") == 1
    swapped = same.replace(b"rXYZ", b"----").replace(b"gXYZ", b"rXYZ").replace(b"----", b"gXYZ")
    made = Image.open(io.BytesIO(pictures.plain(_file(image, "PNG", swapped))))
    assert "icc_profile" not in made.info
    red, green, blue = made.getpixel((4, 4))  # type: ignore[misc]
    assert red < 5
    assert green > 250
    assert blue < 5


def test_cmyk_becomes_srgb() -> None:
    content = _file(Image.new("CMYK", (32, 32), (0, 255, 255, 0)), "JPEG", COATED.read_bytes())
    assert pictures.fault("aa.jpg", content) == ""
    made = pictures.plain(content)
    assert made == pictures.plain(content)
    image = Image.open(io.BytesIO(made))
    assert (image.format, image.mode, image.info.get("icc_profile")) == ("JPEG", "RGB", None)
    red, green, blue = image.getpixel((16, 16))  # type: ignore[misc]
    assert red > 180
    assert max(green, blue) < 80


def test_cmyk_without_a_profile_is_told() -> None:
    content = _file(Image.new("CMYK", (8, 8)), "JPEG")
    assert pictures.fault("aa.jpg", content) == (
        "is in CMYK and does not say which inks; save it as RGB"
    )


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_plain_picture_keeps_its_bytes(mode: str, kind: str) -> None:
    content = _file(Image.new(mode, (8, 8)), kind)
    assert pictures.plain(content) is content


def test_grey_of_16_bits_becomes_8() -> None:
    content = _file(Image.new("I;16", (8, 8), 32896), "PNG")
    image = Image.open(io.BytesIO(pictures.plain(content)))
    assert (image.mode, image.getpixel((4, 4))) == ("L", 128)


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        ("<defs><filter id='f'/></defs>", "<filter>"),
        ("<mask id='m'/>", "<mask>"),
        ("<text><textPath href='#p'>a</textPath></text>", "<textPath>"),
        ("<switch><g/></switch>", "<switch>"),
        ("<rect style='filter: blur(2px)'/>", "style filter"),
        ("<style>rect { mask:url(#m) }</style>", "style mask"),
        ("<image href='data:image/png;base64,AA=='/>", "a picture within the drawing"),
    ],
)
def test_a_drawing_that_would_not_come_out_is_told(inner: str, said: str) -> None:
    drawing = f"<svg xmlns='http://www.w3.org/2000/svg'>{inner}</svg>"
    assert said in pictures.fault("aa.svg", drawing.encode())


def test_a_drawing_of_shapes_is_no_fault() -> None:
    inner = "<style>rect { filter: none }</style><rect id='a'/><use href='#a'/>"
    drawing = f"<svg xmlns='http://www.w3.org/2000/svg'>{inner}</svg>"
    assert pictures.fault("aa.svg", drawing.encode()) == ""
