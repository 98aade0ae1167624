"""Verify: whether a folder of products is what its manifest says, and fit to be handed on.

It reads and writes nothing but the folder, which may be a copy of what was built, and finds
every fault of every product.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf

from reportgen.building.output import products_of
from reportgen.building.results import Product
from reportgen.core.errors import Place, Problem, UsageError
from reportgen.core.standards import STANDARDS
from reportgen.verifying import printing, screen, structure
from reportgen.verifying.misjudged import misjudged

REMEDY = "build it again: reportgen build"


def _judge(name: str) -> Callable[[bytes], Iterator[screen.Fault]]:
    """Return who finds the faults of a file: ours, or a profile of the validator by its name."""
    return JUDGES.get(name) or (lambda content: screen.named(content, name, name))


JUDGES: dict[str, Callable[[bytes], Iterator[screen.Fault]]] = {
    "ua1": lambda content: screen.named(content, "ua1", "PDF/UA-1"),
    "3a": lambda content: screen.named(content, "3a", "PDF/A-3a"),
    "ua2": structure.faults,
    "x4": printing.faults,
}
"""Who finds the faults of a file, besides the validator's profiles, such as `2b`."""
DC = "{http://purl.org/dc/elements/1.1/}"


def verify(root: Path) -> tuple[list[str], list[Problem]]:
    """Return the paths of the products in `root`, and what is wrong with them.

    Raises UsageError if the folder has no manifest.
    """
    products = products_of(root)
    if not products:
        raise UsageError(f"{root}: no products", remedy="give the folder that was built to")
    problems = [
        Problem(Place(product.path), message, remedy=REMEDY)
        for product in products
        for message in _faults(root, product)
    ]
    return [product.path for product in products], problems


def _faults(root: Path, product: Product) -> Iterator[str]:
    path = root / product.path
    if path.is_symlink() or not path.is_file():
        yield "is no regular file" if path.exists() or path.is_symlink() else "is missing"
        return
    content = path.read_bytes()
    if (found := hashlib.sha256(content).hexdigest()) != product.sha256:
        yield f"has the sha256 {found}, the manifest says {product.sha256}"
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            yield from _identity(pdf, product)
            yield from _attachments(pdf, product)
    except pikepdf.PdfError as error:
        yield f"cannot be opened: {str(error).splitlines()[0]}"
        return
    if standard := STANDARDS.get(product.standard):
        for judge in standard.judges:
            for rule, message in _judge(judge)(content):
                if not misjudged(content, rule, message):
                    yield message
    else:
        yield "the manifest does not say which standard it conforms to"


def _identity(pdf: pikepdf.Pdf, product: Product) -> Iterator[str]:
    """Yield where a file is not that of its record."""
    told = pdf.open_metadata()
    for what, key in (("identity", f"{DC}identifier"), ("title", f"{DC}title")):
        if (found := told.get(key)) != (expected := getattr(product, what)):
            yield f"its {what} is {found!r}, the manifest says {expected!r}"
    if len(pdf.pages) != product.pages:
        yield f"has {len(pdf.pages)} pages, the manifest says {product.pages}"


def _attachments(pdf: pikepdf.Pdf, product: Product) -> Iterator[str]:
    found = {
        name: hashlib.sha256(held.get_file().read_bytes()).hexdigest()
        for name, held in pdf.attachments.items()
    }
    wanted = dict(product.attached)
    for name in sorted(found.keys() | wanted.keys()):
        if found.get(name) != wanted.get(name):
            what = (
                "lacks"
                if name not in found
                else "carries another"
                if name in wanted
                else ("carries, unlike the manifest says,")
            )
            yield f"{what} {name}"
