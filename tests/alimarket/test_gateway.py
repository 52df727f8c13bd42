"""The layer in front: routes, sizes, media types, and answers that are headers above an empty body."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace

import pytest

from mockserver.accounts import Account
from mockserver.contract import load_contract
from mockserver.testing import MockServer
from tests.alimarket.raw import HOST, PATH, app_code, image_call, plain

MISSING = "500#missing-parameter"


class TestRoute:
    """Host, path and method."""

    @pytest.mark.parametrize("host", [HOST, f"{HOST}:443", HOST.upper()])
    def test_own_host_on_the_shared_port(self, idmock: MockServer, account: Account, host: str) -> None:
        """With or without a port, in any case."""
        assert app_code(account, Host=host).send(idmock).rule == MISSING

    def test_another_path_on_the_own_host(self, idmock: MockServer) -> None:
        """The host decides alone; the lookup is by path and method."""
        for target in ("/", "/idcard/ocr/", "/idcard", "/v2/x/ocr/id-card"):
            reply = replace(plain(Host=HOST), target=target).send(idmock)
            assert (reply.status, reply.code) == (404, "I404NF")
            assert reply.message == f"API not found POST {target}"

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
    def test_another_method(self, idmock: MockServer, method: str) -> None:
        """HTTP has it, the API does not."""
        reply = replace(plain(), method=method).send(idmock)
        assert (reply.status, reply.code, reply.message) == (404, "I404NF", f"API not found {method} {PATH}")

    def test_long_path_is_quoted_in_part(self, idmock: MockServer) -> None:
        """The message stays within what clients read as a header."""
        reply = replace(plain(Host=HOST), target="/" + "a" * 7_000).send(idmock)
        assert reply.code == "I404NF"
        assert len(reply.message) < 5000

    @pytest.mark.parametrize("stage", ["RELEASE", "release"])
    def test_the_stage_of_the_api(self, idmock: MockServer, account: Account, stage: str) -> None:
        """The one that is meant where none is named; in any case."""
        assert app_code(account, X_Ca_Stage=stage).send(idmock).rule == MISSING

    @pytest.mark.parametrize("stage", ["TEST", "PRE", "test"])
    def test_stages_without_the_api(self, idmock: MockServer, account: Account, stage: str) -> None:
        """They are known; only a published API can be called."""
        reply = app_code(account, X_Ca_Stage=stage).send(idmock)
        assert (reply.status, reply.code) == (404, "I404NF")
        assert reply.message == f"API not found POST {PATH} {stage.upper()}"

    @pytest.mark.parametrize(
        "named", ["json", "application/", "/json", "a b/c", "application/json/x", "身/份"]
    )
    def test_media_type_that_is_none(self, idmock: MockServer, account: Account, named: str) -> None:
        """A type, a slash, a subtype; parameters may follow."""
        assert app_code(account, Content_Type=named).send(idmock).code == "I400CT"

    @pytest.mark.parametrize("named", ["text/plain", "application/json;charset=gbk", "application/x;", None])
    def test_other_media_types_are_the_seller_s_business(
        self, idmock: MockServer, account: Account, named: str | None
    ) -> None:
        """The body is read as JSON whatever it is called, or not called."""
        request = image_call(idmock, account).with_headers({"Content-Type": named})
        assert request.send(idmock).data["type"] == "front"


class TestSizes:
    """The body's and the URL's."""

    def test_body_at_the_limit(self, idmock: MockServer, account: Account) -> None:
        """It is read; one byte more is not."""
        limit = int(load_contract("alimarket").limit("max_body_bytes"))
        request = replace(app_code(account), body=b" " * limit)
        assert request.send(idmock).rule == MISSING
        reply = replace(request, body=b" " * (limit + 1)).send(idmock)
        assert (reply.status, reply.code, reply.message) == (413, "I413RL", "Request body too Large")

    def test_size_before_credentials(self, idmock: MockServer) -> None:
        """The gateway looks at it first."""
        reply = replace(plain(), target=f"{PATH}?{'a' * 40_000}").send(idmock)
        assert (reply.status, reply.code, reply.message) == (413, "I413UL", "Request URL too Large")

    @pytest.mark.parametrize(("over", "rule"), [(0, MISSING), (1, "I413UL")])
    def test_url_and_headers_at_the_limit(
        self, idmock: MockServer, account: Account, over: int, rule: str
    ) -> None:
        """Together, wherever the bytes are: in the query or in a header."""
        limit = int(load_contract("alimarket").limit("max_url_and_header_bytes"))
        call = app_code(account).with_headers({"Host": idmock.authority, "Content-Length": "2"})
        taken = len(PATH) + 1 + sum(len(name) + len(value) + 4 for name, value in call.headers.items())
        room = limit - taken + over
        for padded in (
            replace(call, target=f"{PATH}?{'a' * room}"),
            call.with_headers({"X-Note": "a" * (room - len("X-Note") - 4)}),
        ):
            assert padded.send(idmock).rule == rule


class TestHeaders:
    """What a gateway error and a seller's answer have above their bodies."""

    def test_gateway_error(self, idmock: MockServer) -> None:
        """An empty body, the media type as it is misspelt, code and message."""
        reply = plain().send(idmock)
        assert reply.body == b""
        assert reply.headers["content-length"] == "0"
        assert reply.headers["content-type"] == "application/oct-stream"
        assert reply.headers["server"].startswith("Kaede/")
        assert reply.headers["x-ca-error-code"] == "A400MA"
        assert reply.message == "Need authorization, `X-Ca-Key` or `Authorization: APPCODE ...` is required"

    def test_seller_s_answer(self, idmock: MockServer, account: Account) -> None:
        """No error headers, whether the seller could read the picture or not."""
        for reply in (image_call(idmock, account).send(idmock), app_code(account).send(idmock)):
            assert reply.status == 200
            assert reply.headers["content-type"] == "application/json;charset=utf-8"
            assert reply.headers["server"].startswith("Kaede/")
            assert not {"x-ca-error-code", "x-ca-error-message"} & reply.headers.keys()

    def test_request_id(self, idmock: MockServer, account: Account) -> None:
        """A version 4 UUID in capitals, on every answer, another one each time."""
        replies = [
            plain().send(idmock),
            app_code(account).send(idmock),
            image_call(idmock, account).send(idmock),
        ]
        ids = [reply.headers["x-ca-request-id"] for reply in replies]
        assert len(set(ids)) == 3
        for text in ids:
            assert text == text.upper()
            assert uuid.UUID(text).version == 4

    def test_debug_info(self, idmock: MockServer, account: Account) -> None:
        """On request, times in milliseconds."""
        for request in (plain(X_Ca_Request_Mode="debug"), app_code(account, X_Ca_Request_Mode="DEBUG")):
            info = request.send(idmock).headers["x-ca-debug-info"]
            assert re.fullmatch(r'\{"ServiceLatency":[0-9]+,"TotalLatency":[0-9]+\}', info)
        assert "x-ca-debug-info" not in plain().send(idmock).headers
