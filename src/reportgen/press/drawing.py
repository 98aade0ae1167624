"""The drawing of a page, said in fewer bytes: the same marks at the same places.

The engine writes each line of text as an object of its own, with its matrix and font, every
code in hexadecimal, and two steps where letters are spaced. Lines that follow one another
say here only how far down they are, which is the same from line to line and so compresses
to nothing; codes are bytes. A book of text is a tenth smaller for it.
"""

from __future__ import annotations

import re
from typing import Any

import pydyf

_MATRIX = re.compile(rb"1 0 0 -1 (-?[\d.]+) (-?[\d.]+) Tm")
_SHOWN = re.compile(rb"\[<([0-9a-f]*)>0\] TJ")
_CODES = re.compile(rb"<([0-9a-f]+)>")
_STEPS = re.compile(rb"(-?[\d.]+)<>(-?[\d.]+)")
_PAIR = re.compile(rb"[\xd8-\xdb].(\)\()?[\xdc-\xdf]", re.DOTALL)
"""What may be codes that look like a high and a low surrogate, within a string or between two."""
_SPECIAL = re.compile(rb"[\\()\r]")
_ESCAPED = {b"\\": rb"\\", b"(": rb"\(", b")": rb"\)", b"\r": rb"\r"}


def packed(items: list[Any]) -> bytes:
    """Return a content stream of the engine's operations (ISO 32000-1, 9.4)."""
    lines: list[bytes] = []
    font, at, open_ = b"", (b"", b""), False
    operations = iter(items)
    for item in operations:
        if item != b"BT":
            if open_:
                lines.append(b"ET")
                open_ = False
            lines.append(item if isinstance(item, bytes) else pydyf._to_bytes(item))
            continue
        text = []
        for inner in operations:
            if inner == b"ET":
                break
            text.append(inner if isinstance(inner, bytes) else pydyf._to_bytes(inner))
        matrix = _MATRIX.fullmatch(text[0]) if len(text) == 3 and text[1][-3:] == b" Tf" else None
        if matrix is None:
            lines += [b"ET"] * open_ + [b"BT", *map(_tight, text), b"ET"]
            open_ = False
            continue
        x, y = matrix.groups()
        if open_ and (x, text[1]) == (at[0], font):
            lines.append(b"0 %s Td" % _number(float(at[1]) - float(y)))
        else:
            lines += [b"ET"] * open_ + [b"BT", text[0], text[1]]
        lines.append(_tight(text[2]))
        font, at, open_ = text[1], (x, y), True
    if open_:
        lines.append(b"ET")
    return b"\n".join(lines)


def _tight(item: bytes) -> bytes:
    """Return text that is shown, without steps of nothing between its glyphs."""
    if item[:1] != b"[":
        return item
    item = item.replace(b">0<", b"")
    if whole := _SHOWN.fullmatch(item):
        strings = _strings(whole)
        return b"[%s]TJ" % strings if _PAIR.search(strings) else strings + b"Tj"
    return _CODES.sub(_strings, _STEPS.sub(_sum, item))


def _sum(steps: re.Match[bytes]) -> bytes:
    return _number(float(steps[1]) + float(steps[2]))


def _strings(codes: re.Match[bytes]) -> bytes:
    """Return codes as literal strings (ISO 32000-1, 7.3.4.2), mostly one.

    A string ends where two codes look like a pair of surrogates: codes are glyph ids, but pypdf
    takes them for UTF-16 and would read one character (Unicode 3.9, D91).
    """
    content = bytes.fromhex(codes[1].decode())
    if not _PAIR.search(content):
        return _literal(content)
    starts = [
        at
        for at in range(2, len(content), 2)
        if 0xD8 <= content[at - 2] <= 0xDB and 0xDC <= content[at] <= 0xDF
    ]
    bounds = zip([0, *starts], [*starts, len(content)], strict=True)
    return b"".join(_literal(content[start:end]) for start, end in bounds)


def _literal(content: bytes) -> bytes:
    return b"(" + _SPECIAL.sub(lambda found: _ESCAPED[found[0]], content) + b")"


def _number(value: float) -> bytes:
    return f"{value:.3f}".rstrip("0").rstrip(".").encode()
