"""The build: runs the plan on an executor; one failure never stops the rest.

The parent reads, composes and writes; workers set and bind. Workers share nothing but the
folder with the job's faces and the store, so any `concurrent.futures.Executor` will do.
Whatever is current is left alone: everything, if no input changed, without reading a
record; else each product whose pages would come out the same.
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
from functools import cached_property
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from reportgen import __version__, freshness, markup, pictures, plan, records, typefaces
from reportgen.errors import (
    DeniedError,
    InputError,
    LossError,
    OutputError,
    Place,
    Problem,
    ReportgenError,
    TypesettingError,
)
from reportgen.model import City, Face, Markup, Product, Section
from reportgen.output import Output, alive, sha256
from reportgen.store import Store
from reportgen.store import key as store_key
from reportgen.workspace import Workspace

if TYPE_CHECKING:  # the engine takes 0.5 s to load
    from reportgen.press import Press

PRELOADED = ["reportgen.press.engine", "reportgen.press", "reportgen.binder", "reportgen.build"]
CITIES = "report/cities"
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
    store: Path


@dataclass(frozen=True, slots=True)
class Job:
    """A product to make: its section as HTML, the key of its fragment, where it goes."""

    markup: Markup
    fragment: str
    path: str
    key: str
    """The hash of everything that the product is made from but the pictures it reads."""


@dataclass(frozen=True, slots=True)
class Made:
    """What the manifest will say products were made from, by path, and of the records."""

    keys: dict[str, str]
    inputs: dict[str, dict[str, str]]
    records: dict[str, str]


@dataclass(frozen=True, slots=True)
class Failure:
    """A section, or a whole record, that gave no product."""

    identity: str
    error: ReportgenError


@dataclass(slots=True)
class Outcome:
    """What a build made and what it could not make."""

    products: list[Product] = field(default_factory=list)
    current: list[Product] = field(default_factory=list)
    reasons: dict[str, list[str]] = field(default_factory=dict)
    """Why each product was made, by its path."""
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


def warm() -> None:
    """Start the server that forks workers; it loads the engine while records are read."""
    # Not the job's own configuration: its folder may be gone before the server is up.
    os.environ["FONTCONFIG_FILE"] = str(typefaces.NO_FONTS)
    multiprocessing.set_forkserver_preload(PRELOADED)
    forkserver.ensure_running()


@contextmanager
def engine_folder() -> Iterator[Path]:
    """Yield a private folder for the faces of a job, removed at the end."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"reportgen-{os.getpid()}-"))
    try:
        typefaces.configure(folder)
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
    store: Store,
    folder: Path,
    executor: Callable[[Setup], Executor],
    progress: Callable[[int, int, str], None],
) -> Outcome:
    """Make the products that `choice` asks for and that are not current.

    `folder` is that of `engine_folder`. `progress` is told how many products are done, of
    how many, and which was the last. Raises a ReportgenError where nothing can be built;
    what concerns single records is in the outcome.
    """
    known = records.read(workspace)
    listed = {name: workspace.reads.get(name, "") for name in workspace.names(CITIES, None)}
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
    name = f"templates/{markup.STYLESHEET}"
    stylesheets = {name: workspace.text(name)}
    jobs = list(_compose(composer, sections, stylesheets, faces, outcome))
    present = freshness.Present(workspace)
    made = Made(
        {job.path: job.key for job in jobs},
        {job.path: _inputs(workspace, job, faces) for job in jobs},
        listed,
    )
    old = {entry["path"]: entry for entry in output.manifest.get("products", [])}
    jobs = [
        job
        for job in jobs
        if not _is_current(job, old.get(job.path), output, present, made, outcome)
    ]
    if jobs:
        faces.compact(_characters(workspace, jobs), folder)
        setup = Setup(folder / "fonts.conf", faces.faces, stylesheets, workspace.root, store.root)
        pictured_by = _make_all(jobs, setup, executor, output, progress, outcome)
        for index, failure in enumerate(outcome.failures):
            outcome.failures[index] = _located(known, failure)
        for path, pictures_read in pictured_by.items():
            made.inputs[path] |= pictures_read
    expected = {plan.path(s) for s in wanted} | {
        f"{edition}/{language}/{problem.city}.pdf"
        for problem in known.problems
        for edition in choice.editions
        for language in known.report.languages
    }
    _commit(choice, output, outcome, expected, made)
    return outcome


def unchanged(workspace: Workspace, choice: plan.Choice, output: Output) -> Outcome | None:
    """Return the outcome of a build that has nothing to do, or None if it may have."""
    if not choice.everything:
        return None
    entries = freshness.current(workspace, output, choice.editions)
    if entries is None:
        return None
    return Outcome(current=[_product(entry) for entry in entries])


def _compose(
    composer: markup.Composer,
    sections: list[Section],
    stylesheets: dict[str, str],
    faces: typefaces.Typefaces,
    outcome: Outcome,
) -> Iterator[Job]:
    shared = {
        **freshness.software(),
        "styles": {name: sha256(text.encode()) for name, text in stylesheets.items()},
        "faces": {face.file: face.sha256 for face in faces.faces},
    }
    for section in sections:
        try:
            composed = composer.compose(section)
        except InputError as error:
            outcome.failures.append(Failure(section.identity, error))
            continue
        page = {"identity": composed.identity, "html": sha256(composed.html.encode())}
        fragment = store_key({**shared, **page})
        about = [composed.title, composed.author, composed.subject, list(composed.keywords)]
        key = store_key({"fragment": fragment, "about": about, "language": composed.language})
        yield Job(composed, fragment, plan.path(section), key)


def _inputs(workspace: Workspace, job: Job, faces: typefaces.Typefaces) -> dict[str, str]:
    """Return what a product is made from but its pictures, each with its hash."""
    fonts = (typefaces.MANIFEST, *(f"fonts/{face.file}" for face in faces.faces))
    files = {name: workspace.reads[name] for name in sorted((*job.markup.files, *fonts))}
    return {**files, **freshness.software()}


def _is_current(
    job: Job,
    entry: freshness.Entry | None,
    output: Output,
    present: freshness.Present,
    made: Made,
    outcome: Outcome,
) -> bool:
    """Tell whether the folder has the product already, and note it, or why it is made."""
    inputs = made.inputs[job.path]
    if entry and entry.get("key") == job.key:
        pictures_read = {n: d for n, d in entry.get("inputs", {}).items() if n not in inputs}
        if all(present(name) == digest for name, digest in pictures_read.items()) and output.holds(
            job.path, entry["sha256"]
        ):
            inputs |= pictures_read
            outcome.current.append(_product(entry))
            return True
    outcome.reasons[job.path] = freshness.reasons(entry, output, present)
    return False


def _product(entry: freshness.Entry) -> Product:
    return Product(
        entry["identity"], entry["path"], entry["title"], entry["pages"], entry["bytes"],
        entry["sha256"],
    )  # fmt: skip


def _make_all(
    jobs: list[Job],
    setup: Setup,
    executor: Callable[[Setup], Executor],
    output: Output,
    progress: Callable[[int, int, str], None],
    outcome: Outcome,
) -> dict[str, dict[str, str]]:
    """Make the products, and return by path the pictures that each read, with their hashes."""
    pictured: dict[str, dict[str, str]] = {}
    order = {job.markup.identity: index for index, job in enumerate(jobs)}
    pool = executor(setup)
    try:
        futures = {pool.submit(_make, job): job.markup.identity for job in jobs}
        for done, future in enumerate(as_completed(list(futures)), 1):
            # Forgotten once it is read, so that no more is held than is under way.
            identity = futures.pop(future)
            try:
                product, content, reads = future.result()
                if product.identity != identity:
                    raise TypesettingError(f"{identity}: got the page of {product.identity}")
            except OutputError:
                raise  # a disk that is full for one fragment is full for all
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
                pictured[product.path] = reads
            progress(done, len(jobs), identity)
    except BaseException:
        _stop(pool)
        raise
    pool.shutdown()
    outcome.products.sort(key=lambda product: order[product.identity])
    outcome.failures.sort(key=lambda failure: order.get(failure.identity, -1))
    return pictured


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
    choice: plan.Choice,
    output: Output,
    outcome: Outcome,
    expected: set[str],
    made: Made,
) -> None:
    """Put the products in their places.

    What the workspace no longer asks for is removed; what could not be made keeps its old
    file.
    """
    old = {entry["path"]: entry for entry in output.manifest.get("products", [])}
    if choice.everything:
        editions = tuple(f"{edition}/" for edition in choice.editions)
        outcome.removed += [p for p in old if p.startswith(editions) and p not in expected]
    entries = {path: entry for path, entry in old.items() if path not in outcome.removed}
    for product in (*outcome.products, *outcome.current):
        entries[product.path] = {
            "path": product.path,
            "identity": product.identity,
            "title": product.title,
            "pages": product.pages,
            "bytes": product.size,
            "sha256": product.sha256,
            "key": made.keys[product.path],
            "inputs": made.inputs[product.path],
        }
    manifest: dict[str, object] = {
        "reportgen": __version__,
        "products": [entries[path] for path in sorted(entries)],
    }
    if choice.everything and not outcome.problems and not outcome.failures:
        manifest |= {"complete": list(choice.editions), "records": made.records}
    output.commit(manifest, tuple(outcome.removed))


def _characters(workspace: Workspace, jobs: list[Job]) -> set[str]:
    """Return every character that may be set, with both cases of it."""
    found: set[str] = set()
    for job in jobs:
        found.update(job.markup.html)
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


class _Worker:
    """What one process keeps from section to section."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.workspace = Workspace(setup.root)
        self.store = Store(setup.store)
        self.programs = typefaces.Programs(setup.faces, setup.fontconfig.parent)

    @cached_property
    def press(self) -> Press:
        """The press, started when a fragment is not in the store."""
        from reportgen.press import Press  # noqa: PLC0415 - the engine takes 0.5 s to load

        return Press(self.setup.fontconfig, self.setup.stylesheets, self.workspace.read)

    def digest(self, name: str) -> str:
        """Return the present sha256 of a file, empty if it cannot be read."""
        try:
            return self.workspace.digest(name)
        except InputError:
            return ""


_worker: _Worker | None = None


def _start(setup: Setup) -> None:
    """Make this process ready to set sections."""
    global _worker  # noqa: PLW0603 - an executor's initialiser has no other place
    if multiprocessing.parent_process() is not None:
        # The parent hears of an interrupt and ends its workers.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker = _Worker(setup)


def _make(job: Job) -> tuple[Product, bytes, dict[str, str]]:
    """Set one section, or find it in the store, and bind it."""
    from reportgen import binder  # noqa: PLC0415 - the parent needs no pikepdf

    assert _worker is not None
    fragment = _worker.store.get(job.fragment, _worker.digest)
    if fragment is None:
        fragment = _worker.press.set(job.markup)
        _worker.store.put(job.fragment, fragment)
    product, content = binder.finish(fragment, job.markup, job.path, _worker.programs)
    return product, content, fragment.reads
