"""The official clients: success on every side, and their own exceptions with code, message and request id."""

from __future__ import annotations

import json
from unittest import mock as patching

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.request import RpcRequest
from darabonba.core import DaraCore
from darabonba.policy.retry import RetryCondition, RetryOptions

from mockserver.accounts import Account
from mockserver.clients.environment import environment
from mockserver.contract import load_contract
from mockserver.settings import Settings
from mockserver.testing import MockServer
from mockserver.vendors import load
from tests.aliyun.conftest import mint
from tests.aliyun.sdk import Core, Sdk, watched
from tests.conftest import StartMock
from tests.snippets import run_snippet
from tests.triggers import message_pattern

CONTRACT = load_contract("aliyun")


class TestSuccess:
    @pytest.mark.parametrize("specimen", ["front", "back", "both"])
    def test_nothing_is_lost(self, idmock: MockServer, sdk: Sdk, specimen: str) -> None:
        """The model holds what the body holds, and the body is valid."""
        response = sdk.call(idmock.specimen(specimen), output_figure=True, output_quality_info=True)
        assert response.status_code == 200
        body = response.body.to_map()
        assert body.keys() == {"RequestId", "Data"}
        assert not list(CONTRACT.response_validator.iter_errors(body))
        assert response.headers["x-acs-request-id"] == response.body.request_id

    @pytest.mark.parametrize("specimen", ["front", "back", "both"])
    def test_the_older_client_too(self, idmock: MockServer, account: Account, specimen: str) -> None:
        """aliyun-python-sdk-core: RPC signature, the picture by Url or as a body that is not signed."""
        core = Core(idmock, account)
        by_url = core.call(Url=f"{idmock.url}/_idmock/specimens/{specimen}.jpg")
        by_body = core.call(idmock.specimen(specimen))
        assert by_url["Data"] == by_body["Data"]
        assert not list(CONTRACT.response_validator.iter_errors(by_url))

    def test_get(self, idmock: MockServer, account: Account) -> None:
        """The very first clients."""
        core = Core(idmock, account)
        answer = core.call(method="GET", Url=f"{idmock.url}/_idmock/specimens/front.bmp")
        assert json.loads(answer["Data"])["data"]["face"]["data"]["sex"] == "男"

    def test_the_old_signature_of_the_new_client(self, idmock: MockServer, account: Account) -> None:
        """``signature_algorithm="v2"`` is the RPC style, with x-acs-* headers beside it."""
        sdk = Sdk(idmock, account, signature_algorithm="v2")
        data = sdk.data(url=f"{idmock.url}/_idmock/specimens/front.jpg", output_figure=True)
        assert data["data"]["face"]["figure"]

    def test_a_temporary_key(self, idmock: MockServer) -> None:
        """Through both clients, with the token of the ready-made account."""
        account = idmock.account("aliyun", "temporary")
        idmock.world.state.reset()
        url = f"{idmock.url}/_idmock/specimens/front.jpg"
        assert Sdk(idmock, account).data(url=url) == json.loads(Core(idmock, account).call(Url=url)["Data"])


#: One of each family: account state, picture, specimen, what the exception is and says.
FAMILIES = [
    ("disabled", "front", "ClientException", 400, "InvalidAccessKeyId.Inactive"),
    ("no-permission", "front", "ClientException", 401, "noPermission"),
    ("not-activated", "front", "ClientException", 401, "ocrServiceNotOpen"),
    ("active", "no-card", "ClientException", 400, "unmatchedImageType"),
    ("active", "two-fronts", "ClientException", 400, "ExceededFaceBackCount"),
    ("active", "recognition-fails", "ServerException", 503, "algorithmError"),
    ("answers-InternalError", "front", "ServerException", 500, "InternalError"),
    ("answers-ServiceTimeout", "front", "ServerException", 504, "ServiceTimeout"),
]


class TestExceptions:
    @pytest.mark.parametrize(("state", "specimen", "kind", "status", "code"), FAMILIES)
    def test_of_the_new_client(
        self, idmock: MockServer, state: str, specimen: str, kind: str, status: int, code: str
    ) -> None:
        """Class by status; the message is the server's between the status and the request id."""
        with watched() as seen:
            error = Sdk(idmock, mint(idmock, state=state)).refusal(idmock.specimen(specimen))
        assert type(error).__name__ == kind
        assert (error.code, error.status_code) == (code, status)
        assert error.request_id == seen[-1].headers["x-acs-request-id"]
        text = CONTRACT.error(code).text()
        assert error.message == f"code: {status}, {text} request id: {error.request_id}"
        assert error.data["HostId"] == "ocr-api.cn-hangzhou.aliyuncs.com"

    @pytest.mark.parametrize(("state", "specimen", "kind", "status", "code"), FAMILIES)
    def test_of_the_older_client(
        self, idmock: MockServer, state: str, specimen: str, kind: str, status: int, code: str
    ) -> None:
        """One class, with code, text, status and request id."""
        error = Core(idmock, mint(idmock, state=state)).refusal(idmock.specimen(specimen))
        assert (error.get_error_code(), error.get_http_status()) == (code, status)
        assert message_pattern(CONTRACT.error(code), None).fullmatch(error.get_error_msg())
        assert error.get_request_id()

    def test_the_older_client_sees_a_wrong_secret(self, idmock: MockServer, account: Account) -> None:
        """It compares the string to sign in the message with its own: when they agree, only the secret can be wrong."""
        request = RpcRequest("ocr-api", "2021-07-07", "RecognizeIdcard")
        request.set_protocol_type("http")
        request.set_endpoint(idmock.authority)
        request.add_query_param("Url", "https://example.com/a b/身份证.jpg?y=*~+")
        with pytest.raises(ServerException) as raised:
            Core(idmock, account, secret="wrong").client.do_action_with_exception(request)
        assert raised.value.get_error_code() == "InvalidAccessKeySecret"

    def test_a_throttled_call(self, idmock: MockServer) -> None:
        """Without the header that it waits for, the new client makes an ordinary exception of it."""
        idmock.clock.freeze()
        try:
            sdk = Sdk(idmock, mint(idmock, requests_per_second=1))
            sdk.call(idmock.specimen("front"))
            error = sdk.refusal(idmock.specimen("front"))
        finally:
            idmock.clock.reset()
        assert type(error).__name__ == "ClientException"
        assert (error.code, error.status_code) == ("Throttling.User", 400)

    def test_an_xml_error_is_understood(self, idmock: MockServer, account: Account) -> None:
        """Under its exact content type."""
        sdk = Sdk(idmock, account)
        sdk.client._headers = {"accept": "application/xml"}
        error = sdk.refusal(b"no picture")
        assert (error.code, error.status_code) == ("unsupportedImageFormat", 415)


class TestRetries:
    def test_a_retry_waits_signs_anew_and_has_lost_the_picture(self, start_mock: StartMock) -> None:
        """The new client reads the stream once: the second attempt is valid, and empty (contract §9.2)."""
        server = start_mock(Settings(vendors=("aliyun",), editions={"aliyun": ("throttling-429",)}))
        server.clock.freeze()
        condition = RetryCondition(max_attempts=3, exception=["ThrottlingException"], error_code=[])
        options = RetryOptions(retryable=True, max_attempts=3, retry_condition=[condition])
        sdk = Sdk(server, mint(server, requests_per_second=1), retry_options=options)
        waited: list[int] = []

        def wait(milliseconds: int) -> None:
            waited.append(milliseconds)
            server.clock.shift(milliseconds / 1000)

        sdk.call(server.specimen("front"))
        with patching.patch.object(DaraCore, "sleep", wait), watched() as seen:
            error = sdk.refusal(server.specimen("front"))
        assert waited == [1000]
        assert [response.headers["X-IDMock-Rule"] for response in seen] == [
            "Throttling.User",
            "imageUrlOrBodyEmpty",
        ]
        assert error.code == "imageUrlOrBodyEmpty"


class TestClient:
    def test_the_demo_call(self, idmock: MockServer, account: Account) -> None:
        """Name, date of birth and number as the vendor spells them; an error by its code."""
        call = load("aliyun").client.call
        assert call(idmock.url, account, idmock.specimen("front")) == {
            "name": "饶光鸣",
            "birth": "1995年2月14日",
            "number": "370117199502149751",
        }
        with pytest.raises(RuntimeError, match=r"^noPermission$"):
            call(idmock.url, mint(idmock, state="no-permission"), idmock.specimen("front"))

    @pytest.mark.parametrize("state", ["active", "temporary"])
    def test_the_snippet_runs_as_it_is(self, idmock: MockServer, state: str) -> None:
        """With the exports beside it, it prints the holder's name."""
        idmock.world.state.reset()
        variables = environment("aliyun", state, idmock.url).variables
        assert ("ALIBABA_CLOUD_SECURITY_TOKEN" in variables) == (state == "temporary")
        ran = run_snippet(idmock, "aliyun", state)
        assert (ran.returncode, ran.stdout) == (0, "饶光鸣\n"), ran.stderr
