"""The store: fragments and quires by the hash of everything that went into them.

Each is made once and found again by its key, for whichever product. An entry carries a seal of its
key and content and the hashes of the pictures that were read while it was set, so one that is
damaged, outdated or somebody else's is noticed and made anew.
"""

from __future__ import annotations

import io
import json
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Any, BinaryIO, TypeVar

from reportgen.building import seals
from reportgen.building.vault import FOLDER, HEX, RECORDS, Vault, Where, key
from reportgen.core.fragments import Body, Fragment, Gist, Glyphs, Layer, Quire, Sheet, Slot, Spoken

__all__ = ["FOLDER", "HEX", "RECORDS", "Store", "Where", "key"]

_FRAGMENT = b"reportgen fragment 8 "
_QUIRE = b"reportgen quire 5 "
_CUT = "\x01"
"""Between objects; neither PDF syntax nor a text that YAML may hold has it."""
_PLAIN = (
    "identity", "kids", "annotated", "groups", "ids", "bookmarks", "anchors", "meta", "refers",
)  # fmt: skip
T = TypeVar("T", Fragment, Gist, Quire)


class Store(Vault):
    """A vault of fragments and quires."""

    def get(self, key: str, digest: Callable[[str], str]) -> Fragment | None:
        """Return the fragment of `key`, or None if it is missing, damaged or outdated.

        `digest` returns the present sha256 of a file of the workspace, empty if it is gone.
        """
        return _current(self._opened(key, _FRAGMENT, _unpacked), digest)

    def gist(self, key: str, digest: Callable[[str], str]) -> Gist | None:
        """Return what `get` returns as a book needs to know it, without unpacking the rest."""
        return _current(self._opened(key, _FRAGMENT, _gist), digest)

    def quire(self, key: str, digest: Callable[[str], str]) -> Quire | None:
        """Return the quire of `key`, or None if it is missing, damaged or outdated."""
        return _current(self._opened(key, _QUIRE, _unfolded), digest)

    def put(self, key: str, entry: Fragment | Quire) -> None:
        """Keep an entry. Not flushed to the disk: a torn one is noticed and remade."""
        if isinstance(entry, Fragment):
            kind, pieces = _FRAGMENT, _packed(entry)
        else:
            kind, pieces = _QUIRE, _folded(entry)
        name = self.name(key)
        with self.replacing(name[:2], name) as file:
            _write(file, kind, pieces, self._seal(kind, key))

    def _opened(self, key: str, kind: bytes, open_: Callable[[BinaryIO], T]) -> T | None:
        """Return what an entry says; none if it was not whole when it was sealed."""
        body = self._read(key, kind)
        try:
            found = None if body is None else open_(body)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError):
            return None
        return found if found is not None and isinstance(found.reads, dict) else None

    def _seal(self, kind: bytes, key: str) -> seals.Seal:
        """Return the seal of an entry, to which its content is still to be added."""
        return seals.new(self.where.secret, kind + key.encode())

    def _read(self, key: str, kind: bytes) -> io.BytesIO | None:
        """Return what an entry holds, or None if it is missing, damaged or not ours."""
        name, start = self.name(key), len(kind) + HEX + 1
        content = self._bytes(name[:2], name)
        if content is None:
            return None
        seal = self._seal(kind, key)
        seal.update(memoryview(content)[start:])
        if content[:start] != _head(kind, seal.hexdigest()):
            return None
        body = io.BytesIO(content)  # which is no copy
        body.seek(start)
        return body


def _current(entry: T | None, digest: Callable[[str], str]) -> T | None:
    """Return an entry if the pictures that were read for it are as they were."""
    if entry is None:
        return None
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


def _packed(fragment: Fragment) -> Iterator[bytes]:
    """Yield a fragment as bytes: its gist and the rest as JSON, the objects, their streams."""
    heads = _CUT.join(fragment.heads).encode("latin-1")
    about = {
        **{name: getattr(fragment, name) for name in _PLAIN},
        "sheets": [_plain(sheet, without="text") for sheet in fragment.sheets],
        "fonts": _plain_fonts(fragment.fonts),
        "layers": {
            name: {
                **_plain(layer),
                "fonts": _plain_fonts(layer.fonts),
                "spoken": _plain(layer.spoken) if layer.spoken else None,
            }
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


def _plain(
    value: Sheet | Layer | Slot | Spoken | Glyphs | Gist, without: str = ""
) -> dict[str, Any]:
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
                _frozen(layer["links"]), _spoken(layer["spoken"]),
            )
            for name, layer in about["layers"].items()
        },
        slots={name: Slot(**slot) for name, slot in about["slots"].items()},
        heads=heads,
        streams={n: body.read(size) for n, size in about["streams"]},
    )  # fmt: skip


def _spoken(told: dict[str, Any] | None) -> Spoken | None:
    return Spoken(**{k: _frozen(value) for k, value in told.items()}) if told else None


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


def _unfolded(body: BinaryIO) -> Quire:
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
    told["landings"] = {name: tuple(at) for name, at in about["landings"].items()}
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
