"""Runs a case against a target: opens an account, composes and signs, sends, judges.

Nothing here knows pytest; `conformance.plugin` makes a test of each case, and the self-test calls `run` directly.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from conformance.checks import judge
from conformance.checks.operators import compare, shortened
from conformance.checks.pointers import ABSENT, find
from conformance.checks.truth import Truth
from conformance.curl import as_curl, as_text
from conformance.dialect import Call, Dialect, about, load_dialect
from conformance.errors import NotApplicable, SuiteError, Unreachable
from conformance.model import LOAD_TRIES, Account, Answer, Case, Failure, Request, Result, Verdict
from conformance.pictures import Picture
from conformance.target import Target
from conformance.values import pictures_in, resolve


def run(case: Case, target: Target) -> Result:
    """What comes of a case. Raises Unreachable when nothing answers: then no other case is worth running either."""
    started = time.perf_counter()
    attempt = Attempt(target, load_dialect(case.vendor))
    try:
        failures = attempt.judge_case(case)
        verdict, reason = (Verdict.FAIL, "") if failures else (Verdict.PASS, "")
    except NotApplicable as reason_why:
        failures, verdict, reason = [], Verdict.NOT_APPLICABLE, str(reason_why)
    except Unreachable:
        raise
    except SuiteError as error:
        failures, verdict, reason = [], Verdict.ERROR, str(error)
    finally:
        kept = attempt.close()
    if kept and verdict is Verdict.PASS:
        verdict, reason = Verdict.ERROR, kept
    return Result.of(
        case,
        verdict,
        reason=reason,
        failures=tuple(failures),
        calls=attempt.calls,
        seconds=time.perf_counter() - started,
        **({} if verdict is Verdict.PASS else attempt.last_exchange()),
    )


@dataclass
class Attempt:
    """One case under way: its account, and what was sent last."""

    target: Target
    dialect: Dialect
    calls: int = 0
    account: Account | None = None
    #: Accounts in other states that lend a credential.
    others: dict[str, Account] = field(default_factory=dict)
    _last: tuple[Request, Answer | None] | None = field(default=None, repr=False)

    def judge_case(self, case: Case) -> list[Failure]:
        """The failures of the first call that has any. Raises NotApplicable, SuiteError."""
        self.target.check_needs(case.needs)
        for call in (*case.first, {"send": case.send}):
            # Looked at before an account is opened: most cases that do not apply lack a picture.
            pictures_of(call["send"], self.target)
        self.account = self.target.open_account(case.vendor, case.state, case.account_limits)
        before: Answer | None = None
        for number, call in enumerate(case.first, 1):
            before, failures = self._judge_call(call["send"], call["expect"], case.level, None)
            if failures:
                return [replace(f, at=f"call {number}: {f.at}") for f in failures]
        if case.is_load:
            return self._judge_load(case)
        return self._judge_call(case.send, case.expect, case.level, before)[1]

    def close(self) -> str:
        """Take all accounts back; why one could not be, "" when all could: that is no reason to forget a verdict."""
        kept = ""
        for account in (self.account, *self.others.values()):
            if account is not None:
                try:
                    self.target.close_account(account)
                except SuiteError as error:
                    kept = kept or str(error)
        return kept

    def last_exchange(self) -> dict[str, str]:
        """``request`` and ``answer`` for the report."""
        if self._last is None or self.account is None:
            return {}
        request, answer = self._last
        secret = self.dialect.secret_names
        url = self.target.url(self.dialect.vendor, request.service)
        shown = "" if answer is None else as_text(answer, self.account, secret)
        return {"request": as_curl(url, request, self.account, secret), "answer": shown}

    def _judge_call(
        self, send: Mapping[str, Any], expect: Mapping[str, Any], level: str, before: Answer | None
    ) -> tuple[Answer, list[Failure]]:
        pictures = pictures_of(send, self.target)
        request = self.compose(send)
        for _ in range(send.get("repeat", 1) - 1):
            before = self._send(request)
        answer = self._send(request)
        self._refuse_throttled(expect, answer)
        truth = Truth(tuple(pictures), self.account)
        failures = judge(expect, answer, self.dialect, truth, level)
        if not failures and before is not None:
            failures = self._judge_differences(expect, before, answer)
        return answer, failures

    def compose(self, send: Mapping[str, Any]) -> Request:
        """The request of a case's ``send``. Raises NotApplicable."""
        assert self.account is not None
        make = self._made
        call = Call(
            self.account,
            parameters=make(send.get("parameters", {})),
            transport=send.get("transport", next(iter(about(self.dialect.vendor)["transports"]))),
            sign=make(send.get("sign", {})),
            signed_headers=make(send.get("signed_headers", {})),
            body=self._bytes(send["body"]) if "body" in send else None,
            method=send.get("method"),
            path=send.get("path"),
            hosts=self.target.hosts(self.dialect),
            exchange=self._send,
        )
        request = self.dialect.compose(call).with_headers(make(send.get("headers", {})))
        if "tampered_body" in send:
            request = replace(request, body=self._bytes(send["tampered_body"]))
        if "added_query" in send:
            joint = "&" if "?" in request.target else "?"
            request = replace(request, target=f"{request.target}{joint}{make(send['added_query'])}")
        return replace(request, chunk_bytes=send.get("chunk_bytes", request.chunk_bytes))

    def _made(self, value: Any) -> Any:
        """A value of ``send`` with everything in it made."""
        assert self.account is not None
        return resolve(value, self.target.album, self.account, self._other)

    def _other(self, state: str) -> Account:
        if state not in self.others:
            self.others[state] = self.target.open_account(self.dialect.vendor, state, {})
        return self.others[state]

    def _bytes(self, recipe: Mapping[str, Any]) -> bytes:
        assert self.account is not None
        if "image" in recipe:
            body = self.target.album.make(recipe["image"]).data
        elif "hex" in recipe:
            body = bytes.fromhex(recipe["hex"])
        elif "json" in recipe:
            body = json.dumps(self._made(recipe["json"]), ensure_ascii=False, separators=(",", ":")).encode()
        else:
            body = recipe.get("text", "").encode()
        return body.ljust(recipe.get("pad_to_bytes", 0))

    def _send(self, request: Request) -> Answer:
        assert self.account is not None
        self._last = (request, None)
        self.calls += 1
        answer = self.target.send(self.account, request)
        self._last = (request, answer)
        return answer

    def _refuse_throttled(self, expect: Mapping[str, Any], answer: Answer) -> None:
        """Raises SuiteError for an answer that came only because the suite was too fast for the target."""
        try:
            code = self.dialect.read(answer).code
        except ValueError:
            return
        if code in self.dialect.throttle_codes and expect.get("error", {}).get("code") != code:
            raise SuiteError(f"the target refused with {code}: lower the rate with --rate")

    def _judge_differences(self, expect: Mapping[str, Any], before: Answer, answer: Answer) -> list[Failure]:
        pairs = [
            (place, *(self._at(one, place) for one in (before, answer)))
            for place in expect.get("differs", ())
        ]
        return [
            Failure("differs", place, f"another value than {shortened(old)}", shortened(new))
            for place, old, new in pairs
            if ABSENT in (old, new) or old == new
        ]

    def _at(self, answer: Answer, place: str) -> Any:
        """What stands at a pointer, or in the header of that name; ABSENT when nothing does."""
        if not place.startswith("/"):
            value = answer.header(place)
            return ABSENT if value is None else value
        try:
            return find(self.dialect.read(answer).document, place)
        except ValueError:
            return ABSENT

    def _judge_load(self, case: Case) -> list[Failure]:
        """The tally of many calls. Calls that have to lie within one second are tried again until they did."""
        load = case.send["load"]
        for tried in range(LOAD_TRIES if load.get("within") else 1):
            if load.get("within") == "second" and (tried or not self._is_second_unused(case)):
                time.sleep(1.02 - time.time() % 1)
            second = int(time.time())
            answers = self._send_many(case.send, load["requests"], load.get("connections", 1))
            if not load.get("within") or int(time.time()) == second:
                return self._judge_answers(case, answers)
        raise SuiteError(
            f"{load['requests']} calls did not fit into one second: this machine or the target is too slow"
        )

    def _is_second_unused(self, case: Case) -> bool:
        """Whether the account has not called in this second and enough of it is left: a minted one is new."""
        new = self.account is not None and self.account.name is not None and not case.first
        return new and time.time() % 1 < 0.3

    def _send_many(self, send: Mapping[str, Any], requests: int, connections: int) -> list[Answer]:
        composed = [self.compose(send) for _ in range(requests)]
        assert self.account is not None
        self.calls += requests
        one = partial(self.target.send, self.account, paced=False)
        with ThreadPoolExecutor(connections) as pool:
            answers = list(pool.map(one, composed))
        self._last = (composed[-1], answers[-1])
        return answers

    def _judge_answers(self, case: Case, answers: list[Answer]) -> list[Failure]:
        """The tally; when that is right, the answers of each code that ``answers`` says more about."""
        named = [(self._named(answer), answer) for answer in answers]
        failures = _judge_tally(case.expect["tally"], Counter(name for name, _ in named))
        truth = Truth(tuple(pictures_of(case.send, self.target)), self.account)
        for name, expect in case.expect.get("answers", {}).items():
            for answer in (answer for other, answer in named if other == name and not failures):
                failures = judge(expect, answer, self.dialect, truth, case.level)
        return failures

    def _named(self, answer: Answer) -> str:
        try:
            reading = self.dialect.read(answer)
        except ValueError:
            return f"not in the vendor's form (status {answer.status})"
        return "success" if reading.ok else str(reading.code)


def pictures_of(send: Mapping[str, Any], target: Target) -> list[Picture]:
    """The pictures that a call sends: those in its body first. Raises NotApplicable for one that the target lacks."""
    body = send.get("body", {})
    own = (
        [target.album.make(body["image"])] if "image" in body else pictures_in(body.get("json"), target.album)
    )
    return own + pictures_in(send.get("parameters", {}), target.album)


def _judge_tally(expected: Mapping[str, Any], codes: Counter[str]) -> list[Failure]:
    """Counts by code against what was expected; codes that were not expected must not occur."""
    wanted: dict[str, Any] = {**dict.fromkeys(codes, 0), **expected}
    return [
        failure
        for code, expectation in wanted.items()
        for failure in compare(codes[code], expectation, Truth(), f"answers: {code}")
    ]
