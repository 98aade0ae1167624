"""What veraPDF says of the files: a second judge, that shares nothing with the first."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT, Run

READY = ROOT / ".venv" / "verapdf"

pytestmark = pytest.mark.skipif(
    not READY.exists(), reason="no Java was found at set-up: default-jdk-headless, libjaxb-java"
)


def judged(folder: Path) -> str:
    done = subprocess.run(
        [ROOT / "scripts" / "verapdf.sh", folder], capture_output=True, text=True, check=False
    )
    return done.stdout


def test_no_file_of_the_sample_fails(sample: Path) -> None:
    assert judged(sample).splitlines() == ["128 runs, 0 failed"]


def test_a_file_that_claims_another_part_of_the_standard_fails(
    sample: Path, tmp_path: Path
) -> None:
    content = (sample / "screen" / "en" / "paris.pdf").read_bytes()
    assert content.count(b"<pdfuaid:part>1") == 1
    # Of the same length, so that all else stays where it is.
    (tmp_path / "broken.pdf").write_bytes(content.replace(b"<pdfuaid:part>1", b"<pdfuaid:part>7"))
    (fault, *_, last) = judged(tmp_path).splitlines()
    assert "broken.pdf: not ua1" in fault
    assert last == "2 runs, 1 failed"


def test_no_file_of_the_example_fails(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "build"
    assert run("build", ROOT / "examples" / "fictional", "--out", out, "-q").returncode == 0
    assert judged(out).splitlines() == ["20 runs, 0 failed"]


def test_no_file_of_pdf_2_fails(run: Run, tmp_path: Path) -> None:
    """Each is PDF/UA-2, WTPDF for accessibility and for reuse, and PDF/A-4f."""
    root = tmp_path / "work"
    shutil.copytree(ROOT / "report", root / "report")
    report = root / "report" / "report.yaml"
    text = report.read_text("utf-8")
    assert text.count("editions:\n") == 1
    edition = "editions:\n  access: {standard: pdf/ua-2}\n"
    report.write_text(text.replace("editions:\n", edition), "utf-8")
    assert run("build", root, "--edition", "access", "-q").returncode == 0
    assert judged(root / "build").splitlines() == ["256 runs, 0 failed"]
