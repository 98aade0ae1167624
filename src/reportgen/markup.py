"""Step 4, markup: a section to HTML, through the workspace's templates.

Templates run in Jinja2's sandbox. A field of a record is text wherever it appears: it is
escaped in HTML, and it reaches a style, a link or an image only through a filter that
accepts nothing but a value of the right kind. `lint` refuses templates that go round this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from html.parser import HTMLParser
from traceback import walk_tb
from typing import Any

import tinycss2
from jinja2 import (
    BaseLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    pass_context,
)
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup as Safe
from markupsafe import escape

from reportgen.errors import InputError, Place, Problem
from reportgen.model import Area, Markup, Mix, Section
from reportgen.records import Records, parse
from reportgen.workspace import Workspace

LONGEST = 20_000_000
"""Characters of HTML; the longest section that is not a runaway template."""
LONGEST_REPEAT = 10_000
"""The largest product of a multiplication in a template, in characters or items."""
REMOVED = ("attr", "center", "format", "indent", "map", "pprint", "safe", "tojson", "xmlattr")
"""Filters that reach into objects, build huge texts, or undo the escaping."""
TEMPLATE = "profile.html"
STYLESHEET = "profile.css"
BASE_COLOUR = "#2B3A4A"
"""The accent of a page that no area claims."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, with a bound on what multiplication may build."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002
        """Multiply and divide numbers; refuse what only serves to fill memory."""
        if operator == "%" and not isinstance(left, str):
            return left % right
        if operator == "*" and all(isinstance(x, int | float | Decimal) for x in (left, right)):
            return left * right
        raise SecurityError(f"the operator {operator} is for numbers only")


class _Loader(BaseLoader):
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def get_source(self, environment: Any, template: str) -> tuple[str, str, Any]:  # noqa: ARG002
        try:
            content = self.workspace.read(f"templates/{template}")
        except InputError as error:
            raise TemplateNotFound(template) from error
        return content.decode("utf-8"), f"templates/{template}", None


class Composer:
    """Composes the sections of one workspace."""

    def __init__(self, workspace: Workspace, records: Records) -> None:
        self.workspace, self.records = workspace, records
        self.words = parse(workspace, "templates/words.yaml").root.value
        self.environment = _Sandbox(
            loader=_Loader(workspace),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )
        for name in REMOVED:
            self.environment.filters.pop(name, None)
        for name in ("lipsum", "cycler", "joiner"):
            self.environment.globals.pop(name, None)
        self.environment.filters |= {
            "css_colour": css_colour,
            "css_number": css_number,
            "figure": figure,
            "figure_of": _figure_of,
            "percent_of": _percent_of,
            "remainder": _remainder,
            "link": link,
            "mail": mail,
            "telephone": telephone,
            "image": image,
            "prose": prose,
            "number": _number,
            "area": _area,
        }

    def compose(self, section: Section) -> Markup:
        """Return the section as HTML.

        Raises InputError with the template's line if a template fails.
        """
        city, report = section.city, self.records.report
        language = section.language
        assert isinstance(self.words, dict)
        words = self.words.get(language)
        if not isinstance(words, dict):
            raise InputError(
                Problem(
                    Place("templates/words.yaml", 1, 1),
                    f"no words for the language '{language}'",
                    remedy=f"add a block '{language}:' with the keys of the others",
                )
            )
        areas = {area.number: area for area in report.areas}
        cited = list(dict.fromkeys(identifier for _, identifier in city.citations()))
        claimed = next((f.area for f in city.findings if f.area != "overall"), None)
        title = f"{city.name.get(language)} – {report.title.get(language)}"
        html = self._render(
            city=city,
            areas=areas,
            cited=cited,
            report=report,
            language=language,
            words=words,
            title=title,
            accent=areas[int(claimed)].accent if claimed in areas else BASE_COLOUR,
            base=BASE_COLOUR,
            sources=[self.records.source(city, identifier) for identifier in cited],
        )
        keywords = [
            *city.index_terms.get(language, ()),
            *(
                name
                for f in city.findings
                if isinstance(f.area, int) and (name := areas[f.area].name.get(language))
            ),
        ]
        return Markup(
            identity=section.identity,
            html=html,
            language=language,
            title=title,
            author=", ".join(report.partners),
            subject=f"{words['subject']}: {city.name.get(language)}",
            keywords=tuple(dict.fromkeys([str(city.name.get(language)), *keywords])),
        )

    def _render(self, **values: object) -> str:
        try:
            pieces, length = [], 0
            for piece in self.environment.get_template(TEMPLATE).generate(**values):
                length += len(piece)
                if length > LONGEST:
                    raise SecurityError(f"the page is longer than {LONGEST:,} characters")
                pieces.append(piece)
        except RecursionError as error:
            raise InputError(
                Problem(Place(f"templates/{TEMPLATE}"), "templates include each other endlessly")
            ) from error
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise InputError(_template_problem(self.workspace, error)) from error
        return "".join(pieces)


def _template_problem(workspace: Workspace, error: Exception) -> Problem:
    """Return the fault with the line of the template that Jinja2 was at."""
    name, line = f"templates/{TEMPLATE}", 0
    if isinstance(error, TemplateSyntaxError):
        name, line = f"templates/{error.name or TEMPLATE}", error.lineno
    else:
        for frame, number in walk_tb(error.__traceback__):
            if (file := frame.f_code.co_filename).startswith("templates/"):
                name, line = file, number
    message = (
        f"no template '{error}'" if isinstance(error, TemplateNotFound) else str(error)
    ) or type(error).__name__
    try:
        source = workspace.read(name).decode("utf-8").splitlines()[line - 1] if line else ""
    except (InputError, IndexError):
        source = ""
    indent = len(source) - len(source.lstrip())
    return Problem(
        Place(name, line, indent + 1 if line else 0),
        message,
        source=source,
        width=max(len(source.strip()), 1),
    )


# Filters. Each takes only a value of its kind, so that no text of a record can become
# markup, style or an address that the record's model has not checked.


@pass_context
def _number(context: Context, identifier: str) -> int:
    """Return the number that the page gives to a source that it cites."""
    cited: list[str] = context["cited"]
    return cited.index(identifier) + 1


@pass_context
def _area(context: Context, number: int | str) -> Area | None:
    areas: dict[int | str, Area] = context["areas"]
    return areas.get(number)


def prose(value: str) -> Safe:
    """Return running text whose short compounds stay whole: "well-made", "2021–2025".

    A line that ends after a hyphen or a dash reads as a divided word, and programs that
    extract the text take the hyphen away or put a space behind it.
    """
    return Safe(  # noqa: S704 - escaped before spans are put round words
        _COMPOUND.sub(lambda m: f'<span class="whole">{m[0]}</span>', str(escape(value)))
    )


_COMPOUND = re.compile(r"(?<![\w&;])[\w’.]{1,20}(?:[-‐–—/][\w’.]{1,20}){1,3}(?![\w&-])")


def css_colour(value: object) -> str:
    """Return a colour for a style. Raises ValueError for anything but "#RRGGBB"."""
    if isinstance(value, str) and re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        return value
    raise ValueError(f"css_colour takes a colour such as #1A6B54, not {value!r}")


def css_number(value: object) -> str:
    """Return a number for a style or a drawing, at most three decimals."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    raise ValueError(f"css_number takes a number, not {value!r}")


def figure(value: object) -> str:
    """Return a number as readers of a report write it: digits grouped, none lost."""
    return f"{value:,}" if isinstance(value, int | Decimal) else str(value)


def _figure_of(pattern: str, value: int) -> str:
    if pattern != "%02d":
        raise ValueError("figure_of knows the pattern %02d only")
    return f"{value:02d}"


def _percent_of(share: float | Decimal, whole: float) -> float:
    return float(share) * whole / 100


def _remainder(mix: Mix) -> Decimal:
    return Decimal(100) - sum(mix.parts.values(), Decimal(0))


def link(value: object) -> str:
    """Return an address to link to. Raises ValueError for any scheme but http and https."""
    if isinstance(value, str) and re.match(r"https?://", value):
        return value
    raise ValueError(f"link takes an address with https:// or http://, not {value!r}")


def mail(value: str) -> str:
    """Return the address of an e-mail link."""
    return f"mailto:{value}"


def telephone(value: str) -> str:
    """Return the address of a telephone link (RFC 3966), without visual separators."""
    return "tel:" + re.sub(r"[^0-9+]", "", value)


def image(value: object) -> str:
    """Return the address of a picture of `report/images/`."""
    if isinstance(value, str) and re.fullmatch(r"images/[A-Za-z0-9][A-Za-z0-9._-]*", value):
        return f"workspace:/report/{value}"
    raise ValueError(f"image takes a file of report/images/, not {value!r}")


# The linter.

STYLE_FILTERS = {"css_colour", "css_number"}
ADDRESS_FILTERS = {"link", "mail", "telephone", "image", "number"}
_OUTPUT = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
_LAST_FILTER = re.compile(r"\|\s*(\w+)\s*(\([^()]*\))?\s*\)?\s*$")


def lint(workspace: Workspace, families: frozenset[str]) -> list[Problem]:
    """Return what is wrong with the templates before any is used.

    Outputs in styles and addresses need a typed filter; style sheets may name only our
    families, and fetch nothing from outside the workspace.
    """
    problems: list[Problem] = []
    for name in workspace.names("templates", (".html", ".svg")):
        problems += _lint_html(name, workspace.read(name).decode("utf-8"))
    for name in workspace.names("templates", (".css",)):
        problems += _lint_css(name, workspace.read(name).decode("utf-8"), families)
    return problems


def _lint_html(name: str, source: str) -> Iterator[Problem]:
    lines = source.split("\n")

    def problem(line: int, message: str, remedy: str) -> Problem:
        text = lines[line - 1]
        start = len(text) - len(text.lstrip())
        return Problem(
            Place(name, line, start + 1), message, remedy=remedy, source=text,
            width=len(text.strip()),
        )  # fmt: skip

    # Blank the statements and comments, and stand a word in for each output: what is left
    # is HTML whose lines are those of the template.
    outputs: list[str] = []

    def stand_in(match: re.Match[str]) -> str:
        outputs.append(match[1])
        return f"output{len(outputs) - 1}x" + "\n" * match[0].count("\n")

    html = re.sub(
        r"\{#.*?#\}|\{%.*?%\}", lambda m: "\n" * m[0].count("\n"), source, flags=re.DOTALL
    )
    html = _OUTPUT.sub(stand_in, html)
    reader = _Attributes()
    reader.feed(html)
    for line, attribute, value in reader.found:
        for number in re.findall(r"output(\d+)x", value):
            last = _LAST_FILTER.search(outputs[int(number)].strip())
            found = last[1] if last else ""
            if attribute in {"style", "<style>"} and found not in STYLE_FILTERS:
                yield problem(
                    line,
                    "a record's value in a style",
                    "end the output with | css_colour or | css_number",
                )
            elif attribute in {"href", "src", "xlink:href"} and found not in ADDRESS_FILTERS:
                yield problem(
                    line,
                    "a record's value in an address",
                    "end the output with | link, | mail, | telephone or | image",
                )
            elif attribute.startswith("on") or attribute in {"srcset", "srcdoc", "<script>"}:
                yield problem(line, f"a record's value in {attribute}", "print it as text")
    for tag in ("link", "base", "iframe", "object", "embed", "script"):
        for line in reader.tags.get(tag, ()):
            yield problem(
                line, f"the element <{tag}>", "pages are made of text, pictures and style sheets"
            )


class _Attributes(HTMLParser):
    """Collects the attributes and the styles of a document with their lines."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str, str]] = []
        self.tags: dict[str, list[int]] = {}
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        self.tags.setdefault(tag, []).append(line)
        self.found += [(line, name, value or "") for name, value in attrs]
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside in {"style", "script"}:
            self.found.append((self.getpos()[0], f"<{self.inside}>", data))


def _lint_css(name: str, source: str, families: frozenset[str]) -> Iterator[Problem]:
    lines = source.split("\n")

    def problem(node: Any, message: str, remedy: str) -> Problem:
        return Problem(
            Place(name, node.source_line, node.source_column), message, remedy=remedy,
            source=lines[node.source_line - 1],
        )  # fmt: skip

    for node in _css_nodes(tinycss2.parse_stylesheet(source)):
        if node.type == "error":
            yield problem(node, f"no CSS: {node.message}", "mend the rule")
        elif node.type == "at-rule" and node.lower_at_keyword in {"import", "font-face", "charset"}:
            yield problem(
                node, f"the rule @{node.at_keyword}",
                "faces are those of fonts/manifest.toml; style sheets are read one by one",
            )  # fmt: skip
        elif node.type == "url" and not re.match(r"(workspace:|data:image/|#)", node.value):
            yield problem(
                node,
                f"an address outside the workspace: {node.value}",
                "use workspace:/templates/…",
            )
        elif node.type == "declaration" and node.lower_name in {"font-family", "font"}:
            names = [t for t in node.value if t.type in {"string", "ident"}]
            if node.lower_name == "font":
                names = [t for t in names if t.type == "string"]
            for token in names:
                if token.value not in families | {"inherit", "initial", "unset"}:
                    yield problem(
                        token, f"the family '{token.value}' is not in fonts/manifest.toml",
                        f"there is {', '.join(sorted(families))}",
                    )  # fmt: skip


def _css_nodes(nodes: Any) -> Iterator[Any]:
    for node in nodes or ():
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
