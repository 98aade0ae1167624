"""The amended WeasyPrint: what is changed in it.

Besides `word-break: keep-all` this is changed:

- References between objects are tokens, and no file is written; see `fragments`. Font
  programs are the binder's: the engine would put one into every fragment, and with the
  HarfBuzz of Debian 12 a profile took 220 ms and 311 kB instead of 70 ms and 53 kB.
- Tags are made of elements, not of boxes; see `tagging`. What no tag holds, such as margin boxes
  (ISO 14289-1, 7.8) and leaders, is marked as an artifact.
- Styles and boxes that no style sheet asks for are not made: notes, and the boxes in the
  margins of pages.
- Lists of Pango's attributes are given back; see `features`.
- Lines are laid out fewer times, values that nobody set and lengths without percentages found
  in fewer steps, and glyphs written down with less work; see `lines`, `styles`, `lengths` and
  `glyphs`.
- Glyphs stand for the characters that the record has, and words are separated where lines
  end; see `glyphs` and `spaces`.
- In print, small text and thin rules have one ink; see `fine`.
- Pictures of far more pixels than can be seen are reduced; see `images`.
- Marks of lists may be worded by a style sheet; see `markers`.
- Titles in outlines have a space for a forced break, and no citations; see `titles`.

`FONTCONFIG_FILE` must name a configuration with our faces only before this is imported.
"""

from __future__ import annotations

import ctypes.util
import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from reportgen.core.errors import EngineError, TypesettingError
from reportgen.core.versions import INSTALL, require_tested

if "FONTCONFIG_FILE" not in os.environ:
    raise EngineError("the engine must not be imported before the faces of the job are known")


require_tested()  # before the import, as another version may lack what is imported


@contextmanager
def _sonames_only() -> Iterator[None]:
    """Let libraries be found by the names that the system's own loader knows, on Linux.

    The engine asks for each by three other names first. None is a soname, so Python starts
    the compiler and the linker for each, 54 programs in all, which takes 0.15 s.
    """
    search = ctypes.util.find_library
    if sys.platform == "linux":
        ctypes.util.find_library = lambda name: None  # noqa: ARG005
    try:
        yield
    finally:
        ctypes.util.find_library = search


try:
    with _sonames_only(), warnings.catch_warnings():
        # The engine looks for fonts while it is imported, when ours may not be there yet.
        warnings.filterwarnings("ignore", message=".*FontConfig.*")
        import pydyf
        import weasyprint
        from weasyprint import document, draw, layout
        from weasyprint.css.counters import CounterStyle
        from weasyprint.formatting_structure import boxes
        from weasyprint.logger import LOGGER
        from weasyprint.pdf import stream
        from weasyprint.text.ffi import ffi, harfbuzz, pango
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher, URLFetcherResponse
except OSError as missing:
    raise EngineError(
        f"a library of the typesetting engine is missing: {missing}",
        remedy="reportgen doctor says which, and the command that installs it",
    ) from missing

__all__ = [
    "LOGGER",
    "CounterStyle",
    "FontConfiguration",
    "URLFetcher",
    "URLFetcherResponse",
    "boxes",
    "ffi",
    "install",
    "versions",
    "weasyprint",
]

ffi.cdef("const char * hb_version_string (void);")
_installed = False


def versions() -> dict[str, str]:
    """Return the versions of the engine and of its libraries."""
    number = pango.pango_version()
    return {
        "weasyprint": weasyprint.__version__,
        "pydyf": pydyf.__version__,
        "pango": f"{number // 10000}.{number // 100 % 100}.{number % 100}",
        "harfbuzz": ffi.string(harfbuzz.hb_version_string()).decode(),
    }


RARE = re.compile(r"footnote|:\s*note\b|::note|@(top|bottom|left|right)-", re.IGNORECASE)
"""What a style sheet says that asks for notes or for boxes in the margins of pages."""


@cache
def plain_html() -> type:
    """Return a class of documents for pages without notes and without boxes in the margins.

    The engine's own style sheet gives every element five kinds of notes (CSS GCPM 3, 2) and
    every page sixteen boxes (CSS Page 3, 4), so that there are four times as many styles as
    elements: a tenth of the time.
    """
    path = Path(weasyprint.__file__).parent / "css" / "html5_ua.css"
    text = path.read_text(encoding="utf-8")
    quick = re.sub(
        r"(?m)^(::(foot)?note-(call|marker|callback)|  @(top|bottom|left|right)-\S+) *\{.*\}$",
        "", text,
    )  # fmt: skip
    if RARE.search(quick.replace("@footnote", "").replace("element(note", "")):
        raise EngineError("the engine's own style sheet is not as it was", remedy=INSTALL)
    own = weasyprint.CSS(string=quick)

    class Plain(weasyprint.HTML):  # type: ignore[misc]
        def _ua_stylesheets(self, forms: bool = False) -> list[Any]:  # noqa: ARG002, FBT001, FBT002
            return [own]

    return Plain


def install() -> None:
    """Amend the engine, once per process.

    Raises EngineError for an engine that the changes were not tested on.
    """
    global _installed  # noqa: PLW0603 - the engine itself is global to the process
    if _installed:
        return
    from reportgen.press import fine, fragments, glyphs  # noqa: PLC0415 - they import this
    from reportgen.press.patches import (  # noqa: PLC0415
        features,
        images,
        keep_all,
        lengths,
        lines,
        markers,
        spaces,
        styles,
        titles,
    )  # fmt: skip

    if pango.pango_version() < keep_all.OLDEST_PANGO:
        raise EngineError(f"Pango {versions()['pango']} is older than 1.50.12", remedy=INSTALL)
    keep_all.install()
    features.install()
    fine.install()
    lines.install()
    styles.install()
    lengths.install()
    glyphs.install()
    images.install()
    markers.install()
    spaces.install()
    titles.install()
    fragments.install()
    boxes.Box.artifact = False
    stream.Stream.marked = _marked
    stream.Stream.add_font = _add_font
    document.draw_page = _draw_page
    layout.make_margin_boxes = _make_margin_boxes
    _installed = True


_engine_marked = stream.Stream.marked
_engine_add_font = stream.Stream.add_font


@contextmanager
def _marked(self: Any, box: Any, tag: str) -> Iterator[None]:
    """Mark what is drawn of a box, and note in which stream: a group has one of its own."""
    if box.artifact:
        with self.artifact():
            yield
        return
    with _engine_marked(self, box, tag):
        if self._tags is not None:
            self._tags[box]["stream"] = self
        yield


def _add_font(self: Any, face: Any) -> Any:
    """Add a face; raises TypesettingError where Pango found none, of which it would not live on."""
    if face == ffi.NULL:
        raise TypesettingError("the engine found no face", remedy="build again")
    return _engine_add_font(self, face)


def order_margins(pages: Any, *, opens: bool) -> None:
    """Say when the margins of laid-out pages are drawn.

    `opens` says that the first of the pages is the first of its section.

    The first page draws its margins before its text, all others after theirs, so that a
    text that runs on to the second page stays in one piece for programs that extract it
    in the order of the content.
    """
    for number, page in enumerate(pages):
        page._page_box.margins_first = opens and number == 0


_engine_make_margin_boxes = layout.make_margin_boxes


def _make_margin_boxes(context: Any, page: Any, state: Any) -> Any:
    """Return the margin boxes of a page, if a style sheet asks for one.

    The engine computes the styles and the sizes of all sixteen, a tenth of a page's time.
    """
    styles = (context.style_for(page.page_type, keyword) for keyword in MARGINS)
    # A style is a mapping that is filled when it is asked, and so is false until then.
    given = (style for style in styles if style is not None)
    if any(style["content"] not in {"normal", "inhibit", "none"} for style in given):
        return _engine_make_margin_boxes(context, page, state)
    return ()


MARGINS = (
    "@top-left-corner", "@top-left", "@top-center", "@top-right", "@top-right-corner",
    "@bottom-left-corner", "@bottom-left", "@bottom-center", "@bottom-right",
    "@bottom-right-corner", "@left-top", "@left-middle", "@left-bottom", "@right-top",
    "@right-middle", "@right-bottom",
)  # fmt: skip
_engine_draw_page = draw.draw_page


def _draw_page(page: Any, stream: Any) -> None:
    children = page.children
    if page.margins_first:
        page.children = sorted(children, key=lambda c: not isinstance(c, boxes.MarginBox))
    try:
        _engine_draw_page(page, stream)
    finally:
        page.children = children
