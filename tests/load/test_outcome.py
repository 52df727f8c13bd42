"""Answers are judged by their bodies."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dialect import load_dialect
from conformance.model import Answer
from loadtests.outcome import Kind, Outcome, judge, unanswered

TENCENT = load_dialect("tencent")


def answer(body: object, status: int = 200) -> Answer:
    return Answer(status, [], body if isinstance(body, bytes) else json.dumps(body).encode())


def error(code: str) -> dict[str, object]:
    return {"Response": {"Error": {"Code": code, "Message": "text"}, "RequestId": "id"}}


@pytest.mark.parametrize(
    ("given_answer", "kind", "code"),
    [
        (answer({"Response": {"Name": "x", "RequestId": "id"}}), Kind.ACCEPTED, ""),
        (answer(error("InternalError")), Kind.REFUSED, "InternalError"),
        (answer(error("RequestLimitExceeded")), Kind.THROTTLED, "RequestLimitExceeded"),
        (answer(b"<html>bad gateway</html>", 502), Kind.UNREADABLE, "HTTP 502: no JSON"),
        (answer([]), Kind.UNREADABLE, "HTTP 200: no Response object"),
        (answer(b"\xff\xfe"), Kind.UNREADABLE, "HTTP 200: no JSON"),
    ],
)
def test_judge(given_answer: Answer, kind: Kind, code: str) -> None:
    """A 200 with an error code is an error by that code; what no vendor says is a class of its own."""
    outcome = judge(TENCENT, given_answer)
    assert (outcome.kind, outcome.code, outcome.status) == (kind, code, given_answer.status)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"Response": {"IdNum": "110105199005019012", "RequestId": "id"}}, Kind.ACCEPTED),
        ({"Response": {"IdNum": "110105199005019012X", "RequestId": "id"}}, Kind.MISREAD),
        ({"Response": {"RequestId": "id"}}, Kind.MISREAD),
        (error("InternalError"), Kind.REFUSED),
    ],
)
def test_a_success_holds_the_card_that_was_sent(body: object, kind: Kind) -> None:
    """An empty success and another caller's card are quick, and wrong."""
    outcome = judge(TENCENT, answer(body), "110105199005019012")
    assert outcome.kind is kind
    assert "1101" not in outcome.label


def test_a_card_is_found_in_json_within_json() -> None:
    """One vendor answers with a text that is JSON itself."""
    data = json.dumps({"data": {"back": {"data": {"issueAuthority": "某市公安局"}}}})
    body = answer({"RequestId": "id", "Data": data})
    assert judge(load_dialect("aliyun"), body, "某市公安局").kind is Kind.ACCEPTED
    assert judge(load_dialect("aliyun"), body, "某县公安局").kind is Kind.MISREAD


@settings(deadline=None)
@given(st.binary(max_size=40), st.sampled_from(["tencent", "aliyun", "huawei", "megvii", "alimarket"]))
def test_no_body_breaks_the_judge(body: bytes, vendor: str) -> None:
    """Whatever comes back has an outcome, and is not taken for a card."""
    assert judge(load_dialect(vendor), Answer(200, [], body)).kind is not Kind.ACCEPTED


@given(st.sampled_from(list(Kind)), st.sampled_from(["", "InternalError", "HTTP 502: no JSON"]))
def test_labels_can_be_read_back(kind: Kind, code: str) -> None:
    """The label is what is counted and carried; kind and code come out of it again."""
    assert Outcome.of_label(Outcome(kind, code).label) == Outcome(kind, code)


def test_failed_connections_are_one_class_by_error() -> None:
    """The text of an error names ports and would make a class of every call."""
    texts = (ConnectionResetError(104, "reset, port 1"), ConnectionResetError(104, "reset, port 2"))
    assert {unanswered(e).label for e in texts} == {"no-answer ConnectionResetError"}
    wrapped = ConnectionError("retries exceeded")
    wrapped.original = TimeoutError()  # type: ignore[attr-defined]  # as Locust's client does
    assert unanswered(wrapped).label == "no-answer TimeoutError"
