"""What the command says to streams that are closed, or whose encoding lacks a sign."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conftest import CITY, Run, Small, products


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_build_with_closed_streams_is_a_build(small: Small, closed: str) -> None:
    command = f'"{sys.executable}" -m reportgen build "{small.root}" {closed}'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)
    assert len(products(small.root / "build")) == 4
    assert subprocess.run(
        [sys.executable, "-m", "reportgen", "verify", small.root / "build"],
        check=False, capture_output=True,
    ).returncode == 0  # fmt: skip


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_an_encoding_that_lacks_a_sign_fails_nothing(small: Small, run: Run, encoding: str) -> None:
    done = run("build", small.root, env={"PYTHONIOENCODING": encoding})
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert "4 files" in done.stdout


def test_a_message_keeps_what_the_encoding_lacks(small: Small, run: Run) -> None:
    small.city("gamma", CITY.format(id="gamma", display="GAMMA", ko="감마", en="Gamma") + "가: 1\n")
    done = run("build", small.root, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 4
    assert r"unknown key '\uac00'" in done.stderr


def test_nothing_made_leaves_with_3(small: Small, run: Run) -> None:
    folder = small.own("templates")
    sheet = folder / "profile.css"
    sheet.write_text(sheet.read_text("utf-8") + "\nh1 { colr: red }\n", "utf-8")
    assert run("build", small.root).returncode == 3
    assert not any(Path(small.root / "build").rglob("*.pdf"))


def test_devices_are_left_open(small: Small) -> None:
    """Nothing of the workspace is written to a number that the caller had closed."""
    before = {path: path.read_bytes() for path in small.root.rglob("*.yaml")}
    subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m reportgen list "{small.root}" <&- >&- 2>&-'],
        check=True,
    )
    assert {path: path.read_bytes() for path in small.root.rglob("*.yaml")} == before


@pytest.mark.parametrize("command", ["build", "build --json -v", "list", "check -q", "build 2>&1"])
def test_a_reader_that_goes_changes_no_exit_code(small: Small, command: str) -> None:
    """Its exit code is what became of the products, and nothing of Python is said."""
    name, _, rest = command.partition(" ")
    called = f'"{sys.executable}" -m reportgen {name} "{small.root}" {rest}'
    script = f"{{ {called}; echo $? >code; }} | true"
    done = subprocess.run(
        ["bash", "-c", script], cwd=small.root, capture_output=True, text=True, check=False
    )
    assert (small.root / "code").read_text().strip() == ("8" if name == "check" else "0")
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    if name == "build":
        assert len(products(small.root / "build")) == 4
