"""detect_*_result and score_info: which specimen raises which alarm, and where the scores stand."""

from __future__ import annotations

import pytest

from mockserver.testing import MockServer
from tests.huawei.results import ALL, BACK, FRONT, result_of
from tests.huawei.sdk import SWITCHES, Sdk


class TestAlarms:
    @pytest.mark.parametrize(
        ("specimen", "alarms"),
        [
            ("front", set()),
            ("back", set()),
            ("front-screen", {"reproduce"}),
            ("front-photocopy", {"copy"}),
            ("back-photocopy", {"copy"}),
            ("front-edited", {"tampering"}),
            ("front-cut", {"border_integrity"}),
            ("front-occluded", {"blocking_within_border"}),
            ("front-blurry", {"blur"}),
            ("front-temporary", {"interim"}),
            ("front-glare", {"glare"}),
        ],
    )
    def test_each_specimen_raises_its_own(
        self, sdk: Sdk, idmock: MockServer, specimen: str, alarms: set[str]
    ) -> None:
        """Scores of 40 and more with the alarms that are true, lower ones with the others."""
        result = result_of(sdk, idmock, specimen, **ALL)
        found = {
            k.removeprefix("detect_").removesuffix("_result"): v for k, v in result.items() if "detect" in k
        }
        assert len(found) == 8
        assert {name for name, alarm in found.items() if alarm} == alarms
        assert {name for name in found if result["score_info"][f"{name}_score"] >= 40} == alarms

    @pytest.mark.parametrize("switch", [name for name in SWITCHES if name.startswith("detect_")])
    def test_only_what_was_asked_for(self, sdk: Sdk, idmock: MockServer, switch: str) -> None:
        """A result and a score with their own switch; none without any."""
        result = result_of(sdk, idmock, "front", **{switch: True})
        assert set(result) - set(FRONT) == {f"{switch}_result", "score_info"}
        assert list(result["score_info"]) == [f"{switch.removeprefix('detect_')}_score"]
        assert set(result_of(sdk, idmock, "front", **{switch: False})) == set(FRONT)

    def test_the_same_picture_gets_the_same_scores(self, sdk: Sdk, idmock: MockServer) -> None:
        """Another one other ones."""
        scores = [
            result_of(sdk, idmock, name, **ALL)["score_info"] for name in ("front", "front", "front-rare")
        ]
        assert scores[0] == scores[1] != scores[2]

    def test_each_side_has_its_own(self, sdk: Sdk, idmock: MockServer) -> None:
        """With both sides in one picture everything is there twice, but for the portrait."""
        result = result_of(sdk, idmock, "both", side="double_side", **ALL)
        portrait = {"portrait_image", "portrait_location"}
        assert set(result["front"]) - set(FRONT) - portrait == set(result["back"]) - set(BACK)


def test_everything_at_once_is_in_the_order_of_the_page(sdk: Sdk, idmock: MockServer) -> None:
    """Fields, places, pictures, checks, alarms, scores."""
    result = result_of(sdk, idmock, "front", **ALL)
    assert list(result)[:6] == list(FRONT)
    assert list(result)[-1] == "score_info"
    assert list(result["score_info"]) == [
        f"{name}_score"
        for name in (
            "reproduce", "copy", "tampering", "border_integrity", "blocking_within_border", "blur", "interim",
            "glare",
        )
    ]  # fmt: skip
