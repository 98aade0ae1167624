"""Checking data against a record, and the schemas that say what a record may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from reportgen.records.schema.fields import Record

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Fault:
    """What pydantic found at `path`; `kind` is its error type, `details` its context."""

    path: tuple[str | int, ...]
    kind: str
    message: str
    found: object
    details: dict[str, object]


def validate(kind: type[R], data: object, languages: tuple[str, ...] | None) -> R | list[Fault]:
    """Return `data` as a record of `kind`, or every fault that it has.

    `languages` are those that the report publishes; None where they are not known.
    """
    try:
        return kind.model_validate(data, context={"languages": languages})
    except ValidationError as error:
        return [
            Fault(found["loc"], found["type"], found["msg"], found["input"], found.get("ctx", {}))
            for found in error.errors(include_url=False)
        ]


def schema(kind: type[Record]) -> dict[str, object]:
    """Return the JSON Schema of a record, as editors want it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **kind.model_json_schema(by_alias=True),
    }
