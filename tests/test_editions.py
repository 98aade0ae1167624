"""Editions: each file conforms to the standard of its edition and carries what it should."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pytest

import pdf
from conftest import ROOT, Run, Small, load
from reportgen import attachments, records
from reportgen.workspace import Workspace


def manifest(out: Path) -> dict[str, dict[str, Any]]:
    told = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    return {entry["path"]: entry for entry in told["products"]}


def carried(path: Path) -> dict[str, bytes]:
    with pikepdf.open(path) as file:
        return {name: spec.get_file().read_bytes() for name, spec in file.attachments.items()}


def test_every_file_for_the_screen_is_valid_under_both_standards(sample: Path) -> None:
    products = sorted(sample.glob("screen/*/*.pdf"))
    assert len(products) == 64
    assert {p: found for p in products if (found := pdf.problems(p))} == {}


def test_a_file_for_the_screen_says_what_it_conforms_to(sample: Path) -> None:
    with pikepdf.open(sample / "screen/ko/seoul.pdf") as file:
        assert str(file.docinfo.CreationDate) == "D:20220101000000Z"
        with file.open_metadata() as told:
            assert told["pdfaid:part"] == "3"
            assert told["pdfaid:conformance"] == "A"
            assert told["pdfuaid:part"] == "1"
            assert told["xmp:CreateDate"] == told["xmp:ModifyDate"] == "2022-01-01T00:00:00Z"
        (intent,) = file.Root.OutputIntents
        assert str(intent.S) == "/GTS_PDFA1"
        assert int(intent.DestOutputProfile.N) == 3
        assert "/Filter" not in file.Root.Metadata
    assert (sample / "screen/ko/seoul.pdf").read_bytes()[:15] == b"%PDF-1.7\n%\xf0\x9f\x93\x96\n"


def test_a_city_s_file_carries_its_record(sample: Path) -> None:
    told = manifest(sample)
    for language in ("ko", "en"):
        path = f"screen/{language}/seoul.pdf"
        ((name, content),) = carried(sample / path).items()
        assert name == "seoul.json"
        digest = hashlib.sha256(content).hexdigest()
        assert told[path]["attachments"] == [{"name": name, "sha256": digest}]
        assert told[path]["standard"] == "pdf/ua-1 + pdf/a-3a"
        data = json.loads(content, parse_float=Decimal)
        record = load(ROOT / "report/cities/seoul.yaml")
        assert data["city"]["texts"]["ko"]["about"] == record["texts"]["ko"]["about"]
        assert data["city"]["shares"]["funding"]["public"] == 90
        cited = {finding["source"] for finding in record["findings"]}
        assert cited <= data["sources"].keys()
        assert data["report"]["year"] == 2022
    with pikepdf.open(sample / "screen/ko/seoul.pdf") as file:
        (spec,) = file.Root.AF
        assert spec.AFRelationship == "/Data"
        assert spec.EF.F.Subtype == "/application/json"
        assert str(spec.EF.F.Params.ModDate) == "D:20220101000000Z"


def test_the_book_carries_the_report_s_own_record(sample: Path) -> None:
    ((name, content),) = carried(sample / "screen/ko/report.pdf").items()
    assert name == "report.json"
    data = json.loads(content)["report"]
    record = load(ROOT / "report/report.yaml")
    assert [a["number"] for a in data["areas"]] == [a["number"] for a in record["areas"]]
    assert {s["id"] for s in data["sources"]} == {s["id"] for s in record["sources"]}
    assert not {"book", "editions"} & data.keys()


def test_data_are_canonical_and_keep_the_digits_of_the_record(small: Small) -> None:
    text = small.text("alpha")
    fact = "{label: {ko: 길이, en: Length}, value: 12.50, year: 2020, source: a-source}"
    small.city("alpha", f"{text}facts:\n  - {fact}\n")
    known = records.read(Workspace(small.root))
    city = next(city for city in known.cities if city.id == "alpha")
    content = attachments.of_city(known, city).content
    assert b'"value":12.50,' in content
    assert "길이".encode() in content
    plain = json.loads(content)
    assert json.dumps(
        plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode() == (content.replace(b"12.50", b"12.5").rstrip(b"\n"))


@pytest.mark.parametrize("value", [object(), 1.5])
def test_data_hold_nothing_but_what_records_hold(value: object) -> None:
    with pytest.raises(AssertionError, match="JSON cannot say"):
        attachments.canonical({"a": value})


def test_a_changed_record_makes_only_the_files_that_carry_it(small: Small, run: Run) -> None:
    assert run("build", small.root).returncode == 0
    before = manifest(small.root / "build")
    # The order is on no page; the data have it.
    small.city("alpha", small.text("alpha") + "order: 1\n")
    assert run("build", small.root).returncode == 0
    after = manifest(small.root / "build")
    changed = {p for p in after if after[p]["sha256"] != before[p]["sha256"]}
    assert changed == {"screen/ko/alpha.pdf", "screen/en/alpha.pdf"}
    assert b'"order":1' in carried(small.root / "build/screen/ko/alpha.pdf")["alpha.json"]
