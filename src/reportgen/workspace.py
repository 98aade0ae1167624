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
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from reportgen.errors import InputError, Place, Problem, WorkspaceError

LARGEST_RECORD = 4_000_000
"""Bytes; a record is a few kilobytes of text."""


def shipped() -> Path:
    """Return the folder of the templates and fonts that reportgen ships."""
    package = Path(__file__).parent
    installed = package / "data"
    return installed if installed.is_dir() else package.parent.parent


@dataclass
class Workspace:
    """A folder of input. Nothing outside it and outside `shipped()` is ever read."""

    root: Path
    reads: dict[str, str] = field(default_factory=dict)
    """sha256 by path of everything that was read."""
    _bases: dict[Path, str] = field(default_factory=dict, repr=False)
    """Where the folders really lie, with a slash at the end."""
    _folders: dict[Path, str] = field(default_factory=dict, repr=False)
    """Where the folders of files really lie."""

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
        relative = PurePosixPath(name)
        top = relative.parts[0] if relative.parts else ""
        base = self.root / "report" if top == "report" else self.folder(top)
        path = base.joinpath(*relative.parts[1:])
        if top not in {"report", "templates", "fonts"} or ".." in relative.parts:
            raise InputError(Problem(Place(name), "not a file of the workspace"))
        try:
            real, regular = self._real(path)
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            if error.errno == errno.ELOOP:
                message = "a link that leads to itself"
            raise InputError(Problem(Place(name), message)) from error
        if base not in self._bases:
            self._bases[base] = f"{os.path.realpath(base)}{os.sep}"
        if not real.startswith(self._bases[base]):
            raise InputError(
                Problem(Place(name), "a link that leaves the workspace", remedy="copy the file in")
            )
        if not regular:
            raise InputError(Problem(Place(name), "not a regular file"))
        return path

    def _real(self, path: Path) -> tuple[str, bool]:
        """Return where a file really lies, and whether it is a regular one."""
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):
            real = os.path.realpath(path, strict=True)
            return real, stat.S_ISREG(Path(real).stat().st_mode)
        # No link itself, so only its folder is followed, once for all of its files.
        folder = path.parent
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder, strict=True)
        return os.path.join(self._folders[folder], path.name), True  # noqa: PTH118 - a text

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
        """Return the file `name`, which must be UTF-8, as text."""
        content = self.read(name)
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise InputError(
                Problem(
                    Place(name, line, 1),
                    f"the byte 0x{content[error.start]:02X} is not UTF-8",
                    remedy="save the file as UTF-8",
                )
            ) from error

    def digest(self, name: str) -> str:
        """Return the sha256 of the file `name` without holding it in memory."""
        with self.path(name).open("rb") as file:
            self.reads[name] = hashlib.file_digest(file, "sha256").hexdigest()
        return self.reads[name]

    def names(self, folder: str, suffixes: tuple[str, ...] | None) -> list[str]:
        """Return the files below `folder` that end in one of `suffixes`, or all, sorted."""
        top, *rest = PurePosixPath(folder).parts
        base = self.root / "report" if top == "report" else self.folder(top)
        found = []
        for parent, folders, files in os.walk(base.joinpath(*rest)):
            below = PurePosixPath(parent).relative_to(base)
            prefix = "/".join((top, *below.parts))
            found += [
                f"{prefix}/{file}"
                # A folder that is named as a file is told of when it is read.
                for file in (*files, *(folders if suffixes else ()))
                if not file.startswith(".") and (suffixes is None or file.endswith(suffixes))
            ]
        return sorted(found)
