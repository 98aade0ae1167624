"""What one process keeps from job to job: its press, its faces, its way to the store."""

from __future__ import annotations

import atexit
import json
import os
import shutil
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen import typefaces
from reportgen.building import scratch
from reportgen.building.store import Store
from reportgen.building.tasks import Copies, Job, Setup
from reportgen.core.errors import InputError, OutputError, Place, Problem
from reportgen.core.fragments import Fragment
from reportgen.records.workspace import Workspace
from reportgen.typefaces.face import Face
from reportgen.typefaces.programs import Programs

if TYPE_CHECKING:  # the engine takes 0.5 s to load
    from reportgen.press import Press


class Worker:
    """One process, set up for a build."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.workspace = Workspace(setup.root)
        self.store = Store(setup.store)
        self._copies: Copies | None = None
        self._furniture: dict[str, Fragment] = {}

    @cached_property
    def _base(self) -> Path:
        """The folder for faces: the build's, or one of this process on another machine."""
        if self.setup.private.is_dir():
            return self.setup.private
        stack = ExitStack()
        atexit.register(stack.close)
        return stack.enter_context(scratch.folder())

    def use(self, copies: Copies | None) -> None:
        """Set pages with these copies of faces from now on."""
        if copies != self._copies:
            self._copies = copies
            for name in ("press", "programs"):
                self.__dict__.pop(name, None)

    @property
    def folder(self) -> Path:
        """The folder of the copies, with a configuration that knows nothing else."""
        assert self._copies is not None
        return self._base / f"faces-{self._copies.identity[:16]}"

    @cached_property
    def press(self) -> Press:
        """The press, started when a fragment is not in the store."""
        from reportgen.press import Press  # noqa: PLC0415 - the engine takes 0.5 s to load

        self._have_copies()
        ranks = {
            (face.family, face.weight): json.loads(_ranks(self.folder, face).read_bytes())
            for face in self.setup.faces
        }
        fontconfig = self.folder / "fonts.conf"
        return Press(fontconfig, self.setup.stylesheets, self.workspace.read, ranks)

    @cached_property
    def programs(self) -> Programs:
        """The compact faces of the job, opened when a product is bound."""
        self._have_copies()
        return Programs(self.setup.faces, self.folder, copies=True)

    def fragment(self, job: Job) -> Fragment:
        """Return a section's fragment, set if the store does not have it."""
        found = self.store.get(job.key, self.digest)
        if found is None:
            press = self.press
            try:
                found = press.set(job.markup)
            finally:
                # The engine opens a face when it first needs it, and sets without one that is gone.
                self.require_copies()
            self.store.put(job.key, found)
        return found

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

    def require_copies(self) -> None:
        """Raise OutputError if somebody removed the copies of faces, or the folder for them."""
        if self._copies is None:
            return
        needed = (self.folder / "fonts.conf", *(self.folder / f.copy for f in self.setup.faces))
        if "_base" in self.__dict__ and not all(path.is_file() for path in needed):
            raise OutputError(scratch.gone(self._base), remedy=scratch.KEEP)

    def _have_copies(self) -> None:
        """Take the copies from the store, unless another worker of this machine has done so."""
        copies, folder = self._copies, self.folder
        assert copies is not None
        if folder.is_dir():
            return
        part = self._base / f"faces-{os.getpid()}.part"
        try:
            part.mkdir()
            for face in self.setup.faces:
                content = b"".join(self.store.pieces(copies.kept[face.file]))
                ranks, _, program = content.partition(b"\n")
                _ranks(part, face).write_bytes(ranks)
                (part / face.copy).write_bytes(program)
            typefaces.configure(part, folder)
        except OSError as error:
            if not self._base.is_dir():
                raise OutputError(scratch.gone(self._base), remedy=scratch.KEEP) from error
            raise OutputError(
                f"{part}: cannot be written: {error.strerror}", remedy="free space on the disk"
            ) from error
        try:
            part.rename(folder)
        except OSError:  # another was faster
            shutil.rmtree(part)


def _ranks(folder: Path, face: Face) -> Path:
    """Return the file that tells which characters share a glyph of a face."""
    return folder / f"{face.copy}.json"
