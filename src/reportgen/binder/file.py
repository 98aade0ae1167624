"""A PDF file, written object by object, so that memory does not grow with the book.

Objects without a stream are gathered in object streams, and the cross-reference table is a
stream as well (ISO 32000-1, 7.5.7 and 7.5.8): 1.5 is the lowest version that has both, 1.7
the one that PDF/UA-1 builds on.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import BinaryIO

HEADER = b"%PDF-1.7\n%\xf0\x9f\x93\x96\n"
GATHERED = 256
"""Objects in one object stream: enough to compress well, few enough to open fast."""
LEVEL = 6
_FIELDS = (1, 4, 2)
"""Bytes of a row of the cross-reference table: kind, place, index or generation."""


class File:
    """Writes to `sink`, which must be empty. Objects are numbered from 1."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self._hash = hashlib.sha256()
        self._rows: list[bytes] = [_row(0, 0, 65535)]
        self._waiting: list[tuple[int, bytes]] = []
        self.size = 0
        self._write(HEADER)

    def reserve(self, count: int = 1) -> int:
        """Return the first of `count` new object numbers."""
        first = len(self._rows)
        self._rows += [b""] * count
        return first

    def put(self, number: int, content: bytes) -> None:
        """Write an object that is no stream."""
        self._waiting.append((number, content))
        if len(self._waiting) == GATHERED:
            self._flush()

    def add(self, content: bytes) -> int:
        """Write an object that is no stream and return its number."""
        number = self.reserve()
        self.put(number, content)
        return number

    def put_stream(self, number: int, head: bytes, content: bytes) -> None:
        """Write a stream; `head` is its dictionary without the length, closed by `>>`."""
        self._rows[number] = _row(1, self.size, 0)
        self._write(
            b"%d 0 obj\n%s/Length %d>>\nstream\n%s\nendstream\nendobj\n"
            % (number, head[:-2], len(content), content)
        )

    def add_stream(self, head: bytes, content: bytes, *, compress: bool = True) -> int:
        """Write a stream, compressed if `compress`, and return its number."""
        number = self.reserve()
        if compress:
            content, head = zlib.compress(content, LEVEL), head[:-2] + b"/Filter/FlateDecode>>"
        self.put_stream(number, head, content)
        return number

    def finish(self, root: int, info: int) -> str:
        """Write what is left and the cross-reference table; return the file's sha256."""
        self._flush()
        number = self.reserve()
        start = self.size
        self._rows[number] = _row(1, start, 0)
        if any(not row for row in self._rows):
            raise AssertionError("an object was reserved and not written")
        identifier = self._hash.hexdigest()[:32]
        width = sum(_FIELDS)
        # The Up predictor (PNG, ISO 15948) makes rows of differences.
        table = b"".join(self._rows)
        columns = [table[i::width] for i in range(width)]
        above = [b"\0" + column[:-1] for column in columns]
        rows = bytearray((width + 1) * len(self._rows))
        rows[0 :: width + 1] = b"\x02" * len(self._rows)
        for i in range(width):
            rows[i + 1 :: width + 1] = bytes(
                (a - b) & 255 for a, b in zip(columns[i], above[i], strict=True)
            )
        content = zlib.compress(bytes(rows), LEVEL)
        head = (
            f"<</Type/XRef/Size {len(self._rows)}/W[{' '.join(map(str, _FIELDS))}]"
            f"/Root {root} 0 R/Info {info} 0 R/ID[<{identifier}><{identifier}>]"
            f"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns {width}>>>>"
        )
        self.put_stream(number, head.encode(), content)
        self._write(b"startxref\n%d\n%%%%EOF\n" % start)
        return self._hash.hexdigest()

    def _flush(self) -> None:
        if not self._waiting:
            return
        holder = self.reserve()
        places, parts, at = [], [], 0
        for index, (number, content) in enumerate(self._waiting):
            self._rows[number] = _row(2, holder, index)
            places.append(b"%d %d" % (number, at))
            parts.append(content)
            at += len(content) + 1
        first = b" ".join(places) + b"\n"
        head = b"<</Type/ObjStm/N %d/First %d/Filter/FlateDecode>>" % (len(parts), len(first))
        self._waiting = []
        self.put_stream(holder, head, zlib.compress(first + b"\n".join(parts), LEVEL))

    def _write(self, content: bytes) -> None:
        self._sink.write(content)
        self._hash.update(content)
        self.size += len(content)


def _row(kind: int, place: int, index: int) -> bytes:
    return bytes((kind,)) + place.to_bytes(4, "big") + index.to_bytes(2, "big")


def text(value: str) -> bytes:
    """Return a text string (ISO 32000-1, 7.9.2.2)."""
    if value.isascii() and value.isprintable():
        escaped = value.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        return f"({escaped})".encode()
    return b"<feff" + value.encode("utf-16-be").hex().encode() + b">"


def number(value: float) -> str:
    """Return a number, at most two decimals: 0.01 pt is 3.5 thousandths of a mm."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def refs(numbers: list[int] | tuple[int, ...]) -> bytes:
    """Return references to objects, for an array."""
    return b" ".join(b"%d 0 R" % n for n in numbers)
