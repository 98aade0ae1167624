"""The library: what a program does with a workspace, and reads of what came of it."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import reportgen
from conftest import ROOT, Small

ALPHA = "screen/en/alpha.pdf"


def test_a_program_builds_looks_and_verifies(small: Small) -> None:
    heard: list[reportgen.Event] = []
    request = reportgen.BuildRequest(workspace=small.root, languages=("en",), jobs=1)
    made = reportgen.build(request, heard.append)
    assert made.root == small.root / "build"
    assert [p.path for p in made.outcome.products] == [ALPHA, "screen/en/beta.pdf"]
    assert (made.outcome.exit_code, made.outcome.failed) == (reportgen.ExitCode.DONE, [])
    first, begun, *made_one_by_one = heard
    assert (first, begun) == (reportgen.Reading(), reportgen.Begun(2))
    # They are done in any order.
    told = [e for e in made_one_by_one if isinstance(e, reportgen.Made)]
    assert (len(heard), [(e.done, e.total) for e in told]) == (4, [(1, 2), (2, 2)])
    assert {e.identity for e in told} == {"screen/en/alpha", "screen/en/beta"}
    assert reportgen.status(small.root)[ALPHA] == []
    found = reportgen.verify(made.root)
    assert (len(found.products), found.problems) == (2, ())
    heard.clear()
    again = reportgen.build(request, heard.append).outcome
    assert ([p.path for p in again.current], again.products) == ([ALPHA, "screen/en/beta.pdf"], ())
    assert heard[:3] == [
        reportgen.Reading(), reportgen.Current(ALPHA), reportgen.Current("screen/en/beta.pdf"),
    ]  # fmt: skip


def test_what_is_wrong_is_a_value_with_its_place(small: Small) -> None:
    text = small.text("alpha").replace("serves as a test", "serves as a \u0489 test")
    small.city("alpha", text)
    heard: list[reportgen.Event] = []
    request = reportgen.BuildRequest(workspace=small.root, languages=("en",), jobs=1)
    outcome = reportgen.build(request, heard.append).outcome
    (problem,) = outcome.problems
    assert problem.place.file == "report/cities/alpha.yaml"
    assert problem.field == "texts.en.about[0]"
    assert outcome.exit_code is reportgen.ExitCode.SOME_FAILED
    assert [product.path for product in outcome.products] == ["screen/en/beta.pdf"]
    small.city("alpha", "id: [")
    assert reportgen.load(small.root).problems
    with pytest.raises(reportgen.ReportgenError, match="no city 'gamma'") as caught:
        reportgen.build(reportgen.BuildRequest(workspace=small.root, cities=("gamma",)))
    assert caught.value.exit_code is reportgen.ExitCode.USAGE


def test_a_check_is_a_value(small: Small) -> None:
    request = reportgen.CheckRequest(workspace=small.root, languages=("en",), jobs=1)
    heard: list[reportgen.Event] = []
    found = reportgen.check(request, heard.append)
    assert (found.records, found.pages) == (3, 2)
    measured = [event for event in heard if isinstance(event, reportgen.PagesMeasured)]
    assert measured == [reportgen.PagesMeasured("screen/en/report/furniture", 1, 1)]
    assert found.sarif()["version"] == "2.1.0"
    assert reportgen.clean(small.root)[0] > 0


def test_the_program_of_the_docs_runs_as_it_is_written(small: Small) -> None:
    """Without a guard for processes that are started: none of them runs the program again."""
    told = (ROOT / "docs" / "library.md").read_text("utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", told, re.DOTALL)
    assert program.count('"report-2022"') == 1
    assert len([line for line in program.splitlines() if line]) <= 10
    (small.root.parent / "program.py").write_text(
        program.replace("report-2022", str(small.root)), "utf-8"
    )
    done = subprocess.run(
        [sys.executable, small.root.parent / "program.py"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    *steps, last = done.stdout.splitlines()
    assert sorted(step.partition(" ")[0] for step in steps) == ["1", "2", "3", "4"]
    assert last.startswith("0 ['screen/")


def test_every_name_is_there_and_loaded_when_it_is_asked_for() -> None:
    script = (
        "import sys, reportgen\n"
        "assert 'reportgen.library' not in sys.modules\n"
        "for name in reportgen.__all__: getattr(reportgen, name)\n"
        "for name in ('pydantic', 'yaml', 'weasyprint', 'pikepdf', 'click'):\n"
        "    assert name not in sys.modules, name\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = reportgen.nonsense
