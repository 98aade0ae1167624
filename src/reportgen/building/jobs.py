"""What a worker does: sets sections, or finds them in the store, and binds products.

Workers share nothing but the store and the folder with the job's faces.
"""

from __future__ import annotations

import gc
import io
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, wraps
from hashlib import sha256
from multiprocessing import connection
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from reportgen import typefaces
from reportgen.building import scratch
from reportgen.building.results import Product
from reportgen.building.store import Store, Where
from reportgen.building.store import key as store_key
from reportgen.core.errors import ExitCode, InputError, OutputError, Place, Problem, ReportgenError
from reportgen.core.fragments import Fragment, Quire
from reportgen.core.measures import Measured
from reportgen.plan.imposition import Leaf
from reportgen.plan.values import About, Finish, Layout, Markup, Placed
from reportgen.records.workspace import Workspace
from reportgen.typefaces.face import Face
from reportgen.typefaces.programs import Programs, compacted, ranks

if TYPE_CHECKING:  # the engine takes 0.5 s to load
    from reportgen.binder import Bound
    from reportgen.binder.sheets import Imposed
    from reportgen.press import Press
    from reportgen.records.schema.report import Imposition


ROOM = 70_000
"""Values on a stack. With 8 bytes each, the piece for them has 1 MB, of which half is left."""
J = TypeVar("J")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker needs: the job's faces, the style sheets, where pictures lie."""

    fontconfig: Path
    faces: tuple[Face, ...]
    whole: Path
    """The folder of the whole faces, of which the job has compact copies."""
    stylesheets: dict[str, str]
    root: Path
    store: Where
    profiles: dict[str, bytes] = field(default_factory=dict, repr=False)
    """The profiles of output intents by their names, as they were when the build began."""
    stamps: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """By the file of each face, how the system told it from others when it was looked at."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A compact copy of a face to be made for the job."""

    face: Face
    characters: str


@dataclass(frozen=True, slots=True)
class Job:
    """A section to set: its HTML, the key of its fragment."""

    markup: Markup
    key: str


@dataclass(frozen=True, slots=True)
class Single:
    """A product that is one section: what it is set from, and what is laid over it."""

    section: Job
    furniture: Job
    finish: Finish
    path: str


@dataclass(frozen=True, slots=True)
class Book:
    """A product of many sections, which are in the store."""

    about: About
    layout: Layout
    keys: dict[str, str]
    """The keys of the fragments by the identity of the section."""
    furniture: Job
    finish: Finish
    path: str
    target: Path
    """The file that it is written to."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """A product of sheets, on which the pages of a book are laid."""

    about: About
    finish: Finish
    source: Path
    """The book."""
    sha256: str
    """That of the book."""
    imposition: Imposition
    leaf: Leaf
    path: str
    target: Path
    """The file that it is written to."""


@dataclass(frozen=True, slots=True)
class Done:
    """A product that was made: `content` is its bytes, or the file that holds them."""

    product: Product
    content: bytes | Path
    reads: dict[str, str]


class LostError(ReportgenError):
    """The store has no good fragment of a section any more."""

    exit_code = ExitCode.SOME_FAILED

    def __init__(self, identity: str) -> None:
        super().__init__(f"{identity}: its pages are no longer in the store")
        self.identity = identity

    def __reduce__(self) -> tuple[type[LostError], tuple[str]]:
        return type(self), (self.identity,)


class _Worker:
    """What one process keeps from section to section."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.workspace = Workspace(setup.root)
        self.store = Store(setup.store)
        self._furniture: dict[str, Fragment] = {}

    @cached_property
    def press(self) -> Press:
        """The press, started when a fragment is not in the store."""
        from reportgen.press import Press  # noqa: PLC0415 - the engine takes 0.5 s to load

        self.require_folder()
        folder = self.setup.fontconfig.parent
        ranks = {
            (face.family, face.weight): json.loads(_ranks(folder, face).read_bytes())
            for face in self.setup.faces
        }
        return Press(self.setup.fontconfig, self.setup.stylesheets, self.workspace.read, ranks)

    @cached_property
    def programs(self) -> Programs:
        """The compact faces of the job, opened when a product is bound."""
        return Programs(self.setup.faces, self.setup.fontconfig.parent, copies=True)

    def fragment(self, job: Job) -> Fragment:
        """Return a section's fragment, set if the store does not have it."""
        found = self.store.get(job.key, self.digest)
        if found is None:
            try:
                found = self.press.set(job.markup)
            finally:
                # The engine opens a face when it first needs it, and sets without one that is gone.
                self.require_folder(copies=True)
            self.store.put(job.key, found)
        return found

    def require_folder(self, *, copies: bool = False) -> None:
        """Raise OutputError if somebody removed the job's faces; ask for each of the `copies`."""
        folder = self.setup.fontconfig.parent
        needed = [folder / face.copy for face in self.setup.faces if copies]
        if not all(path.is_file() for path in (self.setup.fontconfig, *needed)):
            raise OutputError(scratch.gone(self.setup.fontconfig.parent), remedy=scratch.KEEP)

    def furniture(self, job: Job) -> Fragment:
        """Return the fragment of page furniture, which many products share."""
        if job.key not in self._furniture:
            self._furniture[job.key] = self.fragment(job)
        return self._furniture[job.key]

    def whole(self, face: Face) -> Path:
        """Return the file of a face; raises InputError if it is not the one that was looked at."""
        path = self.setup.whole / face.file
        if typefaces.stamp(path) != self.setup.stamps.get(face.file):
            message = "changed while pages were made with it"
            raise InputError(Problem(Place(f"fonts/{face.file}"), message, remedy="build again"))
        return path

    def digest(self, name: str) -> str:
        """Return the present sha256 of a file, empty if it cannot be read."""
        try:
            return self.workspace.digest(name)
        except InputError:
            return ""


_worker: _Worker | None = None


def start(setup: Setup) -> None:
    """Make this process ready to work."""
    global _worker  # noqa: PLW0603 - an executor's initialiser has no other place
    # The engine makes a great many objects, and few cycles: by default one tenth of the time
    # goes into looking for those.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    if parent := multiprocessing.parent_process():
        # The parent hears of an interrupt and ends its workers.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    _worker = _Worker(setup)


def _end_with(sentinel: int) -> None:
    """End this process with its parent: one that is killed ends no workers.

    They hold the pipe by which the server that forked them learns of it, so it ends after them.
    """
    connection.wait([sentinel])
    os._exit(1)


def with_room(function: Callable[[J], T]) -> Callable[[J], T]:
    """Let a job and all that it calls use one piece of the interpreter's stack.

    CPython 3.11 keeps frames in pieces of 16 kB, and gives one back as soon as it is empty. An
    engine that goes in and out of a piece's end asks the system for memory 700 times a profile:
    a tenth of the time. A frame that says that it needs more gets a piece in which the others
    find room as well.
    """

    def call(job: J) -> T:
        try:
            return function(job)
        except ReportgenError:
            raise
        except Exception:
            if _worker is not None:
                # Whatever failed, this is why; a folder may be half removed.
                _worker.require_folder(copies=function.__name__ != make_copy.__name__)
            raise

    call.__code__ = call.__code__.replace(co_stacksize=ROOM)
    return wraps(function)(call)


@with_room
def make_copy(job: Copy) -> None:
    """Make the compact copy of a face that the job's pages are set with.

    Not the parent's work, as a whole face takes 30 MB that the parent would keep.
    """
    assert _worker is not None
    setup = _worker.setup
    whole, folder = _worker.whole(job.face), setup.fontconfig.parent
    target = folder / job.face.copy
    part = target.with_suffix(".part")
    with _written(part) as sink:
        sink.write(compacted(whole, job.characters))
    part.replace(target)  # a copy that is there may be mapped into memory
    shared = ranks(whole, job.characters)
    with _written(_ranks(folder, job.face)) as sink:
        sink.write(json.dumps(shared).encode())


def _ranks(folder: Path, face: Face) -> Path:
    """Return the file that tells which characters share a glyph of a face."""
    return folder / f"{face.copy}.json"


@with_room
def set_section(job: Job) -> None:
    """See to it that the store has a section's fragment."""
    assert _worker is not None
    _worker.fragment(job)


@with_room
def measure_section(job: Job) -> Measured:
    """Set a section and measure its pages."""
    assert _worker is not None
    return _worker.press.measure(job.markup)


@with_room
def make_single(job: Single) -> Done:
    """Set one section and bind it to a product of its own."""
    from reportgen.binder import bind  # noqa: PLC0415 - the parent binds nothing

    assert _worker is not None
    fragment = _worker.fragment(job.section)
    about = job.section.markup.about
    pages = len(fragment.sheets)
    layout = Layout((Placed(about.identity, job.path, 0, pages),), pages)
    output = io.BytesIO()
    furniture = _worker.furniture(job.furniture)
    bound = bind(
        about, layout, lambda _: fragment, furniture, _worker.programs, job.finish,
        _worker.setup.profiles[job.finish.profile], output,
    )  # fmt: skip
    product = _product(about, job.path, pages, job.finish, bound)
    return Done(product, output.getvalue(), {**bound.reads, **furniture.reads})


def make(job: Job | Single) -> Done | None:
    """Set a section, and bind it if it is a product of its own."""
    return make_single(job) if isinstance(job, Single) else set_section(job)


@with_room
def make_book(job: Book) -> Done:
    """Bind the sections of a book."""
    from reportgen.binder import bind  # noqa: PLC0415 - the parent binds nothing

    assert _worker is not None
    worker = _worker

    def load(placed: Placed) -> Fragment:
        fragment = worker.store.get(job.keys[placed.identity], worker.digest)
        if fragment is None:
            raise LostError(placed.identity)
        return fragment

    furniture = worker.furniture(job.furniture)
    programs = Programs(worker.setup.faces, worker.setup.whole)
    for face in worker.setup.faces:
        worker.whole(face)
    with _written(job.target) as sink:
        bound = bind(
            job.about, job.layout, load, furniture, programs, job.finish,
            worker.setup.profiles[job.finish.profile], sink, _Shelf(worker, job),
        )  # fmt: skip
    product = _product(job.about, job.path, job.layout.pages, job.finish, bound)
    return Done(product, job.target, {**bound.reads, **furniture.reads})


class _Shelf:
    """The quires of a book, in the store."""

    def __init__(self, worker: _Worker, job: Book) -> None:
        self._worker, self._job = worker, job

    def get(self, sections: tuple[Placed, ...], inputs: dict[str, object]) -> Quire | None:
        """Return the quire of these sections that was made of `inputs`, if it is kept."""
        return self._worker.store.quire(self._key(sections, inputs), self._worker.digest)

    def put(self, sections: tuple[Placed, ...], inputs: dict[str, object], made: Quire) -> None:
        """Keep a quire."""
        self._worker.store.put(self._key(sections, inputs), made)

    def _key(self, sections: tuple[Placed, ...], inputs: dict[str, object]) -> str:
        """Return the hash of everything that goes into a quire.

        The keys of its fragments stand for the version of reportgen, which they hold.
        """
        told = [(p.identity, p.target, p.start, self._job.keys[p.identity]) for p in sections]
        furniture = self._job.furniture.key
        return store_key({**inputs, "quire": told, "furniture": furniture})


@with_room
def lay_out(job: Sheets) -> Done:
    """Lay the pages of a book on sheets."""
    from reportgen.binder import about, sheets  # noqa: PLC0415 - the parent binds nothing

    identifier = sha256(f"{job.sha256} {job.about.identity}".encode()).hexdigest()[:32]
    xmp = about.xmp(job.about, job.finish, identifier)
    with _written(job.target) as sink:
        made = sheets.impose(job.source, job.imposition, job.leaf, sink, xmp)
    product = _product(job.about, job.path, made.pages, job.finish, made)
    return Done(product, job.target, {})


@contextmanager
def _written(target: Path) -> Iterator[BinaryIO]:
    """Open a file of the private folder to write to; raises OutputError if that cannot be done."""
    try:
        with target.open("wb") as sink:
            yield sink
    except FileNotFoundError as error:
        raise OutputError(scratch.gone(target.parent), remedy=scratch.KEEP) from error
    except OSError as error:
        raise OutputError(
            f"{target}: cannot be written: {error.strerror}", remedy="free space on the disk"
        ) from error


def _product(
    about: About, path: str, pages: int, finish: Finish, bound: Bound | Imposed
) -> Product:
    attached = tuple((a.name, sha256(a.content).hexdigest()) for a in finish.attached)
    return Product(
        about.identity,
        path,
        about.title,
        pages,
        bound.size,
        bound.sha256,
        finish.standard,
        attached,
    )
