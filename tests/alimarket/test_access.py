"""Who calls: AppCode in header and query, the signed call's window, nonce and digest, and which refusal wins."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests.alimarket.conftest import mint
from tests.alimarket.raw import PATH, Raw, Reply, app_code, content_md5, image_call, plain, sign
from tests.conftest import VECTOR_TIME

MISSING = "500#missing-parameter"  # the seller's answer to an empty object: the gateway has let it pass
NOW_MS = int(VECTOR_TIME * 1000)


def signed(account: Account, *, request: Raw | None = None, **ca: str) -> Raw:
    """A signed call with the headers ``ca`` (``X_Ca_Nonce`` stands for X-Ca-Nonce)."""
    named = {name.replace("_", "-"): value for name, value in ca.items()}
    secret, key = account.credentials["app_secret"], account.credentials["app_key"]
    return sign(request or plain(Accept="application/json"), key, secret, ca=named)


def at(mock: MockServer, account: Account, timestamp: int) -> Reply:
    return signed(account, X_Ca_Timestamp=str(timestamp)).send(mock)


class TestAppCode:
    """The code stands for the app by itself."""

    def test_in_the_header(self, idmock: MockServer, account: Account) -> None:
        """The word in capitals, one space, the code."""
        assert app_code(account).send(idmock).rule == MISSING

    @pytest.mark.parametrize("spelling", ["AppCode", "appcode", "appCode", "APPCODE", "APPCode"])
    def test_in_the_query(self, idmock: MockServer, account: Account, spelling: str) -> None:
        """Five spellings are accepted."""
        target = f"{PATH}?{spelling}={account.credentials['app_code']}"
        assert replace(plain(), target=target).send(idmock).rule == MISSING

    @pytest.mark.parametrize("spelling", ["Appcode", "aPPCODE", "app_code"])
    def test_other_spellings_are_no_credentials(
        self, idmock: MockServer, account: Account, spelling: str
    ) -> None:
        """The five are a list, not a rule about capitals."""
        target = f"{PATH}?{spelling}={account.credentials['app_code']}"
        assert replace(plain(), target=target).send(idmock).code == "A400MA"

    @pytest.mark.parametrize(
        "form", ["appcode {}", "APPCODE  {}", "{}", "APPCODE", "Bearer {}", "APPCODE {} x"]
    )
    def test_other_headers_are_no_credentials(self, idmock: MockServer, account: Account, form: str) -> None:
        """Another word, two spaces, no word, no code: as if there were no header, with a hint what it should be."""
        value = form.format(account.credentials["app_code"])
        reply = plain(Authorization=value).send(idmock)
        assert (reply.status, reply.code) == (400, "A400MA")
        assert "APPCODE in capitals" in reply.headers["x-idmock-hint"]

    def test_header_wins_over_query(self, idmock: MockServer, account: Account) -> None:
        """Whichever of the two is wrong."""
        right, wrong = f"{PATH}?AppCode={account.credentials['app_code']}", f"{PATH}?AppCode=wrong"
        assert replace(app_code(account), target=wrong).send(idmock).rule == MISSING
        assert replace(plain(Authorization="APPCODE wrong"), target=right).send(idmock).code == "A400AC"

    def test_unknown_code(self, idmock: MockServer) -> None:
        """The message has backticks inside and no space at its end."""
        reply = plain(Authorization="APPCODE 83359fd73fe94948385f570e3c139105").send(idmock)
        assert (reply.status, reply.code) == (400, "A400AC")
        assert reply.message == "Invalid AppCode `not exists`"

    def test_code_wins_over_key(self, idmock: MockServer, account: Account) -> None:
        """A call with both is judged by its AppCode."""
        assert app_code(account, X_Ca_Key="1", X_Ca_Signature="x").send(idmock).rule == MISSING


class TestSignedCall:
    """Timestamp, nonce, digest, signature, in this order."""

    def test_reads_a_picture(self, idmock: MockServer, account: Account) -> None:
        """A whole signed call with a picture in it."""
        body = image_call(idmock, account).body
        request = replace(plain(Accept="*/*", Content_MD5=content_md5(body)), body=body)
        nonce, now = str(uuid.uuid4()), str(int(idmock.clock.now() * 1000))
        reply = signed(account, request=request, X_Ca_Nonce=nonce, X_Ca_Timestamp=now).send(idmock)
        assert reply.data["name"] == "饶光鸣"

    @pytest.mark.parametrize("offset", [-900_000, -1, 0, 900_000])
    def test_timestamp_within_the_window(self, frozen_mock: MockServer, offset: int) -> None:
        """15 minutes on either side, in milliseconds; the edge belongs to it."""
        assert at(frozen_mock, mint(frozen_mock), NOW_MS + offset).rule == MISSING

    @pytest.mark.parametrize("offset", [-900_001, 900_001, 10**15])
    def test_timestamp_outside_the_window(self, frozen_mock: MockServer, offset: int) -> None:
        """One millisecond is enough."""
        reply = at(frozen_mock, mint(frozen_mock), NOW_MS + offset)
        assert (reply.status, reply.code, reply.rule) == (403, "S403TE", "S403TE")

    def test_timestamp_in_seconds(self, frozen_mock: MockServer) -> None:
        """The usual mistake; the hint names the unit."""
        reply = at(frozen_mock, mint(frozen_mock), NOW_MS // 1000)
        assert reply.code == "S403TE"
        assert "milliseconds" in reply.headers["x-idmock-hint"]

    @pytest.mark.parametrize("value", ["", "now", "-1", "1.7e12", "１７"])
    def test_timestamp_that_is_no_number(self, idmock: MockServer, account: Account, value: str) -> None:
        """The classic gateway has a text of its own for it."""
        assert signed(account, X_Ca_Timestamp=value).send(idmock).rule == "S403TE#not-a-number"

    def test_nonce_is_used_once(self, frozen_mock: MockServer) -> None:
        """Within 15 minutes, by one app."""
        one, other = mint(frozen_mock), mint(frozen_mock)
        assert signed(one, X_Ca_Nonce="n").send(frozen_mock).rule == MISSING
        assert signed(one, X_Ca_Nonce="n").send(frozen_mock).code == "S403NU"
        assert signed(other, X_Ca_Nonce="n").send(frozen_mock).rule == MISSING
        frozen_mock.clock.shift(900)
        assert signed(one, X_Ca_Nonce="n").send(frozen_mock).rule == MISSING

    def test_nonce_and_timestamp_are_optional(self, idmock: MockServer, account: Account) -> None:
        """A call without them may be sent again."""
        assert {signed(account).send(idmock).rule for _ in range(3)} == {MISSING}

    def test_missing_signature(self, idmock: MockServer, account: Account) -> None:
        """Looked for before the key is."""
        for key in (account.credentials["app_key"], "unknown"):
            reply = plain(X_Ca_Key=key).send(idmock)
            assert (reply.code, reply.message) == ("I400MH", "Header `X-Ca-Signature` is Required")

    def test_unknown_key(self, idmock: MockServer) -> None:
        """A secret alone is no app."""
        reply = plain(X_Ca_Key="1", X_Ca_Signature="x").send(idmock)
        assert (reply.status, reply.code, reply.message) == (400, "A400IK", "Invalid AppKey")

    def test_key_without_value_is_none(self, idmock: MockServer) -> None:
        """An empty header counts as absent."""
        assert plain(X_Ca_Key="", X_Ca_Signature="x").send(idmock).code == "A400MA"

    def test_values_of_other_scripts(self, idmock: MockServer, account: Account) -> None:
        """Header values are signed as the UTF-8 that was sent."""
        assert signed(account, X_Ca_Nonce="一次", X_Ca_Note="身份证").send(idmock).rule == MISSING

    @pytest.mark.parametrize("value", ["身份证", "é", ""])
    def test_signature_of_any_text_is_refused(self, idmock: MockServer, account: Account, value: str) -> None:
        """Compared as bytes: what is not Base64 is just wrong, and nothing is missing."""
        reply = signed(account).with_headers({"X-Ca-Signature": value}).send(idmock)
        assert reply.code == ("A403IS" if value else "I400MH")

    def test_long_string_to_sign_is_cut(self, idmock: MockServer, account: Account) -> None:
        """The closing backtick is still the last character, and no client chokes on the header."""
        request = replace(plain(), target=f"{PATH}?a={'x' * 7_000}")
        reply = signed(account, request=request).with_headers({"X-Ca-Signature": "x"}).send(idmock)
        assert reply.code == "A403IS"
        assert reply.message.endswith("x`")
        assert len(reply.message) < 5000

    def test_line_breaks_in_the_query_stay_out_of_the_headers(
        self, idmock: MockServer, account: Account
    ) -> None:
        """No client can put a header of its own into the answer."""
        request = replace(plain(), target=f"{PATH}?a=%0d%0aX-Evil:%201")
        reply = signed(account, request=request).with_headers({"X-Ca-Signature": "x"}).send(idmock)
        assert reply.message.endswith("/idcard/ocr?a=##X-Evil: 1`")
        assert "x-evil" not in reply.headers


class TestPrecedence:
    """The order of the contract's §4: route, credentials, account, traffic, seller."""

    def test_route_before_credentials(self, idmock: MockServer) -> None:
        """A wrong method without credentials."""
        assert replace(plain(), method="PUT").send(idmock).code == "I404NF"

    def test_bad_app_code_with_an_empty_body_is_the_gateway_s_error(self, idmock: MockServer) -> None:
        """The seller never sees it."""
        reply = replace(plain(Authorization="APPCODE wrong"), body=b"").send(idmock)
        assert (reply.code, reply.body) == ("A400AC", b"")

    def test_signature_before_the_state_of_the_app(self, idmock: MockServer) -> None:
        """A forged call learns nothing about the subscription."""
        exhausted = idmock.account("alimarket", "package-exhausted")
        assert signed(exhausted).with_headers({"X-Ca-Signature": "x"}).send(idmock).code == "A403IS"
        assert signed(exhausted).send(idmock).code == "B403MQ"

    def test_timestamp_nonce_digest_signature(self, frozen_mock: MockServer) -> None:
        """Each wrong thing taken away, the next one is named."""
        account = mint(frozen_mock)
        assert signed(account, X_Ca_Nonce="n").send(frozen_mock).rule == MISSING
        bad_digest = plain(Content_MD5="x")
        wrong = {"X-Ca-Signature": "x"}
        old = signed(account, request=bad_digest, X_Ca_Nonce="n", X_Ca_Timestamp="1").with_headers(wrong)
        used = signed(account, request=bad_digest, X_Ca_Nonce="n").with_headers(wrong)
        digest = signed(account, request=bad_digest, X_Ca_Nonce="m").with_headers(wrong)
        forged = signed(account, X_Ca_Nonce="l").with_headers(wrong)
        codes = [request.send(frozen_mock).code for request in (old, used, digest, forged)]
        assert codes == ["S403TE", "S403NU", "I400I5", "A403IS"]

    def test_subscription_before_traffic(self, frozen_mock: MockServer) -> None:
        """A used-up package is named, however often it is called."""
        account = mint(frozen_mock, "package-exhausted", requests_per_second=1)
        assert {app_code(account).send(frozen_mock).code for _ in range(3)} == {"B403MQ"}

    def test_traffic_before_the_seller(self, frozen_mock: MockServer) -> None:
        """The seller is not asked for what is throttled."""
        account = mint(frozen_mock, requests_per_second=1)
        assert [app_code(account).send(frozen_mock).code for _ in range(2)] == ["500", "T429PA"]


class TestQuota:
    """Windows and packages."""

    def test_a_new_second_is_a_new_window(self, frozen_mock: MockServer) -> None:
        """The limit is per second; there is no header that says when."""
        account = mint(frozen_mock, requests_per_second=2)
        assert [app_code(account).send(frozen_mock).code for _ in range(3)] == ["500", "500", "T429PA"]
        frozen_mock.clock.shift(1)
        reply = app_code(account).send(frozen_mock)
        assert (reply.code, "retry-after" in reply.headers) == ("500", False)

    def test_an_answer_under_status_200_is_billed(self, frozen_mock: MockServer) -> None:
        """Also when the seller could not do anything: the package is used up behind it."""
        account = mint(frozen_mock, calls_left=1)
        assert [app_code(account).send(frozen_mock).code for _ in range(2)] == ["500", "B403MQ"]

    def test_a_refusal_of_the_gateway_is_not_billed(self, frozen_mock: MockServer) -> None:
        """Neither a throttled call nor one whose backend takes too long costs anything."""
        account = mint(frozen_mock, calls_left=2, requests_per_second=1)
        codes = [app_code(account).send(frozen_mock).code for _ in range(3)]
        frozen_mock.clock.shift(1)
        codes.append(app_code(account).send(frozen_mock).code)
        frozen_mock.clock.shift(1)
        codes.append(app_code(account).send(frozen_mock).code)
        assert codes == ["500", "T429PA", "T429PA", "500", "B403MQ"]

    def test_ready_made_last_call(self, idmock: MockServer) -> None:
        """One call, then the package is used up."""
        account = idmock.account("alimarket", "last-call")
        assert image_call(idmock, account).send(idmock).data["type"] == "front"
        assert image_call(idmock, account).send(idmock).code == "B403MQ"
