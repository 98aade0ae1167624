"""Type and colour: what is hard to read, or to print."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reportgen.checking.finding import Limits, family
from reportgen.checking.pages import Note, Subject, short
from reportgen.core.colours import Colour, contrast

WHITE = 0.3
"""Sum of inks up to which a colour is left white where it is type; see `press.fine`."""
_ORNAMENT = re.compile(r"[\s.,·…|–—_-]*")
RULES, _rule = family()


@_rule("contrast", "error", "text that is hard to tell from its ground", least=4.5, large=3)
def _contrast(subject: Subject, limits: Limits) -> Iterator[Note]:
    for number, run in subject.joined():
        if run.ground is None or _ORNAMENT.fullmatch(run.text):
            continue
        # WCAG 2.2, 1.4.3: large is 18 pt, or 14 pt if bold. A mark that is no letter is
        # what 1.4.11 calls a graphical object.
        large = run.size >= 18 or (run.bold and run.size >= 14)
        mark = not any(c.isalnum() for c in run.text)
        least = limits["large"] if large or mark else limits["least"]
        ratio = contrast(run.colour, run.ground)
        if ratio < least:
            yield Note(
                number, run.at,
                f"'{short(run.text)}' has a contrast of {ratio:.2f} to 1, expected {least:g}:"
                f" {_hex(run.colour)} on {_hex(run.ground)}",
                "set it darker, or its ground lighter", run.text,
            )  # fmt: skip


@_rule("ink-over-limit", "error", "a colour with more ink than the paper bears", most=300)
def _ink(subject: Subject, limits: Limits) -> Iterator[Note]:
    told: set[Colour] = set()
    for number, run in subject.joined():
        for colour in (run.colour, run.ground):
            if subject.ink is None or colour is None or colour in told:
                continue
            told.add(colour)
            percent = 100 * subject.ink(colour)
            if percent > limits["most"]:
                yield Note(
                    number, run.at,
                    f"{_hex(colour)} at '{short(run.text)}' takes {percent:.0f} % of ink, expected"
                    f" at most {limits['most']:g}",
                    "choose a lighter or a greyer colour; greys are printed with black alone",
                    run.text,
                )  # fmt: skip


@_rule("small-type", "warning", "type that is too small to read", least=7)
def _small_type(subject: Subject, limits: Limits) -> Iterator[Note]:
    for number, run in subject.joined():
        if run.size < limits["least"] - 0.01:
            yield Note(
                number, run.at, f"'{short(run.text)}' is set in {run.size:.2g} pt",
                f"set it in {limits['least']:g} pt or more", run.text,
            )  # fmt: skip


@_rule(
    "reversed-type", "warning", "thin type that is left white in a field of several inks", least=9
)
def _reversed_type(subject: Subject, limits: Limits) -> Iterator[Note]:
    for number, run in subject.joined():
        if subject.ink is None or run.ground is None or run.bold or run.size >= limits["least"]:
            continue
        # More than one ink in full; the letters are what none of them prints.
        if subject.ink(run.ground) > 1 and subject.ink(run.colour) < WHITE:
            yield Note(
                number, run.at,
                f"'{short(run.text)}' is left white in {run.size:.2g} pt out of several inks",
                f"set it bold, or in {limits['least']:g} pt or more", run.text,
            )  # fmt: skip


@_rule("mixed-weights", "warning", "a text in two weights, as the face of one lacks characters")
def _mixed_weights(subject: Subject, _: Limits) -> Iterator[Note]:
    for number, run in subject.runs():
        if run.weights:
            mixed = " and ".join(map(str, run.weights))
            yield Note(
                number, run.at, f"'{short(run.text)}' is set in the weights {mixed}",
                "set it in a weight whose face has all of it: 400 or 700 of a full face", run.text,
            )  # fmt: skip


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(c * 255):02X}" for c in colour)
