"""What the server remembers is bounded, in entries and in bytes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mockserver import recognition
from mockserver.cards.named import load_specimens
from mockserver.cards.read import CardReader
from mockserver.lru import LeastRecentlyUsed
from mockserver.pictures import PictureError
from mockserver.recognition import Recogniser
from tests.card_strategies import FRONT, photograph, scene_around


class TestLeastRecentlyUsed:
    """The memory of computed values."""

    def test_bounded_in_entries(self) -> None:
        """The one that was not asked for longest goes first."""
        memory: LeastRecentlyUsed[str, str] = LeastRecentlyUsed(2)
        for key in ("a", "b"):
            memory.put(key, key)
        assert memory.peek("a") == "a"
        memory.put("c", "c")
        assert [memory.peek(key) for key in "abc"] == ["a", None, "c"]

    def test_bounded_in_weight(self) -> None:
        """However many entries there may be; one that is replaced weighs once."""
        memory: LeastRecentlyUsed[str, bytes] = LeastRecentlyUsed(9, weight=10, weigh=lambda key, v: len(v))
        for key, size in (("a", 4), ("b", 4), ("b", 6), ("c", 4)):
            memory.put(key, b"." * size)
        assert [memory.peek(key) for key in "abc"] == [None, b"......", b"...."]

    def test_too_heavy_alone(self) -> None:
        """Is computed each time, and drives nothing out."""
        memory: LeastRecentlyUsed[str, bytes] = LeastRecentlyUsed(9, weight=10, weigh=lambda key, v: len(v))
        memory.put("a", b".")
        assert memory.get("b", lambda: b"." * 11) == b"." * 11
        assert (memory.peek("a"), memory.peek("b")) == (b".", None)


class TestRecogniser:
    """What is remembered of pictures."""

    def test_a_picture_of_one_vendor_is_not_taken_in_by_another(self) -> None:
        """What is remembered of its header does not stand in for the formats and pixels that a vendor takes."""
        data = load_specimens()["front"].image_path.read_bytes()
        recogniser = Recogniser(CardReader())
        picture = recogniser.open(data, formats=["JPEG"], max_pixels=10_000_000)
        assert recogniser.open(data, formats=["JPEG"], max_pixels=10_000_000) == picture
        for bounds in (
            {"formats": ["PNG"], "max_pixels": 10_000_000},
            {"formats": ["JPEG"], "max_pixels": 9},
        ):
            with pytest.raises(PictureError):
                recogniser.open(data, **bounds)  # type: ignore[arg-type]

    def test_crops_are_bounded_in_bytes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A crop is as large as the picture was, so a number of them says nothing."""
        picture, _ = photograph(scene_around(FRONT, scale=0.5))

        def crops(room: int) -> bool:
            """Whether the second of two crops has left the first one where it was."""
            monkeypatch.setattr(recognition, "_CROP_BYTES", room)
            recogniser = Recogniser(CardReader())
            (sighting,) = recogniser.read(picture).sightings
            first = recogniser.card_crop(picture, sighting)
            recogniser.portrait_crop(picture, sighting)
            return recogniser.card_crop(picture, sighting) is first

        assert crops(10_000_000)
        assert not crops(10_000)

    def test_texts_are_weighed_in_bytes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A Chinese character takes two."""
        picture, _ = photograph(scene_around(FRONT, scale=0.5))
        text = "饶" * 1000
        monkeypatch.setattr(recognition, "_DERIVED_BYTES", 1500)
        recogniser = Recogniser(CardReader())
        assert recogniser.derived(picture, "a", lambda: text) == text
        assert recogniser.derived(picture, "a", lambda: "anew") == "anew"


def test_what_was_loaded_is_frozen(tmp_path: Path) -> None:
    """Before the worker is forked: a collector that looks at it would copy it, for the worker and for its parent."""
    program = (
        "import gc, granian\n"
        "granian.Granian.serve = lambda *_, **__: print(gc.get_freeze_count() > 50_000, gc.isenabled())\n"
        "from mockserver.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "serve", "--port", "0"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout == "True True\n"
