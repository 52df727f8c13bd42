"""AdvancedInfo: what each of the eleven switches of Config adds, and the warnings by what the picture shows."""

from __future__ import annotations

import base64
import io
import json
import math
from typing import Any

import pytest
from PIL import Image

from mockserver.cards.named import load_specimens
from mockserver.cards.read import read_picture
from mockserver.pictures import open_picture
from mockserver.testing import MockServer
from tests.tencent.sdk import WARNINGS, Sdk, advanced, config, picture

#: Switch -> the code it adds, and the specimens that show the reason.
REASONS = {
    "InvalidDateWarn": (-9100, {"back-bad-period"}),
    "BorderCheckWarn": (-9101, {"front-cut"}),
    "CopyWarn": (-9102, {"front-photocopy", "back-photocopy"}),
    "ReshootWarn": (-9103, {"front-screen"}),
    "TempIdWarn": (-9104, {"front-temporary"}),
    "DetectPsWarn": (-9106, {"front-edited"}),
    "ReflectWarn": (-9107, {"front-glare"}),
}
OCCLUDED = -9105
PLAIN = ["front", "back", "front-tilted", "front-perspective", "front-rare", "back-expired", "back-long-term"]


def info_of(mock: MockServer, sdk: Sdk, name: str, *switches: str, **more: Any) -> dict[str, Any]:
    """AdvancedInfo of a specimen with these switches on."""
    return advanced(sdk.call({**picture(mock, name), **config(*switches), **more}))


def decoded(text: str) -> Image.Image:
    """A crop as a picture; it must be a JPEG without a data URI in front."""
    assert text.startswith("/9j/4AAQ")
    image = Image.open(io.BytesIO(base64.b64decode(text, validate=True)))
    image.load()
    return image


class TestKeys:
    """Each switch has its key, and nothing else."""

    @pytest.mark.parametrize(
        ("switch", "keys"),
        [
            ("CropIdCard", {"IdCard"}),
            ("CropPortrait", {"Portrait"}),
            ("CopyWarn", {"WarnInfos"}),
            ("BorderCheckWarn", {"WarnInfos", "BorderCodeValue"}),
            ("ReshootWarn", {"WarnInfos"}),
            ("DetectPsWarn", {"WarnInfos"}),
            ("TempIdWarn", {"WarnInfos"}),
            ("InvalidDateWarn", {"WarnInfos"}),
            ("Quality", {"Quality"}),
            ("MultiCardDetect", set()),
            ("ReflectWarn", {"WarnInfos"}),
        ],
    )
    def test_switch(self, idmock: MockServer, sdk: Sdk, switch: str, keys: set[str]) -> None:
        """On: its keys. Off by value: none."""
        assert set(info_of(idmock, sdk, "front", switch)) == keys
        off = sdk.call({**picture(idmock, "front"), **config(**{switch: False})})
        assert off["AdvancedInfo"] == "{}"

    def test_order(self, idmock: MockServer, sdk: Sdk) -> None:
        """That of the page's list, with the score behind the warnings as in the recorded example."""
        switches = ("BorderCheckWarn", "Quality", "CropPortrait", "CopyWarn", "CropIdCard")
        info = info_of(idmock, sdk, "front", *switches)
        assert list(info) == ["IdCard", "Portrait", "Quality", "WarnInfos", "BorderCodeValue"]

    def test_no_portrait_on_the_emblem_side(self, idmock: MockServer, sdk: Sdk) -> None:
        """There is none, so there is no key for it."""
        assert list(info_of(idmock, sdk, "back", "CropPortrait", "CropIdCard")) == ["IdCard"]

    def test_compact(self, idmock: MockServer, sdk: Sdk) -> None:
        """The inner JSON has no spaces either."""
        answer = sdk.call({**picture(idmock, "front"), **config("Quality", "CopyWarn")})
        assert answer["AdvancedInfo"] == json.dumps(advanced(answer), separators=(",", ":"))

    @pytest.mark.parametrize("text", ["{}", '{"Sparkle":true}', '{"Quality":"true"}', '{"Quality":1}', ""])
    def test_without_effect(self, idmock: MockServer, sdk: Sdk, text: str) -> None:
        """Unknown keys and values that are not booleans are ignored; so is an empty object."""
        answer = sdk.call({**picture(idmock, "front"), "Config": text or "{ }"})
        assert answer["AdvancedInfo"] == "{}"

    @pytest.mark.parametrize(
        "text", ["", "[]", "true", "null", "Quality", "{'Quality':true}", '{"Quality":tru']
    )
    def test_not_a_json_object(self, idmock: MockServer, sdk: Sdk, text: str) -> None:
        """Config is a text that holds an object."""
        error = sdk.refusal({**picture(idmock, "front"), "Config": text})
        assert error.get_code() == "InvalidParameter.ConfigFormatError"


class TestCrops:
    """Cut from the uploaded pixels."""

    @pytest.mark.parametrize(
        "name",
        ["front", "back", "front-tilted", "front-rotated-90", "front-rotated-180", "front-rotated-270",
         "front-perspective", "front-cut", "front-photocopy"],
    )  # fmt: skip
    def test_card(self, idmock: MockServer, sdk: Sdk, name: str) -> None:
        """Upright, filled by the card, and readable: the reader finds the same card in the crop."""
        crop = decoded(info_of(idmock, sdk, name, "CropIdCard")["IdCard"])
        assert crop.width / crop.height == pytest.approx(1012 / 638, rel=0.01)
        data = io.BytesIO()
        crop.save(data, "PNG")
        (seen,) = read_picture(open_picture(data.getvalue())).sightings
        truth = load_specimens()[name].cards[0]
        assert dict(seen.card.fields) == dict(truth.card.fields)
        assert min(seen.rotation, 360 - seen.rotation) < 1
        frame = ((0, 0), (crop.width, 0), (crop.width, crop.height), (0, crop.height))
        for corner, wanted in zip(seen.corners, frame, strict=True):
            assert math.dist(corner, wanted) < 0.03 * crop.width

    @pytest.mark.parametrize("name", ["front", "front-rotated-90", "front-perspective"])
    def test_portrait(self, idmock: MockServer, sdk: Sdk, name: str) -> None:
        """Upright, of the portrait's proportions, and the same picture however the card lies."""
        portrait = decoded(info_of(idmock, sdk, name, "CropPortrait")["Portrait"])
        card = decoded(info_of(idmock, sdk, "front", "CropIdCard")["IdCard"])
        left, top, right, bottom = (edge * card.width / 1012 for edge in (642, 50, 974, 508))
        assert portrait.width / portrait.height == pytest.approx((right - left) / (bottom - top), rel=0.02)
        wanted = card.crop((round(left), round(top), round(right), round(bottom)))
        assert _difference(portrait, wanted) < 30

    def test_portrait_of_both_sides(self, idmock: MockServer, sdk: Sdk) -> None:
        """With MultiCardDetect it is the front that is cut out."""
        info = info_of(idmock, sdk, "both", "MultiCardDetect", "CropIdCard", "CropPortrait")
        front = decoded(info_of(idmock, sdk, "front", "CropIdCard")["IdCard"])
        assert _difference(decoded(info["IdCard"]), front) < 30
        assert decoded(info["Portrait"]).height > decoded(info["Portrait"]).width

    def test_asked_for_the_emblem_side_of_both(self, idmock: MockServer, sdk: Sdk) -> None:
        """The crop is that of the side that the answer is about."""
        info = info_of(idmock, sdk, "both", "CropIdCard", CardSide="BACK")
        back = decoded(info_of(idmock, sdk, "back", "CropIdCard")["IdCard"])
        assert _difference(decoded(info["IdCard"]), back) < 30


class TestScores:
    """Quality and BorderCodeValue are whole numbers from 0 to 100."""

    @pytest.mark.parametrize("name", PLAIN)
    def test_good_picture(self, idmock: MockServer, sdk: Sdk, name: str) -> None:
        """Sharp and whole: on the good side of the page's recommended thresholds."""
        info = info_of(idmock, sdk, name, "Quality", "BorderCheckWarn")
        assert 80 <= info["Quality"] <= 100
        assert info["BorderCodeValue"] == 0
        assert {type(info["Quality"]), type(info["BorderCodeValue"])} == {int}

    def test_blur_lowers_the_quality(self, idmock: MockServer, sdk: Sdk) -> None:
        """A soft picture is read and has a lower score; it is the pixels that count."""
        from PIL import ImageFilter

        with Image.open(io.BytesIO(idmock.specimen("front"))) as sharp:
            soft = sharp.filter(ImageFilter.GaussianBlur(1.6))
        data = io.BytesIO()
        soft.save(data, "PNG")
        sent = {"ImageBase64": base64.b64encode(data.getvalue()).decode()}
        quality = advanced(sdk.call({**sent, **config("Quality")}))["Quality"]
        assert 20 <= quality < 80

    def test_border(self, idmock: MockServer, sdk: Sdk) -> None:
        """A card that the frame cuts is above the threshold."""
        assert 50 < info_of(idmock, sdk, "front-cut", "BorderCheckWarn")["BorderCodeValue"] <= 100


class TestWarnings:
    """Codes by switch and by what is there to see."""

    @pytest.mark.parametrize("name", [*PLAIN, "front-rotated-180", "front-minority", "both"])
    def test_nothing_to_warn_of(self, idmock: MockServer, sdk: Sdk, name: str) -> None:
        """All switches on, an empty list; an expired card is no unlawful period."""
        info = info_of(idmock, sdk, name, *WARNINGS, "MultiCardDetect")
        assert info == {"WarnInfos": [], "BorderCodeValue": 0}

    @pytest.mark.parametrize(
        ("switch", "code", "name"),
        [(switch, code, name) for switch, (code, names) in REASONS.items() for name in sorted(names)],
    )
    def test_warning(self, idmock: MockServer, sdk: Sdk, switch: str, code: int, name: str) -> None:
        """Its own switch brings it, all switches bring it alone, all others do not."""
        assert info_of(idmock, sdk, name, switch)["WarnInfos"] == [code]
        assert info_of(idmock, sdk, name, *WARNINGS)["WarnInfos"] == [code]
        others = [other for other in WARNINGS if other != switch]
        assert info_of(idmock, sdk, name, *others)["WarnInfos"] == []

    def test_occlusion(self, idmock: MockServer, sdk: Sdk) -> None:
        """BorderCheckWarn also looks for what covers the card inside its frame; the border is whole."""
        info = info_of(idmock, sdk, "front-occluded", "BorderCheckWarn")
        assert info == {"WarnInfos": [OCCLUDED], "BorderCodeValue": 0}

    def test_first_example_of_the_page(self, idmock: MockServer, sdk: Sdk) -> None:
        """A temporary card with TempIdWarn: empty fields and one warning."""
        answer = sdk.call({**picture(idmock, "front-temporary"), "CardSide": "FRONT", **config("TempIdWarn")})
        assert answer["AdvancedInfo"] == '{"WarnInfos":[-9104]}'
        assert answer["Name"] == answer["IdNum"] == ""

    def test_several_at_once(self, idmock: MockServer, sdk: Sdk) -> None:
        """A grey version of a cut card: two warnings, each once."""
        with Image.open(io.BytesIO(idmock.specimen("front-cut"))) as colour:
            data = io.BytesIO()
            colour.convert("L").save(data, "PNG")
        sent = {"ImageBase64": base64.b64encode(data.getvalue()).decode()}
        found = advanced(sdk.call({**sent, **config(*WARNINGS)}))["WarnInfos"]
        assert sorted(found) == [-9102, -9101]


class TestReflectDetails:
    """ReflectDetailInfos needs the switch of Config and the parameter, both."""

    def test_places(self, idmock: MockServer, sdk: Sdk) -> None:
        """One object per kind of place; the model parses them."""
        sent = {**picture(idmock, "front-glare"), **config("ReflectWarn"), "EnableReflectDetail": True}
        places = [entry["Position"] for entry in sdk.call(sent)["ReflectDetailInfos"]]
        assert {"Portrait", "RecognitionField"} <= set(places) <= {"Portrait", "RecognitionField", "Others"}
        assert len(places) == len(set(places))
        assert [info.Position for info in sdk.model(**sent).ReflectDetailInfos] == places

    @pytest.mark.parametrize("switches", [{}, config("CopyWarn"), config(ReflectWarn=False)])
    def test_not_without_the_switch(self, idmock: MockServer, sdk: Sdk, switches: dict[str, str]) -> None:
        """The parameter alone has no effect."""
        answer = sdk.call({**picture(idmock, "front-glare"), **switches, "EnableReflectDetail": True})
        assert answer["ReflectDetailInfos"] == []

    @pytest.mark.parametrize("parameter", [{}, {"EnableReflectDetail": False}])
    def test_not_without_the_parameter(
        self, idmock: MockServer, sdk: Sdk, parameter: dict[str, bool]
    ) -> None:
        """The warning is there, the details are not."""
        answer = sdk.call({**picture(idmock, "front-glare"), **config("ReflectWarn"), **parameter})
        assert answer["ReflectDetailInfos"] == []
        assert advanced(answer) == {"WarnInfos": [-9107]}

    def test_no_glare(self, idmock: MockServer, sdk: Sdk) -> None:
        """Nothing found, an empty list."""
        sent = {**picture(idmock, "front"), **config("ReflectWarn"), "EnableReflectDetail": True}
        assert sdk.call(sent)["ReflectDetailInfos"] == []


def _difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures' grey levels at a common small size."""
    from PIL import ImageChops, ImageStat

    small = [image.convert("L").resize((48, 48), Image.Resampling.BOX) for image in (one, other)]
    return float(ImageStat.Stat(ImageChops.difference(*small)).mean[0])
