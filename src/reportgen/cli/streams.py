"""The streams that the command speaks to, made fit to be spoken to whatever they are."""

from __future__ import annotations

import io
import os
import sys

NAMES = ("stdin", "stdout", "stderr")


def make_sound() -> None:
    """See to it that nothing that is said can fail a build that has succeeded.

    A stream that the caller closed is opened on /dev/null: otherwise the next file that is opened
    would get its number, and be written to. A sign that the encoding of a terminal or of a pipe
    lacks is written as its code point. Whoever reads may stop.
    """
    for number, name in enumerate(NAMES):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    for name in NAMES[1:]:
        stream = getattr(sys, name)
        if type(stream) is io.TextIOWrapper:  # else it is a test's
            buffered = stream.line_buffering
            encoding = stream.encoding
            setattr(sys, name, _Patient(
                stream.detach(), encoding, "backslashreplace", line_buffering=buffered
            ))  # fmt: skip


class _Patient(io.TextIOWrapper):
    """A stream whose reader may go: what is said from then on is for nobody."""

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except BrokenPipeError:
            self._go_on()
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except BrokenPipeError:
            self._go_on()

    def _go_on(self) -> None:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, self.fileno())
        os.close(nothing)
