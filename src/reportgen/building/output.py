"""Step 7, products on disk: all or nothing, and never through a link.

Files are written beside their targets and flushed to the disk; `commit` renames them all
and then the manifest, which says what the folder holds. Until then the old files stand.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from reportgen.building import manifest
from reportgen.building.results import Product
from reportgen.core.errors import LockedError, OutputError
from reportgen.records.workspace import sha256_of

CHUNK = 1 << 20
"""Bytes that are written or compared at once."""
_PART = re.compile(r"\.(.+)\.[0-9a-f]+\.part")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class Made:
    """What an output folder holds, only looked at: no lock is taken and nothing is written.

    Paths are relative to the folder, with slashes. So it can be asked while a build runs, and on a
    disk that may not be written; the manifest is true at every moment.
    """

    def __init__(self, root: Path, *, named: bool = True) -> None:
        """Open the folder `root`, which may be a link only if the user named it.

        Raises OutputError if it or its manifest cannot be read.
        """
        self._open(root, named=named)
        self._read()

    def _read(self) -> None:
        try:
            self.products = _products(self.root / manifest.NAME, self._fd)
        except OutputError:
            self.close()
            raise

    def _open(self, root: Path, *, named: bool) -> None:
        self.root = root
        self._held: dict[str, str] = {}
        self._parents: dict[str, int] = {}
        """The folders of what was looked at, open."""
        with self._failing(root):
            self._fd = os.open(root, _FOLDER & ~os.O_NOFOLLOW if named else _FOLDER)

    def close(self) -> None:
        """Let go of the folder."""
        for folder in (self._fd, *self._parents.values()):
            os.close(folder)

    def content(self, name: str) -> bytes:
        """Return what a file beside the manifest holds, nothing if it is not there."""
        with suppress(OSError):
            return _content(name, self._fd)
        return b""

    def holds(self, path: str, digest: str) -> bool:
        """Tell whether the folder holds the file `path` with the sha256 `digest`.

        Each file is looked at once; a build has a lock that keeps others from changing it.
        """
        if path not in self._held:
            self._held[path] = self._digest(path)
        return self._held[path] == digest

    def pieces(self, path: str) -> Iterator[bytes]:
        """Yield a file piece by piece."""
        folder, name = self._folder(path, make=False)
        try:
            fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        finally:
            os.close(folder)
        with os.fdopen(fd, "rb") as file:
            while piece := file.read(CHUNK):
                yield piece

    def _digest(self, path: str) -> str:
        """Return the sha256 of a file, empty if it is not there or no regular file."""
        parent, _, name = path.rpartition("/")
        try:
            if parent not in self._parents:
                self._parents[parent] = self._folder(path, make=False)[0]
            folder = self._parents[parent]
            fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        except (OSError, OutputError):
            return ""
        try:
            return sha256_of(fd) if stat.S_ISREG(os.fstat(fd).st_mode) else ""
        finally:
            os.close(fd)

    def _folder(self, path: str, *, make: bool = True) -> tuple[int, str]:
        """Open the folder of `path`, made where it is missing if `make`, following no link."""
        *folders, name = PurePosixPath(path).parts
        fd = os.dup(self._fd)
        done = self.root
        for folder in folders:
            done = done / folder
            with self._failing(done):
                try:
                    with suppress(FileExistsError):
                        if make:
                            os.mkdir(folder, dir_fd=fd)
                    below = os.open(folder, _FOLDER, dir_fd=fd)
                finally:
                    os.close(fd)
                fd = below
        return fd, name

    @contextmanager
    def _failing(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(
                f"{path}: cannot be written: {error.strerror or error}",
                remedy=_REMEDIES.get(error.errno or 0, ""),
            ) from error


class Output(Made):
    """An output folder that a build writes to."""

    def __init__(self, root: Path, *, wait: bool = False, named: bool = True) -> None:
        """Open or make the folder `root`, lock it, and sweep what a killed run left in it.

        Its parent must be there: a missing one is a slip of the pen or a disk that is not
        mounted. The lock is the system's and goes with the process, however that ends.
        Raises OutputError if nothing can be written, and LockedError if another build
        holds the folder, unless `wait`.
        """
        self._staged: dict[str, str] = {}
        with self._failing(root):
            if not root.is_dir():
                root.mkdir()
        self._open(root, named=named)
        with self._failing(root):
            self._lock(wait=wait)
            probe = _part("probe")
            os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, dir_fd=self._fd))
            os.unlink(probe, dir_fd=self._fd)
            self._sweep(self._fd, 3)
        self._read()

    def _lock(self, *, wait: bool) -> None:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            os.close(self._fd)
            raise LockedError(
                f"{self.root}: another build writes to this folder",
                remedy="let it finish, or give --wait or another folder with --out",
            ) from error

    def stage(self, path: str, content: Callable[[], Iterator[bytes]]) -> None:
        """Write what `content` yields beside its target `path`, unless the target holds it.

        It is called once to compare, and once to write.
        """
        folder, name = self._folder(path)
        try:
            with self._failing(self.root / path):
                self._check_target(folder, name)
                if _holds(folder, name, content()):
                    return
                part = _part(name)
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
                # Noted before it is there, as a signal may come between the two.
                self._staged[path] = part
                fd = os.open(part, flags, 0o666, dir_fd=folder)
                try:
                    for piece in content():
                        chunk = memoryview(piece)
                        while chunk:
                            chunk = chunk[os.write(fd, chunk) :]
                    os.fsync(fd)
                finally:
                    os.close(fd)
        finally:
            os.close(folder)

    def commit(
        self,
        products: list[Product],
        remove: Collection[str] = (),
        beside: Mapping[str, Callable[[], Iterator[bytes]]] | None = None,
    ) -> None:
        """Put everything staged in its place, remove what is gone, write the manifest.

        `products` are those that the folder then has, `beside` returns the content of files beside
        the manifest. First a manifest is written that says of each file which hash it had and which
        it is about to get (`next`), so that whenever the machine stops, the manifest is true.
        """
        coming = {p.path: p.sha256 for p in products if p.path in self._staged}
        if coming or remove:
            old = [product for product in self.products if product.path not in remove]
            self._place([self._stage_manifest(old, coming)])
            self._remove(remove)
            self._place([*coming])
        for name, content in (beside or {}).items():
            self.stage(name, content)
        self._place([*(beside or ()), self._stage_manifest(products, {})])
        self.products = tuple(products)

    def _stage_manifest(self, products: list[Product], coming: Mapping[str, str]) -> str:
        self.stage(manifest.NAME, lambda: manifest.written(products, coming))
        return manifest.NAME

    def _place(self, paths: list[str]) -> None:
        """Rename what is staged to its targets, then flush the folders."""
        folders: dict[str, int] = {}
        try:
            for path in paths:
                if path not in self._staged:
                    continue  # the target held it already
                folder, name = self._folder(path)
                parent = str(PurePosixPath(path).parent)
                if parent in folders:
                    os.close(folder)
                folder = folders.setdefault(parent, folder)
                with self._failing(self.root / path):
                    self._check_target(folder, name)
                    os.rename(self._staged[path], name, src_dir_fd=folder, dst_dir_fd=folder)
                    del self._staged[path]
            for parent, folder in folders.items():
                with self._failing(self.root / parent):
                    os.fsync(folder)
        finally:
            for folder in folders.values():
                os.close(folder)

    def discard(self) -> None:
        """Remove everything staged; the old files stay as they are."""
        for path, part in self._staged.items():
            folder, _name = self._folder(path)
            try:
                os.unlink(part, dir_fd=folder)
            except FileNotFoundError:
                pass
            finally:
                os.close(folder)
        self._staged.clear()

    def _remove(self, paths: Collection[str]) -> None:
        for path in paths:
            folder, name = self._folder(path)
            try:
                with self._failing(self.root / path):
                    self._check_target(folder, name)
                    os.unlink(name, dir_fd=folder)
            except OutputError as error:
                if not isinstance(error.__cause__, FileNotFoundError):
                    raise
            finally:
                os.close(folder)

    def _check_target(self, folder: int, name: str) -> None:
        try:
            mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISREG(mode):
            kind = "a link" if stat.S_ISLNK(mode) else "no regular file"
            raise OSError(0, f"stands in the way: it is {kind}")

    def _sweep(self, folder: int, depth: int) -> None:
        """Remove the parts of other runs: whoever has the lock knows that they are no more."""
        with os.scandir(folder) as entries:
            found = [(e.name, e.is_dir(follow_symlinks=False)) for e in entries]
        for name, is_folder in found:
            if _PART.fullmatch(name) and not is_folder:
                os.unlink(name, dir_fd=folder)
            elif is_folder and depth:
                below = os.open(name, _FOLDER, dir_fd=folder)
                try:
                    self._sweep(below, depth - 1)
                finally:
                    os.close(below)


def products_of(root: Path) -> tuple[Product, ...]:
    """Return what the manifest of a folder lists that is only read; nothing if there is none.

    Raises OutputError if it is damaged.
    """
    return _products(root / manifest.NAME, None)


def _part(name: str) -> str:
    """Return the name of a file beside its target, until that is replaced.

    The number of the process would not do: in a container each run has the same.
    """
    return f".{name}.{os.urandom(8).hex()}.part"


def _content(path: str | Path, folder: int | None) -> bytes:
    """Return what a file holds that is no link, in a folder that is open if one is given."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    with os.fdopen(fd, "rb") as file:
        return file.read()


def _products(path: Path, folder: int | None) -> tuple[Product, ...]:
    """Return the products that a manifest lists; none if there is no manifest."""
    try:
        content = _content(path if folder is None else path.name, folder)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}") from error
    try:
        return manifest.read(content)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise OutputError(
            f"{path}: no manifest of reportgen: {error}",
            remedy="delete it, or choose another folder with --out",
        ) from error


def sha256(content: bytes) -> str:
    """Return the sha256 of `content` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


_REMEDIES = {
    2: "make the folder above it first, or mount the disk",
    13: "choose a folder that you may write with --out",
    20: "remove what stands in the way",
    21: "remove the folder that stands in the way",
    28: "free space on the disk",
    30: "choose a folder that can be written with --out",
    40: "remove the link that stands in the way",
    122: "free space in your quota",
}
"""What to do, by the number of the system's error (errno.h)."""


def _holds(folder: int, name: str, content: Iterator[bytes]) -> bool:
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
    except FileNotFoundError:
        return False
    with os.fdopen(fd, "rb") as file:
        return all(file.read(len(chunk)) == chunk for chunk in content) and not file.read(1)
