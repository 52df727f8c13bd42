"""What is drawn, and that the boxes are where the ink is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageChops, ImageStat

from mockserver.cards import layout
from mockserver.cards.draw import draw_card
from mockserver.cards.geometry import Box, share_inside, visible_share
from mockserver.cards.layout import field_boxes, nominal_boxes
from mockserver.cards.model import CARD_HEIGHT, CARD_WIDTH, Card
from mockserver.cards.scene import Placement, Scene, Spot, compose
from tests.card_strategies import BACK, FRONT, any_cards, plausible_cards


def _integral(box: Box) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    return (int(left), int(top), int(right), int(bottom))


def _ink(card: Card, field: str) -> tuple[int, int, int, int] | None:
    """Where a card changes when one of its values is left out, its code aside."""
    without = replace(card, fields={**card.fields, field: " "})
    changed = ImageChops.difference(draw_card(card).convert("RGB"), draw_card(without).convert("RGB"))
    changed.paste(0, _integral(layout.plate_box(card.side)))
    return changed.getbbox()


class TestBoxes:
    @given(plausible_cards, st.data())
    @settings(max_examples=40, deadline=None)
    def test_a_value_is_inked_in_its_box_and_nowhere_else(self, card: Card, data: st.DataObject) -> None:
        """A field of a date is drawn with labels between its parts, so dates are tested by themselves."""
        names = [name for name in card.fields if name not in ("birth", "valid_from", "valid_until")]
        field = data.draw(st.sampled_from(names))
        assert _ink(card, field) == _integral(field_boxes(card)[field])

    def test_dates_are_inked_in_their_boxes(self) -> None:
        boxes = field_boxes(BACK)
        assert _ink(BACK, "valid_until") == _integral(boxes["valid_until"])
        front = field_boxes(FRONT)
        assert front["birth"] == layout.union(front[f"birth_{part}"] for part in ("year", "month", "day"))
        assert boxes["validity"] == layout.union([boxes["valid_from"], boxes["valid_until"]])

    @given(any_cards)
    @settings(max_examples=60, deadline=None)
    def test_every_field_of_any_card_has_a_box(self, card: Card) -> None:
        boxes = field_boxes(card)
        assert set(card.fields) <= set(boxes)
        assert ("portrait" if card.side == "front" else "validity") in boxes
        assert all(left <= right and top <= bottom for left, top, right, bottom in boxes.values())

    @given(plausible_cards)
    @settings(max_examples=60, deadline=None)
    def test_plausible_values_lie_on_the_card_and_beside_the_code(self, card: Card) -> None:
        plate = layout.plate_box(card.side)
        for name, box in field_boxes(card).items():
            quad = layout.box_quad(box)
            assert visible_share(quad, CARD_WIDTH, CARD_HEIGHT) > 0.999, name
            if name != "portrait":
                assert share_inside(quad, plate) == 0, name

    @pytest.mark.parametrize("card", [FRONT, BACK])
    def test_nominal_boxes_hold_the_printed_ones(self, card: Card) -> None:
        nominal = nominal_boxes(card.side)
        for name, box in field_boxes(card).items():
            if name in ("valid_from", "valid_until") or name.startswith("birth_"):
                continue
            (left, top), _, (right, bottom), _ = nominal[name]
            assert left <= box[0] and top <= box[1] and right >= box[2] and bottom >= box[3], name


class TestDrawing:
    def test_the_same_card_gives_the_same_pixels(self) -> None:
        assert draw_card(FRONT).tobytes() == draw_card(Card("front", dict(FRONT.fields))).tobytes()

    @pytest.mark.parametrize("card", [FRONT, BACK])
    def test_a_red_band_marks_a_specimen_and_spares_the_code(self, card: Card) -> None:
        image = draw_card(card).convert("RGB")
        red, green, blue = image.split()
        redder = ImageChops.subtract(red, ImageChops.lighter(green, blue)).point(
            lambda v: 255 if v > 40 else 0
        )
        assert ImageStat.Stat(redder).mean[0] / 255 > 0.01
        assert redder.crop(_integral(layout.plate_box(card.side))).getbbox() is None

    def test_unreadable_text_is_smeared_and_the_code_is_not(self) -> None:
        clear = draw_card(FRONT).convert("L")
        smeared = draw_card(replace(FRONT, flags=frozenset({"unreadable"}))).convert("L")
        box = _integral(field_boxes(FRONT)["address"])
        assert ImageStat.Stat(smeared.crop(box)).stddev[0] < 0.5 * ImageStat.Stat(clear.crop(box)).stddev[0]
        assert smeared.crop(_integral(layout.code_box("front"))).getextrema() == (0, 255)

    def test_the_corners_are_round(self) -> None:
        alpha = draw_card(FRONT).getchannel("A")
        assert alpha.getpixel((0, 0)) == 0
        assert alpha.getpixel((CARD_WIDTH // 2, 0)) == 255


class TestScene:
    def test_the_same_scene_gives_the_same_pixels(self) -> None:
        scene = Scene(
            500, 400, (Placement(FRONT, (250, 200), 0.4, 17, glare=(Spot((300, 300), 40),)),), 5, 0.7
        )
        assert compose(scene)[0].tobytes() == compose(scene)[0].tobytes()

    def test_truth_is_where_the_card_is(self) -> None:
        """The card's white plate begins exactly at its corner in the truth."""
        image, (truth,) = compose(Scene(1100, 800, (Placement(FRONT, (550, 400)),)))
        left, top, *_ = layout.plate_box("front")
        x, y = truth.to_picture.apply((left, top))
        inside = image.getpixel((round(x) + 1, round(y) + 1))
        outside = image.getpixel((round(x) - 2, round(y) + 60))
        assert inside == (255, 255, 255) != outside

    def test_the_ground_is_uneven_and_depends_on_its_seed(self) -> None:
        one, other = (compose(Scene(300, 200, ground=seed))[0] for seed in (1, 2))
        assert ImageStat.Stat(one).stddev[0] > 3
        assert one.tobytes() != other.tobytes()

    @pytest.mark.parametrize("look", ["grey", "photocopy"])
    def test_copies_have_no_colour(self, look: str) -> None:
        image, _ = compose(Scene(300, 200, (Placement(FRONT, (150, 100), 0.2),), look=look))  # type: ignore[arg-type]
        red, green, blue = image.split()
        assert red.tobytes() == green.tobytes() == blue.tobytes()

    def test_a_card_may_lie_beside_the_picture(self) -> None:
        image, (truth,) = compose(Scene(200, 200, (Placement(FRONT, (-900, -900)),)))
        assert image.size == (200, 200)
        assert truth.corners[2] == pytest.approx((-394, -581))
