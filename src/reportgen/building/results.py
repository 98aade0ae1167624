"""What a build made and what it could not make; loaded fast, as a build may have nothing to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reportgen.core.errors import ExitCode, Problem, ReportgenError


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a build made and what it could not make, in the order of the book."""

    products: tuple[Product, ...] = ()
    """What was made."""
    current: tuple[Product, ...] = ()
    """What was there already, and is as it should be."""
    reasons: Mapping[str, list[str]] = field(default_factory=dict)
    """Why each product was made, by its path."""
    removed: tuple[str, ...] = ()
    """The paths of products that no record asks for any more."""
    problems: tuple[Problem, ...] = ()
    """What is wrong with records."""
    failures: tuple[Failure, ...] = ()

    @property
    def failed(self) -> list[str]:
        """The records and the products that could not be made."""
        records = [problem.city for problem in self.problems]
        return list(dict.fromkeys([*records, *(failure.identity for failure in self.failures)]))

    @property
    def exit_code(self) -> ExitCode:
        """How the command leaves: whether something could not be made, or nothing could be.

        A book whose page numbers do not settle counts more than whatever else there is.
        """
        if not self.failed:
            return ExitCode.DONE
        if ExitCode.NOT_CONFORMING in {failure.error.exit_code for failure in self.failures}:
            return ExitCode.NOT_CONFORMING
        made = self.products or self.current
        return ExitCode.SOME_FAILED if made else ExitCode.BAD_INPUT
