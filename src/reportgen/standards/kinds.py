"""What there is to say of a standard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

Fault = tuple[str, str]
"""The rule that a file breaks, as its validator calls it, or nothing; and what is told."""


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard, or several that a file conforms to at once."""

    name: str
    """As `report.yaml` and the manifest have it."""
    version: str
    """The version of PDF that its files are of."""
    screen: bool
    """Whether files have tags, links, an outline and attachments; else they are for print, with the
    boxes of a sheet and colours of ink."""
    intent: str
    """The kind of output intent: GTS_PDFA1 or GTS_PDFX (ISO 32000-1, 14.11.5)."""
    namespaces: str
    """Of the properties in `metadata`, as attributes of XML."""
    metadata: Callable[[str, int], str]
    """Returns properties of XMP, by the identifier of a file and how many others it carries."""
    faults: Callable[[bytes], Iterator[Fault]]
    """Yields what keeps a file from conforming; what it needs is imported when it is called."""
    structure: str = ""
    """The namespace of structure (ISO 32000-2, 14.8.6), if it is that of PDF 2.0. Destinations then
    are tags, and what refers to another tag says so."""
    info: bytes | None = b""
    """What the dictionary of information says besides; None if files have none, as in PDF 2.0."""
