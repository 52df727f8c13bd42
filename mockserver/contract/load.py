"""From the files of one vendor to its contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mockserver.contract.accounts import OWN_FILE
from mockserver.contract.build import account_states, choices, error_rows, limits
from mockserver.contract.crosscheck import check_references
from mockserver.contract.files import broken, check_format, check_schema, merge_patch, read_json
from mockserver.contract.keywords import constraints
from mockserver.contract.model import Contract, rule_id
from mockserver.contract.request import RequestSchema
from mockserver.contract.validators import compile_schema
from mockserver.data import data_path
from mockserver.errors import ContractError

#: The parts of a contract and their files.
FILES = {
    "operation": "operation.json",
    "limits": "limits.json",
    "errors": "errors.json",
    "request": "request.schema.json",
    "response": "response.schema.json",
    "error": "error.schema.json",
}
#: Beside them, read when somebody asks for OpenAPI: not a part of what is served.
OPENAPI_FRAME = "openapi.json"
#: Parts that are data, each with a format of its own beside the vendors' folders.
_FORMATS = {name: f"{name}.schema.json" for name in ("operation", "limits", "errors")}


def available_vendors(root: Path | None = None) -> tuple[str, ...]:
    """Names of the vendors that have a contract, sorted; ``root`` is ``schemas/`` unless given."""
    root = root or data_path("schemas")
    return tuple(sorted(p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")))


def available_editions(vendor: str, root: Path | None = None) -> tuple[str, ...]:
    """Names of a vendor's editions, sorted."""
    folder = (root or data_path("schemas")) / vendor / "editions"
    return tuple(sorted(p.stem for p in folder.glob("*.json")))


def load_contract(vendor: str, editions: Sequence[str] = (), root: Path | None = None) -> Contract:
    """The contract of a vendor with editions applied in order; without any it is the vendor page's.

    ``root`` holds one folder per vendor and the formats; it is the project's ``schemas/`` unless given.
    Raises ContractError, naming file, JSON pointer and rule, for the first mistake in a file.
    """
    root = root or data_path("schemas")
    folder = root / vendor
    _check_listing(root, vendor)
    documents = {name: read_json(folder / file, f"{vendor}/{file}") for name, file in FILES.items()}
    if not editions:
        label = f"{vendor}/"
    else:
        label = f"{vendor}+{'+'.join(editions)}/"
        _check_data(documents, root, f"{vendor}/")
    for edition in editions:
        documents = _apply(documents, _read_edition(root, vendor, edition))
    _check_data(documents, root, label)
    return _assemble(vendor, tuple(editions), documents, label)


def _check_listing(root: Path, vendor: str) -> None:
    """Refuse a folder that is not there, and a file under a wrong name, which would be ignored."""
    folder = root / vendor
    if not vendor or not folder.is_dir():
        raise ContractError(
            f"there is no contract {vendor!r}; there are: {', '.join(available_vendors(root))}"
        )
    known = {*FILES.values(), OWN_FILE, OPENAPI_FRAME}
    strange = sorted(p.name for p in folder.glob("*.json") if p.name not in known)
    if strange:
        raise broken(
            f"{vendor}/{strange[0]}", (), f"no part of a contract; the parts are {', '.join(FILES.values())}"
        )


def _read_edition(root: Path, vendor: str, edition: str) -> Mapping[str, Any]:
    known = available_editions(vendor, root)
    if edition not in known:
        raise ContractError(f"{vendor} has no edition {edition!r}; there are: {', '.join(known) or 'none'}")
    name = f"{vendor}/editions/{edition}.json"
    data: Mapping[str, Any] = read_json(root / vendor / "editions" / f"{edition}.json", name)
    check_format(data, name, root / "edition.schema.json")
    return data


def _check_data(documents: Mapping[str, Any], root: Path, label: str) -> None:
    for name, file in FILES.items():
        if name in _FORMATS:
            check_format(documents[name], label + file, root / _FORMATS[name])
        else:
            check_schema(documents[name], label + file)


def _apply(documents: Mapping[str, Any], edition: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(documents)
    for name in ("operation", "request", "response", "error"):
        out[name] = merge_patch(documents[name], edition.get(name, {}))
    out["limits"] = merge_patch(documents["limits"], {"limits": edition.get("limits", {})})
    rows = {rule_id(row["code"], row.get("variant")): row for row in documents["errors"]["errors"]}
    patched = merge_patch(rows, edition.get("errors", {}))
    out["errors"] = {**documents["errors"], "errors": list(patched.values())}
    return out


def _assemble(vendor: str, editions: tuple[str, ...], documents: Mapping[str, Any], label: str) -> Contract:
    for name in _FORMATS:
        if documents[name]["vendor"] != vendor:
            raise broken(label + FILES[name], ("vendor",), f"the folder is {vendor}")
    schemas = {name: documents[name] for name in ("request", "response", "error")}
    found = {name: constraints(schema, label + FILES[name]) for name, schema in schemas.items()}
    contract = Contract(
        vendor=vendor,
        editions=editions,
        operation=MappingProxyType(documents["operation"]),
        errors=error_rows(documents["errors"], documents["operation"]["languages"], label + FILES["errors"]),
        limits=limits(documents["limits"]),
        behaviours=choices(documents["operation"]),
        account_states=account_states(documents["operation"]),
        request=RequestSchema(schemas["request"], found["request"], label + FILES["request"]),
        response_validator=compile_schema(schemas["response"]),
        error_validator=compile_schema(schemas["error"]),
        constraints=tuple(c for part in found.values() for c in part),
        request_schema=MappingProxyType(schemas["request"]),
        response_schema=MappingProxyType(schemas["response"]),
        error_schema=MappingProxyType(schemas["error"]),
    )
    check_references(contract, {name: label + file for name, file in FILES.items()})
    return contract
