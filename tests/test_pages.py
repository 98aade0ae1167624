"""Pages with everything that a record can hold, and pages in other languages."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import zlib
from itertools import pairwise
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from conftest import ROOT, Run, Small
from pdf import elements, folded, fonts, lines, problems, text
from reportgen.core.errors import columns
from reportgen.markup.filters import prose

RICH = """\
id: alpha
name: {display: ALPHA, ko: 알파, en: Alpha}
country: {formal: THE REPUBLIC OF EXAMPLE, ko: 예시국, iso2: XX}
region: {ko: 어느 지역, en: Some Region}
texts:
  ko:
    about: [가상의 도시이다., 둘째 문단이다., 셋째 문단이다.]
    headline: |-
      첫째 줄은 길고
      둘째 줄은 짧다
      셋째 줄도 있다
      넷째 줄로 끝난다
    sub-headline: |-
      작은 제목의 첫 줄
      작은 제목의 끝 줄
    body:
      - 본문의 첫 문단이다.
      - subhead: 본문 안의 제목
      - 제목 뒤의 문단이다.
      - quote: 도시는 사람이다.
        by: 어느 시민
  en:
    about: [A fictional city with a well-made plan for 2021–2025.]
facts:
  - label: {ko: 인구, en: Population}
    value: 1234567
    unit: {ko: 명, en: people}
    year: 2021
    source: own
  - label: {ko: 비율, en: Rate}
    value: 12.50
    unit: {ko: "%", en: "%"}
    year: 2020
    source: a-source
  - label: {ko: 상태, en: State}
    value: no
    year: 2019
    source: own
findings:
  - area: 1
    kind: strong
    text: {ko: 서비스가 돋보인다., en: Its services stand out.}
    source: a-source
  - area: overall
    kind: leader
    text: {ko: 앞선 도시이다., en: A leading city.}
    source: own
scores:
  "1": {value: 71.5, rank: 2, previous: 3, source: own}
shares:
  service: {Transport: 40, Health: 25.5, Culture: 34.5, complete: true, source: own}
  funding: {public: 60, private: 15, source: a-source}
projects:
  - name: {ko: 첫 사업, en: First project}
    text: {ko: 사업을 설명한다., en: What the project does.}
    year: 2020
    source: own
image:
  path: images/alpha.png
  alt: {ko: 알파의 광장, en: The square of Alpha}
  credit: Someone
sources:
  - id: own
    title: {ko: 도시의 통계, en: The city’s statistics}
    url: https://example.org/own
    accessed: 2022-02-18
"""
LANGUAGES = {
    "ko": "直角과 骨折의 漢字",
    "ja": "直角と骨折の漢字、「今日」は晴れ。",
    "zh-Hans": "直角和骨折的漢字，“今日”晴。",
    "zh-Hant": "直角和骨折的漢字，「今日」晴。",
}


@pytest.fixture
def rich(small: Small) -> Small:
    small.city("alpha", RICH)
    report = small.root / "report" / "report.yaml"
    report.write_text(
        report.read_text("utf-8") + "score-scale: {lowest: 0, highest: 100}\n", "utf-8"
    )
    (small.root / "report" / "images").mkdir()
    Image.new("RGB", (240, 120), "#2288aa").save(small.root / "report" / "images" / "alpha.png")
    return small


def test_a_full_record_prints_every_field_and_is_valid(rich: Small, run: Run) -> None:
    result = run("build", rich.root, "--city", "alpha", "--jobs", 1)
    assert result.returncode == 0, result.stderr
    korean = rich.root / "build" / "screen" / "ko" / "alpha.pdf"
    assert problems(korean) == []
    found = text(korean)
    for wanted in (
        "어느 지역", "알파", "예시국", "ALPHA", "THE REPUBLIC OF EXAMPLE", "가상의 도시이다.",
        "둘째 문단이다.", "셋째 문단이다.",
        "첫째 줄은 길고 둘째 줄은 짧다 셋째 줄도 있다 넷째 줄로 끝난다",
        "작은 제목의 첫 줄 작은 제목의 끝 줄", "본문의 첫 문단이다.",
        "본문 안의 제목", "도시는 사람이다.", "어느 시민", "1,234,567 명",
        "인구, 2021", "12.50 %", "no", "서비스 두각", "서비스가 돋보인다.",
        "앞선 도시이다.", "71.5 2 3", "Transport 40%", "Health 25.5%", "공공 60%", "민간 15%",
        "공표되지 않은 나머지", "첫 사업 2020", "사업을 설명한다.", "사진: Someone", "도시의 통계",
        "https://example.org/own", "(열람일 2022-02-18)", "어떤 출처",
    ):  # fmt: skip
        assert wanted in found, wanted
    alternatives = {alt for tag, alt in elements(korean) if tag == "/Figure"}
    assert alternatives == {
        "알파의 광장",
        "서비스 구성: Transport 40 %, Health 25.5 %, Culture 34.5 %.",
        "재원 구성: 공공 60 %, 민간 15 %, 공표되지 않은 나머지.",
    }
    headings = [tag for tag, _ in elements(korean) if tag in {"/H1", "/H2", "/H3"}]
    assert headings[0] == "/H1"
    assert "/H3" in headings
    with pikepdf.open(korean) as pdf:
        assert any("/XObject" in page.obj.Resources for page in pdf.pages)


def test_blocks_without_data_leave_no_trace(small: Small, run: Run) -> None:
    assert run("build", small.root, "--jobs", 1, "-q").returncode == 0
    path = small.root / "build" / "screen" / "en" / "alpha.pdf"
    found = text(path)
    for label in ("Key figures", "Findings", "Scores", "Shares", "Projects", "Sources"):
        assert label not in found
    assert [tag for tag, _ in elements(path) if tag == "/H2"] == ["/H2"]


def test_hand_broken_lines_are_kept(rich: Small, run: Run) -> None:
    assert run("build", rich.root, "--city", "alpha", "--jobs", 1, "-q").returncode == 0
    on_page = lines(rich.root / "build" / "screen" / "ko" / "alpha.pdf")
    for line in ("첫째 줄은 길고", "둘째 줄은 짧다", "셋째 줄도 있다", "넷째 줄로 끝난다"):
        assert line in on_page


def test_a_complete_mix_has_no_remainder(rich: Small, run: Run) -> None:
    assert run("build", rich.root, "--city", "alpha", "--lang", "en", "--jobs", 1).returncode == 0
    assert text(rich.root / "build" / "screen" / "en" / "alpha.pdf").count("remainder") == 1


def glyphs(path: Path, characters: str) -> dict[str, set[str]]:
    """Return the glyph ids that stand for each character in a product's fonts."""
    found: dict[str, set[str]] = {c: set() for c in characters}
    for font in fonts(path):
        for line in font.to_unicode.decode("latin-1").splitlines():
            parts = line.strip("<>").split("> <")
            if len(parts) == 2 and len(parts[1]) == 4:
                character = chr(int(parts[1], 16))
                if character in found:
                    found[character].add(parts[0])
    return found


def test_han_characters_take_the_forms_of_their_language(small: Small, run: Run) -> None:
    report = small.root / "report" / "report.yaml"
    report.write_text(
        report.read_text("utf-8").replace("[ko, en]", f"[{', '.join(LANGUAGES)}]"), "utf-8"
    )
    texts = "".join(f"  {tag}: {{about: ['{words}']}}\n" for tag, words in LANGUAGES.items())
    names = ", ".join(f"{tag}: 知" for tag in LANGUAGES)
    small.city(
        "alpha",
        f"id: alpha\nname: {{display: ALPHA, en: Alpha, {names}}}\n"
        f"country: {{formal: THE REPUBLIC OF EXAMPLE, iso2: XX}}\ntexts:\n{texts}",
    )
    result = run("build", small.root, "--city", "alpha", "--jobs", 1)
    assert result.returncode == 0, result.stderr
    forms = {}
    for language, words in LANGUAGES.items():
        path = small.root / "build" / "screen" / language / "alpha.pdf"
        assert problems(path) == []
        assert folded(words).replace(" ", "") in text(path).replace(" ", "")
        forms[language] = frozenset(glyphs(path, "直骨")["骨"])
        assert len(forms[language]) == 1
        with pikepdf.open(path) as pdf:
            assert str(pdf.Root.Lang) == language
    # 骨 turns its inner corner to the right in Simplified Chinese, to the left elsewhere.
    assert forms["zh-Hans"] != forms["ja"]
    assert len(set(forms.values())) >= 2


def test_japanese_lines_keep_kinsoku(small: Small, run: Run) -> None:
    report = small.root / "report" / "report.yaml"
    report.write_text(report.read_text("utf-8").replace("[ko, en]", "[ja]"), "utf-8")
    words = "都市は、人と「情報」をつなぐ場所である。" * 12
    for city in ("alpha", "beta"):
        small.city(
            city,
            f"id: {city}\nname: {{display: X, en: X, ja: 都市}}\n"
            f"country: {{formal: EXAMPLE, iso2: XX}}\ntexts:\n  ja: {{about: ['{words}']}}\n",
        )
    result = run("build", small.root, "--jobs", 1)
    assert result.returncode == 0, result.stderr
    found = lines(small.root / "build" / "screen" / "ja" / "alpha.pdf")
    body = [line for line in found if "都市は" in line or "情報" in line]
    assert len(body) >= 5
    assert not any(line.startswith(("、", "。", "」")) for line in body)
    assert not any(line.endswith("「") for line in body)


def test_a_complaint_of_the_engine_names_record_and_field(rich: Small, run: Run) -> None:
    (rich.root / "templates").mkdir()
    for path in (ROOT / "templates").rglob("*.*"):
        target = rich.root / "templates" / path.relative_to(ROOT / "templates")
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    profile = rich.root / "templates" / "profile.html"
    # An address that only the fetcher can refuse: the picture of a record, in a folder that
    # records may not name.
    profile.write_text(
        profile.read_text("utf-8").replace(
            '<img src="{{ city.image.path | image }}"',
            '<img src="workspace:/report/secret/{{ city.image.path | image }}"',
        ),
        "utf-8",
    )
    result = run("build", rich.root, "--city", "alpha", "--lang", "ko", "--jobs", 1)
    assert result.returncode == 3, result.stderr
    line = next(i for i, x in enumerate(RICH.splitlines(), 1) if "images/alpha.png" in x)
    assert f"report/cities/alpha.yaml:{line}:9: error: screen/ko/alpha: fetching" in result.stderr
    assert "[image.path]" in result.stderr
    assert result.stderr.rstrip().endswith("not made: screen/ko/alpha")
    assert not (rich.root / "build" / "screen").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("alpha.png", b"", "is no PNG, JPEG, WEBP or TIFF file"),
        ("alpha.png", b"%!PS-Adobe-3.0 EPSF-3.0\n", "is no PNG, JPEG, WEBP or TIFF file"),
        ("alpha.svg", b"<svg", "is no SVG drawing"),
        ("alpha.svg", b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>", "declares a document type"),
        ("alpha.svg", b"<svg><script/></svg>", "holds the element <script>"),
        ("alpha.svg", b'<svg><use href="http://x.y/z.svg#a"/></svg>', "refers to the file http"),
    ],
)
def test_pictures_that_would_be_lost_are_refused(
    rich: Small, run: Run, name: str, content: bytes, message: str
) -> None:
    rich.city("alpha", RICH.replace("alpha.png", name))
    (rich.root / "report" / "images" / name).write_bytes(content)
    result = run("build", rich.root, "--city", "alpha", "--jobs", 1)
    assert result.returncode == 3
    assert f"error: report/images/{name}: {message}" in result.stderr
    assert "[image.path]" in result.stderr


def test_damaged_mislabelled_and_huge_pictures_are_refused(rich: Small, run: Run) -> None:
    picture = rich.root / "report" / "images" / "alpha.png"
    whole = picture.read_bytes()
    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(buffer, "JPEG")
    huge = zlib.compress(b"")
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunks = b"".join(
        struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))
        for tag, data in ((b"IHDR", header), (b"IDAT", huge), (b"IEND", b""))
    )
    for content, message in (
        (whole[:-40], "is damaged"),
        (buffer.getvalue(), "is a JPEG file, but its name says .png"),
        (b"\x89PNG\r\n\x1a\n" + chunks, "has more than 100,000,000 pixels"),
    ):
        picture.write_bytes(content)
        result = run("build", rich.root, "--city", "alpha", "--jobs", 1)
        assert result.returncode == 3
        assert message in result.stderr
    picture.write_bytes(whole)
    assert run("build", rich.root, "--city", "alpha", "--jobs", 1).returncode == 0


def test_a_missing_picture_is_found_before_anything_is_set(rich: Small, run: Run) -> None:
    (rich.root / "report" / "images" / "alpha.png").unlink()
    result = run("build", rich.root, "--city", "alpha", "--jobs", 1)
    assert result.returncode == 3
    assert "report/images/alpha.png: cannot be read: No such file or directory" in result.stderr
    assert "[image.path]" in result.stderr
    assert "[1/" not in result.stderr


def test_long_texts_run_over_pages_without_loss_or_stranded_lines(small: Small, run: Run) -> None:
    sentences = [
        f"{n}번째 문장은 서로 다른 내용을 담아 길게 이어지는 시험용 문장이다." for n in range(400)
    ]
    paragraphs = "".join(
        f"      - {' '.join(sentences[i : i + 8])}\n" for i in range(0, len(sentences), 8)
    )
    small.city(
        "alpha",
        small.text("alpha").replace("  en:", f"    body:\n{paragraphs}  en:"),
    )
    result = run("build", small.root, "--city", "alpha", "--lang", "ko", "--jobs", 1)
    assert result.returncode == 0, result.stderr
    path = small.root / "build" / "screen" / "ko" / "alpha.pdf"
    assert problems(path) == []
    on_page = set(" ".join(lines(path)).split())
    assert {f"{n}번째" for n in range(400)} <= on_page
    with pypdfium2.PdfDocument(path) as document:
        assert len(document) >= 7
        for sheet in list(document)[1:]:
            assert "ALPHA THE REPUBLIC OF EXAMPLE" in folded(sheet.get_textpage().get_text_range())


def test_a_tall_picture_fits_its_page_with_its_caption(rich: Small, run: Run) -> None:
    Image.new("RGB", (585, 1266), "red").save(rich.root / "report" / "images" / "alpha.png")
    assert run("build", rich.root, "--city", "alpha", "--jobs", 1).returncode == 0
    product = rich.root / "build" / "screen" / "ko" / "alpha.pdf"
    listed = subprocess.run(
        ["pdfimages", "-list", str(product)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    (row,) = [line.split() for line in listed if " 585 " in line]
    assert row[12] == row[13], "pulled out of shape"
    assert 1266 / float(row[13]) * 25.4 < 203
    page = subprocess.run(
        ["pdftotext", "-f", row[0], "-l", row[0], str(product), "-"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "사진" in page


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("增至1,800座，Wi-Fi热点增至4,000处", "增至1,800座，[Wi-Fi]热点增至4,000处"),
        ("年度Wi-Fiは3,400か所", "年度[Wi-Fi]は3,400か所"),
        ("2021–2025年の計画", "[2021–2025]年の計画"),
        ("2021–2025년 데이터-기반의", "[2021–2025년] [데이터-기반의]"),
        ("well-made and Q&A-like", "[well-made] and Q&amp;A-like"),
        ("Île-de-France’s", "[Île-de-France’s]"),
        ("１－２", "１－２"),
    ],
)
def test_compounds_stay_whole_and_nothing_beside_them(text: str, expected: str) -> None:
    found = str(prose(text)).replace('<span class="whole">', "[").replace("</span>", "]")
    assert found == expected


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ja", ("2023年度の5G基地局は1,200局、Wi-Fiは3,400か所、LPWAは120か所であり、"
               "Wi-Fiを4,000か所に増やす計画である。予算は￥1,250,000,000で、前年比118.4％である。")),
        ("zh-Hans", ("LPWA节点为120处，2024年度计划把5G基站增至1,800座，Wi-Fi热点增至4,000处。"
                    "预算2022年为￥1,250,000,000，同比增长118.4%。")),
    ],
)  # fmt: skip
def test_lines_are_full_beside_a_compound_and_numbers_whole(
    small: Small, run: Run, language: str, words: str
) -> None:
    """Each beginning moves the ends of lines by one character."""
    report = small.root / "report" / "report.yaml"
    report.write_text(report.read_text("utf-8").replace("[ko, en]", f"[{language}]"), "utf-8")
    body = "".join(f'      - "{words[at:]}"\n' for at in range(30) if not words[at].isdigit())
    for city in ("alpha", "beta"):
        small.city(
            city,
            f"id: {city}\nname: {{display: X, en: X, {language}: 都市}}\n"
            f"country: {{formal: EXAMPLE, iso2: XX}}\ntexts:\n  {language}:\n"
            f"    about: [都市]\n    body:\n{body}",
        )
    assert run("build", small.root, "--city", "alpha").returncode == 0
    found = lines(small.root / "build" / "screen" / language / "alpha.pdf")
    set_ = [line for line in found if "Wi" in line or "Fi" in line or "5G" in line]
    assert len(set_) > 15
    for line, following in pairwise(found):
        assert not (re.search(r"[0-9][.,]?$", line) and re.match(r"[0-9.,]", following)), line
        assert not line.endswith("Wi-")
    whole = [line for line in set_ if not line.endswith("。")]
    # A line may lack the width of the longest number, which did not fit.
    assert min(columns(line) for line in whole) > max(columns(line) for line in whole) - 16
