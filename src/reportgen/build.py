"""The build: runs the plan on an executor; one failure never stops the rest.

The parent reads, composes and writes; workers set and bind. Workers share nothing but the
folder with the job's faces, so any `concurrent.futures.Executor` will do.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import forkserver
from pathlib import Path
from typing import TypeVar

from reportgen import __version__, markup, pictures, plan, records, typefaces
from reportgen.errors import (
    DeniedError,
    InputError,
    LossError,
    Place,
    Problem,
    ReportgenError,
    TypesettingError,
)
from reportgen.model import City, Face, Markup, Product, Section
from reportgen.output import Output, alive, sha256
from reportgen.workspace import Workspace

PRELOADED = ["reportgen.press.engine", "reportgen.press", "reportgen.binder", "reportgen.build"]
PATIENCE = 2.0
"""Seconds that an interrupted build waits for the pages under way."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker needs: the job's faces, the style sheets, where pictures lie."""

    fontconfig: Path
    faces: tuple[Face, ...]
    stylesheets: dict[str, str]
    root: Path


@dataclass(frozen=True, slots=True)
class Failure:
    """A section, or a whole record, that gave no product."""

    identity: str
    error: ReportgenError


@dataclass(slots=True)
class Outcome:
    """What a build made and what it could not make."""

    products: list[Product] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


class Serial(Executor):
    """Runs each job at once in this process; for one job, and for a debugger."""

    def __init__(self, setup: Setup) -> None:
        _start(setup)

    def submit(self, job: Callable[..., T], /, *args: object, **options: object) -> Future[T]:
        """Run `job` and return its finished future."""
        future: Future[T] = Future()
        try:
            future.set_result(job(*args, **options))
        except Exception as error:  # noqa: BLE001 - a future carries whatever was raised
            future.set_exception(error)
        return future


def processes(jobs: int) -> Callable[[Setup], Executor]:
    """Return what makes an executor of `jobs` processes; one job needs none."""

    def make(setup: Setup) -> Executor:
        if jobs == 1:
            return Serial(setup)
        context = multiprocessing.get_context("forkserver")
        return ProcessPoolExecutor(jobs, context, initializer=_start, initargs=(setup,))

    return make


@contextmanager
def engine_folder(*, workers: bool) -> Iterator[Path]:
    """Yield a private folder for the faces of a job, removed at the end.

    With `workers`, a server that forks them starts at once and loads the engine while the
    caller reads records.
    """
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"reportgen-{os.getpid()}-"))
    try:
        typefaces.configure(folder)
        if workers:
            # Not the job's own configuration: the folder may be gone before the server is up.
            os.environ["FONTCONFIG_FILE"] = str(typefaces.NO_FONTS)
            multiprocessing.set_forkserver_preload(PRELOADED)
            forkserver.ensure_running()
        yield folder
    finally:
        for child in multiprocessing.active_children():
            child.terminate()
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Remove the folders of runs that were killed."""
    for left in Path(tempfile.gettempdir()).glob("reportgen-*-*"):
        pid = left.name.split("-")[1]
        if pid.isdecimal() and not alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def build(
    workspace: Workspace,
    choice: plan.Choice,
    output: Output,
    folder: Path,
    executor: Callable[[Setup], Executor],
    progress: Callable[[int, int, str], None],
) -> Outcome:
    """Make the products that `choice` asks for.

    `folder` is that of `engine_folder`. `progress` is told how many products are done, of
    how many, and which was the last. Raises a ReportgenError where nothing can be built;
    what concerns single records is in the outcome.
    """
    known = records.read(workspace)
    faces = typefaces.load(workspace)
    if faults := markup.lint(workspace, faces):
        raise InputError(*faults)
    if faults := list(_uncovered(known.report_document, "", faces)):
        raise InputError(*faults)
    pictured = {city.id: _bad_picture(known, city, workspace) for city in known.cities}
    faulty = {
        city: found
        for city, document in known.documents.items()
        if (found := [*_uncovered(document, city, faces), *pictured.get(city, ())])
    }
    wanted = plan.plan(known, choice, {p.city for p in known.problems})
    outcome = Outcome()
    outcome.problems += [
        problem
        for problem in (*known.problems, *(p for found in faulty.values() for p in found))
        if not choice.cities or problem.city in choice.cities
    ]
    composer = markup.Composer(workspace, known)
    sections = [s for s in wanted if s.city.id not in faulty]
    jobs = list(_compose(composer, sections, outcome))
    if jobs:
        faces.compact(_characters(workspace, jobs), folder)
        name = f"templates/{markup.STYLESHEET}"
        setup = Setup(
            folder / "fonts.conf",
            faces.faces,
            {name: workspace.text(name)},
            workspace.root,
        )
        _make_all(jobs, setup, executor, output, progress, outcome)
        for index, failure in enumerate(outcome.failures):
            outcome.failures[index] = _located(known, failure)
    expected = {plan.path(s) for s in wanted} | {
        f"{edition}/{language}/{problem.city}.pdf"
        for problem in known.problems
        for edition in choice.editions
        for language in known.report.languages
    }
    _commit(workspace, choice, output, outcome, expected)
    return outcome


def _compose(
    composer: markup.Composer, sections: list[Section], outcome: Outcome
) -> Iterator[tuple[Markup, str]]:
    for section in sections:
        try:
            yield composer.compose(section), plan.path(section)
        except InputError as error:
            outcome.failures.append(Failure(section.identity, error))


def _make_all(
    jobs: list[tuple[Markup, str]],
    setup: Setup,
    executor: Callable[[Setup], Executor],
    output: Output,
    progress: Callable[[int, int, str], None],
    outcome: Outcome,
) -> None:
    order = {composed.identity: index for index, (composed, _) in enumerate(jobs)}
    pool = executor(setup)
    try:
        futures = {pool.submit(_make, composed, path): composed.identity for composed, path in jobs}
        for done, future in enumerate(as_completed(list(futures)), 1):
            # Forgotten once it is read, so that no more is held than is under way.
            identity = futures.pop(future)
            try:
                product, content = future.result()
                if product.identity != identity:
                    raise TypesettingError(f"{identity}: got the page of {product.identity}")
            except ReportgenError as error:
                outcome.failures.append(Failure(identity, error))
            except BrokenExecutor:
                lost = TypesettingError(
                    f"{identity}: the process that set it, or one beside it, was killed",
                    remedy="build again; if it recurs, this page may need more memory",
                )
                outcome.failures.append(Failure(identity, lost))
            else:
                output.stage(product.path, content)
                outcome.products.append(product)
            progress(done, len(jobs), identity)
    except BaseException:
        _stop(pool)
        raise
    pool.shutdown()
    outcome.products.sort(key=lambda product: order[product.identity])
    outcome.failures.sort(key=lambda failure: order.get(failure.identity, -1))


def _stop(pool: Executor) -> None:
    """Drop what is not begun and wait for what is, a tenth of a second each, but not for ever.

    A pool that is left without waiting is still closing its pipes while Python exits, which
    then complains of them. Workers that hang are ended by `engine_folder`.
    """
    options = {"wait": True, "cancel_futures": True}
    closing = threading.Thread(target=pool.shutdown, kwargs=options, daemon=True)
    closing.start()
    closing.join(PATIENCE)


def _located(known: records.Records, failure: Failure) -> Failure:
    """Add the place of the field that the engine's complaint quotes, if it quotes one."""
    city = failure.identity.rsplit("/", 1)[1]
    if not isinstance(failure.error, TypesettingError) or city not in known.documents:
        return failure
    document = known.documents[city]
    record = next(c for c in known.cities if c.id == city)
    texts = sorted(records.strings(record), key=lambda pair: -len(pair[1]))
    problems, remedy = [], failure.error.remedy
    for complaint in str(failure.error).split("\n"):
        quoted = (path for path, text in texts if len(text) > 3 and text in complaint)
        if path := next(quoted, None):
            problems.append(document.problem(path, complaint, remedy=remedy, city=city))
        else:
            problems.append(Problem(Place(document.file), complaint, remedy=remedy, city=city))
    kind = InputError if isinstance(failure.error, DeniedError) else LossError
    return Failure(failure.identity, kind(*problems))


def _commit(
    workspace: Workspace,
    choice: plan.Choice,
    output: Output,
    outcome: Outcome,
    expected: set[str],
) -> None:
    """Put the products in their places.

    What the workspace no longer asks for is removed; what could not be made keeps its old
    file.
    """
    old = {entry["path"]: entry for entry in output.manifest.get("products", [])}
    if choice.everything:
        editions = tuple(f"{edition}/" for edition in choice.editions)
        outcome.removed += [p for p in old if p.startswith(editions) and p not in expected]
    inputs = _inputs(workspace)
    entries = {path: entry for path, entry in old.items() if path not in outcome.removed}
    for product in outcome.products:
        city = product.identity.rsplit("/", 1)[1]
        record = f"report/cities/{city}.yaml"
        entries[product.path] = {
            "path": product.path,
            "identity": product.identity,
            "title": product.title,
            "pages": product.pages,
            "bytes": product.size,
            "sha256": product.sha256,
            "inputs": {**inputs, record: workspace.reads[record]},
        }
    output.commit(
        {"reportgen": __version__, "products": [entries[path] for path in sorted(entries)]},
        tuple(outcome.removed),
    )


def _inputs(workspace: Workspace) -> dict[str, str]:
    """Return the hashes of what every product is made from, one for each folder."""
    groups = {"report/report.yaml": workspace.reads["report/report.yaml"]}
    for group in ("templates", "fonts"):
        listing = "\n".join(
            f"{digest}  {name}"
            for name, digest in sorted(workspace.reads.items())
            if name.startswith(f"{group}/")
        )
        groups[f"{group}/"] = sha256(listing.encode())
    return groups


def _characters(workspace: Workspace, jobs: list[tuple[Markup, str]]) -> set[str]:
    """Return every character that may be set, with both cases of it."""
    found: set[str] = set()
    for composed, _ in jobs:
        found.update(composed.html)
    for name in workspace.names("templates", (".css", ".svg")):
        found.update(workspace.text(name))
    return found | {c for f in found for c in f.upper() + f.lower()}


def _uncovered(
    document: records.Document, city: str, faces: typefaces.Typefaces
) -> Iterator[Problem]:
    """Yield the characters of a record that no face holds, before anything is set."""
    for path, text in records.strings(document.root.value):
        if not faces.repertoire.issuperset(text):
            for c in dict.fromkeys(text):
                if c not in faces.repertoire:
                    yield document.character(
                        path, c, _no_face(c), remedy=typefaces.NO_FACE, city=city
                    )


def _bad_picture(known: records.Records, city: City, workspace: Workspace) -> Iterator[Problem]:
    """Yield what keeps the record's picture from being read."""
    if city.image:
        name, remedy = f"report/{city.image.path}", ""
        try:
            fault = pictures.fault(name, workspace.read(name, pictures.LARGEST))
        except InputError as error:
            fault, remedy = error.problems[0].message, error.problems[0].remedy
        if fault:
            yield known.documents[city.id].problem(
                ("image", "path"), f"{name}: {fault}", remedy=remedy, city=city.id
            )


def _no_face(character: str) -> str:
    name = unicodedata.name(character, "a character without a name")
    shown = f" '{character}'" if character.isprintable() else ""
    return f"U+{ord(character):04X} {name}{shown} is in no face of fonts/"


# In a worker.

_worker: tuple[object, typefaces.Programs] | None = None


def _start(setup: Setup) -> None:
    """Make this process ready to set sections."""
    global _worker  # noqa: PLW0603 - an executor's initialiser has no other place
    if multiprocessing.parent_process() is not None:
        # The parent hears of an interrupt and ends its workers.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    from reportgen.press import Press  # noqa: PLC0415 - the engine takes 0.5 s to load

    press = Press(setup.fontconfig, setup.stylesheets, Workspace(setup.root).read)
    _worker = press, typefaces.Programs(setup.faces, setup.fontconfig.parent)


def _make(composed: Markup, path: str) -> tuple[Product, bytes]:
    """Set and bind one section."""
    from reportgen import binder  # noqa: PLC0415 - the parent needs no pikepdf
    from reportgen.press import Press  # noqa: PLC0415

    assert _worker is not None
    press, programs = _worker
    assert isinstance(press, Press)
    return binder.finish(press.set(composed), composed, path, programs)
