"""Inputs that nobody thought of: a result, or problems with their place; see `fuzzing`."""

from __future__ import annotations

import resource

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import fuzzing

MEGABYTES = 300
"""By which all targets together may make the process grow."""
EXAMPLES = {"words": 60, "template": 60, "faces": 40, "report": 150}
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


@pytest.mark.parametrize("target", fuzzing.TARGETS)
def test_whatever_comes_in_is_read_or_told(target: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    @settings(
        max_examples=EXAMPLES.get(target, 300), deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
    )  # fmt: skip
    @given(st.sampled_from(fuzzing.seeds(target)), st.lists(EDIT, min_size=1, max_size=6))
    def run(seed: bytes, edits: list[tuple[str, int, int, bytes, bytes]]) -> None:
        fuzzing.tried(target, edited(seed, edits))

    for seed in fuzzing.seeds(target):
        fuzzing.tried(target, seed)
    fuzzing.tried(target, b"")
    run()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown / 1024 < MEGABYTES
