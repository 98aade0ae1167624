"""What records say, kept between builds; and what is loaded when."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import REPORT, ROOT, Run, Small
from reportgen.building import forkserver, record_cache, seals, uptodate
from reportgen.building.store import FOLDER, RECORDS, Store
from reportgen.core.errors import Problem
from reportgen.records import records
from reportgen.records.records import Records
from reportgen.records.workspace import Workspace

NUMBERS = """\
facts:
  - {label: {ko: 가, en: a}, value: 12.50, year: 2022, source: a-source}
  - {label: {ko: 나, en: b}, value: 5., year: 2022, source: a-source}
  - {label: {ko: 다, en: c}, value: 1e3, year: 2022, source: a-source}
  - {label: {ko: 라, en: d}, value: -0.0, year: 2022, source: a-source}
  - {label: {ko: 마, en: e}, value: 0x1F, year: 2022, source: a-source}
  - {label: {ko: 바, en: f}, value: "12.50", year: 2022, source: a-source}
"""


def read(small: Small) -> Records:
    """Read the workspace as a build does, with what earlier ones kept."""
    workspace = Workspace(small.root)
    with record_cache.kept(Store(small.root / FOLDER), workspace) as kept:
        return records.read(workspace, kept)


def kept_file(small: Small) -> Path:
    (path,) = (small.root / FOLDER / RECORDS).iterdir()
    return path


@pytest.fixture
def parsings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of files that are parsed from now on."""
    found: list[str] = []
    parse = records.parse

    def noted(workspace: Workspace, name: str) -> records.Document:
        found.append(name)
        return parse(workspace, name)

    monkeypatch.setattr(records, "parse", noted)
    return found


def cities(parsings: list[str]) -> list[str]:
    found = [name.removeprefix("report/cities/") for name in parsings if "/cities/" in name]
    parsings.clear()
    return found


def test_what_is_kept_is_what_is_parsed(small: Small, parsings: list[str]) -> None:
    small.city("alpha", small.text("alpha") + NUMBERS)
    clean = records.read(Workspace(small.root))
    parsings.clear()
    first = read(small)
    assert cities(parsings) == ["alpha.yaml", "beta.yaml"]
    second = read(small)
    assert cities(parsings) == []
    # The text of a value tells 12.50 from 12.5, and a decimal from a whole number.
    assert repr(first.cities) == repr(second.cities) == repr(clean.cities)
    assert second.report == clean.report


def test_the_sample_is_kept_as_it_is_parsed(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "report", tmp_path / "report")
    clean = records.read(Workspace(tmp_path))
    for _ in range(2):
        workspace = Workspace(tmp_path)
        with record_cache.kept(Store(tmp_path / FOLDER), workspace) as kept:
            known = records.read(workspace, kept)
        assert repr(known.cities) == repr(clean.cities)
        assert workspace.reads.keys() >= {f"report/cities/{c.id}.yaml" for c in known.cities}


def test_a_record_that_changed_is_parsed_again(small: Small, parsings: list[str]) -> None:
    read(small)
    cities(parsings)
    small.city("beta", small.text("beta").replace("Beta", "Better"))
    assert [c.name.en for c in read(small).cities] == ["Alpha", "Better"]
    assert cities(parsings) == ["beta.yaml"]


@pytest.mark.parametrize("damage", ["flipped", "cut", "emptied", "gone", "no JSON", "no record"])
def test_what_is_damaged_is_parsed_again(small: Small, parsings: list[str], damage: str) -> None:
    known = read(small)
    cities(parsings)
    path = kept_file(small)
    content = path.read_bytes()
    if damage == "flipped":
        path.write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])
    elif damage == "cut":
        path.write_bytes(content[:-20])
    elif damage == "emptied":
        path.write_bytes(b"")
    elif damage == "gone":
        path.unlink()
    else:
        rest = content[65:130] + (b"{" if damage == "no JSON" else b"[]")
        path.write_bytes(sealed(rest) + b" " + rest + b"\n")
    assert read(small).cities == known.cities
    assert cities(parsings)
    assert read(small).cities == known.cities
    assert cities(parsings) == []


def sealed(rest: bytes) -> bytes:
    """Return the seal of a line, as only the user's own reportgen can make it."""
    return seals.of(seals.key(), b"reportgen record 1 ", rest).encode()


def test_what_somebody_forged_is_not_believed(small: Small) -> None:
    """A line with the hash of its own content is not ours."""
    known = read(small)
    path = kept_file(small)
    lines = []
    for line in path.read_bytes().splitlines():
        rest = line[65:].replace(b'"Alpha"', b'"Omega"')
        lines.append(hashlib.sha256(rest).hexdigest().encode() + b" " + rest + b"\n")
    path.write_bytes(b"".join(lines))
    assert [c.name.en for c in read(small).cities] == [c.name.en for c in known.cities]


def test_what_is_kept_is_checked_as_what_yaml_says_is(small: Small) -> None:
    read(small)
    path = kept_file(small)
    lines = []
    for line in path.read_bytes().splitlines():
        rest = line[65:].replace(b'"Alpha"', b'"\\u202eAlpha"')
        lines.append(sealed(rest) + b" " + rest + b"\n")
    path.write_bytes(b"".join(lines))
    known = read(small)
    assert [c.id for c in known.cities] == ["beta"]
    assert [p.message for p in known.problems] == [
        "the control character U+202E, found '\u202eAlpha'"
    ]


def test_another_version_parses_anew(
    small: Small, parsings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read(small)
    cities(parsings)
    monkeypatch.setattr(uptodate, "code", lambda: "another")
    read(small)
    assert cities(parsings) == ["alpha.yaml", "beta.yaml"]


def test_a_fault_of_a_kept_record_has_its_place(small: Small) -> None:
    """The report no longer has a source, so records that did not change are now wrong."""
    small.city("alpha", small.text("alpha") + NUMBERS)
    assert not read(small).problems
    report = small.root / "report" / "report.yaml"
    report.write_text(REPORT.replace("a-source", "another"), encoding="utf-8")

    def told(known: Records) -> list[str]:
        return [str(problem) for problem in known.problems]

    found = told(read(small))
    assert found
    assert found == told(records.read(Workspace(small.root)))
    assert all(isinstance(p, Problem) and p.place.line and p.source for p in read(small).problems)


def test_a_file_long_with_what_is_gone_is_written_anew(small: Small) -> None:
    read(small)
    length = kept_file(small).stat().st_size
    for number in range(5):
        small.city("beta", small.text("beta").replace("Beta", f"Beta{number}"))
        small.city("alpha", small.text("alpha").replace("Alpha", f"Alpha{number}"))
        read(small)
        assert kept_file(small).stat().st_size < 3 * length


def test_clean_removes_it_and_a_full_store_too(small: Small, run: Run) -> None:
    read(small)
    assert run("clean", small.root).stdout.startswith("0 entries removed")
    assert not list((small.root / FOLDER / RECORDS).iterdir())
    read(small)
    with Store(small.root / FOLDER, limit=0).shared():
        pass
    assert not list((small.root / FOLDER / RECORDS).iterdir())


def test_clean_leaves_what_is_not_the_stores(small: Small, run: Run) -> None:
    theirs = small.root / FOLDER / RECORDS / "theirs.yaml"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("theirs")
    assert run("clean", small.root).returncode == 0
    assert theirs.exists()


# What is loaded when.


def done(script: str, *arguments: object) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_server_starts_only_for_a_change_and_for_several_jobs(small: Small, jobs: int) -> None:
    script = (
        "import sys\n"
        "import multiprocessing.forkserver as server\n"
        "from reportgen.cli import run\n"
        "if __name__ == '__main__':\n"
        "    assert run(['build', sys.argv[1], '-q', '--jobs', sys.argv[2]]) == 0\n"
        "    assert (server._forkserver._forkserver_pid is not None) == (sys.argv[3] == 'yes')\n"
    )
    done(script, small.root, jobs, "yes" if jobs > 1 else "no")
    done(script, small.root, jobs, "no")


def test_the_server_loads_no_records_and_starts_no_program() -> None:
    done(
        "import os, subprocess, sys\n"
        "def refuse(*_, **__): raise AssertionError('a program was started')\n"
        "subprocess.Popen = os.posix_spawn = refuse\n"
        "from reportgen.building import forkserver as server\n"
        "os.environ['FONTCONFIG_FILE'] = str(server.NO_FONTS)\n"
        "for name in server.PRELOADED:\n"
        "    __import__(name)\n"
        "for name in ('pydantic', 'yaml', 'jinja2', 'click'):\n"
        "    assert name not in sys.modules, name\n"
    )


def test_the_server_preloads_modules_that_are_there() -> None:
    for name in forkserver.PRELOADED:
        path = ROOT / "src" / Path(*name.split("."))
        assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
