"""The walk through a vendor's steps, with a vendor made for the test out of Tencent's contract."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from mockserver import vendors
from mockserver.accounts import Account
from mockserver.app import create_app
from mockserver.contract import Contract, ErrorRow, load_contract
from mockserver.errors import Refusal
from mockserver.pipeline import answer
from mockserver.request import Answer, Request
from mockserver.settings import Settings
from mockserver.steps import (
    hold_slot,
    refuse_by_state,
    refuse_past_limit,
    take_from_quota,
    throttle_per_second,
)
from mockserver.vendor import Call, Vendor
from mockserver.world import World

Step = Callable[[Call], Answer | None]
ACCOUNT = Account("test", "one", "active", {"id": "MOCK"})
OK = Answer(200, (), b"fine")


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract("tencent")


@pytest.fixture
def world() -> World:
    """The parts of a server that is not running, its clock at a standstill."""
    app = create_app(Settings(vendors=("tencent",)))
    world: World = app.extensions["idmock"]
    world.clock.freeze(1_700_000_000)
    return world


def vendor(*steps: Step, refuse: Callable[[Call, ErrorRow, str], Answer] | None = None) -> Vendor[Call]:
    """A vendor of these steps, whose errors are ``code: message``."""

    def plain(call: Call, row: ErrorRow, message: str) -> Answer:
        return Answer(row.http_status, (), f"{row.code}: {message}".encode(), row.code)

    return Vendor("test", Call, steps, refuse or plain, "InternalError", vendors.load("tencent").client)


def walk(world: World, contract: Contract, *steps: Step, account: Account = ACCOUNT) -> Answer:
    """The answer to an empty request, for an account that is known from the start."""

    def authenticate(call: Call) -> None:
        call.account = account

    request = Request("POST", "/", "", {}, b"", 0, world.clock.now())
    return answer(vendor(authenticate, *steps), contract, world, request)


def done(call: Call) -> Answer:
    return OK


def refuse(*what: object, **more: object) -> Step:
    """A step that always refuses."""

    def step(call: Call) -> None:
        raise Refusal(*what, **more)  # type: ignore[arg-type]

    return step


def broken(call: Call) -> None:
    raise ZeroDivisionError("a fault of ours")


def headers(out: Answer) -> dict[str, str]:
    return dict(out.headers)


class TestWalk:
    """The first refusal wins, and one place makes an answer of it."""

    def test_success(self, world: World, contract: Contract) -> None:
        """The last step's answer, with the request's id."""
        out = walk(world, contract, done)
        assert (out.status, out.body, out.code) == (200, b"fine", "ok")
        assert set(headers(out)) == {"X-IDMock-Request"}

    def test_first_refusal(self, world: World, contract: Contract) -> None:
        """Steps behind it are not walked."""
        out = walk(world, contract, refuse("OcrFailed", hint="no"), broken, done)
        assert out.code == "InternalError"  # there is no such row: a fault of ours
        out = walk(world, contract, refuse("FailedOperation.OcrFailed", hint="look"), broken, done)
        assert out.body.decode() == "FailedOperation.OcrFailed: OCR识别失败"
        assert headers(out)["X-IDMock-Rule"] == "FailedOperation.OcrFailed"
        assert headers(out)["X-IDMock-Hint"] == "look"

    def test_details(self, world: World, contract: Contract) -> None:
        """They fill the message in; a variant is named in the rule and not in the code."""
        out = walk(world, contract, refuse("InvalidParameter", "nonce", {"parameter": "Nonce"}))
        assert out.body == b"InvalidParameter: Parameter `Nonce` type error."
        assert headers(out)["X-IDMock-Rule"] == "InvalidParameter#nonce"

    def test_half_of_the_details_is_a_fault(self, world: World, contract: Contract) -> None:
        """Not an answer with a hole in it."""
        out = walk(world, contract, refuse("NoSuchVersion", details={"version": "1"}))
        assert out.code == "InternalError"

    @pytest.mark.parametrize(
        "steps", [(broken,), (), (lambda call: None,)], ids=["raises", "none", "no answer"]
    )
    def test_own_fault(
        self, world: World, contract: Contract, steps: tuple[Step, ...], caplog: pytest.LogCaptureFixture
    ) -> None:
        """The client sees the vendor's internal error; the log has an ERROR with the traceback, the count goes up."""
        out = walk(world, contract, *steps)
        assert out.code == "InternalError"
        assert world.own_faults.value == 1
        (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
        assert record.exc_info is not None
        assert headers(out)["X-IDMock-Request"] in record.getMessage()

    def test_fault_while_refusing(self, world: World, contract: Contract) -> None:
        """A refusal that cannot be rendered is a fault of ours as well."""

        def render(call: Call, row: ErrorRow, message: str) -> Answer:
            if row.code != "InternalError":
                raise TypeError("cannot be rendered")
            return Answer(200, (), b"internal", row.code)

        request = Request("POST", "/", "", {}, b"", 0, world.clock.now())
        walker = vendor(refuse("FailedOperation.OcrFailed"), refuse=render)
        assert answer(walker, contract, world, request).body == b"internal"
        assert world.own_faults.value == 1

    def test_quotes_are_utf8(self, world: World, contract: Contract) -> None:
        """What a client sends in other bytes is shown with replacement characters."""
        out = walk(world, contract, refuse("UnknownParameter", details={"parameter": "a\udcffb"}))
        assert out.body.decode() == "UnknownParameter: The parameter `a�b` is not recognized."

    @pytest.mark.parametrize(
        ("hint", "shown"),
        [
            ("plain", "plain"),
            ("two\nlines\r\nX-Header: 1", r"two\nlines\r\nX-Header: 1"),
            ("中 \udcff \x00", r"\u4e2d \udcff \x00"),
            ("x" * 5000, "x" * 1500 + "..."),
        ],
    )
    def test_hint_is_one_line_of_ascii(self, world: World, contract: Contract, hint: str, shown: str) -> None:
        """And not a long one."""
        out = walk(world, contract, refuse("FailedOperation.OcrFailed", hint=hint))
        assert headers(out)["X-IDMock-Hint"] == shown

    def test_account_is_asked_for_too_early(self, world: World, contract: Contract) -> None:
        """A wrong order of steps is a fault of ours, not of the client."""
        request = Request("POST", "/", "", {}, b"", 0, world.clock.now())
        assert answer(vendor(throttle_per_second, done), contract, world, request).code == "InternalError"


class TestSteps:
    """The steps that vendors share."""

    @pytest.mark.parametrize(
        ("state", "stage", "code"),
        [
            ("active", "account", "ok"),
            ("in-arrears", "account", "ResourceUnavailable.InArrears"),
            ("in-arrears", "permission", "ok"),
            ("disabled", "credentials", "AuthFailure.SecretIdNotFound"),
            ("answers-ActionOffline", "account", "ActionOffline"),
            ("answers-InvalidParameter#nonce", "account", "InvalidParameter"),
            ("answers-ActionOffline", "permission", "ok"),
        ],
    )
    def test_state(self, world: World, contract: Contract, state: str, stage: str, code: str) -> None:
        """Each state refuses at its own stage."""
        out = walk(world, contract, refuse_by_state(stage), done, account=replace(ACCOUNT, state=state))
        assert out.code == code

    def test_throttle(self, world: World, contract: Contract) -> None:
        """The account's own limit goes before the vendor's; the message has both numbers."""
        slow = replace(ACCOUNT, name="slow", limits={"requests_per_second": 1})
        codes = [walk(world, contract, throttle_per_second, done, account=slow).code for _ in range(2)]
        assert codes == ["ok", "RequestLimitExceeded"]
        codes = [walk(world, contract, throttle_per_second, done).code for _ in range(21)]
        assert codes == ["ok"] * 20 + ["RequestLimitExceeded"]

    def test_quota(self, world: World, contract: Contract) -> None:
        """Taken by a success and by a billed error, given back by another error and by a fault of ours."""
        one = replace(ACCOUNT, limits={"calls_left": 1})
        for step in (refuse("FailedOperation.OcrFailed"), broken):
            assert walk(world, contract, take_from_quota, step, account=one).code != "ok"
        assert walk(world, contract, take_from_quota, done, account=one).code == "ok"
        out = walk(world, contract, take_from_quota, done, account=one)
        assert out.code == "ResourceUnavailable.ResourcePackageRunOut"

        billed = replace(ACCOUNT, name="two", limits={"calls_left": 1})
        empty = refuse("FailedOperation.EmptyImageError")
        assert walk(world, contract, take_from_quota, empty, account=billed).code != "ok"
        assert walk(world, contract, take_from_quota, done, account=billed).code == out.code

    def test_slot_is_left_whatever_happens(self, world: World, contract: Contract) -> None:
        """After a success, a refusal and a fault; while it is held, the next call is refused."""
        limits = {**contract.operation["account_limits"], "concurrency": {"code": "LimitExceeded"}}
        narrow = replace(contract, operation={**contract.operation, "account_limits": limits})
        one = replace(ACCOUNT, limits={"concurrency": 1})

        def inside(call: Call) -> None:
            assert walk(world, narrow, hold_slot, done, account=one).code == "LimitExceeded"

        for step in (inside, refuse("FailedOperation.OcrFailed"), broken):
            walk(world, narrow, hold_slot, step, done, account=one)
        assert walk(world, narrow, hold_slot, done, account=one).code == "ok"
        assert world.own_faults.value == 1

    def test_slot_is_left_though_the_log_fails(self, world: World, contract: Contract) -> None:
        """A log that cannot be written is a fault of ours, and takes no place for good."""
        limits = {**contract.operation["account_limits"], "concurrency": {"code": "LimitExceeded"}}
        narrow = replace(contract, operation={**contract.operation, "account_limits": limits})
        one = replace(ACCOUNT, limits={"concurrency": 1})

        def full(line: str) -> None:
            raise RuntimeError("no space left")

        walk(replace(world, write_line=full), narrow, hold_slot, done, account=one)
        assert world.own_faults.value == 1
        assert walk(world, narrow, hold_slot, done, account=one).code == "ok"

    def test_limit(self, world: World, contract: Contract) -> None:
        """The limit itself is allowed; the row is the one that limits.json names."""

        def measure(value: float) -> Step:
            return lambda call: refuse_past_limit(call, "max_side_px", value)

        assert walk(world, contract, measure(10_000), done).code == "ok"
        assert walk(world, contract, measure(10_001), done).code == "FailedOperation.ImageSizeTooLarge"


def test_log_line(world: World, contract: Contract, caplog: pytest.LogCaptureFixture) -> None:
    """One line per call: vendor, operation, account, code, status, milliseconds, request."""
    caplog.set_level(logging.INFO, "idmock.access")
    out = walk(world, contract, refuse("FailedOperation.OcrFailed"))
    (line,) = [r.getMessage() for r in caplog.records if r.name == "idmock.access"]
    words = line.split()
    assert words[:5] == ["test", "-", "account=one", "code=FailedOperation.OcrFailed", "status=200"]
    assert float(words[5].removeprefix("ms=")) >= 0
    assert words[6:] == [f"request={headers(out)['X-IDMock-Request']}"]
