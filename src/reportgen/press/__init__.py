"""Step 5, the press: markup to a fragment, set by WeasyPrint.

The press is given everything: HTML, style sheets, the faces of the job. It fetches nothing
from outside the workspace, and whatever the engine complains of fails the section, because
the reader of a PDF cannot tell what was lost.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from reportgen.core.errors import (
    DeniedError,
    InputError,
    NoGlyphError,
    Place,
    Problem,
    TypesettingError,
)
from reportgen.core.fragments import Fragment
from reportgen.core.measures import Measured
from reportgen.plan.values import Markup
from reportgen.press import complaints, placing
from reportgen.records.pictures import LARGEST, media, plain, within

if TYPE_CHECKING:
    from reportgen.press.inks import Inks

ACCEPTED: tuple[tuple[str, str], ...] = ()
"""Complaints of the engine that lose nothing: a pattern, and the reason. None so far."""
IDENTITY = "reportgen-section"
"""The name of the element that carries a section's identity through the engine."""
SCHEME = "workspace:/"


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())

    def take(self) -> list[str]:
        """Return what was heard since the last time, less what is accepted."""
        heard, self.heard = self.heard, []
        return [c for c in heard if not any(re.search(pattern, c) for pattern, _ in ACCEPTED)]


class Press:
    """Sets sections with the faces of one job. One per process; use is not re-entrant.

    `read` returns the bytes of a file of the workspace by its path, at most so many. `ranks`
    are those of `typefaces.ranks`, by family and weight of each face.
    """

    def __init__(
        self,
        fontconfig: Path,
        stylesheets: dict[str, str],
        read: Callable[[str, int], bytes],
        ranks: Mapping[tuple[str, int], dict[str, int]],
    ) -> None:
        os.environ["FONTCONFIG_FILE"] = str(fontconfig)
        from reportgen.press import engine  # noqa: PLC0415 - reads FONTCONFIG_FILE

        engine.install()
        from reportgen.press import fonts  # noqa: PLC0415 - needs the engine

        fonts.RANKS.update(ranks)
        self._engine = engine
        self._listener = _Listener()
        engine.LOGGER.addHandler(self._listener)
        engine.LOGGER.propagate = False
        self._denied: list[str] = []
        self._reads: dict[str, str] = {}

        def noted(name: str, largest: int) -> bytes:
            content = read(name, largest)
            self._reads[name] = hashlib.sha256(content).hexdigest()
            return content

        self._read = read
        self._inks: dict[tuple[str, str, float], tuple[Inks, str]] = {}
        self._fetcher = _fetcher(engine, noted, self._denied)
        self._plain_html = engine.plain_html()
        self._stylesheets = stylesheets
        self._said: dict[tuple[re.Pattern[str], str], bool] = {}
        self._fonts = engine.FontConfiguration()
        self._counters = engine.CounterStyle()
        self._styles = {name: self._style(name, text) for name, text in stylesheets.items()}

    def set(self, markup: Markup) -> Fragment:
        """Return the section as pages.

        Raises TypesettingError if the engine fails or complains.
        """
        self._denied.clear()
        self._reads.clear()
        self._listener.take()
        try:
            fragment = self._set(markup)
        except InputError:
            raise
        except TypesettingError as error:
            lines = str(error).split("\n")
            told = "\n".join(f"{markup.identity}: {line}" for line in lines)
            if isinstance(error, NoGlyphError):
                raise NoGlyphError(told, error.characters) from error
            raise TypesettingError(told, remedy=error.remedy) from error
        except Exception as error:
            raise _failed(markup, error) from error
        # What stands in every run is told once.
        complaints, denied = dict.fromkeys(self._listener.take()), dict.fromkeys(self._denied)
        if denied:
            raise DeniedError(
                "\n".join(f"{markup.identity}: fetching {url} is not allowed" for url in denied),
                remedy="use files of report/images/ and of templates/",
            )
        if complaints:
            raise TypesettingError("\n".join(f"{markup.identity}: {m}" for m in complaints))
        return fragment

    def _set(self, markup: Markup) -> Fragment:
        """Return the section's fragment, set in one go or in runs."""
        from reportgen.press import joining, runs, tagging  # noqa: PLC0415 - needs the engine

        html = self._parsed(markup)
        render = partial(html.render, **self._options(markup))
        listing = None
        if runs.MARK in markup.html and not self._needs(runs.WHOLE, markup):
            listing = runs.Listing(html.etree_element)
        if listing is None or not listing.long:
            made, _ = self._fragment(markup, tagging.Section(), (), render(), 0)
            if lost := list(placing.lost(html.etree_element, made, markup, self._read)):
                raise InputError(*lost)
            return made
        whole = joining.Joining()
        section = tagging.Section(listing.containers)
        fragment = partial(self._fragment, markup, section, listing.anchors)
        # `map` holds no document while the next is laid out.
        for part, parts in map(fragment, runs.documents(html, listing, render), count()):
            whole.add(part, parts)
        return whole.fragment()

    def _fragment(
        self, markup: Markup, section: Any, elsewhere: Collection[str], document: Any, run: int
    ) -> tuple[Fragment, dict[Any, int]]:
        """Return a run of a section, counted from 0, as pages; see `fragments.fragment`."""
        from reportgen.press import fragments  # noqa: PLC0415 - needs the engine
        from reportgen.press.patches import margins  # noqa: PLC0415

        sheets = {name: self._stylesheets[name] for name in markup.styles}
        if wrong := placing.misshapen(document.pages, markup.size, sheets):
            raise InputError(wrong)
        margins.order_margins(document.pages, opens=run == 0)
        identity = document.metadata.custom.pop(IDENTITY, "")
        inks = self._inks_of(markup)
        return fragments.fragment(
            identity, document, dict(self._reads), section, inks, elsewhere=elsewhere,
        )  # fmt: skip

    def _inks_of(self, markup: Markup) -> Inks | None:
        """Return the inks that a section is printed with; the profile is then read for it."""
        if markup.colour == "rgb":
            return None
        name, key = markup.profile, (markup.colour, markup.profile, markup.most_ink)
        if key not in self._inks:
            from reportgen.press.inks import Inks  # noqa: PLC0415 - few jobs are for print

            content = self._read(name, LARGEST)
            try:
                inks = Inks(content, markup.colour, markup.most_ink)
            except ValueError as error:
                raise InputError(
                    Problem(
                        Place(name), f"is {error}",
                        remedy="put the ICC profile of a printer with four inks there",
                    )
                ) from error  # fmt: skip
            self._inks[key] = inks, hashlib.sha256(content).hexdigest()
        inks, self._reads[name] = self._inks[key]
        return inks

    def measure(self, markup: Markup) -> Measured:
        """Return where everything stands on the section's pages, and how it looks.

        Whatever the engine complains of is told by `set`. Raises TypesettingError if the
        engine fails.
        """
        from reportgen.press import measuring  # noqa: PLC0415 - needs the engine

        try:
            found = measuring.measured(markup.identity, self._laid_out(markup))
        except Exception as error:
            raise _failed(markup, error) from error
        self._listener.take()
        return found

    def _laid_out(self, markup: Markup) -> Any:
        """Return the engine's document."""
        return self._parsed(markup).render(**self._options(markup))

    def _parsed(self, markup: Markup) -> Any:
        """Return the section's elements, as the engine has them."""
        head = f'<head><meta name="{IDENTITY}" content="{markup.identity}">'
        rare = self._needs(self._engine.RARE, markup)
        kind = self._engine.weasyprint.HTML if rare else self._plain_html
        return kind(
            string=markup.html.replace("<head>", head, 1),
            base_url=f"{SCHEME}templates/",
            url_fetcher=self._fetcher,
        )

    def _options(self, markup: Markup) -> dict[str, Any]:
        """Return what the engine lays out with."""
        return {
            "stylesheets": [self._styles[name] for name in markup.styles],
            "font_config": self._fonts,
            "counter_style": self._counters,
            "dpi": markup.resolution,
        }

    def _needs(self, asked: re.Pattern[str], markup: Markup) -> bool:
        """Tell whether a section's styles say something; each style sheet is asked once."""
        for name in markup.styles:
            if (asked, name) not in self._said:
                self._said[asked, name] = bool(asked.search(self._stylesheets[name]))
        said = any(self._said[asked, name] for name in markup.styles)
        return said or bool(asked.search(markup.html))

    def _style(self, name: str, text: str) -> Any:
        style = self._engine.weasyprint.CSS(
            string=text,
            base_url=f"{SCHEME}templates/",
            url_fetcher=self._fetcher,
            font_config=self._fonts,
            counter_style=self._counters,
        )
        if heard := self._listener.take():
            raise InputError(*(_css_problem(name, text, message) for message in heard))
        return style


def _failed(markup: Markup, error: Exception) -> TypesettingError:
    return TypesettingError(
        f"{markup.identity}: the engine failed: {type(error).__name__}: {error}"
    )


def _css_problem(name: str, text: str, message: str) -> Problem:
    """Return a complaint about a style sheet."""
    found = complaints.problem(message, {name: text}, dict)
    return found or Problem(Place(f"templates/{name}"), message, remedy=complaints.MEND)


def _fetcher(engine: Any, read: Callable[[str, int], bytes], denied: list[str]) -> Any:
    class Fetcher(engine.URLFetcher):  # type: ignore[misc]
        """Opens pictures of the workspace, small pictures in the address, and nothing else."""

        def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002
            allowed = (f"{SCHEME}report/images/", f"{SCHEME}templates/")
            content = None
            if url.startswith(allowed):
                try:
                    content = plain(read(unquote(url.removeprefix(SCHEME)), LARGEST))
                except InputError as error:
                    denied.append(url)
                    raise ValueError(str(error)) from error
            elif embedded := within(url):
                content = plain(embedded)  # of a drawing, which was looked through
            if content is not None:
                return engine.URLFetcherResponse(url, content, {"Content-Type": media(content)})
            denied.append(url if len(url) <= 200 else url[:199] + "…")
            raise ValueError("not a picture of the workspace")

    return Fetcher()
