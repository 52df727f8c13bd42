"""The four signature vectors of the contract's §2.3, as pure functions and over the wire at their time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote_to_bytes

import pytest

from mockserver.accounts import Account
from mockserver.clock import Clock
from mockserver.request import pairs
from mockserver.testing import MockServer
from mockserver.vendors._alimarket import signatures
from tests.alimarket.raw import FORM, JSON, PATH, Raw
from tests.conftest import StartMock

APP_KEY = "204800001"
APP_SECRET = "test-secret-0123456789abcdef0123"
TIMESTAMP = "1763700000000"
NONCE = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
BODY = b'{"image":"http://images.example.test/front.jpg"}'
BODY_MD5 = "eknP/2C5zHu3LdIKs6Xq+g=="
FORM_BODY = b"image=http%3A%2F%2Fimages.example.test%2Fback.jpg&note=%E8%BA%AB%E4%BB%BD%E8%AF%81"
NEVER = {"x-ca-signature", "x-ca-signature-headers", "accept", "content-md5", "content-type", "date"}

#: What the seller says when the signature holds: the vectors' picture cannot be fetched, a form has no image.
NO_DOWNLOAD, NO_IMAGE = "500#image-url", "500#missing-parameter"

LOWER = {"x-ca-key": APP_KEY, "x-ca-nonce": NONCE, "x-ca-stage": "RELEASE", "x-ca-timestamp": TIMESTAMP}


@dataclass(frozen=True)
class Vector:
    """One row of the contract's table; ``text`` is the string to sign with ``#`` for line breaks."""

    name: str
    text: str
    signature: str
    ca: Mapping[str, str]
    accept: str = "application/json"
    content_type: str = JSON
    md5: str | None = BODY_MD5
    query: str = ""
    body: bytes = BODY
    rule: str = NO_DOWNLOAD

    def request(self) -> Raw:
        headers = {"Accept": self.accept, "Content-Type": self.content_type, **self.ca}
        if self.md5:
            headers["Content-MD5"] = self.md5
        headers |= {"X-Ca-Signature-Headers": ",".join(self.ca), "X-Ca-Signature": self.signature}
        return Raw("POST", PATH + self.query, headers, self.body)


VECTORS = [
    Vector(
        "V1 JSON, capitalised names",
        f"POST#application/json#{BODY_MD5}#application/json; charset=utf-8##X-Ca-Key:204800001"
        f"#X-Ca-Nonce:{NONCE}#X-Ca-Timestamp:1763700000000#/idcard/ocr",
        "UT5rFL7Np4dPNSiclxnCa+AETohDuJpMQgAEqPVHh1c=",
        {"X-Ca-Key": APP_KEY, "X-Ca-Nonce": NONCE, "X-Ca-Timestamp": TIMESTAMP},
    ),
    Vector(
        "V2 JSON, lower-case names, stage",
        f"POST#application/json#{BODY_MD5}#application/json; charset=utf-8##x-ca-key:204800001"
        f"#x-ca-nonce:{NONCE}#x-ca-stage:RELEASE#x-ca-timestamp:1763700000000#/idcard/ocr",
        "9HbBSsQEcNLanUN1lXeZatsctcEsqYDUl9hWSsHtKuw=",
        LOWER,
    ),
    Vector(
        "V3 form and query",
        f"POST#application/json##application/x-www-form-urlencoded; charset=utf-8##x-ca-key:204800001"
        f"#x-ca-nonce:{NONCE}#x-ca-stage:RELEASE#x-ca-timestamp:1763700000000"
        "#/idcard/ocr?a&b=2&image=http://images.example.test/back.jpg&note=身份证",
        "4M5dV1iKN/F3NIGzMXGJ+ma4mlD5zRJ48v35drw4FQU=",
        LOWER,
        content_type=FORM,
        md5=None,
        query="?b=2&a=",
        body=FORM_BODY,
        rule=NO_IMAGE,
    ),
    Vector(
        "V4 only the key is signed",
        "POST#*/*##application/json; charset=utf-8##X-Ca-Key:204800001#/idcard/ocr",
        "lRFCnvpc4kClOqy5hk7hAOGqoyuSbgdZ3jHzvE3PMKM=",
        {"X-Ca-Key": APP_KEY},
        accept="*/*",
        md5=None,
    ),
]


def _name(vector: Vector) -> str:
    return vector.name


@pytest.fixture
def vector_mock(start_mock: StartMock) -> MockServer:
    """A mock at the vectors' time that knows the vectors' app."""
    clock = Clock()
    clock.freeze(int(TIMESTAMP) / 1000)
    mock = start_mock(clock=clock)
    credentials = {"app_code": "vectors", "app_key": APP_KEY, "app_secret": APP_SECRET}
    mock.world.accounts.add(Account("alimarket", "vectors", "active", credentials))
    return mock


class TestFunctions:
    """The pure functions against what the vendor's Python demo and Node client computed."""

    @pytest.mark.parametrize("vector", VECTORS, ids=_name)
    def test_string_to_sign(self, vector: Vector) -> None:
        """Every line of it, with the parameters of query and form."""
        request = vector.request()
        headers = {name.lower(): value for name, value in request.headers.items()}
        names = signatures.signed_names(headers["x-ca-signature-headers"], NEVER)
        parameters = pairs(request.target.partition("?")[2])
        if vector.content_type == FORM:
            parameters += pairs(request.body.decode())
        resource = signatures.path_and_parameters(PATH, parameters)
        text = signatures.string_to_sign("POST", headers, names, resource)
        assert text.replace("\n", "#") == vector.text

    @pytest.mark.parametrize("vector", VECTORS, ids=_name)
    def test_signature(self, vector: Vector) -> None:
        """HMAC-SHA256 of the string, key and text as UTF-8."""
        assert signatures.signature(APP_SECRET, vector.text.replace("#", "\n")) == vector.signature

    def test_content_md5(self) -> None:
        """Base64 of the 16 bytes."""
        assert len(BODY) == 48
        assert signatures.content_md5(BODY) == BODY_MD5

    def test_signed_names_leave_out_what_is_never_signed(self) -> None:
        """Also when a client lists it; blanks and empty names do not matter."""
        assert signatures.signed_names("X-Ca-Signature, Accept,,date, X-Ca-Key", NEVER) == ["X-Ca-Key"]

    def test_first_value_of_a_repeated_parameter_counts(self) -> None:
        """In the order given."""
        assert signatures.path_and_parameters("/p", [("b", "1"), ("a", "x"), ("b", "2")]) == "/p?a=x&b=1"

    def test_header_without_a_value_gives_its_name_and_a_colon(self) -> None:
        """Whether it is empty or not there."""
        text = signatures.string_to_sign("post", {"x-b": ""}, ["X-A", "x-b"], "/p")
        assert text == "POST\n\n\n\n\nX-A:\nx-b:\n/p"

    def test_shown_text_is_bounded_ascii(self) -> None:
        """It goes into a header: no line break, nothing that a client reads as something else."""
        assert signatures.shown("a\nb\r\n身\x7f" + "x" * 50, 10) == "a#b##?#xxx"


class TestOverTheWire:
    """The same requests, sent to a mock whose clock stands at their time."""

    @pytest.mark.parametrize("vector", VECTORS, ids=_name)
    def test_vector_is_accepted(self, vector_mock: MockServer, vector: Vector) -> None:
        """The answer is the seller's."""
        reply = vector.request().send(vector_mock)
        assert reply.rule == vector.rule
        assert reply.status == 200

    @pytest.mark.parametrize("vector", VECTORS, ids=_name)
    @pytest.mark.parametrize("position", [0, 21, 42])
    def test_another_signature_is_refused(
        self, vector_mock: MockServer, vector: Vector, position: int
    ) -> None:
        """One character is enough, and the message quotes the string that should have been signed."""
        other = "A" if vector.signature[position] != "A" else "B"
        forged = vector.signature[:position] + other + vector.signature[position + 1 :]
        reply = replace(vector, signature=forged).request().send(vector_mock)
        assert (reply.status, reply.code, reply.body) == (403, "A403IS", b"")
        quoted = vector.text.encode("ascii", "replace").decode()
        assert reply.message == f"Invalid Signature, Server StringToSign:`{quoted}`"

    @pytest.mark.parametrize("vector", VECTORS, ids=_name)
    @pytest.mark.parametrize("header", ["Accept", "Content-Type", "Date"])
    def test_changed_header_is_refused(self, vector_mock: MockServer, vector: Vector, header: str) -> None:
        """The fixed lines enter the string verbatim."""
        value = vector.request().headers.get(header, "Fri, 21 Nov 2025 04:40:00 GMT")
        changed = vector.request().with_headers({header: value.replace("; ", ";") + ";v=1"})
        assert changed.send(vector_mock).code == "A403IS"

    def test_changed_body_is_refused(self, vector_mock: MockServer) -> None:
        """By its digest where there is one; a JSON body does not enter the string otherwise."""
        signed, unsigned = (replace(VECTORS[i].request(), body=BODY + b" ") for i in (0, 3))
        assert signed.send(vector_mock).code == "I400I5"
        assert unsigned.send(vector_mock).rule == NO_DOWNLOAD

    @pytest.mark.parametrize("change", ["?b=3&a=", "?b=2", "?b=2&a=&c"])
    def test_changed_query_is_refused(self, vector_mock: MockServer, change: str) -> None:
        """Values, and parameters that come or go."""
        assert replace(VECTORS[2], query=change).request().send(vector_mock).code == "A403IS"

    @pytest.mark.parametrize("query", ["?a=&b=2", "?b=2&a", "?b=2&a=&b=9"])
    def test_order_and_spelling_of_the_query_do_not_matter(self, vector_mock: MockServer, query: str) -> None:
        """Parameters are sorted, empty ones lose their sign, later values of a name do not count."""
        assert replace(VECTORS[2], query=query).request().send(vector_mock).rule == NO_IMAGE

    def test_form_that_is_not_percent_encoded(self, vector_mock: MockServer) -> None:
        """As curl sends what it is given: the bytes are the same UTF-8 that the encoded form stands for."""
        vector = replace(VECTORS[2], body=unquote_to_bytes(FORM_BODY))
        assert "身份证".encode() in vector.body
        assert vector.request().send(vector_mock).rule == NO_IMAGE

    def test_form_field_hides_a_query_parameter(self, vector_mock: MockServer) -> None:
        """As in the official clients, which merge the form over the query."""
        request = replace(VECTORS[2], query="?b=2&a=&note=x").request()
        assert request.send(vector_mock).rule == NO_IMAGE

    def test_order_of_the_listed_headers_does_not_matter(self, vector_mock: MockServer) -> None:
        """Several working clients list them in another order than they sign them."""
        listed = "x-ca-timestamp,x-ca-stage,x-ca-nonce,x-ca-key"
        request = VECTORS[1].request().with_headers({"X-Ca-Signature-Headers": listed})
        assert request.send(vector_mock).rule == NO_DOWNLOAD

    def test_hmac_sha1_on_request(self, vector_mock: MockServer) -> None:
        """Named by X-Ca-Signature-Method, which need not be signed."""
        text = VECTORS[3].text.replace("#", "\n").encode()
        mac = base64.b64encode(hmac.new(APP_SECRET.encode(), text, hashlib.sha1).digest()).decode()
        request = VECTORS[3].request().with_headers({"X-Ca-Signature": mac})
        assert request.send(vector_mock).code == "A403IS"
        named = request.with_headers({"X-Ca-Signature-Method": "HmacSHA1"})
        assert named.send(vector_mock).rule == NO_DOWNLOAD
