"""What objects of pages may say: nothing that a reader's program would carry out.

No fragment of ours has an action but to go to a place or to an address. One that has another was
not made here, and is not bound into a product (ISO 32000-1, 12.6; ISO 19005-3, 6.5).
"""

from __future__ import annotations

import re

from reportgen.core.errors import TypesettingError

_ACTIVE = re.compile(
    r"/(AA|EmbeddedFiles?|GoToE|GoToR|Hide|ImportData|JavaScript|JS|Launch|Movie|Named|OpenAction"
    r"|Rendition|ResetForm|RichMedia\w*|SetOCGState|Sound|SubmitForm|Thread|Trans|XFA)\b"
)
_STRING = re.compile(r"\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>", re.DOTALL)
"""A text, which may say anything; the parentheses in it are escaped."""
_ESCAPED = re.compile("#([0-9A-Fa-f]{2})")
"""A character of a name (ISO 32000-1, 7.3.5)."""


def require(identity: str, heads: str) -> None:
    """Raise TypesettingError if objects of a section, without their streams, are active."""
    if "#" not in heads and not _ACTIVE.search(heads):
        return
    names = _ESCAPED.sub(lambda m: chr(int(m[1], 16)), _STRING.sub("", heads))
    if found := _ACTIVE.search(names):
        raise TypesettingError(
            f"{identity}: its pages have /{found[1]}, which reportgen makes nowhere",
            remedy="the store was written by something else: empty it with reportgen clean",
        )
