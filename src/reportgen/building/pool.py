"""The crew: any `concurrent.futures.Executor`, and what to do when one of its workers dies.

A process pool that loses a worker gives up all that it was given. So no more is handed out
than can be done again, and what was under way is then done one by one: the section that
kills its worker again is the one that fails, and the rest is finished.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from itertools import chain
from multiprocessing.context import ForkServerContext, ForkServerProcess
from types import ModuleType
from typing import Any, Self, TypeVar

from reportgen.building import scratch
from reportgen.building.jobs import attempt, start
from reportgen.building.tasks import Copies, Setup
from reportgen.core.errors import OutputError, ReportgenError, TypesettingError

AHEAD = 16
"""How many jobs are handed out at once, at least: enough for the pipes of a pool to stay full."""
EACH = 4
"""How many are for each worker, where there are many."""
PULSE = 1.0
"""Seconds after which it is seen whether all workers are alive, while none has finished."""
LIMIT = 600.0
"""Seconds without a finished page after which what is under way is given up. The list of 3,000
cities, the longest section that was tried, takes 9 s."""
PATIENCE = 2.0
"""Seconds that an interrupted build waits for the pages under way."""
T = TypeVar("T")
J = TypeVar("J")
Hire = Callable[[Setup], Executor]


class Serial(Executor):
    """Runs each job at once in this process; for one job, and for a debugger.

    A job that takes more than `limit` seconds is given up, where this is the main thread.
    """

    def __init__(self, setup: Setup, limit: float = LIMIT) -> None:
        self._limit = limit
        start(setup)

    def submit(self, job: Callable[..., T], /, *args: object, **options: object) -> Future[T]:
        """Run `job` and return its finished future."""
        future: Future[T] = Future()
        try:
            with _within(self._limit):
                future.set_result(job(*args, **options))
        except Exception as error:  # noqa: BLE001 - a future carries whatever was raised
            future.set_exception(error)
        return future


class _Over(BaseException):
    """The time of a job is over; no handler within the job takes it for a fault of the page."""


@contextmanager
def _within(limit: float) -> Iterator[None]:
    """Raise StuckError after so many seconds, in the main thread, which alone hears signals."""

    def stuck(_number: int, _frame: object) -> None:
        raise _Over

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, stuck)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    except _Over:
        raise StuckError from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class _Context(ForkServerContext):
    """Makes processes, and notes them before they are there."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[ForkServerProcess] = []

    def Process(  # type: ignore[override] # noqa: N802 - the name that pools ask for
        self, *given: object, **options: object
    ) -> ForkServerProcess:
        """Return a process that is not started yet."""
        made = ForkServerProcess(*given, **options)  # type: ignore[arg-type]
        self.begun.append(made)
        return made


class Pool(ProcessPoolExecutor):
    """A pool of processes that are forked by the server."""

    def __init__(self, jobs: int, setup: Setup) -> None:
        self._context = _Context()
        super().__init__(jobs, self._context, initializer=start, initargs=(setup,))
        # CPython's own name. All workers are started before the thread that watches them: else
        # that does not know of those that come later, and when it has seen a worker die, it closes
        # pipes with which another is being started.
        self._safe_to_dynamically_spawn_children = False

    def submit(self, job: Callable[..., T], /, *args: object, **options: object) -> Future[T]:
        """Hand a job out. A process that is started for it is started whole.

        One that is left half-way complains of what its parent has taken away meanwhile.
        """
        with _undisturbed(), _without_main():
            return super().submit(job, *args, **options)

    def gone(self) -> bool:
        """Tell whether a worker is no more.

        The pool itself may not notice it, where the worker was being started or held the lock
        on the queue of jobs.
        """
        return not all(process.is_alive() for process in self._context.begun)

    def end(self) -> None:
        """End the workers, whatever they are at."""
        for process in self._context.begun:
            if process.pid:
                process.terminate()


@contextmanager
def _without_main() -> Iterator[None]:
    """Let processes start without the program that builds, which has nothing that they need.

    Else each would run it from its beginning, unless it is written with that in mind.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let signals that are handled wait, where this is the main thread, which hears them."""
    heard: list[int] = []
    handled: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if callable(signal.getsignal(number)):
                handled[number] = signal.signal(number, lambda heard_of, _: heard.append(heard_of))
    try:
        yield
    finally:
        for handled_one, handler in handled.items():
            signal.signal(handled_one, handler)
        for heard_one in heard:
            signal.raise_signal(heard_one)


def processes(jobs: int) -> Hire:
    """Return what makes an executor of `jobs` processes; one job needs none."""

    def make(setup: Setup) -> Executor:
        if jobs == 1:
            return Serial(setup)
        return Pool(jobs, setup)

    return make


class StuckError(BrokenExecutor):
    """The workers are alive and finish nothing."""


class LostJobError(Exception):
    """An executor could not do a job, and goes on with others."""


class Crew:
    """Does the jobs of a build; to be used in a `with` statement."""

    def __init__(
        self, hire: Hire, setup: Setup, limit: float = LIMIT, *, ahead: int = AHEAD
    ) -> None:
        """`ahead` jobs are handed out at once."""
        self._hire, self._setup, self._limit, self._ahead = hire, setup, limit, ahead
        self._pool: Executor | None = None
        self._retried: set[str] = set()
        """What an executor could not do, by identity."""
        self.copies: Copies | None = None
        """The faces that pages are set with."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self.dismiss()
        elif self._pool is not None:
            self._pool.shutdown()

    def run(
        self,
        function: Callable[[J], T],
        jobs: Iterable[tuple[str, J]],
        meanwhile: Callable[[], None] | None = None,
    ) -> Iterator[tuple[str, T | ReportgenError]]:
        """Yield for each job its identity and its result, or what kept it from one.

        They come as they are done, not in order. Once the first are handed out, `meanwhile`
        is called. Raises OutputError where a disk is full, which it then is for all.
        """
        waiting = iter(jobs)
        running: dict[Future[tuple[bool, Any]], tuple[str, J]] = {}
        self._retried = set()
        while True:
            lost: list[tuple[str, J]] = []
            broken = False
            try:
                while len(running) < self._ahead and (job := next(waiting, None)):
                    lost.append(job)  # until it is handed out
                    future = self._submit(function, job[1])
                    running[future] = lost.pop()
                if meanwhile:
                    meanwhile()
                    meanwhile = None
                if not running:
                    return
                done = self._done(running)
            except BrokenExecutor:
                broken = True
                done = {future for future in running if future.done()}
            again: list[tuple[str, J]] = []
            yield from self._finished(done, running, lost, again)
            waiting = chain(again, waiting)
            if broken or lost:
                lost += running.values()
                running.clear()
                yield from self._one_by_one(function, deque(lost))

    def _finished(
        self,
        done: Iterable[Future[tuple[bool, Any]]],
        running: dict[Future[tuple[bool, Any]], tuple[str, J]],
        lost: list[tuple[str, J]],
        again: list[tuple[str, J]],
    ) -> Iterator[tuple[str, Any]]:
        """Yield what came of jobs that are `done`.

        Those of an executor that is no more are added to `lost`; those that one could not do that
        goes on are added to `again`, once.
        """
        for future in done:
            job = running.pop(future)
            try:
                yield _told(job[0], future)
            except BrokenExecutor:
                lost.append(job)
            except LostJobError as error:
                if job[0] in self._retried:
                    yield job[0], _killed(job[0], str(error))
                else:
                    self._retried.add(job[0])
                    again.append(job)

    def _one_by_one(
        self, function: Callable[[J], T], jobs: deque[tuple[str, J]]
    ) -> Iterator[tuple[str, T | ReportgenError]]:
        self.dismiss()
        for identity, job in jobs:
            try:
                future = self._submit(function, job)
                self._done({future})
                yield _told(identity, future)
            except StuckError:
                self.dismiss()
                yield (
                    identity,
                    TypesettingError(
                        f"{identity}: not set after {self._limit:.0f} s, and given up",
                        remedy="look in its template and style sheets for what has no end",
                    ),
                )
            except (BrokenExecutor, LostJobError) as error:
                self.dismiss()
                told = str(error) if isinstance(error, LostJobError) else ""
                yield identity, _killed(identity, told)

    def _submit(self, function: Callable[[J], T], job: J) -> Future[tuple[bool, Any]]:
        """Hand a job out. Raises BrokenExecutor for a worker that dies while it is started."""
        if self._pool is None:
            self._pool = self._hire(self._setup)
        try:
            return self._pool.submit(attempt, function, self.copies, job)
        except (ConnectionError, EOFError) as error:  # or the server did
            raise BrokenExecutor("a worker died while it was started") from error
        except FileNotFoundError as error:  # the socket of the server
            raise OutputError(scratch.gone(self._setup.private), remedy=scratch.KEEP) from error
        except OSError as error:
            if error.errno is not None:
                raise
            # The pipe is closed already, by a pool that has learnt of a worker's death.
            raise BrokenExecutor("a worker died while a job was handed out") from error

    def _done(self, running: Iterable[Future[T]]) -> set[Future[T]]:
        """Wait for the first of the jobs under way.

        Raises BrokenExecutor if a worker is no more, and StuckError after the limit.
        """
        given_up = time.monotonic() + self._limit
        while True:
            done = wait(running, timeout=PULSE, return_when=FIRST_COMPLETED).done
            if done:
                return done
            if isinstance(self._pool, Pool) and self._pool.gone():
                raise BrokenExecutor("a worker is gone")
            if time.monotonic() > given_up:
                raise StuckError

    def dismiss(self) -> None:
        """End the workers; the next job is done by new ones."""
        if self._pool is not None:
            if isinstance(self._pool, Pool):
                self._pool.end()
            _stop(self._pool)
            self._pool = None


def _told(identity: str, future: Future[tuple[bool, Any]]) -> tuple[str, Any]:
    """Return a job's result or its error.

    Raises OutputError, BrokenExecutor, LostJobError, and a fault of reportgen's own.
    """
    try:
        good, value = future.result()
    except BrokenExecutor:
        raise
    except (Exception, CancelledError) as error:
        # What a job itself raises is a value: this is the executor's, such as a worker's death.
        raise LostJobError(f"{type(error).__name__}: {error}") from error
    if good or (isinstance(value, ReportgenError) and not isinstance(value, OutputError)):
        return identity, value
    raise value


def _killed(identity: str, told: str) -> TypesettingError:
    return TypesettingError(
        f"{identity}: the process that set it was killed, twice",
        remedy=told or "this page may need more memory than the machine has",
    )


def _stop(pool: Executor) -> None:
    """Drop what is not begun and wait for what is, a tenth of a second each, but not for ever.

    A pool that is left without waiting is still closing its pipes while Python exits, which
    then complains of them.
    """
    options = {"wait": True, "cancel_futures": True}
    closing = threading.Thread(target=pool.shutdown, kwargs=options, daemon=True)
    closing.start()
    closing.join(PATIENCE)
