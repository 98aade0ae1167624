"""Colours, gradients and pictures in inks: what a press prints of what a screen shows."""

from __future__ import annotations

import io
import multiprocessing
import re
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image, ImageCms

from conftest import ROOT, Run, Small, engine_faces
from reportgen.core.errors import TypesettingError
from reportgen.core.fragments import Fragment
from reportgen.plan.values import PROFILE, About, Markup
from reportgen.press.inks import LIMIT, Inks, Mask, heaviest, screen

CONTENT = (ROOT / PROFILE).read_bytes()
PAPER = ["#1d232b", "#4a545f", "#66717d", "#9aa3ad", "#c3c9cf", "#e6e9ec", "#dfe3e7", "#000000"]
"""The text and the lines of the templates."""
ACCENTS = ["#05557D", "#AB622A", "#AA4242", "#5E1F45", "#5A450F", "#3E3875", "#286841", "#017980"]

PAGE = """\
<html lang="en"><head><title>Inks</title></head><body><h1>Text that is black</h1>
<p style="color: #4a545f; border: 1mm solid #05557D">Grey text in a frame.</p>
<div style="background: lab(60% 40 -30)"></div><div style="background: hsl(20 80% 50%)"></div>
<div style="background: oklch(0.6 0.2 140); opacity: 0.5"></div>
<div style="background: device-cmyk(1 1 1 1)"></div>
<div style="background: linear-gradient(red, transparent 50%, #00f)"></div>
<div style="background: radial-gradient(#fff, #05557D)"></div>
<svg width="40" height="40"><defs><linearGradient id="g"><stop offset="0" stop-color="#f80"/>
<stop offset="1" stop-color="#08f" stop-opacity="0.2"/></linearGradient>
<mask id="m"><rect width="40" height="20" fill="#808080"/></mask></defs>
<rect width="40" height="40" fill="url(#g)" stroke="#286841" mask="url(#m)"/></svg>
<img src="workspace:/report/images/photo.jpg" alt="a photo"><img alt="grey"
src="workspace:/report/images/grey.png"><img src="workspace:/report/images/clear.png" alt="clear">
</body></html>"""
STYLE = (
    '@page { size: 100mm 200mm; margin: 5mm } body { font: 9pt "Noto Sans CJK KR"; '
    "color: #1d232b } div { height: 5mm } img { width: 20mm }"
)


def rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def seen(inks: tuple[float, ...]) -> tuple[float, float, float]:
    """Return how inks look, in CIE Lab, by the profile and without our own arithmetic."""
    profile = ImageCms.ImageCmsProfile(io.BytesIO(CONTENT))
    pixel = Image.new("CMYK", (1, 1), tuple(round(255 * v) for v in inks))
    lab = ImageCms.profileToProfile(
        pixel,
        profile,
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    assert lab is not None
    lightness, a, b = lab.tobytes()
    # Pillow keeps the two bytes of colour signed.
    return lightness / 2.55, a - 256 * (a > 127), b - 256 * (b > 127)


def noise(mode: str, size: tuple[int, int] = (64, 48)) -> Image.Image:
    return Image.merge(mode, [Image.effect_noise(size, 90 + 9 * n) for n in range(len(mode))])


@pytest.fixture(scope="module")
def inks() -> Inks:
    return Inks(CONTENT, "cmyk")


def test_the_folder_says_where_its_profiles_come_from() -> None:
    import hashlib

    origin = (ROOT / "templates/colour/ORIGIN.md").read_text(encoding="utf-8")
    files = sorted((ROOT / "templates/colour").glob("*.icc"))
    assert len(files) == 4
    for file in files:
        assert f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}" in origin


@pytest.mark.parametrize("colour", PAPER)
def test_text_and_greys_are_black_ink_alone(inks: Inks, colour: str) -> None:
    cyan, magenta, yellow, black = inks.paint(*rgb(colour))
    assert (cyan, magenta, yellow) == (0, 0, 0)
    assert 0 < black <= 1


def test_text_is_not_screened_and_paper_is_bare(inks: Inks) -> None:
    assert inks.paint(*rgb("#1d232b")) == (0, 0, 0, 1)
    assert inks.paint(1, 1, 1) == (0, 0, 0, 0)


def test_a_grey_looks_as_light_as_on_the_screen(inks: Inks) -> None:
    lightness, a, b = seen(inks.paint(*rgb("#777777")))
    assert lightness == pytest.approx(50.0, abs=1)  # CIE L* of #777777
    assert abs(a) < 3
    assert abs(b) < 3


@pytest.mark.parametrize("colour", [*ACCENTS, "#2b3a4a", "#fff3d6"])
def test_accents_keep_their_colour(inks: Inks, colour: str) -> None:
    found = inks.paint(*rgb(colour))
    assert sum(v > 0 for v in found[:3]) >= 2
    pixel = Image.new("RGB", (1, 1), colour)
    asked = ImageCms.profileToProfile(
        pixel, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert asked is not None
    lightness, a, b = asked.tobytes()
    one = (lightness / 2.55, a - 256 * (a > 127), b - 256 * (b > 127))
    # Black point compensation lifts dark colours by up to 10.
    assert sum((x - y) ** 2 for x, y in zip(one, seen(found), strict=True)) ** 0.5 < 14


def test_no_colour_of_the_screen_has_more_ink_than_the_limit(inks: Inks) -> None:
    steps = [n / 8 for n in range(9)]
    tight = Inks(CONTENT, "cmyk", 2.4)
    for r in steps:
        for g in steps:
            for b in steps:
                assert sum(inks.paint(r, g, b)) <= LIMIT
                assert sum(tight.paint(r, g, b)) <= 2.4


def test_too_much_ink_takes_of_the_coloured_alike(inks: Inks) -> None:
    assert inks.limited(1, 1, 1, 1) == (0.666, 0.666, 0.666, 1)
    assert inks.limited(0.9, 0.9, 0.45, 0.9) == (0.84, 0.84, 0.42, 0.9)
    assert inks.limited(0.5, 2, -1, 0) == (0.5, 1, 0, 0)


def test_grey_print_is_black_ink_by_lightness() -> None:
    grey = Inks(CONTENT, "grey")
    white, yellow, red, black = (
        grey.paint(*rgb(c)) for c in ("#ffffff", "#ffff00", "#ff0000", "#000000")
    )
    assert [white[0], black[0]] == [1, 0]
    assert 1 > yellow[0] > red[0] > 0
    assert grey.limited(0, 0, 0, 1) == (0,)
    assert grey.limited(0, 0, 0, 0) == (1,)


@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
@pytest.mark.parametrize("lossy", [True, False])
def test_no_pixel_has_more_ink_than_the_limit(inks: Inks, mode: str, *, lossy: bool) -> None:
    made = inks.picture(noise(mode), lossy=lossy)
    assert made.space == "/DeviceCMYK"
    if lossy and made.filter == "/DCTDecode":
        picture: Image.Image = Image.open(io.BytesIO(made.content))
        assert made.inverted
    else:
        picture = Image.frombytes("CMYK", (64, 48), zlib.decompress(made.content))
    most = max(sum(picture.getpixel((x, y))) for x in range(64) for y in range(48))  # type: ignore[arg-type]
    assert most == heaviest(picture) <= 765


def test_a_grey_picture_is_black_ink_alone(inks: Inks) -> None:
    grey = noise("L").convert("RGB")
    made = inks.picture(grey, lossy=False)
    assert made.space == "/DeviceGray"
    assert made == inks.picture(grey.convert("L"), lossy=False)
    assert inks.picture(Image.new("1", (2, 2), 1), lossy=False).space == "/DeviceGray"
    assert (
        zlib.decompress(inks.picture(Image.new("L", (1, 1), 255), lossy=False).content) == b"\xff"
    )


def test_pictures_in_grey_print_have_one_ink() -> None:
    grey = Inks(CONTENT, "grey")
    for mode in ("RGB", "CMYK", "L"):
        assert grey.picture(noise(mode), lossy=True).space == "/DeviceGray"


def test_a_picture_of_floats_is_refused(inks: Inks) -> None:
    with pytest.raises(ValueError, match="mode F"):
        inks.picture(Image.new("F", (2, 2)), lossy=False)


def test_a_mask_keeps_its_light() -> None:
    assert Mask().paint(0.5, 0.5, 0.5) == (0.5,)
    assert Mask().limited(0, 0, 0, 0.25) == (0.75,)


def test_lab_comes_to_the_screen() -> None:
    assert screen(100, 0, 0) == pytest.approx((1, 1, 1), abs=0.001)
    assert screen(53.24, 80.09, 67.2) == pytest.approx((1, 0, 0), abs=0.01)


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        (b"no profile", "no ICC profile"),
        (CONTENT[:300], "damaged"),
        ((ROOT / "templates/colour/srgb.icc").read_bytes(), "mntr.* for RGB"),
    ],
)
def test_another_profile_is_refused(profile: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Inks(profile, "cmyk")


def setting(folder: Path, html: str, colour: Literal["rgb", "cmyk", "grey"]) -> Fragment:
    """Set a page, in a process of its own, as the engine's faces are those of the process."""
    from reportgen.press import Press

    fontconfig = engine_faces(set(html), folder)
    pictures: dict[str, bytes] = {PROFILE: CONTENT}
    clear = noise("RGB")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    for name, picture in (
        ("photo.jpg", noise("RGB")),
        ("grey.png", noise("L")),
        ("clear.png", clear),
    ):
        file = io.BytesIO()
        picture.save(file, "JPEG" if name.endswith("jpg") else "PNG")
        pictures[f"report/images/{name}"] = file.getvalue()
    press = Press(fontconfig, {"a.css": STYLE}, lambda name, _: pictures[name], {})
    about = About("print/en/a", "en", "Inks", "", "", "2022-01-01T00:00:00Z")
    return press.set(Markup(about, html, ("a.css",), (), colour))


def set_page(folder: Path, html: str, colour: Literal["rgb", "cmyk", "grey"]) -> Fragment:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(setting, folder, html, colour).result()


def said(fragment: Fragment) -> tuple[str, str]:
    """Return the objects and resources of a fragment, and what its drawings say."""
    objects = "\n".join([*fragment.heads, *(str(s.resources) for s in fragment.sheets)])
    drawn = [
        zlib.decompress(content).decode("latin-1")
        for number, content in fragment.streams.items()
        if "/Image" not in fragment.heads[number]
    ]
    return objects, re.sub(r"(?m)^/p\d+ (scn|SCN)$", "", "\n".join(drawn))  # less its patterns


LIGHT = re.compile(r"DeviceRGB|CalRGB|/Lab\b|ICCBased")


def test_a_page_for_the_screen_has_light(tmp_path: Path) -> None:
    objects, drawn = said(set_page(tmp_path, PAGE, "rgb"))
    assert "DeviceRGB" in objects
    assert re.search(r" (rg|RG)\b", drawn)


def test_a_page_in_four_inks_has_no_light(tmp_path: Path) -> None:
    fragment = set_page(tmp_path, PAGE, "cmyk")
    objects, drawn = said(fragment)
    assert not LIGHT.search(objects + drawn)
    assert not re.search(r"(?m) (rg|RG|scn|SCN|sc|SC)$", drawn)
    paints = re.findall(r"(?m)^([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) [kK]$", drawn)
    assert ("0", "0", "0", "1") in paints
    assert ("0.666", "0.666", "0.666", "1") in paints
    assert all(sum(map(float, paint)) <= LIMIT for paint in paints)
    ends = re.findall(r"/C[01] ?\[([^\]]*)\]", objects)
    lengths = {len(end.split()) for end in ends}
    assert lengths == {1, 4}  # the gradients, and the masks of those that fade
    assert objects.count("/Subtype/Image") or objects.count("/Subtype /Image")
    assert "/DCTDecode" in objects
    assert "/SMask" in objects
    assert fragment.reads[PROFILE]


def test_a_page_in_grey_has_one_ink(tmp_path: Path) -> None:
    objects, drawn = said(set_page(tmp_path, PAGE, "grey"))
    assert not LIGHT.search(objects + drawn)
    assert "DeviceCMYK" not in objects + drawn
    assert not re.search(r"(?m) (rg|RG|k|K|scn|SCN|sc|SC)$", drawn)
    assert re.search(r"(?m)^0 g$", drawn)


def test_a_page_in_inks_is_the_same_every_time(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = (set_page(tmp_path / name, PAGE, "cmyk") for name in "ab")
    assert one == other


def test_a_colour_that_cannot_be_printed_is_an_error(tmp_path: Path) -> None:
    page = PAGE.replace("lab(60% 40 -30)", "color(display-p3 1 0 0)")
    with pytest.raises(TypesettingError, match="display-p3"):
        set_page(tmp_path, page, "cmyk")


def test_another_profile_makes_the_printed_products_alone_stale(small: Small, run: Run) -> None:
    report = small.root / "report" / "report.yaml"
    report.write_text(
        report.read_text("utf-8")
        + "editions: {screen: {}, print: {standard: pdf/x-4, colour: cmyk}}\n",
        "utf-8",
    )
    profile = small.own("templates") / "colour" / "coated.icc"
    both = ("build", small.root, "--edition", "screen", "--edition", "print", "-v")
    assert run(*both).returncode == 0
    same = run(*both)
    assert "alpha" not in same.stdout + same.stderr
    # Another date in its head is another profile.
    profile.write_bytes(CONTENT[:35] + b"\x07" + CONTENT[36:])
    again = run(*both)
    assert again.returncode == 0
    assert "print/ko/alpha" in again.stdout + again.stderr
    assert "screen/ko/alpha" not in again.stdout + again.stderr


def test_a_profile_that_is_none_is_told_with_its_place(small: Small, run: Run) -> None:
    report = small.root / "report" / "report.yaml"
    report.write_text(
        report.read_text("utf-8") + "editions: {print: {standard: pdf/x-4, colour: cmyk}}\n",
        "utf-8",
    )
    (small.own("templates") / "colour" / "coated.icc").write_bytes(b"nothing")
    failed = run("build", small.root, "--edition", "print", "--city", "alpha", "--lang", "en")
    assert failed.returncode != 0
    assert PROFILE in failed.stderr
    assert "no ICC profile" in failed.stderr
