"""How texts are written: spaces, marks and their width."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reportgen.checking.finding import Limits, family
from reportgen.checking.texts import LETTERS, Note, running
from reportgen.records.records import Records

RULES, _rule = family()


_PADDING = re.compile("[ \u00a0\u2000-\u200a\u202f\u3000]{2,}|\u3000")


@_rule("space-as-indent", "warning", "spaces, no-break or ideographic ones, used as an indent")
def _space_as_indent(known: Records, _: Limits) -> Iterator[Note]:
    for city, path, text in running(known):
        found = _PADDING.search(text)
        if found and not (found[0] == "\u3000" and str(path[-1]).startswith(("ja", "zh"))):
            spaces = ", ".join(f"U+{ord(c):04X}" for c in dict.fromkeys(found[0]))
            count = f"{len(found[0])} spaces in a row" if len(found[0]) > 1 else "a wide space"
            yield Note(
                city, path, f"{count} ({spaces})",
                "one space between words; what is to be indented, the style sheet indents",
                near=found[0],
            )  # fmt: skip


_PAIRS = dict(zip("“‘「『«‹([{（［｛《〈【〔", "”’」』»›)]}）］｝》〉】〕", strict=True))
_CLOSING = {closing: opening for opening, closing in _PAIRS.items()}
_ITEM = re.compile(r"^\(?\w{1,3}\)")


@_rule("unpaired-mark", "warning", "a quotation mark or bracket without its partner")
def _unpaired_mark(known: Records, _: Limits) -> Iterator[Note]:
    for city, path, text in running(known):
        for at, mark in _unpaired(text):
            missing = _PAIRS.get(mark) or _CLOSING.get(mark) or mark
            yield Note(
                city, path, f"{mark} without {missing}",
                f"add the missing {missing}, or take {mark} out",
                near=text[at : at + 6].split(" ")[0] if mark in _PAIRS else mark,
            )  # fmt: skip


def _unpaired(text: str) -> list[tuple[int, str]]:
    """Return the marks that have no partner, with where they stand."""
    open_: list[tuple[int, str]] = []
    lone: list[tuple[int, str]] = []
    item = _ITEM.match(text)
    for at, mark in enumerate(text):
        if mark in _PAIRS:
            open_.append((at, mark))
        elif mark in _CLOSING:
            if open_ and open_[-1][1] == _CLOSING[mark]:
                open_.pop()
            elif mark == "’" or (item and at == item.end() - 1):
                continue  # an apostrophe; the bracket of "1)"
            elif any(opening == _CLOSING[mark] for _, opening in open_):
                while open_[-1][1] != _CLOSING[mark]:
                    lone.append(open_.pop())
                open_.pop()
            else:
                lone.append((at, mark))
    straight = [at for at, mark in enumerate(text) if mark == '"']
    if len(straight) % 2:
        lone.append((straight[-1], '"'))
    return sorted([*lone, *open_])


_FULL = re.compile("[，．。！？：；（）]")
_HALF = re.compile(r"(?<![0-9])[,.!?:;()]|[,.!?:;()](?![0-9])")
_TOUCHING = re.compile(rf"[{LETTERS}][,.!?:;()]|[,.!?:;()](?=[{LETTERS}])")
_ADDRESS = re.compile(r"https?://\S+|\S+@\S+")


@_rule("mixed-width", "warning", "full-width and half-width punctuation in one paragraph")
def _mixed_width(known: Records, _: Limits) -> Iterator[Note]:
    for city, path, text in running(known):
        plain = _ADDRESS.sub("", text)
        full = _FULL.search(plain)
        # Latin words within East Asian text keep their own punctuation.
        half = (_TOUCHING if re.search(f"[{LETTERS}]", plain) else _HALF).search(plain)
        if full and half:
            mark = next(c for c in half[0] if c in ",.!?:;()")
            yield Note(
                city, path, f"full-width {full[0]} and half-width {mark}",
                "one width throughout: half-width in Korean, full-width in Chinese and Japanese",
                near=full[0],
            )  # fmt: skip
