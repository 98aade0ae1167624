"""Pictures as cameras and programs write them."""

from __future__ import annotations

import base64
import io
import struct
import unicodedata
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from conftest import Run, Small
from reportgen.records import pictures


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
        ("<defs><filter id='f'/></defs><g filter='url(#f)'/>", "style filter"),
        ("<mask id='m'/><rect mask='url(#m)'/>", "style mask"),
        ("<text><textPath href='#p'>a</textPath></text>", "<textPath>"),
        ("<switch><g/></switch>", "<switch>"),
        ("<rect style='filter: blur(2px)'/>", "style filter"),
        ("<style>rect { mask:url(#m) }</style>", "style mask"),
        ("<image href='data:image/png;base64,AA=='/>", "data that is no PNG"),
        ("<image href='data:image/svg+xml;base64,AA=='/>", "data that is no PNG"),
        ("<image href='data:image/png;base64,iVBORw0KGgo='/>", "a picture that is"),
    ],
)
def test_a_drawing_that_would_not_come_out_is_told(inner: str, said: str) -> None:
    drawing = f"<svg xmlns='http://www.w3.org/2000/svg'>{inner}</svg>"
    assert said in pictures.fault("aa.svg", drawing.encode())


def test_a_drawing_of_shapes_is_no_fault() -> None:
    inner = "<style>rect { filter: none }</style><rect id='a' mask='none'/><use href='#a'/>"
    inner += "<defs><filter id='f'/><mask id='m'/></defs>"  # as Inkscape leaves behind
    drawing = f"<svg xmlns='http://www.w3.org/2000/svg'>{inner}</svg>"
    assert pictures.fault("aa.svg", drawing.encode()) == ""


# As the pages show them.

RED, GREEN = (220, 30, 40), (20, 160, 60)
IMAGE = "image: {path: '%s', alt: {ko: 사진, en: Photo}, credit: Lab}\n"


def halves(width: int = 1200, height: int = 800, mode: str = "RGB") -> Image.Image:
    """Return a picture that is red on the left and green on the right."""
    image = Image.new("RGB", (width, height), RED)
    ImageDraw.Draw(image).rectangle((width // 2, 0, width, height), fill=GREEN)
    return image.convert(mode) if mode != "RGB" else image


def shown(small: Small, run: Run, name: str, content: bytes, *more: str) -> Path:
    """Build the page of alpha with a picture; return the file."""
    folder = small.root / "report" / "images"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    record = small.text("alpha").split("image:")[0]
    path = unicodedata.normalize("NFC", f"images/{name}").replace("'", "''")
    small.city("alpha", record + IMAGE % path)
    done = run("build", small.root, "--city", "alpha", "--lang", "en", *more)
    assert done.returncode == 0, done.stderr
    edition = more[1] if more else "screen"
    return small.root / "build" / edition / "en" / "alpha.pdf"


def colours(path: Path) -> tuple[Any, Any]:
    """Return the colours left and right in the middle of the page's picture."""
    with pypdfium2.PdfDocument(path) as document:
        page = document[0]
        found = [o for o in page.get_objects() if o.type in {3, 5}]
        boxes = [o.get_bounds() for o in found]
        left, bottom, right, top = max(boxes, key=lambda b: (b[2] - b[0]) * (b[3] - b[1]))
        image = page.render(scale=1).to_pil().convert("RGB")
        y = page.get_height() - (top + bottom) / 2
        return tuple(
            image.getpixel((int(left + (right - left) * share), int(y))) for share in (0.25, 0.75)
        )


def like(found: Any, expected: tuple[int, int, int], by: int = 12) -> bool:
    return all(abs(a - b) <= by for a, b in zip(found, expected, strict=True))


NAMES = [
    "IMG_0001.JPG", "서울 전경.jpg", "Ville d'été (1).Jpeg", "100% new #1.jpg", "a+b&c;d.jpg",
    unicodedata.normalize("NFD", "café 서울.jpg"), "図版１.jpg", "_draft.jpg", "no.1.v2.jpg",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_has_whatever_name(small: Small, run: Run, name: str) -> None:
    left, right = colours(shown(small, run, name, _file(halves(), "JPEG")))
    assert like(left, RED)
    assert like(right, GREEN)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("images/a.gif", "no format of pictures that can be set"),
        ("images/a", "no format of pictures that can be set"),
        ("images/sub/a.png", "a picture lies in report/images/"),
        ("images/../a.png", "a picture lies in report/images/"),
        ("/tmp/a.png", "a picture lies in report/images/"),
        ("images/.hidden.png", "a picture lies in report/images/"),
    ],
)
def test_another_path_is_refused_in_words(small: Small, run: Run, path: str, said: str) -> None:
    small.city("alpha", small.text("alpha") + IMAGE % path)
    done = run("build", small.root)
    assert done.returncode == 4
    assert said in done.stderr
    assert "^images" not in done.stderr


def kinds() -> dict[str, bytes]:
    """Return pictures of every kind that shows red on the left and green on the right."""
    made: dict[str, bytes] = {}

    def add(name: str, image: Image.Image, kind: str, **more: Any) -> None:
        output = io.BytesIO()
        image.save(output, kind, **more)
        made[name] = output.getvalue()

    add("webp.webp", halves(), "WEBP", quality=90)
    add("lossless.webp", halves(mode="RGBA"), "WEBP", lossless=True)
    add("tiff.tif", halves(), "TIFF", compression="tiff_lzw")
    add("tiff.TIFF", halves(mode="P"), "TIFF")
    add("palette.png", halves(mode="P"), "PNG")
    add("palette-alpha.png", halves(mode="P"), "PNG", transparency=255)
    add("alpha.png", halves(mode="RGBA"), "PNG")
    add("cmyk.tif", halves(mode="CMYK"), "TIFF", icc_profile=COATED.read_bytes())
    turned = halves().transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    add("turned.jpg", turned, "JPEG", exif=exif.tobytes())
    png = base64.b64encode(_file(halves(60, 40), "PNG")).decode()
    made["within.svg"] = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'viewBox="0 0 60 40" width="600" height="400">'
        f'<image width="60" height="40" xlink:href="data:image/png;base64,{png}"/></svg>'
    ).encode()
    return made


KINDS = kinds()


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_picture_is_set(small: Small, run: Run, name: str) -> None:
    left, right = colours(shown(small, run, name, KINDS[name]))
    loose = 70 if name.startswith("cmyk") else 12
    assert like(left, RED, loose)
    assert like(right, GREEN, loose)
    assert run("verify", small.root / "build").returncode == 0


PRINT = "editions: {screen: {}, print: {standard: pdf/x-4, colour: cmyk, products: [cities]}}\n"


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_picture_is_printed(small: Small, run: Run, name: str) -> None:
    report = small.root / "report" / "report.yaml"
    report.write_text(report.read_text("utf-8") + PRINT, "utf-8")
    path = shown(small, run, name, KINDS[name], "--edition", "print")
    left, right = colours(path)
    assert like(left, RED, 80)
    assert like(right, GREEN, 80)
    with pikepdf.open(path) as document:
        spaces = {
            str(item.ColorSpace)
            for item in document.objects
            if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image"
        }
    assert not any("RGB" in space for space in spaces)
    assert run("verify", small.root / "build").returncode == 0


@pytest.mark.parametrize(("kind", "name"), [("WEBP", "a.webp"), ("TIFF", "a.tif")])
def test_several_pictures_in_one_file_are_told(kind: str, name: str) -> None:
    output = io.BytesIO()
    halves().save(output, kind, save_all=True, append_images=[halves(mode="L").convert("RGB")])
    assert "holds 2 pictures" in pictures.fault(name, output.getvalue())


# Of far more pixels than the page can use.


TYPED = '<!DOCTYPE a [<!ENTITY b "c">]><svg>&b;</svg>'
XML = '<?xml version="1.0" encoding="%s"?>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "us-ascii"])
def test_a_document_type_is_refused_in_every_encoding(encoding: str) -> None:
    fault = pictures.fault("a.svg", ((XML % encoding) + TYPED).encode(encoding))
    assert "declares a document type" in fault
    assert pictures.fault("a.svg", ((XML % encoding) + "<svg/>").encode(encoding)) == ""


@pytest.mark.parametrize("encoding", ["utf-7", "nothing", "idna", "hex", "big5"])
def test_an_encoding_that_is_not_read_is_told(encoding: str) -> None:
    fault = pictures.fault("a.svg", (XML % encoding).encode() + b"<svg/>")
    assert fault.startswith("is no SVG drawing: ")


ENTRY = struct.Struct("<HHII")
"""Of a directory of TIFF: tag, type, count, value (TIFF 6.0, section 2)."""
WIDTH, HEIGHT, COMPRESSION, LONG = 256, 257, 259, 4


def followed(*entries: tuple[int, int]) -> bytes:
    """Return a good TIFF with a second directory of tags and values, which may be bad."""
    content = bytearray(_file(Image.new("RGB", (24, 16), "red"), "TIFF"))
    content += bytes(len(content) % 2)
    (first,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, first)
    struct.pack_into("<I", content, first + 2 + ENTRY.size * count, len(content))
    packed = b"".join(ENTRY.pack(tag, LONG, 1, value) for tag, value in entries)
    return bytes(content) + struct.pack("<H", len(entries)) + packed + bytes(4)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([(COMPRESSION, 1)], "is damaged: "),
        ([(WIDTH, 24), (HEIGHT, 16), (COMPRESSION, 77)], "written in a way that is not read"),
    ],
)
def test_a_bad_picture_behind_a_good_one_is_told(entries: list[tuple[int, int]], said: str) -> None:
    assert said in pictures.fault("report/images/aa.tif", followed(*entries))


@pytest.mark.parametrize(("kind", "suffix"), [("PNG", "png"), ("WEBP", "webp")])
def test_damaged_notes_of_a_camera_are_told(kind: str, suffix: str) -> None:
    output = io.BytesIO()
    Image.new("RGB", (24, 16), "red").save(output, kind, exif=b"Exif\0\0MM\0%YAML")
    fault = pictures.fault(f"report/images/aa.{suffix}", output.getvalue())
    assert fault == "has damaged EXIF data; save it without them"


def test_damaged_notes_that_the_engine_passes_over_are_no_fault() -> None:
    output = io.BytesIO()
    Image.new("RGB", (24, 16), "red").save(output, "JPEG", exif=b"Exif\0\0MM\0%YAML")
    assert pictures.fault("report/images/aa.jpg", output.getvalue()) == ""


def test_a_picture_with_a_tag_too_many_is_made_plain_without_a_warning() -> None:
    """Pillow warns of a tag that does not fit; `pytest` makes an error of a warning."""
    content = bytearray(_file(Image.new("RGB", (24, 16), "red"), "TIFF"))
    (first,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, first)
    last = first + 2 + ENTRY.size * (count - 1)
    tag, kind, _, value = ENTRY.unpack_from(content, last)
    ENTRY.pack_into(content, last, tag, kind, 1_000_000, value)
    assert pictures.plain(bytes(content))


def widths(path: Path) -> list[int]:
    with pikepdf.open(path) as document:
        return [
            int(item.Width)
            for item in document.objects
            if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image"
        ]


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png")])
def test_a_picture_is_reduced_to_what_its_place_can_show(
    small: Small, run: Run, kind: str, name: str
) -> None:
    large = halves(6000, 4000)
    path = shown(small, run, name, _file(large, kind))
    assert widths(path) == [round(118 / 25.4 * 450)]
    assert like(colours(path)[0], RED)
    report = small.root / "report" / "report.yaml"
    source = report.read_text("utf-8")
    report.write_text(source + "editions: {screen: {resolution: 150}}\n", "utf-8")
    assert widths(shown(small, run, name, _file(large, kind))) == [round(118 / 25.4 * 150)]
    report.write_text(source + "editions: {screen: {resolution: 2400}}\n", "utf-8")
    assert widths(shown(small, run, name, _file(large, kind))) == [6000]


def test_a_turned_picture_is_measured_as_it_stands(small: Small, run: Run) -> None:
    sheet = small.own("templates") / "profile.css"
    turned = ".picture img { transform: rotate(90deg) }"
    sheet.write_text(sheet.read_text("utf-8") + f"\n{turned}\n", "utf-8")
    path = shown(small, run, "a.jpg", _file(halves(6000, 4000), "JPEG"))
    assert widths(path) == [round(118 / 25.4 * 450)]


def test_the_focal_point_stays_in_view_where_a_picture_is_cropped(small: Small, run: Run) -> None:
    sheet = small.own("templates") / "profile.css"
    rule = ".picture img { object-fit: cover; object-position: var(--focal); height: 160mm }"
    sheet.write_text(sheet.read_text("utf-8") + f"\n{rule}\n", "utf-8")
    shown(small, run, "a.jpg", _file(halves(2400, 800), "JPEG"))
    small.city(
        "alpha", small.text("alpha").replace("credit: Lab", "credit: Lab, focal-point: [0, 50]")
    )
    assert run("build", small.root, "--city", "alpha", "--lang", "en").returncode == 0
    left, right = colours_within(small.root / "build" / "screen" / "en" / "alpha.pdf")
    assert like(left, RED)
    assert like(right, RED)


def colours_within(path: Path) -> tuple[Any, Any]:
    """Return the colours near the left and the right of the text's column."""
    with pypdfium2.PdfDocument(path) as document:
        image = document[0].render(scale=1).to_pil().convert("RGB")
    mm = 72 / 25.4
    return image.getpixel((int(80 * mm), int(150 * mm))), image.getpixel(
        (int(180 * mm), int(150 * mm))
    )
