"""reportgen turns a folder of city records into a publication.

    import reportgen

    request = reportgen.BuildRequest(workspace=Path("report-2022"))
    result = reportgen.build(request)

`reportgen.library` says what there is; all of it can be asked for here. It is loaded when it is
first used, as `reportgen --version` and workers need none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reportgen.building.results import Failure, Outcome, Product
    from reportgen.core.errors import ExitCode, Place, Problem, ProblemsError, ReportgenError
    from reportgen.core.events import (
        Begun,
        Current,
        Event,
        Failed,
        Listener,
        Made,
        PagesMeasured,
        Reading,
    )
    from reportgen.library import (
        BuildRequest,
        BuildResult,
        CheckRequest,
        CheckResult,
        Verified,
        amendments,
        build,
        check,
        clean,
        examine,
        load,
        schemas,
        start,
        status,
        verify,
    )

__version__ = "0.1.0"
__all__ = [
    "Begun", "BuildRequest", "BuildResult", "CheckRequest", "CheckResult", "Current", "Event",
    "ExitCode", "Failed", "Failure", "Listener", "Made", "Outcome", "PagesMeasured", "Place",
    "Problem", "ProblemsError", "Product", "Reading", "ReportgenError", "Verified", "amendments",
    "build",
    "check", "clean", "examine", "load", "schemas", "start", "status", "verify",
]  # fmt: skip
_HOMES = ("library", "building.results", "core.errors", "core.events")


def __getattr__(name: str) -> object:
    """Return what is asked for by name, from the module that has it."""
    if name in __all__:
        for home in _HOMES:
            module = import_module(f"reportgen.{home}")
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module 'reportgen' has no attribute '{name}'")
