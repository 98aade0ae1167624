"""Step 4, markup: a section to HTML, through the workspace's templates.

A field of a record is text wherever it appears: it is escaped in HTML, and it reaches a
style, a link or an image only through a filter that accepts nothing but a value of the
right kind. `lint` refuses templates that go round this; the sandbox keeps them harmless.
"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from statistics import fmean
from traceback import walk_tb
from typing import Any

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.exceptions import SecurityError, UndefinedError

from reportgen.core import collation, dates
from reportgen.core.errors import InputError, Place, Problem
from reportgen.core.nearest import nearest
from reportgen.markup import tokens
from reportgen.markup.sandbox import EndlessError, Sandbox, bounded
from reportgen.plan import editions
from reportgen.plan.values import About, Markup, Section
from reportgen.records.reading import parse
from reportgen.records.records import Records
from reportgen.records.schema.report import Report
from reportgen.records.workspace import Workspace
from reportgen.typefaces import Typefaces

LONGEST = 20_000_000
"""Characters of HTML; the longest section that is not a runaway template."""
TEMPLATE = "profile.html"
FURNITURE = "book/furniture.html"
WRAP = "book/wrap.html"
STYLES = (tokens.SHEET, "base.css", "furniture.css")
"""The style sheets of every section; its own follows."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The thumb index, whatever letters the cities have."""


def lint(workspace: Workspace, faces: Typefaces) -> list[Problem]:
    """Return what is wrong with the templates before any is used."""
    from reportgen.markup import linter  # noqa: PLC0415 - needs tinycss2, and few builds need it

    return linter.lint(workspace, faces, Sandbox(workspace))


class Composer:
    """Composes the sections of one workspace."""

    def __init__(self, workspace: Workspace, records: Records) -> None:
        self.workspace, self.records = workspace, records
        self.words = parse(workspace, "templates/words.yaml").value
        self.environment = Sandbox(workspace)
        self.base = str(self.environment.tokens["accent"])
        """The accent of a page that no area claims."""
        self._reports: dict[str, Report] = {}
        scores: dict[str, list[float]] = {}
        for city in records.cities:
            for area, score in city.scores.items():
                scores.setdefault(area, []).append(float(score.value))
        self._scored = tuple(f"report/cities/{c.id}.yaml" for c in records.cities if c.scores)
        heads = {collation.head(city.name.en) for city in records.cities}
        self._thumbs = (*LETTERS, *sorted(heads - set(LETTERS)))
        self._averages = {area: fmean(values) for area, values in scores.items()}

    def compose(self, section: Section) -> Markup:
        """Return a city's profile as HTML.

        Raises InputError with the template's line if a template fails.
        """
        city, report = section.city, self.records.report
        language = section.language
        areas = {area.number: area for area in report.areas}
        cited = list(dict.fromkeys(identifier for _, identifier in city.citations()))
        claimed = next((f.area for f in city.findings if f.area != "overall"), None)
        words = self.words_of(language)
        about = About(
            identity=section.identity,
            language=language,
            title=f"{city.name.get(language)} – {report.title.get(language)}",
            author=report.author(language),
            authors=report.authors(language),
            subject=f"{words['subject']}: {city.name.get(language)}",
            date=dates.of(report),
            keywords=tuple(
                dict.fromkeys(
                    [
                        str(city.name.get(language)),
                        *city.index_terms.get(language, ()),
                        *(
                            name
                            for f in city.findings
                            if isinstance(f.area, int)
                            and (name := areas[f.area].name.get(language))
                        ),
                    ]
                )
            ),
        )
        return self.markup(
            TEMPLATE,
            about,
            (*STYLES, "profile.css"),
            (f"report/cities/{city.id}.yaml", *(self._scored if city.scores else ())),
            city=city.said(language),
            averages=self._averages,
            cited=cited,
            sources=[self.records.source(city, identifier) for identifier in cited],
            accent=areas[int(claimed)].accent if claimed in areas else self.base,
        )

    def report_in(self, language: str) -> Report:
        """Return the report as pages of a language show it."""
        if language not in self._reports:
            self._reports[language] = self.records.report.said(language)
        return self._reports[language]

    def furniture(self, language: str, edition: str) -> Markup:
        """Return what is laid over all pages of a language: footers, figures, letters."""
        report = self.records.report
        about = About(
            f"{edition}/{language}/report/furniture", language, report.title.display,
            report.author(language), "", dates.of(report),
        )  # fmt: skip
        return self.markup(
            FURNITURE, about, STYLES, (), cited=[], accent=self.base, thumbs=self._thumbs
        )

    def cover(self, about: About, edition: str, spine: Decimal) -> Markup:
        """Return the cover that is wrapped round a book: back, spine of so many mm, front."""
        made = self.records.report.editions[edition]
        width, height = made.trim.width, made.trim.height
        return self.markup(
            WRAP,
            about,
            (*STYLES, "book.css"),
            (),
            (editions.cover_width(made, spine), height),
            cited=[],
            accent=self.base,
            width=width,
            height=height,
            spine=spine,
            spine_title=spine >= editions.THIN_SPINE,
        )

    def markup(
        self,
        template: str,
        about: About,
        styles: tuple[str, ...],
        files: tuple[str, ...],
        size: tuple[int | Decimal, int | Decimal] | None = None,
        **values: object,
    ) -> Markup:
        """Return a section composed from `template`, with what all templates may use.

        `files` are the files of the workspace that `values` come from, beside the report's;
        `size` is the pages' in mm, where it is not the trim of the edition.
        """
        self.environment.used.clear()
        report = self.records.report
        edition = report.editions[about.identity.split("/", 1)[0]]
        styles = (*styles, *edition.styles)
        html = self._render(
            template,
            **{
                "pages": {},
                "citations": Counter[int](),
                "areas": {area.number: area for area in report.areas},
                "report": self.report_in(about.language),
                "language": about.language,
                "words": self.words_of(about.language),
                "title": about.title,
                "base": self.base,
                **values,
            },
        )
        used = {
            *self.environment.used,
            *files,
            *(f"templates/{name}" for name in styles),
            "templates/words.yaml",
            "report/report.yaml",
        }
        width, height = size or (edition.trim.width, edition.trim.height)
        if style := editions.page_style(width, height) + editions.rule_style(edition):
            html = html.replace("<head>", f"<head><style>{style}</style>", 1)
        if edition.colour != "rgb":
            used.add(editions.profile(edition))
        return Markup(
            about, html, styles, tuple(sorted(used)), edition.colour, editions.profile(edition),
            edition.ink_limit / 100, edition.resolution, (float(width), float(height)),
        )  # fmt: skip

    def words_of(self, language: str) -> dict[str, Any]:
        """Return the words that templates print in a language."""
        assert isinstance(self.words, dict)
        words = self.words.get(language)
        if not isinstance(words, dict) or "subject" not in words:
            raise InputError(
                Problem(
                    Place("templates/words.yaml", 1, 1),
                    f"no words for the language '{language}', or no 'subject' among them",
                    remedy=f"give the block '{language}:' the keys of the others",
                )
            )
        return words

    def _render(self, template: str, **values: object) -> str:
        try:
            with bounded():
                pieces = _pieces(self.environment.get_template(template).generate(**values))
        except InputError:
            raise
        except (
            TemplateError, EndlessError, RecursionError, MemoryError, TypeError, ValueError,
            ArithmeticError, LookupError,
            AssertionError,  # of a filter of Jinja2, about its arguments
        ) as error:  # fmt: skip
            names = [*values, *self.environment.globals]
            raise InputError(_template_problem(self.workspace, template, error, names)) from error
        return "".join(pieces)


def _pieces(page: Any) -> list[str]:
    """Return all that a template's generator yields."""
    pieces, length = [], 0
    try:
        for piece in page:
            length += len(piece)
            if length > LONGEST:
                raise SecurityError(f"the page is longer than {LONGEST:,} characters")
            pieces.append(piece)
    except (EndlessError, SecurityError) as error:
        if page.gi_frame is not None:
            # It was raised here: thrown in, it carries the template's line.
            page.throw(error)
        raise
    return pieces


def _template_problem(
    workspace: Workspace, template: str, error: Exception, names: list[str]
) -> Problem:
    """Return the fault with the line of the template that Jinja2 was at.

    `names` are those that every template may use.
    """
    remedy = ""
    name, line = f"templates/{template}", 1
    if isinstance(error, TemplateSyntaxError):
        name, line = f"templates/{error.name or template}", error.lineno
    else:
        places = [
            (frame.f_code.co_filename, number)
            for frame, number in walk_tb(error.__traceback__)
            if frame.f_code.co_filename.startswith("templates/")
        ]
        if places and isinstance(error, RecursionError):
            name, line = Counter(places).most_common(1)[0][0]
        elif places:
            name, line = places[-1]
    match error:
        case TemplateNotFound():
            message = f"no template '{error}'"
            have = workspace.names("templates", (".html", ".svg"))
            remedy = nearest(str(error), [n.removeprefix("templates/") for n in have], listed=False)
        case UndefinedError():
            message, _, remedy = str(error).partition("\n")
            if unknown := re.fullmatch("'(.*)' is not known here", message):
                remedy = nearest(unknown[1], names, listed=False)
        case RecursionError():
            message = "templates or macros call each other endlessly"
        case MemoryError():
            message = "the template takes too much memory"
        case _:
            message = str(error) or type(error).__name__
    try:
        source = workspace.text(name).splitlines()[line - 1]
    except (InputError, IndexError):
        source = ""
    indent = len(source) - len(source.lstrip())
    width = max(len(source.strip()), 1)
    return Problem(
        Place(name, line, indent + 1), message, source=source, width=width,
        remedy=remedy or "mend the template",
    )  # fmt: skip
