"""A PDF file, written object by object, so that memory does not grow with the book.

Objects without a stream are gathered in object streams, and the cross-reference table is a
stream as well (ISO 32000-1, 7.5.7 and 7.5.8): 1.5 is the lowest version that has both, 1.7
the one that PDF/UA-1 and PDF/A-3 build on, 1.6 that of PDF/X-4.
"""

from __future__ import annotations

import hashlib
import sys
import zlib
from array import array
from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from typing import Protocol

from reportgen.core.fragments import Body

HEADER = b"%%PDF-%s\n%%\xf0\x9f\x93\x96\n"
GATHERED = 256
"""Objects in an object stream, at least: enough to compress well, few enough to open fast."""
MOST = 10_000
"""Objects in an object stream, at most; the rows of the table hold an index of two bytes."""
LEVEL = 6
FREE, PLAIN, HELD, OWED = 0, 1, 2, 255
"""Kinds of rows of the cross-reference table (table 18); the last is never written."""
NEVER = 65535
"""The generation of a number that is not used again."""
_FIELDS = (1, 4, 2)
"""Bytes of a row of the cross-reference table: kind, place, index or generation."""


class Sink(Protocol):
    """What a file is written to, from front to back."""

    def write(self, content: bytes, /) -> int:
        """Add bytes; return how many."""


class Objects:
    """Objects of a file, written one after another and numbered from `first`.

    `size` is how many bytes they take so far.
    """

    def __init__(self, first: int) -> None:
        self.first = first
        # The rows of the cross-reference table, column by column.
        self._kinds, self._places, self._indexes = bytearray(), array("I"), array("H")
        self._waiting: list[tuple[int, bytes]] = []
        self.size = 0

    @property
    def next(self) -> int:
        """The number that the next new object gets."""
        return self.first + len(self._kinds)

    def reserve(self, count: int = 1) -> int:
        """Return the first of `count` new object numbers."""
        first = self.next
        self._kinds.extend(bytes((OWED,)) * count)
        self._places.extend([0] * count)
        self._indexes.extend([0] * count)
        return first

    def put(self, number: int, content: bytes) -> None:
        """Write an object that is no stream."""
        self.put_all([number], [content])

    def add(self, content: bytes) -> int:
        """Write an object that is no stream and return its number."""
        number = self.reserve()
        self.put(number, content)
        return number

    def put_stream(self, number: int, head: bytes, content: bytes) -> None:
        """Write a stream; `head` is its dictionary without the length, closed by `>>`."""
        row = number - self.first
        self._kinds[row], self._places[row] = PLAIN, self.size
        # After a carriage return a lone line feed would be taken for the rest of a line end,
        # and the content for a byte shorter than it is (ISO 19005-3, 6.1.7.1).
        end = b"\r\n" if content.endswith(b"\r") else b"\n"
        self._write(
            b"%d 0 obj\n%s/Length %d>>\nstream\n%s%sendstream\nendobj\n"
            % (number, head[:-2], len(content), content, end)
        )

    def add_stream(self, head: bytes, content: bytes, *, compress: bool = True) -> int:
        """Write a stream, compressed if `compress`, and return its number."""
        number = self.reserve()
        self.write_stream(number, head, content, compress=compress)
        return number

    def write_stream(
        self, number: int, head: bytes, content: bytes, *, compress: bool = True
    ) -> None:
        """Write a stream as the object `number`, compressed if `compress`."""
        if compress:
            content, head = zlib.compress(content, LEVEL), head[:-2] + b"/Filter/FlateDecode>>"
        self.put_stream(number, head, content)

    def put_all(self, numbers: Iterable[int], contents: Iterable[bytes]) -> None:
        """Write objects that are no streams."""
        self._waiting += zip(numbers, contents, strict=True)
        if len(self._waiting) >= GATHERED:
            self._flush()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for start in range(0, len(waiting), MOST):
            self._gather(waiting[start : start + MOST])

    def _gather(self, objects: list[tuple[int, bytes]]) -> None:
        """Write an object stream (ISO 32000-1, 7.5.7)."""
        holder = self.reserve()
        for index, (number, _) in enumerate(objects):
            row = number - self.first
            self._kinds[row], self._places[row], self._indexes[row] = HELD, holder, index
        starts = accumulate((len(content) + 1 for _, content in objects), initial=0)
        first = b" ".join(b"%d %d" % (n, at) for (n, _), at in zip(objects, starts, strict=False))
        head = b"<</Type/ObjStm/N %d/First %d/Filter/FlateDecode>>" % (len(objects), len(first) + 1)
        joined = b"\n".join((first, *(content for _, content in objects)))
        self.put_stream(holder, head, zlib.compress(joined, LEVEL))

    def _write(self, content: bytes) -> None:
        raise NotImplementedError

    def _complete(self) -> None:
        if OWED in self._kinds:
            raise AssertionError("an object was reserved and not written")


class Chunk(Objects):
    """Objects that are kept together, to be put into a file as they are."""

    def __init__(self, first: int) -> None:
        super().__init__(first)
        self._written: list[bytes] = []

    def close(self) -> Body:
        """Return what was written."""
        self._flush()
        self._complete()
        return Body(
            self.first, b"".join(self._written), bytes(self._kinds), self._places, self._indexes
        )

    def _write(self, content: bytes) -> None:
        self._written.append(content)
        self.size += len(content)


class File(Objects):
    """A file, written to `sink`, which must be empty."""

    def __init__(self, sink: Sink, version: str = "1.7") -> None:
        super().__init__(0)
        self._sink = sink
        self._hash = hashlib.sha256()
        self.free([self.reserve()])
        self._write(HEADER % version.encode())

    def free(self, numbers: Iterable[int]) -> None:
        """Leave numbers without an object, for ever (ISO 32000-1, 7.5.4)."""
        for number in numbers:
            self._kinds[number], self._indexes[number] = FREE, NEVER

    def take(self, body: Body) -> None:
        """Write objects that have their numbers; those that lie before them stay free."""
        between = body.first - self.next
        first = self.reserve(between)
        self.free(range(first, first + between))
        at = self.size
        places = zip(body.kinds, body.places, strict=True)
        self._kinds += body.kinds
        self._places.extend([place + at if kind == PLAIN else place for kind, place in places])
        self._indexes.extend(body.indexes)
        self._write(body.content)

    def identifier(self) -> str:
        """Return 32 hexadecimal digits that stand for what is written so far."""
        return self._hash.hexdigest()[:32]

    def finish(self, root: int, info: int) -> str:
        """Write what is left and the cross-reference table; return the file's sha256.

        `info` is 0 if the file has no dictionary of information.
        """
        self._flush()
        number = self.reserve()
        start = self.size
        self._kinds[number], self._places[number] = PLAIN, start
        self._complete()
        count = len(self._kinds)
        identifier = self.identifier()
        width = sum(_FIELDS)
        places, indexes = self._places, self._indexes
        if sys.byteorder == "little":
            places.byteswap()
            indexes.byteswap()
        columns = [bytes(self._kinds)]
        columns += [places.tobytes()[i::4] for i in range(4)]
        columns += [indexes.tobytes()[i::2] for i in range(2)]
        # The Up predictor (PNG, ISO 15948) makes rows of differences.
        rows = bytearray((width + 1) * count)
        rows[0 :: width + 1] = b"\x02" * count
        for i, column in enumerate(columns, 1):
            rows[i :: width + 1] = _differences(column)
        content = zlib.compress(bytes(rows), LEVEL)
        told = f"/Info {info} 0 R" if info else ""
        head = (
            f"<</Type/XRef/Size {count}/W[{' '.join(map(str, _FIELDS))}]"
            f"/Root {root} 0 R{told}/ID[<{identifier}><{identifier}>]"
            f"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns {width}>>>>"
        )
        self.put_stream(number, head.encode(), content)
        self._write(b"startxref\n%d\n%%%%EOF\n" % start)
        return self._hash.hexdigest()

    def _write(self, content: bytes) -> None:
        self._sink.write(content)
        self._hash.update(content)
        self.size += len(content)


def _differences(column: bytes) -> bytes:
    """Return each byte less the one before it, modulo 256.

    All at once, as one large number: with its highest bit set, no byte borrows from the next,
    and that bit is put right afterwards.
    """
    count = len(column)
    high = int.from_bytes(b"\x80" * count, "little")
    low = int.from_bytes(b"\x7f" * count, "little")
    these = int.from_bytes(column, "little")
    above = int.from_bytes(b"\0" + column[:-1], "little")
    found = ((these | high) - (above & low)) ^ ((these ^ above ^ high) & high)
    return found.to_bytes(count, "little")


def text(value: str) -> bytes:
    """Return a text string (ISO 32000-1, 7.9.2.2)."""
    if value.isascii() and value.isprintable():
        escaped = value.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        return f"({escaped})".encode()
    return b"<feff" + value.encode("utf-16-be").hex().encode() + b">"


@cache
def as_name(value: str) -> str:
    """Return a name without its solidus (ISO 32000-1, 7.3.5)."""
    return "".join(
        chr(b) if (chr(b).isalnum() and b < 128) or b == 45 else f"#{b:02x}" for b in value.encode()
    )


def number(value: float) -> str:
    """Return a number, at most two decimals: 0.01 pt is 3.5 thousandths of a mm."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def exact(value: float, decimals: int) -> str:
    """Return a number of at most so many decimals; what rounds to nought has no sign."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}".rstrip("0").rstrip(".")


def refs(numbers: list[int] | tuple[int, ...]) -> bytes:
    """Return references to objects, for an array."""
    return b" ".join(b"%d 0 R" % n for n in numbers)
