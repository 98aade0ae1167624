"""Findings that are the validator's own fault, and no file's."""

from __future__ import annotations

import io
import re

import pikepdf

from reportgen.typefaces.programs import empty_advance

SPACE_WIDTHS = frozenset({"PDFUA1-FONT-GLYPH-WIDTH-001", "PDFA3A-TRUETYPE-GLYPH-WIDTH-001"})
"""Rules that page-validation 0.11 misjudges for a glyph that draws nothing, such as the space.

Where a glyph's program is nothing but its width and `endchar`, the validator leaves out to add
nominalWidthX (Adobe TN 5177, 4.1): it reads -393 where the program says 617 - 393 = 224. So such a
finding stands only if another reader of the program finds another width than /W as well.
"""
_WIDTH = re.compile(
    r"font object (\d+) 0 has rendered CID (\d+) width -?[\d.]+ in its embedded "
    r"CIDFontType0C program but (-?[\d.]+) in /W or /DW"
)


def misjudged(content: bytes, rule: str, message: str) -> bool:
    """Tell whether a finding is the validator's fault: the width of a glyph that draws nothing."""
    found = _WIDTH.search(message)
    if rule not in SPACE_WIDTHS or found is None:
        return False
    with pikepdf.open(io.BytesIO(content)) as pdf:
        font = pdf.get_object(int(found[1]), 0)
        inner = font.DescendantFonts[0] if "/DescendantFonts" in font else font
        program = inner.FontDescriptor.FontFile3.read_bytes()
    return empty_advance(program, int(found[2])) == float(found[3])
