"""Step 1, the workspace: every byte that comes in passes here.

A workspace is a folder with `report/`, and, where they differ from those that reportgen
ships, `templates/` and `fonts/`. Paths are relative to it, with slashes. What was read is
remembered with its hash, so that a build can say what it was made from.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from reportgen.core.errors import InputError, Place, Problem, WorkspaceError

LARGEST_RECORD = 4_000_000
"""Bytes; a record is a few kilobytes of text."""
OUTSIDE = frozenset({"", ".", ".."})
"""Parts of a path that lead elsewhere: an absolute path begins with nothing."""
CHUNK = 1 << 18
"""Bytes that are hashed at a time."""


def shipped() -> Path:
    """Return the folder of the templates and fonts that reportgen ships."""
    package = Path(__file__).parents[1]
    installed = package / "data"
    return installed if installed.is_dir() else package.parent.parent


def sha256_of(file: int) -> str:
    """Return the sha256 of what is left to read of an open file, by its descriptor."""
    total = hashlib.sha256()
    while chunk := os.read(file, CHUNK):
        total.update(chunk)
    return total.hexdigest()


class _Folder(NamedTuple):
    """A folder of files: where it is looked for, where it really lies, and what it must be in."""

    path: str
    real: str
    base: str
    """With a slash at the end."""


@dataclass
class Workspace:
    """A folder of input. Nothing outside it and outside `shipped()` is ever read."""

    root: Path
    reads: dict[str, str] = field(default_factory=dict)
    """sha256 by path of everything that was read."""
    _folders: dict[str, _Folder] = field(default_factory=dict, repr=False)
    _texts: dict[str, str] = field(default_factory=dict, repr=False)
    """Templates as they were first read: what was looked through is what is used."""

    def __post_init__(self) -> None:
        self.root = self.root.resolve()
        if not (self.root / "report" / "report.yaml").is_file():
            raise WorkspaceError(
                f"{self.root}: no workspace, report/report.yaml is missing",
                remedy="give the folder that holds report/, or make one: reportgen init FOLDER",
            )

    def folder(self, name: str) -> Path:
        """Return the workspace's `templates` or `fonts`, or the shipped one."""
        own = self.root / name
        return own if own.is_dir() else shipped() / name

    def path(self, name: str) -> Path:
        """Return where the file `name` lies.

        Raises InputError if it is not a regular file below its folder: a link out of the
        workspace would bring in what no reader of the workspace can see.
        """
        return Path(self._path(name))

    def _path(self, name: str) -> str:
        # A thousand records are looked at before anything is built: so folders are followed
        # once for all of their files, and paths are texts here.
        parent, _, file = name.rpartition("/")
        if parent not in self._folders:
            self._folders[parent] = self._follow(name, parent)
        folder = self._folders[parent]
        if file in OUTSIDE or "\0" in file:
            raise InputError(Problem(Place(name), "not a file of the workspace"))
        path, real = f"{folder.path}/{file}", f"{folder.real}/{file}"
        try:
            mode = self._mode(folder, file)
            if mode is None:
                path, real = (f"{at}/{_spelt(folder.path, file)}" for at in folder[:2])
                mode = os.lstat(path).st_mode
            if not stat.S_ISREG(mode):
                real = os.path.realpath(path, strict=True)
                mode = os.stat(real).st_mode  # noqa: PTH116 - a text
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            if error.errno == errno.ELOOP:
                message = "a link that leads to itself"
            raise InputError(Problem(Place(name), message)) from error
        except ValueError as error:  # no name of a file: it has a zero, or half of a character
            raise InputError(Problem(Place(name), "not a file of the workspace")) from error
        if not real.startswith(folder.base):
            raise InputError(
                Problem(Place(name), "a link that leaves the workspace", remedy="copy the file in")
            )
        if not stat.S_ISREG(mode):
            raise InputError(Problem(Place(name), "not a regular file"))
        return path

    @staticmethod
    def _mode(folder: _Folder, file: str) -> int | None:
        """Return the mode of a file; None if it may be there under the same name in pieces."""
        try:
            return os.lstat(f"{folder.path}/{file}").st_mode
        except FileNotFoundError:
            if file.isascii():
                raise
            return None

    def _follow(self, name: str, parent: str) -> _Folder:
        top, *rest = parent.split("/")
        if top not in {"report", "templates", "fonts"} or not OUTSIDE.isdisjoint(rest):
            raise InputError(Problem(Place(name), "not a file of the workspace"))
        base = self._base(top)
        path, real = base.joinpath(*rest), os.path.realpath(base)
        if base.is_symlink() and not real.startswith(f"{self.root}{os.sep}"):
            message = f"{top} is a link that leaves the workspace"
            raise InputError(Problem(Place(name), message, remedy="copy the folder in"))
        try:
            return _Folder(str(path), os.path.realpath(path), f"{real}{os.sep}")
        except ValueError as error:  # as in `_path`
            raise InputError(Problem(Place(name), "not a file of the workspace")) from error

    def _base(self, top: str) -> Path:
        return self.root / "report" if top == "report" else self.folder(top)

    def read(self, name: str, largest: int | None = None) -> bytes:
        """Return the bytes of the file `name`, at most `largest`, and remember their hash."""
        path = self.path(name)
        if largest is not None and path.stat().st_size > largest:
            raise InputError(
                Problem(Place(name), f"larger than {largest:,} bytes", remedy="split the file")
            )
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(Problem(Place(name), f"cannot be read: {error.strerror}")) from error
        self.reads[name] = hashlib.sha256(content).hexdigest()
        return content

    def text(self, name: str) -> str:
        """Return the file `name`, which must be UTF-8, as text; a template as it was at first."""
        if name in self._texts:
            return self._texts[name]
        content = self.read(name)
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise InputError(
                Problem(
                    Place(name, line, 1),
                    f"the byte 0x{content[error.start]:02X} is not UTF-8",
                    remedy="save the file as UTF-8",
                )
            ) from error
        if name.startswith("templates/"):
            self._texts[name] = text
        return text

    def digest(self, name: str) -> str:
        """Return the sha256 of the file `name` without holding it in memory."""
        if name in self._texts:
            return self.reads[name]
        file = os.open(self._path(name), os.O_RDONLY)
        try:
            self.reads[name] = sha256_of(file)
        finally:
            os.close(file)
        return self.reads[name]

    def names(self, folder: str, suffixes: tuple[str, ...] | None) -> list[str]:
        """Return the files below `folder` that end in one of `suffixes`, or all, sorted.

        Names are in NFC, as texts are; macOS and copies from it have them in pieces.
        """
        top, *rest = PurePosixPath(folder).parts
        base = self._base(top)
        found = []
        for parent, folders, files in os.walk(base.joinpath(*rest)):
            below = PurePosixPath(parent).relative_to(base)
            prefix = "/".join((top, *below.parts))
            found += [
                unicodedata.normalize("NFC", f"{prefix}/{file}")
                # A folder that is named as a file is told of when it is read.
                for file in (*files, *(folders if suffixes else ()))
                if not file.startswith(".") and (suffixes is None or file.endswith(suffixes))
            ]
        return sorted(found)


def _spelt(folder: str, file: str) -> str:
    """Return a file's name as its folder has it, which may be another normal form (UAX 15)."""
    for found in os.listdir(folder) if os.path.isdir(folder) else ():  # noqa: PTH112, PTH208
        if unicodedata.normalize("NFC", found) == unicodedata.normalize("NFC", file):
            return found
    return file
