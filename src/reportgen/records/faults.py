"""What the model found, in the words of the record, with its place and the nearest key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from reportgen.errors import Problem
from reportgen.model import SLUG, Fault, Record, schema
from reportgen.records.document import MOST_PROBLEMS, Document, Path, shown


def without_echoes(kind: type[Record], faults: list[Fault]) -> list[Fault]:
    """Leave out that a key is missing where a misspelt one stands in its place.

    And that a list is too short, of whose entries those that are bad were not counted.
    """
    ill = {fault.path[:n] for fault in faults for n in range(len(fault.path))}
    misspelt = {
        (fault.path[:-1], near[0])
        for fault in faults[:MOST_PROBLEMS]
        if fault.kind == "extra_forbidden"
        and (near := _close(str(fault.path[-1]), _known_keys(kind, fault.path[:-1])))
    }
    return [
        fault
        for fault in faults
        if not (fault.kind == "missing" and (fault.path[:-1], fault.path[-1]) in misspelt)
        and not (fault.kind == "too_short" and fault.path in ill)
    ]


def told(kind: type[Record], document: Document, fault: Fault) -> Problem:
    """Say in the words of the record what pydantic found."""
    path = document.resolved(fault.path)
    last = str(fault.path[-1]) if fault.path else ""
    if fault.kind == "extra_forbidden":
        near = nearest(last, _known_keys(kind, path[:-1]))
        return document.problem(path, f"unknown key '{last}'", key=True, remedy=near)
    if fault.kind == "missing":
        return document.problem(path, f"the key '{last}' is missing", remedy=f"add '{last}:' here")
    if fault.kind == "language":
        key, languages = str(fault.details["key"]), str(fault.details["languages"])
        near = nearest(key, tuple(languages.split(", ")))
        return document.problem((*path, key), fault.message, key=True, remedy=near)
    if fault.kind == "string_pattern_mismatch" and last == "[key]":
        return document.problem(path[:-1], f"'{fault.found}' is no language tag", key=True)
    return _of_value(document, path, fault)


def _of_value(document: Document, path: Path, fault: Fault) -> Problem:
    """Say what is wrong with a value that stands in its place."""
    found = shown(fault.found)
    if fault.kind == "string_type":
        return _no_text(document, path, fault)
    if fault.kind in {"number", "percentage"}:
        remedy = ""
        if isinstance(fault.found, str) and re.fullmatch(r"[0-9]+,[0-9]+", fault.found):
            remedy = f"a decimal point, not a comma: {fault.found.replace(',', '.')}"
        return document.problem(path, f"{fault.message}, found {found}", remedy=remedy)
    if fault.kind in {"string_too_long", "too_long", *_TOO_LONG}:
        return _too_long(document, path, fault)
    if fault.kind in _SUMS:
        return _no_drawing(document, path, fault)
    if fault.kind == "string_pattern_mismatch":
        pattern = _MEANING.get(str(fault.details.get("pattern")), fault.details.get("pattern"))
        return document.problem(path, f"{found} is not as expected: {pattern}")
    message = fault.message[:1].lower() + fault.message[1:]
    return document.problem(path, message if found in message else f"{message}, found {found}")


def _no_text(document: Document, path: Path, fault: Fault) -> Problem:
    written = document.source(path)
    quote = "" if isinstance(fault.found, dict | tuple) else f"put it in quotes: '{written}'"
    if isinstance(fault.found, dict):
        quote = "quote a text that holds ': '"
    return document.problem(path, f"expected text, found {shown(fault.found)}", remedy=quote)


_SUMS = {
    "mix_sum": "correct the shares",
    "figure_top": "write a top above 0, or leave it out",
    "figure_value": "correct the value, or where the scale ends ('top')",
    "figure_sum": "correct the shares",
}


def _no_drawing(document: Document, path: Path, fault: Fault) -> Problem:
    """Say which value of a figure or a mix cannot be drawn."""
    below: dict[str, Path] = {"figure_top": ("top",), "figure_sum": ("items",)}
    if fault.kind == "figure_value":
        below[fault.kind] = ("items", int(str(fault.details["item"])), "value")
    place = (*path, *below.get(fault.kind, ()))
    return document.problem(place, fault.message, remedy=_SUMS[fault.kind])


_TOO_LONG = {
    "word_long": "put spaces between words",
    "mix_long": "leave small shares out",
    "body_long": "a profile has some pages; shorten it",
}


def _too_long(document: Document, path: Path, fault: Fault) -> Problem:
    """Say how much there is, how much a page can take, and what to do."""
    if fault.kind in _TOO_LONG:
        below = ("body",) if fault.kind == "body_long" else ()
        return document.problem((*path, *below), fault.message, remedy=_TOO_LONG[fault.kind])
    most = int(str(fault.details["max_length"]))
    if fault.kind == "string_too_long" and isinstance(fault.found, str):
        message = f"a text of {len(fault.found):,} characters, expected at most {most:,}"
        return document.problem(path, message, remedy="shorten it, or make several texts of it")
    count = f"{len(fault.found):,}" if isinstance(fault.found, tuple) else f"more than {most:,}"
    message = f"a list of {count} entries, expected at most {most:,}"
    return document.problem(path, message, remedy="leave some out")


_MEANING = {
    SLUG: "lower-case letters a to z, digits and single hyphens",
    r"^#[0-9A-Fa-f]{6}$": "a colour such as #1A6B54",
    r"^[A-Z]{2}$": "two capital letters, ISO 3166-1 alpha-2",
    r"^https?://[^\s<>\"{}|\\^`]+$": "an address that starts with https:// or http://",
}


def _close(word: str, known: tuple[str, ...]) -> list[str]:
    return difflib.get_close_matches(word, known, n=1, cutoff=0.6)


def nearest(word: str, known: tuple[str, ...]) -> str:
    """Return the question whether a known word was meant, or what words are known."""
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
