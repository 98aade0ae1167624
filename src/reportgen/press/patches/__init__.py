"""Amendments to the engine, one in each module; `table` lists them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from typing import Any

OFFER, OWN = "to be offered", "not to be offered"


@dataclass(frozen=True, slots=True)
class Amendment:
    """Something of the engine that is ours: a row of the table."""

    target: str
    """Its name from the package on; the last part is an attribute, or a key of a mapping."""
    ours: Any
    """What stands in its place; of what is changed for a while, the name of what does so."""
    reason: str
    needless: str
    """What shows that the engine can do without it."""
    upstream: str = OFFER
    """The address of an issue or a pull request of the engine's project, if there is one."""

    @property
    def told(self) -> str:
        """What stands in its place, in words."""
        ours = self.ours.fget if isinstance(self.ours, property) else self.ours
        if isinstance(ours, str) and ours:
            return ours
        if not callable(ours):
            return repr(ours)
        return f"{ours.__module__}.{ours.__qualname__}".removeprefix("reportgen.press.")


def put(target: str, ours: Any) -> Any:
    """Put a value of ours in the place of the engine's, which is returned; None if it has none."""
    package, *path, name = target.split(".")
    owner = reduce(getattr, path, sys.modules[package])
    if isinstance(owner, MutableMapping):
        engines, owner[name] = owner.get(name), ours
        return engines
    engines = getattr(owner, name, None)
    setattr(owner, name, ours)
    return engines


@contextmanager
def instead(target: str, ours: Any) -> Iterator[Any]:
    """Let the engine use a value of ours for a while; its own is given."""
    engines = put(target, ours)
    try:
        yield engines
    finally:
        put(target, engines)
