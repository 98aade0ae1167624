"""The text of an element, as outlines and running heads show it.

The engine leaves out whatever a pseudo-element holds, and so the break of a <br>: a headline of two
lines became "a whole cityinto one network". And the number of a citation became part of a title,
"Sources of funding1". Here a forced break is a space, and a citation, an element of the role
`doc-noteref` (DPUB-ARIA 1.1), is not part of the text.
"""

from __future__ import annotations

import re
from typing import Any

from weasyprint.formatting_structure import boxes

PSEUDO = ("::before", "::after", "::marker")
BREAK = "br::before"
CITATION = "doc-noteref"


def _content_text(box: Any) -> str:
    """Return what an element says; white space is processed as its style says."""
    copy = box.deepcopy()
    copy.process_whitespace()
    texts = [child for child in copy.descendants() if isinstance(child, boxes.TextBox)]
    # Not `split()`, which would take U+00A0 for a space as well.
    return re.sub("[ \n\t]+", " ", "".join(_said(child) for child in texts)).strip(" ")


def _said(box: Any) -> str:
    if box.element is not None and box.element.get("role") == CITATION:
        return ""
    if box.element_tag == BREAK:
        return " "
    return "" if box.element_tag.endswith(PSEUDO) else str(box.text)


content_text = property(_content_text)
