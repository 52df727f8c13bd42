"""The reader finds cards however they lie, and says where they are.

Accuracy is in % of the card's width, over the corners of the card and of every box.
"""

from __future__ import annotations

import logging
import math
from dataclasses import replace

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mockserver.cards import code
from mockserver.cards.geometry import Transform
from mockserver.cards.model import Card, Reading, Sighting
from mockserver.cards.read import CardReader, read_picture
from mockserver.cards.scene import Placement, Scene, compose
from mockserver.pictures import Picture, PictureError, Problem, open_picture
from tests.card_strategies import (
    BACK,
    FRONT,
    angles,
    any_cards,
    encode,
    moved,
    perspectives,
    photograph,
    plausible_cards,
    scene_around,
    worst_error,
)

FLAT_LIMIT, PERSPECTIVE_LIMIT = 1.0, 3.0

#: Scales from 0.4 to 1.2, as many small as large ones; still larger ones are slow to draw and tested apart.
_scales = st.floats(math.log(0.4), math.log(1.2)).map(math.exp)
_qualities = st.integers(50, 95)
_grounds = st.integers(0, 1000)
_many = settings(max_examples=100, deadline=None, derandomize=True)


def _only(picture: Picture, card: Card) -> Sighting:
    """Reads the picture, asserts that the card is all there is in it, and says how it was seen."""
    sightings = read_picture(picture).sightings
    assert [sighting.card for sighting in sightings] == [card]
    return sightings[0]


class TestGeometry:
    @_many
    @given(plausible_cards, angles, _scales, _qualities, _grounds)
    def test_flat_cards_are_placed_within_one_percent(
        self, card: Card, angle: float, scale: float, quality: int, ground: int
    ) -> None:
        picture, (truth,) = photograph(
            scene_around(card, rotation=angle, scale=scale, ground=ground), quality=quality
        )
        sighting = _only(picture, card)
        assert worst_error(sighting, truth) < FLAT_LIMIT
        assert abs((sighting.rotation - angle + 180) % 360 - 180) < 0.5

    @_many
    @given(plausible_cards, angles, _scales, perspectives, _qualities, _grounds)
    def test_cards_seen_askew_are_placed_within_three_percent(
        self,
        card: Card,
        angle: float,
        scale: float,
        shifts: tuple[tuple[float, float], ...],
        quality: int,
        ground: int,
    ) -> None:
        scene = scene_around(card, rotation=angle, scale=scale, shifts=shifts, ground=ground)
        picture, (truth,) = photograph(scene, quality=quality)
        assert worst_error(_only(picture, card), truth) < PERSPECTIVE_LIMIT

    @pytest.mark.parametrize("scale", [2.0, 3.0])
    @pytest.mark.parametrize("angle", [0.0, 33.0, 200.0])
    def test_large_cards(self, scale: float, angle: float) -> None:
        picture, (truth,) = photograph(scene_around(FRONT, rotation=angle, scale=scale), quality=60)
        assert worst_error(_only(picture, FRONT), truth) < FLAT_LIMIT

    @given(any_cards, angles)
    @settings(max_examples=25, deadline=None, derandomize=True)
    def test_cards_with_any_text(self, card: Card, angle: float) -> None:
        """A text that fills the code makes its modules small, so the card must be larger in the picture."""
        picture, (truth,) = photograph(scene_around(card, rotation=angle, scale=0.8))
        assert worst_error(_only(picture, card), truth) < FLAT_LIMIT

    def test_measures_of_a_card_partly_outside(self) -> None:
        """Corners outside the picture are given, with coordinates beyond its edges."""
        scene = Scene(800, 638, (Placement(FRONT, (800 - 506, 319)),))
        sighting = read_picture(photograph(scene)[0]).sightings[0]
        assert sighting.corners[0] == pytest.approx((-212, 0), abs=2)
        assert sighting.outside == pytest.approx(212 / 1012, abs=0.01)
        assert sighting.coverage == pytest.approx(1, abs=0.01)
        assert sighting.width_px == pytest.approx(1012, abs=3)

    def test_after_a_client_has_cropped_resized_and_turned_the_picture(self) -> None:
        """Truth and reading move alike under what clients do to pictures."""
        image, (truth,) = compose(scene_around(BACK, scale=1.0, rotation=8))
        cut = image.crop((60, 30, image.width, image.height - 40))
        small = cut.resize((cut.width * 6 // 10, cut.height * 6 // 10), Image.Resampling.BILINEAR)
        turned = small.transpose(Image.Transpose.ROTATE_90)
        by = (
            Transform.translate(-60, -30)
            .then(Transform.scale(small.width / cut.width, small.height / cut.height))
            .then(Transform.rotate(-90))
            .then(Transform.translate(0, small.width))
        )
        sighting = read_picture(open_picture(encode(turned, quality=70))).sightings[0]
        assert worst_error(sighting, moved(truth, by)) < FLAT_LIMIT


class TestFormats:
    @pytest.mark.parametrize(
        ("format", "mode"),
        [
            ("PNG", "RGB"),
            ("PNG", "P"),
            ("PNG", "RGBA"),
            ("PNG", "I;16"),
            ("BMP", "RGB"),
            ("BMP", "L"),
            ("TIFF", "RGB"),
            ("TIFF", "CMYK"),
            ("WEBP", "RGB"),
            ("GIF", "P"),
            ("JPEG", "L"),
            ("JPEG", "CMYK"),
        ],
    )
    def test_every_format_and_depth(self, format: str, mode: str) -> None:
        image, (truth,) = compose(scene_around(FRONT, rotation=77, scale=0.6))
        if mode == "I;16":
            converted = image.convert("L").convert("I").point(lambda value: value * 257).convert("I;16")
        else:
            converted = image.convert(mode)
        assert worst_error(_only(open_picture(encode(converted, format)), FRONT), truth) < FLAT_LIMIT

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_every_exif_orientation(self, orientation: int) -> None:
        """Positions are in the picture as shown: the same for all eight ways to store it."""
        image, (truth,) = compose(scene_around(FRONT, rotation=10, scale=0.6))
        stored = image if (back := _UNDO[orientation]) is None else image.transpose(back)
        exif = Image.Exif()
        exif[0x0112] = orientation
        picture = open_picture(encode(stored, exif=exif, quality=90))
        assert (picture.width, picture.height) == image.size
        assert worst_error(read_picture(picture).sightings[0], truth) < FLAT_LIMIT


_UNDO = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


class TestSeveralCodes:
    def test_two_cards_of_one_side_are_two(self) -> None:
        other = replace(FRONT, fields={**FRONT.fields, "name": "李明"})
        scene = Scene(900, 1160, (Placement(FRONT, (450, 290), 0.8), Placement(other, (450, 870), 0.85, 180)))
        reading = read_picture(photograph(scene)[0])
        assert [s.card for s in reading.of_side("front")] == [other, FRONT], "the larger card comes first"

    @pytest.mark.parametrize("upper", ["front", "back"])
    def test_among_equally_large_cards_the_front_comes_first(self, upper: str) -> None:
        """A reader must not answer for one side today and for the other tomorrow because of a fraction of a pixel."""
        cards = [FRONT, BACK] if upper == "front" else [BACK, FRONT]
        for ground in range(4):
            placements = tuple(Placement(card, (450, 290 + 580 * row), 0.8) for row, card in enumerate(cards))
            reading = read_picture(photograph(Scene(900, 1160, placements, ground))[0])
            assert [s.card for s in reading.sightings] == [FRONT, BACK]

    def test_two_prints_of_one_card_are_two(self) -> None:
        scene = Scene(900, 1160, (Placement(BACK, (450, 290), 0.8), Placement(BACK, (450, 870), 0.8)))
        assert len(read_picture(photograph(scene)[0]).sightings) == 2

    def test_a_small_card_beside_a_large_one_is_found(self) -> None:
        """The large one is found on the smallest copy; the search goes on while another might be hidden."""
        scene = Scene(2000, 1500, (Placement(FRONT, (560, 400), 1.0), Placement(BACK, (1600, 1200), 0.33)))
        assert {s.card.side for s in read_picture(photograph(scene)[0]).sightings} == {"front", "back"}

    def test_foreign_codes_are_passed_over_quietly(self, caplog: pytest.LogCaptureFixture) -> None:
        assert read_picture(_picture_of_code(b"https://example.com/")).sightings == ()
        assert not caplog.records

    def test_a_damaged_card_code_is_left_out_with_a_reason(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING):
            assert read_picture(_picture_of_code(code.encode(FRONT)[:-1] + b"?")).sightings == ()
        assert "the checksum of a card code does not fit" in caplog.text


def _picture_of_code(payload: bytes) -> Picture:
    barcode = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.QRCode)
    image = Image.fromarray(barcode.to_image(scale=6))
    return open_picture(encode(image, "PNG"))


class TestNothingToRead:
    @pytest.mark.parametrize("size", [(1, 1), (2, 3000), (640, 480)])
    def test_a_picture_without_a_code_has_no_cards(self, size: tuple[int, int]) -> None:
        reading = read_picture(open_picture(encode(Image.new("RGB", size, "white"), "PNG")))
        assert reading == Reading(*size, ())

    @given(st.integers(0, 10**6))
    @settings(max_examples=10, deadline=None)
    def test_noise_has_no_cards(self, seed: int) -> None:
        noise = Image.effect_noise((320, 240), 20 + seed % 100)
        assert read_picture(open_picture(encode(noise, "PNG"))).sightings == ()

    def test_a_cut_picture_is_an_error_every_time(self) -> None:
        """Failures are not remembered as empty readings."""
        data = encode(compose(scene_around(FRONT, scale=0.5))[0])
        reader = CardReader()
        for _ in range(2):
            with pytest.raises(PictureError) as caught:
                reader.read(open_picture(data[: len(data) // 2]))
            assert caught.value.problem is Problem.DAMAGED


class TestMemory:
    def test_the_same_bytes_are_read_once(self) -> None:
        data = encode(compose(scene_around(FRONT, scale=0.5))[0])
        reader = CardReader()
        assert reader.read(open_picture(data)) is reader.read(open_picture(data))

    def test_memory_is_bounded(self) -> None:
        first, second = (photograph(scene_around(card, scale=0.5))[0] for card in (FRONT, BACK))
        reader = CardReader(cache_entries=1)
        before = reader.read(first)
        reader.read(second)
        assert reader.read(first) is not before
        assert reader.read(first) == before

    def test_reading_is_deterministic(self) -> None:
        picture, _ = photograph(scene_around(FRONT, rotation=5, scale=0.7))
        assert read_picture(picture) == read_picture(picture)
