"""What does not come to lie where an edition or a template means it to: told at its line.

The edition decides the size of pages. Slots say where furniture goes (docs/templates.md); one that
lies beside the page, or that the engine moved to another, would take its layer with it unseen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reportgen.core.errors import InputError, Place, Problem
from reportgen.core.fragments import Fragment, Slot
from reportgen.core.units import MM, PX
from reportgen.plan.values import Markup
from reportgen.press.complaints import FOLDER, place_in

SAME = 0.1
"""mm by which sizes may differ that are the same."""
FURNITURE = "templates/book/furniture.html"
SHOWN = 40
"""Characters of a text that a message shows."""
INTO = 'put it into a <div class="layer" id="…"> with a slot, or out of the layers'
_BLEED = re.compile(r"@page\b[^}]*?\b(bleed|marks)\s*:(?!\s*(auto|none)\b)", re.IGNORECASE)
_SIZE = re.compile(r"@page\b[^}]*?\b(size)\s*:", re.IGNORECASE)


def misshapen(
    pages: Any, size: tuple[float, float] | None, sheets: Mapping[str, str]
) -> Problem | None:
    """Return the complaint about a page with bleed or marks, or of another size than `size` in mm.

    It is told at its place in one of the style sheets, which are given by their names.
    """
    if any(page._page_box.style["marks"] or any(page.bleed.values()) for page in pages):
        return _bled(sheets)
    if size is None:
        return None
    for page in pages:
        found = page.width * PX / MM, page.height * PX / MM
        if any(abs(a - b) > SAME for a, b in zip(found, size, strict=True)):
            return _sized(found, size, sheets)
    return None


def _bled(sheets: Mapping[str, str]) -> Problem:
    return Problem(
        _place(_BLEED, sheets), "@page has bleed or marks, which a page does not decide",
        remedy="set bleed and marks of an edition in report/report.yaml, and let what runs to the "
        "edge run over it",
    )  # fmt: skip


def _sized(
    found: tuple[float, float], size: tuple[float, float], sheets: Mapping[str, str]
) -> Problem:
    (width, height), (trim_width, trim_height) = found, size
    return Problem(
        _place(_SIZE, sheets),
        f"@page is {width:.4g} × {height:.4g} mm, but the edition's pages are {trim_width:g} × "
        f"{trim_height:g} mm",
        remedy=f"write trim: {{width: {width:.4g}, height: {height:.4g}}} in the edition in "
        "report/report.yaml, or take size out of the style sheet",
    )  # fmt: skip


def lost(
    root: Any, fragment: Fragment, markup: Markup, read: Callable[[str, int], bytes]
) -> Iterator[Problem]:
    """Yield the slots of a template that do not lie on the page, and what is in no layer."""
    yield from _dropped(root, markup, read)
    if markup.size is None:
        return
    width, height = (side * MM for side in markup.size)
    for element in root.iter():
        kind = next((k for k in ("slot", "layer") if k in _classes(element)), "")
        name = element.get("id") or ""
        slot = fragment.slots.get(name)
        if kind and element.tag != "div":
            yield _told(f"the {kind} '{name}' is a <{element.tag}>, expected a <div>", name, read)
        elif kind == "slot" and slot and not _touches(slot, width, height):
            yield _told(f"the slot '{name}' lies outside of the page", name, read)


def _dropped(root: Any, markup: Markup, read: Callable[[str, int], bytes]) -> Iterator[Problem]:
    """Yield the texts that are in no layer: of such pages nothing else is laid over others."""
    containers = [e for e in root.iter() if {"layers", "slots"} & {*_classes(e)}]
    if markup.identity.endswith("/furniture"):
        containers += root.iter("body")
    for container in containers:
        for text in _between(container):
            yield _in_template(
                f"'{text if len(text) <= SHOWN else text[:SHOWN] + '…'}' is in no layer",
                text, markup, read,
            )  # fmt: skip


def _between(container: Any) -> Iterator[str]:
    """Yield what stands in an element beside layers, slots, and what holds them."""
    kept = {"layers", "slots", "layer", "slot"}
    texts = [container.text or ""]
    for child in container:
        if isinstance(child.tag, str) and kept.isdisjoint(_classes(child)):
            texts.append(" ".join(child.itertext()) or f"<{child.tag}>")
        texts.append(child.tail or "")
    yield from filter(None, (" ".join(text.split()) for text in texts))


def _in_template(
    message: str, text: str, markup: Markup, read: Callable[[str, int], bytes]
) -> Problem:
    """Return a complaint at the line of the template that says a text, if one does."""
    names = [name for name in markup.files if name.endswith(".html")]
    word = text.split(" ", maxsplit=1)[0]
    for name in names:
        for number, line in enumerate(read(name, 1_000_000).decode().split("\n"), 1):
            if word in line:
                return Problem(
                    Place(name, number, line.index(word) + 1), message, source=line,
                    remedy=INTO, width=len(word),
                )  # fmt: skip
    return Problem(Place(names[0] if names else FURNITURE), message, remedy=INTO)


def _touches(slot: Slot, width: float, height: float) -> bool:
    return -slot.width < slot.left < width and -slot.height < slot.top < height


def _told(message: str, name: str, read: Callable[[str, int], bytes]) -> Problem:
    """Return a complaint at the line of the furniture's template that has the slot or layer."""
    try:
        lines = read(FURNITURE, 1_000_000).decode().split("\n")
    except (InputError, UnicodeDecodeError):
        lines = []
    # Names of slots are put together from that of the layer and that of the side.
    side = name.rpartition("-")[2]
    marked = [i for i, text in enumerate(lines, 1) if re.search(r"class=.(slot|layer)\b", text)]
    near = [i for i in marked if f'id="{name}"' in lines[i - 1] or f'-{side}"' in lines[i - 1]]
    slots = [i for i in marked if "slot" in lines[i - 1]]
    line = next(iter(near or slots or marked), 0)
    return Problem(
        Place(FURNITURE, line, 1), message,
        remedy="say in templates/furniture.css where it goes on a page of this size",
        source=lines[line - 1] if line else "",
    )  # fmt: skip


def _classes(element: Any) -> list[str]:
    return (element.get("class") or "").split()


def _place(pattern: re.Pattern[str], sheets: Mapping[str, str]) -> Place:
    """Return where the last style sheet says what is asked for: it counts in the cascade."""
    for name, text in reversed(list(sheets.items())):
        if found := pattern.search(text):
            return Place(f"{FOLDER}{name}", *place_in(text, found.start(1)))
    return Place(FOLDER.rstrip("/"))
