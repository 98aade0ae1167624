"""The entry of the command; kept bare, because every worker process loads it."""

import sys


def main() -> None:
    """Run the command and leave with its exit code."""
    from reportgen.cli import run  # noqa: PLC0415 - workers need no command line

    sys.exit(run())


if __name__ == "__main__":
    main()
