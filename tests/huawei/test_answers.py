"""What a success holds: the fields of each side, and what each switch adds, against the truth of the specimens."""

from __future__ import annotations

import base64
import io
import math
from datetime import datetime

import pytest
from huaweicloudsdkocr.v1 import IdCardResult
from PIL import Image

from mockserver.accounts import Account
from mockserver.cards.draw import draw_card
from mockserver.cards.model import Card
from mockserver.cards.numbers import check_digit
from mockserver.testing import MockServer
from tests.conftest import StartMock
from tests.huawei import raw
from tests.huawei.conftest import mint
from tests.huawei.results import BACK, CONTRACT, FRONT, OWN_NAMES, card_of, result_of, truth
from tests.huawei.sdk import Sdk
from tests.triggers import encoded


class TestFields:
    @pytest.mark.parametrize("side", ["front", "", None])
    def test_front(self, sdk: Sdk, idmock: MockServer, side: str | None) -> None:
        """The six fields and nothing else, whether the side is asked for or recognised."""
        result = result_of(sdk, idmock, "front", side=side)
        assert result == {name: truth("front", "front", name) for name in FRONT}

    @pytest.mark.parametrize("side", ["back", "", None])
    def test_back(self, sdk: Sdk, idmock: MockServer, side: str | None) -> None:
        """The three fields of the emblem side."""
        result = result_of(sdk, idmock, "back", side=side)
        assert result == {name: truth("back", "back", name) for name in BACK}

    def test_double_side(self, sdk: Sdk, idmock: MockServer) -> None:
        """An object for each side, and nothing beside them."""
        result = result_of(sdk, idmock, "both", side="double_side")
        assert result == {
            "front": {name: truth("both", "front", name) for name in FRONT},
            "back": {name: truth("both", "back", name) for name in BACK},
        }

    def test_double_side_with_one_card(self, sdk: Sdk, idmock: MockServer) -> None:
        """The side that is not there, or that cannot be read, is an empty object."""
        assert result_of(sdk, idmock, "front", side="double_side")["back"] == {}
        assert result_of(sdk, idmock, "back", side="double_side")["front"] == {}
        nothing = {"front": {}, "back": {}}
        assert result_of(sdk, idmock, "front-unreadable", side="double_side") == nothing

    @pytest.mark.parametrize("side", ["front", "back"])
    def test_one_side_of_two_cards(self, sdk: Sdk, idmock: MockServer, side: str) -> None:
        """The side that was asked for."""
        result = result_of(sdk, idmock, "both", side=side)
        assert set(result) == set(FRONT if side == "front" else BACK)

    def test_two_cards_and_no_side(self, sdk: Sdk, idmock: MockServer) -> None:
        """Of two equally large cards the portrait side."""
        assert set(result_of(sdk, idmock, "both")) == set(FRONT)

    @pytest.mark.parametrize(
        "specimen",
        [
            "front-temporary", "front-photocopy", "front-screen", "front-edited", "front-tilted",
            "front-rotated-90", "front-rotated-180", "front-rotated-270", "front-perspective", "front-minority",
            "front-rare", "front-long-address", "front-bad-number", "front-birth-mismatch", "front-sex-mismatch",
        ],
    )  # fmt: skip
    def test_every_readable_front(self, sdk: Sdk, idmock: MockServer, specimen: str) -> None:
        """Minority names with their dot, rare characters, long addresses on one line; the warnings change nothing."""
        result = result_of(sdk, idmock, specimen, side="front")
        assert result == {name: truth(specimen, "front", name) for name in FRONT}

    def test_x_is_upper_case(self, sdk: Sdk) -> None:
        """Of a number whose check character it is."""
        candidates = (f"37011719950214{n:03}" for n in range(1, 999, 2))
        seventeen = next(number for number in candidates if check_digit(number) == "X")
        card = card_of("front", "front").card
        changed = Card("front", {**card.fields, "id_number": f"{seventeen}X"})
        buffer = io.BytesIO()
        draw_card(changed).save(buffer, "PNG")
        answer = sdk.call(image=encoded(buffer.getvalue()), return_verification=True)
        assert answer.result.number == f"{seventeen}X"
        assert answer.result.verification_result.valid_number

    def test_long_term(self, sdk: Sdk, idmock: MockServer) -> None:
        """A card without an end says so."""
        assert result_of(sdk, idmock, "back-long-term")["valid_to"] == "长期"

    def test_what_lies_outside_is_empty(self, sdk: Sdk, idmock: MockServer) -> None:
        """Text without a character, and no corners."""
        result = result_of(sdk, idmock, "front-cut-deep", return_text_location=True)
        assert result["name"] == ""
        assert result["text_location"]["name"] == []
        assert result["number"] == truth("front-cut-deep", "front", "number")
        assert len(result["text_location"]["number"]) == 4


class TestPlaces:
    @pytest.mark.parametrize(
        "specimen",
        ["front", "front-tilted", "front-rotated-90", "front-rotated-180", "front-perspective", "back"],
    )
    def test_boxes_are_those_of_the_truth(self, sdk: Sdk, idmock: MockServer, specimen: str) -> None:
        """To within a hundredth of the card's width, three with perspective, however the card lies."""
        side = specimen.partition("-")[0]
        names = FRONT if side == "front" else BACK
        result = result_of(sdk, idmock, specimen, return_text_location=True, return_portrait_location=True)
        found = dict(result["text_location"])
        assert tuple(found) == names
        if side == "front":
            found["portrait"] = result["portrait_location"]
        true = card_of(specimen, side)
        width = math.dist(true.corners[0], true.corners[1])
        for name, corners in found.items():
            if name == "birth":  # the truth has it in three parts
                continue
            expected = true.boxes[OWN_NAMES.get(name, name)]
            off = max(math.dist(a, b) for a, b in zip(corners, expected, strict=True))
            assert off < width * (0.03 if specimen == "front-perspective" else 0.01), name

    def test_first_corner_is_the_cards_own_top_left(self, sdk: Sdk, idmock: MockServer) -> None:
        """Corners turn with the card: on its head the first is at the bottom right of its field."""
        upright = result_of(sdk, idmock, "front", return_text_location=True)["text_location"]["number"]
        turned = result_of(sdk, idmock, "front-rotated-180", return_text_location=True)["text_location"]
        assert upright[0][0] < upright[1][0]
        assert turned["number"][0][0] > turned["number"][1][0]

    def test_back_has_no_portrait(self, sdk: Sdk, idmock: MockServer) -> None:
        """An empty list and an empty string on a single side; with both sides the members are not there."""
        asked = {"return_portrait_location": True, "return_portrait_image": True}
        result = result_of(sdk, idmock, "back", **asked)
        assert (result["portrait_location"], result["portrait_image"]) == ([], "")
        both = result_of(sdk, idmock, "both", side="double_side", **asked)
        assert {"portrait_location", "portrait_image"} <= set(both["front"])
        assert set(both["back"]) == set(BACK)

    def test_pictures(self, sdk: Sdk, idmock: MockServer) -> None:
        """Card and portrait, cut out and upright: a card lies, a portrait stands."""
        for specimen in ("front", "front-rotated-90"):
            result = result_of(sdk, idmock, specimen, return_adjusted_image=True, return_portrait_image=True)
            card, portrait = (
                Image.open(io.BytesIO(base64.b64decode(result[name])))
                for name in ("adjusted_image", "portrait_image")
            )
            assert card.format == portrait.format == "JPEG"
            assert card.width / card.height == pytest.approx(85.6 / 54, rel=0.01)
            assert portrait.width < portrait.height


VALID = {"valid_number": True, "valid_birth": True, "valid_sex": True}


class TestVerification:
    @pytest.mark.parametrize(
        ("specimen", "expected"),
        [
            ("front", VALID),
            ("front-birth-mismatch", {**VALID, "valid_birth": False}),
            ("front-sex-mismatch", {**VALID, "valid_sex": False}),
            ("front-bad-number", dict.fromkeys(VALID, False)),
        ],
    )
    def test_front(self, sdk: Sdk, idmock: MockServer, specimen: str, expected: dict[str, bool]) -> None:
        """A wrong number makes birth and sex false too; the checks of the other side are false."""
        found = result_of(sdk, idmock, specimen, return_verification=True)["verification_result"]
        assert found == {**expected, "valid_date": False, "valid_validity_period": False}
        both = result_of(sdk, idmock, specimen, return_verification=True, side="double_side")
        assert both["front"]["verification_result"] == expected

    @pytest.mark.parametrize(
        ("specimen", "date", "period"),
        [
            ("back", True, True),
            ("back-long-term", True, True),
            ("back-expired", False, True),
            ("back-bad-period", True, False),
        ],
    )
    def test_back(self, sdk: Sdk, idmock: MockServer, specimen: str, date: bool, period: bool) -> None:
        """Today within the period, and a period that the law knows."""
        expected = {"valid_date": date, "valid_validity_period": period}
        found = result_of(sdk, idmock, specimen, return_verification=True)["verification_result"]
        assert found == {"valid_number": False, "valid_birth": False, "valid_sex": False, **expected}
        both = result_of(sdk, idmock, specimen, return_verification=True, side="double_side")
        assert both["back"]["verification_result"] == expected

    def test_today_is_the_servers(self, start_mock: StartMock) -> None:
        """The first and the last day of the period are in it, by the date in China."""
        mock = start_mock()
        account = mint(mock)
        first = datetime.fromisoformat(f"{truth('back', 'back', 'valid_from')}T00:00:00+08:00")
        last = datetime.fromisoformat(f"{truth('back', 'back', 'valid_to')}T23:59:59+08:00")
        body = {"image": encoded(mock.specimen("back")), "return_verification": True}
        for moment, valid in (
            (first.timestamp() - 1, False),
            (first.timestamp(), True),
            (last.timestamp(), True),
            (last.timestamp() + 1, False),
        ):
            mock.clock.freeze(moment)
            reply = raw.signed(account, body, host=mock.authority, moment=moment).send(mock)
            assert reply.result["verification_result"]["valid_date"] is valid


def test_headers(idmock: MockServer, account: Account) -> None:
    """The request id of a success is in a header, where the SDKs look for it."""
    body = {"image": encoded(idmock.specimen("front"))}
    reply = raw.signed(account, body, host=idmock.authority).send(idmock)
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-request-id"] == reply.headers["x-idmock-request"]
    assert len(reply.headers["x-request-id"]) == 32


def test_model_has_every_member_of_the_schema() -> None:
    """The SDK's result model and the response schema name the same members."""
    known = {name for side in ("single_front", "single_back") for name in
             CONTRACT.response_schema["$defs"][side]["properties"]}  # fmt: skip
    assert known | {"front", "back"} == set(IdCardResult.openapi_types)
