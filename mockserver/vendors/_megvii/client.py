"""How a client is pointed at the mock: there is no SDK for this route, the vendor's page shows curl (contract §8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mockserver.accounts import Account
from mockserver.vendor import Client, Sending

PATH = "/faceid/v3/ocridcard"

_SNIPPET = """\
# As on the vendor's page:
#   curl "$$MEGVII_URL" -F api_key="$$MEGVII_API_KEY" -F api_secret="$$MEGVII_API_SECRET" \\
#     -F image=@fixtures/images/front.jpg -F return_portrait=1
# The same in Python (pip install requests):
import os
import requests

with open("fixtures/images/front.jpg", "rb") as picture:
    reply = requests.post(
        os.environ["MEGVII_URL"],  # the address is the only difference from production
        data={
            "api_key": os.environ["MEGVII_API_KEY"],
            "api_secret": os.environ["MEGVII_API_SECRET"],
            "return_portrait": "0",
        },
        files={"image": picture},
        timeout=30,
    )
if reply.status_code == 413:  # the one answer that is not JSON
    raise SystemExit(reply.text)
answer = reply.json()
if reply.status_code != 200:
    raise SystemExit(answer.get("error") or answer.get("error_message"))
print(answer["name"]["result"])
"""


def call(url: str, account: Account, image: bytes) -> Mapping[str, str]:
    """One upload; see `mockserver.vendor.Client`. Of two cards the vendor reads one. The birth date is given as year,
    month and day with dashes."""
    import requests

    sent = sending(account, urlsplit(url).netloc, image, {}, 0.0)
    reply = requests.post(url + sent.target, sent.body, headers=dict(sent.headers), timeout=30)
    if reply.status_code == 413:  # the one answer that is not JSON
        raise RuntimeError(reply.text)
    answer: dict[str, Any] = reply.json()
    if reply.status_code != 200:
        raise RuntimeError(answer.get("error") or answer.get("error_message"))
    texts = {
        name: value["result"]
        for name, value in answer.items()
        if isinstance(value, dict) and "result" in value
    }
    if answer["side"] == 1:
        validity = f"{texts['valid_date_start']}-{texts['valid_date_end']}"
        return {"authority": texts["issued_by"], "validity": validity}
    birth = "-".join(texts[part] for part in ("birth_year", "birth_month", "birth_day"))
    return {"name": texts["name"], "birth": birth, "number": texts["idcard_number"]}


def sending(
    account: Account, authority: str, image: bytes, parameters: Mapping[str, Any], now: float
) -> Sending:
    """One upload, a multipart form with the credentials in it; see `mockserver.vendor.Client`."""
    import requests

    form = requests.Request(
        "POST",
        f"http://{authority}{PATH}",
        data={**account.credentials, **parameters},
        files={"image": ("card.jpg", image)},
    ).prepare()
    if not isinstance(form.body, bytes):
        raise TypeError("a form with a file in it is bytes")
    return Sending("POST", PATH, {"Host": authority, "Content-Type": form.headers["Content-Type"]}, form.body)


CLIENT = Client(
    environment={
        "MEGVII_API_KEY": "$api_key",
        "MEGVII_API_SECRET": "$api_secret",
        "MEGVII_URL": "$url" + PATH,
    },
    snippet=_SNIPPET,
    call=call,
    sending=sending,
)
