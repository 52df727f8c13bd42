"""`python -m loadtests.limiter`: the process in which `idmock load --scenario limit` runs, with the same options."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

# Before anything that uses sockets or threads: the import puts Locust's own in their place.
import locust  # noqa: F401
from gevent.hub import Hub

from conformance.errors import SuiteError
from loadtests.errors import LoadError
from loadtests.limiter.run import verify
from loadtests.report import publish
from loadtests.settings import LoadSettings, read_settings


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="idmock load", allow_abbrev=False)
    parser.add_argument("--host")
    parser.add_argument("--vendor", action="append", default=[])
    parser.add_argument("--scenario", default="limit")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--connections", type=int)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--target", type=Path)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--i-own-this-target", action="store_true")
    return parser.parse_args(words)


def _settings(words: Sequence[str]) -> LoadSettings:
    """Raises SuiteError in one sentence."""
    options = _parse(words)
    for name, unusual in (("processes", options.processes != 1), ("connections", options.connections)):
        if unusual:
            raise LoadError(
                f"scenario {options.scenario!r} chooses its traffic itself; --{name} does not fit it"
            )
    return read_settings(
        base_url=options.host,
        scenario=options.scenario,
        environ=os.environ,
        vendor=options.vendor,
        target=options.target,
        images=options.images,
        own_target=options.i_own_this_target,
        report=options.report,
    )


def main(words: Sequence[str]) -> int:
    """Run the verification and publish its report; the exit code of its verdict, 2 when there is none."""
    try:
        settings = _settings(words)
        report = verify(settings)
        publish(report, settings.report)
    except SuiteError as error:
        print(f"idmock: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"idmock: the report cannot be written: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("idmock: stopped before the first call", file=sys.stderr)
        return 2
    except Exception:  # noqa: BLE001  exit code 1 would say that the target is wrong
        traceback.print_exc()
        return 2
    return report.verdict.exit_code


if __name__ == "__main__":
    # Ctrl-C ends a run with its report, and is no error to print.
    Hub.NOT_ERROR = (*Hub.NOT_ERROR, KeyboardInterrupt)
    sys.exit(main(sys.argv[1:]))
