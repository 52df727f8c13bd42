"""A signature that does not hold: which mistake is behind it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from mockserver.accounts import Account
from mockserver.settings import Settings
from mockserver.signing.diagnosis import MISTAKES, Attempt, Explanation, diagnose
from mockserver.testing import MockServer
from tests.conftest import StartMock
from tests.tencent.raw import JSON, Raw, Reply, tc3, v1, v1_parameters
from tests.tencent.sdk import Sdk, picture

Mint = Callable[..., Account]
BODY = {"CardSide": "FRONT", "ImageUrl": "http://127.0.0.1/身份证.jpg"}


@pytest.fixture
def account(idmock_account: Mint) -> Account:
    return idmock_account("tencent")


def diagnosis(mock: MockServer, account: Account) -> dict[str, Any]:
    """That of the last request of an account."""
    entry = mock.journal(account=account)[0]
    assert entry["code"] == "AuthFailure.SignatureFailure"
    found: dict[str, Any] = entry["signature"].get("diagnosis", {})
    return found


def refused(mock: MockServer, raw: Raw) -> Reply:
    reply = raw.send(mock)
    assert reply.code == "AuthFailure.SignatureFailure"
    return reply


class TestTheRunner:
    def test_the_first_attempt_that_fits_is_named(self) -> None:
        """Attempts behind it are not made."""

        def attempts() -> Any:
            yield Attempt("host", "a", "wrong")
            yield Attempt("date", "b", "right")
            raise AssertionError("one attempt too many")

        found = diagnose(Explanation("right", attempts()))
        assert found is not None
        assert found.text == f"date: {MISTAKES['date']} (b)"

    def test_no_attempt_may_fit(self) -> None:
        """Then nothing is claimed."""
        assert diagnose(Explanation("right", [Attempt("host", "a", "wrong")])) is None

    def test_the_time_for_attempts_is_bounded(self) -> None:
        """The attempt that takes the last of it is compared, the next is not made."""
        clock = iter((100.0, 100.4, 100.51))
        attempts = iter([Attempt("host", "a", "1"), Attempt("path", "b", "2"), Attempt("query", "c", "3")])
        assert diagnose(Explanation("3", attempts), lambda: next(clock)) is None
        assert next(attempts).signature == "3"

    def test_signatures_that_are_no_utf8_are_compared(self) -> None:
        """A parameter keeps such bytes as surrogates."""
        assert diagnose(Explanation("\udcff", [Attempt("host", "a", "wrong")])) is None


class TestTencentSdk:
    def test_a_wrong_host_of_the_sdks_own_signer(self, idmock: MockServer, account: Account) -> None:
        """The SDK signs its endpoint and sends the Host of the gateway that it is told to go through."""
        endpoint = "ocr.ap-guangzhou.tencentcloudapi.com"
        with Sdk(idmock, account, endpoint=endpoint) as sdk:
            sdk.client.profile.httpProfile.apigw_endpoint = idmock.authority
            error = sdk.refusal(picture(idmock, "front"))
            assert error.code == "AuthFailure.SignatureFailure"
            assert sdk.reply.headers["X-IDMock-Hint"].startswith("host: ")
        found = diagnosis(idmock, account)
        assert found["mistake"] == "host"
        assert endpoint in found["says"]

    def test_a_key_with_white_space(self, idmock: MockServer, account: Account) -> None:
        """As it is read from a file whose last line ends. The SDK refuses such a key itself, older ones did not."""
        raw = tc3(account, BODY, key=account.credentials["secret_key"] + "\n")
        refused(idmock, raw)
        assert diagnosis(idmock, account)["mistake"] == "key-whitespace"


class TestTc3:
    @pytest.mark.parametrize(
        ("mistake", "changes"),
        [
            ("host", {"signed_host": "ocr.na-toronto.tencentcloudapi.com"}),
            ("host", {"signed_host": "localhost"}),
            ("wrong-key", {"key": "the id"}),
            ("body", {"payload": json.dumps(BODY, ensure_ascii=False).encode()}),
            ("body", {"payload": json.dumps(BODY, separators=(",", ":")).encode()}),
            ("body", {"payload": json.dumps(json.dumps(BODY)).encode()}),
            ("body", {"payload": json.dumps(BODY).encode() + b"\n"}),
            ("body-hash", {"payload": b""}),
            ("body-hash", {"payload": b"UNSIGNED-PAYLOAD"}),
        ],
    )
    def test_a_mistake_is_named(
        self, idmock: MockServer, account: Account, mistake: str, changes: dict[str, Any]
    ) -> None:
        """Each alone, on the wire."""
        if changes.get("key") == "the id":
            changes = {"key": account.credentials["secret_id"]}
        refused(idmock, tc3(account, BODY, **changes))
        assert diagnosis(idmock, account)["mistake"] == mistake

    def test_the_date_of_another_zone(self, frozen_mock: MockServer) -> None:
        """At 22:13 UTC it is tomorrow in China: a client that takes the local date signs that."""
        account = frozen_mock.mint("tencent")
        refused(frozen_mock, tc3(account, BODY, timestamp=frozen_mock.clock.now(), date="2023-11-15"))
        found = diagnosis(frozen_mock, account)
        assert found["mistake"] == "date"
        assert "2023-11-15" in found["says"]

    def test_another_accounts_secret(
        self, idmock: MockServer, account: Account, idmock_account: Mint
    ) -> None:
        """It is named, its secret is not."""
        other = idmock_account("tencent")
        refused(idmock, tc3(account, BODY, key=other.credentials["secret_key"]))
        found = diagnosis(idmock, account)
        assert found["mistake"] == "wrong-key"
        assert other.name in found["says"]
        assert other.credentials["secret_key"] not in json.dumps(idmock.journal(account=account))

    def test_another_content_type(self, idmock: MockServer, account: Account) -> None:
        """What a library adds to the header after the client has signed it."""
        raw = tc3(account, BODY)
        refused(idmock, raw.with_headers({"Content-Type": f"{JSON}; charset=utf-8"}))
        assert diagnosis(idmock, account)["mistake"] == "headers"

    @pytest.mark.parametrize(
        ("mistake", "of_canonical", "prefix"),
        [
            ("path", lambda text: text.replace("POST\n/\n", "POST\n\n", 1), "TC3"),
            ("line-ends", lambda text: text.replace("\n\ncontent-type;", "\ncontent-type;"), "TC3"),
            ("line-ends", lambda text: text.replace("\n", "\r\n"), "TC3"),
            (
                "header-form",
                lambda text: text.replace("content-type:", "Content-Type:").replace("host:", "Host:"),
                "TC3",
            ),
            ("unsorted", lambda text: "\n".join(_swapped(text.split("\n"))), "TC3"),
            ("method", lambda text: text.replace("POST", "post"), "TC3"),
            ("body-hash", lambda text: text[:-64] + text[-64:].upper(), "TC3"),
            ("key-prefix", lambda text: text, ""),
            ("key-prefix", lambda text: text, "AWS4"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_canonical_request_in_another_form(
        self,
        idmock: MockServer,
        account: Account,
        mistake: str,
        of_canonical: Callable[[str], str],
        prefix: str,
    ) -> None:
        """What a signer of one's own gets wrong."""
        refused(idmock, _self_signed(idmock, account, of_canonical, prefix))
        assert diagnosis(idmock, account)["mistake"] == mistake

    @pytest.mark.parametrize(
        ("mistake", "sent", "signed"),
        [
            ("encoded-twice", "CardSide=FR%20NT", "CardSide=FR%2520NT"),
            ("not-encoded", "CardSide=FR%2FNT", "CardSide=FR/NT"),
            ("space-as-plus", "CardSide=FR%20NT", "CardSide=FR+NT"),
            ("unsorted", "B=1&A=2", "A=2&B=1"),
        ],
    )
    def test_a_query_in_another_form(
        self, idmock: MockServer, account: Account, mistake: str, sent: str, signed: str
    ) -> None:
        """It is signed as it is sent."""
        raw = tc3(account, method="GET", query=signed, host=idmock.authority)
        refused(idmock, replace(raw, target=f"/?{sent}"))
        assert diagnosis(idmock, account)["mistake"] == mistake

    def test_under_the_strict_edition_the_host_without_its_port_is_a_mistake(
        self, start_mock: StartMock
    ) -> None:
        """The Node SDK signs so; by default the mock accepts it."""
        mock = start_mock(Settings(vendors=("tencent",), editions={"tencent": ("strict-scope",)}))
        account = mock.mint("tencent")
        refused(mock, tc3(account, BODY, host=mock.authority, signed_host="127.0.0.1"))
        assert diagnosis(mock, account)["mistake"] == "host"

    def test_two_mistakes_are_not_guessed(self, idmock: MockServer, account: Account) -> None:
        """Each attempt makes one; nothing is claimed when none fits, and the string to sign is there."""
        reply = refused(idmock, tc3(account, BODY, key="nobody's", payload=b"something else"))
        assert diagnosis(idmock, account) == {}
        assert "TC3-HMAC-SHA256" in reply.headers["x-idmock-hint"]

    def test_a_signature_that_holds_is_shown_too(self, idmock: MockServer, account: Account) -> None:
        """With the server's canonical request: what a signer under construction is compared with."""
        raw = tc3(account, {**BODY, "ImageUrl": f"{idmock.url}/_idmock/specimens/front.jpg"})
        assert raw.send(idmock).code is None
        signature = idmock.journal(account=account)[0]["signature"]
        assert signature["holds"] is True
        digest = hashlib.sha256(raw.body).hexdigest()
        assert signature["canonical_request"] == (
            f"POST\n/\n\ncontent-type:{JSON}\nhost:ocr.tencentcloudapi.com\n\ncontent-type;host\n{digest}"
        )
        hashed = hashlib.sha256(signature["canonical_request"].encode()).hexdigest()
        assert signature["string_to_sign"].endswith(f"/ocr/tc3_request\n{hashed}")


class TestV1:
    @pytest.mark.parametrize(
        ("mistake", "signed"),
        [
            ("encoded-twice", lambda sent: {**sent, "ImageUrl": "http%3A%2F%2F127.0.0.1%2Fa"}),
            ("digest", lambda sent: {**sent}),
        ],
    )
    def test_a_mistake_is_named(
        self, idmock: MockServer, account: Account, mistake: str, signed: Callable[[Any], Any]
    ) -> None:
        """In the string, or with the hash function."""
        sent = v1_parameters(account, ImageUrl="http://127.0.0.1/a")
        if mistake == "digest":
            announced = {**sent, "SignatureMethod": "HmacSHA1"}
            raw = v1(account, announced)
            unsigned = raw.body.decode().partition("&Signature=")[0]
            signature = quote(_hmac_v1(account, announced, "sha256"), safe="")
            raw = replace(raw, body=f"{unsigned}&Signature={signature}".encode())
        else:
            raw = v1(account, sent, signed=signed(sent))
        refused(idmock, raw)
        assert diagnosis(idmock, account)["mistake"] == mistake

    def test_a_plus_that_was_not_encoded(self, idmock: MockServer, account: Account) -> None:
        """It arrives as a space, in one signature of three."""
        for nonce in range(1, 200):
            sent = {**v1_parameters(account), "Nonce": nonce}
            signature = _hmac_v1(account, sent, "sha256")
            if "+" in signature:
                break
        raw = v1(account, sent)
        refused(idmock, replace(raw, body=raw.body.replace(b"%2B", b"+")))
        assert diagnosis(idmock, account)["mistake"] == "signature-form"

    def test_another_host(self, idmock: MockServer, account: Account) -> None:
        """The host goes into the older string too."""
        raw = v1(account, v1_parameters(account), host="ocr.ap-beijing.tencentcloudapi.com")
        refused(idmock, raw.with_headers({"Host": idmock.authority}))
        assert diagnosis(idmock, account)["mistake"] == "host"

    def test_the_picture_is_not_in_the_string_that_is_shown(
        self, idmock: MockServer, account: Account
    ) -> None:
        """The older string to sign holds every parameter."""
        sent = v1_parameters(account, **picture(idmock, "front"))
        assert v1(account, sent).send(idmock).code is None
        shown = idmock.journal(account=account)[0]["signature"]["string_to_sign"]
        assert f"ImageBase64=<{len(sent['ImageBase64'])} characters>" in shown
        assert len(shown) < 1000


def test_a_mistake_costs_milliseconds(idmock: MockServer, account: Account) -> None:
    """All attempts, none of which fits, on an ordinary body: far from what would hold up other clients."""
    refused(idmock, tc3(account, picture(idmock, "front"), key="nobody's"))
    assert idmock.journal(account=account)[0]["ms"] < 1000


def _swapped(lines: list[str]) -> list[str]:
    """A canonical request with its two header lines in the other order."""
    lines[3], lines[4] = lines[4], lines[3]
    return lines


def _self_signed(mock: MockServer, account: Account, change: Callable[[str], str], prefix: str) -> Raw:
    """A request whose signer builds the canonical request right and then changes it."""
    raw = tc3(account, BODY, host=mock.authority)
    moment = int(raw.headers["X-TC-Timestamp"])
    date = time.strftime("%Y-%m-%d", time.gmtime(moment))
    digest = hashlib.sha256(raw.body).hexdigest()
    canonical = change(
        f"POST\n/\n\ncontent-type:{JSON}\nhost:{mock.authority}\n\ncontent-type;host\n{digest}"
    )
    end = "\r\n" if "\r\n" in canonical else "\n"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = end.join(("TC3-HMAC-SHA256", str(moment), f"{date}/ocr/tc3_request", hashed))
    key = (prefix + account.credentials["secret_key"]).encode()
    for part in (date, "ocr", "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    before = raw.headers["Authorization"].rpartition("=")[0]
    return raw.with_headers({"Authorization": f"{before}={signature}"})


def _hmac_v1(account: Account, parameters: dict[str, Any], digest: str) -> str:
    text = "POSTocr.tencentcloudapi.com/?" + "&".join(f"{k}={v}" for k, v in sorted(parameters.items()))
    mac = hmac.digest(account.credentials["secret_key"].encode(), text.encode(), digest)
    return base64.b64encode(mac).decode()
