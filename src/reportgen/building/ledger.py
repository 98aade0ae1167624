"""The ledger of a build: what is wanted, what was made of it, and what was not."""

from __future__ import annotations

import os
from collections.abc import Iterable

from reportgen.building import uptodate
from reportgen.building.fingerprints import Wanted
from reportgen.building.output import Output
from reportgen.building.places import located
from reportgen.building.results import Failure, Outcome, Product
from reportgen.building.store import Store
from reportgen.building.survey import Survey
from reportgen.building.tasks import Done
from reportgen.building.vault import Kept
from reportgen.core.errors import ReportgenError, TypesettingError
from reportgen.core.events import Begun, Current, Failed, Listener, Made


class Ledger:
    """What is known of the products of a build by now."""

    def __init__(self, survey: Survey, output: Output, store: Store, listener: Listener) -> None:
        self._survey, self._output, self._store, self._listener = survey, output, store, listener
        self.there = uptodate.there(output, survey.state)
        """What the folder holds, also where it is not known who made it."""
        self.wanted: dict[str, Wanted] = {}
        self.fragments: dict[str, str] = {}
        """The keys of fragments by the identity of their section."""
        self.products: dict[str, Product] = {}
        """What was made, by path."""
        self.current: dict[str, Product] = {}
        self.failures: list[Failure] = list(survey.failures)
        self._reasons: dict[str, list[str]] = {}
        self.kept: dict[str, Kept] = {}
        """What was made and is in the store until the build ends, by path."""
        self._done = self._total = 0

    def begin(self, total: int) -> None:
        """Tell that the work begins, and how much it is."""
        self._total = total
        self._listener(Begun(total))

    def more(self, count: int) -> None:
        """Take in that there is more to do, or less."""
        self._total += count

    def tell(self, identity: str) -> None:
        """Tell that a section or a book is done, or could not be made."""
        self._done += 1
        failure = next((f for f in reversed(self.failures) if f.identity == identity), None)
        if failure:
            self._listener(Failed(identity, self._done, self._total, failure.error))
        else:
            self._listener(Made(identity, self._done, self._total))

    def want(self, wanted: Wanted) -> bool:
        """Take in what a product is to be; tell whether the folder has it already."""
        self.wanted[wanted.path] = wanted
        return self.has(wanted.path)

    def has(self, path: str) -> bool:
        """Tell whether the folder has a product already, and note it, or why it is made."""
        wanted, entry = self.wanted[path], self._survey.state.entries.get(path)
        present = self._survey.present
        if entry and entry.key == wanted.key:
            read = {name: entry.inputs[name] for name in entry.reads}
            if present.same(read) and self._output.holds(path, entry.product.sha256):
                wanted.reads.update(read)
                self.current[path] = entry.product
                self._listener(Current(path))
                return True
        self._reasons[path] = uptodate.reasons(self.there.get(path), self._output, present)
        return False

    def keep(self, identity: str, result: Done | ReportgenError) -> None:
        """Keep a product that was made, or note why it was not."""
        if isinstance(result, ReportgenError):
            self.fail(identity, result)
        elif result.product.identity != identity:
            wrong = TypesettingError(f"{identity}: got the page of {result.product.identity}")
            self.fail(identity, wrong)
        else:
            path, content = result.product.path, result.content
            if isinstance(content, bytes):
                self._output.stage(path, lambda: iter((content,)))
            else:
                kept = self.kept[path] = Kept(content, result.product.sha256)
                self._output.stage(path, lambda: self._store.pieces(kept))
            self.products[path] = result.product
            self.wanted[path].reads.update(result.reads)

    def fail(self, identity: str, error: ReportgenError) -> None:
        """Note why something could not be made."""
        self.failures.append(located(Failure(identity, error), self._survey))

    def source(self, path: str) -> Kept | None:
        """Return a product as what others are made of, None if there is none by now."""
        if path in self.current and path not in self.kept:
            with self._store.keeping(f"{os.urandom(8).hex()} {path}") as sink:
                for piece in self._output.pieces(path):
                    sink.write(piece)
                self.kept[path] = sink.kept
        return self.kept.get(path)

    def outcome(self, removed: Iterable[str]) -> Outcome:
        """Return what was made and what could not be."""
        order = {identity: index for index, identity in enumerate(self._survey.sections)}
        last = len(order)
        return Outcome(
            tuple(sorted(self.products.values(), key=lambda p: order.get(p.identity, last))),
            tuple(self.current.values()),
            self._reasons,
            tuple(removed),
            self._survey.problems,
            tuple(sorted(self.failures, key=lambda f: order.get(f.identity, last))),
        )
