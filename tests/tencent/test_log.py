"""What stands in the log of a whole run of calls, and what never does."""

from __future__ import annotations

import logging
import re

import pytest

from mockserver.accounts import Account
from mockserver.cards.named import load_specimens
from mockserver.testing import MockServer
from tests.customers import UNLIMITED
from tests.tencent.conftest import Client, mint
from tests.tencent.raw import tc3, v1, v1_parameters
from tests.tencent.sdk import config, picture

LINE = re.compile(
    r"tencent (?P<operation>IDCardOCR|-) account=(?P<account>[\w.-]+) code=(?P<code>[\w.]+) status=200 "
    r"ms=\d+\.\d request=[0-9a-f-]{36}"
)


@pytest.fixture
def customer(frozen_mock: MockServer) -> Account:
    """An account with a token, under a name that is not part of its credentials."""
    minted = mint(frozen_mock, token="TOKENMOCKTOKENMOCK")
    account = Account("tencent", "customer", "active", minted.credentials, {"requests_per_second": UNLIMITED})
    frozen_mock.world.accounts.add(account)
    return account


def test_a_run(
    frozen_mock: MockServer, customer: Account, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """One line per call, of one form, without pictures, keys, numbers, names or anything else that was sent."""
    caplog.set_level(logging.DEBUG)
    calls = _run(frozen_mock, customer, client)
    own = [r.getMessage() for r in caplog.records if r.name.startswith("idmock") or "mockserver" in r.name]
    lines = [line for line in own if line.startswith("tencent ")]
    assert len(lines) == calls
    found = [LINE.fullmatch(line) for line in lines]
    assert {match["account"] for match in found if match} == {"customer", "-"}
    assert None not in found, lines

    text = "\n".join(own)
    secrets = [*customer.credentials.values(), "SECRETVALUE", "/9j/4AAQ", "TC3-HMAC"]
    for specimen in load_specimens().values():
        for shown in specimen.cards:
            fields = shown.card.fields
            secrets += [value for value in fields.values() if len(value) > 1]
    assert not [secret for secret in secrets if secret in text]
    assert not re.search(r"\d{17}[\dXx]", text)


def _run(mock: MockServer, customer: Account, client: Client) -> int:
    """Every specimen by the SDK, and calls that go wrong at each stage; the number of calls."""
    sdk = client(mock, customer)
    switches = config(
        "CropIdCard", "CropPortrait", "Quality", "ReflectWarn", "BorderCheckWarn", "MultiCardDetect"
    )
    calls = 0
    for name in load_specimens():
        if name == "recognition-slow":
            continue
        if name in ("front", "back", "both", "front-rare", "front-glare"):
            sdk.call({**picture(mock, name), **switches})
        else:
            client(mock, customer, token="SECRETVALUE").refusal(picture(mock, name))
        calls += 1
    moment = mock.clock.now()
    broken = [
        tc3(customer, {"SECRETVALUE": "370117199502149751"}, timestamp=moment),
        tc3(customer, body=b'{"SECRETVALUE', timestamp=moment),
        tc3(customer, {"ImageUrl": "http://xx/SECRETVALUE.jpg"}, timestamp=moment),
        tc3(customer, {}, timestamp=moment, key="SECRETVALUE"),
        tc3(customer, {}, timestamp=moment).with_headers({"X-TC-Action": "SECRETVALUE"}),
        tc3(customer, {}, timestamp=moment).with_headers({"Authorization": "SECRETVALUE"}),
        tc3(customer, {}, timestamp=moment - 1000),
        v1(customer, v1_parameters(customer, Timestamp=int(moment), CardSide="SECRETVALUE\r\n\udcff")),
    ]
    for request in broken:
        for sent in (request, request.with_headers({"X-TC-Token": customer.credentials["token"]})):
            assert sent.send(mock).code is not None
            calls += 1
    return calls


def test_operation_is_named_only_when_it_is_ours(
    frozen_mock: MockServer, customer: Account, caplog: pytest.LogCaptureFixture
) -> None:
    """What a client calls its action is not repeated into the log."""
    caplog.set_level(logging.INFO, "idmock.access")
    tc3(customer, {}).with_headers({"X-TC-Action": "fake code=ok status=200"}).send(frozen_mock)
    (line,) = [r.getMessage() for r in caplog.records if r.name == "idmock.access"]
    assert line.startswith("tencent - account=- code=InvalidAction status=200 ")
