"""The same text for the peers: one HTML document, and a Typst source.

The document is what a project without fragments would set: every profile in one file, with
the same style sheets, running heads and footers in the margins of the page.
"""

from __future__ import annotations

import re
from pathlib import Path

from reportgen import markup
from reportgen.plan.values import Section
from reportgen.records import records
from reportgen.records.schema.city import City
from reportgen.records.workspace import Workspace

MARGINS = """
@page {
  @top-left { content: element(head); width: 100%; vertical-align: top; padding-top: 14mm }
  @bottom-left { content: element(foot); width: 100%; vertical-align: top; padding-top: 10mm }
}
@page first {
  margin-top: 0;
  @top-left { content: none }
  @bottom-left { content: element(foot); width: 100%; vertical-align: top; padding-top: 10mm }
}
.city { break-before: page }
.city .opening { page: first }
.layers { display: none }
.head { position: running(head); font-size: 7pt; line-height: 1.4; color: #4a545f;
  border-bottom: 0.35pt solid #9aa3ad; padding-bottom: 2mm }
.foot { position: running(foot); font-size: 7pt; line-height: 1.55; color: #4a545f;
  border-top: 0.35pt solid #9aa3ad; padding-top: 2.4mm }
.folio::after { content: counter(page) }
"""


def html(workspace: Workspace) -> str:
    """Return all profiles as one document, with its style sheets inside."""
    known = records.read(workspace)
    composer = markup.Composer(workspace, known)
    language = known.report.languages[0]
    report = known.report
    styles = "".join(
        workspace.text(f"templates/{name}") for name in ("tokens.css", "base.css", "profile.css")
    ).replace("@page :first { margin-top: 0 }", "")
    pieces = []
    for city in known.cities:
        page = composer.compose(Section(city, language, "screen")).html
        body = re.search(r"<body([^>]*)>(.*)</body>", page, re.DOTALL)
        assert body
        head = (
            f'<div class="head"><b>{city.name.display}</b> {city.country.formal} '
            f"{report.title.display}</div>"
        )
        foot = (
            f'<div class="foot">{report.title.display} {report.author(language)} '
            f"E: {report.contact.email} T: {report.contact.telephone} {report.contact.place} "
            f'{report.copyright} <span class="folio"></span></div>'
        )
        kinds = re.sub(r'class="', 'class="city ', body[1], count=1)
        inner = re.sub(r'(id="|href="#)source-', rf"\1{city.id}-source-", body[2])
        pieces.append(f"<div{kinds}>{head}{foot}{inner}</div>")
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{report.title.get(language)}</title><style>{styles}{MARGINS}</style></head>"
        f"<body>{''.join(pieces)}</body></html>"
    )


def typst(workspace: Workspace) -> str:
    """Return all profiles as a Typst document of the same measures."""
    known = records.read(workspace)
    language, report = known.report.languages[0], known.report
    head = f"""\
#set page(paper: "a4", margin: (top: 30mm, bottom: 34mm, x: 20mm),
  footer: [#set text(7pt); {_plain(report.title.display)} #h(1fr) \
{_plain(report.contact.email)} #h(1fr) #context counter(page).display()])
#set text(font: "Noto Sans CJK KR", size: 9.6pt, lang: "{language}")
#set par(leading: 0.78em, spacing: 1.1em)
#show heading.where(level: 1): it => text(44pt, weight: 900, it.body)
#set document(title: "{_plain(report.title.get(language))}")
"""
    return head + "\n".join(_typst_city(city, language) for city in known.cities)


def _typst_city(city: City, language: str) -> str:
    texts = city.texts[language]
    lines = [
        "#pagebreak(weak: true)",
        '#block(fill: rgb("#2B3A4A"), width: 100%, inset: 12mm)[#set text(white)',
        f"= {_plain(city.name.display)}",
        f"{_plain(city.country.formal)}]",
        "#pad(left: 52mm)[",
        "\n\n".join(_plain(p) for p in texts.about),
        "]",
    ]
    if texts.headline:
        lines.append(f"#text(19.5pt, weight: 700)[{_plain(' '.join(texts.headline))}]\n")
    if texts.sub_headline:
        lines.append(f"#text(12.6pt, weight: 300)[{_plain(' '.join(texts.sub_headline))}]\n")
    lines.append("#pad(left: 52mm)[")
    lines.append("\n\n".join(_plain(b) for b in texts.body or () if isinstance(b, str)))
    lines += [_plain(f.text[language]) for f in city.findings]
    lines.append("]")
    return "\n".join(lines)


def _plain(text: str) -> str:
    return re.sub(r"([\\#*_`$<>@\[\]=/~-])", r"\\\1", str(text))


def write(root: Path, folder: Path) -> None:
    """Write the peers' documents of the workspace `root` to `folder`."""
    folder.mkdir(exist_ok=True)
    workspace = Workspace(root)
    (folder / "one.html").write_text(html(workspace), encoding="utf-8")
    (folder / "one.typ").write_text(typst(workspace), encoding="utf-8")
