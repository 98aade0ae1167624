"""What comes in from strangers, as targets of a fuzzer: bytes to a result, or to problems told.

Each target takes the content of one file, and promises the same: a result or a ReportgenError,
never another exception, and never more than SECONDS. `test_fuzz` runs each for a moment with edits
of good files; `make fuzz` runs one for long.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from conftest import BOOK, CITY, REPORT, ROOT, Small
from reportgen import freshness, markup, parsed, pictures, records, seals, typefaces
from reportgen.errors import ReportgenError
from reportgen.markup import linter
from reportgen.model import About, Section
from reportgen.output import Made
from reportgen.store import Store, Where
from reportgen.workspace import Workspace

SECONDS = 2.0
"""For 100 kB; all seeds are smaller."""
TOKENS = [
    b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\t", b"\r", b"\x1b[31m", b"\x85", b"\xe2\x80\xa8",
    b"\xe2\x80\xae", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"'", b'"', b"\\", b"\\u0000",
    b"\\ud800",
    b"&a ", b"*a ", b"<<: *a\n", b"!!python/object/apply:os.system [id]", b"!!binary aGk=", b"!x ",
    b"---\n", b"...\n", b"%YAML 9.9\n", b"? ", b": ", b" #", b"- ", b"| \n", b">-\n", b"{", b"}",
    b"[" * 200, b"{a: " * 200, b"1e400", b".inf", b".nan", b"-0", b"0x1F", b"010", b"12:30:45",
    b"2022-02-30", b"9" * 400, b"no", b"~", b"null", b"x" * 5000, b"{{", b"}}", b"{%", b"%}",
    b"{{ city.__class__ }}", b"{% for x in range(9999999) %}", b"{% include 'fuzz.html' %}",
    b"<script>", b"<style>", b"url(http://127.0.0.1/)", b"/*", b"*/", b"@import 'x';",
    b"<!DOCTYPE a [",
    b"<!ENTITY a 'b'>", b"&a;", b"../../../etc/passwd", b"/etc/passwd", b"\n\n", b"= ",
    b"[[face]]\n",
    b"sha256 = ''\n", b'"products": ', b'"path": "../x"', b"null", b"1" * 20, b"-1",
]  # fmt: skip


@cache
def ground() -> Small:
    """Return a workspace with templates and fonts of its own, which targets write to."""
    small = Small(Path(tempfile.mkdtemp(prefix="fuzz-")) / "work")
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


def record(content: bytes) -> None:
    """Read a city."""
    place = _placed("report/cities/beta.yaml", content)
    try:
        known = records.read(place)
        for problem in known.problems:
            assert str(problem)
            assert problem.place.file
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
    """Look through a picture, and make it plain."""
    if not pictures.fault("report/images/a.png", content):
        with suppress(ValueError):  # what the press tells as a fault of the picture
            pictures.plain(content)


def template(content: bytes) -> None:
    """Look through a template, and compose a page with it."""
    place = _placed("templates/fuzz.html", content)
    made = composer()
    assert made.environment.cache is not None
    made.environment.cache.clear()
    source = place.text("templates/fuzz.html")
    for problem in linter._lint_html(place, "templates/fuzz.html", source, made.environment):
        assert str(problem)
    made.workspace._texts.clear()
    city = made.records.cities[0].said("en")
    about = About("screen/en/alpha", "en", "a", "b", "c", "2022-01-01T00:00:00Z")
    made.markup("fuzz.html", about, (), (), city=city, cited=[], accent="#123456")


def style(content: bytes) -> None:
    """Look through a style sheet."""
    place = _placed("templates/fuzz.css", content)
    text = place.text("templates/fuzz.css")
    for problem in linter._lint_css(place, "templates/fuzz.css", text, _faces(), frozenset()):
        assert str(problem)


@cache
def _faces() -> typefaces.Typefaces:
    return typefaces.load(Workspace(ROOT))


def entry(content: bytes) -> None:
    """Look for an entry of a store that somebody changed."""
    key = "ab" + "0" * 62
    store = Store(Where(ground().root.parent / "store"))
    folder = store.root / "ab"
    folder.mkdir(exist_ok=True)
    (folder / key).write_bytes(content)
    assert store.get(key, lambda _: "") is None
    assert store.gist(key, lambda _: "") is None
    assert store.quire(key, lambda _: "") is None


def kept(content: bytes) -> None:
    """Read what was kept of records."""
    found = parsed.Parsed(io.BytesIO(content), Path("records"), seals.key())
    found.get("0" * 64)


def products(content: bytes) -> None:
    """Read what a folder says of its products."""
    place = Workspace(ground().root)
    folder = ground().root / "build"
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_bytes(content)
    made = Made(folder)
    try:
        freshness.status(place, made)
    finally:
        made.close()


TARGETS: dict[str, Callable[[bytes], None]] = {
    f.__name__: f
    for f in (
        record, report, words, faces, picture, template, style, entry, kept, products,
    )
}  # fmt: skip


def _saved(kind: str, **options: Any) -> bytes:
    held = io.BytesIO()
    Image.effect_noise((24, 16), 90).convert("RGB").save(held, kind, **options)
    return held.getvalue()


DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text x="1" y="5">a</text>'
    b'<path d="M0 0L9 9" style="fill:#123"/><use href="#a"/></svg>'
)
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
        "bytes": 9, "sha256": "0" * 64, "standard": "pdf/ua-1", "key": "0", "reads": [],
        "inputs": {"report/report.yaml": "0"}, "attachments": [],
    }  # fmt: skip
    return {
        "record": [CITY.format(id="beta", display="B", ko="나", en="B").encode(), full],
        "report": [REPORT.encode(), (ROOT / "report" / "report.yaml").read_bytes()],
        "words": [(ROOT / "templates" / "words.yaml").read_bytes()],
        "faces": [_manifest()],
        "picture": [
            *(_saved(kind) for kind in ("PNG", "JPEG", "WEBP", "TIFF", "GIF")),
            DRAWING,
        ],
        "template": [profile[:2500], TEMPLATE],
        "style": [(ROOT / "templates" / "profile.css").read_bytes()[:3000]],
        "entry": [b"reportgen fragment 7 " + b"0" * 64 + b'\n{"texts": []}\n{}\n'],
        "kept": [b"0" * 64 + b" " + b"0" * 64 + b' {"id":"a","n":1E0}\n'],
        "products": [json.dumps({"reportgen": "1", "products": [product]}).encode()],
    }[target]  # fmt: skip


def tried(target: str, content: bytes) -> None:
    """Run a target, and see that its promise is kept."""
    started = time.process_time()
    with suppress(ReportgenError):
        TARGETS[target](content)
    taken = time.process_time() - started
    assert taken < SECONDS * max(1, len(content) / 100_000) + SLACK, f"{taken:.1f} s"


SLACK = 4.0
"""Seconds more that a template may take, until it is stopped."""
