"""The published sample: what a reader, a screen reader and an archive get of it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pikepdf
import pypdfium2
import pytest

import reportgen
from conftest import ROOT, load, state_of
from pdf import elements, folded, fonts, lines, problems, text
from reportgen.records.schema.checking import schema
from reportgen.records.schema.city import City
from reportgen.records.schema.report import Report

CITIES = sorted(path.stem for path in (ROOT / "report" / "cities").glob("*.yaml"))
PRODUCTS = [f"{language}/{city}" for language in ("ko", "en") for city in CITIES]
REPORT = load(ROOT / "report" / "report.yaml")


def product(sample: Path, name: str) -> Path:
    return sample / "screen" / f"{name}.pdf"


def record(name: str) -> tuple[str, Any]:
    language, city = name.split("/")
    return language, load(ROOT / "report" / "cities" / f"{city}.yaml")


def printed(language: str, city: Any) -> list[str]:
    """Return every text of a record that its page in `language` must show."""
    texts = city["texts"][language]
    found = [city["name"]["display"], city["name"][language], city["country"]["formal"]]
    if language == "ko":
        found.append(city["country"]["ko"])
    if "region" in city:
        found.append(city["region"][language])
    found += texts["about"]
    for key in ("headline", "sub-headline"):
        found += texts.get(key, "").splitlines()
    for block in texts.get("body", []):
        found += [block] if isinstance(block, str) else block.values()
    cited = []
    for finding in city.get("findings", []):
        found.append(finding["text"][language])
        cited.append(finding["source"])
    for mix in city.get("shares", {}).values():
        found += [f"{value}%" for key, value in mix.items() if key != "source"]
        cited.append(mix["source"])
    sources = {source["id"]: source for source in REPORT["sources"] + city.get("sources", [])}
    for identifier in cited:
        found += [sources[identifier]["title"][language], sources[identifier]["url"]]
    return found


def test_the_sample_has_31_cities_in_two_languages(sample: Path) -> None:
    assert len(CITIES) == 31
    found = {str(p.relative_to(sample / "screen"))[:-4] for p in sample.glob("screen/*/*.pdf")}
    assert found == {*PRODUCTS, "ko/report", "en/report"}


def test_the_manifest_fits_the_published_schema(sample: Path) -> None:
    published = json.loads((ROOT / "docs" / "manifest.schema.json").read_text("utf-8"))
    assert published == json.loads(reportgen.schemas()["manifest.schema.json"])
    validator = jsonschema.Draft202012Validator(published)
    manifest = json.loads((sample / "manifest.json").read_text("utf-8"))
    assert list(validator.iter_errors(manifest)) == []
    del manifest["products"][0]["sha256"]
    assert list(validator.iter_errors(manifest))


@pytest.mark.parametrize("kind", [City, Report])
def test_sample_records_fit_the_published_schema(kind: type[City | Report]) -> None:
    name = kind.__name__.lower()
    published = json.loads((ROOT / "report" / "schema" / f"{name}.schema.json").read_text())
    assert published == schema(kind), f"write it anew: reportgen schema {name}"
    validator = jsonschema.Draft202012Validator(published)
    files = (
        (ROOT / "report" / "cities").glob("*.yaml")
        if kind is City
        else [ROOT / "report" / "report.yaml"]
    )
    for path in files:
        assert list(validator.iter_errors(load(path))) == []
        named = path.read_text(encoding="utf-8").splitlines()[0].split("$schema=")[1]
        assert (path.parent / named).resolve().name == f"{name}.schema.json"
        assert (path.parent / named).is_file()


def test_the_schema_refuses_what_the_model_refuses() -> None:
    validator = jsonschema.Draft202012Validator(schema(City))
    city = load(ROOT / "report" / "cities" / "shanghai.yaml")
    assert list(validator.iter_errors({**city, "headlne": "x"}))
    assert list(validator.iter_errors({**city, "shares": {"funding": {"public": 101}}}))


def test_shanghai_is_complete_and_of_the_published_lengths() -> None:
    texts = load(ROOT / "report" / "cities" / "shanghai.yaml")["texts"]["ko"]
    first, second = map(len, texts["about"])
    assert (210 <= first <= 250, 65 <= second <= 95) == (True, True)
    assert [len(texts[key].splitlines()) for key in ("headline", "sub-headline")] == [2, 2]
    assert 1150 <= sum(map(len, texts["body"])) <= 1260


@pytest.mark.parametrize("name", PRODUCTS)
def test_product_is_valid_pdf_ua_1(sample: Path, name: str) -> None:
    assert problems(product(sample, name)) == []


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_text_of_the_record_comes_back(sample: Path, name: str) -> None:
    found = text(product(sample, name))
    language, city = record(name)
    assert [t for t in printed(language, city) if folded(t) not in found] == []


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_contact_footer_stands_on_every_page(sample: Path, name: str) -> None:
    contact = REPORT["contact"]
    with pypdfium2.PdfDocument(product(sample, name)) as document:
        for number, sheet in enumerate(document, 1):
            found = folded(sheet.get_textpage().get_text_range())
            for wanted in (
                REPORT["title"]["display"],
                "DTTM, ISi Lab, IfM Engage",
                f"E: {contact['email']} | T: {contact['telephone']} | {contact['place']}",
                REPORT["copyright"],
            ):
                assert wanted in found
            assert f"{REPORT['copyright']} {number}" in found


@pytest.mark.parametrize("city", CITIES)
def test_no_korean_word_is_split(sample: Path, city: str) -> None:
    path = product(sample, f"ko/{city}")
    _, fields = record(f"ko/{city}")
    words = {w for field in printed("ko", fields) for w in field.split() if has_korean(w)}
    on_page = [word for line in lines(path) for word in line.split()]
    missing = [word for word in words if not any(word in shown for shown in on_page)]
    assert len(words) > 20
    assert missing == []


def has_korean(word: str) -> bool:
    return any("\uac00" <= c <= "\ud7a3" for c in word)


@pytest.mark.parametrize("name", PRODUCTS)
def test_fonts_are_ours_embedded_and_mapped_to_unicode(sample: Path, name: str) -> None:
    found = fonts(product(sample, name))
    assert found
    for font in found:
        assert font.family == "Noto Sans CJK KR"
        assert font.name[7:].startswith("+NotoSansCJKkr-")
        assert len(font.program) > 500
        assert b"beginbfchar" in font.to_unicode


@pytest.mark.parametrize("name", PRODUCTS)
def test_product_is_small(sample: Path, name: str) -> None:
    assert product(sample, name).stat().st_size <= 80_000


@pytest.mark.parametrize("name", PRODUCTS)
def test_metadata_outline_and_opening(sample: Path, name: str) -> None:
    language, city = record(name)
    with pikepdf.open(product(sample, name)) as pdf:
        title = f"{city['name'][language]} – {REPORT['title'][language]}"
        assert str(pdf.docinfo.Title) == title
        assert str(pdf.docinfo.Author) == "DTTM, ISi Lab, IfM Engage"
        assert city["name"][language] in str(pdf.docinfo.Subject)
        assert city["name"][language] in str(pdf.docinfo.Keywords)
        assert str(pdf.Root.Lang) == language
        assert str(pdf.docinfo.CreationDate) == "D:20220101000000Z"
        with pdf.open_outline() as outline:
            assert outline.root[0].title == city["name"]["display"]
            assert len(outline.root[0].children) >= 1
        assert pdf.Root.OpenAction[1] == "/Fit"
        assert pdf.Root.OpenAction[0].objgen == pdf.pages[0].objgen
        xmp = pdf.Root.Metadata.read_bytes().decode()
        assert f"<dc:identifier>screen/{name}</dc:identifier>" in xmp
        assert "/Filter" not in pdf.Root.Metadata
        for sheet in pdf.pages:
            assert [float(x) for x in sheet.mediabox[2:]] == pytest.approx(
                [595.28, 841.89], abs=0.1
            )


def test_sources_mail_and_telephone_can_be_clicked_and_are_tagged(sample: Path) -> None:
    path = product(sample, "ko/seoul")
    with pikepdf.open(path) as pdf:
        annotations = [a for sheet in pdf.pages for a in sheet.obj.get("/Annots", [])]
        targets = [str(a.A.URI) for a in annotations if "/A" in a]
        internal = [a for a in annotations if "/Dest" in a]
        sheets = {sheet.obj.objgen for sheet in pdf.pages}
        assert all("/StructParent" in a for a in annotations)
        assert internal
        assert {a.Dest[0].objgen for a in internal} <= sheets
    assert "mailto:info@mail.smartcitiesindex.org" in targets
    assert "tel:+82221234529" in targets
    assert "https://www.etnews.com/20220218000073" in targets


def test_structure_reads_in_the_order_of_the_page(sample: Path) -> None:
    found = elements(product(sample, "ko/shanghai"))
    tags = [tag for tag, _ in found]
    assert tags[0] == "/Document"
    assert [tag for tag in tags if tag in {"/H1", "/H2"}][:3] == ["/H1", "/H2", "/H2"]
    assert {"/P", "/L", "/LI", "/Link", "/Figure"} <= set(tags)
    (alternative,) = [alt for tag, alt in found if tag == "/Figure"]
    assert alternative == "재원 구성: 공공 70 %, 공표되지 않은 나머지."


def test_running_head_stands_from_the_second_page_on(sample: Path) -> None:
    with pypdfium2.PdfDocument(product(sample, "en/shanghai")) as document:
        first, second = (folded(p.get_textpage().get_text_range()) for p in list(document)[:2])
    head = "SHANGHAI THE PEOPLE'S REPUBLIC OF CHINA"
    title = "SMART CITIES INDEX REPORT 2022"
    assert head in second
    assert second.count(title) == 2
    assert first.count(title) == 1


def test_no_heading_ends_a_page(sample: Path) -> None:
    headings = {"Findings", "Shares", "Sources", "평가 결과", "구성비", "출처", "ABOUT"}
    for name in ("ko/shanghai", "en/shanghai"):
        with pypdfium2.PdfDocument(product(sample, name)) as document:
            for sheet in document:
                found = sheet.get_textpage().get_text_range().splitlines()
                body = [line for line in found if line.strip()]
                footer = next(i for i, x in enumerate(body) if x.startswith("DTTM"))
                assert body[footer - 2].strip() not in headings


def test_manifest_names_every_product_with_its_hash(sample: Path) -> None:
    manifest = json.loads((sample / "manifest.json").read_text(encoding="utf-8"))
    entries = {entry["path"]: entry for entry in manifest["products"]}
    assert set(entries) == {f"screen/{name}.pdf" for name in (*PRODUCTS, "ko/report", "en/report")}
    known = state_of(sample).entries
    for path, entry in entries.items():
        content = (sample / path).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["bytes"] == len(content)
        with pikepdf.open(sample / path) as pdf:
            assert entry["pages"] == len(pdf.pages)
        city = entry["identity"].rsplit("/", 1)[1].replace("report", "seoul")
        record_file = (ROOT / "report" / "cities" / f"{city}.yaml").read_bytes()
        digest = hashlib.sha256(record_file).hexdigest()
        assert known[path].inputs[f"report/cities/{city}.yaml"] == digest
