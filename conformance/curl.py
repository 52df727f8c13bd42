"""Requests and answers for people: a curl line and the start of the answer, without secrets and pictures."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection
from urllib.parse import unquote

from conformance.model import Account, Answer, Request

#: A text that could be a picture in Base64, or its percent-encoded form.
_PICTURE = re.compile(r"(?:[A-Za-z0-9+/_=-]|%2B|%2F|%3D){200,}")
#: Whole ID numbers: birth date and all but the last digits are masked.
_NUMBER = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dX])(?![\dX])")
_SHOWN = 1500


def as_curl(base_url: str, request: Request, account: Account, secret_names: Collection[str]) -> str:
    """The request as a curl line that a person can read and, with the secrets put back, run."""
    parts = ["curl", "-sS", "-X", request.method]
    for name, value in request.headers.items():
        parts += ["-H", f"{name}: {'***' if name.lower() in secret_names else value}"]
    if request.body:
        parts += ["--data-binary", _readable(request.body)]
    parts.append(base_url.rstrip("/") + request.target)
    return _masked(shlex.join(parts), account, secret_names)


def as_text(answer: Answer, account: Account, secret_names: Collection[str]) -> str:
    """Status line, headers and the beginning of the body."""
    lines = [
        f"HTTP {answer.status}",
        *(f"{name}: {value}" for name, value in answer.headers),
        "",
        answer.text,
    ]
    return _masked("\n".join(lines), account, secret_names)[:_SHOWN]


def _readable(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return f"({len(body)} bytes)"
    return text if len(text) < 20_000 or _PICTURE.search(text) else f"({len(body)} bytes)"


def _masked(text: str, account: Account, secret_names: Collection[str]) -> str:
    for value in account.credentials.values():
        text = text.replace(value, "***")
    for name in secret_names:
        text = re.sub(rf"((?<![\w-]){re.escape(name)}=)[^&\s'\"]+", r"\1***", text, flags=re.IGNORECASE)
    text = _PICTURE.sub(lambda found: f"({len(unquote(found[0]))} characters)", text)
    return _NUMBER.sub(r"\1********\2", text)
