"""How long the published sample takes, how much memory, how many bytes.

    make bench            or: .venv/bin/python bench/sample.py [runs]

Builds the 62 profiles and two books of this repository cold, with all cores and with one, then
all editions, and prints the median of the runs with the peak memory of the largest process;
then what `word-break: keep-all` costs against the engine's own line breaking on the same text.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent


def processes(group: int) -> dict[int, int]:
    """Return the peak resident memory in kB of each process of a group, by its id."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) != group:
                continue
            status = (folder / "status").read_text()
        except (OSError, ProcessLookupError):
            continue
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                found[int(folder.name)] = int(line.split()[1])
    return found


def build(*options: str) -> tuple[float, float, float]:
    """Return seconds, MB of the largest process, MB of all products of a cold build."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "reportgen", "build", str(ROOT), "-q",
             "--out", f"{folder}/build", "--store", f"{folder}/store", *options],
            start_new_session=True,
        )  # fmt: skip
        peaks: dict[int, int] = {}
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.02):
                peaks.update(processes(process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        process.wait()
        seconds = time.perf_counter() - started
        done.set()
        watcher.join()
        if process.returncode:
            raise SystemExit(process.returncode)
        size = sum(p.stat().st_size for p in Path(folder).rglob("*.pdf"))
    return seconds, max(peaks.values()) / 1024, size / 1e6


def line_breaking(runs: int) -> tuple[float, float]:
    """Return milliseconds to set Shanghai in Korean: as it is, and without keep-all."""
    from reportgen import markup, typefaces
    from reportgen.plan.values import Section
    from reportgen.press import Press
    from reportgen.records import records
    from reportgen.records.workspace import Workspace
    from reportgen.typefaces.programs import compacted

    workspace = Workspace(ROOT)
    known = records.read(workspace)
    city = next(c for c in known.cities if c.id == "shanghai")
    composed = markup.Composer(workspace, known).compose(Section(city, "ko", "screen"))
    css = {name: workspace.text(f"templates/{name}") for name in composed.styles}
    times: dict[str, list[float]] = {"keep-all": [], "normal": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        typefaces.configure(folder)
        faces = typefaces.load(workspace)
        for face in faces.faces:
            copy = compacted(faces.folder / face.file, faces.needed(set(composed.html)))
            (folder / face.file).write_bytes(copy)
        presses = {
            word_break: Press(
                folder / "fonts.conf",
                {
                    name: text.replace("word-break: keep-all", f"word-break: {word_break}")
                    for name, text in css.items()
                },
                workspace.read,
                {},
            )
            for word_break in times
        }
        for press in presses.values():
            press.set(composed)
        for _ in range(runs):
            for word_break, press in presses.items():
                started = time.perf_counter()
                press.set(composed)
                times[word_break].append(time.perf_counter() - started)
    return tuple(statistics.median(times[w]) * 1000 for w in ("keep-all", "normal"))  # type: ignore[return-value]


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{'the sample, cold':<24}{'seconds':>10}{'MB a process':>14}{'MB of PDF':>11}")
    for name, options in (("all cores", ()), ("one process", ("--jobs", "1")),
                          ("all editions", ("--edition", "all"))):  # fmt: skip
        results = [build(*options) for _ in range(runs)]
        seconds, memory, size = (statistics.median(r[i] for r in results) for i in range(3))
        print(f"{name:<24}{seconds:>10.2f}{memory:>14.0f}{size:>11.2f}")
    kept, plain = line_breaking(runs * 5)
    print(f"\nShanghai in Korean: {kept:.0f} ms a setting, {plain:.0f} ms with the engine's own")
    print(f"line breaking: keep-all costs {kept / plain - 1:+.0%}")


if __name__ == "__main__":
    main()
