"""What a file says of its sections beside their objects, while these are written."""

from __future__ import annotations

from dataclasses import dataclass, field

from reportgen.binder.fonts import Used
from reportgen.core.fragments import Heading, Quire


@dataclass(slots=True)
class Told:
    """What grows with each section of a quire or a product; see `core.fragments.Quire`."""

    used: Used
    leaves: list[int] = field(default_factory=list)
    tops: list[int] = field(default_factory=list)
    kids: list[int] = field(default_factory=list)
    ids: list[tuple[str, int]] = field(default_factory=list)
    landings: dict[str, tuple[int, float, int]] = field(default_factory=dict)
    headings: list[Heading] = field(default_factory=list)
    cited: dict[str, str] = field(default_factory=dict)
    forms: set[int] = field(default_factory=set)
    drawings: set[int] = field(default_factory=set)
    reads: dict[str, str] = field(default_factory=dict)

    def join(self, quire: Quire) -> None:
        """Add what is said of the sections of a quire."""
        self.leaves += quire.leaves
        self.tops += quire.tops
        self.kids += quire.kids
        self.ids += quire.ids
        self.landings |= quire.landings
        self.headings += quire.headings
        self.cited = quire.cited | self.cited
        self.forms.update(quire.forms)
        self.drawings.update(quire.drawings)
        self.used.join(quire)
        self.reads |= quire.reads
