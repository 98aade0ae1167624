"""A worker of another machine, as somebody starts it by hand: `python remote.py PORT`.

It knows nothing but an address, where it is told what to do.
"""

from __future__ import annotations

import sys
from multiprocessing.connection import Client

from reportgen.building.jobs import start

KEY = b"for the tests"


def main(port: int) -> None:
    """Do jobs until there are no more."""
    with Client(("127.0.0.1", port), authkey=KEY) as line:
        start(line.recv())
        while job := line.recv():
            function, arguments = job
            line.send(function(*arguments))


if __name__ == "__main__":
    main(int(sys.argv[1]))
