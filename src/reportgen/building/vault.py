"""The vault: a folder of entries that are sealed, written beside and renamed, and pruned.

Builds may share one; a lock keeps them out while it is emptied. Nothing is read or written through
a link within it, as one would lead out of it. It knows nothing of what entries hold; see `store`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from reportgen.building import seals
from reportgen.core.errors import LockedError, OutputError

FOLDER = ".reportgen"
"""Where the store lies in a workspace."""
RECORDS = "records"
"""The folder in it of what records say."""
LIMIT = 2_000_000_000
"""Bytes that the store may hold; what was used longest ago goes first."""
CHUNK = 1 << 20
"""Bytes of a file that are read at once."""
HEX = 64
"""Characters of a key and of a seal."""
_FOLDERS = re.compile(f"[0-9a-f]{{2}}|{RECORDS}")
_ENTRY = re.compile(r"[0-9a-f]{64}|\.[0-9a-f]{64}\.([0-9a-f]+\.part|kept)")
"""A name with a full stop in front is a build's own: what one that was killed left goes."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY
_NAME = b"reportgen name 1 "
_IGNORE = b"# Made by reportgen; may be deleted at any time.\n*\n"


def key(inputs: Mapping[str, object]) -> str:
    """Return the key of what is made of `inputs`, which must be plain JSON values."""
    text = json.dumps(inputs, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Where:
    """Where a store lies, and what its entries are sealed with."""

    root: Path
    named: bool = False
    """Whether the user named it: then it may be a link."""
    secret: bytes = field(default_factory=seals.key, repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is kept while a build goes on, under a key, with its sha256.

    It needs no seal: whoever asks for it says what it must be.
    """

    key: str
    sha256: str


class Keeping:
    """A file to be kept, while it is written."""

    def __init__(self, file: BinaryIO, key: str) -> None:
        self._file, self._key, self._hash = file, key, hashlib.sha256()

    def write(self, content: bytes) -> int:
        """Add to the file; return how many bytes were added."""
        self._hash.update(content)
        return self._file.write(content)

    @property
    def kept(self) -> Kept:
        """What was written so far."""
        return Kept(self._key, self._hash.hexdigest())


class Vault:
    """A folder of entries, by their names.

    Raises OutputError if the folder cannot be made or written, or is a link that nobody named.
    """

    def __init__(self, where: Where | Path, limit: int = LIMIT) -> None:
        self.where = where if isinstance(where, Where) else Where(where)
        self.root, self.limit = self.where.root, limit
        with failing(self.root):
            self.root.mkdir(exist_ok=True)
            self._fd = os.open(self.root, _FOLDER | (0 if self.where.named else os.O_NOFOLLOW))
            with suppress(FileExistsError):
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
                with os.fdopen(os.open(".gitignore", flags, dir_fd=self._fd), "wb") as file:
                    file.write(_IGNORE)

    def __del__(self) -> None:
        with suppress(AttributeError, OSError):
            os.close(self._fd)

    def name(self, key: str) -> str:
        """Return what the file of an entry is called: with another secret, it is another file.

        Else two users of a store would each take away what the other has just made.
        """
        return seals.of(self.where.secret, _NAME, key.encode())

    def has(self, key: str) -> bool:
        """Tell whether there is an entry, which may turn out to be damaged."""
        name = self.name(key)
        try:
            found = os.stat(f"{name[:2]}/{name}", dir_fd=self._fd, follow_symlinks=False)
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode)

    @contextmanager
    def replacing(self, folder: str, name: str) -> Iterator[BinaryIO]:
        """Open a file that takes the place of another at the end, if nothing goes wrong."""
        part = f".{name.strip('.').partition('.')[0]}.{os.urandom(8).hex()}.part"
        with failing(self.root / folder / name), self._folder(folder) as below:
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
            try:
                with os.fdopen(os.open(part, flags, 0o666, dir_fd=below), "w+b") as file:
                    yield file
                os.replace(part, name, src_dir_fd=below, dst_dir_fd=below)
            except BaseException:
                with suppress(FileNotFoundError):
                    os.unlink(part, dir_fd=below)
                raise

    @contextmanager
    def keeping(self, key: str) -> Iterator[Keeping]:
        """Open a file that is kept while a build goes on."""
        with self.replacing(*self._kept(key)) as file:
            yield Keeping(file, key)

    def pieces(self, kept: Kept) -> Iterator[bytes]:
        """Yield a file that was kept, piece by piece.

        Raises OutputError if it is gone, and at its end if it is not what was kept.
        """
        (folder, name), total = self._kept(kept.key), hashlib.sha256()
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        with failing(self.root / folder / name), self._folder(folder) as below:
            fd = os.open(name, flags, dir_fd=below)
        with os.fdopen(fd, "rb") as file:
            while piece := file.read(CHUNK):
                total.update(piece)
                yield piece
        if total.hexdigest() != kept.sha256:
            raise OutputError(f"{self.root}: what the build kept was changed", remedy="build again")

    def drop(self, key: str) -> None:
        """Keep a file no longer."""
        self._remove(*self._kept(key))

    def _kept(self, key: str) -> tuple[str, str]:
        """Return the folder and the name of a file that is kept while a build goes on."""
        name = self.name(key)
        return name[:2], f".{name}.kept"

    def records(self, key: str) -> BinaryIO:
        """Open the file of what records say, at its end; it is pruned as entries are."""
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
        name = self.name(key)
        with failing(self.root / RECORDS / name), self._folder(RECORDS) as below:
            fd = os.open(name, flags, 0o666, dir_fd=below)
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
                os.close(fd)
                raise OSError(0, "it is no file of its own")  # written to, it would be another's
            os.utime(fd)
            return os.fdopen(fd, "r+b")

    def _bytes(self, folder: str, name: str, most: int = -1) -> bytes | None:
        """Return what a file holds, None if there is none; its use is noted."""
        try:
            below = os.open(folder, _FOLDER | os.O_NOFOLLOW, dir_fd=self._fd)
            try:
                fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=below)
            finally:
                os.close(below)
            with os.fdopen(fd, "rb", buffering=0) as file:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    return None
                content = file.read(most)
                with suppress(OSError):
                    os.utime(fd)
        except OSError:
            return None
        return content

    @contextmanager
    def _folder(self, name: str) -> Iterator[int]:
        """Open a folder of the store, made where it is missing."""
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=self._fd)
        below = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=self._fd)
        try:
            yield below
        finally:
            os.close(below)

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Use the store; at the end, if nobody else does, bring it back under its limit."""
        with self._lock(fcntl.LOCK_SH) as lock:
            yield
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self._prune()

    def clear(self) -> tuple[int, int]:
        """Remove everything; return how many fragments and quires there were, and all bytes.

        Raises LockedError while a build uses the store.
        """
        with self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB):
            entries = list(self._entries())
            for folder, name, _ in entries:
                self._remove(folder, name)
            made = sum(folder != RECORDS for folder, _, _ in entries)
            return made, sum(status.st_size for _, _, status in entries)

    def _prune(self) -> None:
        entries = list(self._entries())
        if sum(status.st_size for *_, status in entries) > self.limit:
            entries.sort(key=lambda entry: -entry[2].st_mtime_ns)
        held = 0
        for folder, name, status in entries:
            held += status.st_size
            if held > self.limit or name.startswith("."):
                self._remove(folder, name)

    def _remove(self, folder: str, name: str) -> None:
        with suppress(FileNotFoundError), failing(self.root / folder), self._folder(folder) as at:
            os.unlink(name, dir_fd=at)

    def _entries(self) -> Iterator[tuple[str, str, os.stat_result]]:
        """Yield of each entry its folder, its name and what the system says of it."""
        for folder in filter(_FOLDERS.fullmatch, os.listdir(self._fd)):  # noqa: PTH208 - it is open
            try:
                below = os.open(folder, _FOLDER | os.O_NOFOLLOW, dir_fd=self._fd)
            except OSError:
                continue  # a link, or no folder
            try:
                # Others are somebody else's, where --store names a folder of theirs.
                for name in filter(_ENTRY.fullmatch, os.listdir(below)):  # noqa: PTH208
                    with suppress(FileNotFoundError):
                        yield folder, name, os.stat(name, dir_fd=below, follow_symlinks=False)
            finally:
                os.close(below)

    @contextmanager
    def _lock(self, kind: int) -> Iterator[int]:
        with failing(self.root):
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
            lock = os.open("lock", flags, 0o666, dir_fd=self._fd)
        try:
            try:
                fcntl.flock(lock, kind)
            except BlockingIOError as error:
                raise LockedError(
                    f"{self.root}: a build uses the store", remedy="let it finish"
                ) from error
            yield lock
        finally:
            os.close(lock)


@contextmanager
def failing(path: Path) -> Iterator[None]:
    """Tell what the system refuses in a vault as an OutputError."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{path}: the store cannot be written: {error.strerror or error}",
            remedy="free space, or name a folder that can be written with --store",
        ) from error
