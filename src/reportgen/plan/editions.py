"""Editions: what each asks of its pages and of its files."""

from __future__ import annotations

from decimal import Decimal

from reportgen.core.units import MM
from reportgen.plan.values import PROFILE, About, Attached, Finish
from reportgen.records.schema.report import Edition, Report

SCREEN = "templates/colour/srgb.icc"
"""The profile of the output intent of what is not printed."""
A4 = (210, 297)
"""The size that the templates are drawn for, in mm."""
THIN_SPINE = 5
"""mm; on a thinner spine a line of text would run over its edges."""
ALLOWANCE = Decimal("0.6")
"""mm that a spine is wider than its leaves: the cover's own board and the glue."""

BETWEEN = " · "
"""What stands between the parts of a slug line."""


def languages(report: Report, edition: str) -> tuple[str, ...]:
    """Return the languages of an edition in the order of the report."""
    wanted = report.editions[edition].languages
    return tuple(x for x in report.languages if not wanted or x in wanted)


def profile(edition: Edition) -> str:
    """Return the file with the profile of the output intent; grey is printed with black ink."""
    if edition.colour == "rgb":
        return SCREEN
    return f"templates/colour/{edition.profile}" if edition.profile else PROFILE


def page_style(width: int | Decimal, height: int | Decimal) -> str:
    """Return the style that gives pages a size in mm, empty for A4."""
    return "" if (width, height) == A4 else f"@page {{ size: {width}mm {height}mm }}"


def rule_style(edition: Edition) -> str:
    """Return the style of rules in print, empty for the screen.

    0.25 pt is the least that a press holds, and a grey would be a screen of dots.
    """
    if edition.colour == "rgb":
        return ""
    return "html { --hairline: 0.25pt solid black; --fine-line: 0.25pt solid black }"


def cover_width(edition: Edition, spine: Decimal) -> Decimal:
    """Return the width in mm of back, spine and front."""
    return 2 * Decimal(str(edition.trim.width)) + spine


def spine(edition: Edition, pages: int) -> Decimal:
    """Return the width in mm of the spine of a book of so many pages."""
    return (pages + 1) // 2 * Decimal(str(edition.paper)) + ALLOWANCE


def finish(
    report: Report,
    edition: str,
    about: About,
    attached: tuple[Attached, ...] = (),
    width: Decimal | None = None,
    name: str = "",
) -> Finish:
    """Return what an edition asks of a file.

    `width` is in mm, where it is not the trim's; `name` is the city's, for the slug line.
    """
    made = report.editions[edition]
    return Finish(
        standard=made.standard,
        profile=profile(made),
        width=float(made.trim.width if width is None else width) * MM,
        height=float(made.trim.height) * MM,
        bleed=float(made.bleed) * MM,
        marks=made.marks,
        slug=BETWEEN.join(
            filter(None, (report.title.display, name, about.identity, str(report.year)))
        ),
        condition=made.condition,
        grey=made.colour == "grey",
        attached=attached if made.screen else (),
    )
