"""ImageUrl through the SDK: own specimens, allowed hosts, and everything that is refused."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.conftest import StartMock
from tests.picture_server import PictureServer, picture_server
from tests.tencent.conftest import Client, mint
from tests.tencent.sdk import Sdk, picture

DOWNLOAD = "FailedOperation.DownLoadError"


@pytest.fixture
def pictures(idmock: MockServer) -> Iterator[PictureServer]:
    """A host of pictures that is not the mock."""
    with picture_server(idmock.specimen("front")) as server:
        yield server


@pytest.fixture
def allowing_mock(start_mock: StartMock, pictures: PictureServer) -> MockServer:
    """A mock that may fetch from that host."""
    return start_mock(Settings(fetch_allow=(pictures.authority,)))


@pytest.fixture
def allowing(allowing_mock: MockServer, client: Client) -> Sdk:
    """The SDK at it."""
    return client(allowing_mock, mint(allowing_mock))


class TestOwnSpecimens:
    """Always there, from disk."""

    @pytest.mark.parametrize("extension", ["jpg", "png", "bmp"])
    def test_formats(self, idmock: MockServer, sdk: Sdk, extension: str) -> None:
        """Each specimen in each format that it is offered in."""
        answer = sdk.call({"ImageUrl": f"{idmock.url}/_idmock/specimens/front.{extension}"})
        assert answer["Name"] == "饶光鸣"

    def test_listed_addresses_work(self, idmock: MockServer, sdk: Sdk) -> None:
        """The list of specimens gives the address."""
        import requests

        rows = requests.get(f"{idmock.url}/_idmock/specimens", timeout=5).json()["specimens"]
        url = next(row["url"] for row in rows if row["name"] == "back")
        assert sdk.call({"ImageUrl": url})["Authority"] == "济南市公安局钢城分局"

    def test_url_wins(self, idmock: MockServer, sdk: Sdk) -> None:
        """When both are given the address counts, even with rubbish beside it."""
        url = f"{idmock.url}/_idmock/specimens/back.jpg"
        assert sdk.call({**picture(idmock, "front"), "ImageUrl": url})["Name"] == ""
        assert sdk.call({"ImageBase64": "!", "ImageUrl": url})["Authority"]

    def test_url_wins_when_it_fails(self, idmock: MockServer, sdk: Sdk) -> None:
        """The picture beside it is no second chance."""
        error = sdk.refusal({**picture(idmock, "front"), "ImageUrl": "https://xx/a.jpg"})
        assert error.get_code() == DOWNLOAD

    def test_empty_url_is_none(self, idmock: MockServer, sdk: Sdk) -> None:
        """Then the picture counts."""
        assert sdk.call({**picture(idmock, "front"), "ImageUrl": ""})["Name"] == "饶光鸣"

    def test_empty_url_alone(self, sdk: Sdk) -> None:
        """Neither is given, and the message says that one of the two must not be empty."""
        assert sdk.refusal({"ImageUrl": ""}).get_message() == "ImageUrl和ImageBase64必须有一个不为空"

    def test_unknown_specimen(self, idmock: MockServer, sdk: Sdk) -> None:
        """A download error, with a hint where the list is."""
        error = sdk.refusal({"ImageUrl": f"{idmock.url}/_idmock/specimens/nobody.jpg"})
        assert error.get_code() == DOWNLOAD
        assert "GET /_idmock/specimens/ lists them" in sdk.reply.headers["X-IDMock-Hint"]


class TestOtherHosts:
    """Only those on the list."""

    def test_not_allowed(self, sdk: Sdk, pictures: PictureServer) -> None:
        """By default nothing is; the hint names the switch, and nobody is asked."""
        assert sdk.refusal({"ImageUrl": pictures.url()}).get_code() == DOWNLOAD
        assert "--fetch-allow" in sdk.reply.headers["X-IDMock-Hint"]
        assert pictures.asked == []

    def test_allowed(self, allowing: Sdk, pictures: PictureServer) -> None:
        """Fetched and read."""
        assert allowing.call({"ImageUrl": pictures.url()})["Name"] == "饶光鸣"
        assert pictures.asked == ["/picture"]

    def test_redirect_on_the_list(self, allowing: Sdk, pictures: PictureServer) -> None:
        """Followed."""
        assert allowing.call({"ImageUrl": pictures.url("to/picture")})["Name"] == "饶光鸣"

    def test_redirect_off_the_list(self, allowing: Sdk, pictures: PictureServer) -> None:
        """Not followed."""
        port = pictures.server_address[1]
        url = pictures.url(f"to/http://localhost:{port}/picture")
        assert allowing.refusal({"ImageUrl": url}).get_code() == DOWNLOAD
        assert len(pictures.asked) == 1

    def test_too_large(self, allowing: Sdk, pictures: PictureServer) -> None:
        """The limit is that of the encoded picture: 7M of Base64 are 5.25 MiB of bytes."""
        limit = 7 * 1024 * 1024 // 4 * 3
        pictures.data = pictures.data.ljust(limit, b"\0")
        assert allowing.call({"ImageUrl": pictures.url()})["Name"] == "饶光鸣"
        assert len(base64.b64encode(pictures.data)) == 7 * 1024 * 1024
        pictures.data += b"\0"
        error = allowing.refusal({"ImageUrl": pictures.url()})
        assert error.get_code() == "LimitExceeded.TooLargeFileError"

    def test_endless(self, allowing: Sdk, pictures: PictureServer) -> None:
        """A body without an end is given up at the limit."""
        error = allowing.refusal({"ImageUrl": pictures.url("endless")})
        assert error.get_code() == "LimitExceeded.TooLargeFileError"

    @pytest.mark.parametrize("path", ["status/404", "status/500", "short", "garbage"])
    def test_failures(self, allowing: Sdk, pictures: PictureServer, path: str) -> None:
        """Whatever is wrong over there is a download error."""
        assert allowing.refusal({"ImageUrl": pictures.url(path)}).get_code() == DOWNLOAD

    def test_too_slow(
        self,
        allowing_mock: MockServer,
        allowing: Sdk,
        pictures: PictureServer,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Three seconds, by a clock that the test moves on: the picture that trickles in is given up."""
        fetcher = allowing_mock.world.fetcher
        moments = iter(range(1000))
        monkeypatch.setattr(fetcher, "_monotonic", lambda: float(next(moments)))
        assert allowing.refusal({"ImageUrl": pictures.url("trickle")}).get_code() == DOWNLOAD
        assert next(moments) < 10

    def test_empty(self, allowing: Sdk, pictures: PictureServer) -> None:
        """A download of no bytes is an empty picture."""
        pictures.data = b""
        error = allowing.refusal({"ImageUrl": pictures.url()})
        assert error.get_code() == "FailedOperation.EmptyImageError"

    def test_not_a_picture(self, allowing: Sdk, pictures: PictureServer) -> None:
        """A page in place of a picture cannot be decoded."""
        pictures.data = b"<!doctype html><title>Sign in</title>"
        error = allowing.refusal({"ImageUrl": pictures.url()})
        assert error.get_code() == "FailedOperation.ImageDecodeFailed"

    @pytest.mark.parametrize(
        "url",
        [
            "x",
            "ftp://x/a.jpg",
            "file:///etc/hostname",
            "http://[::1",
            "//x",
            " ",
            "\u0000",
            "http://例子.测试/a.jpg",
        ],
    )
    def test_no_address(self, sdk: Sdk, url: str) -> None:
        """What is no address cannot be downloaded."""
        assert sdk.refusal({"ImageUrl": url}).get_code() == DOWNLOAD
