"""Reads an ID card with Tencent, and with Megvii when Tencent cannot: a client small enough to be copied.

Which error leads where is the whole point of it:

* busy, out of order, unreachable, slow: wait and try again, and after a few attempts ask the next vendor;
* the picture is no good: no vendor will do better, and each one asked costs money;
* our own key or request is wrong: say so at once. Another vendor would hide it until somebody reads the bill.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import httpx
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.ocr.v20181119 import models, ocr_client


@dataclass(frozen=True)
class Person:
    """Who is on the card, and which vendor read it."""

    name: str
    id_number: str
    read_by: str


class VendorError(Exception):
    """What a vendor answered in place of a person: its name, and the code that it gave."""

    def __init__(self, vendor: str, code: str) -> None:
        super().__init__(f"{vendor}: {code}")
        self.vendor, self.code = vendor, code


class Unavailable(VendorError):
    """May work later, or elsewhere."""


class PictureRefused(VendorError):
    """Another picture is needed."""


class Misconfigured(VendorError):
    """Key, permission, balance or request are wrong: a human is needed."""


class Vendor(Protocol):
    """One way to read a card."""

    def read(self, picture: bytes) -> Person:
        """Raises Unavailable, PictureRefused or Misconfigured."""


class Tencent:
    """IDCardOCR through the official SDK."""

    _BUSY = ("RequestLimitExceeded", "InternalError", "ServiceUnavailable")
    _NOT_OURS = ("FailedOperation.OcrFailed", "FailedOperation.UnKnowError", "FailedOperation.DownLoadError")
    _PICTURE = ("FailedOperation.", "LimitExceeded.TooLargeFileError")

    def __init__(self, endpoint: str, secret_id: str, secret_key: str, timeout_seconds: float = 5) -> None:
        url = urlsplit(endpoint)
        http = HttpProfile(protocol=url.scheme, endpoint=url.netloc, reqTimeout=timeout_seconds)
        credential = Credential(secret_id, secret_key)
        self._client = ocr_client.OcrClient(credential, "ap-guangzhou", ClientProfile(httpProfile=http))

    def read(self, picture: bytes) -> Person:
        request = models.IDCardOCRRequest()
        request.ImageBase64 = base64.b64encode(picture).decode()
        try:
            answer = self._client.IDCardOCR(request)
        except TencentCloudSDKException as error:
            raise self._meaning(error) from error
        return Person(answer.Name, answer.IdNum, "tencent")

    def _meaning(self, error: TencentCloudSDKException) -> VendorError:
        code = error.code
        # Without a request's id it is the SDK's own error: no connection, half an answer, a page of a load balancer.
        if not error.requestId or code.startswith(self._BUSY + self._NOT_OURS):
            return Unavailable("tencent", code)
        if code.startswith(self._PICTURE):
            return PictureRefused("tencent", code)
        return Misconfigured("tencent", code)


class Megvii:
    """POST /faceid/v3/ocridcard, by hand."""

    _BUSY = ("CONCURRENCY_LIMIT_EXCEEDED", "INTERNAL_ERROR")
    _PICTURE = (
        "ID_CARD_NOT_FOUND",
        "INVALID_IMAGE_SIZE",
        "IMAGE_ERROR_UNSUPPORTED_FORMAT",
        "Request Entity Too Large",
    )

    def __init__(self, endpoint: str, api_key: str, api_secret: str, timeout_seconds: float = 5) -> None:
        self._key = {"api_key": api_key, "api_secret": api_secret}
        self._http = httpx.Client(base_url=endpoint, timeout=timeout_seconds)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def read(self, picture: bytes) -> Person:
        try:
            answer = self._http.post("/faceid/v3/ocridcard", data=self._key, files={"image": picture})
        except httpx.TransportError as error:
            raise Unavailable("megvii", type(error).__name__) from error
        if answer.is_success:
            said = answer.json()
            return Person(said["name"]["result"], said["idcard_number"]["result"], "megvii")
        try:
            code = answer.json()["error"].partition(":")[0]
        except ValueError:
            code = answer.text.strip()
        if code in self._PICTURE:
            raise PictureRefused("megvii", code)
        if code in self._BUSY or answer.is_server_error:
            raise Unavailable("megvii", code)
        raise Misconfigured("megvii", code)


class Reader:
    """Asks the vendors in turn, each ``attempts`` times, with a pause that doubles."""

    def __init__(
        self,
        vendors: Sequence[Vendor],
        attempts: int = 3,
        pause_seconds: float = 1.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._vendors, self._attempts, self._pause, self._sleep = vendors, attempts, pause_seconds, sleep

    def read(self, picture: bytes) -> Person:
        """The person on the card.

        Raises PictureRefused, Misconfigured, or an ExceptionGroup with the last error of every vendor.
        """
        failures = []
        for vendor in self._vendors:
            for attempt in range(self._attempts):
                if attempt:
                    self._sleep(self._pause * 2 ** (attempt - 1))
                try:
                    return vendor.read(picture)
                except Unavailable as error:
                    last = error
            failures.append(last)
        raise ExceptionGroup("no vendor could read the card", failures)
