"""Templates that would read, fetch or run what they must not: refused with their line."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import pytest

from conftest import CITY, REPORT, ROOT, Run, Small
from reportgen import markup, typefaces
from reportgen.core.errors import InputError, Place, Problem
from reportgen.markup import filters
from reportgen.plan.values import Section
from reportgen.records import records
from reportgen.records.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FACES = typefaces.load(Workspace(ROOT))
PAGE = "templates/profile.html"
SHEET = "templates/profile.css"
MARK = "<article>\n"
"""A line of the shipped page; hostile lines are put below it."""


class Hostile:
    """A workspace with templates of its own, to be changed."""

    def __init__(self, small: Small) -> None:
        self.root = small.root
        self.templates = small.own("templates")

    def add(self, line: str) -> int:
        """Put `line` below the start of the article; return its number."""
        page = self.templates / "profile.html"
        before, mark, after = page.read_text(encoding="utf-8").partition(MARK)
        assert mark
        page.write_text(f"{before}{mark}{line}\n{after}", encoding="utf-8")
        return before.count("\n") + 2

    def style(self, line: str) -> int:
        """Put `line` at the end of the style sheet; return its number."""
        sheet = self.templates / "profile.css"
        text = sheet.read_text(encoding="utf-8")
        assert text.endswith("\n")
        sheet.write_text(f"{text}{line}\n", encoding="utf-8")
        return text.count("\n") + 1

    def lint(self) -> list[Problem]:
        """Return what the linter says of the templates."""
        return markup.lint(Workspace(self.root), FACES)

    def compose(self) -> str:
        """Compose the page of alpha in English."""
        place = Workspace(self.root)
        known = records.read(place)
        return markup.Composer(place, known).compose(Section(known.cities[0], "en", "screen")).html

    def refused(self) -> Problem:
        """Return why the page cannot be composed."""
        with pytest.raises(InputError) as caught:
            self.compose()
        assert len(caught.value.problems) == 1
        return caught.value.problems[0]

    def build(self, run: Run) -> subprocess.CompletedProcess[str]:
        """Build the page of alpha in English as a user does."""
        return run("build", self.root, "--city", "alpha", "--lang", "en", "--jobs", "1", "-q")

    def products(self) -> list[Path]:
        """Return the PDFs that there are."""
        return list((self.root / "build").rglob("*.pdf"))


@pytest.fixture
def hostile(small: Small) -> Hostile:
    """A workspace whose templates may be changed."""
    return Hostile(small)


def test_the_shipped_templates_are_good_and_need_no_change(hostile: Hostile) -> None:
    assert hostile.lint() == []
    assert "<h1>ALPHA</h1>" in hostile.compose()


# A record's value in a style or an address.

UNTYPED = {
    "a style": '<p style="color: {{ city.name.display }}">a</p>',
    "a style in single quotes": "<p style='color: {{ city.name.display }}'>a</p>",
    "a style without quotes": "<p style=color:{{city.name.display}}>a</p>",
    "a style in capitals": '<P STYLE="color: {{ city.name.display }}">a</P>',
    "an address in a style": '<p style="background: url({{ city.name.display }})">a</p>',
    "a style after a typed value": (
        '<p style="color: {{ accent | css_colour }}; top: {{ city.name.display }}">a</p>'
    ),
    "a style sheet": "<style>p { color: {{ city.name.display }} }</style>",
    "an address in a style sheet": "<style>p { background: url({{ city.id }}) }</style>",
    "a style with another filter": '<p style="color: {{ city.id | upper }}">a</p>',
    "a style with an address's filter": '<p style="color: {{ city.id | link }}">a</p>',
    "a filter that is not the last": '<p style="color: {{ accent | css_colour | lower }}">a</p>',
    "a filter in a word": "<p style=\"color: {{ city['x | css_colour'] }}\">a</p>",
    "a choice that only one arm checks": (
        '<p style="color: {{ city.id if city.id else accent | css_colour }}">a</p>'
    ),
    "a sum that only one term checks": (
        '<p style="color: {{ city.id ~ accent | css_colour }}">a</p>'
    ),
    "a link": '<a href="{{ city.name.display }}">a</a>',
    "a link with a colour's filter": '<a href="{{ accent | css_colour }}">a</a>',
    "a link after a scheme": '<a href="https://{{ city.id }}">a</a>',
    "an image": '<img alt="" src="{{ city.name.display }}">',
    "a link in a drawing": '<svg><a xlink:href="{{ city.id }}"><text>a</text></a></svg>',
    "an image in a drawing": '<svg><image href="{{ city.id }}"/></svg>',
    "a fill in a drawing": '<svg><rect fill="{{ city.name.display }}"/></svg>',
    "a picture set": '<img alt="" srcset="{{ city.id }} 2x">',
    "a data address": '<object data="{{ city.id }}"></object>',
    "a handler": '<p onclick="{{ city.id }}">a</p>',
    "the name of an attribute": "<p {{ city.id }}>a</p>",
    "the name of an element": "<{{ city.id }}>a",
    "a block around a style": (
        '<p style="{% if true %}color: {{ city.name.display }}{% endif %}">a</p>'
    ),
    "a variable with markup": '{% set s %}<p style="top: {{ city.id }}">a</p>{% endset %}{{ s }}',
    "another way to print": '<p style="color: {%- print city.id -%}">a</p>',
    "autoescape switched off": "{% autoescape false %}{{ city.id }}{% endautoescape %}",
}


@pytest.mark.parametrize("line", UNTYPED.values(), ids=UNTYPED)
def test_a_value_without_a_typed_filter_is_refused_in_styles_and_addresses(
    hostile: Hostile, line: str
) -> None:
    number = hostile.add(line)
    found = hostile.lint()
    if not found:
        found = [hostile.refused()]
    assert {str(problem.place) for problem in found} == {f"{PAGE}:{number}:1"}
    assert all(problem.message for problem in found)
    assert all(problem.source == line for problem in found)


TYPED = [
    '<p style="color: {{ accent | css_colour }}; width: {{ 3.5 | css_number }}mm">a</p>',
    '<p style="--area: {{ (accent if true else base) | css_colour }}">a</p>',
    '<a href="{{ report.contact.email | mail }}">a</a>',
    '<p class="{{ city.id }}" id="{{ city.id }}" title="{{ city.name.display }}">a</p>',
    "<p>{{ city.name.display }} url({{ city.id }}) style={{ city.id }}</p>",
    "{# style={{ city.id }} #}",
]


@pytest.mark.parametrize("line", TYPED)
def test_a_typed_value_or_a_text_is_accepted(hostile: Hostile, line: str) -> None:
    hostile.add(line)
    assert hostile.lint() == []
    hostile.compose()


def test_all_faults_of_all_templates_are_told_in_one_run(hostile: Hostile, run: Run) -> None:
    first = hostile.add('<p style="color: {{ city.id }}">a</p>')
    second = hostile.style('@import "x.css";')
    (hostile.templates / "charts" / "more.html").write_text(
        '<a href="{{ city.id }}">a</a>\n', encoding="utf-8"
    )
    done = hostile.build(run)
    assert done.returncode == 3
    for place in (f"{PAGE}:{first}:1", f"{SHEET}:{second}:1", "templates/charts/more.html:1:1"):
        assert f"{place}: error:" in done.stderr
    assert "let the whole output pass through | css_colour or | css_number" in done.stderr
    assert done.stderr.rstrip().endswith("3 problems")
    assert hostile.products() == []


NO_COLOURS = [
    "red", "red;background:url(http://169.254.169.254/)", "#fff", "#1A6B5", "#1A6B54;", "#1A6B54\n",
    "", "url(#1A6B54)", "#GGGGGG", "#１A6B54", None, 0x1A6B54, ["#1A6B54"],
]  # fmt: skip


@pytest.mark.parametrize("value", NO_COLOURS, ids=repr)
def test_css_colour_refuses_what_is_no_colour(value: object) -> None:
    with pytest.raises(ValueError, match="css_colour takes a colour such as #1A6B54"):
        filters.css_colour(value)
    assert filters.css_colour("#1A6B54") == "#1A6B54"


@pytest.mark.parametrize("value", ["1", "1;top:0", None, True, "1e9", [1]], ids=repr)
def test_css_number_refuses_what_is_no_number(value: object) -> None:
    with pytest.raises(ValueError, match="css_number takes a number"):
        filters.css_number(value)
    assert filters.css_number(1.5) == "1.5"
    assert filters.css_number(100) == "100"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")], ids=repr)
def test_css_number_refuses_what_is_not_finite(value: float) -> None:
    with pytest.raises(ValueError, match="css_number takes a"):
        filters.css_number(value)


@pytest.mark.parametrize(
    "value",
    ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,a", "//example.org", "", None,
     "ftp://example.org", " https://example.org"],
    ids=repr,
)  # fmt: skip
def test_link_refuses_other_schemes(value: object) -> None:
    with pytest.raises(ValueError, match="link takes an address with https:// or http://"):
        filters.link(value)
    assert filters.link("https://example.org/") == "https://example.org/"


@pytest.mark.parametrize(
    "value",
    ["images/../../secret.png", "../x.png", "/etc/passwd", "images/", "images/.hidden.png",
     "images/a/b.png", "http://example.org/images/a.png", "images/a.png\n", None],
    ids=repr,
)  # fmt: skip
def test_image_refuses_what_is_not_in_the_folder_of_images(value: object) -> None:
    with pytest.raises(ValueError, match=r"image takes a file of report/images/"):
        filters.image(value)
    assert filters.image("images/a.png") == "workspace:/report/images/a.png"


ACCENTS = {
    "a name": "red", "an attack": "red;background:url(http://169.254.169.254/)", "short": "#05F",
    "eight digits": "#05557DFF", "a function": "rgb(0 0 0)", "no digits": "#05557G",
    "a newline": "#05557D\\n", "too light": "#FFFF00",
}  # fmt: skip


@pytest.mark.parametrize("accent", ACCENTS.values(), ids=ACCENTS)
def test_an_accent_that_is_no_dark_colour_is_refused(small: Small, accent: str) -> None:
    text = REPORT.replace('accent: "#05557D"', f'accent: "{accent}"')
    assert text != REPORT
    (small.root / "report" / "report.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        records.read(Workspace(small.root))
    (found,) = caught.value.problems
    line = next(i for i, row in enumerate(text.split("\n"), 1) if "accent" in row)
    column = text.split("\n")[line - 1].index('"' + accent) + 1
    assert found.place.line == line
    assert found.field.startswith("areas[0]")
    if accent != "#FFFF00":
        assert found.place.column == column
        assert "a colour such as #1A6B54" in found.message
    else:
        assert "contrast of 1.07, expected at least 4.5" in found.message


# What a page may fetch: pictures of the workspace, and nothing else.


@contextmanager
def knocked() -> Iterator[tuple[int, list[str]]]:
    """Listen at a port of this machine; yield it, and whoever knocks at it."""
    knocks: list[str] = []
    server = socket.create_server(("127.0.0.1", 0))

    def wait() -> None:
        while True:
            try:
                connection, address = server.accept()
            except OSError:
                return
            knocks.append(str(address))
            connection.close()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1], knocks
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A port of this machine, and whoever knocked at it."""
    with knocked() as heard:
        yield heard


def test_the_listener_hears_a_knock(listener: tuple[int, list[str]]) -> None:
    port, knocks = listener
    socket.create_connection(("127.0.0.1", port)).close()
    deadline = time.monotonic() + 5
    while not knocks and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(knocks) == 1


FETCHES = {
    "http": ('<img alt="" src="http://127.0.0.1:PORT/x.png">', "http://127.0.0.1:PORT/x.png"),
    "https": ('<img alt="" src="https://127.0.0.1:PORT/x.png">', "https://127.0.0.1:PORT/x.png"),
    "ftp": ('<img alt="" src="ftp://127.0.0.1:PORT/x.png">', "ftp://127.0.0.1:PORT/x.png"),
    "without a scheme": ('<img alt="" src="//127.0.0.1:PORT/x.png">', "//127.0.0.1:PORT/x.png"),
    "a file of the system": ('<img alt="" src="file:///etc/passwd">', "file:///etc/passwd"),
    "a path of the system": ('<img alt="" src="/etc/passwd">', "/etc/passwd"),
    "a device": ('<img alt="" src="file:///dev/zero">', "file:///dev/zero"),
    "a way out": (
        '<img alt="" src="workspace:/report/images/../../../secret.png">',
        "secret.png",
    ),
    "a way out in code": (
        '<img alt="" src="workspace:/report/images/%2e%2e/%2e%2e/%2e%2e/secret.png">',
        "secret.png",
    ),
    "another folder": (
        '<img alt="" src="workspace:/report/cities/alpha.yaml">',
        "workspace:/report/cities/alpha.yaml",
    ),
    "a link that leaves": ('<img alt="" src="workspace:/report/images/out.png">', "out.png"),
    "a device in the workspace": ('<img alt="" src="workspace:/report/images/zero.png">', "zero"),
    "a pipe in the workspace": ('<img alt="" src="workspace:/report/images/pipe.png">', "pipe.png"),
    "a picture that is not": ('<img alt="" src="workspace:/report/images/no.png">', "no.png"),
    "a large data address": (
        f'<img alt="" src="data:image/png;base64,{"A" * 200_000}">',
        "data:image/png;base64,AAAA",
    ),
    "a small data address": ('<img alt="" src="data:image/png;base64,AAAA">', "data:image/png"),
    "an attachment": (
        '<a rel="attachment" href="http://127.0.0.1:PORT/x.png">a</a>',
        "127.0.0.1:PORT/x.png",
    ),
    "an attachment of the system": (
        '<a rel="attachment" href="file:///etc/passwd">a</a>',
        "file:///etc/passwd",
    ),
    "a style": (
        '<p style="background: url(http://127.0.0.1:PORT/x.png)">a</p>',
        "127.0.0.1:PORT/x.png",
    ),
    "an import in a style element": (
        "<style>@import url(http://127.0.0.1:PORT/x.css);</style>",
        "127.0.0.1:PORT/x.css",
    ),
    "a picture in a style element": (
        "<style>h1 { background: url(http://127.0.0.1:PORT/x.png) }</style>",
        "127.0.0.1:PORT",
    ),
    "a face in a style element": (
        "<style>@font-face { font-family: F; src: url(http://127.0.0.1:PORT/x.otf) }</style>",
        "",
    ),
    "an image in a drawing": (
        (
            '<svg width="9" height="9"><image href="http://127.0.0.1:PORT/x.png" width="9"'
            ' height="9"/></svg>'
        ),
        "127.0.0.1:PORT/x.png",
    ),
    "a symbol in a drawing": (
        '<svg width="9" height="9"><use href="http://127.0.0.1:PORT/x.svg#a"/></svg>',
        "127.0.0.1:PORT/x.svg",
    ),
}


class Fetched(NamedTuple):
    """What came of a page for each of FETCHES, all in one build."""

    code: int
    stderr: str
    knocks: list[str]
    made: set[str]
    seconds: float


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fetched]:
    """A build in which the page of each city fetches something else that it may not."""
    root = tmp_path_factory.mktemp("fetches")
    small = Small(root / "work")
    for name in ("alpha", "beta"):
        (small.root / "report" / "cities" / f"{name}.yaml").unlink()
    hostile = Hostile(small)
    images = small.root / "report" / "images"
    images.mkdir()
    secret = root / "secret.png"
    secret.write_bytes(b"secret")
    (images / "out.png").symlink_to(secret)
    (images / "zero.png").symlink_to("/dev/zero")
    os.mkfifo(images / "pipe.png")
    with knocked() as (port, knocks):
        for number, (line, _) in enumerate(FETCHES.values()):
            small.city(f"c{number}", CITY.format(id=f"c{number}", display="C", ko="시", en="C"))
            own = line.replace("PORT", str(port)).replace("/x.", f"/x{number}.")
            hostile.add(f"{{% if city.id == 'c{number}' %}}{own}{{% endif %}}")
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "reportgen", "build", str(small.root), "--lang", "en", "-q"],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        seconds = time.perf_counter() - started
        yield Fetched(
            done.returncode,
            done.stderr.replace(str(port), "PORT"),
            knocks,
            {path.stem for path in hostile.products()},
            seconds,
        )


@pytest.mark.parametrize("name", FETCHES)
def test_what_a_page_may_not_fetch_is_refused_and_named(fetched: Fetched, name: str) -> None:
    number = list(FETCHES).index(name)
    assert f"c{number}" not in fetched.made
    assert FETCHES[name][1].replace("/x.", f"/x{number}.") in fetched.stderr


def test_pages_that_fetch_make_nothing_and_ask_nobody(fetched: Fetched) -> None:
    assert fetched.knocks == []
    assert fetched.made == set()
    assert fetched.code == 3
    assert fetched.seconds < 30


def test_a_denied_address_is_told_in_short(fetched: Fetched) -> None:
    assert max(map(len, fetched.stderr.splitlines())) < 1_000


LINKS = {
    "an attachment": '<link rel="attachment" href="file:///etc/passwd">',
    "a style sheet": '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
    "a base": '<base href="http://127.0.0.1:9/">',
    "an object": '<object data="http://127.0.0.1:9/x.png"></object>',
    "an embedded file": '<embed src="http://127.0.0.1:9/x.png">',
    "a frame": '<iframe src="http://127.0.0.1:9/x.html"></iframe>',
    "a script": "<script>alert(1)</script>",
    "an element in capitals": '<LINK rel="stylesheet" href="http://127.0.0.1:9/x.css">',
}


@pytest.mark.parametrize("line", LINKS.values(), ids=LINKS)
def test_an_element_that_brings_in_other_files_is_refused_with_its_line(
    hostile: Hostile, line: str
) -> None:
    number = hostile.add(line)
    (found,) = hostile.lint()
    assert str(found.place) == f"{PAGE}:{number}:1"
    assert (
        found.message
        == f"the element <{line[1:].split(' ', maxsplit=1)[0].split('>', maxsplit=1)[0].lower()}>"
    )
    assert found.source == line


SHEETS = {
    "an import": ('@import "http://127.0.0.1:PORT/x.css";', "@import"),
    "an import in capitals": ("@Import url(http://127.0.0.1:PORT/x.css);", "@Import"),
    "a face": ("@font-face { font-family: F; src: url(http://127.0.0.1:PORT/f) }", "@font-face"),
    "a picture": ("h1 { background: url(http://127.0.0.1:PORT/x.png) }", "127.0.0.1:PORT/x.png"),
    "a picture in quotes": ('h1 { background: url("http://127.0.0.1:PORT/x") }', "127.0.0.1:PORT"),
    "a picture in escapes": (
        "h1 { background: \\75rl(http://127.0.0.1:PORT/x.png) }", "127.0.0.1:PORT/x.png",
    ),
    "a nested picture": (
        "@media print { h1 { background: url(http://127.0.0.1:PORT/x) } }", "127.0.0.1:PORT",
    ),
    "a file of the system": ("h1 { background: url(file:///etc/passwd) }", "file:///etc/passwd"),
    "a marker": ("li { list-style-image: url(http://127.0.0.1:PORT/x) }", "127.0.0.1:PORT"),
    "content": ("h1::after { content: url(http://127.0.0.1:PORT/x) }", "127.0.0.1:PORT"),
    "a data address": ("h1 { background: url(data:image/png;base64,AAAA) }", "data:image/png"),
    "a foreign family": ('h1 { font-family: "Comic Sans MS" }', "Comic Sans MS"),
    "a foreign family in short": ("h1 { font: 12pt Arial }", "Arial"),
    "a family of the system": ("h1 { font-family: sans-serif }", "sans-serif"),
    "a broken rule": ("h1 { color: red; } }", "}"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "named"), SHEETS.values(), ids=SHEETS)
def test_what_a_style_sheet_may_not_ask_for_is_refused_with_its_line(
    hostile: Hostile, line: str, named: str
) -> None:
    number = hostile.style(line.replace("PORT", "9"))
    found = hostile.lint()
    assert found
    assert {(problem.place.file, problem.place.line) for problem in found} == {(SHEET, number)}
    assert any(named.replace("PORT", "9") in problem.message for problem in found)
    assert all(problem.place.column > 0 for problem in found)


@pytest.mark.parametrize(
    "line",
    ['h1 { font-family: "Noto Sans CJK KR" }', 'h1 { font: 12pt "Noto Sans CJK KR" }',
     "h1 { background: url(workspace:/templates/profile.html) }", "h1 { font-family: inherit }"],
)  # fmt: skip
def test_what_a_style_sheet_may_ask_for_is_accepted(hostile: Hostile, line: str) -> None:
    hostile.style(line)
    assert hostile.lint() == []


def test_a_style_sheet_that_asks_the_network_makes_nothing(
    hostile: Hostile, run: Run, listener: tuple[int, list[str]]
) -> None:
    port, knocks = listener
    first = hostile.style(f"h1 {{ background: url(http://127.0.0.1:{port}/x.png) }}")
    second = hostile.style(f"@import url(http://127.0.0.1:{port}/x.css);")
    done = hostile.build(run)
    assert done.returncode == 3
    assert f"{SHEET}:{first}:18: error: an address outside the workspace" in done.stderr
    assert f"{SHEET}:{second}:1: error: the rule @import" in done.stderr
    assert knocks == []
    assert hostile.products() == []


def test_a_picture_of_the_workspace_is_fetched(hostile: Hostile, run: Run) -> None:
    images = hostile.root / "report" / "images"
    images.mkdir()
    (images / "in.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/>'
        "</svg>",
        encoding="utf-8",
    )
    hostile.add('<img alt="a" src="workspace:/report/images/in.svg">')
    done = hostile.build(run)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(hostile.products()) == 1


@pytest.mark.parametrize(
    "inside",
    [
        '<image href="http://127.0.0.1:PORT/x.png" width="9" height="9"/>',
        '<use href="http://127.0.0.1:PORT/x.svg#a"/>',
        '<image href="file:///etc/passwd" width="9" height="9"/>',
        "<style>@import url(http://127.0.0.1:PORT/x.css);</style>",
    ],
    ids=["an image", "a symbol", "a file of the system", "a style sheet"],
)
def test_a_drawing_of_the_workspace_may_not_fetch_either(
    small: Small, run: Run, listener: tuple[int, list[str]], inside: str
) -> None:
    port, knocks = listener
    images = small.root / "report" / "images"
    images.mkdir()
    (images / "in.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        f"{inside.replace('PORT', str(port))}</svg>",
        encoding="utf-8",
    )
    record = CITY.format(id="alpha", display="ALPHA", ko="알파", en="Alpha")
    image = "image: {path: images/in.svg, alt: {ko: 가, en: a}, credit: b}\n"
    small.city("alpha", record + image)
    done = run("build", small.root, "--lang", "en", "--jobs", "1", "-q")
    assert done.returncode == 4
    named = re.search(r"http://[^ )\"]+|file:///etc/passwd", inside.replace("PORT", str(port)))
    assert named
    assert named[0] in done.stderr or "images/in.svg" in done.stderr
    assert done.stderr.rstrip().splitlines()[-1].startswith("not made: ")
    assert "alpha" in done.stderr.rstrip().splitlines()[-1]
    assert knocks == []
    assert [path.name for path in (small.root / "build").rglob("*.pdf")] == ["beta.pdf"]


# What a template may not compute.

FORBIDDEN = {
    "a walk to the classes": ("{{ ''.__class__.__mro__ }}", "unsafe"),
    "a walk by the filter attr": ("{{ '' | attr('__class__') }}", "attr"),
    "a walk by an index": ("{{ city['__class__'] }}", "unsafe"),
    "a walk through a method": ("{{ city.model_copy.__globals__ }}", "unsafe"),
    "a walk through a macro": ("{{ broken.__globals__ }}", "__globals__"),
    "a walk through a format": ("{{ '{0.__class__}'.format(city) }}", "unsafe"),
    "a walk through format_map": ("{{ '{a.__class__}'.format_map({'a': city}) }}", "unsafe"),
    "a walk through the loader": ("{{ self._TemplateReference__context }}", "unsafe"),
    "a walk by map": ("{{ [city] | map(attribute='__class__') | list }}", "map"),
    "an import of Python": ("{{ self.__init__.__globals__.__builtins__ }}", "unsafe"),
    "a text times a milliard": ("{{ 'a' * 10**9 }}", "operator *"),
    "a list times a milliard": ("{{ [0] * 1000000000 }}", "operator *"),
    "a power": ("{{ 9 ** 9 ** 9 }}", "operator **"),
    "a large text by a format": ("{{ '%0999999999d' % 1 }}", "operator %"),
    "a range of a milliard": ("{% for i in range(10**9) %}a{% endfor %}", "operator **"),
    "a range of a milliard in digits": ("{% for i in range(1000000000) %}{% endfor %}", "ange"),
    "an undefined variable": ("{{ nobody }}", "'nobody' is not known here"),
    "an undefined attribute": ("{{ city.mayor }}", "the city has no 'mayor'"),
    "an undefined variable in a test": (
        "{% if nobody %}a{% endif %}",
        "'nobody' is not known here",
    ),
    "an unknown filter": ("{{ city.id | shout }}", "No filter named 'shout'"),
    "the filter safe": ("{{ city.id | safe }}", "safe"),
    "an unknown test": ("{{ city.id is loud }}", "No test named 'loud'"),
    "an unknown template": ("{% include 'nobody.html' %}", "no template 'nobody.html'"),
    "a template outside": ("{% include '../report/report.yaml' %}", "../report/report.yaml"),
    "a template of the system": ("{% include '/etc/passwd' %}", "/etc/passwd"),
    "a block without an end": ("{% if true %}", ""),
    "a statement that is none": ("{% frobnicate %}", "frobnicate"),
    "a brace too many": ("{{ city.id }", ""),
    "a text cut to less than nothing": ("{{ city.id | truncate(-9) }}", "expected length"),
    "a division by nought": ("{{ 1 / 0 }}", "division by zero"),
    "a sum of apples and pears": ("{{ 1 + 'a' }}", "unsupported operand"),
    "a number that is none": ("{{ city.id | css_number }}", "css_number takes a number"),
    "a call of what cannot be called": ("{{ city.id() }}", "not callable"),
    "a change of a record": ("{{ city.texts.clear() }}", "unsafe"),
}


@pytest.mark.parametrize(("line", "message"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_what_a_template_may_not_do_is_refused_with_its_line(
    hostile: Hostile, line: str, message: str
) -> None:
    number = hostile.add(line)
    started = time.process_time()
    found = hostile.refused()
    assert time.process_time() - started < 2
    assert message in found.message
    if line == "{% if true %}":
        # Only at the end does the parser know.
        assert found.place.file == PAGE
        assert found.place.line >= number
    else:
        assert str(found.place) == f"{PAGE}:{number}:1"
        assert found.source == line


MONSTERS = {
    "a number in a template": ("html", "{{ " + "9" * 5000 + " }}", "more than 1,000 digits"),
    "a number in a style": ("html", f"<p style='top: {'9' * 5000}'>", "more than 1,000 digits"),
    "a number in a sheet": ("css", "h1 { top: " + "9" * 5000 + " }", "more than 1,000 digits"),
    "brackets in a template": ("html", "{{ " + "(" * 5000, "nested too deeply"),
    "brackets in a style": ("html", f"<p style='top: {'f(' * 5000}'>", "nested too deeply"),
    "brackets in a sheet": ("css", "h1 { top: " + "f(" * 5000, "nested too deeply"),
    "blocks in a sheet": ("css", "@media print {" * 3000, "nested too deeply"),
}


@pytest.mark.parametrize(("kind", "line", "said"), MONSTERS.values(), ids=MONSTERS)
def test_a_monster_in_the_templates_is_refused_at_once(
    hostile: Hostile, kind: str, line: str, said: str
) -> None:
    if kind == "html":
        hostile.add(line)
    else:
        hostile.style(line)
    started = time.process_time()
    found = hostile.lint()
    assert time.process_time() - started < 2
    assert [p.message for p in found if said in p.message], found
    assert {p.place.file for p in found} == {PAGE if kind == "html" else SHEET}


def test_tags_that_nothing_ends_do_not_keep_the_linter(hostile: Hostile) -> None:
    (hostile.templates / "more.html").write_text("<a " * 30_000, encoding="utf-8")
    started = time.process_time()
    (found,) = hostile.lint()
    assert time.process_time() - started < 6
    assert (found.place.file, "takes too long" in found.message) == ("templates/more.html", True)


def test_a_long_number_is_told_with_its_line(hostile: Hostile) -> None:
    numbers = hostile.add(f"{{{{ {'9' * 5000} }}}}"), hostile.style(f"h1 {{ top: {'9' * 5000} }}")
    assert {p.place.line for p in hostile.lint()} == {*numbers}


@pytest.mark.parametrize("block", ["for a in report.partners", "if true"])
def test_blocks_in_blocks_are_told(hostile: Hostile, block: str) -> None:
    hostile.add(f"{{% {block} %}}" * 150 + f"{{% end{block.split(maxsplit=1)[0]} %}}" * 150)
    found = hostile.refused()
    assert (found.message, found.place.file) == ("blocks are nested too deeply", PAGE)


def test_a_template_that_fails_is_told_to_the_user_with_its_line(
    hostile: Hostile, run: Run
) -> None:
    number = hostile.add("  {{ ''.__class__.__mro__ }}")
    done = hostile.build(run)
    assert done.returncode == 3
    assert f"{PAGE}:{number}:3: error: access to attribute '__class__'" in done.stderr
    assert f" {number} |   {{{{ ''.__class__.__mro__ }}}}\n" in done.stderr
    assert hostile.products() == []


def test_a_fault_in_another_template_is_told_with_that_file(hostile: Hostile, run: Run) -> None:
    furniture = hostile.templates / "book" / "furniture.html"
    text = furniture.read_text(encoding="utf-8")
    furniture.write_text(text + "\n  {{ nobody }}\n", encoding="utf-8")
    done = hostile.build(run)
    assert done.returncode == 3
    place = f"templates/book/furniture.html:{text.count(chr(10)) + 2}:3"
    assert f"{place}: error: 'nobody' is not known here" in done.stderr


RUNAWAY = {
    "a large text by a format method": ("{{ '{:999999999d}'.format(1) }}", ""),
    "a large text by centring": ("{{ 'a'.center(999999999) }}", ""),
    "a large text by filling": ("{{ 'a'.zfill(999999999) }}", ""),
    "a large text by padding": ("{{ 'a'.ljust(999999999) }}", ""),
    "a large text by tabs": ("{{ '\\t'.expandtabs(999999999) }}", ""),
    "a large text by replacing": (
        "{% set s = 'aaaaaaaaaa' %}"
        + "{% set s = s.replace('a', 'aaaaaaaaaa') %}" * 9 + "{{ s | length }}",
        "",
    ),
    "a large text by joining": (
        "{% set s = range(90000) | join('a') %}{{ range(90000) | join(s) | length }}", "",
    ),
    "a large text by doubling": (
        ("{% set n = namespace(s='a') %}{% for i in range(40) %}{% set n.s = n.s ~ n.s %}"
        "{% endfor %}{{ n.s | length }}"),
        "",
    ),
    "a large list by doubling": (
        ("{% set n = namespace(s=[0]) %}{% for i in range(40) %}{% set n.s = n.s + n.s %}"
        "{% endfor %}{{ n.s | length }}"),
        "",
    ),
    "loops in loops": (
        ("{% for i in range(99999) %}{% for j in range(99999) %}"
        "{{ i }} of some words that make a page too long {% endfor %}{% endfor %}"),
        "longer than",
    ),
    "silent loops in loops": (
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "",
    ),
    "an endless include": ("{% include 'profile.html' %}", "endless"),
    "an endless macro": ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "endless"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "message"), RUNAWAY.values(), ids=RUNAWAY)
def test_a_template_that_runs_away_is_stopped_with_its_line(
    hostile: Hostile, run: Run, line: str, message: str
) -> None:
    number = hostile.add(line)
    done = limited(hostile, run)
    assert done.returncode == 3, done.stderr[-500:]
    assert f"{PAGE}:{number}:1: error:" in done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 5_000
    assert hostile.products() == []


def test_a_template_that_is_stopped_between_two_pieces_is_named_with_its_line(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = hostile.add("{% for i in range(9) %}{{ i }}-th piece{% endfor %}")

    def counted(piece: object) -> int:
        if piece == "-th piece":
            signal.raise_signal(signal.SIGVTALRM)
        return len(piece)  # type: ignore[arg-type]

    monkeypatch.setattr(markup, "len", counted, raising=False)
    problem = hostile.refused()
    assert problem.place == Place(PAGE, number, 1)
    assert "did not end in" in problem.message


def limited(hostile: Hostile, run: Run) -> subprocess.CompletedProcess[str]:
    """Build with 1.5 GB of memory and 6 s of one core, so that a runaway harms nobody."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))
        resource.setrlimit(resource.RLIMIT_CPU, (6, 6))

    return run(
        "build", hostile.root, "--city", "alpha", "--lang", "en", "--jobs", "1", "-q",
        preexec_fn=bound,
    )  # fmt: skip


def test_a_template_that_is_not_utf_8_is_refused_with_its_name(hostile: Hostile, run: Run) -> None:
    page = hostile.templates / "profile.html"
    page.write_bytes(page.read_bytes() + b"<!-- \xff -->\n")
    done = hostile.build(run)
    assert done.returncode == 3, done.stderr
    assert f"{PAGE}:" in done.stderr
    assert "0xFF" in done.stderr


@pytest.mark.parametrize(
    "name", ["profile.html", "profile.css", "words.yaml", "book/furniture.html"]
)
def test_a_template_that_is_missing_is_named(hostile: Hostile, run: Run, name: str) -> None:
    (hostile.templates / name).unlink()
    done = hostile.build(run)
    assert done.returncode == 3, done.stderr
    assert name in done.stderr
    assert hostile.products() == []


def test_words_that_are_missing_are_told_with_their_file(hostile: Hostile, run: Run) -> None:
    words = hostile.templates / "words.yaml"
    text = words.read_text(encoding="utf-8")
    words.write_text(re.sub(r"(?m)^( +)about:", r"\1abuot:", text), encoding="utf-8")
    done = hostile.build(run)
    assert done.returncode == 3
    assert "about" in done.stderr
    assert "templates/" in done.stderr


@pytest.mark.parametrize(
    "call",
    [
        "city.parse_raw(p, content_type='pickle', proto='pickle', allow_pickle=True)",
        "report.parse_raw(p, content_type='pickle', proto='pickle', allow_pickle=True)",
        "city.country.parse_file('FILE', proto='pickle', allow_pickle=True)",
    ],
    ids=["of the city", "of the report", "of a file"],
)
def test_a_template_cannot_unpickle(hostile: Hostile, run: Run, call: str) -> None:
    mark = hostile.root.parent / "unpickled"
    program = f"cos\nsystem\n(S'touch {mark}'\ntR."
    pickled = hostile.root / "report" / "pickled"
    pickled.write_text(program, encoding="utf-8")
    escaped = program.replace("\n", "\\n")
    call = call.replace("FILE", str(pickled))
    number = hostile.add(f'{{% set p = "{escaped}" %}}{{{{ {call} }}}}')
    done = hostile.build(run)
    assert not mark.exists()
    assert done.returncode == 3
    assert f"{PAGE}:{number}:1: error:" in done.stderr


# What a designer mistypes is told at its place, with its neighbour.

MISTYPED = {
    "a property": ("profile.css", "\n.about { colour: red }", "2:10", "'colour: red' has no effect",
                   "did you mean 'color'?"),
    "a value": ("profile.css", "\n.about { width:\n  3qm }", "2:10", "'width: 3qm' has no effect",
                "mend the style sheet"),
    "a selector": ("profile.css", "\np, .about::befor { color: red }", "2:1",
                   "the selector 'p, .about::befor' is not known", "mend the style sheet"),
    "a rule": ("profile.css", "\n@contaner x { p { color: red } }", "2:1",
               "the rule @contaner is not known", "mend the style sheet"),
    "a variable of CSS": ("profile.css", "\n.about p { margin: 0; color: var(--nope) }", "2:23",
                          "'color: var(--nope)' has no effect: no value", "give the variable"),
    "a style": ("profile.html", '\n<p style="margin: 0; colour: red">A</p>', "2:22",
                "'colour: red' has no effect: unknown property", "did you mean 'color'?"),
    "a field": ("profile.html", "\n{{ city.country.fromal }}", "2:1",
                "the country has no 'fromal'", "did you mean 'formal'?"),
    "a word": ("profile.html", "\n{{ words.abuot }}", "2:1", "there is no 'abuot' among",
               "did you mean 'about'?"),
    "a value of templates": ("profile.html", "\n{{ acent }}", "2:1", "'acent' is not known here",
                             "did you mean 'accent'?"),
    "a filter": ("profile.html", "\n{{ title | upeer }}", "2:1", "no filter 'upeer'",
                 "did you mean 'upper'?"),
    "a test": ("profile.html", "\n{{ title is strnig }}", "2:1", "no test 'strnig'",
               "did you mean 'string'?"),
    "a template": ("profile.html", '\n{% include "book/prats.html" %}', "2:1",
                   "no template 'book/prats.html'", "did you mean 'book/parts.html'?"),
    "a macro": ("profile.html", "\n{{ parts.sourcelist() }}", "2:1",
                "the template has no macro 'sourcelist'", "did you mean 'source_list'?"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTYPED.values(), ids=MISTYPED)
def test_what_is_mistyped_is_told_with_its_neighbour(
    small: Small, run: Run, case: tuple[str, str, str, str, str]
) -> None:
    name, added, place, message, remedy = case
    path = small.own("templates") / name
    before = path.read_text("utf-8").rstrip("\n")
    at = before.rindex("</article>") if name.endswith(".html") else len(before)
    path.write_text(before[:at] + added + "\n" + before[at:], "utf-8")
    line, column = map(int, place.split(":"))
    done = run("build", small.root, "--city", "alpha", "--lang", "en")
    said = " ".join(done.stderr.split())
    assert done.returncode == 3
    line += before.count("\n", 0, at)
    assert f"templates/{name}:{line}:{column}: error: {message}" in said
    assert f"= {remedy}" in said
    assert "report/cities" not in said


def test_a_style_that_only_the_book_has_is_told_at_its_place(small: Small, run: Run) -> None:
    small.bind()
    path = small.own("templates") / "book.css"
    path.write_text(path.read_text("utf-8") + "\n.city-list { color: var(--nope) }\n", "utf-8")
    line = path.read_text("utf-8").count("\n")
    done = run("build", small.root)
    assert done.returncode == 4
    assert f"templates/book.css:{line}:14: error: 'color: var(--nope)' has no effect" in done.stderr


# What a template may print, and what would come out otherwise each time.

OBJECTS = {
    "a function": ("{{ range }}", "a part of the program cannot be printed"),
    "a method": ("{{ city.name.display.upper }}", "a part of the program cannot be printed"),
    "a macro": ("{% macro m() %}{% endmacro %}{{ m }}", "a part of the program"),
    "in a sum of texts": ('{{ "x" ~ range }}', "a part of the program"),
    "through a filter": ("{{ range | upper }}", "a part of the program"),
    "through another": ("{{ dict | string }}", "a part of the program"),
    "in a list": ('{{ ["a", range] | join(", ") }}', "a part of the program"),
    "a record": ("{{ city.name }}", "a record, names, cannot be printed"),
    "a list": ("{{ city.findings }}", "a list cannot be printed"),
    "a mapping": ("{{ averages }}", "a mapping cannot be printed"),
    "a truth": ("{{ city.id == 'alpha' }}", "a yes or no cannot be printed"),
    "nothing": ("{{ city.order }}", "nothing cannot be printed"),
}


@pytest.mark.parametrize(("line", "said"), OBJECTS.values(), ids=OBJECTS)
def test_only_texts_numbers_and_markup_are_printed(hostile: Hostile, line: str, said: str) -> None:
    number = hostile.add(line)
    found = hostile.refused()
    assert said.partition(",")[0] in found.message, found.message
    assert (found.place.file, found.place.line) == (PAGE, number)


def test_texts_numbers_and_markup_are_printed(hostile: Hostile) -> None:
    hostile.add('{{ 1 }} {{ 2.5 }} {{ "a" ~ 1 }} {{ [1, "b"] | join("-") }} {{ "c" | upper }}')
    assert "1 2.5 a1 1-b C" in hostile.compose()


def test_what_differs_each_time_is_refused_by_name(hostile: Hostile, run: Run) -> None:
    number = hostile.add("{{ [1, 2, 3] | random }}")
    done = hostile.build(run)
    assert done.returncode == 3
    assert f"{PAGE}:{number}:1: error: no filter 'random'" in done.stderr
    assert "it would give another page each time" in done.stderr


BESIDE = {
    "among the layers": ("book/furniture.html", '<div class="layers">', "{}Lost words"),
    "behind the layers": ("book/furniture.html", "</body>", "Lost words{}"),
    "among the slots": ("book/furniture.html", "{% for side in", "<p>Lost words</p>{}"),
    "among those of a section": ("profile.html", '<div class="layers">', "{}Lost words"),
}


@pytest.mark.parametrize(("name", "mark", "lost"), BESIDE.values(), ids=BESIDE)
def test_text_beside_the_layers_is_told(
    hostile: Hostile, run: Run, name: str, mark: str, lost: str
) -> None:
    path = hostile.templates / name
    before, found, after = path.read_text("utf-8").partition(mark)
    assert found
    path.write_text(before + lost.format(mark) + after, "utf-8")
    done = hostile.build(run)
    assert done.returncode == 3, done.stderr
    line = f"{before}{lost}".split("Lost")[0].count("\n") + 1
    assert f"templates/{name}:{line}:" in done.stderr
    assert "'Lost words' is in no layer" in done.stderr
    assert hostile.products() == []
