"""What the tokens of a section stand for in a file."""

from __future__ import annotations

from collections.abc import Callable

from reportgen.binder.file import number, refs, text
from reportgen.binder.frame import Frame
from reportgen.binder.landing import leads, listed, note, references
from reportgen.binder.tokens import Meaning
from reportgen.core.errors import TypesettingError
from reportgen.core.fragments import Fragment
from reportgen.plan.values import Placed


def of_section(
    frame: Frame,
    placed: Placed,
    fragment: Fragment,
    at: dict[int, int],
    pages: range,
    keys: int,
    cited: dict[str, str],
) -> Meaning:
    """Return what a token of the fragment's objects stands for in this file.

    `at` has its objects and `pages` its pages, `keys` is its first key in the parent tree. Sections
    that are linked to are added to `cited`, each with one that does so.
    """
    before = keys + len(fragment.sheets) + len(fragment.annotated)
    referring = references(fragment) if frame.namespace else {}

    def anchor(name: str) -> str:
        page, x, y, element = fragment.anchors[name]
        return leads(pages[page], frame.tag(element, at), f"/XYZ {number(x)} {number(y)} 0")

    def section(name: str) -> str:
        cited.setdefault(name, placed.identity)
        target = text(name).decode()
        return f"/A<</S/GoTo/D{target}>>" if frame.namespace else f"/Dest {target}"

    def refers(element: str) -> str:
        to = referring.get(int(element), ())
        if isinstance(to, str):
            return f"/Ref {frame.targets[to]} 0 R" if to in frame.targets else ""
        return f"/Ref[{refs([at[n] for n in to]).decode()}]" if to else ""

    kinds: dict[str, Callable[[str], str]] = {
        "o": lambda value: f"{at[int(value)]} 0 R",
        "p": lambda value: f"{pages[int(value)]} 0 R",
        "d": lambda _: f"{frame.document} 0 R",
        "f": lambda _: f"{frame.fonts} 0 R",
        "n": lambda value: str(keys + int(value)),
        "m": lambda value: str(before + int(value)),
        "i": lambda _: f"{placed.target}-",
        "a": anchor,
        "s": section,
        "t": lambda kind: note(kind, frame.namespace),
        "l": lambda kind: listed(kind, frame.namespace),
        "r": refers,
    }

    def meaning(token: str) -> str:
        if token[:1] not in kinds:
            raise TypesettingError(f"{placed.identity}: a damaged fragment: {token!r}")
        return kinds[token[0]](token[1:])

    return Meaning(meaning)
