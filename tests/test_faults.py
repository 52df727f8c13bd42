"""Failures on demand: whom they meet, how often they act, and what a client sees of them."""

from __future__ import annotations

import http.client
import socket
import statistics
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from mockserver import vendors
from mockserver.accounts import Account
from mockserver.clock import Clock
from mockserver.faults import FaultError
from mockserver.faults.model import Latency, from_json
from mockserver.testing import MockServer
from tests.conftest import StartMock
from tests.serving import served

Mint = Callable[..., Account]
#: A row of each vendor's own catalogue that an ordinary call does not lead to.
ROWS = {
    "tencent": "FailedOperation.OcrFailed",
    "aliyun": "ServiceUnavailable",
    "huawei": "ModelArts.4502",
    "megvii": "INTERNAL_ERROR",
    "alimarket": "X503BZ",
}


@pytest.fixture
def waits() -> list[float]:
    """What a server of the test waited for, in seconds."""
    return []


@pytest.fixture
def mock(start_mock: StartMock, waits: list[float]) -> MockServer:
    """A server whose waits are written down in place of being waited for."""
    return start_mock(sleep=waits.append)


def call(mock: MockServer, account: Account) -> str:
    """One call with the vendor's client: ``ok``, or the vendor's code."""
    try:
        vendors.load(account.vendor).client.call(mock.url, account, mock.specimen("front"))
    except RuntimeError as error:
        return str(error)
    return "ok"


def outcomes(mock: MockServer, account: Account, calls: int) -> list[str]:
    return [call(mock, account) for _ in range(calls)]


def send(mock: MockServer, **headers: str) -> requests.Response:
    """A call of Tencent's without a signature."""
    return requests.post(mock.url, json={}, headers={"X-TC-Action": "IDCardOCR", **headers}, timeout=10)


class TestWhomItMeets:
    @pytest.mark.parametrize("vendor", sorted(ROWS))
    def test_any_row_of_a_vendors_catalogue_by_name(self, mock: MockServer, vendor: str) -> None:
        """For one account, in the vendor's own envelope; the account beside it goes on."""
        one, other = mock.mint(vendor), mock.mint(vendor)
        with mock.fault(account=one, code=ROWS[vendor]) as fault:
            assert ROWS[vendor] in call(mock, one)
            assert call(mock, other) == "ok"
        assert call(mock, one) == "ok"
        assert mock.journal(account=one, code=ROWS[vendor])[0]["faults"] == [fault.id]

    def test_a_vendor(self, mock: MockServer) -> None:
        """All accounts of it, and no other vendor."""
        with mock.fault(vendor="tencent", code="InternalError"):
            assert call(mock, mock.account("tencent")) == "InternalError"
            assert call(mock, mock.account("aliyun")) == "ok"

    def test_everywhere(self, mock: MockServer) -> None:
        """No vendor answers as usual."""
        with mock.fault(latency_ms=1):
            for vendor in vendors.names():
                assert call(mock, mock.account(vendor)) == "ok"
        for vendor in vendors.names():
            assert mock.journal(vendor)[0]["faults"]

    def test_an_operation(self, mock: MockServer) -> None:
        """That of another name goes through: here the listing of projects."""
        account = mock.mint("huawei")
        with mock.fault(vendor="huawei", operation="KeystoneListProjects", code="ModelArts.4502"):
            assert call(mock, account) == "ok"
        with mock.fault(vendor="huawei", operation="RecognizeIdCard", code="ModelArts.4502"):
            assert "ModelArts.4502" in call(mock, account)

    def test_a_fault_for_a_vendor_wins_over_what_is_wrong_with_the_request(self, mock: MockServer) -> None:
        """As when the service is down: nobody looks at the signature."""
        with mock.fault(vendor="tencent", code="InternalError"):
            answer = send(mock)
        assert answer.headers["X-IDMock-Rule"] == "InternalError"
        assert answer.headers["X-IDMock-Fault"].startswith("fault-")

    def test_one_for_an_account_does_not_meet_a_request_without_it(self, mock: MockServer) -> None:
        """Nobody knows whose it is."""
        with mock.fault(account=mock.account("tencent"), code="InternalError"):
            assert send(mock).headers["X-IDMock-Rule"] == "MissingParameter"


class TestHowOften:
    def test_a_count(self, mock: MockServer) -> None:
        """Then it is spent."""
        account = mock.mint("tencent")
        with mock.fault(account=account, code="InternalError", count=2):
            assert outcomes(mock, account, 4) == ["InternalError"] * 2 + ["ok"] * 2

    def test_a_sequence(self, mock: MockServer) -> None:
        """Fail, fail in another way, succeed; then nothing more happens."""
        account = mock.mint("tencent")
        sequence = [{"code": "InternalError"}, {"code": "FailedOperation.OcrFailed"}, {}]
        with mock.fault(account=account, sequence=sequence):
            assert outcomes(mock, account, 4) == ["InternalError", "FailedOperation.OcrFailed", "ok", "ok"]

    def test_a_sequence_with_a_count_begins_anew(self, mock: MockServer) -> None:
        """The count is of requests, not of rounds."""
        account = mock.mint("tencent")
        with mock.fault(account=account, sequence=[{"code": "InternalError"}, {}], count=3):
            assert outcomes(mock, account, 5) == ["InternalError", "ok", "InternalError", "ok", "ok"]

    def test_a_probability_is_seeded(self, mock: MockServer) -> None:
        """The same seed fails the same requests, another one others."""
        runs = []
        for seed in (1, 1, 2):
            account = mock.mint("tencent", limits={"requests_per_second": 1_000_000})
            with mock.fault(account=account, code="InternalError", probability=0.5, seed=seed):
                runs.append(outcomes(mock, account, 24))
        assert runs[0] == runs[1] != runs[2]
        assert 4 < runs[0].count("InternalError") < 20

    def test_a_probability_with_a_count(self, mock: MockServer) -> None:
        """The count is of requests that it acted on."""
        account = mock.mint("tencent", limits={"requests_per_second": 1_000_000})
        with mock.fault(account=account, code="InternalError", probability=0.5, seed=3, count=2):
            assert outcomes(mock, account, 24).count("InternalError") == 2

    def test_the_seed_is_shown(self, mock: MockServer) -> None:
        """One that was drawn too, so that a run can be repeated."""
        fault = mock.fault(code="InternalError", vendor="tencent", probability=0.5)
        listed = requests.get(f"{mock.url}/_idmock/faults", timeout=5).json()["faults"]
        assert listed == [
            {
                "id": fault.id,
                "vendor": "tencent",
                "code": "InternalError",
                "probability": 0.5,
                "seed": fault.seed,
            }
        ]

    def test_delays_add_up_and_the_first_answer_wins(self, mock: MockServer, waits: list[float]) -> None:
        """In the order in which the faults were set."""
        account = mock.mint("tencent")
        mock.fault(account=account, latency_ms=100)
        mock.fault(account=account, latency_ms=50, code="InternalError")
        mock.fault(account=account, code="FailedOperation.OcrFailed")
        assert call(mock, account) == "InternalError"
        assert waits == [pytest.approx(0.15)]


class TestLatency:
    def test_a_fixed_one(self, mock: MockServer, waits: list[float]) -> None:
        """In milliseconds."""
        account = mock.mint("tencent")
        with mock.fault(account=account, latency_ms=1500):
            assert call(mock, account) == "ok"
        assert waits == [1.5]

    @pytest.mark.parametrize(
        "latency", [{"uniform": [100, 300]}, {"log_normal": {"median": 200, "sigma": 0.4}}]
    )
    def test_a_distribution_is_seeded(
        self, mock: MockServer, waits: list[float], latency: dict[str, Any]
    ) -> None:
        """Two runs with one seed wait the same."""
        for _ in range(2):
            account = mock.mint("tencent")
            with mock.fault(account=account, latency_ms=latency, seed=7):
                assert outcomes(mock, account, 5) == ["ok"] * 5
        assert waits[:5] == waits[5:]
        assert len(set(waits)) == 5

    def test_its_middle_is_the_median(self) -> None:
        """And nothing lies outside the bounds of a uniform one."""
        fault = from_json("f", {"latency_ms": 0, "seed": 1})
        normal, flat = Latency(200.0, sigma=0.4), Latency(100.0, 300.0)
        drawn = [normal.draw(fault.source(n)) for n in range(2000)]
        assert statistics.median(drawn) == pytest.approx(200, rel=0.05)
        assert max(drawn) > 400
        assert all(100 <= flat.draw(fault.source(n)) <= 300 for n in range(2000))

    def test_it_has_a_ceiling(self) -> None:
        """Whatever is drawn, a thread of the server waits no longer than a minute."""
        fault = from_json("f", {"latency_ms": 0})
        wild = Latency(60_000.0, sigma=5.0)
        assert max(wild.draw(fault.source(n)) for n in range(200)) == 60_000

    def test_a_call_that_is_delayed_is_in_flight(self, start_mock: StartMock) -> None:
        """A second one beside it passes the account's concurrency."""
        seen: list[str] = []

        def sleep(seconds: float) -> None:
            if not seen:
                seen.append("-")
                seen.append(call(mock, account))

        mock = start_mock(sleep=sleep)
        account = mock.mint("megvii", limits={"concurrency": 1})
        with mock.fault(account=account, latency_ms=1000, count=1):
            assert call(mock, account) == "ok"
        assert "CONCURRENCY_LIMIT_EXCEEDED" in seen[1]


class TestTheWire:
    """What a client of the threaded server sees; that of `idmock serve` is below."""

    def test_a_reset(self, mock: MockServer) -> None:
        """Not one byte of an answer."""
        with mock.fault(fault="connection-reset"), pytest.raises(requests.ConnectionError) as caught:
            send(mock)
        assert "ConnectionResetError" in str(caught.value)

    def test_an_empty_answer(self, mock: MockServer) -> None:
        """Status and headers, and a body of no bytes."""
        with mock.fault(fault="empty-answer"):
            answer = send(mock)
        assert (answer.status_code, answer.content) == (200, b"")

    @pytest.mark.parametrize("more", [{}, {"after_bytes": 10}, {"after_bytes": 0}, {"after_bytes": 10_000}])
    def test_a_body_that_is_cut_off(self, mock: MockServer, more: dict[str, int]) -> None:
        """Fewer bytes than announced, whatever the answer's length."""
        with mock.fault(fault="truncated-body", **more):
            connection = http.client.HTTPConnection(mock.authority, timeout=10)
            connection.request("POST", "/", "{}", {"X-TC-Action": "IDCardOCR"})
            answer = connection.getresponse()
            announced = int(answer.headers["Content-Length"])
            with pytest.raises(http.client.IncompleteRead) as caught:
                answer.read()
            connection.close()
        arrived = len(caught.value.partial)
        assert arrived == min(more.get("after_bytes", announced // 2), announced - 1)

    def test_a_slow_body(self, mock: MockServer, waits: list[float]) -> None:
        """All of it, in pieces, over the time that was asked for."""
        with mock.fault(fault="slow-body", duration_ms=3000):
            answer = send(mock)
        assert answer.json()["Response"]["Error"]["Code"] == "MissingParameter"
        assert sum(waits) == pytest.approx(3.0)
        assert len(waits) > 5

    def test_a_wrong_content_type(self, mock: MockServer) -> None:
        """On the vendor's own body."""
        with mock.fault(fault="wrong-content-type", content_type="text/plain"):
            answer = send(mock)
        assert answer.headers["Content-Type"] == "text/plain"
        assert answer.json()["Response"]["Error"]["Code"] == "MissingParameter"

    @pytest.mark.parametrize("status", [502, 503, 504, 599])
    def test_a_load_balancers_page(self, mock: MockServer, status: int) -> None:
        """In the place of the vendor, who has not heard of the request: nothing is counted."""
        account = mock.mint("tencent", limits={"calls_left": 1})
        with mock.fault(fault="html-error", status=status, vendor="tencent"):
            answer = send(mock)
            with pytest.raises(requests.JSONDecodeError):
                call(mock, account)
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "text/html"
        assert answer.text.startswith("<html>")
        assert mock.journal(code=f"html-{status}")[0]["status"] == status
        assert call(mock, account) == "ok"

    def test_what_is_lost_on_the_way_was_done(self, mock: MockServer) -> None:
        """The retry of a call whose answer was lost pays again."""
        account = mock.mint("tencent", "last-call")
        with mock.fault(account=account, fault="connection-reset"), pytest.raises(requests.ConnectionError):
            call(mock, account)
        assert call(mock, account) == "ResourceUnavailable.ResourcePackageRunOut"


class TestHeader:
    def test_a_row_of_the_catalogue(self, mock: MockServer) -> None:
        """Of the vendor that the request is for."""
        answer = send(mock, **{"X-IDMock-Fault": "RequestLimitExceeded"})
        assert answer.headers["X-IDMock-Rule"] == "RequestLimitExceeded"
        assert answer.headers["X-IDMock-Fault"] == "header"

    def test_a_fault(self, mock: MockServer, waits: list[float]) -> None:
        """By the name that it has elsewhere."""
        assert send(mock, **{"X-IDMock-Fault": "html-error"}).status_code == 502
        assert send(mock, **{"X-IDMock-Fault": "empty-answer"}).content == b""
        send(mock, **{"X-IDMock-Fault": "latency=250"})
        assert waits == [0.25]

    @pytest.mark.parametrize(
        "value",
        [
            "nonsense",
            "",
            "latency=soon",
            "latency=-1",
            "latency=60001",
            pytest.param(f"latency={9:0>5000}", id="many digits"),
        ],
    )
    def test_one_that_there_is_not(self, mock: MockServer, value: str) -> None:
        """Is the mock's to refuse, in its own name, rather than nobody's to notice."""
        answer = send(mock, **{"X-IDMock-Fault": value})
        assert answer.status_code == 400
        assert answer.text.startswith("X-IDMock-Fault: ")
        assert "X-IDMock-Rule" not in answer.headers


class TestForm:
    @pytest.mark.parametrize(
        ("fault", "says"),
        [
            ({}, "needs a code"),
            ({"vendor": "tencent"}, "needs a code"),
            ({"code": "InternalError", "sequence": [{}]}, "needs a code"),
            ({"vendor": "nobody", "code": "InternalError"}, "#/vendor"),
            ({"vendor": "tencent", "code": "NoSuchRow"}, "no row NoSuchRow"),
            ({"code": "InternalError"}, "no row InternalError"),
            ({"vendor": "tencent", "sequence": [{"code": "NoSuchRow"}]}, "no row NoSuchRow"),
            ({"vendor": "tencent", "account": "nobody", "code": "InternalError"}, "no account 'nobody'"),
            ({"account": "active", "latency_ms": 1}, "vendor"),
            ({"fault": "explosion"}, "#/fault"),
            ({"latency_ms": 60_001}, "#/latency_ms"),
            ({"latency_ms": {"uniform": [3, 1]}}, "lower bound"),
            ({"latency_ms": 1, "count": 0}, "#/count"),
            ({"latency_ms": 1, "probability": 0}, "#/probability"),
            ({"latency_ms": 1, "probability": 1.5}, "#/probability"),
            ({"fault": "html-error", "status": 404}, "#/status"),
            ({"fault": "wrong-content-type", "content_type": "a\r\nb"}, "#/content_type"),
            ({"latency_ms": 1, "colour": "red"}, "colour"),
        ],
    )
    def test_a_mistake_is_refused_with_its_place(
        self, idmock: MockServer, fault: dict[str, Any], says: str
    ) -> None:
        """From Python and over HTTP, in one sentence."""
        with pytest.raises(FaultError, match=says):
            idmock.fault(**fault)
        answer = requests.post(f"{idmock.url}/_idmock/faults", json=fault, timeout=5)
        assert answer.status_code == 400
        assert says in answer.text

    def test_it_is_set_listed_and_removed_over_http(self, mock: MockServer) -> None:
        """One, or all."""
        base = f"{mock.url}/_idmock/faults"
        for _ in range(3):
            answer = requests.post(base, json={"vendor": "tencent", "code": "InternalError"}, timeout=5)
            assert answer.status_code == 201
        assert call(mock, mock.account("tencent")) == "InternalError"
        assert requests.delete(f"{base}/{answer.json()['id']}", timeout=5).status_code == 204
        assert requests.delete(f"{base}/{answer.json()['id']}", timeout=5).status_code == 404
        assert len(requests.get(base, timeout=5).json()["faults"]) == 2
        assert requests.delete(base, timeout=5).status_code == 204
        assert requests.get(base, timeout=5).json() == {"faults": []}
        assert call(mock, mock.account("tencent")) == "ok"

    def test_a_removed_fault_begins_anew_when_it_is_set_again(self, mock: MockServer) -> None:
        """Its count is its own."""
        account = mock.mint("tencent")
        for _ in range(2):
            with mock.fault(account=account, code="InternalError", count=1):
                assert outcomes(mock, account, 2) == ["InternalError", "ok"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Host and port of a server of its own process."""
    with served(tmp_path_factory.mktemp("served"), "--vendor", "tencent") as server:
        yield server.url.removeprefix("http://")


class TestServed:
    """By `idmock serve`, whose server does not hand out connections."""

    @contextmanager
    def ask(self, authority: str, fault: str) -> Iterator[http.client.HTTPResponse]:
        with closing(http.client.HTTPConnection(authority, timeout=10)) as connection:
            connection.request("POST", "/", "{}", {"X-TC-Action": "IDCardOCR", "X-IDMock-Fault": fault})
            yield connection.getresponse()

    def test_a_reset(self, authority: str) -> None:
        """The connection is reset, while others from the same address go on."""
        bystander = http.client.HTTPConnection(authority, timeout=10)
        bystander.request("GET", "/_idmock/health")
        assert bystander.getresponse().read()
        with pytest.raises(ConnectionResetError), self.ask(authority, "connection-reset") as answer:
            answer.read()
        bystander.request("GET", "/_idmock/health")
        assert bystander.getresponse().status == 200
        bystander.close()

    def test_a_body_that_is_cut_off(self, authority: str) -> None:
        """Half arrives, and then the end of the connection."""
        with self.ask(authority, "truncated-body") as answer:
            with pytest.raises(http.client.IncompleteRead) as caught:
                answer.read()
            assert len(caught.value.partial) == int(answer.headers["Content-Length"]) // 2

    def test_the_rest(self, authority: str) -> None:
        """Empty, mislabelled, replaced by a page."""
        with self.ask(authority, "empty-answer") as answer:
            assert answer.read() == b""
        with self.ask(authority, "wrong-content-type") as answer:
            assert answer.headers["Content-Type"] == "text/html"
        with self.ask(authority, "html-error") as answer:
            assert answer.status == 502


def test_resetting_leaks_no_descriptor(start_mock: StartMock) -> None:
    """However many connections are reset."""
    mock = start_mock(clock=Clock())
    mock.fault(fault="connection-reset")
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(20):
        with pytest.raises((requests.ConnectionError, socket.error)):
            send(mock)
    assert len(list(Path("/dev/fd").iterdir())) <= before + 3
