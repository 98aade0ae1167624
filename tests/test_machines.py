"""Hard machines: what containers, cleaners and operators do to a build."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import Run, Small, products, state_of
from pdf import text

PROC = Path("/proc")
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """The folder for temporary files of a build."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def start(small: Small, temporary: Path) -> Iterator[Start]:
    """Start a build of many cities in a session of its own."""
    for number in range(40):
        small.add(f"c{number:02}")
    processes: list[subprocess.Popen[str]] = []

    def call(*options: object, **environment: str) -> subprocess.Popen[str]:
        env = {**os.environ, "TMPDIR": str(temporary), "NO_COLOR": "1", **environment}
        command = [sys.executable, "-m", "reportgen", "build", small.root, "-q", *options]
        process = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=env, start_new_session=True,
        )  # fmt: skip
        processes.append(process)
        return process

    yield call
    for process in processes:
        process.kill()
        process.communicate()


def wait_for(found: Callable[[], object], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not found():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline, "it does not come to that"
        time.sleep(0.005)


def parts(small: Small) -> list[Path]:
    return list((small.root / "build").rglob("*.part"))


def working(folder: Path) -> list[str]:
    """Return the processes whose environment has the folder for temporary files."""
    found = []
    for process in PROC.glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            command = (process / "cmdline").read_text()
        except OSError:
            continue
        if f"TMPDIR={folder}".encode() in environment and command:
            found.append(command.replace("\0", " "))
    return found


def test_a_folder_of_the_user_is_not_taken_for_ours(
    small: Small, run: Run, temporary: Path
) -> None:
    """Names do not tell whose a folder is, and numbers of processes come again in a container."""
    theirs = temporary / "reportgen-2022-final"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("years of work")
    similar = temporary / "reportgen-99999999-x"
    similar.mkdir()
    (similar / ".private-folder-of-reportgen").write_text("not what reportgen writes")
    outside = temporary / "elsewhere"
    outside.mkdir()
    (outside / "a").write_text("a")
    (temporary / "reportgen-link").symlink_to(outside)
    assert run("build", small.root, env={"TMPDIR": str(temporary)}).returncode == 0
    assert (theirs / "thesis.txt").read_text() == "years of work"
    assert similar.is_dir()
    assert (outside / "a").is_file()


@pytest.mark.skipif(not PROC.exists(), reason="processes are found in /proc")
@pytest.mark.parametrize("jobs", [1, 2])
def test_nothing_outlives_a_parent_that_is_killed(
    small: Small, start: Start, temporary: Path, jobs: int
) -> None:
    process = start("--jobs", jobs)
    wait_for(lambda: parts(small), process)
    assert working(temporary)
    process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while (working(temporary) or any(temporary.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert working(temporary) == []
    assert list(temporary.iterdir()) == []


def test_a_whole_group_that_is_killed_leaves_no_folder(
    small: Small, start: Start, temporary: Path
) -> None:
    process = start("--jobs", 2)
    wait_for(lambda: parts(small), process)
    os.killpg(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while any(temporary.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(temporary.iterdir()) == []


def test_the_folder_of_a_run_is_left_alone_by_another(
    small: Small, start: Start, temporary: Path, run: Run
) -> None:
    """Two containers with one /tmp have the same numbers of processes."""
    process = start("--jobs", 1)
    wait_for(lambda: parts(small), process)
    done = run(
        "build", small.root, "--city", "alpha", "--out", small.root / "other", "--store",
        small.root / "store", env={"TMPDIR": str(temporary)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("when", ["at once", "late"])
def test_a_private_folder_that_is_removed_is_told(
    small: Small, start: Start, temporary: Path, jobs: int, when: str
) -> None:
    """A cleaner of temporary files took it: no page is set without its faces."""
    process = start("--jobs", jobs)
    wait_for(lambda: parts(small) if when == "late" else any(temporary.iterdir()), process)
    while left := list(temporary.iterdir()):  # it may grow meanwhile
        shutil.rmtree(left[0], ignore_errors=True)
    _, said = process.communicate(timeout=120)
    assert "Traceback" not in said
    assert "Fontconfig" not in said or process.returncode
    if process.returncode == 0:  # all pages were set before it was gone
        assert len(products(small.root / "build")) == 2 * 42
        return
    assert process.returncode == 6, said
    assert "was removed while the build used it" in said or "cannot be written" in said
    assert list((small.root / "build").rglob("*.pdf")) == []
    assert parts(small) == []


ROBBED = """
import shutil, sys
from reportgen import __main__
from reportgen.building.worker import Worker
asked = Worker._have_copies
def then_rob(self):
    asked(self)
    for path in self.folder.iterdir():
        if path.suffix == ".otf":
            path.unlink()
Worker._have_copies = then_rob
sys.argv = ["reportgen", "build", sys.argv[1], "-q", "--jobs", "1"]
__main__.main()
"""


def test_faces_that_go_before_the_engine_has_seen_them_are_told(small: Small) -> None:
    """Between the look at the folder and the engine's own; Pango then has no face at all."""
    done = subprocess.run(
        [sys.executable, "-c", ROBBED, small.root], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 6, done.stderr
    assert "was removed while the build used it" in done.stderr


@pytest.mark.parametrize("given", [".", "temporary", "../tmp/../temporary/."])
def test_a_relative_folder_for_temporary_files_has_the_faces(
    small: Small, run: Run, tmp_path: Path, temporary: Path, given: str
) -> None:
    (tmp_path / "tmp").mkdir()
    here = temporary if given == "." else tmp_path
    if given.startswith(".."):
        here = tmp_path / "tmp"
    for jobs in (1, 2):
        out = small.root / f"out{jobs}"
        done = run(
            "build", small.root, "--jobs", jobs, "--out", out, "--store", small.root / f"s{jobs}",
            cwd=here, env={"TMPDIR": given},
        )  # fmt: skip
        assert (done.returncode, done.stderr.count("Fontconfig")) == (0, 0), done.stderr
    assert products(small.root / "out1") == products(small.root / "out2")
    assert list(temporary.iterdir()) == []


def test_what_the_caller_ignores_stays_ignored(small: Small, start: Start, temporary: Path) -> None:
    """`nohup` lets a build go on when the terminal closes."""
    del start
    script = f"trap '' HUP; exec {sys.executable} -m reportgen build {small.root} -q"
    process = subprocess.Popen(
        ["sh", "-c", script], stderr=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )  # fmt: skip
    wait_for(lambda: parts(small), process)
    process.send_signal(signal.SIGHUP)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert len(products(small.root / "build")) == 2 * 42


def test_a_part_of_another_container_is_in_nobodys_way(small: Small, run: Run) -> None:
    """There every run is process 1."""
    assert run("build", small.root).returncode == 0
    folder = small.root / "build"
    for name in (".probe.1.part", "screen/en/.alpha.pdf.1.part"):
        (folder / name).write_bytes(b"left")
    small.city("alpha", small.text("alpha").replace("This city", "That city"))
    done = run("build", small.root)
    assert done.returncode == 0, done.stderr
    assert parts(small) == []


MEANWHILE = (
    "import sys\n"
    "from pathlib import Path\n"
    "from reportgen.building import run as build\n"
    "from reportgen.cli import run\n"
    "inner = build._Making.run\n"
    "def make(self):\n"
    "    Path(sys.argv[2]).write_bytes(Path(sys.argv[3]).read_bytes())\n"
    "    inner(self)\n"
    "build._Making.run = make\n"
    "if __name__ == '__main__':\n"
    "    sys.exit(run(['build', sys.argv[1], '-q', '--jobs', '1', '--lang', 'en']))\n"
)
"""A build in which a file is replaced after everything was looked through."""


def meanwhile(small: Small, name: str, content: bytes) -> subprocess.CompletedProcess[str]:
    (small.root / "new").write_bytes(content)
    command = [sys.executable, "-c", MEANWHILE, small.root, small.root / name, small.root / "new"]
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, timeout=120
    )


def inputs(small: Small) -> dict[str, str]:
    return state_of(small.root / "build").entries["screen/en/alpha.pdf"].inputs


@pytest.mark.parametrize("name", ["templates/profile.html", "templates/profile.css"])
def test_a_template_that_is_edited_meanwhile_was_not_used(
    small: Small, run: Run, name: str
) -> None:
    """What was looked through is what is used, and what the state says."""
    before = (small.own("templates").parent / name).read_bytes()
    edited = before.replace(b"<article>", b"<article>EDITED") + b"\n.about p { color: #ff0000 }\n"
    done = meanwhile(small, name, edited)
    assert done.returncode == 0, done.stderr
    assert inputs(small)[name] == hashlib.sha256(before).hexdigest()
    assert "EDITED" not in text(small.root / "build" / "screen" / "en" / "alpha.pdf")
    done = run("build", small.root, "--lang", "en", "--why", "--jobs", 1)
    assert f"{name} changed" in done.stderr


def test_a_face_that_is_replaced_meanwhile_is_told(small: Small) -> None:
    face = next(small.own("fonts").glob("*Regular.otf"))
    done = meanwhile(small, f"fonts/{face.name}", face.read_bytes())
    assert done.returncode == 3
    assert f"fonts/{face.name}: error: changed while pages were made with it" in done.stderr
