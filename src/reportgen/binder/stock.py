"""What all pages of a product share: the forms of the furniture, and what draws them.

Each has its number before a page is written, so that a page is written the same whatever
stands before it. What no page used in the end is left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cached_property

from reportgen.binder.file import File, Objects
from reportgen.binder.tokens import Meaning, resolved
from reportgen.core.errors import TypesettingError
from reportgen.core.fragments import Fragment

SHORT = 160
"""Bytes of a drawing that compression would not make shorter."""


class Stock:
    """The forms of `furniture`, and drawings."""

    def __init__(
        self, file: File, furniture: Fragment, drawings: Iterable[bytes], fonts: int
    ) -> None:
        """`fonts` is the number of the font dictionary."""
        self.furniture, self._fonts = furniture, fonts
        self._form = file.reserve(len(furniture.heads))
        drawn = sorted(set(drawings))
        first = file.reserve(len(drawn))
        self._drawings = dict(zip(drawn, range(first, first + len(drawn)), strict=True))

    def form(self, n: int) -> int:
        """Return the number of the furniture's n-th object."""
        return self._form + n

    def drawing(self, content: bytes) -> int | None:
        """Return the number of a drawing, if it is one of the stock."""
        return self._drawings.get(content)

    @cached_property
    def digest(self) -> str:
        """Return a hash of what has which number, but of the forms themselves."""
        told = hashlib.sha256(b"%d %d" % (self._form, len(self.furniture.heads)))
        for content, number in self._drawings.items():
            told.update(b"\0%d %s" % (number, content))
        return told.hexdigest()

    def write(self, file: File, forms: set[int], drawings: set[int]) -> None:
        """Write what of the stock was used, and what that refers to."""
        for content, number in self._drawings.items():
            if number in drawings:
                put_drawing(file, number, content)
        file.free(set(self._drawings.values()) - drawings)
        todo, written = sorted(number - self._form for number in forms), set[int]()
        while todo:
            n = todo.pop()
            if n not in written:
                written.add(n)
                todo += self._write(file, n)
        file.free(self.form(n) for n in range(len(self.furniture.heads)) if n not in written)

    def _write(self, file: File, n: int) -> list[int]:
        """Write an object of the furniture; return those that it refers to."""
        needed: list[int] = []

        def meaning(token: str) -> str:
            match token[:1]:
                case "o":
                    needed.append(int(token[1:]))
                    return f"{self.form(int(token[1:]))} 0 R"
                case "f":
                    return f"{self._fonts} 0 R"
            raise TypesettingError(f"the furniture refers to what it is not: {token!r}")

        head = resolved(self.furniture.heads[n], Meaning(meaning)).encode("latin-1")
        if n in self.furniture.streams:
            file.put_stream(self.form(n), head, self.furniture.streams[n])
        else:
            file.put(self.form(n), head)
        return needed


def put_drawing(objects: Objects, number: int, content: bytes) -> None:
    """Write a drawing as the object `number`."""
    objects.write_stream(number, b"<<>>", content, compress=len(content) > SHORT)
