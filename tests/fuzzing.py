"""What comes in from strangers, as targets of a fuzzer: bytes to a result, or to problems told.

Each target takes the content of one file, and promises the same: a result or a ReportgenError whose
problems have places, never another exception, never more than SECONDS and MEGABYTES. `test_fuzz`
runs each for a moment with edits of good files and with noise; `make fuzz` runs one for long.
"""

from __future__ import annotations

import atexit
import base64
import io
import json
import os
import resource
import shutil
import tempfile
import time
from array import array
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from PIL import ExifTags, Image, ImageCms

from conftest import BOOK, CITY, REPORT, ROOT, Small
from reportgen import markup, typefaces
from reportgen.building import record_cache, seals, state, store, uptodate
from reportgen.building.output import Made
from reportgen.building.results import Product
from reportgen.building.state import Entry, Parts, Remembered, Shape, State
from reportgen.building.store import Store, Where
from reportgen.core.errors import Problem, ProblemsError, ReportgenError
from reportgen.core.fragments import Body, Fragment, Glyphs, Layer, Quire, Sheet, Slot
from reportgen.markup import linter, sandbox
from reportgen.plan.values import About, Section
from reportgen.records import pictures, records
from reportgen.records.workspace import Workspace

SECONDS = 2.0
"""For 100 kB; all seeds are smaller."""
MEGABYTES = 300
"""By which the process may grow with one input of 100 kB."""
SLACK = {"template": 2 * sandbox.SECONDS, "words": 3 * sandbox.SECONDS, "picture": 4}
"""Seconds more, where the content is a program that is stopped after some time, or is unpacked."""
UNPACKED = {"picture": 1_600}
"""Megabytes more, for a picture of just pictures.MOST_PIXELS; a few bytes of WebP are one."""
TOKENS = [
    b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\t", b"\r", b"\x1b[31m", b"\x85", b"\xe2\x80\xa8",
    b"\xe2\x80\xae", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"'", b'"', b"\\", b"\\u0000",
    b"\\ud800",
    b"&a ", b"*a ", b"<<: *a\n", b"!!python/object/apply:os.system [id]", b"!!binary aGk=", b"!x ",
    b"---\n", b"...\n", b"%YAML 9.9\n", b"? ", b": ", b" #", b"- ", b"| \n", b">-\n", b"{", b"}",
    b"[" * 200, b"{a: " * 200, b"1e400", b"1e99999999999999999999", b".inf", b".nan", b"-0",
    b"0x1F", b"010", b"12:30:45", b"9" * 5000, b"0x" + b"f" * 5000, b"a." * 500,
    b"2022-02-30", b"9" * 400, b"no", b"~", b"null", b"x" * 5000, b"{{", b"}}", b"{%", b"%}",
    b"{{ city.__class__ }}", b"{% for x in range(9999999) %}", b"{% include 'fuzz.html' %}",
    b"<script>", b"<style>", b"url(http://127.0.0.1/)", b"/*", b"*/", b"@import 'x';",
    b"<g>" * 300, b"<!DOCTYPE a [",
    b"<!ENTITY a 'b'>", b"&a;",
    b"workspace:/templates/", b"/\0/", b"/\\ud800/", b"../../../etc/passwd", b"/etc/passwd",
    b"\n\n", b"= ",
    b"[[face]]\n",
    b"sha256 = ''\n", b'"products": ', b'"path": "../x"', b"null", b"1" * 20, b"-1",
]  # fmt: skip


@cache
def ground() -> Small:
    """Return a workspace with templates and fonts of its own, which targets write to."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    small = Small(folder / "work")
    small.bind(BOOK)
    small.own("templates")
    (small.root / "report" / "images").mkdir()
    (small.root / "fonts").mkdir()
    for path in (ROOT / "fonts").iterdir():
        os.link(path, small.root / "fonts" / path.name)
    (small.root / "fonts" / "manifest.toml").unlink()
    (small.root / "fonts" / "manifest.toml").write_bytes(_manifest())
    os.environ.setdefault("XDG_STATE_HOME", str(small.root.parent / "state"))
    return small


def _manifest() -> bytes:
    return (ROOT / "fonts" / "manifest.toml").read_bytes()


@cache
def composer() -> markup.Composer:
    """Return what composes; its templates are compiled once."""
    place = Workspace(ground().root)
    return markup.Composer(place, records.read(place))


def _placed(name: str, content: bytes) -> Workspace:
    path = ground().root / name
    path.write_bytes(content)
    return Workspace(ground().root)


def _placed_well(*problems: Problem) -> None:
    """See that each problem can be drawn, and names a file and, if it has one, a real line."""
    for problem in problems:
        place = problem.place
        assert str(problem)
        assert problem.message
        assert place.file
        assert place.line >= 0
        assert (place.column >= 1) is (place.line >= 1)


def record(content: bytes) -> None:
    """Read a city."""
    place = _placed("report/cities/beta.yaml", content)
    try:
        known = records.read(place)
        _placed_well(*known.problems)
    finally:
        ground().city("beta", CITY.format(id="beta", display="BETA", ko="베타", en="Beta"))


def report(content: bytes) -> None:
    """Read the report."""
    path = ground().root / "report" / "report.yaml"
    before = path.read_bytes()
    try:
        records.read(_placed("report/report.yaml", content))
    finally:
        path.write_bytes(before)


def words(content: bytes) -> None:
    """Compose pages with other words."""
    made = composer()
    before = made.words
    try:
        made.words = records.parse(
            _placed("templates/words.yaml", content), "templates/words.yaml"
        ).value
        for language in ("ko", "en"):
            made.compose(Section(made.records.cities[0], language, "screen"))
            made.furniture(language, "screen")
    finally:
        made.words = before


def faces(content: bytes) -> None:
    """Read the manifest of faces."""
    typefaces.load(_placed("fonts/manifest.toml", content))


def picture(content: bytes) -> None:
    """Look through a picture, whatever its name says it is, and make it plain."""
    for suffix in (*pictures.FORMATS, ".svg", ".gif"):
        if not pictures.fault(f"report/images/a{suffix}", content):
            assert pictures.plain(content)


def template(content: bytes) -> None:
    """Look through a template, and compose a page with it."""
    place = _placed("templates/fuzz.html", content)
    made = composer()
    assert made.environment.cache is not None
    made.environment.cache.clear()
    source = place.text("templates/fuzz.html")
    name = "templates/fuzz.html"
    _placed_well(*linter._lint_characters(name, source, _repertoire()))
    _placed_well(*linter._lint_html(place, name, source, made.environment))
    made.workspace._texts.clear()
    city = made.records.cities[0].said("en")
    about = About("screen/en/alpha", "en", "a", "b", "c", "2022-01-01T00:00:00Z")
    made.markup("fuzz.html", about, (), (), city=city, cited=[], accent="#123456")


def style(content: bytes) -> None:
    """Look through a style sheet."""
    place = _placed("templates/fuzz.css", content)
    name = "templates/fuzz.css"
    text = place.text(name)
    _placed_well(*linter._lint_characters(name, text, _repertoire()))
    _placed_well(*linter._lint_css(place, name, text, _faces(), frozenset()))


@cache
def _faces() -> typefaces.Typefaces:
    return typefaces.load(Workspace(ROOT))


@cache
def _repertoire() -> frozenset[str]:
    return _faces().repertoire


def entry(content: bytes) -> None:
    """Look for an entry of a store that somebody changed."""
    key = "ab" + "0" * 62
    held = Store(Where(ground().root.parent / "store"))
    name = held.name(key)
    (held.root / name[:2]).mkdir(exist_ok=True)
    (held.root / name[:2] / name).write_bytes(content)
    assert held.get(key, lambda _: "") is None
    assert held.gist(key, lambda _: "") is None
    assert held.quire(key, lambda _: "") is None


def kept(content: bytes) -> None:
    """Read what was kept of records."""
    found = record_cache.Parsed(io.BytesIO(content), Path("records"), seals.key())
    found.get("0" * 64)


def line(content: bytes) -> None:
    """Read a line of what was kept of records that has its right seal."""
    rest = b"0" * 64 + b" " + content.replace(b"\n", b" ")
    seal = seals.of(seals.key(), record_cache._KIND, rest).encode()
    found = record_cache.Parsed(io.BytesIO(b"%s %s\n" % (seal, rest)), Path("records"), seals.key())
    found.get("0" * 64)


def _sealed(kind: bytes, content: bytes) -> tuple[Store, str]:
    """Return a store with an entry that has its right seal, and its key."""
    key = "cd" + "0" * 62
    found = Store(Where(ground().root.parent / "store"))
    name = found.name(key)
    with found.replacing(name[:2], name) as file:
        store._write(file, kind, [content], found._seal(kind, key))
    return found, key


def fragment(content: bytes) -> None:
    """Look for a fragment that was damaged before it was sealed."""
    held, key = _sealed(store._FRAGMENT, content)
    held.get(key, lambda _: "")
    held.gist(key, lambda _: "")


def quire(content: bytes) -> None:
    """Look for a quire that was damaged before it was sealed."""
    held, key = _sealed(store._QUIRE, content)
    held.quire(key, lambda _: "")


def products(content: bytes) -> None:
    """Read what a folder says of its products."""
    place = Workspace(ground().root)
    folder = ground().root / "build"
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_bytes(content)
    made = Made(folder)
    try:
        uptodate.status(place, made, State())
    finally:
        made.close()


def known(content: bytes) -> None:
    """Read a state that was damaged before it was sealed."""
    folder = ground().root / "known"
    folder.mkdir(exist_ok=True)
    seal = seals.of(SECRET, state._KIND, content)
    (folder / state.NAME).write_bytes(f"{seal}\n".encode() + content)
    made = Made(folder)
    try:
        state.read(made, SECRET)
    finally:
        made.close()


TARGETS: dict[str, Callable[[bytes], None]] = {
    f.__name__: f
    for f in (
        record, report, words, faces, picture, template, style, entry, kept, line, fragment, quire,
        products, known,
    )
}  # fmt: skip


MANY = ("MPO", "PNG", "TIFF", "WEBP")
"""Formats of several pictures in a file."""


def saved(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    """Return a small picture in a format, with what Pillow may be told of it."""
    held, random = io.BytesIO(), Random(0)  # each run edits the same bytes
    noise = Image.frombytes("RGB", (24, 16), random.randbytes(24 * 16 * 3))
    noise.convert("I" if mode == "I;16" else mode).convert(mode).save(held, kind, **options)
    return held.getvalue()


def _others() -> list[Image.Image]:
    return [Image.new("RGB", (24, 16), colour) for colour in ("red", "blue")]


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.ImageDescription] = "a"
    return exif


def _profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text x="1" y="5">a</text>'
    b'<path d="M0 0L9 9" style="fill:#123"/><use href="#a"/></svg>'
)
_GLYPHS = Glyphs("Noto Sans CJK KR", 400, {34: "A", 35: "fi"})
FRAGMENT = Fragment(
    identity="screen/en/alpha",
    sheets=(Sheet(420.0, 595.0, False, "A page", 1, {"Font": "/F1 \0f\0"}, (2,), (0, 0)),),
    heads=("<</Type/StructElem>>", "<<>>", "<</Type/Annot/P \0p0\0>>"),
    streams={1: b"BT ET"},
    kids=(0,), annotated=(0,), ids=(("a", 0),),
    bookmarks=((1, "Alpha", 0, 500.0, False, 0),),
    anchors={"a": (0, 1.0, 2.0, 0)},
    fonts={"F1": _GLYPHS},
    layers={"head": Layer(2, 9.0, 9.0, {"F1": _GLYPHS}, (("https://a.b/", 0.0, 0.0, 1.0, 1.0),))},
    slots={"head": Slot(1.0, 2.0, 3.0, 4.0, "left")},
    meta={"opens": "recto"}, reads={},
)  # fmt: skip
QUIRE = Quire(
    sections=("screen/en/alpha",),
    body=Body(7, b"<<>> <<>>", b"\1\1", array("I", [0, 5]), array("H", [0, 0])),
    leaves=(8,), tops=(), kids=(7,), ids=(("alpha-a", 7),), keys=(0, 1, 8),
    landings={"alpha": (8, 500.0, 0)}, headings=((1, "Alpha", 8, 500.0, False, 0),),
    cited={"beta": "screen/en/alpha"}, forms=(1,), drawings=(2,),
    fonts={"F1": "a.otf"}, texts={"a.otf": {34: "A", 35: "fi"}}, reads={},
)  # fmt: skip
SECRET = b"a key of tests " * 2
PRODUCT = Product("screen/en/a", "screen/en/a.pdf", "A", 1, 9, "0" * 64, "", (("a.json", "0"),))
STATE = State(
    {
        "screen/en/a.pdf": Entry(
            PRODUCT, "0", {"report/report.yaml": "0", "report/images/a.png": "1"},
            ("report/images/a.png",), "0",
            Remembered(Shape(1, "next", True, (("Term", 0),)), "0", "1"),
            Parts("0", "1", {"screen/en/report/cover": "0"}, ("templates/words.yaml",)),
        )
    },
    "0", {"report/cities/a.yaml": "0"}, ("screen",), ("screen", "print"),
)  # fmt: skip
TEMPLATE = (
    b"<p>{{ city.name.display | upper }}{% for a in cited %}{{ a }}{% endfor %}"
    b'<a href="{{ city.id | link }}" style="top: {{ 1 | css_number }}">a</a>'
)


@cache
def seeds(target: str) -> list[bytes]:
    """Return good files of a target, which are edited."""
    full = (ROOT / "report" / "cities" / "seoul.yaml").read_bytes()
    profile = (ROOT / "templates" / "profile.html").read_bytes()
    product = {
        "path": "screen/en/alpha.pdf", "identity": "screen/en/alpha", "title": "A", "pages": 1,
        "bytes": 9, "sha256": "0" * 64, "standard": "pdf/ua-1",
        "attachments": [{"name": "a.json", "sha256": "0" * 64}],
    }  # fmt: skip
    seoul = records.parse(Workspace(ROOT), "report/cities/seoul.yaml")
    return {
        "record": [CITY.format(id="beta", display="B", ko="나", en="B").encode(), full],
        "report": [REPORT.encode(), (ROOT / "report" / "report.yaml").read_bytes()],
        "words": [(ROOT / "templates" / "words.yaml").read_bytes()],
        "faces": [_manifest()],
        "picture": [
            *(saved(kind) for kind in ("PNG", "JPEG", "WEBP", "TIFF", "GIF")),
            *(saved(kind, exif=_turned()) for kind in ("PNG", "JPEG", "WEBP")),
            *(saved(kind, icc_profile=_profile()) for kind in ("PNG", "JPEG", "TIFF")),
            *(saved("TIFF", "L", compression=way) for way in ("tiff_lzw", "packbits", "jpeg")),
            *(saved("PNG", mode) for mode in ("P", "1", "RGBA", "I;16")),
            saved("JPEG", "CMYK"),
            *(saved(kind, save_all=True, append_images=_others()) for kind in MANY),
            DRAWING,
            DRAWING.replace(b"#a", b"data:image/png;base64," + base64.b64encode(saved("PNG"))),
        ],
        "template": [profile[:2500], TEMPLATE],
        "style": [(ROOT / "templates" / "profile.css").read_bytes()[:3000]],
        "entry": [b"reportgen fragment 8 " + b"0" * 64 + b'\n{"texts": []}\n{}\n'],
        "line": [
            b'{"id":"a","n":1.50,"e":1E0,"t":["a",{"b":[true,null]}]}',
            record_cache._told(seoul.value).encode(),
        ],
        "fragment": [b"".join(store._packed(FRAGMENT))],
        "quire": [b"".join(store._folded(QUIRE))],
        "kept": [b"0" * 64 + b" " + b"0" * 64 + b' {"id":"a","n":1E0}\n'],
        "products": [json.dumps({"reportgen": "1", "format": 1, "products": [product]}).encode()],
        "known": [b"".join(state._pieces(STATE))],
    }[target]  # fmt: skip


def tried(target: str, content: bytes) -> None:
    """Run a target, and see that its promise is kept."""
    size = max(1, len(content) / 100_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    told: ReportgenError | None = None
    try:
        TARGETS[target](content)
    except ReportgenError as error:
        told = error
    taken = time.process_time() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert taken < SECONDS * size + SLACK.get(target, 0), f"{taken:.1f} s"
    assert grown < MEGABYTES * size + UNPACKED.get(target, 0), f"{grown:.0f} MB"
    if isinstance(told, ProblemsError):
        assert told.problems
        _placed_well(*told.problems)
    assert told is None or str(told)
