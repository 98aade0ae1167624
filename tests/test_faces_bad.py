"""Faces that are missing, damaged or lack a character: told, and never made up for."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

import pdf
from conftest import CITY, REPORT, ROOT, Run, Small
from reportgen import typefaces
from reportgen.core.errors import FaceError, ReportgenError
from reportgen.records.workspace import Workspace
from reportgen.typefaces.programs import compacted

REGULAR = "NotoSansCJKkr-Regular.otf"
BOLD = "NotoSansCJKkr-Bold.otf"
POINT = "▶"


class Fonts:
    """A workspace's own `fonts`: hard links to the shipped faces, to be replaced by bad ones."""

    def __init__(self, small: Small) -> None:
        self.root = small.root
        self.folder = small.root / "fonts"
        self.folder.mkdir()
        for path in (ROOT / "fonts").iterdir():
            target = self.folder / path.name
            if path.suffix == ".otf":
                try:
                    os.link(path, target)
                except OSError:
                    # Another file system.
                    shutil.copy(path, target)
            else:
                shutil.copy(path, target)
        self.manifest = self.folder / "manifest.toml"

    def replace(self, file: str, content: bytes, *, pin: bool) -> None:
        """Put `content` in the place of a face; with `pin`, the manifest says so."""
        path = self.folder / file
        old = hashlib.sha256(path.read_bytes()).hexdigest()
        path.unlink()  # or the shipped face would be overwritten through the hard link
        path.write_bytes(content)
        if pin:
            self.edit(old, hashlib.sha256(content).hexdigest())

    def edit(self, old: str, new: str) -> None:
        """Change the manifest."""
        text = self.manifest.read_text(encoding="utf-8")
        assert old in text
        self.manifest.write_text(text.replace(old, new), encoding="utf-8")

    def without(self, file: str) -> None:
        """Take a face out of the manifest."""
        head, *faces = self.manifest.read_text(encoding="utf-8").split("[[face]]")
        kept = [face for face in faces if file not in face]
        assert len(kept) == len(faces) - 1
        self.manifest.write_text("[[face]]".join([head, *kept]), encoding="utf-8")

    def load(self) -> typefaces.Typefaces:
        """Load the faces as a build does."""
        return typefaces.load(Workspace(self.root))

    def refused(self) -> FaceError:
        """Return why the faces cannot be used."""
        with pytest.raises(FaceError) as caught:
            self.load()
        return caught.value

    def build(self, run: Run) -> subprocess.CompletedProcess[str]:
        """Build as a user does; nothing may come of it."""
        done = run("build", self.root, "--lang", "en", "--jobs", "1", "-q")
        assert not list((self.root / "build").rglob("*.pdf"))
        assert "Traceback" not in done.stderr
        return done


@pytest.fixture
def fonts(small: Small) -> Fonts:
    """A workspace with fonts of its own."""
    return Fonts(small)


@pytest.fixture(scope="module")
def shipped() -> bytes:
    """The bytes of the lightest face."""
    return (ROOT / "fonts" / "NotoSansCJKkr-Light.otf").read_bytes()


def true_type() -> bytes:
    """Make a small TrueType face."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "A"])
    builder.setupCharacterMap({65: "A"})
    glyph = TTGlyphPen(None).glyph()
    builder.setupGlyf({".notdef": glyph, "A": glyph})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "A": (500, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Noto Sans CJK KR", "styleName": "Regular"})
    builder.setupOS2(sCapHeight=700)
    builder.setupPost()
    return saved(builder.font)


def saved(font: TTFont, _path: Path = Path()) -> bytes:
    """Return a font's bytes."""

    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def permitted(content: bytes, bits: int) -> bytes:
    """Return the face with other bits of embedding permission, and nothing else changed."""
    tables = int.from_bytes(content[4:6], "big")
    for n in range(tables):
        entry = content[12 + 16 * n : 28 + 16 * n]
        if entry[:4] == b"OS/2":
            at = int.from_bytes(entry[8:12], "big") + 8
            return content[:at] + bits.to_bytes(2, "big") + content[at + 2 :]
    raise AssertionError("no table OS/2")


def test_the_shipped_faces_are_loaded_from_the_workspace(fonts: Fonts) -> None:
    faces = fonts.load()
    assert faces.folder == fonts.folder
    assert sorted(face.weight for face in faces.faces) == [300, 400, 700, 900]


# The files.

LIGHT = "NotoSansCJKkr-Light.otf"


def test_a_manifest_that_is_missing_is_named_and_nothing_falls_back(fonts: Fonts, run: Run) -> None:
    fonts.manifest.unlink()
    done = fonts.build(run)
    assert done.returncode == 3
    assert "fonts/manifest.toml" in done.stderr


MANIFESTS = {
    "nothing": "",
    "no TOML": "face = [\n",
    "no face": "licence = 'OFL-1.1'\n",
    "a list of no faces": "face = []\n",
    "a face that is a text": "face = ['a.otf']\n",
    "faces that are a number": "face = 3\n",
    "a face without a hash": "[[face]]\nfile = 'NotoSansCJKkr-Light.otf'\n",
    "a face without a file": "[[face]]\nfamily = 'F'\nweight = 400\n",
}


@pytest.mark.parametrize("text", MANIFESTS.values(), ids=MANIFESTS)
def test_a_manifest_that_says_nothing_of_use_is_refused(fonts: Fonts, text: str) -> None:
    fonts.manifest.write_text(text, encoding="utf-8")
    assert "fonts/manifest.toml" in str(fonts.refused())


MONSTERS = {
    "lists in lists": ("a = " + "[" * 3000, "nested too deeply"),
    "a long number": ("a = " + "9" * 5000, "a number of too many digits"),
    "a key of many parts": ("a." * 30_000 + "a = 1", "more than 20,000 characters"),
    "a number that cannot be written": ("[[face]]\nfile = 0x" + "f" * 9000, "found a huge number"),
}


@pytest.mark.parametrize(("text", "said"), MONSTERS.values(), ids=MONSTERS)
def test_a_manifest_that_is_a_monster_is_refused_at_once(
    fonts: Fonts, text: str, said: str
) -> None:
    fonts.manifest.write_text(text, encoding="utf-8")
    started = time.process_time()
    assert said in str(fonts.refused())
    assert time.process_time() - started < 1


@pytest.mark.parametrize("key", ["file", "family", "weight", "repertoire", "sha256"])
def test_a_face_that_lacks_a_key_is_refused_and_the_key_named(fonts: Fonts, key: str) -> None:
    text = fonts.manifest.read_text(encoding="utf-8")
    fonts.manifest.write_text(re.sub(rf"(?m)^{key} = .*\n", "", text, count=1), encoding="utf-8")
    assert key in str(fonts.refused())


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("weight = 700", "weight = 'bold'", "bold"),
        ("weight = 700", "weight = true", "found True"),
        ("weight = 700", "weight = 1001", "a weight from 1 to 1000, found 1001"),
        ('repertoire = "display"', 'repertoire = "some"', "some"),
        ('repertoire = "display"', "repertoire = [1]", "found a list"),
        (f'file = "{REGULAR}"', 'file = "../../../secret.otf"', "secret.otf"),
        (f'file = "{REGULAR}"', 'file = "/etc/passwd"', "/etc/passwd"),
    ],
    ids=[
        "a weight in words", "a weight that is true", "a weight that none has",
        "an unknown repertoire", "a list for a repertoire", "a way out", "a path of the system",
    ],
)  # fmt: skip
def test_a_manifest_with_a_wrong_value_is_refused(
    fonts: Fonts, run: Run, old: str, new: str, named: str
) -> None:
    secret = fonts.root.parent / "secret.otf"
    secret.write_bytes(b"OTTO")
    fonts.edit(old, new)
    done = fonts.build(run)
    assert done.returncode == 3, done.stderr[-1000:]
    assert named in done.stderr


Break = Callable[[Fonts, bytes], None]
BROKEN: dict[str, tuple[Break, str]] = {
    "missing": (lambda fonts, _: (fonts.folder / LIGHT).unlink(), "cannot be read"),
    "empty": (lambda fonts, _: fonts.replace(LIGHT, b"", pin=False), "has sha256"),
    "cut short": (lambda fonts, c: fonts.replace(LIGHT, c[:9000], pin=False), "has sha256"),
    "one bit flipped": (
        lambda fonts, c: fonts.replace(LIGHT, c[:-1] + bytes([c[-1] ^ 1]), pin=False),
        "has sha256",
    ),
    "empty and pinned": (lambda fonts, _: fonts.replace(LIGHT, b"", pin=True), "no font"),
    "garbage and pinned": (
        lambda fonts, _: fonts.replace(LIGHT, b"garbage" * 1000, pin=True), "no font",
    ),
    "garbage with a font's first bytes": (
        lambda fonts, _: fonts.replace(LIGHT, b"OTTO" + b"\xff" * 5000, pin=True), "no font",
    ),
    "a page of the web": (
        lambda fonts, _: fonts.replace(LIGHT, b"<!DOCTYPE html><p>404</p>", pin=True), "no font",
    ),
    "cut short in its tables and pinned": (
        lambda fonts, c: fonts.replace(LIGHT, c[:100], pin=True), "no font",
    ),
    "forbidden to embed": (
        lambda fonts, c: fonts.replace(LIGHT, permitted(c, 2), pin=True),
        "its maker forbids to embed it (fsType 0x0002)",
    ),
    "forbidden to subset": (
        lambda fonts, c: fonts.replace(LIGHT, permitted(c, 0x100), pin=True),
        "its maker forbids to embed it (fsType 0x0100)",
    ),
    "bitmaps only": (
        lambda fonts, c: fonts.replace(LIGHT, permitted(c, 0x200), pin=True), "forbids to embed",
    ),
    "TrueType": (
        lambda fonts, _: fonts.replace(LIGHT, true_type(), pin=True), "not a CID-keyed OpenType",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "message"), BROKEN.values(), ids=BROKEN)
def test_a_face_that_cannot_be_used_is_refused_by_name(
    fonts: Fonts, shipped: bytes, damage: Break, message: str
) -> None:
    damage(fonts, shipped)
    with pytest.raises(ReportgenError) as caught:
        fonts.load()
    assert caught.value.exit_code == 3
    assert f"fonts/{LIGHT}: " in str(caught.value)
    assert message in str(caught.value)


DAMAGE: dict[str, tuple[Break, str]] = {
    "missing": BROKEN["missing"],
    "one bit flipped": BROKEN["one bit flipped"],
    "garbage and pinned": BROKEN["garbage and pinned"],
    "cut short in its glyphs and pinned": (
        lambda fonts, c: fonts.replace(LIGHT, c[: len(c) // 2], pin=True),
        "no font",
    ),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_face_is_told_to_the_user_and_nothing_falls_back(
    fonts: Fonts, run: Run, shipped: bytes, damage: Break, message: str
) -> None:
    damage(fonts, shipped)
    done = fonts.build(run)
    assert done.returncode == 3, done.stderr[-1000:]
    assert f"fonts/{LIGHT}: " in done.stderr
    assert message in done.stderr
    assert len(done.stderr.splitlines()) <= 3


def test_a_face_that_may_be_embedded_in_editable_documents_is_accepted(
    fonts: Fonts, shipped: bytes
) -> None:
    fonts.replace(LIGHT, permitted(shipped, 8), pin=True)
    assert len(fonts.load().faces) == 4


def test_a_shipped_face_is_not_changed_by_these_tests() -> None:
    for line in (
        (ROOT / "fonts" / "manifest.toml").read_text(encoding="utf-8").split("[[face]]")[1:]
    ):
        file = re.search(r'file = "(.*)"', line)
        pinned = re.search(r'sha256 = "(.*)"', line)
        assert file
        assert pinned
        content = (ROOT / "fonts" / file[1]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == pinned[1]


@pytest.mark.parametrize(
    ("file", "weight"), [(BOLD, "bold"), (REGULAR, "regular")], ids=["bold", "regular"]
)
def test_a_family_without_a_text_weight_is_refused(
    fonts: Fonts, run: Run, file: str, weight: str
) -> None:
    fonts.without(file)
    done = fonts.build(run)
    assert done.returncode == 3
    assert f"the family Noto Sans CJK KR has no full {weight} face" in done.stderr
    assert "= add a face of weight" in done.stderr


def test_a_face_that_leaves_the_workspace_by_a_link_is_refused(fonts: Fonts, run: Run) -> None:
    outside = fonts.root.parent / LIGHT
    (fonts.folder / LIGHT).rename(outside)
    (fonts.folder / LIGHT).symlink_to(outside)
    done = fonts.build(run)
    assert done.returncode == 3
    assert f"fonts/{LIGHT}: error: a link that leaves the workspace" in done.stderr


# Characters that no face holds.

LACKING = {
    "a rare ideograph": ("𪚥", "U+2A6A5 CJK UNIFIED IDEOGRAPH-2A6A5"),
    "a private use character": ("\ue000", "U+E000 a character without a name"),
    "an emoji": ("😀", "U+1F600 GRINNING FACE"),
    "a joiner of emoji": ("\u200d", "U+200D ZERO WIDTH JOINER"),
    "a variation selector": ("\ufe0f", "U+FE0F VARIATION SELECTOR-16"),
    "an ideographic variation selector": ("\U000e0101", "U+E0101 VARIATION SELECTOR-18"),
    "an unassigned character": ("\u0378", "U+0378 a character without a name"),
    "a letter of another script": ("क", "U+0915 DEVANAGARI LETTER KA"),
    "a mark on a letter": ("\u0333", "U+0333 COMBINING DOUBLE LOW LINE"),
}


def pointed(text: str) -> tuple[str, str]:
    """Take the pointer out of `text`; return what is left and "line:column" of the pointer."""
    before, pointer, after = text.partition(POINT)
    assert pointer
    return before + after, f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def alpha() -> str:
    return CITY.format(id="alpha", display="ALPHA", ko="알파", en="Alpha")


def build(small: Small, run: Run, *options: str) -> subprocess.CompletedProcess[str]:
    return run("build", small.root, "--jobs", "1", "-q", *options)


def test_every_character_without_a_face_is_told_where_it_stands(small: Small, run: Run) -> None:
    lines = "".join(
        f"      - 가나 text {POINT}{character} after\n" for character, _ in LACKING.values()
    )
    record = alpha() + "    body:\n" + lines
    small.city("alpha", record.replace(POINT, ""))
    done = build(small, run, "--city", "alpha", "--lang", "en")
    assert done.returncode == 3
    for number, (character, name) in enumerate(LACKING.values()):
        place = f"report/cities/alpha.yaml:{12 + number}:17: error: {name}"
        assert place in done.stderr
        assert f"[texts.en.body[{number}]]" in done.stderr
        if character.isprintable():
            assert f"{name} '{character}' is in no face of fonts/" in done.stderr
    assert "= write it otherwise, or add a full face that has it" in done.stderr
    assert f"{len(LACKING)} problems" in done.stderr
    assert done.stderr.rstrip().endswith("not made: alpha")


SPOTS = {
    "in a paragraph": (
        alpha().replace("serves as", "serves ▶😀 as"), "texts.en.about[0]",
    ),
    "in the name": (alpha().replace("en: Alpha", "en: Al▶😀pha"), "name.en"),
    "in the displayed name": (alpha().replace("display: ALPHA", "display: ▶😀"), "name.display"),
    "in quotes": (
        alpha().replace("This city", '"Th▶😀is city').replace("a test.", 'a test."'),
        "texts.en.about[0]",
    ),
    "in a headline": (
        alpha() + "    headline: |-\n      One\n      Two ▶😀\n",
        "texts.en.headline",
    ),
    "in a folded block": (
        alpha() + "    body:\n      - >-\n        First line\n        second ▶😀 line\n",
        "texts.en.body[0]",
    ),
    "in a text over two lines": (
        alpha() + "    body:\n      - First line\n        second ▶😀 line\n", "texts.en.body[0]",
    ),
    "in a country": (alpha().replace("ko: 예시국", "ko: 예시▶😀국"), "country.ko"),
    "a joined emoji": (alpha().replace("a test", "a ▶👩\u200d🔬 test"), "texts.en.about[0]"),
    "in a fact": (
        alpha() + "facts:\n  - {label: {ko: 가, en: a}, value: ▶😀, year: 2022,"
        " source: a-source}\n",
        "facts[0].value",
    ),
    "where another text on its line has it in its key": (
        alpha().replace("en: Alpha}", "en: Alpha▶😀}  # 😀"), "name.en",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def spotted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a build says of cities that each have such a character in another spot."""
    small = Small(tmp_path_factory.mktemp("spots") / "work")
    for name in ("alpha", "beta"):
        (small.root / "report" / "cities" / f"{name}.yaml").unlink()
    for number, (text, _) in enumerate(SPOTS.values()):
        small.city(f"c{number}", pointed(text)[0].replace("id: alpha", f"id: c{number}"))
    done = subprocess.run(
        [sys.executable, "-m", "reportgen", "build", str(small.root), "--jobs", "1", "-q"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert not list((small.root / "build").rglob("*.pdf"))
    return done.stderr


@pytest.mark.parametrize("name", SPOTS)
def test_a_character_without_a_face_is_pointed_at(spotted: str, name: str) -> None:
    text, field = SPOTS[name]
    file = f"report/cities/c{list(SPOTS).index(name)}.yaml"
    first = next(line for line in spotted.splitlines() if line.startswith(f"{file}:"))
    assert first.startswith(f"{file}:{pointed(text)[1]}: error: U+1F")
    assert f"[{field}]" in first


def test_the_same_character_in_two_texts_is_told_twice(small: Small, run: Run) -> None:
    small.city("alpha", alpha().replace("Alpha", "😀 Alpha").replace("is fict", "😀 is 😀 fict"))
    done = build(small, run, "--city", "alpha", "--lang", "en")
    assert done.returncode == 3
    assert "alpha.yaml:2:36: error: U+1F600" in done.stderr
    assert "alpha.yaml:10:19: error: U+1F600" in done.stderr


def test_a_city_with_such_a_character_does_not_stop_the_others(small: Small, run: Run) -> None:
    text, place = pointed(alpha().replace("a test", "a ▶😀 test"))
    small.city("alpha", text)
    done = build(small, run, "--lang", "en")
    assert done.returncode == 4
    assert f"report/cities/alpha.yaml:{place}: error: U+1F600 GRINNING FACE" in done.stderr
    assert done.stderr.rstrip().endswith("not made: alpha")
    assert [path.name for path in (small.root / "build").rglob("*.pdf")] == ["beta.pdf"]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (REPORT.replace("display: A REPORT", "display: A ▶😀 REPORT"), "title.display"),
        (REPORT.replace("partners: [Example", "partners: [Ex▶😀ample"), "partners[0]"),
        (REPORT.replace("ko: 어떤 출처", "ko: 어떤 ▶😀출처"), "sources[0].title.ko"),
    ],
    ids=["the title", "a partner", "a source"],
)
def test_a_report_with_such_a_character_makes_nothing(
    small: Small, run: Run, text: str, field: str
) -> None:
    text, place = pointed(text)
    (small.root / "report" / "report.yaml").write_text(text, encoding="utf-8")
    done = build(small, run)
    assert done.returncode == 3
    assert f"report/report.yaml:{place}: error: U+1F600 GRINNING FACE" in done.stderr
    assert f"[{field}]" in done.stderr
    assert not list((small.root / "build").rglob("*.pdf"))


def test_a_character_of_the_templates_without_a_face_is_told(small: Small, run: Run) -> None:
    words = small.own("templates") / "words.yaml"
    text = words.read_text(encoding="utf-8")
    changed = re.sub(r"(?m)^( +about: *['\"]?)", r"\1😀", text)
    assert changed != text
    words.write_text(changed, encoding="utf-8")
    done = build(small, run, "--lang", "en")
    assert done.returncode == 3, done.stderr
    assert "U+1F600" in done.stderr


def test_characters_that_the_faces_hold_are_accepted(small: Small, run: Run) -> None:
    small.city("alpha", alpha().replace("a test", "a 漢字 ‘test’ – ½ ★ Å 株式"))
    done = build(small, run, "--city", "alpha", "--lang", "en")
    assert (done.returncode, done.stderr) == (0, "")
    assert (small.root / "build" / "screen" / "en" / "alpha.pdf").is_file()


# The manifest is held against the files.


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'family = "Noto Sans CJK KR"',
            'family = "Source Han Sans"',
            "the family Noto Sans CJK KR",
        ),
        ("weight = 300", "weight = 200", "the weight 300"),
    ],
)
def test_a_face_that_is_not_what_the_manifest_says_is_refused(
    fonts: Fonts, run: Run, old: str, new: str, said: str
) -> None:
    fonts.edit(old, new)
    assert said in str(fonts.refused())
    assert "manifest.toml says" in str(fonts.refused())
    for command, code in (("build", 3), ("check", 3), ("doctor", 3)):
        done = run(command, fonts.root)
        assert done.returncode == code
        assert said in done.stdout + done.stderr


def test_an_italic_face_is_refused(fonts: Fonts) -> None:
    with TTFont(fonts.folder / REGULAR) as font:
        font["OS/2"].fsSelection |= 1
        content = io.BytesIO()
        font.save(content)
    fonts.replace(REGULAR, content.getvalue(), pin=True)
    assert "italic" in str(fonts.refused())


def test_two_files_of_one_weight_are_refused(fonts: Fonts) -> None:
    text = fonts.manifest.read_text("utf-8")
    face = "[[face]]" + text.split("[[face]]")[1]
    content = (fonts.folder / REGULAR).read_bytes()
    (fonts.folder / "Copy.otf").write_bytes(content)
    fonts.manifest.write_text(text + "\n" + face.replace(REGULAR, "Copy.otf"), "utf-8")
    assert f"{REGULAR} and Copy.otf are both Noto Sans CJK KR 400" in str(fonts.refused())


# A face that is added.

ADDED = "Added Sans"
NEW = {0x141: ord("L"), 0x142: ord("l"), 0x179: ord("Z"), 0x17A: ord("z")}


def add_family(fonts: Fonts) -> None:
    """Add a second family with letters of Polish that the first lacks, as the remedy says."""
    entries = []
    for file, weight in ((REGULAR, 400), (BOLD, 700)):
        kept = compacted(fonts.folder / file, "".join(map(chr, range(32, 127))))
        with TTFont(io.BytesIO(kept)) as font:
            for table in font["cmap"].tables:
                if table.isUnicode():
                    table.cmap |= {code: table.cmap[like] for code, like in NEW.items()}
            for record in font["name"].names:
                if record.nameID in {1, 16}:
                    record.string = ADDED
                elif record.nameID in {4, 6}:
                    record.string = f"AddedSans-{weight}"
            content = io.BytesIO()
            font.save(content)
        name = f"Added-{weight}.otf"
        (fonts.folder / name).write_bytes(content.getvalue())
        digest = hashlib.sha256(content.getvalue()).hexdigest()
        entries.append(
            f'\n[[face]]\nfile = "{name}"\nfamily = "{ADDED}"\nweight = {weight}\n'
            f'repertoire = "full"\nsha256 = "{digest}"\n'
        )
    fonts.manifest.write_text(fonts.manifest.read_text("utf-8") + "".join(entries), "utf-8")


def test_a_full_face_that_is_added_gives_its_letters(fonts: Fonts, small: Small, run: Run) -> None:
    words = "Łódź and Zakopane serve as a test, boldly."
    small.city("alpha", small.text("alpha").replace("This city is fictional", words))
    done = run("build", small.root, "--city", "alpha")
    assert done.returncode == 3
    assert "add a full face that has it" in done.stderr
    add_family(fonts)
    done = run("build", small.root, "--city", "alpha", "--lang", "en")
    assert done.returncode == 0, done.stderr
    page = small.root / "build" / "screen" / "en" / "alpha.pdf"
    assert words in pdf.text(page)
    assert any("Added" in font.name for font in pdf.fonts(page))
    assert run("verify", small.root / "build").returncode == 0


# Variants of ideographs (UTS 37).


def codes(path: Path, said: str) -> set[str]:
    """Return the glyphs that stand for a text in a file's fonts."""
    meaning = said.encode("utf-16-be").hex()
    pattern = re.compile(rf"<(\w{{4}})> <{meaning}>", re.IGNORECASE)
    found = (pattern.findall(font.to_unicode.decode("latin-1")) for font in pdf.fonts(path))
    return {code for codes_ in found for code in codes_}


def test_a_variant_that_a_face_has_is_set_and_another_refused(small: Small, run: Run) -> None:
    before = small.text("beta")
    small.city("alpha", small.text("alpha").replace("ko: 알파", "ko: 城\U000e0105알파"))
    small.city("beta", before.replace("ko: 베타", "ko: 城베타"))
    done = run("build", small.root, "--lang", "ko")
    assert done.returncode == 0, done.stderr
    folder = small.root / "build" / "screen" / "ko"
    assert "城\U000e0105알파" in pdf.text(folder / "alpha.pdf")
    shown = [codes(folder / "alpha.pdf", "城\U000e0105"), codes(folder / "beta.pdf", "城")]
    assert all(shown)
    assert shown[0].isdisjoint(shown[1])
    small.city("beta", before.replace("ko: 베타", "ko: 葛\U000e0100베타"))
    done = run("build", small.root, "--lang", "ko")
    assert done.returncode == 4
    assert "U+845B '葛' and U+E0100" in done.stderr
    assert "no face of fonts/ has this variant" in done.stderr


@pytest.mark.parametrize(
    "file",
    ["/etc/passwd", "../secret.otf", "a/../../x.otf", "fonts.conf", ".hidden.otf", "a\\b.otf"],
)
def test_a_manifest_names_no_file_elsewhere(fonts: Fonts, run: Run, file: str) -> None:
    """Neither to read it, nor for a copy that takes the place of another file."""
    text = fonts.manifest.read_text("utf-8")
    name = re.search(r'(?m)^file = ".*"', text)
    assert name
    fonts.manifest.write_text(text.replace(name[0], f"file = {json.dumps(file)}", 1), "utf-8")
    done = run("build", fonts.root, "-q")
    assert done.returncode == 3, done.stderr
    assert "expected the name of a file of fonts/ that ends in .otf" in done.stderr
    assert repr(file) in done.stderr
