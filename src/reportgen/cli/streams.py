"""The streams that the command speaks to, made fit to be spoken to whatever they are."""

from __future__ import annotations

import os
import sys

NAMES = ("stdin", "stdout", "stderr")


def make_sound() -> None:
    """See to it that nothing that is said can fail a build that has succeeded.

    A stream that the caller closed is opened on /dev/null: otherwise the next file that is opened
    would get its number, and be written to. A sign that the encoding of a terminal or of a pipe
    lacks is written as its code point.
    """
    for number, name in enumerate(NAMES):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # else it is a test's
            reconfigure(errors="backslashreplace")
