"""The frozen values that pass from step to step. No file is read or written here.

`City` and `Report` are the records; pydantic checks them strictly. `Section`, `Fragment`
and `Product` are what the later steps hand on.
"""

from reportgen.model.check import Fault, schema, validate
from reportgen.model.city import City, Mix, Source
from reportgen.model.fields import SLUG, Record
from reportgen.model.report import Area, Report
from reportgen.model.steps import Face, Fragment, Markup, Product, Section

__all__ = [
    "SLUG", "Area", "City", "Face", "Fault", "Fragment", "Markup", "Mix",
    "Product", "Record", "Report", "Section", "Source", "schema", "validate",
]  # fmt: skip
