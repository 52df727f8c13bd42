"""The rows: well formed, each with its own name and source, and between them every part of the contracts."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conformance.cases import case_files, load_cases, read_cases, select
from conformance.data import HERE, data_root
from conformance.dialect import about, load_dialect, vendors
from conformance.errors import SuiteError
from conformance.model import LEVELS, Case
from conformance.selftest.runner import mutants

#: At least so many clauses of each vendor.
LEAST = {"tencent": 80, "aliyun": 80, "huawei": 80, "megvii": 50, "alimarket": 50}
#: The one part of the suite that may know the server: it makes wrong implementations of it.
KNOWS_THE_SERVER = HERE / "selftest"

every_vendor = pytest.mark.parametrize("vendor", vendors())


def contract(vendor: str, name: str) -> Any:
    """One file of ``schemas/<vendor>/``."""
    return json.loads((data_root() / "schemas" / vendor / f"{name}.json").read_text("utf-8"))


def expectations(case: Case) -> list[Any]:
    """What a case expects of each of its calls."""
    return [case.expect, *(call["expect"] for call in case.first)]


def sends(case: Case) -> list[Any]:
    return [case.send, *(call["send"] for call in case.first)]


def expected_codes(vendor: str) -> set[str]:
    """Every code that a case spells."""
    found: set[str] = set()
    for expect in (expect for case in load_cases(vendor) for expect in expectations(case)):
        code = expect.get("error", {}).get("code")
        if isinstance(code, dict):
            found.update(code.get("one_of", ()), [code["equals"]] if "equals" in code else [])
        elif code is not None:
            found.add(str(code))
        found.update(code for code in expect.get("tally", {}) if code != "success")
    return found


def property_names(schema: Any) -> set[str]:
    """Names of the members that a schema declares, at any depth."""
    if isinstance(schema, list):
        return {name for item in schema for name in property_names(item)}
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {}))
    return own | {
        name
        for key, inner in schema.items()
        if key not in ("const", "enum")
        for name in property_names(inner)
    }


def names_in_pointers(expect: Any) -> Iterator[str]:
    """Names of members that an expectation asks about: in pointers and in lists of keys."""
    if isinstance(expect, list):
        for item in expect:
            yield from names_in_pointers(item)
    elif isinstance(expect, dict):
        for key, value in expect.items():
            yield from key.split("/")[1:]
            yield from value if key in ("keys", "key_set") else names_in_pointers(value)
    elif isinstance(expect, str) and expect.startswith("/"):
        yield from expect.split("/")[1:]


def keys_in(value: Any) -> Iterator[str]:
    """Every key of what is sent, at any depth."""
    if isinstance(value, list):
        for item in value:
            yield from keys_in(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_in(inner)


class TestRows:
    """Each row."""

    @every_vendor
    def test_the_rows_load(self, vendor: str) -> None:
        """They fit their schema, and there are as many as were promised."""
        assert len(load_cases(vendor)) >= LEAST.get(vendor, 1)

    @pytest.mark.parametrize("vendor", vendors())
    def test_the_library_that_explains_accepts_them_too(self, vendor: str) -> None:
        """At each start a quicker one is asked; the two are of one opinion."""
        schema = Draft202012Validator(json.loads((HERE / "case.schema.json").read_text("utf-8")))
        for path in case_files(vendor):
            assert list(schema.iter_errors(json.loads(path.read_text("utf-8")))) == []

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"level": "maybe"}, "level: 'maybe' is not one of"),
            ({"wait": 1}, "'wait' was unexpected"),
            ({"id": "megvii/elsewhere/x"}, "has to begin like its file"),
            ({"source": {"document": "hearsay", "section": "1"}}, "no document 'hearsay' in vendor.json"),
            ({"send": {"transport": "pigeon"}}, "no transport 'pigeon' in vendor.json"),
            ({"send": {"sign": {"ink": "red"}}}, "the signer has no option 'ink'"),
        ],
        ids=["level", "member", "id", "document", "transport", "option"],
    )
    def test_a_mistake_is_named(self, change: dict[str, Any], says: str, tmp_path: Path) -> None:
        """With its file, its row and the rule."""
        (path,) = (path for path in case_files("megvii") if "-auth." in path.name)
        document = json.loads(path.read_text("utf-8"))
        document["cases"][0] |= change
        (tmp_path / path.name).write_text(json.dumps(document), "utf-8")
        with pytest.raises(SuiteError, match=says) as raised:
            list(read_cases("megvii", tmp_path / path.name))
        assert document["cases"][0]["id"] in str(raised.value)

    def test_two_rows_of_one_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Results, reports and known deviations go by the id: there is no second row of the same one."""
        (path,) = (path for path in case_files("megvii") if "-auth." in path.name)
        monkeypatch.setattr("conformance.cases.case_files", lambda vendor: [path, path])
        with pytest.raises(SuiteError, match="megvii: two cases are called megvii/auth/"):
            load_cases.__wrapped__("megvii")

    def test_the_schemas_are_schemas(self) -> None:
        """Every schema of the suite is one itself."""
        for path in HERE.glob("*.schema.json"):
            Draft202012Validator.check_schema(json.loads(path.read_text("utf-8")))

    def test_ids_are_unique(self) -> None:
        """Over all vendors, in any case of letters."""
        counts = Counter(case.id.lower() for vendor in vendors() for case in load_cases(vendor))
        assert [id_ for id_, count in counts.items() if count > 1] == []

    @every_vendor
    def test_no_clause_is_said_twice(self, vendor: str) -> None:
        """Two rows that say the same are one, or one of them says too little."""
        counts = Counter(case.says for case in load_cases(vendor))
        assert [says for says, count in counts.items() if count > 1] == []

    @every_vendor
    def test_every_row_has_a_source_that_is_described(self, vendor: str) -> None:
        """Each document of ``vendor.json`` is cited, and each citation is of one of them."""
        documents = about(vendor)["documents"]
        cited = {case.source["document"] for case in load_cases(vendor)}
        assert cited == set(documents)
        assert all(case.source["section"].strip() for case in load_cases(vendor))

    @every_vendor
    def test_files_follow_the_contract(self, vendor: str) -> None:
        """One heading a file, the files numbered in the order of the headings."""
        files = case_files(vendor)
        numbers = [path.name.partition("-")[0] for path in files]
        assert numbers == [f"{place:02}" for place in range(1, len(files) + 1)]
        headings = [json.loads(path.read_text("utf-8"))["heading"] for path in files]
        chapters = [heading.split()[0].rstrip(",.").split(".") for heading in headings]
        order = [[int(part) for part in chapter if part.isdigit()] for chapter in chapters]
        assert order == sorted(order), headings
        assert len({heading for heading, _ in groupby(headings)}) == len(headings)

    @every_vendor
    def test_there_is_something_to_ask_at_every_level(self, vendor: str) -> None:
        """Documented, observed and inferred clauses are told apart."""
        assert {case.level for case in load_cases(vendor)} == set(LEVELS)

    @every_vendor
    def test_what_the_signer_and_the_transports_offer_is_used(self, vendor: str) -> None:
        """An option that no row uses is one that nobody knows to work."""
        calls = [send for case in load_cases(vendor) for send in sends(case)]
        options = {option for send in calls for option in send.get("sign", {})}
        used = {send.get("transport", next(iter(about(vendor)["transports"]))) for send in calls}
        assert options == set(about(vendor)["sign"])
        assert used == set(about(vendor)["transports"])


class TestCoverage:
    """The contracts, through the rows."""

    @every_vendor
    def test_every_code_is_caused_or_cannot_be(self, vendor: str) -> None:
        """Each code of the catalogue is spelled by a row, or ``not_caused`` says why none can; never both."""
        catalogue = {str(row["code"]) for row in contract(vendor, "errors")["errors"]}
        excused = set(about(vendor)["not_caused"])
        assert excused <= catalogue
        assert expected_codes(vendor) & excused == set()
        assert catalogue - expected_codes(vendor) - excused == set()

    @every_vendor
    def test_every_parameter_is_sent(self, vendor: str) -> None:
        """Each parameter of the request schema, nested ones among them, is in some row."""
        sent = {key for case in load_cases(vendor) for key in keys_in(sends(case))}
        assert property_names(contract(vendor, "request.schema")) - sent == set()

    @every_vendor
    def test_every_member_of_an_answer_is_asked_about(self, vendor: str) -> None:
        """Each property of the response schema occurs in a pointer or a list of keys."""
        asked = {name for case in load_cases(vendor) for name in names_in_pointers(expectations(case))}
        assert property_names(contract(vendor, "response.schema")) - asked == set()

    @every_vendor
    def test_roles_and_states_exist(self, vendor: str) -> None:
        """Pictures and accounts that rows name are among the ready-made ones: a misspelt one would never apply."""
        fixtures = data_root() / "fixtures"
        roles = {
            row["name"] for row in json.loads((fixtures / "specimens.json").read_text("utf-8"))["specimens"]
        }
        rows = json.loads((fixtures / "accounts.json").read_text("utf-8"))["accounts"]
        states = {row["state"] for row in rows if row["vendor"] == vendor}
        for case in load_cases(vendor):
            assert case.state in states, case.id
            for recipe in _recipes(sends(case)):
                role = recipe if isinstance(recipe, str) else recipe.get("of")
                assert role is None or role in roles, case.id


def _recipes(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _recipes(item)
    elif isinstance(value, dict):
        if "$image" in value:
            yield value["$image"]
        for inner in value.values():
            yield from _recipes(inner)


class TestSelection:
    """Which rows a run has."""

    def test_levels_are_cumulative(self) -> None:
        """Each level has those before it."""
        must, should, may = ({case.id for case in select(level=level, allow_load=True)} for level in LEVELS)
        assert must < should < may
        assert len(may) == sum(len(load_cases(vendor)) for vendor in vendors())

    def test_load_has_to_be_permitted(self) -> None:
        """Without it no case sends many calls."""
        assert all(not case.is_load for case in select(level="may"))
        assert any(case.is_load for case in select(level="may", allow_load=True))

    def test_patterns(self) -> None:
        """They choose by id, and one that fits nothing is named."""
        chosen = select(only=["megvii/auth/*"], level="may")
        assert chosen
        assert all(fnmatchcase(case.id, "megvii/auth/*") for case in chosen)
        with pytest.raises(SuiteError, match="no case fits 'nothing'"):
            select(only=["megvii/*", "nothing"])

    def test_a_vendor_that_there_is_not(self) -> None:
        """Is named, with those that there are."""
        with pytest.raises(
            SuiteError, match="no vendor 'acme'; there are: alimarket, aliyun, huawei, megvii, tencent"
        ):
            select(["acme"])


class TestIndependence:
    """The suite knows an address, not an implementation."""

    def test_nothing_imports_the_server(self) -> None:
        """No module of the suite does, however deep in it the import stands; the self-test's entry excepted."""
        for path in sorted(HERE.rglob("*.py")):
            if KNOWS_THE_SERVER in path.parents:
                continue
            for name in _imported(path):
                assert name.partition(".")[0] not in ("mockserver", "tests", "loadtests"), path

    @every_vendor
    def test_vendors_are_strangers(self, vendor: str) -> None:
        """No vendor's package imports another one's, and nothing else names a vendor."""
        others = {f"conformance.vendors.{name}" for name in vendors() if name != vendor}
        for path in (HERE / "vendors" / vendor).glob("*.py"):
            assert not [
                name for name in _imported(path) if any(name.startswith(other) for other in others)
            ], path
        shared = [*HERE.glob("*.py"), *(HERE / "checks").glob("*.py")]
        for path in shared:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                compared = isinstance(node, ast.Compare) and [
                    n for n in ast.walk(node) if isinstance(n, ast.Constant)
                ]
                assert not compared or vendor not in [constant.value for constant in compared], path

    @every_vendor
    def test_mutants_name_cases_that_exist(self, vendor: str) -> None:
        """What must catch a mutant is a case."""
        ids = {case.id for case in load_cases(vendor)}
        assert {case for mutant in mutants([vendor]) for case in mutant.caught_by} <= ids

    @every_vendor
    def test_throttle_codes_are_known(self, vendor: str) -> None:
        """A code that means "too fast" is in the catalogue; a gateway of another age may have more of them."""
        catalogue = {str(row["code"]) for row in contract(vendor, "errors")["errors"]}
        assert load_dialect(vendor).throttle_codes & catalogue


def _imported(path: Path) -> list[str]:
    """Modules that a file imports."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "import_module"
        ):
            found += [
                arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            ]
    return found
