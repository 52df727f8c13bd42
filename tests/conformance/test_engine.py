"""The engine against tiny services: what is sent as a case says, and what it makes of the answers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from conformance import engine
from conformance.description import Description
from conformance.errors import TargetError, Unreachable
from conformance.model import LOAD_TRIES, Account, Case, Result, Verdict
from conformance.target import Target
from tests.conformance.rows import case
from tests.conformance.services import REQUEST_ID, Asked, Behaviour, Service, serving, tencent, tencent_error

KEYS = {
    "secret_id": "AKIDnobody000000000000000000000000000",
    "secret_key": "keyofnobody0000000000000000000000",
}


def run(row: Case, behave: Behaviour, **description: Any) -> tuple[Result, Service]:
    """What comes of a case, and the service that was asked."""
    with serving(behave) as service:
        about = Description(
            service.url,
            capabilities=("specimens",),
            accounts={"tencent": {"active": KEYS}},
            requests_per_second=1000,
        )
        target = Target(replace(about, **description))
        target.probe()
        return engine.run(row, target), service


def failed(result: Result) -> list[tuple[str, str, str]]:
    return [(failure.at, failure.expected, failure.actual) for failure in result.failures]


def always(*answer: Any) -> Behaviour:
    return lambda asked: answer


class TestSending:
    """What goes out."""

    def test_parameters_headers_query_and_transport(self) -> None:
        """Everything of ``send`` is in the request: signed first, changed after."""
        row = case(
            send={
                "parameters": {"CardSide": "FRONT", "Config": {"$repeat": "ab", "times": 3}},
                "headers": {"X-TC-Region": None, "X-Extra": "1"},
                "signed_headers": {"X-TC-Version": "2017-01-01"},
                "path": "/there",
                "added_query": "a=1",
            },
            expect={"status": 200},
        )
        _, service = run(row, always(*tencent_error("Failed.X")))
        (asked,) = service.asked
        assert (asked.method, asked.target) == ("POST", "/there?a=1")
        assert json.loads(asked.body) == {"CardSide": "FRONT", "Config": "ababab"}
        assert asked.headers["X-Extra"] == "1"
        assert asked.headers["X-TC-Version"] == "2017-01-01"
        assert "X-TC-Region" not in asked.headers
        assert KEYS["secret_id"] in asked.headers["Authorization"]

    @pytest.mark.parametrize(
        ("recipe", "body"),
        [
            ({"text": "ä"}, "ä".encode()),
            ({"hex": "00ff"}, b"\x00\xff"),
            ({"json": {"a": "人"}}, '{"a":"人"}'.encode()),
            ({"text": "a", "pad_to_bytes": 4}, b"a   "),
        ],
    )
    def test_a_body_of_its_own(self, recipe: dict[str, Any], body: bytes) -> None:
        """A body is sent as the recipe has it, whether it was signed or put there afterwards."""
        for member in ("body", "tampered_body"):
            _, service = run(case(send={member: recipe}), always(*tencent()))
            assert service.asked[0].body == body

    def test_a_chunked_body_arrives_whole(self) -> None:
        """In pieces, and with no length before them."""
        _, service = run(case(send={"body": {"text": "x" * 1000}, "chunk_bytes": 64}), always(*tencent()))
        assert service.asked[0].body == b"x" * 1000
        assert "Content-Length" not in service.asked[0].headers

    def test_another_states_credential_is_borrowed(self) -> None:
        """A credential of another account by its state; without one the case does not apply."""
        row = case(send={"parameters": {"Id": {"$credential": "secret_id", "of": "disabled"}}})
        result, _ = run(row, always(*tencent()))
        assert result.verdict is Verdict.NOT_APPLICABLE
        accounts = {"tencent": {"active": KEYS, "disabled": {"secret_id": "AKIDother"}}}
        _, service = run(row, always(*tencent()), accounts=accounts)
        assert json.loads(service.asked[0].body) == {"Id": "AKIDother"}


class TestRepeating:
    """Cases of several calls."""

    def test_the_same_bytes_go_out_again(self) -> None:
        """``repeat`` sends one request so many times, and all of them are counted."""
        result, service = run(
            case(send={"repeat": 3}, expect={"error": {"code": "Failed.X"}}),
            always(*tencent_error("Failed.X")),
        )
        assert result.verdict is Verdict.PASS
        assert result.calls == 3
        assert len({(asked.body, asked.headers["Authorization"]) for asked in service.asked}) == 1

    def test_values_that_have_to_differ(self) -> None:
        """A request id that is the same again is a failure, of the body's and of a header's."""
        expect = {"error": {"code": "Failed.X"}, "differs": ["/Response/RequestId", "X-Id"]}
        result, _ = run(case(send={"repeat": 2}, expect=expect), always(*tencent_error("Failed.X")))
        assert [failure.at for failure in result.failures] == ["/Response/RequestId", "X-Id"]
        numbers = iter((REQUEST_ID, REQUEST_ID.replace("0", "1")))

        def other(asked: Asked) -> tuple[int, dict[str, str], bytes]:
            number = next(numbers)
            _, headers, body = tencent(RequestId=number, Error={"Code": "Failed.X", "Message": "no"})
            return 200, {**headers, "X-Id": number}, body

        assert run(case(send={"repeat": 2}, expect=expect), other)[0].verdict is Verdict.PASS

    def test_what_is_missing_does_not_differ(self) -> None:
        """A request id that only one of two answers has is no other one."""
        bodies = iter(({"RequestId": REQUEST_ID}, {}))

        def forgetful(asked: Asked) -> tuple[int, dict[str, str], bytes]:
            inner = {**next(bodies), "Error": {"Code": "Failed.X", "Message": "no"}}
            headers = {"X-Id": "1"} if "RequestId" in inner else {}
            return 200, headers, json.dumps({"Response": inner}).encode()

        expect = {
            "error": {"code": "Failed.X"},
            "shape": "any",
            "differs": ["/Response/RequestId", "X-Id"],
        }
        result, _ = run(case(send={"repeat": 2}, expect=expect), forgetful)
        assert [failure.actual for failure in result.failures] == ["(absent)", "(absent)"]

    def test_the_first_call_that_fails_ends_the_case(self) -> None:
        """Calls before the one that is judged are judged too, and their failure says which it was."""
        call = {"send": {}, "expect": {"error": {"code": "Failed.X"}}}
        row = case(first=(call, call), expect={"error": {"code": "Failed.Y"}})
        codes = iter(("Failed.X", "Failed.Z", "Failed.Y"))
        result, service = run(row, lambda asked: tencent_error(next(codes)))
        assert failed(result) == [("call 2: code", '"Failed.X"', '"Failed.Z"')]
        assert len(service.asked) == result.calls == 2


class TestLoad:
    """Many calls and their tally."""

    @pytest.fixture
    def limited(self) -> Callable[[int], Behaviour]:
        """A service with so many successes before it refuses."""

        def make(permitted: int) -> Behaviour:
            lock, seen = threading.Lock(), iter(range(10_000))

            def behave(asked: Asked) -> tuple[int, dict[str, str], bytes]:
                with lock:
                    number = next(seen)
                return tencent() if number < permitted else tencent_error("RequestLimitExceeded")

            return behave

        return make

    @pytest.mark.parametrize("permitted", [3, 4])
    def test_the_tally_counts_by_code(self, limited: Callable[[int], Behaviour], permitted: int) -> None:
        """One success too many is a failure that says how many there were."""
        row = case(
            send={"load": {"requests": 10, "connections": 5}},
            expect={"tally": {"success": 3, "RequestLimitExceeded": 7}},
        )
        result, _ = run(row, limited(permitted))
        assert result.calls == 10
        wrong = [("answers: success", "3", "4"), ("answers: RequestLimitExceeded", "7", "6")]
        assert failed(result) == (wrong if permitted == 4 else [])

    def test_a_code_that_was_not_expected_is_a_failure(self, limited: Callable[[int], Behaviour]) -> None:
        """Whatever is not in the tally must not occur, an answer in no form of the vendor's among it."""
        row = case(send={"load": {"requests": 2}}, expect={"tally": {"success": 2}})
        result, _ = run(row, always(502, {}, b"<html>"))
        assert result.verdict is Verdict.FAIL
        assert {at: actual for at, _, actual in failed(result)}["answers: success"] == "0"
        assert len(result.failures) == 2

    def test_calls_at_the_same_time(self) -> None:
        """As many connections are open at once as the case says."""

        def slow(asked: Asked) -> tuple[int, dict[str, str], bytes]:
            time.sleep(0.1)
            return tencent()

        row = case(send={"load": {"requests": 4, "connections": 4}}, expect={"tally": {"success": 4}})
        result, service = run(row, slow)
        assert (result.verdict, service.at_once) == (Verdict.PASS, 4)

    def test_each_call_is_signed_anew(self) -> None:
        """The calls of a load are no replay: a transport with a nonce has another one each time."""
        row = case(send={"transport": "v1-form", "load": {"requests": 5}}, expect={"tally": {"success": 5}})
        _, service = run(row, always(*tencent()))
        assert len({asked.body for asked in service.asked}) == 5


class Seconds:
    """The engine's time: it passes when the engine sleeps, and as an answer takes."""

    def __init__(self, now: float, *answers: float) -> None:
        """``answers`` are the seconds that the first answers take; all others take none."""
        self.now = now
        self.slept: list[float] = []
        self._answers = list(answers)

    def time(self) -> float:
        return self.now

    def perf_counter(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def answer(self, asked: Asked) -> Any:
        self.now += self._answers.pop(0) if self._answers else 0.0
        return tencent_error("Failed.X")


class TestOneSecond:
    """Calls that have to lie within one second of the clock."""

    ROW = case(send={"load": {"requests": 3, "within": "second"}}, expect={"tally": {"Failed.X": 3}})

    def outcome_in(self, seconds: Seconds, monkeypatch: pytest.MonkeyPatch) -> tuple[Result, Service]:
        monkeypatch.setattr(engine, "time", seconds)
        return run(self.ROW, seconds.answer)

    def test_they_begin_with_a_second(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An account that others may have used is called in a second that is new."""
        seconds = Seconds(100.1)
        assert self.outcome_in(seconds, monkeypatch)[0].verdict is Verdict.PASS
        assert 101 < seconds.now < 101.1

    @pytest.mark.parametrize(("now", "waits"), [(100.1, 0), (100.6, 1)])
    def test_a_minted_account_need_not_wait(
        self, monkeypatch: pytest.MonkeyPatch, now: float, waits: int
    ) -> None:
        """Nobody has used it: the second that runs will do, as long as enough of it is left."""
        minted = Account("tencent", "active", KEYS, "minted")
        monkeypatch.setattr(Target, "open_account", lambda *_: minted)
        seconds = Seconds(now)
        assert self.outcome_in(seconds, monkeypatch)[0].verdict is Verdict.PASS
        assert len(seconds.slept) == waits

    def test_those_that_did_not_fit_are_tried_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """In another second, and the first ones do not count."""
        seconds = Seconds(100.1, 0.6, 0.6)
        result, service = self.outcome_in(seconds, monkeypatch)
        assert (result.verdict, len(service.asked)) == (Verdict.PASS, 6)

    def test_a_slow_target_is_not_judged(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """After some tries it is an error, and no failure."""
        result, service = self.outcome_in(Seconds(100.1, *[0.6] * 99), monkeypatch)
        assert (result.verdict, len(service.asked)) == (Verdict.ERROR, 3 * LOAD_TRIES)
        assert "did not fit into one second" in result.reason

    def test_load_is_not_held_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The permitted rate, which other calls keep to, is what a load is there to exceed."""
        waits: list[float] = []
        told = SimpleNamespace(sleep=waits.append, monotonic=time.monotonic)
        monkeypatch.setattr("conformance.target.time", told)
        row = case(send={"load": {"requests": 3}}, expect={"tally": {"Failed.X": 3}})
        assert (
            run(row, always(*tencent_error("Failed.X")), requests_per_second=0.1)[0].verdict is Verdict.PASS
        )
        assert waits == []


class TestVerdicts:
    """What is no failure of the implementation is not called one."""

    def test_a_throttled_call_is_no_failure(self) -> None:
        """A refusal because the suite was too fast cannot be judged, unless it is what the case asks for."""
        answer = always(*tencent_error("RequestLimitExceeded"))
        result, _ = run(case(), answer)
        assert result.verdict is Verdict.ERROR
        assert "--rate" in result.reason
        result, _ = run(case(expect={"error": {"code": "RequestLimitExceeded"}}), answer)
        assert result.verdict is Verdict.PASS

    @pytest.mark.parametrize(
        "changes",
        [
            {"needs": ("admin",)},
            {"send": {"account": "in-arrears"}},
            {"send": {"account": {"state": "active", "limits": {"calls_left": 1}}}},
            {"send": {"parameters": {"x": {"$image": "no-such-role"}}}},
            {"send": {"parameters": {"x": {"$image": "front", "as": "url"}}}},
            {"send": {"parameters": {"x": {"$credential": "token"}}}},
            {"expect": {"values": {"/Response/RequestId": {"truth": "{name}"}}}},
        ],
    )
    def test_what_the_target_lacks_is_not_applicable(self, changes: dict[str, Any]) -> None:
        """With the reason in words."""
        result, _ = run(case(**changes), always(*tencent()))
        assert result.verdict is Verdict.NOT_APPLICABLE
        assert result.reason

    def test_an_account_that_stays_does_not_hide_a_failure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What was found counts; a pass is none when the target did not take its account back."""

        def keep(self: Target, account: Account) -> None:
            raise TargetError("no answer")

        monkeypatch.setattr(Target, "close_account", keep)
        row, answer = case(expect={"error": {"code": "Failed.X"}}), always(*tencent_error("Failed.X"))
        assert run(case(), answer)[0].verdict is Verdict.FAIL
        result, _ = run(row, answer)
        assert (result.verdict, result.reason) == (Verdict.ERROR, "no answer")

    def test_no_answer_is_an_error_and_three_in_a_row_end_the_run(self) -> None:
        """A closed connection cannot be judged; a target that is silent again and again is given up."""
        with serving(lambda asked: None) as service:
            about = Description(service.url, accounts={"tencent": {"active": KEYS}}, requests_per_second=1000)
            target = Target(about)
            target.probe()
            for _ in range(2):
                assert engine.run(case(), target).verdict is Verdict.ERROR
            with pytest.raises(Unreachable, match="no answer 3 times in a row"):
                engine.run(case(), target)

    def test_silences_with_an_answer_between_them_end_nothing(self) -> None:
        """Only those in a row say that there is no point in going on."""
        answers = iter([None, None, tencent_error("Failed.X"), None, None, tencent_error("Failed.X")])
        with serving(lambda asked: next(answers)) as service:
            about = Description(service.url, accounts={"tencent": {"active": KEYS}}, requests_per_second=1000)
            target, row = Target(about), case(expect={"error": {"code": "Failed.X"}})
            target.probe()
            verdicts = [engine.run(row, target).verdict for _ in range(6)]
        assert verdicts == [Verdict.ERROR, Verdict.ERROR, Verdict.PASS] * 2

    def test_nobody_there_is_not_a_verdict(self) -> None:
        """A refused connection concerns every case, and is raised."""
        with serving(always(*tencent())) as service:
            pass
        target = Target(Description(service.url, accounts={"tencent": {"active": KEYS}}))
        with pytest.raises(Unreachable, match="takes no connection"):
            engine.run(case(), target)

    @pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"Response": 1}', b"\xff"])
    def test_an_answer_in_no_form_of_the_vendors_is_a_failure(self, body: bytes) -> None:
        """Whatever comes back, the case ends with a verdict."""
        result, _ = run(case(), always(200, {}, body))
        assert [failure.question for failure in result.failures] == ["form"]

    def test_success_and_error_are_told_apart_before_anything_else(self) -> None:
        """An error in place of a success is one failure, which names the code, and the request is shown."""
        result, _ = run(
            case(expect={"success": True, "values": {"/Response/Name": "x"}}),
            always(*tencent_error("Failed.Y")),
        )
        assert failed(result) == [("answer", "success", "Failed.Y: no")]
        assert result.request.startswith("curl -sS -X POST")
        assert result.answer.startswith("HTTP 200")

    def test_a_pass_keeps_no_request(self) -> None:
        """Reports of thousands of clauses stay small."""
        result, _ = run(case(expect={"error": {"code": "Failed.Y"}}), always(*tencent_error("Failed.Y")))
        assert (result.verdict, result.request, result.answer) == (Verdict.PASS, "", "")
