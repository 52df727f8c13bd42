"""How a client is pointed at the mock (contract §8): the seller's page offers no SDK, only plain HTTP."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from mockserver.accounts import Account
from mockserver.vendor import Client, Sending

_JSON = "application/json; charset=utf-8"

_SNIPPET = """\
# pip install requests
import base64, os, requests

with open("fixtures/images/front.jpg", "rb") as picture:
    image = "data:image/jpeg;base64," + base64.b64encode(picture.read()).decode()
answer = requests.post(
    os.environ["ALIMARKET_URL"] + "/idcard/ocr",  # in production https://idc.market.alicloudapi.com/idcard/ocr
    json={"image": image},
    headers={
        "Authorization": "APPCODE " + os.environ["ALIMARKET_APPCODE"],
        "Content-Type": "application/json; charset=utf-8",
    },
    timeout=30,
)
if not answer.content:  # the gateway refuses in headers, and its body is empty
    raise SystemExit(f"gateway {answer.status_code}: {answer.headers['X-Ca-Error-Message']}")
body = answer.json()
if body["status"] != 200:  # the seller refuses in the body
    raise SystemExit(body["msg"])
print(body["data"]["name"])
"""


def call(url: str, account: Account, image: bytes) -> Mapping[str, str]:
    """One call with the AppCode; see `mockserver.vendor.Client`."""
    import requests

    sent = sending(account, urlsplit(url).netloc, image, {}, 0.0)
    answer = requests.post(url + sent.target, sent.body, headers=dict(sent.headers), timeout=10)
    if not answer.content:
        told = answer.headers
        raise RuntimeError(told.get("X-Ca-Error-Code") or told.get("X-Ca-Error-Message", "no answer"))
    value = answer.json()
    if value["status"] != 200:
        raise RuntimeError(f"{value['status']} {value['msg']}")
    data = value["data"]
    fields = {"name": data.get("name"), "birth": data.get("birth_date"), "number": data.get("number")}
    if data["type"] != "front":
        fields["authority"] = data["authority"]
        fields["validity"] = f"{data['issuing_date']}-{data['expiry_date']}"
    return {name: text for name, text in fields.items() if text}


def sending(
    account: Account, authority: str, image: bytes, parameters: Mapping[str, Any], now: float
) -> Sending:
    """One call with the AppCode, which proves nothing about host, time or body; see `mockserver.vendor.Client`."""
    body = orjson.dumps({"image": "data:image/jpeg;base64," + base64.b64encode(image).decode(), **parameters})
    headers = {
        "Host": authority,
        "Authorization": f"APPCODE {account.credentials['app_code']}",
        "Content-Type": _JSON,
    }
    return Sending("POST", "/idcard/ocr", headers, body)


CLIENT = Client(
    environment={
        "ALIMARKET_URL": "$url",
        "ALIMARKET_APPCODE": "$app_code",
        "ALIMARKET_APPKEY": "$app_key",
        "ALIMARKET_APPSECRET": "$app_secret",
    },
    snippet=_SNIPPET,
    call=call,
    sending=sending,
)
