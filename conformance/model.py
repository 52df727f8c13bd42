"""The values that the suite hands around: what is sent, what came back, what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

from conformance.errors import Misshapen
from conformance.strictjson import parse

#: How binding a clause is: documented by the vendor, observed or commonly relaxed, inferred.
LEVELS = ("must", "should", "may")
#: How often calls are made that have to lie within one second, until they do.
LOAD_TRIES = 5


@dataclass(frozen=True)
class Case:
    """One row of ``conformance/vendors/<vendor>/*.json``; ``case.schema.json`` says what each member means."""

    id: str
    level: str
    source: Mapping[str, str]
    says: str
    send: Mapping[str, Any]
    expect: Mapping[str, Any]
    heading: str
    needs: tuple[str, ...] = ()
    first: tuple[Mapping[str, Any], ...] = ()

    @property
    def vendor(self) -> str:
        return self.id.partition("/")[0]

    @property
    def state(self) -> str:
        """State of the account that calls."""
        account = self.send.get("account", "active")
        return account if isinstance(account, str) else str(account["state"])

    @property
    def account_limits(self) -> Mapping[str, int]:
        account = self.send.get("account", {})
        return {} if isinstance(account, str) else account.get("limits", {})

    @property
    def is_load(self) -> bool:
        """Whether the case sends more than a few calls, which ``--allow-load`` has to permit."""
        return "load" in self.send

    @property
    def calls(self) -> int:
        """Calls that the case makes; one for a token before them costs nothing and does not count."""
        load = self.send.get("load", {})
        own = load.get("requests", self.send.get("repeat", 1))
        return int(own) + sum(int(call["send"].get("repeat", 1)) for call in self.first)

    @property
    def calls_at_most(self) -> int:
        """What the case can cost."""
        return self.calls * (LOAD_TRIES if self.send.get("load", {}).get("within") else 1)


@dataclass(frozen=True)
class Request:
    """A request as it goes out: ``target`` stands in the request line, ``service`` says for which host it is."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""
    #: When set, the body goes out in chunked transfer coding, in pieces of this many bytes.
    chunk_bytes: int | None = None
    service: str = "ocr"

    def with_headers(self, changes: Mapping[str, str | None]) -> Self:
        """Headers changed or, with None, left out, whatever the case of their names."""
        changed = {name.lower() for name in changes}
        kept = {name: value for name, value in self.headers.items() if name.lower() not in changed}
        return replace(self, headers=kept | {n: v for n, v in changes.items() if v is not None})


@dataclass(frozen=True)
class Answer:
    """A response as it came; ``headers`` in order and in the spelling of the wire."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    seconds: float = 0.0

    def header(self, name: str) -> str | None:
        """The header of that name in any case, None when there is none; what came twice is one list (RFC 9110, 5.3)."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    @cached_property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @cached_property
    def json(self) -> Any:
        """The body parsed. Raises ValueError when it is no JSON."""
        return parse(self.body)


@dataclass(frozen=True)
class Reading:
    """What a vendor's answer means.

    ``document`` is what pointers of ``expect.values`` walk through: the parsed body, with JSON inside strings parsed
    too where the vendor nests it. ``shape`` names the schema file that the body has to fit ("response", "error"), None
    for a body that has none. A success has no ``code``.
    """

    ok: bool
    document: Any
    shape: str | None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    #: What is held against the schema, when that is not ``document``.
    instance: Any = None

    def __post_init__(self) -> None:
        """Raises Misshapen for a code that is no text: everything that looks at codes compares texts."""
        if not isinstance(self.code, str | None):
            raise Misshapen(f"a code that is no text but {type(self.code).__name__}")


@dataclass(frozen=True)
class Failure:
    """One thing that is not as the clause says: the question, where in the answer, what was expected, what is there."""

    question: str
    at: str
    expected: str
    actual: str


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    #: Failed, and the list of known deviations says so.
    EXPECTED_FAIL = "expected-fail"
    #: Passed although the list of known deviations has it: the list is out of date.
    UNEXPECTED_PASS = "unexpected-pass"  # noqa: S105
    #: The target lacks what the case needs.
    NOT_APPLICABLE = "not-applicable"
    #: It could not be judged: no connection, no answer in time, throttled, a mistake of the suite.
    ERROR = "error"
    #: The run ended before it.
    NOT_RUN = "not-run"


@dataclass(frozen=True)
class Result:
    """What came of a case."""

    id: str
    vendor: str
    heading: str
    level: str
    says: str
    source: Mapping[str, str]
    verdict: Verdict
    reason: str = ""
    failures: tuple[Failure, ...] = ()
    #: The last request as a curl line and its answer, secrets and pictures replaced; "" when none was sent.
    request: str = ""
    answer: str = ""
    calls: int = 0
    seconds: float = 0.0

    @classmethod
    def of(cls, case: Case, verdict: Verdict, **more: Any) -> Self:
        return cls(case.id, case.vendor, case.heading, case.level, case.says, case.source, verdict, **more)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        failures = tuple(Failure(**f) for f in document["failures"])
        return cls(**{**document, "verdict": Verdict(document["verdict"]), "failures": failures})


@dataclass(frozen=True)
class Account:
    """Credentials by the names that the vendor's accounts have in ``fixtures/accounts.json``."""

    vendor: str
    state: str
    credentials: Mapping[str, str] = field(repr=False)
    #: Set for an account that was minted for a case, and is removed after it.
    name: str | None = None
