"""What the journal holds so that requests can be compared: marks, and nothing that could be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from mockserver import vendors
from mockserver.accounts import Account
from mockserver.records.traces import payload_mark, proof_marks, query_kinds
from mockserver.testing import MockServer

Mint = Callable[..., Account]
SIGNING = ("aliyun", "huawei", "tencent")
NUMBER = "11010519491231002X"


def twice(mock: MockServer, account: Account) -> list[dict[str, Any]]:
    """The entries of one picture that the vendor's own client has sent twice."""
    for _ in range(2):
        vendors.load(account.vendor).client.call(mock.url, account, mock.specimen("front"))
    return mock.journal(account=account)


class TestEntries:
    @pytest.mark.parametrize("vendor", vendors.names())
    def test_one_picture_has_one_mark(self, idmock: MockServer, idmock_account: Mint, vendor: str) -> None:
        """However it is signed and whatever its multipart boundary; another picture has another one."""
        account = idmock_account(vendor)
        first, second = twice(idmock, account)
        vendors.load(vendor).client.call(idmock.url, account, idmock.specimen("front-tilted"))
        assert first["payload"] == second["payload"] != idmock.journal(account=account)[0]["payload"]

    @pytest.mark.parametrize("vendor", vendors.names())
    def test_the_size_of_the_card_is_told(
        self, idmock: MockServer, idmock_account: Mint, vendor: str
    ) -> None:
        """In pixels of the picture that was sent."""
        picture = twice(idmock, idmock_account(vendor))[0]["picture"]
        assert 800 < picture["card_px"] < picture["width"]

    @pytest.mark.parametrize("vendor", SIGNING)
    def test_a_signed_call_says_when_and_by_which_method(
        self, idmock: MockServer, idmock_account: Mint, vendor: str
    ) -> None:
        """The time is Unix seconds for every vendor."""
        entry = twice(idmock, idmock_account(vendor))[0]
        assert entry["proof"]["signed_at"] == pytest.approx(entry["received"], abs=30)
        assert entry["proof"]["scheme"] in entry["signature"]["string_to_sign"]
        assert "unsigned_payload" not in entry["proof"]

    def test_a_nonce_is_told_from_another(self, idmock: MockServer, idmock_account: Mint) -> None:
        """By a mark of 64 bits."""
        marks = {entry["proof"]["nonce"] for entry in twice(idmock, idmock_account("aliyun"))}
        assert len(marks) == 2
        assert {len(mark) for mark in marks} == {16}

    @pytest.mark.parametrize("vendor", ["megvii", "alimarket"])
    def test_a_call_with_nothing_but_a_key_has_no_proof(
        self, idmock: MockServer, idmock_account: Mint, vendor: str
    ) -> None:
        """There is nothing that could be replayed or go stale."""
        assert "proof" not in twice(idmock, idmock_account(vendor))[0]

    def test_secrets_in_a_query_are_told_and_not_shown(
        self, idmock: MockServer, idmock_account: Mint
    ) -> None:
        """Neither the code nor an ID number, be it a value, part of one, or a name."""
        account = idmock_account("alimarket")
        code = account.credentials["app_code"]
        query = {"AppCode": code, "holder": NUMBER, "x": f"a-{code}", code: "1", NUMBER: "2", "n": "3"}
        requests.post(f"{idmock.url}/idcard/ocr", json={"image": "x"}, params=query, timeout=10)
        entry = idmock.journal(account=account)[0]
        assert entry["query"] == {
            "AppCode": "secret",
            "holder": "id-number",
            "x": "secret",
            "<app_code>": "secret",
            "110105************": "id-number",
            "n": "plain",
        }
        assert code not in json.dumps(entry)
        assert NUMBER not in json.dumps(entry)

    def test_a_login_leaves_no_mark(self, idmock: MockServer, idmock_account: Mint) -> None:
        """Its body is all credentials, and a password may be short enough to be guessed from a mark."""
        account = idmock_account("huawei")
        user = {
            "name": account.credentials["username"],
            "password": account.credentials["password"],
            "domain": {"name": account.credentials["domain"]},
        }
        body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}}
        requests.post(f"{idmock.url}/v3/auth/tokens", json=body, timeout=10)
        assert "payload" not in idmock.journal("huawei", limit=1)[0]


class TestPayloadMark:
    @given(st.binary(min_size=1, max_size=8000), st.data())
    def test_a_longer_one_is_another_one(self, payload: bytes, data: st.DataObject) -> None:
        """Whatever is appended."""
        more = data.draw(st.binary(min_size=1, max_size=40))
        assert payload_mark(payload) != payload_mark(payload + more)

    def test_pictures_that_differ_in_places_are_told_apart(self) -> None:
        """Two uncompressed drawings of one layout: the same length, the same background, other print."""
        one, other = bytearray(b"\xff" * 2_000_000), bytearray(b"\xff" * 2_000_000)
        other[900_000:960_000] = bytes(60_000)
        assert payload_mark(bytes(one)) != payload_mark(bytes(other))

    def test_copies_with_a_number_at_their_end_are_told_apart(self) -> None:
        """As load tests make them, so that nothing is answered from a cache."""
        picture = bytes(range(256)) * 200
        assert len({payload_mark(picture + b"number %04d" % number) for number in range(100)}) == 100

    def test_text_and_its_bytes_have_one_mark(self) -> None:
        """A picture in Base64 is text to one vendor and bytes to another."""
        text = "QUJD" * 5000
        assert payload_mark(text) == payload_mark(text.encode())

    @given(st.text(), st.text(), st.text())
    def test_whatever_is_sent_makes_an_entry(self, signature: str, nonce: str, query: str) -> None:
        """Text that is no UTF-8 comes as surrogates, and everything has to be JSON in the end."""
        broken = "\udce9"
        marks = proof_marks("x", signature + broken, None, nonce + broken)
        kinds = query_kinds(query.encode("utf-8", "replace").decode("latin-1"), {})
        assert json.loads(json.dumps([marks, kinds])) == [marks, kinds]


class TestQueryKinds:
    @pytest.mark.parametrize(
        ("query", "kinds"),
        [
            ("api_secret=abc", {"api_secret": "secret"}),
            ("SecurityToken=abc", {"SecurityToken": "token"}),
            ("Action=IDCardOCR&SecretId=AKID", {"Action": "plain", "SecretId": "plain"}),
            ("Signature=abc", {"Signature": "plain"}),
            ("d=20231114221320", {"d": "plain"}),
            ("a-value-without-a-name", {"<22 characters>": "plain"}),
            ("n=11010519491231002x&n=1", {"n": "id-number"}),
        ],
    )
    def test_a_name_or_a_value_tells(self, query: str, kinds: dict[str, str]) -> None:
        """Of a client that is not recognised too; the worst of a repeated name counts; a key's public id is plain."""
        assert query_kinds(query, {}) == kinds

    def test_the_secrets_of_the_account_are_found_by_their_value(self) -> None:
        """Under whatever name."""
        assert query_kinds("k=s3cr3t", {"secret_key": "s3cr3t"}) == {"k": "secret"}
        assert query_kinds("k=t0k3n", {"security_token": "t0k3n"}) == {"k": "token"}
