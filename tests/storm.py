"""A storm: builds that are killed, starved and robbed at random moments, and what must hold after.

    .venv/bin/python tests/storm.py [--seconds 3600] [--rounds N] [--seed S] [--only WORD]

Each round starts a build, does something to it at a random moment, and then looks: no process and
no file of it is left, the exit code is one that the README names, nothing says Traceback, the
output folder holds whole old or whole new products, and the next build leaves with 0, gives the
same bytes as a build in a fresh folder, and leaves nothing either. A fault is told in a line with
the seed of its round, by which the round can be done again: --seed S --rounds 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf

from conftest import Small, products
from reportgen.building.scratch import MARKER, PREFIX
from reportgen.building.vault import FOLDER
from reportgen.core.errors import ExitCode

CITIES = 6
PATIENCE = 5.0
"""Seconds in which everything of a killed build has to be gone."""
LIMIT = 60.0
"""Seconds after which a build counts as hung."""
STATES = {"cold": 1.0, "incremental": 0.7, "unchanged": 0.0}
"""What a build finds, and how long it takes, as a part of a cold one."""
CODES = {
    ExitCode.DONE, ExitCode.USAGE, ExitCode.BAD_INPUT, ExitCode.SOME_FAILED,
    ExitCode.NOT_CONFORMING, ExitCode.IO, ExitCode.LOCKED,
}  # fmt: skip
"""Exit codes that a build may leave with; 1 is a fault in reportgen."""
OURS = re.compile(r"reportgen[/\\]\w+\.py")
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PROC = Path("/proc")
SPACE = "64m"
"""The size of a disk that is not full."""


@dataclass
class Ground:
    """What rounds begin with: folders with and without a good build, and what is right.

    A round takes place in `place`, always the same, as a build believes only what it made there.
    """

    folder: Path
    right: dict[tuple[bool, bool], dict[str, bytes]] = field(default_factory=dict)
    """The products, by whether there is a book and whether a record is changed."""
    seconds: dict[tuple[bool, str], float] = field(default_factory=dict)
    """How long a build takes, by whether there is a book and what it finds."""
    mounts: bool = False
    """Whether disks can be had that are full at a given size."""

    @property
    def place(self) -> Path:
        """The folder of a round: `w`orkspace, `t`emporary files, `h`ome, `s`tate."""
        # Short: where TMPDIR is long, a build has a private folder elsewhere as well.
        return self.folder / "r"

    def prepare(self) -> None:
        """Build each once in a fresh folder, with a record as it was and changed."""
        self.mounts = _can_mount(self.folder)
        for book in (False, True):
            shutil.rmtree(self.place, ignore_errors=True)
            for name in "ths":
                (self.place / name).mkdir(parents=True)
            small = Small(self.place / "w")
            for number in range(CITIES):
                small.add(f"c{number}")
            if book:
                small.bind()
            shutil.copytree(self.place, self.folder / f"cold-{book}")
            cold = self._build()
            self.right[book, False] = products(small.root / "build")
            shutil.copytree(self.place, self.folder / f"built-{book}")
            unchanged = self._build()
            for state, part in STATES.items():
                self.seconds[book, state] = max(cold * part, unchanged)
            shutil.rmtree(small.root / "build")
            shutil.rmtree(small.root / FOLDER)
            edit(small.root)
            self._build()
            self.right[book, True] = products(small.root / "build")

    def _build(self) -> float:
        started = time.monotonic()
        done = subprocess.run(
            command(self.place / "w", 2), env=self.environment(), check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return time.monotonic() - started

    def environment(self) -> dict[str, str]:
        """Return the environment of a build."""
        return {
            **os.environ, "NO_COLOR": "1", "PYTHONFAULTHANDLER": "1",
            "TMPDIR": str(self.place / "t"), "HOME": str(self.place / "h"),
            "XDG_STATE_HOME": str(self.place / "s"),
        }  # fmt: skip


@contextmanager
def ground() -> Iterator[Ground]:
    """Yield the ground of a storm, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="storm-") as name:
        laid = Ground(Path(name))
        laid.prepare()
        yield laid


def command(root: Path, jobs: int) -> list[str]:
    """Return the command of a build."""
    return [sys.executable, "-m", "reportgen", "build", str(root), "-q", "--jobs", str(jobs)]


def edit(root: Path) -> None:
    """Change a record."""
    path = root / "report" / "cities" / "c3.yaml"
    path.write_text(path.read_text("utf-8").replace("serves", "is made"), "utf-8")


class Round:
    """One build that something happens to."""

    def __init__(self, ground: Ground, seed: int, *, calm: bool = False, only: str = "") -> None:
        self.ground, self.random = ground, random.Random(seed)
        self.kind = self.random.choice([kind for kind in KINDS if only in kind])
        if calm:
            self.kind = "nothing"
        self.book = self.random.random() < 0.5
        self.jobs = 2 if self.kind in CREWED else self.random.choice([1, 2])
        self.state = self.random.choice(list(STATES))
        self.root = ground.place / "w"
        self.temporary = ground.place / "t"
        self.right = ground.right[self.book, self.state == "incremental"]
        """What is to be made."""
        self.disk: Path | None = None
        """The folder that is a disk of its own, which becomes full."""
        self.faults: list[str] = []
        self.hit = False
        """Whether the build was at work when something happened to it."""
        self.process: subprocess.Popen[str] | None = None

    def __str__(self) -> str:
        book = "with a book" if self.book else "without a book"
        return f"{self.kind}, {self.state}, {book}, {self.jobs} jobs"

    def run(self) -> list[str]:
        """Do the round; return its faults."""
        try:
            self._lay()
            before = products(self.root / "build")
            code = self._play()
            self._judge_rest()
            self._judge_code(code, self._said())
            self._judge_products(before, code)
            self._judge_next()
        finally:
            self._end_rest()
            if self.disk:
                _mount("-u", self.disk)
        return self.faults

    def _lay(self) -> None:
        """Make the folder of the round as its build shall find it."""
        shutil.rmtree(self.ground.place, ignore_errors=True)
        name = DISKS.get(self.kind)
        if name and self.ground.mounts:
            disk = self.root / name
            disk.mkdir(parents=True)
            _mount(SPACE, disk)
            self.disk = disk
        kept = "cold" if self.state == "cold" else "built"
        shutil.copytree(
            self.ground.folder / f"{kept}-{self.book}", self.ground.place, dirs_exist_ok=True
        )
        if self.state == "incremental":
            edit(self.root)
        if self.disk:
            built = self.ground.folder / f"built-{self.book}" / "w" / self.disk.name
            whole = sum(path.stat().st_size for path in built.rglob("*") if path.is_file())
            found = os.statvfs(self.disk)
            used = (found.f_blocks - found.f_bfree) * found.f_frsize
            part = 1.0 if self.state == "cold" else 0.2
            # A size of 0 would be no limit.
            _mount(str(used + 4096 + int(self.random.uniform(0, whole * part))), self.disk)

    def _play(self) -> int:
        """Start the build, let something happen, and return the exit code."""
        kind = self.kind
        if kind in DISKS and not self.disk:
            kind = "no file may grow"
        limit = LIMITS[kind](self.random) if kind in LIMITS else None
        act = KINDS.get(self.kind, _nothing)
        with (self.ground.place / "said").open("w") as said:
            self.process = subprocess.Popen(
                command(self.root, self.jobs), stdout=said, stderr=said, text=True,
                env=self.ground.environment(), start_new_session=True,
                preexec_fn=limit,  # noqa: PLW1509
            )  # fmt: skip
        started = time.monotonic()
        moment = started + self.random.uniform(0, self.ground.seconds[self.book, self.state])
        while self.process.poll() is None and not self.hit and time.monotonic() < started + LIMIT:
            # What is to be hit may not be there yet.
            self.hit = time.monotonic() >= moment and act(self)
            time.sleep(0.002)
        try:
            return self.process.wait(max(0, started + LIMIT - time.monotonic()))
        except subprocess.TimeoutExpired:
            left = ", ".join(f"{pid} {told}" for pid, told in self._processes())
            self.process.send_signal(signal.SIGABRT)  # it says where it stands
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(1)
            self.process.kill()
            self.process.wait()
            self.faults.append(f"hung for {LIMIT:g} s: {left}: {_end(self._said())}")
            return HUNG
        finally:
            if self.disk:
                _mount(SPACE, self.disk)

    def _said(self) -> str:
        return (self.ground.place / "said").read_text("utf-8", "replace")

    def _judge_code(self, code: int, said: str) -> None:
        killed = self.kind in FATAL and code == -signal.SIGKILL
        if "KeyboardInterrupt" in said and not OURS.search(said):
            return  # Python itself was interrupted, before it had read a line of ours
        if code != HUNG and not killed and code not in self._codes(said):
            told = "which the README does not name" if code not in CODES else "instead of 0"
            self.faults.append(f"left with {code}, {told}: {_end(said)}")
        if not killed and ("Traceback" in said or "Fatal Python" in said):
            self.faults.append(f"says Traceback: {_end(said)}")

    def _codes(self, said: str) -> set[int]:
        if self.kind in HARMLESS:
            return {ExitCode.DONE}
        if self.kind == "the parent is asked to stop":
            # Python itself may not have begun; then it is the system that ends it.
            unheard = set() if said else {-number for number in SIGNALS}
            return CODES | {ExitCode.HUNG_UP, ExitCode.INTERRUPTED, ExitCode.TERMINATED} | unheard
        return {*CODES}

    def _judge_rest(self) -> None:
        """Look for processes and files of the build; what is left of processes is ended."""
        deadline = time.monotonic() + PATIENCE
        while (left := self._left()) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.faults += [f"left after {PATIENCE:g} s: {told}" for told in left]
        self._end_rest()

    def _end_rest(self) -> None:
        """End what is left of the round: by its folder, which no other process can have."""
        # Never by session or group. Those are numbers, which the system gives to others later,
        # and which are 0 for processes that came from outside a container.
        for pid, _ in working(self.temporary):
            _signal(pid, signal.SIGKILL)

    def _left(self) -> list[str]:
        return [
            *(f"process {pid} {told}" for pid, told in self._processes()),
            *(f"file {p.name}" for p in self.temporary.iterdir() if not _just_begun(p)),
        ]

    def _processes(self) -> list[tuple[int, str]]:
        return working(self.temporary, self.process.pid if self.process else None)

    def _judge_products(self, before: dict[str, bytes], code: int) -> None:
        now = products(self.root / "build")
        for path, content in now.items():
            if content not in (before.get(path), self.right.get(path)):
                self.faults.append(f"{path} is neither the old product nor the new one")
            try:
                with pikepdf.open(self.root / "build" / path) as document:
                    assert len(document.pages)
            except (pikepdf.PdfError, AssertionError) as error:
                self.faults.append(f"{path} does not open: {error}")
        if code == ExitCode.DONE and now != self.right:
            self.faults.append("left with 0, and has other bytes than a build in a fresh folder")
        self._judge_manifest(before, now)

    def _judge_manifest(self, before: dict[str, bytes], now: dict[str, bytes]) -> None:
        try:
            text = (self.root / "build" / "manifest.json").read_text("utf-8")
            told = {e["path"]: {e["sha256"], e.get("next")} for e in json.loads(text)["products"]}
        except FileNotFoundError:
            if before or now:
                self.faults.append("there are products and no manifest")
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            self.faults.append(f"the manifest cannot be read: {error!r}")
            return
        for path, digests in told.items():
            if path not in now:
                self.faults.append(f"{path}, which the manifest names, is not there")
            elif hashlib.sha256(now[path]).hexdigest() not in digests:
                self.faults.append(f"{path} is not what the manifest says")

    def _judge_next(self) -> None:
        """Build once more, and look what is left for good."""
        try:
            done = subprocess.run(
                command(self.root, self.jobs), env=self.ground.environment(),
                check=False, capture_output=True, text=True, timeout=LIMIT,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            self.faults.append(f"the next build hung for {LIMIT:g} s")
            return
        if done.returncode or done.stderr:
            self.faults.append(f"the next build left with {done.returncode}: {_end(done.stderr)}")
        if products(self.root / "build") != self.right:
            self.faults.append("the next build has other bytes than one in a fresh folder")
        deadline = time.monotonic() + PATIENCE
        while (left := self._processes()) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.faults += [f"left by the next build: process {pid} {told}" for pid, told in left]
        place = self.ground.place
        self.faults += [
            f"left for good: {path.relative_to(place)}"
            for path in (
                *self.temporary.iterdir(),
                *self.root.rglob("*.part"),
                *(place / "h").iterdir(),
                *(p for p in (place / "s").glob("*/*") if p.name != "key"),
            )
        ]


HUNG = -999
"""Stands for the exit code of a build that had none."""


def _end(said: str) -> str:
    """Return the end of what a build said, in a line."""
    return " | ".join(said.strip()[-600:].splitlines())


def _just_begun(path: Path) -> bool:
    """Tell whether a build was killed before it had done more than make its private folder.

    What would remove that was not started yet; the next build does.
    """
    try:
        return path.name.startswith(PREFIX) and [p.name for p in path.iterdir()] == [MARKER]
    except OSError:
        return False


def working(temporary: Path, session: int | None = None) -> list[tuple[int, str]]:
    """Return the processes that have this folder for temporary files, or are of this session."""
    assert session is None or session > 1, "0 would be that of many others"
    found = []
    for process in PROC.glob("[0-9]*"):
        try:
            state, _, group, own, *_ = (process / "stat").read_text().rpartition(")")[2].split()
            environment = (process / "environ").read_bytes().split(b"\0")
            said = (process / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        except (OSError, ValueError):
            continue
        ours = f"TMPDIR={temporary}".encode() in environment or session in {int(group), int(own)}
        if ours and state not in "ZX":  # it has ended, if nobody has heard of it yet
            found.append((int(process.name), said[:120]))
    return found


def _can_mount(folder: Path) -> bool:
    """Tell whether disks of a given size can be had: on Linux, by root, if at all."""
    disk = folder / "disk"
    disk.mkdir()
    try:
        _mount(SPACE, disk)
        _mount("-u", disk)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _mount(size: str, disk: Path) -> None:
    """Mount a disk of this size, or give the one that is there this size; `-u` unmounts it."""
    if size == "-u":
        call = ["umount", "-l"]
    else:
        again = "remount," if disk.is_mount() else ""
        call = ["mount", "-t", "tmpfs", "-o", f"{again}size={size}", "storm"]
    subprocess.run([*call, str(disk)], check=True, capture_output=True)


def _children(parent: int) -> Iterator[tuple[int, str]]:
    """Yield the processes below a process, with what started them."""
    known: dict[int, list[tuple[int, str]]] = {}
    for process in PROC.glob("[0-9]*"):
        try:
            above = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            said = (process / "cmdline").read_bytes().decode(errors="replace")
        except (OSError, IndexError):
            continue
        known.setdefault(above, []).append((int(process.name), said))
    waiting = [parent]
    while waiting:
        for child, said in known.get(waiting.pop(), ()):
            yield child, said
            waiting.append(child)


def _signal(pid: int, number: int) -> bool:
    with suppress(ProcessLookupError):  # it may have ended
        os.kill(pid, number)
        return True
    return False


def _servers(played: Round) -> list[int]:
    assert played.process
    # Forks of the server have its command line too; it comes before those.
    return [pid for pid, said in _children(played.process.pid) if "forkserver" in said][:1]


def _workers(played: Round) -> list[int]:
    return [child for server in _servers(played) for child, _ in _children(server)]


# What happens to a build; False if there was nothing yet that it could happen to.


def _kill_parent(played: Round) -> bool:
    assert played.process
    return _signal(played.process.pid, signal.SIGKILL)


def _ask_parent(played: Round) -> bool:
    assert played.process
    return _signal(played.process.pid, played.random.choice(SIGNALS))


def _kill_group(played: Round) -> bool:
    assert played.process
    os.killpg(played.process.pid, signal.SIGKILL)  # it is there until it is waited for
    return True


def _kill_worker(played: Round) -> bool:
    found = _workers(played)
    return bool(found) and _signal(played.random.choice(found), signal.SIGKILL)


def _stop_worker(played: Round) -> bool:
    found = _workers(played)
    pid = played.random.choice(found) if found else 0
    if not pid or not _signal(pid, signal.SIGSTOP):
        return False
    time.sleep(1)
    _signal(pid, signal.SIGCONT)
    return True


def _kill_server(played: Round) -> bool:
    found = _servers(played)
    return bool(found) and _signal(found[0], signal.SIGKILL)


def _rob(played: Round) -> bool:
    found = list(played.temporary.glob(f"{PREFIX}*"))
    for path in found:
        shutil.rmtree(path, ignore_errors=True)
    return bool(found)


def _nothing(played: Round) -> bool:
    del played
    return True


# What a build begins with, chosen before and set in its own process.


def _few_files(source: random.Random) -> Callable[[], None]:
    most = source.randint(24, 256)
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _small_files(source: random.Random) -> Callable[[], None]:
    """Stand for a disk that is full: what is written beyond a size fails."""
    most = int(10 ** source.uniform(3, 6.5))

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return limit


def _little_memory(source: random.Random) -> Callable[[], None]:
    most = source.randint(150, 900) * 1_000_000
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most))


LIMITS: dict[str, Callable[[random.Random], Callable[[], None]]] = {
    "files run out": _few_files,
    "no file may grow": _small_files,
    "memory runs out": _little_memory,
}
DISKS = {"the disk of the products is full": "build", "the disk of the store is full": FOLDER}
"""Which folder is a disk of its own, where one can be had; or else no file may grow."""
CREWED = {"a worker is killed", "a worker stands still", "the server is killed"}
"""What happens to what only a build with several jobs has."""
HARMLESS = {"nothing", "a worker is killed", "a worker stands still"}
"""What a build has to come through."""
FATAL = {"the parent is killed", "the group is killed"}
KINDS: dict[str, Callable[[Round], bool]] = {
    "the parent is killed": _kill_parent,
    "a worker is killed": _kill_worker,
    "the group is killed": _kill_group,
    "the server is killed": _kill_server,
    "the parent is asked to stop": _ask_parent,
    "a worker stands still": _stop_worker,
    "the private folder is removed": _rob,
    **dict.fromkeys(LIMITS, _nothing),
    **dict.fromkeys(DISKS, _nothing),
}


def storm(
    laid: Ground,
    seed: int,
    *,
    seconds: float = 3600,
    rounds: int = 1_000_000,
    calm: bool = False,
    only: str = "",
) -> tuple[Counter[str], list[str]]:
    """Do rounds until one of the limits; return how many there were of each kind, and the faults.

    `calm` lets nothing happen, which shows that the storm itself is sound; `only` is a word that
    kinds have.
    """
    ends = time.monotonic() + seconds
    told: list[str] = []
    played: Counter[str] = Counter()
    for number in range(seed, seed + rounds):
        if time.monotonic() > ends:
            break
        found = Round(laid, number, calm=calm, only=only)
        for fault in found.run():
            told.append(f"--seed {number}: {found}: {fault}")
            sys.stdout.write(f"{told[-1]}\n")
            sys.stdout.flush()
        played["rounds"] += 1
        played[found.kind] += found.hit
    return played, told


def main() -> int:
    """Run the storm from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--rounds", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--calm", action="store_true", help="let nothing happen")
    parser.add_argument("--only", default="", help="a word of what happens, such as killed")
    given = parser.parse_args()
    with ground() as laid:
        played, told = storm(
            laid, given.seed, seconds=given.seconds, rounds=given.rounds, calm=given.calm,
            only=given.only,
        )  # fmt: skip
        disks = "disks that fill" if laid.mounts else "limits for disks that fill"
    rounds = played.pop("rounds")
    for kind, hits in sorted(played.items()):
        sys.stdout.write(f"{hits:6} {kind}\n")
    kills = sum(hits for kind, hits in played.items() if "killed" in kind)
    sys.stdout.write(
        f"{rounds} rounds from seed {given.seed}, with {disks}: {played.total()} hit a build at "
        f"work, {kills} of these kills; {len(told)} faults\n"
    )
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
