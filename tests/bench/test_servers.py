"""Starting, watching, measuring and ending servers, with tiny ones."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection, create_server

import psutil
import pytest

from loadtests.bench import fixed
from loadtests.bench.calls import Batches
from loadtests.bench.client import Client
from loadtests.bench.rounds import Entry, WrongAnswer, measure, started
from loadtests.bench.servers import DidNotStart, Recipe, free_port, python, running
from loadtests.wire import RawRequest, exchange, send_all

REQUEST = RawRequest(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\n\r\n", b"abc")
FIXED = Recipe(lambda port: python("loadtests.bench.fixed", str(port)), fixed.OK)


def script(text: str) -> Recipe:
    """A server that is this program."""
    return Recipe(lambda port: [sys.executable, "-c", text, str(port)], b"ok", start_seconds=10)


class TestRunning:
    def test_ends_behind_the_block(self, tmp_path: Path) -> None:
        """While it runs it answers; the time to its first answer is known; behind the block nothing is left."""
        with running(FIXED, REQUEST, tmp_path / "log") as server:
            assert server.process.is_running()
            assert 0 < server.first_answer_s < 10
            with create_connection(server.address) as connection:
                assert exchange(connection, REQUEST).body == fixed.OK
        assert not psutil.pid_exists(server.process.pid)

    def test_ends_when_the_block_fails(self, tmp_path: Path) -> None:
        """Whatever went wrong in it."""
        with pytest.raises(ZeroDivisionError), running(FIXED, REQUEST, tmp_path / "log") as server:
            raise ZeroDivisionError
        assert not psutil.pid_exists(server.process.pid)

    def test_one_that_ends_at_once(self, tmp_path: Path) -> None:
        """The end of its log is in the message."""
        broken = script("raise SystemExit('the port is too low')")
        with (
            pytest.raises(DidNotStart, match="the port is too low"),
            running(broken, REQUEST, tmp_path / "log"),
        ):
            pass

    def test_wrong_answer(self, tmp_path: Path) -> None:
        """One that answers something else does not count as started, and what it answered is named."""
        other = Recipe(FIXED.command, b"the card", start_seconds=0.5)
        with pytest.raises(DidNotStart, match=r'200 .*"ok"'), running(other, REQUEST, tmp_path / "log"):
            pass


class TestRounds:
    def test_every_round_reaches_every_server(self, tmp_path: Path) -> None:
        """One run for each batch but the first, which warms up; adapted requests reach their own server only."""
        small, count = RawRequest(REQUEST.head, b"new"), [0]

        def adapt(request: RawRequest) -> RawRequest:
            count[0] += 1
            return request

        entries = [
            Entry("a", FIXED),
            Entry("b", Recipe(FIXED.command, fixed.OK, adapt=adapt, warm_ups=3), unseen=True),
            Entry("c", FIXED, absent="it is not there"),
        ]
        batches = Batches(REQUEST, [[REQUEST] * 8] * 3, [[small] * 4] * 3)
        with started(entries, REQUEST, tmp_path) as rows, Client() as client:
            measure(rows, batches, client)
            assert [len(row.runs) for row in rows] == [2, 2, 0]
            assert [sum(len(run.latencies) for run in row.runs) for row in rows] == [16, 8, 0]
            assert all(row.server.peak_mb > 1 for row in rows if row.server)
        assert count[0] == 1 + 3 * 4 + 2 * 4
        assert rows[2].absent == "it is not there"

    def test_one_that_does_not_start(self, tmp_path: Path) -> None:
        """An optional one leaves its row without a server; any other ends the run."""
        broken = script("raise SystemExit('no')")
        with started([Entry("a", broken, optional=True)], REQUEST, tmp_path) as (row,):
            assert row.server is None
            assert "the log ends: 'no'" in (row.absent or "")
        with (
            pytest.raises(DidNotStart),
            started([Entry("a", FIXED), Entry("b", broken)], REQUEST, tmp_path),
        ):
            pass

    def test_wrong_answers_are_no_result(self, tmp_path: Path) -> None:
        """A server that changes its mind ends the run, and is named."""
        entries = [Entry("forgetful", Recipe(FIXED.command, fixed.OK))]
        with started(entries, REQUEST, tmp_path) as rows, Client() as client:
            rows[0].entry = Entry("forgetful", Recipe(FIXED.command, b"the card"))
            with pytest.raises(WrongAnswer, match=r"forgetful: .*'200 wrong': 4"):
                measure(rows, Batches(REQUEST, [[REQUEST] * 4] * 2, []), client)


class TestWire:
    def test_client_process_reports_failures(self) -> None:
        """A connection that is refused is raised here, and the client still works."""
        with Client() as client:
            with pytest.raises(ConnectionRefusedError):
                client.send(("127.0.0.1", free_port()), [REQUEST], b"")
            with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as address:
                assert client.send(address, [REQUEST], b"ok").outcomes == {"200 ok": 1}

    def test_chunks(self) -> None:
        """A body in chunks, with an extension, is put together."""
        chunked = (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nthe\r\n5\r\n card\r\n0\r\n\r\n"
        )
        with answering(chunked) as address:
            assert dict(send_all(address, [REQUEST] * 2, connections=1, expect=b"the card").outcomes) == {
                "200 ok": 2
            }

    def test_connection_that_is_closed(self) -> None:
        """A server that closes behind every answer gets a new connection for the next request."""
        closing = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok"
        with answering(closing, keeps=False) as address:
            measured = send_all(address, [REQUEST] * 3, connections=1, expect=b"ok")
        assert dict(measured.outcomes) == {"200 ok": 3}

    def test_answer_that_is_cut_short(self) -> None:
        """Is no answer."""
        cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"
        with (
            answering(cut, keeps=False) as address,
            pytest.raises(ConnectionError, match="in the middle of an answer"),
        ):
            send_all(address, [REQUEST], connections=1, expect=b"ok")

    def test_outcomes_are_by_status_and_text(self) -> None:
        """An error, and a good status with another text, are both told apart."""
        with answering(b"HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nok") as address:
            assert dict(send_all(address, [REQUEST], connections=1, expect=b"no").outcomes) == {
                "503 wrong": 1
            }


@contextmanager
def answering(answer: bytes, *, keeps: bool = True) -> Iterator[tuple[str, int]]:
    """A server that gives every request this answer; without ``keeps`` it closes behind each."""
    listener = create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # the test is over
                return
            with connection:
                while connection.recv(1 << 16):
                    connection.sendall(answer)
                    if not keeps:
                        break

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        listener.shutdown(2)
        listener.close()
        thread.join()
