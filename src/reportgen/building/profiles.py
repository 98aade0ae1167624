"""Sections of cities: composed one by one, set, and bound if they are products."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from reportgen.building.fingerprints import Wanted
from reportgen.building.job_faces import JobFaces
from reportgen.building.jobs import make, set_section
from reportgen.building.ledger import Ledger
from reportgen.building.pool import Crew
from reportgen.building.store import Store
from reportgen.building.store import key as store_key
from reportgen.building.survey import Survey
from reportgen.building.tasks import Done, Job, Single
from reportgen.core.errors import InputError, ReportgenError
from reportgen.core.measures import Measured
from reportgen.plan import attachments, editions, plan
from reportgen.plan.values import Section

Measure = Callable[[Survey, str, Measured], None]
"""Is told what the pages of a section measure, by its identity."""


class Profiles:
    """The sections of cities that a build may have to make."""

    def __init__(
        self,
        survey: Survey,
        ledger: Ledger,
        faces: JobFaces,
        store: Store,
        measure: Measure | None = None,
    ) -> None:
        """`measure` is told what pages measure, if it is wanted."""
        self._survey, self._ledger, self._faces, self._store = survey, ledger, faces, store
        self._measure = measure
        self.furniture: dict[tuple[str, str], Job] = {}
        """By edition and language."""
        self.open = [s for s in survey.sections.values() if not self._seen(s)]
        """What has to be composed, to see whether it has to be made."""
        self._late: list[Section] = []
        """What shows a character that the faces of the job do not have yet."""

    def make(self, team: Crew, jobs: Iterable[tuple[str, Job | Single]]) -> None:
        """Have sections made, and those that show what their faces lack once more."""
        self._made(team, jobs)
        while sections := self._late:
            self._late = []
            self._faces.cut(team, self.open)
            self._made(team, self.composed(sections))

    def composed(self, sections: list[Section]) -> Iterator[tuple[str, Job | Single]]:
        """Compose sections one by one, as they are asked for; yield what is to be made.

        Not kept: a thousand of them would fill the memory.
        """
        for section in sections:
            try:
                job = self._to_make(section)
            except InputError as error:
                self._ledger.fail(section.identity, error)
                job = None
            if job is None:
                self._ledger.more(-1)
            elif not self._faces.have(job):
                self._late.append(section)
            else:
                yield section.identity, job

    def job(self, section: Section) -> Job:
        """Compose a section as a job."""
        composed = self._survey.composer.compose(section)
        return Job(composed, self._survey.keys.fragment(composed), self._measure is not None)

    def over(self, edition: str, language: str) -> Job:
        """Return the furniture that is laid over the pages of an edition, as a job."""
        if (edition, language) not in self.furniture:
            composed = self._survey.composer.furniture(language, edition)
            job = Job(composed, self._survey.keys.fragment(composed))
            self.furniture[edition, language] = job
        return self.furniture[edition, language]

    def set_again(self, team: Crew, identities: Iterable[str]) -> set[str]:
        """Set what is gone from the store; return what could not be set."""
        jobs = {i: self.job(self._survey.sections[i]) for i in identities}
        self._ledger.more(len(jobs))
        for job in jobs.values():
            self._faces.have(job)
        self._faces.cut(team, self.open)
        lost = set()
        for identity, error in team.run(set_section, list(jobs.items())):
            if isinstance(error, ReportgenError):
                lost.add(identity)
                self._ledger.fail(identity, error)
            self._ledger.tell(identity)
        return lost

    def _made(self, team: Crew, jobs: Iterable[tuple[str, Job | Single]]) -> None:
        for identity, result in team.run(make, jobs):
            if self._faces.may_have(result):
                self._late.append(self._survey.sections[identity])
                continue
            measured = result.measured if isinstance(result, Done) else result
            if self._measure and isinstance(measured, Measured):
                self._measure(self._survey, identity, measured)
            if isinstance(result, Done | ReportgenError):
                self._ledger.keep(identity, result)
            self._ledger.tell(identity)

    def _seen(self, section: Section) -> bool:
        """Tell whether a section's product is current, as all that it was made from is."""
        ledger, path = self._ledger, plan.path(section)
        entry = self._survey.state.entries.get(path)
        if "cities" not in self._survey.products(section.edition) or not entry:
            return False
        if not entry.fragment or not self._survey.present.same(entry.inputs):
            return False
        # What it was composed from is as it was, so it would be composed to the same.
        ledger.fragments[section.identity] = entry.fragment
        inputs = {n: d for n, d in entry.inputs.items() if n not in entry.reads}
        return ledger.want(Wanted(path, entry.key, inputs))

    def _to_make(self, section: Section) -> Job | Single | None:
        """Compose a section; return nothing if its product turns out to be current."""
        ledger, keys = self._ledger, self._survey.keys
        path = plan.path(section)
        if "cities" not in self._survey.products(section.edition):
            job = self.job(section)
            ledger.fragments[section.identity] = job.key
            ledger.wanted[path] = Wanted(path, "", keys.inputs(set(job.markup.files)))
            return None if self._store.has(job.key) and not job.measured else job
        single = self._single(section)
        ledger.fragments[section.identity] = single.section.key
        over, about = single.furniture, single.section.markup.about
        key = store_key(
            {
                "fragment": single.section.key,
                "furniture": over.key,
                "about": [about.title, about.author, about.subject, list(about.keywords)],
                "date": about.date,
                "language": about.language,
                "finish": keys.finish(single.finish),
            }
        )
        files = {*single.section.markup.files, *over.markup.files, single.finish.profile}
        return None if ledger.want(Wanted(path, key, keys.inputs(files))) else single

    def _single(self, section: Section) -> Single:
        """Compose a section that is a product of its own."""
        known, edition = self._survey.known, section.edition
        job = self.job(section)
        carried = attachments.of_city(known, section.city)
        name = str(section.city.name.get(section.language))
        about = job.markup.about
        finish = editions.finish(known.report, edition, about, (carried,), name=name)
        return Single(job, self.over(edition, section.language), finish, plan.path(section))
