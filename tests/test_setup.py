"""The set-up on machines that lack something, with stand-ins for the system's commands."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT

NEEDED = ("sh", "dirname", "grep", "printf", "touch", "env")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A PATH of its own: no libraries known, no root, no sudo, no package manager."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    stand_in(folder, "ldconfig", "exit 0")
    stand_in(folder, "id", "echo 1000")
    return folder


def stand_in(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def setup(machine: Path) -> subprocess.CompletedProcess[str]:
    script = (ROOT / "scripts" / "setup.sh").read_text().replace("/sbin/ldconfig", "ldconfig")
    copy = machine.parent / "scripts" / "setup.sh"
    copy.parent.mkdir(exist_ok=True)
    copy.write_text(script)
    return subprocess.run(
        ["/bin/sh", str(copy)], env={"PATH": str(machine)}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def test_who_may_not_install_is_told_what_to_ask_for(machine: Path) -> None:
    stand_in(machine, "apt-get", "exit 99")
    stand_in(machine, "python3", "exit 0")
    result = setup(machine)
    assert result.returncode == 1
    assert (
        "you may not install them: libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        in result.stderr
    )
    assert "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in result.stderr
    assert not (machine.parent / ".venv").exists()


def test_other_systems_are_told_the_names(machine: Path) -> None:
    stand_in(machine, "python3", "exit 0")
    result = setup(machine)
    assert result.returncode == 1
    assert "missing: libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in result.stderr
    assert "with this system's package manager" in result.stderr


def test_only_what_is_missing_is_installed(machine: Path) -> None:
    stand_in(machine, "ldconfig", "echo libpango-1.0.so.0 libharfbuzz-subset.so.0")
    stand_in(machine, "python3", "exit 0")
    stand_in(machine, "id", "echo 0")
    stand_in(machine, "apt-get", 'echo "apt-get $*" >&2; [ "$1" = update ] || exit 5')
    result = setup(machine)
    assert result.returncode == 5
    assert "libpangoft2-1.0-0" in result.stderr.splitlines()[-1]
    assert "libpango-1.0-0" not in result.stderr.splitlines()[-1]


def test_an_old_python_is_not_used(machine: Path) -> None:
    stand_in(
        machine, "ldconfig", "echo libpango-1.0.so.0 libpangoft2-1.0.so.0 libharfbuzz-subset.so.0"
    )
    stand_in(machine, "python3", "exit 1")
    stand_in(machine, "apt-get", "exit 99")
    result = setup(machine)
    assert result.returncode == 1
    assert "apt-get install python3.11 python3.11-venv" in result.stderr
