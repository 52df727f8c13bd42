"""Who calls: signatures beyond the vectors, tokens, temporary keys, locks, limits, projects."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from mockserver.accounts import Account
from mockserver.contract import load_contract
from mockserver.settings import Settings
from mockserver.testing import MockServer
from mockserver.vendors._huawei import tokens
from mockserver.vendors._huawei.tokens import Claims
from tests.conftest import StartMock
from tests.huawei import raw
from tests.huawei.conftest import Client, mint
from tests.huawei.raw import Raw
from tests.huawei.sdk import show_token
from tests.triggers import encoded

#: A body that gets past everything but its picture.
BODY = {"image": "bm90IGEgcGljdHVyZQ=="}
PAST = "AIS.0102"


def rule(mock: MockServer, request: Raw) -> str | None:
    return request.send(mock).rule


class TestSignature:
    def test_any_set_of_signed_headers_is_taken(self, idmock: MockServer, account: Account) -> None:
        """The verifier takes the set from SignedHeaders, whatever it is."""
        for more in ({}, {"User-Agent": "mine/1.0"}, {"X-Whatever": "  padded  ", "Accept": "*/*"}):
            assert rule(idmock, raw.signed(account, BODY, host=idmock.authority, headers=more)) == PAST

    def test_changed_body_header_or_path_breaks_it(self, idmock: MockServer, account: Account) -> None:
        """Whatever was signed may not change on the way."""
        good = raw.signed(account, BODY, host=idmock.authority)
        changed = [
            Raw(good.method, good.target, good.headers, good.body + b" "),
            good.with_headers({"Content-Type": "application/json; charset=utf-8"}),
            Raw(good.method, good.target + "?a=1", good.headers, good.body),
        ]
        for request in changed:
            assert rule(idmock, request) == "APIG.0301#signature"

    def test_query_is_signed_sorted_and_encoded_anew(self, idmock: MockServer, account: Account) -> None:
        """The order on the wire does not matter, nor how a value is escaped."""
        target = f"{raw.path_of(account)}?z=1&a=%7e%20b&a="
        assert rule(idmock, raw.signed(account, BODY, host=idmock.authority, target=target)) == PAST

    def test_unsigned_payload(self, idmock: MockServer, account: Account) -> None:
        """What X-Sdk-Content-Sha256 claims stands for the body."""
        good = raw.signed(account, BODY, host=idmock.authority, claimed_hash="UNSIGNED-PAYLOAD")
        assert rule(idmock, Raw(good.method, good.target, good.headers, b'{"url": ""}')) == "AIS.0101"

    def test_body_of_a_get_is_hashed(self, idmock: MockServer, account: Account) -> None:
        """The Node client sends and signs {} with its GETs."""
        request = raw.signed(
            account, body=b"{}", method="GET", target="/v3/projects?name=cn-north-4", host=idmock.authority
        )
        assert request.send(idmock).status == 200

    @pytest.mark.parametrize(
        "header",
        [
            "SDK-HMAC-SHA256 nothing",
            "SDK-HMAC-SHA256 Access=, SignedHeaders=host, Signature=" + "0" * 64,
            "SDK-HMAC-SHA256 Access=AK, Signature=" + "0" * 64,
            "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=short",
            "SDK-HMAC-SM3 Access=AK, SignedHeaders=host, Signature=" + "0" * 64,
            "V11-HMAC-SHA256 Credential=AK/20250101/r/ocr, SignedHeaders=host, Signature=" + "0" * 64,
        ],
    )
    def test_header_that_is_none(self, idmock: MockServer, account: Account, header: str) -> None:
        """An Authorization that lacks a part, or is of an algorithm that is not spoken here."""
        request = raw.signed(account, BODY, host=idmock.authority).with_headers({"Authorization": header})
        assert rule(idmock, request) == "APIG.0305"

    @pytest.mark.parametrize("date", ["", "2025-01-01T00:00:00Z", "20251301T000000Z"])
    def test_date_that_is_none(self, idmock: MockServer, account: Account, date: str) -> None:
        """X-Sdk-Date has one form."""
        request = raw.signed(account, BODY, host=idmock.authority).with_headers({"X-Sdk-Date": date})
        assert rule(idmock, request) == "APIG.0305"

    def test_bearer_token_is_a_token_that_cannot_be_read(self, idmock: MockServer, account: Account) -> None:
        """As was reported from the same gateway."""
        request = raw.signed(account, BODY, host=idmock.authority).with_headers({"Authorization": "Bearer x"})
        assert rule(idmock, request) == "APIG.0301#decrypt-token"

    def test_unknown_key_is_named(self, idmock: MockServer, account: Account, client: Client) -> None:
        """With the key as it was sent."""
        error = client(idmock, account, ak="SOMEBODYSKEY00000000").refusal(**BODY)
        assert error.error_msg.endswith("Get secretKey failed,ak:SOMEBODYSKEY00000000,err:ak not exist")


class TestLock:
    def test_six_wrong_signatures_in_a_row_lock_for_five_minutes(self, frozen_mock: MockServer) -> None:
        """Then the right one is refused too, until the time is over."""
        account = mint(frozen_mock)
        send = self.sender(frozen_mock, account)
        assert [send("wrong") for _ in range(6)] == ["APIG.0301#signature"] * 6
        assert send() == "APIG.0301#ak-locked"
        frozen_mock.clock.shift(299)
        assert send() == "APIG.0301#ak-locked"
        frozen_mock.clock.shift(1)
        assert send() == PAST

    def test_a_success_starts_the_count_again(self, frozen_mock: MockServer) -> None:
        """Only failures in a row count."""
        account = mint(frozen_mock)
        send = self.sender(frozen_mock, account)
        for _ in range(3):
            assert [send("wrong") for _ in range(5)] == ["APIG.0301#signature"] * 5
            assert send() == PAST

    def test_others_are_not_locked(self, frozen_mock: MockServer) -> None:
        """The lock is the key's own."""
        first, second = mint(frozen_mock), mint(frozen_mock)
        for _ in range(7):
            self.sender(frozen_mock, first)("wrong")
        assert self.sender(frozen_mock, second)() == PAST

    @staticmethod
    def sender(mock: MockServer, account: Account) -> Callable[..., str | None]:
        def send(secret: str | None = None) -> str | None:
            now = mock.clock.now()
            return rule(mock, raw.signed(account, BODY, host=mock.authority, moment=now, secret=secret))

        return send


@pytest.mark.parametrize("state", load_contract("huawei").account_states)
def test_states(idmock: MockServer, client: Client, state: str) -> None:
    """The ready-made account of every state that is refused gets the row that the contract names."""
    ruling = load_contract("huawei").account_states[state]
    sdk = client(idmock, idmock.account("huawei", state))
    error = sdk.refusal(image=encoded(idmock.specimen("front")))
    row = load_contract("huawei").error(ruling.code, ruling.variant)
    assert (error.status_code, error.error_code) == (row.http_status, row.code)
    assert sdk.reply.headers["X-IDMock-Rule"] == row.rule


class TestTemporaryKey:
    def test_needs_its_token(self, idmock: MockServer, client: Client) -> None:
        """With it the call succeeds, without it the key does not exist, with another one nothing can be read."""
        account = mint(idmock, token="MOCK-the-right-one")
        assert client(idmock, account).refusal(**BODY).error_code == PAST
        without = client(idmock, account, security_token=None).refusal(**BODY)
        assert without.error_msg.endswith(f"ak:{account.credentials['ak']},err:ak not exist")
        wrong = client(idmock, account, security_token="MOCK-another").refusal(**BODY)
        assert wrong.error_msg.endswith("decrypt token fail")

    def test_expired_one_makes_a_bad_request(self, idmock: MockServer, client: Client) -> None:
        """A client's fault with status 400, unlike an expired X-Auth-Token: who renews on 401 alone never does."""
        error = client(idmock, idmock.account("huawei", "temporary-expired")).refusal(**BODY)
        assert type(error).__name__ == "ClientRequestException"
        assert (error.status_code, error.error_code) == (400, "APIG.0602")
        assert error.error_msg == "Bad request: the security token has expired"

    def test_other_keys_have_none(self, idmock: MockServer, account: Account, client: Client) -> None:
        """A security token beside a permanent key cannot be read."""
        error = client(idmock, account, security_token="MOCK-one").refusal(**BODY)
        assert error.error_msg.endswith("decrypt token fail")


class TestToken:
    def test_serves_for_a_day(self, frozen_mock: MockServer) -> None:
        """24 hours from the login on; then its end is named."""
        account = mint(frozen_mock)
        token = raw.token_of(frozen_mock, account)
        frozen_mock.clock.shift(86_399)
        assert rule(frozen_mock, raw.with_token(account, token, BODY)) == PAST
        frozen_mock.clock.shift(1)
        reply = raw.with_token(account, token, BODY).send(frozen_mock)
        assert reply.rule == "APIG.0301#token-expired"
        assert reply.message.endswith("expires_at: 2023-11-15T22:13:20.000000Z")

    def test_through_the_sdk(self, idmock: MockServer, account: Account, client: Client) -> None:
        """A request handler puts the token in place of the signature, as the vendor's own advice goes."""
        sdk = client(idmock, account, change=show_token(raw.token_of(idmock, account)))
        answer = sdk.call(image=encoded(idmock.specimen("front")), side="front")
        assert answer.result.number == "370117199502149751"

    def test_looks_like_the_vendors(self, idmock: MockServer, account: Account) -> None:
        """MII..., and as long as the one in the page's example."""
        token = raw.token_of(idmock, account)
        assert token.startswith("MIINRwYJKoZIhvcNAQcC")
        assert len(base64.b64decode(token, b"+-")) == 3403

    def test_cut_changed_or_made_up(self, idmock: MockServer, account: Account) -> None:
        """None of them can be read, whichever character was changed."""
        token = raw.token_of(idmock, account)
        ends = (len(token) // 20, 1000, 3000, len(token.rstrip("=")) - 1)
        changed = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in ends]
        for bad in (token[:-4], token[:40], *changed, "MII", "x", "中文"):
            assert rule(idmock, raw.with_token(account, bad, BODY)) == "APIG.0301#decrypt-token"

    def test_is_worthless_after_a_change_of_the_password(self, idmock: MockServer, account: Account) -> None:
        """It is signed with it."""
        token = raw.token_of(idmock, account)
        changed = {**account.credentials, "password": "Mock!another"}
        idmock.world.accounts.add(Account("huawei", account.name, "active", changed, account.limits))
        assert rule(idmock, raw.with_token(account, token, BODY)) == "APIG.0301#decrypt-token"

    def test_of_another_account_is_not_for_the_project(self, idmock: MockServer, account: Account) -> None:
        """The path must name the token's project."""
        token = raw.token_of(idmock, mint(idmock))
        assert rule(idmock, raw.with_token(account, token, BODY)) == "ModelArts.4203"

    def test_claims_come_back_from_a_token_of_any_length(self) -> None:
        """Also when they need more than the length asked for."""
        claims = Claims("user", "0" * 32, "cn-north-4", 1.5, 2.5)
        for length in (0, 300, 3403):
            token = tokens.read(tokens.issue(claims, b"key", length))
            assert token.claims == claims
            assert token.is_signed_with(b"key")
            assert not token.is_signed_with(b"another")

    def test_beside_a_signature(self, idmock: MockServer, account: Account, start_mock: StartMock) -> None:
        """The token counts; in the edition signature-first the signature."""
        first = start_mock(Settings(editions={"huawei": ("signature-first",)}))
        for mock, expected in ((idmock, "APIG.0301#decrypt-token"), (first, PAST)):
            caller = account if mock is idmock else mint(mock)
            good = raw.signed(caller, BODY, host=mock.authority)
            assert rule(mock, good.with_headers({"X-Auth-Token": "MII"})) == expected


class TestLimits:
    def test_slow_lane(self, frozen_mock: MockServer) -> None:
        """Two calls a second; the third is refused, and the next second is free again."""
        account = frozen_mock.account("huawei", "slow-lane")
        send = TestLock.sender(frozen_mock, account)
        assert [send() for _ in range(4)] == [PAST, PAST, "APIG.0308", "APIG.0308"]
        frozen_mock.clock.shift(1)
        assert send() == PAST

    def test_text_names_the_limit(self, frozen_mock: MockServer) -> None:
        """Without spaces behind the commas."""
        account = mint(frozen_mock, requests_per_second=1)
        now = frozen_mock.clock.now()
        request = raw.signed(account, BODY, host=frozen_mock.authority, moment=now)
        request.send(frozen_mock)
        reply = request.send(frozen_mock)
        assert (reply.status, reply.headers.get("retry-after")) == (429, None)
        assert reply.message == (
            "The throttling threshold has been reached: policy user over ratelimit,limit:1,time:1 second"
        )


class TestProject:
    def test_of_somebody_else(self, idmock: MockServer, account: Account, client: Client) -> None:
        """Refused, unless the edition says otherwise."""
        error = client(idmock, account, project_id="f" * 32).refusal(**BODY)
        assert (error.status_code, error.error_code) == (403, "ModelArts.4203")

    def test_never_filled_in(self, idmock: MockServer, account: Account, client: Client) -> None:
        """The literal {project_id}, which the SDK sends with an endpoint and no project."""
        error = client(idmock, account, project_id=None).refusal(**BODY)
        assert (error.status_code, error.error_code) == (404, "APIG.0101")

    def test_of_another_region(self, idmock: MockServer, account: Account, client: Client) -> None:
        """An account has a project in each region; on a host of a region only that one is right."""
        sdk = client(idmock, account, project_id=None, region="cn-east-3")
        assert sdk.refusal(**BODY).error_code == PAST
        project = sdk.client._credentials.project_id
        assert project != account.credentials["project_id"]
        for region, expected in (("cn-east-3", PAST), ("cn-north-4", "ModelArts.4203")):
            host = f"ocr.{region}.myhuaweicloud.com"
            request = raw.signed(account, BODY, host=host, target=f"/v2/{project}/ocr/id-card")
            assert rule(idmock, request) == expected
