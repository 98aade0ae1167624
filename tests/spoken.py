"""A file as a screen reader goes through it: its tags in their order, each with what is said.

A line for each element, indented by its depth: its tag, what is told of it in brackets (language,
numbering, scope, columns), and in quotation marks what is read out: the text of its content, or
what stands for it. Content that no tag holds is an artifact and is not read.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf

FOLD = re.compile(r"[ \n]+")
_HEX = re.compile(rb"<([0-9a-fA-F]+)>")
_BLOCK = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)


def transcript(path: Path) -> str:
    """Return the transcript of a file, with a line for each element."""
    with pikepdf.open(path) as pdf:
        return "\n".join(_Reader(pdf).lines())


def part(path: Path, heading: str) -> str:
    """Return what of a transcript follows a heading of the first level, with it, to the next."""
    lines = transcript(path).splitlines()
    tops = [n for n, line in enumerate(lines) if line.startswith("  H1")] + [len(lines)]
    for start, end in pairwise(tops):
        if f"“{heading}”" in lines[start]:
            return "\n".join(lines[start:end])
    raise ValueError(f"{path.name} has no heading {heading}")


class _Reader:
    """Goes through the structure of a file."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.pdf = pdf
        self.texts = {page.objgen: _marked(page) for page in pdf.pages}
        self.streams: dict[Any, dict[int, str]] = {}
        self.maps: dict[Any, dict[int, str]] = {}

    def lines(self) -> Iterator[str]:
        """Yield the lines."""
        for top in self.pdf.Root.StructTreeRoot.K:
            yield from self._element(top, 0)

    def _element(self, element: Any, depth: int) -> Iterator[str]:
        told = [str(element.S)[1:]]
        told += self._brackets(element)
        own: list[str] = []
        below: list[str] = []
        stands = element.get("/Alt", element.get("/ActualText"))
        for kid in _kids(element):
            if isinstance(kid, int):
                text = self.texts[element.Pg.objgen].get(kid, "")
            elif kid.get("/Type") == "/MCR":
                where = kid.get("/Stm")
                marked = (
                    self._of_form(where)
                    if where is not None
                    else (self.texts[kid.get("/Pg", element.get("/Pg")).objgen])
                )
                text = marked.get(int(kid.MCID), "")
            elif kid.get("/Type") == "/OBJR":
                told.append(f"→ {_target(kid.Obj)}")
                continue
            else:
                below += self._element(kid, depth + 1)
                continue
            if below:  # text after an element
                below.append(f"{'  ' * (depth + 1)}“{FOLD.sub(' ', text)}”")
            else:
                own.append(text)
        if stands is not None:
            told.append(f"says “{stands}”")
        elif own:
            told.append(f"“{FOLD.sub(' ', ''.join(own))}”")
        yield "  " * depth + " ".join(told)
        yield from below

    def _brackets(self, element: Any) -> Iterator[str]:
        if (spoken := element.get("/Lang")) is not None:
            yield f"[{spoken}]"
        attributes = element.get("/A", pikepdf.Array())
        for given in attributes if isinstance(attributes, pikepdf.Array) else [attributes]:
            for name in ("/ListNumbering", "/Scope", "/ColSpan", "/RowSpan"):
                if (value := given.get(name)) is not None:
                    yield f"[{name[1:]} {str(value).removeprefix('/')}]"
        if "/ID" in element and str(element.S) != "/TH":
            yield "[ID]"

    def _of_form(self, form: Any) -> dict[int, str]:
        if form.objgen not in self.streams:
            self.streams[form.objgen] = _marked(form)
        return self.streams[form.objgen]


def _kids(element: Any) -> list[Any]:
    kids = element.get("/K", [])
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _target(annotation: Any) -> str:
    told = str(annotation.get("/Contents", ""))
    if "/URI" in annotation.get("/A", {}):
        return f"{annotation.A.URI} “{told}”"
    return f"“{told}”"


def _marked(holder: Any) -> dict[int, str]:
    """Return the text of each marked content of a page or a form, by its number."""
    fonts = {
        name: _texts(font.ToUnicode.read_bytes())
        for name, font in holder.get("/Resources", {}).get("/Font", {}).items()
    }
    found: dict[int, str] = {}
    marks: list[int | None] = []
    now: dict[int, str] = {}
    for step in pikepdf.parse_content_stream(holder):
        name, operands = str(step.operator), step.operands
        if name == "BDC" and isinstance(operands[1], pikepdf.Dictionary):
            marks.append(int(operands[1].get("/MCID", -1)))
            found.setdefault(marks[-1] or 0, "")
        elif name in {"BMC", "BDC"}:
            marks.append(None)
        elif name == "EMC":
            marks.pop()
        elif name == "Tf":
            now = fonts[str(operands[0])]
        elif name in {"Tj", "TJ"} and marks and marks[-1] is not None:
            given = operands[0] if name == "TJ" else [operands[0]]
            for piece in given:
                if isinstance(piece, pikepdf.String):
                    found[marks[-1]] += _decoded(bytes(piece), now)
    return found


def _decoded(codes: bytes, texts: dict[int, str]) -> str:
    pairs = zip(codes[::2], codes[1::2], strict=True)
    return "".join(texts.get(high << 8 | low, "\ufffd") for high, low in pairs)


def _texts(to_unicode: bytes) -> dict[int, str]:
    found: dict[int, str] = {}
    for kind, block in _BLOCK.findall(to_unicode):
        told = [code.decode() for code in _HEX.findall(block)]
        step = 2 if kind == b"bfchar" else 3
        for at in range(0, len(told), step):
            first, last = told[at], told[at + step - 2]
            text = bytes.fromhex(told[at + step - 1]).decode("utf-16-be")
            for code in range(int(first, 16), int(last, 16) + 1):
                found[code] = text[:-1] + chr(ord(text[-1]) + code - int(first, 16))
    return found


if __name__ == "__main__":
    file, *headings = sys.argv[1:]
    sys.stdout.write(f"{part(Path(file), headings[0]) if headings else transcript(Path(file))}\n")
