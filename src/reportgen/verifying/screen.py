"""What an independent validator says of files for the screen."""

from __future__ import annotations

from collections.abc import Iterator

import page

LIMITS = page.SafetyLimits(max_form_invocations=10_000_000, max_reference_depth=100_000)
"""The validator guards itself against files of strangers with limits that a book of 1,000 cities
exceeds: its pages draw 20,000 forms, and its outline is a chain of 1,000 entries."""


Fault = tuple[str, str]
"""The rule that a file breaks, as its validator calls it, or nothing; and what is told."""


def faults(content: bytes, profile: str) -> Iterator[Fault]:
    """Yield the rules of a profile of the validator, such as `ua1`, that a file breaks."""
    try:
        report = page.validate_pdf_bytes(content, profile=profile, limits=LIMITS)
    except page.PageError as error:
        yield "", str(error)
        return
    for failure in report.failures:
        yield failure.rule_id, f"{failure.message} ({failure.rule_id})"


def named(content: bytes, profile: str, standard: str) -> Iterator[Fault]:
    """Yield the same, with the standard that the file then is not of."""
    for rule, message in faults(content, profile):
        yield rule, f"not {standard}: {message}"
