"""Quality, legality, completeness and the naming of corners for sightings made by hand (contract §5.1-§5.5)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.cards.geometry import Quad, Transform, box_quad
from mockserver.cards.model import FLAGS, Card, Reading, Sighting
from mockserver.contract import load_contract
from mockserver.vendors._megvii import judgement
from tests.megvii.shown import points

CONTRACT = load_contract("megvii")
BOX: Quad = box_quad((10, 10, 20, 20))


def sighting(
    *flags: str,
    quality: int = 100,
    outside: float = 0.0,
    boxes: dict[str, Quad] | None = None,
    grey: bool = False,
    rotation: float = 0.0,
) -> Sighting:
    """A front in a picture of 100 x 100 pixels."""
    return Sighting(
        card=Card("front", {}, frozenset(flags)),
        to_picture=Transform.scale(1),
        corners=box_quad((0, 0, 100, 63)),
        boxes=boxes or {"name": BOX},
        rotation=rotation,
        quality=quality,
        outside=outside,
        coverage=0.6,
        width_px=100.0,
        grey=grey,
        glare=frozenset(),
    )


def picture(seen: Sighting) -> Reading:
    return Reading(100, 100, (seen,))


@settings(derandomize=True)
@given(flags=st.sets(st.sampled_from(FLAGS)), grey=st.booleans())
def test_probabilities_sum_to_one(flags: set[str], grey: bool) -> None:
    """Exactly, in thousandths, however many things a picture is at once; no class is below zero."""
    legal = judgement.legality(CONTRACT, sighting(*flags, grey=grey))
    assert legal.pop("ID_Photo_Threshold") == 0.8
    assert sum(round(1000 * value) for value in legal.values()) == 1000
    assert len(legal) == 5
    assert all(0 <= value <= 1 and round(value, 3) == value for value in legal.values())
    genuine = not (flags & {"temporary", "photocopy", "screen", "edited"} or grey)
    assert (legal["ID_Photo"] >= 0.8) == genuine


def test_two_kinds_share() -> None:
    """A temporary card photographed from a screen is half of each."""
    legal = judgement.legality(CONTRACT, sighting("temporary", "screen"))
    assert (legal["Temporary_ID_Photo"], legal["Screen"], legal["ID_Photo"]) == (0.5, 0.499, 0.001)


def test_a_grey_photocopy_is_one_kind() -> None:
    """What the code and what the pixels say of a copy does not count twice."""
    assert judgement.legality(CONTRACT, sighting("photocopy", grey=True))["Photocopy"] == 0.999


@pytest.mark.parametrize(
    ("sharpness", "covered", "expected"),
    [
        (100, False, 0.999),
        (50, False, 0.5),
        (12, False, 0.12),
        (0, False, 0),
        (100, True, 0.1),
        (50, True, 0.05),
    ],
)
def test_quality(sharpness: int, covered: bool, expected: float) -> None:
    """Grows with sharpness and stays below 1; what is covered is below the threshold of 0.15."""
    seen = sighting(quality=sharpness)
    assert judgement.quality(CONTRACT, seen, picture(seen), BOX, covered=covered) == expected


def test_quality_of_a_field_at_the_edge() -> None:
    """A tenth of it is outside the picture."""
    box = box_quad((-1.0, 10.0, 9.0, 20.0))
    seen = sighting(outside=0.1)
    assert judgement.quality(CONTRACT, seen, picture(seen), box, covered=False) == 0.899


@pytest.mark.parametrize(
    ("outside", "left", "expected"),
    [
        (0.0, 0.0, 0),
        (0.01, 0.0, 0),
        (0.02, 0.0, 1),
        (0.02, -0.1, 1),
        (0.02, -1.0, 2),
        (0.5, 0.0, 1),
    ],
)
def test_completeness(outside: float, left: float, expected: int) -> None:
    """A hundredth of the card, and a fiftieth of a field, may be outside before it counts."""
    seen = sighting(
        outside=outside, boxes={"name": BOX, "portrait": box_quad((left, 10.0, left + 10.0, 20.0))}
    )
    assert judgement.completeness(CONTRACT, seen, picture(seen)) == expected


@pytest.mark.parametrize(
    ("rotation", "turns"),
    [(0.0, 0), (12.0, 0), (89.0, 1), (90.0, 1), (180.0, 2), (270.0, 3), (350.0, 0), (359.9999, 0)],
)
def test_turns(rotation: float, turns: int) -> None:
    """Quarter turns, to the nearest."""
    assert judgement.turns_of(CONTRACT, sighting(rotation=rotation)) == turns


@pytest.mark.parametrize(
    ("corners", "turns"),
    [
        (((0, 0), (9, 0), (9, 5), (0, 5)), 0),
        (((9, 0), (9, 5), (0, 5), (0, 0)), 1),
        (((9, 5), (0, 5), (0, 0), (9, 0)), 2),
        (((0, 5), (0, 0), (9, 0), (9, 5)), 3),
    ],
)
def test_corners_of_turned_cards(corners: Quad, turns: int) -> None:
    """The card's own corners, clockwise from its upper left one, come out by where they lie."""
    assert points(judgement.rect(corners, turns)) == [(0, 0), (9, 0), (9, 5), (0, 5)]


def test_corners_are_whole_numbers_and_may_be_negative() -> None:
    """Rounded, not cut off."""
    rect = judgement.rect(((-10.4, -0.6), (9.5001, 0.4), (9.9, 5.1), (-0.4, 5.0)), 0)
    assert rect["lt"] == {"y": -1, "x": -10}
    assert rect["rt"] == {"y": 0, "x": 10}
    assert list(rect) == ["rt", "lt", "lb", "rb"]
