"""Errors: which one comes first, the three shapes of their bodies, and what the SDK makes of them."""

from __future__ import annotations

import pytest

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests.huawei import raw
from tests.huawei.conftest import Client, mint
from tests.huawei.pictures import MEBIBYTE, picture
from tests.huawei.raw import Raw, rule, send
from tests.triggers import encoded


class TestPrecedence:
    """Each request breaks two rules; the one that is looked at first answers."""

    def test_route_before_everything(self, idmock: MockServer, account: Account) -> None:
        """No such path, no credentials, a body that is too long."""
        assert Raw("POST", "/v2/ocr/id-card", {}, b"x" * 13 * MEBIBYTE).send(idmock).rule == "APIG.0101"
        assert Raw("DELETE", raw.path_of(account)).send(idmock).rule == "APIG.0101#method"

    def test_key_before_time_before_signature(self, idmock: MockServer, account: Account) -> None:
        """An unknown key of yesterday, a wrong signature of yesterday."""
        yesterday = {"moment": idmock.clock.now() - 86_400, "secret": "wrong"}
        unknown = Account("huawei", "unknown", "active", {**account.credentials, "ak": "NOBODYS"})
        assert rule(idmock, unknown, {}, **yesterday) == "APIG.0301#ak-not-exist"
        assert rule(idmock, account, {}, **yesterday) == "APIG.0301#signature-expired"

    def test_state_of_the_key_before_the_signature(self, idmock: MockServer) -> None:
        """A disabled key is not looked up any further."""
        assert rule(idmock, mint(idmock, state="disabled"), {}, secret="wrong") == "APIG.0301#ak-not-exist"

    def test_authentication_before_throttling(self, frozen_mock: MockServer) -> None:
        """A wrong signature does not count."""
        account = mint(frozen_mock, requests_per_second=1)
        now = {"moment": frozen_mock.clock.now()}
        for _ in range(3):
            assert rule(frozen_mock, account, {}, secret="wrong", **now) == "APIG.0301#signature"
        assert rule(frozen_mock, account, {}, **now) == "AIS.0101"
        assert rule(frozen_mock, account, {}, **now) == "APIG.0308"

    def test_throttling_before_content_type_before_subscription(self, frozen_mock: MockServer) -> None:
        """The gateway has all its say before the platform."""
        account = mint(frozen_mock, state="not-activated", requests_per_second=2)
        text = {"moment": frozen_mock.clock.now(), "headers": {"Content-Type": "text/plain"}}
        assert rule(frozen_mock, account, {}, **text) == "APIG.0106"
        assert rule(frozen_mock, account, {}, moment=text["moment"]) == "ModelArts.4204"
        assert rule(frozen_mock, account, {}, **text) == "APIG.0308"

    def test_subscription_before_body(self, idmock: MockServer) -> None:
        """What the body holds does not matter."""
        account = mint(idmock, state="not-activated")
        assert rule(idmock, account, body=b"{") == "ModelArts.4204"
        assert rule(idmock, mint(idmock, state="in-arrears"), body=b"{") == "ModelArts.4106"

    def test_project_before_subscription(self, idmock: MockServer) -> None:
        """The token's scope and the path come first."""
        account = mint(idmock, state="not-activated")
        target = f"/v2/{'e' * 32}/ocr/id-card"
        assert rule(idmock, account, {}, target=target) == "ModelArts.4203"

    def test_parameters_before_the_download(self, idmock: MockServer, account: Account) -> None:
        """Nothing is fetched for a call that is refused anyway."""
        assert rule(idmock, account, {"url": "ftp://x", "side": "both"}) == "AIS.0101"

    def test_length_before_types(self, idmock: MockServer, account: Account) -> None:
        """The platform counts before the service looks."""
        body = {"image": "A" * (10 * MEBIBYTE + 4), "side": "both"}
        assert rule(idmock, account, body) == "ModelArts.4104"

    def test_length_before_json(self, idmock: MockServer, account: Account) -> None:
        """A body that is no JSON counts as a whole: past ten megabytes its length is what is wrong with it."""
        limit = 10 * 1024 * 1024
        for length, expected in ((limit, "ModelArts.4105"), (limit + 1, "ModelArts.4104")):
            assert raw.rule(idmock, account, body=b"{".ljust(length)) == expected

    def test_format_before_sides_before_content(self, idmock: MockServer, account: Account) -> None:
        """A GIF that is too small, a PNG that is too small and shows no card."""
        assert rule(idmock, account, {"image": picture("GIF", (5, 5))}) == "AIS.0102"
        assert rule(idmock, account, {"image": picture("PNG", (5, 5))}) == "AIS.0103"


class TestErrorShapes:
    def test_gateway(self, idmock: MockServer, account: Account) -> None:
        """Three members in their order and a line feed; the id also in a header; no body of a picture anywhere."""
        reply = send(idmock, account, {}, secret="wrong")
        request_id = reply.headers["x-request-id"]
        assert (
            reply.body
            == (
                '{"error_msg":"Incorrect IAM authentication information: verify aksk signature fail",'
                f'"error_code":"APIG.0301","request_id":"{request_id}"}}\n'
            ).encode()
        )
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["server"] == "api-gateway"

    def test_service(self, idmock: MockServer, account: Account) -> None:
        """Two members in the order of the page's example; the id in a header only."""
        reply = send(idmock, account, {"image": picture("PNG", (5, 5))})
        assert reply.body == (
            b'{"error_code":"AIS.0103","error_msg":"The image size does not meet the requirements."}'
        )
        assert len(reply.headers["x-request-id"]) == 32

    @pytest.mark.parametrize(
        ("change", "kind", "status", "code", "message"),
        [
            ({"sk": "wrong"}, "ClientRequestException", 401, "APIG.0301", "verify aksk signature fail"),
            (
                {"state": "not-activated"},
                "ClientRequestException",
                403,
                "ModelArts.4204",
                "RecognizeIdCard is not",
            ),
            ({"state": "answers-APIG.0613"}, "ServerResponseException", 503, "APIG.0613", "IAM service"),
            ({"side": "both"}, "ClientRequestException", 400, "AIS.0101", "input parameter"),
            ({"specimen": "no-card"}, "ClientRequestException", 400, "AIS.0104", "image quality is poor"),
        ],
    )
    def test_sdk_exceptions(
        self,
        idmock: MockServer,
        client: Client,
        change: dict[str, str],
        kind: str,
        status: int,
        code: str,
        message: str,
    ) -> None:
        """One of each family as the SDK's own exception, with its status, code, message and request id."""
        account = mint(idmock, state=change.get("state", "active"))
        sdk = client(idmock, account, sk=change.get("sk"))
        image = encoded(idmock.specimen(change.get("specimen", "front")))
        error = sdk.refusal(image=image, side=change.get("side", "front"))
        assert (type(error).__name__, error.status_code, error.error_code) == (kind, status, code)
        assert message in error.error_msg
        assert error.request_id == sdk.reply.headers["X-Request-Id"]

    def test_sdk_throttled(self, idmock: MockServer, client: Client, front: str) -> None:
        """The fifth family: limits."""
        sdk = client(idmock, mint(idmock, requests_per_second=1))
        idmock.clock.freeze()
        try:
            sdk.call(image=front)
            error = sdk.refusal(image=front)
        finally:
            idmock.clock.reset()
        assert (error.status_code, error.error_code) == (429, "APIG.0308")
