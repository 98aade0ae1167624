"""The store: fragments and quires by the hash of everything that went into them.

Each is made once and found again by its key, for whichever product. An entry carries a seal of its
key and content and the hashes of the pictures that were read while it was set, so one that is
damaged, outdated or somebody else's is noticed and made anew. Entries are written beside and
renamed, so builds may share a store; a lock keeps them out while it is emptied.

Nothing is read or written through a link within the store, as one would lead out of it.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import re
import secrets
import stat
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from reportgen import seals
from reportgen.errors import LockedError, OutputError
from reportgen.model import Body, Fragment, Gist, Glyphs, Layer, Quire, Sheet, Slot

FOLDER = ".reportgen"
"""Where the store lies in a workspace."""
RECORDS = "records"
"""The folder in it of what records say."""
BUILT = "built"
"""The folder in it that says what was built; a line for each output folder, which stays."""
LIMIT = 2_000_000_000
"""Bytes that the store may hold; what was used longest ago goes first."""
HEX = 64
"""Characters of a key and of a seal."""
_FOLDERS = re.compile(f"[0-9a-f]{{2}}|{RECORDS}")
_ENTRY = re.compile(r"[0-9a-f]{64}|\.[0-9a-f]{64}\.[0-9a-f]+\.part")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY
_FRAGMENT = b"reportgen fragment 7 "
_QUIRE = b"reportgen quire 4 "
_MANIFEST = b"reportgen built 1 "
_CUT = "\x01"
"""Between objects; neither PDF syntax nor a text that YAML may hold has it."""
_PLAIN = ("identity", "kids", "annotated", "ids", "bookmarks", "anchors", "meta")
T = TypeVar("T", Fragment, Gist, Quire)
_IGNORE = b"# Made by reportgen; may be deleted at any time.\n*\n"


def key(inputs: dict[str, object]) -> str:
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


class Store:
    """A folder of entries.

    Raises OutputError if the folder cannot be made or written, or is a link that nobody named.
    """

    def __init__(self, where: Where | Path, limit: int = LIMIT) -> None:
        self.where = where if isinstance(where, Where) else Where(where)
        self.root, self.limit = self.where.root, limit
        with _failing(self.root):
            self.root.mkdir(exist_ok=True)
            self._fd = os.open(self.root, _FOLDER | (0 if self.where.named else os.O_NOFOLLOW))
            with suppress(FileExistsError):
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
                with os.fdopen(os.open(".gitignore", flags, dir_fd=self._fd), "wb") as file:
                    file.write(_IGNORE)

    def __del__(self) -> None:
        with suppress(AttributeError, OSError):
            os.close(self._fd)

    def get(self, key: str, digest: Callable[[str], str]) -> Fragment | None:
        """Return the fragment of `key`, or None if it is missing, damaged or outdated.

        `digest` returns the present sha256 of a file of the workspace, empty if it is gone.
        """
        body = self._read(key, _FRAGMENT)
        return None if body is None else _current(_unpacked(body), digest)

    def gist(self, key: str, digest: Callable[[str], str]) -> Gist | None:
        """Return what `get` returns as a book needs to know it, without unpacking the rest."""
        body = self._read(key, _FRAGMENT)
        return None if body is None else _current(_gist(body), digest)

    def quire(self, key: str, digest: Callable[[str], str]) -> Quire | None:
        """Return the quire of `key`, or None if it is missing, damaged or outdated."""
        body = self._read(key, _QUIRE)
        return None if body is None else _current(_opened(body), digest)

    def has(self, key: str) -> bool:
        """Tell whether there is an entry, which may turn out to be damaged."""
        try:
            found = os.stat(f"{key[:2]}/{key}", dir_fd=self._fd, follow_symlinks=False)
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode)

    def put(self, key: str, entry: Fragment | Quire) -> None:
        """Keep an entry. Not flushed to the disk: a torn one is noticed and remade."""
        if isinstance(entry, Fragment):
            kind, pieces = _FRAGMENT, _packed(entry)
        else:
            kind, pieces = _QUIRE, _folded(entry)
        with self.replacing(key[:2], key) as file:
            _write(file, kind, pieces, self._seal(kind, key))

    @contextmanager
    def replacing(self, folder: str, name: str) -> Iterator[BinaryIO]:
        """Open a file that takes the place of another at the end, if nothing goes wrong."""
        part = f".{name}.{secrets.token_hex(8)}.part"
        with _failing(self.root / folder / name), self._folder(folder) as below:
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
            try:
                with os.fdopen(os.open(part, flags, 0o666, dir_fd=below), "w+b") as file:
                    yield file
                os.replace(part, name, src_dir_fd=below, dst_dir_fd=below)
            except BaseException:
                with suppress(FileNotFoundError):
                    os.unlink(part, dir_fd=below)
                raise

    def records(self, key: str) -> BinaryIO:
        """Open the file of what records say, at its end; it is pruned as entries are."""
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        with _failing(self.root / RECORDS / key), self._folder(RECORDS) as below:
            fd = os.open(key, flags, 0o666, dir_fd=below)
            os.utime(fd)
            return os.fdopen(fd, "r+b")

    def vouch(self, root: Path, content: str) -> None:
        """Note that what a folder says of its products, by its hash, was written here."""
        with self.replacing(BUILT, _place(root)) as file:
            file.write(seals.of(self.where.secret, _MANIFEST, content.encode()).encode())

    def vouches(self, root: Path, content: str) -> bool:
        """Tell whether what a folder says of its products was written by this user."""
        expected = seals.of(self.where.secret, _MANIFEST, content.encode()).encode()
        return self._bytes(BUILT, _place(root), HEX) == expected

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

    def _seal(self, kind: bytes, key: str) -> seals.Seal:
        """Return the seal of an entry, to which its content is still to be added."""
        return seals.new(self.where.secret, kind + key.encode())

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

    def _read(self, key: str, kind: bytes) -> io.BytesIO | None:
        """Return what an entry holds, or None if it is missing, damaged or not ours."""
        content, start = self._bytes(key[:2], key), len(kind) + HEX + 1
        if content is None:
            return None
        seal = self._seal(kind, key)
        seal.update(memoryview(content)[start:])
        if content[:start] != _head(kind, seal.hexdigest()):
            return None
        body = io.BytesIO(content)  # which is no copy
        body.seek(start)
        return body

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
        with suppress(FileNotFoundError), _failing(self.root / folder), self._folder(folder) as at:
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
        with _failing(self.root):
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


def _current(entry: T, digest: Callable[[str], str]) -> T | None:
    """Return an entry if the pictures that were read for it are as they were."""
    same = all(digest(name) == found for name, found in entry.reads.items())
    return entry if same else None


def _head(kind: bytes, digest: str) -> bytes:
    return b"%s%s\n" % (kind, digest.encode())


def _write(file: BinaryIO, kind: bytes, pieces: Iterable[bytes], seal: seals.Seal) -> None:
    """Write an entry piece by piece, and its head when the seal of all is known."""
    file.seek(len(kind) + HEX + 1)
    for piece in pieces:
        seal.update(piece)
        file.write(piece)
    file.seek(0)
    file.write(_head(kind, seal.hexdigest()))


def _place(root: Path) -> str:
    """Return what an output folder is called among what was built."""
    return hashlib.sha256(os.fsencode(root.resolve())).hexdigest()


def _packed(fragment: Fragment) -> Iterator[bytes]:
    """Yield a fragment as bytes: its gist and the rest as JSON, the objects, their streams."""
    heads = _CUT.join(fragment.heads).encode("latin-1")
    about = {
        **{name: getattr(fragment, name) for name in _PLAIN},
        "sheets": [_plain(sheet, without="text") for sheet in fragment.sheets],
        "fonts": _plain_fonts(fragment.fonts),
        "layers": {
            name: {**_plain(layer), "fonts": _plain_fonts(layer.fonts)}
            for name, layer in fragment.layers.items()
        },
        "slots": {name: _plain(slot) for name, slot in fragment.slots.items()},
        "heads": len(heads),
        "streams": [(n, len(content)) for n, content in fragment.streams.items()],
    }
    yield _line(_plain(fragment.gist))
    yield _line(about)
    yield heads
    yield from fragment.streams.values()


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Sheet | Layer | Slot | Glyphs | Gist, without: str = "") -> dict[str, Any]:
    """Return the fields of a frozen value; `dataclasses.asdict` copies all that is in them."""
    return {f.name: getattr(value, f.name) for f in fields(value) if f.name != without}


def _plain_fonts(fonts: dict[str, Glyphs]) -> dict[str, list[Any]]:
    """Return glyphs as lists, which JSON reads ten times as fast as an object."""
    return {
        k: [f.family, f.weight, list(f.texts), list(f.texts.values())] for k, f in fonts.items()
    }


def _gist(body: BinaryIO) -> Gist:
    told = json.loads(body.readline())
    return Gist(tuple(told["texts"]), told["opens"], told["headed"], told["reads"])


def _unpacked(body: BinaryIO) -> Fragment:
    gist, about = _gist(body), json.loads(body.readline())
    heads = tuple(body.read(about["heads"]).decode("latin-1").split(_CUT))
    return Fragment(
        **{name: _frozen(about[name]) for name in _PLAIN},
        sheets=tuple(
            Sheet(text=text, **{k: _frozen(value) for k, value in sheet.items()})
            for text, sheet in zip(gist.texts, about["sheets"], strict=True)
        ),
        reads=gist.reads,
        fonts=_glyphs(about["fonts"]),
        layers={
            name: Layer(
                layer["number"], layer["width"], layer["height"], _glyphs(layer["fonts"]),
                _frozen(layer["links"]),
            )
            for name, layer in about["layers"].items()
        },
        slots={name: Slot(**slot) for name, slot in about["slots"].items()},
        heads=heads,
        streams={n: body.read(size) for n, size in about["streams"]},
    )  # fmt: skip


def _folded(quire: Quire) -> Iterator[bytes]:
    """Yield a quire as bytes: a line of JSON, the rows of the table, the objects."""
    body = quire.body
    about = {
        **{f.name: getattr(quire, f.name) for f in fields(quire) if f.name != "body"},
        # A glyph seldom stands for more than a character.
        "texts": {
            file: [list(texts), _CUT.join(texts.values())] for file, texts in quire.texts.items()
        },
        "first": body.first,
        "rows": len(body.kinds),
    }
    yield _line(about)
    yield body.kinds
    yield body.places.tobytes()
    yield body.indexes.tobytes()
    yield body.content


def _opened(body: BinaryIO) -> Quire:
    about = json.loads(body.readline())
    first, rows = about.pop("first"), about.pop("rows")
    kinds, places, indexes = body.read(rows), array("I"), array("H")
    places.frombytes(body.read(rows * places.itemsize))
    indexes.frombytes(body.read(rows * indexes.itemsize))
    texts = {
        file: dict(zip(glyphs, joined.split(_CUT) if glyphs else (), strict=True))
        for file, (glyphs, joined) in about.pop("texts").items()
    }
    told = {name: _frozen(value) for name, value in about.items()}
    told["landings"] = {name: (page, y) for name, (page, y) in about["landings"].items()}
    objects = Body(first, body.read(), kinds, places, indexes)
    return Quire(**told, body=objects, texts=texts)


def _glyphs(fonts: dict[str, list[Any]]) -> dict[str, Glyphs]:
    return {
        key: Glyphs(family, weight, dict(zip(glyphs, texts, strict=True)))
        for key, (family, weight, glyphs, texts) in fonts.items()
    }


def _frozen(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return what was a tuple before it became JSON as a tuple again."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


@contextmanager
def _failing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{path}: the store cannot be written: {error.strerror or error}",
            remedy="free space, or name a folder that can be written with --store",
        ) from error
