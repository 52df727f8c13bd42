"""The proxy: accepts connections, decides where each goes, and says so when it refuses one."""

from __future__ import annotations

import asyncio
import logging
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mockserver.proxy.head import MOST_BYTES, BadHead, Head, parse
from mockserver.proxy.relay import close, relay
from mockserver.tls.authority import Authority
from mockserver.tls.names import fits

#: For a request's first lines, and for connections to others.
_PATIENCE_SECONDS = 15.0
#: Connections at a time; more wait until one ends.
_AT_MOST = 512
#: The first byte of a TLS handshake (RFC 8446 §5.1).
_TLS = b"\x16"
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"

log = logging.getLogger("idmock")

Streams = tuple[StreamReader, StreamWriter]


class Refused(Exception):
    """A request that the proxy does not carry out: a status line's end, and a sentence."""

    def __init__(self, status: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass
class Proxy:
    """A proxy in front of a mock at ``mock``, an address such as ``http://127.0.0.1:4590``."""

    mock: str
    authority: Authority
    #: Patterns of the hosts that are answered here.
    hosts: Sequence[str]
    #: Whether requests for other hosts are passed on to them, or refused.
    pass_others: bool = False
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_MOST), repr=False)
    #: Where tunnels to the vendors' hosts end: a listener that speaks TLS.
    _inside: tuple[str, int] = field(default=("", 0), repr=False)

    async def serve(self, host: str, port: int, ready: Callable[[int], None]) -> None:
        """Accept connections until cancelled; ``ready`` gets the port. Raises OSError when it cannot be bound."""
        server = await asyncio.start_server(self._on_connection, host, port, limit=MOST_BYTES)
        terminator = await asyncio.start_server(self._on_decrypted, "127.0.0.1", 0, ssl=self._context())
        self._inside = terminator.sockets[0].getsockname()[:2]
        async with server, terminator:
            ready(server.sockets[0].getsockname()[1])
            await server.serve_forever()

    def _context(self) -> ssl.SSLContext:
        """Shows each client a certificate for the host that it asks for."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
            if name is None or not fits(name, self.hosts):
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            connection.context = self.authority.context(name.lower())
            return None

        context.sni_callback = choose
        return context

    async def _on_connection(self, reader: StreamReader, writer: StreamWriter) -> None:
        async with self._places:
            try:
                await self._carry_out(await _read_head(reader), reader, writer)
            except Refused as refusal:
                await _answer(writer, refusal.status, str(refusal))
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                log.debug("proxy: a connection ended: %r", error)
            finally:
                await close(writer)

    async def _carry_out(self, head: Head, reader: StreamReader, writer: StreamWriter) -> None:
        here = fits(head.host, self.hosts)
        if not here and not self.pass_others:
            raise Refused(
                "403 Forbidden",
                f"{head.host} is no host of a vendor that is served; --others pass lets such requests through",
            )
        if not head.is_tunnel:
            # One request without TLS: to the mock, or to the host that it names.
            where = self._mock_address() if here else (head.host, head.port)
            await _join((reader, writer), where, head.for_server())
        elif here:
            writer.write(_ESTABLISHED)
            first = await asyncio.wait_for(reader.read(MOST_BYTES), _PATIENCE_SECONDS)
            # Without TLS in it, what a tunnel carries goes to the mock as it is.
            await _join((reader, writer), self._inside if first[:1] == _TLS else self._mock_address(), first)
        else:
            await _join((reader, writer), (head.host, head.port), b"", greeting=_ESTABLISHED)

    async def _on_decrypted(self, reader: StreamReader, writer: StreamWriter) -> None:
        """What came out of a tunnel: to the mock as it stands, whose Host header names the vendor."""
        try:
            await _join((reader, writer), self._mock_address(), b"")
        except Refused as refusal:
            await _answer(writer, refusal.status, str(refusal))
        except (OSError, TimeoutError) as error:
            log.debug("proxy: a tunnel ended: %r", error)
        finally:
            await close(writer)

    def _mock_address(self) -> tuple[str, int]:
        parts = urlsplit(self.mock)
        return parts.hostname or "127.0.0.1", parts.port or 80


async def _read_head(reader: StreamReader) -> Head:
    """A request's first lines. Raises Refused, TimeoutError when they do not come."""
    try:
        data = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _PATIENCE_SECONDS)
        return parse(data[:-4])
    except asyncio.LimitOverrunError:
        raise Refused(
            "431 Request Header Fields Too Large", f"at most {MOST_BYTES} bytes of headers"
        ) from None
    except BadHead as error:
        raise Refused("400 Bad Request", str(error)) from None


async def _join(client: Streams, where: tuple[str, int], first: bytes, greeting: bytes = b"") -> None:
    """Carry on between a client and a server. The server gets ``first``, the client ``greeting`` once it is reached.

    Raises Refused when it is not.
    """
    try:
        other = await asyncio.wait_for(asyncio.open_connection(*where), _PATIENCE_SECONDS)
    except (OSError, TimeoutError) as error:
        reason = getattr(error, "strerror", None) or "no answer in time"
        raise Refused("502 Bad Gateway", f"{where[0]}:{where[1]} cannot be reached: {reason}") from None
    try:
        client[1].write(greeting)
        other[1].write(first)
        await relay(client, other)
    finally:
        await close(other[1])


async def _answer(writer: StreamWriter, status: str, sentence: str) -> None:
    """The proxy's own answer."""
    body = f"idmock proxy: {sentence}\n".encode()
    lines = (
        f"HTTP/1.1 {status}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
        "",
        "",
    )
    writer.write("\r\n".join(lines).encode() + body)
    await writer.drain()
