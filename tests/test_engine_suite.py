"""The engine's own tests, from its source distribution, with the engine as it is amended.

`scripts/setup.sh --dev` fetches them. What fails is listed in `engine/expected.toml`, each with its
reason: a test more or less in the list is a fault.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

from conftest import ROOT

OWN = ROOT / "tests" / "engine"
SOURCE = ROOT / ".venv" / "engine-source" / "weasyprint-70.0.tar.gz"
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>/usr/share/fonts/truetype/dejavu</dir><cachedir>{cache}</cachedir></fontconfig>
"""
LEAST = 4300
"""Of 4,380 tests, 43 of which the engine itself expects to fail."""


def test_the_engine_does_what_it_did(tmp_path: Path) -> None:
    assert SOURCE.exists(), "run: make .venv/requirements-dev.lock"
    with tarfile.open(SOURCE) as archive:
        archive.extractall(tmp_path, filter="data")
    fonts = tmp_path / "fonts.conf"
    fonts.write_text(FONTS.format(cache=tmp_path / "cache"), "utf-8")
    folder = tmp_path / "weasyprint-70.0"
    # Next to its tests lies the engine as it comes, which must not be the one that is met.
    (folder / "weasyprint").rename(folder / "not-used")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "amended", "-p", "no:cacheprovider"),
            *("-p", "no:xdist", "-c", os.devnull, "--rootdir", ".", "tests", "-rfE", "--tb=no"),
        ],
        cwd=folder,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")},
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "src", OWN))),
            "FONTCONFIG_FILE": str(fonts),
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    failed = set(re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE))
    passed = re.search(r"(\d+) passed", done.stdout)
    expected = tomllib.loads((OWN / "expected.toml").read_text("utf-8"))
    assert passed, done.stdout + done.stderr
    assert int(passed[1]) >= LEAST
    purpose, without = (set(expected[part]) for part in ("on-purpose", "without-amendments"))
    assert failed - without == purpose, done.stdout
