"""JSON in, JSON out; a mistake is one sentence in plain text."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response, abort, request

from mockserver.contract.files import check_format
from mockserver.data import data_path
from mockserver.errors import ContractError


def as_json(value: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(value), status, content_type="application/json")


def sent_json() -> Any:
    """The JSON value that was sent; ends the request with 400 when there is none."""
    try:
        return orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        abort(400, f"the body is not JSON: {error}")


def sent_object(name: str) -> dict[str, Any]:
    """The JSON object that was sent, of the format ``schemas/<name>.schema.json``; ends the request with 400."""
    value = sent_json()
    try:
        check_format(value, name, data_path("schemas", f"{name}.schema.json"))
    except ContractError as error:
        abort(400, str(error))
    checked: dict[str, Any] = value
    return checked
