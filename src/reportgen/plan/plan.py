"""Step 3, the plan: which products a build makes, in the order of the book."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from reportgen.core.errors import InputError, Problem, UsageError
from reportgen.core.nearest import nearest
from reportgen.plan import editions
from reportgen.plan.values import Part, Section
from reportgen.records.records import Records
from reportgen.records.schema.city import City
from reportgen.records.schema.report import Glossary, Report

BOOK = "templates/book/"
"""Where the templates of the book's parts lie."""
ALL = "all"
"""What stands for every edition."""
FROM_TEXTS = frozenset({"introduction", "method", "how-to-read", "glossary"})
"""Parts of every book for which the report may have no text."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user asked for; nothing chosen means everything."""

    cities: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    editions: tuple[str, ...] = ("screen",)

    @property
    def everything(self) -> bool:
        """Whether the build covers all products of its editions."""
        return not self.cities and not self.languages


def plan(records: Records, choice: Choice, unreadable: Iterable[str] = ()) -> tuple[Section, ...]:
    """Return the sections that `choice` asks for; each becomes one city's file.

    `unreadable` are the ids of records with problems, which may be named as well. Raises
    UsageError for a city or language that the workspace does not have.
    """
    known = [*(city.id for city in records.cities), *unreadable]
    _require("city", choice.cities, known)
    _require("language", choice.languages, records.report.languages)
    return tuple(
        Section(city, language, edition)
        for edition in pages_of(records.report, choice)
        for language in languages(records.report, choice, edition)
        for city in records.cities
        if language in city.texts and (not choice.cities or city.id in choice.cities)
    )


def untold(records: Records, choice: Choice) -> tuple[Section, ...]:
    """Return the sections that `choice` asks for of cities without texts in their language."""
    return tuple(
        Section(city, language, edition)
        for edition in pages_of(records.report, choice)
        for language in languages(records.report, choice, edition)
        for city in records.cities
        if language not in city.texts and (not choice.cities or city.id in choice.cities)
    )


def book(
    records: Records, templates: Iterable[str], language: str, edition: str
) -> tuple[Part | Section, ...]:
    """Return the sections of the book in their order.

    `templates` are the names of the workspace's templates. Raises InputError for a name of
    a part that is neither one of them nor a text of the report.
    """
    report = records.report
    known = {PurePosixPath(name).stem for name in templates if name.startswith(BOOK)}
    matters = {matter.id: matter for matter in (*report.front_matter, *report.back_matter)}
    cities = [city for city in records.cities if language in city.texts]
    sections: list[Part | Section] = []
    problems: list[Problem] = []
    for place in ("front", "body", "back"):
        for index, name in enumerate(getattr(report.book, place)):
            matter = matters.get(name)
            if name == "profiles":
                sections += [Section(city, language, edition) for city in cities]
            elif name == "areas":
                sections += [
                    Part(f"area-{area.number}", "book/area.html", place, language, edition, area)
                    for area in report.areas
                ]
            elif matter is None and (name in FROM_TEXTS or _empty(name, report, cities)):
                continue
            elif name in known:
                sections.append(Part(name, f"book/{name}.html", place, language, edition, matter))
            elif matter is not None:
                kind = "glossary" if isinstance(matter, Glossary) else "matter"
                sections.append(Part(name, f"book/{kind}.html", place, language, edition, matter))
            else:
                parts = [*known, *matters, "areas", "profiles"]
                problems.append(
                    records.report_document.problem(
                        ("book", place, index),
                        f"no part '{name}': neither a template of {BOOK} nor a text of the report",
                        remedy=nearest(name, parts, listed=False),
                    )
                )
    if problems:
        raise InputError(*problems)
    return tuple(sections)


def _empty(name: str, report: Report, cities: list[City]) -> bool:
    """Tell whether the report and the cities of a book have nothing for a part of every book."""
    match name:
        case "findings":
            return not report.findings and not report.figures
        case "matrix":
            return not any(city.findings for city in cities)
        case "sources":
            whole = (*report.findings, *report.figures)
            areas = (area.findings or area.figures for area in report.areas)
            cited = (True for city in cities for _ in city.citations())
            return not whole and not any(areas) and not any(cited)
        case "cities":
            return not cities
    return False


def path(section: Section) -> str:
    """Return where the section's own product lies below the output folder."""
    return f"{section.identity}.pdf"


def languages(report: Report, choice: Choice, edition: str) -> tuple[str, ...]:
    """Return the languages of an edition that are asked for."""
    published = editions.languages(report, edition)
    return tuple(x for x in published if not choice.languages or x in choice.languages)


def named(report: Report, choice: Choice) -> Choice:
    """Return the choice with its editions by name, each once, after what it is laid out from.

    Raises UsageError for an edition that the workspace does not have.
    """
    asked = tuple(report.editions) if ALL in choice.editions else choice.editions
    _require("edition", asked, report.editions)
    imposed = {name: held.imposition for name, held in report.editions.items() if held.imposition}
    whole = ((imposed[name].of, name) if name in imposed else (name,) for name in asked)
    return replace(choice, editions=tuple(dict.fromkeys(n for names in whole for n in names)))


def pages_of(report: Report, choice: Choice) -> tuple[str, ...]:
    """Return the editions whose pages are set; others lay out the pages of these."""
    return tuple(name for name in choice.editions if report.editions[name].imposition is None)


def _require(kind: str, asked: Iterable[str], known: Iterable[str]) -> None:
    options = list(known)
    for name in asked:
        if name not in options:
            raise UsageError(f"no {kind} '{name}' in this workspace", remedy=nearest(name, options))
