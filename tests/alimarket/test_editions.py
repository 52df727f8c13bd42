"""The older gateway and the other switches: each changes what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from mockserver.accounts import Account
from mockserver.contract import ErrorRow, load_contract
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.alimarket.client import LANGUAGE, produce
from tests.alimarket.conftest import mint
from tests.alimarket.raw import FORM, PATH, Raw, app_code, image_call, plain
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

    def test_retry_after(self, start_mock: StartMock) -> None:
        """Of throttled calls alone, and in this edition alone."""
        mock, _ = self.start(start_mock, "retry-after")
        assert app_code(mint(mock, "answers-T429GR")).send(mock).headers["retry-after"] == "1"
        for answers in ("B403MQ", "X503BZ"):
            assert "retry-after" not in app_code(mint(mock, f"answers-{answers}")).send(mock).headers
        mock, _ = self.start(start_mock)
        assert "retry-after" not in app_code(mint(mock, "answers-T429GR")).send(mock).headers

    def test_all_stages(self, start_mock: StartMock) -> None:
        """The API where the seller tries it out."""
        mock, account = self.start(start_mock, "all-stages")
        for stage in ("TEST", "PRE", "RELEASE"):
            assert app_code(account, X_Ca_Stage=stage).send(mock).rule == MISSING

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
