"""The forms of layers that are laid over a section: drawn on its pages, or read there as well."""

from __future__ import annotations

from reportgen.binder import allowed
from reportgen.binder.file import Chunk, number, refs, text
from reportgen.binder.furniture import Laid
from reportgen.binder.keys import Keys
from reportgen.binder.stock import Stock
from reportgen.binder.tokens import Meaning, resolved
from reportgen.binder.told import Told
from reportgen.core.fragments import Fragment


class Forms:
    """Writes the forms of one section into its quire; `meaning` is that of the section's tokens."""

    def __init__(
        self, chunk: Chunk, stock: Stock, told: Told, keys: Keys, meaning: Meaning
    ) -> None:
        self._chunk, self._stock, self._told, self._keys = chunk, stock, told, keys
        self._meaning = meaning
        self._own: dict[int, int] = {}

    def drawn(self, piece: Laid) -> int:
        """Return the number of a layer's form; a section's own is written when first used."""
        n, owner = piece.layer.number, piece.owner
        if owner is self._stock.furniture:
            held, known = self._stock.form(n), self._told.forms
            if held not in known:
                known.add(held)
                self._told.used.add(owner.identity, piece.layer.fonts)
            return held
        if n not in self._own:
            self._told.used.add(owner.identity, piece.layer.fonts)
            self._own[n] = self._chunk.reserve()
            self._put(self._own[n], owner, n, self._meaning)
        return self._own[n]

    def read(self, piece: Laid, page: int) -> tuple[int, list[int]]:
        """Write a layer that is read on `page`; return its form and its links' annotations."""
        spoken, links, owner = piece.layer.spoken, piece.layer.links, piece.owner
        if spoken is None:
            raise AssertionError("a layer that is no content")
        self._told.used.add(owner.identity, piece.layer.fonts)
        first = self._chunk.reserve(len(spoken.objects))
        at = dict(zip(spoken.objects, range(first, first + len(spoken.objects)), strict=True))
        last = self._chunk.reserve(len(links))
        annotations = list(range(last, last + len(links)))
        own = {
            "w": f"{page} 0 R", "k": str(self._keys.next),
            **{f"o{n}": f"{held} 0 R" for n, held in at.items()},
            **{f"r{n}": "" for n in at},
            **{f"v{n}": f"{held} 0 R" for n, held in enumerate(annotations)},
        }  # fmt: skip
        meaning = Meaning(
            lambda token: own[token] if token in own else self._elsewhere(token, owner)
        )
        for n, held in at.items():
            self._put(held, owner, n, meaning)
        self._told.kids += [at[n] for n in spoken.kids]
        self._keys.add(b" [%s]" % refs([at[n] for n in spoken.marked]))
        told = zip(links, spoken.words, annotations, spoken.linked, strict=True)
        for link, words, held, n in told:
            key = self._keys.add(b" %d 0 R" % at[n])
            self._chunk.put(held, _link(piece, link, words, key))
        return at[spoken.form], annotations

    def _elsewhere(self, token: str, owner: Fragment) -> str:
        """Return what a token of a layer stands for, beside what is the layer's alone."""
        if token[0] != "o" or owner is not self._stock.furniture:
            return self._meaning[token]
        held = self._stock.form(int(token[1:]))
        self._told.forms.add(held)
        return f"{held} 0 R"

    def _put(self, held: int, owner: Fragment, n: int, meaning: Meaning) -> None:
        """Write the n-th object of a fragment as the object `held`."""
        head = resolved(owner.heads[n], meaning)
        allowed.require(owner.identity, head)
        if n in owner.streams:
            self._chunk.put_stream(held, head.encode("latin-1"), owner.streams[n])
        else:
            self._chunk.put(held, head.encode("latin-1"))


def _link(piece: Laid, link: tuple[str, float, float, float, float], words: str, key: int) -> bytes:
    """Return the annotation of a layer's link (ISO 14289-1, 7.18.5)."""
    address, x1, y1, x2, y2 = link
    box = (piece.left + x1, piece.top - y2, piece.left + x2, piece.top - y1)
    return (
        b"<</Type/Annot/Subtype/Link/Rect[%s]/Border[0 0 0]/F 4/Contents%s/StructParent %d"
        b"/A<</Type/Action/S/URI/URI%s>>>>"
        % (" ".join(map(number, box)).encode(), text(words or address), key, text(address))
    )
