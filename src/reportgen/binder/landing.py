"""Where links and the outline lead: to a page, and in PDF 2.0 to a tag as well."""

from __future__ import annotations

from reportgen.core.fragments import Fragment


def leads(page: int, tag: int, view: str) -> str:
    """Return the entry of a link or of a line of the outline for where it leads.

    `page` and `tag` are objects, `view` is how the page is then shown (ISO 32000-1, table 151).
    Where the tag is 0 the page is all. Else a program that knows tags goes to the tag, and any
    other to the page (ISO 32000-2, 12.3.2.3 and 12.6.4.2).
    """
    return f"/A{action(page, tag, view)}" if tag else f"/Dest[{page} 0 R{view}]"


def destination(page: int, tag: int, view: str) -> str:
    """Return what a name stands for that links lead to."""
    explicit = f"[{page} 0 R{view}]"
    return f"<</D{explicit}/SD[{tag} 0 R{view}]>>" if tag else explicit


def action(page: int, tag: int, view: str) -> str:
    """Return what goes to a page and to a tag."""
    return f"<</S/GoTo/D[{page} 0 R{view}]/SD[{tag} 0 R{view}]>>"


def note(kind: str, namespace: int) -> str:
    """Return the tag of a note of a kind: PDF 2.0 has it in a namespace, the object `namespace`.

    Of the structure types of PDF 1.7 it is the one that PDF/UA-2 has no use for (8.2.5.14).
    """
    if not namespace:
        return "Note"
    return f"FENote/NS {namespace} 0 R/A<</O/FENote/NoteType/{kind}>>"


def listed(kind: str, namespace: int) -> str:
    """Return how a list is numbered that has no numerals, which only PDF 2.0 has words for.

    Table 382 of ISO 32000-2; ISO 14289-2, 8.2.5.25, wants it where there are labels.
    """
    return f"/A<</O/List/ListNumbering/{kind}>>" if namespace else ""


def references(fragment: Fragment) -> dict[int, list[int] | str]:
    """Return by tag to which others it refers: tags of the section, or another section's target.

    Of citation and note each refers to the other (ISO 14289-2, 8.2.5.14), and an entry of contents
    to where it leads (8.2.5.8).
    """
    found: dict[int, list[int]] = {}
    away: dict[int, list[int] | str] = {}
    for element, to in fragment.refers:
        if to.startswith("s"):
            away[element] = to[1:].partition("~")[0]
        elif (there := fragment.anchors[to[1:]][3]) >= 0:
            found.setdefault(element, []).append(there)
            found.setdefault(there, []).append(element)
    return {**found, **away}
