"""The official Aliyun SDKs for Python, pointed at a mock, with an eye on what comes back over the wire."""

from __future__ import annotations

import http.client
import io
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock as patching

from alibabacloud_ocr_api20210707 import models
from alibabacloud_ocr_api20210707.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_openapi.utils import Utils
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from darabonba.runtime import RuntimeOptions

from mockserver.accounts import Account
from mockserver.testing import MockServer


@contextmanager
def watched() -> Iterator[list[http.client.HTTPResponse]]:
    """Every response that any client of this process gets meanwhile: their headers stay readable."""
    seen: list[http.client.HTTPResponse] = []
    original = http.client.HTTPConnection.getresponse

    def getresponse(self: http.client.HTTPConnection) -> http.client.HTTPResponse:
        seen.append(original(self))
        return seen[-1]

    with patching.patch.object(http.client.HTTPConnection, "getresponse", getresponse):
        yield seen


class Sdk:
    """``alibabacloud-ocr-api20210707``: signature ACS3."""

    def __init__(
        self,
        mock: MockServer,
        account: Account,
        *,
        secret: str | None = None,
        key_id: str | None = None,
        token: str | None = "",
        action: str | None = None,
        version: str | None = None,
        **config: Any,
    ) -> None:
        """``config`` goes to the SDK's Config. An empty ``token`` is replaced by the account's own, None sends none;
        ``action`` and ``version`` are what the client believes in place of the right ones."""
        keys = account.credentials
        settings = {
            "access_key_id": key_id or keys["access_key_id"],
            "access_key_secret": secret or keys["access_key_secret"],
            "security_token": keys.get("security_token") if token == "" else token,
            "endpoint": mock.authority,
            "protocol": "HTTP",
            **config,
        }
        self.client = Client(Config(**settings))
        call_api = self.client.call_api

        def believing(params: Any, *more: Any) -> Any:
            params.action, params.version = action or params.action, version or params.version
            return call_api(params, *more)

        self.client.call_api = believing

    def call(
        self,
        image: bytes | None = None,
        *,
        nonce: str | None = None,
        timestamp: str | None = None,
        runtime: RuntimeOptions | None = None,
        **parameters: Any,
    ) -> models.RecognizeIdcardResponse:
        """One call; ``parameters`` are the model's own, ``nonce`` and ``timestamp`` what its helpers come up with."""
        body = None if image is None else io.BytesIO(image)
        request = models.RecognizeIdcardRequest(body=body, **parameters)
        with ExitStack() as stack:
            if nonce is not None:
                stack.enter_context(patching.patch.object(Utils, "get_nonce", lambda: nonce))
            if timestamp is not None:
                stack.enter_context(patching.patch.object(Utils, "get_timestamp", lambda: timestamp))
            return self.client.recognize_idcard_with_options(request, runtime or RuntimeOptions())

    def data(self, image: bytes | None = None, **more: Any) -> dict[str, Any]:
        """The object inside Data."""
        found: dict[str, Any] = json.loads(self.call(image, **more).body.data)
        return found

    def refusal(self, image: bytes | None = None, **more: Any) -> AlibabaCloudException:
        """The exception of a call. Raises AssertionError when it succeeds."""
        try:
            self.call(image, **more)
        except AlibabaCloudException as error:
            return error
        raise AssertionError("the call succeeded")


class Core:
    """``aliyun-python-sdk-core``: the RPC signature, parameters in the query."""

    def __init__(self, mock: MockServer, account: Account, *, secret: str | None = None) -> None:
        keys, secret = account.credentials, secret or account.credentials["access_key_secret"]
        if "security_token" in keys:
            credential = StsTokenCredential(keys["access_key_id"], secret, keys["security_token"])
            self.client = AcsClient(region_id="cn-hangzhou", credential=credential)
        else:
            self.client = AcsClient(keys["access_key_id"], secret, "cn-hangzhou")
        self.domain = mock.authority

    def call(self, image: bytes | None = None, *, method: str = "POST", **parameters: str) -> dict[str, Any]:
        """One call; an image goes out as the body, which this signature does not cover."""
        request = CommonRequest(domain=self.domain, version="2021-07-07", action_name="RecognizeIdcard")
        request.set_protocol_type("http")
        request.set_method(method)
        for name, value in parameters.items():
            request.add_query_param(name, value)
        if image is not None:
            request.set_content(image)
            request.set_content_type("application/octet-stream")
        answer: dict[str, Any] = json.loads(self.client.do_action_with_exception(request))
        return answer

    def refusal(self, image: bytes | None = None, **more: Any) -> ServerException:
        """The exception of a call. Raises AssertionError when it succeeds."""
        try:
            self.call(image, **more)
        except ServerException as error:
            return error
        raise AssertionError("the call succeeded")
