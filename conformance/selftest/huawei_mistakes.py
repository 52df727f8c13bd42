"""What can be done wrong in the place of Huawei Cloud OCR; `conformance.selftest.huawei` makes mutants of it."""

from __future__ import annotations

import base64
import calendar
import io
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image

from conformance.model import Request
from conformance.selftest.wrappers import (
    ADMIN,
    Behaviour,
    Implementation,
    Purse,
    Reply,
    Sent,
    changing_answers,
    changing_json,
)
from conformance.vendors.huawei.signers import SdkHmac, sdk_date

_AUTHORIZATION = re.compile(r"SDK-HMAC-SHA256 Access=(?P<ak>[^,]+), SignedHeaders=(?P<names>[^,]+), .*")
_REQUEST_ID = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
_WRONG_SIGNATURE = "verify aksk signature fail"


def code_of(reply: Reply) -> str | None:
    """The code of an error of the gateway or the service."""
    document = reply.json
    return document.get("error_code") if isinstance(document, dict) else None


def says(code: str, text: str = "") -> Callable[[Reply], bool]:
    """Whether an answer is the error with that code, and that text in its message."""
    return lambda reply: code_of(reply) == code and text in reply.json["error_msg"]


wrong_signature = says("APIG.0301", _WRONG_SIGNATURE)


def _signed(sent: Sent, credentials: Mapping[str, str], **changes: str) -> Sent | None:
    """A signed request signed anew over the headers that it names; None for any other."""
    found = _AUTHORIZATION.fullmatch(sent.headers.get("authorization", ""))
    if found is None:
        return None
    names = found["names"].split(";")
    signer = SdkHmac(credentials["ak"], credentials["sk"], {"signed_headers": names})
    headers = {name: text for name, text in sent.headers.items() if name != "authorization"}
    request = signer.sign(Request(sent.method, sent.target, {**headers, **changes}, sent.body))
    return replace(sent, headers={name.lower(): text for name, text in request.headers.items()})


def signed_rightly(sent: Sent, purse: Purse) -> Sent | None:
    """The request with the signature that its access key's owner would have made."""
    owner = _owner(sent, purse)
    return None if owner is None else _signed(sent, owner["credentials"])


def dated_now(sent: Sent, purse: Purse) -> Sent | None:
    """A request of up to 1000 seconds ago or ahead with the time of now."""
    owner, now = _owner(sent, purse), time.time()
    date = sent.headers.get("x-sdk-date", "")
    if owner is None or abs(calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ")) - now) > 1000:
        return None
    return _signed(sent, owner["credentials"], **{"x-sdk-date": sdk_date(now)})


def signed_instead_of_token(sent: Sent, purse: Purse) -> Sent | None:
    """A request with a token as the project's owner would sign it."""
    owner = purse.owner("project_id", sent.path.split("/")[2])
    if owner is None:
        return None
    headers = {name: text for name, text in sent.headers.items() if name != "x-auth-token"}
    headers["authorization"] = "SDK-HMAC-SHA256 Access=-, SignedHeaders=host;x-sdk-date, Signature=-"
    return _signed(
        replace(sent, headers=headers), owner["credentials"], **{"x-sdk-date": sdk_date(time.time())}
    )


def _owner(sent: Sent, purse: Purse) -> dict[str, Any] | None:
    found = _AUTHORIZATION.fullmatch(sent.headers.get("authorization", ""))
    return None if found is None else purse.owner("ak", found["ak"])


def _parameters(sent: Sent) -> dict[str, Any]:
    """The parameters of a call of OCR, none for a body that is no JSON object."""
    try:
        document = json.loads(sent.body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _with_parameters(sent: Sent, purse: Purse, parameters: Mapping[str, Any]) -> Sent | None:
    return signed_rightly(replace(sent, body=json.dumps(parameters).encode()), purse)


def with_booleans(sent: Sent, purse: Purse) -> Sent | None:
    """With true and false in the place of texts that say so."""
    meant = {"true": True, "false": False}
    parameters = _parameters(sent)
    known = {name: meant[value] for name, value in parameters.items() if value in ("true", "false")}
    return _with_parameters(sent, purse, {**parameters, **known}) if known else None


def without_data_prefix(sent: Sent, purse: Purse) -> Sent | None:
    parameters = _parameters(sent)
    image = str(parameters.get("image", ""))
    if not image.startswith("data:"):
        return None
    return _with_parameters(sent, purse, {**parameters, "image": image.rpartition(",")[2]})


def picture_first(implementation: Implementation, sent: Sent, purse: Purse) -> Reply:
    """Looks at the picture before it looks at the other parameters."""
    reply = implementation(sent)
    if code_of(reply) != "AIS.0101":
        return reply
    image = {"image": _parameters(sent).get("image")}
    alone = _with_parameters(sent, purse, image)
    answer = None if alone is None else implementation(alone)
    return answer if answer is not None and code_of(answer) == "AIS.0102" else reply


@dataclass
class LocksSooner:
    """Takes the fifth wrong signature in a row for the sixth."""

    failures: dict[str, int] = field(default_factory=dict)

    def __call__(self, implementation: Implementation, sent: Sent, purse: Purse) -> Reply:
        reply, owner = implementation(sent), _owner(sent, purse)
        if owner is None:
            return reply
        key = owner["credentials"]["ak"]
        self.failures[key] = self.failures.get(key, 0) + 1 if wrong_signature(reply) else 0
        if self.failures[key] == 5:
            implementation(sent)
        return reply


@dataclass
class OneCallMore:
    """Lets the first of the calls through that a key makes too many in a second."""

    let_through: set[tuple[str, int]] = field(default_factory=set)

    def __call__(self, implementation: Implementation, sent: Sent, purse: Purse) -> Reply:
        reply, owner = implementation(sent), _owner(sent, purse)
        if code_of(reply) != "APIG.0308" or owner is None:
            return reply
        turn = (owner["credentials"]["ak"], int(time.time()))
        if turn in self.let_through:
            return reply
        self.let_through.add(turn)
        return _as_somebody_else(implementation, sent) or reply


def _as_somebody_else(implementation: Implementation, sent: Sent) -> Reply | None:
    """What an account without limits gets for the same call."""
    wanted = json.dumps({"vendor": "huawei", "state": "active"}).encode()
    headers = {"content-type": "application/json"}
    account = implementation(Sent("POST", f"{ADMIN}accounts", "", headers, wanted)).json
    keys = account["credentials"]
    path = re.sub(r"^/v2/[^/]+", f"/v2/{keys['project_id']}", sent.path)
    signed = _signed(replace(sent, path=path), keys)
    reply = None if signed is None else implementation(signed)
    implementation(Sent("DELETE", f"{ADMIN}accounts/huawei/{account['name']}", "", {}, b""))
    return reply


def results(change: Callable[[dict[str, Any]], None]) -> Behaviour:
    """Results changed in place, of one side or of each of two."""

    def changed(document: Any) -> Any:
        result = document.get("result") if isinstance(document, dict) else None
        if result is None:
            return None
        for side in [result["front"], result["back"]] if "front" in result else [result]:
            change(side)
        return document

    return changing_json(changed)


def errors(code: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Behaviour:
    """Errors whose code begins so, as another document."""
    return changing_json(
        lambda document: (
            change(document)
            if isinstance(document, dict) and str(document.get("error_code")).startswith(code)
            else None
        )
    )


def with_status(code: str, status: int, reason: str) -> Behaviour:
    def changed(sent: Sent, reply: Reply) -> Reply | None:
        return replace(reply, status=status, reason=reason) if code_of(reply) == code else None

    return changing_answers(changed)


def same_request_id(sent: Sent, reply: Reply) -> Reply | None:
    """One id for all, in the header and in the gateway's errors."""
    document = reply.json
    if isinstance(document, dict) and "request_id" in document:
        reply = reply.with_json({**document, "request_id": _REQUEST_ID})
    return reply.with_header("X-Request-Id", _REQUEST_ID)


def with_charset(sent: Sent, reply: Reply) -> Reply | None:
    if not str(code_of(reply)).startswith("APIG"):
        return None
    return reply.with_header("Content-Type", "application/json;charset=UTF-8")


def refusing_strange_projects(sent: Sent, reply: Reply) -> Reply | None:
    """An error for an enterprise project that is not written like one."""
    project = sent.headers.get("enterprise-project-id", "0")
    if re.fullmatch("0|[0-9a-f-]{36}", project):
        return None
    document = {"error_code": "AIS.0101", "error_msg": "The input parameter is invalid."}
    return replace(reply.with_json(document), status=400, reason="Bad Request")


def refusing_fifteen_pixels(sent: Sent, reply: Reply) -> Reply | None:
    """The error of a side that is too short, one pixel too soon."""
    size = _size(sent)
    if size is None or min(size) != 15:
        return None
    document = {"error_code": "AIS.0103", "error_msg": "The image size does not meet the requirements."}
    return replace(reply.with_json(document), status=400, reason="Bad Request")


def in_a_smaller_copy(sent: Sent, reply: Reply) -> Reply | None:
    """Places in pixels of a copy of half the size, in which the card of a large picture was looked for."""
    size, document = _size(sent), reply.json
    places = (document or {}).get("result", {}).get("text_location")
    if size is None or max(size) < 2000 or places is None:
        return None
    halves = {name: [[x // 2, y // 2] for x, y in points] for name, points in places.items()}
    document["result"]["text_location"] = halves
    return reply.with_json(document)


def _size(sent: Sent) -> tuple[int, int] | None:
    """Width and height of the picture that was sent."""
    try:
        data = base64.b64decode(str(_parameters(sent).get("image", "")))
        with Image.open(io.BytesIO(data)) as image:
            return image.size
    except (ValueError, OSError):
        return None


def upside_down(encoded: str) -> str:
    """A picture in Base64, turned by 180 degrees."""
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as image:
        out = io.BytesIO()
        image.rotate(180).save(out, "JPEG")
    return base64.b64encode(out.getvalue()).decode()
