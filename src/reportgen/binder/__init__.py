"""Step 6, the binder: fragments to a product that readers, archives and printers accept.

A city's own file is one fragment, the book is many; both are bound by the same steps. Sections
are bound quire by quire: what is kept of each is a line of the outline, the keys of its tags
and the glyphs that it uses. Dates and identifiers come from the content, so the same
fragments give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from reportgen.binder import about as metadata
from reportgen.binder import attached, fonts, intent, quire, sheet
from reportgen.binder.file import File, Sink, number, refs, text
from reportgen.binder.frame import Frame
from reportgen.binder.furniture import Furniture
from reportgen.binder.landing import action, destination
from reportgen.binder.outline import write as write_outline
from reportgen.binder.stock import Stock
from reportgen.binder.told import Told
from reportgen.core.errors import TypesettingError
from reportgen.core.fragments import Fragment, Quire
from reportgen.plan.values import About, Finish, Layout, Placed
from reportgen.typefaces.programs import Programs

SPARE = 256
"""A quire's numbers begin with a multiple of this. So one that grows a little leaves the others
as they are."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A file that was written: how many bytes, and their sha256; and of pictures, by path."""

    size: int
    sha256: str
    reads: dict[str, str]


class Shelf(Protocol):
    """Where quires are kept. What they depend on is said in plain JSON values."""

    def get(self, sections: tuple[Placed, ...], inputs: dict[str, object]) -> Quire | None:
        """Return the quire of these sections that was made of `inputs`, if it is kept."""

    def put(self, sections: tuple[Placed, ...], inputs: dict[str, object], made: Quire) -> None:
        """Keep a quire."""


def bind(
    about: About,
    layout: Layout,
    load: Callable[[Placed], Fragment],
    furniture: Fragment,
    programs: Programs,
    finish: Finish,
    profile: bytes,
    sink: Sink,
    shelf: Shelf | None = None,
) -> Bound:
    """Write the product that `layout` describes to `sink`.

    `load` returns the fragment of a section, `profile` is the ICC profile that `finish`
    names. Raises TypesettingError if a fragment is another section's or has another number
    of pages than its place, if it uses a font that is no face of the workspace, if it leads
    to a section that the product lacks, or if a page to be printed has another size.
    """
    binding = _Binding(about, layout, furniture, programs, finish, File(sink, finish.rules.version))
    for extent in quire.extents(layout):
        binding.quire(extent, load, shelf)
    return binding.finish(profile)


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
        self.about, self.layout, self.wants, self.file = about, layout, finish, file
        self.programs = programs
        self.tagged = finish.rules.screen
        self.catalogue, self.pages = file.reserve(), file.reserve()
        self.document, self.tags = (file.reserve(), file.reserve()) if self.tagged else (0, 0)
        structure = finish.rules.structure
        sections = [placed.target for placed in layout.placed] if structure else []
        self.frame = Frame(
            about, layout, finish, Furniture(furniture), sheet.slug(finish, programs),
            self.pages, file.reserve(), self.document,
            sheet.all_inks(file, finish) if finish.marks else 0,
            file.add(b"<</Type/Namespace/NS%s>>" % text(structure)) if structure else 0,
            {target: file.reserve() for target in sections},
        )  # fmt: skip
        self.stock = Stock(file, furniture, self.frame.drawings(), self.frame.fonts)
        self.told = Told(fonts.Used(programs))
        self.nodes: list[int] = []
        self.branches: list[tuple[int, int, int]] = []

    def quire(
        self, extent: quire.Extent, load: Callable[[Placed], Fragment], shelf: Shelf | None
    ) -> None:
        """Put the next quire into the file: as it is kept, or made anew."""
        first, key = _spared(self.file.next), _spared(self._next_key)
        inputs = {
            **self.frame.plain(),
            "stock": self.stock.digest,
            "pages": [extent.start, extent.end],
            "from": [first, key],
        }
        made = shelf.get(extent.sections, inputs) if shelf is not None else None
        if made is None:
            made = quire.write(self.frame, self.stock, self.programs, extent, load, (first, key))
            if shelf is not None:
                shelf.put(extent.sections, inputs, made)
        sections = tuple(placed.identity for placed in extent.sections)
        if (made.sections, made.body.first) != (sections, first):
            raise TypesettingError(f"{self.about.identity}: got the quire of other sections")
        self.file.take(made.body)
        self.nodes.append(made.body.first)
        self.told.join(made)
        if made.keys is not None:
            self.branches.append(made.keys)

    @property
    def _next_key(self) -> int:
        return self.branches[-1][1] + 1 if self.branches else 0

    def finish(self, profile: bytes) -> Bound:
        """Write what concerns the whole product, and the end of the file."""
        file = self.file
        self._check_cited()
        self.stock.write(file, self.told.forms, self.told.drawings)
        fonts.write(file, self.frame.fonts, self.told.used, self.programs)
        file.put(
            self.pages,
            b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(self.told.leaves), refs(self.nodes)),
        )
        entries = {
            "Type": b"/Catalog",
            "Pages": b"%d 0 R" % self.pages,
            "Lang": text(self.about.language),
            **(self._for_screen() if self.tagged else self._for_print()),
        }
        entries["OutputIntents"] = b"[%d 0 R]" % intent.write(
            file, profile, self.wants.rules.intent, self.wants.condition
        )
        xmp = metadata.xmp(self.about, self.wants, file.identifier())
        head = b"<</Type/Metadata/Subtype/XML>>"
        entries["Metadata"] = b"%d 0 R" % file.add_stream(head, xmp, compress=False)
        catalogue = b"".join(b"/%s %s" % (k.encode(), v) for k, v in entries.items())
        file.put(self.catalogue, b"<<%s>>" % catalogue)
        has_info = self.wants.rules.info is not None
        info = file.add(metadata.info(self.about, self.wants)) if has_info else 0
        digest = file.finish(self.catalogue, info)
        return Bound(file.size, digest, self.told.reads)

    def _check_cited(self) -> None:
        """Raise TypesettingError if a link leads to a section that the product lacks."""
        lost: dict[str, list[str]] = {}
        targets = self.layout.targets()
        for name, identity in self.told.cited.items():
            if name not in targets:
                lost.setdefault(identity, []).append(name)
        for identity, names in lost.items():
            raise TypesettingError(
                f"{identity}: leads to {', '.join(sorted(names))}, which is not in this book"
            )

    def _for_screen(self) -> dict[str, bytes]:
        """Write what readers of a screen use; return the catalogue's entries for it."""
        self._write_tags()
        carried, files = attached.write(self.file, self.about, self.wants)
        entries = {
            "MarkInfo": b"<</Marked true>>",
            "StructTreeRoot": b"%d 0 R" % self.tags,
            "ViewerPreferences": b"<</DisplayDocTitle true>>",
            "OpenAction": self._opening(),
            **self._navigation(),
            **carried,
        }
        names = entries.pop("Names", b"") + files
        return {**entries, "Names": b"<<%s>>" % names} if names else entries

    def _opening(self) -> bytes:
        """Return where a reader's program begins: at the first page, the whole of it."""
        if self.frame.namespace:
            return action(self.told.leaves[0], self.document, "/Fit").encode()
        return b"[%d 0 R/Fit]" % self.told.leaves[0]

    def _for_print(self) -> dict[str, bytes]:
        """Return the catalogue's entries that a printer uses: no tags, no links, no outline."""
        return {} if self.layout.binding is None else {"PageLabels": self._page_labels()}

    def _page_labels(self) -> bytes:
        front = b"0<</S/r>>" if self.layout.front else b""
        return b"<</Nums[%s%d<</S/D>>]>>" % (front, self.layout.front)

    def _write_tags(self) -> None:
        """Write the root of the tag tree (ISO 32000-1, 14.7.2)."""
        file, told = self.file, self.told
        parents = file.add(b"<</Kids[%s]>>" % refs([leaf for _, _, leaf in self.branches]))
        space = self.frame.namespace
        own, listed = (b"", b"")
        if space:
            own, listed = b"/NS %d 0 R" % space, b"/Namespaces[%d 0 R]" % space
            for target, held in self.frame.targets.items():
                file.put(held, b"[%d 0 R]" % told.landings[target][2])
        file.put(
            self.document,
            b"<</Type/StructElem/S/Document%s/P %d 0 R/K[%s]>>" % (own, self.tags, refs(told.kids)),
        )
        ids = sorted((f"({name})".encode(), element) for name, element in told.ids)
        names = b"".join(b"%s %d 0 R " % pair for pair in ids)
        identifiers = b"/IDTree<</Names[%s]>>" % names if names else b""
        file.put(
            self.tags,
            b"<</Type/StructTreeRoot/K[%d 0 R]/ParentTree %d 0 R/ParentTreeNextKey %d%s%s>>"
            % (self.document, parents, self._next_key, identifiers, listed),
        )

    def _navigation(self) -> dict[str, bytes]:
        """Return the catalogue's entries for outline, destinations and page labels."""
        headings = self.told.headings
        if self.layout.outline:
            ends = [(d, t, self.told.landings[at]) for d, t, at in self.layout.outline]
            headings = [(d, t, page, y, False, tag) for d, t, (page, y, tag) in ends]
        entries = {}
        if headings:
            top = write_outline(self.file, headings, opened=not self.layout.outline)
            entries["Outlines"] = b"%d 0 R" % top
        if self.layout.binding is None:
            return {**entries, "PageLayout": b"/SinglePage"}
        landings = {
            name: destination(page, tag, f"/XYZ null {number(y)} 0")
            for name, (page, y, tag) in self.told.landings.items()
        }
        targets = self.layout.targets()
        for name in self.told.cited.keys() - landings.keys():
            at = targets[name]
            tag = self.told.tops[at] if self.frame.namespace else 0
            landings[name] = destination(self.told.leaves[at], tag, "/Fit")
        names = b"".join(b"%s%s" % (text(n), to.encode()) for n, to in sorted(landings.items()))
        dests = self.file.add(b"<</Names[%s]>>" % names)
        return {
            **entries,
            "PageMode": b"/UseOutlines",
            "PageLayout": b"/TwoPageRight",
            "Names": b"/Dests %d 0 R" % dests,
            "PageLabels": self._page_labels(),
        }


def _spared(number: int) -> int:
    """Return the next number that a quire may begin with."""
    return -(-number // SPARE) * SPARE
