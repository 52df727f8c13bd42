"""What the tests with generated requests share: their settings, parts of requests, and what is damaged in them.

The application is called without a socket (`wire.call_wsgi`), so that thousands of requests take seconds.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from PIL import Image

from mockserver.testing import MockServer
from tests.wire import Raw

RawT = TypeVar("RawT", bound=Raw)
#: What is changed, a place or a name, and what is put there.
Change = tuple[str, Any, Any]

#: The same requests on every run: a build fails by what was changed, not by the day.
GENERATED = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)

TEXT = st.text(max_size=12)
JSON_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
#: What may stand in a header line: bytes as a server hands them on.
HEADER = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=20
)
QUERY = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#"), max_size=40)


def scaled(mock: MockServer, names: Iterable[str], widths: Sequence[int], quality: int = 80) -> list[bytes]:
    """Specimens scaled down to JPEGs, so that a request is small: each name in each of the widths (px)."""
    out = []
    for name in names:
        with Image.open(io.BytesIO(mock.specimen(name))) as image:
            for width in widths:
                data = io.BytesIO()
                small = image.resize((width, width * image.height // image.width))
                small.save(data, "JPEG", quality=quality)
                out.append(data.getvalue())
    return out


def damage(header_names: Sequence[str], methods: st.SearchStrategy[str]) -> st.SearchStrategy[list[Change]]:
    """Up to two changes to a request that is in order, for `damaged`."""
    header = st.sampled_from(header_names)
    change = st.one_of(
        st.tuples(st.just("drop"), header, st.none()),
        st.tuples(st.just("header"), header, HEADER),
        st.tuples(st.just("method"), methods, st.none()),
        st.tuples(st.just("query"), QUERY, st.none()),
        st.tuples(st.just("cut"), st.floats(0, 1), st.none()),
        st.tuples(st.just("insert"), st.floats(0, 1), st.binary(min_size=1, max_size=4)),
    )
    return st.lists(change, max_size=2)


def damaged(request: RawT, changes: Iterable[Change]) -> RawT:
    """The request with the changes applied in order."""
    method, target, headers, body = request.method, request.target, dict(request.headers), request.body
    for kind, what, value in changes:
        if kind == "drop":
            headers.pop(what, None)
        elif kind == "header":
            headers[what] = value
        elif kind == "method":
            method = what
        elif kind == "query":
            target += ("&" if "?" in target else "?") + what
        elif kind == "cut":
            body = body[: int(len(body) * what)]
        else:
            at = int(len(body) * what)
            body = body[:at] + value + body[at:]
    return replace(request, method=method, target=target, headers=headers, body=body)
