"""Message authentication codes, as every vendor's signature ends in one."""

from __future__ import annotations

import hmac


def mac(key: bytes, text: bytes, digest: str) -> bytes:
    """The HMAC of ``text``; ``digest`` is a name that `hashlib` knows.

    `hmac.digest` is no faster and lets go of the interpreter whatever the length of the text: on a busy server, getting
    it back takes longer than the HMAC of a string to sign.

    >>> mac(b"key", b"text", "sha1").hex()
    '369e2959eb49450338b212748f77d8ded74847bb'
    """
    return hmac.new(key, text, digest).digest()
