"""What is wrong with records and templates, seen before anything is set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from reportgen.core.errors import InputError, Problem
from reportgen.records import pictures, records
from reportgen.records.schema.city import City
from reportgen.typefaces import Typefaces, characters
from reportgen.typefaces.face import NO_FACE


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found in the records of cities."""

    faulty: dict[str, list[Problem]]
    """By city, what its own check did not find."""
    characters: frozenset[str]
    """What those that were looked through may show."""
    unread: frozenset[str]
    """The cities that the last build looked through, which are as they were then."""


def inspect(
    known: records.Records, faces: Typefaces, unchanged: Callable[[City], bool]
) -> Inspected:
    """Look through the records, except for those that are `unchanged` since they were found good.

    Raises InputError for a character of report.yaml that no face has.
    """
    texts = records.strings(known.report_document.value)
    if faults := list(_uncovered(known, "", texts, faces)):
        raise InputError(*faults)
    found: dict[str, list[Problem]] = {}
    shown: set[str] = set()
    unread = set()
    for city in known.cities:
        if not city.image and unchanged(city):
            unread.add(city.id)
            continue
        said = list(records.strings(city))
        shown.update(*(text for _, text in said))
        drawn, undrawn = _drawn(known, city, faces)
        shown |= drawn
        faults = [*_uncovered(known, city.id, said, faces), *_bad_picture(known, city), *undrawn]
        if faults:
            found[city.id] = faults
    for name, document in known.documents.items():
        texts = records.strings(document.value)
        if faults := list(_uncovered(known, name, texts, faces)):
            found[name] = faults
    return Inspected(found, frozenset(shown), frozenset(unread))


def unknown_styles(known: records.Records) -> Iterator[Problem]:
    """Yield the style sheets that editions name and the templates lack."""
    sheets = known.workspace.names("templates", (".css",))
    for name, edition in known.report.editions.items():
        for index, style in enumerate(edition.styles):
            if f"templates/{style}" not in sheets:
                yield known.report_document.problem(
                    ("editions", name, "styles", index), f"no style sheet templates/{style}"
                )


def _drawn(known: records.Records, city: City, faces: Typefaces) -> tuple[set[str], list[Problem]]:
    """Return the characters of a city's drawing, and those that no face holds."""
    if not city.image or not city.image.path.lower().endswith(".svg"):
        return set(), []
    name, text = f"report/{city.image.path}", ""
    with suppress(InputError):  # told already
        text = characters.drawn(known.workspace.read(name, pictures.LARGEST))
    lacking = characters.in_no_face(faces.lacking("".join(text.split())))
    return set(text), [
        known.document(city.id).problem(
            ("image", "path"), f"{name}: {message}",
            remedy="write it otherwise in the drawing, or draw it as paths", city=city.id,
        )
        for _, message in lacking
    ]  # fmt: skip


def _uncovered(
    known: records.Records,
    city: str,
    texts: Iterable[tuple[tuple[str | int, ...], str]],
    faces: Typefaces,
) -> Iterator[Problem]:
    """Yield the characters of a record that no face holds."""
    if all(faces.repertoire.issuperset(text) for _, text in texts):
        return  # no selector is in it
    document = known.document(city) if city else known.report_document
    for path, text in records.strings(document.value):
        for first, message in characters.in_no_face(faces.lacking(text)):
            yield document.character(path, first, message, remedy=NO_FACE, city=city)


def _bad_picture(known: records.Records, city: City) -> Iterator[Problem]:
    """Yield what keeps the record's picture from being read."""
    if city.image:
        name, remedy = f"report/{city.image.path}", ""
        try:
            fault = pictures.fault(name, known.workspace.read(name, pictures.LARGEST))
        except InputError as error:
            fault, remedy = error.problems[0].message, error.problems[0].remedy
        if fault:
            yield known.document(city.id).problem(
                ("image", "path"), f"{name}: {fault}", remedy=remedy, city=city.id
            )
