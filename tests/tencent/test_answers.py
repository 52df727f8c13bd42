"""What the SDK gets for every named specimen: fields, formats, sides, and errors of the recognition."""

from __future__ import annotations

import json

import pytest

from mockserver.cards.named import load_specimens
from mockserver.contract import load_contract
from mockserver.testing import MockServer
from tests.conftest import StartMock
from tests.tencent.conftest import Client, mint
from tests.tencent.sdk import Sdk, advanced, config, picture

FRONT = ("Name", "Sex", "Nation", "Birth", "Address", "IdNum")
BACK = ("Authority", "ValidDate")

#: Specimens that end in an error of the recognition, and which.
REFUSED = {
    "two-fronts": "FailedOperation.MultiCardError",
    "two-backs": "FailedOperation.MultiCardError",
    "front-cut-deep": "FailedOperation.IdCardInfoIllegal",
    "front-small": "FailedOperation.IdCardTooSmall",
    "front-blurry": "FailedOperation.ImageBlur",
    "front-bad-number": "FailedOperation.IdCardInfoIllegal",
    "no-card": "FailedOperation.ImageNoIdCard",
    "recognition-fails": "FailedOperation.OcrFailed",
}
#: Specimens that are found while none of their text is given, whatever is asked.
EMPTY = {"front-unreadable"}
#: Has its own test, since it takes its time.
SLOW = "recognition-slow"
READ = [name for name in load_specimens() if name not in {*REFUSED, *EMPTY, SLOW}]


def expected(name: str) -> dict[str, str]:
    """The vendor's fields, written from the truth in ``specimens.json`` by the contract's §6.1."""
    fields = dict.fromkeys((*FRONT, *BACK), "")
    shown = load_specimens()[name].cards[0].card
    truth = shown.fields
    if shown.side == "back":
        end = truth["valid_until"].replace("-", ".")
        return {
            **fields,
            "Authority": truth["authority"],
            "ValidDate": f"{truth['valid_from'].replace('-', '.')}-{end}",
        }
    number = truth["id_number"]
    return {
        **fields,
        "Name": truth["name"],
        "Sex": "男" if int(number[16]) % 2 else "女",
        "Nation": truth["nation"],
        "Birth": f"{number[6:10]}/{int(number[10:12])}/{int(number[12:14])}",
        "Address": truth["address"],
        "IdNum": number,
    }


class TestFields:
    """The eight text fields."""

    @pytest.mark.parametrize("name", READ)
    def test_specimen(self, idmock: MockServer, sdk: Sdk, name: str) -> None:
        """As printed on the card, in the vendor's formats; the other side's fields are empty texts."""
        answer = sdk.call(picture(idmock, name))
        assert {field: answer[field] for field in (*FRONT, *BACK)} == expected(name)

    @pytest.mark.parametrize("name", READ)
    def test_answer_keeps_the_schema(self, idmock: MockServer, sdk: Sdk, name: str) -> None:
        """With everything switched on: the body is what ``response.schema.json`` promises."""
        switches = load_contract("tencent").operation["config_switches"]
        sdk.call({**picture(idmock, name), **config(*switches), "EnableReflectDetail": True})
        load_contract("tencent").response_validator.validate(json.loads(sdk.reply.content))

    @pytest.mark.parametrize("name", READ)
    def test_model_loses_nothing(self, idmock: MockServer, sdk: Sdk, name: str) -> None:
        """The SDK's model written out again is the answer that came."""
        parameters = {**picture(idmock, name), **config("ReflectWarn", "Quality")}
        model = sdk.model(**parameters, EnableReflectDetail=True)
        assert json.loads(model.to_json_string()) == json.loads(sdk.reply.content)["Response"]

    @pytest.mark.parametrize(("name", "code"), REFUSED.items())
    def test_refused_specimen(self, idmock: MockServer, sdk: Sdk, name: str, code: str) -> None:
        """With and without switches the same error."""
        for switches in ({}, config("Quality", "MultiCardDetect", "BorderCheckWarn")):
            assert sdk.refusal({**picture(idmock, name), **switches}).get_code() == code

    @pytest.mark.parametrize("name", sorted(EMPTY))
    def test_success_that_looks_like_failure(self, idmock: MockServer, sdk: Sdk, name: str) -> None:
        """A card is there and nothing of it is given: a success with eight empty texts."""
        answer = sdk.call(picture(idmock, name))
        assert {answer[field] for field in (*FRONT, *BACK)} == {""}
        assert answer["AdvancedInfo"] == "{}"

    def test_month_and_day_are_not_padded(self, idmock: MockServer, sdk: Sdk) -> None:
        """1989/1/6, while the period of validity is padded."""
        assert sdk.call(picture(idmock, "front-minority"))["Birth"] == "1989/1/6"
        assert sdk.call(picture(idmock, "back"))["ValidDate"] == "2023.05.30-2043.05.30"

    def test_open_end(self, idmock: MockServer, sdk: Sdk) -> None:
        """A card without end says so."""
        assert sdk.call(picture(idmock, "back-long-term"))["ValidDate"] == "2025.09.16-长期"

    def test_rare_character(self, idmock: MockServer, sdk: Sdk) -> None:
        """Outside the basic plane: as UTF-8 on the wire, one character in the model."""
        assert sdk.model(**picture(idmock, "front-rare")).Name == "梁媞𬴂"
        assert "梁媞𬴂".encode() in sdk.reply.content

    def test_slow_recognition(self, start_mock: StartMock, client: Client) -> None:
        """It waits as long as the contract's choice says, then answers as usual."""
        waits: list[float] = []
        mock = start_mock(sleep=waits.append)
        answer = client(mock, mint(mock)).call(picture(mock, SLOW))
        assert answer["Name"] == "饶光鸣"
        assert waits == [load_contract("tencent").behaviour("slow_recognition_seconds")]


class TestSides:
    """CardSide, and both sides in one picture."""

    @pytest.mark.parametrize(("name", "side"), [("front", "FRONT"), ("back", "BACK"), ("both", "BACK")])
    def test_side_that_is_there(self, idmock: MockServer, sdk: Sdk, name: str, side: str) -> None:
        """Only the side that was asked for is read."""
        answer = sdk.call({**picture(idmock, name), "CardSide": side})
        filled = {field for field in (*FRONT, *BACK) if answer[field]}
        assert filled == set(FRONT if side == "FRONT" else BACK)

    @pytest.mark.parametrize(("name", "side"), [("front", "BACK"), ("back", "FRONT")])
    def test_side_that_is_not_there(self, idmock: MockServer, sdk: Sdk, name: str, side: str) -> None:
        """The picture contradicts the parameter."""
        error = sdk.refusal({**picture(idmock, name), "CardSide": side})
        assert error.get_code() == "FailedOperation.CardSideError"

    def test_both_with_multi_card_detect(self, idmock: MockServer, sdk: Sdk) -> None:
        """All eight fields in one answer."""
        answer = sdk.call({**picture(idmock, "both"), **config("MultiCardDetect")})
        assert answer["Name"] == "饶光鸣"
        assert answer["Authority"] == "济南市公安局钢城分局"
        assert answer["AdvancedInfo"] == "{}"

    def test_both_with_multi_card_detect_and_a_side(self, idmock: MockServer, sdk: Sdk) -> None:
        """The side must be there; both are read all the same."""
        answer = sdk.call({**picture(idmock, "both"), **config("MultiCardDetect"), "CardSide": "BACK"})
        assert all(answer[field] for field in (*FRONT, *BACK))

    def test_both_without(self, idmock: MockServer, sdk: Sdk) -> None:
        """One side is read, and of two alike in size the portrait side."""
        answer = sdk.call(picture(idmock, "both"))
        assert (bool(answer["Name"]), answer["Authority"]) == (True, "")

    def test_multi_card_detect_off_by_value(self, idmock: MockServer, sdk: Sdk) -> None:
        """False is as good as absent."""
        answer = sdk.call({**picture(idmock, "both"), **config(MultiCardDetect=False)})
        assert answer["Authority"] == ""

    def test_null_is_absent(self, idmock: MockServer, sdk: Sdk) -> None:
        """A client that serialises its unset members sends null."""
        answer = sdk.call({**picture(idmock, "front"), "CardSide": None, "Config": None, "ImageUrl": None})
        assert answer["Name"] == "饶光鸣"

    @pytest.mark.parametrize("value", ["", "front", "Front", "FRONT ", "正面", "LEFT"])
    def test_no_side(self, idmock: MockServer, sdk: Sdk, value: str) -> None:
        """Values are compared as they are."""
        error = sdk.refusal({**picture(idmock, "front"), "CardSide": value})
        assert error.get_message() == "CardSide 参数错误"


class TestRectify:
    """EnableRecognitionRectify: number, birth and sex agree, or stand as they were read."""

    @pytest.mark.parametrize(
        ("name", "field", "printed", "mended"),
        [
            ("front-birth-mismatch", "Birth", "1995/2/15", "1995/2/14"),
            ("front-sex-mismatch", "Sex", "女", "男"),
        ],
    )
    def test_mismatch(
        self, idmock: MockServer, sdk: Sdk, name: str, field: str, printed: str, mended: str
    ) -> None:
        """On unless switched off; the number is what the others are made to agree with."""
        sent = picture(idmock, name)
        assert sdk.call(sent)[field] == mended
        assert sdk.call({**sent, "EnableRecognitionRectify": True})[field] == mended
        raw = sdk.call({**sent, "EnableRecognitionRectify": False})
        assert raw[field] == printed
        assert raw["IdNum"] == "370117199502149751"

    def test_switched_off_nothing_changes_on_a_good_card(self, idmock: MockServer, sdk: Sdk) -> None:
        """There is nothing to mend on it."""
        plain = sdk.call(picture(idmock, "front"))
        raw = sdk.call({**picture(idmock, "front"), "EnableRecognitionRectify": False})
        assert {**raw, "RequestId": ""} == {**plain, "RequestId": ""}


def test_advanced_info_is_a_text(idmock: MockServer, sdk: Sdk) -> None:
    """JSON inside JSON: an object without anything asked for."""
    answer = sdk.call(picture(idmock, "front"))
    assert answer["AdvancedInfo"] == "{}"
    assert answer["ReflectDetailInfos"] == []
    assert advanced(answer) == {}
