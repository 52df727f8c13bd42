"""The layer in front: routes, sizes, media types, and answers that are headers above an empty body."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mockserver.accounts import Account
from mockserver.contract import ErrorRow, load_contract
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.alimarket.client import LANGUAGE, produce
from tests.alimarket.conftest import mint
from tests.alimarket.raw import FORM, HOST, PATH, Raw, app_code, image_call, plain
from tests.conftest import StartMock
from tests.triggers import message_pattern

MISSING = "500#missing-parameter"
CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers": "*",
}


@pytest.fixture(scope="module")
def classic() -> Iterator[MockServer]:
    """A mock whose gateway is of the older generation."""
    with MockServer(Settings(editions={"alimarket": ("classic",)}), sleep=lambda _: None) as mock:
        yield mock
        assert mock.world.own_faults.value == 0


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


class TestClassic:
    """The older generation: no codes, other texts and statuses."""

    def test_gateway_error(self, classic: MockServer) -> None:
        """A message without a code, and headers for browsers."""
        reply = app_code(classic.account("alimarket", "no-permission")).send(classic)
        assert (reply.status, reply.body, reply.message) == (403, b"", "Unauthorized")
        assert "x-ca-error-code" not in reply.headers
        assert reply.headers["server"] == "Tengine"
        assert reply.headers["content-type"] == "text/plain;charset=UTF-8"
        assert reply.headers["access-control-allow-origin"] == "*"
        assert reply.headers["access-control-allow-methods"] == "GET,POST,PUT,DELETE,HEAD,OPTIONS,PATCH"
        allowed = reply.headers["access-control-allow-headers"].split(",")
        assert (len(allowed), allowed[0], allowed[-1]) == (24, "X-Requested-With", "Content-MD5")
        assert reply.headers["access-control-max-age"] == "172800"

    def test_success_has_a_message_too(self, classic: MockServer) -> None:
        """OK: that the header is there is no error."""
        reply = image_call(classic, mint(classic)).send(classic)
        assert reply.data["type"] == "front"
        wanted = {**CORS, "access-control-max-age": "1728000", "x-ca-error-message": "OK"}
        assert {**wanted, "server": "Tengine", "vary": "Accept-Encoding"}.items() <= reply.headers.items()
        assert reply.headers["content-type"] == "application/json;charset=utf-8"

    @pytest.mark.parametrize(
        "row", load_contract("alimarket", ("classic",)).errors.values(), ids=lambda r: r.rule
    )
    def test_trigger_of_every_row(self, classic: MockServer, row: ErrorRow) -> None:
        """The calls that lead to a row lead to it here too, under this generation's status and text."""
        outcome = produce(classic, row)
        assert (outcome.rule, outcome.status) == (row.rule, row.http_status)
        assert outcome.code == (row.code if row.family == "seller" else "")
        assert message_pattern(row, LANGUAGE).fullmatch(outcome.message), outcome.message

    @pytest.mark.parametrize(
        ("rule", "status", "message"),
        [
            ("A400AC", 400, "Invalid AppCode `not exists`"),
            ("A400IK", 400, "Invalid AppKey"),
            ("A403EP", 403, "Expiry of Authorization"),
            ("B403MQ", 403, "Api Market Subscription quota exhausted"),
            ("B403ME", 403, "Quota Expired"),
            ("B403MO", 403, "User Arrears"),
            ("I400MH#signature", 404, "Empty Signature"),
            ("I404NF", 400, "Invalid Url"),
            ("I400I5", 400, "Invalid Content-MD5"),
            ("S403TE", 400, "Timestamp Expired"),
            ("S403TE#not-a-number", 400, "Invalid Timestamp"),
            ("S403NU", 400, "Nonce Used"),
            ("T429PA", 403, "Throttled by API Flow Control"),
            ("T429ID", 403, "Throttled by DOMAIN Flow Control"),
            ("T429GR", 403, "Throttled by GROUP Flow Control"),
            ("X500ER", 500, "Internal Error"),
        ],
    )
    def test_rows_of_its_table(self, classic: MockServer, rule: str, status: int, message: str) -> None:
        """Status and text of the older table, whatever the request was."""
        reply = app_code(mint(classic, f"answers-{rule}")).send(classic)
        assert (reply.status, reply.message, reply.rule) == (status, message, rule)
        assert "x-ca-error-code" not in reply.headers

    def test_wrong_signature(self, classic: MockServer) -> None:
        """Status 400, no backticks."""
        account = mint(classic)
        headers = {"X_Ca_Key": account.credentials["app_key"], "X_Ca_Signature": "x"}
        reply = plain(Accept="*/*", **headers).send(classic)
        text = "POST#*/*##application/json; charset=utf-8##/idcard/ocr"
        assert (reply.status, reply.message) == (400, f"Invalid Signature, Server StringToSign:{text}")

    def test_seller_s_error(self, classic: MockServer) -> None:
        """The gateway passes it through as it is."""
        reply = app_code(mint(classic)).send(classic)
        assert (reply.status, reply.json["status"]) == (200, 500)


class TestEditions:
    """The other switches, each on a server of its own."""

    def start(self, start_mock: StartMock, *editions: str) -> tuple[MockServer, Account]:
        mock = start_mock(Settings(vendors=("alimarket",), editions={"alimarket": editions}))
        return mock, mint(mock)

    def test_empty_signature_401(self, start_mock: StartMock) -> None:
        """A later copy of the classic table."""
        mock, account = self.start(start_mock, "classic", "empty-signature-401")
        reply = plain(X_Ca_Key=account.credentials["app_key"]).send(mock)
        assert (reply.status, reply.message) == (401, "Empty Signature")

    def test_quota_exhausted_text(self, start_mock: StartMock) -> None:
        """The older text of a used-up package."""
        mock, _ = self.start(start_mock, "classic", "quota-exhausted-text")
        reply = app_code(mock.account("alimarket", "package-exhausted")).send(mock)
        assert (reply.status, reply.message) == (403, "Quota Exhausted")

    def test_appcode_401(self, start_mock: StartMock) -> None:
        """Newer code tables."""
        mock, _ = self.start(start_mock, "appcode-401")
        reply = plain(Authorization="APPCODE x").send(mock)
        assert (reply.status, reply.code) == (401, "A401AC")

    def test_header_only(self, start_mock: StartMock) -> None:
        """The seller has not allowed the query."""
        mock, account = self.start(start_mock, "header-only")
        target = f"{PATH}?AppCode={account.credentials['app_code']}"
        assert replace(plain(), target=target).send(mock).code == "A400MA"
        assert app_code(account).send(mock).rule == MISSING

    def test_signature_only(self, start_mock: StartMock) -> None:
        """An AppCode is no help."""
        mock, account = self.start(start_mock, "signature-only")
        reply = app_code(account).send(mock)
        assert (reply.code, reply.message) == ("I400MH", "Header `X-Ca-Key` is Required")

    def test_nonce_required(self, start_mock: StartMock) -> None:
        """Of signed calls; an AppCode needs none."""
        mock, account = self.start(start_mock, "nonce-required")
        signed = plain(X_Ca_Key=account.credentials["app_key"], X_Ca_Signature="x")
        assert signed.send(mock).code == "I400NC"
        assert app_code(account).send(mock).rule == MISSING

    def test_business_http_500(self, start_mock: StartMock) -> None:
        """The seller's errors under status 500, free of charge; no error code, so the gateway did not make it."""
        mock, _ = self.start(start_mock, "business-http-500")
        account = mint(mock, calls_left=1)
        for _ in range(2):
            reply = app_code(account).send(mock)
            assert (reply.status, reply.json["status"]) == (500, 500)
            assert "x-ca-error-code" not in reply.headers
        assert image_call(mock, account).send(mock).status == 200

    def test_padded_dates(self, start_mock: StartMock) -> None:
        """Two digits everywhere."""
        mock, account = self.start(start_mock, "padded-dates")
        data = image_call(mock, account, "front-minority").send(mock).data
        assert [data[name] for name in ("birth_date", "year", "month", "day")] == [
            "1989年01月06日",
            "1989",
            "01",
            "06",
        ]

    def test_text_plain(self, start_mock: StartMock) -> None:
        """JSON under another name."""
        mock, account = self.start(start_mock, "text-plain")
        reply = image_call(mock, account).send(mock)
        assert (reply.headers["content-type"], reply.data["type"]) == ("text/plain;charset=UTF-8", "front")

    def test_form_body(self, start_mock: StartMock) -> None:
        """A form is read; elsewhere it has no image."""
        mock, account = self.start(start_mock, "form-body")
        url = f"http%3A%2F%2F{mock.authority}%2F_idmock%2Fspecimens%2Fback.jpg"
        form = replace(app_code(account, Content_Type=FORM), body=f"image={url}".encode())
        assert form.send(mock).data["type"] == "back"

    def test_strict(self, start_mock: StartMock) -> None:
        """One card of a side, Base64 as the standard has it."""
        mock, account = self.start(start_mock, "strict")
        assert image_call(mock, account, "two-fronts").send(mock).rule == "500#recognition"
        assert image_call(mock, account, "both").send(mock).data["type"] == "all"
        body = image_call(mock, account).body.replace(b'"}', b'\\n"}')
        assert Raw(headers=app_code(account).headers, body=body).send(mock).rule == "500#image-data"
