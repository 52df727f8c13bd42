"""Pictures: formats, sizes, what is on them, and where they are fetched from."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from mockserver.accounts import Account
from mockserver.contract import load_contract
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.conftest import StartMock
from tests.huawei import raw
from tests.huawei.conftest import mint
from tests.huawei.pictures import MEBIBYTE, picture
from tests.huawei.raw import Raw, rule, send
from tests.huawei.sdk import Sdk
from tests.picture_server import picture_server
from tests.triggers import encoded

CONTRACT = load_contract("huawei")


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
            (" http://host/front.jpg", "ModelArts.4601"),
            ("http://host/front side.jpg", "ModelArts.4601"),
            ("http://host/front.jpg\n", "ModelArts.4601"),
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

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("as/image/jpeg", None),
            ("as/IMAGE/GIF", None),
            ("as/application/octet-stream", "ModelArts.4603"),
            ("as/text/html", "ModelArts.4603"),
            ("picture", "ModelArts.4603"),
        ],
    )
    def test_what_a_download_is_sent_as(
        self, start_mock: StartMock, front: str, path: str, expected: str | None
    ) -> None:
        """A picture's type, whichever; in the edition lenient anything, or nothing."""
        with picture_server(base64.b64decode(front)) as pictures:
            for edition, wanted in (((), expected), (("lenient",), None)):
                settings = Settings(fetch_allow=(pictures.authority,), editions={"huawei": edition})
                mock = start_mock(settings)
                assert rule(mock, mint(mock), {"url": pictures.url(path)}) == wanted


def test_line_breaks_in_base64(start_mock: StartMock, idmock: MockServer, front: str) -> None:
    """As encoders for mail put them there: refused, in the edition lenient left out."""
    broken = "\r\n".join(front[start : start + 76] for start in range(0, len(front), 76)) + "\n"
    lenient = start_mock(Settings(editions={"huawei": ("lenient",)}))
    for mock, expected in ((idmock, "AIS.0102"), (lenient, None)):
        assert rule(mock, mint(mock), {"image": broken}) == expected
