"""The bytes of an answer, and the languages of its messages."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from mockserver.accounts import Account
from mockserver.contract import load_contract
from mockserver.testing import MockServer
from tests.tencent.conftest import Client, mint
from tests.tencent.sdk import Sdk, picture

#: Members of ``Response`` in the order of the wire (contract §6.1).
ORDER = (
    "Name", "Sex", "Nation", "Birth", "Address", "IdNum", "Authority", "ValidDate",
    "AdvancedInfo", "ReflectDetailInfos", "RequestId",
)  # fmt: skip


class TestWire:
    """The bytes of an answer."""

    def test_success(self, idmock: MockServer, sdk: Sdk) -> None:
        """Status, exact Content-Type, length, key order, compact UTF-8 without a final newline."""
        sdk.call(picture(idmock, "front"))
        reply = sdk.reply
        assert reply.status_code == 200
        assert reply.headers["Content-Type"] == "application/json"
        assert int(reply.headers["Content-Length"]) == len(reply.content)
        assert tuple(json.loads(reply.content)["Response"]) == ORDER
        assert reply.content == compact(json.loads(reply.content))
        assert b'"Name":"\xe9\xa5\xb6\xe5\x85\x89\xe9\xb8\xa3"' in reply.content

    def test_error(self, sdk: Sdk) -> None:
        """The same, with Code before Message and RequestId last."""
        error = sdk.refusal({"Unknown": 1})
        reply = sdk.reply
        assert reply.status_code == 200
        assert reply.headers["Content-Type"] == "application/json"
        assert int(reply.headers["Content-Length"]) == len(reply.content)
        assert (
            reply.content
            == (
                '{"Response":{"Error":{"Code":"UnknownParameter","Message":"未定义参数 `Unknown` 。"},'
                f'"RequestId":"{error.get_request_id()}"}}}}'
            ).encode()
        )

    def test_request_ids(self, idmock: MockServer, sdk: Sdk) -> None:
        """Lower-case UUIDs, another for each call, the same in the header that names the mock."""
        seen = set()
        for _ in range(3):
            request_id = sdk.call(picture(idmock, "front"))["RequestId"]
            assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", request_id)
            assert sdk.reply.headers["X-IDMock-Request"] == request_id
            seen.add(request_id)
        assert len(seen) == 3

    def test_request_id_inside_the_permission_message(self, idmock: MockServer, client: Client) -> None:
        """UnauthorizedOperation repeats it in its text, and names the action."""
        error = client(idmock, idmock.account("tencent", "no-permission")).refusal({})
        assert error.get_message() == (
            f"操作未授权，请检查CAM策略。[[request id:{error.get_request_id()}]you are not authorized to perform "
            "operation (ocr:IDCardOCR)\nresource (*) has no permission\n]"
        )

    def test_no_refusal_headers_on_a_success(self, idmock: MockServer, sdk: Sdk) -> None:
        """The rule is named on refusals only; the body never names the mock."""
        sdk.call(picture(idmock, "front"))
        assert "X-IDMock-Rule" not in sdk.reply.headers
        assert b"mock" not in sdk.reply.content.lower()

    @pytest.mark.parametrize("name", ["front", "back-photocopy", "front-photocopy"])
    def test_errors_keep_their_schema(self, idmock: MockServer, sdk: Sdk, name: str) -> None:
        """For pictures of each format."""
        sdk.refusal({**picture(idmock, name), "CardSide": "LEFT"})
        load_contract("tencent").error_validator.validate(json.loads(sdk.reply.content))


class TestLanguages:
    """Platform messages follow X-TC-Language, messages of the action are Chinese whatever it says."""

    CASES: tuple[tuple[dict[str, Any], str, str], ...] = (
        ({"Unknown": 1}, "The parameter `Unknown` is not recognized.", "未定义参数 `Unknown` 。"),
        (
            {"CardSide": 1},
            "The value type of parameter `CardSide` is not valid.",
            "参数 `CardSide` 取值类型错误。参数类型应为 `string`",
        ),
        (
            {"EnableReflectDetail": "yes"},
            "The value type of parameter `EnableReflectDetail` is not valid.",
            "参数 `EnableReflectDetail` 取值类型错误。参数类型应为 `bool`",
        ),
    )

    @pytest.mark.parametrize("sign_method", ["TC3-HMAC-SHA256", "HmacSHA256"])
    @pytest.mark.parametrize("language", ["zh-CN", "en-US", None])
    def test_unknown_parameter(
        self, idmock: MockServer, account: Account, client: Client, language: str | None, sign_method: str
    ) -> None:
        """In the language asked for, English when none is; with v1 the language is a parameter."""
        error = client(idmock, account, language=language, sign_method=sign_method).refusal({"Unknown": 1})
        _, english, chinese = self.CASES[0]
        assert error.get_message() == (chinese if language == "zh-CN" else english)

    @pytest.mark.parametrize(("parameters", "english", "chinese"), CASES)
    def test_messages(
        self,
        idmock: MockServer,
        account: Account,
        client: Client,
        parameters: dict[str, Any],
        english: str,
        chinese: str,
    ) -> None:
        """Letter by letter."""
        for language, text in (("en-US", english), ("zh-CN", chinese)):
            assert client(idmock, account, language=language).refusal(parameters).get_message() == text

    @pytest.mark.parametrize("language", ["zh-CN", "en-US", None])
    def test_business_message(
        self, idmock: MockServer, account: Account, client: Client, language: str | None
    ) -> None:
        """Chinese in every case."""
        error = client(idmock, account, language=language).refusal(picture(idmock, "no-card"))
        assert error.get_message() == "照片未检测到身份证"

    @pytest.mark.parametrize(
        ("language", "text"),
        [
            ("zh-CN", "您当前每秒请求 `2` 次，超过了每秒频率上限 `1`，请稍后重试。"),
            (
                "en-US",
                "Your current request times equals to `2` in a second, which exceeds the frequency limit `1` "
                "for a second. Please reduce the frequency of calls.",
            ),
        ],
    )
    def test_rate_message(self, frozen_mock: MockServer, client: Client, language: str, text: str) -> None:
        """The figures stand between back-ticks."""
        sdk = client(frozen_mock, mint(frozen_mock, requests_per_second=1), language=language)
        messages = [sdk.refusal({}).get_message() for _ in range(2)]
        assert messages == ["ImageUrl和ImageBase64必须有一个不为空", text]


def compact(value: Any) -> bytes:
    """JSON without a space, letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
