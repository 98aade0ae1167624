"""A storm: builds that are killed, starved and robbed at random moments, and what must hold after.

    .venv/bin/python tests/storm.py [--seconds 3600] [--rounds N] [--seed S]

Each round starts a build, does something to it at a random moment, and then looks: no process and
no file of it is left, the exit code is one that the README names, nothing says Traceback, the
output folder holds whole old or whole new products, and the next build leaves with 0 and gives the
same bytes as a build that nothing happened to. A fault is told in a line with the seed of its
round, by which the round can be done again: --seed S --rounds 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf

from conftest import Small, products

CITIES = 6
PATIENCE = 5.0
"""Seconds in which everything of a killed build has to be gone."""
LIMIT = 90.0
"""Seconds after which a build counts as hung."""
CODES = {0, 2, 3, 4, 5, 6, 7}
"""Exit codes that a build may leave with; 1 is a fault in reportgen."""
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PROC = Path("/proc")


@dataclass
class Ground:
    """What rounds begin with: workspaces with and without a good build, and what is right."""

    folder: Path
    right: dict[bool, dict[str, bytes]] = field(default_factory=dict)
    """The products, by whether there is a book."""
    seconds: dict[bool, float] = field(default_factory=dict)

    def prepare(self) -> None:
        """Build each once."""
        for book in (False, True):
            small = Small(self.folder / f"book-{book}")
            for number in range(CITIES):
                small.add(f"c{number}")
            if book:
                small.bind()
            shutil.copytree(small.root, self.folder / f"cold-{book}")
            started = time.monotonic()
            done = subprocess.run(
                command(small.root, 2), env=self.environment(self.folder), check=False,
                capture_output=True, text=True,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            self.seconds[book] = time.monotonic() - started
            self.right[book] = products(small.root / "build")

    def environment(self, temporary: Path) -> dict[str, str]:
        """Return the environment of a build; the key is one for all rounds."""
        return {
            **os.environ, "TMPDIR": str(temporary), "NO_COLOR": "1",
            "XDG_STATE_HOME": str(self.folder / "state"), "PYTHONFAULTHANDLER": "1",
        }  # fmt: skip


def command(root: Path, jobs: int) -> list[str]:
    """Return the command of a build."""
    return [sys.executable, "-m", "reportgen", "build", str(root), "-q", "--jobs", str(jobs)]


class Round:
    """One build that something happens to."""

    def __init__(self, ground: Ground, seed: int, *, calm: bool = False) -> None:
        self.ground, self.random = ground, random.Random(seed)
        self.book = self.random.random() < 0.5
        self.jobs = self.random.choice([1, 2, 2])
        self.state = self.random.choice(["cold", "incremental", "unchanged"])
        self.kind = "nothing" if calm else self.random.choice(list(KINDS))
        self.folder = Path(tempfile.mkdtemp(prefix="round-", dir=ground.folder))
        self.root = self.folder / "work"
        self.temporary = self.folder / "temporary"
        self.temporary.mkdir()
        self.faults: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    def __str__(self) -> str:
        book = "with a book" if self.book else "without a book"
        return f"{self.kind}, {self.state}, {book}, {self.jobs} jobs"

    def run(self) -> list[str]:
        """Do the round; return its faults."""
        kept = "cold" if self.state == "cold" else "book"
        shutil.copytree(self.ground.folder / f"{kept}-{self.book}", self.root)
        if self.state != "cold":  # the copy is another folder, so nothing is believed yet
            self._again("the first build")
        if self.state == "incremental":
            self._edit("serves", "is made")
        before = products(self.root / "build")
        limits = LIMITS.get(self.kind)
        with tempfile.TemporaryFile("w+") as said:
            self.process = subprocess.Popen(
                command(self.root, self.jobs), stdout=said, stderr=said, text=True,
                env=self.ground.environment(self.temporary), start_new_session=True,
                preexec_fn=(lambda: limits(self.random)) if limits else None,  # noqa: PLW1509
            )  # fmt: skip
            moment = self.random.uniform(0, self.ground.seconds[self.book] * 1.1)
            deadline = time.monotonic() + moment
            while self.process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.002)
            if act := KINDS.get(self.kind):
                act(self)
            try:
                code = self.process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                self.faults.append(f"hung for {LIMIT:g} s")
                os.killpg(self.process.pid, signal.SIGABRT)
                code = self.process.wait()
            said.seek(0)
            self._judge(code, said.read())
        self._judge_rest()
        self._judge_products(before)
        if self.state == "incremental":
            self._edit("is made", "serves")
        self._again("the build after it")
        if products(self.root / "build") != self.ground.right[self.book]:
            self.faults.append("the build after it has other bytes")
        if left := list(self.temporary.iterdir()):
            self.faults.append(f"left in TMPDIR for good: {left[0].name}")
        if not self.faults:
            shutil.rmtree(self.folder, ignore_errors=True)
        return self.faults

    def _edit(self, before: str, after: str) -> None:
        path = self.root / "report" / "cities" / "c3.yaml"
        path.write_text(path.read_text("utf-8").replace(before, after), "utf-8")

    def _again(self, which: str) -> None:
        try:
            done = subprocess.run(
                command(self.root, self.jobs), env=self.ground.environment(self.temporary),
                check=False, capture_output=True, text=True, timeout=LIMIT,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            self.faults.append(f"{which} hung")
            return
        if done.returncode:
            self.faults.append(f"{which} left with {done.returncode}: {done.stderr[:300]}")

    def _judge(self, code: int, said: str) -> None:
        killed = self.kind in {"the parent is killed", "the group is killed"}
        asked: set[int] = set()
        if self.kind == "the parent is asked to stop":
            # Python itself may not have begun.
            asked = {128 + n for n in SIGNALS} | {-n for n in SIGNALS}
        if code not in CODES | asked | ({-signal.SIGKILL} if killed else set()):
            self.faults.append(f"left with {code}: {said[-600:]}")
        if "Traceback" in said and not killed:
            self.faults.append(f"says Traceback: {said[-600:]}")
        if self.kind == "nothing" and code:
            self.faults.append(f"left with {code}: {said[-600:]}")

    def _judge_rest(self) -> None:
        """Look for processes and files of the build."""
        deadline = time.monotonic() + PATIENCE
        while (left := self._left()) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.faults += [f"left after {PATIENCE:g} s: {what}" for what in left]

    def _left(self) -> list[str]:
        return [*working(self.temporary), *(f"file {p.name}" for p in self.temporary.iterdir())]

    def _judge_products(self, before: dict[str, bytes]) -> None:
        path = self.root / "build" / "manifest.json"
        if not path.exists():
            if before:
                self.faults.append("the manifest is gone")
            return
        now = products(self.root / "build")
        for entry in json.loads(path.read_text("utf-8"))["products"]:
            content = now.get(entry["path"], b"")
            if hashlib.sha256(content).hexdigest() not in {entry["sha256"], entry.get("next")}:
                self.faults.append(f"{entry['path']} is not what the manifest says")
            elif content != before.get(entry["path"]):
                with pikepdf.open(self.root / "build" / entry["path"]) as document:
                    assert document.pages


def working(temporary: Path) -> list[str]:
    """Return the processes that have this folder for temporary files."""
    found = []
    for process in PROC.glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            said = (process / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
        if said and f"TMPDIR={temporary}".encode() in environment:
            found.append(f"process {process.name} {said[:120]}")
    return found


def _children(parent: int) -> Iterator[tuple[int, str]]:
    """Yield the processes below a process, with what started them."""
    known: dict[int, list[tuple[int, str]]] = {}
    for process in PROC.glob("[0-9]*"):
        try:
            above = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            said = (process / "cmdline").read_text()
        except (OSError, IndexError):
            continue
        known.setdefault(above, []).append((int(process.name), said))
    waiting = [parent]
    while waiting:
        for child, said in known.get(waiting.pop(), ()):
            yield child, said
            waiting.append(child)


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):  # it may have ended
        os.kill(pid, number)


def _workers(played: Round) -> list[int]:
    assert played.process
    below = list(_children(played.process.pid))
    servers = [pid for pid, said in below if "forkserver" in said]
    return [child for server in servers[:1] for child, _ in _children(server)]


def _kill_parent(played: Round) -> None:
    assert played.process
    _signal(played.process.pid, signal.SIGKILL)


def _ask_parent(played: Round) -> None:
    assert played.process
    _signal(played.process.pid, played.random.choice(SIGNALS))


def _kill_group(played: Round) -> None:
    assert played.process
    with suppress(ProcessLookupError):
        os.killpg(played.process.pid, signal.SIGKILL)


def _kill_worker(played: Round) -> None:
    if found := _workers(played):
        _signal(played.random.choice(found), signal.SIGKILL)


def _stop_worker(played: Round) -> None:
    if found := _workers(played):
        pid = played.random.choice(found)
        _signal(pid, signal.SIGSTOP)
        time.sleep(1)
        _signal(pid, signal.SIGCONT)


def _kill_server(played: Round) -> None:
    assert played.process
    for pid, said in list(_children(played.process.pid)):
        if "forkserver" in said:
            _signal(pid, signal.SIGKILL)
            return


def _rob(played: Round) -> None:
    for path in played.temporary.iterdir():
        shutil.rmtree(path, ignore_errors=True)


def _few_files(source: random.Random) -> None:
    most = source.randint(24, 200)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _small_files(source: random.Random) -> None:
    """Stand for a disk that is full: what is written beyond a size fails."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    most = int(10 ** source.uniform(3, 6.5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def _little_memory(source: random.Random) -> None:
    most = source.randint(150, 900) * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _nothing(played: Round) -> None:
    del played


LIMITS: dict[str, Callable[[random.Random], None]] = {
    "files run out": _few_files,
    "the disk is full": _small_files,
    "memory runs out": _little_memory,
}
KINDS: dict[str, Callable[[Round], None]] = {
    "the parent is killed": _kill_parent,
    "a worker is killed": _kill_worker,
    "the group is killed": _kill_group,
    "the server is killed": _kill_server,
    "the parent is asked to stop": _ask_parent,
    "a worker stands still": _stop_worker,
    "the private folder is removed": _rob,
    **dict.fromkeys(LIMITS, _nothing),
}


def storm(
    seed: int, *, seconds: float = 3600, rounds: int = 1_000_000, calm: bool = False,
    kinds: frozenset[str] = frozenset(KINDS),
) -> tuple[int, list[str]]:  # fmt: skip
    """Do rounds until one of the limits; return how many there were, and the faults.

    `calm` lets nothing happen, which shows that the storm itself is sound. Only rounds of `kinds`
    are done.
    """
    ends = time.monotonic() + seconds
    played, told = 0, []
    with tempfile.TemporaryDirectory(prefix="storm-") as name:
        ground = Ground(Path(name))
        ground.prepare()
        while played < rounds and time.monotonic() < ends:
            found = Round(ground, seed, calm=calm)
            if calm or found.kind in kinds:
                played += 1
                for fault in found.run():
                    told.append(f"--seed {seed}: {found}: {fault}")
                    sys.stdout.write(f"{told[-1]}\n")
                    sys.stdout.flush()
            elif rounds == 1:
                played += 1
            seed += 1
    return played, told


def main() -> int:
    """Run the storm from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--rounds", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--calm", action="store_true", help="let nothing happen")
    given = parser.parse_args()
    played, told = storm(given.seed, seconds=given.seconds, rounds=given.rounds, calm=given.calm)
    sys.stdout.write(f"{played} rounds from seed {given.seed}, {len(told)} faults\n")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
