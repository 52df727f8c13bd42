"""The shipped font draws every character that a card may need."""

from __future__ import annotations

from functools import cache

import pytest
from fontTools.ttLib import TTFont
from PIL import ImageFont

from mockserver.data import data_path

FONT = data_path("fixtures", "fonts", "IDMockSansSC-Regular.otf")
LABELS = "姓名性别民族出生年月日住址公民身份号码中华人民共和国居民身份证签发机关有效期限样本长期"
PUNCTUATION = "·•、。，：；！？（）《》“”‘’—…-./"
ASCII = "".join(chr(code) for code in range(0x21, 0x7F))
BLANK = "\u3000"  # the ideographic space, the one GB 2312 character without ink


def standard_characters() -> str:
    lines = data_path("fixtures", "fonts", "general-standard-characters.txt").read_text(encoding="utf-8")
    return "".join(line for line in lines.splitlines() if not line.startswith("#"))


def gb2312_characters() -> str:
    pairs = (bytes((lead, trail)) for lead in range(0xA1, 0xF8) for trail in range(0xA1, 0xFF))
    return "".join(pair.decode("gb2312", errors="ignore") for pair in pairs)


@cache
def mapped() -> set[int]:
    with TTFont(FONT) as font:
        return set(font.getBestCmap())


def test_the_list_of_standard_characters_is_complete() -> None:
    """The list has 8,105 different characters, and each level ends with the character of the table."""
    characters = standard_characters()
    assert len(characters) == len(set(characters)) == 8105
    assert (characters[0], characters[3499], characters[6499], characters[8104]) == ("一", "矗", "齉", "蠼")


def test_gb2312_is_enumerated_whole() -> None:
    """The test's own list of GB 2312 has its 6,763 hanzi and 682 other characters."""
    characters = gb2312_characters()
    assert len(characters) == 7445
    assert sum("一" <= character <= "鿿" for character in characters) == 6763


@pytest.mark.parametrize(
    "characters",
    [
        pytest.param(standard_characters(), id="general-standard"),
        pytest.param(gb2312_characters(), id="gb2312"),
        pytest.param(LABELS, id="labels"),
        pytest.param(PUNCTUATION, id="punctuation"),
        pytest.param(ASCII, id="ascii"),
    ],
)
def test_every_character_has_its_own_glyph_with_ink(characters: str) -> None:
    """Each character is mapped, leaves ink, and does not look like the box of a missing character."""
    font = ImageFont.truetype(FONT, 24)
    missing_box = bytes(font.getmask("\U0010fffd"))
    assert any(missing_box), "a missing character must be visible"
    assert [char for char in characters if ord(char) not in mapped()] == []
    inks = {char: bytes(font.getmask(char)) for char in characters if char != BLANK}
    assert [char for char, ink in inks.items() if not any(ink) or ink == missing_box] == []


def test_different_rare_characters_look_different() -> None:
    """The characters of level 3, which few fonts have, do not share a picture."""
    font = ImageFont.truetype(FONT, 40)
    level_3 = standard_characters()[6500:]
    assert len({(font.getbbox(char), bytes(font.getmask(char))) for char in level_3}) == len(level_3)


def test_the_font_is_small_and_named_as_a_modified_one() -> None:
    """It is under 6 MB, carries its own name everywhere, and its licence lies beside it."""
    assert FONT.stat().st_size < 6_000_000
    with TTFont(FONT) as font:
        names = {record.nameID: record.toUnicode() for record in font["name"].names}
        assert font["CFF "].cff.fontNames == ["IDMockSansSC-Regular"]
    assert [names[name_id] for name_id in (1, 4, 6)] == ["IDMock Sans SC"] * 2 + ["IDMockSansSC-Regular"]
    assert "SIL Open Font License" in names[13]
    licence = data_path("fixtures", "fonts", "OFL.txt").read_text(encoding="utf-8")
    assert names[0].removeprefix("© ") in licence
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
