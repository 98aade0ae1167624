"""Text that is lost on a page: over an edge, cut off, or under something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reportgen.binder.furniture import HEAD
from reportgen.checking.finding import Limits, family
from reportgen.checking.pages import Note, Subject, short
from reportgen.core.measures import Area, Measured, Run

OVERLAP = "overlap"
RULES, _rule = family()


@_rule("overflow", "error", "text that runs out of its place", tolerance=3)
def _overflow(subject: Subject, limits: Limits) -> Iterator[Note]:
    for number, page in enumerate(subject.pages):
        body = Area(0, 0, page.width, page.height) if page.bare else page.body
        reach = 0 if page.bare else limits["tolerance"]
        for run in page.runs:
            at = run.at
            out = {
                "left": body.x - at.x, "right": at.right - body.right,
                "top": body.y - at.y, "foot": at.bottom - body.bottom,
            }  # fmt: skip
            side, by = max(out.items(), key=lambda found: found[1])
            if by > reach:
                what = "page" if page.bare else "page's margins"
                yield Note(
                    number, at, f"'{short(run.text)}' runs {by:.1f} mm over the {what}, {side}",
                    "shorten the text, or give its box more room", run.text,
                )  # fmt: skip
        for line in page.lines:
            by = line.at.width - line.measure
            if by > limits["tolerance"] and not line.broken and " " in line.text:
                yield Note(
                    number, line.at,
                    f"'{short(line.text)}' is {by:.1f} mm wider than its box",
                    "shorten the text, or let its lines break", line.text,
                )  # fmt: skip


@_rule("clipped", "error", "text that a box cuts off", share=0.02)
def _clipped(subject: Subject, limits: Limits) -> Iterator[Note]:
    for number, run in subject.runs():
        if run.hidden > limits["share"]:
            yield Note(
                number, run.at, f"{run.hidden:.0%} of '{short(run.text)}' is cut off",
                "shorten the text, or give its box more room", run.text,
            )  # fmt: skip


@_rule(OVERLAP, "error", "text that lies on other text or outside of its page", share=0.15)
def _overlap(subject: Subject, limits: Limits) -> Iterator[Note]:
    for number, page in enumerate(subject.pages):
        for run in page.runs:
            if run.covered > limits["share"]:
                yield Note(
                    number, run.at, f"'{short(run.text)}' lies under a drawing or a picture",
                    "shorten it, or move one of them", run.text,
                )  # fmt: skip
        for run, other in _overlapping(list(page.runs), limits):
            yield Note(
                number, other.at, f"'{short(other.text)}' lies on '{short(run.text)}'",
                "shorten one of them, or give the boxes more room", other.text,
            )  # fmt: skip


def _overlapping(runs: list[Run], limits: Limits) -> Iterator[tuple[Run, Run]]:
    """Yield the pairs of texts that lie on each other, the upper first."""
    runs.sort(key=lambda run: run.at.y)
    for index, run in enumerate(runs):
        for other in runs[index + 1 :]:
            if other.at.y >= run.at.bottom:
                break
            smaller = min(a.width * a.height for a in (run.at, other.at))
            if smaller and run.at.common(other.at) > limits["share"] * smaller:
                yield run, other


def laid_over(section: Measured, furniture: Measured, limits: Limits) -> Iterator[Note]:
    """Yield the texts of furniture that lie on each other, or outside of a section's pages.

    A section's own layers, such as its running head, are laid from its second page on.
    """
    pages = [number for number, page in enumerate(section.pages) if not page.bare]
    if not pages:
        return
    number, page = pages[-1], section.pages[pages[-1]]
    own = {layer.name for layer in section.layers}
    layers = [layer for layer in furniture.layers if layer.name not in own]
    layers += section.layers
    told: set[tuple[str, ...]] = set()
    for side in ("single", "recto", "verso"):
        laid: list[Run] = []
        for layer in layers:
            slot = furniture.slots.get(f"{layer.name}-{side}")
            if slot is None or (layer.name.startswith(HEAD) and number == 0):
                continue
            left, top = slot.origin(layer.at.width)
            laid += [
                replace(run, at=replace(run.at, x=run.at.x - layer.at.x + left,
                                        y=run.at.y - layer.at.y + top))
                for run in layer.runs
            ]  # fmt: skip
        for run, other in _overlapping(laid, limits):
            if (pair := (run.text, other.text)) not in told:
                told.add(pair)
                yield Note(
                    number, other.at,
                    f"'{short(other.text)}' lies on '{short(run.text)}' in the {side} furniture",
                    "shorten one of them, or give the layers more room in furniture.css",
                    other.text,
                )  # fmt: skip
        for run in laid:
            at = run.at
            over = max(-at.x, -at.y, at.right - page.width, at.bottom - page.height)
            if over > 0 and (run.text,) not in told:
                told.add((run.text,))
                yield Note(
                    number, at,
                    f"'{short(run.text)}' runs {over:.1f} mm over the page, {side} furniture",
                    "shorten it, or give the layer more room in furniture.css", run.text,
                )  # fmt: skip
