"""What a run of the suite is asked to do."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from conformance.cases import load_cases, select
from conformance.description import CAPABILITIES, Description, describe
from conformance.dialect import vendors
from conformance.errors import SuiteError
from conformance.model import LEVELS, Case, Result, Verdict


@dataclass(frozen=True)
class Expected:
    """A known deviation: cases whose failure is no news."""

    #: Of a case, with * and ? as in file names.
    id: str
    because: str


@dataclass(frozen=True)
class RunSettings:
    """One run: which cases, against what, at what cost."""

    description: Description
    vendors: tuple[str, ...] = ()
    level: str = "should"
    only: tuple[str, ...] = ()
    allow_load: bool = False
    max_calls: int | None = None
    expected: tuple[Expected, ...] = ()
    #: Folder for the reports.
    report: Path | None = None

    def cases(self) -> list[Case]:
        """The cases of the run, at least one. Raises SuiteError for a pattern that fits none."""
        found = select(self.vendors, self.level, self.only, self.allow_load)
        if not found:
            raise SuiteError(
                "none of the chosen cases is of this level, or they are load and need --allow-load"
            )
        return found

    def beyond_budget(self, cases: Sequence[Case]) -> frozenset[str]:
        """Ids of the cases that ``max_calls`` leaves no room for, in the order in which they would run.

        Every process that shares a run finds the same ones, so that the cap holds for all of them together.
        """
        if self.max_calls is None:
            return frozenset()
        left, beyond = self.max_calls, set()
        for case in cases:
            if case.calls_at_most <= left:
                left -= case.calls_at_most
            else:
                beyond.add(case.id)
        return frozenset(beyond)

    def with_expectation(self, result: Result) -> Result:
        """The result in the light of the known deviations."""
        known = next((e for e in self.expected if fnmatchcase(result.id, e.id)), None)
        if known is None or result.verdict not in (Verdict.FAIL, Verdict.PASS):
            return result
        if result.verdict is Verdict.FAIL:
            return replace(result, verdict=Verdict.EXPECTED_FAIL, reason=known.because)
        return replace(
            result,
            verdict=Verdict.UNEXPECTED_PASS,
            reason=f"it passes although {known.id!r} is listed as failing ({known.because}); take it from the list",
        )


def read_settings(
    *,
    base_url: str | None,
    environ: Mapping[str, str],
    target: Path | None = None,
    credentials: Sequence[str] = (),
    images: Path | None = None,
    capabilities: Sequence[str] = (),
    rate: float | None = None,
    expect: Path | None = None,
    level: str = "should",
    max_calls: int | None = None,
    **rest: Any,
) -> RunSettings:
    """Settings of a run; what they leave open the environment says, and then the description of the target.

    The variables are ``IDMOCK_BASE_URL``, ``IDMOCK_TARGET``, ``IDMOCK_IMAGES``, ``IDMOCK_CAPABILITY`` (several with
    spaces between), ``IDMOCK_RATE``, and ``IDMOCK_<VENDOR>_<NAME>`` for credentials. ``rest`` are members of
    `RunSettings`. Raises SuiteError in one sentence for what cannot be meant.
    """
    target = target or _path(environ.get("IDMOCK_TARGET"))
    description = describe(
        base_url or environ.get("IDMOCK_BASE_URL"), target, environ, _credentials(credentials)
    )
    capabilities = tuple(capabilities) or tuple(environ.get("IDMOCK_CAPABILITY", "").split())
    for name in capabilities:
        if name not in CAPABILITIES:
            raise SuiteError(f"no capability {name!r}; there are: {', '.join(CAPABILITIES)}")
    if level not in LEVELS:
        raise SuiteError(f"no level {level!r}; there are: {', '.join(LEVELS)}")
    changes: dict[str, Any] = {
        "images": images or _path(environ.get("IDMOCK_IMAGES")),
        "capabilities": capabilities or None,
        "requests_per_second": _rate(environ.get("IDMOCK_RATE") if rate is None else rate),
    }
    description = replace(description, **{k: v for k, v in changes.items() if v is not None})
    expected = read_expected(expect) if expect else ()
    if max_calls is not None and max_calls < 1:
        raise SuiteError(f"with max-calls {max_calls} nothing could be asked")
    return RunSettings(description, level=level, max_calls=max_calls, expected=expected, **rest)


def _credentials(given: Sequence[str]) -> dict[str, str]:
    """``vendor.name=value`` as a mapping; what stands in a message is never a value."""
    pairs = [pair.partition("=") for pair in given]
    if not all(equals for _, equals, _ in pairs):
        raise SuiteError("a credential is given as vendor.name=value")
    return {name: value for name, _, value in pairs}


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _rate(given: float | str | None) -> float | None:
    try:
        rate = None if given is None else float(given)
    except ValueError:
        rate = 0.0
    if rate is not None and not rate > 0:
        raise SuiteError(f"the rate is a number of calls per second, not {given!r}")
    return rate


def read_expected(path: Path) -> tuple[Expected, ...]:
    """Known deviations from a TOML file of ``[[expected]]`` tables with ``id`` and ``because``.

    Raises SuiteError that names what is wrong, a pattern that fits no case of any vendor among it.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        rows = document.pop("expected")
        found = tuple(Expected(**row) for row in rows)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SuiteError(f"{path} cannot be read: {error}") from None
    except (KeyError, TypeError, AttributeError):
        document, found = {"?": None}, ()
    if document or not all(isinstance(text, str) and text for e in found for text in (e.id, e.because)):
        raise SuiteError(f"{path}: it holds [[expected]] tables, each with the texts id and because")
    every = [case.id for vendor in vendors() for case in load_cases(vendor)]
    for row in found:
        if not any(fnmatchcase(id_, row.id) for id_ in every):
            raise SuiteError(f"{path}: no case fits {row.id!r}; `idmock conform --list` prints them all")
    return found
