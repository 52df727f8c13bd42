"""Examples of an OpenAPI document: calls that were made while the document was put together.

A row of an operation's ``x-examples`` says what is sent; the vendor's own steps say what comes back, and every error
is rendered by the vendor from its row of the catalogue. So no example is written by hand, and none can drift from
what the mock answers. A row has a ``summary`` and either

* ``specimen``, the picture that the vendor's own client sends, with ``parameters`` beside it; ``address`` is the
  parameter that can take the picture's address instead, which keeps the example short; or
* ``body`` and ``headers`` of a plain request to the operation itself, whose texts are templates. They know the
  account's credentials and, with ``after``, the headers that the first example of that operation was answered with.

The frame's ``x-measured`` gives values for members that a clock measures.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import orjson

from mockserver.cards.named import load_specimens
from mockserver.contract import Contract, ErrorRow
from mockserver.errors import ContractError
from mockserver.openapi.stage import Stage
from mockserver.pictures import open_picture
from mockserver.request import Answer
from mockserver.settings import Settings
from mockserver.vendor import Call, Sending

_JSON = "application/json"
#: Of a picture that stands in the document itself: still read by the mock, and a tenth of the file.
_INLINE_SCALE = 0.3
_INLINE_QUALITY = 30


@dataclass(frozen=True, slots=True)
class Example:
    """One call: what was sent and what came back."""

    name: str
    summary: str
    sent: Sending
    answer: Answer
    #: Of the row: the specimen's file, the parameters beside it, and the one that may hold its address.
    file: str | None
    parameters: Mapping[str, Any]
    address: str | None


class Examples:
    """The examples of one document. ``url`` is the address of the mock that has the specimens."""

    def __init__(self, contract: Contract, frame: Mapping[str, Any], url: str | None) -> None:
        usual = Settings()
        self._contract = contract
        self._url = url or f"http://{usual.host}:{usual.port}"
        self._measured: Mapping[str, Any] = frame.get("x-measured", {})
        self._answered: dict[str, Mapping[str, str]] = {}

    @cached_property
    def _stage(self) -> Stage:
        return Stage(self._contract)

    def of(self, method: str, path: str, operation: Mapping[str, Any]) -> OperationExamples:
        """The examples of an operation: those of its rows that are answered with a success.

        An edition may refuse what the vendor's own client sends, and then has fewer. Raises ContractError for a row
        that cannot be sent.
        """
        shown, call = list[Example](), None
        for name, row in operation.get("x-examples", {}).items():
            try:
                sent = self._sent(method, path, operation, row)
            except (LookupError, TypeError) as error:
                where = f"{self._contract.vendor}/openapi.json at #/paths, {method} {path}"
                raise ContractError(f"{where}: example {name!r} cannot be sent: {error!r}") from error
            walked, answer = self._stage.walk(sent)
            call = call or walked
            if answer is not None:
                shown.append(self._example(name, row, sent, answer))
        if shown:
            self._answered[operation["operationId"]] = dict(shown[0].answer.headers)
        if call is None:
            call, _ = self._stage.walk(Sending(method.upper(), path, {}, b""))
        return OperationExamples(self, shown, call)

    def refusal(self, call: Call, row: ErrorRow) -> Answer:
        """What the call would get with this row."""
        return self._stage.refusal(call, row)

    def value(self, answer: Answer) -> Any:
        """The body as an example shows it, JSON or text."""
        try:
            body = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            return answer.body.decode()
        return {name: self._measured.get(name, value) for name, value in body.items()}

    def picture_url(self, file: str) -> str:
        """Where the mock has a specimen's picture."""
        return f"{self._url}/_idmock/specimens/{file}"

    def inline(self, file: str, parameters: Mapping[str, Any]) -> Any:
        """The JSON body of a call with a small copy of the picture in it."""
        return orjson.loads(self._picture_sent(_small_copy(_picture(file)), parameters).body)

    def _example(self, name: str, row: Mapping[str, Any], sent: Sending, answer: Answer) -> Example:
        file = load_specimens()[row["specimen"]].file if "specimen" in row else None
        return Example(
            name, row["summary"], sent, answer, file, row.get("parameters", {}), row.get("address")
        )

    def _sent(self, method: str, path: str, operation: Mapping[str, Any], row: Mapping[str, Any]) -> Sending:
        if "specimen" in row:
            file = load_specimens()[row["specimen"]].file
            return self._picture_sent(_picture(file), row.get("parameters", {}))
        known = dict(self._stage.account.credentials)
        if "after" in row:
            known |= self._answered[row["after"]]
        headers = {"Content-Type": _JSON, "Host": operation.get("x-host", self._contract.operation["host"])}
        headers |= _filled(row.get("headers", {}), known)
        body = orjson.dumps(_filled(row["body"], known)) if "body" in row else b""
        return Sending(method.upper(), path, headers, body)

    def _picture_sent(self, picture: bytes, parameters: Mapping[str, Any]) -> Sending:
        sending, host = self._stage.vendor.client.sending, self._contract.operation["host"]
        if sending is None:
            raise LookupError("the vendor does not say how a picture is sent")
        return sending(self._stage.account, host, picture, parameters, self._stage.now)


@dataclass(frozen=True, slots=True)
class OperationExamples:
    """The examples of one operation, and the call whose refusals its errors are."""

    of: Examples
    shown: list[Example]
    call: Call

    def successes(self) -> dict[str, Any]:
        """Bodies of answers by the name of the example."""
        return {one.name: example(one.summary, self.of.value(one.answer)) for one in self.shown}

    def answered_headers(self) -> Mapping[str, str]:
        """The headers of the first example's answer."""
        return dict(self.shown[0].answer.headers) if self.shown else {}

    def errors(self, rows: list[ErrorRow]) -> Iterator[tuple[ErrorRow, Answer]]:
        """Each row with the answer that it makes."""
        for row in rows:
            yield row, self.of.refusal(self.call, row)

    def value(self, answer: Answer) -> Any:
        """The body as an example shows it."""
        return self.of.value(answer)

    def answered_kind(self, declared: str) -> str:
        """The media type of the first example's answer, which an edition may have changed."""
        return kind_of(self.shown[0].answer, declared) if self.shown else declared

    def bodies(self, kind: str) -> dict[str, Any]:
        """Bodies of requests of a media type by the name of the example; where the answer depends on a picture, it
        is that to the same body with the picture in it. A body of bytes is shown by its file's name: an external value
        would be the word for it, but readers fetch these, and give up where no mock runs."""
        found: dict[str, Any] = {}
        for one in self.shown:
            if kind == _JSON and one.file is None:
                found[one.name] = example(one.summary, orjson.loads(one.sent.body))
            elif kind == _JSON and one.address is not None and one.file is not None:
                value = {one.address: self.of.picture_url(one.file), **one.parameters}
                found[one.name] = example(one.summary, value)
            elif kind == "multipart/form-data":
                found[one.name] = example(f"{one.summary} {_FILE_SAYS}", _form(one))
            elif one.file is not None and kind != _JSON:
                found[one.name] = example(f"{one.summary} {_FILE_SAYS}", one.file)
        if kind == _JSON and self.shown and self.shown[0].file is not None:
            first = self.shown[0]
            body = self.of.inline(first.file or "", first.parameters)
            found[f"{first.name}-inline"] = example(f"{first.summary} {_INLINE_SAYS}", body)
        return found

    def parameter(self, parameter: Mapping[str, Any], path: str) -> dict[str, Any]:
        """``example`` of a parameter as the first call sent it, if it sent it and the frame gives none."""
        if not self.shown or "example" in parameter:
            return {}
        first, name = self.shown[0], parameter["name"]
        known: Mapping[str, Any] = {}
        if parameter["in"] == "header":
            name, known = name.lower(), {header.lower(): text for header, text in first.sent.headers.items()}
        elif parameter["in"] == "path":
            known = _in_path(path, first.sent.target)
        elif first.file is not None and first.address is not None:
            known = {**first.parameters, first.address: self.of.picture_url(first.file)}
        return {"example": known[name]} if name in known else {}


_INLINE_SAYS = "The picture in the body: a small copy of the specimen, lest this document grow long."
_FILE_SAYS = "The file's name stands for its bytes."


def example(summary: str, value: Any) -> dict[str, Any]:
    """An Example Object."""
    return {"summary": summary, "value": value}


def kind_of(answer: Answer, declared: str) -> str:
    """The media type of an answer, as it is spelled there."""
    return dict(answer.headers).get("Content-Type", declared)


def _picture(file: str) -> bytes:
    specimen = next(one for one in load_specimens().values() if one.file == file)
    return specimen.image_path.read_bytes()


def _small_copy(picture: bytes) -> bytes:
    image = open_picture(picture).pixels("RGB")
    small = image.resize((round(image.width * _INLINE_SCALE), round(image.height * _INLINE_SCALE)))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=_INLINE_QUALITY, optimize=True)
    return out.getvalue()


def _filled(template: Any, known: Mapping[str, str]) -> Any:
    """The template with its texts filled in. Raises KeyError for a place that nobody knows."""
    if isinstance(template, str):
        return template.format_map(known)
    if isinstance(template, list):
        return [_filled(item, known) for item in template]
    if isinstance(template, dict):
        return {name: _filled(item, known) for name, item in template.items()}
    return template


def _form(example: Example) -> dict[str, str]:
    """The parts of a multipart body; in a file's place the name of the specimen's."""
    from werkzeug.formparser import parse_form_data

    body = example.sent.body
    kind = next(text for name, text in example.sent.headers.items() if name.lower() == "content-type")
    environ = {
        "REQUEST_METHOD": example.sent.method,
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    _, texts, files = parse_form_data(environ)
    for file in files.values():
        file.close()
    return {**texts.to_dict(), **dict.fromkeys(files, example.file or "")}


def _in_path(path: str, target: str) -> dict[str, str]:
    """The parameters of a templated path by the target that a client asked for."""
    pairs = zip(path.split("/"), target.partition("?")[0].split("/"), strict=True)
    return {name[1:-1]: unquote(text) for name, text in pairs if name.startswith("{")}
