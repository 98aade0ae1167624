"""Standards that an edition can ask for: what each wants of its files, and who judges them.

A standard is one object in a module of its own, and is listed here. All else asks the object.
"""

from __future__ import annotations

from reportgen.standards import ua1, ua2, x4
from reportgen.standards.kinds import Standard

__all__ = ["DEFAULT", "PRINT", "STANDARDS", "Standard"]

DEFAULT, PRINT = ua1.STANDARD.name, x4.STANDARD.name
"""Names of the standard of an edition that asks for none, and of the one for print."""
STANDARDS = {each.name: each for each in (ua1.STANDARD, ua2.STANDARD, x4.STANDARD)}
