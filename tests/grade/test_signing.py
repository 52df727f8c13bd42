"""Signatures: who signs anew, with a nonce of its own, by a right clock, over the body."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from mockserver.testing import MockServer
from tests.grade.clients import Hands, findings, sign
from tests.grade.conftest import MakeClient

SIGNING = ("aliyun", "huawei", "tencent")


class TestFresh:
    @pytest.mark.parametrize("vendor", SIGNING)
    def test_signing_each_attempt_is_good(self, mock: MockServer, client: MakeClient, vendor: str) -> None:
        """The vendor's own client, tried again after a fault of the vendor."""
        good = client(vendor)
        code = {"aliyun": "ServiceUnavailable", "huawei": "APIG.0201#unavailable"}.get(
            vendor, "InternalError"
        )
        mock.fault(account=good.account, code=code, count=2)
        assert good.persist([1, 2]) == "ok"
        found = good.grade("signing/fresh")
        assert (found.word, found.entries) == ("good", ())

    def test_two_signatures_within_a_second_may_be_the_same(
        self, mock: MockServer, client: MakeClient, hands: Hands
    ) -> None:
        """TC3 has no nonce: the same request, signed again in the same second, has the same signature."""
        good = client()
        for _ in range(3):
            sign(mock, good.account, good.picture(), hands.now).send()
            hands.sleep(0.3)
        assert good.grade("signing/fresh").word == "good"

    def test_a_replay_is_named(self, mock: MockServer, client: MakeClient, hands: Hands) -> None:
        """Headers that were built before the retry loop: bad when they are half a minute old."""
        bad = client()
        call = sign(mock, bad.account, bad.picture(), hands.now)
        for _ in range(3):
            call.send()
            hands.sleep(20)
        found = bad.grade("signing/fresh")
        assert found.word == "bad"
        assert found.numbers["replays"] == 2
        assert found.numbers["latest_replay_seconds"] == pytest.approx(40)
        assert set(found.entries) == {entry["id"] for entry in mock.journal(account=bad.account)[:2]}

    def test_a_rare_quick_replay_is_poor(self, mock: MockServer, client: MakeClient, hands: Hands) -> None:
        """The later the worse: a few seconds are not yet half a minute."""
        client_ = client()
        client_.call_each(client_.picture(number) for number in range(1, 20))
        call = sign(mock, client_.account, client_.picture(), hands.now)
        call.send()
        hands.sleep(5)
        call.send()
        assert client_.grade("signing/fresh").word == "poor"

    def test_a_replay_that_has_expired_is_the_accounts_too(
        self, mock: MockServer, client: MakeClient, hands: Hands
    ) -> None:
        """The window is checked before the account is looked for, so the journal has it under nobody's name, and
        another account calls at the same time."""
        bad, other = client(), client()
        call = sign(mock, bad.account, bad.picture(), hands.now)
        assert call.send() == "ok"
        other.call()
        hands.sleep(400)
        assert call.send() == "AuthFailure.SignatureExpire"
        found = bad.grade("signing/fresh")
        assert found.word == "bad"
        assert found.numbers["latest_replay_seconds"] == pytest.approx(400)
        assert other.grade("secrets/url").numbers["requests"] == 1

    @pytest.mark.parametrize("vendor", ["megvii", "alimarket"])
    def test_what_is_not_signed_is_not_judged(self, client: MakeClient, vendor: str) -> None:
        """A key and an AppCode prove nothing."""
        plain = client(vendor)
        plain.call()
        plain.call()
        assert plain.grade("signing/fresh").word == "not seen"


class TestNonce:
    def test_a_nonce_of_its_own_for_each_is_good(self, client: MakeClient) -> None:
        """As the official client draws them."""
        good = client("aliyun")
        good.call_each(good.picture(number) for number in range(3))
        assert good.grade("signing/nonce").word == "good"

    def test_a_nonce_that_is_used_again_is_named(
        self, mock: MockServer, client: MakeClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """For another picture; the vendor refuses it too."""
        bad = client("aliyun")
        fixed = uuid.uuid4()
        fixed_uuid = SimpleNamespace(uuid4=lambda: fixed)
        monkeypatch.setattr("mockserver.vendors._aliyun.client.uuid", fixed_uuid)
        assert bad.call(bad.picture(1)) == "ok"
        assert bad.call(bad.picture(2)) == "SignatureNonceUsed"
        found = bad.grade("signing/nonce")
        assert (found.word, found.numbers["reused"]) == ("bad", 1)
        assert found.entries == (mock.journal(code="SignatureNonceUsed")[0]["id"],)


class TestClock:
    @pytest.mark.parametrize(
        ("behind", "word"),
        [(0, "good"), (100, "good"), (170, "poor"), (-170, "poor"), (285, "bad"), (-285, "bad")],
    )
    def test_the_share_of_the_window_decides(
        self, mock: MockServer, client: MakeClient, hands: Hands, behind: float, word: str
    ) -> None:
        """Of the vendor's 300 s here, on either side."""
        one = client()
        assert sign(mock, one.account, one.picture(), hands.now - behind).send() == "ok"
        found = one.grade("signing/clock")
        assert found.word == word
        assert found.numbers["worst_age_seconds"] == pytest.approx(abs(behind), abs=1)
        assert bool(found.entries) == (word != "good")

    def test_the_window_is_the_vendors(
        self, client: MakeClient, hands: Hands, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where 170 s are little of 900."""
        one = client("huawei")
        late = SimpleNamespace(time=lambda: hands.now - 170)
        monkeypatch.setattr("mockserver.vendors._huawei.client.time", late)
        one.call()
        assert one.grade("signing/clock").word == "good"

    def test_a_replay_says_nothing_of_the_clock(
        self, mock: MockServer, client: MakeClient, hands: Hands
    ) -> None:
        """It is blamed once, as a replay."""
        bad = client()
        call = sign(mock, bad.account, bad.picture(), hands.now)
        call.send()
        hands.sleep(290)
        call.send()
        found = findings(mock, bad.account)
        assert (found["signing/fresh"].word, found["signing/clock"].word) == ("bad", "good")

    def test_a_mock_whose_clock_was_set_does_not_judge_it(self, mock: MockServer, client: MakeClient) -> None:
        """The distance would be the tester's own."""
        one = client()
        one.call()
        mock.clock.shift(200)
        one.call()
        assert one.grade("signing/clock").word == "not seen"


class TestPayload:
    @pytest.mark.parametrize(("unsigned", "word"), [(0, "good"), (1, "poor"), (3, "bad")])
    def test_the_share_of_bodies_that_are_left_out_decides(
        self, mock: MockServer, client: MakeClient, hands: Hands, unsigned: int, word: str
    ) -> None:
        """Of four."""
        one = client()
        calls: list[dict[str, Any]] = [{"payload": number >= unsigned} for number in range(4)]
        for number, how in enumerate(calls):
            assert sign(mock, one.account, one.picture(number), hands.now, **how).send() == "ok"
            hands.sleep(1)
        found = one.grade("signing/payload")
        assert (found.word, found.numbers["unsigned_payloads"]) == (word, unsigned)
