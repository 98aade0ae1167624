"""The frozen values that pass from step to step. No file is read or written here.

`City` and `Report` are the records; pydantic checks them strictly. `Section`, `Markup`,
`Fragment` and `Layout` are what the later steps hand on. The records are loaded when they
are first asked for: pydantic takes 0.09 s, and workers never see a record.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from reportgen.model.steps import (
    PROFILE,
    About,
    Attached,
    Body,
    Face,
    Finish,
    Fragment,
    Gist,
    Glyphs,
    Heading,
    Layer,
    Layout,
    Markup,
    Part,
    Placed,
    Quire,
    Section,
    Sheet,
    Slot,
    Spoken,
    merge,
)

if TYPE_CHECKING:
    from reportgen.model.check import Fault, schema, validate
    from reportgen.model.city import City, Mix, Source
    from reportgen.model.fields import LANGUAGE, SLUG, Record
    from reportgen.model.report import (
        Area,
        Edition,
        Glossary,
        Imposition,
        Matter,
        Report,
        Term,
    )  # fmt: skip

__all__ = [
    "LANGUAGE", "PROFILE", "SLUG", "About", "Area", "Attached", "Body", "City", "Edition", "Face",
    "Fault", "Finish", "Fragment", "Gist", "Glossary", "Glyphs", "Heading", "Imposition", "Layer",
    "Layout", "Markup", "Matter", "Mix", "Part", "Placed", "Quire", "Record", "Report",
    "Section", "Sheet", "Slot", "Source", "Spoken", "Term", "merge", "schema", "validate",
]  # fmt: skip

_RECORDS = {
    **dict.fromkeys(("Fault", "schema", "validate"), "check"),
    **dict.fromkeys(("City", "Mix", "Source"), "city"),
    **dict.fromkeys(("LANGUAGE", "SLUG", "Record"), "fields"),
    **dict.fromkeys(
        ("Area", "Edition", "Glossary", "Imposition", "Matter", "Report", "Term"), "report"
    ),
}
"""The module of each name that needs pydantic."""


def __getattr__(name: str) -> object:
    if name not in _RECORDS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_RECORDS[name]}"), name)
    globals()[name] = value
    return value
