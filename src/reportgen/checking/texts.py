"""The rules on records: what an editor reads for before a page is set."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from reportgen.checking.finding import Limits, Rule, registrar
from reportgen.core.errors import columns
from reportgen.records.gaps import gaps_of_city, gaps_of_report, localised
from reportgen.records.records import Records, strings
from reportgen.records.schema.city import City
from reportgen.records.schema.fields import Record
from reportgen.records.schema.report import Matter

Path = tuple[str | int, ...]
REPORT = ""
"""Stands for the report's own record among the ids of cities."""
IDS = frozenset({"id", "source", "url", "path", "iso2", "email", "telephone", "display", "formal"})
"""Keys whose values are no running text."""
LETTERS = "ᄀ-ᇿ぀-ヿ㄰-㆏㐀-鿿가-힣"
"""East Asian letters."""


@dataclass(frozen=True, slots=True)
class Note:
    """What breaks a rule: in which record, at which value, near which piece of it."""

    city: str
    path: Path
    message: str
    remedy: str
    near: str = ""
    key: bool = False


RULES: dict[str, Rule] = {}
_rule = registrar(RULES)


# ---------------------------------------------------------------- whose text it is


@_rule("other-city", "error", "a city headed with another city's name, or with its text")
def _other_city(known: Records, _: Limits) -> Iterator[Note]:
    names = {city.id: _names(city) for city in known.cities}
    plain: dict[str, list[City]] = defaultdict(list)
    for city in known.cities:
        for name in dict.fromkeys(map(_plain, names[city.id])):
            plain[name].append(city)
    for city in known.cities:
        others = [other for other in known.cities if other.id != city.id]
        for path, name in strings(city.name):
            for other in plain[_plain(name)]:
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


# ---------------------------------------------------------------- how it is written

_PADDING = re.compile("[ \u00a0\u2000-\u200a\u202f\u3000]{2,}|\u3000")


@_rule("space-as-indent", "warning", "spaces, no-break or ideographic ones, used as an indent")
def _space_as_indent(known: Records, _: Limits) -> Iterator[Note]:
    for city, path, text in _texts(known):
        found = _PADDING.search(text)
        if found and not (found[0] == "\u3000" and str(path[-1]).startswith(("ja", "zh"))):
            spaces = ", ".join(f"U+{ord(c):04X}" for c in dict.fromkeys(found[0]))
            count = f"{len(found[0])} spaces in a row" if len(found[0]) > 1 else "a wide space"
            yield Note(
                city, path, f"{count} ({spaces})",
                "one space between words; what is to be indented, the style sheet indents",
                near=found[0],
            )  # fmt: skip


_PAIRS = dict(zip("“‘「『«‹([{（［｛《〈【〔", "”’」』»›)]}）］｝》〉】〕", strict=True))
_CLOSING = {closing: opening for opening, closing in _PAIRS.items()}
_ITEM = re.compile(r"^\(?\w{1,3}\)")


@_rule("unpaired-mark", "warning", "a quotation mark or bracket without its partner")
def _unpaired_mark(known: Records, _: Limits) -> Iterator[Note]:
    for city, path, text in _texts(known):
        for at, mark in _unpaired(text):
            missing = _PAIRS.get(mark) or _CLOSING.get(mark) or mark
            yield Note(
                city, path, f"{mark} without {missing}",
                f"add the missing {missing}, or take {mark} out",
                near=text[at : at + 6].split(" ")[0] if mark in _PAIRS else mark,
            )  # fmt: skip


def _unpaired(text: str) -> list[tuple[int, str]]:
    """Return the marks that have no partner, with where they stand."""
    open_: list[tuple[int, str]] = []
    lone: list[tuple[int, str]] = []
    item = _ITEM.match(text)
    for at, mark in enumerate(text):
        if mark in _PAIRS:
            open_.append((at, mark))
        elif mark in _CLOSING:
            if open_ and open_[-1][1] == _CLOSING[mark]:
                open_.pop()
            elif mark == "’" or (item and at == item.end() - 1):
                continue  # an apostrophe; the bracket of "1)"
            elif any(opening == _CLOSING[mark] for _, opening in open_):
                while open_[-1][1] != _CLOSING[mark]:
                    lone.append(open_.pop())
                open_.pop()
            else:
                lone.append((at, mark))
    straight = [at for at, mark in enumerate(text) if mark == '"']
    if len(straight) % 2:
        lone.append((straight[-1], '"'))
    return sorted([*lone, *open_])


_FULL = re.compile("[，．。！？：；（）]")
_HALF = re.compile(r"(?<![0-9])[,.!?:;()]|[,.!?:;()](?![0-9])")
_TOUCHING = re.compile(rf"[{LETTERS}][,.!?:;()]|[,.!?:;()](?=[{LETTERS}])")
_ADDRESS = re.compile(r"https?://\S+|\S+@\S+")


@_rule("mixed-width", "warning", "full-width and half-width punctuation in one paragraph")
def _mixed_width(known: Records, _: Limits) -> Iterator[Note]:
    for city, path, text in _texts(known):
        plain = _ADDRESS.sub("", text)
        full = _FULL.search(plain)
        # Latin words within East Asian text keep their own punctuation.
        half = (_TOUCHING if re.search(f"[{LETTERS}]", plain) else _HALF).search(plain)
        if full and half:
            mark = next(c for c in half[0] if c in ",.!?:;()")
            yield Note(
                city, path, f"full-width {full[0]} and half-width {mark}",
                "one width throughout: half-width in Korean, full-width in Chinese and Japanese",
                near=full[0],
            )  # fmt: skip


# ---------------------------------------------------------------- figures

_NUMBER = re.compile(
    rf"(?<![.,第제])(?<![^\W{LETTERS}])([0-9]+(?:,[0-9]{{3}})*(?:\.[0-9]+)?)"
    r"\s?(%|％|percent|per cent|퍼센트|パーセント)?"
    r"(?:\s?(세기|년|월|일|호|차|번|위|世紀|世纪|年|月|日|号|號|次|st|nd|rd|th|million|billion"
    rf"|만|억|万|萬|億|亿))?(?![^\W{LETTERS}]*[0-9])"
)
_NO_FIGURE = {"세기", "년", "월", "일", "호", "차", "st", "nd", "rd", "th"} | {
    "世紀", "世纪", "年", "月", "日", "号", "號", "次",
}  # fmt: skip
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
"""Full-width digits, which East Asian text has as well."""


@_rule("number-without-source", "warning", "a figure that no source of the record stands for",
       least=10, cited=1)  # fmt: skip
def _number_without_source(known: Records, limits: Limits) -> Iterator[Note]:
    general = _sourced(known.report)
    for city in known.cities:
        if len({source for _, source in city.citations()}) >= limits["cited"]:
            continue
        sourced = general | _sourced(city)
        for language, profile in city.texts.items():
            for path, text in strings(profile, ("texts", language)):
                yield from _unsourced(city.id, path, text, sourced, limits["least"])
    for place in ("front", "back"):
        for index, matter in enumerate(getattr(known.report, f"{place}_matter")):
            if isinstance(matter, Matter):
                for path, text in strings(matter.text, (f"{place}-matter", index, "text")):
                    yield from _unsourced(REPORT, path, text, general, limits["least"])


def _unsourced(
    city: str, path: Path, text: str, sourced: set[Decimal], least: float
) -> Iterator[Note]:
    for found in _NUMBER.finditer(text.translate(_DIGITS)):
        digits, share, unit = found.groups()
        value = Decimal(digits.replace(",", ""))
        year = "," not in digits and value == int(value) and 1000 <= value <= 2100
        if not share and (value < Decimal(str(least)) or year or unit in _NO_FIGURE):
            continue
        if value not in sourced:
            yield Note(
                city, path, f"the figure {found[0].strip()} has no source",
                "give it as a fact or a finding with its source, or say it in words",
                near=text[slice(*found.span(1))],
            )  # fmt: skip


def _sourced(record: object) -> set[Decimal]:
    """Return the numbers of everything in a record that names its source."""
    found: set[Decimal] = set()
    if isinstance(record, Record):
        if getattr(record, "source", None):
            for value in _values(record):
                found |= _numbers(value)
        for name in type(record).model_fields:
            found |= _sourced(getattr(record, name))
    elif isinstance(record, tuple):
        for item in record:
            found |= _sourced(item)
    elif isinstance(record, dict):
        for item in record.values():
            found |= _sourced(item)
    return found


def _values(value: object) -> Iterator[object]:
    if isinstance(value, Record):
        extra = value.__pydantic_extra__ or {}
        for item in (*(getattr(value, n) for n in type(value).model_fields), *extra.values()):
            yield from _values(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from _values(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _values(item)
    else:
        yield value


def _numbers(value: object) -> set[Decimal]:
    if isinstance(value, str):
        found = re.findall(r"[0-9][0-9,]*(?:\.[0-9]+)?", value.translate(_DIGITS))
        return {Decimal(number.replace(",", "").rstrip(".")) for number in found}
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return {Decimal(value)}
    return set()


@_rule("share-sum", "warning", "shares that nearly make a whole, or more than one", tolerance=0.5)
def _share_sum(known: Records, limits: Limits) -> Iterator[Note]:
    tolerance = Decimal(str(limits["tolerance"]))
    mixes: list[tuple[str, Path, Decimal]] = []
    for city in known.cities:
        for name in ("service", "funding"):
            mix = getattr(city.shares, name, None)
            if mix and not mix.complete:
                total = sum(map(Decimal, mix.parts.values()), Decimal(0))
                mixes.append((city.id, ("shares", name), total))
    holders: list[tuple[Path, object]] = [((), known.report)]
    holders += [(("areas", index), area) for index, area in enumerate(known.report.areas)]
    for path, holder in holders:
        for index, figure in enumerate(getattr(holder, "figures", ())):
            if figure.kind == "shares":
                total = sum((Decimal(item.value) for item in figure.items), Decimal(0))
                mixes.append((REPORT, (*path, "figures", index, "items"), total))
    for city_id, path, total in mixes:
        if total > 100 or (total != 100 and total >= 100 - tolerance):
            rest = "that would be drawn as unpublished" if total < 100 else "too much"
            yield Note(
                city_id, path, f"the shares sum to {total} %: {abs(100 - total)} % {rest}",
                "correct the shares so that they sum to 100", key=True,
            )  # fmt: skip


# ---------------------------------------------------------------- languages


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
    for place in ("front", "back"):
        for index, matter in enumerate(getattr(known.report, f"{place}_matter")):
            if isinstance(matter, Matter):
                joined = {language: " ".join(text) for language, text in matter.text.items()}
                groups.append(((f"{place}-matter", index, "text"), joined))
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
            whole = _plain(" ".join((*said, city.name.get(language) or "")))
            for index, term in enumerate(terms):
                # "사물인터넷(IoT)" stands for both of its forms.
                forms = [form for form in re.split(r"[()]", term) if form.strip()]
                if not any(_plain(form) in whole for form in forms):
                    yield Note(
                        city.id, ("index-terms", language, index),
                        f"'{term}' occurs nowhere in the text in '{language}'",
                        "take it out, or spell it as the text does",
                    )  # fmt: skip


# ---------------------------------------------------------------- tools


def _names(city: City) -> list[str]:
    return list(dict.fromkeys(text for _, text in strings(city.name)))


def _own(city: City, name: str) -> bool:
    return _plain(name) == _plain(city.id) or _plain(city.name.en) == _plain(city.id)


def _plain(text: str) -> str:
    return re.sub(r"[\s·-]+", "", text).casefold()


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
    return _plain(text)


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


def _texts(known: Records) -> Iterator[tuple[str, Path, str]]:
    """Yield the running texts of all records: city, path, text."""
    for city in known.cities:
        for path, text in strings(city):
            if path[-1] not in IDS:
                yield city.id, path, text
    for path, text in strings(known.report):
        if path[-1] not in IDS and path[0] not in {"editions", "check", "languages", "book"}:
            yield REPORT, path, text


def _localised(record: Record) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield the sibling texts of a record with their paths."""
    for path, texts in localised(record):
        if all(isinstance(text, str) for text in texts.values()):
            yield path, texts
