"""The client against vendors that misbehave. `pip install idcard-mock` is all that pytest needs for ``idmock``.

Every test mints its own accounts, so none sees the limits, faults or journal of another, in parallel runs either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from reader import Megvii, Misconfigured, Person, PictureRefused, Reader, Tencent, Unavailable

from mockserver.accounts import Account
from mockserver.testing import MockServer

PERSON = "饶光鸣", "370117199502149751"
FAST = 0.5  # seconds that the clients wait for an answer


@dataclass
class Bench:
    """A reader with two vendors, and what a test does to them."""

    mock: MockServer
    tencent: Account
    megvii: Account
    reader: Reader
    pauses: list[float]

    def read(self, specimen: str = "front") -> Person:
        return self.reader.read(self.mock.specimen(specimen))

    def codes(self, account: Account) -> list[str]:
        """What the mock answered an account, in order."""
        return [entry["code"] for entry in reversed(self.mock.journal(account=account))]


@pytest.fixture
def bench(idmock: MockServer, idmock_account: Callable[..., Account]) -> Iterator[Callable[..., Bench]]:
    """``bench(limits=...)``: Tencent first, with these limits; then Megvii. No pause is really waited for."""
    opened = []

    def make(limits: dict[str, int] | None = None, secret_key: str | None = None) -> Bench:
        first, second = idmock_account("tencent", limits=limits), idmock_account("megvii")
        key = first.credentials
        tencent = Tencent(idmock.endpoint("tencent"), key["secret_id"], secret_key or key["secret_key"], FAST)
        megvii = Megvii(idmock.endpoint("megvii"), **second.credentials, timeout_seconds=FAST)
        opened.append(megvii)
        pauses: list[float] = []

        def pass_time(seconds: float) -> None:
            pauses.append(seconds)
            idmock.clock.shift(seconds)

        return Bench(idmock, first, second, Reader([tencent, megvii], sleep=pass_time), pauses)

    yield make
    for client in opened:
        client.close()
    idmock.clock.reset()


def test_first_vendor_answers(bench: Callable[..., Bench]) -> None:
    """The second one is not asked, and not paid."""
    it = bench()
    assert it.read() == Person(*PERSON, "tencent")
    assert it.codes(it.megvii) == []


def test_throttled_vendor_is_waited_for(bench: Callable[..., Bench]) -> None:
    """One call a second is allowed: the second call of the same second is refused, and works after a pause."""
    it = bench(limits={"requests_per_second": 1})
    it.mock.clock.freeze()  # both calls are in one second, however slow this machine is
    assert it.read().read_by == "tencent"
    assert it.read().read_by == "tencent"
    assert it.codes(it.tencent) == ["ok", "RequestLimitExceeded", "ok"]
    assert it.pauses == [1.0]


def test_vendor_that_stays_throttled_is_left(bench: Callable[..., Bench]) -> None:
    """After three refusals and two pauses, each twice the one before."""
    it = bench()
    with it.mock.fault(account=it.tencent, code="RequestLimitExceeded"):
        assert it.read() == Person(*PERSON, "megvii")
    assert it.codes(it.tencent) == ["RequestLimitExceeded"] * 3
    assert it.pauses == [1.0, 2.0]


@pytest.mark.parametrize(
    "failure",
    [
        {"code": "InternalError"},
        {"fault": "html-error", "status": 503},
        {"fault": "connection-reset"},
        {"fault": "truncated-body"},
    ],
    ids=lambda failure: next(iter(failure.values())),
)
def test_failure_of_a_moment_is_tried_again(bench: Callable[..., Bench], failure: dict[str, Any]) -> None:
    """The same vendor answers the second call."""
    it = bench()
    with it.mock.fault(account=it.tencent, sequence=[failure, {}]):
        assert it.read().read_by == "tencent"
    assert len(it.codes(it.tencent)) == 2
    assert it.codes(it.megvii) == []


def test_slow_vendor_is_left(bench: Callable[..., Bench]) -> None:
    """An answer that takes longer than the client waits is no answer."""
    it = bench()
    with it.mock.fault(account=it.tencent, latency_ms=FAST * 3000):
        assert it.read().read_by == "megvii"


def test_wrong_signature_is_not_hidden(bench: Callable[..., Bench]) -> None:
    """One call, no second vendor; the mock says what was wrong with it."""
    it = bench(secret_key="not-the-secret")
    with pytest.raises(Misconfigured, match=r"AuthFailure\.SignatureFailure"):
        it.read()
    assert it.codes(it.tencent) == ["AuthFailure.SignatureFailure"]
    assert it.codes(it.megvii) == []


def test_bad_picture_is_paid_for_once(bench: Callable[..., Bench]) -> None:
    """Nobody else is asked about a picture without a card."""
    it = bench()
    with pytest.raises(PictureRefused, match="ImageNoIdCard"):
        it.read("no-card")
    assert it.codes(it.megvii) == []


def test_all_vendors_down(bench: Callable[..., Bench]) -> None:
    """The error names each of them."""
    it = bench()
    with (
        it.mock.fault(account=it.tencent, code="ServiceUnavailable"),
        it.mock.fault(account=it.megvii, fault="html-error"),
        pytest.raises(ExceptionGroup) as caught,
    ):
        it.read()
    assert [type(error) for error in caught.value.exceptions] == [Unavailable, Unavailable]
    assert [error.vendor for error in caught.value.exceptions] == ["tencent", "megvii"]
