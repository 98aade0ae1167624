"""What no tag holds is marked as an artifact: margin boxes (ISO 14289-1, 7.8), leaders, ornaments.

Which boxes these are, `tagging` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from weasyprint.pdf.stream import Stream

_engine_marked = Stream.marked


@contextmanager
def marked(stream: Any, box: Any, tag: str) -> Iterator[None]:
    """Mark what is drawn of a box, and note in which stream: a group has one of its own."""
    if box.artifact:
        with stream.artifact():
            yield
        return
    with _engine_marked(stream, box, tag):
        if stream._tags is not None:
            stream._tags[box]["stream"] = stream
        yield
