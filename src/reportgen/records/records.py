"""Step 2, the records: YAML to frozen models, all problems at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from reportgen.core import collation
from reportgen.core.errors import InputError, Place, Problem
from reportgen.records.checks import city_faults, report_faults
from reportgen.records.document import MOST_PROBLEMS, Document, Path, Places, Value
from reportgen.records.faults import told, without_echoes
from reportgen.records.gaps import Gap, gaps_of_city, gaps_of_report, localised
from reportgen.records.reading import PARSER, parse
from reportgen.records.schema.checking import validate
from reportgen.records.schema.city import City, Source
from reportgen.records.schema.fields import SLUG, Record
from reportgen.records.schema.report import Report
from reportgen.records.texts import Again, Kept
from reportgen.records.workspace import Workspace

__all__ = [
    "PARSER", "Document", "Gap", "Kept", "Records", "Value", "gaps_of_city", "gaps_of_report",
    "localised", "parse", "read", "strings",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Records:
    """The report and its cities in the order of the book, and what is wrong with the rest.

    `documents` holds the files of cities that have problems and could be parsed, by id;
    `report_document` the report's.
    """

    report: Report
    cities: tuple[City, ...]
    problems: tuple[Problem, ...]
    documents: dict[str, Document]
    report_document: Document
    workspace: Workspace
    again: Again | None = None
    """What reads the texts of cities again, if they are not held."""

    @property
    def asked(self) -> int | None:
        """How often the text of a city was asked for; None if that is not known."""
        return None if self.again is None else self.again.asked

    def document(self, city: str) -> Document:
        """Return a city's file with its lines; that of a good record is read again."""
        known = self.documents.get(city)
        # Another workspace, which does not note that this one read another content.
        return known or parse(Workspace(self.workspace.root), f"report/cities/{city}.yaml")

    def source(self, city: City, identifier: str) -> Source:
        """Return the source that `city` cites as `identifier`; its own come first."""
        return next(s for s in (*city.sources, *self.report.sources) if s.id == identifier)


def read(workspace: Workspace, kept: Kept | None = None, *, whole: bool = True) -> Records:
    """Read the report and all cities; those that are `kept` and good are not parsed.

    Unless they are to be `whole`, cities read their texts again from what is kept, which must
    stay open as long.

    Raises InputError with every problem of every file if report.yaml has one; problems
    of cities are otherwise returned, so that the good ones can be built.
    """
    problems: list[Problem] = []
    report, report_document = None, None
    try:
        report_document = parse(workspace, "report/report.yaml")
        report = _validated(Report, report_document, None)
        problems += report_faults(report, report_document)
    except InputError as error:
        problems += error.problems
    languages = report.languages if report else None
    cities: list[City] = []
    documents: dict[str, Document] = {}
    city_problems: list[Problem] = []
    again = Again(workspace, kept) if kept and not whole else None
    for name in _city_files(workspace, city_problems):
        identifier = PurePosixPath(name).stem
        try:
            document = documents[identifier] = _document(workspace, name, kept)
            city = _validated(City, document, languages)
            found = city_faults(city, document, report)
            if found:
                raise InputError(*found)
        except InputError as error:
            city_problems += [replace(problem, city=identifier) for problem in error.problems]
        else:
            del documents[identifier]
            if kept:
                kept.put(workspace.reads[name], document.value)
            cities.append(again.lean(city, name) if again else city)
    if problems or report is None or report_document is None:
        raise InputError(*problems, *city_problems)
    key = collation.keys(city.name.en for city in cities)
    cities.sort(key=lambda c: (c.order is None, c.order or 0, key(c.name.en), c.id))
    return Records(
        report, tuple(cities), tuple(city_problems), documents, report_document, workspace, again
    )


def _document(workspace: Workspace, name: str, kept: Kept | None) -> Document:
    """Return what a file says, as it is kept or as it is parsed."""
    if kept:
        digest = workspace.reads.get(name) or workspace.digest(name)
        if (value := kept.get(digest)) is not None:
            return Document(name, value, lambda: _places(workspace, name))
    return parse(workspace, name)


def _places(workspace: Workspace, name: str) -> Places:
    """Return the places of a file whose values are known."""
    # Another workspace, which does not note that this one read another content.
    return parse(Workspace(workspace.root), name).places


def strings(
    value: object, path: Path = (), without: frozenset[str] = frozenset()
) -> Iterator[tuple[Path, str]]:
    """Yield every text of a record with its path, keys as the file spells them.

    The fields of `value` that are named in `without` are left out.
    """
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Record):
        for name in type(value).model_fields:
            if name not in without:
                yield from strings(getattr(value, name), (*path, name.replace("_", "-")))
        for name, item in (value.__pydantic_extra__ or {}).items():
            yield from strings(item, (*path, name))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from strings(item, (*path, name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from strings(item, (*path, index))


def _city_files(workspace: Workspace, problems: list[Problem]) -> list[str]:
    names = []
    for name in workspace.names("report/cities", (".yaml", ".yml", ".YAML", ".YML", ".json")):
        path = PurePosixPath(name)
        if path.suffix != ".yaml" or path.parent != PurePosixPath("report/cities"):
            message, remedy = "not read", "a city's file is report/cities/<id>.yaml"
        elif len(path.stem) > 64 or not re.fullmatch(SLUG, path.stem):
            message = "the file's name is no id"
            remedy = "an id has lower-case letters a to z, digits and single hyphens"
        else:
            names.append(name)
            continue
        problems.append(Problem(Place(name), message, remedy=remedy, city=path.stem))
    return names


def _validated(kind: type[Any], document: Document, languages: tuple[str, ...] | None) -> Any:
    result = validate(kind, document.value, languages)
    if isinstance(result, list):
        result = without_echoes(kind, result)
        problems = [told(kind, document, fault) for fault in result[:MOST_PROBLEMS]]
        if len(result) > MOST_PROBLEMS:
            rest = f"{len(result) - MOST_PROBLEMS:,} more problems"
            problems.append(Problem(Place(document.file), rest, remedy="mend these first"))
        raise InputError(*problems)
    return result
