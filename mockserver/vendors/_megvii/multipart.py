"""A multipart/form-data body taken apart (RFC 7578, RFC 2046 §5.1), by the rules of contract §1.1.

Written for bodies that are in memory as a whole: a delimiter is looked for with `bytes.find`, and the bytes of a
part are copied once. Only what the service looks at is read: the name of a part, whether it has a filename, and its
bytes. Content-Type and Content-Transfer-Encoding of a part are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_CRLF = b"\r\n"
_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))', re.IGNORECASE)
#: White space, which may go on in the next line: mail libraries break long headers.
_SPACE = rb"[ \t]*(?:\r\n[ \t]+)?"
_DISPOSITION = re.compile(
    rb"\r\ncontent-disposition:%bform-data%b(;[^\r\n]*(?:\r\n[ \t][^\r\n]*)*)" % (_SPACE, _SPACE),
    re.IGNORECASE,
)
_PARAMETER = re.compile(rb';\s*([\w*]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)')
_ESCAPED = re.compile(rb'\\(["\\])')
#: ``filename*`` is how older HTTP libraries send a name outside ASCII (RFC 5987).
_FILENAMES = (b"filename", b"filename*")


class MultipartError(ValueError):
    """The body cannot be taken apart; the text says why."""


@dataclass(slots=True)
class Form:
    """Parts by name, the last of a repeated name."""

    #: Parts without a filename, decoded as UTF-8; bytes that are not UTF-8 are kept as surrogates.
    texts: dict[str, str] = field(default_factory=dict)
    #: Parts with a filename, whatever it is.
    files: dict[str, bytes] = field(default_factory=dict)


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that a multipart Content-Type names, or None.

    >>> boundary_of('multipart/form-data; charset=UTF-8; boundary="a b"')
    b'a b'
    """
    found = _BOUNDARY.search(content_type)
    if found is None:
        return None
    quoted, bare = found.groups()
    text = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    return text.encode("latin-1", "replace") or None


def parse(body: bytes, boundary: bytes, *, max_parts: int, max_header_bytes: int) -> Form:
    """Take a body apart. A part without a name, or without headers, is left out.

    ``max_header_bytes`` bounds the headers of one part; a part with longer ones is left out as well. Raises
    MultipartError for a body without a delimiter, without the closing one (it was cut short) or with more parts
    than ``max_parts``.
    """
    form = Form()
    for count, (start, end) in enumerate(_parts(body, b"--" + boundary), 1):
        if count > max_parts:
            raise MultipartError(f"the multipart body has more than {max_parts} parts")
        # Two bytes earlier ends the line of the delimiter, so that each header has a line break before it.
        headers_end = body.find(b"\r\n\r\n", start - 2, min(end, start + max_header_bytes))
        disposition = _DISPOSITION.search(body, start - 2, headers_end) if headers_end >= 0 else None
        if disposition is None:
            continue
        parameters = {name.lower(): value for name, value in _PARAMETER.findall(disposition[1])}
        _put(form, parameters, body[headers_end + 4 : end])
    return form


def _put(form: Form, parameters: Mapping[bytes, bytes], data: bytes) -> None:
    if b"name" not in parameters:
        return
    name = _decoded(_unquoted(parameters[b"name"]))
    if any(spelling in parameters for spelling in _FILENAMES):
        form.files[name] = data
    else:
        form.texts[name] = _decoded(data)


def _parts(body: bytes, delimiter: bytes) -> Iterator[tuple[int, int]]:
    """Where the parts begin and end, headers included."""
    position = 0 if body.startswith(delimiter) else _next_line(body, delimiter, 0)
    while True:
        if position < 0:
            raise MultipartError("the multipart body does not end with the boundary that its header names")
        kind, start = _after_delimiter(body, position + len(delimiter))
        if kind == "closing":
            return
        end = _next_line(body, delimiter, start)
        if kind == "opening" and end >= 0:
            # The line break before a delimiter belongs to it; a part without headers may have no other.
            yield start, max(start, end - len(_CRLF))
        position = end


def _next_line(body: bytes, delimiter: bytes, start: int) -> int:
    """Where the next line begins that starts like a delimiter and is one; -1 when there is none."""
    position = start - len(_CRLF)
    while True:
        found = body.find(_CRLF + delimiter, max(0, position))
        if found < 0:
            return -1
        line = found + len(_CRLF)
        if _after_delimiter(body, line + len(delimiter))[0] != "none":
            return line
        position = line


def _after_delimiter(body: bytes, position: int) -> tuple[str, int]:
    """What the text ``--boundary`` that ends at ``position`` is, and where the part behind it begins.

    ``none`` when the line goes on, as it does for a longer boundary that begins like this one.
    """
    if body.startswith(b"--", position):
        return "closing", position + 2
    line_end = body.find(_CRLF, position)
    if line_end < 0 or body[position:line_end].strip(b" \t"):
        return "none", position
    return "opening", line_end + len(_CRLF)


def _unquoted(value: bytes) -> bytes:
    if value.startswith(b'"'):
        return _ESCAPED.sub(rb"\1", value[1:-1])
    return value


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
