"""What the rules on records read, and what they note: what an editor reads for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reportgen.records.document import Path
from reportgen.records.records import Records, strings
from reportgen.records.schema.report import Matter, Report

REPORT = ""
"""Stands for the report's own record among the ids of cities."""
IDS = frozenset({"id", "source", "url", "path", "iso2", "email", "telephone", "display", "formal"})
"""Keys whose values are no running text."""
LETTERS = "ᄀ-ᇿ぀-ヿ㄰-㆏㐀-鿿가-힣"
"""East Asian letters."""


@dataclass(frozen=True, slots=True)
class Note:
    """What breaks a rule: in which record, at which value, near which piece of it."""

    city: str
    path: Path
    message: str
    remedy: str
    near: str = ""
    key: bool = False


def running(known: Records) -> Iterator[tuple[str, Path, str]]:
    """Yield the running texts of all records: city, path, text."""
    for city in known.cities:
        for path, text in strings(city):
            if path[-1] not in IDS:
                yield city.id, path, text
    for path, text in strings(known.report):
        if path[-1] not in IDS and path[0] not in {"editions", "check", "languages", "book"}:
            yield REPORT, path, text


def matters(report: Report) -> Iterator[tuple[Path, Matter]]:
    """Yield the texts of the book's parts, with the path of each."""
    for place in ("front", "back"):
        for index, matter in enumerate(getattr(report, f"{place}_matter")):
            if isinstance(matter, Matter):
                yield (f"{place}-matter", index, "text"), matter


def plain(text: str) -> str:
    """Return a text by which names are compared: without spaces, hyphens and capitals."""
    return re.sub(r"[\s·-]+", "", text).casefold()
