"""Long lists in runs: the pages of one go, object by object, in the memory of a run."""

from __future__ import annotations

import io
import multiprocessing
import re
import resource
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conftest import BOOK, CITY, ROOT, Small, composed, engine_faces, face_ranks
from pdf import problems
from reportgen import typefaces
from reportgen.binder import bind
from reportgen.building.fingerprints import Keys
from reportgen.core.errors import ReportgenError
from reportgen.core.fragments import Fragment
from reportgen.plan.values import About, Finish, Layout, Markup, Placed
from reportgen.records.workspace import Workspace
from reportgen.typefaces.programs import Programs

WHOLE = 10**9
PROFILE = (ROOT / "templates/colour/srgb.icc").read_bytes()
Set = tuple[list[Fragment], list[int], str]
"""A section for each length, how many runs each had, and what was said of it."""


def setting(
    folder: Path, sections: list[Markup], sheets: dict[str, str], lengths: list[int]
) -> list[Set]:
    """Set sections in runs of some lengths, 0 for the usual one.

    The engine's faces are those of the process, so it must be a fresh one.
    """
    from reportgen.press import Press

    texts = {character for section in sections for character in section.html}
    fontconfig = engine_faces(texts | set("0123456789."), folder)
    press = Press(fontconfig, sheets, Workspace(ROOT).read, face_ranks())
    from reportgen.press import runs  # needs the engine, which the press loads

    usual, documents = runs.RUN, runs.documents
    counts: list[int] = []

    def counted(*given: Any) -> Iterator[Any]:
        for document in documents(*given):
            counts[-1] += 1
            yield document

    runs.documents = counted  # type: ignore[assignment]
    made: list[Set] = []
    for section in sections:
        found: list[Fragment] = []
        said = ""
        counts = []
        for length in lengths:
            runs.RUN = length or usual
            counts.append(0)
            try:
                found.append(press.set(section))
            except ReportgenError as error:
                said = str(error)
        made.append((found, counts, said))
    return made


def set_all(
    folder: Path, sections: list[Markup], sheets: dict[str, str], lengths: list[int]
) -> list[Set]:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(setting, folder, sections, sheets, lengths).result()


def canonical(made: Fragment) -> tuple[Any, ...]:
    """Return a fragment with its objects counted as they are met, and ids without their run."""
    order: dict[int, int] = {}
    met: list[int] = []

    def at(number: int) -> int:
        if number < 0:
            return number
        if number not in order:
            order[number] = len(met)
            met.append(number)
        return order[number]

    def told(text: str) -> str:
        return re.sub(r"\x00([or])(\d+)\x00", lambda m: f"<{m[1]}{at(int(m[2]))}>", text)

    sheets = [
        replace(
            sheet,
            content=at(sheet.content),
            resources={key: told(value) for key, value in sheet.resources.items()},
            annotations=tuple(map(at, sheet.annotations)),
            elements=tuple(map(at, sheet.elements)),
        )
        for sheet in made.sheets
    ]
    top = [[*map(at, made.kids)], [*map(at, made.annotated)], [at(n) for _, n in made.ids]]
    top.append([at(layer.number) for layer in made.layers.values()])
    top += [[*map(at, group)] for group in made.groups]
    # The list grows while objects are met in others.
    objects = [(told(made.heads[number]), made.streams.get(number)) for number in met]
    layers = {name: replace(layer, number=0) for name, layer in made.layers.items()}
    bookmarks = [(*told, at(tag)) for *told, tag in made.bookmarks]
    anchors = {name: (*place, at(tag)) for name, (*place, tag) in made.anchors.items()}
    refers = [(at(tag), to) for tag, to in made.refers]
    return (
        sheets, top, objects, bookmarks, anchors, refers, made.fonts, layers, made.slots,
        made.meta, made.reads, made.identity, len(made.heads) - made.heads.count("null"),
    )  # fmt: skip


# The parts of the book.

PARTS = ("cities", "matrix", "index", "area-1", "sources")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Fragment]]:
    """The parts of a book of 120 cities, each in one go and in runs."""
    small = Small(tmp_path_factory.mktemp("runs") / "work")
    small.bind(BOOK)
    for n in range(120):
        names = {"display": f"CITY {n}", "ko": f"도시 {n}", "en": f"{chr(65 + n // 5)}city {n}"}
        words = f"Found {n}." + " It was found where it stands, and is told at length." * (n % 5)
        small.city(
            f"city-{n}",
            CITY.format(id=f"city-{n}", **names)
            + "findings:\n  - {area: 1, kind: mention, source: own, text: "
            + f'{{ko: "발견 {n}", en: "{words}"}}}}\n'
            + f"sources:\n  - {{id: own, title: {{ko: 출처 {n}, en: Source {n}}}}}\n",
        )
    sections = composed(small.root, "en")
    workspace = Workspace(small.root)
    sheets = Keys(workspace, typefaces.load(workspace)).stylesheets
    folder = tmp_path_factory.mktemp("faces")
    made = set_all(folder, list(sections.values()), sheets, [WHOLE, 250])
    assert [said for _, _, said in made if said] == []
    for name, (_, counts, _) in zip(sections, made, strict=True):
        assert counts[0] == 0
        assert counts[1] > 1 or name in {*sections} - {*PARTS} | {"index"}, name
    return {name: found for name, (found, _, _) in zip(sections, made, strict=True)}


@pytest.mark.parametrize("name", PARTS)
def test_a_part_in_runs_is_that_of_one_go(book: dict[str, list[Fragment]], name: str) -> None:
    whole, *others = book[name]
    for other in others:
        assert canonical(other) == canonical(whole)
    assert len(whole.sheets) > (name != "index")


def _loader(made: Fragment) -> Callable[[Placed], Fragment]:
    return lambda _: made


def test_a_book_with_runs_is_valid(book: dict[str, list[Fragment]], tmp_path: Path) -> None:
    faces = typefaces.load(Workspace(ROOT))
    programs = Programs(faces.faces, faces.folder)
    furniture = book["furniture"][0]
    for name in ("cities", "matrix", "area-1"):
        made = book[name][-1]
        pages = len(made.sheets)
        layout = Layout((Placed(made.identity, name, 0, pages),), pages)
        made = replace(made, heads=tuple(re.sub("\x00s[^\x00]*\x00", "", h) for h in made.heads))
        about = About(made.identity, "en", "Runs", "A", "B", "2022-01-01T00:00:00Z")
        output = io.BytesIO()
        finish = Finish("pdf/ua-1 + pdf/a-3a", "", 595.28, 841.89)
        bind(
            about, layout, _loader(made), furniture, programs,
            finish, PROFILE, output,
        )  # fmt: skip
        (tmp_path / "runs.pdf").write_bytes(output.getvalue())
        assert problems(tmp_path / "runs.pdf") == []


# What a style sheet may say.

STYLE = """
@page { size: 100mm 120mm; margin: 10mm }
@page :first { margin-top: 40mm }
@page :nth(3) { margin-left: 20mm }
@page layers { margin: 0 }
.layers { page: layers }
html { font: 9pt "Noto Sans CJK KR" }
body { counter-reset: part 4; padding: 3mm; border: 1pt solid #111111 }
.list { margin: 4mm 0; padding: 5mm 0; border: 2pt solid #333333 }
ul, ol { margin: 3mm 0; padding: 2mm 6mm; list-style: decimal }
li { margin: 2mm 0; counter-increment: list-item part; break-inside: avoid }
li::before { content: counter(part) " " }
li:nth-child(even) { background: #dddddd }
li:first-child { color: #aa0000 }
li:last-child { color: #00aa00 }
li:nth-last-child(3) ~ li { font-weight: 700 }
h2 + ul > li + li { padding-left: 1mm }
h2 { break-after: avoid }
.breaks { break-inside: auto }
table { border-collapse: collapse; table-layout: fixed; width: 100%; border: 2pt solid #111111 }
thead td { border-bottom: 3pt solid #0000aa }
td { border: 0.5pt solid #777777 }
tr:nth-child(3n) td { border-bottom: 1.5pt solid #aa0000 }
.wide { page: wide }
@page wide { margin-left: 5mm }
@page :nth(2 of wide) { margin-right: 25mm }
.columns { columns: 3 }
.floats li { float: left; width: 30mm }
"""
HEAD = '<div class="layers"><div class="layer fit" id="head">Head</div></div>'


def page(body: str, head: str = "") -> str:
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Runs</title>{head}'
        f"</head><body><h1>Runs</h1>{body}{HEAD}</body></html>"
    )


def entries(count: int, more: str = "") -> str:
    return "".join(f"<li id='e{n}'>Entry {n} {more * (n % 3)}</li>\n" for n in range(count))


ROWS = "".join(f"<tr><td>{n}</td><td>{'row ' * (n % 9)}</td></tr>" for n in range(60))
PARAGRAPHS = "".join(f"<p>Paragraph {n} of a long entry, over two pages.</p>" for n in range(30))
LONG = f'<li class="breaks">{PARAGRAPHS}</li>'
GROUPS = "".join(
    f"<h2>{g}</h2><ul>" + "".join(f"<li>{g}.{n}</li>" for n in range(g % 7 + 1)) + "</ul>"
    for g in range(30)
)
LINKS = "".join(f'<li><a href="#e{79 - n}">to {79 - n}</a></li>' for n in range(80))
TALL = '<li style="height: 70mm">Tall</li>'
CASES = {
    "ordered": f'<div class="list"><ol data-runs="li">{entries(80, "and more words ")}</ol></div>',
    "one more": f'<ol data-runs="li">{entries(61)}</ol><p>After.</p>',
    "long": f'<ul data-runs="li">{entries(12)}{LONG}<li>Next</li>{LONG}<li>Last</li></ul>',
    "table": f'<table data-runs="tr"><caption>Rows</caption><thead><tr><td>A</td><td>B</td></tr>'
    f"</thead><tbody>{ROWS}</tbody><tfoot><tr><td>C</td><td>D</td></tr></tfoot></table>",
    "groups": f'<div data-runs="li">{GROUPS}</div>',
    "columns": f'<div class="columns" data-runs="li">{GROUPS}</div>',
    "links": f'<ul data-runs="li">{LINKS}</ul><ol data-runs="li">{entries(80)}</ol>',
    "named": f'<p>Before</p><section class="wide"><ul data-runs="li">{entries(60)}</ul></section>',
    "tall": f'<ul data-runs="li">{TALL * 30}</ul>',
}
HOLDING = {
    "flex": f'<div style="display: flex"><p>Aside</p><ol data-runs="li">{entries(80)}</ol></div>',
    "wrapped": '<ul style="display: flex; flex-wrap: wrap" data-runs="li">'
    f"{entries(80, 'and more words ')}</ul>",
    "grid": f'<div style="display: grid"><ol data-runs="li">{entries(80)}</ol></div>',
    "floats": f'<ul class="floats" data-runs="li">{entries(80, "and more words ")}</ul>',
    "a float": f'<div style="float: left"><ol data-runs="li">{entries(80)}</ol></div>',
}
"""Lists in boxes that are laid out as a whole."""
SPOILT = {
    "lost": f'<ul data-runs="li">{entries(60)}<li><a href="#none">nowhere</a></li></ul>',
    "hidden": f'<ul data-runs="li"><li style="display: none" id="x"></li>{entries(60)}'
    '<li><a href="#x">hidden</a></li></ul>',
    "style": f'<ul style="colour: red" data-runs="li">{entries(60)}</ul>',
    "picture": f'<ul data-runs="li">{entries(60)}<li><img alt="x" src="https://x.org/a.png"></ul>',
    "auto": f'<table style="table-layout: auto" data-runs="tr">{ROWS}</table>',
}
LENGTHS = [WHOLE, 60, 14]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Set]:
    """The cases, each in one go and in runs of two lengths."""
    folder = tmp_path_factory.mktemp("faces")
    about = About("screen/en/a", "en", "Runs", "", "", "2022-01-01T00:00:00Z")
    bodies = {**CASES, **HOLDING, **SPOILT}
    sections = [Markup(about, page(body), ("a.css",), ()) for body in bodies.values()]
    return dict(zip(bodies, set_all(folder, sections, {"a.css": STYLE}, LENGTHS), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_pages_go_on_as_in_one_document(cases: dict[str, Set], name: str) -> None:
    (whole, *others), counts, said = cases[name]
    assert said == ""
    assert counts[0] == 0
    assert counts[-1] > 1
    assert len(others) == len(LENGTHS) - 1
    for other in others:
        assert len(other.sheets) == len(whole.sheets) > 2
        assert [s.text for s in other.sheets] == [s.text for s in whole.sheets]
        for a, b in zip(other.sheets, whole.sheets, strict=True):
            assert zlib.decompress(other.streams[a.content]) == zlib.decompress(
                whole.streams[b.content]
            )
        assert canonical(other) == canonical(whole)


@pytest.mark.parametrize("name", HOLDING)
def test_a_list_in_a_box_that_hangs_on_all_of_it_is_set_in_one_go(
    cases: dict[str, Set], name: str
) -> None:
    (whole, *others), counts, said = cases[name]
    assert said == ""
    assert counts == [0, 1, 1]
    for other in others:
        assert [s.text for s in other.sheets] == [s.text for s in whole.sheets]
        assert canonical(other) == canonical(whole)


@pytest.mark.parametrize(
    ("name", "message"),
    {
        "lost": "screen/en/a: No anchor #none for internal URI reference",
        "hidden": "screen/en/a: No anchor #x for internal URI reference",
        "style": "screen/en/a: Ignored `colour: red` at 1:1, unknown property.",
        "picture": "screen/en/a: fetching https://x.org/a.png is not allowed",
        "auto": "screen/en/a: a table with data-runs whose columns are not fixed",
    }.items(),
)
def test_what_is_wrong_in_a_run_fails_the_section_once(
    cases: dict[str, Set], name: str, message: str
) -> None:
    *_, said = cases[name]
    assert message in said
    assert said.count("screen/en/a") == 1


# Memory.


def peak(folder: Path, count: int) -> float:
    """Return the MB that setting a list of cities takes at most."""
    row = '<a href="section:a"><span>City {n}</span> <span>Country</span> <span>{n}</span></a>'
    body = "".join(f"<li>{row.format(n=n)}</li>" for n in range(count))
    about = About("screen/en/a", "en", "Runs", "", "", "2022-01-01T00:00:00Z")
    section = Markup(about, page(f'<ul data-runs="li">{body}</ul>'), ("a.css",), ())
    plain = "@page { size: A4 } html { font: 9pt 'Noto Sans CJK KR' }"
    ((made, counts, said),) = setting(folder, [section], {"a.css": plain}, [0])
    assert said == ""
    assert counts[0] > 1
    assert sum(len(sheet.annotations) for sheet in made[0].sheets) == count
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def test_memory_does_not_grow_with_the_list(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    peaks = []
    for count in (800, 2400):
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            folder = tmp_path / str(count)
            folder.mkdir()
            peaks.append(pool.submit(peak, folder, count).result())
    # What is left is the pages themselves.
    assert peaks[1] - peaks[0] < 25
