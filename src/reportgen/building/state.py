"""The state: what the next build needs to know of what the last one made.

It lies beside the manifest, which is for readers, and is sealed with the user's key: a folder that
came with a workspace may say of any file that it is current. One that is missing, damaged or
somebody else's is no state, and everything is made anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field
from itertools import islice
from typing import Any

from reportgen.building import seals
from reportgen.building.output import Made
from reportgen.building.results import Product
from reportgen.building.vault import HEX

NAME = ".reportgen-state"
"""The file, in the folder of the products."""
BUNDLE = 64
"""Products that are written at once: the text of all would take much memory."""
_KIND = b"reportgen state 1 "


@dataclass(frozen=True, slots=True)
class Shape:
    """What a book needs to know of a section that is set."""

    pages: int
    opens: str
    headed: bool
    terms: tuple[tuple[str, int], ...]
    """The terms of the index that stand in it, with the page, counted from 0."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A shape, and what it is the shape of: the keys of the fragment and of the terms."""

    shape: Shape
    fragment: str
    terms: str


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a book that is no more to be composed if all is as it was."""

    basis: str
    """The hash of what they were composed from, but page numbers and the texts of profiles."""
    numbers: str
    """The hash of the page numbers."""
    keys: dict[str, str]
    """The keys of their fragments, by identity."""
    files: tuple[str, ...]
    """The files that they were composed from."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A product, and what it was made from."""

    product: Product
    key: str
    """The hash of everything that it was made from but the pictures it reads."""
    inputs: dict[str, str]
    """Files of the workspace and other inputs by name, each with its hash."""
    reads: tuple[str, ...] = ()
    """Those that were read while its pages were set."""
    fragment: str = ""
    """The key of its section's fragment, if it is one section."""
    shape: Remembered | None = None
    parts: Parts | None = None
    """Those of a book."""


@dataclass(frozen=True, slots=True)
class State:
    """What the folder holds that this user's reportgen made."""

    entries: dict[str, Entry] = field(default_factory=dict)
    """By path."""
    templates: str = ""
    """The hash of the templates and faces that were found good."""
    records: dict[str, str] = field(default_factory=dict)
    """The files of records with their hashes, when all was made."""
    complete: tuple[str, ...] = ()
    """The editions of which then every product was there."""
    editions: tuple[str, ...] = ()
    """All editions of the report."""


def read(made: Made, secret: bytes) -> State:
    """Return the state of a folder, which says nothing if it was not sealed with `secret`."""
    content = made.content(NAME)
    seal = seals.new(secret, _KIND)
    seal.update(memoryview(content)[HEX + 1 :])
    if content[: HEX + 1] != f"{seal.hexdigest()}\n".encode():
        return State()
    try:
        return _read(json.loads(content[HEX + 1 :]))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return State()  # it was not whole when it was sealed


def _read(told: dict[str, Any]) -> State:
    files = [(str(name), str(digest)) for name, digest in told["files"]]
    entries = (_entry(row, files) for row in told["entries"])
    return State(
        {entry.product.path: entry for entry in entries},
        str(told["templates"]), dict(told["records"]), tuple(told["complete"]),
        tuple(told["editions"]),
    )  # fmt: skip


def written(state: State, secret: bytes) -> Iterator[bytes]:
    """Yield a state as it is written, a piece at a time, the seal first."""
    seal = seals.new(secret, _KIND)
    for piece in _pieces(state):
        seal.update(piece)
    yield f"{seal.hexdigest()}\n".encode()
    yield from _pieces(state)


def _pieces(state: State) -> Iterator[bytes]:
    # Most products have most inputs in common: each is written once.
    files: dict[tuple[str, str], int] = {}
    for entry in state.entries.values():
        for pair in entry.inputs.items():
            files.setdefault(pair, len(files))
    told = {
        "templates": state.templates, "records": state.records, "complete": state.complete,
        "editions": state.editions, "files": list(files),
    }  # fmt: skip
    yield f'{_json(told)[:-1]},\n"entries":['.encode()
    rows, before = (_json(_row(entry, files)) for entry in state.entries.values()), ""
    while bundle := ",\n".join(islice(rows, BUNDLE)):
        yield f"{before}{bundle}".encode()
        before = ",\n"
    yield b"]}\n"


def _row(entry: Entry, files: dict[tuple[str, str], int]) -> list[Any]:
    product, shape, parts = entry.product, entry.shape, entry.parts
    return [
        [getattr(product, name) for name in Product.__slots__],
        entry.key,
        [files[pair] for pair in entry.inputs.items()],
        entry.reads,
        entry.fragment,
        shape and [astuple(shape.shape), shape.fragment, shape.terms],
        parts and [parts.basis, parts.numbers, parts.keys, parts.files],
    ]


def _entry(row: list[Any], files: list[tuple[str, str]]) -> Entry:
    told, key, inputs, reads, fragment, shape, parts = row
    identity, path, title, pages, size, sha256, standard, attached = told
    carried = tuple((name, digest) for name, digest in attached)
    product = Product(identity, path, title, pages, size, sha256, standard, carried)
    if shape:
        shape = Remembered(_shape(*shape[0]), *shape[1:])
    if parts:
        basis, numbers, keys, names = parts
        parts = Parts(basis, numbers, keys, tuple(names))
    return Entry(product, key, dict(files[n] for n in inputs), tuple(reads), fragment, shape, parts)


def _shape(pages: int, opens: str, headed: bool, terms: list[list[Any]]) -> Shape:  # noqa: FBT001
    return Shape(pages, opens, headed, tuple((text, page) for text, page in terms))


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
