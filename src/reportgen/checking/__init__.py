"""The check: what a careful production editor would find before a printer or a reader does.

It builds into a folder of its own, so that what it speaks of is what a build makes, then
reads the records and measures every page.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from reportgen.building import pool
from reportgen.building.jobs import measure_section
from reportgen.building.output import Output
from reportgen.building.results import Outcome
from reportgen.building.run import Build, Built
from reportgen.building.state import State
from reportgen.building.store import Store
from reportgen.building.survey import Survey
from reportgen.building.tasks import Job
from reportgen.checking import (
    figures,
    languages,
    lines,
    links,
    looks,
    lost,
    pages,
    pictures,
    texts,
    unused,
    whose,
    writing,
)
from reportgen.checking.finding import Finding, Rule, Setting, Spot, settings
from reportgen.core.colours import Colour
from reportgen.core.errors import InputError, Place, Problem, ProblemsError
from reportgen.core.events import Listener, PagesMeasured, ignored
from reportgen.core.measures import Area, Measured
from reportgen.core.units import MM
from reportgen.plan import plan
from reportgen.plan.values import PROFILE, Layout, Markup
from reportgen.press.inks import Inks
from reportgen.records.document import Document
from reportgen.records.records import Records, strings
from reportgen.records.schema.city import City
from reportgen.records.schema.report import Report
from reportgen.records.schema.switch import SEVERITIES
from reportgen.records.workspace import Workspace

__all__ = ["RULES", "SEVERITIES", "Checked", "Finding", "Rule", "Spot", "check"]

REFUSED = "refused"
"""The rule that a build itself applies; it cannot be switched off."""
FURNITURE = "/report/furniture"
"""How the identity of an edition's furniture ends."""


ON_RECORDS = {
    **whose.RULES, **writing.RULES, **figures.RULES, **languages.RULES, **unused.RULES,
}  # fmt: skip
ON_PAGES = {**lost.RULES, **lines.RULES, **looks.RULES, **pictures.RULES, **links.RULES}
RULES: dict[str, Rule] = {
    **ON_RECORDS,
    **ON_PAGES,
    REFUSED: Rule(
        REFUSED, "error", "a record or a page that a build refuses", {}, lambda *_: iter(())
    ),
}
"""Every rule by its id."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found, in the order in which it is told, and what it looked at."""

    findings: tuple[Finding, ...]
    records: int
    pages: int


@dataclass(frozen=True, slots=True)
class _Place:
    """A section in a product: its path, its first page counted from 0, the book's layout."""

    product: str
    start: int
    layout: Layout | None
    targets: frozenset[str]


def check(
    workspace: Workspace,
    choice: plan.Choice,
    store: Store,
    scratch: Path,
    private: Path,
    hire: pool.Hire,
    jobs: int,
    listener: Listener = ignored,
) -> Checked:
    """Return what is to be mended in a workspace; `scratch` holds the products afterwards.

    `private` is a folder that is gone afterwards, `jobs` how many workers there are. Raises a
    ReportgenError where nothing can be built, and InputError for a rule that there is not.
    """
    output, looking = Output(scratch), _Looking(listener)
    try:
        built = Build(
            workspace, choice, output, State(), store, private, hire, jobs, listener, whole=True,
            measure=looking.section, then=looking.rest,
        ).run()  # fmt: skip
    finally:
        output.close()
    known, checking = built.survey.known, looking.checking(built.survey)
    found = [*checking.refused(built.outcome), *checking.records(), *looking.found]
    found += checking.furniture(looking.sections)
    if choice.cities:
        found = [finding for finding in found if finding.city in choice.cities]
    unique = {(f.rule, f.message, f.place, f.spot): f for f in found}
    records = len(known.cities) + len({p.city for p in known.problems}) + 1
    ordered = tuple(sorted(unique.values(), key=lambda finding: finding.order))
    return Checked(ordered, records, checking.count)


class _Looking:
    """Looks at pages while a build makes them."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._checking: _Checking | None = None
        self.found: list[Finding] = []
        self.sections: list[tuple[str, _Place, Measured]] = []
        """What was measured: what is laid over pages, and of the pages whether they are bare."""

    def checking(self, survey: Survey) -> _Checking:
        """Return the check of what is surveyed."""
        if self._checking is None:
            self._checking = _Checking(survey.known, settings(RULES, survey.known))
        return self._checking

    def section(self, survey: Survey, identity: str, measured: Measured) -> None:
        """Look at the pages of a city's section."""
        path = plan.path(survey.sections[identity])
        self._take(survey, identity, _Place(path, 0, None, frozenset()), measured)

    def rest(self, built: Built, team: pool.Crew) -> None:
        """Have measured what was not: furniture, parts of books, and what could not be set."""
        seen = {identity for identity, *_ in self.sections}
        found = ((c, place) for c, place in _others(built) if c.identity not in seen)
        jobs = {composed.identity: (composed, place) for composed, place in found}
        work = ((identity, Job(composed, "")) for identity, (composed, _) in jobs.items())
        for done, (identity, result) in enumerate(team.run(measure_section, work), 1):
            self._listener(PagesMeasured(identity, done, len(jobs)))
            if isinstance(result, Measured):
                self._take(built.survey, identity, jobs[identity][1], result)

    def _take(self, survey: Survey, identity: str, place: _Place, measured: Measured) -> None:
        self.found += self.checking(survey).section(identity, place, measured)
        self.sections.append((identity, place, _furnished(measured)))


def _others(built: Built) -> Iterator[tuple[Markup, _Place]]:
    """Yield what is set beside sections that were made: each with its place in a product."""
    composer, failed = built.survey.composer, {f.identity for f in built.outcome.failures}
    nothing: frozenset[str] = frozenset()
    for section in built.survey.sections.values():
        if section.identity in failed:
            with suppress(InputError):  # the build has told why
                yield composer.compose(section), _Place(plan.path(section), 0, None, nothing)
    for edition, language in built.furniture:
        composed = composer.furniture(language, edition)
        yield composed, _Place(f"{edition}/{language}/report.pdf", 0, None, nothing)
    made = {product.path for product in built.outcome.products}
    for book in built.books:
        if book.path in made:
            targets = frozenset(book.layout.targets())
            for composed, start in book.set_parts():
                yield composed, _Place(book.path, start, book.layout, targets)


class _Checking:
    """One check, and what it knows of the records."""

    def __init__(self, known: Records, setting: dict[str, Setting]) -> None:
        self.known, self.setting = known, setting
        self.cities = {city.id: city for city in self.known.cities}
        self.count = 0
        self._documents: dict[str, Document] = {}
        self._origins: dict[tuple[str, str], Problem] = {}

    def refused(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield what kept records and products from being made."""
        problems = list(outcome.problems)
        for failure in outcome.failures:
            if isinstance(failure.error, ProblemsError):
                problems += failure.error.problems
            else:
                name = failure.identity.rsplit("/", 1)[1]
                city = name if name in self.cities else ""
                place = self._whole(city)
                for line in str(failure.error).split("\n"):
                    problems.append(Problem(place, line, remedy=failure.error.remedy, city=city))
        for p in problems:
            yield Finding(
                REFUSED, "error", p.message, p.remedy or "mend the record", p.place, p.field,
                p.width, p.city,
            )  # fmt: skip

    def records(self) -> Iterator[Finding]:
        """Yield what the rules on records find."""
        for rule in ON_RECORDS.values():
            if setting := self.setting.get(rule.id):
                for note in rule.look(self.known, setting.limits):
                    yield self._of_record(rule.id, setting.severity, note)

    def _of_record(self, rule: str, severity: str, note: texts.Note) -> Finding:
        if "/" in note.city:  # a file that is no record
            return Finding(rule, severity, note.message, note.remedy, Place(note.city, 1, 1))
        document = self._document(note.city)
        if note.near:
            p = document.character(note.path, note.near, note.message)
            width = len(note.near) if p.width == 1 else p.width
        else:
            p = document.problem(note.path, note.message, key=note.key)
            width = p.width
        return Finding(
            rule, severity, note.message, note.remedy, p.place, p.field, width, note.city
        )

    def section(self, identity: str, place: _Place, measured: Measured) -> Iterator[Finding]:
        """Yield what the rules on pages find in a section."""
        self.count += len(measured.pages)
        subject = pages.Subject(measured, place.targets, self._ink)
        name = identity.rsplit("/", 1)[1]
        city = name if name in self.cities and place.layout is None else ""
        for rule in ON_PAGES.values():
            if setting := self.setting.get(rule.id):
                for note in rule.look(subject, setting.limits):
                    yield self._of_page(rule.id, setting.severity, note, place, city)

    def furniture(self, sections: list[tuple[str, _Place, Measured]]) -> Iterator[Finding]:
        """Yield what is wrong with the furniture that is laid over sections."""
        setting = self.setting.get(lost.OVERLAP)
        if not setting:
            return
        over = {
            identity.rpartition("/report/")[0]: measured
            for identity, _, measured in sections
            if identity.endswith(FURNITURE)
        }
        for identity, place, measured in sections:
            edition = "/".join(identity.split("/")[:2])
            if edition not in over or identity.endswith(FURNITURE):
                continue
            name = identity.rsplit("/", 1)[1]
            city = name if name in self.cities and place.layout is None else ""
            for note in lost.laid_over(measured, over[edition], setting.limits):
                yield self._of_page(lost.OVERLAP, setting.severity, note, place, city)

    @cached_property
    def _ink(self) -> Callable[[Colour], float] | None:
        """What colours are printed with, if an edition is printed with four inks."""
        if all(edition.colour != "cmyk" for edition in self.known.report.editions.values()):
            return None
        inks = Inks(self.known.workspace.read(PROFILE), "cmyk", math.inf)
        return lambda colour: sum(inks.paint(*colour))

    def _of_page(
        self, rule: str, severity: str, note: pages.Note, place: _Place, city: str
    ) -> Finding:
        page, area = 0, note.area
        if note.page != pages.FURNITURE:
            index = place.start + note.page
            page = index + 1
            area = _on_sheet(area, index, place.layout)
        origin = self._origin(city, note.text)
        return Finding(
            rule, severity, note.message, note.remedy, origin.place, origin.field, origin.width,
            city, Spot(place.product, page, area),
        )  # fmt: skip

    def _origin(self, city: str, text: str) -> Problem:
        """Return the place of the record's value that a text on a page comes from."""
        if (city, text) not in self._origins:
            record: City | Report = self.cities[city] if city else self.known.report
            wanted = [w for w in (text, re.sub(r"\d{1,2}$", "", text)) if len(w) > 1]
            path = next(
                (path for w in wanted for path, whole in strings(record) if w in whole), None
            )
            self._origins[city, text] = (
                Problem(self._whole(city), "")
                if path is None
                else self._document(city).problem(path, "")
            )
        return self._origins[city, text]

    def _document(self, city: str) -> Document:
        if city not in self._documents:
            known = self.known
            self._documents[city] = known.document(city) if city else known.report_document
        return self._documents[city]

    def _whole(self, city: str) -> Place:
        return Place(f"report/cities/{city}.yaml" if city else "report/report.yaml", 1, 1)


def _furnished(measured: Measured) -> Measured:
    """Return measures without the texts of pages."""
    emptied = tuple(replace(p, lines=(), runs=(), pictures=(), links=()) for p in measured.pages)
    return replace(measured, pages=emptied)


def _on_sheet(area: Area, index: int, layout: Layout | None) -> Area:
    """Return an area of a page as the book shows it, away from the fold."""
    if layout is None or layout.binding is None:
        return area
    shift = layout.binding / MM * (1 if layout.side(index) == "recto" else -1)
    return Area(round(area.x + shift, 2), area.y, area.width, area.height)
