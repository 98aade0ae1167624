"""What one language of the report says and another does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from reportgen.checking.finding import Limits, family
from reportgen.checking.texts import REPORT, Note, matters, plain
from reportgen.core.errors import columns
from reportgen.records.document import Path
from reportgen.records.gaps import gaps_of_city, gaps_of_report, localised
from reportgen.records.records import Records, strings
from reportgen.records.schema.city import City
from reportgen.records.schema.fields import Record

RULES, _rule = family()


@_rule("missing-language", "error", "a text that another language of the report has")
def _missing_language(known: Records, _: Limits) -> Iterator[Note]:
    languages = known.report.languages
    for city in known.cities:
        for language in languages:
            if language not in city.texts:
                for gap in gaps_of_city(city, known.report, language):
                    yield Note(city.id, *gap, key=True)
        yield from _lacking(city)
    for language in languages:
        for gap in gaps_of_report(known.report, language):
            yield Note(REPORT, *gap, key=True)


def _lacking(city: City) -> Iterator[Note]:
    """Yield what a city may have and one of its languages lacks."""
    for language in city.texts:
        if city.index_terms and language not in city.index_terms:
            yield Note(
                city.id, ("index-terms",), f"no index terms in '{language}'",
                f"add '{language}:' to them", key=True,
            )  # fmt: skip
    for name in ("headline", "sub_headline", "body"):
        have = [language for language, profile in city.texts.items() if getattr(profile, name)]
        key = name.replace("_", "-")
        for language in city.texts:
            if have and language not in have:
                yield Note(
                    city.id, ("texts", language),
                    f"no {key} in '{language}', which '{have[0]}' has",
                    f"write '{key}:' in '{language}'", key=True,
                )  # fmt: skip


@_rule("uneven-languages", "warning", "a text much longer in one language than in another",
       ratio=1.8, least=100)  # fmt: skip
def _uneven_languages(known: Records, limits: Limits) -> Iterator[Note]:
    for city in known.cities:
        groups: list[tuple[Path, dict[str, str]]] = list(_localised(city))
        for name in ("about", "body"):
            whole = {
                language: " ".join(text for _, text in strings(getattr(profile, name)))
                for language, profile in city.texts.items()
                if getattr(profile, name)
            }
            groups.append((("texts", name), whole))
        yield from _uneven(city.id, groups, limits)
    groups = [(path, texts) for path, texts in _localised(known.report)]
    for path, matter in matters(known.report):
        groups.append((path, {language: " ".join(text) for language, text in matter.text.items()}))
    yield from _uneven(REPORT, groups, limits)


def _uneven(city: str, groups: list[tuple[Path, dict[str, str]]], limits: Limits) -> Iterator[Note]:
    for path, texts in groups:
        for one, other in combinations(texts, 2):
            short, long = sorted((one, other), key=lambda language: columns(texts[language]))
            few, many = columns(texts[short]), columns(texts[long])
            if many >= limits["least"] and many > few * limits["ratio"]:
                at = ("texts", short, path[1]) if path[0] == "texts" else (*path, short)
                yield Note(
                    city, at, f"'{long}' is {many / max(few, 1):.1f} times as long as '{short}'",
                    f"see whether '{short}' lacks something that '{long}' says", key=True,
                )  # fmt: skip


@_rule("index-term-absent", "warning", "an index term that the city's text does not have")
def _index_term_absent(known: Records, _: Limits) -> Iterator[Note]:
    for city in known.cities:
        for language, terms in city.index_terms.items():
            if language not in city.texts:
                continue
            said = [text for _, text in strings(city.texts[language])]
            said += [texts[language] for _, texts in city.localised() if language in texts]
            whole = plain(" ".join((*said, city.name.get(language) or "")))
            for index, term in enumerate(terms):
                # "사물인터넷(IoT)" stands for both of its forms.
                forms = [form for form in re.split(r"[()]", term) if form.strip()]
                if not any(plain(form) in whole for form in forms):
                    yield Note(
                        city.id, ("index-terms", language, index),
                        f"'{term}' occurs nowhere in the text in '{language}'",
                        "take it out, or spell it as the text does",
                    )  # fmt: skip


def _localised(record: Record) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield the sibling texts of a record with their paths."""
    for path, texts in localised(record):
        if all(isinstance(text, str) for text in texts.values()):
            yield path, texts
