"""`python -m loadtests.fresh smoke limit`: scenarios for every vendor against a mock of their own. `make load`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def fresh_mock() -> Iterator[str]:
    """The address of a mock on a free port, for as long as the block lasts. Raises RuntimeError when none starts."""
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0"]
    with subprocess.Popen(  # noqa: S603  our own module under our own interpreter
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.startswith("idmock ready "):
                raise RuntimeError(f"the mock did not start: {line!r}")
            yield line.split()[-1]
        finally:
            process.terminate()


def main(scenarios: Sequence[str]) -> int:
    """Run each scenario with `idmock load`; the highest exit code."""
    codes = [0]
    with fresh_mock() as url:
        for scenario in scenarios:
            command = [sys.executable, "-m", "mockserver", "load", url, "--scenario", scenario]
            codes.append(subprocess.call(command))  # noqa: S603
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
