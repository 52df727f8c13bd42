"""The suite's own signers for Tencent against the signatures of the official clients (contract §2.4)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dialect import Call
from conformance.errors import NotApplicable
from conformance.model import Account, Request
from conformance.vendors.tencent import DIALECT
from conformance.vendors.tencent.compose import FORM, JSON, compose, encoded
from conformance.vendors.tencent.signers import Tc3, sign_v1, v1_string_to_sign

SECRET_ID = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE"
SECRET_KEY = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"
TIMESTAMP = 1700000000
HOST = "ocr.tencentcloudapi.com"
ACCOUNT = Account("tencent", "active", {"secret_id": SECRET_ID, "secret_key": SECRET_KEY})
SPACED_BODY = b'{"ImageUrl": "https://xx/a.jpg", "CardSide": "FRONT"}'
BOTH = ["content-type", "host"]


@dataclass(frozen=True)
class Tc3Vector:
    """A request and its signature; the hash in the string to sign where the vector states it."""

    name: str
    request: Request
    signature: str
    request_hash: str | None = None


def post(body: bytes, **headers: str) -> Request:
    return Request("POST", "/", {"Host": HOST, "Content-Type": JSON, **headers}, body)


def get(query: str) -> Request:
    return Request("GET", f"/?{query}", {"Host": HOST, "Content-Type": FORM})


TC3_VECTORS = [
    Tc3Vector(
        "V1 POST JSON (Python)",
        post(SPACED_BODY),
        "6b54e93b9d345c351523d09ffb79de640f0d3744ee73372cf8aa4032fc83bb0d",
        "f09389dea1578b6669e39e36b25298f2e3bc6783d7ebd357528c34459a09ee93",
    ),
    Tc3Vector(
        "V2 GET (Python)",
        get("ImageUrl=https%3A%2F%2Fxx%2Fa.jpg&CardSide=FRONT&Config=%7B%22Quality%22%3Atrue%7D"),
        "778c8a07c8f25ff267c0c3df275ff470fa2551f7ccf302a4597307e18288de6b",
        "b99c95211aa98a873a6494ab66fb52eb3a4a61700b7760e603ded72a29b03005",
    ),
    Tc3Vector(
        "V3 unsigned payload",
        post(SPACED_BODY, **{"X-TC-Content-SHA256": "UNSIGNED-PAYLOAD"}),
        "d733880ba95377ad72d9085552cd8c1a349f330568fa75ae1f4e1ce8e514df2c",
        "71b8409c6852f5cd987a86c65caad8552feae38c33a72d88f2758348164c7303",
    ),
    Tc3Vector(
        "V7 empty request",
        post(b"{}"),
        "f0a6ccb15d8026f888c27d52ee89ed0070c92c4deaa6c9b4d831916681864629",
    ),
    Tc3Vector(
        "V8 compact JSON (Node)",
        post(b'{"ImageUrl":"https://xx/a.jpg","CardSide":"FRONT"}'),
        "2b753c4d9c9ee28f26c3b8c23ba0245d556f1f2d565d0687626ea8f77a750b5c",
        "0534808d76c9dd3276f6d2ae17e982715948e4eb5c71dbd14883d8acbc8d2d4e",
    ),
    Tc3Vector(
        "V9 GET awkward characters (Node)",
        get("CardSide=%E6%AD%A3%20%E9%9D%A2%2F%2B~*!%27()"),
        "2d4c40836bf5cbc98d02be4fcc367489eb882ceeec9c4db6f3bbe39398bbee69",
    ),
]


@dataclass(frozen=True)
class V1Vector:
    """A request of the old signature: how it differs from the others, and its signature."""

    name: str
    method: str
    algorithm: str
    signature: str
    token: str | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """In no particular order: the signer sorts."""
        sent = {
            "Version": "2018-11-19",
            "SecretId": SECRET_ID,
            "Action": "IDCardOCR",
            "ImageUrl": "https://xx/a.jpg",
            "CardSide": "FRONT",
            "Language": "zh-CN",
            "Timestamp": str(TIMESTAMP),
            "Nonce": "11886",
            "RequestClient": "SDK_PYTHON_3.1.193",
            "SignatureMethod": self.algorithm,
            "Region": "ap-guangzhou",
        }
        return sent if self.token is None else {**sent, "Token": self.token}


V1_VECTORS = [
    V1Vector("V4 POST HmacSHA1", "POST", "HmacSHA1", "H5yLD01swHREEpmq7I/Usr36I/8="),
    V1Vector("V5 GET HmacSHA256", "GET", "HmacSHA256", "Upy/frsL8pBCA3OE43A1fHTgbXRLTKgXpCB5HIJE26k="),
    V1Vector(
        "V6 POST HmacSHA256 with token",
        "POST",
        "HmacSHA256",
        "Gjy0jsdWSeZjjHJiNkbHe4ooH5S4NeXWX5D5fnfWi9I=",
        "TOKENEXAMPLE",
    ),
]


def signer(**options: Any) -> Tc3:
    return Tc3(SECRET_ID, SECRET_KEY, TIMESTAMP, options)


def signature_of(request: Request) -> str:
    return request.headers["Authorization"].rpartition("Signature=")[2]


class TestVectors:
    """Byte by byte what the vendor's clients sign."""

    def test_signing_key(self) -> None:
        """Of the date in UTC and the service."""
        assert (signer().date, signer().scope) == ("2023-11-14", "2023-11-14/ocr/tc3_request")
        expected = "e73e9cd4f934a2cf6d5af58a32eac53523d20cd26efc0455705d160f8929aabf"
        assert signer().signing_key().hex() == expected

    def test_canonical_request(self) -> None:
        """Written out for the first vector: a blank line for the query, another behind the header lines."""
        assert signer().canonical_request(TC3_VECTORS[0].request, BOTH) == (
            "POST\n/\n\ncontent-type:application/json\nhost:ocr.tencentcloudapi.com\n\ncontent-type;host\n"
            "3bc5bbe7cf6e3a9083088b327e428a43649bdce03c5d803883e6feba25319d1f"
        )

    @pytest.mark.parametrize("vector", TC3_VECTORS, ids=lambda v: v.name)
    def test_tc3(self, vector: Tc3Vector) -> None:
        """The hash in the string to sign, the signature, and the header around it."""
        to_sign = signer().string_to_sign(signer().canonical_request(vector.request, BOTH))
        assert to_sign.startswith("TC3-HMAC-SHA256\n1700000000\n2023-11-14/ocr/tc3_request\n")
        assert vector.request_hash in (None, to_sign.rpartition("\n")[2])
        assert signer().sign(vector.request).headers["Authorization"] == (
            f"TC3-HMAC-SHA256 Credential={SECRET_ID}/2023-11-14/ocr/tc3_request, "
            f"SignedHeaders=content-type;host, Signature={vector.signature}"
        )

    @pytest.mark.parametrize("vector", V1_VECTORS, ids=lambda v: v.name)
    def test_v1(self, vector: V1Vector) -> None:
        """The string to sign, and the signature."""
        token = f"&Token={vector.token}" if vector.token else ""
        assert v1_string_to_sign(vector.parameters, vector.method, HOST) == (
            f"{vector.method}{HOST}/?Action=IDCardOCR&CardSide=FRONT&ImageUrl=https://xx/a.jpg&Language=zh-CN"
            f"&Nonce=11886&Region=ap-guangzhou&RequestClient=SDK_PYTHON_3.1.193&SecretId={SECRET_ID}"
            f"&SignatureMethod={vector.algorithm}&Timestamp=1700000000{token}&Version=2018-11-19"
        )
        signed = sign_v1(vector.parameters, SECRET_KEY, method=vector.method, host=HOST)
        assert signed == {**vector.parameters, "Signature": vector.signature}

    def test_signature_on_the_wire(self) -> None:
        """Percent-encoded, its Base64 too."""
        text = encoded({"Signature": V1_VECTORS[0].signature})
        assert text == "Signature=H5yLD01swHREEpmq7I%2FUsr36I%2F8%3D"


class TestTc3:
    """What the signature covers, and what it does not."""

    def test_token_is_not_signed(self) -> None:
        """Nor any other X-TC header: the same signature with it."""
        plain = TC3_VECTORS[0].request
        with_token = plain.with_headers({"X-TC-Token": "TOKENEXAMPLE", "X-TC-Action": "Another"})
        assert signature_of(signer().sign(with_token)) == TC3_VECTORS[0].signature

    def test_values_are_signed_in_lower_case(self) -> None:
        """As in the document's example, which signs an action."""
        request = post(b"{}", **{"X-TC-Action": " IDCardOCR "})
        canonical = signer().canonical_request(request, [*BOTH, "x-tc-action"])
        assert "\nx-tc-action:idcardocr\n\ncontent-type;host;x-tc-action\n" in canonical

    @given(st.binary(max_size=200), st.binary(max_size=200))
    def test_body_is_signed(self, one: bytes, other: bytes) -> None:
        """Two bodies have the same signature only when they are the same."""
        signatures = [signature_of(signer().sign(post(body))) for body in (one, other)]
        assert (signatures[0] == signatures[1]) is (one == other)

    @pytest.mark.parametrize(
        "options",
        [
            {"key": "another"},
            {"corrupt": True},
            {"date_offset_s": 86400},
            {"date_offset_s": -86400},
            {"service": "cvm"},
            {"host": "cvm.example.com"},
            {"signed_headers": ["host"]},
        ],
        ids=lambda options: next(iter(options)),
    )
    def test_each_option_changes_the_signature(self, options: dict[str, Any]) -> None:
        """And leaves a well-formed one."""
        signature = signature_of(signer(**options).sign(TC3_VECTORS[0].request))
        assert signature != TC3_VECTORS[0].signature
        assert len(bytes.fromhex(signature)) == 32


def composed(parameters: dict[str, Any], transport: str, **more: Any) -> Request:
    account = more.pop("account", ACCOUNT)
    return compose(Call(account, parameters, transport, hosts={"ocr": HOST}, now=TIMESTAMP + 0.7, **more))


def v1_sent(request: Request) -> dict[str, str]:
    """The parameters of a form or a query, decoded, each once."""
    text = request.body.decode() if request.method == "POST" else request.target.partition("?")[2]
    pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


class TestCompose:
    """The ways of sending."""

    def test_first_vector_as_a_call(self) -> None:
        """Composed from its parameters: the Python client's body, headers and signature."""
        request = composed({"ImageUrl": "https://xx/a.jpg", "CardSide": "FRONT"}, "tc3-json")
        assert (request.method, request.target, request.body) == ("POST", "/", SPACED_BODY)
        assert signature_of(request) == TC3_VECTORS[0].signature
        assert {
            name: request.headers[name] for name in ("X-TC-Timestamp", "X-TC-Region", "X-TC-Version")
        } == {
            "X-TC-Timestamp": "1700000000",
            "X-TC-Region": "ap-guangzhou",
            "X-TC-Version": "2018-11-19",
        }

    def test_second_vector_as_a_call(self) -> None:
        """Parameters in the query, in the caller's order."""
        parameters = {"ImageUrl": "https://xx/a.jpg", "CardSide": "FRONT", "Config": '{"Quality":true}'}
        request = composed(parameters, "tc3-get")
        assert request.target == f"/?{TC3_VECTORS[1].request.target.partition('?')[2]}"
        assert signature_of(request) == TC3_VECTORS[1].signature

    @given(st.dictionaries(st.text(min_size=1), st.text() | st.booleans()))
    def test_query_holds_the_parameters(self, parameters: dict[str, str | bool]) -> None:
        """Whatever their characters; booleans as JSON writes them."""
        wanted = [(k, v if isinstance(v, str) else json.dumps(v)) for k, v in parameters.items()]
        assert encoded(parameters).isascii()
        assert parse_qsl(encoded(parameters), keep_blank_values=True, separator="&") == wanted

    @given(st.binary(max_size=3000))
    def test_a_picture_is_quoted_like_any_text(self, data: bytes) -> None:
        """The short way for Base64 ends where the long one does."""
        parameters = DIALECT.usual(data)
        assert dict(parse_qsl(encoded(parameters), keep_blank_values=True)) == parameters

    @pytest.mark.parametrize("transport", ["v1-form", "v1-form-sha1", "v1-get", "v1-get-sha1"])
    def test_v1_is_signed_over_what_is_sent(self, transport: str) -> None:
        """Every parameter but the signature, decoded, is what the signature covers."""
        sent = v1_sent(composed({"CardSide": "正 面/+~*", "EnableReflectDetail": False}, transport))
        signature = sent.pop("Signature")
        method = "POST" if "form" in transport else "GET"
        assert sign_v1(sent, SECRET_KEY, method=method, host=HOST)["Signature"] == signature
        wanted = {"v1-form": "HmacSHA256", "v1-form-sha1": "HmacSHA1", "v1-get": "HmacSHA256"}.get(transport)
        assert sent.get("SignatureMethod") == wanted
        assert (sent["Timestamp"], sent["EnableReflectDetail"]) == ("1700000000", "false")

    def test_v1_common_parameters_before_and_after(self) -> None:
        """``common`` is signed as changed, ``afterwards`` is not; null leaves out."""
        changes = {
            "common": {"Language": "zh-CN", "Region": None},
            "afterwards": {"Nonce": None, "CardSide": "B"},
        }
        sent = v1_sent(composed({"CardSide": "A"}, "v1-form", sign=changes))
        assert "Region" not in sent
        assert "Nonce" not in sent
        assert (sent["Language"], sent["CardSide"]) == ("zh-CN", "B")

    def test_token(self) -> None:
        """In a header of the new signature, among the signed parameters of the old one."""
        credentials = {**ACCOUNT.credentials, "token": "TOKENEXAMPLE"}
        temporary = Account("tencent", "temporary", credentials)
        assert composed({}, "tc3-json", account=temporary).headers["X-TC-Token"] == "TOKENEXAMPLE"
        assert v1_sent(composed({}, "v1-form", account=temporary))["Token"] == "TOKENEXAMPLE"
        assert "X-TC-Token" not in composed({}, "tc3-json").headers

    def test_changed_body_is_signed(self) -> None:
        """A case's own body, to the byte."""
        request = composed({}, "tc3-json", body=b"{", signed_headers={"Content-Type": "text/plain"})
        expected = hashlib.sha256(b"{").hexdigest()
        assert signer().canonical_request(request, BOTH).endswith(f"content-type;host\n{expected}")
        assert "content-type:text/plain\n" in signer().canonical_request(request, BOTH)

    def test_without_a_credential(self) -> None:
        """The case does not apply."""
        with pytest.raises(NotApplicable, match="secret_key"):
            composed({}, "tc3-json", account=Account("tencent", "active", {"secret_id": SECRET_ID}))
