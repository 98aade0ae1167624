"""What a language lacks that a page in it would show: found before any template runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from reportgen.core.errors import Problem
from reportgen.records.document import Document, Path
from reportgen.records.schema.city import City
from reportgen.records.schema.fields import Record
from reportgen.records.schema.report import Report

NO_TEXTS = frozenset({"check", "editions"})
"""Keys of the report that hold no texts by language."""


class Gap(NamedTuple):
    """A text that is missing: where it belongs, and what to do."""

    path: Path
    message: str
    remedy: str

    def problem(self, document: Document, **more: Any) -> Problem:
        """Return it as a problem of the record that lacks the text."""
        return document.problem(self.path, self.message, remedy=self.remedy, **more)


def gaps_of_city(city: City, report: Report | None, language: str) -> Iterator[Gap]:
    """Yield what the page of a city lacks in a language."""
    if language not in city.texts:
        yield Gap(
            ("texts",), f"no texts in '{language}', a language of the report",
            f"write them under '{language}:'; --allow-missing binds the book without the city",
        )  # fmt: skip
    if city.name.get(language) is None:
        yield Gap(("name",), f"the name in '{language}' is missing", f"add '{language}:' here")
    for path, texts in city.localised():
        if language not in texts:
            yield Gap(
                path, f"the text in '{language}' is missing",
                f"add '{language}:' here: a page needs each of its texts",
            )  # fmt: skip
    if report is None:
        return
    titles = {source.id: source.title for source in report.sources}
    names = {area.number: area.name for area in report.areas}
    taken: list[tuple[Path, str, dict[str, str] | None]] = [
        (path, f"the source '{source}'", titles.get(source)) for path, source in city.citations()
    ]
    taken += [
        (("findings", i, "area"), f"the area {finding.area}", names.get(finding.area))
        for i, finding in enumerate(city.findings)
        if isinstance(finding.area, int)
    ]
    taken += [
        (("scores", area), f"the area {area}", names.get(int(area)))
        for area in city.scores
        if area.isdecimal()
    ]
    for path, what, found in taken:
        if found is not None and language not in found:
            yield Gap(
                path, f"{what} has no text in '{language}'",
                f"the city's page in '{language}' shows it; add it to report/report.yaml",
            )  # fmt: skip


def gaps_of_report(report: Report, language: str) -> Iterator[Gap]:
    """Yield what the book lacks in a language."""
    for path, texts in localised(report):
        if language not in texts:
            yield Gap(path, f"the text in '{language}' is missing", f"add '{language}:' here")
    for at, term in report.terms():
        if term.get(language) is None:
            yield Gap(at, f"the term in '{language}' is missing", f"add '{language}:' here")


def localised(value: object, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield what a record says by language, with its path: texts, or lists of paragraphs."""
    if isinstance(value, Record):
        for name in type(value).model_fields:
            yield from localised(getattr(value, name), (*path, name.replace("_", "-")))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from localised(item, (*path, index))
    elif isinstance(value, dict) and path and path[-1] not in NO_TEXTS and value:
        if all(isinstance(item, str | tuple) for item in value.values()):
            yield path, value
        else:
            for name, item in value.items():
                yield from localised(item, (*path, name))
