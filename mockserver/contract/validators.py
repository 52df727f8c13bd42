"""Validators of the contract's schemas, which name what is wrong.

The library behind them is imported with the first question: `jsonschema_rs` has told before whether there is one to
ask, and many a test has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator


class SchemaValidator:
    """A schema that has been checked already, compiled when it is asked."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema

    @cached_property
    def _compiled(self) -> Validator:
        from mockserver.contract.json_in_strings import ContentValidator

        return ContentValidator(self._schema)

    def iter_errors(self, instance: Any) -> Iterator[ValidationError]:
        """What is wrong with the value, as jsonschema finds it."""
        return iter(self._compiled.iter_errors(instance))

    def validate(self, instance: Any) -> None:
        """Raises jsonschema's ValidationError for what is wrong with the value."""
        self._compiled.validate(instance)

    def is_valid(self, instance: Any) -> bool:
        """Whether nothing is."""
        return bool(self._compiled.is_valid(instance))


def compile_schema(schema: Mapping[str, Any]) -> SchemaValidator:
    """A validator for a schema that has been checked already."""
    return SchemaValidator(schema)
