"""Hypothesis strategies for cards and for the ways they lie in pictures, and what tests of the reader share."""

from __future__ import annotations

import io
import math
from typing import Any

from hypothesis import strategies as st
from PIL import Image

from mockserver.cards.geometry import Transform, bounding_box, box_quad
from mockserver.cards.layout import CARD_BOX
from mockserver.cards.model import BACK_FIELDS, CARD_WIDTH, FLAGS, FRONT_FIELDS, Card, Sighting
from mockserver.cards.scene import Placement, Scene, Truth, compose
from mockserver.pictures import Picture, open_picture

FRONT = Card(
    "front",
    {
        "name": "欧阳明玥",
        "sex": "女",
        "nation": "汉",
        "birth": "1990-11-28",
        "address": "河北省石家庄市赵县北王里镇河西寨村路北区12号",
        "id_number": "130133199011289925",
    },
)
BACK = Card("back", {"authority": "赵县公安局", "valid_from": "2015-06-01", "valid_until": "2035-06-01"})

#: Any character but controls and lone surrogates, which no text can hold.
_characters = st.characters(exclude_categories=("Cs", "Cc"))
_flags = st.frozensets(st.sampled_from(FLAGS))


def _texts(longest: int) -> st.SearchStrategy[str]:
    return st.text(_characters, max_size=longest)


#: Cards with any text at all; the lengths keep the code within what it holds, at four bytes a character.
any_cards = st.one_of(
    st.builds(
        Card,
        st.just("front"),
        st.fixed_dictionaries({name: _texts(7) for name in FRONT_FIELDS}),
        _flags,
    ),
    st.builds(
        Card,
        st.just("back"),
        st.fixed_dictionaries({name: _texts(14) for name in BACK_FIELDS}),
        _flags,
    ),
)

_chinese = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
plausible_fronts = st.builds(
    Card,
    st.just("front"),
    st.fixed_dictionaries(
        {
            "name": st.text(_chinese, min_size=2, max_size=4),
            "sex": st.sampled_from("男女"),
            "nation": st.sampled_from(["汉", "维吾尔", "柯尔克孜"]),
            "birth": st.dates().map(lambda day: day.isoformat()),
            "address": st.text(_chinese, min_size=8, max_size=40),
            "id_number": st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True),
        }
    ),
)
plausible_backs = st.builds(
    Card,
    st.just("back"),
    st.fixed_dictionaries(
        {
            "authority": st.text(_chinese, min_size=5, max_size=20),
            "valid_from": st.dates().map(lambda day: day.isoformat()),
            "valid_until": st.one_of(st.just("长期"), st.dates().map(lambda day: day.isoformat())),
        }
    ),
)
plausible_cards = st.one_of(plausible_fronts, plausible_backs)

angles = st.floats(0, 360, exclude_max=True)
_shift = st.floats(-0.04, 0.04)
perspectives = st.tuples(*[st.tuples(_shift, _shift)] * 4)


def scene_around(card: Card, *, margin: float = 24.5, ground: int = 0, **how: Any) -> Scene:
    """A scene just large enough for one card; ``how`` goes to its Placement."""
    at_origin = Placement(card, centre=(0, 0), **how)
    left, top, right, bottom = bounding_box(at_origin.to_picture().apply_quad(box_quad(CARD_BOX)))
    placed = Placement(card, centre=(margin - left, margin - top), **how)
    return Scene(
        math.ceil(right - left + 2 * margin), math.ceil(bottom - top + 2 * margin), (placed,), ground=ground
    )


def encode(image: Image.Image, format: str = "JPEG", **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **how)
    return out.getvalue()


def photograph(scene: Scene, format: str = "JPEG", **how: Any) -> tuple[Picture, tuple[Truth, ...]]:
    """The scene as a picture that was taken in, and its truth."""
    image, truths = compose(scene)
    return open_picture(encode(image, format, **how)), truths


def worst_error(sighting: Sighting, truth: Truth) -> float:
    """The largest distance of a corner of the card or any box from its true place, in % of the card's width."""
    pairs = [*zip(sighting.corners, truth.corners, strict=True)]
    for name, quad in truth.boxes.items():
        pairs += zip(sighting.boxes[name], quad, strict=True)
    width = math.dist(*(truth.to_picture.apply(p) for p in ((0, 319), (CARD_WIDTH, 319))))
    return 100 * max(math.dist(seen, true) for seen, true in pairs) / width


def moved(truth: Truth, by: Transform) -> Truth:
    """The truth after the picture was transformed."""
    return Truth(
        truth.card,
        truth.to_picture.then(by),
        by.apply_quad(truth.corners),
        {name: by.apply_quad(quad) for name, quad in truth.boxes.items()},
    )
