"""Private folders in the system's folder for temporary files, which nothing outlives.

A folder of ours is told by a file that only reportgen writes into it, and that is locked as long as
the folder is used: not by its name, which a user may have given to a folder of theirs, and not by
the number of a process, which another container with the same folder may have as well.

A process that is killed cannot tidy up, so another does it, which waits for nothing but the end of
this one.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reportgen.core.errors import OutputError

PREFIX = "reportgen-"
MARKER = ".private-folder-of-reportgen"
MARK = b"This folder belongs to a run of reportgen, and is removed at its end.\n"
PATIENCE = 5.0
"""Seconds that the janitor may take to end."""
KEEP = "keep what cleans up temporary files away from it, or name another folder with TMPDIR"
# It reads until the run is no more. Workers, which end by themselves, may write once more.
_JANITOR = """trap "" HUP INT QUIT TERM
read -r _
for try in 1 2 3 4; do
  rm -rf -- "$0" 2>&-
  [ -e "$0" ] || exit 0
  sleep 1
done
"""


@contextmanager
def folder(parent: Path | None = None) -> Iterator[Path]:
    """Yield a new private folder, removed at the end, in `parent` or where temporary files go.

    Those of killed runs are removed first. The path is absolute, whatever TMPDIR is. Raises
    OSError if it cannot be made, and OutputError if it was removed meanwhile.
    """
    parent = (parent or Path(tempfile.gettempdir())).resolve()
    _sweep(parent)
    made = parent / f"{PREFIX}{os.urandom(6).hex()}"
    # Before the folder is there: a run that is killed in between would leave it without a marker.
    janitor = subprocess.Popen(  # noqa: S603 - our own words, and a folder that we made
        ["/bin/sh", "-c", _JANITOR, str(made)], cwd="/", stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        made.mkdir(mode=0o700)
    except OSError:
        janitor.kill()
        janitor.communicate()
        raise
    lock = _marked(made)
    try:
        yield made
    except FileNotFoundError as error:
        if made.exists():
            raise
        raise OutputError(gone(made), remedy=KEEP) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(lock)
        with suppress(subprocess.TimeoutExpired, BrokenPipeError):
            janitor.communicate(timeout=PATIENCE)


def gone(made: Path) -> str:
    """Return what is told of a folder that somebody removed while it was used."""
    return f"{made}: was removed while the build used it"


def _marked(made: Path) -> int:
    """Put the marker into a folder; return its descriptor, which holds the lock."""
    lock = os.open(made / MARKER, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    # Written once it is locked: a marker that says nothing yet is nobody's.
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.write(lock, MARK)
    return lock


def _sweep(parent: Path) -> None:
    """Remove the private folders of runs of this user that are no more."""
    with suppress(OSError), os.scandir(parent) as found:
        for entry in found:
            with suppress(OSError):
                if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False):
                    _remove_if_left(Path(entry.path))


def _remove_if_left(made: Path) -> None:
    """Remove a folder if it has our marker, and nobody has that locked."""
    lock = os.open(made / MARKER, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        status = os.fstat(lock)
        ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()
        if ours and os.read(lock, len(MARK) + 1) == MARK:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(made, ignore_errors=True)
    finally:
        os.close(lock)
