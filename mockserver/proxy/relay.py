"""Bytes from one connection to another, both ways, with as much in memory as one of them is slow."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import suppress

_PIECE_BYTES = 64 * 1024
#: A tunnel in which nothing moves for so long is given up.
IDLE_SECONDS = 120.0


async def relay(left: tuple[StreamReader, StreamWriter], right: tuple[StreamReader, StreamWriter]) -> None:
    """Carry bytes both ways until both sides have ended, one of them breaks, or nothing moves any more."""
    ways = [asyncio.create_task(_carry(left[0], right[1])), asyncio.create_task(_carry(right[0], left[1]))]
    try:
        await asyncio.gather(*ways)
    except (OSError, TimeoutError):
        # Either side is free to break off; there is nobody to tell.
        pass
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _carry(reader: StreamReader, writer: StreamWriter) -> None:
    """One way, to its end; the end is passed on, so that the other way can go on."""
    while piece := await asyncio.wait_for(reader.read(_PIECE_BYTES), IDLE_SECONDS):
        writer.write(piece)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:
        # TLS has no half-closed connections: the end is the end.
        writer.close()


async def close(writer: StreamWriter) -> None:
    """End a connection, whatever state it is in."""
    writer.close()
    with suppress(OSError, TimeoutError):
        await asyncio.wait_for(writer.wait_closed(), 5)
