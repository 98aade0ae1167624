"""What the parts of the book show: contents, matrix, index, sources, each with its pages.

Page numbers are those of a layout. While the book's length is not known yet, a layout that
is nearly right serves as well: what changes when the layout does is composed again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from reportgen.core import collation, dates
from reportgen.markup import STYLES, Composer
from reportgen.plan.pagination import Locators
from reportgen.plan.values import About, Layout, Markup, Part, Placed, Section  # fmt: skip
from reportgen.records.schema.city import City, Source  # fmt: skip
from reportgen.records.schema.report import Area, Glossary  # fmt: skip

KINDS = ("mention", "strong", "leader")
"""The kinds of findings; where a city has several in an area, the last of these counts."""
UNSEARCHED = frozenset(
    {
        "cover", "imprint", "contents", "cities", "matrix", "sources", "index", "partners",
        "back-cover",
    }
)  # fmt: skip
"""Parts that an index does not lead to: they only list what others say."""
NUMBERED = frozenset({"sources", "index"})
"""Parts that show ranges of pages, for which more than single numbers matters."""
ALWAYS = frozenset("–0123456789ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ")
"""What the parts of a book print of their own accord, beside their templates."""
_ASIDE = re.compile(r"\s*\(([^()]+)\)\s*")


@dataclass(frozen=True, slots=True)
class Term:
    """An entry of the index that is looked for in the texts of pages."""

    text: str
    forms: tuple[re.Pattern[str], ...]
    lowered: tuple[str, ...]
    """The first word of each form in small letters, which is quickly looked for."""
    only: str = ""
    """The section that it is looked for in; empty for all."""

    def on(self, page: str, folded: str) -> bool:
        """Tell whether a page has the term; `folded` is its text in small letters."""
        pairs = zip(self.lowered, self.forms, strict=True)
        return any(low in folded and form.search(page) for low, form in pairs)


@dataclass(slots=True)
class Found:
    """Where terms stand: by term the section, and its pages counted from 0."""

    pages: dict[str, list[tuple[str, int]]] = field(default_factory=dict)

    def look(self, terms: Iterable[Term], target: str, texts: Iterable[str]) -> None:
        """Look for terms in the pages of a section."""
        for number, text in enumerate(texts):
            folded = text.casefold()
            for term in terms:
                if term.only in {"", target} and term.on(text, folded):
                    self.pages.setdefault(term.text, []).append((target, number))


class Pages(dict[str, str]):
    """Page numbers by target; notes which of them a template reads."""

    def __init__(self, labels: dict[str, str]) -> None:
        super().__init__(labels)
        self.read: dict[str, str] = {}

    def __getitem__(self, target: str) -> str:
        label = self.read[target] = super().__getitem__(target)
        return label


@dataclass(frozen=True, slots=True)
class Numbers:
    """The page numbers that a part was composed with, and those of them that it prints."""

    layout: Layout
    found: Found
    read: dict[str, str]


class Bookwright:
    """Composes the parts of one language's book."""

    def __init__(
        self, composer: Composer, sections: tuple[Part | Section, ...], cities: tuple[City, ...]
    ) -> None:
        self.composer, self.sections, self.cities = composer, sections, cities
        self.report = composer.records.report
        self.language = sections[0].language
        self.words = composer.words_of(self.language)
        self.terms = tuple(self._terms())
        self._labelled: tuple[Layout | None, dict[str, str]] = (None, {})

    def title(self, section: Part | Section) -> str:
        """Return what contents and outline call a section."""
        if isinstance(section, Section):
            return str(section.city.name.get(self.language))
        if isinstance(section.subject, Area):
            return section.subject.name[self.language]
        if section.subject is not None:
            title = section.subject.title
            return title.get(self.language) or title["en"]
        if section.name in {"cover", "back-cover", "imprint"}:
            return self.report.title.get(self.language)
        return str(self.words["titles"].get(section.name, section.name))

    def outline(self, headed: set[str]) -> tuple[tuple[int, str, str], ...]:
        """Return the outline of the book; `headed` are the targets that have a heading."""
        entries: list[tuple[int, str, str]] = []
        for depth, title, section in self._ordered():
            if section.target in headed:
                entries.append((depth, title, section.target))
        return tuple(entries)

    def alike(self, part: Part, numbers: Numbers, layout: Layout, found: Found) -> bool:
        """Tell whether a part that printed `numbers` would be composed to the same again."""
        if part.name in NUMBERED and (numbers.layout, numbers.found) != (layout, found):
            return False
        if numbers.layout is layout:
            return True
        return numbers.read.items() <= self._labels(layout).items()

    def _labels(self, layout: Layout) -> dict[str, str]:
        """Return the page numbers of a layout by target; all parts are composed with one."""
        if self._labelled[0] is not layout:
            labels = {name: layout.label(page) for name, page in layout.targets().items()}
            self._labelled = layout, labels
        return self._labelled[1]

    def compose(self, part: Part, layout: Layout, found: Found) -> tuple[Markup, Numbers]:
        """Return a part of the book as HTML, with the page numbers of `layout` that it has."""
        pages = Pages(self._labels(layout))
        placed = {p.target: p for p in layout.placed}
        cited = list(dict.fromkeys(self._cited(part)))
        accent = part.subject.accent if isinstance(part.subject, Area) else self.composer.base
        about = About(
            identity=part.identity,
            language=self.language,
            title=self.title(part),
            author=self.report.author(self.language),
            authors=self.report.authors(self.language),
            subject=self.report.title.get(self.language),
            date=dates.of(self.report),
        )
        values: dict[str, object] = {
            "part": part.name,
            "part_title": self.title(part),
            "cities": self.cities,
            "pages": pages,
            "cited": cited,
            "sources": [self._source(identifier) for identifier in cited],
            "accent": accent,
            "matter": part.subject,
            "area": part.subject,
        }
        match part.name:
            case "contents":
                values["contents"] = list(self._contents())
            case "matrix":
                values["matrix"] = list(self._matrix())
            case "sources":
                values["all_sources"] = list(self._sources(layout, placed))
            case "index":
                values["index"] = self._index(layout, placed, found)
        if isinstance(part.subject, Area):
            values["noted"] = list(self._noted(part.subject))
        markup = self.composer.markup(
            part.template, about, (*STYLES, "book.css"), self._files(part), None, **values
        )
        return markup, Numbers(layout, found, pages.read)

    def about(self, edition: str) -> About:
        """Return what the book says of itself."""
        report, language = self.report, self.language
        return About(
            identity=f"{edition}/{language}/report",
            language=language,
            title=report.title.get(language),
            author=report.author(language),
            authors=report.authors(language),
            subject=str(self.words["subject"]),
            date=dates.of(report),
            keywords=tuple(area.name[language] for area in report.areas if language in area.name),
        )

    def searched(self, section: Part | Section) -> bool:
        """Tell whether the index leads to what stands in a section."""
        return isinstance(section, Section) or section.name not in UNSEARCHED

    def _files(self, part: Part) -> tuple[str, ...]:
        """Return the records that a part shows, beside the report's."""
        if part.name in UNSEARCHED or isinstance(part.subject, Area):
            return tuple(f"report/cities/{city.id}.yaml" for city in self.cities)
        return ()

    def _ordered(self) -> Iterator[tuple[int, str, Part | Section]]:
        """Yield the sections with their depth; groups have the first of their sections."""
        titles, group = self.words["titles"], ""
        for section in self.sections:
            if isinstance(section, Section):
                kind = "profiles"
            else:
                kind = "areas" if isinstance(section.subject, Area) else ""
            if kind and kind != group:
                yield 0, str(titles.get(kind, kind)), section
            group = kind
            yield (1 if kind else 0), self.title(section), section

    def _contents(self) -> Iterator[dict[str, object]]:
        """Yield the entries of the contents: parts, areas, but not each city."""
        for depth, title, section in self._ordered():
            if isinstance(section, Section) and depth:
                continue
            if isinstance(section, Part) and section.name in {
                "cover", "imprint", "contents", "back-cover",
            }:  # fmt: skip
                continue
            number = None
            if depth and isinstance(section, Part) and isinstance(section.subject, Area):
                number = section.subject.number
            yield {"title": title, "target": section.target, "depth": depth + 1, "number": number}

    def _matrix(self) -> Iterator[dict[str, object]]:
        for city in self.cities:
            marks: dict[object, str] = {}
            for finding in city.findings:
                known = marks.get(finding.area)
                if known is None or KINDS.index(finding.kind) > KINDS.index(known):
                    marks[finding.area] = finding.kind
            overall = marks.pop("overall", None)
            if marks or overall:
                yield {"city": city, "marks": marks, "overall": overall}

    def _noted(self, area: Area) -> Iterator[tuple[City, list[Any]]]:
        for city in self.cities:
            if findings := [f for f in city.findings if f.area == area.number]:
                yield city, findings

    def _cited(self, part: Part) -> Iterator[str]:
        if isinstance(part.subject, Area):
            yield from (finding.source for finding in part.subject.findings)
            yield from (figure.source for figure in part.subject.figures)
            yield from (f.source for _, found in self._noted(part.subject) for f in found)
        elif part.name == "findings":
            yield from (finding.source for finding in self.report.findings)
            yield from (figure.source for figure in self.report.figures)

    def _source(self, identifier: str) -> Source:
        for source in self.report.sources:
            if source.id == identifier:
                return source
        return next(s for city in self.cities for s in city.sources if s.id == identifier)

    def _sources(self, layout: Layout, placed: dict[str, Placed]) -> Iterator[dict[str, object]]:
        """Yield every source that is cited, with the pages of the sections that cite it."""
        locators = Locators(layout)
        citing: dict[tuple[str, str], list[tuple[int, int, str]]] = {}
        known: dict[tuple[str, str], Source] = {("", s.id): s for s in self.report.sources}
        for section in self.sections:
            where = placed[section.target]
            if isinstance(section, Section):
                own = {s.id: s for s in section.city.sources}
                known |= {(section.target, i): s for i, s in own.items()}
                cited = [
                    (section.target if i in own else "", i) for _, i in section.city.citations()
                ]
            else:
                cited = [("", identifier) for identifier in self._cited(section)]
            for key in dict.fromkeys(cited):
                last = where.start + where.pages - 1
                citing.setdefault(key, []).append((where.start, last, where.target))
        for key, source in known.items():
            if key in citing:
                yield {"source": source, "targets": locators.ranges(citing[key])}

    def _terms(self) -> Iterator[Term]:
        """Yield the terms of the glossary, and those that records give for the index."""
        for section in self.sections:
            if isinstance(section, Part) and isinstance(section.subject, Glossary):
                for term in section.subject.terms:
                    if name := term.get(self.language):
                        yield _term(name, "")
            elif isinstance(section, Section):
                for text in section.city.index_terms.get(self.language, ()):
                    yield _term(text, section.target)

    def _index(
        self, layout: Layout, placed: dict[str, Placed], found: Found
    ) -> list[dict[str, object]]:
        entries: dict[str, list[tuple[int, int, str]]] = {}
        areas: dict[int | str, str] = {
            section.subject.number: self.title(section)
            for section in self.sections
            if isinstance(section, Part) and isinstance(section.subject, Area)
        }
        entries |= {title: [] for title in areas.values()}
        for section in self.sections:
            where = placed[section.target]
            whole = (where.start, where.start + where.pages - 1, where.target)
            if isinstance(section, Section):
                entries.setdefault(self.title(section), []).append(whole)
                for finding in section.city.findings:
                    if finding.area in areas:
                        entries[areas[finding.area]].append(whole)
            elif isinstance(section.subject, Area):
                entries[self.title(section)].append(whole)
        for text, pages in found.pages.items():
            for target, number in pages:
                page = placed[target].start + number
                name = f"{target}~{number + 1}" if number else target
                entries.setdefault(text, []).append((page, page, name))
        locators = Locators(layout)
        groups: dict[str, list[dict[str, object]]] = {}
        for text in sorted(entries, key=collation.keys(entries)):
            entry: dict[str, object] = {"text": text, "see": None}
            entry["locators"] = locators.ranges(entries[text])
            groups.setdefault(collation.head(text), []).append(entry)
        return [{"letter": letter, "entries": held} for letter, held in groups.items()]


def _term(text: str, only: str) -> Term:
    """Return a term to look for: "사물인터넷(IoT)" also where only one of the two stands."""
    forms = [text]
    if aside := _ASIDE.search(text):
        forms = [_ASIDE.sub("", text), aside[1]]
    return Term(
        text, tuple(map(_form, forms)), tuple(form.casefold().split()[0] for form in forms), only
    )


def _form(text: str) -> re.Pattern[str]:
    """Return what finds a form: Latin words whole, others also with a particle behind."""
    spaced = r"\s+".join(map(re.escape, text.split()))
    if text.isascii():
        plural = "s?" if text[-1].islower() else ""
        return re.compile(rf"(?<![A-Za-z0-9]){spaced}{plural}(?![A-Za-z0-9])", re.IGNORECASE)
    return re.compile(spaced)
