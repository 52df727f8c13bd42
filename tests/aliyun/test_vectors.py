"""The contract's signature vectors A to E: as pure functions, and end to end at the moment they were captured."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import pytest

from mockserver.accounts import Account
from mockserver.clock import Clock
from mockserver.signing.authorization import AuthorizationError
from mockserver.testing import MockServer
from mockserver.vendors._aliyun import signatures
from tests.aliyun.raw import Raw, target_of
from tests.conftest import StartMock

KEY_ID, SECRET, TOKEN = "testAccessKeyId", "testAccessKeySecret", "testSecurityToken=="
HOST = "ocr-api.cn-hangzhou.aliyuncs.com"
TIME, NONCE = "2024-01-02T03:04:05Z", "0123456789abcdef0123456789abcdef"
TIMESTAMP = 1_704_164_645.0
ODD_URL = "https://example.com/a b/身份证.jpg?x=1&y=*~+"
PLAIN_URL = "https://example.com/id.png"

COMMON_HEADERS = {
    "accept": "application/json",
    "host": HOST,
    "user-agent": "contract-test/1.0",
    "x-acs-action": "RecognizeIdcard",
    "x-acs-date": TIME,
    "x-acs-signature-nonce": NONCE,
    "x-acs-version": "2021-07-07",
}


@dataclass(frozen=True)
class Acs3Vector:
    """A vector of the ACS3 style; ``canonical`` is given where the contract prints it."""

    pairs: tuple[tuple[str, str], ...]
    body: bytes
    extra_headers: dict[str, str]
    canonical_hash: str
    signature: str
    canonical: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        content = {"content-type": "application/octet-stream"} if self.body else {}
        digest = hashlib.sha256(self.body).hexdigest()
        return {**COMMON_HEADERS, **content, "x-acs-content-sha256": digest, **self.extra_headers}

    @property
    def signed_headers(self) -> str:
        return ";".join(sorted(self.headers))


VECTOR_A = Acs3Vector(
    pairs=(("OutputQualityInfo", "True"), ("OutputFigure", "True")),
    body=b"fake-image-bytes",
    extra_headers={"x-acs-credentials-provider": "static_ak"},
    canonical_hash="53bfe7506e4563a2b997fd69639114ef0bb99b458727d1add83453c2a3f2ba10",
    signature="812bbcbfe9d6375f005e32755c0bac2f7e82d84d228a6cfda64e0f63f13f468f",
    canonical="""\
POST
/
OutputFigure=True&OutputQualityInfo=True
accept:application/json
content-type:application/octet-stream
host:ocr-api.cn-hangzhou.aliyuncs.com
user-agent:contract-test/1.0
x-acs-action:RecognizeIdcard
x-acs-content-sha256:b0423673071359e7ff62ec7f2766b1bfe8682ee426b8d6672f8aab0619ba7648
x-acs-credentials-provider:static_ak
x-acs-date:2024-01-02T03:04:05Z
x-acs-signature-nonce:0123456789abcdef0123456789abcdef
x-acs-version:2021-07-07

accept;content-type;host;user-agent;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;x-acs-signature-nonce;x-acs-version
b0423673071359e7ff62ec7f2766b1bfe8682ee426b8d6672f8aab0619ba7648""",
)
VECTOR_B = Acs3Vector(
    pairs=(("OutputFigure", "False"), ("Url", ODD_URL)),
    body=b"",
    extra_headers={"x-acs-credentials-provider": "static_ak"},
    canonical_hash="8bb2147aceb6249b3a053bb9b913073f6d50ababa6d800aed7f8b913284a612e",
    signature="1e36684d35470d8dd16747d4ae96ef8a2add7abf4d1175a9a809e233c12a07e7",
    canonical="""\
POST
/
OutputFigure=False&Url=https%3A%2F%2Fexample.com%2Fa%20b%2F%E8%BA%AB%E4%BB%BD%E8%AF%81.jpg%3Fx%3D1%26y%3D%2A~%2B
accept:application/json
host:ocr-api.cn-hangzhou.aliyuncs.com
user-agent:contract-test/1.0
x-acs-action:RecognizeIdcard
x-acs-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
x-acs-credentials-provider:static_ak
x-acs-date:2024-01-02T03:04:05Z
x-acs-signature-nonce:0123456789abcdef0123456789abcdef
x-acs-version:2021-07-07

accept;host;user-agent;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;x-acs-signature-nonce;x-acs-version
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855""",
)
VECTOR_C = Acs3Vector(
    pairs=(("Url", PLAIN_URL),),
    body=b"",
    extra_headers={
        "x-acs-accesskey-id": KEY_ID,
        "x-acs-credentials-provider": "static_sts",
        "x-acs-security-token": TOKEN,
    },
    canonical_hash="5d2fcb813558eaaafa40d492fb35424c40c8307c3046892f50c4e1afd6b05db4",
    signature="1781ca6bc15de5b74db4499b2029178bf4d4464adcb947ac054cd3a0d4bc9896",
)
ACS3 = [pytest.param(v, id=name) for name, v in (("A", VECTOR_A), ("B", VECTOR_B), ("C", VECTOR_C))]

RPC_COMMON = {
    "AccessKeyId": KEY_ID,
    "Action": "RecognizeIdcard",
    "Format": "json",
    "SignatureMethod": "HMAC-SHA1",
    "SignatureNonce": NONCE,
    "SignatureVersion": "1.0",
    "Timestamp": TIME,
    "Version": "2021-07-07",
}
STRING_D = (
    "POST&%2F&AccessKeyId%3DtestAccessKeyId%26Action%3DRecognizeIdcard%26Format%3Djson%26OutputFigure%3DTrue"
    "%26SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3D0123456789abcdef0123456789abcdef%26SignatureVersion%3D1.0"
    "%26Timestamp%3D2024-01-02T03%253A04%253A05Z%26Url%3Dhttps%253A%252F%252Fexample.com%252Fa%2520b%252F%25E8"
    "%25BA%25AB%25E4%25BB%25BD%25E8%25AF%2581.jpg%253Fx%253D1%2526y%253D%252A~%252B%26Version%3D2021-07-07"
)
RPC = [
    pytest.param({"OutputFigure": "True", "Url": ODD_URL}, "tTyj78bY6bvEpZ5sqvDxBN2YzJI=", id="D"),
    pytest.param({"SecurityToken": TOKEN, "Url": PLAIN_URL}, "yELDvxzRhiZ5UIjPRrHmpvbuQf0=", id="E"),
]


def node(pairs: dict[str, str]) -> str:
    """A query as Node's client writes it: a space as %20, ``*`` bare."""
    return "&".join(f"{quote(k, safe='*')}={quote(v, safe='*')}" for k, v in pairs.items())


def python(pairs: dict[str, str]) -> str:
    """A query as Python's client writes it: a space as +, ``*`` as %2A."""
    return urlencode(pairs)


SPELLINGS = [pytest.param(python, id="python"), pytest.param(node, id="node")]


class TestFunctions:
    @pytest.mark.parametrize("vector", ACS3)
    def test_acs3(self, vector: Acs3Vector) -> None:
        """Canonical request, string to sign and signature, letter by letter."""
        canonical = signatures.acs3_canonical_request(
            "POST",
            vector.pairs,
            vector.headers,
            vector.signed_headers,
            vector.headers["x-acs-content-sha256"],
        )
        assert vector.canonical is None or canonical == vector.canonical
        to_sign = signatures.acs3_string_to_sign(canonical)
        assert to_sign == f"ACS3-HMAC-SHA256\n{vector.canonical_hash}"
        assert signatures.acs3_signature(SECRET, to_sign) == vector.signature

    @pytest.mark.parametrize(("business", "signature"), RPC)
    def test_rpc(self, business: dict[str, str], signature: str) -> None:
        """Parameters in any order, Signature itself left out."""
        pairs = [("Signature", "whatever"), *{**business, **RPC_COMMON}.items()]
        to_sign = signatures.rpc_string_to_sign("POST", pairs)
        assert "OutputFigure" not in business or to_sign == STRING_D
        assert signatures.rpc_signature(SECRET, to_sign) == signature

    @pytest.mark.parametrize("spell", SPELLINGS)
    def test_what_is_on_the_wire_is_decoded_first(self, spell: object) -> None:
        """Python and Node spell one value in two ways and sign it in one."""
        assert callable(spell)
        pairs = signatures.decoded_pairs(spell({"Url": ODD_URL}))
        assert signatures.canonical_query(pairs) == "Url=" + quote(ODD_URL, safe="~")

    def test_an_empty_value_counts(self) -> None:
        """Python core sends ``SignatureType=`` and signs it."""
        assert signatures.canonical_query([("SignatureType", ""), ("A", "1")]) == "A=1&SignatureType="

    def test_the_list_of_names_goes_in_as_sent(self) -> None:
        """The header lines are sorted whatever the order of the list."""
        headers = {"x-acs-date": "d", "host": "h"}
        canonical = signatures.acs3_canonical_request("GET", (), headers, "x-acs-date;host", "p")
        assert canonical == "GET\n/\n\nhost:h\nx-acs-date:d\n\nx-acs-date;host\np"

    @pytest.mark.parametrize(
        ("header", "element"),
        [
            ("Basic bW9jaw==", "Algorithm"),
            ("ACS3-HMAC-SHA256 Credential", "Authorization"),
            ("ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=XY", "Signature"),
            (f"ACS3-HMAC-SHA256 Credential=a,Signature={'0' * 64}", "SignedHeaders"),
        ],
    )
    def test_a_malformed_authorization_is_named(self, header: str, element: str) -> None:
        """The exception says which part is not of the form."""
        with pytest.raises(AuthorizationError, match=f"^{element}$"):
            signatures.parse_authorization(header)


@pytest.fixture
def vector_mock(start_mock: StartMock) -> MockServer:
    """A server at the vectors' time, with their account."""
    clock = Clock()
    clock.freeze(TIMESTAMP)
    server = start_mock(clock=clock)
    credentials = {"access_key_id": KEY_ID, "access_key_secret": SECRET}
    server.world.accounts.add(Account("aliyun", "vector", "active", credentials))
    return server


def with_token(server: MockServer) -> None:
    """Make the vectors' account a temporary one."""
    credentials = {"access_key_id": KEY_ID, "access_key_secret": SECRET, "security_token": TOKEN}
    server.world.accounts.add(Account("aliyun", "vector", "temporary", credentials))


class TestEndToEnd:
    """A vector got through when the answer is about its picture, which is none."""

    @pytest.mark.parametrize("spell", SPELLINGS)
    @pytest.mark.parametrize("vector", ACS3)
    def test_acs3(self, vector_mock: MockServer, vector: Acs3Vector, spell: object) -> None:
        """The signature holds, and with one letter changed it does not."""
        if vector is VECTOR_C:
            with_token(vector_mock)
        assert callable(spell)
        authorization = (
            f"ACS3-HMAC-SHA256 Credential={KEY_ID},SignedHeaders={vector.signed_headers},"
            f"Signature={vector.signature}"
        )
        request = Raw("POST", target_of(spell(dict(vector.pairs))), vector.headers, vector.body).with_headers(
            {"Authorization": authorization}
        )
        reply = request.send(vector_mock)
        assert reply.code == ("unsupportedImageFormat" if vector.body else "IllegalImageUrl")
        bad = request.with_headers({"user-agent": "contract-test/1.1"}).send(vector_mock)
        assert (bad.status, bad.code) == (400, "SignatureDoesNotMatch")

    @pytest.mark.parametrize("form", [False, True], ids=["query", "form"])
    @pytest.mark.parametrize(("business", "signature"), RPC)
    def test_rpc(self, vector_mock: MockServer, business: dict[str, str], signature: str, form: bool) -> None:
        """In the query and in a form; with one letter changed the message shows the string to sign."""
        if "SecurityToken" in business:
            with_token(vector_mock)
        for given, code in ((signature, "IllegalImageUrl"), (signature[1:], "SignatureDoesNotMatch")):
            encoded = urlencode({**RPC_COMMON, **business, "Signature": given})
            headers = {"Host": HOST}
            if form:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            sent = Raw(
                "POST", "/" if form else target_of(encoded), headers, encoded.encode() if form else b""
            )
            reply = sent.send(vector_mock)
            assert reply.code == code
        if "OutputFigure" in business:
            assert reply.json["Message"].endswith(f"server string to sign is:{STRING_D}")
