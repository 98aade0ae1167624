"""Inputs that nobody thought of: a result, or problems with their place; see `fuzzing`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import fuzzing
from test_pictures import COMPRESSION, HEIGHT, WIDTH, followed

EXAMPLES = {
    "words": 250, "template": 300, "faces": 120, "report": 400, "record": 400, "picture": 1500,
}  # fmt: skip
"""How many inputs of a target are tried; 500 unless said. Each target takes some 3 s."""
NAMELESS = [rb"a\u0000/b", rb"\ud800/b", rb"\ud800", rb"a\u0000", b"x/" * 5000, b"x" * 300]
"""Inputs of a product, in JSON, that no file can be called."""
NOTES = b"Exif\0\0MM\0%YAML"
"""What a camera noted, damaged."""
FOUND: dict[str, list[bytes]] = {
    "record": [
        b"id: beta\xe2\x80\xa8name: [", b"id: &a\n", b"\xff\xfei\0d\0", b"a: " + b"[" * 3000,
        b"id: 1e99999999999999999999\n", b"? a\n: b\n", b"id: !!python/object:a.b {}\n",
    ],
    "report": [b"title: " + b"[" * 200, b"? a\n: b\n", b"year: .nan\n", b"year: 0x7E6\n"],
    "words": [b"ko: {}\nen: 1\n", b"- a\n", b"en: {subject: 2022-02-30}\n"],
    "faces": [
        b"[[face]]\nfile = '\\u0000'\n", b"face = 1\n", b"face = [1]\n",
        b"[[face]]\nweight = 1e400\n", b"a = " + b"[" * 3000, b"a = " + b"9" * 5000,
        b"a." * 30_000 + b"a = 1", b"[[face]]\nfile = 0x" + b"f" * 9000,
        fuzzing.seeds("faces")[0].replace(b'"full"', b"[1]"),
    ],
    "template": [
        b"(" * 5000, b"{{ " + b"(" * 500, b"{% for x in range(9) %}", b"{{ 'a' * 9 }}",
        b"<img src='workspace:/templates/a\0/b.png'>", b"{% include 'a\0/b' %}", b"<g>" * 9000,
        b"{{ " + b"9" * 5000 + b" }}", b"<p style='x: " + b"9" * 5000 + b"'>", b"<a " * 3000,
        b"{% for a in b %}" * 50 + b"{% endfor %}" * 50, b"{{ 'a' | truncate(-9) }}",
    ],
    "style": [
        b"a {}\x0c@import 'x';", b"{" * 900, b"@font-face", b"a{font:x}", b"9" * 5000,
        b"@media x{" * 3000, b"a{x:" + b"f(" * 3000,
        rb"a{background:url('workspace:/templates/\d800 /b.png')}",
    ],
    "picture": [
        b"II*\0", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"<svg>" * 9000, b"RIFF____WEBP",
        followed((COMPRESSION, 1)), followed((WIDTH, 24), (HEIGHT, 16), (COMPRESSION, 77)),
        *(b"<?xml version='1.0' encoding='%s'?><svg/>" % name for name in (b"utf-7", b"x", b"hex")),
        *(fuzzing.saved(kind, exif=NOTES) for kind in ("PNG", "JPEG", "WEBP")),
    ],
    "products": [
        b"[]", b'{"products": 1}', b'{"products": [' + b"[" * 9000, b'{"products":[{}]}',
        *(fuzzing.seeds("products")[0].replace(b"report.yaml", name) for name in NAMELESS),
    ],
    "line": [b"[]", b"[" * 9000, b'{"a":' * 3000, b'{"a":1e99999999999999999999}', b"{}", b"NaN"],
}  # fmt: skip
"""Tried each time: the kinds of input that went wrong once, and those that often do elsewhere."""
EDIT = st.tuples(
    st.sampled_from(["insert", "delete", "replace", "repeat", "noise", "swap"]),
    st.integers(0, 1_000_000), st.integers(0, 60), st.sampled_from(fuzzing.TOKENS),
    st.binary(max_size=8),
)  # fmt: skip


def edited(seed: bytes, edits: list[tuple[str, int, int, bytes, bytes]]) -> bytes:
    """Return a good file after some edits."""
    content = seed
    for kind, where, length, token, noise in edits:
        at = where * len(content) // 1_000_000
        end = min(len(content), at + length)
        piece = {
            "insert": token + content[at:end], "delete": b"", "replace": token,
            "repeat": content[at:end] * 3, "noise": noise, "swap": content[at:end][::-1],
        }[kind]  # fmt: skip
        content = content[:at] + piece + content[end:]
    return content[:100_000]


def inputs(target: str) -> st.SearchStrategy[bytes]:
    """Return edits of the good files of a target, tokens without an order, and noise."""
    return st.one_of(
        st.builds(
            edited, st.sampled_from(fuzzing.seeds(target)), st.lists(EDIT, min_size=1, max_size=6)
        ),
        st.lists(st.sampled_from(fuzzing.TOKENS), max_size=20).map(b"".join),
        st.binary(max_size=200),
    )


def test_what_was_found_belongs_to_a_target() -> None:
    assert {*EXAMPLES, *FOUND} <= {*fuzzing.TARGETS}


@pytest.mark.parametrize("target", fuzzing.TARGETS)
def test_whatever_comes_in_is_read_or_told(target: str) -> None:
    @settings(
        max_examples=EXAMPLES.get(target, 500), deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
    )  # fmt: skip
    @given(inputs(target))
    def run(content: bytes) -> None:
        fuzzing.tried(target, content)

    for content in (*fuzzing.seeds(target), *FOUND.get(target, ()), b""):
        fuzzing.tried(target, content)
    run()
