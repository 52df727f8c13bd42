"""The four transport shapes, and what clients of different languages do differently on the wire."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

import pytest

from mockserver.accounts import Account
from mockserver.contract import load_contract
from mockserver.fetch import Fetcher, FetchError, FetchTimeout, FetchTooLarge
from mockserver.pipeline import answer
from mockserver.request import Request
from mockserver.settings import Settings
from mockserver.testing import MockServer
from mockserver.vendors import load
from tests.aliyun import raw
from tests.aliyun.conftest import mint
from tests.aliyun.raw import acs3, rpc
from tests.aliyun.sdk import Core, Sdk
from tests.conftest import StartMock

NAME = "饶光鸣"


def name_in(reply: raw.Reply) -> str:
    assert reply.status == 200, reply.body
    name: str = json.loads(reply.json["Data"])["data"]["face"]["data"]["name"]
    return name


@pytest.fixture
def front(idmock: MockServer) -> bytes:
    return idmock.specimen("front")


@pytest.fixture
def front_url(idmock: MockServer) -> str:
    return f"{idmock.url}/_idmock/specimens/front.png"


class TestShapes:
    def test_acs3_with_a_body(self, idmock: MockServer, account: Account, front: bytes) -> None:
        """Shape A: the picture is the body, the switches are in the query."""
        reply = acs3(idmock, account, front, pairs=[("OutputFigure", "True")]).send(idmock)
        assert name_in(reply) == NAME
        assert "figure" in reply.json["Data"]

    def test_acs3_with_a_url(self, idmock: MockServer, account: Account, front_url: str) -> None:
        """Shape B: no body and no content type."""
        request = acs3(idmock, account, pairs=[("Url", front_url)]).request()
        assert "content-type" not in request.headers
        assert name_in(request.send(idmock)) == NAME

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_rpc_in_the_query(
        self, idmock: MockServer, account: Account, front_url: str, method: str
    ) -> None:
        """Shape C: everything in the query."""
        assert name_in(rpc(idmock, account, {"Url": front_url}, method=method).send(idmock)) == NAME

    def test_rpc_with_a_body(self, idmock: MockServer, account: Account, front: bytes) -> None:
        """Shape C with a picture: the signature does not cover it."""
        request = rpc(idmock, account, body=front, content_type="application/octet-stream")
        assert name_in(request.send(idmock)) == NAME

    def test_rpc_in_a_form(self, idmock: MockServer, account: Account, front_url: str) -> None:
        """Shape D: everything in the body, the query is empty."""
        assert name_in(rpc(idmock, account, {"Url": front_url}, form=True).send(idmock)) == NAME

    def test_acs3_with_get(self, idmock: MockServer, account: Account, front_url: str) -> None:
        """Both methods are allowed in both styles."""
        assert name_in(acs3(idmock, account, pairs=[("Url", front_url)], method="GET").send(idmock)) == NAME

    def test_acs3_with_a_form(self, idmock: MockServer, account: Account, front_url: str) -> None:
        """A form under ACS3 holds parameters; its bytes are signed like those of any body."""
        body = b"Url=" + raw.rfc3986(front_url).encode()
        assert name_in(acs3(idmock, account, body, content_type=raw.FORM).send(idmock)) == NAME

    def test_headers_beside_an_rpc_query_do_not_matter(
        self, idmock: MockServer, account: Account, front_url: str
    ) -> None:
        """Clients of the RPC style send x-acs-* headers too; the query is what counts."""
        request = rpc(idmock, account, {"Url": front_url})
        assert (
            name_in(request.with_headers({"x-acs-action": "Other", "x-acs-version": "1"}).send(idmock))
            == NAME
        )


class TestWire:
    def test_a_chunked_body_is_put_together_first(
        self, idmock: MockServer, account: Account, front: bytes
    ) -> None:
        """Node's client streams: no Content-Length, and the hash is that of the whole body."""
        request = acs3(idmock, account, front).request()

        def pieces() -> Iterator[bytes]:
            yield from (front[i : i + 7000] for i in range(0, len(front), 7000))

        connection = http.client.HTTPConnection(idmock.authority, timeout=10)
        connection.request("POST", "/", pieces(), dict(request.headers), encode_chunked=True)
        answer = connection.getresponse()
        assert answer.status == 200
        assert NAME in answer.read().decode()
        connection.close()

    @pytest.mark.parametrize("value", ["True", "true", "TRUE"])
    def test_true_in_any_case(self, idmock: MockServer, account: Account, front: bytes, value: str) -> None:
        """Python writes True, everybody else true."""
        reply = acs3(idmock, account, front, pairs=[("OutputQualityInfo", value)]).send(idmock)
        assert "warning" in reply.json["Data"]

    @pytest.mark.parametrize("value", ["False", "false", ""])
    def test_false_and_nothing(self, idmock: MockServer, account: Account, front: bytes, value: str) -> None:
        """An empty switch is off."""
        reply = acs3(idmock, account, front, pairs=[("OutputQualityInfo", value)]).send(idmock)
        assert reply.status == 200
        assert "warning" not in reply.json["Data"]

    @pytest.mark.parametrize("value", ["1", "yes", "TrueTrue"])
    def test_other_words_are_not_valid(
        self, idmock: MockServer, account: Account, front: bytes, value: str
    ) -> None:
        """Neither true nor false."""
        reply = acs3(idmock, account, front, pairs=[("OutputFigure", value)]).send(idmock)
        assert (reply.status, reply.code) == (400, "InvalidOutputFigure")

    def test_unknown_parameters_are_ignored(self, idmock: MockServer, account: Account, front: bytes) -> None:
        """So are Llm_rec and WorkflowOp, whatever they hold."""
        pairs = [("Llm_rec", "perhaps"), ("WorkflowOp", "x"), ("Side", "front"), ("Empty", "")]
        assert acs3(idmock, account, front, pairs=pairs).send(idmock).status == 200

    def test_a_repeated_parameter_is_signed_as_often(
        self, idmock: MockServer, account: Account, front: bytes
    ) -> None:
        """No pair is dropped from the canonical query; the last one counts."""
        pairs = [("OutputFigure", "false"), ("OutputFigure", "true")]
        reply = acs3(idmock, account, front, pairs=pairs).send(idmock)
        assert '"figure"' in json.dumps(json.loads(reply.json["Data"]))

    def test_the_query_comes_in_any_order_and_spelling(
        self, idmock: MockServer, account: Account, front: bytes
    ) -> None:
        """The wire's order and escapes are the client's own."""
        pairs = [("OutputFigure", "True"), ("Note", "a b*~")]
        wire = "Note=a+b*%7e&Output%46igure=%54rue"
        assert acs3(idmock, account, front, pairs=pairs, query=wire).send(idmock).status == 200

    @pytest.mark.parametrize(
        ("url", "code"),
        [
            ("https://img.example.com/%ff.jpg", "unsupportedEncodeImageUrl"),
            ("https://img.example.com/身份证.jpg", "IllegalImageUrl"),
            ("http://127.0.0.1:1/x.jpg", "notSafeImageUrl"),
            ("http://100.100.100.200/latest/meta-data/", "notSafeImageUrl"),
            ("http://localhost/x.jpg", "notSafeImageUrl"),
            ("file:///etc/passwd", "notSafeImageUrl"),
            ("ftp://img.example.com/x.jpg", "notSafeImageUrl"),
            ("http://[::1/x.jpg", "IllegalImageUrl"),
            ("not a url", "IllegalImageUrl"),
        ],
    )
    def test_urls_that_lead_nowhere(self, idmock: MockServer, sdk: Sdk, url: str, code: str) -> None:
        """Each by its own name; none of them is asked."""
        assert sdk.refusal(url=url).code == code

    def test_the_body_wins_over_a_url(self, sdk: Sdk, front: bytes) -> None:
        """Both are not refused, and the Url is not even looked at."""
        assert sdk.data(front, url="http://169.254.169.254/" + "x" * 3000)["data"].keys() == {"face"}


@dataclass
class Unreachable:
    """A fetcher that brings nothing but this."""

    outcome: FetchError | bytes

    def fetch(self, url: str, **_: object) -> bytes:
        if isinstance(self.outcome, bytes):
            return self.outcome
        raise self.outcome


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (FetchTimeout("late"), "imageTimeOut"),
        (FetchTooLarge("long"), "exceededImageContent"),
        (FetchError("gone"), "IllegalImageUrl"),
        (b"", "IllegalImageUrl"),
        (b"<html>", "unsupportedImageFormat"),
    ],
)
def test_what_becomes_of_a_download(
    idmock: MockServer, account: Account, outcome: FetchError | bytes, code: str
) -> None:
    """Each way to fail has a code; what was fetched is judged like a body."""
    signed = acs3(idmock, account, pairs=[("Url", "https://img.example.com/x.jpg")]).request()
    headers = {name.lower(): value for name, value in signed.headers.items()}
    request = Request("POST", "/", signed.query, headers, b"", 0, idmock.clock.now())
    world = replace(idmock.world, fetcher=cast("Fetcher", Unreachable(outcome)))
    assert answer(load("aliyun"), load_contract("aliyun"), world, request).code == code


class TestRetries:
    def test_a_retry_of_pythons_client_has_lost_its_body(self, sdk: Sdk) -> None:
        """The stream is read once: the next attempt is signed correctly, over nothing."""
        error = sdk.refusal(b"")
        assert (error.code, error.status_code) == ("imageUrlOrBodyEmpty", 400)

    def test_an_oversized_body_is_named_though_it_is_not_kept(
        self, idmock: MockServer, account: Account
    ) -> None:
        """More than the server keeps: the signed hash stands for the body, so the size is what is refused."""
        reply = acs3(idmock, account, bytes(25 * 1024 * 1024)).send(idmock)
        assert (reply.status, reply.code) == (413, "exceededImageContent")

    def test_a_header_that_comes_twice_is_signed_in_the_order_of_its_values(
        self, idmock: MockServer, account: Account, front: bytes
    ) -> None:
        """Sorted and joined with commas, whatever their order on the wire; one that was changed is noticed."""
        sent = acs3(idmock, account, front, headers={"x-acs-note": "a,b"}).request()
        for values, status in ((("b", "a"), 200), (("b", "c"), 400)):
            connection = http.client.HTTPConnection(idmock.authority, timeout=20)
            connection.putrequest(sent.method, sent.target, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.headers.items():
                for each in values if name == "x-acs-note" else (value,):
                    connection.putheader(name, each)
            connection.putheader("Content-Length", str(len(sent.body)))
            connection.endheaders(sent.body)
            assert connection.getresponse().status == status
            connection.close()
            sent = acs3(idmock, account, front, headers={"x-acs-note": "a,b"}).request()


class TestWhoIsCalled:
    @pytest.mark.parametrize(
        "host",
        [
            "ocr-api.cn-hangzhou.aliyuncs.com",
            "ocr-api-vpc.cn-hangzhou.aliyuncs.com",
            "ocr-api.aliyuncs.com:80",
            "ocr-api-vpc.aliyuncs.com",
        ],
    )
    def test_the_vendors_own_hosts(
        self, idmock: MockServer, account: Account, front: bytes, host: str
    ) -> None:
        """With and without port; the error names the host."""
        assert acs3(idmock, account, front, host=host).send(idmock).status == 200
        reply = acs3(idmock, account, b"x", host=host).send(idmock)
        assert reply.json["HostId"] == host.partition(":")[0]

    @pytest.mark.parametrize("host", ["ocr-api.cn-shanghai.aliyuncs.com", "ocr.cn-hangzhou.aliyuncs.com"])
    def test_a_region_without_the_product(
        self, idmock: MockServer, account: Account, front: bytes, host: str
    ) -> None:
        """The product has endpoints in Hangzhou only: a client set up for another region must notice."""
        reply = acs3(idmock, account, front, host=host).send(idmock)
        assert (reply.status, reply.code) == (404, "InvalidProduct.NotFound")

    def test_a_bare_request_to_the_vendors_host(self, idmock: MockServer) -> None:
        """Nothing but a host: it is for no operation, and without a format the answer is XML."""
        reply = raw.Raw("GET", "/", {"Host": "ocr-api.cn-hangzhou.aliyuncs.com"}).send(idmock)
        assert (reply.status, reply.code) == (404, "InvalidAction.NotFound")
        assert reply.headers["Content-Type"] == "text/xml;charset=utf-8"

    def test_a_request_that_names_everything_but_its_action(
        self, idmock: MockServer, account: Account
    ) -> None:
        """One common parameter is enough to be told which one is missing."""
        assert rpc(idmock, account, common={"Action": None}).send(idmock).code == "MissingAction"

    @pytest.mark.parametrize("authorization", ["ACS3-HMAC-SHA256", "ACS3-HMAC-SHA256 ,,", "ACS3-"])
    def test_an_authorization_of_the_style_alone_is_a_mark(
        self, idmock: MockServer, authorization: str
    ) -> None:
        """On the shared port it leads here, and what is missing is said."""
        headers = {"Host": idmock.authority, "Authorization": authorization}
        assert raw.Raw("POST", "/", headers).send(idmock).code == "MissingAction"

    def test_both_clients_get_the_same_card(self, idmock: MockServer, front_url: str) -> None:
        """ACS3 and RPC, by the official clients, with a permanent and with a temporary key."""
        for token in (None, "CAISMOCKtoken=="):
            account = mint(idmock, token=token)
            by_acs3 = Sdk(idmock, account).data(url=front_url)
            by_rpc = json.loads(Core(idmock, account).call(Url=front_url)["Data"])
            assert by_acs3 == by_rpc

    def test_form_as_picture_is_a_choice(self, start_mock: StartMock) -> None:
        """Whether curl's default content type hides a picture can be switched."""
        settings = Settings(vendors=("aliyun",), editions={"aliyun": ("form-pictures",)})
        server = start_mock(settings)
        reply = acs3(server, mint(server), server.specimen("front"), content_type=raw.FORM).send(server)
        assert reply.status == 200
        default = start_mock(Settings(vendors=("aliyun",)))
        reply = acs3(default, mint(default), default.specimen("front"), content_type=raw.FORM).send(default)
        assert reply.code == "imageUrlOrBodyEmpty"
