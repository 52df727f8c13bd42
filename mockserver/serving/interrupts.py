"""What Ctrl-C and SIGTERM do to the command `idmock`: nothing that shows, whenever they come.

Most of a start is imports, and one that is interrupted shows a traceback, or brings the interpreter down while it ends.
So the command ends at once, until it says that it has something to tidy up.
"""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def end_at_once() -> None:
    """From now on a signal ends this process without a word. One that is ignored (nohup, a shell's ``&``) stays so."""
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def tidy_up_first() -> None:
    """From now on a signal is an exception: KeyboardInterrupt, or SystemExit for SIGTERM."""
    for number, handler in zip(_SIGNALS, (signal.default_int_handler, _leave), strict=True):
        if signal.getsignal(number) is _end:
            signal.signal(number, handler)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    """As the signal's own default does, so that a shell sees what happened."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    # Still here: the first process of a container is spared by defaults.
    os._exit(128 + number)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
