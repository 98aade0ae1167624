"""Reading YAML: what a file says, and everything about it that is refused.

Plain scalars mean what the core schema of YAML 1.2.2 (10.3) says, so `no` stays text; except
that +5 and 0x1F are texts, as numbers print the way they are written. What
that schema leaves open to mistakes is refused: duplicate keys, aliases, tags, numbers with
a leading zero, empty values.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml
from yaml import _yaml as libyaml

from reportgen.core.errors import InputError, Place, Problem
from reportgen.records.document import (
    MOST_PROBLEMS,
    Document,
    Node,
    Places,
    Value,
    problem_at,
    shown,
)
from reportgen.records.workspace import LARGEST_RECORD, Workspace

PARSER = f"pyyaml {yaml.__version__}, libyaml {libyaml.get_version_string()}"
"""What reads YAML; another version may read it otherwise."""
EMPTY = "fill it, or leave the key out; inside {…}, quote a text that holds a comma"
MOST_NODES = 100_000
DEEPEST = 20
LONGEST_NUMBER = 40
"""Characters; figures of a report are shorter, and longer ones are slips of the hand."""
_LINE = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""The end of a line, as the parser counts them (YAML 1.1, 5.4)."""
_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_NUMBER = re.compile("|".join(p.pattern for p in (_INT, _OCTAL_OR_HEX, _FLOAT, _INFINITE)))
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_KEPT = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f]+)")
"""Compatibility ideographs: NFC replaces them with others, which are drawn otherwise."""
_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
COLON = "write a colon and a space, ': ', between a key and its value"
_JOINED = re.compile(r"([\w-]+)(?:\s*：|:(?![ \t/]|$))")
"""A key with a full-width colon, or one with no space behind it."""
_STRANGE = re.compile(r" *([\u00a0\u2000-\u200b\u202f\u3000])")
_BLANK = re.compile(r"[ \t]*\Z")
_COMMENT = re.compile(r"[ \t]+#")
NO_PROSE = frozenset(
    {"id", "source", "url", "accessed", "path", "iso2", "email", "telephone", "kind", "area"}
    | {"accent", "languages", "book", "check", "editions"}
)
"""Keys below which no running text stands, so that a comment may follow each value."""


# What the YAML 1.1 engine below takes for a line break and YAML 1.2 does not, and what
# neither lets into a text. Tabs are left to the parser, which says where they are wrong.
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def parse(workspace: Workspace, name: str) -> Document:
    """Parse the file `name`. Raises InputError with its problems."""
    text = _decoded(name, workspace.read(name, LARGEST_RECORD))
    if refused := list(_REFUSED.finditer(text))[:20]:
        raise InputError(*(_refused(name, text, found) for found in refused))
    composer = _Composer(name, text)
    root = composer.compose()
    composer.refuse_cut(root)
    if composer.problems:
        raise InputError(*composer.problems)
    places = Places(composer.lines, root)
    return Document(name, root.value, lambda: places)


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
        self.lines = _LINE.split(text)
        self.problems: list[Problem] = []
        self.nodes = 0
        self.cut: dict[int, tuple[int, int]] = {}
        """Of texts behind which a comment begins: by the node's id, its line and column."""

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
            message = f"expected keys and values, found {shown(root.value)}"
            raise InputError(problem_at(self.file, self.lines, root, message))
        return root

    def _node(self, event: Any, events: Any, depth: int) -> Node:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            remedy = "a record has some hundred values; leave the rest out"
            raise self._error(event, f"more than {MOST_NODES:,} values", remedy)
        if depth > DEEPEST:
            raise self._error(event, f"more than {DEEPEST} levels", "")
        if isinstance(event, yaml.AliasEvent):
            raise self._error(event, f"the alias *{event.anchor}", "write the value out")
        self._plain(event)
        node = self._placed(event)
        if isinstance(event, yaml.ScalarEvent):
            node.value = self._scalar(event)
            if isinstance(node.value, str) and event.style in {None, ""}:
                self._look_behind(node, event)
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
            key_node, key = self._placed(event), composed(event.value)
            following = next(events)
            if event.implicit[0] and _is_absent(following) and _JOINED.match(key):
                self._refuse(event, "no ': ' behind the key", COLON)
                continue
            child = self._node(following, events, depth + 1)
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
        text = composed(event.value)
        if not event.implicit[0]:
            return text
        if _NULL.fullmatch(text):
            line, column = event.end_mark.line, event.end_mark.column
            rest = self.lines[line][column:].strip() if line < len(self.lines) else ""
            if not text and rest.startswith("#"):
                message = "an empty value: what follows ' #' is a comment"
                self._refuse(event, message, f'put it in quotes: "{rest}"')
            else:
                self._refuse(event, "an empty value", EMPTY)
            return None
        if _BOOL.fullmatch(text):
            return text.lower() == "true"
        return self._number(event, text) if _NUMBER.fullmatch(text) else text

    def _number(self, event: Any, text: str) -> Value:
        if text.startswith("+") or _OCTAL_OR_HEX.fullmatch(text):
            return text  # as a number it would not print as it is written
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
        else:
            with suppress(InvalidOperation):
                if abs((number := Decimal(text)).adjusted()) <= LONGEST_NUMBER:
                    return number
            self._refuse(
                event, f"the number {text} is out of range", "put it in quotes if it is a text"
            )
        return None

    def _look_behind(self, node: Node, event: Any) -> None:
        """Note a text that ends where a comment begins, on its last line or on the next."""
        line, column = event.end_mark.line, event.end_mark.column
        if found := _COMMENT.match(self.lines[line], column):
            self.cut[id(node)] = line + 1, found.end()
            return
        if not _BLANK.match(self.lines[line], column):
            return
        # Where the text's next line would stand, a comment reads as one.
        for number in range(line + 2, len(self.lines) + 1):
            following = self.lines[number - 1]
            if bare := following.strip(" "):
                indent = len(following) - len(following.lstrip(" "))
                if bare.startswith("#") and indent > self._base(event.start_mark):
                    self.cut[id(node)] = number, indent + 1
                return

    def _base(self, mark: Any) -> int:
        """Return the column, from 0, of the dash or the key that a value stands behind."""
        before = self.lines[mark.line][: mark.column]
        dashes = re.match(r" *(?:- +)*", before)
        end = dashes.end() if dashes else 0
        return end if end < mark.column else max(before.rfind("-"), end - 1)

    def refuse_cut(self, node: Node) -> None:
        """Refuse running texts below `node` that a comment cuts."""
        if not self.cut:
            return
        # Where all keys are languages, `id` is Indonesian.
        languages = all(_TAG.fullmatch(str(step)) for step in node.children)
        for step, child in node.children.items():
            if step in NO_PROSE and not languages:
                continue
            if id(child) in self.cut and len(self.problems) < MOST_PROBLEMS:
                line, column = self.cut[id(child)]
                comment = Node(line, column, 1, line, None)
                self.problems.append(
                    problem_at(
                        self.file, self.lines, comment,
                        "the text ends here, as '#' begins a comment",
                        remedy="put the text in quotes, or the comment on a line before the key",
                    )
                )  # fmt: skip
            self.refuse_cut(child)

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
        context = error.context_mark
        first = max((min(context.line, line) if context else line) - 1, 0)
        while first and not self.lines[first].strip():
            first -= 1
        keyed = re.search("expected ':'|mapping values", str(error.problem))
        for number in range(first, min(line + 1, len(self.lines))):
            text = self.lines[number]
            bare = text.lstrip(" -")
            if keyed and (joined := _JOINED.match(bare)):
                place = Place(self.file, number + 1, len(text) - len(bare) + joined.end(1) + 1)
                return Problem(place, "no ': ' behind the key", remedy=COLON, source=text)
            if strange := _STRANGE.match(text):
                place = Place(self.file, number + 1, strange.start(1) + 1)
                message = f"U+{ord(strange[1]):04X} where a line is indented"
                return Problem(place, message, remedy="indent with plain spaces", source=text)
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


def composed(text: str) -> str:
    """Return a text in NFC (UAX 15), its compatibility ideographs left as they are."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return "".join(
        piece if at % 2 else unicodedata.normalize("NFC", piece)
        for at, piece in enumerate(_KEPT.split(text))
    )


def _is_absent(event: Any) -> bool:
    """Return whether a value is left out."""
    return isinstance(event, yaml.ScalarEvent) and event.implicit[0] and not event.value


def _line(mark: Any) -> int:
    """Return the line of a mark, from 1."""
    return int(mark.line) + 1
