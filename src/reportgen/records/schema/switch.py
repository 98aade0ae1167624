"""How a report switches a rule of the check."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

SEVERITIES = ("error", "warning", "note")
"""Of what a check finds, from the gravest."""


def _switch(value: object) -> object:
    """Accept false, a severity, or limits by name."""
    numbers = isinstance(value, dict) and all(
        isinstance(number, int | Decimal) and not isinstance(number, bool)
        for number in value.values()
    )
    if value is False or value in SEVERITIES or numbers:
        return value
    raise PydanticCustomError("switch", "expected false, error, warning, note, or limits by name")


Switch = Annotated[
    bool | str | dict[str, int | Decimal],
    PlainValidator(_switch),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": False},
                {"enum": list(SEVERITIES)},
                {"type": "object", "additionalProperties": {"type": "number"}},
            ]
        }
    ),
]
"""What the report wants of a rule of `check`: to be off, a severity, or other limits."""
