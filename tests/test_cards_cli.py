"""``idmock cards``: what it writes, what it prints, and what it says when it cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from mockserver.cards.named import load_specimens
from mockserver.cards.read import read_picture
from mockserver.cli import cli
from mockserver.pictures import open_picture


def _run(*arguments: str | Path, **environment: str) -> Result:
    return CliRunner().invoke(cli, ["cards", *map(str, arguments)], env=environment)


def _truth(folder: Path) -> Any:
    return json.loads((folder / "cards.json").read_text("utf-8"))


class TestMake:
    @pytest.mark.parametrize("extension", ["jpg", "png", "bmp"])
    def test_pictures_and_their_truth(self, tmp_path: Path, extension: str) -> None:
        result = _run("make", "--out", tmp_path, "--count", "2", "--seed", "4", "--format", extension)
        assert result.exit_code == 0, result.output
        truth = _truth(tmp_path)
        assert truth["seed"] == 4
        assert len(truth["pictures"]) == 2
        assert {row["file"] for row in truth["pictures"]} | {"cards.json"} == {
            p.name for p in tmp_path.iterdir()
        }
        for row in truth["pictures"]:
            picture = open_picture((tmp_path / row["file"]).read_bytes())
            (sighting,) = read_picture(picture).sightings
            (card,) = row["cards"]
            assert dict(sighting.card.fields) == card["fields"]
            assert (picture.width, picture.height) == (row["width"], row["height"])
            assert sighting.corners[2] == pytest.approx(card["corners"][2], abs=25)
            assert set(card["boxes"]) == set(sighting.boxes)

    def test_sides_and_flags(self, tmp_path: Path) -> None:
        result = _run("make", "--out", tmp_path, "--side", "both", "--flag", "slow", "--flag", "photocopy")
        assert result.exit_code == 0, result.output
        (row,) = _truth(tmp_path)["pictures"]
        assert row["file"] == "card-00001-both.jpg"
        assert [(c["side"], c["flags"]) for c in row["cards"]] == [
            (s, ["photocopy", "slow"]) for s in ("front", "back")
        ]

    def test_the_same_seed_makes_the_same_files(self, tmp_path: Path) -> None:
        for folder in ("one", "other"):
            _run("make", "--out", tmp_path / folder, "--seed", "9")
        one, other = (sorted((tmp_path / folder).iterdir()) for folder in ("one", "other"))
        assert [p.read_bytes() for p in one] == [p.read_bytes() for p in other]

    def test_options_come_from_the_environment_and_the_settings_file_too(self, tmp_path: Path) -> None:
        settings = tmp_path / "idmock.toml"
        settings.write_text('[cards]\nseed = 11\nside = "back"\n', "utf-8")
        arguments = ["--config", str(settings), "cards", "make", "--out", str(tmp_path / "out")]
        result = CliRunner().invoke(cli, arguments, env={"IDMOCK_COUNT": "2", "IDMOCK_SIDE": "front"})
        assert result.exit_code == 0, result.output
        truth = _truth(tmp_path / "out")
        assert truth["seed"] == 11
        assert [row["cards"][0]["side"] for row in truth["pictures"]] == ["front", "front"]

    def test_an_interrupted_run_leaves_whole_json(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write = Path.write_bytes

        def write_two(path: Path, data: Any) -> int:
            if path.name.startswith("card-00003"):
                raise KeyboardInterrupt
            return write(path, data)

        monkeypatch.setattr(Path, "write_bytes", write_two)
        assert _run("make", "--out", tmp_path, "--count", "5").exit_code != 0
        assert len(_truth(tmp_path)["pictures"]) == 2

    def test_a_folder_that_cannot_be_written_is_one_sentence(self, tmp_path: Path) -> None:
        blocked = tmp_path / "file"
        blocked.write_text("")
        result = _run("make", "--out", blocked / "below")
        assert result.exit_code == 2
        assert result.stderr.strip() == f"Error: cannot write to {blocked / 'below'}: Not a directory"

    def test_a_day_before_the_first_card_is_refused(self, tmp_path: Path) -> None:
        result = _run("make", "--out", tmp_path / "out", "--today", "1999-01-01")
        assert result.exit_code == 2
        assert "1999-01-01" in result.stderr
        assert "Traceback" not in result.output


class TestRead:
    def test_one_object_a_line_for_each_picture(self) -> None:
        paths = [load_specimens()[name].image_path for name in ("both", "front-glare", "no-card")]
        result = _run("read", *paths)
        assert result.exit_code == 0, result.output
        both, glare, none = map(json.loads, result.stdout.splitlines())
        assert [card["side"] for card in both["cards"]] == ["front", "back"]
        assert both["file"] == str(paths[0])
        assert {"address", "portrait"} <= set(glare["cards"][0]["glare"])
        assert glare["cards"][0]["fields"]["name"] == load_specimens()["front"].cards[0].card.fields["name"]
        assert none["cards"] == []

    def test_figures_are_plain_and_short(self) -> None:
        result = _run("read", load_specimens()["front-rotated-90"].image_path)
        (card,) = json.loads(result.stdout)["cards"]
        assert card["rotation"] == pytest.approx(90, abs=0.1)
        assert card["quality"] >= 85
        assert card["grey"] is False
        assert set(card["boxes"]) >= {"name", "birth_year", "portrait"}
        assert len(str(card["corners"][0][0])) <= 6

    def test_unusable_files_are_named_and_the_others_are_read(self, tmp_path: Path) -> None:
        text, cut = tmp_path / "notes.txt", tmp_path / "cut.jpg"
        text.write_text("no picture at all")
        good = load_specimens()["front"].image_path
        cut.write_bytes(good.read_bytes()[:9000])
        result = _run("read", text, tmp_path / "missing.jpg", cut, good)
        assert result.exit_code == 2
        assert len(result.stdout.splitlines()) == 1
        assert f"{text}: not a picture" in result.stderr
        assert f"{tmp_path / 'missing.jpg'} cannot be read: No such file or directory" in result.stderr
        assert f"{cut}: damaged or cut short" in result.stderr
        assert "Traceback" not in result.output

    def test_a_picture_must_be_named(self) -> None:
        result = _run("read")
        assert result.exit_code == 2
        assert "IMAGE..." in result.stderr


class TestProgress:
    def test_a_bar_is_drawn_on_a_terminal_for_long_work(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from mockserver.cli import cards

        drawn: list[int] = []
        monkeypatch.setattr(cards.sys.stderr, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(
            click, "progressbar", lambda items, length, **_: drawn.append(length) or _Bar(items)
        )
        assert list(cards._with_progress(iter(range(3)), 3)) == [0, 1, 2]
        assert drawn == []
        assert list(cards._with_progress(iter(range(50)), 50)) == list(range(50))
        assert drawn == [50]

    def test_none_is_drawn_into_a_pipe(self, tmp_path: Path) -> None:
        result = _run("make", "--out", tmp_path, "--count", "21", "--format", "jpg")
        assert result.stderr.splitlines() == [f"21 pictures and cards.json in {tmp_path}"]
        assert result.stdout == ""


class _Bar(list[int]):
    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def test_the_installed_command_end_to_end(tmp_path: Path) -> None:
    """A real process: make a card, read it, and fail with status 2 on what is no picture."""
    command = [sys.executable, "-m", "mockserver", "cards"]
    made = subprocess.run(
        [*command, "make", "--out", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    picture = tmp_path / "card-00001-front.jpg"
    read = subprocess.run(
        [*command, "read", str(picture)], capture_output=True, encoding="utf-8", check=False
    )
    assert read.returncode == 0, read.stderr
    (row,) = _truth(tmp_path)["pictures"]
    assert json.loads(read.stdout)["cards"][0]["fields"] == row["cards"][0]["fields"]
    failed = subprocess.run(
        [*command, "read", str(tmp_path / "cards.json")], capture_output=True, text=True, check=False
    )
    assert failed.returncode == 2
    assert "not a picture" in failed.stderr
    assert "Traceback" not in failed.stderr
