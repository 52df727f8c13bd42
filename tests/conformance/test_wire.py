"""What comes over the wire when nobody means well: whatever a server does, a call ends, and says what was wrong."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from conformance import wire
from conformance.checks import judge
from conformance.checks.truth import Truth
from conformance.dialect import load_dialect, vendors
from conformance.errors import TargetError, Unreachable
from conformance.model import Answer, Request
from conformance.strictjson import parse

#: Writes whatever it likes to a client that has sent its request.
Speak = Callable[[socket.socket], object]

_CALL = Request("GET", "/", {})


@contextmanager
def speaking(speak: Speak, heads: list[bytes] | None = None) -> Iterator[tuple[str, list[socket.socket]]]:
    """An address behind which ``speak`` answers each request, and the connections that were taken there.

    ``heads`` takes what was asked.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                while head := _read_request(connection):
                    if heads is not None:
                        heads.append(head)
                    if speak(connection) is not None:
                        return
            except OSError:
                pass

    def take() -> None:
        while True:
            try:
                taken.append(listener.accept()[0])
            except OSError:
                return
            threading.Thread(target=serve, args=(taken[-1],), daemon=True).start()

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", taken
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _read_request(connection: socket.socket) -> bytes:
    """One more request without a body, read to its end: closing before that would reset the connection under the
    answer. Nothing, when none comes."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(65536)
        if not piece:
            return b""
        head += piece
    return head


def answering(raw: bytes) -> Speak:
    return lambda connection: connection.sendall(raw)


def closing_after(raw: bytes) -> Speak:
    def speak(connection: socket.socket) -> bool:
        connection.sendall(raw)
        return True

    return speak


def dripping(connection: socket.socket) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        connection.sendall(b" ")
        time.sleep(0.02)
    return True


def endless(connection: socket.socket) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


_BOMB = gzip.compress(bytes(1 << 20))


@pytest.mark.parametrize(
    ("speak", "says"),
    [
        (closing_after(b""), "closed connection without response"),
        (closing_after(b"SSH-2.0-OpenSSH_9\r\n"), "BadStatusLine"),
        (closing_after(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nabc"), "IncompleteRead"),
        (closing_after(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nfoo"), "IncompleteRead"),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\n{}"), "decode"),
        (
            answering(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Encoding: gzip\r\n\r\n%b"
                % (len(_BOMB), _BOMB)
            ),
            "longer than",
        ),
        (endless, "longer than"),
        (dripping, "did not end in 0.6 s"),
        (lambda connection: time.sleep(0.5), "timed out"),
    ],
    ids=[
        "nothing",
        "another-protocol",
        "cut",
        "broken-chunks",
        "no-gzip",
        "gzip-bomb",
        "endless",
        "drip",
        "silence",
    ],
)
def test_without_a_whole_answer_there_is_a_reason(
    speak: Speak, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither an endless body nor a drop now and then holds a run up."""
    monkeypatch.setattr(wire, "MAX_BODY", 1 << 19)
    started = time.perf_counter()
    with speaking(speak) as (url, _), pytest.raises(TargetError, match=says) as raised:
        wire.Wire(timeout_seconds=0.2).exchange(url, _CALL)
    assert not isinstance(raised.value, Unreachable)
    assert time.perf_counter() - started < 2


def test_a_redirect_is_an_answer_like_any_other() -> None:
    """It is judged, and nobody goes where it leads."""
    with speaking(answering(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")) as (
        url,
        taken,
    ):
        answer = wire.Wire().exchange(url, _CALL)
    assert (answer.status, answer.header("location"), answer.body) == (302, "/elsewhere", b"")
    assert len(taken) == 1


@pytest.mark.parametrize(("method", "says"), [("GET", []), ("POST", [b"Content-Length: 0"])])
def test_no_body_is_sent_as_none(method: str, says: list[bytes]) -> None:
    """Neither in chunked transfer coding, which some gateways refuse, nor with a length where none is due."""
    heads: list[bytes] = []
    with speaking(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), heads) as (url, _):
        wire.Wire().exchange(url, Request(method, "/", {}))
    (head,) = heads
    lines = [line for line in head.splitlines() if line.lower().startswith((b"transfer-", b"content-"))]
    assert lines == says


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
    ],
    ids=["length", "chunked", "no-body"],
)
def test_a_connection_is_used_again(raw: bytes) -> None:
    with speaking(answering(raw)) as (url, taken):
        sender = wire.Wire()
        assert sender.exchange(url, _CALL).body == sender.exchange(url, _CALL).body
    assert len(taken) == 1


def test_a_header_that_came_twice_is_one_list() -> None:
    """What a client sees of two headers of a name (RFC 9110, 5.3) is not what one of them says."""
    answer = Answer(200, [("Content-Type", "a/b"), ("X", "1"), ("content-type", "a/b")], b"")
    assert (answer.header("CONTENT-TYPE"), answer.header("x"), answer.header("y")) == ("a/b, a/b", "1", None)


_NO_JSON = {
    "nothing": b"",
    "mark": b"\xef\xbb\xbf{}",
    "utf-16": '{"a":1}'.encode("utf-16-le"),
    "gb18030": '{"name":"王"}'.encode("gb18030"),
    "nan": b'{"a":NaN}',
    "infinity": b'{"a":-Infinity}',
    "twice": b'{"a":1,"b":{"c":1,"c":1}}',
    "half-a-character": rb'{"a":"\ud840"}',
    "half-a-name": rb'{"\udfff":1}',
    "deep": b"[" * 100 + b"]" * 100,
    "very-deep": b"[" * 200_000,
    "long-number": b"9" * 5000,
    "large-number": b'{"a":[-1e400]}',
    "large-integer": b"9" * 400,
    "two": b"{}{}",
}


@pytest.mark.parametrize("body", _NO_JSON.values(), ids=_NO_JSON)
class TestWhatNoOtherClientReads:
    def test_it_is_no_json(self, body: bytes) -> None:
        with pytest.raises(ValueError, match=r"\w"):
            parse(body)

    @pytest.mark.parametrize("vendor", vendors())
    def test_it_is_a_failure_and_no_exception(self, body: bytes, vendor: str) -> None:
        failures = judge({"success": True}, Answer(200, [], body), load_dialect(vendor), Truth())
        assert [failure.question for failure in failures] == ["form"]


def test_what_is_json_is_read() -> None:
    assert parse(rb' {"a":["\ud840\udc00",1.5,null,true],"b":"' + "王".encode() + b'"}\n') == {
        "a": ["\U00020000", 1.5, None, True],
        "b": "王",
    }


@pytest.mark.parametrize("vendor", vendors())
@pytest.mark.parametrize("code", [["a"], {"a": 1}, 7, True])
def test_a_code_that_is_no_text_is_a_failure(vendor: str, code: object) -> None:
    """In the place where each vendor has its code; where it is a number by contract, it is another one."""
    body = {
        "Response": {"Error": {"Code": code, "Message": "m"}, "RequestId": "r"},
        "Code": code,
        "error_code": code,
        "error": code,
        "status": code,
    }
    answer = Answer(400, [], str(body).replace("'", '"').replace("True", "true").encode())
    assert judge({"error": {"code": "X"}}, answer, load_dialect(vendor), Truth())
