"""The store: fragments and quires by the hash of everything that went into them.

Each is made once and found again by its key, whoever makes it and for whichever product. An
entry carries the hash of its own content and the hashes of the pictures that
were read while it was set, so a damaged or outdated one is noticed and made anew. Entries
are written beside and renamed, so builds may share a store; `exclusive` keeps them out
while it is emptied.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from reportgen.errors import LockedError, OutputError
from reportgen.model import Body, Fragment, Gist, Glyphs, Layer, Quire, Sheet, Slot

FOLDER = ".reportgen"
"""Where the store lies in a workspace."""
RECORDS = "records"
"""The folder in it of what records say."""
LIMIT = 2_000_000_000
"""Bytes that the store may hold; what was used longest ago goes first."""
HEX = 64
"""Characters of a sha256."""
_FOLDERS = re.compile(f"[0-9a-f]{{2}}|{RECORDS}")
_ENTRY = re.compile(r"[0-9a-f]{64}|\.[0-9a-f]{64}\.[0-9]+\.part")
_FRAGMENT = b"reportgen fragment 6 "
_QUIRE = b"reportgen quire 3 "
_CUT = "\x01"
"""Between objects; neither PDF syntax nor a text that YAML may hold has it."""
_PLAIN = ("identity", "kids", "annotated", "ids", "bookmarks", "anchors", "meta")
T = TypeVar("T", Fragment, Gist, Quire)
_IGNORE = b"# Made by reportgen; may be deleted at any time.\n*\n"


def key(inputs: dict[str, object]) -> str:
    """Return the key of what is made of `inputs`, which must be plain JSON values."""
    text = json.dumps(inputs, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Store:
    """A folder of entries.

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
        return self._path(key).is_file()

    def put(self, key: str, entry: Fragment | Quire) -> None:
        """Keep an entry. Not flushed to the disk: a torn one is noticed and remade."""
        if isinstance(entry, Fragment):
            kind, pieces = _FRAGMENT, _packed(entry)
        else:
            kind, pieces = _QUIRE, _folded(entry)
        path = self._path(key)
        part = path.with_name(f".{key}.{os.getpid()}.part")
        with _failing(path):
            path.parent.mkdir(exist_ok=True)
            try:
                with part.open("wb") as file:
                    _write(file, kind, pieces)
                part.replace(path)
            except OSError:
                part.unlink(missing_ok=True)
                raise

    def records(self, key: str) -> Path:
        """Return where what records say is kept; it is pruned as entries are."""
        path = self.root / RECORDS / key
        with _failing(path):
            path.parent.mkdir(exist_ok=True)
        return path

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
            for file, _ in entries:
                Path(file).unlink()
            made = sum(Path(file).parent.name != RECORDS for file, _ in entries)
            return made, sum(status.st_size for _, status in entries)

    def _read(self, key: str, kind: bytes) -> io.BytesIO | None:
        """Return what an entry holds, or None if it is missing or damaged."""
        path, start = self._path(key), len(kind) + HEX + 1
        try:
            content = path.read_bytes()
        except OSError:
            return None
        found = hashlib.sha256(memoryview(content)[start:]).hexdigest()
        if content[:start] != _head(kind, found):
            return None
        with suppress(OSError):  # another build may have emptied the store meanwhile
            os.utime(path)
        body = io.BytesIO(content)  # which is no copy
        body.seek(start)
        return body

    def _prune(self) -> None:
        entries = list(self._entries())
        if sum(status.st_size for _, status in entries) > self.limit:
            entries.sort(key=lambda entry: -entry[1].st_mtime_ns)
        held = 0
        for file, status in entries:
            held += status.st_size
            if held > self.limit or file.name.startswith("."):
                Path(file).unlink(missing_ok=True)

    def _entries(self) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
        with os.scandir(self.root) as found:
            folders = [folder.path for folder in found if _FOLDERS.fullmatch(folder.name)]
        for folder in folders:
            with suppress(NotADirectoryError), os.scandir(folder) as files:
                for file in files:
                    if not _ENTRY.fullmatch(file.name):
                        continue  # somebody else's, where --store names a folder of theirs
                    with suppress(FileNotFoundError):
                        yield file, file.stat(follow_symlinks=False)

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


def _current(entry: T, digest: Callable[[str], str]) -> T | None:
    """Return an entry if the pictures that were read for it are as they were."""
    same = all(digest(name) == found for name, found in entry.reads.items())
    return entry if same else None


def _head(kind: bytes, digest: str) -> bytes:
    return b"%s%s\n" % (kind, digest.encode())


def _write(file: BinaryIO, kind: bytes, pieces: Iterable[bytes]) -> None:
    """Write an entry piece by piece, and its head when the hash of all is known."""
    total = hashlib.sha256()
    file.seek(len(kind) + HEX + 1)
    for piece in pieces:
        total.update(piece)
        file.write(piece)
    file.seek(0)
    file.write(_head(kind, total.hexdigest()))


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
