"""The amended WeasyPrint: loaded with our faces only, and changed as `patches.table` says.

`FONTCONFIG_FILE` must name a configuration with our faces only before this is imported.
"""

from __future__ import annotations

import ctypes.util
import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from reportgen.core.errors import EngineError
from reportgen.core.versions import INSTALL, require_tested

if "FONTCONFIG_FILE" not in os.environ:
    raise EngineError("the engine must not be imported before the faces of the job are known")


require_tested()  # before the import, as another version may lack what is imported


@contextmanager
def _sonames_only() -> Iterator[None]:
    """Let libraries be found by the names that the system's own loader knows, on Linux.

    The engine asks for each by three other names first. None is a soname, so Python starts
    the compiler and the linker for each, 54 programs in all, which takes 0.15 s.
    """
    search = ctypes.util.find_library
    if sys.platform == "linux":
        ctypes.util.find_library = lambda name: None  # noqa: ARG005
    try:
        yield
    finally:
        ctypes.util.find_library = search


try:
    with _sonames_only(), warnings.catch_warnings():
        # The engine looks for fonts while it is imported, when ours may not be there yet.
        warnings.filterwarnings("ignore", message=".*FontConfig.*")
        import pydyf
        import weasyprint
        from weasyprint.css.counters import CounterStyle
        from weasyprint.formatting_structure import boxes
        from weasyprint.logger import LOGGER
        from weasyprint.text.ffi import ffi, harfbuzz, pango
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher, URLFetcherResponse
except OSError as missing:
    raise EngineError(
        f"a library of the typesetting engine is missing: {missing}",
        remedy="reportgen doctor says which, and the command that installs it",
    ) from missing

__all__ = [
    "LOGGER",
    "CounterStyle",
    "FontConfiguration",
    "URLFetcher",
    "URLFetcherResponse",
    "boxes",
    "ffi",
    "install",
    "versions",
    "weasyprint",
]

OLDEST_PANGO = 15012
"""Pango 1.50.12, as `pango_version` counts: the first that lets an attribute forbid breaks."""
ffi.cdef("const char * hb_version_string (void);")
_installed = False


def versions() -> dict[str, str]:
    """Return the versions of the engine and of its libraries."""
    number = pango.pango_version()
    return {
        "weasyprint": weasyprint.__version__,
        "pydyf": pydyf.__version__,
        "pango": f"{number // 10000}.{number // 100 % 100}.{number % 100}",
        "harfbuzz": ffi.string(harfbuzz.hb_version_string()).decode(),
    }


RARE = re.compile(r"footnote|:\s*note\b|::note|@(top|bottom|left|right)-", re.IGNORECASE)
"""What a style sheet says that asks for notes or for boxes in the margins of pages."""


@cache
def plain_html() -> type:
    """Return a class of documents for pages without notes and without boxes in the margins.

    The engine's own style sheet gives every element five kinds of notes (CSS GCPM 3, 2) and
    every page sixteen boxes (CSS Page 3, 4), so that there are four times as many styles as
    elements: a tenth of the time.
    """
    path = Path(weasyprint.__file__).parent / "css" / "html5_ua.css"
    text = path.read_text(encoding="utf-8")
    quick = re.sub(
        r"(?m)^(::(foot)?note-(call|marker|callback)|  @(top|bottom|left|right)-\S+) *\{.*\}$",
        "", text,
    )  # fmt: skip
    if RARE.search(quick.replace("@footnote", "").replace("element(note", "")):
        raise EngineError("the engine's own style sheet is not as it was", remedy=INSTALL)
    own = weasyprint.CSS(string=quick)

    class Plain(weasyprint.HTML):  # type: ignore[misc]
        def _ua_stylesheets(self, forms: bool = False) -> list[Any]:  # noqa: ARG002, FBT001, FBT002
            return [own]

    return Plain


def install() -> None:
    """Amend the engine by the table, once per process.

    Raises EngineError for an engine that the changes were not tested on.
    """
    global _installed  # noqa: PLW0603 - the engine itself is global to the process
    if _installed:
        return
    if pango.pango_version() < OLDEST_PANGO:
        raise EngineError(f"Pango {versions()['pango']} is older than 1.50.12", remedy=INSTALL)
    from reportgen.press.patches import put, table  # noqa: PLC0415 - it loads all that amends

    for row in table.AMENDMENTS:
        put(row.target, row.ours)
    _installed = True
