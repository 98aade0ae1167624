"""A face that Pango does not find is an error: the engine would not live on without it."""

from __future__ import annotations

from typing import Any

from weasyprint.pdf.stream import Stream
from weasyprint.text.ffi import ffi

from reportgen.core.errors import TypesettingError

_engine_add_font = Stream.add_font


def add_font(stream: Any, face: Any) -> Any:
    """Add a face; raises TypesettingError where Pango found none."""
    if face == ffi.NULL:
        raise TypesettingError("the engine found no face", remedy="build again")
    return _engine_add_font(stream, face)
