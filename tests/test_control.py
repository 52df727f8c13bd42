"""What a running server is told: accounts, the clock, a reset, and who may tell it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import requests

from mockserver import vendors
from mockserver.accounts import Account
from mockserver.accounts.minting import MintError
from mockserver.admin.access import is_loopback
from mockserver.contract import load_accounts, load_contract
from mockserver.contract.credentials import MARK, generate, generate_set
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.conftest import StartMock
from tests.redis_server import RedisServer

VENDORS = vendors.names()
CONTRACTS = {vendor: load_contract(vendor) for vendor in VENDORS}
Mint = Callable[..., Account]


def call(mock: MockServer, account: Account) -> str:
    """One call with the vendor's client: ``ok``, or the vendor's code."""
    try:
        vendors.load(account.vendor).client.call(mock.url, account, mock.specimen("front"))
    except RuntimeError as error:
        return str(error)
    return "ok"


def send(mock: MockServer, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
    return requests.request(method, f"{mock.url}/_idmock/{path}", json=body, timeout=10, **more)


def minted(mock: MockServer, **wanted: Any) -> Account:
    """An account by the admin API."""
    answer = send(mock, "POST", "accounts", wanted)
    assert answer.status_code == 201, answer.text
    return Account(**answer.json())


class TestMinting:
    @pytest.mark.parametrize("vendor", VENDORS)
    def test_an_account_works_at_once(self, idmock: MockServer, vendor: str) -> None:
        """With the vendor's client, from what the admin API answers and nothing else."""
        account = minted(idmock, vendor=vendor)
        assert call(idmock, account) == "ok"
        assert idmock.journal(account=account)[0]["code"] == "ok"
        idmock.remove(account)

    @pytest.mark.parametrize(
        ("vendor", "state"),
        [
            (v, s)
            for v in VENDORS
            for s in (*CONTRACTS[v].operation["plain_states"], *CONTRACTS[v].account_states)
        ],
    )
    def test_every_state_that_a_vendor_documents(self, idmock: MockServer, vendor: str, state: str) -> None:
        """Answers like the ready-made account of that state; credentials are of the same kinds and lengths."""
        account, like = minted(idmock, vendor=vendor, state=state), idmock.account(vendor, state)
        assert account.limits == like.limits
        kinds = {name: len(value) for name, value in account.credentials.items()}
        lengths = {name: len(value) for name, value in like.credentials.items()}
        for name in ("domain", "username"):  # the ready-made ones have their state in it
            kinds.pop(name, None)
            lengths.pop(name, None)
        assert kinds == lengths
        ruling = CONTRACTS[vendor].account_states.get(state)
        if ruling is not None:
            assert ruling.code in call(idmock, account)
        idmock.remove(account)

    def test_a_row_of_the_catalogue_as_a_state(self, idmock: MockServer, idmock_account: Mint) -> None:
        """Also one that no ready-made account has."""
        account = idmock_account("tencent", "answers-FailedOperation.ImageBlur")
        assert call(idmock, account) == "FailedOperation.ImageBlur"

    def test_limits_of_its_own(self, frozen_mock: MockServer) -> None:
        """And its own counts: another account of the same second does not see them."""
        one = frozen_mock.mint("megvii", limits={"calls_left": 2})
        other = frozen_mock.mint("megvii", limits={"calls_left": 1})
        outcomes = [call(frozen_mock, one) for _ in range(3)]
        assert outcomes[:2] == ["ok", "ok"]
        assert "AUTHORIZATION_ERROR" in outcomes[2]
        assert call(frozen_mock, other) == "ok"

    @pytest.mark.parametrize(
        ("wanted", "says"),
        [
            ({}, "#/vendor"),
            ({"vendor": "nobody"}, "#/vendor"),
            ({"vendor": "tencent", "state": "unwell"}, "no state 'unwell'"),
            ({"vendor": "tencent", "state": "answers-Nothing"}, "no state"),
            ({"vendor": "tencent", "limits": {"concurrency": 1}}, "no limit 'concurrency'"),
            ({"vendor": "tencent", "limits": {"calls": 1}}, "#/limits"),
            ({"vendor": "tencent", "limits": {"calls_left": -1}}, "#/limits/calls_left"),
            ({"vendor": "tencent", "name": "active"}, "'active' already"),
            ({"vendor": "tencent", "name": "../x"}, "#/name"),
            ({"vendor": "tencent", "credentials": {}}, "credentials"),
        ],
    )
    def test_a_mistake_is_one_sentence(self, idmock: MockServer, wanted: dict[str, Any], says: str) -> None:
        """With the place, or with what there is."""
        answer = send(idmock, "POST", "accounts", wanted)
        assert answer.status_code == 400
        assert says in answer.text

    def test_what_is_no_json_is_refused(self, idmock: MockServer) -> None:
        """As is what is no object, and what is too long."""
        for data in (b"{", b"[]", b"\xff"):
            assert requests.post(f"{idmock.url}/_idmock/accounts", data=data, timeout=5).status_code == 400
        long = b" " * (1024 * 1024 + 1)
        assert requests.post(f"{idmock.url}/_idmock/accounts", data=long, timeout=5).status_code == 413

    def test_state_and_limits_change(self, idmock: MockServer) -> None:
        """Of a minted account and of a ready-made one, which a removal makes what it was."""
        path = "accounts/tencent/active"
        account = Account(**send(idmock, "PUT", path, {"state": "in-arrears"}).json())
        assert call(idmock, account) == "ResourceUnavailable.InArrears"
        assert send(idmock, "DELETE", path).status_code == 204
        assert call(idmock, account) == "ok"
        assert send(idmock, "DELETE", path).status_code == 409

    def test_new_limits_begin_anew(self, idmock: MockServer, idmock_account: Mint) -> None:
        """A used-up package that is bought again."""
        account = idmock_account("tencent", "last-call")
        path = f"accounts/tencent/{account.name}"
        assert [call(idmock, account) for _ in range(2)] == [
            "ok",
            "ResourceUnavailable.ResourcePackageRunOut",
        ]
        assert send(idmock, "PUT", path, {"limits": {"calls_left": 1}}).status_code == 200
        assert call(idmock, account) == "ok"
        assert send(idmock, "GET", path).json()["limits"] == {"calls_left": 1}

    def test_a_state_with_a_token_brings_one(self, idmock: MockServer, idmock_account: Mint) -> None:
        """The other credentials stay."""
        account = idmock_account("tencent")
        path = f"accounts/tencent/{account.name}"
        with_token = send(idmock, "PUT", path, {"state": "temporary"}).json()["credentials"]
        assert with_token == {**account.credentials, "token": with_token["token"]}
        assert send(idmock, "PUT", path, {"state": "active"}).json()["credentials"] == account.credentials

    def test_what_does_not_exist_is_not_found(self, idmock: MockServer) -> None:
        """And a name does not change."""
        for method in ("GET", "PUT", "DELETE"):
            assert send(idmock, method, "accounts/tencent/nobody", {}).status_code == 404
        assert send(idmock, "PUT", "accounts/tencent/active", {"name": "x"}).status_code == 400

    def test_a_vendor_that_does_not_say_how_they_look_has_none(self, start_mock: StartMock) -> None:
        """The message says where it is to be said."""
        mock = start_mock(Settings(vendors=("tencent",)))
        object.__setattr__(
            mock.world.contracts["tencent"],
            "operation",
            {k: v for k, v in CONTRACTS["tencent"].operation.items() if k != "credentials"},
        )
        with pytest.raises(MintError, match=r"operation\.json"):
            mock.mint("tencent")

    def test_nobody_elses_credentials(self, idmock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is drawn is drawn anew when somebody has it, if only a part; in the end there is a sentence."""
        taken, free = (
            dict(idmock.account("megvii").credentials),
            {"api_key": "k" * 32, "api_secret": "s" * 32},
        )
        drawn = iter([taken, {**free, "api_key": taken["api_key"]}, free])
        monkeypatch.setattr("mockserver.accounts.minting.generate_set", lambda rows, names: next(drawn))
        account = idmock.mint("megvii")
        idmock.remove(account)
        assert account.credentials == free
        monkeypatch.setattr("mockserver.accounts.minting.generate_set", lambda rows, names: taken)
        with pytest.raises(MintError, match="leave none that is not taken"):
            idmock.mint("megvii")


class TestCredentials:
    @pytest.mark.parametrize("vendor", VENDORS)
    def test_they_are_marked_and_each_is_another(self, vendor: str) -> None:
        """Every set holds the word MOCK, lest somebody report it as leaked."""
        rows = CONTRACTS[vendor].operation["credentials"]
        drawn = [generate_set(rows, rows) for _ in range(50)]
        assert all(any(MARK in value for value in one.values()) for one in drawn)
        assert len({tuple(one.values()) for one in drawn}) == 50

    @pytest.mark.parametrize("vendor", VENDORS)
    def test_a_vendor_says_what_all_of_its_accounts_have(self, vendor: str) -> None:
        """No ready-made account has a credential without a pattern."""
        rows = CONTRACTS[vendor].operation["credentials"]
        for account in load_accounts():
            if account["vendor"] == vendor:
                assert account["credentials"].keys() <= rows.keys()

    @pytest.mark.parametrize("pattern", ["[", "a{", "[]", "a{x}", "[z-a]", "]"])
    def test_a_pattern_that_is_none(self, pattern: str) -> None:
        """Is refused, not half obeyed."""
        with pytest.raises(ValueError, match=r"pattern|range"):
            generate(pattern)


class TestTenAtOnce:
    def test_nobody_sees_anothers_limits(self, frozen_mock: MockServer) -> None:
        """Ten clients with ten accounts hammer one server: each gets exactly what its own account has."""
        limits = range(1, 11)
        accounts = [frozen_mock.mint("tencent", limits={"requests_per_second": n}) for n in limits]
        outcomes: dict[str, Counter[str]] = {account.name: Counter() for account in accounts}

        def hammer(account: Account) -> None:
            for _ in range(15):
                outcomes[account.name][_at_the_mocks_time(frozen_mock, account)] += 1

        threads = [threading.Thread(target=hammer, args=(account,)) for account in accounts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for account, limit in zip(accounts, limits, strict=True):
            assert outcomes[account.name] == {"ok": limit, "RequestLimitExceeded": 15 - limit}
            entries = frozen_mock.journal(account=account)
            assert len(entries) == 15
            assert {entry["account"] for entry in entries} == {account.name}


class TestClock:
    @pytest.fixture
    def mock(self, start_mock: StartMock) -> MockServer:
        """A server of the test's own, whose clock others do not see."""
        return start_mock(Settings(vendors=("tencent",)))

    def set(self, mock: MockServer, **wanted: Any) -> dict[str, Any]:
        answer = send(mock, "PUT", "clock", wanted)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        assert send(mock, "GET", "clock").json().keys() == shown.keys()
        return shown

    def test_it_is_set_and_runs_on(self, mock: MockServer) -> None:
        """By Unix seconds, or as a date."""
        assert self.set(mock, at=1_000_000_000)["now"] == pytest.approx(1_000_000_000, abs=5)
        shown = self.set(mock, at="2030-01-02T03:04:05Z")
        assert shown["iso"].startswith("2030-01-02T03:04:")
        assert shown["frozen"] is False
        assert mock.clock.now() > shown["now"]

    def test_it_stands_and_is_moved(self, mock: MockServer) -> None:
        """By exactly so many seconds, either way."""
        assert self.set(mock, at=1_000_000_000, frozen=True)["now"] == 1_000_000_000
        assert self.set(mock, shift_seconds=0.5)["now"] == 1_000_000_000.5
        assert self.set(mock, shift_seconds=-1)["iso"] == "2001-09-09T01:46:39.500Z"
        assert self.set(mock, frozen=False)["now"] == pytest.approx(999_999_999.5, abs=5)

    def test_a_running_one_is_moved(self, mock: MockServer) -> None:
        """From where it is."""
        before = mock.clock.now()
        assert self.set(mock, shift_seconds=3600)["now"] == pytest.approx(before + 3600, abs=5)
        assert self.set(mock, reset=True)["shift_seconds"] == 0

    def test_signatures_follow_it(self, mock: MockServer) -> None:
        """A client whose clock is right is late when the server's is not."""
        self.set(mock, shift_seconds=301)
        assert call(mock, mock.account("tencent")) == "AuthFailure.SignatureExpire"
        self.set(mock, reset=True)
        assert call(mock, mock.account("tencent")) == "ok"

    @pytest.mark.parametrize(
        "wanted",
        [
            {},
            {"at": "soon"},
            {"at": -1},
            {"at": 1e12},
            {"shift_seconds": "1"},
            {"frozen": 1},
            {"reset": False},
            {"to": 1},
        ],
    )
    def test_a_mistake_changes_nothing(self, mock: MockServer, wanted: dict[str, Any]) -> None:
        """It is refused."""
        assert send(mock, "PUT", "clock", wanted).status_code == 400
        assert mock.clock.setting.shift == 0

    def test_what_it_stood_at_from_the_start_is_what_a_reset_returns_to(
        self, frozen_mock: MockServer
    ) -> None:
        """A server that was given a frozen clock has it again."""
        start = frozen_mock.clock.now()
        frozen_mock.clock.shift(100)
        assert send(frozen_mock, "POST", "reset").status_code == 204
        assert frozen_mock.clock.now() == start


class TestReset:
    def test_all_is_as_at_start(self, start_mock: StartMock) -> None:
        """Counts, accounts, faults, clock and journal."""
        mock = start_mock(Settings(vendors=("tencent",)))
        last, minted_one = mock.account("tencent", "last-call"), mock.mint("tencent")
        assert [call(mock, last) for _ in range(2)] == ["ok", "ResourceUnavailable.ResourcePackageRunOut"]
        mock.fault(code="InternalError")
        mock.clock.shift(100)
        send(mock, "PUT", "accounts/tencent/active", {"state": "in-arrears"})
        assert send(mock, "POST", "reset").status_code == 204
        assert call(mock, last) == "ok"
        assert call(mock, minted_one) == "AuthFailure.SecretIdNotFound"
        assert call(mock, mock.account("tencent")) == "ok"
        assert send(mock, "GET", "faults").json() == {"faults": []}
        assert send(mock, "GET", "clock").json()["shift_seconds"] == 0
        assert send(mock, "GET", "journal/count").json() == {"count": 3}

    def test_health_is_outside_of_it(self, start_mock: StartMock) -> None:
        """It says what failed since the process began."""
        mock = start_mock(Settings(vendors=("tencent",)))
        mock.world.own_faults.add()
        send(mock, "POST", "reset")
        assert send(mock, "GET", "health").json()["own_faults"] == 1
        mock.world.own_faults.value = 0


class TestAccess:
    ROUTES = (
        ("GET", "accounts"), ("POST", "accounts"), ("PUT", "accounts/tencent/active"), ("GET", "journal"),
        ("GET", "journal/count"), ("DELETE", "journal"), ("GET", "faults"), ("POST", "faults"), ("DELETE", "faults"),
        ("GET", "clock"), ("PUT", "clock"), ("GET", "metrics"), ("POST", "reset"), ("GET", "specimens"),
        ("GET", "coverage"),
    )  # fmt: skip

    def test_loopback_is_open(self, idmock: MockServer) -> None:
        """Nothing is asked of who is on the machine."""
        assert send(idmock, "GET", "journal").status_code == 200

    @pytest.mark.parametrize(("method", "path"), ROUTES)
    def test_elsewhere_the_token_is_asked_for(self, start_mock: StartMock, method: str, path: str) -> None:
        """Another one, none, or one in another form does not do."""
        mock = start_mock(Settings(vendors=("tencent",), admin_token="right"))
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": "right"},
            {"Authorization": "Bearer"},
        ):
            answer = send(mock, method, path, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        right = {"Authorization": "Bearer right"}
        assert send(mock, method, path, headers=right).status_code != 401

    def test_health_and_vendors_do_not_ask(self, start_mock: StartMock) -> None:
        """The one is for whatever watches the server, the others have credentials of their own."""
        mock = start_mock(Settings(vendors=("tencent",), admin_token="right"))
        assert send(mock, "GET", "health").status_code == 200
        assert call(mock, mock.account("tencent")) == "ok"

    def test_off_loopback_a_token_is_made_up(self, start_mock: StartMock) -> None:
        """Another one for each server; `idmock serve` tells it."""
        tokens = set()
        for _ in range(2):
            mock = start_mock(Settings(host="0.0.0.0", vendors=("tencent",)))
            token = mock.world.settings.admin_token
            assert token is not None
            assert len(token) > 20
            assert send(mock, "GET", "journal").status_code == 401
            assert (
                send(mock, "GET", "journal", headers={"Authorization": f"Bearer {token}"}).status_code == 200
            )
            tokens.add(token)
        assert len(tokens) == 2

    @pytest.mark.parametrize(
        ("host", "loopback"),
        [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False),
         ("::", False), ("10.0.0.1", False), ("example.com", False)],
    )  # fmt: skip
    def test_what_is_loopback(self, host: str, loopback: bool) -> None:
        """A name that could be anything is not."""
        assert is_loopback(host) is loopback


def _at_the_mocks_time(mock: MockServer, account: Account) -> str:
    """A call that is signed at the time of the mock's clock."""
    from tests.tencent.raw import tc3

    raw = tc3(account, {"ImageUrl": f"{mock.url}/_idmock/specimens/front.jpg"}, timestamp=mock.clock.now())
    return raw.send(mock).code or "ok"


class TestShared:
    """Two servers on one Redis: what one is told, the other knows with its next request."""

    @pytest.fixture
    def pair(self, start_mock: StartMock, redis_server: RedisServer) -> tuple[MockServer, MockServer]:
        settings = Settings(vendors=("tencent",), state=redis_server.url)
        first, second = start_mock(settings), start_mock(settings)
        first.reset()
        return first, second

    def test_account(self, pair: tuple[MockServer, MockServer]) -> None:
        """It is minted at one, and calls the other."""
        first, second = pair
        account = first.mint("tencent")
        assert call(second, account) == "ok"
        first.remove(account)
        assert call(second, account) == "AuthFailure.SecretIdNotFound"

    def test_fault(self, pair: tuple[MockServer, MockServer]) -> None:
        """Its count is of both."""
        first, second = pair
        account = first.mint("tencent")
        with first.fault(account=account, code="InternalError", count=3):
            outcomes = [call(server, account) for server in (second, first, second, first)]
        assert outcomes == ["InternalError"] * 3 + ["ok"]
        assert len(second.journal(account=account, code="InternalError")) == 3

    def test_clock(self, pair: tuple[MockServer, MockServer]) -> None:
        """It is set at one; the other stands there too, until a reset."""
        first, second = pair
        assert send(first, "PUT", "clock", {"at": 1_000_000_000, "frozen": True}).status_code == 200
        assert send(second, "GET", "clock").json()["now"] == 1_000_000_000
        assert call(second, first.mint("tencent")) == "AuthFailure.SignatureExpire"
        assert send(second, "POST", "reset").status_code == 204
        assert send(first, "GET", "clock").json()["frozen"] is False
