"""Links on pages. No address is called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from reportgen.checking.finding import Limits, family
from reportgen.checking.pages import Note, Subject, short

RULES, _rule = family()


@_rule("dead-link", "error", "a link that goes nowhere")
def _dead_link(subject: Subject, _: Limits) -> Iterator[Note]:
    for number, page in enumerate(subject.pages):
        for link in page.links:
            why = _dead(link.kind, link.target, subject)
            if not link.text and not link.at.width * link.at.height:
                why = "has nothing that could be clicked"
            if why:
                yield Note(
                    number, link.at, f"the link to '{short(link.target)}' {why}",
                    "mend the address, or take the link out", link.target,
                )  # fmt: skip


def _dead(kind: str, target: str, subject: Subject) -> str:
    """Return why a link leads nowhere, if it does."""
    if kind == "internal":
        return "" if target in subject.measured.anchors else "has no such place in its section"
    if target.startswith("section:"):
        known = target.removeprefix("section:") in subject.targets
        return "" if known else "has no such section in the book"
    address = urlsplit(target)
    if address.scheme == "mailto":
        good = re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", address.path)
        return "" if good else "is no address"
    if address.scheme == "tel":
        return "" if re.fullmatch(r"\+?[0-9]{5,}", address.path) else "is no telephone number"
    if address.scheme not in {"http", "https"}:
        return "is neither a web, a mail nor a telephone address"
    host = address.hostname or ""
    if not re.fullmatch(r"([^.\s]+\.)+[^.\s]{2,}", host) or host.endswith((".invalid", ".local")):
        return f"names '{host}', which is no host of the web"
    return ""
