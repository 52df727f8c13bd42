"""Aliyun's signatures as the suite makes them, against requests that the vendor's own client signed."""

from __future__ import annotations

import base64
import doctest
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dialect import Call
from conformance.errors import NotApplicable
from conformance.model import Account, Answer, Request
from conformance.vendors.aliyun import DIALECT, reading, signers
from conformance.vendors.aliyun.compose import compose
from conformance.vendors.aliyun.signers import Acs3, encode, rpc_string_to_sign, sign_rpc

KEY, SECRET = "testAccessKeyId", "testAccessKeySecret"
HOST = "ocr-api.cn-hangzhou.aliyuncs.com"
#: 2024-01-02T03:04:05Z
NOW = 1704164645
NONCE = "0123456789abcdef0123456789abcdef"
TOKEN = "testSecurityToken=="
STRANGE_URL = "https://example.com/a b/身份证.jpg?x=1&y=*~+"
#: What the vendor's client for Python signs.
NAMES = [
    "accept",
    "host",
    "user-agent",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-credentials-provider",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
]

texts = st.text(st.characters(codec="utf-8"), max_size=20)
parameters = st.dictionaries(
    st.text("abcXYZ_.~-* +身", min_size=1, max_size=8).filter(lambda name: name != "body"), texts, max_size=6
)


def account(**more: str) -> Account:
    return Account("aliyun", "active", {"access_key_id": KEY, "access_key_secret": SECRET, **more})


def call(given: Mapping[str, Any], *, names: list[str] = NAMES, transport: str = "acs3", **more: Any) -> Call:
    return Call(
        more.pop("account", account()),
        parameters=given,
        transport=transport,
        sign={"nonce": NONCE, **({} if transport.startswith("rpc") else {"signed_names": names})},
        signed_headers={"User-Agent": "contract-test/1.0"},
        hosts={"ocr": HOST},
        now=NOW,
        **more,
    )


def signature(request: Request) -> str:
    return request.headers["Authorization"].rpartition("Signature=")[2]


class TestAcs3:
    def test_a_picture_in_the_body(self) -> None:
        """Vector A: a body, two switches, and the type of the body among the signed headers."""
        given = {"body": b"fake-image-bytes", "OutputFigure": "True", "OutputQualityInfo": "True"}
        names = sorted([*NAMES, "content-type"])
        request = compose(call(given, names=names))
        canonical = Acs3(KEY, SECRET).canonical_request(request, names)
        assert canonical.startswith(
            "POST\n/\nOutputFigure=True&OutputQualityInfo=True\naccept:application/json\n"
        )
        assert (
            hashlib.sha256(canonical.encode()).hexdigest()
            == "53bfe7506e4563a2b997fd69639114ef0bb99b458727d1add83453c2a3f2ba10"
        )
        assert signature(request) == "812bbcbfe9d6375f005e32755c0bac2f7e82d84d228a6cfda64e0f63f13f468f"
        assert request.headers["Authorization"].startswith(
            f"ACS3-HMAC-SHA256 Credential={KEY},SignedHeaders={';'.join(names)},Signature="
        )

    def test_a_url(self) -> None:
        """Vector B: no body, and a value with everything that encodings disagree about."""
        request = compose(call({"OutputFigure": "False", "Url": STRANGE_URL}))
        assert "Content-Type" not in request.headers
        assert request.headers["x-acs-content-sha256"] == hashlib.sha256(b"").hexdigest()
        assert signature(request) == "1e36684d35470d8dd16747d4ae96ef8a2add7abf4d1175a9a809e233c12a07e7"

    def test_a_temporary_key(self) -> None:
        """Vector C: the token and its key stand in headers of their own, which are signed."""
        names = sorted([*NAMES, "x-acs-accesskey-id", "x-acs-security-token"])
        request = compose(
            call(
                {"Url": "https://example.com/id.png"},
                names=names,
                account=account(security_token=TOKEN),
            )
        )
        canonical = Acs3(KEY, SECRET).canonical_request(request, names)
        assert (
            hashlib.sha256(canonical.encode()).hexdigest()
            == "5d2fcb813558eaaafa40d492fb35424c40c8307c3046892f50c4e1afd6b05db4"
        )
        assert signature(request) == "1781ca6bc15de5b74db4499b2029178bf4d4464adcb947ac054cd3a0d4bc9896"

    @given(parameters)
    def test_the_wire_does_not_matter(self, given: dict[str, str]) -> None:
        """Two ways of writing a query, and any order of it, have the signature of the values."""
        ways = [("python", given), ("node", given), ("node", dict(reversed(given.items())))]
        signed = set()
        for wire, pairs in ways:
            whole = call({**pairs, "body": b"x"})
            whole = Call(**{**vars(whole), "sign": {**whole.sign, "wire": wire}})
            request = compose(whole)
            assert dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True)) == pairs
            signed.add(signature(request))
        assert len(signed) == 1

    def test_unsorted_names_are_sent_as_they_are(self) -> None:
        """The headers themselves come sorted, however their names are listed."""
        names = ["x-acs-version", "host"]
        request = compose(call({}, names=names))
        lines = Acs3(KEY, SECRET).canonical_request(request, names).split("\n")
        assert lines[3:6] == [f"host:{HOST}", "x-acs-version:2021-07-07", ""]
        assert lines[6] == "x-acs-version;host"

    @pytest.mark.parametrize(
        "option", [{"secret": "another"}, {"corrupt": True}, {"algorithm": "ACS3-HMAC-MD5"}]
    )
    def test_an_option_makes_one_thing_wrong(self, option: dict[str, Any]) -> None:
        """The rest of the header is what it is without it."""
        right = compose(call({}))
        wrong = compose(Call(**{**vars(call({})), "sign": {**call({}).sign, **option}}))
        assert wrong.headers["Authorization"] != right.headers["Authorization"]
        assert {**wrong.headers, "Authorization": ""} == {**right.headers, "Authorization": ""}


class TestRpc:
    def test_a_url(self) -> None:
        """Vector D: the string to sign is encoded twice."""
        given = {
            "Action": "RecognizeIdcard",
            "Version": "2021-07-07",
            "Format": "json",
            "AccessKeyId": KEY,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": NONCE,
            "Timestamp": "2024-01-02T03:04:05Z",
            "OutputFigure": "True",
            "Url": STRANGE_URL,
        }
        to_sign = rpc_string_to_sign("POST", given)
        assert to_sign.startswith(
            "POST&%2F&AccessKeyId%3DtestAccessKeyId%26Action%3DRecognizeIdcard%26Format%3Djson"
        )
        assert to_sign.endswith(
            "%2520b%252F%25E8%25BA%25AB%25E4%25BB%25BD%25E8%25AF%2581.jpg%253Fx%253D1%2526y%253D"
            "%252A~%252B%26Version%3D2021-07-07"
        )
        assert sign_rpc(given, SECRET, method="POST")["Signature"] == "tTyj78bY6bvEpZ5sqvDxBN2YzJI="

    def test_a_temporary_key(self) -> None:
        """Vector E, composed like any call: the token is one more parameter."""
        whole = call(
            {"Url": "https://example.com/id.png"}, transport="rpc", account=account(security_token=TOKEN)
        )
        whole = Call(**{**vars(whole), "sign": {**whole.sign, "common": {"Format": "json"}}})
        sent = dict(parse_qsl(compose(whole).target.partition("?")[2]))
        assert sent["SecurityToken"] == TOKEN
        assert sent["Signature"] == "yELDvxzRhiZ5UIjPRrHmpvbuQf0="

    @given(parameters, st.sampled_from(["rpc", "rpc-get", "rpc-form"]))
    def test_what_is_sent_is_what_is_signed(self, given: dict[str, str], transport: str) -> None:
        """The signature can be made again from query and form alone."""
        request = compose(call(given, transport=transport))
        query = request.target.partition("?")[2]
        assert (query == "") == (transport == "rpc-form")
        sent = dict(parse_qsl(query or request.body.decode(), keep_blank_values=True))
        found = sent.pop("Signature")
        assert {name: sent[name] for name in given} == given
        to_sign = rpc_string_to_sign(request.method, sent)
        mac = hmac.digest(f"{SECRET}&".encode(), to_sign.encode(), "sha1")
        assert found == base64.b64encode(mac).decode()

    @pytest.mark.parametrize("name", ["Signature", "Timestamp", "SignatureNonce", "AccessKeyId"])
    def test_what_is_null_is_left_out(self, name: str) -> None:
        whole = call({}, transport="rpc")
        request = compose(Call(**{**vars(whole), "sign": {**whole.sign, "common": {name: None}}}))
        assert name not in dict(parse_qsl(request.target.partition("?")[2]))


@given(texts)
def test_only_unreserved_characters_stay(text: str) -> None:
    """Everything else is its bytes in upper-case hexadecimal."""
    unreserved = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
    assert encode(text) == "".join(chr(b) if b in unreserved else f"%{b:02X}" for b in text.encode())


def test_an_account_without_a_secret_does_not_apply() -> None:
    """The reason names the credential."""
    with pytest.raises(NotApplicable, match="access_key_secret"):
        compose(Call(Account("aliyun", "active", {"access_key_id": KEY}), hosts={"ocr": HOST}))


def test_the_usual_call_succeeds_by_every_transport_that_has_a_body() -> None:
    """The picture is the body, whichever way the rest goes."""
    for transport in ("acs3", "rpc"):
        request = compose(
            Call(account(), parameters=DIALECT.usual(b"picture"), transport=transport, hosts={"ocr": HOST})
        )
        assert request.body == b"picture"
        assert request.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("body", "etag"),
    [
        ('{"RequestId":"7F75E7B4-4636-53B4-A8DE-5FC4A9E1F876"}', "5TMxmkRtXpXAdkf/r7rDdEA2"),
        (
            '{"RequestId":"E2CBB919-0B12-5053-9613-93A11D7C04DB","LanguageProbabilities":'
            '"zh:0.999900;zh-tw:0.000100;","DetectedLanguage":"zh"}',
            "1GGkwvRNIr+lxM8EfnJcTpw0",
        ),
        (
            '{"RequestId":"564D1085-5813-54BC-B021-EAC89F27FEC5","Message":"该调用为异步调用，任务已提交成功，'
            '请以requestId的值作为jobId参数调用同类目下GetAsyncJobResult接口查询任务执行状态和结果。"}',
            "11hxNaiuEUpe6LTMocxjU8g1",
        ),
    ],
)
def test_etags_of_published_answers(body: str, etag: str) -> None:
    """The length that an etag holds is that of the text, not of its bytes."""
    expected, actual = reading.AGREEMENTS["etag"](Answer(200, [("ETag", etag)], body.encode()))
    assert expected == actual == etag


def test_examples_in_docstrings_hold() -> None:
    """They are what a reader tries first."""
    found = doctest.testmod(signers)
    assert found.attempted
    assert not found.failed
