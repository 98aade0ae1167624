"""A new workspace: a report and one fictional city to write over, with their schemas."""

from __future__ import annotations

import json
from pathlib import Path

from reportgen.core.errors import OutputError
from reportgen.records.schema.checking import schema
from reportgen.records.schema.city import City
from reportgen.records.schema.report import Report

REPORT = """\
# yaml-language-server: $schema=schema/report.schema.json
title:
  display: A REPORT ON CITIES
  en: A Report on Cities
year: 2026
languages: [en]
partners: [Your Lab]
contact:
  email: info@example.org
  telephone: "+00 000 0000"
  place: Your City
copyright: Copyright 2026. Your Lab.
areas:
  - number: 1
    name: {en: Services}
    accent: "#05557D"
    definition: {en: What the report looks at in this area.}
sources:
  - id: a-source
    title: {en: Where a figure was published}
    url: https://example.org
"""
CITY = """\
# yaml-language-server: $schema=../schema/city.schema.json
id: example-city
name: {display: EXAMPLE CITY, en: Example City}
country: {formal: THE REPUBLIC OF EXAMPLE, iso2: XX}
texts:
  en:
    about:
      - >-
        This city is fictional. Write over its record, or copy it to a file of another name:
        the file's name is the city's id.
findings:
  - area: 1
    kind: mention
    text: {en: A finding says what the report found and cites where it was published.}
    source: a-source
"""


def schemas() -> dict[str, str]:
    """Return the JSON Schemas of the records by their file names."""
    return {
        f"{name}.schema.json": json.dumps(schema(kind), ensure_ascii=False, indent=2) + "\n"
        for name, kind in (("city", City), ("report", Report))
    }


def start(folder: Path) -> list[Path]:
    """Write the files of a new workspace; return their paths.

    Raises OutputError if `folder` already has a report, or cannot be written.
    """
    report = folder / "report"
    if report.exists():
        raise OutputError(f"{report}: is there already", remedy="choose an empty folder")
    files = {
        report / "report.yaml": REPORT,
        report / "cities" / "example-city.yaml": CITY,
        **{report / "schema" / name: text for name, text in schemas().items()},
    }
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{error.filename}: cannot be written: {error.strerror}") from error
    return list(files)
