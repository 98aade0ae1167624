"""The crew: workers that die, and executors that are not ours."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import reportgen
from conftest import Run, Small, products
from reportgen.building import forkserver, pool
from reportgen.building.jobs import attempt
from reportgen.building.pool import Crew
from reportgen.building.store import Where
from reportgen.building.tasks import Setup, Single
from reportgen.core.errors import OutputError, TypesettingError

NAMES = [f"screen/ko/c{number}" for number in range(40)]


def setup(tmp_path: Path) -> Setup:
    """What workers are given that set nothing."""
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "report.yaml").write_text("", encoding="utf-8")
    return Setup(tmp_path, (), tmp_path, {}, tmp_path, Where(tmp_path / "store"))


# Jobs: workers import this module, so they are named at its top.


def answer(name: str) -> str:
    """Say which process did the job, or die of it."""
    if name.endswith("killer"):
        os.kill(os.getpid(), signal.SIGKILL)
    while name.endswith("endless"):
        pass
    if name.endswith("bad"):
        raise TypesettingError(f"{name}: as it must")
    if name.endswith("full"):
        raise OutputError("the disk is full")
    return f"{name} by {os.getpid()}"


def die_once(job: tuple[str, str]) -> str:
    """Die of the job the first time, as a process does that was killed by chance."""
    name, mark = job
    if mark and not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return name


@pytest.fixture
def hired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setup:
    """What a crew of two processes is set up with."""
    monkeypatch.setitem(os.environ, "FONTCONFIG_FILE", str(forkserver.NO_FONTS))
    multiprocessing.set_forkserver_preload(forkserver.PRELOADED)
    return setup(tmp_path)


@pytest.mark.parametrize("at", [0, 20, 39])
def test_a_section_that_kills_its_worker_fails_alone(hired: Setup, at: int) -> None:
    names = [*NAMES[:at], "screen/ko/killer", *NAMES[at:]]
    with Crew(pool.processes(2), hired) as team:
        found = dict(team.run(answer, [(name, name) for name in names]))
    assert set(found) == set(names)
    lost = found.pop("screen/ko/killer")
    assert isinstance(lost, TypesettingError)
    assert str(lost) == "screen/ko/killer: the process that set it was killed, twice"
    assert "memory" in lost.remedy
    for name, result in found.items():
        assert isinstance(result, str), result
        assert result.startswith(f"{name} by ")
        assert not result.endswith(f" {os.getpid()}")


def test_every_section_that_kills_its_worker_is_named(hired: Setup) -> None:
    names = [*NAMES[:3], "a/killer", *NAMES[3:9], "b/killer", "c/bad", *NAMES[9:]]
    with Crew(pool.processes(2), hired) as team:
        found = dict(team.run(answer, [(name, name) for name in names]))
    failed = {name: str(found[name]) for name in names if not isinstance(found[name], str)}
    assert failed == {
        "a/killer": "a/killer: the process that set it was killed, twice",
        "b/killer": "b/killer: the process that set it was killed, twice",
        "c/bad": "c/bad: as it must",
    }


@pytest.mark.parametrize("dies", [0, 1])
def test_a_worker_that_dies_while_it_is_started_is_noticed(
    hired: Setup, monkeypatch: pytest.MonkeyPatch, dies: int
) -> None:
    """It is dead before anybody could have taken down that it was there."""
    begun = ForkServerProcess.start
    started: list[ForkServerProcess] = []

    def start(process: ForkServerProcess) -> None:
        begun(process)
        started.append(process)
        if len(started) == dies + 1:
            process.kill()
            process.join()

    monkeypatch.setattr(ForkServerProcess, "start", start)
    with Crew(pool.processes(2), hired, limit=20) as team:
        found = dict(team.run(answer, [(name, name) for name in NAMES]))
    assert len(started) > 2
    assert [name for name in NAMES if not isinstance(found[name], str)] == []


def test_a_signal_waits_until_a_worker_is_started(hired: Setup) -> None:
    """Else it would be left half-way, and complain of what its parent has taken away."""
    heard: list[list[bool]] = []
    single = pool.Pool(1, hired)

    def hear(_number: int, _frame: object) -> None:
        heard.append([process.is_alive() for process in multiprocessing.active_children()])

    def start(process: ForkServerProcess) -> None:
        signal.raise_signal(signal.SIGTERM)
        assert heard == []
        begun(process)

    begun = ForkServerProcess.start
    before = signal.signal(signal.SIGTERM, hear)
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(ForkServerProcess, "start", start)
            future = single.submit(answer, "x")
        assert heard == [[True]]
        assert future.result(timeout=60).startswith("x by ")
    finally:
        signal.signal(signal.SIGTERM, before)
        single.shutdown()


def calls_at_every_depth(depth: int) -> None:
    """Call and come back a thousand times, at each of so many depths."""
    if depth:
        calls_at_every_depth(depth - 1)
    for _ in range(1000):
        nothing()


def nothing() -> None:
    """Need a frame."""


def test_a_job_does_not_ask_for_memory_whenever_it_calls() -> None:
    def faults() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

    attempt(calls_at_every_depth, None, 400)
    before = faults()
    assert attempt(calls_at_every_depth, None, 400)[0]
    assert faults() - before < 200


def test_every_section_without_an_end_is_given_up(hired: Setup) -> None:
    names = [*NAMES[:3], "a/endless", *NAMES[3:9], "b/endless", "c/bad", *NAMES[9:]]
    with Crew(pool.processes(2), hired, limit=2) as team:
        found = dict(team.run(answer, [(name, name) for name in names]))
        again = dict(team.run(answer, [("after", "after")]))
    failed = {name: str(found[name]) for name in names if not isinstance(found[name], str)}
    assert failed == {
        "a/endless": "a/endless: not set after 2 s, and given up",
        "b/endless": "b/endless: not set after 2 s, and given up",
        "c/bad": "c/bad: as it must",
    }
    assert isinstance(again["after"], str)


def test_a_worker_that_dies_by_chance_costs_no_section(hired: Setup, tmp_path: Path) -> None:
    mark = str(tmp_path / "died")
    jobs = [(name, (name, mark if index == 5 else "")) for index, name in enumerate(NAMES)]
    with Crew(pool.processes(2), hired) as team:
        assert dict(team.run(die_once, jobs)) == {name: name for name in NAMES}
    assert Path(mark).exists()


def test_a_full_disk_ends_the_run(hired: Setup) -> None:
    with Crew(pool.processes(2), hired) as team, pytest.raises(OutputError, match="disk is full"):
        list(team.run(answer, [(name, name) for name in ("a", "b/full", "c")]))


class Breaking(Executor):
    """A pool of which one job learns that it is broken, and the others never hear."""

    def __init__(self) -> None:
        self.taken = 0
        self.ended = False

    def submit(self, job: Callable[..., Any], /, *_: Any, **__: Any) -> Future[Any]:  # noqa: ARG002
        """Take a job and do nothing."""
        self.taken += 1
        future: Future[Any] = Future()
        if self.taken == 3:
            future.set_exception(BrokenExecutor())
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """Note that the pool was ended."""
        self.ended = True


def test_what_a_broken_pool_had_under_way_is_done_again(tmp_path: Path) -> None:
    broken = Breaking()
    pools: list[Executor] = [broken, ThreadPoolExecutor(1)]
    with Crew(lambda _: pools.pop(0), setup(tmp_path)) as team:
        found = dict(team.run(answer, [(name, name) for name in NAMES]))
    assert found == {name: f"{name} by {os.getpid()}" for name in NAMES}
    assert broken.ended
    assert broken.taken <= pool.AHEAD


class Refusing(Executor):
    """A pool that hears of a dead worker while a job is handed out."""

    def __init__(self, taken: int) -> None:
        self.taken = taken

    def submit(self, job: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """Do some jobs, then refuse one."""
        if not self.taken:
            raise BrokenExecutor
        self.taken -= 1
        future: Future[Any] = Future()
        future.set_result(job(*args))
        return future


@pytest.mark.parametrize("taken", [0, 3, pool.AHEAD])
def test_a_job_that_a_broken_pool_refuses_is_not_lost(tmp_path: Path, taken: int) -> None:
    pools: list[Executor] = [Refusing(taken), ThreadPoolExecutor(1)]
    with Crew(lambda _: pools.pop(0), setup(tmp_path)) as team:
        found = dict(team.run(answer, [(name, name) for name in NAMES]))
    assert found == {name: f"{name} by {os.getpid()}" for name in NAMES}


# A worker of a real build.


def workers(parent: int) -> list[int]:
    """Return the children of the server that forks the workers of a build."""
    tree: dict[int, list[int]] = {}
    servers = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                above = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            tree.setdefault(above, []).append(int(entry.name))
            if b"forkserver" in command:
                servers.add(int(entry.name))
    return [pid for forkserver in tree.get(parent, ()) if forkserver in servers
            for pid in tree.get(forkserver, ())]  # fmt: skip


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="workers are found in /proc")
@pytest.mark.parametrize("staged", [0, 3])
def test_a_build_that_loses_a_worker_makes_all_it_would_have_made(
    small: Small, run: Run, staged: int
) -> None:
    small.bind()
    for number in range(24):
        small.add(f"c{number}")
    out = small.root / "build"
    command = ["build", str(small.root), "-q", "--jobs", "2", "--lang", "en"]
    process = subprocess.Popen(
        [sys.executable, "-m", "reportgen", *command], stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    killed = False
    while not killed:
        assert process.poll() is None, "the build ended before a worker could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.002)
        if len(list(out.rglob("*.part"))) >= staged and (found := workers(process.pid)):
            with suppress(ProcessLookupError):  # it may have gone meanwhile
                os.kill(found[-1], signal.SIGKILL)
                killed = True
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 0, stderr
    assert stderr == ""
    clean = small.root / "clean"
    done = run("build", small.root, "-q", "--jobs", 1, "--lang", "en", "--out", clean,
               "--store", small.root / "empty")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert products(out) == products(clean)
    assert len(products(out)) == 27


IMPATIENT = """
import sys
from reportgen import cli
from reportgen.building import pool as crew
crew.Crew.__init__.__defaults__ = crew.Serial.__init__.__defaults__ = (4.0,)
sys.exit(cli.run(["build", sys.argv[1], "-q", "--jobs", sys.argv[2], "--lang", "en"]))
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_layout_without_an_end_fails_its_section(small: Small, jobs: str) -> None:
    """Columns of no height within columns: the engine looks for a height that does."""
    templates = small.own("templates")
    for name, old, new in (
        ("profile.html", '<body class="', '<body class="{{ city.id }} '),
        ("profile.css", "", ".alpha * { columns: 3; height: 0.01px }"),
    ):
        path = templates / name
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(old, new, 1) if old else f"{text}\n{new}\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", IMPATIENT, str(small.root), jobs], capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert "screen/en/alpha: not set after 4 s, and given up" in done.stderr
    assert list(products(small.root / "build")) == ["screen/en/beta.pdf"]


# Executors that are not ours.


class Client(Executor):
    """Hands jobs over as a client of a cluster does: nothing but `submit`, one thread a job."""

    def __init__(self) -> None:
        self.taken = 0

    def submit(self, job: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Do the job somewhere else."""
        self.taken += 1
        future: Future[Any] = Future()

        def work() -> None:
            try:
                future.set_result(job(*args, **options))
            except Exception as error:  # noqa: BLE001 - a future carries whatever was raised
                future.set_exception(error)

        Thread(target=work).start()
        return future


def threads(_: Setup) -> Executor:
    return ThreadPoolExecutor(3)


@pytest.mark.parametrize("hire", [threads, lambda _: Client()], ids=["threads", "a client"])
def test_a_crew_works_on_any_executor(tmp_path: Path, hire: pool.Hire) -> None:
    with Crew(hire, setup(tmp_path)) as team:
        names = [*NAMES, "a/bad"]
        found = dict(team.run(answer, [(name, name) for name in names]))
    assert str(found.pop("a/bad")) == "a/bad: as it must"
    assert found == {name: f"{name} by {os.getpid()}" for name in NAMES}


class Cluster(Executor):
    """Processes behind a client that can only `submit`."""

    def __init__(self, setup: Setup) -> None:
        self._processes = pool.processes(2)(setup)
        self.identities: list[str] = []

    def submit(self, job: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Pass the job on, and note whose it is."""
        *_, given = args
        if isinstance(given, Single):
            self.identities.append(given.section.markup.about.identity)
        return self._processes.submit(job, *args, **options)


def test_a_build_on_an_executor_of_another_kind_makes_the_same(
    small: Small, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.bind()
    hired: list[Cluster] = []

    def hire(setup: Setup) -> Cluster:
        hired.append(Cluster(setup))
        return hired[-1]

    monkeypatch.setitem(os.environ, "FONTCONFIG_FILE", os.environ.get("FONTCONFIG_FILE", ""))
    request = reportgen.BuildRequest(workspace=small.root)
    assert reportgen.build(request, executor=hire).outcome.failures == ()
    assert [sorted(cluster.identities) for cluster in hired] == [
        [f"screen/{language}/{city}" for language in ("en", "ko") for city in ("alpha", "beta")]
    ]
    clean = small.root / "clean"
    done = run("build", small.root, "-q", "--jobs", 1, "--out", clean, "--store", clean / "store")
    assert done.returncode == 0, done.stderr
    assert products(small.root / "build") == products(clean)
    assert len(products(clean)) == 6


def test_the_folder_for_temporary_files_may_have_a_long_path(
    small: Small, run: Run, tmp_path: Path
) -> None:
    deep = tmp_path / ("long" * 20)
    deep.mkdir()
    done = run("build", small.root, "--jobs", "2", "-q", env={"TMPDIR": str(deep)})
    assert (done.returncode, done.stderr) == (0, "")
    assert len(products(small.root / "build")) == 4
    assert list(deep.iterdir()) == []
