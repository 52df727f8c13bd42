"""Little clients that behave well or badly on purpose, in a time that the test has in its hands."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
import requests

from loadtests.grade.fetch import Asked, fetch
from loadtests.grade.judges import judge
from loadtests.grade.verdict import Finding
from mockserver import vendors
from mockserver.accounts import Account
from mockserver.clock import Clock
from mockserver.settings import Settings
from mockserver.testing import MockServer
from mockserver.vendors._tencent import signatures

#: Time from one call to the next, of a client that is in no hurry: more than the mock takes for an answer.
PACE_SECONDS = 0.5


@dataclass
class Hands:
    """A time that passes when somebody sleeps. It begins at a whole second."""

    now: float = 1_800_000_000.0

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def mock(
        self, settings: Settings | None = None, sleep: Callable[[float], None] | None = None
    ) -> MockServer:
        """A server that lives in this time; ``sleep`` is what it does when a fault delays an answer."""
        return MockServer(settings, clock=Clock(self.time), sleep=sleep or self.sleep)


@dataclass
class Client:
    """One worker with an account, calling through the vendor's own client."""

    mock: MockServer
    hands: Hands
    account: Account

    def picture(self, number: int = 0, specimen: str = "front") -> bytes:
        """One of as many pictures as are wanted, each with a digest of its own."""
        return self.mock.specimen(specimen) + (f"number {number:04}".encode() if number else b"")

    def call(self, picture: bytes | None = None) -> str:
        """Send one picture; ``ok``, or the code that came back."""
        image = self.picture() if picture is None else picture
        try:
            vendors.load(self.account.vendor).client.call(self.mock.url, self.account, image)
        except RuntimeError as error:
            return str(error)
        return "ok"

    def call_each(self, pictures: Iterable[bytes], pace: float = PACE_SECONDS) -> None:
        """Send pictures one after the other, in no hurry."""
        for picture in pictures:
            self.call(picture)
            self.hands.sleep(pace)

    def persist(self, waits: Iterable[float], picture: bytes | None = None) -> str:
        """Send one picture until it succeeds, waiting as told between the attempts."""
        code = self.call(picture)
        for wait in waits:
            if code == "ok":
                break
            self.hands.sleep(wait)
            code = self.call(picture)
        self.hands.sleep(PACE_SECONDS)
        return code

    def grade(self, rule: str, **asked: Any) -> Finding:
        """What is found by one rule."""
        return findings(self.mock, self.account, **asked)[rule]


@dataclass(frozen=True)
class Signed:
    """A Tencent call, signed at a moment, that can be sent as often as somebody wants."""

    url: str
    headers: dict[str, str]
    body: bytes

    def send(self) -> str:
        """The code that comes back, or ``ok``."""
        answer = requests.post(self.url, self.body, headers=self.headers, timeout=10).json()["Response"]
        return str(answer.get("Error", {"Code": "ok"})["Code"])


def sign(
    mock: MockServer, account: Account, picture: bytes, at: float, *, payload: bool = True, **more: Any
) -> Signed:
    """An IDCardOCR call signed with TC3-HMAC-SHA256 at a moment, its ``payload`` covered or not."""
    body = orjson.dumps({"ImageBase64": base64.b64encode(picture).decode(), **more})
    timestamp, names = str(int(at)), ("content-type", "host")
    headers = {"content-type": "application/json", "host": mock.authority}
    covered = body if payload else signatures.UNSIGNED_PAYLOAD.encode()
    digest = hashlib.sha256(covered).hexdigest()
    date = signatures.utc_date(int(timestamp))
    canonical = signatures.tc3_canonical_request("POST", "", headers, names, digest)
    key = signatures.tc3_signing_key(account.credentials["secret_key"], date, "ocr")
    to_sign = signatures.tc3_string_to_sign(timestamp, date, "ocr", canonical)
    scope = f"{account.credentials['secret_id']}/{date}/ocr/tc3_request"
    headers |= {
        "X-TC-Action": "IDCardOCR",
        "X-TC-Version": "2018-11-19",
        "X-TC-Region": "ap-guangzhou",
        "X-TC-Timestamp": timestamp,
        "Authorization": f"{signatures.TC3} Credential={scope}, SignedHeaders={';'.join(names)}, "
        f"Signature={signatures.tc3_signature(key, to_sign)}",
    }
    if not payload:
        headers["X-TC-Content-SHA256"] = signatures.UNSIGNED_PAYLOAD
    return Signed(mock.url, headers, body)


def findings(mock: MockServer, account: Account, **asked: Any) -> dict[str, Finding]:
    """What is found of an account's run, by rule, as `idmock grade` finds it: over HTTP."""
    found = fetch(Asked(mock.url, f"{account.vendor}/{account.name}", **asked))
    return {verdict.rule.id: verdict.finding for verdict in judge(found.run)}
