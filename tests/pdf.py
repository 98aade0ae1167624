"""Reading products as a reader's program does: text, lines, fonts, tags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import page as validator
import pikepdf
import pypdfium2

from reportgen.verifying.misjudged import misjudged

FOLD = re.compile(r"\s+")


def folded(text: str) -> str:
    """Return `text` with white space folded and soft marks of extraction removed."""
    return FOLD.sub(" ", text.replace("\ufffe", "").replace("\u0002", "")).strip()


def text(path: Path) -> str:
    """Return the text of all pages, white space folded."""
    with pypdfium2.PdfDocument(path) as document:
        return folded("\n".join(p.get_textpage().get_text_range() for p in document))


def lines(path: Path) -> list[str]:
    """Return the lines as they stand on the pages, from the positions of the glyphs."""
    found: list[str] = []
    with pypdfium2.PdfDocument(path) as document:
        for sheet in document:
            textpage = sheet.get_textpage()
            baseline, line = None, ""
            for i in range(textpage.count_chars()):
                character = textpage.get_text_range(i, 1)
                if not character or character in "\r\n":
                    continue
                left, bottom, right, _ = textpage.get_charbox(i, loose=True)
                if right > left and (baseline is None or abs(bottom - baseline) > 2):
                    found.append(line)
                    line, baseline = "", bottom
                line += character
            found.append(line)
    return [line.rstrip(" ") for line in found if line.strip()]


def problems(path: Path) -> list[str]:
    """Return what an independent validator holds against the file as PDF/UA-1 and PDF/A-3a."""
    # Its limits guard it against hostile files; a book draws a figure of a folio as a form.
    limits = validator.SafetyLimits.unlimited()
    reports = [validator.validate_pdf(path, profile=p, limits=limits) for p in ("ua1", "3a")]
    content = path.read_bytes()
    return [
        f"{failure.rule_id}: {failure.message}"
        for report in reports
        for failure in report.failures
        if not misjudged(content, failure.rule_id, failure.message)
    ]


@dataclass(frozen=True)
class Font:
    """A font of a page, as the file describes it."""

    name: str
    family: str
    program: bytes
    to_unicode: bytes
    encoding: str


def fonts(path: Path) -> list[Font]:
    """Return every font of every page once."""
    with pikepdf.open(path) as pdf:
        found = {}
        for sheet in pdf.pages:
            for font in sheet.obj.Resources.get("/Font", {}).values():
                descriptor = font.DescendantFonts[0].FontDescriptor
                found[font.objgen] = Font(
                    str(font.BaseFont),
                    str(descriptor.FontFamily),
                    descriptor.FontFile3.read_bytes(),
                    font.ToUnicode.read_bytes(),
                    str(font.Encoding),
                )
        return list(found.values())


def elements(path: Path) -> list[tuple[str, str]]:
    """Return the tags of the structure tree in reading order: (tag, alternative text)."""
    with pikepdf.open(path) as pdf:
        below = [(str(tag.S), str(tag.get("/Alt", ""))) for tag, _ in tags(pdf)]
    return [("/Document", ""), *below]


def tags(pdf: pikepdf.Pdf) -> list[tuple[Any, str]]:
    """Return the elements in reading order, each with the tag above it."""
    found: list[tuple[Any, str]] = []

    def walk(element: Any, above: str) -> None:
        found.append((element, above))
        kids = element.get("/K", [])
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                walk(kid, str(element.S))

    for top in pdf.Root.StructTreeRoot.K[0].K:
        walk(top, "/Document")
    return found
