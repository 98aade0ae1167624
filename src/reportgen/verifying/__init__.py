"""Verify: whether a folder of products is what its manifest says, and fit to be handed on.

It reads and writes nothing but the folder, which may be a copy of what was built, and finds
every fault of every product.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf

from reportgen.building.output import manifest_of
from reportgen.core.errors import Place, Problem, UsageError
from reportgen.core.standards import STANDARDS
from reportgen.verifying import printing, screen, structure
from reportgen.verifying.misjudged import misjudged

REMEDY = "build it again: reportgen build"
JUDGES: dict[str, Callable[[bytes], Iterator[screen.Fault]]] = {
    "ua1": lambda content: screen.named(content, "ua1", "PDF/UA-1"),
    "3a": lambda content: screen.named(content, "3a", "PDF/A-3a"),
    "ua2": structure.faults,
    "x4": printing.faults,
}
"""Who finds the faults of a file; a standard names its own."""
DC = "{http://purl.org/dc/elements/1.1/}"


def verify(root: Path) -> tuple[list[str], list[Problem]]:
    """Return the paths of the products in `root`, and what is wrong with them.

    Raises UsageError if the folder has no manifest.
    """
    entries = manifest_of(root).get("products", [])
    if not entries:
        raise UsageError(f"{root}: no products", remedy="give the folder that was built to")
    problems = [
        Problem(Place(entry["path"]), message, remedy=REMEDY)
        for entry in entries
        for message in _faults(root, entry)
    ]
    return [entry["path"] for entry in entries], problems


def _faults(root: Path, entry: dict[str, Any]) -> Iterator[str]:
    path = root / entry["path"]
    if path.is_symlink() or not path.is_file():
        yield "is no regular file" if path.exists() or path.is_symlink() else "is missing"
        return
    content = path.read_bytes()
    if (found := hashlib.sha256(content).hexdigest()) != entry["sha256"]:
        yield f"has the sha256 {found}, the manifest says {entry['sha256']}"
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            yield from _identity(pdf, entry)
            yield from _attachments(pdf, entry)
    except pikepdf.PdfError as error:
        yield f"cannot be opened: {str(error).splitlines()[0]}"
        return
    if standard := STANDARDS.get(entry.get("standard", "")):
        for judge in standard.judges:
            for rule, message in JUDGES[judge](content):
                if not misjudged(content, rule, message):
                    yield message
    else:
        yield "the manifest does not say which standard it conforms to"


def _identity(pdf: pikepdf.Pdf, entry: dict[str, Any]) -> Iterator[str]:
    """Yield where a file is not that of its record."""
    told = pdf.open_metadata()
    for what, key in (("identity", f"{DC}identifier"), ("title", f"{DC}title")):
        if (found := told.get(key)) != entry[what]:
            yield f"its {what} is {found!r}, the manifest says {entry[what]!r}"
    if len(pdf.pages) != entry["pages"]:
        yield f"has {len(pdf.pages)} pages, the manifest says {entry['pages']}"


def _attachments(pdf: pikepdf.Pdf, entry: dict[str, Any]) -> Iterator[str]:
    found = {
        name: hashlib.sha256(held.get_file().read_bytes()).hexdigest()
        for name, held in pdf.attachments.items()
    }
    wanted = {held["name"]: held["sha256"] for held in entry.get("attachments", ())}
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
