"""How Huawei's SDK is pointed at the mock (contract §9.1)."""

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
from mockserver.vendors._huawei import signatures

_SNIPPET = """\
# pip install huaweicloudsdkocr
import base64, os
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkocr.v1 import IdCardRequestBody, OcrClient, RecognizeIdCardRequest
from huaweicloudsdkocr.v1.region.ocr_region import OcrRegion

# the same code as in production: the SDK finds both endpoints, OCR and IAM, in the environment, and asks IAM
# for the project id
key = BasicCredentials(os.environ["CLOUD_SDK_AK"], os.environ["CLOUD_SDK_SK"])
if os.environ.get("CLOUD_SDK_SECURITY_TOKEN"):
    key.with_security_token(os.environ["CLOUD_SDK_SECURITY_TOKEN"])
client = OcrClient.new_builder().with_credentials(key).with_region(OcrRegion.value_of("cn-north-4")).build()

with open("fixtures/images/front.jpg", "rb") as picture:
    image = base64.b64encode(picture.read()).decode()
request = RecognizeIdCardRequest(body=IdCardRequestBody(image=image, side="front"))
print(client.recognize_id_card(request).result.name)
"""


def call(url: str, account: Account, image: bytes) -> Mapping[str, str]:
    """One signed RecognizeIdCard call; see `mockserver.vendor.Client`."""
    import requests

    sent = sending(account, urlsplit(url).netloc, image, {"side": "double_side"}, time.time())
    answer = requests.post(url + sent.target, sent.body, headers=dict(sent.headers), timeout=10).json()
    if "error_code" in answer:
        raise RuntimeError(answer["error_code"])
    fields = answer["result"]["front"] | answer["result"]["back"]
    members = {"name": "name", "birth": "birth", "number": "number", "authority": "issue"}
    found = {name: fields[member] for name, member in members.items() if member in fields}
    return found | (
        {"validity": f"{fields['valid_from']}-{fields['valid_to']}"} if "valid_to" in fields else {}
    )


def sending(
    account: Account, authority: str, image: bytes, parameters: Mapping[str, Any], now: float
) -> Sending:
    """One RecognizeIdCard call signed with SDK-HMAC-SHA256; see `mockserver.vendor.Client`."""
    body = orjson.dumps({"image": base64.b64encode(image).decode(), **parameters})
    path = f"/v2/{account.credentials['project_id']}/ocr/id-card"
    return Sending("POST", path, signed_headers(account, "POST", path, authority, body, now), body)


def signed_headers(
    account: Account, method: str, path: str, host: str, body: bytes, now: float | None = None
) -> dict[str, str]:
    """The headers of a call signed with SDK-HMAC-SHA256 at ``now``, by default the machine's clock."""
    keys = account.credentials
    headers = {
        "content-type": "application/json",
        "host": host,
        "x-project-id": keys["project_id"],
        "x-sdk-date": signatures.moment(time.time() if now is None else now),
    }
    if "security_token" in keys:
        headers["x-security-token"] = keys["security_token"]
    names = sorted(headers)
    digest = hashlib.sha256(body).hexdigest()
    canonical = signatures.canonical_request(method, path, "", headers, names, digest)
    signature = signatures.signature(keys["sk"], signatures.string_to_sign(headers["x-sdk-date"], canonical))
    headers["Authorization"] = (
        f"{signatures.ALGORITHM} Access={keys['ak']}, SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return headers


CLIENT = Client(
    environment={
        "CLOUD_SDK_AK": "$ak",
        "CLOUD_SDK_SK": "$sk",
        "CLOUD_SDK_SECURITY_TOKEN": "$security_token",
        "CLOUD_SDK_PROJECT_ID": "$project_id",
        "HUAWEICLOUD_SDK_REGION_OCR_CN_NORTH_4": "$url",
        "HUAWEICLOUD_SDK_IAM_ENDPOINT": "$url",
    },
    snippet=_SNIPPET,
    call=call,
    sending=sending,
)
