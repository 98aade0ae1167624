"""What there is to say of a product that is made of a book."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from reportgen.building.fingerprints import Keys, Wanted
from reportgen.building.settle import Book
from reportgen.building.tasks import Done, Job
from reportgen.building.vault import Kept
from reportgen.markup import Composer
from reportgen.records.schema.report import Report


@dataclass(frozen=True, slots=True)
class Settled:
    """A book whose pages are counted, and what other products are made of it with."""

    book: Book
    asked: tuple[str, ...]
    """The editions that are asked for."""
    composer: Composer
    keys: Keys
    over: Job
    """The furniture that is laid over its pages."""
    inputs: dict[str, str]
    """What the book is made from."""
    source: Callable[[], Kept | None]
    """Returns the book's file once it is bound, None if it could not be."""

    @property
    def report(self) -> Report:
        """The report that it is of."""
        return self.composer.records.report


@dataclass(frozen=True, slots=True)
class Task:
    """A product to be made, unless the folder has it: by whom, of what."""

    wanted: Wanted
    function: Callable[[Any], Done]
    job: Any
    """What `function` takes."""

    @property
    def identity(self) -> str:
        """The identity of the product."""
        return self.wanted.path.removesuffix(".pdf")


class BookProduct(Protocol):
    """A product that is made of a book; `products.PRODUCTS` lists each."""

    bound: bool
    """Whether it is made of the bound book, and not already of the count of its pages."""

    def paths(self, report: Report, edition: str, asked: tuple[str, ...]) -> Iterator[str]:
        """Yield where it may stand that is made of an edition's books.

        `asked` are the editions that are asked for.
        """

    def tasks(self, settled: Settled) -> Iterator[Task]:
        """Yield what is to be made of a book, whose file is there if the product needs it."""
