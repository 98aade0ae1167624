"""The bytes of a product hang on its own record alone: random records beside it change nothing."""

from __future__ import annotations

import random
import unicodedata
from pathlib import Path

import pytest

from conftest import Run, Small
from pdf import text

WORDS = [
    "well-known", "e\u2011government", "12\u00a0km", "12 km", "\u2018smart\u2019", "\u02bbIolani",
    "Málaga", unicodedata.normalize("NFD", "Málaga Évora Ōsaka"), "naïve", "office", "ﬁeld",
    "\u674e \uf9e1", "\u91d1 \uf90a", "城\U000e0105 城", "µm \u03bcm", "Å \u212b", "Ω \u2126",
    "도시", unicodedata.normalize("NFD", "도시 계획"), "カナ ｶﾅ", "１２ 12", "…", "...", "½", "1/2",
    "Wi-Fi", "2021–2025", "a\u00adb", "AVATAR", "ŒUVRE œuvre", "☆★", "①②", "㎢ km²", "„Zitat“",
]  # fmt: skip
"""Words whose characters share glyphs, or are written in more than one way."""
STYLES = [
    "", ".about p { font-variant-caps: small-caps }", ".about p { text-transform: uppercase }",
    ".about p { display: list-item; list-style: korean-hangul-formal }",
    ".about p::before { content: open-quote counter(page, hiragana) }",
]  # fmt: skip
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 60">'
    '<text x="5" y="30">{}</text></svg>'
)


def words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(count))


def record(chance: random.Random, small: Small, identifier: str) -> str:
    """Write a random record, with a drawing of random words as often as not; return its text."""
    about = "".join(
        f'  {language}:\n    about: ["{words(chance, chance.randint(1, 40))}"]\n'
        f'    body: ["{words(chance, chance.randint(1, 80))}", "{words(chance, 5)}"]\n'
        for language in ("ko", "en")
    )
    said = (
        f"id: {identifier}\nname: {{display: {identifier.upper()}, ko: 도시, en: {identifier}}}\n"
        f"country: {{formal: THE REPUBLIC OF EXAMPLE, ko: 예시국, iso2: XX}}\ntexts:\n{about}"
    )
    if chance.random() < 0.5:
        drawing = DRAWING.format(words(chance, 4).replace("ﬁ", "fi"))
        (small.root / "report" / "images").mkdir(exist_ok=True)
        (small.root / "report" / "images" / f"{identifier}.svg").write_text(drawing, "utf-8")
        said += f"image: {{path: images/{identifier}.svg, alt: {{ko: 가, en: a}}, credit: b}}\n"
    small.city(identifier, said)
    return said


def made(small: Small, identifier: str) -> dict[str, bytes]:
    folder = small.root / "build" / "screen"
    return {x: (folder / x / f"{identifier}.pdf").read_bytes() for x in ("ko", "en")}


@pytest.mark.parametrize("seed", range(6))
def test_records_beside_it_leave_a_product_alone(tmp_path: Path, run: Run, seed: int) -> None:
    chance = random.Random(seed)
    together = Small(tmp_path / "together")
    style = chance.choice(STYLES)
    names = ["alpha", "beta", "gamma", "delta"]
    records = {name: record(chance, together, name) for name in names}
    small = [together]
    for name in names[:2]:
        alone = Small(tmp_path / name)
        for other in ("alpha", "beta"):
            (alone.root / "report" / "cities" / f"{other}.yaml").unlink()
        alone.city(name, records[name])
        drawing = together.root / "report" / "images" / f"{name}.svg"
        if drawing.exists():
            (alone.root / "report" / "images").mkdir()
            (alone.root / "report" / "images" / drawing.name).write_bytes(drawing.read_bytes())
        small.append(alone)
    for one in small:
        sheet = one.own("templates") / "profile.css"
        sheet.write_text(sheet.read_text("utf-8") + f"\n{style}\n", "utf-8")
        done = run("build", one.root)
        assert done.returncode == 0, done.stderr
    for name, alone in zip(names, small[1:], strict=False):
        assert made(together, name) == made(alone, name), (name, style)
    if not style:
        said = text(together.root / "build" / "screen" / "en" / "alpha.pdf").replace(" ", "")
        assert unicodedata.normalize("NFC", records["alpha"].split('"')[5]).split(" ")[0] in said
