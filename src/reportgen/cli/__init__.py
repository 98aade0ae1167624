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
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.exceptions import Exit
from rich.markup import escape

from reportgen import __version__
from reportgen.cli import streams, telling
from reportgen.core.errors import (
    ConformityError,
    ExitCode,
    InputError,
    ReportgenError,
    UsageError,
    printable,
)

if TYPE_CHECKING:
    from reportgen.build.results import Outcome
    from reportgen.build.vault import Where
    from reportgen.records.workspace import Workspace


class Interrupted(BaseException):
    """A signal asked the command to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
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
    "--jobs", type=click.IntRange(min=1), metavar="N", default=CORES, show_default="all cores",
    help="How many processes set pages.",
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
    from reportgen.build import uptodate  # noqa: PLC0415
    from reportgen.build.output import Output  # noqa: PLC0415
    from reportgen.build.vault import Vault  # noqa: PLC0415
    from reportgen.records.workspace import Workspace  # noqa: PLC0415

    started = time.monotonic()
    place = Workspace(workspace)
    output = Output(out or place.root / "build", wait=wait, named=out is not None)
    editions = edition or ("screen",)
    try:
        uptodate.believe(output, Vault(_where(place, store)))
        outcome = None
        if not city and not lang:
            outcome = uptodate.unchanged(place, output, editions)
        if outcome is None:
            with ExitStack() as stack:
                private = stack.enter_context(_private(jobs))
                from reportgen.build import pool  # noqa: PLC0415
                from reportgen.build import run as building  # noqa: PLC0415
                from reportgen.build.store import Store  # noqa: PLC0415
                from reportgen.plan.plan import Choice  # noqa: PLC0415

                choice = Choice(city, lang, editions)
                kept = Store(_where(place, store))
                folder = stack.enter_context(pool.engine_folder(private))
                stack.enter_context(kept.shared())
                tell = stack.enter_context(telling.Progressing(quiet=quiet, verbose=verbose))
                outcome = building.Build(
                    place, choice, output, kept, folder, pool.processes(jobs), tell,
                    allow_missing=allow_missing,
                ).run()  # fmt: skip
                kept.vouch(output.root, output.digest)
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
    from reportgen.records.workspace import Workspace  # noqa: PLC0415

    started = time.monotonic()
    place = Workspace(workspace)
    with ExitStack() as stack:
        private = stack.enter_context(_private(jobs))
        from reportgen import check as checking  # noqa: PLC0415
        from reportgen.build import pool  # noqa: PLC0415
        from reportgen.build.store import Store  # noqa: PLC0415
        from reportgen.check import sarif  # noqa: PLC0415
        from reportgen.plan.plan import Choice  # noqa: PLC0415

        choice = Choice(city, lang, edition or ("screen",))
        kept = Store(_where(place, store))
        scratch = private / "check"
        scratch.mkdir()
        folder = stack.enter_context(pool.engine_folder(private))
        stack.enter_context(kept.shared())
        with telling.Progressing(quiet=quiet or not telling.errors.is_terminal,
                                 verbose=False) as tell:  # fmt: skip
            found = checking.check(place, choice, kept, scratch, folder, pool.processes(jobs), tell)
        if proof is not None:
            from reportgen.check import proof as proofs  # noqa: PLC0415

            count = proofs.draw(found.findings, scratch, proof)
    if as_json:
        click.echo(json.dumps(telling.findings_as_json(found), ensure_ascii=False, indent=1))
    elif as_sarif:
        log = sarif.log(found.findings, checking.RULES)
        click.echo(json.dumps(log, ensure_ascii=False, indent=1))
    else:
        telling.findings(found, time.monotonic() - started, quiet=quiet)
    if proof is not None and not quiet:
        telling.errors.print(f"{telling.count(count, 'page')} drawn → {proof}", markup=False)
    if found.findings:
        raise Exit(ExitCode.FINDINGS)


@app.command()
@WORKSPACE
@_path("--out", "DIR", "Where products are. [WORKSPACE/build]")
@LISTED
def status(workspace: Path, *, out: Path | None, as_json: bool) -> None:
    """Tell which products are current, and which inputs changed."""
    from reportgen.build import uptodate  # noqa: PLC0415
    from reportgen.build.output import Made  # noqa: PLC0415
    from reportgen.records.workspace import Workspace  # noqa: PLC0415

    place = Workspace(workspace)
    root = out or place.root / "build"
    if not root.is_dir():
        raise UsageError(f"{root}: nothing is built yet", remedy="reportgen build")
    output = Made(root, named=out is not None)
    try:
        found = uptodate.status(place, output)
    finally:
        output.close()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
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
    from reportgen.verify import verify as check  # noqa: PLC0415

    products, problems = check(folder)
    if as_json:
        found = [{"path": p.place.file, "message": p.message} for p in problems]
        told = {"products": products, "problems": found}
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        if problems:
            raise Exit(ExitCode.NOT_CONFORMING)
        return
    if problems:
        raise ConformityError(*problems)
    click.echo(f"{len(products)} files are as they were made and conform to their standards")


@app.command()
@WORKSPACE
@STORE
def clean(workspace: Path, *, store: Path | None) -> None:
    """Empty the store of fragments; products stay."""
    from reportgen.build.vault import FOLDER, Vault, Where  # noqa: PLC0415
    from reportgen.records.workspace import Workspace  # noqa: PLC0415

    root = store or Workspace(workspace).root / FOLDER
    where = Where(root, named=store is not None)
    count, size = Vault(where).clear() if root.is_dir() else (0, 0)
    click.echo(f"{count} entries removed, {size / 1e6:.1f} MB")


@app.command("list")
@WORKSPACE
@LISTED
def list_(workspace: Path, *, as_json: bool) -> None:
    """List the cities in the order of the book, with languages."""
    from reportgen.core.errors import columns  # noqa: PLC0415
    from reportgen.records import records  # noqa: PLC0415
    from reportgen.records.workspace import Workspace  # noqa: PLC0415

    known = records.read(Workspace(workspace))
    if as_json:
        click.echo(
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
            click.echo("  ".join((*cells, row[3])))
    if known.problems:
        raise InputError(*known.problems)


@app.command()
@click.argument("record", type=click.Choice(["city", "report"]), default="city")
def schema(record: str) -> None:
    """Print the JSON Schema of a record, for editors."""
    from reportgen.records.starter import schemas  # noqa: PLC0415

    click.echo(schemas()[f"{record}.schema.json"], nl=False)


@app.command()
@WORKSPACE
@FINDINGS
@_flag("--engine", told="Print the table of all that is changed in the engine instead.")
def doctor(workspace: Path, *, as_json: bool, engine: bool) -> None:
    """Tell what is installed, and what is missing."""
    from reportgen.doctor import amended, examine  # noqa: PLC0415

    if engine:
        rows = [asdict(row) for row in amended()]
        if as_json:
            click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        else:
            telling.table(rows)
        return
    findings = examine(workspace)
    if as_json:
        click.echo(json.dumps([asdict(f) for f in findings], ensure_ascii=False, indent=1))
    else:
        width = max(len(f.subject) for f in findings)
        for finding in findings:
            mark = "ok " if finding.good else "BAD"
            click.echo(f"{mark}  {finding.subject:<{width}}  {finding.found}")
            if finding.remedy:
                click.echo(f"     {'':<{width}}  → {finding.remedy}")
    if not all(finding.good for finding in findings):
        raise Exit(ExitCode.BAD_INPUT)


@app.command()
@_folder("folder", "[FOLDER]")
def init(folder: Path) -> None:
    """Start a workspace: a report and one city to write over."""
    from reportgen.records.starter import start  # noqa: PLC0415

    for path in start(folder):
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


def _where(place: Workspace, named: Path | None) -> Where:
    """Return where the store is: in the workspace, or what the user named."""
    from reportgen.build.vault import FOLDER, Where  # noqa: PLC0415

    return Where(named or place.root / FOLDER, named=named is not None)


@contextmanager
def _private(jobs: int) -> Iterator[Path]:
    """Yield a private folder, with what forks workers, if there are to be several.

    It is started before the modules are loaded that the parent needs itself.
    """
    from reportgen.build import forkserver, scratch  # noqa: PLC0415 - not for a build with nothing to do

    with scratch.folder() as private, forkserver.warm(private) if jobs > 1 else nullcontext():
        yield private


def _leave(outcome: Outcome) -> None:
    """Leave with 0, with 4 if something was made but not all, or with 3 if nothing was.

    A book whose page numbers do not settle leaves with 5, whatever else there is.
    """
    if not telling.failed(outcome):
        return
    codes = [failure.error.exit_code for failure in outcome.failures]
    if ExitCode.NOT_CONFORMING in codes:
        raise Exit(ExitCode.NOT_CONFORMING)
    made = outcome.products or outcome.current
    raise Exit(ExitCode.SOME_FAILED if made else ExitCode.BAD_INPUT)
