"""What is made of a finished book: its cover, and the sheets that its pages are laid on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reportgen.building import uptodate
from reportgen.building.fingerprints import Keys, Wanted
from reportgen.building.settle import Book
from reportgen.building.store import key as store_key
from reportgen.building.tasks import Job, Sheets, Single
from reportgen.building.vault import Kept
from reportgen.markup import Composer
from reportgen.plan import editions
from reportgen.plan.imposition import Leaf
from reportgen.records.schema.report import Report

NAMES = {"book": "report", "cover": "cover"}
"""What the files of products that are no city's are called."""


def cover(
    composer: Composer, book: Book, keys: Keys, over: Job, inputs: dict[str, str]
) -> tuple[Wanted, Single]:
    """Return the cover of a book whose pages are counted.

    `over` is the furniture, `inputs` is what the book is made from: the spine depends on all
    of it.
    """
    report = composer.records.report
    edition = report.editions[book.edition]
    spine = editions.spine(edition, book.pages)
    about = replace(book.about, identity=f"{book.edition}/{book.language}/{NAMES['cover']}")
    composed = composer.cover(about, book.edition, spine)
    job = Job(composed, keys.fragment(composed))
    width = editions.cover_width(edition, spine)
    finish = editions.finish(report, book.edition, about, width=width)
    path = f"{about.identity}.pdf"
    key = store_key({"fragment": job.key, "finish": keys.finish(finish), "date": about.date})
    files = {*composed.files, *over.markup.files, finish.profile}
    wanted = Wanted(path, key, inputs | keys.inputs(files))
    return wanted, Single(job, over, finish, path)


def imposed(report: Report, asked: tuple[str, ...], book: Book) -> Iterator[str]:
    """Yield the editions of those asked for that lay this book on sheets."""
    for edition in asked:
        imposition = report.editions[edition].imposition
        laid = imposition is not None and imposition.of == book.edition
        if laid and book.language in editions.languages(report, edition):
            yield edition


def sheets_identity(edition: str, book: Book) -> str:
    """Return the identity of a book on sheets."""
    return f"{edition}/{book.language}/{NAMES['book']}"


def sheets(
    report: Report,
    edition: str,
    book: Book,
    keys: Keys,
    source: Kept,
    inputs: dict[str, str],
) -> tuple[Wanted, Sheets]:
    """Return a book on sheets.

    `source` is the book, `inputs` is what it is made from.
    """
    imposition = report.editions[edition].imposition
    assert imposition is not None
    identity = sheets_identity(edition, book)
    about = replace(book.about, identity=identity)
    finish = editions.finish(report, book.edition, about)
    leaf = Leaf.of(report.editions[book.edition])
    path = f"{identity}.pdf"
    key = store_key(
        {
            "source": source.sha256,
            "imposition": imposition.model_dump(mode="json"),
            "leaf": repr(leaf),
            "finish": keys.finish(finish),
            **uptodate.software(),
        }
    )
    job = Sheets(about, finish, source, imposition, leaf, path, f"{source.key} {path}")
    return Wanted(path, key, dict(inputs)), job
