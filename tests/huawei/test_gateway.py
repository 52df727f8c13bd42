"""The gateway in front: its headers for debugging, the paths that are the vendor's, the edge of the time window."""

from __future__ import annotations

import re

import pytest

from mockserver.accounts import Account
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.conftest import StartMock
from tests.huawei import raw
from tests.huawei.conftest import mint
from tests.huawei.raw import Raw

DEBUG = {"X-Apig-Mode": "debug"}
#: The first parameter is wrong: the call got past the gateway.
PAST, BODY = "AIS.0101", {"side": "both"}


class TestDebugging:
    def test_headers(self, frozen_mock: MockServer) -> None:
        """Times in milliseconds and what is left of the caller's calls, for those who ask only."""
        account, now = mint(frozen_mock, requests_per_second=3), frozen_mock.clock.now()
        asked = raw.send(frozen_mock, account, BODY, headers=DEBUG, moment=now).headers
        assert asked["x-apig-ratelimit-user"] == "remain:2,limit:3,time:1 second"
        assert (asked["x-apig-latency"], asked["x-apig-upstream-latency"]) == ("0", "0")
        plain = raw.send(frozen_mock, account, BODY, moment=now).headers
        assert not [name for name in plain if name.startswith("x-apig-")]
        assert (
            raw.send(frozen_mock, account, BODY, headers=DEBUG, moment=now)
            .headers["x-apig-ratelimit-user"]
            .startswith("remain:0,")
        )

    def test_past_the_limit(self, frozen_mock: MockServer) -> None:
        """Nothing is left, and nothing went upstream."""
        account, now = mint(frozen_mock, requests_per_second=1), frozen_mock.clock.now()
        raw.send(frozen_mock, account, BODY, moment=now)
        reply = raw.send(frozen_mock, account, BODY, headers=DEBUG, moment=now)
        assert (reply.code, reply.headers["x-apig-ratelimit-user"]) == (
            "APIG.0308",
            "remain:0,limit:1,time:1 second",
        )
        assert "x-apig-upstream-latency" not in reply.headers

    def test_before_anyone_is_known(self, idmock: MockServer) -> None:
        """Only the time that it took."""
        reply = Raw("POST", "/v2/ocr/id-card", DEBUG).send(idmock)
        found = {name: value for name, value in reply.headers.items() if name.startswith("x-apig-")}
        assert list(found) == ["x-apig-latency"]
        assert re.fullmatch(r"\d+", found["x-apig-latency"])

    def test_ignored(self, start_mock: StartMock) -> None:
        """In the edition lenient."""
        mock = start_mock(Settings(editions={"huawei": ("lenient",)}))
        headers = raw.send(mock, mint(mock), BODY, headers=DEBUG).headers
        assert not [name for name in headers if name.startswith("x-apig-")]


@pytest.mark.parametrize("path", ["/v2/{project}/ocr/general-text", "/v2/{project}/ocr/id-card/"])
def test_other_paths_of_the_service(idmock: MockServer, account: Account, path: str) -> None:
    """The vendor's gateway answers them, not the mock's front door."""
    target = path.format(project=account.credentials["project_id"])
    reply = raw.send(idmock, account, {}, target=target)
    assert (reply.status, reply.code) == (404, "APIG.0101")


class TestWindow:
    @pytest.mark.parametrize(
        ("age", "expected"), [(900, PAST), (901, "APIG.0301"), (-900, PAST), (-901, "APIG.0301")]
    )
    @pytest.mark.parametrize("fraction", [0.0, 0.25, 0.75])
    def test_edges(self, frozen_mock: MockServer, age: int, expected: str, fraction: float) -> None:
        """A quarter of an hour on either side, by the second, whatever the fraction of the server's."""
        now = int(frozen_mock.clock.now())
        frozen_mock.clock.freeze(now + fraction)
        assert raw.send(frozen_mock, mint(frozen_mock), BODY, moment=now - age).code == expected


class TestExpiredToken:
    def test_in_other_words(self, start_mock: StartMock) -> None:
        """The pages have two codes for it."""
        mock = start_mock(Settings(editions={"huawei": ("token-must-be-updated",)}))
        account = mint(mock)
        mock.clock.freeze()
        token = raw.token_of(mock, account)
        mock.clock.shift(86_400)
        reply = raw.with_token(account, token, BODY).send(mock)
        assert (reply.status, reply.code, reply.message) == (401, "APIG.0307", "The token must be updated.")
