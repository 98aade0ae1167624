"""The commit of a build: what the folder then holds, from what it held and what was made."""

from __future__ import annotations

from typing import Any

from reportgen import __version__
from reportgen.building.ledger import Ledger
from reportgen.building.output import Output
from reportgen.building.results import Product
from reportgen.building.settle import Book
from reportgen.building.survey import Survey


def commit(survey: Survey, ledger: Ledger, books: list[Book], output: Output) -> list[str]:
    """Put the products in their places; return the paths of those that were removed.

    What the workspace no longer asks for is removed; what could not be made keeps its old file.
    """
    choice, report = survey.choice, survey.known.report
    removed: list[str] = []
    if choice.everything:
        others, expected = set(report.editions) - set(choice.editions), survey.expected()
        removed = [p for p in ledger.there if p.split("/")[0] not in others and p not in expected]
    entries = {path: e for path, e in ledger.there.items() if path not in removed}
    made = ledger.products | ledger.current
    for path, product in made.items():
        entries[path] = _entry(product, ledger)
        if fragment := ledger.fragments.get(product.identity):
            entries[path]["fragment"] = fragment
            shapes = (book.told(product.identity) for book in books)
            if shape := next((told for told in shapes if told), None):
                entries[path]["shape"] = shape
    for book in books:
        if book.path in made and (parts := book.told_parts):
            entries[book.path]["parts"] = parts
    manifest: dict[str, object] = {
        "reportgen": __version__,
        "products": [entries[path] for path in sorted(entries)],
        "templates": survey.linted,
    }
    if choice.everything and not survey.problems and not ledger.failures:
        same = output.believed.get("records") == survey.listed
        before = output.believed.get("complete", ()) if same else ()
        complete = {*choice.editions, *before} & set(report.editions)
        manifest |= {"complete": sorted(complete), "records": survey.listed}
        manifest["editions"] = list(report.editions)
    output.commit(manifest, tuple(removed))
    return removed


def _entry(product: Product, ledger: Ledger) -> dict[str, Any]:
    wanted = ledger.wanted[product.path]
    return {
        "path": product.path,
        "identity": product.identity,
        "title": product.title,
        "pages": product.pages,
        "bytes": product.size,
        "sha256": product.sha256,
        "standard": product.standard,
        "attachments": [{"name": n, "sha256": d} for n, d in product.attached],
        "key": wanted.key,
        # Seldom a copy, which would be 2.5 MB more for 3,000 records.
        "inputs": wanted.inputs | wanted.reads if wanted.reads else wanted.inputs,
        "reads": sorted(wanted.reads),
    }
