"""The book as its readers meet it: numbers, links, outline, sides, blanks, and what it refuses."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

import reportgen
from conftest import ROOT, Run, Small, load, products, state_of
from pdf import folded, problems
from reportgen.markup.book import _term
from reportgen.plan.pagination import Extent, Locators, paginate
from reportgen.plan.values import Layout, Placed, roman

REPORT = load(ROOT / "report" / "report.yaml")
CITIES = sorted(p.stem for p in (ROOT / "report" / "cities").glob("*.yaml"))
LANGUAGES = ("ko", "en")
MM = 72 / 25.4


class Read:
    """A book as programs read it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.document = pypdfium2.PdfDocument(path)
        self.labels = [self.document.get_page_label(i) for i in range(len(self.document))]
        self.texts = [folded(page.get_textpage().get_text_range()) for page in self.document]

    @property
    def outline(self) -> list[tuple[int, str, int]]:
        """Level, title and page of each entry."""
        return [
            (item.level, item.get_title(), item.get_dest().get_index())
            for item in self.document.get_toc()
        ]

    def links(self) -> Iterator[tuple[int, str, int]]:
        """Yield for each link to another section its page, its text and the page it leads to."""
        with pikepdf.open(self.path) as pdf:
            names = pikepdf.NameTree(pdf.Root.Names.Dests)
            number = {page.obj.objgen: n for n, page in enumerate(pdf.pages)}
            for n, page in enumerate(pdf.pages):
                textpage = self.document[n].get_textpage()
                for link in page.obj.get("/Annots", []):
                    target = link.get("/Dest")
                    if isinstance(target, pikepdf.String):
                        left, bottom, right, top = (float(x) for x in link.Rect)
                        text = folded(textpage.get_text_bounded(left - 1, bottom, right + 1, top))
                        yield n, text, number[names[str(target)][0].objgen]


@pytest.fixture(scope="session", params=LANGUAGES)
def book(request: pytest.FixtureRequest, sample: Path) -> Read:
    """The sample's book in one language."""
    return read(sample / "screen" / request.param / "report.pdf")


@cache
def read(path: Path) -> Read:
    return Read(path)


def printed(text: str) -> str:
    """Return the page number at the end of a link's text; of a range, its first. The number
    of an area on its colour is none."""
    found = re.search(r"(?<![\w])([ivxl]+|[1-9]\d*)(–([ivxl]+|\d+))?$", text)
    return found[1] if found else ""


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text).casefold()


# Numbers.


def test_front_matter_counts_in_roman_numerals_and_the_body_from_one(book: Read) -> None:
    front = book.labels.index("1")
    assert book.labels[:front] == [roman(n + 1) for n in range(front)]
    assert book.labels[front:] == [str(n + 1) for n in range(len(book.labels) - front)]
    assert front % 2 == 0


def test_every_printed_number_is_that_of_its_page_on_the_outer_side(book: Read) -> None:
    seen = 0
    for n, page in enumerate(book.document):
        left, _, right, _ = page.get_mediabox()
        outer = (left, left + 24 * MM) if n % 2 else (right - 24 * MM, right)
        inner = (right - 24 * MM, right) if n % 2 else (left, left + 24 * MM)
        textpage = page.get_textpage()
        shown = folded(textpage.get_text_bounded(outer[0], 45, outer[1], 65))
        other = folded(textpage.get_text_bounded(inner[0], 45, inner[1], 65))
        if "@" not in folded(textpage.get_text_bounded(left, 45, right, 65)):
            continue  # a cover, or blank
        seen += 1
        assert shown == book.labels[n]
        assert book.labels[n] not in other.split(" ")
    assert seen > 50


def test_every_number_of_a_link_is_that_of_the_page_it_leads_to(book: Read) -> None:
    wrong, checked = [], 0
    for page, text, to in book.links():
        if found := printed(text):
            checked += 1
            if found != book.labels[to]:
                wrong.append((book.labels[page], text, book.labels[to]))
    assert wrong == []
    assert checked > 100


def test_the_contents_name_every_part_and_lead_to_its_heading(book: Read) -> None:
    outline = book.outline
    contents = next(page for _, title, page in outline if title in {"차례", "Contents"})
    entries = [(text, to) for page, text, to in book.links() if page == contents]
    assert len(entries) >= 18
    for text, to in entries:
        title = re.sub(r"^\d\d ", "", re.sub(r"[\s.]*([ivxl]+|\d+)$", "", text))
        title = title.rstrip(" .")
        if title in {"평가 영역", "도시 프로필", "Assessment Areas", "City Profiles"}:
            continue  # groups: they lead to the first of their sections
        assert squeezed(title) in squeezed(book.texts[to]), (text, book.labels[to])


def test_the_list_of_cities_leads_to_each_profile(book: Read, sample: Path) -> None:
    del sample
    cities = {load(ROOT / "report" / "cities" / f"{c}.yaml")["name"]["display"] for c in CITIES}
    page = next(p for _, t, p in book.outline if t in {"도시 목록", "List of Cities"})
    reached = set()
    for here, text, to in book.links():
        if here in {page, page + 1} and re.search(r" \d+$", text):
            reached |= {city for city in cities if book.texts[to].find(city) >= 0}
    assert reached == cities


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_index_names_all_pages_of_each_term_and_no_other(sample: Path, language: str) -> None:
    book = read(sample / "screen" / language / "report.pdf")
    terms = next(m for m in REPORT["back-matter"] if m["id"] == "glossary")["terms"]
    start = next(p for _, t, p in book.outline if t in {"찾아보기", "Index"})
    end = next(p for _, t, p in book.outline if p > start)
    index = " ".join(book.texts[start:end])
    skipped = {"차례", "도시 목록", "영역으로 본 도시", "출처", "찾아보기", "함께한 곳과 연락처",
               "Contents", "List of Cities", "Cities by Area", "Sources", "Index",
               "Partners and Contact"}  # fmt: skip
    parts = [(page, title) for _, title, page in book.outline]
    listed = 0
    for term in terms:
        name = term[language]
        entry = re.search(
            rf"(?<!\w){re.escape(name)} ((?:(?:\d+|[ivxl]+)\b(?:–(?:\d+|[ivxl]+)\b)?(?:, )?)+)",
            index,
        )
        assert entry, name
        pages: set[int] = set()
        for first, last in re.findall(r"([ivxl]+|\d+)(?:–([ivxl]+|\d+))?", entry[1]):
            at = book.labels.index(first)
            pages |= set(range(at, book.labels.index(last or first) + 1))
        forms = _term(name, "").forms
        for n, text in enumerate(book.texts):
            within = max(((p, t) for p, t in parts if p <= n), default=(0, ""))[1]
            if n < 2 or within in skipped or n == len(book.texts) - 1:
                continue
            has = any(form.search(text) for form in forms)
            # A page may have the term in its running head alone.
            assert (n in pages) or not has or name in within, (name, book.labels[n])
            if n in pages and text:
                assert has, (name, book.labels[n], "listed, but not there")
                listed += 1
    assert listed > 20


# The outline, sides, blanks.


def test_every_entry_of_the_outline_lands_on_its_heading(book: Read) -> None:
    groups = {"평가 영역", "도시 프로필", "Assessment Areas", "City Profiles"}
    outline = book.outline
    assert len([1 for level, _, _ in outline if level == 1]) == 8 + 31
    for item in book.document.get_toc():
        dest = item.get_dest()
        _, view = dest.get_view()
        page, title = dest.get_index(), item.get_title()
        if title in groups:
            continue
        assert squeezed(title) in squeezed(book.texts[page]), title
        textpage = book.document[page].get_textpage()
        y = view[1]
        near = folded(textpage.get_text_bounded(-20, y - 260, 620, y + 60))
        heading = squeezed(near)
        shown = squeezed(title)
        city = next((c for c in CITIES if title in load(
            ROOT / "report" / "cities" / f"{c}.yaml")["name"].values()), None)  # fmt: skip
        if city:
            shown = squeezed(load(ROOT / "report" / "cities" / f"{city}.yaml")["name"]["display"])
        assert shown in heading, (title, near)


def test_chapters_open_on_the_right_and_covers_carry_nothing(book: Read) -> None:
    areas = [p for level, _, p in book.outline if level == 1][:8]
    assert all(page % 2 == 0 for page in areas)
    assert len(book.labels) % 2 == 0
    for cover in (0, -1):
        assert "@" not in book.texts[0]
        left, _, right, _ = book.document[cover % len(book.labels)].get_mediabox()
        assert (round(left, 2), round(right, 2)) == (0, 595.28)


def test_blank_pages_are_truly_blank(book: Read) -> None:
    blank = [n for n, text in enumerate(book.texts) if not text]
    assert blank
    with pikepdf.open(book.path) as pdf:
        for n in blank:
            assert "/Contents" not in pdf.pages[n].obj or n == 0
            assert "/Annots" not in pdf.pages[n].obj


def test_text_pages_move_away_from_the_fold(book: Read) -> None:
    shift = 4 * MM
    for n, page in enumerate(book.document):
        left = page.get_mediabox()[0]
        if abs(left) > 0.01:
            assert left == pytest.approx(shift if n % 2 else -shift, abs=0.01)
    assert sum(abs(page.get_mediabox()[0]) > 1 for page in book.document) > 50


def test_the_letter_of_each_city_stands_at_the_fore_edge(book: Read) -> None:
    heights: dict[str, float] = {}
    for city in CITIES:
        name = load(ROOT / "report" / "cities" / f"{city}.yaml")["name"]
        page = next(p for level, t, p in book.outline if level == 1 and t in name.values())
        left, _, right, _ = book.document[page].get_mediabox()
        edge = (left, left + 9 * MM) if page % 2 else (right - 9 * MM, right)
        textpage = book.document[page].get_textpage()
        letter = name["en"][0]
        assert folded(textpage.get_text_bounded(edge[0], 100, edge[1], 800)) == letter
        for i in range(textpage.count_chars()):
            x1, y1, x2, _ = textpage.get_charbox(i)
            if edge[0] < (x1 + x2) / 2 < edge[1]:
                assert heights.setdefault(letter, round(y1)) == round(y1)
    assert sorted(heights, key=lambda k: -heights[k]) == sorted(heights)


# What validators and other programs say.


def test_the_book_is_valid_pdf_ua(book: Read) -> None:
    assert problems(book.path) == []


def test_one_font_program_per_face_serves_the_whole_book(book: Read) -> None:
    with pikepdf.open(book.path) as pdf:
        assert not pdf.check_pdf_syntax()
        held = list(pdf.objects)
        streams = [o for o in held if isinstance(o, pikepdf.Stream)]
        assert len([o for o in streams if o.get("/Subtype") == "/CIDFontType0C"]) == 4
        elements = [o for o in held if isinstance(o, pikepdf.Dictionary) and "/S" in o]
        identifiers = [str(o.ID) for o in elements if "/ID" in o]
        assert len(identifiers) == len(set(identifiers)) > 0


def test_the_figures_of_the_chapters_are_real_text_with_their_source(sample: Path) -> None:
    english = " ".join(read(sample / "screen" / "en" / "report.pdf").texts)
    for area in REPORT["areas"]:
        for figure in area.get("figures", ()):
            assert figure["title"]["en"] in english
            for item in figure["items"]:
                assert item["label"]["en"] in english


# Books that are asked for otherwise.

WHOLE = "book: {front: [cover, contents, cities], body: [areas, matrix, profiles], back: [index]}"


def whole(small: Small, block: str = WHOLE) -> Small:
    """Give the small workspace a book."""
    path = small.root / "report" / "report.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(?m)^book: .*$", block, text), encoding="utf-8")
    return small


def build(small: Small, run: Run, *options: object) -> Any:
    return run("build", small.root, "--lang", "en", "--jobs", 1, *options)


def test_parts_follow_the_order_of_the_record(small: Small, run: Run) -> None:
    order = "book: {front: [cities, contents], body: [profiles, areas], back: [partners]}"
    done = build(whole(small, order), run)
    assert done.returncode == 0, done.stderr
    found = [t for level, t, _ in Read(small.root / "build/screen/en/report.pdf").outline
             if level == 0]  # fmt: skip
    assert found == ["List of Cities", "Contents", "City Profiles", "Assessment Areas",
                     "Partners and Contact"]  # fmt: skip


def test_the_index_names_profiles_under_areas_wherever_the_chapters_stand(
    small: Small, run: Run
) -> None:
    source = "\nsources:\n  - {id: s, title: {ko: 출처, en: A source}}\n"
    finding = "\nfindings:\n  - {area: 1, kind: mention, text: {ko: 하나, en: One}, source: s}\n"
    small.city("alpha", small.text("alpha") + finding + source)
    whole(small, "book: {front: [], body: [profiles, areas], back: [index]}")
    assert build(small, run).returncode == 0
    read = Read(small.root / "build/screen/en/report.pdf")
    index = " ".join(read.texts[-1].split())
    assert "Services 1, 3" in index


def test_parts_without_data_leave_no_trace(small: Small, run: Run) -> None:
    order = "book: {front: [contents, findings], body: [matrix, profiles], back: [sources]}"
    assert build(whole(small, order), run).returncode == 0
    found = [t for _, t, _ in Read(small.root / "build/screen/en/report.pdf").outline]
    assert found[:2] == ["Contents", "City Profiles"]
    assert found[-1] == "Beta"


def test_the_status_of_a_book_when_a_record_is_added(small: Small, run: Run) -> None:
    assert build(whole(small), run).returncode == 0
    small.city("gamma", small.text("beta").replace("beta", "gamma").replace("Beta", "Gamma"))
    assert "screen/en/report.pdf: report/cities has other records" in run(
        "status", small.root).stdout.splitlines()  # fmt: skip
    assert "report.pdf: report/cities has other records" in build(small, run, "--why").stderr


def test_a_designer_adds_a_part_by_its_template(small: Small, run: Run) -> None:
    (small.own("templates") / "book" / "foreword.html").write_text(
        '<!DOCTYPE html><html lang="{{ language }}"><head><title>x</title></head>'
        "<body><h1>A Foreword to {{ report.title.en }}</h1></body></html>",
        encoding="utf-8",
    )
    done = build(whole(small, "book: {front: [foreword], body: [profiles], back: []}"), run)
    assert done.returncode == 0, done.stderr
    assert "A Foreword to A Report for Tests" in Read(
        small.root / "build/screen/en/report.pdf").texts[0]  # fmt: skip


def test_a_part_that_is_not_known_is_told_with_its_place(small: Small, run: Run) -> None:
    done = build(whole(small, "book: {front: [contnets], body: [profiles], back: []}"), run)
    assert done.returncode == 3
    assert "report/report.yaml:7:16: error: no part 'contnets'" in done.stderr
    assert "did you mean 'contents'?" in done.stderr


def test_a_bad_record_keeps_the_book_from_being_bound_unless_it_is_allowed(
    small: Small, run: Run
) -> None:
    whole(small)
    assert build(small, run).returncode == 0
    path = small.root / "build" / "screen" / "en" / "report.pdf"
    before = path.read_bytes()
    small.city("beta", small.text("beta").replace("about:", "abuot:"))
    done = build(small, run)
    assert done.returncode == 4
    assert "screen/en/report.pdf: not bound, as it would lack beta" in done.stderr
    assert "--allow-missing" in done.stderr
    assert path.read_bytes() == before
    done = build(small, run, "--allow-missing")
    assert done.returncode == 4
    text = " ".join(Read(path).texts)
    assert "ALPHA" in text
    assert "BETA" not in text
    assert "Beta" not in text


@pytest.mark.parametrize("count", [0, 1, 3])
def test_books_of_no_city_one_city_and_an_odd_number(small: Small, run: Run, count: int) -> None:
    whole(small)
    for city in ("alpha", "beta"):
        (small.root / "report" / "cities" / f"{city}.yaml").unlink()
    for n in range(count):
        text = (ROOT / "report" / "cities" / "lisbon.yaml").read_text(encoding="utf-8")
        small.city(f"c{n}", text.replace("id: lisbon", f"id: c{n}"))
    done = build(small, run)
    assert done.returncode == 0, done.stderr
    made = Read(small.root / "build" / "screen" / "en" / "report.pdf")
    profiles = [t for level, t, _ in made.outline if t == "Lisbon"]
    assert len(profiles) == count
    for _, text, to in made.links():
        if found := printed(text):
            assert found == made.labels[to]


def test_a_contents_that_moves_its_own_pages_settles(small: Small, run: Run) -> None:
    """With 120 texts in front the contents take several pages, all in front of the numbers."""
    matters = "".join(
        f"  - {{id: m{n}, title: {{en: Text {n}}}, text: {{en: [Some words.]}}}}\n"
        for n in range(120)
    )
    names = ", ".join(f"m{n}" for n in range(120))
    whole(small, f"book: {{front: [contents, {names}], body: [profiles], back: []}}")
    path = small.root / "report" / "report.yaml"
    text = path.read_text(encoding="utf-8").replace("languages: [ko, en]", "languages: [en]")
    path.write_text(text + "front-matter:\n" + matters, encoding="utf-8")
    for city in ("alpha", "beta"):
        small.city(city, re.sub(r"(?s)  ko:\n    about:\n.*?(?=  en:)", "", small.text(city)))
    done = build(small, run)
    assert done.returncode == 0, done.stderr
    made = Read(small.root / "build" / "screen" / "en" / "report.pdf")
    pages = {page for page, _, _ in made.links()}
    assert len(pages) > 2
    checked = 0
    for _, text, to in made.links():
        if found := re.match(r"(Text \d+)[ .]*([ivxlc]+)$", text):
            checked += 1
            assert found[2] == made.labels[to]
            assert found[1] in made.texts[to]
    assert checked == 120


def test_numbers_that_never_settle_are_told(small: Small, run: Run) -> None:
    """A part that is two pages long while it stands on page iii, and one page elsewhere."""
    book = small.own("templates") / "book"
    (book / "restless.html").write_text(
        '<!DOCTYPE html><html lang="{{ language }}"><head><title>x</title></head><body>'
        "<h1>Restless</h1>{% if 'report/contents' | page == 'ii' %}"
        '<div style="break-before: page">More</div>{% endif %}</body></html>',
        encoding="utf-8",
    )
    whole(small, "book: {front: [restless, contents], body: [profiles], back: []}")
    contents = book / "contents.html"
    text = contents.read_text(encoding="utf-8").replace('<meta name="opens" content="recto">', "")
    contents.write_text(text, encoding="utf-8")
    done = build(small, run)
    assert done.returncode == 5
    assert "page numbers did not settle in 8 passes" in done.stderr
    assert "passes; the last changed screen/en/report/restless (2 → 1 pages)" in done.stderr
    assert (small.root / "build" / "screen" / "en" / "alpha.pdf").is_file()
    assert not (small.root / "build" / "screen" / "en" / "report.pdf").exists()


# What a change costs.


def fragments(small: Small) -> set[str]:
    found = (small.root / ".reportgen").glob("??/*")
    return {p.name for p in found if p.read_bytes().startswith(b"reportgen fragment")}


COMPOSED = """
import sys
from reportgen.cli import run
from reportgen.markup.book import Bookwright
inner, composed = Bookwright.compose, []
def compose(self, part, *rest):
    composed.append(part.name)
    return inner(self, part, *rest)
Bookwright.compose = compose
code = run(["build", sys.argv[1], "--lang", "en", "--jobs", "1", "-q"])
print(*sorted(set(composed)))
sys.exit(code)
"""


def composed(small: Small) -> set[str]:
    """Build in English, and return which parts of the book were composed."""
    done = subprocess.run(
        [sys.executable, "-c", COMPOSED, str(small.root)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_a_change_of_words_in_a_profile_composes_no_part(
    small: Small, run: Run, tmp_path: Path
) -> None:
    whole(small)
    every = composed(small)
    assert {"contents", "cities", "index", "cover"} <= every
    old = products(small.root / "build")
    text = small.text("alpha")
    small.city("alpha", text.replace("is fictional", "was invented"))
    assert composed(small) == set()
    new = products(small.root / "build")
    assert new["screen/en/report.pdf"] != old["screen/en/report.pdf"]
    clean = tmp_path / "clean"
    assert build(small, run, "--out", clean, "--store", tmp_path / "other").returncode == 0
    assert products(clean) == new
    # Without a store the parts are not there any more, and what they show concerns them.
    shutil.rmtree(small.root / ".reportgen")
    small.city("alpha", text)
    assert composed(small) == every
    assert products(small.root / "build") == old
    small.city("alpha", text.replace("en: Alpha", "en: Alphaville"))
    assert "cities" in composed(small)
    assert build(small, run, "--out", clean, "--store", tmp_path / "other").returncode == 0
    assert products(clean) == products(small.root / "build")
    (small.root / "report" / "cities" / "beta.yaml").unlink()
    assert "cities" in composed(small)


def test_a_longer_city_moves_numbers_but_does_not_set_its_neighbours_again(
    small: Small, run: Run
) -> None:
    whole(small)
    assert build(small, run).returncode == 0
    before = fragments(small)
    long = "      - " + "This city has a great deal to tell. " * 250
    small.city("alpha", small.text("alpha").rstrip("\n") + "\n" + long + "\n")
    assert build(small, run).returncode == 0
    new = fragments(small) - before
    identities = {
        json.loads(path.read_bytes().split(b"\n")[2])["identity"]
        for name in new
        for path in (small.root / ".reportgen").glob(f"??/{name}")
    }
    assert "screen/en/alpha" in identities
    assert "screen/en/beta" not in identities
    assert identities <= {
        f"screen/en/{name}"
        for name in ("alpha", "report/contents", "report/cities", "report/index", "report/area-1")
    }
    made = Read(small.root / "build" / "screen" / "en" / "report.pdf")
    for _, text, to in made.links():
        if found := printed(text):
            assert found == made.labels[to]


def test_books_are_the_same_from_another_folder_with_other_jobs(
    small: Small, run: Run, tmp_path: Path
) -> None:
    whole(small)
    assert build(small, run).returncode == 0
    out = tmp_path / "elsewhere"
    done = run(
        "build", small.root, "--lang", "en", "--jobs", 3, "--out", out, "--store", tmp_path / "s",
        env={"TZ": "Asia/Seoul", "PYTHONHASHSEED": "7", "LC_ALL": "C"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    name = "screen/en/report.pdf"
    assert (out / name).read_bytes() == (small.root / "build" / name).read_bytes()


def test_a_record_that_is_edited_during_the_build_is_read_once(
    small: Small, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The book, the city's file and the manifest tell of the same text."""
    from reportgen.building import pool
    from reportgen.building.output import sha256
    from reportgen.building.tasks import Setup

    whole(small)
    old = small.text("alpha")

    def hire(setup: Setup) -> Any:
        small.city("alpha", old.replace("serves as a test", "was edited meanwhile"))
        return pool.processes(2)(setup)

    monkeypatch.setitem(os.environ, "FONTCONFIG_FILE", os.environ.get("FONTCONFIG_FILE", ""))
    request = reportgen.BuildRequest(workspace=small.root, languages=("en",))
    assert reportgen.build(request, executor=hire).outcome.failures == ()
    for name in ("alpha", "report"):
        text = " ".join(Read(small.root / "build" / "screen" / "en" / f"{name}.pdf").texts)
        assert "serves as a test" in text
        assert "was edited meanwhile" not in text
    for path, entry in state_of(small.root / "build").entries.items():
        if path.endswith(("alpha.pdf", "report.pdf")):
            assert entry.inputs["report/cities/alpha.yaml"] == sha256(old.encode())
    status = run("status", small.root).stdout
    assert "screen/en/alpha.pdf: report/cities/alpha.yaml changed" in status
    assert build(small, run).returncode == 0
    text = " ".join(Read(small.root / "build" / "screen" / "en" / "report.pdf").texts)
    assert "was edited meanwhile" in text


# Pagination and the index by themselves.


def extents(*given: tuple[str, str, int, str]) -> list[Extent]:
    return [Extent(f"i/{name}", name, place, pages, opens) for name, place, pages, opens in given]


def test_sections_open_where_they_ask_to() -> None:
    layout = paginate(
        extents(
            ("cover", "front", 1, "recto"), ("imprint", "front", 1, "next"),
            ("contents", "front", 1, "recto"), ("area", "body", 2, "recto"),
            ("city", "body", 1, "next"), ("last", "back", 1, "verso"),
        ),
        4, (),
    )  # fmt: skip
    assert [p.start for p in layout.placed] == [0, 1, 2, 4, 6, 7]
    assert (layout.pages, layout.front) == (8, 4)
    assert [layout.label(n) for n in range(8)] == ["i", "ii", "iii", "iv", "1", "2", "3", "4"]
    assert [layout.side(n) for n in range(2)] == ["recto", "verso"]


@pytest.mark.parametrize(
    ("number", "numeral"),
    [(1, "i"), (4, "iv"), (9, "ix"), (14, "xiv"), (40, "xl"), (49, "xlix"), (1994, "mcmxciv")],
)
def test_roman_numerals(number: int, numeral: str) -> None:
    assert roman(number) == numeral


def test_runs_of_pages_become_ranges_over_blank_pages_but_not_over_numerals() -> None:
    placed = (Placed("f", "f", 0, 2), Placed("a", "a", 2, 2), Placed("b", "b", 5, 1),
              Placed("c", "c", 7, 2))  # fmt: skip
    layout = Layout(placed, 9, front=2, binding=0)
    found = Locators(layout).ranges([(5, 5, "b"), (1, 1, "f"), (2, 3, "a"), (7, 7, "c")])
    assert found == [{"label": "ii", "target": "f"}, {"label": "1–6", "target": "a"}]
    apart = Locators(layout).ranges([(2, 2, "a"), (5, 5, "b"), (5, 5, "b")])
    assert [f["label"] for f in apart] == ["1", "4"]


@pytest.mark.parametrize(
    ("text", "page", "found"),
    [
        ("리빙랩", "리빙랩을 운영한다", True),
        ("Living lab", "the living labs of", True),
        ("Living lab", "living\nlab", True),
        ("Cloud", "clouded", False),
        ("AI", "said", False),
        ("사물인터넷(IoT)", "IoT 기술", True),
        ("사물인터넷(IoT)", "사물인터넷을", True),
        ("C++", "in C++ and", True),
    ],
)
def test_terms_are_found_as_a_reader_finds_them(text: str, page: str, *, found: bool) -> None:
    assert _term(text, "").on(page, page.casefold()) is found


def test_a_line_of_the_contents_is_heard_without_its_leader(small: Small, run: Run) -> None:
    """Forty dots are for the eye; a link says what it leads to, and on which page that is."""
    small.bind()
    assert run("build", small.root, "--lang", "en").returncode == 0
    path = small.root / "build" / "screen" / "en" / "report.pdf"
    with pikepdf.open(path) as pdf:
        links = [
            str(link.Contents) for page in pdf.pages for link in page.get("/Annots", [])
            if "/Dest" in link and "/Contents" in link
        ]  # fmt: skip
        tags = [pdf.Root.StructTreeRoot]
        heard: list[str] = []
        while tags:
            tag = tags.pop()
            heard.append(str(tag.get("/Alt", "")))
            kids: Any = tag.get("/K", [])
            tags += [k for k in (kids if isinstance(kids, pikepdf.Array) else [kids])
                     if isinstance(k, pikepdf.Dictionary) and "/S" in k]  # fmt: skip
    assert any(re.fullmatch(r"List of Cities, page [ivx]+", said) for said in links), links
    assert any(re.fullmatch(r"Services, page \d+", said) for said in links)
    assert not any(". ." in said for said in (*links, *heard))
    assert any(re.fullmatch(r"Services, page \d+", said) for said in heard)


def test_a_citation_is_heard_with_the_title_of_its_source(small: Small, run: Run) -> None:
    text = "text: {ko: 결과, en: A finding}"
    finding = f"findings:\n  - {{area: 1, kind: strong, {text}, source: a-source}}\n"
    small.city("alpha", small.text("alpha") + finding)
    assert run("build", small.root, "--city", "alpha").returncode == 0
    for language, said in (("en", "Source 1: A source"), ("ko", "출처 1: 어떤 출처")):
        with pikepdf.open(small.root / "build" / "screen" / language / "alpha.pdf") as pdf:
            links = [str(a.Contents) for page in pdf.pages for a in page.get("/Annots", [])]
        assert said in links
