"""The frozen values that pass from step to step. No file is read or written here.

`City` and `Report` are the records; pydantic checks them strictly. `Section`, `Markup`,
`Fragment` and `Layout` are what the later steps hand on.
"""

from reportgen.model.check import Fault, schema, validate
from reportgen.model.city import City, Mix, Source
from reportgen.model.fields import SLUG, Record
from reportgen.model.report import Area, Edition, Glossary, Imposition, Matter, Report
from reportgen.model.steps import (
    PROFILE,
    About,
    Attached,
    Body,
    Face,
    Finish,
    Fragment,
    Glyphs,
    Layer,
    Layout,
    Markup,
    Part,
    Placed,
    Quire,
    Section,
    Sheet,
    Slot,
)

__all__ = [
    "PROFILE", "SLUG", "About", "Area", "Attached", "Body", "City", "Edition", "Face", "Fault",
    "Finish", "Fragment", "Glossary", "Glyphs", "Imposition", "Layer", "Layout", "Markup",
    "Matter", "Mix", "Part", "Placed", "Quire", "Record", "Report", "Section", "Sheet", "Slot",
    "Source", "schema", "validate",
]  # fmt: skip
