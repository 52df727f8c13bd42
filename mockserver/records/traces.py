"""What of a request lets journal entries be compared, without a word of the request itself.

`loadtests.grade` judges clients by it: whether two requests were the same, were signed anew, used a nonce twice, or
carried something in their URL that does not belong there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from zlib import crc32

from mockserver.records.masking import masked_text, shortened
from mockserver.request import pairs

#: A longer payload is told from others by so many of its bytes in its middle, where the picture is, and at its end.
_SAMPLED_BYTES = 128
_WHOLE_BYTES = 1024
#: Of very many query parameters the first are looked at.
_QUERY_PARAMETERS = 32
#: Of a long value so much is searched for an ID number.
_SEARCHED_CHARACTERS = 4096
#: A longer name that has no value is perhaps a value that has no name, and not shown.
_BARE_CHARACTERS = 16
_MANY_DIGITS = re.compile(r"[0-9]{14}")
#: From the harmless to the worst.
_KINDS = ("plain", "token", "id-number", "secret")
#: The id of a secret key, which is no secret, is left out.
_SECRET_NAME = re.compile(r"secret(?!_?id)|passw|app_?code|api_?key", re.IGNORECASE)
_TOKEN_NAME = re.compile(r"token", re.IGNORECASE)


def payload_mark(payload: str | bytes) -> int:
    """A number that two payloads share when they are the same, and that leads back to neither.

    Of a long payload its length, its end and evenly spread bytes of its middle half decide, so that a large picture
    costs no more than a small one; the end, as there a copy of a picture is made another one by appending something.
    32 bits are enough to tell the requests of a run apart.
    """
    size = len(payload)
    if size > _WHOLE_BYTES:
        quarter = size // 4
        spread = payload[quarter : size - quarter : size // (2 * _SAMPLED_BYTES)]
        payload = spread + payload[-_SAMPLED_BYTES:]  # type: ignore[operator]  # both are of one type
    data = payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else payload
    return crc32(data, size & 0xFFFFFFFF)


def proof_marks(
    scheme: str, signature: str, signed_at: float | None, nonce: str = "", *, covers_payload: bool = True
) -> dict[str, Any]:
    """How a call shows who sends it, as the client wrote it and whether it is right or not.

    ``scheme`` is the name of the signature method, ``signed_at`` the Unix time in seconds that was signed, None when it
    is not readable. In place of signature and nonce stand marks: of a signature 32 bits, as it is compared with others
    of its second, of a nonce 64, as it is compared with all.
    """
    marks: dict[str, Any] = {
        "scheme": scheme,
        "signature": crc32(signature.encode("utf-8", "surrogateescape")),
        "signed_at": signed_at,
    }
    if nonce:
        marks["nonce"] = blake2b(nonce.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    if not covers_payload:
        marks["unsigned_payload"] = True
    return marks


def query_kinds(query: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """What stands in a query: name of the parameter to ``secret``, ``token``, ``id-number`` or ``plain``.

    A value is secret when it holds one of the ``secrets`` of the account, or when its name says so; the values
    themselves are left out.
    """
    kinds: dict[str, str] = {}
    for name, value in pairs(query)[:_QUERY_PARAMETERS]:
        # A bare value parses as a name.
        shown = shortened(name) if value or len(name) <= _BARE_CHARACTERS else f"<{len(name)} characters>"
        for what, secret in secrets.items():
            shown = shown.replace(secret, f"<{what}>")
        kinds[shown] = max(_kind(name, value, secrets), kinds.get(shown, "plain"), key=_KINDS.index)
    return kinds


def _kind(name: str, value: str, secrets: Mapping[str, str]) -> str:
    held = next((what for what, secret in secrets.items() if secret in value or secret in name), None)
    if _TOKEN_NAME.search(held or name):
        return "token"
    if held or _SECRET_NAME.search(name):
        return "secret"
    text = f"{name[:_SEARCHED_CHARACTERS]} {value[:_SEARCHED_CHARACTERS]}"
    if _MANY_DIGITS.search(text) and "*" * 9 in masked_text(text.replace("*", "")):
        return "id-number"
    return "plain"
