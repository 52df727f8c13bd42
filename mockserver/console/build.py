"""A picture of specimen cards from the fields of a form: who is on them, what is wrong, how it was taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import NamedTuple, cast

from mockserver.cards.code import CodeError, encode
from mockserver.cards.layout import field_boxes
from mockserver.cards.make import DEFAULT_TODAY, Made, card_of, encoded
from mockserver.cards.model import BACK_FIELDS, FLAGS, FRONT_FIELDS, Card, Side
from mockserver.cards.named import FORMATS
from mockserver.cards.names import nations
from mockserver.cards.numbers import SEXES, with_check_digit
from mockserver.cards.people import make_person
from mockserver.cards.scene import Look, Patch, Placement, Scene, Spot, compose
from mockserver.console.forms import Form

SIDES: Mapping[str, tuple[Side, ...]] = {"front": ("front",), "back": ("back",), "both": ("front", "back")}
LOOKS: tuple[Look, ...] = ("colour", "grey", "photocopy", "screen")
#: What a flag says of a card is also seen in the picture, where it can be.
_LOOK_OF: Mapping[str, Look] = {"photocopy": "photocopy", "screen": "screen"}
#: Flags that a form sets by itself: what is covered says what is occluded.
CHOSEN_FLAGS = tuple(flag for flag in FLAGS if flag != "occluded")
#: Fields of a card, and how long a text each may hold.
LONGEST: Mapping[str, int] = {
    "name": 40, "address": 70, "id_number": 18, "birth": 10, "authority": 40, "valid_from": 10, "valid_until": 10,
}  # fmt: skip
#: What glare and covers can lie over; over the portrait they would hide the code that the card is read by.
PLACES = (*FRONT_FIELDS, *BACK_FIELDS)
#: The picture of one card, in pixels, and a colour that covers.
_SIZE = (1200, 860)
_COVER = (206, 164, 136, 255)
_GLARE_RADIUS = 70.0


class Conditions(NamedTuple):
    """How the picture is taken."""

    #: Picture pixels per card pixel, degrees clockwise, and moves by shares of the picture's sides.
    scale: float
    rotation: float
    right: float
    down: float
    #: By which share of the card's width its corners are out of place.
    perspective: float
    #: Standard deviation of the blur in pixels.
    blur: float
    glare: str | None
    covered: str | None
    look: Look | None
    extension: str
    quality: int


class Plan(NamedTuple):
    """A form that can be made into a picture."""

    seed: int
    cards: tuple[Card, ...]
    conditions: Conditions


def plan_of(form: Form) -> Plan | None:
    """What the form asks for; None when it cannot be, which the form then says field by field."""
    side = form.choice("side", SIDES) or "front"
    seed = form.whole("seed", 0, 1_000_000_000)
    given = {name: form.text(name, longest) for name, longest in LONGEST.items()}
    given |= {"sex": form.choice("sex", SEXES), "nation": form.choice("nation", nations())}
    conditions = _conditions(form)
    flags = {flag for flag in CHOSEN_FLAGS if form[f"flag-{flag}"]}
    if form.errors:
        return None
    texts = {name: value for name, value in given.items() if value is not None}
    cards = tuple(_cards(seed or 0, SIDES[side], texts, flags, conditions.covered))
    try:
        for card in cards:
            encode(card)
    except CodeError as error:
        form.errors[""] = str(error)
        return None
    return Plan(seed or 0, cards, conditions)


def _conditions(form: Form) -> Conditions:
    return Conditions(
        scale=form.number("scale", 0.1, 1.5) or 0.9,
        rotation=form.number("rotation", -360, 360) or 0.0,
        right=(form.number("right", -100, 100) or 0.0) / 100,
        down=(form.number("down", -100, 100) or 0.0) / 100,
        perspective=(form.number("perspective", 0, 8) or 0.0) / 100,
        blur=form.number("blur", 0, 20) or 0.0,
        glare=form.choice("glare", PLACES),
        covered=form.choice("covered", PLACES),
        look=cast("Look | None", form.choice("look", LOOKS)),
        extension=form.choice("extension", FORMATS) or "jpg",
        quality=form.whole("quality", 5, 95) or 85,
    )


def _cards(
    seed: int, sides: Iterable[Side], given: Mapping[str, str], flags: Iterable[str], covered: str | None
) -> Iterator[Card]:
    """The cards of a made-up person, with the texts that are given in their places."""
    person = make_person(seed, today=DEFAULT_TODAY)
    for side in sides:
        card = card_of(person, side, flags)
        if covered in card.fields:
            card = replace(card, flags=card.flags | {"occluded"})
        fields = {name: given.get(name, value) for name, value in card.fields.items()}
        if side == "front" and "id_number" not in given:
            fields["id_number"] = _number(fields)
        yield replace(card, fields=fields)


def _number(fields: Mapping[str, str]) -> str:
    """The number that goes with the birth date and the sex on the card, as far as these are such."""
    number, birth = fields["id_number"], fields["birth"].replace("-", "")
    if len(birth) != 8 or not (birth.isascii() and birth.isdecimal()):
        return number
    order = int(number[16]) | 1 if fields["sex"] == SEXES[0] else int(number[16]) & ~1
    return with_check_digit(f"{number[:6]}{birth}{number[14:16]}{order}")


def make(plan: Plan) -> Made:
    """The picture of a plan."""
    conditions = plan.conditions
    width, height = _SIZE
    rows = len(plan.cards)
    placements = tuple(
        _placement(plan, card, (width * (0.5 + conditions.right), height * (row + 0.5 + conditions.down)))
        for row, card in enumerate(plan.cards)
    )
    flagged = [look for flag, look in _LOOK_OF.items() if flag in plan.cards[0].flags]
    look = conditions.look or (flagged[0] if flagged else "colour")
    scene = Scene(width, height * rows, placements, ground=plan.seed, blur=conditions.blur, look=look)
    image, truths = compose(scene)
    data = encoded(image, conditions.extension, conditions.quality)
    return Made(f"specimen-{plan.seed}", data, *image.size, truths)


def _placement(plan: Plan, card: Card, centre: tuple[float, float]) -> Placement:
    conditions = plan.conditions
    placement = Placement(card, centre, conditions.scale, conditions.rotation)
    boxes = field_boxes(card)
    if conditions.perspective:
        rng, most = Random(f"builder {plan.seed}"), conditions.perspective
        a, b, c, d = ((rng.uniform(-most, most), rng.uniform(-most, most)) for _ in range(4))
        placement = replace(placement, shifts=(a, b, c, d))
    if conditions.covered in boxes:
        left, top, right, bottom = boxes[conditions.covered]
        patch = Patch((left - 12, top - 12, (left + right) / 2 + 24, bottom + 12), _COVER)
        placement = replace(placement, patches=(patch,))
    if conditions.glare in boxes:
        left, top, right, bottom = boxes[conditions.glare]
        spot = Spot(((left + right) / 2, (top + bottom) / 2), _GLARE_RADIUS)
        placement = replace(placement, glare=(spot,))
    return placement
