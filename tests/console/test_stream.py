"""The journal as server-sent events: what a stream says when, who gets one, and that none holds anything up."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from mockserver import vendors
from mockserver.accounts import Account
from mockserver.cards.named import load_specimens
from mockserver.console.stream import (
    BEAT_SECONDS,
    GAP_SECONDS,
    LIFE_SECONDS,
    LOOK_SECONDS,
    SEATS,
    Shown,
    events,
)
from mockserver.settings import Settings
from mockserver.state import StateUnavailable
from mockserver.testing import MockServer
from tests.console.conftest import HTML, Site
from tests.console.listener import PATH, Listener, listening
from tests.redis_server import RedisServer
from tests.serving import served

BEAT = b"event: beat\ndata: .\n\n"


class Script:
    """A list that changes at given moments, and a time that passes as the stream waits."""

    def __init__(self, *changes: float, ends: float = 1e9) -> None:
        self.time = 1000.0
        self._began = self.time
        self._changes, self._ends = changes, ends
        self.shown = 0

    def _since(self) -> float:
        return self.time - self._began

    def _number(self) -> int:
        return sum(moment <= self._since() for moment in self._changes)

    def _show(self, seen: str) -> Shown | None:
        self.shown += 1
        mark = f"mark {self._number()}"
        return None if mark == seen else Shown(mark, f"<p>{self._number()}</p>")

    def _wait(self, seconds: float) -> bool:
        self.time += seconds
        return self._since() >= self._ends

    def said(self, seen: str = "") -> list[tuple[float, bytes]]:
        """Everything that is said, each with its moment."""
        stream = events(self._number, self._show, seen, lambda: self.time, self._wait)
        return [(self._since(), said) for said in stream if said]


class TestWhen:
    def test_begins_with_the_list_unless_it_was_seen(self) -> None:
        """Who comes again with the mark of what it has is told nothing twice."""
        greeting = (0, b"retry: 500\n" + BEAT)
        assert Script(ends=1).said() == [greeting, (0, b"id: mark 0\ndata: <p>0</p>\n\n")]
        assert Script(ends=1).said("mark 0") == [greeting]
        assert Script(ends=1).said("mark of yesterday")[1:] == [(0, b"id: mark 0\ndata: <p>0</p>\n\n")]

    def test_change_is_told_at_the_next_look(self) -> None:
        """And the list is made only then."""
        script = Script(10.1, ends=20)
        lists = [(moment, said) for moment, said in script.said() if said.startswith(b"id")]
        assert lists[1:] == [(10.25, b"id: mark 1\ndata: <p>1</p>\n\n")]
        assert script.shown == 2

    def test_many_changes_make_one_list_a_second(self) -> None:
        """The last of them is never left out."""
        script = Script(*(10 + n / 100 for n in range(500)), ends=30)
        moments = [moment for moment, said in script.said("mark 0") if said.startswith(b"id")]
        assert moments == [10, 11, 12, 13, 14, 15]
        assert GAP_SECONDS == 1

    def test_heartbeats_while_there_is_nothing_else(self) -> None:
        script = Script(4.0, ends=9)
        moments = [moment for moment, said in script.said("mark 0")[1:] if said == BEAT]
        assert moments == [BEAT_SECONDS, 4 + BEAT_SECONDS]

    def test_ends_by_itself(self) -> None:
        """After its life, or as soon as the server ends."""
        script = Script()
        script.said()
        assert script.time - 1000 == LIFE_SECONDS
        script = Script(ends=LOOK_SECONDS)
        script.said()
        assert script.time - 1000 == LOOK_SECONDS

    def test_line_ends_of_any_kind_stay_within_the_event(self) -> None:
        """A text with a line end of its own cannot begin another field, or another event."""
        html = "a\nid: 5\r\rdata: b\r\n\nc\x0bd\u2028e\n"
        stream = events(lambda: 0, lambda _: Shown("m", html), "", lambda: 0.0, lambda _: True)
        assert list(stream)[1].decode() == (
            "id: m\ndata: a\ndata: id: 5\ndata: \ndata: data: b\ndata: \ndata: c\x0bd\u2028e\ndata: \n\n"
        )


def call(url: str, account: Account, specimen: str = "front") -> None:
    """One call as the vendor's client makes it."""
    picture = load_specimens()[specimen].image_path.read_bytes()
    vendors.load(account.vendor).client.call(url, account, picture)


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline, "it never did"
        time.sleep(0.02)


class TestJournal:
    def test_new_entry_arrives(self, site: Site) -> None:
        """The list as the page has it, with the entry in it, in the page's language."""
        with Listener(site.mock.url, "lang=zh") as stream:
            assert stream.reply.getheader("content-type") == "text/event-stream"
            assert stream.reply.getheader("cache-control") == "no-store"
            assert "还没有" in stream.list().text
            call(site.mock.url, site.mock.account("megvii"))
            listed = stream.list()
        [entry] = site.mock.journal()
        assert f'id="entry-{entry["id"]}"' in listed.text
        assert listed.text == site.get("console/journal/entries?lang=zh").text.rstrip("\n")

    def test_filters(self, site: Site) -> None:
        """What does not fit does not come."""
        with Listener(site.mock.url, "vendor=megvii&code=ok") as stream:
            stream.list()
            call(site.mock.url, site.mock.account("huawei"))
            call(site.mock.url, site.mock.account("megvii"))
            listed = stream.list()
        assert listed.text.count("<tr id=") == 1 and "<td>megvii</td>" in listed.text

    def test_goes_on_where_it_was(self, site: Site) -> None:
        """With the last event's id nothing is told twice, and nothing that came meanwhile is missed."""
        account = site.mock.account("megvii")
        call(site.mock.url, account)
        with Listener(site.mock.url, "seen=gone") as stream:
            last = stream.list().id
        with Listener(site.mock.url, "seen=gone", **{"Last-Event-ID": last}) as stream:
            assert [stream.event().name for _ in range(2)] == ["beat", "beat"]  # type: ignore[union-attr]
        call(site.mock.url, account)
        with Listener(site.mock.url, **{"Last-Event-ID": last}) as stream:
            assert stream.list().text.count("<tr id=") == 2

    def test_clearing_is_told(self, site: Site) -> None:
        """All, and those of one account while the newest stays."""
        mine = site.mock.mint("megvii", name="mine")
        call(site.mock.url, mine)
        call(site.mock.url, site.mock.account("megvii"))
        with Listener(site.mock.url) as stream:
            assert stream.list().text.count("<tr id=") == 2
            site.mock.world.state.clear(vendor="megvii", account="mine")
            assert stream.list().text.count("<tr id=") == 1
            site.post("console/journal/clear")
            assert "Nothing was answered yet" in stream.list().text

    def test_a_state_that_goes_away_ends_it(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is no failure of the mock itself, and who comes again is told."""

        def gone(*_: Any, **__: Any) -> None:
            raise StateUnavailable("the state does not answer")

        with Listener(site.mock.url) as stream:
            stream.list()
            with monkeypatch.context() as patch:
                patch.setattr(site.mock.world.state, "entries", gone)
                call(site.mock.url, site.mock.account("megvii"))
                while stream.event():
                    pass
        assert site.mock.world.own_faults.value == 0

    def test_a_failure_of_its_own_is_counted(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        with MockServer() as mock, Listener(mock.url) as stream:
            stream.list()
            monkeypatch.setattr(mock.world.state, "entries", lambda *_, **__: 1 / 0)
            call(mock.url, mock.account("megvii"))
            while stream.event():
                pass
            assert mock.world.own_faults.value == 1
            assert "ZeroDivisionError" in caplog.text


class TestSeats:
    def test_one_too_many_is_refused(self, site: Site) -> None:
        """With when to come again; the page is as it always is, and a seat is free when somebody has left."""
        with listening(site.mock.url, SEATS) as streams:
            refused = requests.get(site.mock.url + PATH, timeout=10)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
            assert f"{SEATS} pages" in refused.text
            assert site.get("console/journal").status_code == 200
            streams.pop().close()
            until(lambda: requests.get(site.mock.url + PATH, timeout=10, stream=True).status_code == 200)

    def test_asking_for_the_head_takes_none(self, site: Site) -> None:
        """However often."""
        for _ in range(SEATS + 1):
            assert requests.head(site.mock.url + PATH, timeout=10).status_code == 200

    @pytest.mark.parametrize("whose", ["cross-site", "same-site"])
    def test_none_for_other_sites(self, site: Site, whose: str) -> None:
        """Their pages could not read a stream, but could keep it from this server's own."""
        reply = requests.get(site.mock.url + PATH, headers={"Sec-Fetch-Site": whose}, timeout=10)
        assert reply.status_code == 403

    def test_asks_for_the_token(self) -> None:
        """As every page."""
        with MockServer(Settings(admin_token="token-of-the-test")) as guarded:
            assert requests.get(guarded.url + PATH, timeout=10).status_code == 401
            with Listener(guarded.url, Authorization="Bearer token-of-the-test") as stream:
                stream.list()


class TestEnd:
    def test_of_a_server_in_this_process(self) -> None:
        """It ends at once, and so do the threads of its streams."""
        before = threading.active_count()
        mock = MockServer()
        with listening(mock.url, 3) as streams:
            began = time.monotonic()
            mock.close()
            assert time.monotonic() - began < 2
            for stream in streams:
                while stream.event():
                    pass
        until(lambda: threading.active_count() <= before)

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_of_a_process(self, tmp_path: Path, number: signal.Signals) -> None:
        """Told to end, it ends its streams and then itself, long before it would be killed."""
        with (
            (tmp_path / "log").open("wb") as errors,
            subprocess.Popen(
                [sys.executable, "-m", "mockserver", "serve", "--port", "0"],
                stdout=subprocess.PIPE, stderr=errors, text=True,
            ) as process,
        ):  # fmt: skip
            assert process.stdout is not None
            try:
                with listening(process.stdout.readline().split()[-1], 3) as streams:
                    began = time.monotonic()
                    process.send_signal(number)
                    assert process.wait(timeout=10) == 0
                    assert time.monotonic() - began < 3
                    while streams[0].event():
                        pass
            finally:
                process.kill()
        assert (tmp_path / "log").read_text() == ""


class TestServed:
    """By `idmock serve`, whose server hands out what a stream says in its own way."""

    @pytest.mark.parametrize("workers", [1, 2])
    def test_every_entry_arrives(self, tmp_path: Path, redis_server: RedisServer, workers: int) -> None:
        """Whichever worker has answered the call."""
        redis_server.clear()
        options = ("--workers", "2", "--state", redis_server.url) if workers == 2 else ()
        with served(tmp_path, *options) as server:
            question = {"vendor": "megvii", "state": "active"}
            found = requests.get(f"{server.url}/_idmock/accounts", question, timeout=10).json()["accounts"]
            with listening(server.url, 4) as streams:
                for count in (1, 2):
                    call(server.url, Account(**found[0]))
                    for stream in streams:
                        assert stream.list().text.count("<tr id=") == count

    def test_who_has_left_leaves_a_seat(self, tmp_path: Path) -> None:
        """Within two looks: the server notices as soon as it has something to hand on, if only nothing."""
        with served(tmp_path) as server:
            with listening(server.url, SEATS):
                assert requests.get(f"{server.url}/_idmock/", headers=HTML, timeout=10).status_code == 200
            time.sleep(3 * LOOK_SECONDS)
            with listening(server.url, SEATS):
                assert requests.get(server.url + PATH, timeout=10).status_code == 503
