"""Every edition: what it changes, and that its rows still have triggers that work."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.contract import ErrorRow, available_editions, load_contract
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.conftest import StartMock
from tests.huawei import raw
from tests.huawei.client import LANGUAGE, produce
from tests.huawei.conftest import mint
from tests.huawei.raw import Raw
from tests.triggers import encoded, message_pattern

DEFAULT = load_contract("huawei")


def changed_rows() -> list[Any]:
    """The rows that an edition spells, triggers or answers in another way than the default one."""
    return [
        pytest.param(edition, row, id=f"{edition}/{row.rule}")
        for edition in available_editions("huawei")
        for row in load_contract("huawei", (edition,)).errors.values()
        if row != DEFAULT.errors.get(row.rule)
    ]


def of_edition(start: StartMock, *editions: str, **more: Any) -> MockServer:
    return start(Settings(editions={"huawei": editions}), **more)


def send(mock: MockServer, body: object = None, **more: Any) -> raw.Reply:
    """A call of a new account; ``specimen`` stands for its picture."""
    specimen = more.pop("specimen", None)
    if specimen is not None:
        body = {"image": encoded(mock.specimen(specimen)), **(body if isinstance(body, dict) else {})}
    return raw.signed(mint(mock), body, host=mock.authority, **more).send(mock)


@pytest.mark.parametrize(("edition", "row"), changed_rows())
def test_changed_rows_have_triggers_that_work(start_mock: StartMock, edition: str, row: ErrorRow) -> None:
    """With the edition's own message and trigger."""
    outcome = produce(of_edition(start_mock, edition), row)
    assert (outcome.rule, outcome.status) == (row.rule, row.http_status)
    assert message_pattern(row, LANGUAGE).fullmatch(outcome.message), outcome.message


def test_gateway_2023_shows_the_canonical_request(start_mock: StartMock) -> None:
    """Line ends as bars, behind a comma and a space."""
    mock = of_edition(start_mock, "gateway-2023")
    account = mint(mock)
    reply = raw.signed(account, {}, host=mock.authority, secret="wrong").send(mock)
    head, _, shown = reply.message.partition(", canonicalRequest:")
    assert head.endswith("verify aksk signature fail")
    lines = shown.split("|")
    assert lines[:3] == ["POST", f"{raw.path_of(account)}/", ""]
    assert lines[-2] == "content-type;host;x-sdk-date"


def test_shared_gateway_spells_its_codes_its_own_way(start_mock: StartMock) -> None:
    """On both endpoints; the service's codes stay."""
    mock = of_edition(start_mock, "shared-gateway")
    assert Raw("POST", "/v2/ocr/id-card").send(mock).code == "APIGW.0101"
    assert Raw("POST", "/v3/nothing").send(mock).code == "APIGW.0101"
    assert send(mock, {}).code == "AIS.0101"


def test_per_minute(start_mock: StartMock) -> None:
    """Sixty times as many calls, counted for a minute."""
    mock = of_edition(start_mock, "throttle-per-minute")
    mock.clock.freeze(1_700_000_040)
    account = mint(mock, requests_per_second=1)
    request = raw.signed(account, {}, host=mock.authority, moment=mock.clock.now())
    rules = [request.send(mock).rule for _ in range(61)]
    assert rules == ["AIS.0101"] * 60 + ["APIG.0308"]
    assert request.send(mock).message.endswith("policy user over ratelimit,limit:60,time:1 minute")
    mock.clock.shift(60)
    assert request.send(mock).rule == "AIS.0101"


def test_error_page_order(start_mock: StartMock) -> None:
    """error_msg first."""
    assert list(send(of_edition(start_mock, "error-page-order"), {}).json) == ["error_msg", "error_code"]


def test_page_examples(start_mock: StartMock) -> None:
    """Four checks in place of five."""
    mock = of_edition(start_mock, "page-examples")
    reply = send(mock, {"return_verification": True}, specimen="front")
    load_contract("huawei", ("page-examples",)).response_validator.validate(reply.json)
    checks = ["valid_number", "valid_birth", "valid_sex", "valid_date"]
    assert list(reply.result["verification_result"]) == checks


def test_lenient(start_mock: StartMock) -> None:
    """What is refused by default is taken."""
    mock = of_edition(start_mock, "lenient")
    text = {"headers": {"Content-Type": "text/plain"}}
    assert send(mock, specimen="front", **text).status == 200
    assert send(mock, specimen="front", target=f"/v2/{'f' * 32}/ocr/id-card").status == 200
    assert send(mock, specimen="front", target="/v1.0/ocr/id-card").status == 200
    assert "number" in send(mock, {"side": "back"}, specimen="front").result
    assert send(mock, {"side": "double_side"}, specimen="no-card").result == {"front": {}, "back": {}}


def test_one_card_per_side(start_mock: StartMock) -> None:
    """Two fronts are refused without double_side too; front and back are not."""
    mock = of_edition(start_mock, "one-card-per-side")
    assert send(mock, specimen="two-fronts").rule == "AIS.0122"
    assert send(mock, specimen="both").status == 200


def test_other_shapes(start_mock: StartMock) -> None:
    """Unread fields are absent, score_info is there without an alarm."""
    result = send(of_edition(start_mock, "other-shapes"), specimen="front-cut-deep").result
    assert "name" not in result
    assert result["score_info"] == {}


def test_slow_answers(start_mock: StartMock) -> None:
    """After the time that it takes."""
    waits: list[float] = []
    mock = of_edition(start_mock, "slow-answers", sleep=waits.append)
    assert send(mock, specimen="recognition-slow").status == 200
    assert waits == [DEFAULT.behaviour("slow_recognition_seconds")]


def test_all_editions_together(start_mock: StartMock) -> None:
    """None breaks another."""
    mock = of_edition(start_mock, *available_editions("huawei"))
    assert send(mock, specimen="front").status == 200
