"""What is asked: parameters and their types, pictures and addresses, sizes, and which error comes first."""

from __future__ import annotations

import io
import json
import subprocess
from typing import Any

import pytest
from PIL import Image

from mockserver.accounts import Account
from mockserver.contract import load_contract
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.conftest import StartMock
from tests.huawei import raw
from tests.huawei.conftest import Client, mint
from tests.huawei.raw import Raw
from tests.huawei.sdk import SWITCHES, Sdk
from tests.triggers import encoded

CONTRACT = load_contract("huawei")
MEBIBYTE = 1024 * 1024


def send(mock: MockServer, account: Account, parameters: object = None, **more: Any) -> raw.Reply:
    return raw.signed(account, parameters, host=mock.authority, **more).send(mock)


def rule(mock: MockServer, account: Account, parameters: object = None, **more: Any) -> str | None:
    return send(mock, account, parameters, **more).rule


@pytest.fixture
def front(idmock: MockServer) -> str:
    return encoded(idmock.specimen("front"))


def picture(format: str, size: tuple[int, int] = (300, 200)) -> str:
    """A plain picture as Base64."""
    buffer = io.BytesIO()
    Image.new("RGB", size, "white").save(buffer, format)
    return encoded(buffer.getvalue())


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


class TestPictures:
    @pytest.mark.parametrize("prefix", ["data:image/jpeg;base64,", " ", "\n"])
    def test_prefix(self, idmock: MockServer, account: Account, front: str, prefix: str) -> None:
        """The page says which error a prefix leads to."""
        assert rule(idmock, account, {"image": prefix + front}) == "AIS.0102"

    @pytest.mark.parametrize("image", ["!!!!", "中文", "abc", "/9j/4AAQ", "iVBORw0KGgo="])
    def test_what_is_no_picture(self, idmock: MockServer, account: Account, image: str) -> None:
        """Not Base64, not a picture, or the start of one."""
        assert rule(idmock, account, {"image": image}) == "AIS.0102"

    @pytest.mark.parametrize("format", ["GIF", "WEBP"])
    def test_formats_that_are_not_read(self, idmock: MockServer, account: Account, format: str) -> None:
        """Five names, which are four formats."""
        assert rule(idmock, account, {"image": picture(format)}) == "AIS.0102"

    @pytest.mark.parametrize("format", ["JPEG", "PNG", "BMP", "TIFF"])
    def test_formats_that_are_read(self, idmock: MockServer, account: Account, format: str) -> None:
        """All of them with the same answer; without a card there is none to read."""
        buffer = io.BytesIO()
        Image.open(io.BytesIO(idmock.specimen("front"))).save(buffer, format)
        answer = send(idmock, account, {"image": encoded(buffer.getvalue())})
        assert answer.result["number"] == "370117199502149751"
        assert rule(idmock, account, {"image": picture(format)}) == "AIS.0104"

    @pytest.mark.parametrize(
        ("size", "expected"),
        [
            ((15, 400), "AIS.0104"), ((14, 400), "AIS.0103"), ((400, 14), "AIS.0103"),
            ((8192, 20), "AIS.0104"), ((8193, 20), "AIS.0103"), ((20, 8193), "AIS.0103"),
        ],
    )  # fmt: skip
    def test_sides(self, idmock: MockServer, account: Account, size: tuple[int, int], expected: str) -> None:
        """15 to 8192 pixels each, the ends included."""
        assert rule(idmock, account, {"image": picture("PNG", size)}) == expected

    @pytest.mark.parametrize(
        ("specimen", "expected"),
        [
            ("no-card", "AIS.0104"), ("front-unreadable", "AIS.0104"), ("front-small", "AIS.0104"),
            ("recognition-fails", "AIS.0105"), ("front-blurry", None), ("front-cut-deep", None),
        ],
    )  # fmt: skip
    def test_specimens(
        self, idmock: MockServer, account: Account, specimen: str, expected: str | None
    ) -> None:
        """A card must be there, be readable and take a quarter of the picture."""
        assert rule(idmock, account, {"image": encoded(idmock.specimen(specimen))}) == expected

    @pytest.mark.parametrize(("specimen", "side"), [("front", "back"), ("back", "front")])
    def test_other_side_than_asked_for(
        self, idmock: MockServer, account: Account, specimen: str, side: str
    ) -> None:
        """Refused by default."""
        body = {"image": encoded(idmock.specimen(specimen)), "side": side}
        assert rule(idmock, account, body) == "AIS.0104"

    @pytest.mark.parametrize("specimen", ["two-fronts", "two-backs"])
    def test_two_cards_of_one_side(self, idmock: MockServer, account: Account, specimen: str) -> None:
        """An error for double_side; else one of them is read."""
        image = encoded(idmock.specimen(specimen))
        assert rule(idmock, account, {"image": image, "side": "double_side"}) == "AIS.0122"
        assert rule(idmock, account, {"image": image}) is None

    def test_slow_recognition(self, start_mock: StartMock) -> None:
        """The gateway gives up after the time that the contract names."""
        waits: list[float] = []
        mock = start_mock(sleep=waits.append)
        reply = send(mock, mint(mock), {"image": encoded(mock.specimen("recognition-slow"))})
        assert (reply.status, reply.rule) == (504, "APIG.0201#timeout")
        assert waits == [CONTRACT.behaviour("slow_recognition_seconds")]


class TestSizes:
    def test_ten_megabytes_of_base64(self, idmock: MockServer, account: Account) -> None:
        """The picture counts, not what is around it."""
        data = idmock.specimen("front")
        at_limit = encoded(data.ljust(10 * MEBIBYTE // 4 * 3, b"\0"))
        assert len(at_limit) == 10 * MEBIBYTE
        assert rule(idmock, account, {"image": at_limit}) is None
        assert rule(idmock, account, {"image": at_limit + "AAAA"}) == "ModelArts.4104"

    def test_twelve_megabytes_of_body(self, idmock: MockServer, account: Account) -> None:
        """Beyond, the gateway refuses before it asks who calls."""
        body = b'{"image": "'.ljust(12 * MEBIBYTE - 2, b"A") + b'"}'
        assert rule(idmock, account, body=body) == "ModelArts.4104"
        unsigned = Raw("POST", raw.path_of(account), {}, body + b" ")
        assert unsigned.send(idmock).rule == "APIG.0201#entity-too-large"

    def test_forty_megabytes(self, idmock: MockServer, account: Account) -> None:
        """Counted and thrown away."""
        request = Raw("POST", raw.path_of(account), {}, b"x" * 40 * MEBIBYTE)
        assert request.send(idmock).rule == "APIG.0201#entity-too-large"

    def test_uri_and_headers(self, idmock: MockServer, account: Account) -> None:
        """32 KB for each, 128 KB for all headers together."""
        path = raw.path_of(account)
        for target, expected in (
            (path + "?" + "a" * (32_768 - len(path) - 1), "APIG.0301#no-token"),
            (path + "?" + "a" * (32_768 - len(path)), "APIG.0201#uri-too-large"),
        ):
            assert Raw("POST", target).send(idmock).rule == expected
        for length, expected in ((32_763, "APIG.0301#no-token"), (32_764, "APIG.0201#headers-too-large")):
            assert Raw("POST", path, {"X-Pad": "a" * length}).send(idmock).rule == expected
        many = {f"X-Pad-{i}": "a" * 30_000 for i in range(5)}
        assert Raw("POST", path, many).send(idmock).rule == "APIG.0201#headers-too-large"


class TestUrls:
    def test_own_specimen(self, sdk: Sdk, idmock: MockServer) -> None:
        """The mock's own pictures need no leave."""
        answer = sdk.call(url=f"{idmock.url}/_idmock/specimens/back.png", side="back")
        assert answer.result.issue

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("ftp://host/front.jpg", "ModelArts.4601"),
            ("front.jpg", "ModelArts.4601"),
            ("http://", "ModelArts.4601"),
            ("http://[", "ModelArts.4601"),
            ("http://host/正面.jpg", "ModelArts.4601"),
            ("http://host/%E6%AD%A3.jpg", "ModelArts.4603"),
            ("http://127.0.0.1/_idmock/specimens/missing.jpg", "ModelArts.4603"),
            ("https://bucket.obs.cn-north-4.myhuaweicloud.com", "ModelArts.4703"),
            ("https://bucket.obs.cn-north-4.myhuaweicloud.com/x.jpg", "ModelArts.4704"),
            ("https://obs.cn-north-4.myhuaweicloud.com/bucket/x.jpg", "ModelArts.4704"),
        ],
    )
    def test_refusals(self, idmock: MockServer, account: Account, url: str, expected: str) -> None:
        """A form that is wrong, an address that cannot be had, and the object store with codes of its own."""
        assert rule(idmock, account, {"url": url}) == expected


class TestPrecedence:
    """Each request breaks two rules; the one that is looked at first answers."""

    def test_route_before_everything(self, idmock: MockServer, account: Account) -> None:
        """No such path, no credentials, a body that is too long."""
        assert Raw("POST", "/v2/ocr/id-card", {}, b"x" * 13 * MEBIBYTE).send(idmock).rule == "APIG.0101"
        assert Raw("DELETE", raw.path_of(account)).send(idmock).rule == "APIG.0101#method"

    def test_key_before_time_before_signature(self, idmock: MockServer, account: Account) -> None:
        """An unknown key of yesterday, a wrong signature of yesterday."""
        yesterday = {"moment": idmock.clock.now() - 86_400, "secret": "wrong"}
        unknown = Account("huawei", "unknown", "active", {**account.credentials, "ak": "NOBODYS"})
        assert rule(idmock, unknown, {}, **yesterday) == "APIG.0301#ak-not-exist"
        assert rule(idmock, account, {}, **yesterday) == "APIG.0301#signature-expired"

    def test_state_of_the_key_before_the_signature(self, idmock: MockServer) -> None:
        """A disabled key is not looked up any further."""
        assert rule(idmock, mint(idmock, state="disabled"), {}, secret="wrong") == "APIG.0301#ak-not-exist"

    def test_authentication_before_throttling(self, frozen_mock: MockServer) -> None:
        """A wrong signature does not count."""
        account = mint(frozen_mock, requests_per_second=1)
        now = {"moment": frozen_mock.clock.now()}
        for _ in range(3):
            assert rule(frozen_mock, account, {}, secret="wrong", **now) == "APIG.0301#signature"
        assert rule(frozen_mock, account, {}, **now) == "AIS.0101"
        assert rule(frozen_mock, account, {}, **now) == "APIG.0308"

    def test_throttling_before_content_type_before_subscription(self, frozen_mock: MockServer) -> None:
        """The gateway has all its say before the platform."""
        account = mint(frozen_mock, state="not-activated", requests_per_second=2)
        text = {"moment": frozen_mock.clock.now(), "headers": {"Content-Type": "text/plain"}}
        assert rule(frozen_mock, account, {}, **text) == "APIG.0106"
        assert rule(frozen_mock, account, {}, moment=text["moment"]) == "ModelArts.4204"
        assert rule(frozen_mock, account, {}, **text) == "APIG.0308"

    def test_subscription_before_body(self, idmock: MockServer) -> None:
        """What the body holds does not matter."""
        account = mint(idmock, state="not-activated")
        assert rule(idmock, account, body=b"{") == "ModelArts.4204"
        assert rule(idmock, mint(idmock, state="in-arrears"), body=b"{") == "ModelArts.4106"

    def test_project_before_subscription(self, idmock: MockServer) -> None:
        """The token's scope and the path come first."""
        account = mint(idmock, state="not-activated")
        target = f"/v2/{'e' * 32}/ocr/id-card"
        assert rule(idmock, account, {}, target=target) == "ModelArts.4203"

    def test_parameters_before_the_download(self, idmock: MockServer, account: Account) -> None:
        """Nothing is fetched for a call that is refused anyway."""
        assert rule(idmock, account, {"url": "ftp://x", "side": "both"}) == "AIS.0101"

    def test_length_before_types(self, idmock: MockServer, account: Account) -> None:
        """The platform counts before the service looks."""
        body = {"image": "A" * (10 * MEBIBYTE + 4), "side": "both"}
        assert rule(idmock, account, body) == "ModelArts.4104"

    def test_format_before_sides_before_content(self, idmock: MockServer, account: Account) -> None:
        """A GIF that is too small, a PNG that is too small and shows no card."""
        assert rule(idmock, account, {"image": picture("GIF", (5, 5))}) == "AIS.0102"
        assert rule(idmock, account, {"image": picture("PNG", (5, 5))}) == "AIS.0103"


class TestErrorShapes:
    def test_gateway(self, idmock: MockServer, account: Account) -> None:
        """Three members in their order and a line feed; the id also in a header; no body of a picture anywhere."""
        reply = send(idmock, account, {}, secret="wrong")
        request_id = reply.headers["x-request-id"]
        assert (
            reply.body
            == (
                '{"error_msg":"Incorrect IAM authentication information: verify aksk signature fail",'
                f'"error_code":"APIG.0301","request_id":"{request_id}"}}\n'
            ).encode()
        )
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["server"] == "api-gateway"

    def test_service(self, idmock: MockServer, account: Account) -> None:
        """Two members in the order of the page's example; the id in a header only."""
        reply = send(idmock, account, {"image": picture("PNG", (5, 5))})
        assert reply.body == (
            b'{"error_code":"AIS.0103","error_msg":"The image size does not meet the requirements."}'
        )
        assert len(reply.headers["x-request-id"]) == 32

    @pytest.mark.parametrize(
        ("change", "kind", "status", "code", "message"),
        [
            ({"sk": "wrong"}, "ClientRequestException", 401, "APIG.0301", "verify aksk signature fail"),
            (
                {"state": "not-activated"},
                "ClientRequestException",
                403,
                "ModelArts.4204",
                "RecognizeIdCard is not",
            ),
            ({"state": "answers-APIG.0613"}, "ServerResponseException", 503, "APIG.0613", "IAM service"),
            ({"side": "both"}, "ClientRequestException", 400, "AIS.0101", "input parameter"),
            ({"specimen": "no-card"}, "ClientRequestException", 400, "AIS.0104", "image quality is poor"),
        ],
    )
    def test_sdk_exceptions(
        self,
        idmock: MockServer,
        client: Client,
        change: dict[str, str],
        kind: str,
        status: int,
        code: str,
        message: str,
    ) -> None:
        """One of each family as the SDK's own exception, with its status, code, message and request id."""
        account = mint(idmock, state=change.get("state", "active"))
        sdk = client(idmock, account, sk=change.get("sk"))
        image = encoded(idmock.specimen(change.get("specimen", "front")))
        error = sdk.refusal(image=image, side=change.get("side", "front"))
        assert (type(error).__name__, error.status_code, error.error_code) == (kind, status, code)
        assert message in error.error_msg
        assert error.request_id == sdk.reply.headers["X-Request-Id"]

    def test_sdk_throttled(self, idmock: MockServer, client: Client, front: str) -> None:
        """The fifth family: limits."""
        sdk = client(idmock, mint(idmock, requests_per_second=1))
        idmock.clock.freeze()
        try:
            sdk.call(image=front)
            error = sdk.refusal(image=front)
        finally:
            idmock.clock.reset()
        assert (error.status_code, error.error_code) == (429, "APIG.0308")


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
