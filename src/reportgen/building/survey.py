"""The survey: what is asked for, and what is known of it before a section is composed.

Nothing in it changes while the build goes on.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from reportgen import markup, typefaces
from reportgen.building import inspection, uptodate
from reportgen.building.fingerprints import Keys
from reportgen.building.products import PRODUCTS
from reportgen.building.results import Failure
from reportgen.building.settle import FILE
from reportgen.building.state import State
from reportgen.building.store import key as store_key
from reportgen.core import dates
from reportgen.core.errors import InputError, Problem
from reportgen.plan import editions, plan
from reportgen.plan.values import Part, Section
from reportgen.records import records
from reportgen.records.schema.city import City
from reportgen.records.workspace import Workspace

Sections = tuple[Part | Section, ...]


@dataclass(frozen=True)
class Survey:
    """A workspace and what is asked of it, read and looked through."""

    workspace: Workspace
    choice: plan.Choice
    known: records.Records
    faces: typefaces.Typefaces
    present: uptodate.Present
    state: State
    """What the last build left to know."""
    linted: str
    """The hash of the templates and faces, which were found good."""
    listed: dict[str, str]
    """The files of records with their hashes."""
    inspected: inspection.Inspected
    problems: tuple[Problem, ...]
    """What is wrong with the records that are asked for."""
    failures: tuple[Failure, ...]
    """What cannot be made as texts are missing."""
    asked: tuple[Section, ...]
    """What is asked for, also of records that are faulty."""
    books: tuple[Sections, ...]
    """The sections of each book."""
    unbound: frozenset[str]
    """The editions of books for which the report lacks texts."""

    @cached_property
    def sections(self) -> dict[str, Section]:
        """What can be made, by identity, in the order of the book."""
        faulty = self.inspected.faulty
        return {s.identity: s for s in self.asked if s.city.id not in faulty}

    @cached_property
    def composer(self) -> markup.Composer:
        """What composes sections."""
        return markup.Composer(self.workspace, self.known)

    @cached_property
    def keys(self) -> Keys:
        """The keys of what is made."""
        return Keys(self.workspace, self.faces, dates.inputs(self.known.report))

    @cached_property
    def profiles(self) -> dict[str, bytes]:
        """The profiles of the output intents of what is asked for."""
        pages = plan.pages_of(self.known.report, self.choice)
        names = {editions.profile(self.known.report.editions[e]) for e in pages}
        return {name: self.workspace.read(name) for name in sorted(names)}

    @cached_property
    def basis(self) -> str:
        """The hash of what parts of books are composed from.

        Not in it are page numbers, and the texts of profiles, which parts seldom show.
        """
        cities = hashlib.sha256()
        for city in self.known.cities:
            # Digits stand as they were written, which pydantic would warn of.
            said = city.model_dump_json(exclude={"texts"}, warnings=False)
            cities.update(f"{said}{','.join(city.texts)}\n".encode())
        return store_key(
            {
                "report": self.present("report/report.yaml"),
                "cities": cities.hexdigest(),
                "templates": self.linted,
                "profiles": [self.present(name) for name in sorted(self.profiles)],
            }
        )

    def products(self, edition: str) -> tuple[str, ...]:
        """Return which products an edition has."""
        return self.known.report.editions[edition].products

    def expected(self) -> set[str]:
        """Return the paths of what may stand in the folders of the editions."""
        report, asked = self.known.report, self.choice.editions
        found = {plan.path(section) for section in plan.untold(self.known, self.choice)}
        bound = self.unbound | {sections[0].edition for sections in self.books}
        for edition in plan.pages_of(report, self.choice):
            names = []
            if "cities" in self.products(edition):
                found |= {plan.path(s) for s in self.asked if s.edition == edition}
                names += [f"{p.city}.pdf" for p in self.known.problems]
            if edition in bound:
                names += [FILE] if "book" in self.products(edition) else []
                found.update(*(made.paths(report, edition, asked) for made in PRODUCTS))
            found |= {
                f"{edition}/{language}/{name}"
                for language in editions.languages(report, edition)
                for name in names
            }
        return found


def survey(
    workspace: Workspace, choice: plan.Choice, state: State, kept: records.Kept, *, whole: bool
) -> Survey:
    """Read a workspace and look through it.

    `kept` is what records say, `whole` whether they keep their texts in memory. Raises a
    ReportgenError where nothing can be built.
    """
    known = records.read(workspace, kept, whole=whole)
    choice = plan.named(known.report, choice)
    names = workspace.names(uptodate.CITIES, None)
    listed = {name: workspace.reads.get(name, "") for name in names}
    faces = typefaces.load(workspace)
    gc.freeze()  # what was read stays until the end, so nothing in it is garbage
    present = uptodate.Present(workspace)
    linted = _linted(known, faces, present, state.templates)
    same_faces = state.templates == linted

    def unchanged(city: City) -> bool:
        name = f"report/cities/{city.id}.yaml"
        return same_faces and state.records.get(name) == workspace.reads.get(name)

    inspected = inspection.inspect(known, faces, unchanged)
    found = [*known.problems, *(p for faults in inspected.faulty.values() for p in faults)]
    problems = tuple(p for p in found if not choice.cities or p.city in choice.cities)
    asked = plan.plan(known, choice, {p.city for p in known.problems})
    failures = _untold(known, choice)
    books, unbound = _books(known, choice, failures)
    return Survey(
        workspace, choice, known, faces, present, state, linted, listed, inspected, problems,
        tuple(failures), asked, tuple(books), unbound,
    )  # fmt: skip


def _linted(
    known: records.Records, faces: typefaces.Typefaces, present: uptodate.Present, before: str
) -> str:
    """Look through the templates, unless they are those that were found good before."""
    if faults := list(inspection.unknown_styles(known)):
        raise InputError(*faults)
    workspace = known.workspace
    names = workspace.names("templates", (".html", ".svg", ".css", ".yaml"))
    looked = {name: present(name) for name in (*names, typefaces.MANIFEST)}
    linted = store_key({**looked, **uptodate.software()})
    if linted != before and (faults := markup.lint(workspace, faces)):
        raise InputError(*faults)
    return linted


def _untold(known: records.Records, choice: plan.Choice) -> list[Failure]:
    """Return the cities that lack texts in a language that is asked for."""
    return [
        _lacking(
            section.identity,
            known.document(section.city.id),
            records.gaps_of_city(section.city, known.report, section.language),
            section.city.id,
        )
        for section in plan.untold(known, choice)
    ]


def _books(
    known: records.Records, choice: plan.Choice, failures: list[Failure]
) -> tuple[list[Sections], frozenset[str]]:
    """Return the sections of each book, and the editions of those for which the report lacks texts.

    What is lacking is added to `failures`.
    """
    found: list[Sections] = []
    unbound = set()
    for edition in plan.pages_of(known.report, choice):
        if choice.cities or {"cities"}.issuperset(known.report.editions[edition].products):
            continue
        templates = known.workspace.names("templates", (".html",))
        for language in plan.languages(known.report, choice, edition):
            sections = plan.book(known, templates, language, edition)
            if sections and (gaps := list(records.gaps_of_report(known.report, language))):
                identity = f"{edition}/{language}/report"
                failures.append(_lacking(identity, known.report_document, gaps))
                unbound.add(edition)
            elif sections:
                found.append(sections)
    return found, frozenset(unbound)


def _lacking(
    identity: str, document: records.Document, gaps: Iterable[records.Gap], city: str = ""
) -> Failure:
    problems = [gap.problem(document, key=True, city=city) for gap in gaps]
    return Failure(identity, InputError(*problems))
