"""Books: settled, bound, and what is made of a finished one."""

from __future__ import annotations

from contextlib import suppress

from reportgen.building import uptodate
from reportgen.building.fingerprints import Wanted
from reportgen.building.jobs import make_book, set_section
from reportgen.building.ledger import Ledger
from reportgen.building.pool import Crew
from reportgen.building.products import PRODUCTS
from reportgen.building.products.kinds import Settled, Task
from reportgen.building.profiles import Profiles
from reportgen.building.settle import Book, MissingError
from reportgen.building.store import Store
from reportgen.building.survey import Sections, Survey
from reportgen.building.tasks import LostError
from reportgen.core.errors import ReportgenError, TypesettingError
from reportgen.plan import attachments, editions, plan
from reportgen.plan.values import Section

REPAIRS = 3
"""How often a book is bound again because pages in the store turn out to be damaged."""


class Bindery:
    """The books of a build, once all profiles are composed."""

    def __init__(self, survey: Survey, ledger: Ledger, profiles: Profiles, store: Store) -> None:
        self._survey, self._ledger, self._profiles = survey, ledger, profiles
        self._store = store
        self._settled: dict[str, Settled] = {}
        """By path."""
        self.books = [self._book(sections) for sections in survey.books]

    def _book(self, sections: Sections) -> Book:
        survey, old = self._survey, self._survey.state.entries
        book = Book(
            survey.composer, survey.keys.fragment, sections, self._ledger.fragments, self._store,
            survey.present,
        )  # fmt: skip
        last = old.get(book.path)
        book.recall_parts(survey.basis, last.parts if last else None)
        for section in sections:
            if isinstance(section, Section) and (entry := old.get(plan.path(section))):
                book.recall(section, entry.shape)
        return book

    def foresee(self) -> None:
        """Compose what books have beside profiles, as it comes to be if one word was changed."""
        for book in self.books:
            # What keeps a part from being composed is told where the book is bound.
            with suppress(ReportgenError):
                book.foresee()

    def unset(self, lost: set[str]) -> list[str]:
        """Return the profiles of books that are current, and gone from the store."""
        found = dict.fromkeys(identity for book in self.books for identity in book.unset())
        return [identity for identity in found if identity not in lost]

    def bind(self, book: Book, team: Crew, lost: set[str], *, allow_missing: bool) -> None:
        """Bind a book, unless it is current or lacks a city; `lost` is what could not be set."""
        identity = book.identity
        ill = {p.city for p in self._survey.problems if p.city}
        here = f"{book.edition}/{book.language}/"
        lacking = sorted({*ill, *(i.removeprefix(here) for i in lost if i.startswith(here))})
        try:
            if lacking and not allow_missing:
                raise MissingError(book.path, lacking)
            book.leave_out(lost)
            self._settle_and_bind(book, team)
        except ReportgenError as error:
            self._ledger.fail(identity, error)
        self._ledger.tell(identity)

    def _settle_and_bind(self, book: Book, team: Crew) -> None:
        survey, ledger, keys = self._survey, self._ledger, self._survey.keys
        over = self._profiles.over(book.edition, book.language)
        book.settle(team)
        carried = attachments.of_report(survey.known)
        finish = editions.finish(survey.known.report, book.edition, book.about, (carried,))
        files = {*book.files, *over.markup.files, finish.profile}
        cities = (ledger.wanted[f"{identity}.pdf"].inputs for identity in book.profiles)
        inputs = {name: digest for found in cities for name, digest in found.items()}
        inputs |= keys.inputs(files)
        # A record that is new or cannot be read is among no city's inputs.
        inputs[uptodate.CITIES] = survey.present(uptodate.CITIES)
        ill = (p.place.file for p in survey.known.problems if p.city)
        inputs |= {name: survey.present(name) for name in ill}
        wanted = Wanted(book.path, book.key(over, keys.finish(finish)), inputs)
        ledger.wanted[book.path] = wanted
        self._settled[book.path] = settled = Settled(
            book, survey.choice.editions, survey.composer, keys, over, inputs,
            lambda: ledger.source(book.path),
        )  # fmt: skip
        for product in PRODUCTS:
            if not product.bound:
                self._make(list(product.tasks(settled)), team)
        if "book" not in survey.products(book.edition) or ledger.has(book.path):
            return
        for _ in range(REPAIRS):
            whole = book.job(over, finish)
            for identity, made in team.run(make_book, [(book.identity, whole)]):
                if not isinstance(made, LostError):
                    ledger.keep(identity, made)
                    return
                # Its entry in the store was damaged: it is set again, and the book bound.
                sections = [survey.sections[i] for i in book.forget(made.identity)]
                again = [(s.identity, self._profiles.job(s)) for s in sections]
                for _, error in team.run(set_section, again):
                    if isinstance(error, ReportgenError):
                        raise error
                book.settle(team)
        raise TypesettingError(
            f"{book.path}: pages go from the store while the book is bound",
            remedy="the disk of the store may be failing; name another folder with --store",
        )

    def make_of_bound(self, team: Crew) -> None:
        """Make what is made of bound books."""
        report, asked = self._survey.known.report, self._survey.choice.editions
        tasks: list[Task] = []
        for book in self.books:
            for product in PRODUCTS:
                paths = product.paths(report, book.edition, asked) if product.bound else ()
                named = [path for path in paths if path.split("/")[1] == book.language]
                if not named:
                    continue
                if book.path in self._settled and self._ledger.source(book.path):
                    tasks += product.tasks(self._settled[book.path])
                    continue
                for path in named:
                    identity = path.removesuffix(".pdf")
                    error = TypesettingError(f"{identity}: {book.path} was not made")
                    self._ledger.fail(identity, error)
        self._make(tasks, team)

    def _make(self, tasks: list[Task], team: Crew) -> None:
        for function in dict.fromkeys(task.function for task in tasks):
            jobs = [
                (task.identity, task.job)
                for task in tasks
                if task.function is function and not self._ledger.want(task.wanted)
            ]
            for identity, result in team.run(function, jobs):
                self._ledger.keep(identity, result)
