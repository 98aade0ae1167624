"""What a model alone cannot check: references between and across records."""

from __future__ import annotations

from pathlib import PurePosixPath

from reportgen.core.errors import Problem
from reportgen.core.nearest import nearest
from reportgen.core.standards import PRINT
from reportgen.records.document import Document
from reportgen.records.gaps import gaps_of_city
from reportgen.records.schema.city import City
from reportgen.records.schema.report import Report

TAKEN = {"report": "book", "cover": "book's cover"}
"""The names of files that stand beside those of the cities."""
EVERY = "all"
"""What stands for every edition on the command line."""


def report_faults(report: Report, document: Document) -> list[Problem]:
    """Return two areas of one number, two sources of one id, citations of none."""
    found = [
        document.problem(("areas", i, "number"), f"two areas have the number {area.number}")
        for i, area in enumerate(report.areas)
        if area.number in {other.number for other in report.areas[:i]}
    ]
    known = [source.id for source in report.sources]
    found += [
        document.problem(("sources", i, "id"), f"two sources have the id '{source.id}'")
        for i, source in enumerate(report.sources)
        if source.id in known[:i]
    ]
    cited = [
        ((*path, name, i, "source"), item.source)
        for path, holder in report.holders()
        for name in ("findings", "figures")
        for i, item in enumerate(getattr(holder, name))
    ]
    found += [
        document.problem(path, f"no source '{source}'", remedy=nearest(source, known))
        for path, source in cited
        if source not in known
    ]
    return found + _language_faults(report, document) + _edition_faults(report, document)


def _language_faults(report: Report, document: Document) -> list[Problem]:
    """Return what stands on every page and lacks a language, and terms in none of the report's."""
    found = []
    furniture: list[tuple[tuple[str | int, ...], object]] = [
        (("contact", "place"), report.contact.place),
        (("copyright",), report.copyright),
        *((("partners", i), partner) for i, partner in enumerate(report.partners)),
    ]
    for path, said in furniture:
        found += [
            document.problem(
                path, f"the text in '{language}' is missing",
                remedy=f"add '{language}:' here, or write one text for all languages",
            )
            for language in report.languages
            if isinstance(said, dict) and language not in said
        ]  # fmt: skip
    for path, term in report.terms():
        found += [
            document.problem(
                (*path, key), f"'{key}' is no language of this report, which has "
                f"{', '.join(report.languages)}", key=True,
                remedy=nearest(key, report.languages),
            )
            for key in term.languages
            if key not in report.languages
        ]  # fmt: skip
    return found


def _edition_faults(report: Report, document: Document) -> list[Problem]:
    """Return editions that nothing can be made of."""
    found = []
    for name, edition in report.editions.items():
        path = ("editions", name)
        if name == EVERY:
            message = f"'{EVERY}' stands for every edition"
            found.append(document.problem(path, message, key=True, remedy="choose another name"))
        found += [
            document.problem(
                (*path, "languages", i), f"the report is not published in '{language}'"
            )
            for i, language in enumerate(edition.languages)
            if language not in report.languages
        ]
        screen = edition.screen
        ink = edition.profile or edition.condition
        if screen and (edition.colour != "rgb" or edition.bleed or edition.marks or ink):
            found.append(
                document.problem(
                    path, "colour, profile, condition, bleed and marks are for print", key=True,
                    remedy=f"write standard: {PRINT}",
                )
            )  # fmt: skip
        if not screen and not edition.imposition and edition.colour == "rgb":
            found.append(
                document.problem(
                    path, "an edition for print in rgb", key=True,
                    remedy="write colour: cmyk, or colour: grey",
                )
            )  # fmt: skip
        imposition = edition.imposition
        if imposition is None:
            continue
        place = (*path, "imposition", "of")
        source = report.editions.get(imposition.of)
        if source is None:
            remedy = nearest(imposition.of, report.editions)
            found.append(document.problem(place, f"no edition '{imposition.of}'", remedy=remedy))
        elif source.imposition or source.screen or "book" not in source.products:
            message = f"'{imposition.of}' is no edition for print with a book"
            found.append(document.problem(place, message))
        else:
            found += [
                document.problem(path, f"'{imposition.of}' has no book in '{language}'", key=True)
                for language in edition.languages or report.languages
                if source.languages and language not in source.languages
            ]
    return found


def city_faults(city: City, document: Document, report: Report | None) -> list[Problem]:
    """Return what does not fit the file's name, the report, or the record's own languages."""
    found = []
    stem = PurePosixPath(document.file).stem
    if city.id != stem:
        found.append(
            document.problem(
                ("id",), f"the id '{city.id}' is not the file's name",
                remedy=f"write {stem}, or rename the file to {city.id}.yaml",
            )
        )  # fmt: skip
    if city.id in TAKEN:
        found.append(
            document.problem(
                ("id",), f"the id '{city.id}' is that of the {TAKEN[city.id]}",
                remedy="choose another id, and name the file after it",
            )
        )  # fmt: skip
    known = tuple(source.id for source in (*city.sources, *(report.sources if report else ())))
    if report:
        found += [
            document.problem(path, f"no source '{source}'", remedy=nearest(source, known))
            for path, source in city.citations()
            if source not in known
        ]
        areas = {area.number for area in report.areas}
        found += [
            document.problem(("findings", i, "area"), f"the report has no area {finding.area}")
            for i, finding in enumerate(city.findings)
            if finding.area != "overall" and finding.area not in areas
        ]
        found += [
            document.problem(("scores", area), f"the report has no area {area}", key=True)
            for area in city.scores
            if not (area.isdecimal() and int(area) in areas)
        ]
        found += _score_faults(city, document, report)
    if report:
        found += [
            document.problem(
                ("country", key), f"unknown key '{key}'", key=True,
                remedy=nearest(key, ("formal", "iso2", *report.languages)),
            )
            for key in city.country.languages
            if key not in report.languages
        ]  # fmt: skip
    for language in city.texts:
        found += [gap.problem(document) for gap in gaps_of_city(city, report, language)]
    return found


def _score_faults(city: City, document: Document, report: Report) -> list[Problem]:
    scale = report.score_scale
    if city.scores and scale is None:
        return [
            document.problem(
                ("scores",), "scores without a scale", key=True,
                remedy="give report.yaml a 'score-scale' with 'lowest' and 'highest'",
            )
        ]  # fmt: skip
    return [
        document.problem(
            ("scores", area, "value"),
            f"the score {score.value} is not on the scale {scale.lowest} to {scale.highest}",
        )
        for area, score in city.scores.items()
        if scale and not scale.lowest <= score.value <= scale.highest
    ]
