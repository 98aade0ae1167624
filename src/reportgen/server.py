"""The server that forks workers, with the engine loaded; itself quick to load.

It is started as soon as something is to be made, and loads the engine while the parent
reads the records.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
SHORT = "/tmp"  # noqa: S108 - a private folder is made there
LONGEST = 70
"""Characters of a folder for the server's socket: with `/pymp-…/listener-…`, the path of a socket
may have 103 (`sun_path`, on macOS)."""


def warm() -> None:
    """Start the server."""
    # Not the job's own configuration: its folder may be gone before the server is up.
    os.environ["FONTCONFIG_FILE"] = str(NO_FONTS)
    multiprocessing.set_forkserver_preload(PRELOADED)
    with _short_folder():
        forkserver.ensure_running()


@contextmanager
def _short_folder() -> Iterator[None]:
    """See to it that `multiprocessing` puts its socket where the path is not too long."""
    before = tempfile.tempdir
    if len(os.fsencode(tempfile.gettempdir())) > LONGEST:
        tempfile.tempdir = SHORT
    try:
        yield
    finally:
        tempfile.tempdir = before
