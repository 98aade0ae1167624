"""Which engine sets the pages, told without loading it.

The libraries are asked through ctypes: importing the engine takes half a second, and a
build that has nothing to do must not wait for it.
"""

from __future__ import annotations

import ctypes
from functools import cache
from importlib.metadata import version

from reportgen.core.errors import EngineError

TESTED = {"weasyprint": "70.0", "pydyf": "0.13.0"}
"""The engine's versions whose insides are amended in `press`."""
INSTALL = "install the versions of requirements.lock"
PACKAGES = ("weasyprint", "pydyf", "uharfbuzz", "pikepdf", "pillow")
LIBRARIES = {
    "pango": ("libpango-1.0.so.0", "pango_version_string"),
    "harfbuzz": ("libharfbuzz.so.0", "hb_version_string"),
}


@cache
def versions() -> dict[str, str]:
    """Return the versions of what a page depends on, by name.

    Raises EngineError if a library is missing, or the engine is not one that was tested.
    """
    require_tested()
    found = {name: version(name) for name in PACKAGES}
    for name, (file, function) in LIBRARIES.items():
        try:
            ask = getattr(ctypes.CDLL(file), function)
        except OSError as error:
            raise EngineError(
                f"a library of the typesetting engine is missing: {file}",
                remedy="reportgen doctor says which, and the command that installs it",
            ) from error
        ask.restype = ctypes.c_char_p
        found[name] = ask().decode()
    return found


def require_tested() -> None:
    """Raise EngineError for an engine whose insides are not those that are amended."""
    for name, tested in TESTED.items():
        if (found := version(name)) != tested:
            raise EngineError(f"{name} {found} was not tested, but {tested}", remedy=INSTALL)
