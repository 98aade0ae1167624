"""A workspace of N fictional cities with generated Korean text, for measurements.

    .venv/bin/python bench/workspace.py FOLDER [N]

The same seed gives the same text. Every record differs, and each fills two pages: about
2,600 syllables, in sentences of six to fourteen words, drawn from a vocabulary of 5,000
whose frequencies fall as in a real text; the words are of two to five of the syllables of
KS X 1001. Words drawn afresh each time would repeat nothing, as no text does, and would not
compress as one: see `compressed`, which tells bytes a syllable of a generated record
and of a real one. One record of two has a finding, as in the published sample.
"""

from __future__ import annotations

import itertools
import random
import sys
import zlib
from pathlib import Path

SEED = 2022
SYLLABLES = "".join(
    bytes((lead, trail)).decode("euc-kr")
    for lead in range(0xB0, 0xC9)
    for trail in range(0xA1, 0xFF)
)
"""The 2,350 syllables of KS X 1001."""
REPORT = """\
title: {display: A REPORT FOR MEASUREMENTS, ko: 측정을 위한 보고서, en: A Report for Measurements}
year: 2022
languages: [ko]
partners: [Example Lab]
contact: {email: info@example.org, telephone: "+82-2-0000-0000", place: "Seoul, Korea"}
copyright: Copyright 2022. Example Lab.
areas:
  - {number: 1, name: {ko: 서비스}, accent: "#05557D", definition: {ko: 도시의 서비스를 본다.}}
  - {number: 2, name: {ko: 인프라}, accent: "#5E1F45", definition: {ko: 도시의 인프라를 본다.}}
sources:
  - {id: measurement, title: {ko: 측정을 위해 만든 값}}
"""


def _vocabulary(count: int) -> list[str]:
    """Return `count` different words, the most frequent first."""
    chance = random.Random(SEED)
    syllables = chance.sample(SYLLABLES, len(SYLLABLES))
    weights = list(itertools.accumulate(1 / (n + 12) for n in range(len(SYLLABLES))))
    words: dict[str, None] = {}
    while len(words) < count:
        length = chance.choice((2, 2, 3, 3, 3, 4, 4, 5))
        words["".join(chance.choices(syllables, cum_weights=weights, k=length))] = None
    return list(words)


WORDS = _vocabulary(5000)
WEIGHTS = list(itertools.accumulate(1 / (n + 1) for n in range(len(WORDS))))


def compressed(text: str) -> float:
    """Return the bytes a character of `text` takes, deflated as a PDF deflates glyphs."""
    return len(zlib.compress(text.encode("utf-16-be"), 9)) / len(text)


class Writer:
    """Writes text of a seed."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)

    def words(self, count: int) -> str:
        return " ".join(self.random.choices(WORDS, cum_weights=WEIGHTS, k=count))

    def paragraph(self, sentences: int) -> str:
        return " ".join(f"{self.words(self.random.randint(6, 14))}." for _ in range(sentences))


def latin(number: int) -> str:
    """Return a name for the n-th city, of which the first letters run from A to Z."""
    consonants, vowels = "bdfghklmnprstvz", "aeiou"
    name = chr(97 + number % 26)
    rest = number // 26
    for _ in range(3):
        rest, c = divmod(rest, len(consonants))
        rest, v = divmod(rest, len(vowels))
        name += consonants[c] + vowels[v]
    return name


def record(number: int, revision: int = 0) -> str:
    """Return the record of the n-th city as YAML; another revision has other texts.

    Its name and finding stay: those stand in other parts of the book too.
    """
    fixed, write = Writer(f"{SEED}/{number}"), Writer(f"{SEED}/{number}/{revision}")
    name = latin(number)
    body = "\n".join(f"      - {write.paragraph(11)}" for _ in range(3))
    finding = f"""\
findings:
  - area: {number // 2 % 2 + 1}
    kind: mention
    text: {{ko: {fixed.words(9)}.}}
    source: measurement
"""
    return f"""\
id: {name}
name: {{display: {name.upper()}, ko: {fixed.words(1)}, en: {name.capitalize()}}}
country: {{formal: THE REPUBLIC OF EXAMPLE, ko: 예시국, iso2: XX}}
texts:
  ko:
    about:
      - {write.paragraph(4)}
      - {write.paragraph(3)}
    headline: |-
      {write.words(5)}
      {write.words(4)}
    sub-headline: |-
      {write.words(6)}
    body:
{body}
{"" if number % 2 else finding}"""


def make(folder: Path, count: int) -> None:
    """Write a workspace of `count` cities to `folder`."""
    cities = folder / "report" / "cities"
    cities.mkdir(parents=True)
    (folder / "report" / "report.yaml").write_text(REPORT, encoding="utf-8")
    for number in range(count):
        (cities / f"{latin(number)}.yaml").write_text(record(number), encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
