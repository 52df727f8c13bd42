"""The fetcher: own specimens from disk, listed hosts over the network, bounded in size, time and redirects."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import pytest

from mockserver.fetch import Fetcher, FetchError, FetchTimeout, FetchTooLarge
from tests.picture_server import PictureServer, picture_server

DATA = bytes(range(256)) * 40
OWN = "127.0.0.1:4590"


@pytest.fixture
def pictures() -> Iterator[PictureServer]:
    """A server of pictures."""
    with picture_server(DATA) as server:
        yield server


def specimen(name: str) -> bytes | None:
    return b"specimen" if name == "front.jpg" else None


def fetch(
    url: str, *allowed: str, own_host: str = OWN, max_bytes: int = 100_000, seconds: float = 3
) -> bytes:
    """What a fetcher for these hosts brings."""
    return Fetcher(allowed, specimen).fetch(
        url, own_host=own_host, max_bytes=max_bytes, timeout_seconds=seconds
    )


class TestOwnSpecimens:
    """Read from disk, whatever the list of hosts."""

    @pytest.mark.parametrize(
        "host", ["127.0.0.1:4590", "127.0.0.1", "localhost:1", "[::1]:4590", "mock.test"]
    )
    def test_by_any_of_its_names(self, host: str) -> None:
        """Loopback, or the name under which the client reached the server; the port does not matter."""
        own = "mock.test:80" if host == "mock.test" else OWN
        assert fetch(f"http://{host}/_idmock/specimens/front.jpg", own_host=own) == b"specimen"

    def test_unknown_one(self) -> None:
        """The hint says where the list is."""
        with pytest.raises(
            FetchError, match=r"no specimen 'nobody\.jpg'; GET /_idmock/specimens/ lists them"
        ):
            fetch("http://localhost/_idmock/specimens/nobody.jpg")

    def test_too_long(self) -> None:
        """The vendor's limit holds for them too."""
        with pytest.raises(FetchTooLarge):
            fetch("http://localhost/_idmock/specimens/front.jpg", max_bytes=7)

    def test_of_another_server(self) -> None:
        """The same path elsewhere is an address like any other."""
        with pytest.raises(FetchError, match=r"host example\.org is not in --fetch-allow"):
            fetch("http://example.org/_idmock/specimens/front.jpg")

    def test_not_the_rest_of_the_mock(self) -> None:
        """Only specimens: its other routes are not read through it."""
        with pytest.raises(FetchError, match="not in --fetch-allow"):
            fetch(f"http://{OWN}/_idmock/accounts")


class TestAllowedHosts:
    """The list is by host or host and port, with wildcards."""

    @pytest.mark.parametrize("pattern", ["127.0.0.1", "127.*", "*", "{authority}", "127.0.0.1:*"])
    def test_allowed(self, pictures: PictureServer, pattern: str) -> None:
        """Each way to write it."""
        allowed = pattern.format(authority=pictures.authority)
        assert fetch(pictures.url(), allowed) == DATA

    @pytest.mark.parametrize(
        "pattern", ["127.0.0.1:1", "localhost", "127.0.0.2", "27.0.0.1", "", "http://127.0.0.1"]
    )
    def test_not_allowed(self, pictures: PictureServer, pattern: str) -> None:
        """Nothing is asked for."""
        with pytest.raises(FetchError, match=r"host 127\.0\.0\.1 is not in --fetch-allow"):
            fetch(pictures.url(), pattern)
        assert pictures.asked == []

    @pytest.mark.parametrize(
        "url",
        [
            "ftp://127.0.0.1/a.jpg", "file:///etc/hostname", "//127.0.0.1/a.jpg", "a.jpg", "", "http://", "gopher://x",
            "http://[::1", "http://127.0.0.1:port/", "http://127.0.0.1:99999/", "http:///a.jpg", "data:image/png,x",
        ],
    )  # fmt: skip
    def test_no_address(self, url: str) -> None:
        """Other schemes, no host, no port: refused however wide the list is."""
        with pytest.raises(FetchError, match=r"only http and https|cannot be parsed"):
            fetch(url, "*")

    @pytest.mark.parametrize("url", ["http://127.0.0.1@example.org/", "http://example.org#@127.0.0.1/"])
    def test_disguised_host(self, url: str) -> None:
        """What stands before an at sign or behind a hash is not the host."""
        with pytest.raises(FetchError, match=r"host example\.org is not"):
            fetch(url, "127.0.0.1")

    def test_proxies_of_the_environment_are_not_used(
        self, pictures: PictureServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A picture is fetched from where its address says."""
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        assert fetch(pictures.url(), "127.0.0.1") == DATA


class TestRedirects:
    """Followed a few times, and only to hosts on the list."""

    def test_followed(self, pictures: PictureServer) -> None:
        """Three times, relative ones too."""
        assert fetch(pictures.url("to/to/to/picture"), "127.0.0.1") == DATA

    def test_too_many(self, pictures: PictureServer) -> None:
        """The fourth is one too many."""
        with pytest.raises(FetchError, match="more than 3 redirects"):
            fetch(pictures.url("to/to/to/to/picture"), "127.0.0.1")

    def test_off_the_list(self, pictures: PictureServer) -> None:
        """Another host of this machine is not asked."""
        port = pictures.server_address[1]
        with pytest.raises(FetchError, match="host localhost is not in --fetch-allow"):
            fetch(pictures.url(f"to/http://localhost:{port}/picture"), "127.0.0.1")
        assert len(pictures.asked) == 1

    def test_to_another_scheme(self, pictures: PictureServer) -> None:
        """Not to files."""
        with pytest.raises(FetchError, match="only http and https"):
            fetch(pictures.url("to/file:///etc/hostname"), "*")


class TestBounds:
    """Size and time end every download."""

    def test_exact_size(self, pictures: PictureServer) -> None:
        """The limit itself is in."""
        assert fetch(pictures.url(), "*", max_bytes=len(DATA)) == DATA
        with pytest.raises(FetchTooLarge):
            fetch(pictures.url(), "*", max_bytes=len(DATA) - 1)

    def test_endless(self, pictures: PictureServer) -> None:
        """Given up at the limit, not at the end."""
        with pytest.raises(FetchTooLarge):
            fetch(pictures.url("endless"), "*")

    @pytest.mark.parametrize("path", ["silent", "trickle"])
    def test_slow(self, pictures: PictureServer, path: str) -> None:
        """No answer, or a byte now and then: the time is up when it is up."""
        started = time.monotonic()
        with pytest.raises(FetchTimeout):
            fetch(pictures.url(path), "*", seconds=0.3)
        assert time.monotonic() - started < 2

    @pytest.mark.parametrize(
        "path", ["status/404", "status/500", "status/206", "status/204", "short", "garbage"]
    )
    def test_failures(self, pictures: PictureServer, path: str) -> None:
        """Anything but a whole 200."""
        with pytest.raises(FetchError):
            fetch(pictures.url(path), "*")

    def test_nobody_there(self, pictures: PictureServer) -> None:
        """A port on which nobody listens any more."""
        url = pictures.url()
        pictures.server_close()
        with pytest.raises(FetchError, match="download failed"):
            fetch(url, "*")


class TestContentType:
    """Asked for by vendors that look at it."""

    @pytest.mark.parametrize(
        ("path", "brought"),
        [
            ("as/image/png", True),
            ("as/Image/PNG;%20q=1", True),
            ("as/text/html", False),
            ("as/", False),
            ("picture", False),
        ],
    )
    def test_of_the_right_kind(self, pictures: PictureServer, path: str, brought: bool) -> None:
        """Parameters and the case of letters do not matter; none at all is none of them."""
        fetcher = Fetcher((pictures.authority,), specimen)
        ask = partial(fetcher.fetch, pictures.url(path), own_host=OWN, max_bytes=100_000, timeout_seconds=3)
        assert ask() == DATA
        if brought:
            assert ask(content_types=("image/*",)) == DATA
        else:
            with pytest.raises(FetchError, match=r"sent Content-Type '.*', not image/\*"):
                ask(content_types=("image/*",))
