"""The command: arguments, progress, exit codes; nothing else.

Results go to standard output, everything else to standard error. Exceptions become
messages and exit codes in `run`, the only place.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, Optional

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
from typer.exceptions import TyperException

from reportgen import __version__
from reportgen.errors import (
    ExitCode,
    InputError,
    Problem,
    ProblemsError,
    ReportgenError,
    printable,
    shortened,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from reportgen.build import Outcome

app = typer.Typer(
    name="reportgen",
    help="Turn a folder of city records into a publication.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


class Interrupted(BaseException):
    """A signal asked the command to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


WorkspaceArgument = Annotated[
    Path, typer.Argument(metavar="[WORKSPACE]", help="The folder that holds report/.")
]


def _version(*, value: bool) -> None:
    if value:
        typer.echo(f"reportgen {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda value: _version(value=value),
            is_eager=True,
            help="Print the version and stop.",
        ),
    ] = False,
) -> None:
    """Turn a folder of city records into a publication."""


@app.command()
def build(
    workspace: WorkspaceArgument = Path(),
    *,
    city: Annotated[
        Optional[list[str]],
        typer.Option(metavar="ID", help="Build this city only; may be repeated."),
    ] = None,
    lang: Annotated[
        Optional[list[str]],
        typer.Option(metavar="L", help="Build this language only; may be repeated."),
    ] = None,
    edition: Annotated[
        Optional[list[str]],
        typer.Option(metavar="E", help="Build this edition; may be repeated. [screen]"),
    ] = None,
    jobs: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="How many processes set pages.", show_default="all cores"
        ),
    ] = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    out: Annotated[
        Optional[Path], typer.Option(metavar="DIR", help="Where products go. [WORKSPACE/build]")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name every product.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Make the PDFs: one per city and language."""
    if quiet and verbose:
        raise typer.BadParameter("--quiet and --verbose exclude each other")
    from reportgen import build as building  # noqa: PLC0415
    from reportgen.output import Output  # noqa: PLC0415
    from reportgen.plan import Choice  # noqa: PLC0415
    from reportgen.workspace import Workspace  # noqa: PLC0415

    started = time.monotonic()
    with building.engine_folder(workers=jobs > 1) as folder:
        place = Workspace(workspace)
        output = Output(out or place.root / "build")
        choice = Choice(tuple(city or ()), tuple(lang or ()), tuple(edition or ("screen",)))
        try:
            with _progress(quiet=quiet, verbose=verbose) as tell:
                outcome = building.build(
                    place, choice, output, folder, building.processes(jobs), tell
                )
        except BaseException:
            output.discard()
            raise
        finally:
            output.close()
    _report(outcome, output.root, time.monotonic() - started, quiet=quiet, as_json=as_json)
    _leave(outcome)


@app.command("list")
def list_(
    workspace: WorkspaceArgument = Path(),
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List the cities in the order of the book, with their languages."""
    from reportgen import records  # noqa: PLC0415
    from reportgen.errors import columns  # noqa: PLC0415
    from reportgen.workspace import Workspace  # noqa: PLC0415

    known = records.read(Workspace(workspace))
    if as_json:
        typer.echo(
            json.dumps(
                [
                    {
                        "id": c.id,
                        "name": c.name.en,
                        "country": c.country.formal,
                        "languages": list(c.texts),
                    }
                    for c in known.cities
                ],
                ensure_ascii=False,
                indent=1,
            )
        )
    else:
        rows = [
            (c.id, c.name.get("ko") or c.name.en, ", ".join(c.texts), c.country.formal)
            for c in known.cities
        ]
        widths = [max((columns(row[i]) for row in rows), default=0) for i in range(3)]
        for row in rows:
            cells = [
                cell + " " * (width - columns(cell))
                for cell, width in zip(row, widths, strict=False)
            ]
            typer.echo("  ".join((*cells, row[3])))
    if known.problems:
        raise InputError(*known.problems)


@app.command()
def schema(
    record: Annotated[str, typer.Argument(help="city or report", metavar="[city|report]")] = "city",
) -> None:
    """Print the JSON Schema of a record, for editors."""
    from reportgen.model import City, Record, Report  # noqa: PLC0415
    from reportgen.model import schema as json_schema  # noqa: PLC0415

    kinds: dict[str, type[Record]] = {"city": City, "report": Report}
    if record not in kinds:
        raise typer.BadParameter(f"'{record}' is neither city nor report")
    typer.echo(json.dumps(json_schema(kinds[record]), ensure_ascii=False, indent=2))


@app.command()
def doctor(
    workspace: WorkspaceArgument = Path(),
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Tell what is installed, which faces there are, and what is missing."""
    from reportgen.doctor import examine  # noqa: PLC0415

    findings = examine(workspace)
    if as_json:
        typer.echo(json.dumps([f.as_dict() for f in findings], ensure_ascii=False, indent=1))
    else:
        width = max(len(f.subject) for f in findings)
        for finding in findings:
            mark = "ok " if finding.good else "BAD"
            typer.echo(f"{mark}  {finding.subject:<{width}}  {finding.found}")
            if finding.remedy:
                typer.echo(f"     {'':<{width}}  → {finding.remedy}")
    if not all(finding.good for finding in findings):
        raise typer.Exit(ExitCode.BAD_INPUT)


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="The folder to make.")] = Path()) -> None:
    """Start a workspace: a report and one city to write over."""
    from reportgen.starter import start  # noqa: PLC0415

    for path in start(folder):
        typer.echo(path)


def run(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        code = typer.main.get_command(app).main(
            arguments, prog_name="reportgen", standalone_mode=False
        )
        sys.stdout.flush()
        return int(code or ExitCode.DONE)
    except typer.Exit as leaving:
        return leaving.exit_code
    except BaseException as error:  # noqa: BLE001 - the one place where all of them end
        return _answer(error)


def _answer(error: BaseException) -> int:
    """Tell the user what happened and return the exit code that says so."""
    match error:
        case ReportgenError():
            _tell(error)
            return error.exit_code
        case TyperException():
            show = getattr(error, "show", None)
            if show is None:
                errors.print(str(error), markup=False)
            else:
                show()
            return ExitCode.USAGE
        case Interrupted():
            errors.print("interrupted; the old products are as they were")
            return 128 + error.number
        case SystemExit(code=None | 0):
            return ExitCode.DONE
        case BrokenPipeError() | SystemExit():
            # The reader of our output has gone, of which typer makes a SystemExit; nobody
            # is left to be told.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ExitCode.IO
        case OSError():
            errors.print(f"[bold red]error:[/] {escape(str(error))}")
            return ExitCode.IO
    errors.print(escape("".join(traceback.format_exception(error))))
    errors.print("[bold red]error:[/] a fault in reportgen; please report it with the above")
    return ExitCode.INTERNAL


def _interrupt(number: int, _frame: object) -> NoReturn:
    raise Interrupted(number)


def _tell(error: ReportgenError) -> None:
    if isinstance(error, ProblemsError):
        _draw(error.problems)
        return
    for line in str(error).split("\n"):
        errors.print(f"[bold red]error:[/] {escape(printable(shortened(line)))}")
    if error.remedy:
        errors.print(f"   = {escape(error.remedy)}")


def _draw(problems: tuple[Problem, ...] | list[Problem]) -> None:
    """Draw problems as compilers do, the place bold and the fault red."""
    for problem in problems:
        first, *rest = str(problem).split("\n")
        place, _, message = first.partition(": error: ")
        errors.print(f"[bold]{escape(place)}:[/] [bold red]error:[/] {escape(message)}")
        for line in rest:
            margin, bar, fault = line.partition(" | ")
            if bar and fault.strip().startswith("^"):
                errors.print(f"{escape(margin)} | [red]{escape(fault)}[/]")
            else:
                errors.print(escape(line))
    noun = "problem" if len(problems) == 1 else "problems"
    errors.print(f"{len(problems)} {noun}")


class _progress:  # noqa: N801 - reads as the function that it stands for
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
        if self.bar:
            if self.verbose:
                self.bar.console.print(last)
            self.bar.update(self.task, description=f"{last:<24}", completed=done, total=total)
        elif not self.quiet:
            errors.print(f"[{done}/{total}] {last}", markup=False)

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()


def _report(outcome: Outcome, root: Path, seconds: float, *, quiet: bool, as_json: bool) -> None:
    """Tell what was made and, at the end, what was not."""
    products = outcome.products
    if outcome.problems:
        _draw(outcome.problems)
    for failure in outcome.failures:
        _tell(failure.error)
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "products": [
                        {"path": p.path, "title": p.title, "pages": p.pages, "bytes": len(p.pdf)}
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
        size = sum(len(p.pdf) for p in products)
        typer.echo(
            f"{_count(len(products), 'file')}, {_count(pages, 'page')}, {size / 1e6:.1f} MB"
            f" in {seconds:.1f} s → {_relative(root)}"
        )
        for path in outcome.removed:
            typer.echo(f"removed {path}, which no record asks for any more")
    if names := _failed(outcome):
        errors.print(f"[bold red]not made:[/] {escape(', '.join(names))}")


def _relative(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _failed(outcome: Outcome) -> list[str]:
    records = [problem.city for problem in outcome.problems]
    return list(dict.fromkeys([*records, *(failure.identity for failure in outcome.failures)]))


def _leave(outcome: Outcome) -> None:
    """Leave with 0, with 4 if something was made, or with what kept all from being made."""
    if not _failed(outcome):
        return
    if outcome.products:
        raise typer.Exit(ExitCode.SOME_FAILED)
    codes = [failure.error.exit_code for failure in outcome.failures]
    raise typer.Exit(ExitCode.SOME_FAILED if ExitCode.SOME_FAILED in codes else ExitCode.BAD_INPUT)
