"""What the pixels say: sharpness, glare, colour; and the crops."""

from __future__ import annotations

import io
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageFilter, ImageStat

from mockserver.cards import layout
from mockserver.cards.crop import card_crop, crop_size, portrait_crop
from mockserver.cards.draw import draw_card
from mockserver.cards.model import CARD_WIDTH, Card, Sighting
from mockserver.cards.read import read_picture
from mockserver.cards.scene import Look, Placement, Scene, Spot, compose
from mockserver.pictures import open_picture
from tests.card_strategies import BACK, FRONT, angles, encode, photograph, scene_around


def _sighting(scene: Scene, quality: int = 85) -> Sighting:
    (sighting,) = read_picture(photograph(scene, quality=quality)[0]).sightings
    return sighting


def _blurred(card: Card, scale: float, sigma: float) -> int:
    """Measured quality of a card blurred by ``sigma`` card pixels."""
    return _sighting(replace(scene_around(card, scale=scale, rotation=7), blur=sigma * scale)).quality


class TestQuality:
    @pytest.mark.parametrize("card", [FRONT, BACK])
    @pytest.mark.parametrize("scale", [0.4, 0.7, 1.0, 2.0])
    def test_blur_is_judged_alike_at_every_scale(self, card: Card, scale: float) -> None:
        assert _blurred(card, scale, 0) >= 85
        assert 20 <= _blurred(card, scale, 2.3) < 65
        assert _blurred(card, scale, 3) < 20

    @given(angles, st.floats(-0.7, 0.3).map(math.exp), st.integers(85, 95))
    @settings(max_examples=25, deadline=None, derandomize=True)
    def test_a_clean_picture_is_good_however_the_card_lies(
        self, angle: float, scale: float, quality: int
    ) -> None:
        assert _sighting(scene_around(FRONT, scale=scale, rotation=angle), quality).quality >= 85

    def test_more_blur_is_never_better(self) -> None:
        values = [_blurred(FRONT, 0.8, sigma / 4) for sigma in range(13)]
        assert values == sorted(values, reverse=True)

    def test_motion_in_one_direction_counts(self) -> None:
        image, _ = compose(scene_around(BACK, scale=0.8))
        sideways = ImageFilter.Kernel((5, 5), [0] * 10 + [1] * 5 + [0] * 10)
        smeared = image.filter(sideways)
        (sighting,) = read_picture(open_picture(encode(smeared))).sightings
        assert sighting.quality < 70

    def test_a_picture_enlarged_from_a_small_one_is_blurred(self) -> None:
        image, _ = compose(scene_around(BACK, scale=0.3))
        large = image.resize((image.width * 4, image.height * 4), Image.Resampling.BICUBIC)
        (sharp,) = read_picture(open_picture(encode(compose(scene_around(BACK, scale=1.2))[0]))).sightings
        (enlarged,) = read_picture(open_picture(encode(large))).sightings
        assert enlarged.quality < sharp.quality


class TestColour:
    @pytest.mark.parametrize("card", [FRONT, BACK])
    @pytest.mark.parametrize("look", ["colour", "screen", "grey", "photocopy"])
    @pytest.mark.parametrize("quality", [50, 90])
    def test_grey_is_told_from_colour(self, card: Card, look: Look, quality: int) -> None:
        for scale in (0.4, 1.0):
            scene = replace(scene_around(card, scale=scale, rotation=3), look=look)
            assert _sighting(scene, quality).grey is (look in ("grey", "photocopy"))

    def test_a_grey_copy_in_warm_light_stays_grey(self) -> None:
        image, _ = compose(replace(scene_around(FRONT, scale=0.8), look="grey"))
        warm = ImageChops.multiply(image, Image.new("RGB", image.size, (255, 238, 214)))
        (sighting,) = read_picture(open_picture(encode(warm))).sightings
        assert sighting.grey

    def test_a_coloured_card_in_dim_light_keeps_its_colour(self) -> None:
        image, _ = compose(scene_around(FRONT, scale=0.8))
        dim = image.point(lambda value: value * 0.6)
        (sighting,) = read_picture(open_picture(encode(dim))).sightings
        assert not sighting.grey


def _middle(card: Card, name: str) -> tuple[float, float]:
    left, top, right, bottom = layout.field_boxes(card)[name]
    return ((left + right) / 2, (top + bottom) / 2)


class TestGlare:
    @pytest.mark.parametrize("field", ["name", "address", "id_number"])
    @given(angles, st.floats(0.5, 1.0))
    @settings(max_examples=6, deadline=None, derandomize=True)
    def test_a_covered_field_is_named(self, field: str, angle: float, scale: float) -> None:
        scene = scene_around(FRONT, rotation=angle, scale=scale, glare=(Spot(_middle(FRONT, field), 50),))
        assert field in _sighting(scene).glare

    def test_the_portrait_above_its_code(self) -> None:
        assert _sighting(scene_around(FRONT, scale=0.8, glare=(Spot((900, 100), 45),))).glare == {"portrait"}

    def test_a_spot_that_error_correction_repairs_is_still_seen(self) -> None:
        """A reflection inside the code leaves it readable and is reported for the place of the code."""
        spot = (Spot((800, 330), 34),)
        assert _sighting(scene_around(FRONT, scale=0.8, glare=spot)).glare == {"portrait"}
        assert _sighting(scene_around(BACK, scale=0.8, glare=(Spot((200, 220), 30),))).glare == {"emblem"}

    def test_between_the_fields_it_is_other(self) -> None:
        assert _sighting(scene_around(FRONT, scale=0.8, glare=(Spot((400, 500), 36),))).glare == {"other"}

    @given(angles, st.floats(0.4, 1.2), st.sampled_from(["colour", "grey", "photocopy", "screen"]))
    @settings(max_examples=20, deadline=None, derandomize=True)
    def test_without_a_reflection_there_is_no_glare(self, angle: float, scale: float, look: Look) -> None:
        for card in (FRONT, BACK):
            assert (
                _sighting(replace(scene_around(card, rotation=angle, scale=scale), look=look)).glare
                == frozenset()
            )

    def test_white_paper_around_the_card_is_no_glare(self) -> None:
        card = draw_card(FRONT)
        sheet = Image.new("RGB", (1200, 800), "white")
        sheet.paste(card, (90, 80), card)
        (sighting,) = read_picture(open_picture(encode(sheet))).sightings
        assert sighting.glare == frozenset()


class TestCrops:
    @given(angles, st.floats(0.5, 1.1))
    @settings(max_examples=12, deadline=None, derandomize=True)
    def test_the_card_crop_is_the_card_upright(self, angle: float, scale: float) -> None:
        picture, _ = photograph(scene_around(FRONT, rotation=angle, scale=scale))
        (sighting,) = read_picture(picture).sightings
        crop = Image.open(io.BytesIO(card_crop(picture, sighting)))
        assert (crop.format, crop.size) == ("JPEG", crop_size(sighting))
        assert crop.width == pytest.approx(CARD_WIDTH * scale, rel=0.01)
        drawn = draw_card(FRONT).convert("RGB").resize(crop.size, Image.Resampling.LANCZOS)
        soft = [image.filter(ImageFilter.GaussianBlur(3)) for image in (crop.convert("RGB"), drawn)]
        inner = (20, 20, crop.width - 20, crop.height - 20)
        difference = ImageChops.difference(soft[0].crop(inner), soft[1].crop(inner))
        assert max(ImageStat.Stat(difference).mean) < 6

    def test_the_crop_can_be_read_again(self) -> None:
        """A crop is a picture of the same card, filling the frame."""
        picture, _ = photograph(scene_around(BACK, rotation=140, scale=0.9))
        (sighting,) = read_picture(picture).sightings
        (again,) = read_picture(open_picture(card_crop(picture, sighting))).sightings
        assert again.card == BACK
        assert again.coverage > 0.97
        assert min(again.rotation, 360 - again.rotation) < 0.5

    def test_the_portrait_crop_has_the_portraits_shape(self) -> None:
        picture, _ = photograph(scene_around(FRONT, rotation=300, scale=1.0))
        (sighting,) = read_picture(picture).sightings
        crop = Image.open(io.BytesIO(portrait_crop(picture, sighting)))
        left, top, right, bottom = layout.PORTRAIT_BOX
        assert crop.size == crop_size(sighting, layout.PORTRAIT_BOX)
        assert crop.width / crop.height == pytest.approx((right - left) / (bottom - top), rel=0.02)

    def test_crops_are_deterministic(self) -> None:
        picture, _ = photograph(scene_around(FRONT, rotation=3, scale=0.6))
        (sighting,) = read_picture(picture).sightings
        assert card_crop(picture, sighting) == card_crop(picture, sighting)

    def test_what_lies_outside_the_picture_is_black(self) -> None:
        picture, _ = photograph(Scene(800, 638, (Placement(FRONT, (800 - 506, 319)),)))
        (sighting,) = read_picture(picture).sightings
        crop = Image.open(io.BytesIO(card_crop(picture, sighting))).convert("L")
        assert crop.crop((0, 0, 180, crop.height)).getextrema()[1] < 40

    def test_the_size_of_a_crop_is_bounded(self) -> None:
        picture, _ = photograph(scene_around(FRONT, scale=2.5))
        (sighting,) = read_picture(picture).sightings
        assert crop_size(sighting)[0] == 2 * CARD_WIDTH

    def test_a_back_has_no_portrait(self) -> None:
        picture, _ = photograph(scene_around(BACK, scale=0.6))
        (sighting,) = read_picture(picture).sightings
        with pytest.raises(ValueError, match="no portrait"):
            portrait_crop(picture, sighting)
