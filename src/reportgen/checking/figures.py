"""Figures in texts, and shares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from reportgen.checking.finding import Limits, family
from reportgen.checking.texts import LETTERS, REPORT, Note, matters
from reportgen.records.document import Path
from reportgen.records.records import Records, strings
from reportgen.records.schema.fields import Record

RULES, _rule = family()


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
    for where, matter in matters(known.report):
        for path, text in strings(matter.text, where):
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


def _sourced(value: object) -> set[Decimal]:
    """Return the numbers of everything in a record that names its source."""
    if isinstance(value, Record) and getattr(value, "source", None):
        return _numbers(value)
    return set[Decimal]().union(*map(_sourced, _within(value)))


def _numbers(value: object) -> set[Decimal]:
    if isinstance(value, str):
        found = re.findall(r"[0-9][0-9,]*(?:\.[0-9]+)?", value.translate(_DIGITS))
        return {Decimal(number.replace(",", "").rstrip(".")) for number in found}
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return {Decimal(value)}
    return set[Decimal]().union(*map(_numbers, _within(value)))


def _within(value: object) -> Iterable[object]:
    if isinstance(value, Record):
        extra = value.__pydantic_extra__ or {}
        return (*(getattr(value, name) for name in type(value).model_fields), *extra.values())
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, tuple) else ()


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
    for path, holder in known.report.holders():
        for index, figure in enumerate(holder.figures):
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
