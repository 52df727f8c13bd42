"""The data folders are found, and the data on people and places is valid."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from mockserver import data
from mockserver.data import DataMissing, data_path

DATA_FILES = [
    ("regions", "regions.json"),
    ("names", "han.json"),
    ("names", "naming.json"),
    ("names", "nations.json"),
    ("names", "places.json"),
]


@pytest.mark.parametrize("parts", DATA_FILES, ids="/".join)
def test_data_files_validate(parts: tuple[str, str]) -> None:
    """Each file satisfies the schema that lies beside it, and the schema is one."""
    path = data_path("fixtures", *parts)
    schema = json.loads(path.with_suffix(".schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    document = json.loads(path.read_text(encoding="utf-8"))
    errors = [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(document)
    ]
    assert errors == []


def test_every_word_can_be_drawn() -> None:
    """All hanzi in the data are standard characters, which the shipped font has."""
    listed = data_path("fixtures", "fonts", "general-standard-characters.txt").read_text(encoding="utf-8")
    text = "".join(data_path("fixtures", *parts).read_text(encoding="utf-8") for parts in DATA_FILES)
    assert {char for char in text if ord(char) >= 0x3400 and not 0xFF00 <= ord(char) <= 0xFFEF} <= set(listed)


def test_rare_characters_are_rare() -> None:
    """Those of the names are level 3 standard characters that GB 2312 lacks, at least 30 of each kind."""
    han = json.loads(data_path("fixtures", "names", "han.json").read_text(encoding="utf-8"))
    lines = data_path("fixtures", "fonts", "general-standard-characters.txt").read_text(encoding="utf-8")
    level_3 = set("".join(lines.split("# level 3")[1].splitlines()[1:]))
    gb2312 = {char for char in level_3 if char.encode("gb2312", errors="ignore")}
    for kind in ("rare", "rare_supplementary"):
        characters = set(han[kind])
        assert len(characters) == len(han[kind]) >= 30
        assert characters <= level_3 - gb2312


def test_nations_name_styles_and_provinces_that_exist() -> None:
    """References between the data files hold."""
    nations = json.loads(data_path("fixtures", "names", "nations.json").read_text(encoding="utf-8"))[
        "nations"
    ]
    styles = json.loads(data_path("fixtures", "names", "naming.json").read_text(encoding="utf-8"))["styles"]
    regions = json.loads(data_path("fixtures", "regions", "regions.json").read_text(encoding="utf-8"))
    assert len({nation["name"] for nation in nations}) == 56
    assert {nation["naming"] for nation in nations} == {"han", *styles}
    assert {code for nation in nations for code in nation["home"]} <= {
        code[:2] for code in regions["provinces"]
    }
    below = [*regions["cities"], *regions["counties"]]
    assert all(code[:2] + "0000" in regions["provinces"] for code in below)


def test_a_wheel_has_its_own_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside an installed package the copy in ``_data`` is used, whatever lies beside the package."""
    package = tmp_path / "site-packages" / "mockserver"
    for root in (package / "_data", package.parent):
        (root / "schemas").mkdir(parents=True)
        (root / "fixtures").mkdir()
    monkeypatch.setattr(data, "_PACKAGE", package)
    assert data_path("schemas") == package / "_data" / "schemas"


def test_missing_data_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken installation says where it looked; a missing file says which it is."""
    with pytest.raises(DataMissing, match=r"no-such\.json does not exist"):
        data_path("fixtures", "no-such.json")
    monkeypatch.setattr(data, "_PACKAGE", tmp_path / "mockserver")
    with pytest.raises(DataMissing, match=r"schemas and fixtures are in neither .*_data and "):
        data_path("fixtures")


@pytest.mark.parametrize("parts", [(), ("images",), ("..", "fixtures")])
def test_only_the_two_folders_are_data(parts: tuple[str, ...]) -> None:
    """Any other start is the caller's mistake."""
    with pytest.raises(ValueError, match="starts with one of schemas, fixtures"):
        data_path(*parts)
