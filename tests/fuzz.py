"""Runs a target of `fuzzing` for long, led by what code an input reaches (libFuzzer).

make fuzz TARGET=record SECONDS=600
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["reportgen"]):
    import fuzzing


def main() -> None:
    """Fuzz one target, from its good files on."""
    target, seconds = sys.argv[1:3]
    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{target}-"))
    for number, seed in enumerate(fuzzing.seeds(target)):
        (corpus / str(number)).write_bytes(seed)
    words = corpus.with_suffix(".dict")
    escaped = ("".join(f"\\x{byte:02x}" for byte in token) for token in fuzzing.TOKENS)
    words.write_text("".join(f'"{token}"\n' for token in escaped), "ascii")
    options = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2000", "-max_len=100000"]
    atheris.Setup(
        [sys.argv[0], *options, f"-dict={words}", str(corpus)],
        lambda content: fuzzing.tried(target, content),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
