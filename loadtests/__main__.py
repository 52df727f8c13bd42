"""`python -m loadtests`: the process in which `idmock load` runs Locust. Options as in ``loadtests/locustfile.py``."""

from __future__ import annotations

import argparse
import sys

# Before anything that uses sockets or threads: the import puts Locust's own in their place.
import locust  # noqa: F401
from gevent.hub import Hub

from loadtests.run import run_locust

if __name__ == "__main__":
    # Ctrl-C ends a run with its report, and is no error to print.
    Hub.NOT_ERROR = (*Hub.NOT_ERROR, KeyboardInterrupt)
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--processes", type=int, default=1)
    known, rest = parser.parse_known_args(sys.argv[1:])
    run_locust(rest, known.processes)
