"""A server that reads requests and answers the same bytes: ``python -m loadtests.bench.fixed PORT``.

It does as little as a server in Python can, so what the client reaches here is about what the client can do at all: a
row of the table that comes near it has measured the client.
"""

from __future__ import annotations

import sys
from socket import create_server, socket
from threading import Thread

from loadtests.wire import content_length

OK = b'"ok"'
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n" + OK


def _serve(connection: socket) -> None:
    """Requests as a closed-loop client sends them: the next one after the answer to the one before."""
    buffer = bytearray(1 << 20)
    with connection:
        while size := connection.recv_into(buffer):
            end = buffer.find(b"\r\n\r\n", 0, size)
            while end < 0:
                size += connection.recv_into(memoryview(buffer)[size:])
                end = buffer.find(b"\r\n\r\n", 0, size)
            missing = content_length(bytes(buffer[:end])) - (size - end - 4)
            while missing > 0:
                missing -= connection.recv_into(buffer)
            connection.sendall(_ANSWER)


def main(port: int) -> None:
    """Serve each connection in a thread until ended."""
    with create_server(("127.0.0.1", port)) as listener:
        while True:
            connection, _ = listener.accept()
            Thread(target=_serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]))
