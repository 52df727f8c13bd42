"""``idmock.toml``: its JSON Schema, and what is said of a file that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from jsonschema import Draft202012Validator

from mockserver.cli import commands
from mockserver.cli.settings_file import options_of
from mockserver.cli.settings_schema import mistake, options, shape
from tests.test_cli import assert_one_sentence, idmock
from tools.make_docs import SETTINGS_SCHEMA, settings_schema


@pytest.fixture(scope="module")
def schema() -> Any:
    """The checked-in schema, which editors use."""
    found = json.loads(SETTINGS_SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(found)
    return found


class TestSchema:
    """``schemas/idmock.schema.json``."""

    def test_is_that_of_the_options(self) -> None:
        """Whoever changes an option runs `make docs`."""
        assert SETTINGS_SCHEMA.read_text("utf-8") == settings_schema()

    def test_names_every_option_of_every_command(self, schema: Any) -> None:
        """Each command has a table, and the table each of its options; the top level has all of them."""
        for name, command in commands().items():
            table = schema["properties"][name]
            table = table["anyOf"][1] if "anyOf" in table else table
            below = command.commands.values() if isinstance(command, click.Group) else ()
            keys = {key for one in (command, *below) for key in options_of(one)}
            assert keys == table["properties"].keys()
            assert keys <= schema["properties"].keys()

    @pytest.mark.parametrize(
        ("document", "fits"),
        [
            ({"port": 0, "serve": {"host": "::1", "vendor": ["tencent"], "ports": True}}, True),
            ({"cards": "mine"}, True),
            ({"cards": {"count": 3, "flag": ["photocopy"]}}, True),
            ({"load": {"requests-per-second": 2.5}}, True),
            ({"port": 65536}, False),
            ({"port": True}, False),
            ({"port": "4590"}, False),
            ({"vendor": "tencent"}, False),
            ({"unknown-image": "guess"}, False),
            ({"cards": {"count": 0}}, False),
            ({"serve": {"prot": 1}}, False),
            ({"server": {}}, False),
        ],
        ids=json.dumps,
    )
    def test_says_what_the_command_says(
        self, schema: Any, tmp_path: Path, document: dict[str, Any], fits: bool
    ) -> None:
        """An editor that knows the schema and `idmock` itself agree on a file."""
        assert Draft202012Validator(schema).is_valid(document) == fits
        (tmp_path / "mine").mkdir()
        (tmp_path / "idmock.toml").write_text(_toml(document))
        result = idmock("serve", "--help", cwd=tmp_path)
        assert result.returncode == (0 if fits else 2), result.stderr

    def test_of_each_option_is_understood_by_both_checks(self) -> None:
        """The check at start and JSON Schema agree on every option, for values of every kind."""
        values: list[Any] = [True, 0, -1, 70000, 2.5, "", "error", [], ["x"], [1], None]
        for table in options(commands()).tables.values():
            for key, one in table.items():
                validator = Draft202012Validator(one)
                assert [mistake(v, one) for v in values] == [not validator.is_valid(v) for v in values], key
                assert shape(one)


def _toml(document: dict[str, Any]) -> str:
    """TOML of values that are written as in JSON; tables last."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in document.items() if not isinstance(value, dict)]
    for name, table in document.items():
        if isinstance(table, dict):
            lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    return "\n".join(lines)


class TestMistakes:
    """One sentence with file, line, key and what is allowed; exit code 2."""

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("# a port\nport = 'many'", ("line 2: port = 'many'", "an integer from 0 to 65535")),
            ("[serve]\n\nport = 70000", ("line 3, [serve]: port = 70000", "an integer from 0 to 65535")),
            ("[demo]\n[serve]\n'ports' = 1", ("line 3, [serve]: ports = 1", "true or false")),
            ("serve.workers = 0", ("line 1, [serve]: workers = 0", "an integer from 1")),
            ("vendor = 'tencent'", ("line 1: vendor = 'tencent'", "a list, each of it a text")),
            ("unknown-image = 'guess'", ("line 1: unknown-image", "one of 'error', 'sample'")),
            ("prot = 1", ("line 1: 'prot' is no option (did you mean 'port'?)",)),
            ("[serve]\nqqq = 1", ("line 2, [serve]: 'qqq' is no option; there are: admin-token, cards",)),
            ("\n[srve]", ("line 2, [srve] is no command (did you mean 'serve'?)",)),
            ("[serve]\nvendor = ['tencnt']", ("line 2, [serve]: vendor: unknown vendor 'tencnt'", "'tencent'?")),
            ("\ncards = 'nowhere'", ("line 2: cards: Directory 'nowhere' does not exist",)),
            ("port = 1\nhost 2\n", ("cannot be read", "line 2, column 6")),
        ],
    )  # fmt: skip
    def test_in_the_file(self, tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
        """What is wrong in it, and where."""
        (tmp_path / "idmock.toml").write_text(text)
        assert_one_sentence(idmock("serve", cwd=tmp_path), "settings file idmock.toml", *words)

    def test_folder(self, tmp_path: Path) -> None:
        """In the file's place."""
        (tmp_path / "idmock.toml").mkdir()
        assert_one_sentence(idmock("serve", cwd=tmp_path), "idmock.toml cannot be read: Is a directory")

    def test_not_text(self, tmp_path: Path) -> None:
        """The byte is named."""
        (tmp_path / "idmock.toml").write_bytes(b"host = '\xff'")
        assert_one_sentence(idmock("serve", cwd=tmp_path), "byte 8 is not UTF-8")

    def test_of_a_flag_is_not_blamed_on_the_file(self, tmp_path: Path) -> None:
        """A file that says nothing wrong is not mentioned."""
        (tmp_path / "idmock.toml").write_text("port = 0\n")
        result = idmock("serve", "--vendor", "tencnt", cwd=tmp_path)
        assert_one_sentence(result, "unknown vendor 'tencnt' (did you mean 'tencent'?)")
        assert "settings file" not in result.stderr


def test_options_of_a_commands_own_commands(tmp_path: Path) -> None:
    """[cards] holds for `idmock cards make`."""
    (tmp_path / "idmock.toml").write_text("[cards]\nout = 'made'\nformat = 'png'\n")
    assert idmock("cards", "make", cwd=tmp_path).returncode == 0
    assert {path.suffix for path in (tmp_path / "made").iterdir()} == {".json", ".png"}
