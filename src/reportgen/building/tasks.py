"""What a build asks of its workers, as values that travel to other processes and machines.

What is large travels through the store, under a key and with its sha256: no value names a file that
only one machine has. Workspace and store are the same for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.building.results import Product
from reportgen.building.vault import Kept, Where
from reportgen.core.errors import ExitCode, ReportgenError
from reportgen.core.measures import Measured
from reportgen.plan.imposition import Leaf
from reportgen.plan.values import About, Finish, Layout, Markup
from reportgen.typefaces.face import Face

if TYPE_CHECKING:
    from reportgen.records.schema.report import Imposition


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker begins with."""

    private: Path
    """A folder of the build's, for workers of the same machine; others make one of their own."""
    faces: tuple[Face, ...]
    whole: Path
    """The folder of the workspace's faces, of which the job has compact copies."""
    stylesheets: dict[str, str]
    root: Path
    """The workspace."""
    store: Where
    profiles: dict[str, bytes] = field(default_factory=dict, repr=False)
    """The profiles of output intents by their names, as they were when the build began."""
    stamps: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """By the file of each face, how the system told it from others when it was looked at."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A compact copy of a face to be made, and kept under `key`."""

    face: Face
    characters: str
    key: str


@dataclass(frozen=True, slots=True)
class Copies:
    """The compact copies that pages are set with."""

    identity: str
    """Tells them from those of other characters."""
    kept: dict[str, Kept]
    """By the file of the face."""


@dataclass(frozen=True, slots=True)
class Job:
    """A section to set: its HTML, the key of its fragment."""

    markup: Markup
    key: str
    measured: bool = False
    """Whether its pages are measured as well."""


@dataclass(frozen=True, slots=True)
class Single:
    """A product that is one section: what it is set from, and what is laid over it."""

    section: Job
    furniture: Job
    finish: Finish
    path: str


@dataclass(frozen=True, slots=True)
class Book:
    """A product of many sections, which are in the store; it is kept under `target`."""

    about: About
    layout: Layout
    keys: dict[str, str]
    """The keys of the fragments by the identity of the section."""
    furniture: Job
    finish: Finish
    path: str
    target: str


@dataclass(frozen=True, slots=True)
class Sheets:
    """A product of sheets, on which the pages of a book are laid; it is kept under `target`."""

    about: About
    finish: Finish
    source: Kept
    """The book."""
    imposition: Imposition
    leaf: Leaf
    path: str
    target: str


@dataclass(frozen=True, slots=True)
class Done:
    """A product that was made: its bytes, or the key under which they are kept."""

    product: Product
    content: bytes | str
    reads: dict[str, str]
    measured: Measured | None = None
    """What its pages measure, if that was asked for."""


class LostError(ReportgenError):
    """The store has no good fragment of a section any more."""

    exit_code = ExitCode.SOME_FAILED

    def __init__(self, identity: str) -> None:
        super().__init__(f"{identity}: its pages are no longer in the store")
        self.identity = identity

    def __reduce__(self) -> tuple[type[LostError], tuple[str]]:
        return type(self), (self.identity,)
