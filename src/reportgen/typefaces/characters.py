"""Which characters pages may show beside those that records say.

A template writes some as references and escapes; a picture has texts of its own; the engine makes
others: the marks of lists, the numbers of counters, quotation marks, letters in another form.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

QUOTES = frozenset("«»‘’‚“”„‹›「」『』")
"""What `open-quote` and `close-quote` write, in whatever language."""
ALWAYS = ("disc", "circle", "square")
"""The marks of lists without a style, by their depth."""
FULL_WIDTH = frozenset(map(chr, range(0xFF01, 0xFF5F))) | {"\u3000"}
"""What `text-transform: full-width` makes of ASCII (CSS Text 3, 2.1)."""
FOUND = re.compile("U\\+([0-9A-F]{4,6}) ")
"""How a message begins that is about one character."""
_ESCAPE = re.compile(r"\\([0-9A-Fa-f]{1,6})[ \t\r\n\f]?")
_STYLE = re.compile(r"@counter-style ([\w-]+) *\{(.*)\}")
_EXTENDS = re.compile(r"extends ([\w-]+)")


def read(text: str) -> str:
    r"""Return a template's text with what its references and escapes stand for behind it.

    `&eacute;` and `&#xAD50;` are of HTML (13.5), `\AD50` of CSS (CSS Syntax 3, 4.3.7).
    """
    escaped = [int(code, 16) for code in _ESCAPE.findall(text)]
    meant = "".join(chr(code) for code in escaped if 0 < code < 0x110000 and code >> 11 != 27)
    return f"{html.unescape(text)}{meant}"


def made(text: str) -> frozenset[str]:
    """Return what the engine may make of its own accord where a template says `text`."""
    styles = counter_styles()
    words = set(re.findall(r"[a-z][\w-]*", text)) & styles.keys()
    found = set(QUOTES).union(*(styles[name] for name in (*ALWAYS, *words)))
    return frozenset(found | FULL_WIDTH if "full-width" in text else found)


def drawn(content: bytes) -> str:
    """Return the texts of a drawing, empty if it cannot be read."""
    try:
        root = ET.fromstring(content)  # noqa: S314 - pictures with entities are refused
    except ET.ParseError:
        return ""
    return "".join(root.itertext())


def cases(characters: Iterable[str]) -> set[str]:
    """Return characters with what they become in other cases."""
    return {c for f in characters for c in (*f, *f.upper(), *f.lower(), *f.title())}


@cache
def counter_styles() -> Mapping[str, frozenset[str]]:
    """Return the characters of each style of counters that the engine has, by its name.

    They are read from its own style sheet, as loading the engine takes half a second.
    """
    spec = find_spec("weasyprint")
    assert spec is not None, "it is installed with reportgen"
    assert spec.origin is not None, "it is a package of files"
    path = Path(spec.origin).parent / "css" / "html5_ua.css"
    rules = dict(_STYLE.findall(path.read_text("utf-8")))
    found = {}
    for name, rule in rules.items():
        body, seen = rule, {name}
        while (other := _EXTENDS.search(body)) and other[1] in rules and other[1] not in seen:
            seen.add(other[1])
            body = body.replace(other[0], "") + rules[other[1]]
        found[name] = frozenset(read(body))
    return found


def places(character: str, templates: Mapping[str, str]) -> Iterator[tuple[str, int, int]]:
    """Yield where templates ask for a character: name, line and column from 1.

    It stands there, or is meant by an escape, or belongs to a style of counters that is named.
    """
    styles = [name for name, have in counter_styles().items() if character in have]
    named = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, styles))})(?![\w-])")
    for template, text in templates.items():
        for number, line in enumerate(text.split("\n"), 1):
            at = line.find(character)
            if at < 0 and character in read(line):
                at = min((line.find(mark) for mark in "&\\" if mark in line), default=0)
            if at < 0 and styles and (found := named.search(line)):
                at = found.start()
            if at >= 0:
                yield template, number, at + 1


def in_no_face(characters: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield messages about characters that no face has, each with the first that it is about.

    Two that belong together are an ideograph and the selector of its variant. Those of one script,
    which is the first word of their names, are told together.
    """
    groups: dict[str, list[str]] = {}
    for character in characters:
        if len(character) > 1:
            what = " and ".join(map(_shown, character))
            yield character, f"{what}: no face of fonts/ has this variant"
            continue
        script = unicodedata.name(character, "").split(" ")[0]
        groups.setdefault(script or character, []).append(character)
    for first, *others in groups.values():
        if not others:
            name = unicodedata.name(first, "a character without a name")
            yield first, f"{_shown(first, f' {name}')} is in no face of fonts/"
        else:
            codes = ", ".join(map(_shown, (first, *others)))
            script = unicodedata.name(first).split(" ")[0].title()
            count = len(others) + 1
            yield first, f"{count} {script} characters are in no face of fonts/: {codes}"


def _shown(character: str, name: str = "") -> str:
    seen = f" '{character}'" if character.isprintable() else ""
    return f"U+{ord(character):04X}{name}{seen}"
