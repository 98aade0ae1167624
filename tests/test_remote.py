"""A build by processes that it did not start, in other folders, of which one is killed."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

import pytest

import reportgen
from conftest import Run, Small, products
from remote import KEY
from reportgen.building.tasks import Setup, Single

WORKER = Path(__file__).parent / "remote.py"


class WorkerGoneError(Exception):
    """What this cluster says of a worker's death; it is no BrokenExecutor."""


class Cluster(Executor):
    """Hands jobs to whatever workers there are, and goes on when one is gone."""

    def __init__(self, setup: Setup, lines: list[tuple[int, Connection]], died: list[str]) -> None:
        # On another machine there is no such folder.
        self._setup, self._private = replace(setup, private=Path("/not/here")), setup.private
        self._queue: SimpleQueue[tuple[Future[Any], Any, tuple[Any, ...]] | None] = SimpleQueue()
        self._died = died
        self._singles = 0
        self._threads = [Thread(target=self._work, args=line) for line in lines]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Any, /, *args: Any, **_: Any) -> Future[Any]:
        """Queue a job; the third of them is cancelled by the cluster once."""
        future: Future[Any] = Future()
        assert str(self._private).encode() not in pickle.dumps((job, args))
        self._singles += isinstance(args[-1], Single)
        if self._singles == 3 and "cancelled" not in self._died:
            self._died.append("cancelled")
            assert future.cancel()
            future.set_running_or_notify_cancel()
            return future
        self._queue.put((future, job, args))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002
        """Let the workers go."""
        del cancel_futures
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads if wait else ():
            thread.join()

    def _work(self, process: int, line: Connection) -> None:
        line.send(self._setup)
        while task := self._queue.get():
            future, job, args = task
            try:
                line.send((job, args))
                if isinstance(args[-1], Single) and "killed" not in self._died:
                    self._died.append("killed")
                    os.kill(process, signal.SIGKILL)
                future.set_result(line.recv())
            except (EOFError, OSError) as error:
                future.set_exception(WorkerGoneError(f"worker {process}: {error!r}"))
                return
        with suppress(OSError):
            line.send(None)


@contextmanager
def workers(count: int, folder: Path) -> Iterator[list[tuple[int, Connection]]]:
    """Yield processes that are nobody's children here, with the lines to them."""
    found = []
    with Listener(("127.0.0.1", 0), authkey=KEY) as listener:
        for number in range(count):
            place = folder / f"machine{number}"
            (place / "tmp").mkdir(parents=True)
            # The shell ends at once, so whoever adopts orphans has them.
            done = subprocess.run(
                ["sh", "-c", '"$@" >log 2>&1 & echo $!', "sh", sys.executable, str(WORKER),
                 str(listener.address[1])],
                cwd=place, capture_output=True, text=True, check=True, timeout=60,
                env={
                    **os.environ, "TMPDIR": str(place / "tmp"),
                    "PYTHONPATH": os.pathsep.join(sys.path),
                },
            )  # fmt: skip
            found.append((int(done.stdout), listener.accept()))
        try:
            yield found
        finally:
            for process, line in found:
                line.close()
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)


@pytest.mark.parametrize("edition", ["screen", "all"])
def test_workers_started_by_hand_make_the_same_bytes(
    tmp_path: Path, run: Run, edition: str
) -> None:
    small = Small(tmp_path / "work")
    small.bind()
    report = small.root / "report" / "report.yaml"
    if edition == "all":
        text = report.read_text("utf-8")
        editions = (
            "editions:\n  screen: {}\n"
            "  print: {standard: pdf/x-4, colour: cmyk, products: [cities, book, cover]}\n"
            "  booklet: {standard: pdf/x-4, products: [book], imposition: {of: print}}\n"
        )
        report.write_text(f"{text}\n{editions}", "utf-8")
    clean = tmp_path / "clean"
    options = ("--edition", edition, "-q", "--store", tmp_path / "store", "--out", clean)
    assert run("build", small.root, *options).returncode == 0
    died: list[str] = []
    with workers(3, tmp_path) as lines:
        request = reportgen.BuildRequest(workspace=small.root, editions=(edition,), jobs=3)
        outcome = reportgen.build(
            request, executor=lambda setup: Cluster(setup, lines, died)
        ).outcome
    assert (outcome.failures, sorted(died)) == ((), ["cancelled", "killed"])
    assert products(small.root / "build") == products(clean)
    logs = [path.read_text() for path in tmp_path.glob("machine*/log")]
    assert [log for log in logs if "Error" in log and "EOFError" not in log] == []
