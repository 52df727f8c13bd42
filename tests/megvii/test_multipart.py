"""The multipart parser alone: what is a part, what is a file, and what cannot be taken apart."""

from __future__ import annotations

import contextlib
import io

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from mockserver.vendors._megvii import multipart
from mockserver.vendors._megvii.multipart import Form, MultipartError, boundary_of
from tests.megvii.upload import Part, body_of, file_part, text_part

NAMES = st.text(st.characters(exclude_characters='"\\\r\n', exclude_categories=["Cs"]), max_size=10)
BOUNDARY = st.text("ab-'", min_size=1, max_size=4).map(str.encode)


def parse(body: bytes, boundary: bytes, max_parts: int) -> Form:
    return multipart.parse(body, boundary, max_parts=max_parts, max_header_bytes=200)


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ("multipart/form-data;boundary=abc; charset=utf-8", b"abc"),
        ("multipart/form-data; charset=utf-8; Boundary = abc", b"abc"),
        ('multipart/form-data; boundary="a b;c"', b"a b;c"),
        ('multipart/form-data; boundary="a\\"b"', b'a"b'),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=", None),
        ('multipart/form-data; boundary=""', None),
        ("multipart/form-data boundary=abc", None),
    ],
)
def test_boundary(content_type: str, boundary: bytes | None) -> None:
    """The boundary may be quoted and stand anywhere among the parameters."""
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize(
    ("disposition", "found"),
    [
        (b'form-data; name="a"; filename="x.jpg"', Form(files={"a": b"1"})),
        (b'form-data; name="a"; filename="+"', Form(files={"a": b"1"})),
        (b'form-data; name="a"; filename=""', Form(files={"a": b"1"})),
        (b"form-data; name=a; filename=x.tmp", Form(files={"a": b"1"})),
        (b'form-data; filename="x;name=b.jpg"; name="a"', Form(files={"a": b"1"})),
        (b"form-data; name=\"a\"; filename*=utf-8''%E5%8D%A1.jpg", Form(files={"a": b"1"})),
        ('form-data; name="a"; filename="身份证.jpg"'.encode(), Form(files={"a": b"1"})),
        (b'form-data; name="a"; filename="C:\\card.jpg"', Form(files={"a": b"1"})),
        (b'FORM-DATA; NAME="a"; FileName="x"', Form(files={"a": b"1"})),
        (b'form-data;\r\n name="a";\r\n\tfilename="x"', Form(files={"a": b"1"})),
        (b'form-data\r\n ; name="a"\r\nX: ; filename="x"', Form(texts={"a": "1"})),
        (b'form-data; name="a"', Form(texts={"a": "1"})),
        (b'form-data;name="a"', Form(texts={"a": "1"})),
        (b'form-data; name="a\\"b"', Form(texts={'a"b': "1"})),
        (b'form-data; name=""', Form(texts={"": "1"})),
        (b"form-data", Form()),
        (b'form-data; filename="x"', Form()),
        (b'attachment; name="a"', Form()),
        (b'\r\nform-data; name="a"', Form()),
    ],
)
def test_disposition(disposition: bytes, found: Form) -> None:
    """A filename makes a file, whatever it is; a part without a name is left out."""
    assert parse(body_of([file_part(b"1", disposition=disposition)]), b"XX", 10) == found


def test_other_headers_of_a_part_do_not_matter() -> None:
    """Text parts with a Content-Type of their own, or with one before the disposition, are text parts."""
    parts = [
        text_part("a", "1", b"Content-Type: multipart/form-data"),
        text_part("b", "二", b"Content-Type: text/plain; charset=GBK", b"Content-Transfer-Encoding: 8bit"),
        Part((b"Content-Length: 1", b'content-disposition:form-data; name="c"'), b"3"),
        Part((b"X: 1",), b"no disposition"),
        Part((b'X-Content-Disposition: form-data; name="d"',), b"not the header that counts"),
    ]
    assert parse(body_of(parts), b"XX", 10) == Form(texts={"a": "1", "b": "二", "c": "3"})


def test_what_stands_around_the_parts_does_not_matter() -> None:
    """A preamble, white space behind a boundary, and an epilogue are no content."""
    body = b'before\r\n--XX \t\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--XX--after'
    assert parse(body, b"XX", 10) == Form(texts={"a": "1"})


def test_a_longer_boundary_is_content() -> None:
    """A line that begins like the boundary and goes on belongs to the part."""
    data = b"1\r\n--XXY\r\n2\r\n--XX-\r\n--X\r\n"
    assert parse(body_of([file_part(data)]), b"XX", 10).files == {"image": data}


def test_no_headers() -> None:
    """A part that begins with an empty line has no name, even if its content looks like a header."""
    body = b'--XX\r\n\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--XX--\r\n'
    assert parse(body, b"XX", 10) == Form()


def test_the_last_of_a_name_counts() -> None:
    """Of two parts with one name; a text and a file of one name do not get in each other's way."""
    parts = [
        text_part("image", "x"),
        file_part(b"1"),
        file_part(b"2"),
        text_part("a", "1"),
        text_part("a", "2"),
    ]
    assert parse(body_of(parts), b"XX", 10) == Form(texts={"image": "x", "a": "2"}, files={"image": b"2"})


def test_bytes_that_are_no_utf8_survive() -> None:
    """They are kept as surrogates, so that a secret of such bytes is wrong and not an error."""
    assert parse(body_of([Part(text_part("a", "").headers, b"\xff")]), b"XX", 10).texts == {"a": "\udcff"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"XX",
        b"--XX",
        b"--XX\r\n",
        body_of([text_part("a", "1")])[:-4],
        body_of([text_part("a", "1")], boundary=b"YY"),
        body_of([text_part("a", "1")]).replace(b"\r\n", b"\n"),
    ],
    ids=["empty", "bare", "opening", "no part", "cut short", "other boundary", "bare line feeds"],
)
def test_what_cannot_be_taken_apart(body: bytes) -> None:
    """Without its closing delimiter a body was cut short, and none of it counts."""
    with pytest.raises(MultipartError, match="does not end"):
        parse(body, b"XX", 10)


def test_too_many_parts() -> None:
    """The number of parts bounds the work."""
    parts = [text_part("a", "1")] * 3
    assert parse(body_of(parts), b"XX", 3).texts == {"a": "1"}
    with pytest.raises(MultipartError, match="more than 2 parts"):
        parse(body_of(parts), b"XX", 2)


@pytest.mark.parametrize(("filler", "found"), [(100, {"a": "1"}), (200, {})])
def test_long_headers(filler: int, found: dict[str, str]) -> None:
    """A part with headers that are too long is left out; its content may be of any length."""
    body = body_of([text_part("a", "1", b"X: " + b"x" * filler), file_part(bytes(500))])
    form = parse(body, b"XX", 10)
    assert (form.texts, len(form.files["image"])) == (found, 500)


def test_an_empty_form() -> None:
    """A body of the closing delimiter alone has no parts."""
    assert parse(b"--XX--\r\n", b"XX", 10) == Form()


@settings(derandomize=True, max_examples=200)
@given(
    boundary=BOUNDARY,
    parts=st.lists(st.tuples(NAMES, st.binary(max_size=20), st.booleans()), max_size=5),
)
def test_parts_come_back_as_they_went(boundary: bytes, parts: list[tuple[str, bytes, bool]]) -> None:
    """Whatever the bytes are, as long as the boundary does not occur in them."""
    parts = [(name, data.replace(boundary, b""), is_file) for name, data, is_file in parts]
    parts = [(name, data, is_file) for name, data, is_file in parts if boundary not in data]
    written = [
        Part(
            (b'Content-Disposition: form-data; name="%b"%b' % (name.encode(), b'; filename="f"' * is_file),),
            data,
        )
        for name, data, is_file in parts
    ]
    form = parse(body_of(written, boundary), boundary, 10)
    assert form.files == {name: data for name, data, is_file in parts if is_file}
    texts = {name: data for name, data, is_file in parts if not is_file}
    assert {n: t.encode("utf-8", "surrogateescape") for n, t in form.texts.items()} == texts


@settings(derandomize=True, max_examples=300)
@given(
    st.lists(
        st.sampled_from([b"--XX", b"--", b"\r\n", b"X", b'Content-Disposition: form-data; name="a"', b" "])
    )
)
def test_shuffled_delimiters(pieces: list[bytes]) -> None:
    """Any arrangement is taken apart or refused, and nothing else happens."""
    with contextlib.suppress(MultipartError):
        assert parse(b"".join(pieces), b"XX", 5).texts.keys() <= {"a"}


@settings(derandomize=True, max_examples=100)
@given(st.binary(max_size=300), st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10))
def test_another_parser_agrees(data: bytes, text: str) -> None:
    """What requests writes is read as Werkzeug reads it."""
    request = requests.Request(
        "POST", "http://x/", data={"api_key": text}, files={"image": ("a.jpg", data)}
    ).prepare()
    content_type, body = request.headers["Content-Type"], request.body
    assert isinstance(body, bytes)
    media_type, options = parse_options_header(content_type)
    _, theirs, files = FormDataParser(silent=False).parse(io.BytesIO(body), media_type, len(body), options)
    boundary = boundary_of(content_type)
    assert boundary is not None
    form = parse(body, boundary, 10)
    assert form.texts == theirs.to_dict()
    for name, part in files.items():
        assert form.files[name] == part.read()
        part.close()
