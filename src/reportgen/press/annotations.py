"""Annotations of links (ISO 32000-1, 12.5.6.5)."""

from __future__ import annotations

from typing import Any

import pydyf
from weasyprint.formatting_structure import boxes

from reportgen.core.errors import TypesettingError
from reportgen.core.units import PX
from reportgen.press.tags import Written


def annotation(link: Any, height: float, key: int) -> tuple[Any, str]:
    """Return the annotation of a link on a page so many pt high, and the token for where it leads.

    `key` is that of the parent tree. The token is empty if the link leads out of the product.
    Raises TypesettingError for an attachment.
    """
    kind, target, (x1, y1, x2, y2), box = link
    if kind not in {"internal", "external"}:
        raise TypesettingError(f"an attachment, {target}, which products do not carry")
    rectangle = [x1 * PX, height - y2 * PX, x2 * PX, height - y1 * PX]
    made: Any = pydyf.Dictionary({
        "Type": "/Annot", "Subtype": "/Link", "Rect": pydyf.Array(rectangle),
        "StructParent": b"\x00n%d\x00" % key,
        "Border": "[0 0 0]", "F": 4,
        # ISO 14289-1, 7.18.5: what the link is, for those who do not see it.
        "Contents": pydyf.String(words(box) or target),
    })  # fmt: skip
    to = _leads(kind, target)
    if to:
        # Where it leads is written by the binder, as the standard of the file wants it.
        made = Written(made.data.removesuffix(b">>") + f"\x00{to}\x00>>".encode())
    else:
        action = {"Type": "/Action", "S": "/URI", "URI": pydyf.String(target)}
        made["A"] = pydyf.Dictionary(action)
    return made, to


def _leads(kind: str, target: str) -> str:
    """Return the token for where a link leads within the product, empty if that is elsewhere."""
    if kind == "internal":
        return f"a{target}"
    return f"s{target.removeprefix('section:')}" if target.startswith("section:") else ""


def words(link: Any) -> str:
    """Return what a link says."""
    texts = (b for b in link.descendants() if isinstance(b, boxes.TextBox))
    words = " ".join(b.text for b in texts if not b.artifact)
    return str(link.element.get("aria-label") or words).strip()
