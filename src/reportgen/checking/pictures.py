"""Pictures on pages."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.checking.finding import Limits, family
from reportgen.checking.pages import Note, Subject

RULES, _rule = family()


@_rule("image-resolution", "warning", "a picture with too few pixels for its size", least=300)
def _image_resolution(subject: Subject, limits: Limits) -> Iterator[Note]:
    for number, page in enumerate(subject.pages):
        for picture in page.pictures:
            if not all(picture.pixels) or not picture.at.width or not picture.at.height:
                continue
            sizes = (picture.at.width, picture.at.height)
            ppi = min(px / size * 25.4 for px, size in zip(picture.pixels, sizes, strict=True))
            if ppi < limits["least"] - 0.5:
                yield Note(
                    number, picture.at,
                    f"{picture.path} has {ppi:.0f} ppi at this size, expected {limits['least']:g}",
                    f"use one of {picture.at.width / 25.4 * limits['least']:.0f} pixels width,"
                    " or show it smaller",
                    picture.path.removeprefix("report/"),
                )  # fmt: skip


@_rule("image-alt", "error", "a picture without a text for those who do not see it")
def _image_alt(subject: Subject, _: Limits) -> Iterator[Note]:
    for number, page in enumerate(subject.pages):
        for picture in page.pictures:
            if not picture.alt:
                yield Note(
                    number, picture.at, f"{picture.path} has no alternative text",
                    "say in a sentence what it shows: alt of an image, <title> of a drawing",
                    picture.path.removeprefix("report/"),
                )  # fmt: skip
