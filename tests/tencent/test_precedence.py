"""Which error wins when a call has two defects: the order of the contract's §5, pair by pair."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import pytest

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests.tencent.conftest import mint
from tests.tencent.raw import HOST, Raw, tc3, v1, v1_parameters
from tests.tencent.sdk import picture

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Defect:
    """One thing that is wrong with a call, and the row that it is answered with when it is alone.

    ``changes`` are settings of `_request`; two defects that change the same setting cannot be had at once.
    ``parameters`` are merged into the business parameters.
    """

    name: str
    rule: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def goes_with(self, other: Defect) -> bool:
        return not (
            self.changes.keys() & other.changes.keys() or self.parameters.keys() & other.parameters.keys()
        )


NO_IMAGE = {"ImageBase64": None}
#: In the order of precedence.
ORDER = (
    Defect("method", "UnsupportedProtocol", {"method": "PUT"}),
    Defect("size", "RequestSizeLimitExceeded", {"padding": 10 * MEBIBYTE}),
    Defect("body", "InvalidParameter#body", {"cut": True}),
    Defect("no timestamp", "MissingParameter", {"X-TC-Timestamp": None}),
    Defect("no action", "MissingParameter", {"X-TC-Action": None}),
    Defect("no version", "MissingParameter", {"X-TC-Version": None}),
    Defect("no authorization", "MissingParameter", {"Authorization": None}),
    Defect("timestamp type", "InvalidParameter#nonce", {"X-TC-Timestamp": "now"}),
    Defect("version", "NoSuchVersion", {"X-TC-Version": "2017-01-01"}),
    Defect("action", "InvalidAction", {"X-TC-Action": "PassportOCR"}),
    Defect("media type", "UnsupportedProtocol#content-type", {"content_type": "text/plain"}),
    Defect("service", "AuthFailure.InvalidAuthorization", {"service": "cvm"}),
    Defect("expired", "AuthFailure.SignatureExpire", {"skew": -301}),
    Defect("deleted key", "AuthFailure.SecretIdNotFound", {"state": "disabled"}),
    Defect("key type", "AuthFailure.InvalidSecretId", {"state": "wrong-key-type"}),
    Defect("token", "AuthFailure.TokenFailure", {"X-TC-Token": "TOKEN"}),
    Defect("signature", "AuthFailure.SignatureFailure", {"key": "wrong"}),
    Defect("region", "InvalidParameterValue#region", {"X-TC-Region": "mars-olympus"}),
    Defect("no region", "MissingParameter", {"X-TC-Region": None}),
    Defect("rate", "RequestLimitExceeded", {"requests_per_second": 0}),
    Defect("permission", "AuthFailure.UnauthorizedOperation", {"state": "no-permission"}),
    Defect("unknown parameter", "UnknownParameter", parameters={"Unknown": "1"}),
    Defect("type", "InvalidParameter#type", parameters={"EnableReflectDetail": "yes"}),
    Defect("not activated", "FailedOperation.UnOpenError", {"state": "not-activated"}),
    Defect("arrears", "ResourceUnavailable.InArrears", {"state": "in-arrears"}),
    Defect("quota", "ResourceUnavailable.ResourcePackageRunOut", {"calls_left": 0}),
    Defect("no picture", "InvalidParameterValue.InvalidParameterValueLimit#no-image", parameters=NO_IMAGE),
    Defect(
        "side", "InvalidParameterValue.InvalidParameterValueLimit#card-side", parameters={"CardSide": "X"}
    ),
    Defect("config", "InvalidParameter.ConfigFormatError", parameters={"Config": "{"}),
    Defect("decode", "FailedOperation.ImageDecodeFailed", parameters={"ImageBase64": "AAAA"}),
    Defect("other side", "FailedOperation.CardSideError", parameters={"CardSide": "BACK"}),
)
#: No client can have both: a request without the header has nothing in it to be wrong, and a body of another type is
#: not read as JSON.
IMPOSSIBLE = {
    ("body", "media type"),
    *(("no authorization", name) for name in ("service", "deleted key", "key type", "signature")),
}
PAIRS = [
    pytest.param(first, second, id=f"{first.name} < {second.name}")
    for first, second in combinations(ORDER, 2)
    if first.goes_with(second) and (first.name, second.name) not in IMPOSSIBLE
]


def _request(mock: MockServer, *defects: Defect) -> Raw:
    """A call in order but for the defects; the signature is right for what is sent unless its key is a defect."""
    changes: dict[str, Any] = {}
    parameters: dict[str, Any] = {**picture(mock, "front")}
    for defect in defects:
        changes |= defect.changes
        parameters |= defect.parameters
    body = json.dumps({k: v for k, v in parameters.items() if v is not None}).encode()
    if "cut" in changes:
        body = body[:-1]
    limits = {k: v for k, v in changes.items() if k in ("requests_per_second", "calls_left")}
    request = tc3(
        mint(mock, state=changes.get("state", "active"), **limits),
        body=body + b" " * changes.get("padding", 0),
        method=changes.get("method", "POST"),
        content_type=changes.get("content_type"),
        service=changes.get("service", "ocr"),
        timestamp=time.time() + changes.get("skew", 0),
        key=changes.get("key"),
    )
    headers = {name: value for name, value in changes.items() if name[0].isupper()}
    return request.with_headers(headers)


@pytest.mark.parametrize("defect", ORDER, ids=lambda d: d.name)
def test_defect_alone(idmock: MockServer, defect: Defect) -> None:
    """Each defect leads to its own row."""
    assert _request(idmock, defect).send(idmock).rule == defect.rule


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_first_defect_wins(idmock: MockServer, first: Defect, second: Defect) -> None:
    """Whatever else is wrong behind it."""
    reply = _request(idmock, first, second).send(idmock)
    assert reply.rule == first.rule
    if first.name.startswith("no ") and first.rule == "MissingParameter":
        assert f"`{first.name[3:].capitalize()}`" in reply.message


class TestMissing:
    """The order in which absent common parameters are named, always without a prefix."""

    @pytest.mark.parametrize("target", ["/", "/?Action=IDCardOCR", "/?Version=2018-11-19&Nonce=1"])
    def test_timestamp_is_missed_first(self, idmock: MockServer, target: str) -> None:
        """A bare GET and incomplete queries, as seen on the public host."""
        reply = Raw("GET", target, {"Host": HOST}).send(idmock)
        assert (reply.code, reply.message) == (
            "MissingParameter",
            "The request is missing a required parameter `Timestamp`.",
        )

    def test_headers(self, idmock: MockServer, account: Account) -> None:
        """Of signature v3, one after the other; the region is missed behind the signature."""
        request = tc3(account, {})
        order = ["X-TC-Timestamp", "X-TC-Action", "X-TC-Version", "Authorization"]
        for position, name in enumerate(order):
            bare = request.with_headers(dict.fromkeys(order[position:]))
            reply = bare.send(idmock)
            assert reply.message == (
                f"The request is missing a required parameter `{name.removeprefix('X-TC-')}`."
            )
        reply = request.with_headers({"X-TC-Region": None}).send(idmock)
        assert reply.message == "The request is missing a required parameter `Region`."

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_parameters(self, idmock: MockServer, account: Account, method: str) -> None:
        """Of signature v1, one after the other; SignatureMethod may be absent."""
        complete = v1_parameters(account)
        order = ["Timestamp", "Action", "Version", "SecretId", "Nonce"]
        for position, name in enumerate(order):
            sent = {k: v for k, v in complete.items() if k not in order[position:]}
            reply = v1(account, sent, method=method).send(idmock)
            assert reply.message == f"The request is missing a required parameter `{name}`."

    def test_signature(self, idmock: MockServer, account: Account) -> None:
        """A v1 request without one."""
        pairs = "&".join(f"{k}={v}" for k, v in v1_parameters(account).items())
        reply = Raw("GET", f"/?{pairs}", {"Host": HOST}).send(idmock)
        assert reply.message == "The request is missing a required parameter `Signature`."

    @pytest.mark.parametrize("name", ["Timestamp", "Action", "Version"])
    def test_empty_is_missing(self, idmock: MockServer, account: Account, name: str) -> None:
        """An empty header says no more than none."""
        reply = tc3(account, {}).with_headers({f"X-TC-{name}": ""}).send(idmock)
        assert (reply.code, f"`{name}`" in reply.message) == ("MissingParameter", True)

    def test_empty_region(self, idmock: MockServer, account: Account) -> None:
        """An empty region is not a missing one: it is a wrong one, under its header's name."""
        reply = tc3(account, {}).with_headers({"X-TC-Region": ""}).send(idmock)
        assert reply.message == (
            "A value specified in `X-TC-Region` is not valid, is unsupported, or cannot be used."
        )
        form = v1(account, v1_parameters(account, Region="")).send(idmock)
        assert "`Region`" in form.message


def test_trail_of_a_developer(idmock: MockServer, account: Account) -> None:
    """Observed with v1: first the type of Nonce, then the action, then the expired signature."""
    sent = v1_parameters(account, Nonce="x", Action="NoSuchAction", Timestamp=int(time.time()) - 400)
    first = v1(account, sent).send(idmock)
    second = v1(account, sent | {"Nonce": 1}).send(idmock)
    third = v1(account, sent | {"Nonce": 1, "Action": "IDCardOCR"}).send(idmock)
    assert first.message == "Parameter `Nonce` type error."
    assert second.code == "InvalidAction"
    assert third.code == "AuthFailure.SignatureExpire"
