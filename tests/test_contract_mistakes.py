"""A mistake in a data file stops the loading, and the message says where it is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver.contract import (
    Contract,
    ContractError,
    available_vendors,
    check_accounts,
    load_accounts,
    load_contract,
)
from mockserver.contract.__main__ import check_all
from mockserver.data import data_path


@pytest.fixture(scope="module")
def tencent() -> Contract:
    return load_contract("tencent")


@pytest.fixture(scope="module")
def current() -> Contract:
    return load_contract("tencent", ("current",))


Change = Callable[[Any], None]


def row(document: Any, code: str) -> Any:
    """The first row of a code."""
    return next(r for r in document["errors"] if r["code"] == code)


def put(*path: Any) -> Change:
    """A change that sets the value at the end of a path of members and indexes."""

    def change(document: Any) -> None:
        for step in path[:-2]:
            document = document[step]
        document[path[-2]] = path[-1]

    return change


def blur(member: str, value: Any) -> Change:
    """A change of one member of a row whose message is one text without placeholders."""
    return lambda document: row(document, "FailedOperation.ImageBlur").update({member: value})


#: File, what is done to it, what the message says.
MISTAKES: list[tuple[str, Change, str]] = [
    (
        "errors.json",
        lambda d: d["errors"].append(d["errors"][0]),
        r"#/errors/\d+: the rule .* is there twice",
    ),
    ("errors.json", lambda d: d["errors"][0].pop("source"), r"#/errors/0: 'source' is a required property"),
    ("errors.json", put("errors", 0, "http_code", 200), r"#/errors/0: .*'http_code' was unexpected"),
    ("errors.json", put("errors", 0, "confidence", "sure"), r"#/errors/0/confidence: 'sure' is not one of"),
    ("errors.json", put("errors", 0, "variant", "Big One"), r"#/errors/0/variant: 'Big One' does not match"),
    ("errors.json", put("errors", 0, "message", {"en": "x"}), r"#/errors/0/message: .* each of en, zh"),
    ("errors.json", blur("message", "a {b}"), r"#/errors/\d+/details: .*differ: b"),
    ("errors.json", blur("message", "a {0}"), r"#/errors/\d+/message: a placeholder is a name"),
    ("errors.json", blur("message", "a {b.c}"), r"#/errors/\d+/message: a placeholder is a name"),
    ("errors.json", blur("message", "a {b"), r"#/errors/\d+/message: a lone brace"),
    ("errors.json", blur("details", {"b": 1}), r"#/errors/\d+/details: .*differ: b"),
    (
        "errors.json",
        lambda d: row(d, "MissingParameter")["trigger"].update(account="activ"),
        r"#/errors/\d+/trigger/account: operation.json has no account state 'activ'",
    ),
    (
        "errors.json",
        lambda d: row(d, "MissingParameter")["trigger"].update(account="answers-Nothing"),
        r"no account state 'answers-Nothing'",
    ),
    ("errors.json", lambda d: d["errors"].remove(row(d, "UnknownParameter")), r"no row UnknownParameter"),
    ("errors.json", put("vendor", "aliyun"), r"errors.json at #/vendor: the folder is tencent"),
    ("limits.json", put("limits", "max_side_px", "value", "10"), r"#/limits/max_side_px/value: '10' is not"),
    (
        "limits.json",
        put("limits", "max_side_px", "error", {"code": "X"}),
        r"#/limits/max_side_px/error: .*row X",
    ),
    ("operation.json", put("account_states", "disabled", "code", "X"), r"#/account_states/disabled: .*row X"),
    (
        "operation.json",
        put("account_states", "disabled", "stage", "x"),
        r"#/account_states/disabled/stage: 'x'",
    ),
    (
        "operation.json",
        put("account_states", "answers-X", {}),
        r"#/account_states: 'answers-X' does not match",
    ),
    ("operation.json", put("plain_states", "disabled", "text"), r"#/plain_states/disabled: .* also one of"),
    ("operation.json", lambda d: d["plain_states"].pop("active"), r"#/plain_states: an account needs"),
    ("operation.json", put("languages", "default", "fr"), r"#/languages/default: .* not among"),
    (
        "operation.json",
        put("behaviour", "host_scope", "value", "lax"),
        r"#/behaviour/host_scope/value: 'lax'",
    ),
    ("operation.json", put("regions", ["mars"]), r"#/regions: 'mars' is none of platform_regions"),
    ("operation.json", put("provenance", "regoins", {}), r"#/provenance/regoins: 'says' is a required"),
    ("operation.json", lambda d: d["provenance"].pop("regions"), r"#/regions: provenance does not say"),
    ("operation.json", put("switches", [1]), r"#/switches/0: 1 is not of type 'string'"),
    (
        "request.schema.json",
        put("properties", "CardSide", "x-error", "enum", {"code": "X"}),
        r"#/properties/CardSide/x-error/enum: errors.json has no row X",
    ),
    (
        "request.schema.json",
        put("properties", "CardSide", "x-error", "pattern", {"code": "X"}),
        r"#/properties/CardSide/x-error/pattern: there is no constraint 'pattern' beside it",
    ),
    (
        "request.schema.json",
        put("properties", "CardSide", "maxLength", 5),
        r"#/properties/CardSide/maxLength: x-error does not say which row answers it",
    ),
    (
        "request.schema.json",
        put("properties", "CardSide", "x-error", "enum", "stage", "late"),
        r"#/properties/CardSide/enum: its stage is none of schema, values",
    ),
    (
        "request.schema.json",
        put("properties", "CardSide", {"$ref": "#"}),
        r"#/properties/CardSide: .*no \$ref",
    ),
    ("request.schema.json", put("requierd", ["ImageUrl"]), r"#/requierd: 'requierd' is no keyword"),
    (
        "request.schema.json",
        put("properties", "CardSide", "type", "text"),
        r"#/properties/CardSide/type: 'text'",
    ),
    (
        "request.schema.json",
        put("properties", "CardSide", "x-error", 1),
        r"#/properties/CardSide/x-error: an object",
    ),
    ("response.schema.json", lambda d: d.pop("x-source"), r"#/type: neither here nor above are x-source"),
    ("response.schema.json", put("x-confidence", "sure"), r"#/x-confidence: one of documented"),
    ("editions/current.json", put("limit", {}), r"current.json at #: .*'limit' was unexpected"),
    (
        "editions/current.json",
        put("errors", "MissingParameter", {"http_status": "200"}),
        r"tencent\+current/errors.json at #/errors/\d+/http_status: '200' is not of type",
    ),
]


class TestMistakes:
    @pytest.fixture
    def schemas(self, tmp_path: Path) -> Path:
        """A copy of ``schemas/`` to spoil."""
        return Path(shutil.copytree(data_path("schemas"), tmp_path / "schemas"))

    def load_all(self, schemas: Path) -> None:
        load_contract("tencent", root=schemas)
        load_contract("tencent", ("current",), schemas)

    @pytest.mark.parametrize(("file", "change", "says"), MISTAKES)
    def test_a_mistake_is_named(self, schemas: Path, file: str, change: Change, says: str) -> None:
        """File, JSON pointer and rule."""
        path = schemas / "tencent" / file
        document = json.loads(path.read_text(encoding="utf-8"))
        change(document)
        path.write_text(json.dumps(document), encoding="utf-8")
        with pytest.raises(ContractError, match=says) as caught:
            self.load_all(schemas)
        assert Path(file).name in str(caught.value) or "tencent+current/" in str(caught.value)

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b'{"vendor": "tencent", "limits": {}', r"not JSON: line 1, column"),
            (b'{"vendor": "a", "vendor": "tencent"}', r"the member 'vendor' twice"),
            (b'{"vendor": "\xff"}', r"not UTF-8: byte 12"),
            (b'{"vendor": NaN}', r"NaN is no JSON number"),
            (b"[]", r"limits.json at #: \[\] is not of type 'object'"),
        ],
    )
    def test_a_file_that_is_no_json_is_named(self, schemas: Path, content: bytes, says: str) -> None:
        """With line and column where there are any."""
        (schemas / "tencent" / "limits.json").write_bytes(content)
        with pytest.raises(ContractError, match=says):
            self.load_all(schemas)

    def test_missing_and_misnamed_files_are_named(self, schemas: Path) -> None:
        """A file under another name would be ignored."""
        (schemas / "tencent" / "limits.json").rename(schemas / "tencent" / "limit.json")
        with pytest.raises(ContractError, match=r"tencent/limit.json at #: no part of a contract"):
            self.load_all(schemas)
        (schemas / "tencent" / "limit.json").unlink()
        with pytest.raises(ContractError, match=r"tencent/limits.json at #: the file is missing"):
            self.load_all(schemas)

    @pytest.mark.parametrize("vendor", ["nobody", ""])
    def test_an_unknown_vendor_names_the_known_ones(self, vendor: str) -> None:
        """One helpful sentence."""
        with pytest.raises(ContractError, match=r"there is no contract .*; there are: .*tencent"):
            load_contract(vendor)

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (put("accounts", 0, "state", "x"), r"#/accounts/0/state: tencent has no account state 'x'"),
            (
                put("accounts", 0, "limits", {"concurrency": 1}),
                r"#/accounts/0/limits/concurrency: .* no such",
            ),
            (put("accounts", 0, "credentials", {"secret_id": "AKID"}), r"no value holds the word MOCK"),
            (
                put("accounts", 1, "name", "active"),
                r"#/accounts/1: another account of tencent has the same name",
            ),
            (lambda d: d["accounts"].pop(), r"#/accounts: tencent: .* needs an account 'answers-"),
        ],
    )
    def test_a_mistake_among_the_accounts_is_named(
        self, tencent: Contract, current: Contract, tmp_path: Path, change: Change, says: str
    ) -> None:
        """accounts.json is held to the contract of each vendor."""
        for file in ("accounts.json", "accounts.schema.json"):
            shutil.copy(data_path("fixtures", file), tmp_path)
        document = json.loads((tmp_path / "accounts.json").read_text(encoding="utf-8"))
        document["accounts"] = [a for a in document["accounts"] if a["vendor"] == "tencent"]
        change(document)
        (tmp_path / "accounts.json").write_text(json.dumps(document), encoding="utf-8")
        with pytest.raises(ContractError, match=says):
            for contract in (tencent, current):
                check_accounts(load_accounts(tmp_path / "accounts.json"), {"tencent": contract})


class TestLint:
    def test_it_checks_every_vendor(self) -> None:
        """One line each."""
        lines = check_all()
        assert [line.split(":")[0] for line in lines] == list(available_vendors())
        assert re.match(
            r"tencent: \d+ error rows, .* editions: current, empty-side-absent, strict-scope", lines[-1]
        )

    def test_the_command_says_what_it_found(self) -> None:
        """``python -m mockserver.contract`` exits 0 and prints the lines."""
        done = subprocess.run(
            [sys.executable, "-m", "mockserver.contract"],
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines() == check_all()

    def test_a_format_that_is_no_schema_is_named(self, tmp_path: Path) -> None:
        """The formats themselves are checked by the lint."""
        root = Path(shutil.copytree(data_path("schemas"), tmp_path / "schemas"))
        (root / "limits.schema.json").write_text('{"type": "thing"}', encoding="utf-8")
        with pytest.raises(ContractError, match=r"limits.schema.json at #/type: 'thing'"):
            check_all(root)
