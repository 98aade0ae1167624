"""What the model found, in the words of the record, with its place and the nearest key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import quote

from reportgen.core.errors import Problem
from reportgen.core.nearest import close, nearest
from reportgen.records.document import MOST_PROBLEMS, Document, Path, shown
from reportgen.records.schema.checking import Fault, schema
from reportgen.records.schema.fields import LANGUAGE, SLUG, Record


def without_echoes(kind: type[Record], faults: list[Fault]) -> list[Fault]:
    """Leave out that a key is missing where a misspelt one stands in its place.

    And that a list is too short, of whose entries those that are bad were not counted.
    """
    faults = [_as_text(kind, fault) for fault in faults]
    quoted = {fault.path for fault in faults if fault.kind == "text_colon"}
    faults = [f for f in faults if f.kind == "text_colon" or f.path[:-1] not in quoted]
    ill = {fault.path[:n] for fault in faults for n in range(len(fault.path))}
    misspelt = {
        (fault.path[:-1], near)
        for fault in faults[:MOST_PROBLEMS]
        if fault.kind == "extra_forbidden"
        and (near := close(str(fault.path[-1]), _known_keys(kind, fault.path[:-1])))
    }
    return [
        fault
        for fault in faults
        if not (fault.kind == "missing" and (fault.path[:-1], fault.path[-1]) in misspelt)
        and not (fault.kind == "too_short" and fault.path in ill)
    ]


def _as_text(kind: type[Record], fault: Fault) -> Fault:
    """Return an unknown key of a block as what it mostly is: a text that holds a colon."""
    if fault.kind != "extra_forbidden" or fault.path[-2:-1] not in {("subhead",), ("quotation",)}:
        return fault
    last = str(fault.path[-1])
    if re.fullmatch(r"[a-z-]+", last) and close(
        last, _known_keys(kind, ("texts", "en", "body", 0))
    ):
        return fault
    return replace(fault, path=fault.path[:-1], kind="text_colon")


def told(kind: type[Record], document: Document, fault: Fault) -> Problem:
    """Say in the words of the record what pydantic found."""
    path = document.resolved(fault.path)
    last = str(fault.path[-1]) if fault.path else ""
    if fault.kind == "extra_forbidden":
        near = nearest(last, _known_keys(kind, path[:-1]))
        return document.problem(path, f"unknown key '{last}'", key=True, remedy=near)
    if fault.kind == "unknown_key":
        key = str(fault.details["key"])
        near = nearest(key, _known_keys(kind, path))
        return document.problem((*path, key), fault.message, key=True, remedy=near)
    if fault.kind == "missing":
        return document.problem(path, f"the key '{last}' is missing", remedy=f"add '{last}:' here")
    if fault.kind == "language":
        key, languages = str(fault.details["key"]), str(fault.details["languages"])
        near = nearest(key, tuple(languages.split(", ")))
        return document.problem((*path, key), fault.message, key=True, remedy=near)
    if fault.kind == "string_pattern_mismatch" and last == "[key]":
        return document.problem(
            path[:-1], f"'{fault.found}' is no language tag", key=True,
            remedy="a language tag is such as ko, en or zh-Hans",
        )  # fmt: skip
    return _of_value(document, path, fault)


def _of_value(document: Document, path: Path, fault: Fault) -> Problem:
    """Say what is wrong with a value that stands in its place."""
    found = shown(fault.found)
    if fault.kind in {"string_type", "text_colon"}:
        return _no_text(document, path, fault)
    if fault.kind in {"string_too_long", "too_long", *_TOO_LONG}:
        return _too_long(document, path, fault)
    if fault.kind in _SUMS:
        return _no_drawing(document, path, fault)
    if fault.kind == "string_pattern_mismatch":
        return _no_match(document, path, fault)
    expected = _EXPECTED.get(fault.kind, "").format(**fault.details)
    message = expected or fault.message[:1].lower() + fault.message[1:]
    if found not in message:
        message += f", found {found}"
    return document.problem(path, message, remedy=_remedy(fault))


_EXPECTED = {
    "tuple_type": "expected a list",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "bool_type": "expected true or false",
    "date_type": "expected a day as YYYY-MM-DD",
    "day": "no day of the calendar",
    "literal_error": "expected {expected}",
    "greater_than_equal": "expected at least {ge}",
    "greater_than": "expected more than {gt}",
    "less_than_equal": "expected at most {le}",
    "too_short": "expected at least {min_length} entries",
    "string_too_short": "expected at least {min_length} characters",
    **dict.fromkeys(
        ("dict_type", "model_type", "model_attributes_type", "mapping_type"),
        "expected keys and values",
    ),
}
"""By pydantic's error type; what an author knows, which is YAML, not Python."""


def _remedy(fault: Fault) -> str:
    """Say how to write a value that is of another kind than it should be."""
    written = fault.found if isinstance(fault.found, str) else ""
    if fault.kind == "tuple_type":
        return "put each entry on a line of its own, with '- ' before it"
    if fault.kind in {"date_type", "day"}:
        return "write year, month and day in digits: 2024-05-01"
    if fault.kind == "bool_type" and written in {"true", "false"}:
        return f"write it without quotes: {written}"
    if fault.kind not in {"number", "percentage", "int_type"}:
        return ""
    if re.fullmatch(r"[0-9]+,[0-9]+", written):
        return f"a decimal point, not a comma: {written.replace(',', '.')}"
    if number := re.fullmatch(r"[+]?(-?[0-9]+(?:\.[0-9]+)?)\s*[%％]?", written):
        plain = "" if written == number[1] else " and signs"
        return f"write it without quotes{plain}: {number[1]}"
    return ""


def _no_match(document: Document, path: Path, fault: Fault) -> Problem:
    """Say of a text that has not the form it should have which form that is."""
    written, pattern = str(fault.found), str(fault.details.get("pattern"))
    if pattern.startswith("^https?"):
        scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", written)
        if scheme and scheme[0].lower() in {"http://", "https://"}:
            if scheme[0] != scheme[0].lower():
                message = f"an address that starts with {scheme[0]}"
                return document.problem(path, message, remedy=f"write {scheme[0].lower()}")
            if bad := dict.fromkeys(re.findall(r"[\s<>\"{}|\\^`]", written)):
                names = " and ".join(_SIGNS.get(sign, f"the sign {sign}") for sign in bad)
                remedy = "write " + ", ".join(f"{quote(sign)} for '{sign}'" for sign in bad)
                return document.problem(path, f"an address with {names}", remedy=remedy)
    meaning = next((m for begin, m in _MEANING.items() if pattern.startswith(begin)), "")
    message = f"{shown(written)} is not as expected"
    return document.problem(path, f"{message}: {meaning}" if meaning else message)


_SIGNS = {" ": "a space", "|": "a bar", "{": "an opening brace", "}": "a closing brace",
          "\\": "a backslash",
          "^": "a caret", "`": "a grave accent", '"': "a quotation mark",
          "<": "an angle bracket", ">": "an angle bracket"}  # fmt: skip


def _no_text(document: Document, path: Path, fault: Fault) -> Problem:
    """Say what stands where a text should."""
    remedy = f"put it in quotes: '{document.source(path)}'"
    if fault.kind == "text_colon" or isinstance(fault.found, dict):
        message, remedy = "expected text, found keys and values", "quote a text that holds ': '"
        return document.problem(path, message, remedy=remedy)
    if isinstance(fault.found, tuple):
        remedy = "leave out the '- ' or the brackets"
    return document.problem(path, f"expected text, found {shown(fault.found)}", remedy=remedy)


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
    LANGUAGE: "a language tag such as ko, en or zh-Hans",
    "^#": "a colour such as #1A6B54",
    "^[A-Z]{2}$": "two capital letters, ISO 3166-1 alpha-2",
    "^https?": "an address that starts with https:// or http://",
    "^images/": "images/ and the name of a picture, such as images/seoul.jpg",
    "^[\\w]": "the name of a file of templates/colour/, such as uncoated.icc",
    "^[^@": "an e-mail address such as info@example.org",
    "^\\+?[0-9]": "a telephone number such as +82-2-0000-0000",
}
"""What a pattern means, by how it begins."""


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
