"""Examines what the command needs: libraries, packages, faces; and says what to install."""

from __future__ import annotations

import ctypes.util
import os
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType

from reportgen import __version__, typefaces
from reportgen.building.forkserver import NO_FONTS
from reportgen.core import versions
from reportgen.core.errors import ReportgenError
from reportgen.records.workspace import Workspace, shipped

LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "fontconfig": "libfontconfig1",
    "harfbuzz": "libharfbuzz0b",
    "harfbuzz-subset": "libharfbuzz-subset0",
    "gobject-2.0": "libglib2.0-0",
}
"""The engine's libraries, and the Debian packages that hold them."""
PACKAGES = (*versions.PACKAGES, "fonttools", "pydantic", "jinja2")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something examined: what was found, whether it is good, and what to do if not."""

    subject: str
    found: str
    good: bool = True
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Amended:
    """A change of the engine, in words; see `press.patches.Amendment`."""

    target: str
    ours: str
    reason: str
    needless: str
    upstream: str


def amended() -> list[Amended]:
    """Return all changes of the engine; raises EngineError if it cannot be loaded."""
    _load().install()
    from reportgen.press.patches import table  # noqa: PLC0415 - needs the engine

    return [
        Amended(row.target, row.told, row.reason, row.needless, row.upstream)
        for row in (*table.AMENDMENTS, *table.PASSING)
    ]


def examine(folder: Path) -> list[Finding]:
    """Return everything found, for the workspace in `folder` or the shipped faces."""
    return [
        Finding("reportgen", __version__),
        _python(),
        *_libraries(),
        *_packages(),
        _engine(),
        *_faces(folder),
    ]


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    return Finding("Python", found, good, "" if good else "install Python 3.11 or newer")


def _libraries() -> list[Finding]:
    findings = []
    for name, package in LIBRARIES.items():
        found = ctypes.util.find_library(name)
        remedy = "" if found else f"apt-get install {package}"
        findings.append(Finding(f"lib{name}", found or "missing", bool(found), remedy))
    return findings


def _packages() -> list[Finding]:
    findings = []
    for name in PACKAGES:
        try:
            findings.append(Finding(name, version(name)))
        except PackageNotFoundError:
            findings.append(Finding(name, "missing", False, f"pip install {name}"))
    return findings


def _load() -> ModuleType:
    """Return the engine, loaded as a build would."""
    os.environ["FONTCONFIG_FILE"] = str(NO_FONTS)
    from reportgen.press import engine  # noqa: PLC0415 - may be what is missing

    return engine


def _engine() -> Finding:
    try:
        engine = _load()
        engine.install()
    except (ReportgenError, OSError) as error:
        return Finding("engine", str(error), False, getattr(error, "remedy", ""))
    found = ", ".join(f"{name} {number}" for name, number in engine.versions().items())
    return Finding("engine", f"{found}: tested with reportgen")


def _faces(folder: Path) -> list[Finding]:
    try:
        here = (folder / "report" / "report.yaml").is_file()
        loaded = typefaces.load(Workspace(folder) if here else Workspace(shipped()))
    except ReportgenError as error:
        return [Finding("faces", str(error), False, error.remedy)]
    repertoire = f"{len(loaded.repertoire):,} characters in every full face"
    return [
        Finding(
            "face",
            f"{face.family} {face.weight}, {face.file}, "
            f"{'full' if face.full else 'for headings'}, as pinned",
        )
        for face in loaded.faces
    ] + [Finding("repertoire", repertoire)]
