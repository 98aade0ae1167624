"""What CONTRIBUTING says that an addition touches, tried in a copy of the package."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

import pdf
from conftest import ROOT, Small

SOURCE = Path("src/reportgen")


class Copy:
    """A copy of the package with its templates, which a test adds to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in (SOURCE, Path("templates"), Path("fonts")):
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        self.touched: set[str] = set()

    def change(self, name: str, old: str, new: str) -> None:
        """Put `new` after the one `old` of a file."""
        path = self.root / name
        text = path.read_text("utf-8")
        assert text.count(old) == 1, (name, old)
        path.write_text(text.replace(old, old + new), "utf-8")
        self.touched.add(name)

    def add(self, name: str, text: str) -> None:
        """Write a new file."""
        (self.root / name).write_text(text, "utf-8")
        self.touched.add(name)

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "reportgen", *map(str, arguments)],
            capture_output=True, text=True, check=False, timeout=300, cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root / "src"), "COLUMNS": "100"},
        )  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path / "copy")


def edition(small: Small, told: str) -> None:
    report = small.root / "report" / "report.yaml"
    report.write_text(f"{report.read_text('utf-8')}\neditions:\n  screen: {told}\n", "utf-8")


def test_a_field_that_prints_as_a_block_touches_three_files(copy: Copy, small: Small) -> None:
    copy.change(
        f"{SOURCE}/records/schema/city.py", "    region: LocalisedName | None = None\n",
        "    mayor: Localised | None = None\n",
    )  # fmt: skip
    copy.change(
        "templates/profile.html",
        "<p>{{ paragraph | prose }}</p>\n  {% endfor %}\n</section>\n",
        '{% if city.mayor %}<section class="block"><h2 class="label">{{ words.mayor }}</h2>'
        "<p>{{ city.mayor[language] | prose }}</p></section>{% endif %}\n",
    )
    copy.change("templates/words.yaml", "ko:\n", "  mayor: 시장\n")
    copy.change("templates/words.yaml", "\nen:\n", "  mayor: The Mayor\n")
    assert len(copy.touched) == 3
    small.city("alpha", small.text("alpha") + "mayor: {ko: 김시장, en: Jane Doe}\n")
    done = copy.run("build", small.root, "-q", "--jobs", 1)
    assert done.returncode == 0, done.stderr
    made = small.root / "build" / "screen" / "en" / "alpha.pdf"
    assert "The Mayor Jane Doe" in " ".join(pdf.text(made).split())
    with pikepdf.open(made) as file:
        (carried,) = (held.get_file().read_bytes() for held in file.attachments.values())
    assert json.loads(carried)["city"]["mayor"] == {"en": "Jane Doe", "ko": "김시장"}
    assert '"mayor"' in copy.run("schema", "city").stdout
    # It is checked as what was there before: known languages, each of them, spelling of the key.
    small.city("alpha", small.text("alpha").replace("mayor: {ko: 김시장, en", "mayor: {en"))
    told = copy.run("build", small.root, "-q", "--jobs", 1).stderr
    assert "mayor" in told
    small.city("alpha", small.text("alpha").replace("mayor: {en", "mayer: {en"))
    assert "did you mean 'mayor'?" in copy.run("build", small.root, "-q", "--jobs", 1).stderr


FLYER = '''
"""A flyer: the cover of a book without a back."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from reportgen.building.fingerprints import Wanted
from reportgen.building.jobs import make_single
from reportgen.building.products.kinds import Settled, Task
from reportgen.building.tasks import Job, Single
from reportgen.plan import editions
from reportgen.records.schema.report import Report


class Flyer:
    bound = False

    def paths(self, report: Report, edition: str, asked: tuple[str, ...]) -> Iterator[str]:
        for language in editions.languages(report, edition):
            yield f"{edition}/{language}/flyer.pdf"

    def tasks(self, settled: Settled) -> Iterator[Task]:
        book, keys = settled.book, settled.keys
        about = replace(book.about, identity=f"{book.edition}/{book.language}/flyer")
        composed = settled.composer.cover(about, book.edition, Decimal(0))
        job = Job(composed, keys.fragment(composed))
        width = editions.cover_width(settled.report.editions[book.edition], Decimal(0))
        finish = editions.finish(settled.report, book.edition, about, width=width)
        wanted = Wanted(f"{about.identity}.pdf", job.key, settled.inputs)
        yield Task(wanted, make_single, Single(job, settled.over, finish, wanted.path))
'''


def test_a_product_is_a_file_and_a_line(copy: Copy, small: Small) -> None:
    copy.add(f"{SOURCE}/building/products/flyer.py", FLYER)
    copy.change(
        f"{SOURCE}/building/products/__init__.py",
        "from reportgen.building.products.cover import Cover\n",
        "from reportgen.building.products.flyer import Flyer\n",
    )
    copy.change(f"{SOURCE}/building/products/__init__.py", "= (Cover(), ", "Flyer(), ")
    assert len(copy.touched) == 2
    small.bind()
    done = copy.run("build", small.root, "-q")
    assert done.returncode == 0, done.stderr
    flyer = small.root / "build" / "screen" / "en" / "flyer.pdf"
    assert flyer.is_file()
    assert "screen/en/flyer.pdf: current" in copy.run("status", small.root).stdout
    assert copy.run("verify", small.root / "build").returncode == 0
    # Where it is made no more, it is removed as whatever nothing asks for.
    listed = copy.root / SOURCE / "building" / "products" / "__init__.py"
    listed.write_text(listed.read_text("utf-8").replace("Flyer(), ", ""), "utf-8")
    assert copy.run("build", small.root, "-q").returncode == 0
    assert not flyer.exists()


def test_a_standard_is_an_object(copy: Copy, small: Small) -> None:
    copy.change(
        f"{SOURCE}/core/standards.py", "_ALL = (\n",
        """    Standard(
        "pdf/a-2a", "1.7", True, "GTS_PDFA1", _SCREEN,
        lambda *_: "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>",
        ("2a",),
    ),
""",
    )  # fmt: skip
    path = copy.root / SOURCE / "core" / "standards.py"
    text = path.read_text("utf-8")
    path.write_text(text.replace("DEFAULT, PRINT = _ALL[0]", "DEFAULT, PRINT = _ALL[1]"), "utf-8")
    assert len(copy.touched) == 1
    edition(small, "{standard: pdf/a-2a}")
    done = copy.run("build", small.root, "-q", "--jobs", 1)
    assert done.returncode == 0, done.stderr
    with pikepdf.open(small.root / "build" / "screen" / "en" / "alpha.pdf") as file:
        assert file.open_metadata()["pdfaid:part"] == "2"
    assert '"pdf/a-2a"' in copy.run("schema", "report").stdout
    # PDF/A-2 allows no attached JSON, so its judge finds it.
    told = copy.run("verify", small.root / "build")
    assert told.returncode == 5
    assert "not 2a: " in told.stderr
