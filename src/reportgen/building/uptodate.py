"""What a product was made from, and whether that is still so.

A build notes for every product the hash of each file that went into it, and the versions of
what made it. So the next one can say which products are current, and of the others which
input changed, before it reads a record or loads an engine.
"""

from __future__ import annotations

import hashlib
from functools import cache, cached_property
from pathlib import Path

from reportgen.building.output import Made
from reportgen.building.results import Outcome
from reportgen.building.state import Entry, State
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
    found = []
    if not present.same(entry.inputs):
        found = [
            f"{name} {_what(name, now)}"
            for name, digest in entry.inputs.items()
            if (now := present(name)) != digest
        ]
    if not found and not output.holds(entry.product.path, entry.product.sha256):
        found.append("the file is missing, or is not what was made")
    return found


def there(output: Made, state: State) -> dict[str, Entry]:
    """Return what a folder holds, by path, also where it is not known who made it."""
    if state.entries:
        return state.entries
    foreign = (Entry(product, "", {FOREIGN: "ours"}) for product in output.products)
    return {entry.product.path: entry for entry in foreign}


def unchanged(
    workspace: Workspace, output: Made, state: State, editions: tuple[str, ...]
) -> Outcome | None:
    """Return the outcome of a build that has nothing to do, or None if it may have."""
    present = Present(workspace)
    if "all" in editions:
        editions = state.editions or editions
    folders = tuple(f"{edition}/" for edition in editions)
    entries = [entry for path, entry in state.entries.items() if path.startswith(folders)]
    if not entries or not {*editions} <= {*state.complete} or state.records != present.records:
        return None
    if any(reasons(entry, output, present) for entry in entries):
        return None
    return Outcome(current=tuple(entry.product for entry in entries))


def status(workspace: Workspace, output: Made, state: State) -> dict[str, list[str]]:
    """Return of each product, by path, why it is not current; empty where it is.

    A record from which nothing was made stands under its own path.
    """
    present, entries = Present(workspace), there(output, state)
    found = {path: reasons(entry, output, present) for path, entry in entries.items()}
    used = {name for entry in entries.values() for name in entry.inputs}
    if state.entries or not entries:  # else it is not known what was made of them
        found |= {name: ["not made yet"] for name in present.records if name not in used}
    return found


def _what(name: str, now: str) -> str:
    if name in SOFTWARE:
        return "is another version"
    if name == CITIES:
        return "has other records"
    if name == FOREIGN:
        return "is not known to be this user's reportgen"
    return "changed" if now or name == dates.EPOCH else "is gone"
