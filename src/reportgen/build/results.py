"""What a build made and what it could not make; loaded fast, as a build may have nothing to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reportgen.core.errors import Problem, ReportgenError


@dataclass(frozen=True, slots=True)
class Product:
    """A finished file. `path` is relative to the output folder, with slashes."""

    identity: str
    path: str
    title: str
    pages: int
    size: int
    """Bytes."""
    sha256: str
    standard: str = ""
    attached: tuple[tuple[str, str], ...] = ()
    """The names of the files that it carries, each with its sha256."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A section, or a whole record, that gave no product."""

    identity: str
    error: ReportgenError


@dataclass(slots=True)
class Outcome:
    """What a build made and what it could not make."""

    products: list[Product] = field(default_factory=list)
    current: list[Product] = field(default_factory=list)
    reasons: dict[str, list[str]] = field(default_factory=dict)
    """Why each product was made, by its path."""
    removed: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def product_of(entry: dict[str, Any]) -> Product:
    """Return the product that an entry of the manifest tells of."""
    return Product(
        entry["identity"], entry["path"], entry["title"], entry["pages"], entry["bytes"],
        entry["sha256"], entry.get("standard", ""),
        tuple((a["name"], a["sha256"]) for a in entry.get("attachments", ())),
    )  # fmt: skip
