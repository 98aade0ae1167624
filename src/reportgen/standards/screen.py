"""What an independent validator says of files for the screen."""

from __future__ import annotations

from collections.abc import Iterator

import page

LIMITS = page.SafetyLimits(max_form_invocations=10_000_000, max_reference_depth=100_000)
"""The validator guards itself against files of strangers with limits that a book of 1,000 cities
exceeds: its pages draw 20,000 forms, and its outline is a chain of 1,000 entries."""


def failures(content: bytes, profile: str) -> Iterator[tuple[str, str]]:
    """Yield the rules of a profile, `ua1` or `3a`, that a file breaks, each with what is told.

    The rule is empty where the file cannot be judged.
    """
    try:
        report = page.validate_pdf_bytes(content, profile=profile, limits=LIMITS)
    except page.PageError as error:
        yield "", str(error)
        return
    for failure in report.failures:
        yield failure.rule_id, f"{failure.message} ({failure.rule_id})"
