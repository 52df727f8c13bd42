"""Requests and answers for people: a curl line and the start of the answer, without secrets and pictures."""

from __future__ import annotations

import shlex
from collections.abc import Collection

from conformance.masking import Masks
from conformance.model import Account, Answer, Request

#: Characters of an answer that a report shows, and of a body that a curl line has.
_SHOWN = 1500


def as_curl(base_url: str, request: Request, account: Account, secret_names: Collection[str]) -> str:
    """The request as a curl line that a person can read and, with the secrets put back, run."""
    masks = Masks.of(account.credentials.values(), secret_names)
    parts = ["curl", "-sS", "-X", request.method]
    for name, value in request.headers.items():
        parts += ["-H", f"{name}: {masks.header(name, value)}"]
    if request.chunk_bytes is not None:
        parts += ["-H", "Transfer-Encoding: chunked"]
    if request.body:
        parts += ["--data-binary", _readable(masks, request.body)]
    parts.append(masks.text(base_url.rstrip("/") + request.target))
    return masks.text(shlex.join(parts))


def as_text(answer: Answer, account: Account, secret_names: Collection[str]) -> str:
    """Status line, headers and the beginning of the body."""
    masks = Masks.of(account.credentials.values(), secret_names)
    headers = [f"{name}: {masks.header(name, value)}" for name, value in answer.headers]
    body = "" if not answer.body else _readable(masks, answer.body)
    return "\n".join([f"HTTP {answer.status}", *headers, "", body])


def _readable(masks: Masks, body: bytes) -> str:
    """A body as text, masked before it is cut: the first half of a secret is a secret too."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return f"({len(body)} bytes)"
    # What pads a body to the size of a limit hides nothing, and there can be ten million characters of it.
    end = len(text.rstrip()) + _SHOWN
    text = masks.text(text[:end]) + text[end:]
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(body)} bytes)"
