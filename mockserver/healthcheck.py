"""`python -m mockserver.healthcheck`: exit code 0 while the server beside it answers, for the health check of an image.

The port is that of IDMOCK_PORT, as for the server. Whether it speaks HTTPS may have been said in a way that does not
reach this process, so both are tried; the certificate is not judged, since that is not what is asked.
"""

from __future__ import annotations

import http.client
import os
import ssl
import sys
from collections.abc import Iterator

_SECONDS = 2.0


def is_healthy(port: int) -> bool:
    """Whether a mock on this port of this machine says that it is well, within two seconds for each protocol."""
    return any(_answers(connection) for connection in _ways(port))


def _ways(port: int) -> Iterator[http.client.HTTPConnection]:
    yield http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    unjudged = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unjudged.check_hostname = False
    unjudged.verify_mode = ssl.CERT_NONE
    yield http.client.HTTPSConnection("127.0.0.1", port, timeout=_SECONDS, context=unjudged)


def _answers(connection: http.client.HTTPConnection) -> bool:
    try:
        connection.request("GET", "/_idmock/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_healthy(int(os.environ.get("IDMOCK_PORT", "4590"))) else 1)
