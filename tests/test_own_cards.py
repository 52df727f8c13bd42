"""Pictures that show no specimen: the user's own by their bytes, a sample for any other, errors without either."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mockserver.cards.own import load_own_cards, sample_cards
from mockserver.errors import ConfigError
from mockserver.settings import Settings
from mockserver.testing import MockServer
from mockserver.vendors import load

FIELDS = {
    "name": "王小明",
    "sex": "男",
    "nation": "汉",
    "birth": "1990-05-01",
    "address": "某市某区某路1号",
    "id_number": "110105199005019012",
}


def photograph(shade: int = 90) -> bytes:
    """A picture without any code on it."""
    buffer = io.BytesIO()
    Image.new("RGB", (800, 600), (shade, 120, 150)).save(buffer, "JPEG")
    return buffer.getvalue()


def write(folder: Path, truth: Any, name: str = "mine") -> Path:
    (folder / f"{name}.jpg").write_bytes(photograph())
    (folder / f"{name}.json").write_text(json.dumps(truth, ensure_ascii=False), "utf-8")
    return folder


def name_by(mock: MockServer, image: bytes) -> str:
    return load("tencent").client.call(mock.url, mock.account("tencent"), image)["name"]


def test_own_picture_gets_its_answer(tmp_path: Path) -> None:
    """A picture of the folder is answered with the card beside it, and only that very picture."""
    write(tmp_path, {"side": "front", "fields": FIELDS})
    with MockServer(Settings(vendors=("tencent",), cards=tmp_path)) as mock:
        assert name_by(mock, photograph()) == "王小明"
        with pytest.raises(RuntimeError, match=r"FailedOperation\.ImageNoIdCard"):
            name_by(mock, photograph(shade=91))


def test_flags_of_an_own_picture_work(tmp_path: Path) -> None:
    """A flag has the effect that it has on a specimen."""
    write(tmp_path, [{"side": "front", "fields": FIELDS, "flags": ["fails"]}])
    with (
        MockServer(Settings(vendors=("tencent",), cards=tmp_path)) as mock,
        pytest.raises(RuntimeError, match=r"FailedOperation\.OcrFailed"),
    ):
        name_by(mock, photograph())


def test_sample_answers_any_picture_and_the_same_one_alike() -> None:
    """With ``--unknown-image sample`` a picture chooses a made-up card by its digest; specimens are still read."""
    with MockServer(Settings(vendors=("tencent",), unknown_image="sample")) as mock:
        first, again, other = (name_by(mock, photograph(shade)) for shade in (90, 90, 91))
        assert first == again
        assert (first, other) == tuple(
            sample_cards(digest(photograph(s)))[0].fields["name"] for s in (90, 91)
        )
        assert name_by(mock, mock.specimen("front")) == "饶光鸣"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("truth", "says"),
    [
        ("text", 'a card is an object with "side"'),
        ({"side": "left", "fields": {}}, 'a card is an object with "side"'),
        ({"side": ["front"], "fields": FIELDS}, 'a card is an object with "side"'),
        ({"side": "front", "fields": {"name": "王"}}, "the fields of a front are name, sex"),
        ({"side": "front", "fields": FIELDS | {"birth": 1990}}, "every field is a text"),
        ({"side": "front", "fields": FIELDS, "flags": ["torn"]}, "flags are a list out of"),
        ({"side": "front", "fields": FIELDS, "flags": [["slow"]]}, "flags are a list out of"),
    ],
)
def test_wrong_truth_is_one_sentence(tmp_path: Path, truth: Any, says: str) -> None:
    """A truth that is none stops the start, naming the file and what is wrong."""
    with pytest.raises(ConfigError, match=says) as error:
        load_own_cards(write(tmp_path, truth))
    assert "mine.json" in str(error.value)


@pytest.mark.parametrize("content", ["{", '{"name": "\\ud800"}', "{}\xff"])
def test_truth_that_is_no_json(tmp_path: Path, content: str) -> None:
    """So does a file that is not JSON in UTF-8, or that holds half a character, which no answer could."""
    write(tmp_path, {})
    (tmp_path / "mine.json").write_text(content, "latin-1")
    with pytest.raises(ConfigError, match=r"mine\.json cannot be read"):
        load_own_cards(tmp_path)


def test_hidden_files_are_nobodys(tmp_path: Path) -> None:
    """A folder that was looked at on a Mac has files of the system's in it."""
    write(tmp_path, {"side": "front", "fields": FIELDS})
    for name in (".DS_Store", "._mine.jpg", "._mine.json"):
        (tmp_path / name).write_bytes(b"x")
    assert len(load_own_cards(tmp_path)) == 1


def test_picture_and_truth_come_in_pairs(tmp_path: Path) -> None:
    """A picture without a truth and a truth without a picture are both named."""
    write(tmp_path, {"side": "front", "fields": FIELDS})
    (tmp_path / "other.png").write_bytes(b"x")
    with pytest.raises(ConfigError, match=r"other\.png has no other\.json"):
        load_own_cards(tmp_path)
    (tmp_path / "other.png").rename(tmp_path / "other.json")
    with pytest.raises(ConfigError, match=r"other\.json has no picture"):
        load_own_cards(tmp_path)
