"""Texts that are read again: the same as the record had, whatever becomes of its file."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import ROOT, Run, Small, products
from reportgen.building import record_cache
from reportgen.building.record_cache import Parsed
from reportgen.building.store import FOLDER, Store
from reportgen.core.errors import InputError
from reportgen.markup import Composer
from reportgen.plan import attachments
from reportgen.plan.values import Section
from reportgen.records import records
from reportgen.records.records import Records
from reportgen.records.workspace import Workspace

NEW = "This city was written anew."
OLD = "This city is fictional and serves as a test."


@pytest.fixture
def kept(small: Small) -> Iterator[Parsed]:
    """What is kept of the small workspace, open."""
    with record_cache.kept(Store(small.root / FOLDER), Workspace(small.root)) as found:
        yield found


@pytest.fixture
def lean(small: Small, kept: Parsed) -> Records:
    """The records of the small workspace without the texts of its cities."""
    return records.read(Workspace(small.root), kept, whole=False)


def damage(small: Small) -> None:
    """Spoil all that is kept of records, while it is open."""
    for path in (small.root / FOLDER / "records").iterdir():
        with path.open("r+b") as file:
            file.seek(150)
            file.write(b"XXXX")
            file.seek(-150, 2)
            file.write(b"XXXX")


def about(known: Records) -> list[str]:
    return [city.texts["en"].about[0] for city in known.cities]


def test_they_are_those_of_the_record(small: Small, lean: Records) -> None:
    whole = records.read(Workspace(small.root))
    for city, other in zip(lean.cities, whole.cities, strict=True):
        assert dict(city.texts) == other.texts
        assert list(records.strings(city)) == list(records.strings(other))
        assert attachments.of_city(lean, city) == attachments.of_city(whole, other)
        assert city.texts.get("ja") is None
        with pytest.raises(KeyError):
            city.texts["ja"]


def test_all_of_the_sample_is_composed_to_the_same(tmp_path: Path) -> None:
    workspace = Workspace(ROOT)
    whole = records.read(workspace)
    composer = Composer(workspace, whole)
    with record_cache.kept(Store(tmp_path / FOLDER), workspace) as kept:
        known = records.read(workspace, kept, whole=False)
        other = Composer(workspace, known)
        for city, lean in zip(whole.cities, known.cities, strict=True):
            for language in city.texts:
                one = composer.compose(Section(city, language, "screen"))
                assert other.compose(Section(lean, language, "screen")) == one


def test_a_record_that_is_edited_meanwhile_is_read_as_it_was(small: Small, lean: Records) -> None:
    small.city("alpha", small.text("alpha").replace(OLD, NEW))
    small.city("beta", "no: record")
    assert about(lean) == [OLD, OLD]


def test_what_is_damaged_meanwhile_is_parsed_again(small: Small, lean: Records) -> None:
    damage(small)
    assert about(lean) == [OLD, OLD]


def test_what_is_damaged_and_edited_meanwhile_is_an_error(small: Small, lean: Records) -> None:
    damage(small)
    small.city("alpha", small.text("alpha").replace(OLD, NEW))
    with pytest.raises(InputError, match=r"alpha\.yaml: error: changed while pages were made"):
        about(lean)


def test_another_build_may_write_at_the_same_time(small: Small, kept: Parsed) -> None:
    # Both begin with the same empty file, and each adds to it in turn.
    with record_cache.kept(Store(small.root / FOLDER), Workspace(small.root)) as other:
        for number in range(20):
            digests = f"{number:064x}", f"{number + 100:064x}"
            kept.put(digests[0], {"n": number})
            other.put(digests[1], {"n": -number})
        assert [kept.get(f"{n:064x}") for n in range(20)] == [{"n": n} for n in range(20)]
        assert [other.get(f"{n + 100:064x}") for n in range(20)] == [{"n": -n} for n in range(20)]


def test_a_part_of_the_book_may_show_them(small: Small, run: Run) -> None:
    small.bind("book: {front: [], body: [cities, profiles], back: []}")
    templates = small.own("templates")
    path = templates / "book" / "cities.html"
    text = path.read_text(encoding="utf-8")
    shown = "{% for city in cities %}<p>{{ city.texts[language].about[0] }}</p>{% endfor %}</body>"
    path.write_text(text.replace("</body>", shown), encoding="utf-8")
    assert run("build", small.root, "-q").returncode == 0
    made = products(small.root / "build")
    # An edit of a text now also concerns the part that shows it.
    small.city("alpha", small.text("alpha").replace(OLD, NEW))
    assert run("build", small.root, "-q").returncode == 0
    now = products(small.root / "build")
    assert now["screen/en/report.pdf"] != made["screen/en/report.pdf"]
    path.write_text(text.replace("</body>", "{{ cities[0].texts._again }}</body>"), "utf-8")
    done = run("build", small.root, "-q")
    assert done.returncode == 4
    assert "_again" in done.stderr


def test_records_of_two_pages_take_little_memory(tmp_path: Path) -> None:
    sys.path.insert(0, str(ROOT / "bench"))
    try:
        import workspace as generated
    finally:
        sys.path.pop(0)
    count = 200
    generated.make(tmp_path, count)
    taken = {}
    for whole in (True, False):
        workspace = Workspace(tmp_path)
        with record_cache.kept(Store(tmp_path / FOLDER), workspace) as kept:
            records.read(workspace, kept, whole=whole)  # what is loaded and cached once
            gc.collect()
            tracemalloc.start()
            known = records.read(workspace, kept, whole=whole)
            gc.collect()
            taken[whole] = tracemalloc.get_traced_memory()[0] / count
            tracemalloc.stop()
            assert len(known.cities) == count
    assert taken[False] < min(6_000, taken[True] / 2), taken
