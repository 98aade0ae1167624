"""The library: what there is to do with a workspace, by frozen requests and results.

The command is made of it and of nothing else. What a request leaves out is as the command has it.
Every function raises a `ReportgenError` where nothing can be done; what concerns single records and
products is in the result. What is needed is loaded when it is needed: to look at a folder takes no
engine.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.building.results import Outcome
from reportgen.core.errors import Problem, UsageError
from reportgen.core.events import Listener, Reading, ignored

if TYPE_CHECKING:
    from reportgen.building.pool import Hire
    from reportgen.building.store import Store
    from reportgen.building.vault import Where
    from reportgen.checking.finding import Finding
    from reportgen.doctor import Amended
    from reportgen.doctor import Finding as Examined
    from reportgen.plan.plan import Choice
    from reportgen.records.records import Records
    from reportgen.records.workspace import Workspace

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
"""How many processes this one may use at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of a workspace is asked for; nothing named means everything."""

    workspace: Path
    """The folder that holds `report/`."""
    cities: tuple[str, ...] = ()
    """Identifiers of records."""
    languages: tuple[str, ...] = ()
    """Codes, such as `ko`."""
    editions: tuple[str, ...] = ("screen",)
    """Names of editions, or `all`."""
    store: Path | None = None
    """The folder in which pages are kept; `.reportgen` of the workspace if None."""
    jobs: int = CORES
    """How many processes set pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest(Asked):
    """A build."""

    out: Path | None = None
    """The folder of the products; `build` of the workspace if None."""
    wait: bool = False
    """Whether to wait for another build of the same folder, and not to raise LockedError."""
    allow_missing: bool = False
    """Whether a book is bound without the cities that cannot be set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest(Asked):
    """A check."""

    proof: Path | None = None
    """A folder into which each page with findings is drawn, if there is to be one."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build made, and where."""

    root: Path
    """The folder of the products."""
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What an editor would mend, in the order in which it is told."""

    findings: tuple[Finding, ...]
    records: int
    """How many were looked at."""
    pages: int
    drawn: int = 0
    """How many pages were drawn."""

    def sarif(self) -> dict[str, Any]:
        """Return the findings as a log of SARIF 2.1.0."""
        from reportgen.checking import RULES, sarif

        return sarif.log(self.findings, RULES)


@dataclass(frozen=True, slots=True)
class Verified:
    """Which products a folder has, by path, and what is wrong with them."""

    products: tuple[str, ...]
    problems: tuple[Problem, ...]


def load(workspace: Path | str) -> Records:
    """Return what a workspace says: its report, its cities, and what is wrong with records."""
    from reportgen.records.records import read

    return read(_workspace(workspace))


def build(
    request: BuildRequest,
    listener: Listener = ignored,
    executor: Callable[..., Executor] | None = None,
) -> BuildResult:
    """Make what is not current: a PDF for each city, books, and what is made of them.

    `executor` returns what does the work, such as that of a cluster, when it is called with the
    `Setup` that each of its processes begins with (`reportgen.building.jobs.start`).
    """
    from reportgen.building import state, uptodate
    from reportgen.building.output import Output

    place = _workspace(request.workspace)
    output = Output(
        request.out or place.root / "build", wait=request.wait, named=request.out is not None
    )
    try:
        known = state.read(output, _where(place, request.store).secret)
        outcome = None
        if not request.cities and not request.languages:
            outcome = uptodate.unchanged(place, output, known, request.editions)
        if outcome is None:
            with _workshop(place, request, executor) as shop:
                listener(Reading())
                from reportgen.building.run import Build

                outcome = Build(
                    place, shop.choice, output, known, shop.store, shop.private, shop.hire,
                    request.jobs, listener, allow_missing=request.allow_missing,
                ).run().outcome  # fmt: skip
    except BaseException:
        output.discard()
        raise
    finally:
        output.close()
    return BuildResult(output.root, outcome)


def status(workspace: Path | str, out: Path | None = None) -> dict[str, list[str]]:
    """Return of each product, by path, why it is not current; nothing if it is.

    No lock is taken and nothing is written. Raises UsageError where nothing was built.
    """
    from reportgen.building import seals, state, uptodate
    from reportgen.building.output import Made

    place = _workspace(workspace)
    root = out or place.root / "build"
    if not root.is_dir():
        raise UsageError(f"{root}: nothing is built yet", remedy="reportgen build")
    made = Made(root, named=out is not None)
    try:
        return uptodate.status(place, made, state.read(made, seals.key(made=False)))
    finally:
        made.close()


def check(request: CheckRequest, listener: Listener = ignored) -> CheckResult:
    """Look through the records, and at every page that a build would make of them."""
    place = _workspace(request.workspace)
    with _workshop(place, request, None) as shop:
        from reportgen import checking

        listener(Reading())
        scratch = shop.private / "check"
        scratch.mkdir()
        found = checking.check(
            place,
            shop.choice,
            shop.store,
            scratch,
            shop.private,
            shop.hire,
            request.jobs,
            listener,
        )
        drawn = 0
        if request.proof is not None:
            from reportgen.checking import proof

            drawn = proof.draw(found.findings, scratch, request.proof)
    return CheckResult(found.findings, found.records, found.pages, drawn)


def verify(folder: Path | str) -> Verified:
    """Look whether the products of a folder are whole, and conform to their standards.

    The folder may be a copy of what was built.
    """
    from reportgen.verifying import verify as verified

    products, problems = verified(Path(folder))
    return Verified(tuple(products), tuple(problems))


def clean(workspace: Path | str, store: Path | None = None) -> tuple[int, int]:
    """Empty the store; return how many pages and quires it had, and how many bytes."""
    from reportgen.building.vault import Vault, Where

    # A store that is named needs no workspace.
    where = Where(store, named=True) if store else _where(_workspace(workspace), None)
    return Vault(where).clear() if where.root.is_dir() else (0, 0)


def examine(workspace: Path | str) -> list[Examined]:
    """Return what is installed, and what is missing."""
    from reportgen.doctor import examine as examined

    return examined(Path(workspace))


def amendments() -> tuple[Amended, ...]:
    """Return all that is changed in the engine, each with its reason."""
    from reportgen.doctor import amended

    return tuple(amended())


def start(folder: Path | str) -> list[Path]:
    """Write the files of a new workspace; return their paths."""
    from reportgen.records.starter import start as started

    return started(Path(folder))


def schemas() -> dict[str, str]:
    """Return the JSON Schemas of the records and of the manifest by their file names."""
    from reportgen.building.manifest import SCHEMA
    from reportgen.records.starter import schemas as told

    text = json.dumps(SCHEMA, ensure_ascii=False, indent=2)
    return {**told(), "manifest.schema.json": f"{text}\n"}


@dataclass(frozen=True, slots=True)
class _Workshop:
    """What a build works with."""

    choice: Choice
    store: Store
    private: Path
    """A folder that is gone afterwards."""
    hire: Hire


@contextmanager
def _workshop(
    place: Workspace, asked: Asked, executor: Callable[..., Executor] | None
) -> Iterator[_Workshop]:
    """Yield what a build works with."""
    from reportgen.building import forkserver, scratch

    with ExitStack() as stack:
        private = stack.enter_context(scratch.folder())
        # Started before the modules are loaded that the parent needs itself.
        several = asked.jobs > 1 and executor is None
        stack.enter_context(forkserver.warm(private) if several else nullcontext())
        from reportgen.building import pool
        from reportgen.building.store import Store
        from reportgen.plan.plan import Choice

        store = Store(_where(place, asked.store))
        stack.enter_context(store.shared())
        choice = Choice(asked.cities, asked.languages, asked.editions)
        yield _Workshop(choice, store, private, executor or pool.processes(asked.jobs))


def _workspace(folder: Path | str) -> Workspace:
    from reportgen.records.workspace import Workspace

    return Workspace(Path(folder))


def _where(place: Workspace, named: Path | None) -> Where:
    """Return where the store is: in the workspace, or what was named."""
    from reportgen.building.vault import FOLDER, Where

    return Where(named or place.root / FOLDER, named=named is not None)
