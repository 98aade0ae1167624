"""The order of cities and terms, and the heads of the index and the thumb index."""

from __future__ import annotations

import re

import pytest

from conftest import Run, Small
from pdf import lines
from reportgen.core import collation

IN_ORDER = [
    "Aachen", "Århus", "Dakar", "Đà Nẵng", "Essen", "Évora", "’s-Hertogenbosch", "Łódź", "London",
    "Los Angeles", "Ōsaka", "Oslo", "Øster", "San José", "São Paulo", "Zagreb", "Zürich",
    "6th of October City",
]  # fmt: skip


def test_names_are_sorted_as_readers_look_for_them() -> None:
    assert sorted(sorted(IN_ORDER), key=collation.keys(IN_ORDER)) == IN_ORDER


def test_plain_names_need_no_table_and_are_sorted_alike() -> None:
    plain = ["New York", "Newark", "apple", "Zebra", "5G", "가나", "나", "well-being", "AI"]
    with_accents = [*plain, "Äpfel"]
    found = sorted(with_accents, key=collation.keys(with_accents))
    found.remove("Äpfel")
    assert sorted(plain, key=collation.keys(plain)) == found
    assert found[-1] == "5G"


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("가나", "ㄱ"), ("꽃", "ㄱ"), ("서울", "ㅅ"), ("Éire", "E"), ("busan", "B"), ("3D", "0–9"),
        ("Århus", "A"), ("Đà Nẵng", "D"), ("Øster", "O"), ("Łódź", "L"), ("’s-Hertogenbosch", "H"),
        ("“Smart”", "S"), ("東京", "東"), ("Ωmega", "Ω"),
    ],
)  # fmt: skip
def test_a_name_stands_under_its_letter(name: str, head: str) -> None:
    assert collation.head(name) == head


def test_the_book_has_them_in_order_with_their_tabs(small: Small, run: Run) -> None:
    small.bind()
    (small.root / "report" / "cities" / "alpha.yaml").unlink()
    (small.root / "report" / "cities" / "beta.yaml").unlink()
    names = {"zagreb": "Zagreb", "arhus": "Århus", "da-nang": "Đà Nẵng", "oster": "Øster",
             "october": "6th of October City", "hertogenbosch": "’s-Hertogenbosch"}  # fmt: skip
    for identifier, name in names.items():
        path = small.add(identifier)
        record = path.read_text("utf-8")
        path.write_text(re.sub(r"en: [\w-]+\}", f'en: "{name}"}}', record, count=1), "utf-8")
    assert run("build", small.root, "--lang", "en").returncode == 0
    listed = [line.split()[0] for line in run("list", small.root).stdout.splitlines()]
    assert listed == ["arhus", "da-nang", "hertogenbosch", "oster", "zagreb", "october"]
    found = lines(small.root / "build" / "screen" / "en" / "report.pdf")
    heads = [line for line in found if line in {"A", "D", "H", "O", "Z", "0–9"}]
    # On a tab of each city's page, and over its entries in the index.
    assert all(heads.count(head) >= 2 for head in ("A", "D", "H", "O", "Z", "0–9"))
