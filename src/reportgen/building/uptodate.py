"""What a product was made from, and whether that is still so.

A build notes for every product the hash of each file that went into it, and the versions of
what made it. So the next one can say which products are current, and of the others which
input changed, before it reads a record or loads an engine.
"""

from __future__ import annotations

import hashlib
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from reportgen.building.output import Made, Output
from reportgen.building.results import Outcome, product_of
from reportgen.building.vault import Vault
from reportgen.core import dates
from reportgen.core.errors import InputError
from reportgen.core.versions import versions
from reportgen.records.workspace import Workspace

CITIES = "report/cities"
"""The folder of the records; as an input of a product, which records there are."""
SOFTWARE = ("reportgen", "engine")
"""Inputs that are no files of the workspace."""
FOREIGN = "the maker"
"""An input of products that are not known to be this user's, which is never as it was."""
Entry = dict[str, Any]
"""A product as the manifest lists it."""


@cache
def code() -> str:
    """Return the sha256 of reportgen's own modules: another version may set other pages."""
    package = Path(__file__).parents[1]
    total = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        total.update(f"{path.relative_to(package)}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def software() -> dict[str, str]:
    """Return the inputs that are no files."""
    return {
        "reportgen": code(),
        "engine": ", ".join(f"{name} {number}" for name, number in versions().items()),
    }


class Present:
    """The inputs as they are now; each file is hashed once, a file that was read not again.

    So what was read and what is compared are the same, whatever becomes of the file meanwhile.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._known: dict[str, str] = {
            **workspace.reads, **software(), dates.EPOCH: dates.asked(),
        }  # fmt: skip

    def __call__(self, name: str) -> str:
        """Return the present hash of an input, empty for a file that is gone."""
        if name not in self._known:
            self._known[name] = self.workspace.reads.get(name) or self._look(name)
        return self._known[name]

    def same(self, inputs: dict[str, str]) -> bool:
        """Tell whether all of these inputs are as they were, by name with their hashes."""
        if inputs.items() <= self._known.items():
            return True
        return all(self(name) == digest for name, digest in inputs.items())

    def _look(self, name: str) -> str:
        try:
            if name == FOREIGN:
                return ""
            if name == CITIES:
                listed = "\n".join(self.workspace.names(CITIES, None))
                return hashlib.sha256(listed.encode()).hexdigest()
            return self.workspace.digest(name)
        except InputError:
            return ""

    @cached_property
    def records(self) -> dict[str, str]:
        """The files of `report/cities/` with their hashes."""
        return {name: self(name) for name in self.workspace.names(CITIES, None)}


def reasons(entry: Entry | None, output: Made, present: Present) -> list[str]:
    """Return why a product is not current, in the words of a user; empty if it is."""
    if entry is None:
        return ["not made yet"]
    inputs = entry.get("inputs", {})
    found = []
    if not present.same(inputs):
        found = [
            f"{name} {_what(name, now)}"
            for name, digest in inputs.items()
            if (now := present(name)) != digest
        ]
    if not found and not output.holds(entry["path"], entry["sha256"]):
        found.append("the file is missing, or is not what was made")
    return found


def believe(output: Output, vault: Vault) -> None:
    """Believe what a folder says of its products, if this user's reportgen wrote it.

    A folder that came with a workspace may say of any file that it is current.
    """
    if vault.vouches(output.root, output.digest):
        output.believed = output.manifest


def current(workspace: Workspace, output: Output, editions: tuple[str, ...]) -> list[Entry] | None:
    """Return every product of `editions` if all are current and none is missing, else None."""
    manifest = output.believed
    present = Present(workspace)
    if "all" in editions:
        editions = tuple(manifest.get("editions", editions))
    folders = tuple(f"{edition}/" for edition in editions)
    products: list[Entry] = manifest.get("products", [])
    entries = [entry for entry in products if entry["path"].startswith(folders)]
    if not entries or not set(editions) <= set(manifest.get("complete", ())):
        return None
    if manifest.get("records") != present.records:
        return None
    return None if any(reasons(entry, output, present) for entry in entries) else entries


def unchanged(workspace: Workspace, output: Output, editions: tuple[str, ...]) -> Outcome | None:
    """Return the outcome of a build that has nothing to do, or None if it may have."""
    entries = current(workspace, output, editions)
    if entries is None:
        return None
    return Outcome(current=tuple(map(product_of, entries)))


def status(workspace: Workspace, output: Made) -> dict[str, list[str]]:
    """Return of each product, by path, why it is not current; empty where it is.

    A record from which nothing was made stands under its own path.
    """
    present = Present(workspace)
    entries: list[Entry] = output.manifest.get("products", [])
    used = {name for entry in entries for name in entry.get("inputs", {})}
    found = {entry["path"]: reasons(entry, output, present) for entry in entries}
    return found | {name: ["not made yet"] for name in present.records if name not in used}


def _what(name: str, now: str) -> str:
    if name in SOFTWARE:
        return "is another version"
    if name == CITIES:
        return "has other records"
    if name == FOREIGN:
        return "is not known to be this user's reportgen"
    return "changed" if now or name == dates.EPOCH else "is gone"


def foreign(entry: Entry) -> Entry:
    """Return what is kept of the entry of a product that is not known to be ours: it stays old."""
    kept = ("path", "identity", "title", "pages", "bytes", "sha256", "standard", "attachments")
    told = {name: entry[name] for name in kept if name in entry}
    return {**told, "key": "", "inputs": {FOREIGN: "ours"}, "reads": []}
