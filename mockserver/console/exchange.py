"""One call that the console makes itself, and what of it people may see.

It goes through the same steps as any client's: its signature is checked, it counts against the account's limits, faults
meet it, and it is in the journal. Only the way in is shorter, since it never leaves the process.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from mockserver.accounts import Account
from mockserver.frontdoor import Served
from mockserver.pipeline import answer
from mockserver.records.masking import without_secrets
from mockserver.request import Answer, Request
from mockserver.vendor import Sending
from mockserver.world import World

#: Base64 that is long enough to be a picture: nothing that anybody reads.
_PICTURE = re.compile(r"[A-Za-z0-9+/]{120,}={0,2}")
_SHOWN_BYTES = 64 * 1024


class Exchange(NamedTuple):
    """A request and its answer as text."""

    id: str
    #: Request line and headers, then the body; secrets are replaced by their names, pictures by their length.
    sent: str
    status: int
    code: str
    headers: str
    body: str
    #: How a fault would spoil the answer on its way, if one would.
    spoiled: str | None


def exchange(
    world: World,
    served: Served,
    account: Account,
    picture: bytes,
    parameters: Mapping[str, Any],
    authority: str,
) -> Exchange:
    """Send a picture with an account's keys to ``authority``, which is this server as the browser names it.

    Raises LookupError for a vendor whose client has no ``sending``.
    """
    sending = served.vendor.client.sending
    if sending is None:
        raise LookupError(f"{served.vendor.name} does not say how a picture is sent")
    sent = sending(account, authority, picture, parameters, world.clock.now())
    request = _request(sent, authority, world.clock.now())
    out = answer(served.vendor, served.contract, world, request)
    public = served.contract.public_credentials
    secrets = {name: value for name, value in account.credentials.items() if name not in public}
    return Exchange(
        id=dict(out.headers)["X-IDMock-Request"],
        sent=without_secrets(_sent_text(sent, picture), secrets),
        status=out.status,
        code=out.code,
        headers=without_secrets(_lines(out.headers), secrets),
        body=without_secrets(_body_text(out), secrets),
        spoiled=out.wire.kind if out.wire is not None else None,
    )


def _request(sent: Sending, authority: str, now: float) -> Request:
    """As it would look when it came in over the network: header names lower case, with the length of the body."""
    headers = {name.lower(): value for name, value in sent.headers.items()}
    headers = {"host": authority, "content-length": str(len(sent.body)), **headers}
    path, _, query = sent.target.partition("?")
    return Request(sent.method, path, query, headers, sent.body, len(sent.body), now)


def _sent_text(sent: Sending, picture: bytes) -> str:
    """Request line, headers and body, with how long the picture is in its place, in Base64 or as it is."""
    body = sent.body.replace(base64.b64encode(picture), f"<{len(picture)} bytes in Base64>".encode())
    body = body.replace(picture, f"<{len(picture)} bytes>".encode())
    shown = body.decode("utf-8", "replace").replace("\r\n", "\n")
    return f"{sent.method} {sent.target} HTTP/1.1\n{_lines(sent.headers.items())}\n\n{shown}"


def _body_text(out: Answer) -> str:
    """The answer's body: JSON with an indent for reading, anything else as it is; pictures shortened."""
    try:
        text = orjson.dumps(orjson.loads(out.body), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        text = out.body[:_SHOWN_BYTES].decode("utf-8", "replace")
    return _PICTURE.sub(_length, text)


def _length(run: re.Match[str]) -> str:
    return f"{run[0][:24]}<{len(run[0]) - 32} more characters>{run[0][-8:]}"


def _lines(headers: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers)
