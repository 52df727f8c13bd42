"""Texts of any kind, for places that do not take every character: a terminal, XML."""

from __future__ import annotations

import re

#: Control characters but tab and line feed, and halves of characters, which no stream takes.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
#: What XML 1.0 cannot hold, whatever an answer had in it.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """A text for a terminal: what would steer the terminal is written as Python writes it.

    >>> printable("a\\x1b[2Jb")
    'a\\\\x1b[2Jb'
    """
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def xml_text(text: str) -> str:
    """A text for XML: each character that XML does not have is a replacement character."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
