"""What every worker would do first, done once in the server that forks them.

It is imported there while the parent reads; 0.04 s for each worker.
"""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from types import TracebackType

from reportgen.core.errors import EngineError
from reportgen.press import engine
from reportgen.press.patches import table  # noqa: F401 - loaded once for all workers

TYPES = (
    "PangoFcFontMap *", "PangoRectangle *", "PangoLogAttr[]", "char[]", "char[4]",
    "unsigned int *", "hb_tag_t[100]",
)  # fmt: skip
"""The types of C that the engine asks for by name while it sets a page. Each is parsed when it
is first asked for, in 2 ms."""


def _told_by_parent(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Keep quiet of a worker that is not started: of what kept it, the parent tells."""
    if not issubclass(kind, EOFError | OSError):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _told_by_parent
# Workers begin with it. The parent hears of an interrupt and ends them, also while they start.
signal.signal(signal.SIGINT, signal.SIG_IGN)
for kind in TYPES:
    engine.ffi.typeof(kind)
with suppress(EngineError):  # which every worker raises again, where it is told
    engine.plain_html()
