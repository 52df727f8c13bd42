"""A walk over the schemas of a contract: typing errors in keywords, provenance, and the list of constraints.

JSON Schema ignores keywords that it does not know, so ``"requird"`` would pass in silence. Here every keyword
must be known or begin with ``x-``. The annotations used are ``x-error`` (the row that a broken constraint is
answered with), ``x-stages`` (the order of the stages named in ``x-error``), ``x-source`` and ``x-confidence``
(provenance, inherited by everything below), and ``x-type`` (the vendor's name of a type).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from mockserver.contract.constraint import MAPS, Confidence, Constraint, Path
from mockserver.contract.files import broken


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ANNOTATIONS = _words(
    "$schema $id $comment $defs title description default examples deprecated contentEncoding"
)
_ASSERTIONS = _words(
    """
    type enum const multipleOf maximum exclusiveMaximum minimum exclusiveMinimum
    maxLength minLength pattern maxItems minItems uniqueItems maxContains minContains
    maxProperties minProperties required dependentRequired contentMediaType
    """
)
#: Keywords that only lead to schemas, whose own keywords are reported when they break, ...
_TRANSPARENT = _words(
    """
    properties patternProperties additionalProperties propertyNames items prefixItems
    allOf then else dependentSchemas $ref
    """
)
#: ... and those that are reported themselves, whatever breaks inside; ``if`` is never reported.
_OPAQUE = _words("anyOf oneOf not if contains contentSchema")

_KNOWN = _ANNOTATIONS | _ASSERTIONS | _TRANSPARENT | _OPAQUE
#: What the value of a keyword holds: one schema, a list of them, or named ones.
_ONE = _words("items not if then else contains propertyNames contentSchema additionalProperties")
_LISTS = _words("allOf anyOf oneOf prefixItems")


def constraints(schema: Mapping[str, Any], file: str) -> list[Constraint]:
    """Every constraint of a schema, in the order of the file.

    Raises ContractError for an unknown keyword, a constraint without provenance, and an ``x-error`` beside no
    constraint.
    """
    return list(_walk(schema, file, (), ("", ""), enclosed=False))


def _walk(
    schema: Any, file: str, path: Path, inherited: tuple[str, str], *, enclosed: bool
) -> Iterator[Constraint]:
    if isinstance(schema, bool):
        return
    _check_keywords(schema, file, path)
    source = schema.get("x-source", inherited[0])
    confidence = schema.get("x-confidence", inherited[1])
    answers = schema.get("x-error", {})
    for keyword, value in schema.items():
        if _reports(keyword, value):
            if not source or not confidence:
                raise broken(file, (*path, keyword), "neither here nor above are x-source and x-confidence")
            yield Constraint(
                file,
                path,
                keyword,
                value,
                source,
                cast("Confidence", confidence),
                answers.get(keyword),
                enclosed,
            )
        inside = enclosed or keyword in _OPAQUE
        for step, below in _subschemas(keyword, value):
            yield from _walk(below, file, (*path, keyword, *step), (source, confidence), enclosed=inside)


def _reports(keyword: str, value: Any) -> bool:
    """A broken keyword of this kind is reported under its own name."""
    if keyword in ("additionalProperties", "items"):
        return value is False
    return keyword in _ASSERTIONS or (keyword in _OPAQUE and keyword != "if")


def _subschemas(keyword: str, value: Any) -> Iterator[tuple[Path, Any]]:
    if keyword in _ONE:
        yield (), value
    elif keyword in _LISTS:
        yield from (((i,), below) for i, below in enumerate(value))
    elif keyword in MAPS:
        yield from (((name,), below) for name, below in value.items())


def _check_keywords(schema: Mapping[str, Any], file: str, path: Path) -> None:
    for keyword in schema:
        if keyword not in _KNOWN and not keyword.startswith("x-"):
            raise broken(file, (*path, keyword), f"{keyword!r} is no keyword that is checked here")
    if schema.get("x-confidence", "inferred") not in ("documented", "observed", "inferred"):
        raise broken(file, (*path, "x-confidence"), "one of documented, observed, inferred")
    if not isinstance(schema.get("x-error", {}), dict):
        raise broken(file, (*path, "x-error"), "an object from keyword to row")
    for keyword, answer in schema.get("x-error", {}).items():
        if keyword not in schema or not _reports(keyword, schema[keyword]):
            raise broken(file, (*path, "x-error", keyword), f"there is no constraint {keyword!r} beside it")
        if not isinstance(answer, dict) or not {"code"} <= answer.keys() <= {"code", "variant", "stage"}:
            raise broken(
                file, (*path, "x-error", keyword), "an object with code and, if need be, variant and stage"
            )
