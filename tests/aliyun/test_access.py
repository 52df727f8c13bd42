"""Who may call, when, how often; and which of several faults is named."""

from __future__ import annotations

from typing import Any
from unittest import mock as patching

import pytest

from mockserver.accounts import Account
from mockserver.clock import Clock
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.aliyun import raw
from tests.aliyun.conftest import mint
from tests.aliyun.raw import Raw, acs3, rpc
from tests.conftest import VECTOR_TIME, StartMock


@pytest.fixture
def front(idmock: MockServer) -> bytes:
    return idmock.specimen("front")


class TestSignedHeaders:
    def test_the_list_may_be_unsorted(self, idmock: MockServer, account: Account, front: bytes) -> None:
        """Java joins the names before it sorts them."""
        names = ["x-acs-version", "host", "x-acs-date", "content-type", "x-acs-action"]
        assert acs3(idmock, account, front, signed=names).send(idmock).status == 200

    def test_the_list_is_the_clients_own(self, idmock: MockServer, account: Account, front: bytes) -> None:
        """Python signs everything it sets, the others x-acs-*, host and content-type."""
        headers = {
            "user-agent": "x/1",
            "x-acs-credentials-provider": "static_ak",
            "x-acs-retry-attempts": "1",
        }
        assert acs3(idmock, account, front, headers=headers).send(idmock).status == 200

    @pytest.mark.parametrize("header", ["user-agent", "x-acs-date", "accept"])
    def test_a_signed_header_may_not_change(
        self, idmock: MockServer, account: Account, front: bytes, header: str
    ) -> None:
        """Whatever is in the list is part of the signature."""
        request = acs3(idmock, account, front, headers={"user-agent": "x/1"}).request()
        changed = {"x-acs-date": raw.iso(idmock.clock.now() + 1), "accept": "*/*"}.get(header, "x/2")
        reply = request.with_headers({header: changed}).send(idmock)
        assert reply.code == "SignatureDoesNotMatch"

    def test_the_body_must_be_the_hashed_one(
        self, idmock: MockServer, account: Account, front: bytes
    ) -> None:
        """x-acs-content-sha256 is compared with the body, and a mismatch is a wrong signature."""
        request = acs3(idmock, account, front).request()
        reply = Raw("POST", "/", request.headers, front + b"x").send(idmock)
        assert reply.rule == "SignatureDoesNotMatch"
        assert "x-acs-content-sha256 is not the hash of the body" in reply.headers["X-IDMock-Hint"]

    def test_no_hash_is_an_incomplete_signature(
        self, idmock: MockServer, account: Account, front: bytes
    ) -> None:
        """The header is mandatory."""
        reply = acs3(idmock, account, front, headers={"x-acs-content-sha256": None}).send(idmock)
        assert reply.code == "IncompleteSignature"

    def test_a_hint_shows_the_canonical_request_without_the_token(
        self, idmock: MockServer, front: bytes
    ) -> None:
        """What the server signed is told, a secret is not."""
        account = mint(idmock, token="CAISMOCKsecret==")
        reply = acs3(idmock, account, front, secret="wrong").send(idmock)
        hint = reply.headers["X-IDMock-Hint"]
        assert "x-acs-security-token:<security token>\\n" in hint
        assert "CAISMOCKsecret" not in hint

    @pytest.mark.parametrize("algorithm", ["ACS3-HMAC-SM3", "ACS3-RSA-SHA256"])
    def test_other_algorithms_are_not_checked(
        self, idmock: MockServer, account: Account, front: bytes, algorithm: str
    ) -> None:
        """They exist in clients, and say what is wrong here."""
        request = acs3(idmock, account, front).request()
        header = request.headers["Authorization"].replace("ACS3-HMAC-SHA256", algorithm)
        assert request.with_headers({"Authorization": header}).send(idmock).code == "InvalidSignatureMethod"

    def test_spaces_behind_the_commas_do_no_harm(
        self, idmock: MockServer, account: Account, front: bytes
    ) -> None:
        """The vendor's clients write none; others do."""
        request = acs3(idmock, account, front).request()
        header = request.headers["Authorization"].replace(",", ", ")
        assert request.with_headers({"Authorization": header}).send(idmock).status == 200

    @pytest.mark.parametrize(
        ("authorization", "code"),
        [
            ("ACS3-HMAC-SHA256 SignedHeaders=host,Signature=" + "0" * 64, "MissingAccessKeyId"),
            ("ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host", "MissingSignature"),
            ("ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=short", "IncompleteSignature"),
            ("ACS3-HMAC-SHA256 Credential=a,Signature=" + "0" * 64, "IncompleteSignature"),
            ("Bearer token", "IncompleteSignature"),
        ],
    )
    def test_a_piece_of_authorization_that_is_missing_is_named(
        self, idmock: MockServer, account: Account, front: bytes, authorization: str, code: str
    ) -> None:
        """The key and the signature by their own codes, the rest as not conforming."""
        request = acs3(idmock, account, front).request().with_headers({"Authorization": authorization})
        assert request.send(idmock).code == code

    def test_unsigned_headers_can_be_refused(self, start_mock: StartMock) -> None:
        """The vendor asks for them to be signed; whether it insists is a choice."""
        server = start_mock(Settings(vendors=("aliyun",), editions={"aliyun": ("strict",)}))
        account, front = mint(server), server.specimen("front")
        reply = acs3(server, account, front, signed=["host", "x-acs-date"]).send(server)
        assert reply.code == "IncompleteSignature"
        assert acs3(server, account, front).send(server).status == 200


class TestTime:
    @pytest.mark.parametrize(("skew", "code"), [(-900, None), (900, None), (-901, "x"), (901, "x")])
    @pytest.mark.parametrize("style", ["acs3", "rpc"])
    def test_the_window_is_fifteen_minutes_either_way(
        self, frozen_mock: MockServer, style: str, skew: int, code: str | None
    ) -> None:
        """The edge itself is inside."""
        account, front = mint(frozen_mock), frozen_mock.specimen("front")
        when = VECTOR_TIME + skew
        if style == "acs3":
            reply = acs3(frozen_mock, account, front, timestamp=when).send(frozen_mock)
        else:
            request = rpc(frozen_mock, account, timestamp=when, body=front, content_type="image/jpeg")
            reply = request.send(frozen_mock)
        assert reply.code == (code and "InvalidTimeStamp.Expired")

    @pytest.mark.parametrize(
        "text",
        [
            "2023-11-14T22:13:20.000Z",
            "2023-11-14 22:13:20",
            "2023-11-14T22:13:20+08:00",
            "2023-13-14T22:13:20Z",
            "2023-02-30T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "1700000000",
            "２023-11-14T22:13:20Z",
        ],
    )
    def test_other_forms_are_not_well_formatted(self, frozen_mock: MockServer, text: str) -> None:
        """One form is taken, and only days that there are."""
        request = rpc(frozen_mock, mint(frozen_mock), common={"Timestamp": text})
        assert request.send(frozen_mock).code == "InvalidTimeStamp.Format"


NONCE = {"x-acs-signature-nonce": "0123456789abcdef"}


class TestNonce:
    def test_it_is_used_once_by_an_account(self, frozen_mock: MockServer) -> None:
        """Another account may use it; the first one may again when it is forgotten."""
        first, second, front = mint(frozen_mock), mint(frozen_mock), frozen_mock.specimen("front")
        codes = [
            acs3(frozen_mock, account, front, headers=NONCE).send(frozen_mock).code
            for account in (first, first, second)
        ]
        assert codes == [None, "SignatureNonceUsed", None]
        frozen_mock.clock.shift(901)
        assert acs3(frozen_mock, first, front, headers=NONCE).send(frozen_mock).code is None

    def test_a_wrong_signature_does_not_use_it_up(self, frozen_mock: MockServer) -> None:
        """Nobody can burn another's nonces; and a replay with a bad signature is called that."""
        account, front = mint(frozen_mock), frozen_mock.specimen("front")
        codes = [
            acs3(frozen_mock, account, front, headers=NONCE, secret=secret).send(frozen_mock).code
            for secret in ("wrong", None, "wrong")
        ]
        assert codes == ["SignatureDoesNotMatch", None, "SignatureDoesNotMatch"]

    def test_a_refused_call_uses_it_up(self, frozen_mock: MockServer) -> None:
        """What matters is that the signature held."""
        account = mint(frozen_mock)
        codes = [
            acs3(frozen_mock, account, b"no picture", headers=NONCE).send(frozen_mock).code for _ in range(2)
        ]
        assert codes == ["unsupportedImageFormat", "SignatureNonceUsed"]

    def test_both_styles_share_them(self, frozen_mock: MockServer) -> None:
        """A nonce is the account's, however it was sent."""
        account, front = mint(frozen_mock), frozen_mock.specimen("front")
        assert acs3(frozen_mock, account, front, headers=NONCE).send(frozen_mock).status == 200
        request = rpc(frozen_mock, account, common={"SignatureNonce": "0123456789abcdef"})
        assert request.send(frozen_mock).code == "SignatureNonceUsed"

    @pytest.mark.parametrize("nonce", ["身份证", "x" * 100_000], ids=["chinese", "long"])
    def test_any_text_will_do(self, frozen_mock: MockServer, nonce: str) -> None:
        """What is remembered of it is short and plain, fit for any store."""
        account, keys = mint(frozen_mock), list[str]()
        request = rpc(frozen_mock, account, common={"SignatureNonce": nonce}, form=True)
        remember = frozen_mock.world.state.first_use

        def first_use(key: str, now: float, keep_seconds: float) -> bool:
            keys.append(key)
            return remember(key, now, keep_seconds)

        with patching.patch.object(frozen_mock.world.state, "first_use", first_use):
            codes = [request.send(frozen_mock).code for _ in range(2)]
        assert codes == ["imageUrlOrBodyEmpty", "SignatureNonceUsed"]
        assert all(key.isascii() and len(key) < 200 for key in keys)


class TestTokens:
    def test_a_token_beside_a_permanent_key_is_wrong(
        self, idmock: MockServer, account: Account, front: bytes
    ) -> None:
        """It belongs to nobody, or to somebody else."""
        mint(idmock, token="CAISMOCKother==")
        for token, code in (
            ("garbage", "InvalidSecurityToken.Malformed"),
            ("CAISMOCKother==", "InvalidSecurityToken.MismatchWithAccessKey"),
        ):
            reply = acs3(idmock, account, front, headers={"x-acs-security-token": token}).send(idmock)
            assert (reply.status, reply.code) == (400, code)

    def test_an_rpc_call_carries_it_as_a_parameter(self, idmock: MockServer, front: bytes) -> None:
        """With it the call succeeds, without it its absence is named."""
        account = mint(idmock, token="CAISMOCKrpc==")
        for common, code in (({}, None), ({"SecurityToken": None}, "MissingSecurityToken")):
            request = rpc(idmock, account, common=common, body=front, content_type="image/jpeg")
            assert request.send(idmock).code == code

    @pytest.mark.parametrize(
        ("state", "token", "code"),
        [
            ("disabled", "garbage", "InvalidAccessKeyId.Inactive"),
            ("temporary-expired", None, "MissingSecurityToken"),
            ("temporary-expired", "garbage", "InvalidSecurityToken.Malformed"),
            ("temporary-expired", "own", "InvalidSecurityToken.Expired"),
        ],
    )
    def test_the_key_comes_before_its_token(
        self, idmock: MockServer, front: bytes, state: str, token: str | None, code: str
    ) -> None:
        """Whether the key is enabled first, then which token came, then how old it is."""
        own = "CAISMOCKold==" if state == "temporary-expired" else None
        account = mint(idmock, state=state, token=own)
        sent = own if token == "own" else token
        reply = acs3(idmock, account, front, headers={"x-acs-security-token": sent}).send(idmock)
        assert reply.code == code


class TestThrottling:
    def test_ten_calls_a_second_by_default(self, frozen_mock: MockServer) -> None:
        """The eleventh is refused at once; the next second is a new one."""
        account = Account("aliyun", "plain", "active", mint(frozen_mock).credentials)
        frozen_mock.world.accounts.add(account)
        front = frozen_mock.specimen("front")
        codes = [acs3(frozen_mock, account, front).send(frozen_mock).code for _ in range(11)]
        assert codes == [None] * 10 + ["Throttling.User"]
        frozen_mock.clock.shift(1)
        assert acs3(frozen_mock, account, front).send(frozen_mock).code is None

    def test_calls_that_are_not_authenticated_do_not_count(self, frozen_mock: MockServer) -> None:
        """The limit is an account's, so it is looked at behind the signature."""
        account = mint(frozen_mock, requests_per_second=1)
        front = frozen_mock.specimen("front")
        codes = [
            acs3(frozen_mock, account, front, secret=secret).send(frozen_mock).code
            for secret in ("wrong", "wrong", None, None)
        ]
        assert codes == ["SignatureDoesNotMatch", "SignatureDoesNotMatch", None, "Throttling.User"]

    def test_a_used_up_package_goes_on(self, idmock: MockServer, front: bytes) -> None:
        """Calls are charged one by one from then on; no error says so."""
        account = idmock.account("aliyun", "package-exhausted")
        assert acs3(idmock, account, front).send(idmock).status == 200


#: Faults from the first to be named to the last: what each changes in a request that has all behind it.
RPC_FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("InvalidParameter.Format", {"common": {"Format": "YAML"}}),
    ("MissingAction", {"common": {"Action": None}}),
    ("MissingVersion", {"common": {"Version": None}}),
    ("MissingAccessKeyId", {"common": {"AccessKeyId": None}}),
    ("MissingSignature", {"common": {"Signature": None}}),
    ("MissingSignatureMethod", {"common": {"SignatureMethod": None}}),
    ("InvalidTimeStamp.Format", {"common": {"Timestamp": "now"}}),
    ("InvalidSignatureVerssion", {"common": {"SignatureVersion": "2.0"}}),
    ("SignatureDoesNotMatch", {"secret": "wrong"}),
    ("InvalidOutputFigure", {"business": {"OutputFigure": "maybe"}}),
    ("exceededImageUrlLength", {"business": {"Url": "x" * 2049}}),
]


class TestPrecedence:
    @pytest.mark.parametrize("first", range(len(RPC_FAULTS)), ids=[code for code, _ in RPC_FAULTS])
    def test_the_earliest_fault_is_named(self, idmock: MockServer, account: Account, first: int) -> None:
        """A request with this fault and all the later ones gets this one's code."""
        merged: dict[str, Any] = {"common": {}, "business": {}, "secret": None}
        for _, change in RPC_FAULTS[first:]:
            for part, value in change.items():
                merged[part] = {**merged[part], **value} if isinstance(value, dict) else value
        reply = rpc(
            idmock, account, merged["business"], common=merged["common"], secret=merged["secret"]
        ).send(idmock)
        assert reply.code == RPC_FAULTS[first][0]

    @pytest.mark.parametrize(
        ("state", "pairs", "body", "code"),
        [
            ("disabled", [], b"", "InvalidAccessKeyId.Inactive"),
            ("no-permission", [("OutputFigure", "x")], b"", "InvalidOutputFigure"),
            ("no-permission", [], b"", "noPermission"),
            ("not-activated", [], b"no picture", "ocrServiceNotOpen"),
            ("in-arrears", [("Url", "x" * 3000)], b"", "OcrServiceExpired"),
        ],
    )
    def test_the_state_of_the_account_comes_before_the_picture(
        self, idmock: MockServer, state: str, pairs: list[tuple[str, str]], body: bytes, code: str
    ) -> None:
        """Permission before activation before the picture; the gateway's types before all of them."""
        account = mint(idmock, state=state)
        assert acs3(idmock, account, body, pairs=pairs).send(idmock).code == code

    def test_the_path_comes_before_the_method(self, idmock: MockServer, account: Account) -> None:
        """And both before anything about the key."""
        request = acs3(idmock, account, b"x", method="DELETE", path="/x", secret="wrong").request()
        reply = request.send(idmock)
        assert (reply.status, reply.code) == (404, "InvalidAction.NotFound")
        assert reply.rule == "InvalidAction.NotFound#path"
        assert Raw("DELETE", "/", request.headers, b"x").send(idmock).code == "UnsupportedHTTPMethod"


def test_the_clock_of_the_server_decides(start_mock: StartMock) -> None:
    """Not the machine's: a mock in another year takes requests of that year."""
    clock = Clock()
    clock.freeze(4_000_000_000)
    server = start_mock(clock=clock)
    assert acs3(server, mint(server), server.specimen("front")).send(server).status == 200
