"""Attachments: what a record says, as JSON that travels with the pages made of it.

The JSON is canonical, so that the same record gives the same bytes: UTF-8, keys sorted, no
white space between tokens. Keys are those of the record's file, and a number is written with
the digits that the record has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from reportgen.plan.values import Attached
from reportgen.records.records import Records
from reportgen.records.schema.city import City
from reportgen.records.schema.fields import Record

UNPUBLISHED = frozenset({"book", "editions"})
"""What report.yaml says of the making of the pages."""


def of_city(records: Records, city: City) -> Attached:
    """Return a city's record, the sources that it cites, and the names of its areas."""
    report = records.report
    cited = dict.fromkeys(identifier for _, identifier in city.citations())
    claimed = {*(f.area for f in city.findings), *(int(area) for area in city.scores)}
    content = {
        "report": {"title": report.title, "year": report.year},
        "city": city,
        "areas": {str(a.number): a.name for a in report.areas if a.number in claimed},
        "sources": {name: records.source(city, name) for name in cited},
    }
    return Attached(f"{city.id}.json", canonical(content))


def of_report(records: Records) -> Attached:
    """Return the report's own record; each city's travels with the city's file."""
    report = records.report
    published = {
        key: value for key, value in _plain(report).items() if key not in UNPUBLISHED
    }  # fmt: skip
    return Attached("report.json", canonical({"report": published}))


def canonical(value: object) -> bytes:
    """Return a value as canonical JSON, with a line end."""
    return f"{_written(value)}\n".encode()


def _plain(record: Record) -> dict[str, object]:
    """Return the fields of a record that it has, by the names that its file uses."""
    fields = type(record).model_fields
    named = {
        fields[name].alias or name: getattr(record, name)
        for name in record.model_fields_set
        if name in fields
    }
    return named | dict(record.__pydantic_extra__ or {})


def _written(value: object) -> str:
    match value:
        case Record():
            return _written(_plain(value))
        case Mapping():
            items = sorted((str(key), held) for key, held in value.items() if held is not None)
            return "{" + ",".join(f"{_string(k)}:{_written(held)}" for k, held in items) + "}"
        case tuple() | list():
            return "[" + ",".join(map(_written, value)) + "]"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case int():
            return str(value)
        case date():
            return _string(value.isoformat())
        case str():
            return _string(value)
    raise AssertionError(f"a record holds a {type(value).__name__}, which JSON cannot say")


def _string(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
