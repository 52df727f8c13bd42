"""What a success holds, beside the truth of the specimens."""

from __future__ import annotations

import json
from typing import Any

from mockserver.cards.named import SpecimenCard, load_specimens
from mockserver.contract import load_contract
from mockserver.testing import MockServer
from tests.huawei.sdk import SWITCHES, Sdk
from tests.triggers import encoded

CONTRACT = load_contract("huawei")
ALL = dict.fromkeys(SWITCHES, True)
FRONT = ("name", "sex", "ethnicity", "birth", "address", "number")
BACK = ("issue", "valid_from", "valid_to")
OWN_NAMES = {"ethnicity": "nation", "number": "id_number", "issue": "authority", "valid_to": "valid_until"}


def truth(specimen: str, side: str, name: str) -> str:
    """What a specimen's card says, by the vendor's name of the field."""
    return str(card_of(specimen, side).card.fields[OWN_NAMES.get(name, name)])


def card_of(specimen: str, side: str) -> SpecimenCard:
    """The first card of that side."""
    return next(c for c in load_specimens()[specimen].cards if c.card.side == side)


def result_of(sdk: Sdk, mock: MockServer, specimen: str, **parameters: Any) -> dict[str, Any]:
    """``result`` of a call through the SDK, checked against the response schema, and nothing of it lost."""
    answer = sdk.call(image=encoded(mock.specimen(specimen)), **parameters)
    sent = json.loads(sdk.reply.content)
    CONTRACT.response_validator.validate(sent)
    assert answer.x_request_id == sdk.reply.headers["X-Request-Id"]
    assert _without_none(answer.result.to_dict()) == sent["result"]
    result: dict[str, Any] = sent["result"]
    return result


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_none(v) for k, v in value.items() if v is not None}
    return value
