"""How Aliyun's SDK is pointed at the mock (contract §9.3)."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson

from mockserver.accounts import Account
from mockserver.vendor import Client, Sending
from mockserver.vendors._aliyun import signatures

_SNIPPET = """\
# pip install alibabacloud-ocr-api20210707
import json, os
from alibabacloud_ocr_api20210707.client import Client
from alibabacloud_ocr_api20210707.models import RecognizeIdcardRequest
from alibabacloud_tea_openapi.models import Config

# protocol and endpoint are the only two differences from production
client = Client(Config(
    access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
    access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
    security_token=os.environ.get("ALIBABA_CLOUD_SECURITY_TOKEN"),
    protocol="$scheme",
    endpoint="$authority",
))
with open("fixtures/images/front.jpg", "rb") as picture:
    answer = client.recognize_idcard(RecognizeIdcardRequest(body=picture))
print(json.loads(answer.body.data)["data"]["face"]["data"]["name"])
"""


def call(url: str, account: Account, image: bytes) -> Mapping[str, str]:
    """One signed RecognizeIdcard call; see `mockserver.vendor.Client`."""
    import requests

    headers = acs3_headers(account, urlsplit(url).netloc, image)
    answer = requests.post(url, image, headers=headers, timeout=10).json()
    if "Code" in answer:
        raise RuntimeError(answer["Code"])
    sides = orjson.loads(answer["Data"])["data"]
    fields = {name: value for side in sides.values() for name, value in side["data"].items()}
    members = {
        "name": "name",
        "birth": "birthDate",
        "number": "idNumber",
        "authority": "issueAuthority",
        "validity": "validPeriod",
    }
    return {name: fields[member] for name, member in members.items() if member in fields}


def sending(
    account: Account, authority: str, image: bytes, parameters: Mapping[str, Any], now: float
) -> Sending:
    """One RecognizeIdcard call signed with ACS3-HMAC-SHA256; see `mockserver.vendor.Client`."""
    pairs = [
        (name, str(value).lower() if isinstance(value, bool) else str(value))
        for name, value in parameters.items()
    ]
    query = urlencode(pairs, quote_via=quote)
    headers = acs3_headers(account, authority, image, pairs, now)
    return Sending("POST", f"/?{query}" if query else "/", headers, image)


def acs3_headers(
    account: Account, host: str, body: bytes, pairs: signatures.Pairs = (), now: float | None = None
) -> dict[str, str]:
    """The headers of an ACS3 POST, signed at ``now`` (default: the machine's clock) with a fresh nonce; ``pairs`` are
    the query's."""
    payload_hash = hashlib.sha256(body).hexdigest()
    headers = {
        "content-type": "application/octet-stream",
        "host": host,
        "x-acs-action": "RecognizeIdcard",
        "x-acs-content-sha256": payload_hash,
        "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-version": "2021-07-07",
    }
    if "security_token" in account.credentials:
        headers["x-acs-security-token"] = account.credentials["security_token"]
    signed = ";".join(sorted(headers))
    canonical = signatures.acs3_canonical_request("POST", pairs, headers, signed, payload_hash)
    to_sign = signatures.acs3_string_to_sign(canonical)
    signature = signatures.acs3_signature(account.credentials["access_key_secret"], to_sign)
    key_id = account.credentials["access_key_id"]
    headers["Authorization"] = (
        f"{signatures.ACS3} Credential={key_id},SignedHeaders={signed},Signature={signature}"
    )
    return headers


CLIENT = Client(
    environment={
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "$access_key_id",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "$access_key_secret",
        "ALIBABA_CLOUD_SECURITY_TOKEN": "$security_token",
    },
    snippet=_SNIPPET,
    call=call,
    sending=sending,
    behind_proxy={"ALIBABA_CLOUD_CA_BUNDLE": "$bundle"},
)
