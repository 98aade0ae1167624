"""A face as the manifest pins it."""

from __future__ import annotations

from dataclasses import dataclass

NO_FACE = "write it otherwise, or add a full face that has it"
"""What to do about a character that no face has."""


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

    @property
    def copy(self) -> str:
        """The name of a job's copy of it, which no manifest can choose."""
        return f"{self.sha256}.otf"
