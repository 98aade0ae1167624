"""The sandbox that templates run in.

Jinja2's own keeps templates from the inside of objects; this one also keeps them to the
fields of records and to a few harmless methods, and bounds what they may use. Templates
are data of a workspace, so a hostile one must neither run a program nor fill the machine.
"""

from __future__ import annotations

import re
import resource
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any

from jinja2 import (
    BaseLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
    nodes,
)
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from reportgen.core.errors import InputError
from reportgen.core.nearest import nearest
from reportgen.markup import charts, filters, openings, tokens
from reportgen.records.schema.fields import Record
from reportgen.records.workspace import Workspace

REMOVED = (
    "attr", "center", "format", "indent", "map", "pprint", "random", "safe", "tojson", "xmlattr",
)  # fmt: skip
"""Filters that reach into objects, build huge texts, undo the escaping, or differ each time."""
REFUSED = {"random": "it would give another page each time; choose by a field of the record"}
"""Why a filter that Jinja2 has is not there, where users may ask for it."""
PRINTED = (str, int, float, Decimal, date, Undefined)
"""What a template may print. An undefined value says itself what it is."""
AS_TEXT = (
    "capitalize", "e", "escape", "forceescape", "lower", "replace", "string", "striptags", "title",
    "trim", "truncate", "upper", "urlize", "urlencode", "wordwrap",
)  # fmt: skip
"""Filters of Jinja2 that make a text of whatever they are given."""
METHODS: dict[type, frozenset[str]] = {
    str: frozenset({"upper", "lower", "strip", "split", "startswith", "endswith"}),
    Mapping: frozenset({"items", "keys", "values", "get"}),
    tuple: frozenset({"index", "count"}),
}
RECORD_METHODS = frozenset({"get", "parts", "beside"})
SECONDS = 4
"""Of processor time for one section; a whole report takes a tenth of a second."""
SHOWN = 6
"""How many of the names of a mapping a message shows."""
MEMORY = 1_000_000_000
"""Bytes that one section may take beyond what the process has."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, closed further."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(
            loader=_Loader(workspace),
            autoescape=True,
            undefined=Unknown,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=printable,
        )
        for name in REMOVED:
            self.filters.pop(name, None)
        for name in ("lipsum", "cycler", "joiner"):
            self.globals.pop(name, None)
        for name in AS_TEXT:
            self.filters[name] = _of_text(self.filters[name])
        self.filters["join"] = _joined(self.filters["join"])
        self.filters |= {**filters.ALL, **charts.ALL, **openings.ALL, PRINTABLE: printable}
        self.globals["tokens"] = self.tokens = tokens.read(workspace)
        self.used: set[str] = set()

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Return a template's tree, in which what is put together with ~ may be printed."""
        tree = super()._parse(source, name, filename)
        for concat in tree.find_all(nodes.Concat):
            concat.nodes = [
                nodes.Filter(node, PRINTABLE, [], [], None, None, lineno=node.lineno)
                for node in concat.nodes
            ]
        return tree

    def _compile(self, source: str, filename: str) -> Any:
        """Compile a template's program, of which Python takes only so many blocks in blocks."""
        try:
            return super()._compile(source, filename)
        except SyntaxError as error:
            message, name = "blocks are nested too deeply", filename.removeprefix("templates/")
            raise TemplateSyntaxError(message, 1, name, filename) from error

    def _load_template(self, name: str, globals: Any) -> Any:  # noqa: A002 - Jinja2's name
        """Return a template and note it, also where Jinja2 has it at hand already."""
        self.used.add(f"templates/{name}")
        return super()._load_template(name, globals)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002
        """Multiply and divide numbers; refuse what only serves to fill memory."""
        if operator == "%" and not isinstance(left, str):
            return left % right
        if operator == "*" and all(isinstance(x, int | float | Decimal) for x in (left, right)):
            return left * right
        raise SecurityError(f"the operator {operator} is for numbers only")

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Tell whether a template may look at `attr`: fields, and a few methods."""
        kind = type(obj)
        allowed = _ALLOWED[kind] if kind in _ALLOWED else _allowed(kind)
        if allowed is not None:
            return attr in allowed or (isinstance(obj, Record) and attr in _extra(obj))
        ours = type(obj).__module__.startswith("jinja2.")
        return ours and super().is_safe_attribute(obj, attr, value)


PRINTABLE = "printable"


def printable(value: Any) -> Any:
    """Return a value that may be printed; raise ValueError for an object of the program.

    One prints as its address in memory, which is another one each time.
    """
    if isinstance(value, PRINTED) and not isinstance(value, bool):
        return value
    kinds: dict[type, str] = {bool: "a yes or no", type(None): "nothing", tuple: "a list",
                              list: "a list", dict: "a mapping"}  # fmt: skip
    kind = next((told for sort, told in kinds.items() if isinstance(value, sort)), "")
    if isinstance(value, Record):
        kind = f"a record, {type(value).__name__.lower()}"
    raise ValueError(
        f"{kind or 'a part of the program'} cannot be printed; print a text or a number of it"
    )


def _of_text(made: Any) -> Any:
    """Return a filter that takes only what may be printed."""

    @wraps(made)
    def call(*given: Any, **options: Any) -> Any:
        first = 1 if hasattr(made, "jinja_pass_arg") else 0
        printable(given[first])
        return made(*given, **options)

    return call


def _joined(made: Any) -> Any:
    """Return the filter that joins a list of what may be printed."""

    @wraps(made)
    def call(context: Any, value: Any, d: str = "", attribute: Any = None) -> Any:
        items = list(value)
        if attribute is None:
            for item in items:
                printable(item)
        return made(context, items, d, attribute)

    return call


class Unknown(StrictUndefined):
    """A name that a template asks for and nothing has, told with its neighbour."""

    @property
    def _undefined_message(self) -> str:
        """The message and, after a line end, the remedy."""
        name, owner = self._undefined_name, self._undefined_obj
        if self._undefined_hint:
            return str(self._undefined_hint)
        if owner is missing:
            return f"'{name}' is not known here"
        if isinstance(owner, Record):
            kind = re.sub("(?<=[a-z])(?=[A-Z])", " ", type(owner).__name__).lower()
            names = [*type(owner).model_fields, *_extra(owner)]
            message = f"the {kind} has no '{name}'"
        elif isinstance(owner, Mapping):
            names = [str(key) for key in owner]
            message = f"there is no '{name}' among {_some(names)}"
        elif type(owner).__name__ == "TemplateModule":
            names = [n for n in vars(owner) if not n.startswith("_")]
            message = f"the template has no macro '{name}'"
        else:
            kinds: dict[type, str] = {str: "a text", tuple: "a list", list: "a list"}
            return f"{kinds.get(type(owner), 'a value')} has no '{name}'"
        return f"{message}\n{nearest(str(name), names, listed=False)}"


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:SHOWN])
    return f"{shown} and {len(names) - SHOWN} more" if len(names) > SHOWN else shown or "nothing"


_ALLOWED: dict[type, frozenset[str] | None] = {}
"""What was found for each kind: pages of a long list ask for it ten thousand times."""


def _allowed(kind: type) -> frozenset[str] | None:
    """Return what templates may look at in an object of `kind`; None if it is no value of ours."""
    found = next((names for known, names in METHODS.items() if issubclass(kind, known)), None)
    if issubclass(kind, Record):
        found = RECORD_METHODS.union(kind.model_fields)
    _ALLOWED[kind] = found
    return found


def _extra(record: Record) -> dict[str, Any]:
    """Return the fields of a record that its model does not name: a name in each language."""
    return record.__pydantic_extra__ or {}


class _Loader(BaseLoader):
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def get_source(self, environment: Any, template: str) -> tuple[str, str, Any]:  # noqa: ARG002
        name = f"templates/{template}"
        try:
            self.workspace.path(name)
        except InputError as error:
            raise TemplateNotFound(template) from error
        return self.workspace.text(name), name, None


class EndlessError(Exception):
    """A template did not come to its end in SECONDS."""


@contextmanager
def bounded() -> Iterator[None]:
    """Bound the time and the memory of what runs inside.

    Raises EndlessError or MemoryError there. Time is bounded in the main thread only, where
    alone a signal can interrupt Python.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, hard))
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGVTALRM, _endless) if main else None
    if main:
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        if main:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _endless(_number: int, _frame: FrameType | None) -> None:
    raise EndlessError(f"the template did not end in {SECONDS} seconds")
