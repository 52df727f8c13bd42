"""The peers: servers that mock an API from a description, each with one answer to the benchmark's Tencent request.

What they do for a request is far less than what the mock does (no signature, no picture, no limits), or something else
(moto stands in for another cloud). Their settings stand in ``loadtests/peers/``; each keeps its own defaults but for
what its row says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from loadtests.bench.install import MOTO, NODE_MODULES, SETTINGS
from loadtests.bench.rounds import Entry
from loadtests.bench.servers import Recipe, free_port
from loadtests.wire import RawRequest
from mockserver.contract import load_contract
from mockserver.openapi import describe

#: The marks of the request, and what moto takes for a call of its own with a picture.
_AS_REKOGNITION = (
    (b"X-TC-Action: IDCardOCR", b"X-Amz-Target: RekognitionService.DetectText"),
    (b"TC3-HMAC-SHA256 ", b"AWS4-HMAC-SHA256 "),
    (b"/ocr/tc3_request", b"/us-east-1/rekognition/aws4_request"),
)

#: Node and Java compile what runs often: some thousand requests before anything counts.
_WARM_UPS = 15


def peer_entries(folder: Path, expect: bytes, *, no_node: str | None, no_moto: str | None) -> list[Entry]:
    """A row for each peer; what it is told is written into ``folder``. ``expect`` is the name on the card.

    ``no_node`` and ``no_moto`` are why the peers of either kind could not be installed.
    """
    journal = ("--max-request-journal-entries", "1000")
    commands: dict[str, Callable[[int], Sequence[str]]] = {
        "WireMock, journal of 1000": lambda port: _wiremock(folder, port, *journal),
        "WireMock, no journal": lambda port: _wiremock(folder, port, "--no-request-journal"),
        "mountebank": lambda port: _mountebank(folder, port),
        "Mockoon": lambda port: _mockoon(folder, port),
        "Prism, validating": lambda port: _prism(folder, port),
    }
    entries = [
        Entry(name, Recipe(command, expect, warm_ups=_WARM_UPS), absent=no_node, optional=True)
        for name, command in commands.items()
    ]
    moto = Recipe(_moto, b'"TextDetections"', adapt=as_rekognition)
    return [*entries, Entry("moto, Rekognition", moto, absent=no_moto, optional=True)]


def as_rekognition(request: RawRequest) -> RawRequest:
    """The same body, in the head of a call that moto answers."""
    head = request.head
    for ours, theirs in _AS_REKOGNITION:
        head = head.replace(ours, theirs)
    return replace(request, head=head)


def _wiremock(folder: Path, port: int, *options: str) -> Sequence[str]:
    mappings = folder / "wiremock" / "mappings"
    mappings.mkdir(parents=True, exist_ok=True)
    _fill_in("wiremock.json", mappings / "idcard.json")
    (jar,) = (NODE_MODULES / "wiremock" / "build").glob("wiremock-standalone-*.jar")
    address = ("--port", str(port), "--bind-address", "127.0.0.1")
    return ["java", "-jar", str(jar), "--root-dir", str(mappings.parent), *address, *options]


def _mountebank(folder: Path, port: int) -> Sequence[str]:
    imposters = folder / "mountebank.json"
    _fill_in("mountebank.json", imposters, port=port)
    options = ("--noParse", "--nologfile", "--pidfile", str(folder / "mb.pid"), "--localOnly")
    return _node("mb", "start", "--configfile", str(imposters), "--port", str(free_port()), *options)


def _mockoon(folder: Path, port: int) -> Sequence[str]:
    data = folder / "mockoon.json"
    _fill_in("mockoon.json", data)
    options = ("--hostname", "127.0.0.1", "--disable-log-to-file", "--disable-admin-api")
    return _node("mockoon-cli", "start", "--data", str(data), "--port", str(port), *options)


def _prism(folder: Path, port: int) -> Sequence[str]:
    """It mocks the contract itself, as `idmock openapi` prints it, with the answer as the example."""
    document = describe(load_contract("tencent"))
    operation = document["paths"]["/"]["post"]
    content = operation["responses"]["200"]["content"]["application/json"]
    content["examples"] = {"front": {"value": orjson.loads(_answer())}}
    contract = folder / "openapi.json"
    contract.write_bytes(orjson.dumps(document))
    return _node("prism", "mock", str(contract), "--port", str(port), "--host", "127.0.0.1")


def _moto(port: int) -> Sequence[str]:
    return [str(MOTO / "bin" / "moto_server"), "--host", "127.0.0.1", "--port", str(port)]


def _node(name: str, *arguments: str) -> list[str]:
    return ["node", str(NODE_MODULES / ".bin" / name), *arguments]


def _answer() -> str:
    """What the mock itself answers for the specimen."""
    return (SETTINGS / "answer.json").read_text("utf-8").strip()


def _fill_in(name: str, target: Path, port: int | None = None) -> None:
    """Write a peer's settings, with the answer and the port in place of ``"$answer"`` and ``"$port"``."""
    values = {"$answer": _answer(), "$port": port}

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(one) for key, one in value.items()}
        if isinstance(value, list):
            return [filled(one) for one in value]
        return values.get(value, value) if isinstance(value, str) else value

    target.write_bytes(orjson.dumps(filled(orjson.loads((SETTINGS / name).read_bytes()))))
