"""The frozen values that one step hands to the next."""

from __future__ import annotations

from dataclasses import dataclass

from reportgen.model.city import City


@dataclass(frozen=True, slots=True)
class Face:
    """A pinned face. Lengths are in units of `units_per_em`, from the baseline up."""

    file: str
    family: str
    weight: int
    full: bool
    sha256: str
    postscript_name: str
    units_per_em: int
    ascent: int
    descent: int
    cap_height: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Section:
    """What is set in one go: a city's profile in one language and edition."""

    city: City
    language: str
    edition: str

    @property
    def identity(self) -> str:
        """Names the section in messages, in file names and inside its fragment."""
        return f"{self.edition}/{self.language}/{self.city.id}"


@dataclass(frozen=True, slots=True)
class Markup:
    """A section as HTML, with what the finished file says of itself."""

    identity: str
    html: str
    language: str
    title: str
    author: str
    subject: str
    keywords: tuple[str, ...]
    files: tuple[str, ...]
    """The files of the workspace that it was composed from, sorted."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """A section set into pages: PDF without font programs, which the binder adds."""

    identity: str
    pdf: bytes
    pages: int
    reads: dict[str, str]
    """sha256 by path of the pictures that were read while it was set."""


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
