"""Where the one line for every call goes; what stands in it is `mockserver.records.journal.line_of`.

It goes through `logging`, to the logger ``idmock.access``, wherever the application runs under somebody's own set-up.
`idmock serve` sets up one handler, which writes the bare text to stderr; there the line is written directly, at a
quarter of the cost, which was a sixth of all that a request costs.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable
from typing import TextIO

#: Takes one line, without its end.
WriteLine = Callable[[str], object]

log = logging.getLogger("idmock.access")


def set_up_logging(stream: TextIO, *, name_process: bool = False) -> WriteLine:
    """Let everything that is logged go to ``stream``, and return how the lines of calls get there.

    Where somebody has set up handlers or levels already, these decide. ``name_process`` puts the process in front of
    each line, for where several write.
    """
    configured = log.hasHandlers()
    line = "%(process)d %(message)s" if name_process else "%(message)s"
    logging.basicConfig(stream=stream, level=logging.INFO, format=line)
    if configured or not log.isEnabledFor(logging.INFO):
        return log.info
    try:
        return write_to(stream.fileno(), name_process=name_process)
    except OSError:  # a stream that is no file
        return log.info


def write_to(descriptor: int, *, name_process: bool = False) -> WriteLine:
    """Write each line to an open file, at once."""

    def write(line: str) -> None:
        # The process is asked for each time: workers are forked from the one that sets this up.
        text = f"{os.getpid()} {line}\n" if name_process else f"{line}\n"
        # A reader that has gone away, or a full disk, is no reason to fail a call; logging does not either.
        with contextlib.suppress(OSError):
            os.write(descriptor, text.encode("utf-8", "backslashreplace"))

    return write
