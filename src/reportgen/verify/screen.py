"""Files for the screen: PDF/UA-1 and PDF/A-3a at once, by an independent validator."""

from __future__ import annotations

from collections.abc import Iterator

import page

PROFILES = {"ua1": "PDF/UA-1", "3a": "PDF/A-3a"}
"""The validator's names of the standards, and theirs."""
LIMITS = page.SafetyLimits(max_form_invocations=10_000_000, max_reference_depth=100_000)
"""The validator guards itself against files of strangers with limits that a book of 1,000 cities
exceeds: its pages draw 20,000 forms, and its outline is a chain of 1,000 entries."""


def faults(content: bytes) -> Iterator[str]:
    """Yield what keeps a file from conforming to both standards."""
    for profile, name in PROFILES.items():
        try:
            report = page.validate_pdf_bytes(content, profile=profile, limits=LIMITS)
        except page.PageError as error:
            yield f"not {name}: {error}"
            continue
        for failure in report.failures:
            yield f"not {name}: {failure.message} ({failure.rule_id})"
