"""Whose text it is: a city that has the words of another."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from reportgen.checking.finding import Limits, family
from reportgen.checking.texts import LETTERS, Note, plain
from reportgen.records.records import Records, strings
from reportgen.records.schema.city import City

RULES, _rule = family()


@_rule("other-city", "error", "a city headed with another city's name, or with its text")
def _other_city(known: Records, _: Limits) -> Iterator[Note]:
    names = {city.id: _names(city) for city in known.cities}
    holders: dict[str, list[City]] = defaultdict(list)
    for city in known.cities:
        for name in dict.fromkeys(map(plain, names[city.id])):
            holders[name].append(city)
    for city in known.cities:
        others = [other for other in known.cities if other.id != city.id]
        for path, name in strings(city.name):
            for other in holders[plain(name)]:
                # Of two that have a name, the one whose file is named after it keeps it.
                if other.id != city.id and not (_own(city, name) and not _own(other, name)):
                    yield Note(
                        city.id, ("name", *path), f"'{name}' is the name of {other.name.en}",
                        f"give the name of this city; {other.name.en} is {other.id}.yaml",
                    )  # fmt: skip
        yield from _strangers(city, others, names)


def _strangers(city: City, others: list[City], names: dict[str, list[str]]) -> Iterator[Note]:
    """Yield the texts of a city that name another and never itself."""
    for language, profile in city.texts.items():
        for what, text in (
            ("about", " ".join(profile.about)),
            ("headline", " ".join(profile.headline or ())),
        ):
            if any(_mentions(text, name) for name in names[city.id]):
                continue
            named = (o for o in others if any(_mentions(text, n) for n in names[o.id]))
            stranger = next(named, None)
            if stranger:
                own_name = city.name.get(language) or city.name.en
                yield Note(
                    city.id, ("texts", language, what),
                    f"names {stranger.name.en} and never {own_name}",
                    f"write it for {own_name}, or name {own_name} in it",
                )  # fmt: skip


@_rule("same-about", "error", "two cities with nearly the same about text", alike=0.6)
def _same_about(known: Records, limits: Limits) -> Iterator[Note]:
    for language in known.report.languages:
        texts = {
            city.id: _bare(city, " ".join(city.texts[language].about))
            for city in known.cities
            if language in city.texts
        }
        for one, other, share in _alike(texts, 5, limits["alike"]):
            yield Note(
                other, ("texts", language, "about"),
                f"{share:.0%} of it is the text of {one}.yaml", "write it for this city",
            )  # fmt: skip


@_rule("near-headline", "warning", "two cities with nearly the same headline", alike=0.6)
def _near_headline(known: Records, limits: Limits) -> Iterator[Note]:
    for language in known.report.languages:
        texts = {
            city.id: _bare(city, " ".join(city.texts[language].headline or ()))
            for city in known.cities
            if language in city.texts and city.texts[language].headline
        }
        for one, other, share in _alike(texts, 3, limits["alike"]):
            yield Note(
                other, ("texts", language, "headline"),
                f"{share:.0%} alike to the headline of {one}.yaml",
                "say what sets this city apart",
            )  # fmt: skip


def _names(city: City) -> list[str]:
    return list(dict.fromkeys(text for _, text in strings(city.name)))


def _own(city: City, name: str) -> bool:
    return plain(name) == plain(city.id) or plain(city.name.en) == plain(city.id)


def _mentions(text: str, name: str) -> bool:
    """Tell whether a text has a name as a word; in Korean a particle may follow."""
    if name.casefold() not in text.casefold():
        return False
    end = "" if re.search(f"[{LETTERS}]$", name) else r"(?!\w)"
    return re.search(rf"(?<!\w){re.escape(name)}{end}", text, re.IGNORECASE) is not None


def _bare(city: City, text: str) -> str:
    """Return a text without the city's own names, by which copies differ."""
    for name in _names(city):
        text = re.sub(re.escape(name), "", text, flags=re.IGNORECASE)
    return plain(text)


def _alike(texts: dict[str, str], length: int, least: float) -> Iterator[tuple[str, str, float]]:
    """Yield the pairs that share `least` of their pieces of `length` characters, with how much."""
    pieces = {
        name: {text[i : i + length] for i in range(max(len(text) - length + 1, 1))}
        for name, text in texts.items()
    }
    holders: dict[str, list[str]] = defaultdict(list)
    shared: dict[tuple[str, str], int] = defaultdict(int)
    for name, found in pieces.items():
        for piece in found:
            for other in holders[piece]:
                shared[other, name] += 1
            holders[piece].append(name)
    for (one, other), count in sorted(shared.items()):
        share = count / len(pieces[one] | pieces[other])
        if share >= least:
            yield one, other, share
