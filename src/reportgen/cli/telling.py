"""What the command says: problems, progress, the closing summary."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from reportgen.errors import Problem, ProblemsError, ReportgenError, printable, shortened

if TYPE_CHECKING:  # the build's imports take 0.3 s, which `--version` need not wait for
    from reportgen.outcome import Failure, Outcome

MOST_NAMES = 12
"""How many failed products the last line names."""

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
    errors.print(_count(len(drawn), "problem"))


class Progressing:
    """Shows a bar on a terminal, plain lines elsewhere, nothing if quiet."""

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self.bar: Progress | None = None
        self.quiet, self.verbose = quiet, verbose

    def __enter__(self) -> Callable[[int, int, str], None]:
        if not self.quiet and errors.is_terminal:
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
        return self.tell

    def tell(self, done: int, total: int, last: str) -> None:
        """Tell that `done` of `total` products are made, and which was the last."""
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
        errors.print(f"{path}: {'; '.join(reasons)}", markup=False)


def report(outcome: Outcome, root: Path, seconds: float, *, quiet: bool, as_json: bool) -> None:
    """Tell what was made and, at the end, what was not."""
    products = sorted((*outcome.products, *outcome.current), key=lambda p: p.path)
    _tell_faults(outcome)
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "products": [
                        {"path": p.path, "title": p.title, "pages": p.pages, "bytes": p.size}
                        for p in products
                    ],
                    "removed": outcome.removed,
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
        typer.echo(
            f"{_count(len(products), 'file')}, {_count(pages, 'page')}, {size / 1e6:.1f} MB"
            f" in {seconds:.1f} s → {_relative(root)}"
        )
        for path in outcome.removed:
            typer.echo(f"removed {path}, which no record asks for any more")
    if names := failed(outcome):
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        errors.print(f"[bold red]not made:[/] {escape(', '.join(names[:MOST_NAMES]))}{more}")


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


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def failed(outcome: Outcome) -> list[str]:
    """Return the records and the products that could not be made."""
    records = [problem.city for problem in outcome.problems]
    return list(dict.fromkeys([*records, *(failure.identity for failure in outcome.failures)]))
