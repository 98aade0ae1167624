"""The command: arguments, progress, exit codes; nothing else.

Results go to standard output, everything else to standard error. Exceptions become
messages and exit codes in `run`, the only place.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, Optional

import typer
from rich.markup import escape
from typer.exceptions import TyperException

from reportgen import __version__
from reportgen.cli import telling
from reportgen.errors import ConformityError, ExitCode, InputError, ReportgenError, UsageError

if TYPE_CHECKING:
    from reportgen.outcome import Outcome

app = typer.Typer(
    name="reportgen",
    help="Turn a folder of city records into a publication.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


class Interrupted(BaseException):
    """A signal asked the command to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
CityOption = Annotated[
    Optional[list[str]], typer.Option(metavar="ID", help="Only this city; may be repeated.")
]
LangOption = Annotated[
    Optional[list[str]], typer.Option(metavar="L", help="Only this language; may be repeated.")
]
JobsOption = Annotated[
    int,
    typer.Option(
        min=1, metavar="N", help="How many processes set pages.", show_default="all cores"
    ),
]
StoreOption = Annotated[
    Optional[Path],
    typer.Option(metavar="DIR", help="Where fragments are kept. [WORKSPACE/.reportgen]"),
]
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
    city: CityOption = None,
    lang: LangOption = None,
    edition: Annotated[
        Optional[list[str]],
        typer.Option(metavar="E", help="Build this edition, or all; may be repeated. [screen]"),
    ] = None,
    jobs: JobsOption = CORES,
    out: Annotated[
        Optional[Path], typer.Option(metavar="DIR", help="Where products go. [WORKSPACE/build]")
    ] = None,
    store: StoreOption = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for another build of the same folder.")
    ] = False,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Bind the book without bad records.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name every product.")] = False,
    why: Annotated[bool, typer.Option("--why", help="Tell why each product is made.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Make the PDFs that are not current: the book, and one per city, in each language."""
    if quiet and verbose:
        raise typer.BadParameter("--quiet and --verbose exclude each other")
    from reportgen import freshness  # noqa: PLC0415
    from reportgen.output import Output  # noqa: PLC0415
    from reportgen.workspace import Workspace  # noqa: PLC0415

    started = time.monotonic()
    place = Workspace(workspace)
    output = Output(out or place.root / "build", wait=wait)
    editions = tuple(edition or ("screen",))
    try:
        outcome = None
        if not city and not lang:
            outcome = freshness.unchanged(place, output, editions)
        if outcome is None:
            if jobs > 1:
                _warm()
            from reportgen import build as building  # noqa: PLC0415
            from reportgen import crew  # noqa: PLC0415
            from reportgen.plan import Choice  # noqa: PLC0415
            from reportgen.store import FOLDER, Store  # noqa: PLC0415

            choice = Choice(tuple(city or ()), tuple(lang or ()), editions)
            kept = Store(store or place.root / FOLDER)
            with (
                crew.engine_folder() as folder,
                kept.shared(),
                telling.Progressing(quiet=quiet, verbose=verbose) as tell,
            ):
                outcome = building.Build(
                    place, choice, output, kept, folder, crew.processes(jobs), tell,
                    allow_missing=allow_missing,
                ).run()  # fmt: skip
    except BaseException:
        output.discard()
        raise
    finally:
        output.close()
    if why:
        telling.explain(outcome)
    telling.report(outcome, output.root, time.monotonic() - started, quiet=quiet, as_json=as_json)
    _leave(outcome)


@app.command()
def check(
    workspace: WorkspaceArgument = Path(),
    *,
    city: CityOption = None,
    lang: LangOption = None,
    edition: Annotated[
        Optional[list[str]],
        typer.Option(metavar="E", help="Check this edition; may be repeated. [screen]"),
    ] = None,
    proof: Annotated[
        Optional[Path],
        typer.Option(metavar="DIR", help="Draw each page with findings, marked, into DIR."),
    ] = None,
    jobs: JobsOption = CORES,
    store: StoreOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but findings.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    as_sarif: Annotated[
        bool, typer.Option("--sarif", help="Print the findings as SARIF 2.1.0.")
    ] = False,
) -> None:
    """Find in records and pages what an editor would mend; leaves with 8 if there is any.

    A rule is switched in report.yaml: `check: {runt: false, image-resolution: {least: 200}}`.
    docs/check.md describes each, with an example.
    """
    if as_json and as_sarif:
        raise typer.BadParameter("--json and --sarif exclude each other")
    from reportgen.workspace import Workspace  # noqa: PLC0415

    started = time.monotonic()
    place = Workspace(workspace)
    if jobs > 1:
        _warm()
    from reportgen import check as checking  # noqa: PLC0415
    from reportgen import crew  # noqa: PLC0415
    from reportgen.check import sarif  # noqa: PLC0415
    from reportgen.plan import Choice  # noqa: PLC0415
    from reportgen.store import FOLDER, Store  # noqa: PLC0415

    choice = Choice(tuple(city or ()), tuple(lang or ()), tuple(edition or ("screen",)))
    kept = Store(store or place.root / FOLDER)
    with (
        tempfile.TemporaryDirectory(prefix="reportgen-check-") as scratch,
        crew.engine_folder() as folder,
        kept.shared(),
    ):
        with telling.Progressing(quiet=quiet or not telling.errors.is_terminal,
                                 verbose=False) as tell:  # fmt: skip
            found = checking.check(
                place, choice, kept, Path(scratch), folder, crew.processes(jobs), tell
            )
        if proof is not None:
            from reportgen.check import proof as proofs  # noqa: PLC0415

            count = proofs.draw(found.findings, Path(scratch), proof)
    if as_json:
        typer.echo(json.dumps(telling.findings_as_json(found), ensure_ascii=False, indent=1))
    elif as_sarif:
        log = sarif.log(found.findings, checking.RULES)
        typer.echo(json.dumps(log, ensure_ascii=False, indent=1))
    else:
        telling.findings(found, time.monotonic() - started, quiet=quiet)
    if proof is not None and not quiet:
        telling.errors.print(f"{telling.count(count, 'page')} drawn → {proof}", markup=False)
    if found.findings:
        raise typer.Exit(ExitCode.FINDINGS)


@app.command()
def status(
    workspace: WorkspaceArgument = Path(),
    *,
    out: Annotated[
        Optional[Path], typer.Option(metavar="DIR", help="Where products are. [WORKSPACE/build]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """Tell of each product whether it is current and, if not, which input changed."""
    from reportgen import freshness  # noqa: PLC0415
    from reportgen.output import Output  # noqa: PLC0415
    from reportgen.workspace import Workspace  # noqa: PLC0415

    place = Workspace(workspace)
    root = out or place.root / "build"
    if not root.is_dir():
        raise UsageError(f"{root}: nothing is built yet", remedy="reportgen build")
    output = Output(root)
    try:
        found = freshness.status(place, output)
    finally:
        output.close()
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for path, why in found.items():
        typer.echo(f"{path}: {'; '.join(why) if why else 'current'}")


@app.command()
def verify(
    folder: Annotated[
        Path, typer.Argument(metavar="[BUILD]", help="The folder that was built to.")
    ] = Path("build"),
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check products: their hashes, that they open, their standards, whose they are."""
    from reportgen.verify import verify as check  # noqa: PLC0415

    products, problems = check(folder)
    if as_json:
        found = [{"path": p.place.file, "message": p.message} for p in problems]
        told = {"products": products, "problems": found}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        if problems:
            raise typer.Exit(ExitCode.NOT_CONFORMING)
        return
    if problems:
        raise ConformityError(*problems)
    typer.echo(f"{len(products)} files are as they were made and conform to their standards")


@app.command()
def clean(
    workspace: WorkspaceArgument = Path(),
    *,
    store: StoreOption = None,
) -> None:
    """Empty the store of fragments; products stay."""
    from reportgen.store import FOLDER, Store  # noqa: PLC0415
    from reportgen.workspace import Workspace  # noqa: PLC0415

    root = store or Workspace(workspace).root / FOLDER
    count, size = Store(root).clear() if root.is_dir() else (0, 0)
    typer.echo(f"{count} entries removed, {size / 1e6:.1f} MB")


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
    from reportgen.starter import schemas  # noqa: PLC0415

    text = schemas().get(f"{record}.schema.json")
    if text is None:
        raise typer.BadParameter(f"'{record}' is neither city nor report")
    typer.echo(text, nl=False)


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
        typer.echo(json.dumps([asdict(f) for f in findings], ensure_ascii=False, indent=1))
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
    # Records are many objects without cycles, among which nothing is found to be freed.
    gc.set_threshold(100_000, 20, 20)
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
    finally:
        gc.freeze()  # Python looks through everything once more before it ends


def _answer(error: BaseException) -> int:
    """Tell the user what happened and return the exit code that says so."""
    match error:
        case ReportgenError():
            telling.tell(error)
            return error.exit_code
        case TyperException():
            show = getattr(error, "show", None)
            if show is None:
                telling.errors.print(str(error), markup=False)
            else:
                show()
            return ExitCode.USAGE
        case Interrupted():
            telling.errors.print("interrupted; the old products are as they were")
            return 128 + error.number
        case SystemExit(code=None | 0):
            return ExitCode.DONE
        case BrokenPipeError() | SystemExit():
            # The reader of our output has gone, of which typer makes a SystemExit; nobody
            # is left to be told.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ExitCode.IO
        case OSError():
            telling.errors.print(f"[bold red]error:[/] {escape(str(error))}")
            return ExitCode.IO
    telling.errors.print(escape("".join(traceback.format_exception(error))))
    telling.errors.print(
        "[bold red]error:[/] a fault in reportgen; please report it with the above"
    )
    return ExitCode.INTERNAL


def _interrupt(number: int, _frame: object) -> NoReturn:
    raise Interrupted(number)


def _warm() -> None:
    """Start what forks workers, before the modules are loaded that the parent needs itself."""
    from reportgen import server  # noqa: PLC0415 - not for a build that has nothing to do

    server.warm()


def _leave(outcome: Outcome) -> None:
    """Leave with 0, with 4 if something was made, or with what kept all from being made.

    A book whose page numbers do not settle leaves with 5, whatever else there is.
    """
    if not telling.failed(outcome):
        return
    codes = [failure.error.exit_code for failure in outcome.failures]
    if ExitCode.NOT_CONFORMING in codes:
        raise typer.Exit(ExitCode.NOT_CONFORMING)
    if outcome.products or outcome.current:
        raise typer.Exit(ExitCode.SOME_FAILED)
    raise typer.Exit(ExitCode.SOME_FAILED if ExitCode.SOME_FAILED in codes else ExitCode.BAD_INPUT)
