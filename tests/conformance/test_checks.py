"""Each question on its own: what holds, what does not, and that no answer whatever breaks it."""

from __future__ import annotations

import base64
import io
import json
import math
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from conformance.checks.crops import like_crop
from conformance.checks.formats import fill, read_date, write_date
from conformance.checks.judge import judge
from conformance.checks.links import check_digit, check_links
from conformance.checks.operators import OPERATORS, compare, shortened
from conformance.checks.places import inside_picture, near_place, points_of
from conformance.checks.pointers import ABSENT, find
from conformance.checks.shapes import check_shape
from conformance.checks.truth import Truth
from conformance.data import HERE
from conformance.dialect import load_dialect, vendors
from conformance.errors import NotApplicable
from conformance.model import LEVELS, Account, Answer
from conformance.pictures import CardTruth, Picture, specimens

PATTERNS = ["YYYY/M/D", "YYYY-MM-DD", "YYYY.MM.DD", "YYYYMMDD", "YYYY年M月D日", "YYYYMM"]
WHOLE_PATTERNS = PATTERNS[:5]
QUAD = ((100.0, 50.0), (900.0, 50.0), (900.0, 550.0), (100.0, 550.0))
FIELDS = {"name": "李·四", "birth": "1995-02-04", "valid_until": "长期"}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
dates = st.dates(date(1900, 1, 1), date(2099, 12, 31)).map(date.isoformat)


def drawn() -> bytes:
    """A picture of 1000 × 600 with a card that is dark at its top left."""
    image = Image.new("RGB", (1000, 600), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((100, 50, 900, 550), "grey")
    draw.rectangle((100, 50, 400, 250), "black")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


TRUTH = Truth(
    (Picture(drawn(), (CardTruth("front", FIELDS, QUAD, {"name": QUAD}),), (1000, 600)),),
    Account("tencent", "active", {"secret_id": "AKIDx"}),
)


def failures(actual: Any, expectation: Any) -> list[str]:
    """What was expected and is not so."""
    return [failure.expected for failure in compare(actual, expectation, TRUTH, "/x")]


class TestDates:
    """Dates as a vendor writes them."""

    @given(iso=dates, pattern=st.sampled_from(WHOLE_PATTERNS))
    def test_what_is_written_is_read_back(self, iso: str, pattern: str) -> None:
        """In every pattern that vendors use."""
        assert read_date(write_date(iso, pattern), pattern) == iso

    @given(iso=dates)
    def test_padding_is_part_of_a_pattern(self, iso: str) -> None:
        """1995/2/4 is not YYYY/MM/DD, 1995/02/04 not YYYY/M/D."""
        padded, bare = write_date(iso, "YYYY/MM/DD"), write_date(iso, "YYYY/M/D")
        assert (read_date(padded, "YYYY/M/D") == iso) == (padded == bare)
        assert (read_date(bare, "YYYY/MM/DD") == iso) == (padded == bare)

    @given(text=st.text(), pattern=st.sampled_from(WHOLE_PATTERNS))
    def test_any_text_is_read_or_not(self, text: str, pattern: str) -> None:
        """A text that is no date gives None, never an exception."""
        found = read_date(text, pattern)
        assert found is None or len(found.split("-")) == 3

    @pytest.mark.parametrize("text", ["1995/１/4", "1995/1/٤", "１９９５/1/4"])
    def test_other_digits_are_none(self, text: str) -> None:
        """A number of full width looks like a date and is none to a client that reads it."""
        assert read_date(text, "YYYY/M/D") is None

    def test_a_template_takes_fields_and_leaves_no_end_alone(self) -> None:
        """A card without end keeps its 长期, whatever the pattern."""
        assert fill("{name} {birth:YYYY/M/D} {valid_until:YYYY.MM.DD}", FIELDS) == "李·四 1995/2/4 长期"
        with pytest.raises(NotApplicable, match="authority"):
            TRUTH.text("{authority}")


class TestNumbers:
    """ID numbers: check digit, birth date, sex (GB 11643-1999)."""

    @pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
    def test_the_standards_examples(self, number: str) -> None:
        """The two numbers in the standard's annex."""
        assert check_digit(number[:17]) == number[17]

    @given(
        first=st.text("0123456789", min_size=17, max_size=17),
        place=st.integers(0, 16),
        step=st.integers(1, 9),
    )
    def test_one_wrong_digit_is_noticed(self, first: str, place: int, step: int) -> None:
        """The check digit of ISO 7064 changes with any single digit."""
        other = first[:place] + str((int(first[place]) + step) % 10) + first[place + 1 :]
        assert check_digit(first) != check_digit(other)

    @given(iso=dates, order=st.integers(0, 999))
    def test_number_birth_and_sex_agree(self, iso: str, order: int) -> None:
        """A document made by the rules has no failure; with another day, sex or check digit it has one."""
        first = "110105" + iso.replace("-", "") + f"{order:03}"
        sex = "男" if order % 2 else "女"
        document = {"n": first + check_digit(first), "b": write_date(iso, "YYYY/M/D"), "s": sex}
        links = {
            "number": "/n",
            "birth": "/b",
            "birth_pattern": "YYYY/M/D",
            "sex": "/s",
            "sex_values": ["男", "女"],
        }
        assert check_links(document, links) == []
        wrong = {
            "birth in number": {"b": write_date(iso, "YYYY-MM-DD")},
            "sex in number": {"s": "女" if order % 2 else "男"},
            "check digit": {"n": first + ("0" if document["n"][17] != "0" else "1")},
        }
        for question, change in wrong.items():
            assert [f.question for f in check_links({**document, **change}, links)] == [question]

    def test_birth_in_three_members(self) -> None:
        """Year, month and day apart, padded or not."""
        links = {"number": "/n", "birth_parts": ["/y", "/m", "/d"]}
        document = {"n": "11010519491231002X", "y": "1949", "m": "12", "d": "31"}
        assert check_links(document, links) == []
        assert [f.at for f in check_links({**document, "d": "30"}, links)] == ["/y"]

    @given(number=json_values | st.text(min_size=18, max_size=18), birth=json_values, sex=json_values)
    def test_whatever_stands_there_is_judged(self, number: Any, birth: Any, sex: Any) -> None:
        """A number that is none is a failure, never an exception."""
        links = {
            "number": "/n",
            "birth": "/b",
            "birth_pattern": "YYYYMMDD",
            "sex": "/s",
            "sex_values": ["M", "F"],
        }
        assert check_links({"n": number, "b": birth, "s": sex}, links)


class TestOperators:
    """One value against what is expected of it."""

    @pytest.mark.parametrize(
        ("expectation", "holds", "fails"),
        [
            ("x", ["x"], ["X", None, ABSENT, 1, ["x"]]),
            (1, [1], [True, 1.0, "1", 2]),
            (True, [True], [1, "true", None]),
            (None, [None], [ABSENT, "", 0, False]),
            ([1, 2], [[1, 2]], [[2, 1], [1], "12"]),
            ({"equals": {"a": 1, "b": 2}}, [{"b": 2, "a": 1}], [{"a": 1}]),
            ({"absent": True}, [ABSENT], [None, ""]),
            ({"absent": False}, [None], [ABSENT]),
            ({"present": True}, [None, ""], [ABSENT]),
            ({"type": "integer"}, [1, -1], [1.0, True, "1", ABSENT]),
            ({"type": ["number", "null"]}, [1, 1.5, None], [True, "1"]),
            ({"type": "object"}, [{}], [[], "{}"]),
            ({"matches": "[a-f]+"}, ["abc"], ["abcx", "xabc", 1, "abc\n"]),
            ({"matches": r"\d{4}"}, ["1995"], ["１９９５", "١٩٩٥"]),
            ({"contains": "b"}, ["abc", ["b"]], ["ac", ["ab"], 1, {"b": 1}]),
            ({"one_of": [1, "a"]}, [1, "a"], [True, "1"]),
            ({"not": ""}, ["x", None], [""]),
            ({"at_least": 2, "at_most": 3}, [2, 2.5, 3], [1.9, 3.1, "2", True]),
            ({"decimals": 2}, [1, 1.25], [1.255, "1.2"]),
            ({"length": 2}, ["ab", [1, 2], {"a": 1, "b": 2}], ["a", 2]),
            ({"keys": ["a", "b"]}, [{"a": 1, "b": 2}], [{"b": 2, "a": 1}, {"a": 1}, []]),
            ({"key_set": ["a", "b"]}, [{"b": 2, "a": 1}], [{"a": 1}]),
            ({"no_keys_but": ["a", "b"]}, [{"b": 2}, {}], [{"c": 1}, {"a": 1, "c": 1}, ["a"]]),
            ({"truth": "{name}"}, ["李·四"], ["李四", 1]),
            ({"credential": "secret_id"}, ["AKIDx"], ["AKIDy"]),
            ({"base64": True}, ["YWI="], ["YW I=", "a", 1, ""]),
            ({"size_of": "width"}, [1000], [600, "1000", 1000.0]),
            ({"each": {"type": "string"}}, [["a"], {"x": "a"}], [["a", 1], [], "a"]),
            ({"at": {"/a": 1, "/b": {"absent": True}}}, [{"a": 1}], [{"a": 1, "b": 1}, {}, 1]),
            (
                {"inside_picture": True},
                [[[0, 0], [1000, 600]]],
                [[[0, 0], [1001, 600]], [[-1, 0]], [[True, False]], "x"],
            ),
        ],
    )
    def test_what_holds_and_what_does_not(self, expectation: Any, holds: list[Any], fails: list[Any]) -> None:
        """Each operator accepts what it says and nothing like it."""
        for value in holds:
            assert failures(value, expectation) == [], value
        for value in fails:
            assert failures(value, expectation), value

    def test_a_total(self) -> None:
        """Numbers at several pointers sum to what they have to, within a tolerance."""
        expectation = {"total": {"of": ["/a", "/b"], "is": 1, "within": 0.01}}
        assert failures({"a": 0.5, "b": 0.505}, expectation) == []
        assert failures({"a": 0.5, "b": 0.6}, expectation)
        assert failures({"a": 0.5}, expectation)

    def test_all_of_several_must_hold(self) -> None:
        """Each one that does not is a failure of its own."""
        assert len(failures("x", {"type": "integer", "at_least": 1})) == 2

    @given(actual=json_values)
    @settings(max_examples=60)
    def test_no_value_breaks_an_operator(self, actual: Any) -> None:
        """A value of the wrong kind is a failure, never an exception."""
        arguments: dict[str, Any] = {
            "type": "string", "matches": ".*", "contains": "a", "one_of": [1, 2], "not": 1, "at_least": 1,
            "at_most": 1, "decimals": 1, "total": {"of": ["/a", "/b"], "is": 1}, "length": 1, "keys": ["a"],
            "key_set": ["a"], "no_keys_but": ["a"], "truth": "{name}", "credential": "secret_id", "base64": True,
            "size_of": "width", "each": "x",
            "at": {"/a": 1}, "inside_picture": True, "place": {"of": "card"}, "crop": {"of": "card"},
            "equals": 1, "absent": False, "present": True,
        }  # fmt: skip
        assert set(arguments) == OPERATORS
        for name, argument in arguments.items():
            assert isinstance(failures(actual, {name: argument}), list)

    def test_the_schema_of_cases_knows_the_same_operators(self) -> None:
        """``case.schema.json`` and the code list the same ones."""
        schema = json.loads((HERE / "case.schema.json").read_text("utf-8"))
        listed = schema["$defs"]["expectation"]["anyOf"][1]["properties"]
        assert set(listed) == OPERATORS

    def test_a_long_value_is_cut(self) -> None:
        """A report holds no whole picture."""
        assert len(shortened("x" * 10_000)) < 300
        assert shortened("短") == '"短"'
        assert shortened(ABSENT) == "(absent)"


class TestPointers:
    """JSON pointers into an answer."""

    @given(document=json_values)
    def test_every_value_is_found(self, document: Any) -> None:
        """Whatever keys are made of, the pointer to a value finds it, and one beyond finds nothing."""

        def walk(value: Any, pointer: str) -> None:
            assert find(document, pointer) is value
            children = (
                value.items()
                if isinstance(value, dict)
                else enumerate(value)
                if isinstance(value, list)
                else ()
            )
            for key, child in children:
                walk(child, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")

        walk(document, "")
        assert find(document, "/no/such/place") is ABSENT


class TestPlaces:
    """Points and boxes in the spellings of the vendors."""

    SPELLINGS = (
        [[100, 50], [900, 50], [900, 550], [100, 550]],
        [{"x": 100, "y": 50}, {"x": 900, "y": 50}, {"x": 900, "y": 550}, {"x": 100, "y": 550}],
        [{"X": 100, "Y": 50}, {"X": 900, "Y": 50}, {"X": 900, "Y": 550}, {"X": 100, "Y": 550}],
        {"x0": 100, "y0": 50, "x1": 900, "y1": 50, "x2": 900, "y2": 550, "x3": 100, "y3": 550},
        {"left": 100, "top": 50, "right": 900, "bottom": 550},
        {"x": 100, "y": 50, "w": 800, "h": 500},
        {"X": 100, "Y": 50, "Width": 800, "Height": 500},
        {
            "lt": {"x": 100, "y": 50}, "rt": {"x": 900, "y": 50},
            "rb": {"x": 900, "y": 550}, "lb": {"x": 100, "y": 550},
        },
    )  # fmt: skip

    @pytest.mark.parametrize("spelling", SPELLINGS)
    def test_one_place_in_every_spelling(self, spelling: Any) -> None:
        """All of them mean the same four points."""
        assert points_of(spelling) == [tuple(map(int, point)) for point in QUAD]
        assert near_place(spelling, {"of": "card"}, TRUTH) is None

    @given(across=st.floats(-200, 200), down=st.floats(-200, 200))
    def test_the_tolerance_is_a_share_of_the_cards_width(self, across: float, down: float) -> None:
        """Moved by up to 3 % of the width it is near, by more it is not."""
        moved = [[x + across, y + down] for x, y in QUAD]
        near = math.hypot(across, down) <= 0.03 * 800
        if abs(math.hypot(across, down) - 24) > 1e-6:
            assert (near_place(moved, {"of": "card"}, TRUTH) is None) == near

    def test_the_order_of_points_counts(self) -> None:
        """A card that is said to be turned is somewhere else."""
        assert near_place([list(p) for p in (*QUAD[1:], QUAD[0])], {"of": "card"}, TRUTH)

    def test_clipped_at_the_edge(self) -> None:
        """A vendor that cuts places at the edge of the picture is right to, when the case says so."""
        corners = ((-50.0, 0.0), (750.0, 0.0), (750.0, 500.0), (-50.0, 500.0))
        truth = Truth((Picture(b"", (CardTruth("front", {}, corners),), (1000, 600)),))
        cut = [[0, 0], [750, 0], [750, 500], [0, 500]]
        assert near_place(cut, {"of": "card"}, truth)
        assert near_place(cut, {"of": "card", "clipped": True}, truth) is None

    def test_an_unknown_place_is_not_applicable(self) -> None:
        """Nobody is blamed for what the truth does not say."""
        with pytest.raises(NotApplicable):
            near_place([[0, 0]] * 4, {"of": "portrait"}, TRUTH)
        with pytest.raises(NotApplicable):
            near_place([[0, 0]] * 4, {"of": "card", "side": "back"}, TRUTH)

    @given(value=json_values)
    def test_any_value_is_a_place_or_not(self, value: Any) -> None:
        """Never an exception."""
        points = points_of(value)
        assert points is None or all(len(point) == 2 for point in points)
        assert isinstance(inside_picture(value, True, TRUTH), str | None)


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> str:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return base64.b64encode(out.getvalue()).decode()


def crop_of(role: str) -> tuple[Truth, Image.Image]:
    """A specimen's truth, and its first card as it lies there, upright."""
    picture = specimens().find(role)
    top_left, top_right, bottom_right, bottom_left = picture.cards[0].corners
    corners = (*top_left, *bottom_left, *bottom_right, *top_right)
    with Image.open(io.BytesIO(picture.data)) as image:
        shown = image.convert("RGB").transform((856, 540), Image.Transform.QUAD, corners)
    return Truth((picture,)), shown


class TestCrops:
    """Pictures in an answer."""

    @pytest.fixture
    def card(self) -> Image.Image:
        """The card as it lies in the picture."""
        return Image.open(io.BytesIO(TRUTH.picture().data)).convert("RGB").crop((100, 50, 900, 550))

    @pytest.mark.parametrize(("size", "quality"), [((800, 500), 90), ((400, 250), 40), ((1012, 638), 75)])
    def test_the_card_itself(self, card: Image.Image, size: tuple[int, int], quality: int) -> None:
        """Resized and compressed it is still the card."""
        assert like_crop(encoded(card.resize(size), quality=quality), {"of": "card"}, TRUTH) is None

    def test_with_a_margin(self) -> None:
        """A little of the ground around it is permitted."""
        whole = Image.open(io.BytesIO(TRUTH.picture().data)).convert("RGB")
        assert like_crop(encoded(whole.crop((60, 25, 940, 575))), {"of": "card"}, TRUTH) is None

    @pytest.mark.parametrize("degrees", [90, 180, 270])
    def test_turned_it_is_not_the_card(self, card: Image.Image, degrees: int) -> None:
        """A crop is upright."""
        assert like_crop(encoded(card.rotate(degrees, expand=True)), {"of": "card"}, TRUTH)

    @pytest.mark.parametrize("size", [(1600, 500), (800, 1000), (500, 500)])
    def test_stretched_it_is_not_the_card(self, card: Image.Image, size: tuple[int, int]) -> None:
        """A crop keeps the card's proportions, near enough."""
        assert "stretched" in (like_crop(encoded(card.resize(size)), {"of": "card"}, TRUTH) or "")

    @pytest.mark.parametrize("role", ["front", "front-tilted", "front-rotated-90", "back", "back-photocopy"])
    def test_a_specimens_own_card(self, role: str) -> None:
        """However it lies; brightness, contrast and size are the vendor's choice, an inverted picture is another."""
        truth, shown = crop_of(role)
        side = {"of": "card", "side": truth.picture().cards[0].side}
        pale = ImageEnhance.Contrast(shown.resize((320, 202))).enhance(0.6)
        assert like_crop(encoded(shown), side, truth) is None
        assert like_crop(encoded(pale, quality=40), side, truth) is None
        for wrong in (ImageOps.invert(shown), ImageOps.mirror(shown), Image.new("RGB", shown.size, "grey")):
            assert "correlation" in (like_crop(encoded(wrong), side, truth) or "")

    @pytest.mark.parametrize(
        ("role", "other"),
        [("front", "front-minority"), ("front-blurry", "front-long-address"), ("back", "back-expired")],
    )
    def test_somebody_elses_card_is_not(self, role: str, other: str) -> None:
        """The layout alone, which all cards share, does not pass for the card that was sent."""
        truth, _ = crop_of(role)
        side = {"of": "card", "side": truth.picture().cards[0].side}
        assert "correlation" in (like_crop(encoded(crop_of(other)[1]), side, truth) or "")

    def test_a_place_without_an_area(self) -> None:
        """A truth that is none says nothing about an answer."""
        flat = CardTruth("front", FIELDS, ((0, 0), (100, 0), (50, 50), (0, 100)))
        picture = Picture(drawn(), (flat,), (1000, 600))
        with pytest.raises(NotApplicable, match="area"):
            like_crop(encoded(Image.new("RGB", (100, 100))), {"of": "card"}, Truth((picture,)))

    def test_another_picture_or_format_is_not(self, card: Image.Image) -> None:
        """What it shows and how it is written both count."""
        assert like_crop(encoded(Image.new("RGB", (800, 500), "white")), {"of": "card"}, TRUTH)
        assert like_crop(encoded(card, "PNG"), {"of": "card", "format": "JPEG"}, TRUTH)
        assert like_crop(encoded(card, "PNG"), {"of": "card", "format": "PNG"}, TRUTH) is None

    @given(st.binary(max_size=40), st.integers(0, 400), st.sampled_from(["JPEG", "PNG", "BMP"]))
    @settings(max_examples=60, deadline=None)
    def test_broken_bytes_are_no_picture(self, junk: bytes, place: int, kind: str) -> None:
        """Whatever a picture was broken by, it is a failure or still shows the card."""
        data = base64.b64decode(encoded(Image.new("RGB", (40, 25), "grey"), kind))
        broken = base64.b64encode(data[:place] + junk + data[place + len(junk) :]).decode()
        assert isinstance(like_crop(broken, {"of": "card"}, TRUTH), str | None)


class TestJudge:
    """What is asked of a whole answer, in which order."""

    ERROR: ClassVar[dict[str, Any]] = {"Error": {"Code": "X", "Message": "m"}, "RequestId": "r" * 36}

    def judged(self, expect: dict[str, Any], **changes: Any) -> list[tuple[str, str]]:
        """Question and place of each failure of an error of Tencent's."""
        dialect = replace(
            load_dialect("tencent"), agreements={"sum": lambda answer: (2, len(answer.headers))}
        )
        body = json.dumps({"Response": {**self.ERROR, **changes}}).encode()
        found = judge({"error": {"code": "X"}, **expect}, Answer(200, [("A", "1")], body), dialect, TRUTH)
        return [(failure.question, failure.at) for failure in found]

    def test_a_shape_is_asked_unasked(self) -> None:
        """A member that the contract does not have is a failure, unless the case says that it is none."""
        assert self.judged({"shape": "any"}, RequestId=7) == []
        ((question, _),) = self.judged({}, RequestId=7)
        assert question.startswith("shape")

    def test_members_that_follow_from_others(self) -> None:
        """Asked when all else is well, as they take the others for right."""
        assert self.judged({"agrees": ["sum"], "shape": "any"}) == [("agrees", "sum")]
        assert self.judged({"agrees": ["sum"], "shape": "any", "status": 400}) == [("equals", "status")]


class TestShapes:
    """Schemas, and how much each of their rules binds."""

    CARD: ClassVar[dict[str, Any]] = {"status": 200, "msg": "请求成功", "data": {"type": "front"}}

    @pytest.mark.parametrize(
        ("vendor", "shape", "document", "levels"),
        [
            # Members of an error of the gateway were seen, and no page has them.
            ("aliyun", "error", {"Code": "noPermission"}, ["should", "may"]),
            # The page has one sample for a front, which is that of both sides.
            ("alimarket", "response", CARD, ["may"]),
            # A type that the page names.
            ("alimarket", "response", {**CARD, "status": "200"}, ["must", "should", "may"]),
            ("aliyun", "response", {"RequestId": "1", "Data": "{}"}, ["must", "should", "may"]),
            ("alimarket", "response", {**CARD, "data": {"type": "neither"}}, ["must", "should", "may"]),
            # Places of texts are written as a sibling of the service does.
            ("huawei", "response", {"result": {"text_location": {"name": 1}}}, ["may"]),
            # The page has request_id, and only siblings time_used.
            ("megvii", "error", {"error": "BAD_ARGUMENTS: image", "request_id": "1"}, ["should", "may"]),
            ("megvii", "error", {"error": "BAD_ARGUMENTS: image"}, ["must", "should", "may"]),
            (
                "megvii",
                "error",
                {"error": "INTERNAL_ERROR", "request_id": "1", "time_used": 1.0},
                ["should", "may"],
            ),
        ],
    )
    def test_a_rule_counts_from_its_own_level_on(
        self, vendor: str, shape: str, document: Any, levels: list[str]
    ) -> None:
        """What was seen breaks no clause that a document has."""
        assert [level for level in LEVELS if check_shape(vendor, shape, document, level)] == levels

    def test_json_in_a_text_is_held_against_its_own_schema(self) -> None:
        """A rule of the inner document is found, with the level of its own mark."""
        document = {"RequestId": "0" * 8, "Data": "{}"}
        assert [failure.at for failure in check_shape("aliyun", "response", document, "must")] == [
            "$.Data"
        ] * 6
        assert "$.RequestId" in [failure.at for failure in check_shape("aliyun", "response", document)]

    @pytest.mark.parametrize("vendor", vendors())
    @pytest.mark.parametrize("shape", ["response", "error"])
    @given(document=json_values)
    @settings(max_examples=25)
    def test_any_document_fits_or_not(self, vendor: str, shape: str, document: Any) -> None:
        """Whatever it is, it has failures or none, and more of them the more counts."""
        found = [len(check_shape(vendor, shape, document, level)) for level in LEVELS]
        assert found == sorted(found)
