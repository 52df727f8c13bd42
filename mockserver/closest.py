"""The word that a mistyped one was meant to be."""

from __future__ import annotations

from collections.abc import Iterable


def closest(word: str, known: Iterable[str]) -> str:
    """`` (did you mean 'x'?)`` for a message that names ``word``; nothing when no known word is like it.

    >>> closest("tencnt", ["aliyun", "tencent"])
    " (did you mean 'tencent'?)"
    >>> closest("baidu", ["aliyun", "tencent"])
    ''
    """
    from difflib import get_close_matches  # only needed when something went wrong

    found = get_close_matches(word, list(known), n=1)
    return f" (did you mean {found[0]!r}?)" if found else ""
