"""What stands in the way of writing products, and what is left when writing stops halfway."""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from conftest import CITY, Run, Small, state_of

PROC = Path("/proc/self/stat")
ALPHA = "screen/en/alpha.pdf"
IMAGE = "image: {path: images/%s.png, alt: {ko: 가, en: a}, credit: b}\n"


def text(identifier: str) -> str:
    """Return the record of a city."""
    name = identifier.upper()
    return CITY.format(id=identifier, display=name, ko="도시", en=identifier.title())


def change(small: Small) -> None:
    """Change every record, so that every product becomes another."""
    for path in (small.root / "report" / "cities").iterdir():
        record = path.read_text(encoding="utf-8")
        changed = record.replace("serves as a test", "serves as another test")
        assert changed != record
        path.write_text(changed, encoding="utf-8")


def noise(small: Small, identifier: str, side: int) -> None:
    """Give a city a picture that no compression makes small: 3 × side² bytes."""
    images = small.root / "report" / "images"
    images.mkdir(exist_ok=True)
    content = random.Random(identifier).randbytes(3 * side * side)
    Image.frombytes("RGB", (side, side), content).save(images / f"{identifier}.png")
    small.city(identifier, small.text(identifier) + IMAGE % identifier)


def state(folder: Path) -> dict[str, bytes | str]:
    """Return everything below `folder`: files with their bytes, the rest with its kind."""
    return {
        path.relative_to(folder).as_posix(): (
            f"-> {path.readlink()}"
            if path.is_symlink()
            else path.read_bytes()
            if path.is_file()
            else "folder"
            if path.is_dir()
            else "special"
        )
        for path in folder.rglob("*")
    }


def parts(folder: Path) -> list[str]:
    """Return what a run left halfway."""
    return [path.name for path in folder.rglob("*") if path.name.endswith(".part")]


def pages(folder: Path) -> list[str]:
    """Return the pages that a run has set and not yet put in their places."""
    return [name for name in parts(folder) if ".pdf." in name]


def whole(out: Path) -> dict[str, str]:
    """Check that the folder holds what its manifest says, and that each file opens."""
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    listed = {}
    for entry in manifest["products"]:
        content = (out / entry["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert len(content) == entry["bytes"]
        with pypdfium2.PdfDocument(content) as pdf:
            assert len(pdf) == entry["pages"]
        listed[entry["path"]] = entry["sha256"]
    assert {p.relative_to(out).as_posix() for p in out.rglob("*.pdf")} == listed.keys()
    return listed


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a build of English pages in a session of its own."""
    # What a killed build leaves of its scratch files goes with the test.
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    begun: list[subprocess.Popen[str]] = []

    def call(*options: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "reportgen", "build", str(small.root), "--lang", "en", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        begun.append(process)
        return process

    yield call
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.communicate()


def built(
    small: Small, run: Run, *options: object, bound: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Build the English pages; `bound` sets limits in the new process."""
    return run("build", small.root, "--lang", "en", "--jobs", "1", *options, preexec_fn=bound)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small workspace whose English pages are built."""
    small = Small(tmp_path_factory.mktemp("finished") / "work")
    subprocess.run(
        [sys.executable, "-m", "reportgen", "build", str(small.root), "--lang", "en", "-q",
         "--jobs", "1"],
        check=True, timeout=120,
    )  # fmt: skip
    return small.root


@pytest.fixture
def old(small: Small, finished: Path) -> Path:
    """The output folder of `small`, with products of an earlier build; the records are new."""
    shutil.copytree(finished / "build", small.root / "build")
    change(small)
    return small.root / "build"


# The manifest and what it names.


def test_the_manifest_names_every_product_with_its_hash(finished: Path) -> None:
    out = finished / "build"
    assert whole(out).keys() == {ALPHA, "screen/en/beta.pdf"}
    record = (finished / "report" / "cities" / "alpha.yaml").read_bytes()
    inputs = state_of(out).entries[ALPHA].inputs
    assert inputs["report/cities/alpha.yaml"] == hashlib.sha256(record).hexdigest()
    assert "report/cities/beta.yaml" not in inputs


def test_a_product_that_did_not_change_is_not_written_again(
    small: Small, run: Run, finished: Path
) -> None:
    out = small.root / "build"
    shutil.copytree(finished / "build", out)
    small.city("beta", text("beta").replace("a test", "another test"))
    before = {path: path.stat() for path in out.rglob("*.pdf")}
    done = built(small, run)
    assert done.returncode == 0, done.stderr
    for path, stat in before.items():
        same = (path.stat().st_mtime_ns, path.stat().st_ino) == (stat.st_mtime_ns, stat.st_ino)
        assert same == (path.name == "alpha.pdf")
    whole(out)


def test_the_products_of_a_city_that_is_gone_are_removed_and_told(
    small: Small, run: Run, finished: Path
) -> None:
    out = small.root / "build"
    shutil.copytree(finished / "build", out)
    (out / "screen" / "en" / "notes.txt").write_text("mine", encoding="utf-8")
    (small.root / "report" / "cities" / "beta.yaml").unlink()
    done = run("build", small.root, "--jobs", "1")
    assert done.returncode == 0, done.stderr
    assert "removed screen/en/beta.pdf" in done.stdout
    assert whole(out).keys() == {ALPHA, "screen/ko/alpha.pdf"}
    assert (out / "screen" / "en" / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_the_products_of_a_city_that_became_bad_are_kept(
    small: Small, run: Run, finished: Path
) -> None:
    out = small.root / "build"
    shutil.copytree(finished / "build", out)
    old = (out / "screen" / "en" / "beta.pdf").read_bytes()
    small.city("beta", "id: [\n")
    done = run("build", small.root, "--jobs", "1")
    assert done.returncode == 4
    assert "removed" not in done.stdout
    assert (out / "screen" / "en" / "beta.pdf").read_bytes() == old
    assert "screen/en/beta.pdf" in whole(out)


def test_a_file_that_was_never_a_product_is_not_removed(small: Small, run: Run) -> None:
    out = small.root / "build"
    (out / "screen" / "en").mkdir(parents=True)
    (out / "screen" / "en" / "gamma.pdf").write_bytes(b"mine")
    done = built(small, run, "--city", "alpha")
    assert done.returncode == 0, done.stderr
    assert (out / "screen" / "en" / "gamma.pdf").read_bytes() == b"mine"


# Folders that cannot be written.

UNWRITABLE = {
    "a folder of the kernel": "/proc/reportgen-build",
    "a device": "/dev/null",
    "below a file": "FILE/build",
    "a file": "FILE",
    "below a folder that is not": "no/such/build",
    "a link to nowhere": "LINK",
    "a name that is too long": "a" * 300,
}


@pytest.mark.parametrize("out", UNWRITABLE.values(), ids=UNWRITABLE)
def test_an_output_folder_that_cannot_be_written_is_told_before_any_page_is_set(
    small: Small, run: Run, tmp_path: Path, out: str
) -> None:
    (tmp_path / "FILE").write_text("mine", encoding="utf-8")
    (tmp_path / "LINK").symlink_to("nowhere")
    done = built(small, run, "--out", out)
    assert done.returncode == 6, done.stderr
    assert Path(out).name in done.stderr
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert "[1/" not in done.stderr
    assert (tmp_path / "FILE").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "nowhere").exists()
    assert not (tmp_path / "no").exists()


def test_the_remedy_for_a_missing_parent_is_told(small: Small, run: Run) -> None:
    done = built(small, run, "--out", "no/such/build")
    assert "= make the folder above it first, or mount the disk" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a file system")
def test_a_file_system_mounted_read_only_is_told(small: Small, run: Run, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "ro,size=1m", "none", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us mount")
    try:
        done = built(small, run, "--out", disk)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert done.returncode == 6
    assert f"{disk}: cannot be written: Read-only file system" in done.stderr
    assert "= choose a folder that can be written with --out" in done.stderr
    assert "[1/" not in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_the_user_may_not_write_is_told(
    small: Small, run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    done = built(small, run, "--out", folder)
    assert done.returncode == 6
    assert "Permission denied" in done.stderr
    assert "= choose a folder that you may write" in done.stderr


# What stands where a product, or its folder, should be.


def put_link(path: Path) -> None:
    path.symlink_to(path.parents[3] / "target")


def put_dangling_link(path: Path) -> None:
    path.symlink_to(path.parents[3] / "escaped")


def put_device_link(path: Path) -> None:
    path.symlink_to("/dev/full")


def put_pipe(path: Path) -> None:
    os.mkfifo(path)


def put_folder(path: Path) -> None:
    path.mkdir()


OBSTACLES = {
    "a link": put_link, "a link to nowhere": put_dangling_link,
    "a link to a device": put_device_link, "a pipe": put_pipe, "a folder": put_folder,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "put"),
    [
        *((ALPHA, put) for put in OBSTACLES.values()),
        ("manifest.json", put_pipe),
        ("manifest.json", put_link),
        ("manifest.json", put_folder),
        ("screen/en", put_link),
        ("screen/en", put_pipe),
        ("screen", put_dangling_link),
    ],
)
def test_what_stands_in_the_way_is_told_and_left_as_it_is(
    small: Small, run: Run, old: Path, put: Callable[[Path], None], name: str
) -> None:
    target = small.root / "target"
    target.write_bytes(b"mine")
    aside = small.root / "aside"
    (old / name).rename(aside)
    obstacle = old / name
    if put in {put_link, put_dangling_link}:
        # However deep the name lies, the links point into the workspace.
        obstacle.symlink_to(target if put is put_link else small.root / "escaped")
    else:
        put(obstacle)
    before = state(old)
    done = built(small, run)
    assert done.returncode == 6, done.stderr
    assert name in done.stderr
    assert "Traceback" not in done.stderr
    assert target.read_bytes() == b"mine"
    assert not (small.root / "escaped").exists()
    assert parts(small.root) == []
    assert state(old) == before


def test_a_link_to_the_language_folder_elsewhere_is_not_followed(
    small: Small, run: Run, old: Path
) -> None:
    elsewhere = small.root / "elsewhere"
    (old / "screen" / "en").rename(elsewhere)
    (old / "screen" / "en").symlink_to(elsewhere)
    before = state(elsewhere)
    done = built(small, run)
    assert done.returncode == 6
    assert "screen/en: cannot be written" in done.stderr
    assert state(elsewhere) == before


def test_nothing_in_the_way_lets_the_build_replace_its_products(
    small: Small, run: Run, old: Path
) -> None:
    before = whole(old)
    done = built(small, run)
    assert done.returncode == 0, done.stderr
    after = whole(old)
    assert after.keys() == before.keys()
    assert all(after[path] != before[path] for path in before)
    assert parts(old) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"products": 3}', '{"products": [{}]}', "\0"])
def test_a_manifest_that_is_damaged_is_told_or_made_anew(
    small: Small, run: Run, old: Path, content: str
) -> None:
    (old / "manifest.json").write_text(content, encoding="utf-8")
    before = state(old)
    done = built(small, run)
    assert "Traceback" not in done.stderr
    if done.returncode == 0:
        whole(old)
    else:
        assert done.returncode == 6
        assert "manifest.json" in done.stderr
        assert state(old) == before


def test_a_manifest_cannot_have_files_outside_removed(small: Small, run: Run, old: Path) -> None:
    mine = small.root / "mine.pdf"
    mine.write_bytes(b"mine")
    manifest = json.loads((old / "manifest.json").read_text(encoding="utf-8"))
    manifest["products"] += [
        {**manifest["products"][0], "path": path}
        for path in ("screen/../../mine.pdf", "screen/en/../../../mine.pdf", str(mine))
    ]
    (old / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    done = run("build", small.root, "--jobs", "1")
    assert mine.read_bytes() == b"mine"
    assert "Traceback" not in done.stderr


# Disks that are full.


@pytest.mark.parametrize("kept", [False, True], ids=["the store", "the product"])
def test_a_limit_on_the_size_of_files_leaves_the_old_products_whole(
    small: Small, run: Run, old: Path, tmp_path: Path, *, kept: bool
) -> None:
    noise(small, "beta", 900)
    if kept:
        assert built(small, run, "--out", tmp_path / "elsewhere").returncode == 0
    before = state(old)

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))

    done = built(small, run, bound=bound)
    assert done.returncode == 6, done.stderr
    what = "screen/en/beta.pdf:" if kept else "the store"
    assert f"{what} cannot be written: File too large" in done.stderr
    assert parts(old) == []
    assert state(old) == before
    whole(old)
    assert built(small, run).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a file system")
@pytest.mark.parametrize("room", [0, 30_000])
def test_a_full_disk_leaves_the_old_products_whole(
    small: Small, run: Run, tmp_path: Path, finished: Path, room: int
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us mount")
    try:
        out = disk / "build"
        shutil.copytree(finished / "build", out)
        noise(small, "beta", 200)
        with (disk / "filler").open("wb") as filler:
            free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
            filler.write(bytes(free - room))
        before = state(out)
        done = built(small, run, "--out", out)
        assert done.returncode == 6, done.stderr
        assert f"{out}/" in done.stderr
        assert "No space left on device" in done.stderr
        assert "= free space on the disk" in done.stderr
        assert parts(out) == []
        assert state(out) == before
        whole(out)
        (disk / "filler").unlink()
        assert built(small, run, "--out", out).returncode == 0
        whole(out)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# Runs that are killed or stopped.


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait until `condition` holds; the process must not end before."""
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, "the build ended before it could be stopped"
        assert time.monotonic() < deadline
        time.sleep(0.002)


def session(leader: int) -> list[int]:
    """Return the processes of a session that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader and fields[0] not in {"Z", "X"}:
                found.append(int(entry.name))
    return found


def many(small: Small) -> None:
    """Add cities, so that a build is far from its end when it is stopped, on a busy machine too."""
    for number in range(40):
        small.city(f"c{number}", text(f"c{number}"))


@pytest.mark.parametrize("staged", [1, 7])
def test_a_killed_build_leaves_the_old_products_and_the_next_sweeps_its_parts(
    small: Small, run: Run, old: Path, start: Start, staged: int
) -> None:
    many(small)
    before = state(old)
    process = start("--jobs", "1", "-q")
    wait_for(lambda: len(pages(old)) >= staged, process)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    left = parts(old)
    assert len(pages(old)) >= staged
    now = state(old)
    for name in left:
        now = {path: content for path, content in now.items() if not path.endswith(name)}
    assert now == before
    whole(old)
    assert built(small, run, "--city", "alpha").returncode == 0
    assert parts(old) == []
    whole(old)


def test_parts_of_killed_runs_are_swept_whatever_their_number(
    small: Small, run: Run, old: Path
) -> None:
    """In a container each run is process 1; whoever has the lock knows that no other works."""
    folder = old / "screen" / "en"
    for name in (".alpha.pdf.1.part", f".beta.pdf.{os.getpid()}.part", ".alpha.pdf.0a1b2c.part"):
        (folder / name).write_bytes(b"left")
    (old / ".probe.1.part").write_bytes(b"left")
    done = built(small, run, "--city", "alpha")
    assert done.returncode == 0, done.stderr
    assert parts(old) == []


@pytest.mark.skipif(not PROC.exists(), reason="processes are counted in /proc")
@pytest.mark.parametrize(
    ("number", "code", "jobs"),
    [
        (signal.SIGTERM, 143, "1"),
        (signal.SIGTERM, 143, "2"),
        (signal.SIGINT, 130, "2"),
        (signal.SIGHUP, 129, "1"),
    ],
)
def test_a_stopped_build_leaves_no_process_and_the_old_products(
    small: Small, old: Path, start: Start, number: int, code: int, jobs: str
) -> None:
    many(small)
    before = state(old)
    process = start("--jobs", jobs, "-q")
    wait_for(lambda: pages(old), process)
    asked = time.monotonic()
    process.send_signal(number)
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == code, stderr
    while session(process.pid) and time.monotonic() - asked < 5:
        time.sleep(0.02)
    assert session(process.pid) == []
    assert time.monotonic() - asked < 5
    assert "Traceback" not in stderr
    assert "the old products are as they were" in stderr
    assert parts(old) == []
    assert state(old) == before


@pytest.mark.skipif(not PROC.exists(), reason="processes are counted in /proc")
def test_an_interrupt_from_the_keyboard_reaches_all_processes_and_ends_them_quietly(
    small: Small, old: Path, start: Start
) -> None:
    many(small)
    process = start("--jobs", "2", "-q")
    wait_for(lambda: pages(old), process)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == 130, stderr
    assert stderr == "interrupted; the old products are as they were\n"
    deadline = time.monotonic() + 5
    while session(process.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert session(process.pid) == []
    assert parts(old) == []


def test_a_stopped_build_leaves_no_folder_of_faces(
    small: Small, old: Path, tmp_path: Path, start: Start
) -> None:
    scratch = tmp_path / "scratch"
    many(small)
    process = start("--jobs", "1", "-q")
    wait_for(lambda: pages(old), process)
    assert list(scratch.iterdir())
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 143
    assert list(scratch.iterdir()) == []


HOLDER = (
    "import fcntl, os, sys, time\n"
    "fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX)\n"
    "print('held', flush=True)\ntime.sleep(60)\n"
)


def test_two_builds_of_one_folder_do_not_meet(small: Small, run: Run) -> None:
    out = small.root / "build"
    out.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(out)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        started = time.monotonic()
        second = run("build", small.root)
        assert second.returncode == 7
        assert time.monotonic() - started < 10
        assert f"{out}: another build writes to this folder" in second.stderr
        assert "--wait" in second.stderr
        assert list(out.iterdir()) == []
        waiting = subprocess.Popen(
            [sys.executable, "-m", "reportgen", "build", str(small.root), "--wait", "-q"]
        )
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(3)
        # The lock dies with its process.
        holder.kill()
        assert waiting.wait(60) == 0
    assert len(list(out.glob("screen/*/*.pdf"))) == 4
