"""The proxy on its own socket: what it lets through, what it refuses, what it survives."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from mockserver.proxy.head import BadHead, parse
from mockserver.testing import MockServer
from tests.tls.conftest import Running, running_proxy


def _connect(proxy: Running) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=10)


def _told(proxy: Running, data: bytes) -> bytes:
    """Everything that comes back for some bytes."""
    with _connect(proxy) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@contextmanager
def _tunnel(proxy: Running, host: str) -> Iterator[ssl.SSLSocket]:
    with _connect(proxy) as raw:
        raw.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
        assert raw.recv(1000).startswith(b"HTTP/1.1 200 ")
        context = ssl.create_default_context(cafile=str(proxy.folder / "idmock-ca.pem"))
        with context.wrap_socket(raw, server_hostname=host) as wrapped:
            yield wrapped


@pytest.mark.parametrize(
    "host",
    ["ocr.tencentcloudapi.com", "OCR.TencentCloudAPI.com", "ocr-api.cn-hangzhou.aliyuncs.com",
     "iam.cn-north-4.myhuaweicloud.com", "idc.market.alicloudapi.com"],
)  # fmt: skip
def test_each_host_is_shown_its_own_certificate(proxy: Running, host: str) -> None:
    """Whatever depth of subdomain, checked by name."""
    with _tunnel(proxy, host) as wrapped:
        names = [value for _, value in wrapped.getpeercert()["subjectAltName"]]  # type: ignore[index]
    assert names == [host.lower()]


def test_a_tunnel_carries_large_bodies(proxy: Running) -> None:
    """Many times what is kept in memory."""
    body = b"x" * 3_000_000
    with _tunnel(proxy, "ocr.tencentcloudapi.com") as wrapped:
        wrapped.sendall(
            f"POST / HTTP/1.1\r\nHost: x\r\nX-TC-Action: IDCardOCR\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        )
        wrapped.sendall(body)
        assert wrapped.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_other_hosts_are_refused_in_a_sentence(proxy: Running) -> None:
    """By tunnel or not; nothing is looked up."""
    for request in (b"CONNECT other.test:443 HTTP/1.1\r\n\r\n", b"GET http://other.test/ HTTP/1.1\r\n\r\n"):
        answer = _told(proxy, request)
        assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")
        assert b"other.test is no host of a vendor that is served; --others pass" in answer


def test_a_certificate_is_shown_for_no_other_name(proxy: Running) -> None:
    """A tunnel to a vendor in which another host is asked for ends before anything is said, whatever the client would
    have believed."""
    with _connect(proxy) as raw:
        raw.sendall(b"CONNECT api.megvii.com:443 HTTP/1.1\r\n\r\n")
        raw.recv(1000)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(raw, server_hostname="other.test")


def test_plain_requests_go_to_the_mock(proxy: Running) -> None:
    """``http://`` addresses arrive with the vendor's Host and without the proxy's headers."""
    answer = requests.post(
        "http://idc.market.alicloudapi.com/idcard/ocr", json={}, proxies={"http": proxy.url}, timeout=10
    )
    assert answer.headers["X-Ca-Error-Code"] == "A400MA"


def test_a_tunnel_without_tls_in_it_reaches_the_mock(proxy: Running) -> None:
    """Some clients open a tunnel for plain requests too."""
    told = _told(proxy, b"CONNECT api.megvii.com:80 HTTP/1.1\r\n\r\n")
    assert told == b"HTTP/1.1 200 Connection established\r\n\r\n"
    with _connect(proxy) as raw:
        raw.sendall(b"CONNECT api.megvii.com:80 HTTP/1.1\r\n\r\n")
        assert raw.recv(1000).startswith(b"HTTP/1.1 200 ")
        raw.sendall(
            b"POST /faceid/v3/ocridcard HTTP/1.1\r\nHost: api.megvii.com\r\n"
            b"Content-Length: 0\r\nConnection: close\r\n\r\n"
        )
        assert b"MISSING_ARGUMENTS" in b"".join(iter(lambda: raw.recv(65536), b""))


@pytest.mark.parametrize(
    ("sent", "word"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"set it as HTTPS_PROXY"),
        (b"hello\r\n\r\n", b"this is a proxy for HTTP/1.1"),
        (b"\x16\x03\x01\x00\x10\r\n\r\n", b"this is a proxy for HTTP/1.1"),
        (b"CONNECT nonsense HTTP/1.1\r\n\r\n", b"CONNECT wants host:port"),
        (b"CONNECT a:0 HTTP/1.1\r\n\r\n", b"CONNECT wants host:port"),
        (b"GET http://[::1/ HTTP/1.1\r\n\r\n", b"is no address"),
    ],
)
def test_what_is_no_request_is_told_so(proxy: Running, sent: bytes, word: bytes) -> None:
    """400, one sentence."""
    answer = _told(proxy, sent)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert word in answer


def test_endless_headers_are_refused(proxy: Running) -> None:
    """No more than 64 KB are kept."""
    answer = _told(proxy, b"GET http://api.megvii.com/ HTTP/1.1\r\nX: " + b"x" * 100_000)
    assert answer.startswith(b"HTTP/1.1 431 ") or answer == b""


def test_many_connections_at_once(proxy: Running) -> None:
    """Idle ones hold nobody up."""
    idle = [_connect(proxy) for _ in range(50)]
    try:
        test_plain_requests_go_to_the_mock(proxy)
    finally:
        for connection in idle:
            connection.close()


def test_a_mock_that_is_named_is_used(tmp_path: Path, idmock: MockServer) -> None:
    """``--mock URL``: one mock for all, with its own accounts and journal."""
    account = idmock.mint("megvii")
    with running_proxy(tmp_path, "--mock", idmock.url) as proxy:
        answer = requests.post(
            "https://api.megvii.com/faceid/v3/ocridcard",
            data=dict(account.credentials),
            files={"image": idmock.specimen("front")},
            proxies={"https": proxy.url},
            verify=str(tmp_path / "idmock-ca.pem"),
            timeout=10,
        )
    assert answer.status_code == 200
    assert len(idmock.journal(account=account)) == 1


def test_a_mock_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    """502 with its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gone = f"127.0.0.1:{free.getsockname()[1]}"
        with running_proxy(tmp_path, "--mock", f"http://{gone}") as proxy:
            answer = requests.post(
                "http://api.megvii.com/faceid/v3/x", proxies={"http": proxy.url}, timeout=10
            )
    assert (answer.status_code, gone in answer.text) == (502, True)


def test_others_can_be_passed_on(tmp_path: Path) -> None:
    """``--others pass``: what is no vendor's goes where it wanted to, by tunnel and without."""
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        running_proxy(tmp_path, "--others", "pass") as proxy,
    ):
        port = other.getsockname()[1]

        def answer_once() -> None:
            for _ in range(2):
                connection, _ = other.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(
                        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nother"
                    )

        thread = threading.Thread(target=answer_once)
        thread.start()
        plain = requests.get(f"http://localhost:{port}/", proxies={"http": proxy.url}, timeout=10)
        with _connect(proxy) as raw:
            raw.sendall(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode())
            assert raw.recv(1000).startswith(b"HTTP/1.1 200 ")
            raw.sendall(b"GET / HTTP/1.1\r\n\r\n")
            tunnelled = b"".join(iter(lambda: raw.recv(1000), b""))
        thread.join(timeout=10)
    assert plain.text == "other"
    assert tunnelled.endswith(b"other")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_head_or_none(data: bytes) -> None:
    """Nothing else is raised."""
    try:
        parse(data)
    except BadHead as error:
        assert str(error)


@given(
    host=st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z]{2,5}){1,3}", fullmatch=True),
    port=st.integers(1, 65535),
    path=st.from_regex(r"(/[A-Za-z0-9%._~-]{0,10}){0,3}(\?[A-Za-z0-9=&%]{0,10})?", fullmatch=True),
)
def test_an_absolute_address_becomes_a_path(host: str, port: int, path: str) -> None:
    """The server gets the path with its query as it stood."""
    head = parse(
        f"POST http://{host}:{port}{path} HTTP/1.1\r\nHost: {host}\r\nProxy-Connection: keep-alive".encode()
    )
    assert (head.host, head.port) == (host, port)
    wanted = path if path.startswith("/") else f"/{path}"
    assert (
        head.for_server() == f"POST {wanted} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    )
