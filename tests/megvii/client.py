"""Produces the rows of Megvii's catalogue with `requests`, as the vendor's page shows it: there is no SDK."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import requests

from mockserver.accounts import Account
from mockserver.contract import ErrorRow
from mockserver.testing import MockServer
from tests.megvii.upload import PATH, OcrError, post
from tests.triggers import Outcome, image_of

#: There is one language.
LANGUAGE = "en"


def produce(mock: MockServer, row: ErrorRow) -> Outcome:
    """Make the call of the row's trigger, with nothing counted before.

    Raises AssertionError when the call succeeds.
    """
    mock.world.state.reset()
    trigger = row.trigger
    account, image = mock.account("megvii", trigger.account), image_of(mock, trigger)
    call = {"path": trigger.request.get("path", PATH), "omit": trigger.omit}
    if trigger.request.get("calls_at_once") == 2:
        reply = _refused_of_two(mock, account, image)
    else:
        reply = post(mock, account, image, trigger.parameters, **call)
    assert reply.status_code != 200, reply.text
    return outcome_of(reply)


def outcome_of(reply: requests.Response) -> Outcome:
    """What a client made of an error answer."""
    error = OcrError(reply)
    return Outcome(
        reply.status_code, error.code, error.text, error.request_id, reply.headers.get("X-IDMock-Rule")
    )


def _refused_of_two(mock: MockServer, account: Account, image: bytes) -> requests.Response:
    """Of two calls at once whose recognition takes seconds, the one that is refused; the other must be answered."""
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda _: post(mock, account, image), range(2)))
    answered, refused = sorted(replies, key=lambda reply: reply.status_code)
    assert answered.status_code == 200, answered.text
    return refused
