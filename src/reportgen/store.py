"""The store: fragments by the hash of everything that went into them.

A fragment is made once and found again by its key, whoever makes it and for whichever
product. An entry carries the hash of its own content and the hashes of the pictures that
were read while it was set, so a damaged or outdated one is noticed and made anew. Entries
are written beside and renamed, so builds may share a store; `exclusive` keeps them out
while it is emptied.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reportgen.errors import LockedError, OutputError
from reportgen.model import Fragment

FOLDER = ".reportgen"
"""Where the store lies in a workspace."""
LIMIT = 2_000_000_000
"""Bytes that the store may hold; what was used longest ago goes first."""
_FORMAT = b"reportgen fragment 1 "
_IGNORE = b"# Made by reportgen; may be deleted at any time.\n*\n"


def key(inputs: dict[str, object]) -> str:
    """Return the key of what is made of `inputs`, which must be plain JSON values."""
    text = json.dumps(inputs, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Store:
    """A folder of fragments.

    Raises OutputError if the folder cannot be made or written.
    """

    def __init__(self, root: Path, limit: int = LIMIT) -> None:
        self.root, self.limit = root, limit
        with _failing(root):
            root.mkdir(exist_ok=True)
            ignore = root / ".gitignore"
            if not ignore.exists():
                ignore.write_bytes(_IGNORE)

    def get(self, key: str, digest: Callable[[str], str]) -> Fragment | None:
        """Return the fragment of `key`, or None if it is missing, damaged or outdated.

        `digest` returns the present sha256 of a file of the workspace, empty if it is gone.
        """
        path = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        head, _, body = content.partition(b"\n")
        if head != _FORMAT + hashlib.sha256(body).hexdigest().encode():
            return None
        line, _, pdf = body.partition(b"\n")
        about = json.loads(line)
        if any(digest(name) != found for name, found in about["reads"].items()):
            return None
        with suppress(OSError):  # another build may have emptied the store meanwhile
            os.utime(path)
        return Fragment(about["identity"], pdf, about["pages"], about["reads"])

    def put(self, key: str, fragment: Fragment) -> None:
        """Keep `fragment`. Not flushed to the disk: a torn entry is noticed and remade."""
        about = {"identity": fragment.identity, "pages": fragment.pages, "reads": fragment.reads}
        body = json.dumps(about, ensure_ascii=False).encode() + b"\n" + fragment.pdf
        path = self._path(key)
        part = path.with_name(f".{key}.{os.getpid()}.part")
        with _failing(path):
            path.parent.mkdir(exist_ok=True)
            try:
                part.write_bytes(_FORMAT + hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
                part.replace(path)
            except OSError:
                part.unlink(missing_ok=True)
                raise

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
        """Remove every entry and return how many there were, and their bytes.

        Raises LockedError while a build uses the store.
        """
        with self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB):
            entries = list(self._entries())
            for path, _ in entries:
                path.unlink()
            return len(entries), sum(status.st_size for _, status in entries)

    def _prune(self) -> None:
        entries = sorted(self._entries(), key=lambda e: -e[1].st_mtime_ns)
        held = 0
        for path, status in entries:
            held += status.st_size
            if held > self.limit or path.name.startswith("."):
                path.unlink(missing_ok=True)

    def _entries(self) -> Iterator[tuple[Path, os.stat_result]]:
        for path in self.root.glob("[0-9a-f][0-9a-f]/*"):
            with suppress(FileNotFoundError):
                yield path, path.lstat()

    def _path(self, key: str) -> Path:
        return self.root / key[:2] / key

    @contextmanager
    def _lock(self, kind: int) -> Iterator[int]:
        with _failing(self.root):
            lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
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
def _failing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{path}: the store cannot be written: {error.strerror or error}",
            remedy="free space, or name a folder that can be written with --store",
        ) from error
