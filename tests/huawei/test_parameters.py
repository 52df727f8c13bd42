"""The body: its JSON, its members and their types, and what announces it."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from mockserver.accounts import Account
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.conftest import StartMock
from tests.huawei import raw
from tests.huawei.conftest import mint
from tests.huawei.raw import Raw, rule, send
from tests.huawei.sdk import SWITCHES


class TestParameters:
    @pytest.mark.parametrize("switch", SWITCHES)
    @pytest.mark.parametrize("value", ["true", "True", "", 1, 0, [], {}])
    def test_a_switch_is_true_or_false(
        self, idmock: MockServer, account: Account, front: str, switch: str, value: object
    ) -> None:
        """Anything else is an illegal parameter, as the page says of one of them."""
        assert rule(idmock, account, {"image": front, switch: value}) == "AIS.0101"

    def test_null_is_absent(self, idmock: MockServer, account: Account, front: str) -> None:
        """For clients that serialise what was not set."""
        body = {"image": front, "url": None, "side": None, **dict.fromkeys(SWITCHES)}
        assert set(send(idmock, account, body).result) == {
            "name", "sex", "ethnicity", "birth", "address", "number",
        }  # fmt: skip

    @pytest.mark.parametrize("side", ["both", "FRONT", "front ", "ｆｒｏｎｔ", 1, True, ["front"]])
    def test_sides_that_do_not_exist(
        self, idmock: MockServer, account: Account, front: str, side: object
    ) -> None:
        """Three words, or none."""
        assert rule(idmock, account, {"image": front, "side": side}) == "AIS.0101"

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"image": ""},
            {"image": "", "url": ""},
            {"image": None},
            {"image": 12},
            {"url": ["x"]},
            {"side": "front"},
        ],
    )
    def test_neither_image_nor_url(self, idmock: MockServer, account: Account, body: dict[str, Any]) -> None:
        """One of them must be there, and be a text."""
        assert rule(idmock, account, body) == "AIS.0101"

    def test_both_image_and_url(self, idmock: MockServer, account: Account, front: str) -> None:
        """One of two; an empty one does not count."""
        url = f"{idmock.url}/_idmock/specimens/front.jpg"
        assert rule(idmock, account, {"image": front, "url": url}) == "AIS.0101"
        assert rule(idmock, account, {"image": front, "url": ""}) is None
        assert rule(idmock, account, {"image": "", "url": url}) is None

    def test_unknown_members_are_ignored(self, idmock: MockServer, account: Account, front: str) -> None:
        """Also those of other vendors."""
        assert rule(idmock, account, {"image": front, "CardSide": "FRONT", "detect_everything": 3}) is None

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"null", b"[]", b'"x"', b"image=abc", b"\xff\xfe", b'{"a": NaN}', b'{"a": "\\ud800"}'],
    )
    def test_bodies_that_are_no_object(self, idmock: MockServer, account: Account, body: bytes) -> None:
        """The platform wants a JSON object."""
        assert rule(idmock, account, body=body) == "ModelArts.4105"

    def test_deep_json_and_duplicate_keys(self, idmock: MockServer, account: Account, front: str) -> None:
        """Depth is an error like any other; of two members of one name the last counts."""
        assert rule(idmock, account, body=b"[" * 100_000) == "ModelArts.4105"
        twice = f'{{"side": "nowhere", "image": "{front}", "side": "front"}}'
        assert rule(idmock, account, body=twice.encode()) is None

    @pytest.mark.parametrize(
        ("content_type", "expected"),
        [
            ("application/json", None),
            ("application/json;charset=utf-8", None),
            ("Application/JSON; charset=UTF-8", None),
            ("text/plain", "APIG.0106"),
            ("application/x-www-form-urlencoded", "APIG.0106"),
        ],
    )
    def test_content_type(
        self, idmock: MockServer, account: Account, front: str, content_type: str, expected: str | None
    ) -> None:
        """JSON, with or without a charset."""
        headers = {"Content-Type": content_type}
        assert rule(idmock, account, {"image": front}, headers=headers) == expected

    @pytest.mark.parametrize("value", ["0", "no such project", "'; --", "f" * 36])
    def test_enterprise_project_never_matters(
        self, idmock: MockServer, account: Account, front: str, value: str
    ) -> None:
        """Only the bill is another one, says the page."""
        assert rule(idmock, account, {"image": front}, headers={"Enterprise-Project-Id": value}) is None

    def test_chunked(self, idmock: MockServer, account: Account, front: str) -> None:
        """A body without a length, as some clients stream it."""
        request = raw.signed(account, {"image": front}, host=idmock.authority)
        parts = [request.body[i : i + 10_000] for i in range(0, len(request.body), 10_000)]
        assert request.send(idmock, chunks=parts).result["number"]


def test_curl_with_a_token(idmock: MockServer, account: Account, front: str, tmp_path: Any) -> None:
    """The page's own example, word for word but for the address."""
    body = tmp_path / "body.json"
    body.write_text(json.dumps({"image": front, "side": "front", "return_verification": True}))
    command = [
        "curl", "-sS", "-X", "POST", f"{idmock.url}{raw.path_of(account)}", "--noproxy", "*",
        "-H", "Content-Type: application/json", "-H", f"X-Auth-Token: {raw.token_of(idmock, account)}",
        "--data-binary", f"@{body}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=True, timeout=20)
    assert json.loads(done.stdout)["result"]["verification_result"]["valid_number"] is True


def test_concurrency_is_given_back(idmock: MockServer, front: str) -> None:
    """After an answer, and after an error too, the place is free."""
    account = mint(idmock, concurrency=1)
    for body in ({"image": front}, {"image": "x"}, {"image": front}):
        assert rule(idmock, account, body) != "ModelArts.4401"


def test_port_of_its_own(start_mock: StartMock) -> None:
    """A path that is none of Huawei's gets its answer where only Huawei is served."""
    mock = start_mock(Settings(vendors=("huawei",)))
    reply = Raw("POST", "/v2/ocr/anything").send(mock)
    assert (reply.status, reply.code) == (404, "APIG.0101")
