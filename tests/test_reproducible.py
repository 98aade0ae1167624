"""The same input gives the same bytes, wherever and however it is built."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT

INPUT = ("report", "templates", "fonts", "src", "pyproject.toml", "README.md", "LICENSE")


def hashes(build: Path) -> dict[str, str]:
    return {
        str(p.relative_to(build)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in build.rglob("*")
        if p.is_file()
    }


def checkout(target: Path) -> Path:
    """Lay a second checkout of the sources; only its files are read when it builds."""
    target.mkdir(parents=True)
    for name in INPUT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, copy_function=os.link)
        else:
            shutil.copy(source, target / name)
    return target


def build(root: Path, *options: str, umask: int = 0o022, **env: str) -> dict[str, str]:
    out = root / "build"
    shutil.rmtree(out, ignore_errors=True)
    subprocess.run(
        [sys.executable, "-m", "reportgen", "build", str(root), "-q", *options],
        env={**os.environ, "PYTHONPATH": str(root / "src"), **env},
        cwd=root.parent, umask=umask, check=True, timeout=300,
    )  # fmt: skip
    return hashes(out)


def test_two_checkouts_in_other_surroundings_give_the_same_bytes(
    sample: Path, tmp_path: Path
) -> None:
    first = hashes(sample)
    far = checkout(tmp_path / "한글 폴더 with spaces" / "b")
    second = build(
        far, "--jobs", "1", umask=0o077,
        TZ="Pacific/Apia", LANG="tr_TR.UTF-8", LC_ALL="C", PYTHONHASHSEED="12345",
    )  # fmt: skip
    assert second == first
    third = build(far, "--jobs", "3", TZ="Asia/Seoul", PYTHONHASHSEED="0", LC_ALL="ko_KR.UTF-8")
    assert third == first


def test_one_city_alone_gives_the_bytes_that_it_has_among_all(sample: Path, tmp_path: Path) -> None:
    out = tmp_path / "alone"
    subprocess.run(
        [sys.executable, "-m", "reportgen", "build", str(ROOT), "--city", "busan", "-q",
         "--lang", "ko", "--out", str(out), "--jobs", "1"],
        check=True, timeout=120,
    )  # fmt: skip
    assert [p.name for p in out.rglob("*.pdf")] == ["busan.pdf"]
    alone = (out / "screen" / "ko" / "busan.pdf").read_bytes()
    assert alone == (sample / "screen" / "ko" / "busan.pdf").read_bytes()


@pytest.fixture
def system_fonts(tmp_path: Path) -> Path:
    """A home with CJK fonts installed for the user, under the same family name as ours."""
    home = tmp_path / "home"
    (home / ".fonts").mkdir(parents=True)
    (home / ".local" / "share").mkdir(parents=True)
    # Our Black passes for the Regular of a system: set from it, every page would differ.
    os.link(ROOT / "fonts" / "NotoSansCJKkr-Black.otf", home / ".fonts" / "NotoSansCJK.otf")
    shutil.copytree(home / ".fonts", home / ".local" / "share" / "fonts")
    return home


def test_fonts_of_the_system_change_nothing(
    sample: Path, tmp_path: Path, system_fonts: Path
) -> None:
    # The engine left to itself takes the system's font, so the test can fail.
    naked = (
        "import sys, weasyprint; sys.stdout.buffer.write(weasyprint.HTML(string="
        "'<p style=\"font-family: Noto Sans CJK KR\">x').write_pdf(uncompressed_pdf=True))"
    )
    env = {k: v for k, v in os.environ.items() if k != "FONTCONFIG_FILE"}
    taken = subprocess.run(
        [sys.executable, "-c", naked], env={**env, "HOME": str(system_fonts)},
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    assert b"Noto-Sans-CJK-KR" in taken
    out = tmp_path / "with"
    subprocess.run(
        [sys.executable, "-m", "reportgen", "build", str(ROOT), "-q", "--out", str(out)],
        env={**os.environ, "HOME": str(system_fonts)}, check=True, timeout=300,
    )  # fmt: skip
    assert hashes(out) == hashes(sample)
