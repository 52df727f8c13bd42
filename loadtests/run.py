"""A run as `idmock load` makes it: Locust without its web interface, in this process or in several."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence

from loadtests.scenarios import HERE


def locust_arguments(arguments: Sequence[str], processes: int) -> list[str]:
    """Locust's command line: `idmock load`'s own options are those of ``locustfile.py``."""
    several = _together(processes) if processes > 1 else []
    # Locust's log and tables give way to the report; warnings and errors still reach stderr.
    quiet = ["--headless", "--only-summary", "--skip-log-setup"]
    return ["locust", "-f", str(HERE / "locustfile.py"), *quiet, *several, *arguments]


def _together(processes: int) -> list[str]:
    """A master and its workers, on a port that nobody else on this machine has and nobody else can reach."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    bind = ["--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--master-port", port]
    return ["--processes", str(processes), *bind]


def run_locust(arguments: Sequence[str], processes: int) -> None:
    """Run Locust to its end, in this process; it exits with the verdict's code.

    Locust rewrites the standard library's sockets and threads when it is imported, so nothing that needs those as they
    were may live in the same process.
    """
    sys.argv = locust_arguments(arguments, processes)
    from locust.main import main

    main()  # type: ignore[no-untyped-call]
