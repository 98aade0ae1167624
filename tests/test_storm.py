"""A short storm: builds that are killed and starved; `make storm` runs for long."""

from __future__ import annotations

import pytest

from storm import KINDS, PROC, storm


@pytest.mark.skipif(not PROC.exists(), reason="processes are found in /proc")
def test_a_storm_leaves_whole_products_and_nothing_else() -> None:
    rounds, faults = storm(2026, rounds=24)
    assert rounds == 24
    assert faults == []


@pytest.mark.skipif(not PROC.exists(), reason="processes are found in /proc")
def test_the_storm_itself_is_sound() -> None:
    """Where nothing happens there is no fault, and each kind of fault is among the rounds."""
    assert storm(1, rounds=3, calm=True) == (3, [])
    assert len(KINDS) == 10
