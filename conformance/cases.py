"""The cases: rows of ``vendors/<vendor>/*.json``, checked before any of them is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator

from conformance.data import HERE, load_json
from conformance.dialect import about, folder, load_dialect, vendors
from conformance.errors import SuiteError
from conformance.model import LEVELS, Case


@cache
def load_cases(vendor: str) -> tuple[Case, ...]:
    """Every case of a vendor, file by file. Raises SuiteError that names the file, the row and the rule it breaks."""
    cases = [case for path in case_files(vendor) for case in read_cases(vendor, path)]
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise SuiteError(f"{vendor}: two cases are called {case.id}")
        seen.add(case.id)
    return tuple(cases)


def case_files(vendor: str) -> list[Path]:
    """The files of cases, in the order of their names: the contract's order."""
    return sorted(path for path in folder(vendor).glob("*.json") if path.name != "vendor.json")


def select(
    names: Iterable[str] = (), level: str = "should", only: Iterable[str] = (), allow_load: bool = False
) -> list[Case]:
    """The cases of some vendors (all without any) up to a level whose id fits one of the patterns.

    Raises SuiteError for a vendor that there is not, and for a pattern that fits no case at all.
    """
    names = tuple(names)
    for name in names:
        load_dialect(name)
    every = [case for name in names or vendors() for case in load_cases(name)]
    patterns = tuple(only)
    for pattern in patterns:
        if not any(fnmatchcase(case.id, pattern) for case in every):
            raise SuiteError(f"no case fits {pattern!r}; `idmock conform --list` prints them all")
    permitted = LEVELS[: LEVELS.index(level) + 1]
    return [
        case
        for case in every
        if case.level in permitted
        and (allow_load or not case.is_load)
        and (not patterns or any(fnmatchcase(case.id, pattern) for pattern in patterns))
    ]


def read_cases(vendor: str, path: Path) -> Iterator[Case]:
    """The cases of a file. Raises SuiteError as `load_cases` does."""
    document = load_json(path)
    if not _is_valid()(document) and (error := next(_validator().iter_errors(document), None)):
        raise SuiteError(f"{path.name} of {vendor} at {_place(document, error)}: {error.message[:300]}")
    for row in document["cases"]:
        _check_names(vendor, path, row)
        rest = {k: v for k, v in row.items() if k not in ("needs", "first")}
        yield Case(
            **rest,
            heading=document["heading"],
            needs=tuple(row.get("needs", ())),
            first=tuple(_unrolled(row.get("first", ()))),
        )


def _unrolled(first: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for call in first:
        yield from [call] * call.get("times", 1)


def _check_names(vendor: str, path: Path, row: Mapping[str, Any]) -> None:
    """The id says where the row stands; documents, transports and signer's options are those of ``vendor.json``.

    What has to agree is what the vendor's dialect can compute.
    """
    known = about(vendor)
    if not row["id"].startswith(f"{vendor}/{path.stem.partition('-')[2] or path.stem}/"):
        raise SuiteError(f"{path.name} of {vendor}: {row['id']} has to begin like its file")
    if row["source"]["document"] not in known["documents"]:
        raise SuiteError(f"{row['id']}: no document {row['source']['document']!r} in vendor.json")
    for expect in (row["expect"], *(call["expect"] for call in row.get("first", ()))):
        for name in expect.get("agrees", ()):
            if name not in load_dialect(vendor).agreements:
                raise SuiteError(f"{row['id']}: the dialect has no agreement {name!r}")
    for send in (row["send"], *(call["send"] for call in row.get("first", ()))):
        if send.get("transport", next(iter(known["transports"]))) not in known["transports"]:
            raise SuiteError(f"{row['id']}: no transport {send['transport']!r} in vendor.json")
        for option, value in send.get("sign", {}).items():
            if option not in known["sign"]:
                raise SuiteError(f"{row['id']}: the signer has no option {option!r}")
            if _is_option(vendor, option)(value):
                continue
            for error in Draft202012Validator(known["sign"][option]["schema"]).iter_errors(value):
                raise SuiteError(f"{row['id']}: {option}: {error.message}")


@cache
def _is_valid() -> Callable[[Any], bool]:
    """Whether a file is in order, in a hundredth of the time that it takes to say what is wrong."""
    return jsonschema_rs.validator_for(load_json(HERE / "case.schema.json")).is_valid


@cache
def _is_option(vendor: str, option: str) -> Callable[[Any], bool]:
    """The same for the value of a signer's option."""
    return jsonschema_rs.validator_for(about(vendor)["sign"][option]["schema"]).is_valid


@cache
def _validator() -> Draft202012Validator:
    schema = load_json(HERE / "case.schema.json")
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def _place(document: Any, error: Any) -> str:
    """The row's id where there is one, and the path in it."""
    path = list(error.absolute_path)
    if len(path) >= 2 and path[0] == "cases":
        row = document["cases"][path[1]]
        return f"{row.get('id', path[1])} {'/'.join(map(str, path[2:]))}".strip()
    return "/".join(map(str, path)) or "its top level"
