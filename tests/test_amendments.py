"""The table of amendments: all that is changed in the engine stands there, and nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, Run

LOOK = """
import importlib, inspect, json, pkgutil, sys
from collections.abc import MutableMapping
import weasyprint, pydyf

PACKAGES = ("weasyprint", "pydyf")
for found in pkgutil.walk_packages(weasyprint.__path__, "weasyprint."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)


def look():
    held = {}
    for name, module in sorted(sys.modules.items()):
        if name.split(".")[0] not in PACKAGES:
            continue
        for key, value in vars(module).items():
            held[f"{name}.{key}"] = value
            if isinstance(value, MutableMapping) and not key.startswith("__"):
                held |= {f"{name}.{key}.{k}": v for k, v in value.items()}
            if inspect.isclass(value) and value.__module__.split(".")[0] in PACKAGES:
                of = f"{value.__module__}.{value.__qualname__}"
                held |= {f"{of}.{k}": v for k, v in vars(value).items()}
    return held


before = look()
from reportgen.press import engine, fragments, joining, measuring, runs
engine.install()
from reportgen.press.patches import table
after, nothing = look(), object()
changed = {k for k in before | after if before.get(k, nothing) is not after.get(k, nothing)}
print(json.dumps([sorted(changed), [row.target for row in table.AMENDMENTS]]))
"""
"""Prints what of the engine is another after it was amended, and what the table says of that."""


def test_all_that_is_changed_in_the_engine_is_in_the_table(tmp_path: Path) -> None:
    empty = ROOT / "src" / "reportgen" / "press" / "no-fonts.conf"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOOK], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "FONTCONFIG_FILE": str(empty)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    changed, told = json.loads(done.stdout)
    assert sorted(told) == changed


def test_what_is_changed_for_a_while_is_in_the_table(run: Run) -> None:
    files = (ROOT / "src").rglob("*.py")
    changed = {
        name for f in files for name in re.findall(r'\binstead\(\s*"([^"]+)"', f.read_text("utf-8"))
    }
    rows = json.loads(run("doctor", "--engine", "--json").stdout)
    assert changed == {row["target"] for row in rows if row["reason"].startswith("While ")}


def test_the_tests_that_the_table_names_are_there(run: Run) -> None:
    rows = json.loads(run("doctor", "--engine", "--json").stdout)
    named = {name for row in rows for name in re.findall(r"\btest_\w+", row["needless"])}
    assert named
    for name in named:
        assert (ROOT / "tests" / f"{name}.py").is_file(), name


def test_a_reader_finds_each_change_in_a_line(run: Run) -> None:
    head, *lines = run("doctor", "--engine", env={"COLUMNS": "400"}).stdout.split("\n")
    assert head.split() == ["TARGET", "OURS", "REASON", "NEEDLESS", "UPSTREAM"]
    line = next(text for text in lines if text.startswith("weasyprint.pdf.stream.Stream.marked "))
    starts = [head.index(word) for word in head.split()]
    cells = [line[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)]
    assert cells[1:3] == ["patches.artifacts.marked", "What no tag holds is marked as an artifact."]
    assert cells[4] == "https://github.com/Kozea/WeasyPrint/issues/1836"


@pytest.mark.parametrize("width", [30, 60, 100])
def test_a_narrow_terminal_has_each_change_in_a_block(run: Run, width: int) -> None:
    told = run("doctor", "--engine", env={"COLUMNS": str(width)}).stdout
    block = told[told.index("pydyf._to_bytes\n") :].split("\npydyf")[0]
    words = re.sub(r"\n {12}", " ", block).split("\n")
    assert words == [
        "pydyf._to_bytes",
        "  ours      patches.numbers.to_bytes",
        "  reason    Lengths have three decimals.",
        "  needless  files are no larger without it",
        "  upstream  to be offered",
    ]
    plain = [text for text in told.split("\n") if " " in text.strip() and "http" not in text]
    assert max(len(text) for text in plain if len(text.split()) > 2) <= width
