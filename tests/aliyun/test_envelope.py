"""What is around an answer: headers, the etag, the order of members, XML, compression."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace

import pytest

from mockserver.accounts import Account
from mockserver.contract import ErrorRow, load_contract
from mockserver.errors import Refusal
from mockserver.pipeline import answer
from mockserver.request import Request
from mockserver.settings import Settings
from mockserver.testing import MockServer
from mockserver.vendors import load
from mockserver.vendors._aliyun.render import etag
from tests.aliyun import raw
from tests.aliyun.conftest import mint
from tests.aliyun.raw import acs3, rpc
from tests.conftest import StartMock

CONTRACT = load_contract("aliyun")
REQUEST_ID = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}")


@pytest.fixture
def front(idmock: MockServer) -> bytes:
    return idmock.specimen("front")


class TestEtag:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ('{"RequestId":"7F75E7B4-4636-53B4-A8DE-5FC4A9E1F876"}', "5TMxmkRtXpXAdkf/r7rDdEA2"),
            (
                '{"RequestId":"E2CBB919-0B12-5053-9613-93A11D7C04DB",'
                '"LanguageProbabilities":"zh:0.999900;zh-tw:0.000100;","DetectedLanguage":"zh"}',
                "1GGkwvRNIr+lxM8EfnJcTpw0",
            ),
            (
                '{"RequestId":"564D1085-5813-54BC-B021-EAC89F27FEC5","Message":"该调用为异步调用，任务已提交成功，'
                '请以requestId的值作为jobId参数调用同类目下GetAsyncJobResult接口查询任务执行状态和结果。"}',
                "11hxNaiuEUpe6LTMocxjU8g1",
            ),
        ],
    )
    def test_published_pairs(self, body: str, expected: str) -> None:
        """The three pairs of the contract's §6.1, one with Chinese text."""
        assert etag(body.encode()) == expected

    def test_a_character_beyond_the_basic_plane_counts_twice(self) -> None:
        """As in Java: 9 ASCII characters and one such make 11."""
        tag = etag("123456789𠮷".encode())
        assert (tag[0], tag[-1]) == ("1", "1")

    def test_answers_carry_it(self, idmock: MockServer, account: Account, front: bytes) -> None:
        """Success and error, computed over what goes out."""
        for body in (front, b"no picture"):
            reply = acs3(idmock, account, body).send(idmock)
            digest = base64.b64encode(hashlib.md5(reply.body).digest()).decode()
            assert reply.headers["etag"][1:-1] == digest.rstrip("=")


class TestHeaders:
    def test_of_a_success(self, idmock: MockServer, account: Account, front: bytes) -> None:
        """The request id is in the body, in its header and in the mock's own."""
        reply = acs3(idmock, account, front).send(idmock)
        request_id = reply.json["RequestId"]
        assert REQUEST_ID.fullmatch(request_id)
        assert reply.headers["x-acs-request-id"] == request_id
        assert reply.headers["X-IDMock-Request"] == request_id
        assert re.fullmatch("[0-9a-f]{32}", reply.headers["x-acs-trace-id"])
        assert reply.headers["x-acs-trace-id"] != request_id.replace("-", "").lower()
        assert reply.headers["Content-Type"] == "application/json;charset=utf-8"
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert reply.headers["Access-Control-Expose-Headers"] == "*"
        assert "Content-Encoding" not in reply.headers

    def test_in_the_order_of_captured_answers(
        self, idmock: MockServer, account: Account, front: bytes
    ) -> None:
        """As in the headers of this product's answer of 13 April 2024, those about the connection left out."""
        names = [name.lower() for name in acs3(idmock, account, front).send(idmock).headers]
        captured = [
            *("content-type", "vary", "access-control-allow-origin", "access-control-expose-headers"),
            *("x-acs-request-id", "x-acs-trace-id", "etag"),
        ]
        assert [name for name in names if name in captured] == captured

    def test_bodies_are_compact_utf8(self, idmock: MockServer, account: Account, front: bytes) -> None:
        """No spaces, no newline at the end, no escapes."""
        body = acs3(idmock, account, front).send(idmock).body
        assert body.startswith(b'{"RequestId":"')
        assert body.endswith(b'}"}')
        assert "饶光鸣".encode() in body

    def test_long_answers_are_compressed_when_asked(
        self, idmock: MockServer, account: Account, front: bytes
    ) -> None:
        """The answer varies by Accept-Encoding from a length on; the etag is that of the plain text."""
        plain = acs3(idmock, account, front, headers={"accept-encoding": "identity"}).send(idmock)
        assert plain.headers["Vary"] == "Accept-Encoding"
        assert "Content-Encoding" not in plain.headers
        packed = acs3(idmock, account, front, headers={"accept-encoding": "gzip, deflate"}).send(idmock)
        assert packed.headers["Content-Encoding"] == "gzip"
        unpacked = gzip.decompress(packed.body)
        assert json.loads(unpacked)["Data"] == plain.json["Data"]
        assert packed.headers["etag"] == etag(unpacked)

    @pytest.mark.parametrize(
        "accepted", ["gzip;q=0", "identity, gzip; q=0.000", "x-gzip-like", "deflate;x=gzip"]
    )
    def test_nor_are_answers_to_clients_that_refuse_it(
        self, idmock: MockServer, account: Account, front: bytes, accepted: str
    ) -> None:
        """A weight of nought is a refusal, and another coding is another coding."""
        reply = acs3(idmock, account, front, headers={"accept-encoding": accepted}).send(idmock)
        assert reply.headers["Vary"] == "Accept-Encoding"
        assert "Content-Encoding" not in reply.headers

    @pytest.mark.parametrize("accepted", ["GZIP", "br;q=1.0, gzip;q=0.5", "deflate,gzip ;q=1"])
    def test_gzip_in_any_place(
        self, idmock: MockServer, account: Account, front: bytes, accepted: str
    ) -> None:
        """In any case, with any weight above nought."""
        reply = acs3(idmock, account, front, headers={"accept-encoding": accepted}).send(idmock)
        assert reply.headers["Content-Encoding"] == "gzip"

    def test_short_answers_are_not(self, idmock: MockServer, account: Account) -> None:
        """An error is shorter than a kilobyte."""
        reply = acs3(idmock, account, b"x", headers={"accept-encoding": "gzip"}).send(idmock)
        assert "Vary" not in reply.headers
        assert "Content-Encoding" not in reply.headers


def test_compression_is_gzip(idmock: MockServer, account: Account, front: bytes) -> None:
    """What goes over the wire, below any client that unpacks by itself."""
    request = acs3(idmock, account, front, headers={"accept-encoding": "gzip"}).request()
    client = idmock.app.test_client()
    answer = client.post("/", data=front, headers=dict(request.headers))
    assert answer.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.data))["Data"]


class TestErrors:
    def test_the_gateway_and_the_product_order_their_members_differently(
        self, idmock: MockServer, account: Account
    ) -> None:
        """The gateway's order was seen; the product's is that of other products."""
        gateway = acs3(idmock, account, b"x", secret="wrong").send(idmock).json
        product = acs3(idmock, account, b"x").send(idmock).json
        assert list(gateway) == ["RequestId", "Message", "Recommend", "HostId", "Code"]
        assert list(product) == ["RequestId", "HostId", "Code", "Message", "Recommend"]
        assert product["Recommend"] == (
            "https://api.aliyun.com/troubleshoot?q=unsupportedImageFormat&product=ocr-api"
            f"&requestId={product['RequestId']}"
        )
        assert product["HostId"] == "ocr-api.cn-hangzhou.aliyuncs.com"

    @pytest.mark.parametrize("row", [pytest.param(r, id=r.rule) for r in CONTRACT.errors.values()])
    def test_every_row_renders_valid_in_both_forms(self, idmock: MockServer, row: ErrorRow) -> None:
        """JSON by the error schema, XML with its five elements in their order; the address in it is not escaped."""
        account = mint(idmock, state=f"answers-{row.rule}")
        as_json = acs3(idmock, account, b"x").send(idmock)
        assert as_json.status == row.http_status
        assert not list(CONTRACT.error_validator.iter_errors(as_json.json))
        as_xml = rpc(idmock, account, common={"Format": "XML"}).send(idmock)
        assert as_xml.headers["Content-Type"] == "text/xml;charset=utf-8"
        assert as_xml.body.startswith(b"<?xml version='1.0' encoding='UTF-8'?><Error><RequestId>")
        assert [child.tag for child in as_xml.xml] == ["RequestId", "HostId", "Code", "Message", "Recommend"]
        assert as_xml.members["Message"] == as_json.json["Message"]
        assert as_xml.body.endswith(f"<![CDATA[{as_xml.members['Recommend']}]]></Recommend></Error>".encode())
        assert as_xml.members["Recommend"] == (
            f"https://api.aliyun.com/troubleshoot?q={row.code}&product=ocr-api"
            f"&requestId={as_xml.members['RequestId']}"
        )


class TestXml:
    @pytest.mark.parametrize("common", [{"Format": "XML"}, {"Format": "xml"}, {"Format": None}])
    def test_an_rpc_call_without_a_format_gets_it(
        self, idmock: MockServer, account: Account, front: bytes, common: dict[str, str | None]
    ) -> None:
        """A success has the action's name in its root."""
        request = rpc(idmock, account, common=common, body=front, content_type="image/jpeg")
        reply = request.send(idmock)
        assert reply.headers["Content-Type"] == "text/xml;charset=utf-8"
        assert reply.xml.tag == "RecognizeIdcardResponse"
        assert json.loads(reply.members["Data"])["data"]["face"]["data"]["name"] == "饶光鸣"

    @pytest.mark.parametrize("form", ["JSON", "json"])
    def test_both_spellings_of_json(
        self, idmock: MockServer, account: Account, front: bytes, form: str
    ) -> None:
        """Official clients send both."""
        request = rpc(idmock, account, common={"Format": form}, body=front, content_type="image/jpeg")
        assert list(request.send(idmock).json) == ["RequestId", "Data"]

    @pytest.mark.parametrize(
        ("accept", "kind"),
        [
            ("application/json", "json"),
            ("*/*", "json"),
            ("", "json"),
            ("text/html, application/xml;q=0.9, */*;q=0.8", "json"),
            ("application/xml", "xml"),
            ("text/xml;charset=utf-8", "xml"),
        ],
    )
    def test_accept_decides_under_acs3(
        self, idmock: MockServer, account: Account, front: bytes, accept: str, kind: str
    ) -> None:
        """JSON whenever it is allowed."""
        reply = acs3(idmock, account, front, headers={"accept": accept}).send(idmock)
        assert reply.status == 200
        assert kind in reply.headers["Content-Type"]

    def test_what_was_sent_cannot_break_it(self, idmock: MockServer, account: Account) -> None:
        """The string to sign is shown in the message: markup in it stays text, and what XML cannot hold is replaced."""
        parameters = {"Note": "<&>\x00\x1f\ufffe"}
        reply = rpc(idmock, account, parameters, common={"Format": "XML"}, secret="wrong").send(idmock)
        assert "%253C%2526%253E%2500%251F%25EF%25BF%25BE" in reply.members["Message"]
        odd = rpc(idmock, account, common={"Format": "XML"}, secret="wrong").with_headers({"Host": "a<b>&c"})
        assert odd.send(idmock).members["HostId"] == "ocr-api.cn-hangzhou.aliyuncs.com"


class TestOwnFaults:
    def test_a_fault_of_the_mock_is_the_vendors_internal_error(self, start_mock: StartMock) -> None:
        """To the client; the mock counts and logs it."""
        server = start_mock(Settings(vendors=("aliyun",)))
        vendor, world = load("aliyun"), server.world

        def broken(call: object) -> None:
            raise ZeroDivisionError

        request = Request("POST", "/", "", {"x-acs-action": "RecognizeIdcard"}, b"", 0, world.clock.now())
        out = answer(replace(vendor, steps=(broken,)), CONTRACT, world, request)
        assert (out.status, out.code) == (500, "InternalError")
        assert world.own_faults.value == 1
        world.own_faults.value = 0

    def test_refusals_know_their_rows(self) -> None:
        """A code that the catalogue does not have is a mistake that names itself."""
        with pytest.raises(KeyError, match=r"aliyun: errors\.json has no row nothing-such"):
            CONTRACT.error(Refusal("nothing-such").code)


def test_a_long_string_to_sign_is_shown_in_part(idmock: MockServer, account: Account) -> None:
    """A form can be megabytes long; the message is bounded."""
    request = rpc(idmock, account, {"Note": "x" * 300_000}, form=True, secret="wrong")
    message = request.send(idmock).json["Message"]
    assert len(message) < 17_000
    assert raw.rfc3986("x" * 100) in message
