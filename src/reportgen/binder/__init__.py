"""Step 6, the binder: fragments to a product that readers, archives and printers accept.

A city's own file is one fragment, the book is many; both are bound by the same steps. The
fragments pass one by one: what is kept of each is a line of the outline, the keys of its
tags and the glyphs that it uses. Dates and identifiers come from the content, so the same
fragments give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from reportgen.binder import about as metadata
from reportgen.binder import attached, intent, sheet
from reportgen.binder import furniture as over
from reportgen.binder.file import File, as_name, number, refs, text
from reportgen.binder.fonts import Fonts
from reportgen.binder.outline import write as write_outline
from reportgen.errors import TypesettingError
from reportgen.model import About, Finish, Fragment, Layout, Placed
from reportgen.pagination import MM
from reportgen.typefaces import Programs

SHORT = 160
"""Bytes of a drawing that compression would not make shorter."""
BRANCH = 64
"""Pages, or leaves of a number tree, under one node."""
TOLERANCE = 0.02
"""pt by which the engine's pages may differ from the trim: 0.007 mm."""
_CUT = "\x01"


@dataclass(frozen=True, slots=True)
class Bound:
    """A file that was written: how many bytes, and their sha256."""

    size: int
    sha256: str


def bind(
    about: About,
    layout: Layout,
    load: Callable[[Placed], Fragment],
    furniture: Fragment,
    programs: Programs,
    finish: Finish,
    profile: bytes,
    sink: BinaryIO,
) -> Bound:
    """Write the product that `layout` describes to `sink`.

    `load` returns the fragment of a section, `profile` is the ICC profile that `finish`
    names. Raises TypesettingError if a fragment is another section's or has another number
    of pages than its place, if it uses a font that is no face of the workspace, if it leads
    to a section that the product lacks, or if a page to be printed has another size.
    """
    version = "1.6" if finish.standard == "pdf/x-4" else "1.7"
    file = File(sink, version)
    binding = _Binding(about, layout, furniture, programs, finish, file)
    at = 0
    for placed in layout.placed:
        binding.blanks(at, placed.start)
        binding.section(placed, load(placed))
        at = placed.start + placed.pages
    binding.blanks(at, layout.pages)
    return binding.finish(profile)


class _Meaning(dict[str, str]):
    """What the tokens of a fragment stand for in a file; each is worked out once."""

    def __init__(self, find: Callable[[str], str]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, token: str) -> str:
        found = self[token] = self._find(token)
        return found


def _resolved(content: str, meaning: _Meaning) -> str:
    """Return PDF with what its tokens stand for."""
    parts = content.split("\x00")
    parts[1::2] = [meaning[token] for token in parts[1::2]]
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Passing:
    """A section while it is written: where its objects and pages are in the file."""

    placed: Placed
    fragment: Fragment
    at: dict[int, int]
    pages: range
    meaning: _Meaning
    layers: dict[int, int] = field(default_factory=dict)
    links: list[tuple[int, int]] = field(default_factory=list)
    """The links of layers: the key in the parent tree, the structure element."""


class _Binding:
    """One product while it is written."""

    def __init__(
        self,
        about: About,
        layout: Layout,
        furniture: Fragment,
        programs: Programs,
        finish: Finish,
        file: File,
    ) -> None:
        self.about, self.layout, self.furniture, self.file = about, layout, furniture, file
        self.wants, self.tagged = finish, finish.standard != "pdf/x-4"
        self.slug = sheet.slug(finish, programs)
        self.over = over.Furniture(furniture)
        self.fonts = Fonts(programs)
        self.targets = layout.targets()
        self.cited: set[str] = set()
        self.catalogue = file.reserve()
        self.font_dictionary = file.reserve()
        self.document, self.tags = (file.reserve(), file.reserve()) if self.tagged else (0, 0)
        self.inks = sheet.all_inks(file, finish) if finish.marks else 0
        self.drawn: dict[bytes, int] = {}
        self.leaves: list[int] = []
        self.branches: list[int] = []
        self.kids: list[int] = []
        self.keys = 0
        self.numbers: list[tuple[int, int, int]] = []
        self.ids: list[tuple[bytes, int]] = []
        self.landings: dict[str, tuple[int, float]] = {}
        self.headings: list[tuple[int, str, int, float]] = []
        self.shared: dict[int, int] = {}
        if self.slug:
            self.fonts.use(about.identity, self.slug.fonts)

    def blanks(self, start: int, end: int) -> None:
        """Write pages that are truly blank."""
        width, height = self.wants.width, self.wants.height
        for _ in range(start, end):
            content = self._page_head(width, height, "single")
            if marks := self._marks("single"):
                content += f"/Contents[{refs(marks).decode()}]"
            inner = "".join(f"/{k}<<{v}>>" for k, v in self._resources({}).items())
            fonts = f"/Font {self.font_dictionary} 0 R" if self.slug else ""
            self._page(self.file.reserve(), f"{content}/Resources<<{inner}{fonts}>>>>".encode())

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
        self.fonts.use(placed.identity, fragment.fonts)
        passing = self._objects(placed, fragment)
        for index in range(placed.pages):
            self._sheet(passing, index)
        if self.tagged:
            self._keys(passing)
            self.kids += [passing.at[n] for n in fragment.kids]
            self.kids += [element for _, element in passing.links]
            self.ids += [
                (f"({placed.target}-{name})".encode(), passing.at[n]) for name, n in fragment.ids
            ]
        height = fragment.sheets[0].height if fragment.sheets else 0
        _, _, page, y = fragment.bookmarks[0] if fragment.bookmarks else (1, "", 0, height)
        self.landings[placed.target] = (passing.pages[page], y)
        self.headings += [
            (level, title, passing.pages[page], y) for level, title, page, y in fragment.bookmarks
        ]

    def _objects(self, placed: Placed, fragment: Fragment) -> _Passing:
        """Write the objects of a fragment, but for its layers, which may not be needed."""
        file = self.file
        own = {layer.number for layer in fragment.layers.values()}
        known = range(len(fragment.heads)) if self.tagged else sorted(_drawn_objects(fragment))
        plain = [n for n in known if n not in own]
        first = file.reserve(len(plain) + placed.pages)
        last = first + len(plain)
        at = dict(zip(plain, range(first, last), strict=True))
        pages = range(last, last + placed.pages)
        cited: set[str] = set()
        meaning = self._meaning(placed, fragment, at, pages, cited)
        joined = _resolved(_CUT.join(fragment.heads[n] for n in plain), meaning)
        heads = dict(zip(plain, joined.encode("latin-1").split(_CUT.encode()), strict=True))
        for n, content in fragment.streams.items():
            if n in heads:
                file.put_stream(at[n], heads.pop(n), content)
        file.put_all([at[n] for n in heads], list(heads.values()))
        self.cited |= cited
        if lost := sorted(cited - self.targets.keys()):
            raise TypesettingError(
                f"{placed.identity}: leads to {', '.join(lost)}, which is not in this book"
            )
        return _Passing(placed, fragment, at, pages, meaning)

    def _sheet(self, passing: _Passing, index: int) -> None:
        """Write a page with what is laid over it."""
        fragment, at = passing.fragment, passing.at
        page, absolute = fragment.sheets[index], passing.placed.start + index
        side = "single" if page.bare else self.layout.side(absolute)
        laid = list(self.over.lay(fragment, index, self.layout.label(absolute), side))
        forms = {as_name(piece.name): self._layer(piece, passing) for piece in laid}
        annotations = [at[n] for n in page.annotations] if self.tagged else []
        if self.layout.binding is None and self.tagged:
            links = [(link, piece) for piece in laid for link in piece.layer.links]
            annotations += [self._link(link, piece, passing, index) for link, piece in links]
        resources = self._resources(
            {k: _resolved(v, passing.meaning) for k, v in page.resources.items()}
        )
        if forms:
            added = "".join(f"/{key} {held} 0 R" for key, held in sorted(forms.items()))
            resources["XObject"] = resources.get("XObject", "") + added
        inner = "".join(f"/{kind}<<{value}>>" for kind, value in resources.items())
        contents = self._contents(at[page.content], laid)
        if self.wants.marks:
            clip = self._drawn(self._sheet_of(side).clip())
            contents = [*self._marks(side), clip, *contents, self._drawn(b" Q ")]
        content = (
            f"{self._page_head(page.width, page.height, side)}"
            f"/Contents[{refs(contents).decode()}]"
            f"/Resources<<{inner}/Font {self.font_dictionary} 0 R>>"
        )
        if self.tagged:
            content += f"/Tabs/S/StructParents {self.keys + index}"
        if annotations:
            content += f"/Annots[{refs(annotations).decode()}]"
        self._page(passing.pages[index], f"{content}>>".encode("latin-1"))

    def _keys(self, passing: _Passing) -> None:
        """Write which structure elements a section's marked content and links belong to."""
        fragment, at = passing.fragment, passing.at
        nums = [
            b"%d[%s]" % (self.keys + index, refs([at[n] for n in page.elements]))
            for index, page in enumerate(fragment.sheets)
        ]
        annotated = enumerate(fragment.annotated, self.keys + len(nums))
        nums += [b"%d %d 0 R" % (key, at[element]) for key, element in annotated]
        nums += [b"%d %d 0 R" % pair for pair in passing.links]
        if not nums:
            return
        last = self.keys + len(nums) - 1
        leaf = self.file.add(b"<</Limits[%d %d]/Nums[%s]>>" % (self.keys, last, b" ".join(nums)))
        self.numbers.append((self.keys, last, leaf))
        self.keys = last + 1

    def _contents(self, content: int, laid: list[over.Laid]) -> list[int]:
        """Return the streams of a page: its own, and what is drawn before it and after."""
        before = [self._drawn(over.drawing(x, as_name(x.name))) for x in laid if not x.last]
        after = [self._drawn(over.drawing(x, as_name(x.name))) for x in laid if x.last]
        if not after:
            return [*before, content]
        # The page's own content leaves its changes to the graphics state behind.
        return [*before, self._drawn(b"q "), content, self._drawn(b" Q "), *after]

    def _drawn(self, drawing: bytes) -> int:
        """Return the stream of a drawing, which pages share."""
        if drawing not in self.drawn:
            compress = len(drawing) > SHORT
            self.drawn[drawing] = self.file.add_stream(b"<<>>", drawing, compress=compress)
        return self.drawn[drawing]

    def _meaning(
        self, placed: Placed, fragment: Fragment, at: dict[int, int], pages: range, cited: set[str]
    ) -> _Meaning:
        """Return what a token of the fragment's objects stands for in this file."""

        def meaning(token: str) -> str:
            kind, value = token[:1], token[1:]
            match kind:
                case "o":
                    return f"{at[int(value)]} 0 R"
                case "p":
                    return f"{pages[int(value)]} 0 R"
                case "d":
                    return f"{self.document} 0 R"
                case "f":
                    return f"{self.font_dictionary} 0 R"
                case "n":
                    return str(self.keys + int(value))
                case "i":
                    return f"{placed.target}-"
                case "a":
                    page, x, y = fragment.anchors[value]
                    return f"[{pages[page]} 0 R/XYZ {number(x)} {number(y)} 0]"
                case "s":
                    cited.add(value)
                    return text(value).decode()
            raise TypesettingError(f"{placed.identity}: a damaged fragment: {token!r}")

        return _Meaning(meaning)

    def _layer(self, piece: over.Laid, passing: _Passing) -> int:
        """Return the number of a layer's form, written when it is first used."""
        layer = piece.layer
        shared = piece.owner is self.furniture
        known = self.shared if shared else passing.layers
        if layer.number not in known:
            self.fonts.use(piece.owner.identity, layer.fonts)
            if shared:
                known[layer.number] = self._shared(layer.number)
            else:
                held = known[layer.number] = self.file.reserve()
                self._put(held, piece.owner, layer.number, passing.meaning)
        return known[layer.number]

    def _shared(self, n: int) -> int:
        """Write an object of the furniture and what it refers to; return its number."""
        held = self.file.reserve()

        def meaning(token: str) -> str:
            match token[:1]:
                case "o":
                    return f"{self._shared(int(token[1:]))} 0 R"
                case "f":
                    return f"{self.font_dictionary} 0 R"
            raise TypesettingError(f"the furniture refers to what it is not: {token!r}")

        self._put(held, self.furniture, n, _Meaning(meaning))
        return held

    def _put(self, held: int, owner: Fragment, n: int, meaning: _Meaning) -> None:
        head = _resolved(owner.heads[n], meaning).encode("latin-1")
        if n in owner.streams:
            self.file.put_stream(held, head, owner.streams[n])
        else:
            self.file.put(held, head)

    def _link(
        self,
        link: tuple[str, float, float, float, float],
        piece: over.Laid,
        passing: _Passing,
        index: int,
    ) -> int:
        """Write a link of a layer and its structure element (ISO 14289-1, 7.18.5)."""
        address, x1, y1, x2, y2 = link
        file = self.file
        annotation, element = file.reserve(), file.reserve()
        fragment = passing.fragment
        key = self.keys + len(fragment.sheets) + len(fragment.annotated) + len(passing.links)
        box = (piece.left + x1, piece.top - y2, piece.left + x2, piece.top - y1)
        file.put(
            annotation,
            b"<</Type/Annot/Subtype/Link/Rect[%s]/Border[0 0 0]/F 4/Contents%s/StructParent %d"
            b"/A<</Type/Action/S/URI/URI%s>>>>"
            % (" ".join(map(number, box)).encode(), text(address), key, text(address)),
        )
        file.put(
            element,
            b"<</Type/StructElem/S/Link/P %d 0 R/Pg %d 0 R/K[<</Type/OBJR/Obj %d 0 R>>]>>"
            % (self.document, passing.pages[index], annotation),
        )
        passing.links.append((key, element))
        return annotation

    def _page_head(self, width: float, height: float, side: str) -> str:
        if len(self.leaves) % BRANCH == 0:
            self.branches.append(self.file.reserve())
        # The binding margin moves the sheet under the text, so nothing on it need move.
        shift = self._shift(side)
        box = f"/MediaBox[{number(shift)} 0 {number(width + shift)} {number(height)}]"
        if not self.tagged:
            wanted = self.wants
            if max(abs(width - wanted.width), abs(height - wanted.height)) > TOLERANCE:
                raise TypesettingError(
                    f"{self.about.identity}: a page of {width / MM:.2f} × "
                    f"{height / MM:.2f} mm, the edition's trim is "
                    f"{wanted.width / MM:.2f} × {wanted.height / MM:.2f} mm",
                    remedy="leave size out of @page in the style sheets",
                )
            box = self._sheet_of(side).boxes()
        return f"<</Type/Page/Parent {self.branches[-1]} 0 R{box}"

    def _shift(self, side: str) -> float:
        return {"recto": -1, "verso": 1}.get(side, 0) * (self.layout.binding or 0)

    def _sheet_of(self, side: str) -> sheet.Sheet:
        return sheet.Sheet(self.wants, self._shift(side))

    def _marks(self, side: str) -> list[int]:
        """Return the streams that draw what stands beside a page."""
        marks = self._sheet_of(side).marks(self.slug)
        return [self._drawn(marks)] if marks else []

    def _resources(self, own: dict[str, str]) -> dict[str, str]:
        """Return the resources of a page, with those of the marks."""
        if not self.inks:
            return own
        return {**own, "ColorSpace": f"{own.get('ColorSpace', '')}/All {self.inks} 0 R"}

    def _page(self, held: int, content: bytes) -> None:
        self.leaves.append(held)
        self.file.put(held, content)

    def finish(self, profile: bytes) -> Bound:
        """Write what concerns the whole product, and the end of the file."""
        file = self.file
        self.fonts.write(file, self.font_dictionary)
        root = file.reserve()
        for n, branch in enumerate(self.branches):
            kids = self.leaves[n * BRANCH : (n + 1) * BRANCH]
            file.put(
                branch,
                b"<</Type/Pages/Parent %d 0 R/Count %d/Kids[%s]>>" % (root, len(kids), refs(kids)),
            )
        file.put(
            root,
            b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(self.leaves), refs(self.branches)),
        )
        entries = {
            "Type": b"/Catalog",
            "Pages": b"%d 0 R" % root,
            "Lang": text(self.about.language),
            **(self._for_screen() if self.tagged else self._for_print()),
        }
        kind = "GTS_PDFA1" if self.tagged else "GTS_PDFX"
        entries["OutputIntents"] = b"[%d 0 R]" % intent.write(file, profile, kind)
        xmp = metadata.xmp(self.about, self.wants, file.identifier())
        head = b"<</Type/Metadata/Subtype/XML>>"
        entries["Metadata"] = b"%d 0 R" % file.add_stream(head, xmp, compress=False)
        catalogue = b"".join(b"/%s %s" % (k.encode(), v) for k, v in entries.items())
        file.put(self.catalogue, b"<<%s>>" % catalogue)
        info = file.add(metadata.info(self.about, self.wants))
        digest = file.finish(self.catalogue, info)
        return Bound(file.size, digest)

    def _for_screen(self) -> dict[str, bytes]:
        """Write what readers of a screen use; return the catalogue's entries for it."""
        self._write_tags()
        carried, files = attached.write(self.file, self.about, self.wants)
        entries = {
            "MarkInfo": b"<</Marked true>>",
            "StructTreeRoot": b"%d 0 R" % self.tags,
            "ViewerPreferences": b"<</DisplayDocTitle true>>",
            "OpenAction": b"[%d 0 R/Fit]" % self.leaves[0],
            **self._navigation(),
            **carried,
        }
        names = entries.pop("Names", b"") + files
        return {**entries, "Names": b"<<%s>>" % names} if names else entries

    def _for_print(self) -> dict[str, bytes]:
        """Return the catalogue's entries that a printer uses: no tags, no links, no outline."""
        return {} if self.layout.binding is None else {"PageLabels": self._page_labels()}

    def _page_labels(self) -> bytes:
        front = b"0<</S/r>>" if self.layout.front else b""
        return b"<</Nums[%s%d<</S/D>>]>>" % (front, self.layout.front)

    def _write_tags(self) -> None:
        """Write the root of the tag tree (ISO 32000-1, 14.7.2)."""
        file = self.file
        leaves = [
            file.add(
                b"<</Limits[%d %d]/Kids[%s]>>"
                % (group[0][0], group[-1][1], refs([leaf for _, _, leaf in group]))
            )
            for group in _groups(self.numbers)
        ]
        parents = file.add(b"<</Kids[%s]>>" % refs(leaves))
        file.put(
            self.document,
            b"<</Type/StructElem/S/Document/P %d 0 R/K[%s]>>" % (self.tags, refs(self.kids)),
        )
        names = b"".join(b"%s %d 0 R " % pair for pair in sorted(self.ids))
        identifiers = b"/IDTree<</Names[%s]>>" % names if names else b""
        file.put(
            self.tags,
            b"<</Type/StructTreeRoot/K[%d 0 R]/ParentTree %d 0 R/ParentTreeNextKey %d%s>>"
            % (self.document, parents, self.keys, identifiers),
        )

    def _navigation(self) -> dict[str, bytes]:
        """Return the catalogue's entries for outline, destinations and page labels."""
        headings = self.headings
        if self.layout.outline:
            headings = [(d, title, *self.landings[at]) for d, title, at in self.layout.outline]
        entries = {}
        if headings:
            top = write_outline(self.file, headings, opened=not self.layout.outline)
            entries["Outlines"] = b"%d 0 R" % top
        if self.layout.binding is None:
            return {**entries, "PageLayout": b"/SinglePage"}
        landings = {
            name: b"[%d 0 R/XYZ null %s 0]" % (page, number(y).encode())
            for name, (page, y) in self.landings.items()
        }
        for name in self.cited - landings.keys():
            landings[name] = b"[%d 0 R/Fit]" % self.leaves[self.targets[name]]
        names = b"".join(b"%s%s" % (text(n), to) for n, to in sorted(landings.items()))
        dests = self.file.add(b"<</Names[%s]>>" % names)
        return {
            **entries,
            "PageMode": b"/UseOutlines",
            "PageLayout": b"/TwoPageRight",
            "Names": b"/Dests %d 0 R" % dests,
            "PageLabels": self._page_labels(),
        }


def _drawn_objects(fragment: Fragment) -> set[int]:
    """Return the objects that the pages are drawn with: no tags, no links."""
    found: set[int] = set()
    todo = [page.content for page in fragment.sheets]
    for page in fragment.sheets:
        todo += _objects_in("".join(page.resources.values()))
    todo += [layer.number for layer in fragment.layers.values()]
    while todo:
        n = todo.pop()
        if n not in found:
            found.add(n)
            todo += _objects_in(fragment.heads[n])
    return found


def _objects_in(content: str) -> list[int]:
    """Return the objects that PDF with tokens refers to."""
    return [int(token[1:]) for token in content.split("\x00")[1::2] if token[0] == "o"]


def _groups(leaves: list[tuple[int, int, int]]) -> Iterable[list[tuple[int, int, int]]]:
    for start in range(0, len(leaves), BRANCH):
        yield leaves[start : start + BRANCH]
