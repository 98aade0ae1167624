"""A quire: consecutive sections of a product, as they stand in its file.

What a quire says depends on its sections, on where they come to lie and on the numbers that
its objects begin with, and on nothing else. So it can be kept, and bound again as it is when
another quire changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from reportgen.binder import allowed
from reportgen.binder import furniture as over
from reportgen.binder.file import Chunk, as_name, number, refs
from reportgen.binder.fonts import Used
from reportgen.binder.forms import Forms
from reportgen.binder.frame import RESTORE, SAVE, Frame
from reportgen.binder.keys import Keys
from reportgen.binder.meaning import of_section
from reportgen.binder.stock import Stock, put_drawing
from reportgen.binder.tokens import Meaning, objects_in, resolved
from reportgen.binder.told import Told
from reportgen.core.errors import TypesettingError
from reportgen.core.fragments import Fragment, Quire
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
    key: int
    """The first key of its pages."""
    forms: Forms

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
        self, frame: Frame, stock: Stock, programs: Programs, first: int, key: int
    ) -> None:
        self.frame, self.stock = frame, stock
        self.chunk, self.keys = Chunk(first), Keys(key)
        self.node = self.chunk.reserve()
        self.told = Told(Used(programs))
        self.drawn: dict[bytes, int] = {}
        if frame.slug:
            self.told.used.add(frame.about.identity, frame.slug.fonts)

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
                self.told.tops.append(self.frame.document)

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
        told, frame = self.told, self.frame
        told.used.add(placed.identity, fragment.fonts)
        told.reads |= fragment.reads
        passing = self._objects(placed, fragment)
        at, pages = passing.at, passing.pages
        if frame.tagged:
            told.kids += [at[n] for n in fragment.kids]
            told.ids += [(f"{placed.target}-{name}", at[n]) for name, n in fragment.ids]
        for index in range(placed.pages):
            self._sheet(passing, index)
        height = fragment.sheets[0].height if fragment.sheets else 0
        top = next(iter(fragment.kids), -1)
        first = fragment.bookmarks[0] if fragment.bookmarks else (1, "", 0, height, False, top)
        _, _, page, y, _, heading = first
        # What stands in one tag, such as a profile, is gone to as a whole.
        target = frame.tag(top if len(fragment.kids) == 1 else heading, at)
        told.landings[placed.target] = (pages[page], y, target)
        told.headings += [
            (level, title, pages[page], y, folded, frame.tag(element, at))
            for level, title, page, y, folded, element in fragment.bookmarks
        ]
        if frame.namespace:
            firsts = (next(iter(page.elements), -1) for page in fragment.sheets)
            told.tops += [frame.tag(element, at) for element in firsts]

    def finish(self, extent: Extent) -> Quire:
        """Write what concerns the whole quire, and return it."""
        chunk, told = self.chunk, self.told
        chunk.put(
            self.node,
            b"<</Type/Pages/Parent %d 0 R/Count %d/Kids[%s]>>"
            % (self.frame.pages, len(told.leaves), refs(told.leaves)),
        )
        keys = self.keys.write(chunk)
        return Quire(
            tuple(placed.identity for placed in extent.sections),
            chunk.close(),
            tuple(told.leaves),
            tuple(told.tops),
            tuple(told.kids),
            tuple(told.ids),
            keys,
            told.landings,
            tuple(told.headings),
            told.cited,
            tuple(sorted(told.forms)),
            tuple(sorted(told.drawings)),
            told.used.fonts,
            told.used.texts,
            told.reads,
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
        key = self.keys.next
        meaning = of_section(frame, placed, fragment, at, pages, key, self.told.cited)
        joined = resolved(_CUT.join(fragment.heads[n] for n in plain), meaning)
        allowed.require(fragment.identity, joined)
        heads = dict(zip(plain, joined.encode("latin-1").split(_CUT.encode()), strict=True))
        for n, content in fragment.streams.items():
            if n in heads:
                chunk.put_stream(at[n], heads.pop(n), content)
        chunk.put_all([at[n] for n in heads], list(heads.values()))
        if frame.tagged:
            self.keys.add_section(fragment, at)
        forms = Forms(chunk, self.stock, self.told, self.keys, meaning)
        return _Passing(placed, fragment, at, pages, meaning, key, forms)

    def _sheet(self, passing: _Passing, index: int) -> None:
        """Write a page with what is laid over it."""
        fragment, at, frame = passing.fragment, passing.at, self.frame
        page, absolute = fragment.sheets[index], passing.placed.start + index
        side = "single" if page.bare else self.frame.layout.side(absolute)
        laid = list(frame.over.lay(fragment, index, self.frame.layout.label(absolute), side))
        annotations = [at[n] for n in page.annotations] if frame.tagged else []
        # In the book it is the imprint that says who publishes.
        if self.frame.layout.binding is None and frame.tagged and index == passing.last:
            laid = [replace(x, read=x.layer.spoken is not None) for x in laid]
        forms = {}
        for piece in laid:
            if piece.read:
                form, links = passing.forms.read(piece, passing.pages[index])
                annotations += links
            else:
                form = passing.forms.drawn(piece)
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
            content += f"/Tabs/S/StructParents {passing.key + index}"
        if annotations:
            content += f"/Annots[{refs(annotations).decode()}]"
        self._page(passing.pages[index], f"{content}>>".encode("latin-1"))

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
            self.told.drawings.add(known)
            return known
        if drawing not in self.drawn:
            self.drawn[drawing] = self.chunk.reserve()
            put_drawing(self.chunk, self.drawn[drawing], drawing)
        return self.drawn[drawing]

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
        self.told.leaves.append(held)
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
