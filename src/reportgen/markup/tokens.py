"""What templates/tokens.css says, for drawings: those see no variables of CSS."""

from __future__ import annotations

import re

from reportgen.core.errors import InputError, Place, Problem
from reportgen.records.workspace import Workspace

SHEET = "tokens.css"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_TOKEN = re.compile(
    r"--([a-z][a-z0-9-]*)\s*:\s*(?:(#[0-9A-Fa-f]{6})|([0-9]{1,4}(?:\.[0-9]{1,4})?)mm)\s*[;}]"
)


def read(workspace: Workspace) -> dict[str, str | float]:
    """Return the colours and the lengths in mm of the workspace, by name with _ for -.

    Raises InputError if the style sheet cannot be read or has no accent.
    """
    text = _COMMENT.sub("", workspace.text(f"templates/{SHEET}"))
    found = {
        name.replace("-", "_"): colour or float(length)
        for name, colour, length in _TOKEN.findall(text)
    }
    if not isinstance(found.get("accent"), str):
        raise InputError(
            Problem(
                Place(f"templates/{SHEET}", 1, 1), "there is no colour --accent",
                remedy="write --accent: #rrggbb; in the block html",
            )
        )  # fmt: skip
    return found
