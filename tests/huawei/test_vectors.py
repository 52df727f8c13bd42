"""The four signature vectors of the contract's §2.2: as functions, and end to end with the clock at their time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import pytest

from mockserver.accounts import Account
from mockserver.testing import MockServer
from mockserver.vendors._huawei import signatures
from tests.huawei.raw import Raw

AK, SK = "FAKEAK0000000000TEST", "FAKESK00000000000000000000000000000000TEST"
PROJECT = "0123456789abcdef0123456789abcdef"
DATE = "20250101T000000Z"
TIME = 1_735_689_600
OCR_HOST = "ocr.cn-north-4.myhuaweicloud.com"
OCR_PATH = f"/v2/{PROJECT}/ocr/id-card"


@dataclass(frozen=True)
class Vector:
    """A request that an official signer has signed."""

    name: str
    headers: dict[str, str]
    body: bytes
    canonical_hash: str
    signature: str
    #: The row that answers the right signature; None for a success.
    rule: str | None
    method: str = "POST"
    path: str = OCR_PATH
    query: str = ""
    more: dict[str, str] = field(default_factory=dict)

    @property
    def signed(self) -> tuple[str, ...]:
        return tuple(sorted(self.headers))

    def request(self, signature: str | None = None) -> Raw:
        names = ";".join(self.signed)
        authorization = (
            f"SDK-HMAC-SHA256 Access={AK}, SignedHeaders={names}, Signature={signature or self.signature}"
        )
        sent = {("Host" if k == "host" else k): v for k, v in self.headers.items()}
        target = f"{self.path}?{self.query}" if self.query else self.path
        return Raw(self.method, target, {**sent, "Authorization": authorization}, self.body)


VECTORS = [
    Vector(
        "V1-python",
        {
            "content-type": "application/json;charset=utf-8",
            "host": OCR_HOST,
            "x-project-id": PROJECT,
            "x-sdk-date": DATE,
        },
        b'{"image": "/9j/4AAQ", "side": "front", "return_verification": true}',
        "5259b7dbb20590b9252618b14260b02b086964f8450b9ef33ace694ae78a6667",
        "9443231731ebaeb67248ebbed0f60b9b10c3970540c0e8329d483fa44a5b70e7",
        "AIS.0102",
    ),
    Vector(
        "V2-temporary-key",
        {
            "content-type": "application/json;charset=utf-8",
            "enterprise-project-id": "0",
            "host": "127.0.0.1:8080",
            "user-agent": "huaweicloud-usdk-python/3.0; test",
            "x-project-id": PROJECT,
            "x-sdk-date": DATE,
            "x-security-token": "FAKE-SECURITY-TOKEN",
        },
        b'{"url": "https://example.com/a.jpg", "side": "double_side"}',
        "83da174dcc7055fd04b4ea85482838561dbcffe3a306edc5787ca0d3565b177a",
        "9e04b2e09b4b60c06c5e7f5a3e593b862fcd45681c38bd6f743cf8a949be44ec",
        "ModelArts.4603",
    ),
    Vector(
        "V3-projects",
        {"host": "iam.cn-north-4.myhuaweicloud.com", "x-sdk-date": DATE},
        b"",
        "170cde682b5b321ec39f7ba690ed32e47197bbe5e97e3ab76fc1b1c3aa761641",
        "7579f79d2bcdaf214cd765f1798a38ce3eca145bd0a4e4e870599287ff8bfe2a",
        None,
        method="GET",
        path="/v3/projects",
        query="name=cn-north-4",
    ),
    Vector(
        "V4-node",
        {
            "content-type": "application/json",
            "host": OCR_HOST,
            "x-project-id": PROJECT,
            "x-sdk-date": DATE,
        },
        b'{"image":"/9j/4AAQ","side":"front","return_verification":true}',
        "e761054ab89c08bd96cf8b207f045530ce106ddb196d06d24a59b11a92667d1e",
        "6fffb8016bfa5808a65ff5b3f2f1a1b278d1cf9c04337330b388c3bf1b6845ae",
        "AIS.0102",
    ),
]
by_name = pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v.name)


@pytest.fixture
def vector_mock(frozen_mock: MockServer) -> MockServer:
    """A server at the vectors' time that knows their account."""
    frozen_mock.clock.freeze(TIME)
    keys = {"ak": AK, "sk": SK, "project_id": PROJECT}
    login = {"domain": "hwMOCK_vectors", "username": "vectors", "password": "Mock!vectors"}
    frozen_mock.world.accounts.add(Account("huawei", "vectors", "active", {**keys, **login}))
    return frozen_mock


def with_security_token(mock: MockServer, vector: Vector) -> None:
    """Makes the account of the vectors a temporary one where the vector needs it."""
    account = mock.world.accounts.find("huawei", "ak", AK)
    assert account is not None
    token = vector.headers.get("x-security-token")
    if token is not None:
        credentials = {**account.credentials, "security_token": token}
        mock.world.accounts.add(Account("huawei", "vectors", "active", credentials))


@by_name
def test_functions_give_the_signers_values(vector: Vector) -> None:
    """Canonical request, its hash in the string to sign, and the signature."""
    canonical = signatures.canonical_request(
        vector.method,
        vector.path,
        vector.query,
        vector.headers,
        vector.signed,
        signatures.payload_hash(vector.headers, vector.body),
    )
    assert hashlib.sha256(canonical.encode()).hexdigest() == vector.canonical_hash
    to_sign = signatures.string_to_sign(DATE, canonical)
    assert to_sign == f"SDK-HMAC-SHA256\n{DATE}\n{vector.canonical_hash}"
    assert signatures.signature(SK, to_sign) == vector.signature


def test_canonical_request_of_the_first_vector() -> None:
    """Line by line, as the contract prints it."""
    v1 = VECTORS[0]
    canonical = signatures.canonical_request(
        "POST", OCR_PATH, "", v1.headers, v1.signed, signatures.payload_hash(v1.headers, v1.body)
    )
    assert canonical.splitlines() == [
        "POST",
        f"{OCR_PATH}/",
        "",
        "content-type:application/json;charset=utf-8",
        f"host:{OCR_HOST}",
        f"x-project-id:{PROJECT}",
        f"x-sdk-date:{DATE}",
        "",
        "content-type;host;x-project-id;x-sdk-date",
        "a116049e673e6f0e3ed877d5c8ca69ad777df64df8f13e32c1bbae57de69f3f1",
    ]


@by_name
def test_server_takes_the_signature(vector_mock: MockServer, vector: Vector) -> None:
    """At the vector's time the request gets past authentication, and what it lacks is answered behind it."""
    with_security_token(vector_mock, vector)
    reply = vector.request().send(vector_mock)
    assert reply.rule == vector.rule, reply.body
    if vector.rule is None:
        assert [project["id"] for project in reply.json["projects"]] == [PROJECT]


@by_name
def test_server_refuses_another_signature(vector_mock: MockServer, vector: Vector) -> None:
    """One digit more or less, and the server shows its own canonical request in a header."""
    with_security_token(vector_mock, vector)
    wrong = vector.signature[:-1] + ("0" if vector.signature[-1] != "0" else "1")
    reply = vector.request(wrong).send(vector_mock)
    assert (reply.status, reply.rule) == (401, "APIG.0301#signature")
    assert f"|{';'.join(vector.signed)}|" in reply.headers["x-idmock-hint"]


@by_name
def test_fifteen_minutes_are_the_edge(vector_mock: MockServer, vector: Vector) -> None:
    """A signature of exactly that age holds, in either direction; one second more, and it has expired."""
    with_security_token(vector_mock, vector)
    for age in (900, -900):
        vector_mock.clock.freeze(TIME + age)
        assert vector.request().send(vector_mock).rule == vector.rule
    for age, server_time in ((901, "20250101T001501Z"), (-901, "20241231T234459Z")):
        vector_mock.clock.freeze(TIME + age)
        reply = vector.request().send(vector_mock)
        assert reply.rule == "APIG.0301#signature-expired"
        assert reply.message.endswith(f"signature expired, signature time:{DATE},server time:{server_time}")
