"""How Tencent's SDK is pointed at the mock (contract §9.1)."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from mockserver.accounts import Account
from mockserver.vendor import Client, Sending
from mockserver.vendors._tencent import signatures

_SNIPPET = """\
# pip install tencentcloud-sdk-python-ocr
import base64, os
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.ocr.v20181119 import models, ocr_client

key = Credential(
    os.environ["TENCENTCLOUD_SECRET_ID"],
    os.environ["TENCENTCLOUD_SECRET_KEY"],
    os.environ.get("TENCENTCLOUD_SESSION_TOKEN"),
)
# protocol and endpoint are the only two differences from production
profile = ClientProfile(httpProfile=HttpProfile(protocol="$scheme", endpoint="$authority"))
client = ocr_client.OcrClient(key, os.environ["TENCENTCLOUD_REGION"], profile)

request = models.IDCardOCRRequest()
with open("fixtures/images/front.jpg", "rb") as picture:
    request.ImageBase64 = base64.b64encode(picture.read()).decode()
request.CardSide = "FRONT"
print(client.IDCardOCR(request).Name)
"""


def call(url: str, account: Account, image: bytes) -> Mapping[str, str]:
    """One signed IDCardOCR call; see `mockserver.vendor.Client`."""
    import requests

    sent = sending(account, urlsplit(url).netloc, image, {"Config": '{"MultiCardDetect":true}'}, time.time())
    answer = requests.post(url, sent.body, headers=dict(sent.headers), timeout=10).json()["Response"]
    if "Error" in answer:
        raise RuntimeError(answer["Error"]["Code"])
    members = {
        "name": "Name",
        "birth": "Birth",
        "number": "IdNum",
        "authority": "Authority",
        "validity": "ValidDate",
    }
    return {name: answer[member] for name, member in members.items() if answer[member]}


def sending(
    account: Account, authority: str, image: bytes, parameters: Mapping[str, Any], now: float
) -> Sending:
    """One IDCardOCR call signed with TC3-HMAC-SHA256; see `mockserver.vendor.Client`."""
    body = orjson.dumps({"ImageBase64": base64.b64encode(image).decode(), **parameters})
    timestamp = str(int(now))
    signed = ("content-type", "host")
    headers = {"content-type": "application/json", "host": authority}
    canonical = signatures.tc3_canonical_request(
        "POST", "", headers, signed, hashlib.sha256(body).hexdigest()
    )
    date = signatures.utc_date(int(timestamp))
    to_sign = signatures.tc3_string_to_sign(timestamp, date, "ocr", canonical)
    key = signatures.tc3_signing_key(account.credentials["secret_key"], date, "ocr")
    headers |= {
        "X-TC-Action": "IDCardOCR",
        "X-TC-Version": "2018-11-19",
        "X-TC-Region": "ap-guangzhou",
        "X-TC-Timestamp": timestamp,
        "Authorization": f"{signatures.TC3} Credential={account.credentials['secret_id']}/{date}/ocr/tc3_request, "
        f"SignedHeaders={';'.join(signed)}, Signature={signatures.tc3_signature(key, to_sign)}",
    }
    if "token" in account.credentials:
        headers["X-TC-Token"] = account.credentials["token"]
    return Sending("POST", "/", headers, body)


CLIENT = Client(
    environment={
        "TENCENTCLOUD_SECRET_ID": "$secret_id",
        "TENCENTCLOUD_SECRET_KEY": "$secret_key",
        "TENCENTCLOUD_SESSION_TOKEN": "$token",
        "TENCENTCLOUD_REGION": "ap-guangzhou",
    },
    snippet=_SNIPPET,
    call=call,
    sending=sending,
)
