"""Retries, limits, pictures, and what stands in URLs: each rule by a client that keeps it and one that does not."""

from __future__ import annotations

import io
import threading
from typing import Any

import pytest
import requests
from PIL import Image

from mockserver import vendors
from mockserver.testing import MockServer
from mockserver.vendors._tencent.signatures import v1_signature, v1_string_to_sign
from tests.grade.clients import PACE_SECONDS, Client, Hands, sign
from tests.grade.conftest import MakeClient

#: A row that asks for another attempt and one that does not, by vendor.
TRANSIENT = {
    "alimarket": "X503BZ",
    "aliyun": "ServiceUnavailable",
    "huawei": "APIG.0601",
    "megvii": "INTERNAL_ERROR",
    "tencent": "InternalError",
}


class TestFinal:
    @pytest.mark.parametrize("vendor", vendors.names())
    def test_a_picture_without_a_card_is_sent_once(self, client: MakeClient, vendor: str) -> None:
        """And then another picture."""
        good = client(vendor)
        good.call_each([good.picture(specimen="no-card"), good.picture()])
        assert good.grade("retries/final").word == "good"

    @pytest.mark.parametrize("vendor", vendors.names())
    def test_a_picture_without_a_card_is_sent_on_and_on(
        self, mock: MockServer, client: MakeClient, vendor: str
    ) -> None:
        """By a client that retries every error."""
        bad = client(vendor)
        assert bad.persist([1, 2, 4], bad.picture(specimen="no-card")) != "ok"
        found = bad.grade("retries/final")
        assert (found.word, found.numbers["sent_again"]) == ("bad", 3)
        repeats = mock.journal(account=bad.account)[:3]
        assert found.entries == tuple(entry["id"] for entry in reversed(repeats))

    def test_once_among_many_is_poor(self, client: MakeClient) -> None:
        """A button that was pressed twice."""
        one = client()
        one.call_each(one.picture(number) for number in range(1, 20))
        one.persist([1], one.picture(specimen="no-card"))
        assert one.grade("retries/final").word == "poor"

    def test_a_wrong_signature_that_is_repeated_is_named(
        self, mock: MockServer, client: MakeClient, hands: Hands
    ) -> None:
        """It is refused before the picture is looked at, and known by its payload."""
        bad = client()
        for _ in range(4):
            call = sign(mock, bad.account, bad.picture(), hands.now)
            call.headers["X-TC-Timestamp"] = str(int(hands.now) + 1)
            assert call.send() == "AuthFailure.SignatureFailure"
            hands.sleep(5)
        found = bad.grade("retries/final")
        assert (found.word, found.numbers["sent_again"]) == ("bad", 3)
        assert "AuthFailure.SignatureFailure" in found.text

    def test_a_request_that_was_mended_is_no_repeat(
        self, mock: MockServer, client: MakeClient, hands: Hands
    ) -> None:
        """The same picture after its parameter was put right."""
        good = client()
        sign(mock, good.account, good.picture(), hands.now, CardSide="TOP").send()
        hands.sleep(1)
        assert sign(mock, good.account, good.picture(), hands.now, CardSide="FRONT").send() == "ok"
        assert good.grade("retries/final").word == "good"

    def test_what_was_under_way_already_is_no_repeat(self, hands: Hands) -> None:
        """Two workers who sent the same before either had its answer; the delayed answers make sure of that."""
        meet = threading.Barrier(2)
        with hands.mock(sleep=lambda _seconds: void(meet.wait(10))) as mock:
            both = Client(mock, hands, mock.mint("tencent"))
            mock.fault(account=both.account, latency_ms=400, count=2)
            picture = both.picture(specimen="no-card")
            workers = [threading.Thread(target=both.call, args=(picture,)) for _ in range(2)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            hands.sleep(5)
            both.call()
            found = both.grade("retries/final")
        assert (found.word, found.numbers["refused_for_good"]) == ("good", 2)


class TestGivenUp:
    @pytest.mark.parametrize("vendor", vendors.names())
    def test_a_fault_of_the_vendor_is_tried_again(
        self, mock: MockServer, client: MakeClient, vendor: str
    ) -> None:
        """Until it works."""
        good = client(vendor)
        mock.fault(account=good.account, code=TRANSIENT[vendor], count=2)
        assert good.persist([0.5, 1]) == "ok"
        assert good.grade("retries/given-up").word == "good"

    @pytest.mark.parametrize("vendor", vendors.names())
    def test_who_gives_up_at_once_is_named(self, mock: MockServer, client: MakeClient, vendor: str) -> None:
        """With the request that was dropped."""
        bad = client(vendor)
        mock.fault(account=bad.account, code=TRANSIENT[vendor], count=1)
        bad.call_each([bad.picture(1), bad.picture(2)])
        found = bad.grade("retries/given-up")
        assert (found.word, found.numbers["given_up"]) == ("bad", 1)
        assert found.entries == (mock.journal(account=bad.account)[1]["id"],)

    def test_three_attempts_are_enough(self, mock: MockServer, client: MakeClient) -> None:
        """Giving up in the end is no fault."""
        good = client()
        mock.fault(account=good.account, code="InternalError", count=3)
        assert good.persist([0.5, 1]) == "InternalError"
        assert good.grade("retries/given-up").word == "good"

    def test_nothing_to_try_again_is_not_seen(self, client: MakeClient) -> None:
        """Successes and final refusals give no occasion."""
        one = client()
        one.call_each([one.picture(), one.picture(specimen="no-card")])
        assert one.grade("retries/given-up").word == "not seen"


class TestRate:
    @pytest.mark.parametrize(("pace", "word"), [(0.5, "good"), (0.1, "bad")])
    def test_calls_in_a_second_decide(self, client: MakeClient, pace: float, word: str) -> None:
        """Of two that the account has of its own, where the vendor has twenty."""
        one = client(limits={"requests_per_second": 2})
        one.call_each([one.picture()] * 20, pace)
        found = one.grade("limits/rate")
        assert (found.word, found.numbers["allowed"]) == (word, 2)

    def test_a_rare_burst_is_poor(self, client: MakeClient) -> None:
        """One second of ten."""
        one = client(limits={"requests_per_second": 2})
        one.call_each([one.picture()] * 18, 0.5)
        one.call_each([one.picture()] * 3, 0.1)
        assert one.grade("limits/rate").word == "poor"

    def test_a_vendor_without_such_a_limit_is_not_judged(self, client: MakeClient) -> None:
        """Megvii counts calls in flight only."""
        one = client("megvii")
        one.call()
        assert one.grade("limits/rate").word == "not seen"


class TestConcurrency:
    @pytest.mark.parametrize(("allowed", "word"), [(2, "good"), (1, "bad")])
    def test_calls_in_flight_decide(self, hands: Hands, allowed: int, word: str) -> None:
        """Two at a time, of which the first is held until the second is answered."""
        arrived, go = threading.Event(), threading.Event()

        def hold(_seconds: float) -> None:
            arrived.set()
            assert go.wait(10)

        with hands.mock(sleep=hold) as mock:
            one = Client(mock, hands, mock.mint("megvii", limits={"concurrency": allowed}))
            mock.fault(account=one.account, latency_ms=1000, count=1)
            first = threading.Thread(target=one.call, args=(one.picture(1),))
            first.start()
            assert arrived.wait(10)
            one.call(one.picture(2))
            go.set()
            first.join()
            hands.sleep(5)
            one.call(one.picture(3))
            found = one.grade("limits/concurrency")
        assert (found.word, found.numbers["allowed"]) == (word, allowed)
        assert found.numbers["refused"] == (word == "bad")
        assert found.numbers["most_in_flight"] == 2


def drawn(width: int, height: int, kind: str = "JPEG") -> bytes:
    """A plain picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(out, kind)
    return out.getvalue()


def enlarged(mock: MockServer, factor: float, kind: str = "JPEG") -> bytes:
    """The specimen with other dimensions."""
    with Image.open(io.BytesIO(mock.specimen("front"))) as picture:
        size = (int(picture.width * factor), int(picture.height * factor))
        out = io.BytesIO()
        picture.resize(size).save(out, kind)
    return out.getvalue()


class TestPictures:
    def test_within_the_limits_is_good(self, client: MakeClient) -> None:
        """And about as large as needed."""
        good = client("megvii")
        good.call()
        assert good.grade("pictures/limits").word == "good"
        assert good.grade("pictures/size").word == "good"

    @pytest.mark.parametrize(
        ("vendor", "width", "height", "code"),
        [
            ("megvii", 300, 200, "INVALID_IMAGE_SIZE"),
            ("tencent", 10, 10, "FailedOperation.IdCardTooSmall"),
            ("aliyun", 4, 200, "illegalImageSize"),
            ("huawei", 10, 10, "AIS.0103"),
        ],
    )
    def test_past_a_limit_of_the_vendor_is_bad(
        self, client: MakeClient, vendor: str, width: int, height: int, code: str
    ) -> None:
        """Which one it was is the vendor's data."""
        bad = client(vendor)
        assert bad.call(drawn(width, height)).startswith(code)
        found = bad.grade("pictures/limits")
        assert found.word == "bad"
        assert code in found.text

    def test_a_code_that_has_another_reason_is_not_held_against_it(self, client: MakeClient) -> None:
        """Tencent's code for too few pixels is also that for a card that is small in its picture."""
        one = client()
        assert one.call(one.picture(specimen="front-small")) == "FailedOperation.IdCardTooSmall"
        assert one.grade("pictures/limits").word == "good"

    def test_a_refusal_that_was_forced_is_not_held_against_it(
        self, mock: MockServer, client: MakeClient
    ) -> None:
        """The tester has set it."""
        one = client()
        mock.fault(account=one.account, code="LimitExceeded.TooLargeFileError", count=1)
        one.call()
        one.call(one.picture(1))
        assert one.grade("pictures/limits").word == "good"

    def test_more_pixels_than_the_card_needs_are_named(self, mock: MockServer, client: MakeClient) -> None:
        """Three times as many each way."""
        bad = client("aliyun")
        assert bad.call(enlarged(mock, 3)) == "ok"
        found = bad.grade("pictures/size")
        assert (found.word, found.numbers["large"]) == ("bad", 1)

    def test_more_bytes_than_the_pixels_need_are_named(self, mock: MockServer, client: MakeClient) -> None:
        """An uncompressed picture of the right dimensions."""
        bad = client()
        assert bad.call(enlarged(mock, 1, "BMP")) == "ok"
        assert bad.grade("pictures/size").word == "bad"

    def test_near_the_vendors_limit_is_large(self, mock: MockServer, client: MakeClient) -> None:
        """What is fine for one vendor is nearly too much for another: 1.8 of 2 MB."""
        picture = enlarged(mock, 2)
        picture += bytes(1_800_000 - len(picture))
        words = {}
        for vendor in ("megvii", "huawei"):
            one = client(vendor)
            assert one.call(picture) == "ok"
            words[vendor] = one.grade("pictures/size").word
        assert words == {"megvii": "bad", "huawei": "good"}

    @pytest.mark.parametrize(("different", "word"), [(10, "good"), (9, "poor"), (2, "bad")])
    def test_paying_twice_is_named(self, client: MakeClient, different: int, word: str) -> None:
        """Ten calls with so many different pictures."""
        one = client()
        one.call_each(one.picture(number % different) for number in range(10))
        found = one.grade("pictures/repeats")
        assert (found.word, found.numbers["billed_again"]) == (word, 10 - different)

    def test_an_answer_that_was_lost_on_its_way_may_be_asked_for_again(
        self, mock: MockServer, client: MakeClient
    ) -> None:
        """The client cannot know it."""
        good = client()
        mock.fault(account=good.account, fault="connection-reset", count=1)
        with pytest.raises(requests.ConnectionError):
            good.call()
        good.hands.sleep(PACE_SECONDS)
        assert good.call() == "ok"
        assert good.grade("pictures/repeats").word == "good"


class TestUrls:
    def test_codes_in_headers_are_good(self, client: MakeClient) -> None:
        """As the documentation asks for it."""
        good = client("alimarket")
        good.call()
        assert good.grade("secrets/url").word == "good"

    @pytest.mark.parametrize("name", ["AppCode", "appcode"])
    def test_an_app_code_in_the_query_is_named(self, mock: MockServer, client: MakeClient, name: str) -> None:
        """Whatever the parameter is called, and though the gateway takes it."""
        bad = client("alimarket")
        query = {name: bad.account.credentials["app_code"]}
        requests.post(f"{mock.url}/idcard/ocr", json={"image": "x"}, params=query, timeout=10)
        bad.hands.sleep(1)
        bad.call()
        found = bad.grade("secrets/url")
        assert (found.word, found.numbers["with_secret"]) == ("bad", 1)
        assert name in found.text
        assert bad.account.credentials["app_code"] not in found.text

    def test_an_id_number_in_the_query_is_named(self, mock: MockServer, client: MakeClient) -> None:
        """The name is told, the number is not."""
        bad = client("alimarket")
        headers = {"Authorization": f"APPCODE {bad.account.credentials['app_code']}"}
        address = f"{mock.url}/idcard/ocr?holder=11010519491231002X"
        requests.post(address, json={"image": "x"}, headers=headers, timeout=10)
        found = bad.grade("secrets/url")
        assert (found.word, "holder" in found.text, "11010519" in found.text) == ("bad", True, False)


class TestOutdated:
    def test_the_current_method_is_good(self, client: MakeClient) -> None:
        """TC3."""
        good = client()
        good.call()
        assert good.grade("requests/outdated").word == "good"

    def test_the_old_method_is_poor_and_its_successor_is_named(
        self, mock: MockServer, client: MakeClient, hands: Hands
    ) -> None:
        """HmacSHA1; the same nonce at another time is no reuse, as the vendor joins the two."""
        old = client()
        for _ in range(2):
            assert send_v1(mock, old, hands.now, Nonce="11886") == "ok"
            hands.sleep(2)
        found = old.grade("requests/outdated")
        assert found.word == "poor"
        assert "TC3-HMAC-SHA256" in found.text
        assert old.grade("signing/nonce").word == "good"
        assert old.grade("signing/fresh").word == "good"


def void(_value: object) -> None:
    """Nothing, of whatever there is."""


def send_v1(mock: MockServer, client: Client, at: float, **more: str) -> str:
    """A call with Tencent's old signature; its code."""
    sent: dict[str, Any] = {
        "Action": "IDCardOCR",
        "Version": "2018-11-19",
        "Region": "ap-guangzhou",
        "Timestamp": str(int(at)),
        "SecretId": client.account.credentials["secret_id"],
        "ImageUrl": f"{mock.url}/_idmock/specimens/front.jpg",
        **more,
    }
    to_sign = v1_string_to_sign("POST", mock.authority, sent)
    sent["Signature"] = v1_signature(client.account.credentials["secret_key"], to_sign, "HmacSHA1")
    answer = requests.post(mock.url, data=sent, timeout=10).json()["Response"]
    return str(answer.get("Error", {"Code": "ok"})["Code"])
