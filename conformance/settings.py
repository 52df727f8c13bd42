"""What a run of the suite is asked to do."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from conformance.cases import select
from conformance.errors import SuiteError
from conformance.model import Case, Result, Verdict
from conformance.target import Description, describe


@dataclass(frozen=True)
class Expected:
    """A known deviation: cases whose failure is no news."""

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
    report: Path | None = None

    def cases(self) -> list[Case]:
        """The cases of the run. Raises SuiteError for a pattern that fits none."""
        return select(self.vendors, self.level, self.only, self.allow_load)

    def beyond_budget(self, cases: Sequence[Case]) -> frozenset[str]:
        """Ids of the cases that ``max_calls`` leaves no room for, in the order in which they would run."""
        if self.max_calls is None:
            return frozenset()
        left, beyond = self.max_calls, set()
        for case in cases:
            if case.calls <= left:
                left -= case.calls
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
    target: Path | None,
    environ: Mapping[str, str],
    credentials: Sequence[str] = (),
    images: Path | None = None,
    capabilities: Sequence[str] = (),
    rate: float | None = None,
    expect: Path | None = None,
    **rest: object,
) -> RunSettings:
    """Settings from flags. Raises SuiteError in one sentence for what cannot be meant."""
    pairs = [pair.partition("=") for pair in credentials]
    for name, equals, _ in pairs:
        if not equals:
            raise SuiteError(f"a credential is given as vendor.name=value, not {name!r}")
    description = describe(base_url, target, environ, {name: value for name, _, value in pairs})
    changes: dict[str, object] = {
        "images": images,
        "capabilities": tuple(capabilities) or None,
        "requests_per_second": rate,
    }
    description = replace(description, **{k: v for k, v in changes.items() if v is not None})  # type: ignore[arg-type]
    return RunSettings(description, expected=read_expected(expect) if expect else (), **rest)  # type: ignore[arg-type]


def read_expected(path: Path) -> tuple[Expected, ...]:
    """Known deviations from a TOML file of ``[[expected]]`` tables with ``id`` and ``because``. Raises SuiteError."""
    try:
        rows = tomllib.loads(path.read_text("utf-8"))["expected"]
        return tuple(Expected(row["id"], row["because"]) for row in rows)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise SuiteError(
            f"{path}: {type(error).__name__}: {error}; it holds [[expected]] tables, each with id and because"
        ) from None
