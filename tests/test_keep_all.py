"""`word-break: keep-all`, as CSS Text 3, 5.2 says, on lines that the engine really set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conftest import ROOT, engine_faces

KOREAN = (
    "상하이는 중국 4대 직할시 가운데 하나이며, 사물인터넷(IoT)을 비롯한 ‘제14차 5개년 계획’에 "
    "발맞추어 새로운 혁신생태계를 조성하고 온라인과 오프라인의 결합을 견지한다."
)
LONG = "대한민국스마트도시종합계획수립및기반시설구축운영위원회규정집"

Set = Callable[..., list[str]]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("faces")
    fontconfig = engine_faces(KOREAN + LONG + "漢字直骨、。「」！？", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FONTCONFIG_FILE", str(fontconfig))
        from reportgen.press import engine as amended

        amended.install()
        yield amended


@pytest.fixture
def set_lines(engine: Any) -> Set:
    fonts = engine.FontConfiguration()

    def call(html: str, width: str = "60mm", css: str = "", lang: str = "ko") -> list[str]:
        document = engine.weasyprint.HTML(string=f'<html lang="{lang}"><body>{html}').render(
            font_config=fonts,
            stylesheets=[
                engine.weasyprint.CSS(
                    string=f"""@page {{ size: 210mm 297mm; margin: 0 }}
                    body {{ font: 10pt/1.6 "Noto Sans CJK KR"; width: {width}; margin: 0;
                            word-break: keep-all; overflow-wrap: anywhere; {css} }}""",
                    font_config=fonts,
                )
            ],
        )
        found: list[str] = []

        def walk(box: Any) -> None:
            if isinstance(box, engine.boxes.LineBox):
                texts = [b.text for b in box.descendants() if isinstance(b, engine.boxes.TextBox)]
                found.append("".join(texts))
                return
            for child in getattr(box, "children", ()):
                walk(child)

        for page in document.pages:
            walk(page._page_box)
        return found

    return call


@pytest.mark.parametrize("width", [f"{w}mm" for w in range(34, 120, 3)])
def test_no_word_is_split_at_any_width(set_lines: Set, width: str) -> None:
    lines = set_lines(KOREAN, width)
    assert " ".join(line.strip() for line in lines) == KOREAN
    assert len(lines) > 1


def test_the_engine_alone_splits_words(set_lines: Set) -> None:
    lines = set_lines(KOREAN, css="word-break: normal")
    assert " ".join(line.strip() for line in lines) != KOREAN


def test_a_word_wider_than_the_line_breaks_and_nothing_is_lost(set_lines: Set) -> None:
    lines = set_lines(f"앞말 {LONG} 뒷말이 온다", "40mm")
    assert lines[0].strip() == "앞말"
    assert len(lines) >= 4
    assert "".join(lines).replace(" ", "") == f"앞말{LONG}뒷말이온다"
    full = set_lines(LONG, "400mm")
    assert full == [LONG]


def test_an_overlong_word_stays_whole_where_overflow_is_wanted(set_lines: Set) -> None:
    assert set_lines(LONG, "40mm", "overflow-wrap: normal") == [LONG]


def test_brackets_and_quotation_marks_stay_with_their_word(set_lines: Set) -> None:
    for width in range(32, 70):
        for line in set_lines("첨단 사물인터넷(IoT)을 ‘온라인’에서 쓴다", f"{width}mm"):
            assert not line.strip().startswith((")", "을", "’", "에서"))
            assert not line.strip().endswith(("(", "‘"))


def test_lines_still_end_at_spaces_hyphens_and_east_asian_punctuation(set_lines: Set) -> None:
    assert len(set_lines("직할시-직할시-직할시", "20mm")) == 3
    assert len(set_lines("漢字漢、字漢字漢字。漢字", "20mm", lang="ja")) == 3


def test_an_overlong_word_keeps_the_rules_of_punctuation(set_lines: Set) -> None:
    for width in range(12, 40):
        lines = set_lines("漢字漢字漢、字漢字漢字。漢字「漢字漢字」直骨", f"{width}mm", lang="ja")
        assert len(lines) > 1
        assert not any(line.startswith(("、", "。", "」")) for line in lines)
        assert not any(line.endswith("「") for line in lines)


def test_no_break_between_inline_boxes_of_one_word(set_lines: Set) -> None:
    for width in range(24, 70, 2):
        lines = set_lines(
            "새로운 <b>혁신</b>생태계를 <i>조성</i>하고 <b>견지</b>한다", f"{width}mm"
        )
        assert " ".join(x.strip() for x in lines) == "새로운 혁신생태계를 조성하고 견지한다"


def test_the_nearest_common_ancestor_decides_between_boxes(set_lines: Set) -> None:
    html = '<span style="word-break: normal"><b>상하이상하이</b><b>상하이상하이</b></span>'
    assert len(set_lines(html, "24mm")) >= 2


def test_latin_text_is_set_as_ever(set_lines: Set) -> None:
    english = "The state-of-the-art city offers well-made services to everyone who lives there."
    kept = set_lines(english, "50mm", lang="en")
    assert kept == set_lines(english, "50mm", "word-break: normal", lang="en")
    assert len(kept) > 2


def test_the_template_asks_for_it_by_language() -> None:
    css = (ROOT / "templates" / "base.css").read_text(encoding="utf-8")
    assert ":lang(ko) { word-break: keep-all" in css
