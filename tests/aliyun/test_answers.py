"""What a success says: every field of Data computed from the picture, and the whole of it valid by its schema."""

from __future__ import annotations

import io
import json
import math
import re
from typing import Any

import pytest
from PIL import Image

from mockserver.accounts import Account
from mockserver.cards.draw import draw_card
from mockserver.cards.geometry import Quad
from mockserver.cards.model import Card
from mockserver.cards.named import load_specimens
from mockserver.contract import load_contract
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.aliyun.conftest import mint
from tests.aliyun.raw import acs3
from tests.aliyun.sdk import Sdk
from tests.conftest import StartMock

SWITCHES = {"output_figure": True, "output_quality_info": True}
#: Specimens that are answered with a success.
READ = sorted(
    name
    for name in load_specimens()
    if name not in ("no-card", "two-fronts", "two-backs", "recognition-fails", "recognition-slow")
)
#: The boxes of the truth by the vendor's keys, where the names differ.
BOXES = {
    "ethnicity": "nation",
    "birthDate": "birth",
    "idNumber": "id_number",
    "issueAuthority": "authority",
    "validPeriod": "validity",
}


def read(sdk: Sdk, mock: MockServer, name: str, **switches: bool) -> dict[str, Any]:
    return sdk.data(mock.specimen(name), **switches)


def close(points: list[dict[str, int]], truth: Quad, near: float) -> None:
    """Corner by corner."""
    for point, (x, y) in zip(points, truth, strict=True):
        assert point["x"] == pytest.approx(x, abs=near)
        assert point["y"] == pytest.approx(y, abs=near)


class TestFields:
    def test_the_front(self, idmock: MockServer, sdk: Sdk) -> None:
        """Six fields under their names, each in the vendor's format; nothing that was not asked for."""
        data = read(sdk, idmock, "front")
        assert data["data"].keys() == {"face"}
        face = data["data"]["face"]
        assert face["data"] == {
            "address": "山东省济南市钢城区东风路157号24号楼3单元203室",
            "birthDate": "1995年2月14日",
            "ethnicity": "汉",
            "idNumber": "370117199502149751",
            "name": "饶光鸣",
            "sex": "男",
        }
        assert (face["angle"], face["ftype"]) == (0, 0)
        assert "figure" not in face
        assert "warning" not in face

    def test_the_back(self, idmock: MockServer, sdk: Sdk) -> None:
        """Two fields; the portrait is not looked for on the emblem side."""
        data = read(sdk, idmock, "back", **SWITCHES)
        assert data["data"].keys() == {"back"}
        back = data["data"]["back"]
        assert back["data"] == {
            "issueAuthority": "济南市公安局钢城分局",
            "validPeriod": "2023.05.30-2043.05.30",
        }
        assert "figure" not in back
        assert back["warning"]["completenessScore"] == 100

    def test_both(self, idmock: MockServer, sdk: Sdk) -> None:
        """Each side with a place and a size of its own, under the size of the whole picture."""
        data = read(sdk, idmock, "both", **SWITCHES)
        face, back = data["data"]["face"], data["data"]["back"]
        assert face["sliceRect"]["y2"] < back["sliceRect"]["y0"]
        assert face["width"] < data["width"]
        assert "figure" in face
        assert "figure" not in back

    @pytest.mark.parametrize(
        ("specimen", "side", "field", "pattern"),
        [
            ("back-long-term", "back", "validPeriod", r"^\d{4}\.\d\d\.\d\d-长期$"),
            ("back-expired", "back", "validPeriod", r"^\d{4}\.\d\d\.\d\d-\d{4}\.\d\d\.\d\d$"),
            ("front-minority", "face", "ethnicity", r"^[^族汉]+$"),
            ("front-temporary", "face", "name", r"^\w+$"),
        ],
    )
    def test_formats(
        self, idmock: MockServer, sdk: Sdk, specimen: str, side: str, field: str, pattern: str
    ) -> None:
        """Dates, long-term validity, nations, temporary cards."""
        value = read(sdk, idmock, specimen)["data"][side]["data"][field]
        assert re.fullmatch(pattern, value), value

    def test_rare_characters_survive(self, idmock: MockServer, sdk: Sdk) -> None:
        """UTF-8 from end to end, also beyond the basic plane."""
        printed = load_specimens()["front-rare"].cards[0].card.fields["name"]
        assert any(ord(character) > 0xFFFF for character in printed)
        assert read(sdk, idmock, "front-rare")["data"]["face"]["data"]["name"] == printed

    def test_what_cannot_be_read_is_empty_and_has_no_place(self, idmock: MockServer, sdk: Sdk) -> None:
        """The key stays, valuePos goes."""
        face = read(sdk, idmock, "front-unreadable")["data"]["face"]
        assert set(face["data"].values()) == {""}
        for entry in face["prism_keyValueInfo"]:
            assert entry.keys() == {"key", "keyProb", "value", "valueProb"}

    def test_a_check_digit_may_be_ten(self, sdk: Sdk) -> None:
        """A number that ends in X, on a card drawn for it; the card fills the picture."""
        fields = {**load_specimens()["front"].cards[0].card.fields, "id_number": "11010519491231002X"}
        buffer = io.BytesIO()
        draw_card(Card("front", fields)).convert("RGB").save(buffer, "PNG")
        data = sdk.data(buffer.getvalue())
        assert data["data"]["face"]["data"]["idNumber"] == "11010519491231002X"
        assert data["data"]["face"]["sliceRect"]["x2"] == pytest.approx(data["orgWidth"], abs=3)

    def test_a_number_is_not_checked(self, idmock: MockServer, sdk: Sdk) -> None:
        """Neither its check digit nor its agreement with date of birth and sex."""
        for name in ("front-bad-number", "front-birth-mismatch", "front-sex-mismatch"):
            assert read(sdk, idmock, name)["data"]["face"]["data"]["idNumber"]


class TestPlaces:
    def test_entries_stand_in_the_order_of_the_card(self, idmock: MockServer, sdk: Sdk) -> None:
        """Not in that of the alphabet."""
        data = read(sdk, idmock, "both")["data"]
        keys = {side: [e["key"] for e in data[side]["prism_keyValueInfo"]] for side in data}
        assert keys["face"] == ["name", "sex", "ethnicity", "birthDate", "address", "idNumber"]
        assert keys["back"] == ["issueAuthority", "validPeriod"]

    def test_values_lie_within_their_card(self, idmock: MockServer, sdk: Sdk) -> None:
        """Corners go clockwise from the top left."""
        face = read(sdk, idmock, "front", output_figure=True)["data"]["face"]
        rect = face["sliceRect"]
        boxes = [e["valuePos"] for e in face["prism_keyValueInfo"]] + [face["figure"][0]["points"]]
        for top_left, top_right, bottom_right, bottom_left in boxes:
            assert rect["x0"] <= top_left["x"] < top_right["x"] <= rect["x1"]
            assert rect["y0"] <= top_left["y"] < bottom_left["y"] <= rect["y3"]
            assert bottom_right["x"] > bottom_left["x"]

    @pytest.mark.parametrize(
        "specimen", ["front", "front-tilted", "front-rotated-270", "front-perspective", "back", "both"]
    )
    def test_they_are_where_the_card_was_drawn(self, idmock: MockServer, sdk: Sdk, specimen: str) -> None:
        """Corners, values and portrait against the truth beside the picture, within 0.6 % of the card's width."""
        found = read(sdk, idmock, specimen, output_figure=True)["data"]
        for truth in load_specimens()[specimen].cards:
            side = found["face" if truth.card.side == "front" else "back"]
            near = side["width"] * 0.006 + 1
            rect = side["sliceRect"]
            close([{"x": rect[f"x{n}"], "y": rect[f"y{n}"]} for n in range(4)], truth.corners, near)
            for entry in side["prism_keyValueInfo"]:
                close(entry["valuePos"], truth.boxes[BOXES.get(entry["key"], entry["key"])], near)
            for figure in side.get("figure", ()):
                close(figure["points"], truth.boxes["portrait"], near)

    @pytest.mark.parametrize(
        ("specimen", "angle"),
        [("front", 0), ("front-rotated-90", 90), ("front-rotated-180", 180), ("front-rotated-270", 270)],
    )
    def test_the_angle_is_that_of_the_card(
        self, idmock: MockServer, sdk: Sdk, specimen: str, angle: int
    ) -> None:
        """90 is a card whose head points to the right; the corrected picture is turned with it."""
        data = read(sdk, idmock, specimen, output_figure=True)
        face = data["data"]["face"]
        assert face["angle"] == angle
        assert face["width"] > face["height"]
        turned = angle in (90, 270)
        expected = (data["orgHeight"], data["orgWidth"]) if turned else (data["orgWidth"], data["orgHeight"])
        assert (data["width"], data["height"]) == expected
        box = face["figure"][0]["box"]
        assert box["angle"] == 90
        assert (box["w"] > box["h"]) == (angle in (0, 180))
        rect = face["sliceRect"]
        assert (rect["x0"] < rect["x2"], rect["y0"] < rect["y2"]) == (angle in (0, 270), angle in (0, 90))

    def test_the_figure_is_the_portrait(self, idmock: MockServer, sdk: Sdk) -> None:
        """Upright box, turned box and corners agree with each other."""
        (figure,) = read(sdk, idmock, "front-tilted", output_figure=True)["data"]["face"]["figure"]
        xs, ys = [p["x"] for p in figure["points"]], [p["y"] for p in figure["points"]]
        assert (figure["x"], figure["y"]) == (min(xs), min(ys))
        assert (figure["w"], figure["h"]) == (max(xs) - min(xs), max(ys) - min(ys))
        assert figure["box"]["x"] == pytest.approx(sum(xs) / 4, abs=1)
        assert figure["box"]["w"] < figure["w"]
        assert figure["box"]["w"] < figure["box"]["h"]
        assert figure["box"]["angle"] == pytest.approx(12, abs=1)
        assert figure["type"] == "face"

    @pytest.mark.parametrize(
        "specimen", ["front", "back", "front-cut", "front-cut-deep", "front-perspective"]
    )
    def test_a_crop_is_as_large_as_its_slice(self, idmock: MockServer, sdk: Sdk, specimen: str) -> None:
        """The longer of two opposite edges of sliceRect, as in the page's example; what is left of a cut card."""
        (side,) = read(sdk, idmock, specimen)["data"].values()
        corners = [(side["sliceRect"][f"x{n}"], side["sliceRect"][f"y{n}"]) for n in range(4)]
        edges = [math.dist(corners[n], corners[(n + 1) % 4]) for n in range(4)]
        assert (side["width"], side["height"]) == (
            round(max(edges[0], edges[2])),
            round(max(edges[1], edges[3])),
        )

    def test_a_cut_portrait_has_one_box(self, idmock: MockServer, sdk: Sdk) -> None:
        """What is left of it, in the upright box, in the turned one and in the corners alike."""
        picture = Image.open(io.BytesIO(idmock.specimen("front")))
        whole = read(sdk, idmock, "front", output_figure=True)["data"]["face"]["figure"][0]
        buffer = io.BytesIO()
        picture.crop((0, whole["y"] + 60, *picture.size)).save(buffer, "PNG")
        (figure,) = sdk.data(buffer.getvalue(), output_figure=True)["data"]["face"]["figure"]
        assert figure["y"] == 0
        assert figure["h"] == pytest.approx(whole["h"] - 60, abs=3)
        assert figure["box"]["w"] == pytest.approx(figure["h"], abs=1)
        assert figure["box"]["y"] == pytest.approx(figure["h"] / 2, abs=1)

    def test_places_scale_with_the_picture(self, idmock: MockServer, sdk: Sdk) -> None:
        """The same card on a picture of half the size is half as far from the corner."""
        image = Image.open(io.BytesIO(idmock.specimen("front")))
        buffer = io.BytesIO()
        image.resize((image.width // 2, image.height // 2)).save(buffer, "PNG")
        whole, half = read(sdk, idmock, "front"), sdk.data(buffer.getvalue())
        assert half["orgWidth"] == whole["orgWidth"] // 2
        for name, value in whole["data"]["face"]["sliceRect"].items():
            assert half["data"]["face"]["sliceRect"][name] == pytest.approx(value / 2, abs=3)

    def test_a_cut_card_ends_at_the_edge(self, idmock: MockServer, sdk: Sdk) -> None:
        """What lies outside is not read, and counts against completeness."""
        data = read(sdk, idmock, "front-cut-deep", **SWITCHES)
        face = data["data"]["face"]
        assert face["warning"]["completenessScore"] < 90
        assert "" in face["data"].values()
        for name, value in face["sliceRect"].items():
            assert 0 <= value <= (data["orgWidth"] if name[0] == "x" else data["orgHeight"])


class TestWarnings:
    def test_a_good_picture(self, idmock: MockServer, sdk: Sdk) -> None:
        """A whole card is printed as 100, without decimals."""
        warning = read(sdk, idmock, "front", **SWITCHES)["data"]["face"]["warning"]
        assert (warning["isCopy"], warning["isReshoot"], warning["completenessScore"]) == (0, 0, 100)
        assert warning["tamperScore"] < 60
        raw = Sdk(idmock, mint(idmock)).call(idmock.specimen("front"), output_quality_info=True).body.data
        assert '"completenessScore":100,' in raw

    @pytest.mark.parametrize(
        ("specimen", "side", "field"),
        [
            ("front-photocopy", "face", "isCopy"),
            ("back-photocopy", "back", "isCopy"),
            ("front-screen", "face", "isReshoot"),
        ],
    )
    def test_flags(self, idmock: MockServer, sdk: Sdk, specimen: str, side: str, field: str) -> None:
        """A copy is told by ftype too, asked or not."""
        found = read(sdk, idmock, specimen, output_quality_info=True)["data"][side]
        assert found["warning"][field] == 1
        assert found["ftype"] == (field == "isCopy")

    def test_an_edited_card_is_above_the_threshold(self, idmock: MockServer, sdk: Sdk) -> None:
        """The page advises 60."""
        warning = read(sdk, idmock, "front-edited", output_quality_info=True)["data"]["face"]["warning"]
        assert warning["tamperScore"] > 60

    def test_blur_lowers_the_quality(self, idmock: MockServer, sdk: Sdk) -> None:
        """And with it the probability of the values; the fields are read all the same."""
        face = read(sdk, idmock, "front-blurry", output_quality_info=True)["data"]["face"]
        assert face["warning"]["qualityScore"] < 50
        assert face["data"]["name"]
        assert all(entry["valueProb"] < 100 for entry in face["prism_keyValueInfo"])

    def test_glare_lowers_the_probability_of_what_it_covers(self, idmock: MockServer, sdk: Sdk) -> None:
        """Of that and of nothing else."""
        entries = read(sdk, idmock, "front-glare")["data"]["face"]["prism_keyValueInfo"]
        assert {e["key"]: e["valueProb"] for e in entries if e["valueProb"] != 100} == {"address": 60}


class TestPictures:
    @pytest.mark.parametrize("name", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"])
    def test_every_format_is_read(self, idmock: MockServer, sdk: Sdk, name: str) -> None:
        """All that the help page lists."""
        buffer = io.BytesIO()
        Image.open(io.BytesIO(idmock.specimen("front"))).save(buffer, name)
        assert sdk.data(buffer.getvalue())["data"]["face"]["data"]["name"] == "饶光鸣"

    @pytest.mark.parametrize(
        ("size", "code"),
        [
            ((4, 100), "illegalImageSize"),
            ((8193, 200), "illegalImageSize"),
            ((200, 8193), "illegalImageSize"),
            ((1000, 20), "illegalImageSize"),
            ((5, 5), "unmatchedImageType"),
            ((999, 20), "unmatchedImageType"),
            ((8192, 400), "unmatchedImageType"),
        ],
    )
    def test_sides(self, idmock: MockServer, sdk: Sdk, size: tuple[int, int], code: str) -> None:
        """5 to 8192 px, and less than fifty times as long as short."""
        buffer = io.BytesIO()
        Image.new("RGB", size, "white").save(buffer, "PNG")
        assert sdk.refusal(buffer.getvalue()).code == code

    @pytest.mark.parametrize("keep", [40, 5_000])
    def test_a_picture_cut_short(self, idmock: MockServer, sdk: Sdk, keep: int) -> None:
        """Recognised and unusable, in the header or behind it."""
        buffer = io.BytesIO()
        Image.open(io.BytesIO(idmock.specimen("front"))).save(buffer, "PNG")
        assert sdk.refusal(buffer.getvalue()[:keep]).code == "illegalImageContent"

    @pytest.mark.parametrize("body", [b"data:image/png;base64,iVBORw0K", b"/9j/4AAQSkZJRg", b"\0", b"{}"])
    def test_what_is_no_picture(self, sdk: Sdk, body: bytes) -> None:
        """Base64 text above all."""
        assert sdk.refusal(body).code == "unsupportedImageFormat"

    def test_ten_megabytes_are_taken(self, idmock: MockServer, sdk: Sdk) -> None:
        """The limit itself is inside."""
        data = sdk.data(idmock.specimen("front").ljust(10 * 1024 * 1024, b"\0"))
        assert data["data"]["face"]["data"]["name"] == "饶光鸣"


@pytest.mark.parametrize("specimen", READ)
def test_every_success_is_valid_and_sorted(idmock: MockServer, account: Account, specimen: str) -> None:
    """By the response schema, which looks into Data; members of Data are in alphabetical order at every level."""
    pairs = [("OutputFigure", "true"), ("OutputQualityInfo", "true")]
    reply = acs3(idmock, account, idmock.specimen(specimen), pairs=pairs).send(idmock)
    assert reply.status == 200
    errors = list(load_contract("aliyun").response_validator.iter_errors(reply.json))
    assert not errors, errors[0]
    assert list(reply.json) == ["RequestId", "Data"]
    text = reply.json["Data"]
    assert text == json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class TestSwitchedAnswers:
    def test_other_spellings_of_data(self, start_mock: StartMock) -> None:
        """The page's example has spaces, the stored value the size of the whole picture."""
        editions = {"aliyun": ("page-sample", "stored-result")}
        server = start_mock(Settings(vendors=("aliyun",), editions=editions))
        text = Sdk(server, mint(server)).call(server.specimen("front")).body.data
        assert text.startswith('{"algo_version": "')
        data = json.loads(text)
        face = data["data"]["face"]
        assert (face["orgWidth"], face["orgHeight"]) == (data["orgWidth"], data["orgHeight"])
        assert face["width"] < face["orgWidth"]
        assert text == json.dumps(data, ensure_ascii=False, sort_keys=True)

    def test_the_older_box(self, start_mock: StartMock) -> None:
        """OpenCV before 4.5.1: an upright portrait has -90, one on a tilted card its height first."""
        server = start_mock(Settings(vendors=("aliyun",), editions={"aliyun": ("older-opencv",)}))
        sdk = Sdk(server, mint(server))
        for specimen, angle in (("front", -90), ("front-tilted", -78)):
            (figure,) = read(sdk, server, specimen, output_figure=True)["data"]["face"]["figure"]
            assert figure["box"]["angle"] == pytest.approx(angle, abs=1)
            assert figure["box"]["w"] > figure["box"]["h"]

    def test_members_in_the_order_of_the_card(self, start_mock: StartMock) -> None:
        """Values, portrait and warning; whatever else there is keeps the order of the alphabet."""
        server = start_mock(Settings(vendors=("aliyun",), editions={"aliyun": ("card-order",)}))
        sdk = Sdk(server, mint(server))
        data = read(sdk, server, "front", output_figure=True, output_quality_info=True)
        face = data["data"]["face"]
        assert list(data) == sorted(data)
        assert list(face) == sorted(face)
        assert list(face["data"]) == [e["key"] for e in face["prism_keyValueInfo"]]
        assert list(face["prism_keyValueInfo"][0]) == sorted(face["prism_keyValueInfo"][0])
        assert list(face["figure"][0]) == ["type", "x", "y", "w", "h", "box", "points"]
        assert list(face["figure"][0]["box"]) == ["x", "y", "w", "h", "angle"]
        assert list(face["sliceRect"]) == ["x0", "y0", "x1", "y1", "x2", "y2", "x3", "y3"]
        assert list(face["warning"])[:4] == ["isCopy", "isReshoot", "completenessScore", "qualityScore"]
