"""What can go wrong, where it was found, and which exit code tells of it.

Library code raises; `reportgen.cli` alone turns an exception into a message and a code.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of the command."""

    DONE = 0
    INTERNAL = 1
    USAGE = 2
    BAD_INPUT = 3
    SOME_FAILED = 4
    NOT_CONFORMING = 5
    IO = 6
    LOCKED = 7
    FINDINGS = 8
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143


@dataclass(frozen=True, slots=True)
class Place:
    """A point in a file of the workspace.

    `file` is the path relative to the workspace, with slashes. `line` and `column` count
    from 1, columns in characters; 0 where the whole file is meant.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of the input: where, what was found, what was expected, what to do.

    `source` is the line of the file that `place` points at, without its end; `width` is
    how many of its characters, from the column on, are at fault. `city` is the id of the
    record that the fault belongs to, empty where it concerns the whole workspace.
    """

    place: Place
    message: str
    field: str = ""
    remedy: str = ""
    source: str = ""
    width: int = 1
    city: str = ""

    def __str__(self) -> str:
        """Draw the problem with its source line, the fault underlined."""
        where = f" [{self.field}]" if self.field else ""
        lines = [printable(f"{self.place}: error: {shortened(self.message)}{where}")]
        if self.source and self.place.line:
            number = str(self.place.line)
            margin = " " * len(number)
            at = self.place.column - 1
            first = max(0, at - WIDEST // 2) if len(self.source) > WIDEST else 0
            shown = self.source[first : first + WIDEST]
            fault = shown[at - first : at - first + max(self.width, 1)]
            pad = " " * columns(shown[: at - first])
            mark = "^" * max(columns(fault), 1)
            lines.append(f" {number} | {printable(shown)}")
            lines.append(f" {margin} | {pad}{mark}")
        if self.remedy:
            lines.append(f"   = {printable(self.remedy)}")
        return "\n".join(lines)


WIDEST = 160
"""The characters of a source line that are drawn around a fault."""
LONGEST = 400
"""The characters of a message, which may quote what was found."""


def shortened(message: str) -> str:
    """Return `message` with its middle left out if it is longer than LONGEST."""
    if len(message) <= LONGEST:
        return message
    return f"{message[: LONGEST * 3 // 4]} … {message[-LONGEST // 4 :]}"


def printable(text: str) -> str:
    """Return `text` with control and formatting characters made visible or harmless."""
    return "".join(
        " " if c == "\t" else "�" if unicodedata.category(c) in {"Cc", "Cf", "Cs"} else c
        for c in text
    )


def columns(text: str) -> int:
    """Return how many terminal columns `text` takes: wide characters take two (UAX 11)."""
    return sum(
        2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1
        for c in text
    )


class ReportgenError(Exception):
    """Base of every error that a user can mend; `remedy` says how."""

    exit_code = ExitCode.INTERNAL

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class ProblemsError(ReportgenError):
    """Carries every problem that was found, each with its place."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

    def __reduce__(self) -> tuple[type[ProblemsError], tuple[Problem, ...]]:
        return type(self), self.problems


class InputError(ProblemsError):
    """The workspace or its records are not as they must be."""

    exit_code = ExitCode.BAD_INPUT


class LossError(ProblemsError):
    """The engine lost something of a record, or would have."""

    exit_code = ExitCode.SOME_FAILED


class ConformityError(ProblemsError):
    """Products are not what their manifest says, or not what their standard asks for."""

    exit_code = ExitCode.NOT_CONFORMING


class WorkspaceError(ReportgenError):
    """The folder is no workspace, or lacks something that every build needs."""

    exit_code = ExitCode.BAD_INPUT


class FaceError(ReportgenError):
    """A face is missing, damaged, or may not be embedded."""

    exit_code = ExitCode.BAD_INPUT


class UsageError(ReportgenError):
    """The command was asked for something that this workspace does not have."""

    exit_code = ExitCode.USAGE


class TypesettingError(ReportgenError):
    """The engine could not set a section, or lost something while setting it."""

    exit_code = ExitCode.SOME_FAILED


class NoGlyphError(TypesettingError):
    """The faces of the job lack characters that pages show."""

    def __init__(self, message: str, characters: str, *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.characters = characters

    def __reduce__(self) -> tuple[type[NoGlyphError], tuple[str, str]]:
        return type(self), (str(self), self.characters)


class DeniedError(TypesettingError):
    """A page asked for something that lies outside the workspace."""

    exit_code = ExitCode.BAD_INPUT


class EngineError(ReportgenError):
    """The engine or one of its libraries is missing, or is not a version that was tested."""

    exit_code = ExitCode.INTERNAL


class ImpositionError(ReportgenError):
    """The pages of a book cannot be laid on the sheets that were asked for."""

    exit_code = ExitCode.BAD_INPUT


class LockedError(ReportgenError):
    """Another build writes to the same folder."""

    exit_code = ExitCode.LOCKED


class OutputError(ReportgenError):
    """A product could not be written."""

    exit_code = ExitCode.IO
