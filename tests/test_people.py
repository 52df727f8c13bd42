"""Synthetic people agree with themselves, and are the same on every machine."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.cards import numbers
from mockserver.cards.model import BACK_FIELDS, FLAGS, FRONT_FIELDS, LONG_TERM
from mockserver.cards.names import nations
from mockserver.cards.people import FIRST_ISSUE, Person, back_card, front_card, make_person
from mockserver.cards.regions import all_regions, region_of
from mockserver.cards.validity import age_on, is_expired, is_legal_period

TODAY = date(2026, 11, 1)
seeds = st.integers(-(2**70), 2**70)
days = st.dates(FIRST_ISSUE, date(2150, 12, 31))
# The first example loads Faker and the data files, so a deadline would measure the disk.
many = settings(max_examples=200, deadline=None)


def outside_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return False


def assert_consistent(person: Person, today: date) -> None:
    assert numbers.is_valid_number(person.id_number)
    assert numbers.birth_of(person.id_number) == person.birth
    assert numbers.sex_of(person.id_number) == person.sex
    region = region_of(person.id_number[:6])
    assert region is not None
    assert person.address.startswith((region.full_name, region.short_name))
    assert person.authority == region.authority
    assert person.nation in nations()
    assert 2 <= len(person.name) <= 15
    assert len(region.short_name) < len(person.address) <= 35
    assert person.valid_from <= today
    back = back_card(person).fields
    assert is_legal_period(back["valid_from"], back["valid_until"], person.birth.isoformat())
    assert not is_expired(back["valid_until"], today)


@many
@given(seeds, days)
def test_a_person_agrees_with_itself(seed: int, today: date) -> None:
    """Number, birth, sex, region, address, authority and validity say the same, on any day."""
    person = make_person(seed, today=today)
    assert_consistent(person, today)
    assert 16 <= age_on(person.birth, today) <= 80


@many
@given(
    seeds,
    days,
    st.sampled_from(("男", "女")),
    st.sampled_from(sorted(nations())),
    st.booleans(),
    st.booleans(),
    st.integers(0, 120),
)
def test_what_is_asked_for_is_kept(
    seed: int,
    today: date,
    sex: numbers.Sex,
    nation: str,
    rare: bool,
    long_address: bool,
    age: int,
) -> None:
    """Every wish is met in every combination, and the person still agrees with itself."""
    person = make_person(
        seed, today=today, sex=sex, nation=nation, rare=rare, long_address=long_address, age=age
    )
    assert_consistent(person, today)
    assert (person.sex, person.nation, age_on(person.birth, today)) == (sex, nation, age)
    if rare:
        assert len([char for char in person.name if outside_gb2312(char)]) >= 2
        assert any(ord(char) > 0xFFFF for char in person.name)
    if long_address:
        assert len(person.address) >= 30


@pytest.mark.parametrize("today", [date(2024, 2, 28), date(2024, 2, 29), date(2023, 2, 28), date(2023, 3, 1)])
@pytest.mark.parametrize("age", [0, 1, 2, 3, 4, 5, 15, 16, 25, 26, 45, 46])
def test_ages_around_leap_days(today: date, age: int) -> None:
    """Birthdays and terms that fall on 29 February are counted right."""
    for seed in range(20):
        person = make_person(seed, today=today, age=age)
        assert age_on(person.birth, today) == age
        assert_consistent(person, today)


@pytest.mark.parametrize(
    ("seed", "wishes", "person"),
    [
        pytest.param(
            1,
            {},
            Person(
                name="梁妙黛",
                sex="女",
                nation="汉",
                birth=date(1989, 11, 6),
                address="广西壮族自治区荔浦市白石镇杨家村5组167号",
                id_number="450381198911069522",
                authority="荔浦市公安局",
                valid_from=date(2023, 3, 12),
                valid_until=date(2043, 3, 12),
            ),
            id="no-wish",
        ),
        pytest.param(
            2,
            {"nation": "维吾尔", "sex": "男"},
            Person(
                name="努尔买买提·玉素甫",
                sex="男",
                nation="维吾尔",
                birth=date(1966, 9, 5),
                address="新疆维吾尔自治区阿克陶县白石镇老河村18组107号",
                id_number="653022196609059950",
                authority="阿克陶县公安局",
                valid_from=date(2013, 6, 19),
                valid_until=None,
            ),
            id="minority",
        ),
        pytest.param(
            3,
            {"rare": True, "age": 30},
            Person(
                name="饶煟𬬱",
                sex="男",
                nation="汉",
                birth=date(1995, 12, 15),
                address="山东省济南市钢城区东风路157号24号楼3单元203室",
                id_number="370117199512159750",
                authority="济南市公安局钢城分局",
                valid_from=date(2024, 3, 29),
                valid_until=date(2044, 3, 29),
            ),
            id="rare-name",
        ),
        pytest.param(
            4,
            {"long_address": True, "age": 12},
            Person(
                name="林修翰",
                sex="男",
                nation="汉",
                birth=date(2014, 5, 22),
                address="云南省德宏傣族景颇族自治州陇川县工业东街85号18号楼3单元1301室",
                id_number="533124201405229393",
                authority="陇川县公安局",
                valid_from=date(2024, 1, 7),
                valid_until=date(2029, 1, 7),
            ),
            id="child-with-long-address",
        ),
    ],
)
def test_golden_people(seed: int, wishes: dict[str, Any], person: Person) -> None:
    """A seed gives this person on every machine; a change here changes the pictures in fixtures/ too."""
    assert make_person(seed, today=TODAY, **wishes) == person


def test_the_day_matters_only_through_today() -> None:
    """Two calls are equal, a generator stands for the number it gives, and another day is another person."""
    assert make_person(7, today=TODAY) == make_person(7, today=TODAY)
    drawn = Random(7).getrandbits(64)
    assert make_person(Random(7), today=TODAY) == make_person(drawn, today=TODAY)
    assert make_person(7, today=TODAY) != make_person(7, today=date(2027, 11, 1))


def run_python(program: str, **environment: str) -> str:
    """What a fresh interpreter with the same import path prints."""
    finished = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return finished.stdout


def test_hash_randomisation_changes_nobody() -> None:
    """Interpreters with different hash seeds draw the same person."""
    program = (
        "from datetime import date; from mockserver.cards.people import make_person; "
        "print(ascii(make_person(5, today=date(2026, 11, 1), rare=True, long_address=True)))"
    )
    assert run_python(program, PYTHONHASHSEED="1") == run_python(program, PYTHONHASHSEED="2")


def test_faker_is_not_loaded_before_a_name_is_drawn() -> None:
    """Modules that a server imports do not pay for Faker."""
    program = (
        "import sys, mockserver.cards.numbers, mockserver.cards.validity, mockserver.cards.people; "
        "print('faker' in sys.modules)"
    )
    assert run_python(program) == "False\n"


def test_a_wish_moves_nothing_else() -> None:
    """A rare name leaves the rest of the person alone, and so does a long address."""
    plain = make_person(11, today=TODAY)
    rare = make_person(11, today=TODAY, rare=True)
    long = make_person(11, today=TODAY, long_address=True)
    assert (rare.address, rare.id_number, rare.valid_from) == (
        plain.address,
        plain.id_number,
        plain.valid_from,
    )
    assert (long.name, long.id_number, long.valid_from) == (plain.name, plain.id_number, plain.valid_from)


def test_people_differ() -> None:
    """A thousand seeds give a thousand numbers, both sexes, several nations and all four terms."""
    people = [make_person(seed, today=TODAY) for seed in range(1000)]
    assert len({person.id_number for person in people}) == 1000
    assert {person.sex for person in people} == {"男", "女"}
    assert len({person.nation for person in people}) > 8
    terms = {person.valid_until and person.valid_until.year - person.valid_from.year for person in people}
    assert terms == {5, 10, 20, None}


@pytest.mark.parametrize(
    ("nation", "joint"),
    [("维吾尔", True), ("哈萨克", True), ("俄罗斯", True), ("藏", False), ("蒙古", False), ("壮", False)],
)
def test_names_follow_the_nation(nation: str, joint: bool) -> None:
    """Names of some nations carry the middle dot (U+00B7), in the middle and once."""
    for seed in range(50):
        name = make_person(seed, today=TODAY, nation=nation).name
        assert name.count("·") == joint
        assert not name.startswith("·")
        assert not name.endswith("·")


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"sex": "M"}, "男, 女"),
        ({"nation": "汉族"}, "'汉族' is not a nation"),
        ({"age": -1}, "0 to 120"),
        ({"age": 121}, "0 to 120"),
        ({"today": date(2004, 3, 28)}, "2004-03-29"),
    ],
)
def test_impossible_wishes_are_refused(wish: dict[str, Any], message: str) -> None:
    """The message says what would have been possible."""
    with pytest.raises(ValueError, match=message):
        make_person(1, **{"today": TODAY, **wish})


def test_cards_carry_the_persons_fields_in_printing_order() -> None:
    """Front and back have the fields of the model, dates as ISO, and only known flags."""
    person = make_person(3, today=TODAY, age=30)
    front = front_card(person, flags=["photocopy", "edited"])
    back = back_card(person)
    assert (front.side, tuple(front.fields)) == ("front", FRONT_FIELDS)
    assert (back.side, tuple(back.fields)) == ("back", BACK_FIELDS)
    assert front.fields["birth"] == person.birth.isoformat()
    assert front.flags == {"photocopy", "edited"}
    assert back.flags == frozenset()
    assert back.fields["valid_until"] == str(person.valid_until)
    assert back_card(make_person(3, today=TODAY, age=100)).fields["valid_until"] == LONG_TERM
    with pytest.raises(ValueError, match=f"no flag blurred; the flags are {FLAGS[0]}"):
        front_card(person, flags=["blurred"])


@pytest.mark.parametrize(
    ("code", "short_name", "full_name", "authority"),
    [
        ("110107", "北京市石景山区", "北京市石景山区", "北京市公安局石景山分局"),
        ("310115", "上海市浦东新区", "上海市浦东新区", "上海市公安局浦东分局"),
        ("500235", "重庆市云阳县", "重庆市云阳县", "云阳县公安局"),
        ("130133", "河北省赵县", "河北省石家庄市赵县", "赵县公安局"),
        ("130102", "河北省石家庄市长安区", "河北省石家庄市长安区", "石家庄市公安局长安分局"),
        ("130107", "河北省石家庄市井陉矿区", "河北省石家庄市井陉矿区", "石家庄市公安局井陉矿区分局"),
        ("140302", "山西省阳泉市城区", "山西省阳泉市城区", "阳泉市公安局城区分局"),
        ("441803", "广东省清远市清新区", "广东省清远市清新区", "清远市公安局清新分局"),
        ("330782", "浙江省义乌市", "浙江省金华市义乌市", "义乌市公安局"),
        ("152525", "内蒙古自治区东乌珠穆沁旗", "内蒙古自治区锡林郭勒盟东乌珠穆沁旗", "东乌珠穆沁旗公安局"),
        ("131028", "河北省大厂回族自治县", "河北省廊坊市大厂回族自治县", "大厂回族自治县公安局"),
        ("429021", "湖北省神农架林区", "湖北省神农架林区", "神农架林区公安局"),
        ("520203", "贵州省六盘水市六枝特区", "贵州省六盘水市六枝特区", "六枝特区公安局"),
        ("441900", "广东省东莞市", "广东省东莞市", "东莞市公安局"),
        ("659001", "新疆维吾尔自治区石河子市", "新疆维吾尔自治区石河子市", "石河子市公安局"),
    ],
)
def test_regions_are_named_as_on_cards(code: str, short_name: str, full_name: str, authority: str) -> None:
    """Municipalities, prefectures, banners, autonomous counties, units without a city or without counties."""
    region = region_of(code)
    assert region is not None
    assert (region.short_name, region.full_name, region.authority) == (short_name, full_name, authority)


def test_every_region_has_names_that_fit_a_card() -> None:
    """No two regions share a full name, and every authority and address can be printed."""
    regions = all_regions().values()
    assert len({region.full_name for region in regions}) == len(regions) > 2800
    assert max(len(region.authority) for region in regions) <= 18
    assert all(len(region.full_name) <= 25 for region in regions)
    assert region_of("110000") is None
    assert region_of("000000") is None
