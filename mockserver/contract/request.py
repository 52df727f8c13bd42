"""The business parameters of a request against their schema: which rule is broken first.

A request may break several constraints at once, and the vendor names one. The order here is that of the
schema: the stages of ``x-stages`` one after the other; within a stage unknown parameters first, as they
appear in the request, then the order in which the schema spells its constraints out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import jsonschema_rs

from mockserver.contract.constraint import Constraint, Path
from mockserver.contract.files import broken
from mockserver.contract.validators import compile_schema

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

DEFAULT_STAGE = "schema"


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken constraint and the row that answers it."""

    code: str
    variant: str | None
    stage: str
    keyword: str
    #: ``parameter`` always; ``expected_type`` beside ``type``, ``allowed`` beside ``enum``, ``value`` for a
    #: scalar.
    details: Mapping[str, object]


class RequestSchema:
    """The compiled request schema of a vendor."""

    def __init__(self, schema: Mapping[str, Any], found: Iterable[Constraint], file: str) -> None:
        """Compile ``schema``, whose constraints are ``found``.

        Raises ContractError for a constraint without ``x-error`` and for a ``$ref``: errors are told apart by
        their place in the schema, so a request schema spells its constraints out.
        """
        self.stages: tuple[str, ...] = tuple(schema.get("x-stages", (DEFAULT_STAGE,)))
        self._answers: dict[Path, Mapping[str, str]] = {}
        self._position: dict[Path, int] = {}
        for position, constraint in enumerate(c for c in found if not c.enclosed):
            place = (*constraint.path, constraint.keyword)
            if constraint.answer is None:
                raise broken(file, place, "x-error does not say which row answers it")
            if constraint.answer.get("stage", DEFAULT_STAGE) not in self.stages:
                raise broken(file, place, f"its stage is none of {', '.join(self.stages)}")
            self._answers[place] = constraint.answer
            self._position[place] = position
            self._position.setdefault(constraint.path, position)
        _refuse_references(schema, file, ())
        self._properties = schema.get("properties", {})
        self._validator = compile_schema(schema)
        # The compiled validator does not look into strings: parameters for which the schema asks that are judged by the
        # other one on top, and a schema that asks for it anywhere else by the other one alone.
        rest = {name: value for name, value in schema.items() if name != "properties"}
        self._accepts = (
            None if _looks_into_strings(rest) else jsonschema_rs.validator_for(dict(schema)).is_valid
        )
        self._texts = {n: compile_schema(p) for n, p in self._properties.items() if _looks_into_strings(p)}

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the declared parameters."""
        return tuple(self._properties)

    @property
    def defaults(self) -> Mapping[str, Any]:
        """What an absent parameter stands for, where the schema says so."""
        return MappingProxyType({n: p["default"] for n, p in self._properties.items() if "default" in p})

    def declared(self, parameter: str) -> Mapping[str, Any]:
        """The schema of one parameter. Raises KeyError for one that is not declared."""
        return MappingProxyType(self._properties[parameter])

    def first_violation(self, instance: Any, stage: str | None = DEFAULT_STAGE) -> Violation | None:
        """The constraint that the vendor would name, None for a request in order.

        Only constraints of one stage count, since vendors look at other things between the stages; ``None``
        stands for all stages, one after the other.
        """
        if self._is_accepted(instance):
            return None
        candidates = [self._candidate(error) for error in self._validator.iter_errors(instance)]
        ranked = [c for c in candidates if stage is None or c[1].stage == stage]
        return min(ranked, key=lambda c: c[0])[1] if ranked else None

    def _is_accepted(self, instance: Any) -> bool:
        """Whether all constraints are kept, by the compiled validator where it can tell; False where it cannot."""
        if self._accepts is None:
            return False
        try:
            accepted = self._accepts(instance)
        except UnicodeEncodeError:
            # Bytes that are not UTF-8 are kept as lone surrogates, which it cannot take in; the other validator can.
            return False
        return accepted and all(
            validator.is_valid(instance[name]) for name, validator in self._texts.items() if name in instance
        )

    def _candidate(self, error: ValidationError) -> tuple[tuple[int, ...], Violation]:
        place: Path = tuple(error.absolute_schema_path)
        keyword = str(place[-1])
        answer = self._answers[place]
        stage = answer.get("stage", DEFAULT_STAGE)
        parameter = _parameter(error, keyword)
        position = self._position[place]
        if keyword == "required":
            declared = (*place[:-1], "properties", parameter.rpartition(".")[2])
            position = self._position.get(declared, position)
        rank = (self.stages.index(stage), keyword != "additionalProperties", position, *_indexes(error))
        details = {"parameter": parameter, **_details(error, keyword)}
        return rank, Violation(
            answer["code"], answer.get("variant"), stage, keyword, MappingProxyType(details)
        )


def _parameter(error: ValidationError, keyword: str) -> str:
    """Dotted name of the parameter: for an unknown or a missing one its own, not that of its holder."""
    path = [str(step) for step in error.absolute_path]
    holder: Any = error.instance
    if keyword == "additionalProperties":
        known = _beside(error).get("properties", {})
        path.append(next(name for name in holder if name not in known))
    elif keyword == "required":
        path.append(next(name for name in _beside(error)["required"] if name not in holder))
    return ".".join(path)


def _details(error: ValidationError, keyword: str) -> dict[str, object]:
    out: dict[str, object] = {}
    schema = _beside(error)
    limit = schema[keyword]
    if isinstance(error.instance, str | int | float | bool):
        out["value"] = error.instance
    if keyword == "type":
        expected = schema.get("x-type", limit)
        out["expected_type"] = expected if isinstance(expected, str) else " or ".join(expected)
    elif keyword == "enum":
        out["allowed"] = tuple(limit)
    elif isinstance(limit, int | float) and not isinstance(limit, bool):
        out["limit"] = limit
    return out


def _beside(error: ValidationError) -> Mapping[str, Any]:
    """The schema object that holds the broken keyword."""
    return cast("Mapping[str, Any]", error.schema)


def _indexes(error: ValidationError) -> tuple[int, ...]:
    """Of items in arrays: the first bad one is named."""
    return tuple(step for step in error.absolute_path if isinstance(step, int))


def _looks_into_strings(schema: object) -> bool:
    if isinstance(schema, Mapping):
        return "contentMediaType" in schema or any(_looks_into_strings(value) for value in schema.values())
    return isinstance(schema, list) and any(_looks_into_strings(item) for item in schema)


def _refuse_references(schema: object, file: str, path: Path) -> None:
    if isinstance(schema, Mapping):
        if "$ref" in schema or "patternProperties" in schema:
            raise broken(
                file, path, "a request schema spells its parameters out: no $ref, no patternProperties"
            )
        for key, value in schema.items():
            if key not in ("enum", "const", "default", "examples"):
                _refuse_references(value, file, (*path, key))
    elif isinstance(schema, list):
        for index, value in enumerate(schema):
            _refuse_references(value, file, (*path, index))
