"""What happens while something is built or checked, as values that a listener is told.

A progress bar, a log of JSON lines, a journal and a preview are listeners.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reportgen.core.errors import ReportgenError


@dataclass(frozen=True, slots=True)
class Reading:
    """Something has to be made, so the records are read."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The work is known: so many sections and books are to be looked at."""

    total: int


@dataclass(frozen=True, slots=True)
class Made:
    """A section or a product is done, the `done`-th of `total`."""

    identity: str
    done: int
    total: int
    """Less than at the beginning where something turned out to be current."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A section or a product could not be made, and why."""

    identity: str
    done: int
    total: int
    error: ReportgenError


@dataclass(frozen=True, slots=True)
class Current:
    """A product need not be made: it is as it should be."""

    path: str


@dataclass(frozen=True, slots=True)
class PagesMeasured:
    """What no product was made of alone was measured for a check, the `done`-th of `total`."""

    identity: str
    done: int
    total: int


Event = Reading | Begun | Made | Failed | Current | PagesMeasured
Listener = Callable[[Event], None]


def ignored(_event: Event) -> None:
    """Hear an event and do nothing."""
