"""What is written down of each request, and how it is asked for."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import requests

from mockserver import vendors
from mockserver.accounts import Account
from mockserver.records.masking import masked_parameters, masked_text, without_secrets
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.conftest import StartMock

Mint = Callable[..., Account]
VENDORS = vendors.names()


def call(mock: MockServer, account: Account, specimen: str = "front") -> None:
    vendors.load(account.vendor).client.call(mock.url, account, mock.specimen(specimen))


def get(mock: MockServer, path: str, **query: Any) -> Any:
    answer = requests.get(f"{mock.url}/_idmock/{path}", params=query, timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestEntry:
    @pytest.mark.parametrize("vendor", VENDORS)
    def test_a_success(self, idmock: MockServer, idmock_account: Mint, vendor: str) -> None:
        """Who, what, how long, and of which picture, for every vendor."""
        account, picture = idmock_account(vendor), idmock.specimen("front")
        call(idmock, account)
        entry = idmock.journal(account=account)[0]
        assert (entry["vendor"], entry["account"], entry["code"]) == (vendor, account.name, "ok")
        assert "rule" not in entry
        assert entry["picture"]["sha256"] == hashlib.sha256(picture).hexdigest()
        assert entry["picture"]["bytes"] == len(picture)
        assert (entry["picture"]["width"], entry["picture"]["height"]) == (1040, 740)
        assert list(entry["steps_us"]) == [step.__name__ for step in vendors.load(vendor).steps]
        assert sum(entry["steps_us"].values()) <= entry["ms"] * 1000 + 1
        assert entry["received"] == pytest.approx(idmock.clock.now(), abs=30)

    @pytest.mark.parametrize("vendor", VENDORS)
    def test_a_refusal(self, idmock: MockServer, idmock_account: Mint, vendor: str) -> None:
        """The row that answered and the hint; the last step is the one that refused."""
        account = idmock_account(vendor)
        with pytest.raises(RuntimeError):
            call(idmock, account, "no-card")
        entry = idmock.journal(account=account)[0]
        assert entry["code"] != "ok"
        assert entry["rule"].startswith(entry["code"])
        assert list(entry["steps_us"])[-1] == ("read_card" if vendor == "megvii" else "read_cards")

    def test_it_is_found_by_the_header_of_the_answer(self, idmock: MockServer) -> None:
        """X-IDMock-Request is its id."""
        answer = requests.post(idmock.url, json={}, headers={"X-TC-Action": "IDCardOCR"}, timeout=5)
        entry = get(idmock, f"journal/{answer.headers['X-IDMock-Request']}")
        assert entry["rule"] == answer.headers["X-IDMock-Rule"]
        assert entry["account"] == "-"
        missing = requests.get(f"{idmock.url}/_idmock/journal/none", timeout=5)
        assert missing.status_code == 404

    def test_what_the_mock_answers_for_itself_is_not_in_it(self, start_mock: StartMock) -> None:
        """It is a journal of the vendors' requests."""
        mock = start_mock()
        get(mock, "health")
        requests.post(f"{mock.url}/nobody/knows", timeout=5)
        assert get(mock, "journal") == {"entries": []}

    def test_the_parameters_are_shown_without_the_picture(
        self, idmock: MockServer, idmock_account: Mint
    ) -> None:
        """Its length stands in its place."""
        account = idmock_account("tencent")
        call(idmock, account)
        shown = idmock.journal(account=account)[0]["parameters"]
        assert re.fullmatch(r"<\d+ characters>", shown["ImageBase64"])


class TestQuestions:
    @pytest.fixture
    def mock(self, start_mock: StartMock) -> MockServer:
        """A server that has answered three calls: two of one account, one of them refused, and one of another."""
        mock = start_mock()
        one, other = mock.mint("tencent", name="one"), mock.mint("megvii", name="other")
        call(mock, one)
        with pytest.raises(RuntimeError):
            call(mock, one, "no-card")
        call(mock, other)
        return mock

    @pytest.mark.parametrize(
        ("wanted", "count"),
        [
            ({}, 3),
            ({"vendor": "tencent"}, 2),
            ({"account": "one"}, 2),
            ({"account": "one", "code": "ok"}, 1),
            ({"code": "ok"}, 2),
            ({"vendor": "megvii", "account": "one"}, 0),
        ],
    )
    def test_it_is_narrowed_and_counted(self, mock: MockServer, wanted: dict[str, str], count: int) -> None:
        """By vendor, account and code."""
        assert get(mock, "journal/count", **wanted) == {"count": count}
        entries = get(mock, "journal", **wanted)["entries"]
        assert len(entries) == count
        assert all(entry[name] == value for entry in entries for name, value in wanted.items())

    def test_the_newest_come_first(self, mock: MockServer) -> None:
        """And only so many as are asked for."""
        assert [entry["account"] for entry in get(mock, "journal", limit=2)["entries"]] == ["other", "one"]

    @pytest.mark.parametrize(
        "query",
        ["acount=one", "limit=0", "limit=x", "limit=²", pytest.param(f"limit={9:0>5000}", id="many digits")],
    )
    def test_a_question_that_cannot_be_meant_is_refused(self, mock: MockServer, query: str) -> None:
        """A filter that is none would count everything, and an assertion would hold for the wrong reason."""
        assert requests.get(f"{mock.url}/_idmock/journal?{query}", timeout=5).status_code == 400

    def test_it_is_cleared_in_part_or_whole(self, mock: MockServer) -> None:
        """An account's entries and counts go without the others'."""
        address = f"{mock.url}/_idmock/journal"
        assert (
            requests.delete(address, params={"vendor": "tencent", "account": "one"}, timeout=5).status_code
            == 204
        )
        assert get(mock, "journal/count") == {"count": 1}
        assert requests.delete(address, timeout=5).status_code == 204
        assert get(mock, "journal/count") == {"count": 0}

    def test_it_is_bounded_and_goes_on_counting(self, start_mock: StartMock) -> None:
        """In entries here; what was let go stays counted."""
        mock = start_mock(Settings(vendors=("tencent",), journal_entries=5))
        account = mock.mint("tencent")
        for _ in range(8):
            call(mock, account)
        assert len(get(mock, "journal")["entries"]) == 5
        assert get(mock, "journal/count", account=account.name) == {"count": 8}


class TestMetrics:
    def test_requests_are_counted_by_vendor_and_code(self, start_mock: StartMock) -> None:
        """In Prometheus' text, without a label that a client could fill at will."""
        mock = start_mock()
        account = mock.mint("tencent")
        call(mock, account)
        with pytest.raises(RuntimeError):
            call(mock, account, "no-card")
        mock.fault(vendor="tencent", latency_ms=0)
        answer = requests.get(f"{mock.url}/_idmock/metrics", timeout=5)
        assert answer.headers["Content-Type"].startswith("text/plain")
        lines = answer.text.splitlines()
        assert 'idmock_requests_total{code="ok",vendor="tencent"} 1.0' in lines
        assert 'idmock_requests_total{code="FailedOperation.ImageNoIdCard",vendor="tencent"} 1.0' in lines
        assert any(
            re.fullmatch(r'idmock_request_seconds_count\{.*vendor="tencent"\} 2\.0', line) for line in lines
        )
        assert "idmock_faults_set 1.0" in lines
        assert "idmock_accounts_set 1.0" in lines
        assert account.name not in answer.text

    def test_prometheus_reads_it(self, idmock: MockServer) -> None:
        """By its own parser; the buckets of a histogram grow."""
        from prometheus_client.parser import text_string_to_metric_families

        text = requests.get(f"{idmock.url}/_idmock/metrics", timeout=5).text
        families = {family.name: family for family in text_string_to_metric_families(text)}
        assert families["idmock_requests"].type == "counter"
        assert families["idmock_request_seconds"].type == "histogram"
        buckets: dict[str, list[float]] = {}
        for sample in families["idmock_request_seconds"].samples:
            if sample.name.endswith("_bucket"):
                buckets.setdefault(sample.labels["vendor"], []).append(sample.value)
        assert all(found == sorted(found) for found in buckets.values())


class TestMasking:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("11010519900501001X", "110105************"),
            ("id=110105199005010017,", "id=110105************,"),
            ("110105900501001", "110105*********"),
            ("12345", "12345"),
            ("a" * 300, "<300 characters>"),
            (f"a={'b' * 254} {'c' * 256}", f"a={'b' * 254} {'c' * 256}"),
            (f"x:{'b' * 257},{'c' * 400}\n", "x:<257 characters>,<400 characters>\n"),
            ("https://user:pass@host.example/a/b.jpg?token=x#y", "https://host.example/a/b.jpg?..."),
            (
                "number 440524188001010014 and 11010519491231002x",
                "number 440524************ and 110105************",
            ),
            ("/users/ID110105199005010017/x", "/users/ID110105************/x"),
            ("x11010519900501001Xy", "x110105************y"),
            ("caf\udce9", "caf�"),
        ],
    )
    def test_a_text(self, text: str, shown: str) -> None:
        """ID numbers keep the digits of the region, addresses lose what gives access."""
        assert masked_text(text) == shown

    def test_a_hash_is_no_id_number(self) -> None:
        """Whatever digits it has, unless a birth date is among them."""
        for digits in ("1" * 18, "110105199913010017", "110105189901010017", "5110105199005010017"):
            digest = f"a{digits}{'b' * 45}"
            assert masked_text(digest) == digest

    def test_a_known_secret_goes_by_its_name(self) -> None:
        """Wherever it stands."""
        shown = without_secrets("x-acs-security-token:abc;abc", {"security_token": "abc"})
        assert shown == "x-acs-security-token:<security_token>;<security_token>"

    def test_parameters(self) -> None:
        """By name and by value, to a depth, and never too many; what comes out is JSON."""
        deep: dict[str, Any] = {"a": {"b": {"c": {"d": 1}}}}
        shown = masked_parameters(
            {
                "api_secret": "s",
                "SecurityToken": "t",
                "image": b"12345",
                "number": 110105199005010017,
                "list": ["11010519900501001X"] * 100,
                "deep": deep,
                "flag": True,
                "none": None,
                "11010519900501001X": 1,
                "x" * 500: 2,
            }
        )
        assert shown["api_secret"] == shown["SecurityToken"] == "<hidden>"
        assert shown["image"] == "<5 bytes>"
        assert shown["number"] == "110105************"
        assert shown["list"] == ["110105************"] * 32
        assert shown["110105************"] == 1
        assert json.loads(json.dumps(shown)) == shown
        assert len(masked_parameters({str(i): i for i in range(1000)})) == 32
