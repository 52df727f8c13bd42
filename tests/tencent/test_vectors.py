"""The nine signature vectors of the contract's §2.4: by the functions alone, and as requests to a running mock."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from urllib.parse import quote

import pytest

from mockserver.accounts import Account
from mockserver.testing import MockServer
from mockserver.vendors._tencent import signatures
from tests.tencent.raw import FORM, HOST, JSON, Raw

SECRET_ID = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE"
SECRET_KEY = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"
TIMESTAMP = "1700000000"
DATE = "2023-11-14"
SIGNING_KEY = "e73e9cd4f934a2cf6d5af58a32eac53523d20cd26efc0455705d160f8929aabf"

DOWNLOAD_ERROR = "FailedOperation.DownLoadError"
VALUE_ERROR = "InvalidParameterValue.InvalidParameterValueLimit"


@dataclass(frozen=True)
class Tc3Vector:
    """A request of signature v3; ``outcome`` is the code behind the signature check, where the vector's
    picture cannot be fetched or is not there at all."""

    name: str
    signature: str
    outcome: str
    method: str = "POST"
    query: str = ""
    body: bytes = b""
    payload_hash: str | None = None
    request_hash: str | None = None
    unsigned: bool = False

    @property
    def content_type(self) -> str:
        return FORM if self.method == "GET" else JSON

    def request(self) -> Raw:
        headers = {
            "Host": HOST,
            "Content-Type": self.content_type,
            "X-TC-Action": "IDCardOCR",
            "X-TC-Version": "2018-11-19",
            "X-TC-Timestamp": TIMESTAMP,
            "X-TC-Region": "ap-guangzhou",
            "Authorization": f"TC3-HMAC-SHA256 Credential={SECRET_ID}/{DATE}/ocr/tc3_request, "
            f"SignedHeaders=content-type;host, Signature={self.signature}",
        }
        if self.unsigned:
            headers["X-TC-Content-SHA256"] = "UNSIGNED-PAYLOAD"
        return Raw(self.method, f"/?{self.query}" if self.query else "/", headers, self.body)


V1_BODY = b'{"ImageUrl": "https://xx/a.jpg", "CardSide": "FRONT"}'
UNSIGNED_HASH = "438d4109ef0d676b8c2c7ed13cdfcb418e494d53b843d4634ce3b1085f07bb96"
TC3_VECTORS = [
    Tc3Vector(
        "V1 POST JSON (Python)",
        "6b54e93b9d345c351523d09ffb79de640f0d3744ee73372cf8aa4032fc83bb0d",
        DOWNLOAD_ERROR,
        body=V1_BODY,
        payload_hash="3bc5bbe7cf6e3a9083088b327e428a43649bdce03c5d803883e6feba25319d1f",
        request_hash="f09389dea1578b6669e39e36b25298f2e3bc6783d7ebd357528c34459a09ee93",
    ),
    Tc3Vector(
        "V2 GET (Python)",
        "778c8a07c8f25ff267c0c3df275ff470fa2551f7ccf302a4597307e18288de6b",
        DOWNLOAD_ERROR,
        method="GET",
        query="ImageUrl=https%3A%2F%2Fxx%2Fa.jpg&CardSide=FRONT&Config=%7B%22Quality%22%3Atrue%7D",
        payload_hash="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        request_hash="b99c95211aa98a873a6494ab66fb52eb3a4a61700b7760e603ded72a29b03005",
    ),
    Tc3Vector(
        "V3 unsigned payload",
        "d733880ba95377ad72d9085552cd8c1a349f330568fa75ae1f4e1ce8e514df2c",
        DOWNLOAD_ERROR,
        body=V1_BODY,
        payload_hash=UNSIGNED_HASH,
        request_hash="71b8409c6852f5cd987a86c65caad8552feae38c33a72d88f2758348164c7303",
        unsigned=True,
    ),
    Tc3Vector(
        "V7 empty request",
        "f0a6ccb15d8026f888c27d52ee89ed0070c92c4deaa6c9b4d831916681864629",
        VALUE_ERROR,
        body=b"{}",
        payload_hash="44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    ),
    Tc3Vector(
        "V8 compact JSON (Node)",
        "2b753c4d9c9ee28f26c3b8c23ba0245d556f1f2d565d0687626ea8f77a750b5c",
        DOWNLOAD_ERROR,
        body=b'{"ImageUrl":"https://xx/a.jpg","CardSide":"FRONT"}',
        payload_hash="3cc6dd36ad5d260fa407412dc5ad7a863d953b465224c3ec4e2bf994d4281992",
        request_hash="0534808d76c9dd3276f6d2ae17e982715948e4eb5c71dbd14883d8acbc8d2d4e",
    ),
    Tc3Vector(
        "V9 GET awkward characters (Node)",
        "2d4c40836bf5cbc98d02be4fcc367489eb882ceeec9c4db6f3bbe39398bbee69",
        VALUE_ERROR,
        method="GET",
        query="CardSide=%E6%AD%A3%20%E9%9D%A2%2F%2B~*!%27()",
    ),
]


@dataclass(frozen=True)
class FormVector:
    """A request of signature v1, signed with SHA-1 or SHA-256."""

    name: str
    method: str
    algorithm: str
    signature: str
    token: str | None = None

    @property
    def parameters(self) -> dict[str, str]:
        sent = {
            "Action": "IDCardOCR",
            "CardSide": "FRONT",
            "ImageUrl": "https://xx/a.jpg",
            "Language": "zh-CN",
            "Nonce": "11886",
            "Region": "ap-guangzhou",
            "RequestClient": "SDK_PYTHON_3.1.193",
            "SecretId": SECRET_ID,
            "SignatureMethod": self.algorithm,
            "Timestamp": TIMESTAMP,
            "Version": "2018-11-19",
        }
        return {**sent, "Token": self.token} if self.token else sent

    def request(self) -> Raw:
        sent = {**self.parameters, "Signature": self.signature}
        pairs = "&".join(f"{name}={quote(value, safe='')}" for name, value in sent.items())
        if self.method == "GET":
            return Raw("GET", f"/?{pairs}", {"Host": HOST})
        return Raw("POST", "/", {"Host": HOST, "Content-Type": FORM}, pairs.encode())


FORM_VECTORS = [
    FormVector("V4 POST HmacSHA1", "POST", "HmacSHA1", "H5yLD01swHREEpmq7I/Usr36I/8="),
    FormVector("V5 GET HmacSHA256", "GET", "HmacSHA256", "Upy/frsL8pBCA3OE43A1fHTgbXRLTKgXpCB5HIJE26k="),
    FormVector(
        "V6 POST HmacSHA256 with token",
        "POST",
        "HmacSHA256",
        "Gjy0jsdWSeZjjHJiNkbHe4ooH5S4NeXWX5D5fnfWi9I=",
        "TOKENEXAMPLE",
    ),
]


@pytest.fixture
def vector_mock(frozen_mock: MockServer) -> MockServer:
    """A mock at the vectors' time that knows the vectors' key."""
    _give_key(frozen_mock, None)
    return frozen_mock


def _give_key(mock: MockServer, token: str | None) -> None:
    credentials = {"secret_id": SECRET_ID, "secret_key": SECRET_KEY}
    if token:
        credentials["token"] = token
    mock.world.accounts.add(Account("tencent", "vectors", "active", credentials))


def _name(vector: Tc3Vector | FormVector) -> str:
    return vector.name


class TestFunctions:
    """The pure functions against what the official SDKs computed."""

    def test_signing_key(self) -> None:
        """The key derived for the date and the service."""
        assert signatures.tc3_signing_key(SECRET_KEY, DATE, "ocr").hex() == SIGNING_KEY

    def test_hash_of_the_unsigned_payload(self) -> None:
        """It is the hash of a word, not of the body."""
        assert hashlib.sha256(signatures.UNSIGNED_PAYLOAD.encode()).hexdigest() == UNSIGNED_HASH

    def test_date_is_that_of_utc(self) -> None:
        """An hour before midnight in London it is tomorrow in China already."""
        assert signatures.utc_date(int(TIMESTAMP)) == DATE
        assert signatures.utc_date(1700002799) == DATE
        assert signatures.utc_date(1700006400) == "2023-11-15"

    @pytest.mark.parametrize("vector", TC3_VECTORS, ids=_name)
    def test_tc3(self, vector: Tc3Vector) -> None:
        """Payload hash, hash of the canonical request and signature, as far as the vector states them."""
        payload = signatures.UNSIGNED_PAYLOAD.encode() if vector.unsigned else vector.body
        payload_hash = hashlib.sha256(payload).hexdigest()
        assert vector.payload_hash in (None, payload_hash)
        headers = {"content-type": vector.content_type, "host": HOST}
        canonical = signatures.tc3_canonical_request(
            vector.method, vector.query, headers, ("content-type", "host"), payload_hash
        )
        to_sign = signatures.tc3_string_to_sign(TIMESTAMP, DATE, "ocr", canonical)
        assert vector.request_hash in (None, to_sign.rpartition("\n")[2])
        assert to_sign.startswith("TC3-HMAC-SHA256\n1700000000\n2023-11-14/ocr/tc3_request\n")
        assert signatures.tc3_signature(bytes.fromhex(SIGNING_KEY), to_sign) == vector.signature

    @pytest.mark.parametrize("vector", FORM_VECTORS, ids=_name)
    def test_v1(self, vector: FormVector) -> None:
        """String to sign and signature."""
        to_sign = signatures.v1_string_to_sign(vector.method, HOST, vector.parameters)
        assert to_sign.startswith(
            f"{vector.method}{HOST}/?Action=IDCardOCR&CardSide=FRONT&ImageUrl=https://xx/"
        )
        token = f"&Token={vector.token}" if vector.token else ""
        assert to_sign.endswith(f"&Timestamp=1700000000{token}&Version=2018-11-19")
        assert signatures.v1_signature(SECRET_KEY, to_sign, vector.algorithm) == vector.signature

    def test_canonical_request_of_the_first_vector(self) -> None:
        """Written out, with the blank line between the headers and their names."""
        text = signatures.tc3_canonical_request(
            "POST",
            "",
            {"content-type": JSON, "host": HOST},
            ("content-type", "host"),
            hashlib.sha256(V1_BODY).hexdigest(),
        )
        assert text == (
            "POST\n/\n\ncontent-type:application/json\nhost:ocr.tencentcloudapi.com\n\ncontent-type;host\n"
            "3bc5bbe7cf6e3a9083088b327e428a43649bdce03c5d803883e6feba25319d1f"
        )


class TestOverTheWire:
    """The same requests, sent as the SDKs send them, to a mock whose clock stands at their time."""

    @pytest.mark.parametrize("vector", TC3_VECTORS, ids=_name)
    def test_tc3_is_accepted(self, vector_mock: MockServer, vector: Tc3Vector) -> None:
        """The answer is about the picture, not about the signature."""
        assert vector.request().send(vector_mock).code == vector.outcome

    @pytest.mark.parametrize("vector", TC3_VECTORS, ids=_name)
    def test_tc3_with_one_byte_changed_is_refused(self, vector_mock: MockServer, vector: Tc3Vector) -> None:
        """Of the signed bytes: the body, or the query of a GET. An unsigned payload may change."""
        request = vector.request()
        if vector.unsigned:
            changed = request.with_headers({"Content-Type": "application/json; charset=utf-8"})
            assert replace(request, body=request.body + b" ").send(vector_mock).code == vector.outcome
        elif vector.method == "GET":
            changed = replace(request, target=request.target.replace("CardSide=", "CardSide=%20"))
        else:
            changed = replace(request, body=request.body + b" ")
        assert changed.send(vector_mock).code == "AuthFailure.SignatureFailure"

    @pytest.mark.parametrize("position", [0, 31, 63])
    def test_tc3_with_another_signature_is_refused(self, vector_mock: MockServer, position: int) -> None:
        """One digit of 64 is enough."""
        vector = TC3_VECTORS[0]
        digit = "0" if vector.signature[position] != "0" else "1"
        forged = replace(
            vector, signature=vector.signature[:position] + digit + vector.signature[position + 1 :]
        )
        assert forged.request().send(vector_mock).code == "AuthFailure.SignatureFailure"

    @pytest.mark.parametrize("vector", FORM_VECTORS, ids=_name)
    def test_v1_is_accepted(self, vector_mock: MockServer, vector: FormVector) -> None:
        """The answer is about the picture, not about the signature."""
        _give_key(vector_mock, vector.token)
        assert vector.request().send(vector_mock).code == DOWNLOAD_ERROR

    @pytest.mark.parametrize("vector", FORM_VECTORS, ids=_name)
    def test_v1_with_one_byte_changed_is_refused(self, vector_mock: MockServer, vector: FormVector) -> None:
        """Every parameter is signed, the common ones too."""
        _give_key(vector_mock, vector.token)
        for old, new in (("a.jpg", "b.jpg"), ("11886", "11887"), ("zh-CN", "en-US")):
            request = vector.request()
            changed = replace(
                request,
                target=request.target.replace(old, new),
                body=request.body.replace(old.encode(), new.encode()),
            )
            assert changed.send(vector_mock).code == "AuthFailure.SignatureFailure"

    @pytest.mark.parametrize("name", ["Action", "Version", "Region", "RequestClient", "Language"])
    def test_headers_of_tc3_are_not_signed(self, vector_mock: MockServer, name: str) -> None:
        """A changed X-TC header is judged by its value, never as a wrong signature."""
        changed = TC3_VECTORS[0].request().with_headers({f"X-TC-{name}": "other"})
        assert changed.send(vector_mock).code != "AuthFailure.SignatureFailure"
