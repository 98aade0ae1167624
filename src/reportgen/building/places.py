"""Where a fault of the pages lies in the records and templates that they come from."""

from __future__ import annotations

from reportgen.building.results import Failure
from reportgen.building.survey import Survey
from reportgen.core.errors import (
    DeniedError,
    InputError,
    LossError,
    Place,
    Problem,
    TypesettingError,
)
from reportgen.press import complaints
from reportgen.records import records
from reportgen.typefaces import characters
from reportgen.typefaces.face import NO_FACE


def located(failure: Failure, survey: Survey) -> Failure:
    """Add the place of the field that the engine's complaint quotes, if it quotes one."""
    known, city = survey.known, failure.identity.rsplit("/", 1)[1]
    record = next((c for c in known.cities if c.id == city), None)
    if not isinstance(failure.error, TypesettingError):
        return failure
    told = str(failure.error).split("\n")
    styles = {line: _of_style(line, survey) for line in told}
    if record is None:
        if not any(styles.values()):
            return failure
        others = (Problem(Place("report/report.yaml"), line) for line in told)
        return Failure(failure.identity, InputError(*(styles[o.message] or o for o in others)))
    document = known.document(city)
    texts = sorted(records.strings(record), key=lambda pair: -len(pair[1]))
    problems, remedy = [], failure.error.remedy
    for complaint in told:
        if problem := styles[complaint]:
            problems.append(problem)
            continue
        quoted = (path for path, text in texts if len(text) > 3 and text in complaint)
        if path := next(quoted, None):
            problems.append(document.problem(path, complaint, remedy=remedy, city=city))
        else:
            problems.append(Problem(Place(document.file), complaint, remedy=remedy, city=city))
    kind = InputError if isinstance(failure.error, DeniedError) else LossError
    return Failure(failure.identity, kind(*problems))


def _of_style(complaint: str, survey: Survey) -> Problem | None:
    """Return a complaint about a style or a template at its place there, if it is one."""
    workspace = survey.workspace

    def templates() -> dict[str, str]:
        names = workspace.names("templates", (".html", ".svg"))
        return {n.removeprefix("templates/"): workspace.text(n) for n in names}

    said = complaint.partition(": ")[2]
    sheets = survey.keys.stylesheets
    if not (lacking := characters.FOUND.match(said)):
        return complaints.problem(said, sheets, templates)
    texts = sheets | templates()
    for name, line, column in characters.places(chr(int(lacking[1], 16)), texts):
        source = texts[name].split("\n")[line - 1]
        return Problem(
            Place(f"templates/{name}", line, column), said, remedy=NO_FACE, source=source,
        )  # fmt: skip
    return None
