"""A build in three steps: survey, make, commit. One failure never stops the rest.

The parent reads, composes and writes; workers set and bind. Whatever is current is left
alone: everything, if no input changed, without reading a record; else each product whose
pages would come out the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from pathlib import Path

from reportgen.building import pool, record_cache
from reportgen.building.binding import Bindery
from reportgen.building.commit import commit
from reportgen.building.job_faces import JobFaces
from reportgen.building.ledger import Ledger
from reportgen.building.output import Output
from reportgen.building.profiles import Measure, Profiles
from reportgen.building.results import Outcome
from reportgen.building.settle import Book
from reportgen.building.state import State
from reportgen.building.store import Store
from reportgen.building.survey import Survey, survey
from reportgen.building.tasks import Job, Setup, Single
from reportgen.core.events import Listener, ignored
from reportgen.plan import plan
from reportgen.records import records
from reportgen.records.workspace import Workspace


@dataclass(frozen=True)
class Build:
    """One build of a workspace."""

    workspace: Workspace
    choice: plan.Choice
    output: Output
    state: State
    """That of the folder."""
    store: Store
    private: Path
    """A folder that is gone afterwards."""
    hire: pool.Hire
    jobs: int = 1
    """How many workers there are."""
    listener: Listener = ignored
    allow_missing: bool = False
    whole: bool = False
    """Whether records keep their texts in memory, for whoever looks at them all afterwards."""
    measure: Measure | None = None
    then: Callable[[Built, pool.Crew], None] | None = None
    """Is called when all is made, and before it is put in its place, with those who made it."""

    def run(self) -> Built:
        """Make the products that are asked for and not current.

        Raises a ReportgenError where nothing can be built; what concerns single records is
        in the outcome.
        """
        with record_cache.kept(self.store, self.workspace) as kept:
            return self._run(kept)

    def _run(self, kept: records.Kept) -> Built:
        known = survey(self.workspace, self.choice, self.state, kept, whole=self.whole)
        ledger = Ledger(known, self.output, self.store, self.listener)
        making = _Making(self, known, ledger)
        try:
            making.run()
        finally:
            making.drop()
        removed = commit(known, ledger, making.bindery.books, self.output, self.store.where.secret)
        return making.built(removed)


@dataclass(frozen=True, slots=True)
class Built:
    """A build that is done: its survey, what came of it, and its books as they settled."""

    survey: Survey
    outcome: Outcome
    books: list[Book]
    furniture: dict[tuple[str, str], Job]
    """By edition and language."""


class _Making:
    """What is not current, while it is made."""

    def __init__(self, build: Build, known: Survey, ledger: Ledger) -> None:
        self._build, self._survey, self._ledger = build, known, ledger
        self._faces = JobFaces(known)
        self.profiles = Profiles(known, ledger, self._faces, build.store, build.measure)

    @cached_property
    def bindery(self) -> Bindery:
        """The books, once all profiles are composed."""
        return Bindery(self._survey, self._ledger, self.profiles, self._build.store)

    @property
    def _setup(self) -> Setup:
        """What workers need to set the pages of this build."""
        build, known = self._build, self._survey
        return Setup(
            build.private, known.faces.faces, build.workspace.folder("fonts"),
            known.keys.stylesheets, build.workspace.root, build.store.where, known.profiles,
            known.faces.stamps,
        )  # fmt: skip

    @property
    def _ahead(self) -> int:
        """How many jobs are handed out at once."""
        return max(pool.AHEAD, pool.EACH * self._build.jobs)

    def drop(self) -> None:
        """Take what the store has for this build only out of it."""
        for kept in (*self._faces.kept, *self._ledger.kept.values()):
            self._build.store.drop(kept.key)

    def built(self, removed: Iterable[str] = ()) -> Built:
        """Return what is known by now."""
        outcome = self._ledger.outcome(removed)
        return Built(self._survey, outcome, self.bindery.books, self.profiles.furniture)

    def run(self) -> None:
        """Set and bind what is not current."""
        profiles, ledger = self.profiles, self._ledger
        ledger.begin(len(profiles.open) + len(self._survey.books))
        if not profiles.open and not self._survey.books:
            return
        composed = profiles.composed(profiles.open)
        first: list[tuple[str, Job | Single]] = []

        def begin() -> None:
            first.extend(islice(composed, self._ahead))
            if len(profiles.open) <= self._ahead:
                self.bindery.foresee()

        with pool.Crew(self._build.hire, self._setup, ahead=self._ahead) as team:
            self._faces.cut(team, profiles.open, begin)
            profiles.make(team, chain(first, composed))
            lost = {failure.identity for failure in ledger.failures}
            lost |= profiles.set_again(team, self.bindery.unset(lost))
            for book in self.bindery.books:
                self.bindery.bind(book, team, lost, allow_missing=self._build.allow_missing)
            self.bindery.make_of_bound(team)
            if self._build.then:
                self._build.then(self.built(), team)
