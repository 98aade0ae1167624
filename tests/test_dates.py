"""The date that files carry: the edition's, never that of their making."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from conftest import Run, Small

EPOCH = "SOURCE_DATE_EPOCH"
DAY = "2023-02-07T15:30:05Z"
SECONDS = "1675783805"
YEAR = "2022-01-01T00:00:00Z"


def dated(small: Small, date: str = "date: 2024-03-09") -> None:
    report = small.root / "report" / "report.yaml"
    report.write_text(report.read_text("utf-8") + f"{date}\n", "utf-8")


def told(path: Path) -> set[str]:
    """Return all dates that a file says of itself, in ISO 8601."""
    with pikepdf.open(path) as pdf:
        info = {str(pdf.docinfo[key]) for key in ("/CreationDate", "/ModDate")}
        meta = pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False)
        found = {str(meta[f"xmp:{key}Date"]) for key in ("Create", "Modify", "Metadata")}
    for date in info:
        d = date.removeprefix("D:")
        found.add(f"{d[:4]}-{d[4:6]}-{d[6:8]}T{d[8:10]}:{d[10:12]}:{d[12:14]}{d[14:]}")
    return found


@pytest.mark.parametrize(
    ("date", "epoch", "expected"),
    [
        ("", "", YEAR),
        ("", SECONDS, DAY),
        ("date: 2024-03-09", "", "2024-03-09T00:00:00Z"),
        ("date: 2024-03-09", SECONDS, "2024-03-09T00:00:00Z"),
    ],
)
def test_a_file_is_dated(small: Small, run: Run, date: str, epoch: str, expected: str) -> None:
    small.bind()
    dated(small, date)
    assert run("build", small.root, "--lang", "en", env={EPOCH: epoch}).returncode == 0
    for name in ("alpha", "report"):
        assert told(small.root / "build" / "screen" / "en" / f"{name}.pdf") == {expected}
    assert run("verify", small.root / "build").returncode == 0


def test_another_date_makes_the_file_anew_and_the_same_does_not(small: Small, run: Run) -> None:
    def build(epoch: str) -> set[str]:
        assert run("build", small.root, "-q", env={EPOCH: epoch}).returncode == 0
        return told(small.root / "build" / "screen" / "ko" / "alpha.pdf")

    assert build(SECONDS) == {DAY}
    assert "SOURCE_DATE_EPOCH changed" in run("status", small.root, env={EPOCH: "1"}).stdout
    assert "changed" not in run("status", small.root, env={EPOCH: SECONDS}).stdout
    assert build("1") == {"1970-01-01T00:00:01Z"}
    assert build("") == {YEAR}
    dated(small)
    assert build("") == {"2024-03-09T00:00:00Z"}
    assert "changed" not in run("status", small.root, env={EPOCH: SECONDS}).stdout


def test_a_date_that_is_none_is_told(small: Small, run: Run) -> None:
    done = run("build", small.root, env={EPOCH: "yesterday"})
    assert done.returncode == 2
    assert "SOURCE_DATE_EPOCH is 'yesterday', expected a number of seconds" in done.stderr
    dated(small, "date: 2023-02-30")
    done = run("build", small.root)
    assert done.returncode == 3
    assert "no day of the calendar, found '2023-02-30' [date]" in done.stderr
