"""Pictures by URL: the mock's own specimens from disk, allowed hosts over the network, nothing else.

A server that fetches whatever URL it is sent can be made to read its owner's network, so the list of allowed hosts
is empty unless ``--fetch-allow`` fills it, each redirect is checked like the first address, and size and time are
bounded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from mockserver.errors import MockError

SPECIMEN_PATH = "/_idmock/specimens/"
_REDIRECTS = 3
_CHUNK = 64 * 1024
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class FetchError(MockError):
    """The picture could not be had; the text is a hint for the developer."""


class FetchTooLarge(FetchError):
    """The file is longer than the vendor takes."""


class FetchTimeout(FetchError):
    """The server of the picture took longer than the vendor waits."""


class Fetcher:
    """Fetches pictures for a vendor that was given a URL."""

    def __init__(
        self,
        allowed_hosts: Collection[str],
        specimen: Callable[[str], bytes | None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``allowed_hosts`` are ``host`` or ``host:port``, with ``*`` as wildcard; ``specimen`` maps a file name
        such as ``front.jpg`` to its bytes, or None."""
        self._allowed = tuple(h.lower() for h in allowed_hosts)
        self._specimen = specimen
        self._monotonic = monotonic

    def fetch(
        self,
        url: str,
        *,
        own_host: str,
        max_bytes: int,
        timeout_seconds: float,
        content_types: Collection[str] = (),
    ) -> bytes:
        """The bytes behind ``url``.

        ``own_host`` is the address under which the client reached this server: its specimens are read from disk.
        ``content_types`` are the media types that a download may have, with ``*`` as wildcard; empty for any or none.
        Raises FetchTooLarge past ``max_bytes``, FetchTimeout past ``timeout_seconds`` and FetchError for every other
        failure.
        """
        name = self._own_specimen(url, own_host)
        if name is not None:
            data = self._specimen(name)
            if data is None:
                raise FetchError(f"there is no specimen {name!r}; GET {SPECIMEN_PATH} lists them")
            if len(data) > max_bytes:
                raise FetchTooLarge(f"specimen {name!r} is longer than {max_bytes} bytes")
            return data
        return self._download(url, max_bytes, self._monotonic() + timeout_seconds, content_types)

    @staticmethod
    def _own_specimen(url: str, own_host: str) -> str | None:
        try:
            parts = urlsplit(url)
            host, own_name = parts.hostname or "", urlsplit(f"//{own_host}").hostname
        except ValueError:
            return None
        if parts.scheme not in ("http", "https") or not parts.path.startswith(SPECIMEN_PATH):
            return None
        if host != own_name and host not in _LOOPBACK:
            return None
        return unquote(parts.path[len(SPECIMEN_PATH) :])

    def _check_allowed(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            raise FetchError("the URL cannot be parsed") from None
        if parts.scheme not in ("http", "https") or not host:
            raise FetchError("only http and https URLs are fetched")
        names = (host, f"{host}:{port or (443 if parts.scheme == 'https' else 80)}")
        if not any(fnmatchcase(name, pattern) for name in names for pattern in self._allowed):
            raise FetchError(f"host {host} is not in --fetch-allow; the mock's own specimens always work")

    def _download(self, url: str, max_bytes: int, deadline: float, content_types: Collection[str]) -> bytes:
        self._check_allowed(url)  # before the import: the common refusal stays cheap
        import requests
        from urllib3.exceptions import HTTPError, TimeoutError

        with requests.Session() as session:
            session.trust_env = False
            for _ in range(_REDIRECTS + 1):
                self._check_allowed(url)
                try:
                    with session.get(
                        url, stream=True, allow_redirects=False, timeout=self._left(deadline)
                    ) as response:
                        if response.is_redirect:
                            url = urljoin(url, response.headers["Location"])
                            continue
                        if response.status_code != 200:
                            raise FetchError(f"the server of the picture answered {response.status_code}")
                        _check_type(response.headers.get("Content-Type", ""), content_types)
                        return self._read(_chunks(response.raw), max_bytes, deadline)
                except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                    # requests reports a body that stalls as a lost connection
                    late = isinstance(error, requests.Timeout | TimeoutError) or self._monotonic() >= deadline
                    kind = FetchTimeout if late else FetchError
                    raise kind(f"download failed: {type(error).__name__}") from error
        raise FetchError(f"more than {_REDIRECTS} redirects")

    def _left(self, deadline: float) -> float:
        left = deadline - self._monotonic()
        if left <= 0:
            raise FetchTimeout("the download took too long")
        return left

    def _read(self, chunks: Iterator[bytes], max_bytes: int, deadline: float) -> bytes:
        data = bytearray()
        for chunk in chunks:
            data += chunk
            if len(data) > max_bytes:
                raise FetchTooLarge(f"the file is longer than {max_bytes} bytes")
            self._left(deadline)
        return bytes(data)


def _check_type(sent: str, allowed: Collection[str]) -> None:
    media_type = sent.partition(";")[0].strip().lower()
    if allowed and not any(fnmatchcase(media_type, pattern) for pattern in allowed):
        raise FetchError(f"the server of the picture sent Content-Type {sent!r}, not {' or '.join(allowed)}")


def _chunks(raw: Any) -> Iterator[bytes]:
    """The body as it arrives. A read of a fixed length would wait for a server that sends a byte now and then, and
    each byte would begin the timeout anew."""
    while chunk := raw.read1(_CHUNK, decode_content=True):
        yield chunk
