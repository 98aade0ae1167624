"""What records say, kept between builds: a file that did not change is not parsed again.

Parsing a thousand records takes 0.2 s, reading what was parsed 0.02 s. A line of the file
holds one record: the seal of the rest of the line, the hash of the record's file, and what the
file says, as JSON. A line that is damaged or not ours is passed over, and its record parsed anew;
what a line says is checked as what YAML says is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from reportgen.building import seals, uptodate
from reportgen.building.store import HEX, RECORDS, Store
from reportgen.building.store import key as store_key
from reportgen.building.vault import failing
from reportgen.records.document import Value
from reportgen.records.reading import PARSER
from reportgen.records.workspace import Workspace

MOST_STALE = 2
"""How many times as many lines as are used the file may have before it is written anew."""
_KIND = b"reportgen record 1 "
_READER = json.JSONDecoder(parse_float=Decimal, parse_constant=Decimal)


class Parsed:
    """The parsed records of a workspace, in a file of its own.

    Raises OutputError where the file cannot be read or written.
    """

    def __init__(self, file: BinaryIO, path: Path, secret: bytes) -> None:
        """`file`, at `path`, must be open to be read, and to be written at its end.

        `secret` is what its lines are sealed with.
        """
        self._file, self._path, self._secret = file, path, secret
        self._places: dict[str, tuple[int, int]] = {}
        self._used: dict[str, tuple[int, int]] = {}
        self.lines = 0
        """How many lines the file has."""
        at, line = 0, b""
        with failing(path):
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
        with failing(self._path):
            self._file.seek(at)
            line = self._file.read(length)
        rest = line[HEX + 1 : -1]
        if line[:HEX] != self._seal(rest):
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
        line = b"%s %s\n" % (self._seal(rest), rest)
        with failing(self._path):
            if self._torn:  # a build was killed while it wrote
                self._file.write(b"\n")
                self._torn = False
            self._file.write(line)
            # At the file's end, wherever that is by now: another build may write as well.
            self._file.flush()
            at = self._file.tell() - len(line)
        self._used[digest] = self._places[digest] = at, len(line)
        self.lines += 1

    def _seal(self, rest: bytes) -> bytes:
        return seals.of(self._secret, _KIND, rest).encode()

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
    key = store_key({"parsed": str(workspace.root), "by": PARSER, **uptodate.software()})
    with store.records(key) as file:
        name = store.name(key)
        parsed = Parsed(file, store.root / RECORDS / name, store.where.secret)
        yield parsed
        if parsed.stale:
            with store.replacing(RECORDS, name) as target:
                parsed.copy(target)


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
