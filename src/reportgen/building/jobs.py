"""What a worker does: sets sections, or finds them in the store, and binds products.

Workers share nothing but the workspace and the store.
"""

from __future__ import annotations

import gc
import io
import json
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable
from hashlib import sha256
from multiprocessing import connection
from typing import TYPE_CHECKING, Any, TypeVar

from reportgen.building.results import Product
from reportgen.building.store import key as store_key
from reportgen.building.tasks import (
    Book,
    Copies,
    Copy,
    Done,
    Job,
    LostError,
    Setup,
    Sheets,
    Single,
)
from reportgen.building.vault import Kept
from reportgen.building.worker import Worker
from reportgen.core.errors import ReportgenError
from reportgen.core.fragments import Fragment, Quire
from reportgen.core.measures import Measured
from reportgen.plan.values import About, Finish, Layout, Placed
from reportgen.typefaces.programs import Programs, compacted, ranks

if TYPE_CHECKING:  # the engine takes 0.5 s to load
    from reportgen.binder import Bound
    from reportgen.binder.sheets import Imposed

ROOM = 70_000
"""Values on a stack. With 8 bytes each, the piece for them has 1 MB, of which half is left."""
J = TypeVar("J")
T = TypeVar("T")
_worker: Worker | None = None


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
    _worker = Worker(setup)


def _end_with(sentinel: int) -> None:
    """End this process with its parent: one that is killed ends no workers.

    They hold the pipe by which the server that forked them learns of it, so it ends after them.
    """
    connection.wait([sentinel])
    os._exit(1)


def attempt(function: Callable[[J], T], copies: Copies | None, job: J) -> tuple[bool, Any]:
    """Return what a job comes to, and whether that is a result: else it is what kept it from one.

    So what an executor raises itself is told from it, whatever executor that is.
    """
    try:
        if _worker is not None:
            _worker.use(copies)
        return True, function(job)
    except ReportgenError as error:
        return False, error
    except Exception as error:  # noqa: BLE001 - it is raised again by the parent
        try:
            if _worker is not None:
                _worker.require_copies()  # whatever failed, a folder that is gone is why
        except ReportgenError as known:
            return False, known
        error.add_note("".join(traceback.format_exception(error)))
        return False, error


# A job and all that it calls use one piece of the interpreter's stack. CPython 3.11 keeps frames in
# pieces of 16 kB, and gives one back as soon as it is empty. An engine that goes in and out of a
# piece's end asks the system for memory 700 times a profile: a tenth of the time. A frame that says
# that it needs more gets a piece in which the others find room as well.
attempt.__code__ = attempt.__code__.replace(co_stacksize=ROOM)


def make_copy(job: Copy) -> Kept:
    """Make the compact copy of a face that pages are set with, and keep it.

    Not the parent's work, as a whole face takes 30 MB that the parent would keep.
    """
    worker = _ready()
    whole = worker.whole(job.face)
    shared = json.dumps(ranks(whole, job.characters)).encode()
    with worker.store.keeping(job.key) as sink:
        sink.write(shared + b"\n")
        sink.write(compacted(whole, job.characters))
        return sink.kept


def set_section(job: Job) -> None:
    """See to it that the store has a section's fragment."""
    _ready().fragment(job)


def measure_section(job: Job) -> Measured:
    """Set a section and measure its pages."""
    return _ready().press.measure(job.markup)


def make_single(job: Single) -> Done:
    """Set one section and bind it to a product of its own."""
    from reportgen.binder import bind  # noqa: PLC0415 - the parent binds nothing

    worker = _ready()
    fragment = worker.fragment(job.section)
    about = job.section.markup.about
    pages = len(fragment.sheets)
    layout = Layout((Placed(about.identity, job.path, 0, pages),), pages)
    output = io.BytesIO()
    furniture = worker.furniture(job.furniture)
    bound = bind(
        about, layout, lambda _: fragment, furniture, worker.programs, job.finish,
        worker.setup.profiles[job.finish.profile], output,
    )  # fmt: skip
    product = _product(about, job.path, pages, job.finish, bound)
    measured = measure_section(job.section) if job.section.measured else None
    return Done(product, output.getvalue(), {**bound.reads, **furniture.reads}, measured)


def make(job: Job | Single) -> Done | Measured | None:
    """Set a section, and bind it if it is a product of its own."""
    if isinstance(job, Single):
        return make_single(job)
    set_section(job)
    return measure_section(job) if job.measured else None


def make_book(job: Book) -> Done:
    """Bind the sections of a book."""
    from reportgen.binder import bind  # noqa: PLC0415 - the parent binds nothing

    worker = _ready()

    def load(placed: Placed) -> Fragment:
        fragment = worker.store.get(job.keys[placed.identity], worker.digest)
        if fragment is None:
            raise LostError(placed.identity)
        return fragment

    furniture = worker.furniture(job.furniture)
    programs = Programs(worker.setup.faces, worker.setup.whole)
    for face in worker.setup.faces:
        worker.whole(face)
    with worker.store.keeping(job.target) as sink:
        bound = bind(
            job.about, job.layout, load, furniture, programs, job.finish,
            worker.setup.profiles[job.finish.profile], sink, _Shelf(worker, job),
        )  # fmt: skip
    product = _product(job.about, job.path, job.layout.pages, job.finish, bound)
    return Done(product, job.target, {**bound.reads, **furniture.reads})


class _Shelf:
    """The quires of a book, in the store."""

    def __init__(self, worker: Worker, job: Book) -> None:
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


def lay_out(job: Sheets) -> Done:
    """Lay the pages of a book on sheets."""
    from reportgen.binder import about, sheets  # noqa: PLC0415 - the parent binds nothing

    worker = _ready()
    identifier = sha256(f"{job.source.sha256} {job.about.identity}".encode()).hexdigest()[:32]
    xmp = about.xmp(job.about, job.finish, identifier)
    book = b"".join(worker.store.pieces(job.source))
    with worker.store.keeping(job.target) as sink:
        made = sheets.impose(book, job.imposition, job.leaf, sink, xmp)
    product = _product(job.about, job.path, made.pages, job.finish, made)
    return Done(product, job.target, {})


def _ready() -> Worker:
    if _worker is None:
        raise AssertionError("a worker that was not started")
    return _worker


def _product(
    about: About, path: str, pages: int, finish: Finish, bound: Bound | Imposed
) -> Product:
    attached = tuple((a.name, sha256(a.content).hexdigest()) for a in finish.attached)
    return Product(
        about.identity, path, about.title, pages, bound.size, bound.sha256, finish.standard,
        attached,
    )  # fmt: skip
