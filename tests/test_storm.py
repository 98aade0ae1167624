"""A short storm: builds that are killed and starved; `make storm` runs for long.

A storm in which no check can fail would show nothing, so each is made to.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import storm
from storm import KINDS, PROC, Ground, Round

pytestmark = pytest.mark.skipif(not PROC.exists(), reason="processes are found in /proc")


@pytest.fixture(scope="module")
def laid() -> Iterator[Ground]:
    """The ground of all rounds here."""
    with storm.ground() as ground:
        yield ground


def test_a_storm_leaves_whole_products_and_nothing_else(laid: Ground) -> None:
    played, faults = storm.storm(laid, 2026, rounds=9)
    assert faults == []
    assert played["rounds"] == 9
    assert len(played) > 5


def test_where_nothing_happens_there_is_no_fault(laid: Ground) -> None:
    played, faults = storm.storm(laid, 1, rounds=2, calm=True)
    assert (played["rounds"], faults) == (2, [])
    assert len(KINDS) == 12


# Each check can fail.

PRODUCT = "screen/en/alpha.pdf"


class Harmed(Round):
    """A build with nothing to do, and something that is done once it has ended."""

    def __init__(self, ground: Ground, harm: Callable[[Harmed], int | None]) -> None:
        super().__init__(ground, 1, calm=True)
        self.state, self.jobs, self.book, self.harm = "unchanged", 1, False, harm
        self.right = ground.right[False, False]
        self.out = self.root / "build"
        self.product = self.out / PRODUCT

    def _play(self) -> int:
        code = super()._play()
        return code if (harmed := self.harm(self)) is None else harmed


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def leave(command: str, *, told: bool) -> Callable[[Harmed], None]:
    """Leave a process that shows its folder, or one that is of the session of the build."""

    def harm(played: Harmed) -> None:
        env = played.ground.environment() if told else {"PATH": os.environ["PATH"]}
        leader = subprocess.Popen(["sh", "-c", command], env=env, start_new_session=True, text=True)
        leader.wait()
        if not told:
            played.process = leader

    return harm


def say(text: str) -> Callable[[Round], None]:
    return lambda played: write(played.ground.place / "said", text)


FILE, PROCESS = "left after 0.3 s: file ", "left after 0.3 s: process "
HARMS: list[tuple[Callable[[Harmed], int | None], tuple[str, ...]]] = [
    (lambda p: write(p.temporary / "x", ""), (f"{FILE}x", "left for good: t/x")),
    (leave("sleep 60 &", told=True), (PROCESS,)),
    (leave("sleep 3 &", told=False), (PROCESS,)),
    (lambda p: write(p.ground.place / "h" / ".cache", ""), ("left for good: h/.cache",)),
    (lambda p: write(p.ground.place / "s" / "a" / "b", ""), ("left for good: s/a/b",)),
    (
        lambda p: write(p.root / ".reportgen" / "records" / ".x.part", ""),
        ("left for good: w/.reportgen/records/.x.part",),
    ),
    (lambda _: 1, ("left with 1, which the README does not name",)),
    (lambda _: -9, ("left with -9, which the README does not name",)),
    (lambda _: 6, ("left with 6, instead of 0",)),
    (say("Traceback (most recent call last)"), ("says Traceback",)),
    (say("Fatal Python error"), ("says Traceback: Fatal",)),
    (
        lambda p: write(p.product, "%PDF-1.7"),
        (
            f"{PRODUCT} is neither the old product nor the new one",
            f"{PRODUCT} does not open",
            f"{PRODUCT} is not what the manifest says",
        ),
    ),
    (
        lambda p: p.product.unlink(),
        (
            f"{PRODUCT}, which the manifest names, is not there",
            "left with 0, and has other bytes",
        ),
    ),
    (lambda p: (p.out / "manifest.json").unlink(), ("there are products and no manifest",)),
    (lambda p: write(p.out / "manifest.json", "{"), ("the manifest cannot be read",)),
    (
        lambda p: write(p.root / "report" / "report.yaml", "no: report"),
        ("the next build left with 3",),
    ),
    (lambda p: storm.edit(p.root), ("the next build has other bytes",)),
]


@pytest.mark.parametrize(("harm", "told"), HARMS, ids=[told[0] for _, told in HARMS])
def test_each_check_can_fail(
    laid: Ground, monkeypatch: pytest.MonkeyPatch,
    harm: Callable[[Harmed], int | None], told: tuple[str, ...],
) -> None:  # fmt: skip
    monkeypatch.setattr(storm, "PATIENCE", 0.3)
    found = Harmed(laid, harm).run()
    for start in told:
        assert any(fault.startswith(start) for fault in found), found


def test_a_build_that_hangs_is_told_and_ended(
    laid: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storm, "LIMIT", 0.5)
    endless = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(storm, "command", lambda *_: endless)
    found = Harmed(laid, lambda _: None).run()
    assert found[0].startswith("hung for 0.5 s")
    assert "the next build hung for 0.5 s" in found
    assert storm.working(laid.place / "t") == []


def test_only_what_is_of_the_round_is_ended(laid: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not what happens to have the number of its session; and nothing, if no build was begun."""
    ended: list[int] = []
    monkeypatch.setattr(storm, "_signal", lambda pid, _: ended.append(pid))
    with subprocess.Popen(["sleep", "60"], start_new_session=True, text=True) as other:
        played = Harmed(laid, lambda _: None)
        played._end_rest()
        played.process = other
        assert other.pid in {pid for pid, _ in played._processes()}
        played._end_rest()
        other.kill()
    assert ended == []
    with pytest.raises(AssertionError):
        storm.working(laid.place / "t", 0)
    assert os.getpid() not in {pid for pid, _ in storm.working(laid.place / "t")}
