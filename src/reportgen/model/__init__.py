"""The frozen values that pass from step to step. No file is read or written here.

`City` and `Report` are the records; pydantic checks them strictly. `Section`, `Markup`,
`Fragment` and `Layout` are what the later steps hand on.
"""

from reportgen.model.check import Fault, schema, validate
from reportgen.model.city import City, Mix, Source
from reportgen.model.fields import SLUG, Record
from reportgen.model.report import Area, Glossary, Matter, Report
from reportgen.model.steps import (
    About,
    Face,
    Fragment,
    Glyphs,
    Layer,
    Layout,
    Markup,
    Part,
    Placed,
    Section,
    Sheet,
    Slot,
)

__all__ = [
    "SLUG", "About", "Area", "City", "Face", "Fault", "Fragment", "Glossary", "Glyphs", "Layer",
    "Layout", "Markup", "Matter", "Mix", "Part", "Placed", "Record", "Report",
    "Section", "Sheet", "Slot", "Source", "schema", "validate",
]  # fmt: skip
