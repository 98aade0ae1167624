"""The cover: one sheet to wrap round a book, whose spine is as wide as its leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reportgen.building.fingerprints import Wanted
from reportgen.building.jobs import make_single
from reportgen.building.products.kinds import Settled, Task
from reportgen.building.store import key as store_key
from reportgen.building.tasks import Job, Single
from reportgen.plan import editions
from reportgen.records.schema.report import Report

NAME = "cover"


class Cover:
    """Of editions that have `cover` among their products."""

    bound = False

    def paths(self, report: Report, edition: str, asked: tuple[str, ...]) -> Iterator[str]:
        """Yield the paths of the covers of an edition."""
        del asked
        if NAME in report.editions[edition].products:
            for language in editions.languages(report, edition):
                yield f"{edition}/{language}/{NAME}.pdf"

    def tasks(self, settled: Settled) -> Iterator[Task]:
        """Yield the cover of a book."""
        book, keys, report = settled.book, settled.keys, settled.report
        edition = report.editions[book.edition]
        if NAME not in edition.products:
            return
        spine = editions.spine(edition, book.pages)
        about = replace(book.about, identity=f"{book.edition}/{book.language}/{NAME}")
        composed = settled.composer.cover(about, book.edition, spine)
        job = Job(composed, keys.fragment(composed))
        width = editions.cover_width(edition, spine)
        finish = editions.finish(report, book.edition, about, width=width)
        path = f"{about.identity}.pdf"
        key = store_key({"fragment": job.key, "finish": keys.finish(finish), "date": about.date})
        files = {*composed.files, *settled.over.markup.files, finish.profile}
        # The spine depends on all that the book is made from.
        wanted = Wanted(path, key, settled.inputs | keys.inputs(files))
        yield Task(wanted, make_single, Single(job, settled.over, finish, path))
