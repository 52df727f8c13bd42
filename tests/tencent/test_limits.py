"""Calls per second and calls left, with a clock that stands still until it is moved."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from mockserver.testing import MockServer
from tests.customers import UNLIMITED
from tests.tencent.conftest import Client, mint
from tests.tencent.raw import tc3
from tests.tencent.sdk import Sdk, picture

LIMIT = "RequestLimitExceeded"
RUN_OUT = "ResourceUnavailable.ResourcePackageRunOut"


def counts(sdk: Sdk, parameters: dict[str, str], calls: int) -> list[int]:
    """0 for each call that passed, for each refused one the count that its message names."""
    seen = []
    for _ in range(calls):
        try:
            sdk.call(parameters)
            seen.append(0)
        except TencentCloudSDKException as error:
            assert error.get_code() == LIMIT
            found = re.search(r"每秒请求 `(\d+)` 次，超过了每秒频率上限 `(\d+)`", error.get_message())
            assert found is not None
            seen.append(int(found[1]))
    return seen


class TestPerSecond:
    """Twenty calls of the action in a second of the server's clock."""

    def test_twenty_of_twenty_five(self, frozen_mock: MockServer, client: Client) -> None:
        """In each second; the message counts the refused calls too."""
        sdk = client(frozen_mock, frozen_mock.account("tencent"))
        sent = picture(frozen_mock, "front")
        for _ in range(4):
            assert counts(sdk, sent, 25) == [0] * 20 + [21, 22, 23, 24, 25]
            frozen_mock.clock.shift(1.0)

    def test_the_window_is_the_calendar_second(self, frozen_mock: MockServer, client: Client) -> None:
        """Twenty at its end and twenty at the beginning of the next."""
        sdk = client(frozen_mock, frozen_mock.account("tencent"))
        sent = picture(frozen_mock, "front")
        frozen_mock.clock.shift(0.99)
        assert counts(sdk, sent, 20) == [0] * 20
        frozen_mock.clock.shift(0.02)
        assert counts(sdk, sent, 21) == [0] * 20 + [21]

    def test_slow_lane(self, frozen_mock: MockServer, client: Client) -> None:
        """The ready-made account with two calls a second."""
        sdk = client(frozen_mock, frozen_mock.account("tencent", "slow-lane"))
        assert counts(sdk, picture(frozen_mock, "front"), 4) == [0, 0, 3, 4]

    def test_accounts_do_not_share(self, frozen_mock: MockServer, client: Client) -> None:
        """One at its limit does not slow another."""
        sent = picture(frozen_mock, "front")
        busy, other = (client(frozen_mock, mint(frozen_mock, requests_per_second=1)) for _ in range(2))
        assert counts(busy, sent, 2) == [0, 2]
        assert counts(other, sent, 1) == [0]

    def test_keys_in_use_by_several_clients_share(self, frozen_mock: MockServer, client: Client) -> None:
        """The account is limited, not the connection."""
        account = mint(frozen_mock, requests_per_second=3)
        sent = picture(frozen_mock, "front")
        one, two = client(frozen_mock, account), client(frozen_mock, account, sign_method="HmacSHA1")
        assert counts(one, sent, 2) + counts(two, sent, 2) == [0, 0, 0, 4]

    def test_parallel_calls(self, frozen_mock: MockServer) -> None:
        """Of thirty at once twenty pass, and every refused one has a count of its own."""
        account = frozen_mock.account("tencent")
        request = tc3(account, picture(frozen_mock, "front"), timestamp=frozen_mock.clock.now())
        with ThreadPoolExecutor(10) as pool:
            replies = list(pool.map(lambda _: request.send(frozen_mock), range(30)))
        refused = [reply.message for reply in replies if reply.code == LIMIT]
        assert [reply.code for reply in replies].count(None) == 20
        assert sorted(int(message.split("`")[1]) for message in refused) == list(range(21, 31))

    def test_unauthenticated_calls_are_not_counted(self, frozen_mock: MockServer, client: Client) -> None:
        """Whoever has not the key cannot use up the account's second."""
        account = mint(frozen_mock, requests_per_second=1)
        stranger = client(frozen_mock, account, secret_key="wrong")
        for _ in range(3):
            assert stranger.refusal({}).get_code() == "AuthFailure.SignatureFailure"
        assert counts(client(frozen_mock, account), picture(frozen_mock, "front"), 1) == [0]

    def test_calls_that_fail_later_are_counted(self, frozen_mock: MockServer, client: Client) -> None:
        """The limit stands before the parameters."""
        sdk = client(frozen_mock, mint(frozen_mock, requests_per_second=1))
        codes = [sdk.refusal({"Unknown": 1}).get_code() for _ in range(2)]
        assert codes == ["UnknownParameter", LIMIT]

    def test_no_retry_after(self, frozen_mock: MockServer) -> None:
        """The vendor never sends one; HTTP says 200."""
        account = mint(frozen_mock, requests_per_second=0)
        reply = tc3(account, {}, timestamp=frozen_mock.clock.now()).send(frozen_mock)
        assert (reply.status, reply.code) == (200, LIMIT)
        assert "retry-after" not in reply.headers


class TestCallsLeft:
    """A prepaid package."""

    def test_last_call(self, frozen_mock: MockServer, client: Client) -> None:
        """The ready-made account has one call."""
        sdk = client(frozen_mock, frozen_mock.account("tencent", "last-call"))
        assert sdk.call(picture(frozen_mock, "front"))["Name"] == "饶光鸣"
        assert sdk.refusal(picture(frozen_mock, "front")).get_code() == RUN_OUT

    @pytest.mark.parametrize(
        ("parameters", "code"),
        [
            ({}, "InvalidParameterValue.InvalidParameterValueLimit"),
            ({"ImageBase64": "AAAA"}, "FailedOperation.ImageDecodeFailed"),
            ({"ImageUrl": "https://xx/a.jpg"}, "FailedOperation.DownLoadError"),
            ({"Unknown": 1}, "UnknownParameter"),
        ],
    )
    def test_errors_are_not_billed(
        self, frozen_mock: MockServer, client: Client, parameters: dict[str, object], code: str
    ) -> None:
        """They give their call back."""
        sdk = client(frozen_mock, mint(frozen_mock, calls_left=1))
        for _ in range(3):
            assert sdk.refusal(parameters).get_code() == code
        assert sdk.call(picture(frozen_mock, "front"))["Name"] == "饶光鸣"
        assert sdk.refusal(picture(frozen_mock, "front")).get_code() == RUN_OUT

    def test_empty_picture_is_billed(self, frozen_mock: MockServer, client: Client) -> None:
        """The one error that costs a call."""
        sdk = client(frozen_mock, mint(frozen_mock, calls_left=1))
        assert sdk.refusal({"ImageBase64": ""}).get_code() == "FailedOperation.EmptyImageError"
        assert sdk.refusal(picture(frozen_mock, "front")).get_code() == RUN_OUT

    def test_reset_refills(self, frozen_mock: MockServer, client: Client) -> None:
        """A reset of the state gives the package back."""
        sdk = client(frozen_mock, mint(frozen_mock, calls_left=1, requests_per_second=UNLIMITED))
        sdk.call(picture(frozen_mock, "front"))
        frozen_mock.world.state.reset()
        assert sdk.call(picture(frozen_mock, "front"))["Name"] == "饶光鸣"
