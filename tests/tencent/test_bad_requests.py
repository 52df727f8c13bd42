"""Every byte sequence gets the vendor's answer: broken bodies, wrong types, huge requests, lying lengths."""

from __future__ import annotations

import json
import socket
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from mockserver.accounts import Account
from mockserver.contract import load_contract
from mockserver.testing import MockServer
from tests.tencent.conftest import mint
from tests.tencent.raw import FORM, HOST, Raw, Reply, tc3, v1, v1_parameters
from tests.tencent.sdk import Sdk, picture
from tests.wire import connect

DECODE = "FailedOperation.ImageDecodeFailed"
MEBIBYTE = 1024 * 1024


def sent(mock: MockServer, account: Account, body: bytes) -> Reply:
    """The answer to a well-signed body."""
    return tc3(account, body=body).send(mock)


class TestJson:
    """Bodies of signature v3."""

    @pytest.mark.parametrize(
        "body",
        [
            b"{", b"nonsense", b"{'CardSide': 'FRONT'}", b'{"CardSide": }', b'{"CardSide": NaN}', b"{} {}",
            b'{"CardSide": Infinity}', b'{"CardSide": "\xff\xfe"}', b'{"CardSide": "\\ud800"}', b"\xef\xbb\xbf{}",
            '{"CardSide": "FRONT"}'.encode("utf-16"), b"[]", b'"FRONT"', b"1", b"null", b"true", b" ", b"\x00",
            b'{"CardSide":' + b"[" * 100_000 + b"]" * 100_000 + b"}", b'{"a":' * 5000 + b"1" + b"}" * 5000,
            b'{"CardSide": "a\nb"}', b'{"CardSide": 01}', b'{"CardSide": "FRONT",}',
        ],
    )  # fmt: skip
    def test_not_a_json_object(self, idmock: MockServer, account: Account, body: bytes) -> None:
        """Not JSON, not UTF-8, too deep, or no object."""
        assert sent(idmock, account, body).rule == "InvalidParameter#body"

    @pytest.mark.parametrize("body", [b"", b"{}", b" {\n} "])
    def test_empty(self, idmock: MockServer, account: Account, body: bytes) -> None:
        """No body is an empty object."""
        assert sent(idmock, account, body).rule == "InvalidParameterValue.InvalidParameterValueLimit#no-image"

    def test_last_of_two_members_counts(self, idmock: MockServer, account: Account) -> None:
        """An object may name a member twice; the last one stands, as in most JSON readers."""
        body = b'{"CardSide": 1, "CardSide": "LEFT", "ImageUrl": "x"}'
        assert sent(idmock, account, body).rule.endswith("#card-side")

    @pytest.mark.parametrize("value", [1, 1.5, True, ["FRONT"], {"a": 1}, 10**30, -0.0])
    @pytest.mark.parametrize("name", ["ImageBase64", "ImageUrl", "CardSide", "Config"])
    def test_text_expected(self, sdk: Sdk, name: str, value: Any) -> None:
        """Numbers, booleans, lists and objects where a text belongs."""
        error = sdk.refusal({name: value})
        assert error.get_message() == f"参数 `{name}` 取值类型错误。参数类型应为 `string`"

    @pytest.mark.parametrize("value", [1, 0, "true", "True", "", [], {}])
    @pytest.mark.parametrize("name", ["EnableRecognitionRectify", "EnableReflectDetail"])
    def test_boolean_expected(self, sdk: Sdk, name: str, value: Any) -> None:
        """In JSON a boolean is true or false, not a number and not a text."""
        error = sdk.refusal({name: value})
        assert error.get_message() == f"参数 `{name}` 取值类型错误。参数类型应为 `bool`"

    @pytest.mark.parametrize(
        "name", ["imagebase64", "Imagebase64", "Action", "ImageURL", "", "·", "A.B", "\u0000"]
    )
    def test_unknown_names(self, sdk: Sdk, name: str) -> None:
        """Names are compared letter by letter, and common parameters are none of the action's."""
        assert sdk.refusal({name: "x"}).get_message() == f"未定义参数 `{name}` 。"

    def test_unknown_before_type(self, sdk: Sdk) -> None:
        """And the first unknown one is named, in the order of the request."""
        error = sdk.refusal({"CardSide": 1, "Zeta": 1, "Alpha": 1})
        assert error.get_message() == "未定义参数 `Zeta` 。"

    @pytest.mark.parametrize(
        "text", ["[" * 5000, '{"Quality":NaN}', '{"Quality":"\ud800"}', "\u0000", "{" * 9]
    )
    def test_broken_config(self, idmock: MockServer, account: Account, text: str) -> None:
        """JSON inside JSON can be broken as well."""
        body = json.dumps({"Config": text, **picture(idmock, "front")}).encode()
        assert sent(idmock, account, body).rule in (
            "InvalidParameter.ConfigFormatError",
            "InvalidParameter#body",
        )


class TestForms:
    """Bodies and queries of signature v1, and other media types."""

    @pytest.mark.parametrize(
        "name", ["Token", "Region", "Version", "Action", "Nonce", "CardSide", "Config", "Odd"]
    )
    @pytest.mark.parametrize("raw", [b"\xff", b"\xed\xa0\x80", b"\x00", b"\r\nX-Injected: 1"])
    def test_bytes_that_are_no_text(self, idmock: MockServer, name: str, raw: bytes) -> None:
        """An error of the vendor's, in a body that is UTF-8 and a header that is one line."""
        temporary = mint(idmock, token="TOKENMOCK")
        odd = {name: raw.decode("utf-8", "surrogateescape")}
        reply = v1(temporary, v1_parameters(temporary, Token="TOKENMOCK", ImageUrl="x") | odd).send(idmock)
        load_contract("tencent").error_validator.validate(json.loads(reply.body))
        assert "x-injected" not in reply.headers

    def test_name_that_is_no_text(self, idmock: MockServer, account: Account) -> None:
        """Quoted in the message with a replacement character."""
        reply = v1(account, v1_parameters(account, ImageUrl="x") | {"\udcff": "1"}).send(idmock)
        assert reply.message == "The parameter `\ufffd` is not recognized."

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_piece_without_equals(self, idmock: MockServer, account: Account, method: str) -> None:
        """In a query or in a form; an empty piece is none."""
        request = v1(account, v1_parameters(account), method=method)
        for piece, rule in (("&x", "InvalidParameter#url-form"), ("&&", "#no-image")):
            if method == "GET":
                changed = Raw("GET", request.target + piece, request.headers)
            else:
                changed = Raw("POST", "/", request.headers, request.body + piece.encode())
            assert changed.send(idmock).rule.endswith(rule)

    @pytest.mark.parametrize("value", ["-1", "1.5", " 1", "1e3", "0x10", "９", "9" * 20])
    @pytest.mark.parametrize("name", ["Timestamp", "Nonce"])
    def test_numbers(self, idmock: MockServer, account: Account, name: str, value: str) -> None:
        """Decimal digits and nothing else."""
        reply = v1(account, v1_parameters(account, **{name: value})).send(idmock)
        assert reply.message == f"Parameter `{name}` type error."

    @pytest.mark.parametrize("timestamp", ["0", "1", "9" * 19, "17000000000000"])
    def test_times_far_away(self, idmock: MockServer, account: Account, timestamp: str) -> None:
        """Also such as no calendar knows."""
        reply = tc3(account, {}).with_headers({"X-TC-Timestamp": timestamp}).send(idmock)
        assert reply.code == "AuthFailure.SignatureExpire"

    @pytest.mark.parametrize("language", ["zh-CN", "en-US"])
    def test_multipart_is_refused(self, idmock: MockServer, account: Account, language: str) -> None:
        """The action is not documented to take it; the SDK can send it. English, as seen in either language."""
        with Sdk(idmock, account, language=language) as sdk:
            error = sdk.refusal({"CardSide": "FRONT"}, options={"IsMultipart": True})
        assert (error.get_code(), error.get_message()) == (
            "UnsupportedProtocol",
            "this action does not support Content-Type=`multipart/form-data`",
        )

    @pytest.mark.parametrize(
        "body",
        [b"", b"--part", b"--other\r\n\r\nx\r\n--other--", b"--part\r\n\r\nx", b"--part--\r\n", b"\xff" * 99],
    )
    def test_broken_multipart(self, idmock: MockServer, account: Account, body: bytes) -> None:
        """Parts that do not begin or do not end; an announcement without a boundary."""
        for content_type in ("multipart/form-data; boundary=part", "multipart/form-data"):
            assert tc3(account, body=body, content_type=content_type).send(idmock).code == "InvalidRequest"

    @pytest.mark.parametrize(
        "content_type", ["text/plain", FORM, "application/octet-stream", "x", "application/xml"]
    )
    def test_other_media_types(self, idmock: MockServer, account: Account, content_type: str) -> None:
        """Of a v3 POST with a body."""
        reply = tc3(account, {}, content_type=content_type).send(idmock)
        assert reply.message == f"this action does not support Content-Type=`{content_type}`"

    def test_media_type_without_its_parameters(self, idmock: MockServer, account: Account) -> None:
        """And in lower case, whatever the client writes."""
        reply = tc3(account, {}, content_type="Text/Plain; charset=utf-8").send(idmock)
        assert reply.message == "this action does not support Content-Type=`text/plain`"

    def test_action_before_media_type(self, idmock: MockServer, account: Account) -> None:
        """The refusal speaks of the action, so the action is looked for first, and the body is not read for it."""
        bare = tc3(account, body=b"no JSON", content_type="text/plain")
        assert bare.with_headers({"X-TC-Action": "Other"}).send(idmock).code == "InvalidAction"
        assert bare.with_headers({"X-TC-Timestamp": None}).send(idmock).code == "MissingParameter"
        assert bare.send(idmock).code == "UnsupportedProtocol"

    @pytest.mark.parametrize("header", ["X-TC-Language", "X-TC-Region", "X-TC-Token", "X-TC-RequestClient"])
    def test_stray_header_beside_a_form(self, idmock: MockServer, account: Account, header: str) -> None:
        """Headers of signature v3 that do not make one: a form stays a form."""
        form = v1(account, v1_parameters(account, **picture(idmock, "front")))
        assert form.with_headers({header: "zh-CN"}).send(idmock).response["Name"] == "饶光鸣"

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "BREW"])
    def test_methods(self, idmock: MockServer, account: Account, method: str) -> None:
        """Only GET and POST; the answer to HEAD has no body, as HTTP wants it."""
        reply = tc3(account, {}, method=method).send(idmock)
        assert (reply.status, reply.rule) == (200, "UnsupportedProtocol")
        assert bool(reply.body) == (method != "HEAD")


class TestSizes:
    """Requests that are too large, and ones that lie about it."""

    @pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
    def test_forty_megabytes(self, idmock: MockServer, account: Account, chunked: bool) -> None:
        """Answered with the size error, and the memory for it is not paid."""
        request = tc3(account, {})
        block = b" " * MEBIBYTE
        body = b"" if chunked else block * 40
        tracemalloc.start()
        try:
            chunks: Iterator[bytes] | None = (block for _ in range(40)) if chunked else None
            reply = Raw("POST", "/", request.headers, body).send(idmock, chunks=chunks)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert reply.code == "RequestSizeLimitExceeded"
        assert peak < 64 * MEBIBYTE

    def test_chunked_body_is_signed_like_any_other(self, idmock: MockServer, account: Account) -> None:
        """The transfer coding is not part of the body."""
        body = json.dumps(picture(idmock, "front")).encode()
        pieces = [body[at : at + 7000] for at in range(0, len(body), 7000)]
        reply = tc3(account, body=body).send(idmock, chunks=pieces)
        assert reply.response["Name"] == "饶光鸣"

    @pytest.mark.parametrize(("extra", "code"), [(0, None), (1, "RequestSizeLimitExceeded")])
    def test_v3_limit(self, idmock: MockServer, account: Account, extra: int, code: str | None) -> None:
        """Ten megabytes are in, one byte more is not."""
        body = json.dumps(picture(idmock, "front")).encode().ljust(10 * MEBIBYTE + extra)
        assert sent(idmock, account, body).code == code

    @pytest.mark.parametrize(
        ("extra", "rule"), [(0, "#no-image"), (1, "AuthFailure.SignatureFailure#request-size")]
    )
    def test_v1_limit(self, idmock: MockServer, account: Account, extra: int, rule: str) -> None:
        """The old signature ends at one megabyte, with a text of its own."""
        request = v1(account, v1_parameters(account))
        body = request.body.ljust(MEBIBYTE + extra, b"&")
        reply = Raw("POST", "/", request.headers, body).send(idmock)
        assert reply.rule.endswith(rule)

    @pytest.mark.parametrize(("length", "code"), [(32768, None), (32769, "RequestSizeLimitExceeded")])
    def test_query_limit(self, idmock: MockServer, account: Account, length: int, code: str | None) -> None:
        """A query ends at 32 KB."""
        query = f"ImageUrl={idmock.url}/_idmock/specimens/front.jpg&Config=%7B%7D".ljust(length, "+")
        assert tc3(account, method="GET", query=query).send(idmock).code == code

    def test_client_that_leaves_early(self, idmock: MockServer, sdk: Sdk) -> None:
        """Fewer bytes than announced, then gone: the server lives on."""
        for _ in range(5):
            with connect(idmock) as connection:
                connection.sendall(
                    b"POST / HTTP/1.1\r\nHost: %s\r\nX-TC-Action: IDCardOCR\r\nContent-Type: application/json\r\n"
                    b"Content-Length: 1000\r\n\r\n{" % HOST.encode()
                )
        assert sdk.call(picture(idmock, "front"))["Name"] == "饶光鸣"

    @pytest.mark.parametrize("length", ["-1", "many", "1" * 30])
    def test_lengths_that_are_none(self, idmock: MockServer, sdk: Sdk, account: Account, length: str) -> None:
        """Answered or refused, and nothing breaks."""
        with connect(idmock) as connection:
            connection.sendall(
                f"POST / HTTP/1.1\r\nHost: {HOST}\r\nX-TC-Action: IDCardOCR\r\n"
                f"Content-Length: {length}\r\n\r\n".encode()
            )
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1024).startswith(b"HTTP/1.1 ")
        assert sdk.call(picture(idmock, "front"))["Name"] == "饶光鸣"
