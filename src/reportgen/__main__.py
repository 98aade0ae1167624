"""The entry of the command; kept bare, because every worker process loads it."""

import signal
import sys


def main() -> None:
    """Run the command and leave with its exit code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Until the command has a handler of its own: no traceback of what is being loaded.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from reportgen.cli import run  # noqa: PLC0415 - workers need no command line

    sys.exit(run())


if __name__ == "__main__":
    main()
