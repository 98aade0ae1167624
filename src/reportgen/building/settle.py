"""A book while it is made: its sections, how long each is, and what they say of each other.

Page numbers depend on lengths, and some lengths on page numbers: a contents that grows by a
page moves what follows it. So the parts that print page numbers are composed with the
numbers of a layout, set where they changed, and composed again, until nothing changes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from reportgen.building.jobs import set_section
from reportgen.building.pool import Crew
from reportgen.building.state import Parts, Remembered, Shape
from reportgen.building.store import Store
from reportgen.building.store import key as store_key
from reportgen.building.tasks import Book as BookJob
from reportgen.building.tasks import Job
from reportgen.core.errors import ExitCode, ReportgenError
from reportgen.markup import Composer
from reportgen.markup.book import Bookwright, Found, Numbers
from reportgen.plan import pagination
from reportgen.plan.values import About, Finish, Layout, Markup, Part, Section

FILE = "report.pdf"
"""What the file of a book is called."""
PASSES = 8
"""How often page numbers may move page numbers. The sample needs three, the last of which
changes nothing."""


class MissingError(ReportgenError):
    """A book lacks cities."""

    exit_code = ExitCode.SOME_FAILED

    def __init__(self, path: str, lacking: list[str]) -> None:
        super().__init__(
            f"{path}: not bound, as it would lack {', '.join(lacking)}",
            remedy="mend what is told above, or bind it without them: "
            "reportgen build --allow-missing",
        )


class UnsettledError(ReportgenError):
    """Page numbers move page numbers without end."""

    exit_code = ExitCode.NOT_CONFORMING


@dataclass(frozen=True, slots=True)
class Composed:
    """What a part was composed from."""

    numbers: Numbers
    files: set[str]
    key: str


class Book:
    """The book of one language and edition."""

    def __init__(
        self,
        composer: Composer,
        key: Callable[[Markup], str],
        sections: tuple[Part | Section, ...],
        fragments: dict[str, str],
        store: Store,
        digest: Callable[[str], str],
    ) -> None:
        """`fragments` are the keys of the profiles, by identity; `key` makes those of parts.

        `digest` returns the present sha256 of a file of the workspace.
        """
        self._composer, self._fragment_key = composer, key
        self._store, self._digest = store, digest
        self._all = {section.identity: section for section in sections}
        self._keys = {i: fragments[i] for i in self._all if i in fragments}
        self._lost = {
            i for i, s in self._all.items() if isinstance(s, Section) and i not in fragments
        }
        self._composed: dict[str, Composed] = {}
        self._shapes: dict[str, Shape] = {}
        self._likely: dict[str, Shape] = {}
        """Those of profiles when they were last bound."""
        self._basis = ""
        self._told: Parts | None = None
        self._files: set[str] | None = None
        """The files that the parts were composed from, if they are those of the last build."""
        self._shows_texts = False
        self._layout = Layout((), 0)
        first = sections[0]
        self.edition, self.language = first.edition, first.language
        self.identity = f"{first.edition}/{first.language}/report"
        self.path = f"{first.edition}/{first.language}/{FILE}"

    def leave_out(self, identities: set[str]) -> None:
        """Go on without these sections."""
        if identities:
            self._lost |= identities
            self._told = None
            self._composed.clear()
            self.__dict__.pop("_wright", None)

    def recall(self, section: Section, told: Remembered | None) -> None:
        """Take the shape of a profile as the state of the last build tells it.

        It is that of the present fragment if the key of both and the terms are the same.
        """
        key = self._keys.get(section.identity)
        if key and told and told.terms == self._terms_key:
            self._likely[section.identity] = told.shape
            if told.fragment == key:
                self._shapes[key] = told.shape

    def told(self, identity: str) -> Remembered | None:
        """Return the shape of a profile for the state."""
        shape = self._shapes.get(self._keys.get(identity, ""))
        if shape is None:
            return None
        return Remembered(shape, self._keys[identity], self._terms_key)

    def recall_parts(self, basis: str, told: Parts | None) -> None:
        """Take the parts as the state of the last build tells them.

        `basis` is the hash of all that they are composed from, but page numbers and the texts
        of profiles.
        """
        self._basis = basis
        self._told = told if told and told.basis == basis else None

    @property
    def told_parts(self) -> Parts | None:
        """The parts for the state; None if they show texts of profiles."""
        if self._shows_texts:
            return None
        keys = {part.identity: self._keys[part.identity] for part in self._parts()}
        return Parts(self._basis, self._numbers(self._layout), keys, tuple(sorted(self.files)))

    @property
    def profiles(self) -> list[str]:
        """The identities of the profiles in the book."""
        return [s.identity for s in self._sections() if isinstance(s, Section)]

    def unset(self) -> list[str]:
        """Return the profiles that the store does not have."""
        return [i for i in self.profiles if not self._shape(i, self._keys[i])]

    def forget(self, identity: str) -> list[str]:
        """Forget a section whose fragment turned out to be damaged; return it if a profile."""
        self._shapes.pop(self._keys.pop(identity) if identity in self._composed else
                         self._keys[identity], None)  # fmt: skip
        self._composed.pop(identity, None)
        self._files = None
        return [identity] if isinstance(self._all[identity], Section) else []

    def foresee(self) -> None:
        """Compose the parts as they come to be if no profile has other pages than before.

        It is what a change of words mostly leads to, and can be done while those are set. Where
        only texts of profiles changed, there is nothing to compose.
        """
        if self._told or any(identity not in self._likely for identity in self.profiles):
            return
        body = [part for part in self._parts() if part.place == "body"]
        for parts in (body, list(self._parts())):
            for identity, _ in self._compose(parts, self._paginated(), self._found()):
                del self._composed[identity]

    def settle(self, crew: Crew) -> None:
        """Set the parts until no page number changes.

        Raises the error of a part that cannot be set, and UnsettledError if there is no end.
        """
        shapes = {i: self._shape(i, self._keys[i]) for i in self.profiles}
        if self._recalled():
            return
        if shapes != self._likely:
            # What was foreseen is not what came. Numbers settle from the beginning, as from
            # other lengths they might settle otherwise.
            for part in self._parts():
                self._keys.pop(part.identity, None)
        # What stands before the profiles first: all numbers of the body hang on its length.
        self._pass(crew, [part for part in self._parts() if part.place == "body"])
        for _ in range(PASSES):
            before = self._layout
            if not self._pass(crew, list(self._parts())) and self._layout == before:
                return
        moved = ", ".join(_moved(before, self._layout)) or "texts that print page numbers"
        raise UnsettledError(
            f"{self.path}: page numbers did not settle in {PASSES} passes; "
            f"the last changed {moved}",
            remedy="give the parts that print page numbers columns of fixed width",
        )

    def _recalled(self) -> bool:
        """Take the parts of the last build, if they would be composed to the same again.

        Only as a whole: from some of their lengths numbers might settle otherwise than from none.
        """
        told, self._told = self._told, None
        if told is None or told.keys.keys() != {part.identity for part in self._parts()}:
            return False
        if not all(self._shape(identity, key) for identity, key in told.keys.items()):
            return False
        self._keys |= told.keys
        layout = self._paginated()
        if self._numbers(layout) == told.numbers:
            self._layout, self._files = layout, set(told.files)
            return True
        for identity in told.keys:
            del self._keys[identity]
        return False

    def _numbers(self, layout: Layout) -> str:
        """Return the hash of all page numbers that parts may print."""
        placed = [(p.identity, p.target, p.start, p.pages) for p in layout.placed]
        return store_key(
            {
                "placed": placed,
                "layout": layout.frame,
                "found": self._found().pages,
            }
        )

    def _pass(self, crew: Crew, parts: list[Part]) -> bool:
        """Set what is new of `parts` with the numbers as they are; tell whether any was."""
        unset = self._compose(parts, self._paginated(), self._found())
        for _, result in crew.run(set_section, unset):
            if isinstance(result, ReportgenError):
                raise result
        for identity, job in unset:
            if not self._shape(identity, job.key):
                raise UnsettledError(f"{identity}: its pages are not in the store")
        self._layout = self._paginated()
        return bool(unset)

    def _compose(self, parts: list[Part], layout: Layout, found: Found) -> list[tuple[str, Job]]:
        """Compose what is new of `parts`; return what is not in the store."""
        unset = []
        for part in parts:
            known = self._composed.get(part.identity)
            if known and self._wright.alike(part, known.numbers, layout, found):
                self._keys[part.identity] = known.key
                continue
            known_texts = self._composer.records.asked
            markup, numbers = self._wright.compose(part, layout, found)
            if known_texts is None or self._composer.records.asked != known_texts:
                self._shows_texts = True
            key = self._fragment_key(markup)
            self._composed[part.identity] = Composed(numbers, set(markup.files), key)
            self._keys[part.identity] = key
            if not self._shape(part.identity, key):
                unset.append((part.identity, Job(markup, key)))
        # The longest first, so that no core waits for it in the end.
        return sorted(unset, key=lambda job: -len(job[1].markup.html))

    def set_parts(self) -> Iterator[tuple[Markup, int]]:
        """Yield the parts as they are in the settled book, with the first page of each.

        Pages count from 0; profiles, which are products of their own, are left out.
        """
        starts = {placed.identity: placed.start for placed in self._layout.placed}
        for part in self._parts():
            markup, _ = self._wright.compose(part, self._layout, self._found())
            yield markup, starts[part.identity]

    @property
    def layout(self) -> Layout:
        """The pages of the book as they are known by now."""
        return self._layout

    @property
    def files(self) -> set[str]:
        """The files of the workspace that the parts are composed from."""
        return self._files or {
            name for part in self._parts() for name in self._composed[part.identity].files
        }

    @property
    def pages(self) -> int:
        """How many pages it has, as far as is known."""
        return self._layout.pages

    @property
    def about(self) -> About:
        """What the book says of itself."""
        return self._wright.about(self.edition)

    def key(self, furniture: Job, finish: dict[str, object]) -> str:
        """Return the hash of everything that the book is made from but pictures.

        `finish` says what the edition asks of the file.
        """
        about, layout = self.about, self._layout
        return store_key(
            {
                "sections": [(s.identity, self._keys[s.identity]) for s in self._sections()],
                "furniture": furniture.key,
                "placed": [(p.identity, p.start) for p in layout.placed],
                "layout": layout.frame,
                "about": [about.title, about.author, about.subject, about.keywords],
                "date": about.date,
                "finish": finish,
            }
        )

    def job(self, furniture: Job, finish: Finish) -> BookJob:
        """Return what a worker needs to bind the book."""
        keys = {s.identity: self._keys[s.identity] for s in self._sections()}
        target = f"{os.urandom(8).hex()} {self.path}"
        return BookJob(self.about, self._layout, keys, furniture, finish, self.path, target)

    @cached_property
    def _terms_key(self) -> str:
        return store_key({"terms": [(term.text, term.only) for term in self._wright.terms]})

    @cached_property
    def _wright(self) -> Bookwright:
        cities = tuple(s.city for s in self._sections() if isinstance(s, Section))
        return Bookwright(self._composer, tuple(self._sections()), cities)

    def _sections(self) -> Iterator[Part | Section]:
        return (s for i, s in self._all.items() if i not in self._lost)

    def _parts(self) -> Iterator[Part]:
        return (s for s in self._sections() if isinstance(s, Part))

    def _shape(self, identity: str, key: str) -> Shape | None:
        """Return the shape of a section, if the store has it."""
        if key in self._shapes:
            return self._shapes[key] if self._store.has(key) else None
        gist = self._store.gist(key, self._digest)
        if gist is None:
            return None
        section = self._all[identity]
        found = Found()
        if self._wright.searched(section):
            found.look(self._wright.terms, section.target, gist.texts)
        self._shapes[key] = Shape(
            len(gist.texts),
            gist.opens,
            gist.headed,
            tuple((text, n) for text, pages in found.pages.items() for _, n in pages),
        )
        return self._shapes[key]

    def _known(self, section: Part | Section) -> Shape:
        shape = self._shapes.get(self._keys.get(section.identity, ""))
        shape = shape or self._likely.get(section.identity)
        return shape or Shape(1, "next", headed=True, terms=())

    def _found(self) -> Found:
        found = Found()
        for section in self._sections():
            for text, number in self._known(section).terms:
                found.pages.setdefault(text, []).append((section.target, number))
        return found

    def _paginated(self) -> Layout:
        extents, headed, before = [], set(), ""
        for section in self._sections():
            shape = self._known(section)
            if shape.headed:
                headed.add(section.target)
            place = section.place if isinstance(section, Part) else "body"
            kind = "" if isinstance(section, Part) else "profiles"
            # The first profile opens the part as a chapter does.
            opens = "recto" if kind and kind != before else shape.opens
            before = kind
            extents.append(
                pagination.Extent(section.identity, section.target, place, shape.pages, opens)
            )
        binding = float(self._composer.records.report.book.binding)
        return pagination.paginate(extents, binding, self._wright.outline(headed))


def _moved(before: Layout, after: Layout) -> Iterator[str]:
    """Yield the parts that have other pages than before, each with how many."""
    pages = {placed.identity: placed.pages for placed in before.placed}
    for placed in after.placed:
        if pages.get(placed.identity) != placed.pages:
            yield f"{placed.identity} ({pages.get(placed.identity, 0)} → {placed.pages} pages)"
