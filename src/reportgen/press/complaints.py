"""What the engine says of style sheets, in words and at its place in the workspace.

The engine knows lines and columns, but seldom of which file; and what it ignores may stand in a
`style` of a template. No engine is needed here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from reportgen.core.errors import Place, Problem
from reportgen.core.nearest import nearest

FOLDER = "templates/"
_IGNORED = re.compile(r"Ignored `(.*)` at (\d+):(\d+), (.*?)\.?$", re.DOTALL)
_PLACED = re.compile(r"(.*?),? at (\d+):(\d+)[.,]?\s*(.*)$", re.DOTALL)
_SELECTOR = re.compile(r"Invalid or unsupported selector, ([\"'])(.*)\1", re.DOTALL)
_RULE = re.compile(r"Unknown rule <AtRule @(\S+) .*", re.DOTALL)
_NAMES = re.compile(r"[{;]\s*([a-z][a-z-]+)\s*:")
_VALUE = re.compile(r"[^;}\"']*")
MEND = "mend the style sheet, or take it out"
UNSET = "give the variable a value where it is used, or var() a second one"


def problem(
    message: str, sheets: Mapping[str, str], templates: Callable[[], Mapping[str, str]]
) -> Problem | None:
    """Return a complaint of the engine about a style; None if it is about something else.

    `sheets` are the style sheets by their names below `templates/`; `templates` returns the other
    templates in the same way.
    """
    if found := _IGNORED.match(message):
        declaration, why = " ".join(found[1].split()), found[4]
        return _declared(declaration, (int(found[2]), int(found[3])), why, sheets, templates)
    if found := _SELECTOR.match(message):
        selector = found[2].strip()
        told = f"the selector '{selector}' is not known"
        for name, text in sheets.items():
            if (at := text.find(selector)) >= 0:
                return _at(name, text, place_in(text, at), told, len(selector), MEND)
        return Problem(Place(FOLDER.rstrip("/")), told, remedy=MEND)
    if len(sheets) == 1 and (found := _PLACED.match(message)):
        (name, text), place = next(iter(sheets.items())), (int(found[2]), int(found[3]))
        told = f"{found[1]}: {found[4]}" if found[4] else found[1]
        return _at(name, text, place, _RULE.sub(r"the rule @\1 is not known", told), 1, MEND)
    return None


def _declared(
    declaration: str,
    place: tuple[int, int],
    why: str,
    sheets: Mapping[str, str],
    templates: Callable[[], Mapping[str, str]],
) -> Problem:
    """Return the complaint about a declaration that is ignored."""
    name = declaration.partition(":")[0].strip()
    for sheet, text in sheets.items():
        if (start := _start(text, place)) is not None and text.startswith(name, start):
            written = _VALUE.match(text, start)
            assert written, "it matches nothing, too"
            told, remedy = _told(" ".join(written[0].split()), why, sheets)
            return _at(sheet, text, place_in(text, start), told, len(written[0].rstrip()), remedy)
    told, remedy = _told(declaration, why, sheets)
    words = (re.escape(word) for word in re.split(r"\s+|(?<=[:,])|(?=[:,])", declaration) if word)
    pattern = r"\s*".join(words)
    if declaration.endswith(":"):  # of a value with a variable that is not set
        pattern += r"[^;\"]*var\("
    spaced = re.compile(pattern)
    for template, text in templates().items():
        if found := spaced.search(text):
            at = place_in(text, found.start())
            return _at(template, text, at, told, len(found[0]), remedy)
    return Problem(Place(FOLDER.rstrip("/")), told, remedy=remedy)


def _told(written: str, why: str, sheets: Mapping[str, str]) -> tuple[str, str]:
    """Return the message and the remedy for a declaration."""
    name = written.partition(":")[0].strip()
    remedy = MEND
    if why == "unknown property":
        known = {n for text in sheets.values() for n in _NAMES.findall(text)} - {name}
        remedy = nearest(name, known, listed=False) or MEND
    elif "var(" in written or written.endswith(":"):
        remedy = UNSET
    return f"'{written}' has no effect: {why}", remedy


def _at(
    name: str, text: str, place: tuple[int, int], message: str, width: int, remedy: str
) -> Problem:
    line, column = place
    lines = text.split("\n")
    source = lines[line - 1] if line <= len(lines) else ""
    return Problem(
        Place(f"{FOLDER}{name}", line, column), message,
        remedy=remedy, source=source, width=width,
    )  # fmt: skip


def place_in(text: str, at: int) -> tuple[int, int]:
    """Return line and column of an offset in a text, both from 1."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _start(text: str, place: tuple[int, int]) -> int | None:
    """Return where the declaration begins in which a place lies, or at which."""
    line, column = place
    lines = text.split("\n")
    if line > len(lines):
        return None
    at = sum(len(before) + 1 for before in lines[: line - 1]) + column - 1
    begun = max(text.rfind(mark, 0, at) + len(mark) for mark in ("{", ";", "*/"))
    return begun + len(text[begun:]) - len(text[begun:].lstrip())
