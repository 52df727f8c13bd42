"""Sizes, the route, and the arguments out of the body (contract §1.1, §3, §4 steps 1-3 and 7-9)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from mockserver.contract import RequestSchema, Violation
from mockserver.errors import Refusal
from mockserver.request import FORM
from mockserver.steps import refuse_past_limit
from mockserver.vendors._megvii import multipart
from mockserver.vendors._megvii.call import MegviiCall

_MULTIPART = "multipart/form-data"
IMAGE = "image"
#: Characters of a text up to which the outcome of its validation is remembered.
_KEPT_LENGTH = 64


def check_request_size(call: MegviiCall) -> None:
    """The whole body has a limit, whatever is in it and wherever it goes."""
    refuse_past_limit(call, "max_request_bytes", call.request.body_bytes)


def check_route(call: MegviiCall) -> None:
    """There is one path, and it is called with POST."""
    known, request = call.contract.operation, call.request
    if request.path != known["path"]:
        raise Refusal("API_NOT_FOUND", hint=f"the only path is {known['path']}")
    if request.method not in known["methods"]:
        raise Refusal("API_NOT_FOUND", hint=f"the method is {known['methods'][0]}")
    call.operation = known["action"]


def read(call: MegviiCall) -> None:
    """Take the arguments out of the body. What cannot be read is no error by itself: the arguments are missing."""
    request = call.request
    if request.media_type == _MULTIPART:
        _read_multipart(call)
    elif request.media_type == FORM:
        call.texts = request.form_parameters
        call.hint = "the body is a form, which cannot carry a file: send multipart/form-data"
    else:
        call.hint = f"the Content-Type is to be {_MULTIPART}, not {request.media_type[:60]!r}"
    if call.contract.behaviour("arguments_in_query") == "read":
        call.texts = {**request.query_parameters, **call.texts}
    call.violation = _first_violation(call)


def require_credentials(call: MegviiCall) -> None:
    """Key and secret must be there, in this order; an empty one counts as missing."""
    _refuse_violation(call, "credentials")


def check_values(call: MegviiCall) -> None:
    """The image must be an upload, and ``return_portrait`` one of its two texts."""
    if IMAGE in call.texts and IMAGE not in call.files:
        call.hint = "the image is a text, without a filename: a file is to be uploaded"
        if call.contract.behaviour("image_as_text") == "bad":
            raise Refusal("BAD_ARGUMENTS", details={"parameter": IMAGE})
    _refuse_violation(call, "values")


def check_picture_size(place: str) -> Callable[[MegviiCall], None]:
    """A step that holds the limit of the picture's bytes, if this is the place where it is held."""

    def step(call: MegviiCall) -> None:
        if call.contract.behaviour("picture_size_checked") == place and IMAGE in call.files:
            refuse_past_limit(call, "max_image_bytes", len(call.files[IMAGE]))

    step.__name__ = f"check_picture_size_{place}"
    step.__doc__ = f"The limit of the picture's bytes, where ``picture_size_checked`` is ``{place}``."
    return step


def _read_multipart(call: MegviiCall) -> None:
    request = call.request
    boundary = multipart.boundary_of(request.headers["content-type"])
    if boundary is None:
        call.hint = "the multipart header names no boundary: leave the header to the HTTP library"
        return
    try:
        form = multipart.parse(
            request.body,
            boundary,
            max_parts=int(call.contract.limit("max_parts")),
            max_header_bytes=int(call.contract.limit("max_part_header_bytes")),
        )
    except multipart.MultipartError as error:
        call.hint = str(error)
        return
    call.texts, call.files = form.texts, form.files


def _first_violation(call: MegviiCall) -> Violation | None:
    """One validation serves both stages: a violation of the later one waits until its step.

    A client sends the same few texts again and again, so those are looked at once; long ones are not kept.
    """
    schema = call.contract.request
    sent = tuple((n, call.texts[n]) for n in schema.parameters if n in call.texts and n != IMAGE)
    if IMAGE in call.files:
        sent += ((IMAGE, ""),)
    if all(len(text) <= _KEPT_LENGTH for _, text in sent):
        return _known_violation(schema, sent)
    return schema.first_violation(dict(sent), None)


@lru_cache(maxsize=256)
def _known_violation(schema: RequestSchema, sent: tuple[tuple[str, str], ...]) -> Violation | None:
    return schema.first_violation(dict(sent), None)


def _refuse_violation(call: MegviiCall, stage: str) -> None:
    violation = call.violation
    if violation is not None and violation.stage == stage:
        raise Refusal(violation.code, violation.variant, violation.details)
