"""The command: arguments, progress, exit codes; nothing else.

Results go to standard output, everything else to standard error. Exceptions become
messages and exit codes in `run`, the only place.
"""

from __future__ import annotations

import gc
import json
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import click
from click.exceptions import Exit
from rich.markup import escape

from reportgen import __version__, library
from reportgen.cli import streams, telling
from reportgen.core.errors import (
    ConformityError,
    ExitCode,
    InputError,
    ReportgenError,
    columns,
    printable,
)


class Interrupted(BaseException):
    """A signal asked the command to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


Command = Callable[..., Any]
Decorator = Callable[[Command], Command]


def _path(name: str, metavar: str, told: str) -> Decorator:
    return click.option(name, metavar=metavar, type=click.Path(path_type=Path), help=told)


def _flag(*names: str, told: str) -> Decorator:
    return click.option(*names, is_flag=True, help=told)


def _several(name: str, metavar: str, told: str) -> Decorator:
    return click.option(name, metavar=metavar, multiple=True, help=told)


def _folder(name: str, metavar: str, default: str = ".") -> Decorator:
    kind = click.Path(path_type=Path)
    return click.argument(name, metavar=metavar, type=kind, default=Path(default))


WORKSPACE = _folder("workspace", "[WORKSPACE]")
CITY = _several("--city", "ID", "Only this city; may be repeated.")
LANG = _several("--lang", "L", "Only this language; may be repeated.")
JOBS = click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", default=library.CORES,
    show_default="all cores", help="How many processes set pages.",
)  # fmt: skip
LISTED = _flag("--json", "as_json", told="Print the list as JSON.")
FINDINGS = _flag("--json", "as_json", told="Print the findings as JSON.")
STORE = _path("--store", "DIR", "Where fragments are kept. [WORKSPACE/.reportgen]")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(
    __version__, message="reportgen %(version)s", help="Print the version and stop."
)
def app() -> None:
    """Turn a folder of city records into a publication.

    WORKSPACE is the folder that holds report/, the present one if none is given.
    """


@app.command()
@WORKSPACE
@CITY
@LANG
@_several("--edition", "E", "Build this edition, or all; may be repeated. [screen]")
@JOBS
@_path("--out", "DIR", "Where products go. [WORKSPACE/build]")
@STORE
@_flag("--wait", told="Wait for another build of the same folder.")
@_flag("--allow-missing", told="Bind the book without bad records.")
@_flag("--quiet", "-q", told="Say nothing but errors.")
@_flag("--verbose", "-v", told="Name every product.")
@_flag("--why", told="Tell why each product is made.")
@_flag("--json", "as_json", told="Print the outcome as JSON.")
def build(
    workspace: Path, *, city: tuple[str, ...], lang: tuple[str, ...], edition: tuple[str, ...],
    jobs: int, out: Path | None, store: Path | None, wait: bool, allow_missing: bool, quiet: bool,
    verbose: bool, why: bool, as_json: bool,
) -> None:  # fmt: skip
    """Make what is not current: the book, and a PDF for each city."""
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other")
    started = time.monotonic()
    request = library.BuildRequest(
        workspace=workspace, cities=city, languages=lang, editions=edition or ("screen",),
        store=store, jobs=jobs, out=out, wait=wait, allow_missing=allow_missing,
    )  # fmt: skip
    with telling.Progressing(quiet=quiet, verbose=verbose) as hear:
        made = library.build(request, hear)
    if why:
        telling.explain(made.outcome)
    telling.report(made, time.monotonic() - started, quiet=quiet, as_json=as_json)
    _leave(made.outcome.exit_code)


@app.command()
@WORKSPACE
@CITY
@LANG
@_several("--edition", "E", "Check this edition; may be repeated. [screen]")
@_path("--proof", "DIR", "Draw each page with findings, marked, into DIR.")
@JOBS
@STORE
@_flag("--quiet", "-q", told="Say nothing but findings.")
@FINDINGS
@_flag("--sarif", "as_sarif", told="Print the findings as SARIF 2.1.0.")
def check(
    workspace: Path, *, city: tuple[str, ...], lang: tuple[str, ...], edition: tuple[str, ...],
    proof: Path | None, jobs: int, store: Path | None, quiet: bool, as_json: bool, as_sarif: bool,
) -> None:  # fmt: skip
    """Find what an editor would mend, in records and on pages.

    Leaves with 8 if there is anything. docs/check.md describes each rule, with an example.
    A rule is switched in report.yaml: `check: {runt: false, image-resolution: {least: 200}}`.
    """
    if as_json and as_sarif:
        raise click.UsageError("--json and --sarif exclude each other")
    started = time.monotonic()
    request = library.CheckRequest(
        workspace=workspace, cities=city, languages=lang, editions=edition or ("screen",),
        store=store, jobs=jobs, proof=proof,
    )  # fmt: skip
    silent = quiet or not telling.errors.is_terminal
    with telling.Progressing(quiet=silent, verbose=False) as hear:
        found = library.check(request, hear)
    if as_json:
        _print(telling.findings_as_json(found))
    elif as_sarif:
        _print(found.sarif())
    else:
        telling.findings(found, time.monotonic() - started, quiet=quiet)
    if proof is not None and not quiet:
        telling.errors.print(f"{telling.count(found.drawn, 'page')} drawn → {proof}", markup=False)
    _leave(ExitCode.FINDINGS if found.findings else ExitCode.DONE)


@app.command()
@WORKSPACE
@_path("--out", "DIR", "Where products are. [WORKSPACE/build]")
@LISTED
def status(workspace: Path, *, out: Path | None, as_json: bool) -> None:
    """Tell which products are current, and which inputs changed."""
    found = library.status(workspace, out)
    if as_json:
        _print(found)
        return
    for path, why in found.items():
        click.echo(printable(f"{path}: {'; '.join(why) if why else 'current'}"))


@app.command()
@_folder("folder", "[BUILD]", "build")
@FINDINGS
def verify(folder: Path, *, as_json: bool) -> None:
    """Check that products are whole, and conform to their standards.

    BUILD is the folder that was built to.
    """
    found = library.verify(folder)
    if as_json:
        problems = [{"path": p.place.file, "message": p.message} for p in found.problems]
        _print({"products": found.products, "problems": problems})
        _leave(ExitCode.NOT_CONFORMING if problems else ExitCode.DONE)
        return
    if found.problems:
        raise ConformityError(*found.problems)
    count = len(found.products)
    click.echo(f"{count} files are as they were made and conform to their standards")


@app.command()
@WORKSPACE
@STORE
def clean(workspace: Path, *, store: Path | None) -> None:
    """Empty the store of fragments; products stay."""
    count, size = library.clean(workspace, store)
    click.echo(f"{count} entries removed, {size / 1e6:.1f} MB")


@app.command("list")
@WORKSPACE
@LISTED
def list_(workspace: Path, *, as_json: bool) -> None:
    """List the cities in the order of the book, with languages."""
    known = library.load(workspace)
    if as_json:
        _print(
            [
                {
                    "id": c.id,
                    "name": c.name.en,
                    "country": c.country.formal,
                    "languages": list(c.texts),
                }
                for c in known.cities
            ]
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
            click.echo("  ".join((*cells, row[3])))
    if known.problems:
        raise InputError(*known.problems)


@app.command()
@click.argument("name", type=click.Choice(["city", "report", "manifest"]), default="city")
def schema(name: str) -> None:
    """Print the JSON Schema of a record, for editors, or of the manifest, for programs."""
    click.echo(library.schemas()[f"{name}.schema.json"], nl=False)


@app.command()
@WORKSPACE
@FINDINGS
@_flag("--engine", told="Print the table of all that is changed in the engine instead.")
def doctor(workspace: Path, *, as_json: bool, engine: bool) -> None:
    """Tell what is installed, and what is missing."""
    if engine:
        rows = [asdict(row) for row in library.amendments()]
        if as_json:
            _print(rows)
        else:
            telling.table(rows)
        return
    findings = library.examine(workspace)
    if as_json:
        _print([asdict(f) for f in findings])
    else:
        width = max(len(f.subject) for f in findings)
        for finding in findings:
            mark = "ok " if finding.good else "BAD"
            click.echo(f"{mark}  {finding.subject:<{width}}  {finding.found}")
            if finding.remedy:
                click.echo(f"     {'':<{width}}  → {finding.remedy}")
    good = all(finding.good for finding in findings)
    _leave(ExitCode.DONE if good else ExitCode.BAD_INPUT)


@app.command()
@_folder("folder", "[FOLDER]")
def init(folder: Path) -> None:
    """Start a workspace: a report and one city to write over."""
    for path in library.start(folder):
        click.echo(path)


@app.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what completes commands in a shell.

    For this shell: eval "$(reportgen completion bash)"
    """
    from click.shell_completion import get_completion_class  # noqa: PLC0415

    kind = get_completion_class(shell)
    assert kind is not None, "click knows the shells of the argument"
    click.echo(kind(app, {}, "reportgen", "_REPORTGEN_COMPLETE").source())


def run(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    streams.make_sound()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # What the caller has set to be ignored, as nohup does, stays so.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    # Records are many objects without cycles, among which nothing is found to be freed.
    gc.set_threshold(100_000, 20, 20)
    try:
        code = app.main(arguments, prog_name="reportgen", standalone_mode=False)
        sys.stdout.flush()
        return int(code or ExitCode.DONE)
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
        case click.ClickException():
            error.show()
            return ExitCode.USAGE
        case Interrupted():
            telling.errors.print("interrupted; the old products are as they were")
            return 128 + error.number
        case SystemExit(code=None | 0):
            return ExitCode.DONE
        case OSError():
            telling.errors.print(f"[bold red]error:[/] {escape(printable(str(error)))}")
            return ExitCode.IO
    telling.errors.print(escape("".join(traceback.format_exception(error))))
    telling.errors.print(
        "[bold red]error:[/] a fault in reportgen; please report it with the above"
    )
    return ExitCode.INTERNAL


def _interrupt(number: int, _frame: object) -> NoReturn:
    raise Interrupted(number)


def _print(value: object) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


def _leave(code: ExitCode) -> None:
    """Leave with a code that is not 0."""
    if code is not ExitCode.DONE:
        raise Exit(code)
