"""The date that files carry: that of the edition, never that of their making.

The day on which a file was made is nobody's business, and would make the same input give other
bytes.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from typing import Protocol

from reportgen.core.errors import UsageError

EPOCH = "SOURCE_DATE_EPOCH"
"""The variable that dates what is built: seconds since 1970 (reproducible-builds.org)."""


class Dated(Protocol):
    """A report, as far as it dates its files."""

    @property
    def date(self) -> date | None:
        """The day of the edition."""

    @property
    def year(self) -> int:
        """The year that it is of."""


def asked() -> str:
    """Return what the environment says, empty if nothing."""
    return os.environ.get(EPOCH, "")


def inputs(report: Dated) -> dict[str, str]:
    """Return what files are dated by beside the report, as an input of theirs."""
    return {} if report.date else {EPOCH: asked()}


def of(report: Dated) -> str:
    """Return the date of files in ISO 8601.

    It is that of the report, else what SOURCE_DATE_EPOCH says, else the first day of the report's
    year. Raises UsageError for a variable that is no number of seconds.
    """
    if report.date:
        return f"{report.date:%Y-%m-%d}T00:00:00Z"
    if not (seconds := asked()):
        return f"{report.year}-01-01T00:00:00Z"
    try:
        return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(
            f"{EPOCH} is '{seconds}', expected a number of seconds since 1970",
            remedy=f"unset it, or write `date:` in report.yaml, which goes before {EPOCH}",
        ) from error
