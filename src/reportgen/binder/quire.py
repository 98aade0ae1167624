"""A quire: consecutive sections of a product, as they stand in its file.

What a quire says depends on its sections, on where they come to lie and on the numbers that
its objects begin with, and on nothing else. So it can be kept, and bound again as it is when
another quire changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from reportgen.binder import allowed
from reportgen.binder import furniture as over
from reportgen.binder.file import Chunk, as_name, number, refs, text
from reportgen.binder.fonts import Used
from reportgen.binder.frame import RESTORE, SAVE, Frame
from reportgen.binder.meaning import of_section
from reportgen.binder.stock import Stock, put_drawing
from reportgen.binder.tokens import Meaning, objects_in, resolved
from reportgen.core.errors import TypesettingError
from reportgen.core.fragments import Fragment, Heading, Quire
from reportgen.core.units import MM
from reportgen.plan.values import Layout, Placed
from reportgen.typefaces.programs import Programs

PAGES = 64
"""Pages of a quire, at least. On 2,000 pages fewer cost bytes, and more time when one changes."""
TOLERANCE = 0.02
"""pt by which the engine's pages may differ from the trim: 0.007 mm."""
_CUT = "\x01"


@dataclass(frozen=True, slots=True)
class Extent:
    """Which sections a quire has, and its pages in the product, from `start` to before `end`."""

    sections: tuple[Placed, ...]
    start: int
    end: int


def extents(layout: Layout) -> Iterator[Extent]:
    """Yield the quires of a product.

    Blank pages go with the section that they stand before, the last with the one before them.
    """
    groups: list[list[Placed]] = [[]]
    pages = 0
    for placed in layout.placed:
        if pages >= PAGES:
            groups.append([])
            pages = 0
        groups[-1].append(placed)
        pages += placed.pages
    bounds = [0, *(held[-1].start + held[-1].pages for held in groups[:-1]), layout.pages]
    for held, (start, end) in zip(groups, pairwise(bounds), strict=True):
        yield Extent(tuple(held), start, end)


@dataclass(frozen=True, slots=True)
class _Passing:
    """A section while it is written: where its objects and pages are in the file."""

    placed: Placed
    fragment: Fragment
    at: dict[int, int]
    pages: range
    meaning: Meaning
    layers: dict[int, int] = field(default_factory=dict)
    read: list[int] = field(default_factory=list)
    """The topmost tags of layers."""
    nums: list[bytes] = field(default_factory=list)
    """Whose the marked content and the links of layers are, by their keys after the section's."""

    @property
    def last(self) -> int:
        """The last page that has furniture; -1 if there is none."""
        sheets = enumerate(self.fragment.sheets)
        return max((index for index, page in sheets if not page.bare), default=-1)


def write(
    frame: Frame,
    stock: Stock,
    programs: Programs,
    extent: Extent,
    load: Callable[[Placed], Fragment],
    numbers: tuple[int, int],
) -> Quire:
    """Write the sections of a quire.

    `numbers` are those of its first object and of its first key in the parent tree. Raises
    TypesettingError as `binder.bind` does.
    """
    quire = _Quire(frame, stock, programs, *numbers)
    at = extent.start
    for placed in extent.sections:
        quire.blanks(at, placed.start)
        quire.section(placed, load(placed))
        at = placed.start + placed.pages
    quire.blanks(at, extent.end)
    return quire.finish(extent)


class _Quire:
    """A quire while it is written."""

    def __init__(
        self, frame: Frame, stock: Stock, programs: Programs, first: int, keys: int
    ) -> None:
        self.frame, self.stock, self.layout = frame, stock, frame.layout
        self.chunk = Chunk(first)
        self.node = self.chunk.reserve()
        self.used = Used(programs)
        self.drawn: dict[bytes, int] = {}
        self.drawings: set[int] = set()
        self.forms: set[int] = set()
        self.cited: dict[str, str] = {}
        self.leaves: list[int] = []
        self.kids: list[int] = []
        self.first_key = self.keys = keys
        self.nums: list[bytes] = []
        self.ids: list[tuple[str, int]] = []
        self.landings: dict[str, tuple[int, float, int]] = {}
        self.tops: list[int] = []
        self.headings: list[Heading] = []
        self.reads: dict[str, str] = {}
        if frame.slug:
            self.used.add(frame.about.identity, frame.slug.fonts)

    def blanks(self, start: int, end: int) -> None:
        """Write pages that are truly blank."""
        width, height = self.frame.finish.width, self.frame.finish.height
        for _ in range(start, end):
            content = self._page_head(width, height, "single")
            if marks := self._marks("single"):
                content += f"/Contents[{refs(marks).decode()}]"
            inner = "".join(f"/{k}<<{v}>>" for k, v in self._resources({}).items())
            fonts = f"/Font {self.frame.fonts} 0 R" if self.frame.slug else ""
            self._page(self.chunk.reserve(), f"{content}/Resources<<{inner}{fonts}>>>>".encode())
            if self.frame.namespace:
                self.tops.append(self.frame.document)

    def section(self, placed: Placed, fragment: Fragment) -> None:
        """Write the pages of a section."""
        if fragment.identity != placed.identity:
            raise TypesettingError(
                f"{placed.identity}: the fragment is that of {fragment.identity or 'none'}"
            )
        if len(fragment.sheets) != placed.pages:
            raise TypesettingError(
                f"{placed.identity}: {len(fragment.sheets)} pages, {placed.pages} were expected"
            )
        self.used.add(placed.identity, fragment.fonts)
        self.reads |= fragment.reads
        passing = self._objects(placed, fragment)
        for index in range(placed.pages):
            self._sheet(passing, index)
        if self.frame.tagged:
            self._keys(passing)
            self.kids += [passing.at[n] for n in fragment.kids]
            self.kids += passing.read
            self.ids += [(f"{placed.target}-{name}", passing.at[n]) for name, n in fragment.ids]
        height = fragment.sheets[0].height if fragment.sheets else 0
        top = next(iter(fragment.kids), -1)
        first = fragment.bookmarks[0] if fragment.bookmarks else (1, "", 0, height, False, top)
        _, _, page, y, _, heading = first
        # What stands in one tag, such as a profile, is gone to as a whole.
        target = self.frame.tag(top if len(fragment.kids) == 1 else heading, passing.at)
        self.landings[placed.target] = (passing.pages[page], y, target)
        self.headings += [
            (level, title, passing.pages[page], y, folded, self.frame.tag(element, passing.at))
            for level, title, page, y, folded, element in fragment.bookmarks
        ]
        if self.frame.namespace:
            self.tops += [
                self.frame.tag(next(iter(page.elements), -1), passing.at)
                for page in fragment.sheets
            ]

    def finish(self, extent: Extent) -> Quire:
        """Write what concerns the whole quire, and return it."""
        chunk = self.chunk
        chunk.put(
            self.node,
            b"<</Type/Pages/Parent %d 0 R/Count %d/Kids[%s]>>"
            % (self.frame.pages, len(self.leaves), refs(self.leaves)),
        )
        keys = None
        if self.nums:
            limits = self.first_key, self.keys - 1
            leaf = chunk.add(b"<</Limits[%d %d]/Nums[%s]>>" % (*limits, b" ".join(self.nums)))
            keys = (*limits, leaf)
        return Quire(
            tuple(placed.identity for placed in extent.sections),
            chunk.close(),
            tuple(self.leaves),
            tuple(self.tops),
            tuple(self.kids),
            tuple(self.ids),
            keys,
            self.landings,
            tuple(self.headings),
            self.cited,
            tuple(sorted(self.forms)),
            tuple(sorted(self.drawings)),
            self.used.fonts,
            self.used.texts,
            self.reads,
        )

    def _objects(self, placed: Placed, fragment: Fragment) -> _Passing:
        """Write the objects of a fragment, but for its layers, which may not be needed."""
        chunk = self.chunk
        layers = fragment.layers.values()
        own = {layer.number for layer in layers}
        own.update(n for layer in layers if layer.spoken for n in layer.spoken.objects)
        frame = self.frame
        known = range(len(fragment.heads)) if frame.tagged else sorted(_drawn_objects(fragment))
        plain = [n for n in known if n not in own]
        first = chunk.reserve(len(plain) + placed.pages)
        last = first + len(plain)
        at = dict(zip(plain, range(first, last), strict=True))
        pages = range(last, last + placed.pages)
        meaning = of_section(frame, placed, fragment, at, pages, self.keys, self.cited)
        joined = resolved(_CUT.join(fragment.heads[n] for n in plain), meaning)
        allowed.require(fragment.identity, joined)
        heads = dict(zip(plain, joined.encode("latin-1").split(_CUT.encode()), strict=True))
        for n, content in fragment.streams.items():
            if n in heads:
                chunk.put_stream(at[n], heads.pop(n), content)
        chunk.put_all([at[n] for n in heads], list(heads.values()))
        return _Passing(placed, fragment, at, pages, meaning)

    def _sheet(self, passing: _Passing, index: int) -> None:
        """Write a page with what is laid over it."""
        fragment, at, frame = passing.fragment, passing.at, self.frame
        page, absolute = fragment.sheets[index], passing.placed.start + index
        side = "single" if page.bare else self.layout.side(absolute)
        laid = list(frame.over.lay(fragment, index, self.layout.label(absolute), side))
        annotations = [at[n] for n in page.annotations] if frame.tagged else []
        # In the book it is the imprint that says who publishes.
        if self.layout.binding is None and frame.tagged and index == passing.last:
            laid = [replace(x, read=x.layer.spoken is not None) for x in laid]
        forms = {}
        for piece in laid:
            if piece.read:
                form, links = self._spoken(piece, passing, index)
                annotations += links
            else:
                form = self._layer(piece, passing)
            forms[as_name(piece.name)] = form
        resources = self._resources(
            {k: resolved(v, passing.meaning) for k, v in page.resources.items()}
        )
        if forms:
            added = "".join(f"/{key} {held} 0 R" for key, held in sorted(forms.items()))
            resources["XObject"] = resources.get("XObject", "") + added
        inner = "".join(f"/{kind}<<{value}>>" for kind, value in resources.items())
        contents = self._contents(at[page.content], laid)
        if frame.finish.marks:
            clip = self._drawn(frame.sheet(side).clip())
            contents = [*self._marks(side), clip, *contents, self._drawn(RESTORE)]
        content = (
            f"{self._page_head(page.width, page.height, side)}"
            f"/Contents[{refs(contents).decode()}]"
            f"/Resources<<{inner}/Font {frame.fonts} 0 R>>"
        )
        if frame.tagged:
            content += f"/Tabs/S/StructParents {self.keys + index}"
        if annotations:
            content += f"/Annots[{refs(annotations).decode()}]"
        self._page(passing.pages[index], f"{content}>>".encode("latin-1"))

    def _keys(self, passing: _Passing) -> None:
        """Note which structure elements a section's marked content and links belong to."""
        fragment, at = passing.fragment, passing.at
        sheets = enumerate(fragment.sheets, self.keys)
        self.nums += [
            b"%d[%s]" % (key, refs([at[n] for n in page.elements])) for key, page in sheets
        ]
        annotated = enumerate(fragment.annotated, self.keys + len(fragment.sheets))
        self.nums += [b"%d %d 0 R" % (key, at[element]) for key, element in annotated]
        self.keys += len(fragment.sheets) + len(fragment.annotated)
        groups = enumerate(fragment.groups, self.keys)
        self.nums += [b"%d[%s]" % (key, refs([at[n] for n in group])) for key, group in groups]
        self.keys += len(fragment.groups)
        self.nums += [b"%d %s" % pair for pair in enumerate(passing.nums, self.keys)]
        self.keys += len(passing.nums)

    def _contents(self, content: int, laid: list[over.Laid]) -> list[int]:
        """Return the streams of a page: its own, and what is drawn before it and after."""
        before = [self._drawn(x.drawing) for x in laid if not x.last]
        after = [self._drawn(x.drawing) for x in laid if x.last]
        if not after:
            return [*before, content]
        # The page's own content leaves its changes to the graphics state behind.
        return [*before, self._drawn(SAVE), content, self._drawn(RESTORE), *after]

    def _drawn(self, drawing: bytes) -> int:
        """Return the stream of a drawing: one of the stock, or one that the quire shares."""
        if known := self.stock.drawing(drawing):
            self.drawings.add(known)
            return known
        if drawing not in self.drawn:
            self.drawn[drawing] = self.chunk.reserve()
            put_drawing(self.chunk, self.drawn[drawing], drawing)
        return self.drawn[drawing]

    def _layer(self, piece: over.Laid, passing: _Passing) -> int:
        """Return the number of a layer's form; a section's own is written when first used."""
        n, known = piece.layer.number, passing.layers
        if piece.owner is self.stock.furniture:
            held = self.stock.form(n)
            if held not in self.forms:
                self.forms.add(held)
                self.used.add(piece.owner.identity, piece.layer.fonts)
            return held
        if n not in known:
            self.used.add(piece.owner.identity, piece.layer.fonts)
            known[n] = self.chunk.reserve()
            head = resolved(piece.owner.heads[n], passing.meaning).encode("latin-1")
            self.chunk.put_stream(known[n], head, piece.owner.streams[n])
        return known[n]

    def _spoken(self, piece: over.Laid, passing: _Passing, index: int) -> tuple[int, list[int]]:
        """Write a layer that is read; return its form and the annotations of its links."""
        spoken, links, owner = piece.layer.spoken, piece.layer.links, piece.owner
        if spoken is None:
            raise AssertionError("a layer that is no content")
        self.used.add(owner.identity, piece.layer.fonts)
        fragment = passing.fragment
        base = self.keys + sum(map(len, (fragment.sheets, fragment.annotated, fragment.groups)))
        first = self.chunk.reserve(len(spoken.objects))
        at = dict(zip(spoken.objects, range(first, first + len(spoken.objects)), strict=True))
        last = self.chunk.reserve(len(links))
        annotations = list(range(last, last + len(links)))
        own = {
            "w": f"{passing.pages[index]} 0 R", "k": str(base + len(passing.nums)),
            **{f"o{n}": f"{held} 0 R" for n, held in at.items()},
            **{f"r{n}": "" for n in at},
            **{f"v{n}": f"{held} 0 R" for n, held in enumerate(annotations)},
        }  # fmt: skip
        meaning = Meaning(
            lambda token: own[token] if token in own else self._elsewhere(token, owner, passing)
        )
        for n, held in at.items():
            head = resolved(owner.heads[n], meaning)
            allowed.require(owner.identity, head)
            if n in owner.streams:
                self.chunk.put_stream(held, head.encode("latin-1"), owner.streams[n])
            else:
                self.chunk.put(held, head.encode("latin-1"))
        passing.read.extend(at[n] for n in spoken.kids)
        passing.nums.append(b"[%s]" % refs([at[n] for n in spoken.marked]))
        told = zip(links, spoken.words, annotations, spoken.linked, strict=True)
        for link, words, annotation, n in told:
            self._link(link, words, piece, annotation, base + len(passing.nums))
            passing.nums.append(b"%d 0 R" % at[n])
        return at[spoken.form], annotations

    def _elsewhere(self, token: str, owner: Fragment, passing: _Passing) -> str:
        """Return what a token of a layer stands for, beside what is the layer's alone."""
        if token[0] != "o" or owner is not self.stock.furniture:
            return passing.meaning[token]
        held = self.stock.form(int(token[1:]))
        self.forms.add(held)
        return f"{held} 0 R"

    def _link(
        self,
        link: tuple[str, float, float, float, float],
        words: str,
        piece: over.Laid,
        held: int,
        key: int,
    ) -> None:
        """Write the annotation of a layer's link (ISO 14289-1, 7.18.5)."""
        address, x1, y1, x2, y2 = link
        box = (piece.left + x1, piece.top - y2, piece.left + x2, piece.top - y1)
        self.chunk.put(
            held,
            b"<</Type/Annot/Subtype/Link/Rect[%s]/Border[0 0 0]/F 4/Contents%s/StructParent %d"
            b"/A<</Type/Action/S/URI/URI%s>>>>"
            % (" ".join(map(number, box)).encode(), text(words or address), key, text(address)),
        )

    def _page_head(self, width: float, height: float, side: str) -> str:
        frame = self.frame
        shift = frame.shift(side)
        box = f"/MediaBox[{number(shift)} 0 {number(width + shift)} {number(height)}]"
        if not frame.tagged:
            wanted = frame.finish
            if max(abs(width - wanted.width), abs(height - wanted.height)) > TOLERANCE:
                raise TypesettingError(
                    f"{frame.about.identity}: a page of {width / MM:.2f} × "
                    f"{height / MM:.2f} mm, the edition's trim is "
                    f"{wanted.width / MM:.2f} × {wanted.height / MM:.2f} mm",
                    remedy="leave size out of @page in the style sheets",
                )
            box = frame.sheet(side).boxes()
        return f"<</Type/Page/Parent {self.node} 0 R{box}"

    def _marks(self, side: str) -> list[int]:
        """Return the streams that draw what stands beside a page."""
        marks = self.frame.marks(side)
        return [self._drawn(marks)] if marks else []

    def _resources(self, own: dict[str, str]) -> dict[str, str]:
        """Return the resources of a page, with those of the marks."""
        if not self.frame.inks:
            return own
        return {**own, "ColorSpace": f"{own.get('ColorSpace', '')}/All {self.frame.inks} 0 R"}

    def _page(self, held: int, content: bytes) -> None:
        self.leaves.append(held)
        self.chunk.put(held, content)


def _drawn_objects(fragment: Fragment) -> set[int]:
    """Return the objects that the pages are drawn with: no tags, no links."""
    found: set[int] = set()
    todo = [page.content for page in fragment.sheets]
    for page in fragment.sheets:
        todo += objects_in("".join(page.resources.values()))
    todo += [layer.number for layer in fragment.layers.values()]
    while todo:
        n = todo.pop()
        if n not in found:
            found.add(n)
            todo += objects_in(fragment.heads[n])
    return found
