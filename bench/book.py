"""The book side by side with its peers, in one run, on the same text.

    make bench            or: .venv/bin/python bench/book.py [N] [--runs R] [--json FILE]

Makes a workspace of N generated records (1,000 unless told), and measures reportgen cold,
with the text of one record changed and with nothing changed; one document for WeasyPrint;
the same for headless Chromium; a source for Typst. Of each: the median time of R runs, and of
a run more, in which looking does not cost time, the peak memory of all its processes together
and of the largest (resident, sampled twenty times a second); the bytes of the book. It prints
a table and writes JSON.

The peers are not in the lock files: Chromium is a program of the system, Typst a package that
the bench installs into a folder of its own. What is not there is told of and left out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import peers
import workspace

CHANGED = 500
"""Which record changes."""
TYPST = "0.15.2"
WEASYPRINT = "import sys, weasyprint as w; w.HTML(sys.argv[1]).write_pdf(sys.argv[2])"
COMPILE = (
    "import sys, typst; typst.compile(sys.argv[1], output=sys.argv[2], font_paths=[sys.argv[3]])"
)
FACES = """\
<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


@dataclass(frozen=True)
class Row:
    """What was measured: seconds, peak MB of all processes and of the largest, MB of the book."""

    seconds: list[float]
    together: float
    largest: float
    size: float


def group_memory(group: int) -> tuple[float, float]:
    """Return the resident MB of a process group: all together, and the largest."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == group:
                pages = int((folder / "statm").read_text().split()[1])
                found.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
        except (OSError, IndexError):
            continue
    return sum(found), max(found, default=0.0)


def timed(command: list[str], **environment: str) -> float:
    """Return the seconds that a command takes."""
    started = time.perf_counter()
    process = _started(command, environment)
    code = process.wait()
    seconds = time.perf_counter() - started
    if code:
        raise SystemExit(f"{command[0]} failed with {code}")
    return seconds


def weighed(command: list[str], **environment: str) -> tuple[float, float]:
    """Return the peak memory of a command's processes in MB: all together, and the largest."""
    together = largest = 0.0
    process = _started(command, environment)
    while process.poll() is None:
        now = group_memory(process.pid)
        together, largest = max(together, now[0]), max(largest, now[1])
        time.sleep(0.05)
    return together, largest


def _started(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        start_new_session=True,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def measured(command: list[str], product: Path, runs: int, **environment: str) -> Row:
    """Measure a command that writes `product`, the same each time."""
    times = [timed(command, **environment) for _ in range(runs)]
    together, largest = weighed(command, **environment)
    return Row(times, together, largest, product.stat().st_size / 1e6)


def builds(root: Path, runs: int) -> dict[str, Row]:
    """Measure reportgen cold, with one record changed, with nothing changed."""
    command = [sys.executable, "-m", "reportgen", "build", str(root), "-q"]
    record = root / f"report/cities/{workspace.latin(CHANGED)}.yaml"
    times: dict[str, list[float]] = {"cold": [], "one record changed": [], "nothing changed": []}
    memory = {}
    for number in range(runs + 1):
        shutil.rmtree(root / "build", ignore_errors=True)
        shutil.rmtree(root / ".reportgen", ignore_errors=True)
        for name, taken in times.items():
            if name == "one record changed":
                text = workspace.record(CHANGED, number + 1)
                record.write_text(text, encoding="utf-8")
            if number < runs:
                taken.append(timed(command))
            else:
                memory[name] = weighed(command)
    size = (root / "build/screen/ko/report.pdf").stat().st_size / 1e6
    return {f"reportgen, {name}": Row(times[name], *memory[name], size) for name in times}


def typst_python(folder: Path) -> Path:
    """Return a Python that has Typst, set up in `folder`."""
    python = folder / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", f"typst=={TYPST}"], check=True)
    return python


def rivals(root: Path, folder: Path, runs: int) -> dict[str, Row]:
    """Measure the peers."""
    peers.write(root, folder)
    fonts = Path(__file__).parent.parent / "fonts"
    faces = folder / "fonts.conf"
    faces.write_text(FACES.format(fonts=fonts, cache=folder / "cache"))
    page, source = folder / "one.html", folder / "one.typ"
    pdf = folder / "weasyprint.pdf"
    environment = {"FONTCONFIG_FILE": str(faces)}
    command = [sys.executable, "-c", WEASYPRINT, str(page), str(pdf)]
    found = {"WeasyPrint, one document": measured(command, pdf, runs, **environment)}
    if chromium := shutil.which("chromium"):
        shot = folder / "chromium.pdf"
        command = [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--no-pdf-header-footer", f"--user-data-dir={folder / 'profile'}",
            "--timeout=600000", f"--print-to-pdf={shot}", page.as_uri(),
        ]  # fmt: skip
        found["Chromium, one document"] = measured(command, shot, runs, **environment)
    else:
        print("chromium is not installed: left out", file=sys.stderr)
    python, set_ = typst_python(folder.parent / "typst"), folder / "typst.pdf"
    typst = [str(python), "-c", COMPILE, str(source), str(set_), str(fonts)]
    found["Typst, one document"] = measured(typst, set_, runs)
    return found


def machine() -> dict[str, object]:
    """Return what the figures were measured on."""
    cpu = next(
        (x.split(":")[1].strip() for x in Path("/proc/cpuinfo").read_text().splitlines()
         if x.startswith("model name")), platform.processor(),
    )  # fmt: skip
    chromium = shutil.which("chromium")
    return {
        "processor": cpu,
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        "python": platform.python_version(),
        "weasyprint": version("weasyprint"),
        "typst": TYPST,
        "chromium": chromium
        and subprocess.run([chromium, "--version"], capture_output=True, text=True, check=True)
        .stdout.strip(),
    }  # fmt: skip


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("count", nargs="?", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, default=Path("bench/book.json"))
    parser.add_argument("--alone", action="store_true", help="measure reportgen without peers")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workspace.make(folder / "records", asked.count)
        rows = builds(folder / "records", asked.runs)
        if not asked.alone:
            rows |= rivals(folder / "records", folder / "peers", asked.runs)
    print(f"{asked.count:,} records, median of {asked.runs}")
    print(f"{'':<32}{'seconds':>9}{'MB in all':>11}{'MB largest':>12}{'MB of book':>12}")
    for name, row in rows.items():
        seconds = statistics.median(row.seconds)
        print(
            f"{name:<32}{seconds:>9.2f}{row.together:>11.0f}{row.largest:>12.0f}{row.size:>12.2f}"
        )
    told = {
        "records": asked.count,
        "runs": asked.runs,
        "machine": machine(),
        "rows": {name: asdict(row) for name, row in rows.items()},
    }
    asked.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
