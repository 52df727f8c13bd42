"""The official Huawei SDK for Python, pointed at a mock, with an eye on what comes back over the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace, TracebackType
from typing import Any, Self
from unittest import mock as patching

import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from huaweicloudsdkcore.http.http_handler import HttpHandler
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkcore.signer import signer
from huaweicloudsdkocr.v1 import IdCardRequestBody, OcrClient, RecognizeIdCardRequest
from huaweicloudsdkocr.v1.model.recognize_id_card_response import RecognizeIdCardResponse

from mockserver.accounts import Account
from mockserver.testing import MockServer

#: Every switch that asks for something beside the fields.
SWITCHES = tuple(
    name for name in IdCardRequestBody.openapi_types if name.startswith(("return_", "detect_"))
)  # fmt: skip

Change = Callable[[Any], None]


class Sdk:
    """One client of the SDK. Use as a context manager, or call ``close``."""

    def __init__(
        self,
        mock: MockServer,
        account: Account,
        *,
        ak: str | None = None,
        sk: str | None = None,
        security_token: str | None = "",
        project_id: str | None = "",
        region: str | None = None,
        change: Change | None = None,
    ) -> None:
        """An empty ``project_id`` or ``security_token`` is replaced by the account's own; None gives none. With a
        ``region`` the client looks its project up, in the mock too, when it was given none. ``change`` gets each
        request after it was signed."""
        keys = account.credentials
        credentials = BasicCredentials(
            ak or keys["ak"], sk or keys["sk"], keys["project_id"] if project_id == "" else project_id
        )
        token = keys.get("security_token") if security_token == "" else security_token
        if token is not None:
            credentials.with_security_token(token)
        credentials.with_iam_endpoint(mock.url)
        self._mock, self._change = mock, change
        #: The last answer, success or error.
        self.last: requests.Response | None = None
        handler = HttpHandler().add_request_handler(self._sends).add_response_handler(self._saw)
        builder = OcrClient.new_builder().with_http_handler(handler).with_credentials(credentials)
        if region is not None:
            builder.with_region(Region(region, mock.url))
        else:
            builder.with_endpoint(mock.url)
        with self.at(mock.clock.now()):
            self.client = builder.build()

    def _sends(self, **event: Any) -> None:
        if self._change is not None:
            self._change(event["request"])

    def _saw(self, **event: Any) -> None:
        self.last = event["response"]

    def call(self, *, skew: float = 0, **parameters: Any) -> RecognizeIdCardResponse:
        """One call with these members of its body. The SDK's clock is the mock's, ``skew`` seconds ahead."""
        request = RecognizeIdCardRequest(body=IdCardRequestBody(**parameters))
        with self.at(self._mock.clock.now() + skew):
            return self.client.recognize_id_card(request)

    def refusal(self, **more: Any) -> ServiceResponseException:
        """The exception of a call. Raises AssertionError when it succeeds."""
        try:
            answer = self.call(**more)
        except ServiceResponseException as error:
            return error
        raise AssertionError(f"no error but {answer}")

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
        now = datetime.fromtimestamp(moment, UTC)
        clock = SimpleNamespace(utcnow=lambda: now, strftime=datetime.strftime, strptime=datetime.strptime)
        with patching.patch.object(signer, "datetime", clock):
            yield

    def close(self) -> None:
        self.client._http_client.close()
        self.client._http_client.executor.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def show_token(token: str | None) -> Change:
    """A change after signing: the token in place of the signature, or with None neither of them."""

    def change(request: Any) -> None:
        for name in ("Authorization", "X-Sdk-Date"):
            request.header_params.pop(name, None)
        if token is not None:
            request.header_params["X-Auth-Token"] = token

    return change
