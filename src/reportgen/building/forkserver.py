"""The server that forks workers, with the engine loaded; itself quick to load.

It is started as soon as something is to be made, and loads the engine while the parent
reads the records.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import forkserver
from pathlib import Path

from reportgen.building import scratch

PRELOADED = [
    "reportgen.press.engine",
    "reportgen.press.ready",
    "reportgen.press",
    "reportgen.press.fragments",
    "reportgen.binder",
    "reportgen.building.jobs",
]
NO_FONTS = Path(__file__).parents[1] / "press" / "no-fonts.conf"
"""The configuration under which the engine loads, before the faces of a job are known."""
SHORT = Path("/tmp")  # noqa: S108 - a private folder is made there
LONGEST = 70
"""Characters of a private folder: with `/sockets/listener-…`, the path of a socket may have 103
(`sun_path`, on macOS)."""


@contextmanager
def warm(private: Path) -> Iterator[None]:
    """Start the server; what it needs of folders is in a private one, which goes in any case."""
    # Not the job's own configuration: its folder may be gone before the server is up.
    os.environ["FONTCONFIG_FILE"] = str(NO_FONTS)
    multiprocessing.set_forkserver_preload(PRELOADED)
    with ExitStack() as stack:
        if len(os.fsencode(private)) > LONGEST:
            private = stack.enter_context(scratch.folder(SHORT))
        own = private / "sockets"
        own.mkdir()
        # `multiprocessing` would make a folder that nobody removes if this process is killed.
        config = vars(multiprocessing.current_process())["_config"]
        config["tempdir"] = str(own)
        try:
            forkserver.ensure_running()
            yield
        finally:
            del config["tempdir"]
