"""A book while it is made: its sections, how long each is, and what they say of each other.

Page numbers depend on lengths, and some lengths on page numbers: a contents that grows by a
page moves what follows it. So the parts that print page numbers are composed with the
numbers of a layout, set where they changed, and composed again, until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from reportgen import pagination
from reportgen.crew import Crew
from reportgen.errors import ExitCode, ReportgenError
from reportgen.markup import Composer
from reportgen.markup.book import Bookwright, Found
from reportgen.model import Layout, Markup, Part, Section
from reportgen.store import Store
from reportgen.store import key as store_key
from reportgen.worker import Book as BookJob
from reportgen.worker import Job, set_section

PASSES = 8
"""How often page numbers may move page numbers. The sample needs two."""
Digest = Callable[[str], str]


class MissingError(ReportgenError):
    """A book lacks cities."""

    exit_code = ExitCode.SOME_FAILED

    def __init__(self, path: str, lacking: list[str]) -> None:
        super().__init__(
            f"{path}: not bound, as it would lack {', '.join(lacking)}",
            remedy="mend the records, or bind it without them: reportgen build --allow-missing",
        )


class UnsettledError(ReportgenError):
    """Page numbers move page numbers without end."""

    exit_code = ExitCode.NOT_CONFORMING


@dataclass(frozen=True, slots=True)
class Shape:
    """What a book needs to know of a section that is set."""

    pages: int
    opens: str
    headed: bool
    terms: tuple[tuple[str, int], ...]
    """The terms of the index that stand in it, with the page, counted from 0."""


class Book:
    """The book of one language and edition."""

    def __init__(
        self,
        composer: Composer,
        key: Callable[[Markup], str],
        sections: tuple[Part | Section, ...],
        jobs: dict[str, Job],
        store: Store,
    ) -> None:
        """`jobs` are the profiles as they were composed, by identity; `key` makes keys."""
        self._composer, self._fragment_key, self._store = composer, key, store
        self._all = sections
        self._jobs = {s.identity: jobs[s.identity] for s in sections if s.identity in jobs}
        self._lost: set[str] = {
            s.identity for s in sections if isinstance(s, Section) and s.identity not in jobs
        }
        self._shapes: dict[str, Shape] = {}
        self._layout = Layout((), 0)
        first = sections[0]
        self.identity = f"{first.edition}/{first.language}/report"
        self.path = f"{self.identity}.pdf"

    def has(self, identity: str) -> bool:
        """Tell whether a section is one of the book's."""
        return any(section.identity == identity for section in self._all)

    def leave_out(self, identities: set[str]) -> None:
        """Go on without these sections."""
        self._lost |= identities
        self.__dict__.pop("_wright", None)

    def unset(self, digest: Digest) -> list[Job]:
        """Return the profiles that the store does not have."""
        return [
            job
            for section in self._all
            if (job := self._jobs.get(section.identity)) and not self._shape(job, digest)
        ]

    def characters(self) -> set[str]:
        """Return every character that the parts may be set with."""
        self._layout = self._paginated()
        # As if every term stood on the first page: what an index may come to say.
        first = self._all[0].target
        everything = Found({term.text: [(first, 0)] for term in self._wright.terms})
        found = {"–"}
        for part in self._parts():
            found.update(self._wright.compose(part, self._layout, everything).html)
        return found

    def settle(self, crew: Crew, digest: Digest) -> None:
        """Set the parts until no page number changes.

        Raises the error of a part that cannot be set, and UnsettledError if there is no end.
        """
        for job in self._jobs.values():
            self._shape(job, digest)
        # What stands before the profiles first: all numbers of the body hang on its length.
        self._pass(crew, digest, [part for part in self._parts() if part.place == "body"])
        for _ in range(PASSES):
            before = self._layout
            if not self._pass(crew, digest, list(self._parts())) and self._layout == before:
                return
        raise UnsettledError(
            f"{self.path}: page numbers did not settle in {PASSES} passes",
            remedy="give the parts that print page numbers columns of fixed width",
        )

    def _pass(self, crew: Crew, digest: Digest, parts: list[Part]) -> bool:
        """Set what is new of `parts` with the numbers as they are; tell whether any was."""
        layout, found = self._paginated(), self._found()
        jobs: dict[str, Job] = {}
        for part in parts:
            composed = self._wright.compose(part, layout, found)
            jobs[part.identity] = Job(composed, self._fragment_key(composed))
        unset = [(i, job) for i, job in jobs.items() if not self._shape(job, digest)]
        for _, result in crew.run(set_section, unset):
            if isinstance(result, ReportgenError):
                raise result
        for identity, job in jobs.items():
            if not self._shape(job, digest):
                raise UnsettledError(f"{identity}: its pages are not in the store")
        self._jobs |= jobs
        self._layout = self._paginated()
        return bool(unset)

    @property
    def files(self) -> set[str]:
        """The files of the workspace that the book is composed from."""
        return {name for s in self._sections() for name in self._jobs[s.identity].markup.files}

    def key(self, furniture: Job) -> str:
        """Return the hash of everything that the book is made from but pictures."""
        about = self._wright.about(self._all[0].edition)
        layout = self._layout
        return store_key(
            {
                "sections": [(s.identity, self._jobs[s.identity].key) for s in self._sections()],
                "furniture": furniture.key,
                "placed": [(p.identity, p.start) for p in layout.placed],
                "layout": [layout.pages, layout.front, layout.binding, layout.outline],
                "about": [about.title, about.author, about.subject, about.keywords],
            }
        )

    def job(self, furniture: Job, folder: Path) -> BookJob:
        """Return what a worker needs to bind the book; it writes it to a file in `folder`."""
        about = self._wright.about(self._all[0].edition)
        keys = {s.identity: self._jobs[s.identity].key for s in self._sections()}
        target = folder / f"{self.identity.replace('/', '-')}.pdf"
        return BookJob(about, self._layout, keys, furniture, self.path, target)

    @cached_property
    def _wright(self) -> Bookwright:
        cities = tuple(s.city for s in self._sections() if isinstance(s, Section))
        return Bookwright(self._composer, tuple(self._sections()), cities)

    def _sections(self) -> Iterator[Part | Section]:
        return (s for s in self._all if s.identity not in self._lost)

    def _parts(self) -> Iterator[Part]:
        return (s for s in self._sections() if isinstance(s, Part))

    def _shape(self, job: Job, digest: Digest) -> Shape | None:
        """Return the shape of a section, if the store has it."""
        if job.key not in self._shapes:
            fragment = self._store.get(job.key, digest)
            if fragment is None:
                return None
            section = next(s for s in self._all if s.identity == job.markup.identity)
            found = Found()
            if self._wright.searched(section):
                texts = (sheet.text for sheet in fragment.sheets)
                found.look(self._wright.terms, section.target, texts)
            self._shapes[job.key] = Shape(
                len(fragment.sheets),
                fragment.meta.get("opens", "next"),
                bool(fragment.bookmarks),
                tuple((text, n) for text, pages in found.pages.items() for _, n in pages),
            )
        return self._shapes[job.key]

    def _known(self, section: Part | Section) -> Shape:
        job = self._jobs.get(section.identity)
        return (job and self._shapes.get(job.key)) or Shape(1, "next", headed=True, terms=())

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
