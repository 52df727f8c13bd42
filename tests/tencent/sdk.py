"""The official Tencent SDK for Python, pointed at a mock, with an eye on what comes back over the wire."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace, TracebackType
from typing import Any, Protocol, Self
from unittest import mock as patching

import requests
from tencentcloud.common import abstract_client
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.ocr.v20181119 import models, ocr_client

from mockserver.accounts import Account

#: Every switch of Config that adds a warning.
WARNINGS = (
    "CopyWarn", "BorderCheckWarn", "ReshootWarn", "DetectPsWarn", "TempIdWarn", "InvalidDateWarn", "ReflectWarn",
)  # fmt: skip


class Now(Protocol):
    """What tells the time."""

    def now(self) -> float: ...


class Mock(Protocol):
    """A running mock, in this process or in another."""

    @property
    def authority(self) -> str: ...

    @property
    def clock(self) -> Now: ...

    def specimen(self, name: str) -> bytes: ...


class Sdk:
    """One client of the SDK. Use as a context manager, or call ``close``."""

    def __init__(
        self,
        mock: Mock,
        account: Account,
        *,
        secret_key: str | None = None,
        token: str | None = "",
        region: str | None = "ap-guangzhou",
        sign_method: str = "TC3-HMAC-SHA256",
        language: str | None = "zh-CN",
        service: str = "ocr",
        version: str = "2018-11-19",
        unsigned_payload: bool = False,
        **http: Any,
    ) -> None:
        """``http`` goes to the SDK's HttpProfile; its ``endpoint`` is the mock's address unless given. An empty
        ``token`` is replaced by the account's own, if it has one; None sends none."""
        keys = account.credentials
        profile = HttpProfile(**{"protocol": "http", "endpoint": mock.authority, **http})
        client_profile = ClientProfile(
            signMethod=sign_method, httpProfile=profile, language=language or "zh-CN"
        )
        client_profile.language = language
        client_profile.unsignedPayload = unsigned_payload
        sent_token = keys.get("token") if token == "" else token
        credential = Credential(keys["secret_id"], secret_key or keys["secret_key"], sent_token)
        self.client = ocr_client.OcrClient(credential, region, client_profile)
        self.client._service, self.client._apiVersion = service, version
        self.mock = mock
        self._session = self.client.request.conn._session
        self._session.hooks["response"].append(self._saw)
        #: The last answer, success or error.
        self.last: requests.Response | None = None

    def _saw(self, response: requests.Response, *_: Any, **__: Any) -> None:
        self.last = response

    def call(
        self, parameters: Any, *, action: str = "IDCardOCR", skew: float = 0, **more: Any
    ) -> dict[str, Any]:
        """The answer to a call with these parameters, as the SDK hands it out: what stands in ``Response``.

        The SDK's clock is the mock's, ``skew`` seconds ahead. Raises TencentCloudSDKException.
        """
        with self.at(self.mock.clock.now() + skew):
            answer: dict[str, Any] = self.client.call_json(action, parameters, **more)["Response"]
        return answer

    def refusal(self, parameters: Any, **more: Any) -> TencentCloudSDKException:
        """The exception that a call ends in."""
        try:
            answer = self.call(parameters, **more)
        except TencentCloudSDKException as error:
            return error
        raise AssertionError(f"no error but {answer}")

    def model(self, **parameters: Any) -> models.IDCardOCRResponse:
        """The answer as the SDK's own model, to a request that is its own model too."""
        request = models.IDCardOCRRequest()
        for name, value in parameters.items():
            setattr(request, name, value)
        with self.at(self.mock.clock.now()):
            return self.client.IDCardOCR(request)

    @property
    def reply(self) -> requests.Response:
        """The last answer as it came over the wire."""
        if self.last is None:
            raise LookupError("nothing has been answered yet")
        return self.last

    @staticmethod
    @contextmanager
    def at(moment: float) -> Iterator[None]:
        """The SDK's clock, and nobody else's, stands at ``moment`` (Unix seconds)."""
        with patching.patch.object(abstract_client, "time", SimpleNamespace(time=lambda: moment)):
            yield

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def picture(mock: Mock, specimen: str) -> dict[str, str]:
    """The parameter that sends a specimen."""
    return {"ImageBase64": base64.b64encode(mock.specimen(specimen)).decode()}


def config(*switches: str, **values: Any) -> dict[str, str]:
    """The parameter that turns switches on, or sets them to something else."""
    return {"Config": json.dumps({**dict.fromkeys(switches, True), **values})}


def advanced(answer: Mapping[str, Any]) -> dict[str, Any]:
    """AdvancedInfo, decoded."""
    info: dict[str, Any] = json.loads(answer["AdvancedInfo"])
    return info
