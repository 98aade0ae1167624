"""What the command says: problems, progress, the closing summary."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from reportgen.core.errors import Problem, ProblemsError, ReportgenError, printable, shortened
from reportgen.core.events import Begun, Current, Event, Listener, PagesMeasured, Reading

if TYPE_CHECKING:  # the build's imports take 0.3 s, which `--version` need not wait for
    from rich.progress import Progress

    from reportgen.building.results import Failure, Outcome
    from reportgen.library import BuildResult, CheckResult

MOST_NAMES = 12
"""How many failed products the last line names."""

GAP = 2
"""Spaces between the columns of a table."""

results = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def tell(error: ReportgenError) -> None:
    """Tell what an exception says, and what to do."""
    if isinstance(error, ProblemsError):
        draw(error.problems)
        return
    for line in str(error).split("\n"):
        errors.print(f"[bold red]error:[/] {escape(printable(shortened(line)))}")
    if error.remedy:
        errors.print(f"   = {escape(printable(error.remedy))}")


def draw(problems: Iterable[Problem]) -> None:
    """Draw problems as compilers do, the place bold and the fault red, each once."""
    drawn = list(dict.fromkeys(str(problem) for problem in problems))
    for problem in drawn:
        first, *rest = problem.split("\n")
        place, _, message = first.partition(": error: ")
        errors.print(f"[bold]{escape(place)}:[/] [bold red]error:[/] {escape(message)}")
        for line in rest:
            margin, bar, fault = line.partition(" | ")
            if bar and fault.strip().startswith("^"):
                errors.print(f"{escape(margin)} | [red]{escape(fault)}[/]")
            else:
                errors.print(escape(line))
    errors.print(count(len(drawn), "problem"))


def table(rows: list[dict[str, str]]) -> None:
    """Print a table: in columns where they fit, row by row on a terminal that is narrower.

    All rows have the same keys, which head the columns.
    """
    told = [{key: key.upper() for key in rows[0]}, *rows]
    widths = {key: max(len(row[key]) for row in told) for key in rows[0]}
    # What is not a terminal has room for all.
    width = shutil.get_terminal_size((sys.maxsize, 0)).columns
    if sum(widths.values()) + GAP * len(widths) <= width:
        for row in told:
            cells = (f"{row[key]:<{widths[key] + GAP}}" for key in widths)
            click.echo("".join(cells).rstrip())
        return
    label = max(map(len, widths)) + 2 * GAP
    for row in rows:
        title, *others = row
        click.echo(row[title])
        for key in others:
            start = f"{'':{GAP}}{key:<{label - GAP}}"
            wrapped = textwrap.fill(
                row[key], width, initial_indent=start, subsequent_indent=" " * label,
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip
            click.echo(wrapped)


class Progressing:
    """Shows a bar on a terminal, plain lines elsewhere, nothing if quiet."""

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self.bar: Progress | None = None
        self.quiet, self.verbose = quiet, verbose

    def __enter__(self) -> Listener:
        return self.hear

    def hear(self, event: Event) -> None:
        """Tell that a product is done or could not be made, and how many are."""
        if isinstance(event, Reading):
            self._show()
        elif not isinstance(event, Begun | Current):
            last = event.identity
            if isinstance(event, PagesMeasured):
                last = f"{last} measured"
            self._tell(event.done, event.total, last)

    def _show(self) -> None:
        """Show the bar."""
        if not self.quiet and errors.is_terminal:
            from rich.progress import (  # noqa: PLC0415 - only a terminal shows a bar
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
            )

            self.bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=errors,
                transient=True,
            )
            self.bar.start()
            self.task = self.bar.add_task("reading the records", total=None)

    def _tell(self, done: int, total: int, last: str) -> None:
        if self.bar:
            if self.verbose:
                self.bar.console.print(last)
            self.bar.update(self.task, description=f"{last:<24}", completed=done, total=total)
        elif not self.quiet:
            errors.print(f"[{done}/{total}] {last}", markup=False)

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()


def explain(outcome: Outcome) -> None:
    """Tell why each product is made."""
    for path, reasons in outcome.reasons.items():
        errors.print(printable(f"{path}: {'; '.join(reasons)}"), markup=False)


def report(made: BuildResult, seconds: float, *, quiet: bool, as_json: bool) -> None:
    """Tell what was made and, at the end, what was not."""
    outcome = made.outcome
    products = sorted((*outcome.products, *outcome.current), key=lambda p: p.path)
    _tell_faults(outcome)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "products": [
                        {"path": p.path, "title": p.title, "pages": p.pages, "bytes": p.size}
                        for p in products
                    ],
                    "removed": list(outcome.removed),
                    "problems": [
                        {
                            "file": p.place.file,
                            "line": p.place.line,
                            "column": p.place.column,
                            "field": p.field,
                            "message": p.message,
                            "remedy": p.remedy,
                            "city": p.city,
                        }
                        for p in outcome.problems
                    ],
                    "failures": [
                        {"identity": f.identity, "message": str(f.error)} for f in outcome.failures
                    ],
                    "seconds": round(seconds, 2),
                },
                ensure_ascii=False,
                indent=1,
            )
        )
    elif not quiet:
        pages = sum(p.pages for p in products)
        size = sum(p.size for p in products)
        click.echo(
            f"{count(len(products), 'file')}, {count(pages, 'page')}, {size / 1e6:.1f} MB"
            f" in {seconds:.1f} s → {_relative(made.root)}"
        )
        for path in outcome.removed:
            click.echo(f"removed {path}, which no record asks for any more")
    if names := outcome.failed:
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        errors.print(
            f"[bold red]not made:[/] {escape(printable(', '.join(names[:MOST_NAMES])))}{more}"
        )


def findings(found: CheckResult, seconds: float, *, quiet: bool) -> None:
    """List what a check found, by file and by product, and how much it is.

    What a rule advises is said once for each file.
    """
    last = ""
    told: set[tuple[str, str]] = set()
    for finding in found.findings:
        if finding.heading != last:
            told.clear()
            results.print(f"{chr(10) if last else ''}[bold]{escape(printable(finding.heading))}[/]")
            last = finding.heading
        place = finding.place
        where = str(finding.spot) if finding.spot else f"{place.line}:{place.column}"
        colour = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}
        results.print(
            f"  {escape(where)}  [{colour[finding.severity]}]{finding.severity}[/]  "
            f"{escape(printable(shortened(finding.message)))}  [dim]{finding.rule}[/]"
        )
        origin = f"{place}: {finding.field}" if finding.spot and finding.field else finding.field
        if origin:
            results.print(f"     [dim]in {escape(printable(str(origin)))}[/]")
        if (finding.rule, finding.remedy) not in told:
            told.add((finding.rule, finding.remedy))
            results.print(f"     = {escape(printable(finding.remedy))}")
    looked = f"{count(found.records, 'record')}, {count(found.pages, 'page')}"
    counts = Counter(finding.severity for finding in found.findings)
    if counts:
        kinds = [count(counts[kind], kind) for kind in ("error", "warning", "note") if counts[kind]]
        total = count(len(found.findings), "finding")
        results.print(f"\n[bold]{total}[/]: {', '.join(kinds)}; {looked} in {seconds:.1f} s")
    elif not quiet:
        results.print(f"no findings; {looked} in {seconds:.1f} s")


def findings_as_json(found: CheckResult) -> dict[str, object]:
    """Return what a check found as values of JSON; lengths are in mm from the top left."""
    listed = []
    for finding in found.findings:
        entry: dict[str, object] = {
            "rule": finding.rule,
            "severity": finding.severity,
            "message": finding.message,
            "remedy": finding.remedy,
            "file": finding.place.file,
            "line": finding.place.line,
            "column": finding.place.column,
            "field": finding.field,
            "city": finding.city,
        }
        if spot := finding.spot:
            area = spot.area
            entry |= {
                "product": spot.product, "page": spot.page, "x": area.x, "y": area.y,
                "width": area.width, "height": area.height,
            }  # fmt: skip
        listed.append(entry)
    counts = Counter(finding.severity for finding in found.findings)
    summary = {f"{kind}s": counts[kind] for kind in ("error", "warning", "note")}
    looked = {"records": found.records, "pages": found.pages}
    return {"findings": listed, "summary": {**summary, **looked}}


def _tell_faults(outcome: Outcome) -> None:
    """Draw the problems of records and of their pages together, then the other failures."""
    placed: list[Problem] = list(outcome.problems)
    others: list[Failure] = []
    for failure in outcome.failures:
        if isinstance(failure.error, ProblemsError):
            placed += failure.error.problems
        else:
            others.append(failure)
    if placed:
        draw(placed)
    for failure in others:
        tell(failure.error)


def _relative(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where there are more."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
