"""Books on sheets, for the editions that lay out the pages of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reportgen.building import uptodate
from reportgen.building.fingerprints import Wanted
from reportgen.building.jobs import lay_out
from reportgen.building.products.kinds import Settled, Task
from reportgen.building.settle import FILE
from reportgen.building.store import key as store_key
from reportgen.building.tasks import Sheets as SheetsJob
from reportgen.plan import editions
from reportgen.plan.imposition import Leaf
from reportgen.records.schema.report import Report


class Sheets:
    """Of editions with an imposition."""

    bound = True

    def paths(self, report: Report, edition: str, asked: tuple[str, ...]) -> Iterator[str]:
        """Yield the paths of the sheets that are laid out from an edition."""
        for imposed in asked:
            imposition = report.editions[imposed].imposition
            if imposition is not None and imposition.of == edition:
                for language in editions.languages(report, imposed):
                    yield f"{imposed}/{language}/{FILE}"

    def tasks(self, settled: Settled) -> Iterator[Task]:
        """Yield the book on the sheets of each edition that asks for it."""
        book, report = settled.book, settled.report
        for path in self.paths(report, book.edition, settled.asked):
            edition, language, _ = path.split("/")
            if language == book.language:
                yield self._task(settled, edition, path)

    def _task(self, settled: Settled, edition: str, path: str) -> Task:
        book, report = settled.book, settled.report
        source, imposition = settled.source(), report.editions[edition].imposition
        if source is None or imposition is None:
            raise AssertionError("sheets of a book that is not bound, or without an imposition")
        identity = path.removesuffix(".pdf")
        about = replace(book.about, identity=identity)
        finish = editions.finish(report, book.edition, about)
        leaf = Leaf.of(report.editions[book.edition])
        key = store_key(
            {
                "source": source.sha256,
                "imposition": imposition.model_dump(mode="json"),
                "leaf": repr(leaf),
                "finish": settled.keys.finish(finish),
                **uptodate.software(),
            }
        )
        job = SheetsJob(about, finish, source, imposition, leaf, path, f"{source.key} {path}")
        return Task(Wanted(path, key, dict(settled.inputs)), lay_out, job)
