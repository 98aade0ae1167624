"""Step 2, the records: YAML to frozen models, all problems at once, each with its place.

Plain scalars mean what the core schema of YAML 1.2.2 (10.3) says, so `no` stays text. What
that schema leaves open to mistakes is refused: duplicate keys, aliases, tags, numbers with
a leading zero, empty values.
"""

from __future__ import annotations

import codecs
import difflib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import yaml

from reportgen.errors import InputError, Place, Problem
from reportgen.model import (
    SLUG,
    City,
    Fault,
    Record,
    Report,
    Source,
    schema,
    validate,
)
from reportgen.workspace import LARGEST_RECORD, Workspace

EMPTY = "fill it, or leave the key out; inside {…}, quote a text that holds a comma"
MOST_NODES = 100_000
DEEPEST = 20
MOST_PROBLEMS = 100
"""How many problems of one file are told; more are told by their number."""
LONGEST_NUMBER = 40
"""Characters; figures of a report are shorter, and longer ones are slips of the hand."""
UNIONS = frozenset({"paragraph", "subhead", "quotation", "matter", "glossary"})
"""The kinds that a block of a body, or a text of the back matter, may be of."""

Path = tuple[str | int, ...]
Value = str | int | bool | None | Decimal | tuple["Value", ...] | dict[str, "Value"]

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_NUMBER = re.compile("|".join(p.pattern for p in (_INT, _OCTAL_OR_HEX, _FLOAT, _INFINITE)))
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
# What the YAML 1.1 engine below takes for a line break and YAML 1.2 does not, and what
# neither lets into a text. Tabs are left to the parser, which says where they are wrong.
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


@dataclass(slots=True)
class Node:
    """A value and where it stands: lines and columns from 1, `width` in characters."""

    line: int
    column: int
    width: int
    last_line: int
    value: Value
    children: dict[str | int, Node] = field(default_factory=dict)
    keys: dict[str, Node] = field(default_factory=dict)


@dataclass(slots=True)
class Document:
    """A parsed file; finds the place of a value by its path."""

    file: str
    lines: list[str]
    root: Node

    def resolved(self, path: Path) -> Path:
        """Return the steps of a model's path that the file has.

        A model's path also names which kind of a union was tried, and keys that are missing.
        """
        node, found = self.root, []
        for step, following in zip(path, (*path[1:], None), strict=True):
            if step in node.children and not (step in UNIONS and following in node.children):
                node = node.children[step]
                found.append(step)
        return tuple(found)

    def problem(self, path: Path, message: str, *, key: bool = False, **more: Any) -> Problem:
        """Return a problem at the value of `path`, or at its key."""
        node, name = self.root, ""
        for step in path:
            if step in node.children:
                parent, node = node, node.children[step]
                name = f"{name}[{step}]" if isinstance(step, int) else f"{name}.{step}"
                if key and step == path[-1] and isinstance(step, str):
                    node = parent.keys[step]
        return problem_at(self.file, self.lines, node, message, field=name.lstrip("."), **more)

    def character(self, path: Path, character: str, message: str, **more: Any) -> Problem:
        """Return a problem at the first `character` in the source of the value of `path`."""
        found = self.problem(path, message, **more)
        node = self.root
        for step in path:
            node = node.children.get(step, node)
        for number in range(node.line, min(node.last_line, len(self.lines)) + 1):
            line = self.lines[number - 1]
            start = node.column - 1 if number == node.line else 0
            if (at := line.find(character, start)) >= 0:
                place = Place(self.file, number, at + 1)
                return Problem(place, message, found.field, found.remedy, line, 1, found.city)
        return found

    def source(self, path: Path) -> str:
        """Return a value as the file writes it, where that is on one line."""
        node = self.root
        for step in path:
            node = node.children.get(step, node)
        return self.lines[node.line - 1][node.column - 1 : node.column - 1 + node.width]


@dataclass(frozen=True, slots=True)
class Records:
    """The report and its cities in the order of the book, and what is wrong with the rest.

    `documents` holds every city's file that could be parsed, by id; `report_document` the
    report's.
    """

    report: Report
    cities: tuple[City, ...]
    problems: tuple[Problem, ...]
    documents: dict[str, Document]
    report_document: Document

    def source(self, city: City, identifier: str) -> Source:
        """Return the source that `city` cites as `identifier`; its own come first."""
        return next(s for s in (*city.sources, *self.report.sources) if s.id == identifier)


def read(workspace: Workspace) -> Records:
    """Read the report and all cities.

    Raises InputError with every problem of every file if report.yaml has one; problems
    of cities are otherwise returned, so that the good ones can be built.
    """
    problems: list[Problem] = []
    report, report_document = None, None
    try:
        report_document = parse(workspace, "report/report.yaml")
        report = _validated(Report, report_document, None)
        problems += _report_faults(report, report_document)
    except InputError as error:
        problems += error.problems
    languages = report.languages if report else None
    cities: list[City] = []
    documents: dict[str, Document] = {}
    city_problems: list[Problem] = []
    for name in _city_files(workspace, city_problems):
        identifier = PurePosixPath(name).stem
        try:
            document = documents[identifier] = parse(workspace, name)
            city = _validated(City, document, languages)
            found = _city_faults(city, document, report)
            if found:
                raise InputError(*found)
        except InputError as error:
            city_problems += [_of_city(problem, identifier) for problem in error.problems]
        else:
            cities.append(city)
    if problems or report is None or report_document is None:
        raise InputError(*problems, *city_problems)
    cities.sort(key=lambda c: (c.order is None, c.order or 0, c.name.en.casefold(), c.id))
    return Records(report, tuple(cities), tuple(city_problems), documents, report_document)


def strings(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every text of a record with its path, keys as the file spells them."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Record):
        for name in type(value).model_fields:
            yield from strings(getattr(value, name), (*path, name.replace("_", "-")))
        for name, item in (value.__pydantic_extra__ or {}).items():
            yield from strings(item, (*path, name))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from strings(item, (*path, name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from strings(item, (*path, index))


def parse(workspace: Workspace, name: str) -> Document:
    """Parse the file `name`. Raises InputError with its problems."""
    text = _decoded(name, workspace.read(name, LARGEST_RECORD))
    if refused := list(_REFUSED.finditer(text))[:20]:
        raise InputError(*(_refused(name, text, found) for found in refused))
    composer = _Composer(name, text)
    root = composer.compose()
    if composer.problems:
        raise InputError(*composer.problems)
    return Document(name, composer.lines, root)


def problem_at(file: str, lines: list[str], node: Node, message: str, **more: Any) -> Problem:
    """Return a problem at `node`, with its source line."""
    source = lines[node.line - 1] if node.line <= len(lines) else ""
    return Problem(
        Place(file, node.line, node.column), message, source=source, width=node.width, **more
    )


def _decoded(name: str, content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(
            Problem(Place(name, 1, 1), "the file is UTF-16", remedy="save it as UTF-8")
        )
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        good = content[: error.start].decode("utf-8")
        line, column = good.count("\n") + 1, len(good) - good.rfind("\n")
        raise InputError(
            Problem(
                Place(name, line, column),
                f"the byte 0x{content[error.start]:02X} is not UTF-8",
                remedy="save the file as UTF-8",
                source=good[good.rfind("\n") + 1 :] + "�",
            )
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _refused(name: str, text: str, found: re.Match[str]) -> Problem:
    start = text.rfind("\n", 0, found.start()) + 1
    end = text.find("\n", found.start())
    return Problem(
        Place(name, text.count("\n", 0, found.start()) + 1, found.start() - start + 1),
        f"the control character U+{ord(found[0]):04X}",
        remedy="delete it",
        source=text[start : end if end >= 0 else None],
    )


class _Composer:
    """Makes nodes of the parser's events, and collects what it refuses."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        self.lines = text.split("\n")
        self.problems: list[Problem] = []
        self.nodes = 0

    def compose(self) -> Node:
        """Return the root node, which is a mapping. Raises InputError on bad syntax."""
        events = yaml.parse(self.text, Loader=yaml.CLoader)
        try:
            next(events)
            if isinstance(event := next(events), yaml.StreamEndEvent):
                raise self._error(event, "the file is empty", "write a record, or delete it")
            root = self._node(next(events), events, 0)
            next(events)
            if not isinstance(event := next(events), yaml.StreamEndEvent):
                raise self._error(event, "a second document", "one file holds one record")
        except yaml.MarkedYAMLError as error:
            raise InputError(self._syntax(error)) from error
        if not isinstance(root.value, dict):
            message = f"expected keys and values, found {_shown(root.value)}"
            raise InputError(problem_at(self.file, self.lines, root, message))
        return root

    def _node(self, event: Any, events: Any, depth: int) -> Node:
        self.nodes += 1
        if self.nodes > MOST_NODES or depth > DEEPEST:
            raise self._error(event, f"more than {MOST_NODES} values or {DEEPEST} levels", "")
        if isinstance(event, yaml.AliasEvent):
            raise self._error(event, f"the alias *{event.anchor}", "write the value out")
        self._plain(event)
        node = self._placed(event)
        if isinstance(event, yaml.ScalarEvent):
            node.value = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            items: list[Value] = []
            while not isinstance(event := next(events), yaml.SequenceEndEvent):
                child = self._node(event, events, depth + 1)
                node.children[len(items)] = child
                items.append(child.value)
            node.last_line = _line(event.end_mark)
            node.value = tuple(items)
        else:
            node.value = self._mapping(node, events, depth)
        return node

    def _mapping(self, node: Node, events: Any, depth: int) -> dict[str, Value]:
        values: dict[str, Value] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._error(event, "a key that is not a word", "write 'key: value'")
            self._plain(event)
            key_node, key = self._placed(event), event.value
            child = self._node(next(events), events, depth + 1)
            if key in values:
                first = node.keys[key].line
                self._refuse(
                    event,
                    f"the key '{key}' is already on line {first}",
                    f"keep one of lines {first} and {key_node.line}",
                )
                continue
            node.keys[key], node.children[key], values[key] = key_node, child, child.value
        node.last_line = _line(event.end_mark)
        return values

    def _plain(self, event: Any) -> None:
        if event.anchor:
            self._refuse(event, f"the anchor &{event.anchor}", "write the value out")
        if event.tag:
            self._refuse(event, f"the tag {event.tag}", "records hold plain values only")

    def _scalar(self, event: Any) -> Value:
        """Resolve a scalar as YAML 1.2.2, 10.3.2, does."""
        text: str = event.value
        if not event.implicit[0]:
            return text
        if _NULL.fullmatch(text):
            self._refuse(event, "an empty value", EMPTY)
            return None
        if _BOOL.fullmatch(text):
            return text.lower() == "true"
        return self._number(event, text) if _NUMBER.fullmatch(text) else text

    def _number(self, event: Any, text: str) -> Value:
        if _INFINITE.fullmatch(text):
            return Decimal("NaN" if "n" in text.lower().replace("inf", "") else "Infinity")
        if len(text) > LONGEST_NUMBER:
            self._refuse(
                event,
                f"a number of {len(text):,} characters, at most {LONGEST_NUMBER} are read",
                "put it in quotes if it is a text",
            )
        elif _LEADING_ZERO.fullmatch(text):
            plain = str(int(text))
            self._refuse(
                event,
                f"the number {text} has a leading zero, which programs read differently",
                f"write {plain} for a number or '{text}' for text",
            )
        elif _INT.fullmatch(text):
            return int(text)
        elif _OCTAL_OR_HEX.fullmatch(text):
            return int(text, 0)
        else:
            with suppress(InvalidOperation):
                if abs((number := Decimal(text)).adjusted()) <= LONGEST_NUMBER:
                    return number
            self._refuse(
                event, f"the number {text} is out of range", "put it in quotes if it is a text"
            )
        return None

    def _placed(self, event: Any) -> Node:
        start, end = event.start_mark, event.end_mark
        width = end.column - start.column if end.line == start.line else 1
        # A mapping or a block scalar starts at its first line and is drawn as one mark.
        return Node(start.line + 1, start.column + 1, max(width, 1), end.line + 1, None)

    def _problem(self, event: Any, message: str, remedy: str) -> Problem:
        node = self._placed(event)
        return problem_at(self.file, self.lines, node, message, remedy=remedy)

    def _refuse(self, event: Any, message: str, remedy: str) -> None:
        """Note a problem and go on, unless there are too many to be read."""
        self.problems.append(self._problem(event, message, remedy))
        if len(self.problems) >= MOST_PROBLEMS:
            raise self._error(event, "too many problems", "mend these first")

    def _error(self, event: Any, message: str, remedy: str) -> InputError:
        return InputError(*self.problems, self._problem(event, message, remedy))

    def _syntax(self, error: yaml.MarkedYAMLError) -> Problem:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        source = self.lines[line] if line < len(self.lines) else ""
        message = f"{error.problem or error}"
        if error.context:
            message += f", {error.context}"
        remedy = (
            "YAML indents with spaces, not with tabs"
            if "\t" in source[: column + 1]
            else "quote a text that holds ': ', ' #' or starts with a sign"
        )
        return Problem(
            Place(self.file, line + 1, column + 1), message, remedy=remedy, source=source
        )


def _line(mark: Any) -> int:
    """Return the line of a mark, from 1."""
    return int(mark.line) + 1


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


def _of_city(problem: Problem, city: str) -> Problem:
    return Problem(
        problem.place, problem.message, problem.field, problem.remedy,
        problem.source, problem.width, city,
    )  # fmt: skip


def _validated(kind: type[Any], document: Document, languages: tuple[str, ...] | None) -> Any:
    result = validate(kind, document.root.value, languages)
    if isinstance(result, list):
        result = _without_echoes(kind, result)
        told = [_fault(kind, document, fault) for fault in result[:MOST_PROBLEMS]]
        if len(result) > MOST_PROBLEMS:
            rest = f"{len(result) - MOST_PROBLEMS:,} more problems"
            told.append(Problem(Place(document.file), rest, remedy="mend these first"))
        raise InputError(*told)
    return result


def _without_echoes(kind: type[Record], faults: list[Fault]) -> list[Fault]:
    """Leave out that a key is missing where a misspelt one stands in its place."""
    misspelt = {
        (fault.path[:-1], near[0])
        for fault in faults[:MOST_PROBLEMS]
        if fault.kind == "extra_forbidden"
        and (near := _close(str(fault.path[-1]), _known_keys(kind, fault.path[:-1])))
    }
    return [
        fault
        for fault in faults
        if fault.kind != "missing" or (fault.path[:-1], fault.path[-1]) not in misspelt
    ]


def _fault(kind: type[Record], document: Document, fault: Fault) -> Problem:
    """Say in the words of the record what pydantic found."""
    path = document.resolved(fault.path)
    last = str(fault.path[-1]) if fault.path else ""
    if fault.kind == "extra_forbidden":
        near = _nearest(last, _known_keys(kind, path[:-1]))
        return document.problem(path, f"unknown key '{last}'", key=True, remedy=near)
    if fault.kind == "missing":
        return document.problem(path, f"the key '{last}' is missing", remedy=f"add '{last}:' here")
    if fault.kind == "language":
        key, languages = str(fault.details["key"]), str(fault.details["languages"])
        near = _nearest(key, tuple(languages.split(", ")))
        return document.problem((*path, key), fault.message, key=True, remedy=near)
    if fault.kind == "string_pattern_mismatch" and last == "[key]":
        return document.problem(path[:-1], f"'{fault.found}' is no language tag", key=True)
    found = _shown(fault.found)
    if fault.kind == "string_type":
        written = document.source(path)
        quote = "" if isinstance(fault.found, dict | tuple) else f"put it in quotes: '{written}'"
        return document.problem(path, f"expected text, found {found}", remedy=quote)
    if fault.kind in {"number", "percentage"}:
        remedy = ""
        if isinstance(fault.found, str) and re.fullmatch(r"[0-9]+,[0-9]+", fault.found):
            remedy = f"a decimal point, not a comma: {fault.found.replace(',', '.')}"
        return document.problem(path, f"{fault.message}, found {found}", remedy=remedy)
    if fault.kind == "string_pattern_mismatch":
        pattern = _MEANING.get(str(fault.details.get("pattern")), fault.details.get("pattern"))
        return document.problem(path, f"{found} is not as expected: {pattern}")
    message = fault.message[:1].lower() + fault.message[1:]
    return document.problem(path, message if found in message else f"{message}, found {found}")


_MEANING = {
    SLUG: "lower-case letters a to z, digits and single hyphens",
    r"^#[0-9A-Fa-f]{6}$": "a colour such as #1A6B54",
    r"^[A-Z]{2}$": "two capital letters, ISO 3166-1 alpha-2",
    r"^https?://[^\s<>\"{}|\\^`]+$": "an address that starts with https:// or http://",
}


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, int | Decimal):
        return f"the number {value}"
    if isinstance(value, str):
        return f"'{value if len(value) <= 40 else value[:39] + '…'}'"
    return "a list" if isinstance(value, tuple) else "keys and values"


def _close(word: str, known: tuple[str, ...]) -> list[str]:
    return difflib.get_close_matches(word, known, n=1, cutoff=0.6)


def _nearest(word: str, known: tuple[str, ...]) -> str:
    if close := _close(word, known):
        return f"did you mean '{close[0]}'?"
    return f"known here: {', '.join(known)}" if known else ""


@cache
def _schema(kind: type[Record]) -> dict[str, Any]:
    return schema(kind)


def _known_keys(kind: type[Record], path: Path) -> tuple[str, ...]:
    """Return the keys that the schema of `kind` knows at `path`."""
    whole = _schema(kind)
    here = [whole]
    for step in path:
        below: list[dict[str, Any]] = []
        for part in _alternatives(whole, here):
            if isinstance(step, int):
                below += [part["items"]] if "items" in part else []
            elif step in part.get("properties", {}):
                below.append(part["properties"][step])
            else:
                more = [*part.get("patternProperties", {}).values()]
                more += [part.get("additionalProperties")]
                below += [option for option in more if isinstance(option, dict)]
        here = below
    return tuple(
        dict.fromkeys(k for part in _alternatives(whole, here) for k in part.get("properties", {}))
    )


def _alternatives(whole: dict[str, Any], parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in parts:
        if "$ref" in part:
            yield from _alternatives(whole, [whole["$defs"][part["$ref"].rsplit("/", 1)[1]]])
        elif options := part.get("anyOf", part.get("oneOf")):
            yield from _alternatives(whole, options)
        else:
            yield part


def _report_faults(report: Report, document: Document) -> list[Problem]:
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
        (("areas", a, "findings", f, "source"), finding.source)
        for a, area in enumerate(report.areas)
        for f, finding in enumerate(area.findings)
    ] + [(("findings", f, "source"), finding.source) for f, finding in enumerate(report.findings)]
    found += [
        document.problem(path, f"no source '{source}'", remedy=_nearest(source, tuple(known)))
        for path, source in cited
        if source not in known
    ]
    return found


def _city_faults(city: City, document: Document, report: Report | None) -> list[Problem]:
    found = []
    stem = PurePosixPath(document.file).stem
    if city.id != stem:
        found.append(
            document.problem(
                ("id",), f"the id '{city.id}' is not the file's name",
                remedy=f"write {stem}, or rename the file to {city.id}.yaml",
            )
        )  # fmt: skip
    known = tuple(source.id for source in (*city.sources, *(report.sources if report else ())))
    if report:
        found += [
            document.problem(path, f"no source '{source}'", remedy=_nearest(source, known))
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
    for language in city.texts:
        if city.name.get(language) is None:
            found.append(document.problem(("name",), f"the name in '{language}' is missing"))
        found += [
            document.problem(
                path, f"the text in '{language}' is missing",
                remedy=f"the record has a page in '{language}', so each text needs one",
            )
            for path, texts in city.localised()
            if language not in texts
        ]  # fmt: skip
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
