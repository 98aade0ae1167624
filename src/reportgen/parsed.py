"""What records say, kept between builds: a file that did not change is not parsed again.

Parsing a thousand records takes 0.2 s, reading what was parsed 0.02 s. A line of the file
holds one record: the hash of the rest of the line, that of the record's file, and what the
file says, as JSON. A line that is damaged is passed over, and its record parsed anew; what a
line says is checked as what YAML says is.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from reportgen import freshness
from reportgen.errors import OutputError
from reportgen.records import PARSER, Value
from reportgen.store import HEX, Store
from reportgen.store import key as store_key
from reportgen.workspace import Workspace

MOST_STALE = 2
"""How many times as many lines as are used the file may have before it is written anew."""
_READER = json.JSONDecoder(parse_float=Decimal, parse_constant=Decimal)


class Parsed:
    """The parsed records of a workspace, in a file of its own.

    Raises OutputError where the file cannot be read or written.
    """

    def __init__(self, file: BinaryIO, path: Path) -> None:
        """`file`, at `path`, must be open to be read, and to be written at its end."""
        self._file, self._path = file, path
        self._places: dict[str, tuple[int, int]] = {}
        self._used: dict[str, tuple[int, int]] = {}
        self.lines = 0
        """How many lines the file has."""
        at, line = 0, b""
        with _failing(path):
            for line in file:
                # What was written last about a file counts; an earlier line may be damaged.
                self._places[line[HEX + 1 : 2 * HEX + 1].decode("latin-1")] = at, len(line)
                at += len(line)
                self.lines += 1
        self._torn = bool(line) and not line.endswith(b"\n")

    def get(self, digest: str) -> Value:
        """Return what the file with the sha256 `digest` says, or None if that is not known."""
        if digest not in self._places:
            return None
        at, length = self._places[digest]
        with _failing(self._path):
            self._file.seek(at)
            line = self._file.read(length)
        rest = line[HEX + 1 : -1]
        if line[:HEX] != hashlib.sha256(rest).hexdigest().encode():
            return None
        try:
            found = _READER.decode(rest[HEX + 1 :].decode())
            if not isinstance(found, dict):
                return None
            value = _frozen(found)
        except (ValueError, ArithmeticError, RecursionError):
            return None
        self._used[digest] = at, length
        return value

    def put(self, digest: str, value: Value) -> None:
        """Keep what the file with the sha256 `digest` says, unless that is known."""
        if digest in self._used:
            return
        rest = f"{digest} {_told(value)}".encode()
        line = b"%s %s\n" % (hashlib.sha256(rest).hexdigest().encode(), rest)
        with _failing(self._path):
            if self._torn:  # a build was killed while it wrote
                self._file.write(b"\n")
                self._torn = False
            self._file.write(line)
            # At the file's end, wherever that is by now: another build may write as well.
            self._file.flush()
            at = self._file.tell() - len(line)
        self._used[digest] = self._places[digest] = at, len(line)
        self.lines += 1

    @property
    def stale(self) -> bool:
        """Whether the file has become long with what was not asked for."""
        return self.lines > MOST_STALE * len(self._used)

    def copy(self, target: BinaryIO) -> None:
        """Write what was asked for."""
        for at, length in self._used.values():
            self._file.seek(at)
            target.write(self._file.read(length))


@contextmanager
def kept(store: Store, workspace: Workspace) -> Iterator[Parsed]:
    """Open the parsed records of `workspace`; an entry of `store`, which may be pruned.

    Raises OutputError if it cannot be written.
    """
    key = store_key({"parsed": str(workspace.root), "by": PARSER, **freshness.software()})
    path = store.records(key)
    part = path.with_name(f".{key}.{os.getpid()}.part")
    with _failing(path):
        file = _open(path)
    with file:
        parsed = Parsed(file, path)
        yield parsed
        if not parsed.stale:
            return
        try:
            with _failing(path):
                with part.open("xb") as target:
                    parsed.copy(target)
                part.replace(path)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)


@contextmanager
def _failing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{path}: the store cannot be written: {error.strerror or error}",
            remedy="free space, or name a folder that can be written with --store",
        ) from error


def _open(path: Path) -> BinaryIO:
    # Noted as used, for the store to keep it. Builds that share it write at its end.
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o666)
    os.utime(fd)
    return os.fdopen(fd, "r+b")


def _told(value: Value) -> str:
    """Return a value as JSON. A decimal keeps its digits, and is told from a whole number."""
    match value:
        case dict():
            return "{" + ",".join(f"{json.dumps(k)}:{_told(v)}" for k, v in value.items()) + "}"
        case tuple():
            return "[" + ",".join(map(_told, value)) + "]"
        case Decimal() if value.is_finite() and "E" not in (digits := str(value)):
            return digits if "." in digits else f"{digits}E0"
        case Decimal():
            return str(value)
    return json.dumps(value, ensure_ascii=False)


def _frozen(value: Any) -> Value:  # noqa: ANN401 - any JSON list or object
    """Return a value of JSON as one of YAML, where sequences are tuples."""
    if isinstance(value, list):
        return tuple([_frozen(item) if type(item) in _NESTED else item for item in value])
    return {k: _frozen(item) if type(item) in _NESTED else item for k, item in value.items()}


_NESTED = (list, dict)
