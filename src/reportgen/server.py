"""The server that forks workers, with the engine loaded; itself quick to load.

It is started as soon as something is to be made, and loads the engine while the parent
reads the records.
"""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing import forkserver
from pathlib import Path

PRELOADED = [
    "reportgen.press.engine",
    "reportgen.press.ready",
    "reportgen.press",
    "reportgen.press.fragments",
    "reportgen.binder",
    "reportgen.worker",
]
NO_FONTS = Path(__file__).parent / "press" / "no-fonts.conf"
"""The configuration under which the engine loads, before the faces of a job are known."""


def warm() -> None:
    """Start the server."""
    # Not the job's own configuration: its folder may be gone before the server is up.
    os.environ["FONTCONFIG_FILE"] = str(NO_FONTS)
    multiprocessing.set_forkserver_preload(PRELOADED)
    forkserver.ensure_running()
