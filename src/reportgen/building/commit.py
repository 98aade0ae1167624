"""The commit of a build: the state that comes of the old one and of what was made."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from reportgen.building import state
from reportgen.building.ledger import Ledger
from reportgen.building.output import Output
from reportgen.building.results import Product
from reportgen.building.settle import Book
from reportgen.building.state import Entry, State
from reportgen.building.survey import Survey


def commit(
    survey: Survey, ledger: Ledger, books: list[Book], output: Output, secret: bytes
) -> list[str]:
    """Put the products in their places; return the paths of those that were removed.

    What the workspace no longer asks for is removed; what could not be made keeps its old file.
    """
    found, removed = _next(survey, ledger, books)
    products = [entry.product for entry in found.entries.values()]
    written = {state.NAME: partial(state.written, found, secret)}
    output.commit(products, removed, written)
    return removed


def _next(survey: Survey, ledger: Ledger, books: list[Book]) -> tuple[State, list[str]]:
    """Return the new state, and the paths of what is not in it any more."""
    choice, report, old = survey.choice, survey.known.report, survey.state
    removed: list[str] = []
    if choice.everything:
        others, expected = {*report.editions} - {*choice.editions}, survey.expected()
        removed = [p for p in ledger.there if p.split("/")[0] not in others and p not in expected]
    entries = {path: entry for path, entry in ledger.there.items() if path not in removed}
    made = ledger.products | ledger.current
    entries |= {path: _entry(product, ledger, books) for path, product in made.items()}
    for book in books:
        if book.path in made:
            entries[book.path] = replace(entries[book.path], parts=book.told_parts)
    found = State(dict(sorted(entries.items())), survey.linted)
    if choice.everything and not survey.problems and not ledger.failures:
        before = old.complete if old.records == survey.listed else ()
        complete = {*choice.editions, *before} & {*report.editions}
        found = replace(
            found, records=survey.listed, complete=tuple(sorted(complete)),
            editions=tuple(report.editions),
        )  # fmt: skip
    return found, removed


def _entry(product: Product, ledger: Ledger, books: list[Book]) -> Entry:
    wanted = ledger.wanted[product.path]
    # Seldom a copy, which would be 2.5 MB more for 3,000 records.
    inputs = wanted.inputs | wanted.reads if wanted.reads else wanted.inputs
    fragment = ledger.fragments.get(product.identity, "")
    shapes = (book.told(product.identity) for book in books) if fragment else iter(())
    shape = next((told for told in shapes if told), None)
    return Entry(product, wanted.key, inputs, tuple(sorted(wanted.reads)), fragment, shape)
