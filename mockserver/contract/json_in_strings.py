"""JSON Schema 2020-12 with JSON inside strings looked into.

The standard leaves ``contentMediaType`` and ``contentSchema`` to the application. Some vendors put JSON into
strings, on the way in and on the way out, so here both keywords are checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

JSON_TEXT = "application/json"


def _content_media_type(
    validator: Validator, media_type: str, instance: object, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if media_type != JSON_TEXT or not isinstance(instance, str):
        return
    try:
        orjson.loads(instance)
    except orjson.JSONDecodeError as error:
        yield ValidationError(f"the text is not JSON: {error}")


def _content_schema(
    validator: Validator, content: Mapping[str, Any], instance: object, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if schema.get("contentMediaType") != JSON_TEXT or not isinstance(instance, str):
        return
    try:
        value = orjson.loads(instance)
    except orjson.JSONDecodeError:
        return  # contentMediaType reports it
    errors = list(validator.evolve(schema=content).iter_errors(value))
    if errors:
        where = "/".join(str(step) for step in errors[0].path)
        yield ValidationError(f"the JSON in the text: {where}: {errors[0].message}", context=errors)


ContentValidator: type[Validator] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"contentMediaType": _content_media_type, "contentSchema": _content_schema}
)
