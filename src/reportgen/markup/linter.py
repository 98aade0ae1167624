"""The linter of templates: what is wrong with them before any is used.

A value of a record that is printed in a style or an address must pass, whole, through a
filter that takes only such values; style sheets may use our faces only; nothing may be
fetched from outside the workspace.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser
from typing import Any

import tinycss2
from jinja2 import TemplateSyntaxError, nodes

from reportgen.core.errors import InputError, Place, Problem
from reportgen.core.nearest import nearest
from reportgen.markup import filters
from reportgen.markup.sandbox import REFUSED, EndlessError, Sandbox, bounded
from reportgen.records.workspace import Workspace
from reportgen.typefaces import Typefaces, characters
from reportgen.typefaces.face import NO_FACE

TEXT_ATTRIBUTES = re.compile(
    r"alt|title|lang|xml:lang|class|id|name|content|value|colspan|rowspan|scope|role|"
    r"datetime|aria-.*|data-.*"
)
"""Attributes that hold text, which escaping keeps apart from markup."""
ADDRESSES = frozenset({"href", "src", "xlink:href", "poster", "action", "data", "background"})
FOREIGN_RULES = frozenset({"import", "font-face", "charset"})
INSIDE = "use a file of report/images/ or of templates/: workspace:/templates/…"
_CSS_LINE = re.compile(r"\r\n|[\n\r\f]")
"""The end of a line (CSS Syntax 3, 3.3)."""
_LONG_NUMBER = re.compile("[0-9]{1000}")
"""A number of which Python may refuse to read the digits."""
LONG_NUMBER, TOO_DEEP = "a number of more than 1,000 digits", "brackets or blocks nested too deeply"
_OWN_STYLE = re.compile(r"@counter-style\s+([\w-]+)")
NO_STYLES = frozenset(
    {"none", "inside", "outside", "inherit", "initial", "unset", "revert", "symbols"}
)
"""Words of `list-style` that name no style of counters."""
FORBIDDEN = ("link", "base", "iframe", "object", "embed", "script", "foreignobject")
IN_MARKUP = "a record's value in the markup itself", "print it as text"
STYLE_HELP = "let the whole output pass through | css_colour or | css_number"
ADDRESS_HELP = "let the whole output pass through | link, | mail, | telephone or | image"
_OUTPUT = re.compile("\ue000([0-9]+)\ue001")
"""A stand-in for an output, of characters that templates do not use."""


def lint(workspace: Workspace, faces: Typefaces, environment: Sandbox) -> list[Problem]:
    """Return every problem of every template."""
    problems: list[Problem] = []
    counters = _counter_styles(workspace)
    for name in workspace.names("templates", (".html", ".svg", ".css", ".yaml")):
        try:
            source = workspace.text(name)
        except InputError as error:
            problems += error.problems
            continue
        problems += _lint_characters(name, source, faces.repertoire)
        if name.endswith((".html", ".svg")):
            problems += _lint_html(workspace, name, source, environment)
        elif name.endswith(".css"):
            problems += _lint_css(workspace, name, source, faces, counters)
    return problems


def _lint_characters(name: str, source: str, repertoire: frozenset[str]) -> Iterator[Problem]:
    for number, line in enumerate(source.split("\n"), 1):
        for column, character in enumerate(line, 1):
            if character not in repertoire and character != "\t":
                yield Problem(
                    Place(name, number, column),
                    f"U+{ord(character):04X} is in no face of fonts/",
                    remedy=NO_FACE,
                    source=line,
                )


def _lint_html(
    workspace: Workspace, name: str, source: str, environment: Sandbox
) -> Iterator[Problem]:
    lines = source.split("\n")
    for line, message, remedy in _html_faults(workspace, source, environment):
        text = lines[line - 1] if line <= len(lines) else ""
        place = Place(name, line, len(text) - len(text.lstrip()) + 1)
        yield Problem(place, message, remedy=remedy, source=text, width=len(text.strip()))


def _html_faults(
    workspace: Workspace, source: str, environment: Sandbox
) -> Iterator[tuple[int, str, str]]:
    """Yield the faults of a template: line, message, remedy."""
    if found := _LONG_NUMBER.search(source):
        yield source.count("\n", 0, found.start()) + 1, LONG_NUMBER, "mend the template"
        return
    faults: list[tuple[int, str, str]] = []
    try:
        with bounded():  # the parser of HTML takes long with tags that nothing ends
            faults += _tree_faults(workspace, source, environment)
    except RecursionError:
        faults = [(1, TOO_DEEP, "mend the template")]
    except (EndlessError, MemoryError):
        faults = [(1, "it takes too long or too much memory to be read", "mend the template")]
    yield from faults


def _tree_faults(
    workspace: Workspace, source: str, environment: Sandbox
) -> Iterator[tuple[int, str, str]]:
    """Yield the faults of a template that can be read to its end."""
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        yield error.lineno, error.message or "bad syntax", "mend the template"
        return
    yield from _unknown(tree, environment)
    for node in tree.find_all(nodes.EvalContextModifier):
        yield node.lineno, "autoescape is changed", "leave the escaping on"
    reader = _Reader()
    for part in _parts(tree):
        reader.give(part)
    reader.close()
    for line, context, value in reader.found:
        for number in _OUTPUT.findall(value):
            output = reader.outputs[int(number)]
            if fault := _output_fault(context, output):
                yield output.lineno, *fault
        for fault in _static_faults(workspace, context, value):
            yield line, *fault


def _unknown(tree: nodes.Template, environment: Sandbox) -> Iterator[tuple[int, str, str]]:
    """Yield the filters and tests that there are not."""
    for kind, sort, known in (
        ("filter", nodes.Filter, environment.filters), ("test", nodes.Test, environment.tests),
    ):  # fmt: skip
        for used in tree.find_all(sort):
            if used.name not in known:
                why = REFUSED.get(used.name) or nearest(used.name, known, listed=False)
                yield used.lineno, f"no {kind} '{used.name}'", why


def _parts(node: nodes.Node) -> Iterator[nodes.TemplateData | nodes.Expr]:
    """Yield what a template prints, in the order of the file."""
    if isinstance(node, nodes.Output):
        yield from node.nodes
        return
    for child in node.iter_child_nodes():
        yield from _parts(child)


def _output_fault(context: str, output: nodes.Expr) -> tuple[str, str] | None:
    """Return what is wrong with an output in `context`.

    That is a tag with an attribute's name, "<style>" for a style sheet, "<" for a tag
    itself, "" for text.
    """
    typed = output.name if isinstance(output, nodes.Filter) else ""
    attribute = context.rpartition(" ")[2]
    if context == "" or TEXT_ATTRIBUTES.fullmatch(attribute):
        return None
    if attribute == "<" or attribute.startswith("on") or attribute == "<script>":
        return IN_MARKUP
    if attribute in ADDRESSES:
        if typed in filters.ADDRESS:
            return None
        return "a record's value in an address", ADDRESS_HELP
    if typed in filters.STYLE:
        return None
    return f"a record's value in {attribute}, as a style", STYLE_HELP


def _static_faults(workspace: Workspace, context: str, value: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with what the template itself says in `context`."""
    tag, _, attribute = context.rpartition(" ")
    if attribute == "<" and tag in FORBIDDEN:
        yield f"the element <{tag}>", "pages are made of text, pictures and style sheets"
    elif attribute == "rel" and tag != "link" and "attachment" in value:
        yield "an attachment", "products carry no files but their own"
    elif attribute in ADDRESSES and tag not in {"a", *FORBIDDEN}:
        yield from _address_faults(workspace, value)
    elif attribute in {"style", "<style>"}:
        css = _OUTPUT.sub("0", value)
        parse = (
            tinycss2.parse_blocks_contents if attribute == "style" else tinycss2.parse_stylesheet
        )
        for node in _css_nodes(parse(css)):
            yield from _foreign_faults(workspace, node)


def _address_faults(workspace: Workspace, address: str) -> Iterator[tuple[str, str]]:
    """Yield why a page may not fetch `address`; an output in it has been looked at."""
    if not address or address.startswith("#") or _OUTPUT.search(address):
        return
    name = address.removeprefix("workspace:/")
    if name == address or not name.startswith(("report/images/", "templates/")) or "%" in name:
        yield f"an address outside the workspace: {address}", INSIDE
        return
    try:
        workspace.path(name)
    except InputError as error:
        yield f"{address}: {error.problems[0].message}", error.problems[0].remedy or INSIDE


def _foreign_faults(workspace: Workspace, node: Any) -> Iterator[tuple[str, str]]:
    """Yield what a node of a style sheet brings in from elsewhere."""
    if node.type == "at-rule" and node.lower_at_keyword in FOREIGN_RULES:
        remedy = "faces are those of fonts/manifest.toml; style sheets are read one by one"
        yield f"the rule @{node.at_keyword}", remedy
    elif (address := _address(node)) is not None:
        yield from _address_faults(workspace, address)


class _Reader(HTMLParser):
    """Collects what stands in tags, attributes and style sheets, with the template's lines."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str, str]] = []
        self.inside = ""
        self.outputs: list[nodes.Expr] = []
        self._starts: list[tuple[tuple[int, int], int]] = []
        self._end = (1, 0)
        self._before = ""

    def give(self, part: nodes.TemplateData | nodes.Expr) -> None:
        """Read a piece of a template; a character that it does not use stands for an output."""
        if isinstance(part, nodes.TemplateData):
            text = part.data
        else:
            text = f"\ue000{len(self.outputs)}\ue001"
            self.outputs.append(part)
            if self._before.endswith(("<", "</")):
                # No tag for the parser, but it would be one on the page.
                self.found.append((part.lineno, "<", text))
        self._before = text
        self._starts.append((self._end, part.lineno))
        newlines = text.count("\n")
        column = len(text) - text.rfind("\n") - 1 if newlines else self._end[1] + len(text)
        self._end = (self._end[0] + newlines, column)
        self.feed(text)

    @property
    def line(self) -> int:
        """The template's line that the parser is at."""
        here = self.getpos()
        index = bisect.bisect_right(self._starts, here, key=lambda start: start[0]) - 1
        start, line = self._starts[max(index, 0)]
        return line + here[0] - start[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((self.line, f"{_OUTPUT.sub('', tag)} <", tag))
        for name, value in attrs:
            if _OUTPUT.search(name):
                self.found.append((self.line, f"{tag} <", name))
            self.found.append((self.line, f"{tag} {name}", (value or "").strip()))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self.inside = ""

    def handle_data(self, data: str) -> None:
        context = f"<{self.inside}>" if self.inside in {"style", "script"} else ""
        self.found.append((self.line, context, data))


def _counter_styles(workspace: Workspace) -> frozenset[str]:
    """Return the names of the counter styles there are: the engine's, and of all style sheets."""
    own: set[str] = set()
    for name in workspace.names("templates", (".css",)):
        # A style sheet that cannot be read defines none; `lint` tells of it where it comes to it.
        with suppress(InputError):
            own.update(_OWN_STYLE.findall(workspace.text(name)))
    return frozenset({*characters.counter_styles(), *own, *NO_STYLES})


def _lint_css(
    workspace: Workspace, name: str, source: str, faces: Typefaces, counters: frozenset[str]
) -> Iterator[Problem]:
    lines = _CSS_LINE.split(source)

    def problem(node: Any, message: str, remedy: str) -> Problem:
        line = lines[node.source_line - 1]
        place = Place(name, node.source_line, node.source_column)
        return Problem(place, message, remedy=remedy, source=line)

    if found := _LONG_NUMBER.search(source):
        number = len(_CSS_LINE.findall(source, 0, found.start())) + 1
        yield Problem(Place(name, number, 1), LONG_NUMBER, remedy="mend the rule")
        return
    try:
        read = list(_css_nodes(tinycss2.parse_stylesheet(source)))
    except RecursionError:
        yield Problem(Place(name, 1, 1), TOO_DEEP, remedy="mend the rules")
        return
    for node in read:
        if node.type == "error":
            yield problem(node, f"no CSS: {node.message}", "mend the rule")
        for fault in _foreign_faults(workspace, node):
            yield problem(node, *fault)
        if node.type == "declaration":
            for token, message in _face_faults(node, faces):
                there = ", ".join(sorted(faces.families))
                weights = ", ".join(str(face.weight) for face in faces.faces)
                yield problem(token, message, f"fonts/manifest.toml has {there}: {weights}")
            for token in _counter_faults(node, counters):
                message = f"there is no style of counters '{token.value}'"
                near = nearest(token.value, characters.counter_styles(), listed=False)
                yield problem(token, message, near)


def _counter_faults(declaration: Any, known: frozenset[str]) -> Iterator[Any]:
    """Yield the names of counter styles that there are not: the engine would count in digits."""
    names: list[Any] = []
    if declaration.lower_name in {"list-style", "list-style-type"}:
        names = [t for t in declaration.value if t.type == "ident"]
    elif declaration.lower_name == "content":
        for token in declaration.value:
            if token.type == "function" and token.lower_name in {"counter", "counters"}:
                names += [t for t in token.arguments if t.type == "ident"][1:]
    yield from (token for token in names if token.lower_value not in known)


def _address(node: Any) -> str | None:
    """Return the address of a url(), quoted or not."""
    if node.type == "url":
        return str(node.value)
    if node.type == "function" and node.lower_name in {"url", "src", "image"}:
        return "".join(token.value for token in node.arguments if token.type == "string")
    return None


def _face_faults(declaration: Any, faces: Typefaces) -> Iterator[tuple[Any, str]]:
    """Yield the families and weights that fonts/manifest.toml does not have."""
    tokens = [t for t in declaration.value if t.type not in {"whitespace", "comment"}]
    if declaration.lower_name == "font":
        sizes = [i for i, t in enumerate(tokens) if t.type in {"dimension", "percentage"}]
        yield from _family_faults(tokens[sizes[-1] + 1 :] if sizes else [], faces)
        yield from _weight_faults(tokens[: sizes[0]] if sizes else [], faces)
    elif declaration.lower_name == "font-family":
        yield from _family_faults(tokens, faces)
    elif declaration.lower_name == "font-weight":
        yield from _weight_faults(tokens, faces)


def _family_faults(tokens: list[Any], faces: Typefaces) -> Iterator[tuple[Any, str]]:
    known = faces.families | {"inherit", "initial", "unset"}
    group: list[Any] = []
    for token in [*tokens, None]:
        if token is not None and not (token.type == "literal" and token.value == ","):
            group += [token] if token.type in {"ident", "string"} else []
            continue
        name = " ".join(t.value for t in group)
        if group and name not in known:
            yield group[0], f"the family '{name}' is not in fonts/manifest.toml"
        group = []


def _weight_faults(tokens: list[Any], faces: Typefaces) -> Iterator[tuple[Any, str]]:
    known = {face.weight for face in faces.faces}
    words = {"normal": 400, "bold": 700}
    for token in tokens:
        weight = words.get(getattr(token, "lower_value", ""), getattr(token, "int_value", None))
        if token.type in {"number", "ident"} and weight is not None and weight not in known:
            yield token, f"no face has the weight {weight}"
        elif token.type == "ident" and token.lower_value in {"bolder", "lighter"}:
            yield token, f"the weight '{token.value}' depends on what is around it"


def _css_nodes(found: Any) -> Iterator[Any]:
    for node in found or ():
        yield node
        if node.type == "declaration":
            yield from _css_nodes(node.value)
        elif node.type in {"qualified-rule", "at-rule"} and node.content is not None:
            if node.type == "at-rule":
                yield from _css_nodes(node.prelude)
            yield from _css_nodes(tinycss2.parse_blocks_contents(node.content))
        elif node.type in {"() block", "[] block", "{} block"}:
            yield from _css_nodes(node.content)
        elif node.type == "function":
            yield from _css_nodes(node.arguments)
