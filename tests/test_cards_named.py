"""The named specimens: the files agree with their recipes, their truth and each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from mockserver.cards import numbers, validity
from mockserver.cards.make import card_of, make_many, make_named, people_of, scene_of
from mockserver.cards.model import Card, Sighting
from mockserver.cards.named import Specimen, convert_specimen, load_specimens
from mockserver.cards.read import read_picture
from mockserver.cards.scene import Truth, truth_of
from mockserver.data import data_path
from mockserver.pictures import open_picture
from tests.card_strategies import worst_error

#: Design: these names are fixed.
NAMES = (
    "front", "back", "both", "two-fronts", "two-backs", "front-temporary", "front-photocopy",
    "front-screen", "front-edited", "front-glare", "front-occluded", "front-cut", "front-cut-deep",
    "front-small", "front-tilted", "front-rotated-90", "front-rotated-180", "front-rotated-270",
    "front-perspective", "front-blurry", "front-unreadable", "front-minority", "front-rare",
    "front-long-address", "front-bad-number", "front-birth-mismatch", "front-sex-mismatch", "back-expired",
    "back-long-term", "back-bad-period", "back-photocopy", "no-card", "recognition-fails",
    "recognition-slow",
)  # fmt: skip


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(data_path("fixtures", "specimens.json").read_text("utf-8"))
    return loaded


def _by_height(cards: Any) -> list[Any]:
    return sorted(cards, key=lambda card: card.corners[0][1])


def _seen(name: str) -> list[Sighting]:
    picture = open_picture(load_specimens()[name].image_path.read_bytes())
    return _by_height(read_picture(picture).sightings)


def _only(name: str) -> Sighting:
    (sighting,) = _seen(name)
    return sighting


class TestFiles:
    def test_the_file_fits_its_schema(self, document: dict[str, Any]) -> None:
        schema = json.loads(data_path("fixtures", "specimens.schema.json").read_text("utf-8"))
        jsonschema.Draft202012Validator(schema).validate(document)

    def test_every_name_of_the_design_is_there(self) -> None:
        assert sorted(load_specimens()) == sorted(NAMES)

    def test_every_picture_has_a_specimen(self) -> None:
        files = {path.name for path in data_path("fixtures", "images").iterdir()}
        assert files == {specimen.file for specimen in load_specimens().values()}

    def test_the_pictures_stay_small(self) -> None:
        assert sum(path.stat().st_size for path in data_path("fixtures", "images").iterdir()) < 4_000_000

    def test_truth_follows_from_the_recipes(self, document: dict[str, Any]) -> None:
        """The truth in the file is what the recipes give today, without drawing anything."""
        people = people_of(document)
        for row in document["specimens"]:
            truths = [truth_of(placement) for placement in scene_of(row["recipe"], people).placements]
            specimen = load_specimens()[row["name"]]
            assert [card.card for card in specimen.cards] == [truth.card for truth in truths], row["name"]
            for card, truth in zip(specimen.cards, truths, strict=True):
                for corner, true in zip(card.corners, truth.corners, strict=True):
                    assert corner == pytest.approx(true, abs=0.051), row["name"]
                assert set(card.boxes) == set(truth.boxes)

    def test_recipes_draw_what_is_in_the_files(self, document: dict[str, Any]) -> None:
        """Names and sizes, and the same truth; bytes may differ with another Pillow or FreeType."""
        some = {**document, "specimens": document["specimens"][:2]}
        for row, made in zip(some["specimens"], make_named(some), strict=True):
            assert made.name == row["name"]
            assert made.truth_json() == row["truth"]

    @pytest.mark.parametrize("name", NAMES)
    def test_it_reads_back_to_its_truth(self, name: str) -> None:
        specimen = load_specimens()[name]
        picture = open_picture(specimen.image_path.read_bytes())
        assert (picture.width, picture.height) == (specimen.width, specimen.height)
        seen, true = _by_height(read_picture(picture).sightings), _by_height(specimen.cards)
        assert [sighting.card for sighting in seen] == [card.card for card in true]
        for sighting, card in zip(seen, true, strict=True):
            truth = Truth(card.card, sighting.to_picture, card.corners, card.boxes)
            assert worst_error(sighting, truth) < 0.3


class TestMeanings:
    """What each name promises, by the reader's own measures."""

    def test_variants_show_the_person_of_front(self) -> None:
        usual = _only("front").card.fields
        for name in NAMES:
            differing = {"front-minority", "front-rare", "front-long-address"}
            if name.startswith("front-") and name not in differing:
                changed = {k for k, v in _only(name).card.fields.items() if usual[k] != v}
                allowed = {"bad-number": {"id_number"}, "birth-mismatch": {"birth"}, "sex-mismatch": {"sex"}}
                assert changed == allowed.get(name.removeprefix("front-"), set()), name

    def test_front_and_back_are_one_person_in_both(self) -> None:
        assert [s.card for s in _seen("both")] == [_only("front").card, _only("back").card]

    @pytest.mark.parametrize(("name", "side"), [("two-fronts", "front"), ("two-backs", "back")])
    def test_two_of_a_side_are_two_people(self, name: str, side: str) -> None:
        first, second = _seen(name)
        assert first.card.side == second.card.side == side
        assert first.card != second.card

    @pytest.mark.parametrize(
        ("name", "flags"),
        [
            ("front", set()),
            ("front-temporary", {"temporary"}),
            ("front-photocopy", {"photocopy"}),
            ("back-photocopy", {"photocopy"}),
            ("front-screen", {"screen"}),
            ("front-edited", {"edited"}),
            ("front-occluded", {"occluded"}),
            ("front-unreadable", {"unreadable"}),
            ("recognition-fails", {"fails"}),
            ("recognition-slow", {"slow"}),
        ],
    )
    def test_flags(self, name: str, flags: set[str]) -> None:
        assert _only(name).card.flags == flags

    @pytest.mark.parametrize("name", NAMES)
    def test_only_copies_are_grey_and_only_blurry_is_blurred_and_only_glare_glares(self, name: str) -> None:
        for sighting in _seen(name):
            assert sighting.grey == ("photocopy" in name)
            assert (sighting.quality < 20) == (name == "front-blurry")
            assert sighting.quality >= 85 or name == "front-blurry"
            assert bool(sighting.glare) == (name == "front-glare")

    def test_glare_covers_a_field_and_the_portrait(self) -> None:
        assert {"address", "portrait"} <= _only("front-glare").glare

    def test_cut_cards(self) -> None:
        """``front-cut`` loses an edge and no value, ``front-cut-deep`` loses part of several values."""
        assert _only("front-cut").outside > 0.06
        assert all(_visible("front-cut").values())
        lost = {name for name, visible in _visible("front-cut-deep").items() if not visible}
        assert {"name", "address", "birth"} <= lost
        assert "portrait" not in lost
        assert all(
            _only(name).outside == 0 for name in ("front", "back", "front-tilted", "front-perspective")
        )

    def test_small(self) -> None:
        small = _only("front-small")
        assert small.coverage < 0.05
        assert all(s.coverage > 0.2 for name in NAMES if name != "front-small" for s in _seen(name))

    @pytest.mark.parametrize(
        ("name", "degrees"),
        [
            ("front-tilted", 12),
            ("front-rotated-90", 90),
            ("front-rotated-180", 180),
            ("front-rotated-270", 270),
        ],
    )
    def test_rotations(self, name: str, degrees: float) -> None:
        assert _only(name).rotation == pytest.approx(degrees, abs=0.2)

    def test_numbers(self) -> None:
        assert numbers.is_valid_number(_fields("front")["id_number"])
        assert not numbers.is_valid_number(_fields("front-bad-number")["id_number"])
        birth, sex = _fields("front-birth-mismatch"), _fields("front-sex-mismatch")
        assert numbers.is_valid_number(birth["id_number"])
        assert numbers.is_valid_number(sex["id_number"])
        assert str(numbers.birth_of(birth["id_number"])) != birth["birth"]
        assert numbers.sex_of(sex["id_number"]) != sex["sex"]

    def test_periods(self, document: dict[str, Any]) -> None:
        for name, legal in (
            ("back", True),
            ("back-expired", True),
            ("back-long-term", True),
            ("back-bad-period", False),
        ):
            fields = _fields(name)
            assert validity.is_legal_period(fields["valid_from"], fields["valid_until"]) is legal, name
        assert _fields("back-expired")["valid_until"] < document["today"] < _fields("back")["valid_until"]
        assert document["today"] < _fields("back-bad-period")["valid_until"]
        assert _fields("back-long-term")["valid_until"] == "长期"

    def test_rare_names_and_long_addresses(self) -> None:
        assert "·" in _fields("front-minority")["name"]
        assert _fields("front-minority")["nation"] != "汉"
        assert _fields("front-minority")["id_number"][-1] == "X"
        assert len(_fields("front-long-address")["address"]) > 30
        with pytest.raises(UnicodeEncodeError):
            _fields("front-rare")["name"].encode("gb2312")

    def test_no_card(self) -> None:
        assert _seen("no-card") == []


def _fields(name: str) -> Mapping[str, str]:
    return _only(name).card.fields


def _visible(name: str) -> dict[str, bool]:
    """Which boxes lie wholly inside the picture, to within a pixel."""
    specimen, sighting = load_specimens()[name], _only(name)
    return {
        box: all(-1 <= x <= specimen.width + 1 and -1 <= y <= specimen.height + 1 for x, y in quad)
        for box, quad in sighting.boxes.items()
    }


class TestLoading:
    def test_specimens_as_plain_data_name_their_truth(self) -> None:
        row = load_specimens()["back"].as_json()
        assert (row["name"], row["file"]) == ("back", "back.jpg")
        assert row["cards"][0]["fields"] == dict(_fields("back"))
        assert json.loads(json.dumps(row))["cards"][0]["flags"] == []

    @pytest.mark.parametrize(
        ("name", "extension"), [("front", "png"), ("front-photocopy", "jpg"), ("back-photocopy", "bmp")]
    )
    def test_every_specimen_comes_in_every_format(self, name: str, extension: str) -> None:
        data = convert_specimen(name, extension)
        assert data is not None
        picture = open_picture(data)
        assert picture.format == {"jpg": "JPEG", "png": "PNG", "bmp": "BMP"}[extension]
        assert [s.card for s in read_picture(picture).sightings] == [s.card for s in _seen(name)]

    def test_the_stored_format_gives_the_stored_bytes(self) -> None:
        assert convert_specimen("front", "jpg") == load_specimens()["front"].image_path.read_bytes()

    @pytest.mark.parametrize(
        ("name", "extension"), [("nobody", "jpg"), ("front", "gif"), ("../accounts", "json")]
    )
    def test_other_names_and_formats_are_none(self, name: str, extension: str) -> None:
        assert convert_specimen(name, extension) is None

    def test_a_specimen_is_found_whole(self) -> None:
        specimen = load_specimens()["front"]
        assert isinstance(specimen, Specimen)
        assert specimen.image_path.is_file()


class TestMaking:
    def test_a_picture_does_not_depend_on_how_many_are_made(self) -> None:
        few = [m.truths for m in make_many(2, seed=5, sides="front", flags=(), extension="jpg")]
        more = [m.truths for m in make_many(3, seed=5, sides="front", flags=(), extension="jpg")]
        assert more[:2] == few
        assert more[2] not in few

    def test_another_seed_gives_other_people(self) -> None:
        one, other = (next(make_many(1, seed=s, sides="back", flags=(), extension="bmp")) for s in (1, 2))
        assert one.truths[0].card != other.truths[0].card

    @pytest.mark.parametrize(
        "flags", [(), ("photocopy",), ("screen", "temporary"), ("occluded",), ("unreadable",)]
    )
    def test_made_pictures_read_back(self, flags: tuple[str, ...]) -> None:
        for made in make_many(3, seed=7, sides="both", flags=flags, extension="jpg"):
            sightings = _by_height(read_picture(open_picture(made.data)).sightings)
            assert [s.card for s in sightings] == [t.card for t in made.truths]
            assert all(worst_error(s, t) < 3 for s, t in zip(sightings, made.truths, strict=True))
            assert all(s.card.flags == set(flags) and s.outside == 0 for s in sightings)

    def test_an_unknown_flag_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no flag shiny"):
            next(make_many(1, seed=1, sides="front", flags=("shiny",), extension="jpg"))

    def test_an_unknown_format_is_refused(self) -> None:
        with pytest.raises(ValueError, match="made as jpg, png, bmp, not 'gif'"):
            next(make_many(1, seed=1, sides="front", flags=(), extension="gif"))

    def test_sides_are_the_persons(self, document: dict[str, Any]) -> None:
        person = people_of(document)["usual"]
        assert replace(card_of(person, "front"), flags=frozenset()) == _only("front").card
        assert isinstance(card_of(person, "back", ["slow"]), Card)
