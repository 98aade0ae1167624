"""The engine's shortcuts: fewer layouts and fewer steps, and every page as it was."""

from __future__ import annotations

import multiprocessing
import os
import zlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from conftest import ROOT, composed, engine_faces
from reportgen import typefaces
from reportgen.building.fingerprints import Keys
from reportgen.core.fragments import Fragment
from reportgen.plan.values import About, Markup
from reportgen.records.workspace import Workspace

KOREAN = (
    "상하이는 중국 4대 직할시 가운데 하나이며, 사물인터넷(IoT)을 비롯한 ‘제14차 5개년 계획’에 "
    "발맞추어 새로운 혁신생태계를 조성하고 온라인과 오프라인의 결합을 견지한다. "
)
ENGLISH = (
    "Every city has found its own way – a well-known and much-travelled one, so to say – of "
    "asking what “smart” means; state-of-the-art answers were AVATAR, Typography and T. V. "
)
SOFT = " ".join(["ex\u00adtra\u00ador\u00addi\u00adnary well-\u00adbe\u00ading"] * 8)
LONG = "대한민국스마트도시종합계획수립및기반시설구축운영위원회규정집" * 2
TEXTS = {"ko": KOREAN, "en": ENGLISH, "soft": SOFT, "long": f"{KOREAN} {LONG} {ENGLISH}"}
STYLES = {
    "plain": "",
    "keep": "word-break: keep-all; overflow-wrap: anywhere",
    "justified": "text-align: justify; word-break: keep-all",
    "hyphens": "hyphens: auto; hyphenate-character: '=>'; text-align: justify",
    "tracked": "letter-spacing: .04em; word-spacing: .2em",
    "tight": "letter-spacing: -.03em; word-spacing: -1.2em",
    "one line": "white-space: nowrap; overflow: hidden; text-overflow: ellipsis",
    "as written": "white-space: pre-wrap; tab-size: 3",
    "as broken": "white-space: pre-line; word-break: break-all",
    "right to left": "direction: rtl",
    "underlined": "text-decoration: underline line-through; font-variant-numeric: tabular-nums",
    "variables": "--wide: 12pt; --and: 2; font-size: calc(var(--wide) - 3pt); "
    "margin-inline-start: calc(var(--and) * 1mm); padding: 0 var(--wide)",
    "logical": "margin-inline: 3mm 1mm; border-inline-start: 1pt solid; padding-block-end: 2mm",
}
SNIPPETS = (
    '<div style="white-space: pre-line; width: 3.9em">1 2\n3 4\n5 6 7</div>',
    '<div style="white-space: pre-wrap; width: 3.9em">1 2\n3 4\n5 6 7</div>',
    (
        '<div style="width: 20mm; overflow: hidden; text-overflow: ellipsis">Ab '
        "Donaudampfschifffahrtsgesellschaft</div>"
    ),
    '<div style="width: 50mm; word-break: keep-all">'
    + '<span style="display: inline-block; width: 20mm">가나</span>' * 6
    + "</div>",
    '<div style="width: 11px; overflow-wrap: anywhere; word-break: keep-all">.jpg, .png</div>',
    '<div style="font-variant-caps: small-caps">Set in Small Capitals</div>',
)
"""What the engine's own tests, or a designer, found a shortcut to spoil."""
SHEET = """@page { size: 210mm 297mm; margin: 20mm }
body { font: 10pt/1.6 "Noto Sans CJK KR"; margin: 0 }
p { margin: 0 0 2mm }
b { color: #234; font-size: 1.2em }
"""
ROWS = "".join(f"<tr><td>{n}<td>{KOREAN[:90]}</tr>" for n in range(40))


class Made(NamedTuple):
    """A fragment for each section, and how often the engine did what there are shortcuts for."""

    fragments: list[Fragment]
    laid_out: int
    drawn: int


def _page(inner: str, lang: str, identity: str) -> Markup:
    html = f'<html lang="{lang}"><head><title>A</title></head><body>{inner}</body></html>'
    return Markup(
        About(identity, lang, "A", "B", "C", "2022-01-01T00:00:00Z"), html, ("a.css",), ()
    )


def _lines() -> Iterator[Markup]:
    """Yield sections of lines as templates may ask for them, at many widths."""
    for name, style in STYLES.items():
        inner = "".join(
            f'<p style="width: {width}mm; {style}">{text[:40]}\t<b>{text[40:50]}</b>\n{text[50:]}'
            for text in TEXTS.values()
            for width in (38 if name == "hyphens" else 9, 61.3, 104)
        )
        yield _page(inner, "en" if name == "hyphens" else "ko", f"lines/{name}")
    yield _page(
        f"<table><thead><tr><th>No.<th>{KOREAN[:60]}</thead>{ROWS}</table>", "ko", "lines/heads"
    )
    for number, snippet in enumerate(SNIPPETS):
        yield _page(snippet, "en", f"lines/{number}")


def setting(folder: Path, sections: list[Markup], sheets: dict[str, str], short: bool) -> Made:  # noqa: FBT001
    """Set sections, with the shortcuts or without; the engine is that of the process."""
    texts = {character for section in sections for character in section.html}
    own = folder / ("short" if short else "long")
    own.mkdir()
    os.environ["FONTCONFIG_FILE"] = str(engine_faces(texts | set("0123456789.…-=>"), own))
    import_module("reportgen.press.engine")
    from weasyprint.draw import text

    from reportgen.press import Press, fonts
    from reportgen.press.patches import glyphs, keep_all, lengths, lines, spaces, styles, table

    # No shortcut: the engine writes no space at a line's end.
    left_out = {spaces} if short else {spaces, lines, styles, lengths, glyphs}
    names = {module.__name__ for module in left_out}
    table.AMENDMENTS = tuple(
        replace(row, ours=keep_all.set_text) if row.ours is lines.set_text and not short else row
        for row in table.AMENDMENTS
        if row.ours is lines.set_text or getattr(row.ours, "__module__", "") not in names
    )
    counts: Counter[str] = Counter()

    def counted(function: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            counts[function.__name__] += 1
            return function(*arguments, **options)

        return call

    laid_out, drawn = keep_all._engine_set_text, text.draw_first_line
    keep_all._engine_set_text = counted(laid_out)
    text.draw_first_line = glyphs._engine_draw_first_line = counted(drawn)
    press = Press(Path(os.environ["FONTCONFIG_FILE"]), sheets, Workspace(ROOT).read, {})
    # The engine has one text for a glyph, the first; `test_extraction` is about the others.
    fonts.font_of = lambda *_: ("", True)
    written = text.draw_first_line
    # The engine leaves out boxes that hold only spaces.
    text.draw_first_line = lambda stream, box, *rest: (
        written(stream, box, *rest) if box.text.strip() else []
    )
    made = [press.set(section) for section in sections]
    return Made(made, counts[laid_out.__name__], counts[drawn.__name__])


def both(folder: Path, sections: list[Markup], sheets: dict[str, str]) -> tuple[Made, Made]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context, max_tasks_per_child=1) as pool:
        short, long = (pool.submit(setting, folder, sections, sheets, s) for s in (True, False))
        return short.result(), long.result()


def _same(short: Made, long: Made) -> None:
    for one, other in zip(short.fragments, long.fragments, strict=True):
        assert _drawn(one) == _drawn(other), one.identity


def _drawn(fragment: Fragment) -> Fragment:
    """Return a fragment without what its glyphs stand for, its strings in as few pieces as can be.

    The engine begins a string anew where Pango begins another run in the same font.
    """
    streams = {
        number: content if content[:1] != b"x" else zlib.decompress(content).replace(b")(", b"")
        for number, content in fragment.streams.items()
    }
    layers = {name: replace(layer, fonts={}) for name, layer in fragment.layers.items()}
    return replace(fragment, fonts={}, streams=streams, layers=layers)


def test_the_report_is_as_without_them(tmp_path: Path) -> None:
    sections = [*composed(ROOT, "ko", 2).values(), *[*composed(ROOT, "en", 2).values()][:2]]
    sheets = Keys(Workspace(ROOT), typefaces.load(Workspace(ROOT))).stylesheets
    short, long = both(tmp_path, sections, sheets)
    assert short.laid_out < 0.93 * long.laid_out
    assert short.drawn < 0.2 * long.drawn
    _same(short, long)


def test_lines_of_any_style_are_as_without_them(tmp_path: Path) -> None:
    short, long = both(tmp_path, list(_lines()), {"a.css": SHEET})
    assert short.laid_out < 0.9 * long.laid_out
    assert 0 < short.drawn < 0.5 * long.drawn
    _same(short, long)
