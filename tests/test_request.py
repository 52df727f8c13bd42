"""The view of a request: its id, its headers, and the MAC that signatures end in."""

from __future__ import annotations

import hmac
import io
import subprocess
import sys
import uuid

import pytest

from mockserver.request import new_id, read_request
from mockserver.signing.authorization import AuthorizationError, elements
from mockserver.signing.mac import mac

_FORKED = """
import os
from mockserver.request import new_id
new_id()
child = os.fork()
if child:
    os.waitpid(child, 0)  # one writes after the other
print(new_id(), flush=True)
"""


class TestId:
    def test_form(self) -> None:
        """A UUID of version 4, another one each time."""
        made = [new_id() for _ in range(1000)]
        assert len(set(made)) == len(made)
        assert all(uuid.UUID(one).version == 4 and str(uuid.UUID(one)) == one for one in made)

    @pytest.mark.skipif(sys.platform == "win32", reason="workers are forked elsewhere only")
    def test_workers_have_their_own(self) -> None:
        """Two processes that were one do not give out the same ids."""
        run = subprocess.run([sys.executable, "-c", _FORKED], capture_output=True, text=True, check=True)
        of_both = run.stdout.split()
        assert len(of_both) == 2
        assert len(set(of_both)) == 2


class TestHeaders:
    def test_variables_of_the_process_are_none(self) -> None:
        """Granian puts them beside the headers, whose names come with an HTTP_ before them."""
        environ = {
            "PATH": "/usr/bin",
            "HTTPS_PROXY": "http://proxy",
            "REQUEST_METHOD": "POST",
            "HTTP_X_TC_ACTION": "IDCardOCR",
            "HTTP_HOST": "LocalHost",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": "2",
            "wsgi.input": io.BytesIO(b"{}"),
        }
        request = read_request(environ, keep_bytes=10, received=0.0)
        assert request.headers == {
            "x-tc-action": "IDCardOCR",
            "host": "LocalHost",
            "content-type": "application/json",
            "content-length": "2",
        }


class TestBody:
    @pytest.mark.parametrize(("length", "kept"), [(10, 10), (11, 0), (700_000, 0)])
    def test_what_is_too_long_is_counted_and_not_kept(self, length: int, kept: int) -> None:
        """All of it is read, so that a client that sends before it reads gets its answer."""
        stream = io.BytesIO(b"x" * length)
        environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(length), "wsgi.input": stream}
        request = read_request(environ, keep_bytes=10, received=0.0)
        assert (len(request.body), request.body_bytes) == (kept, length)
        assert stream.read() == b""

    @pytest.mark.parametrize(
        "length", ["\xb2", pytest.param(f"{2:0>5000}", id="many digits"), "-2", "2_", "0x2"]
    )
    def test_a_length_that_is_none(self, length: str) -> None:
        """Whatever stands there, it is no exception: there is no body that a client could mean, or the two bytes."""
        environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": length, "wsgi.input": io.BytesIO(b"{}")}
        assert read_request(environ, keep_bytes=10, received=0.0).body in (b"", b"{}")


class TestAuthorization:
    @pytest.mark.parametrize(
        ("listed", "found"),
        [
            ("A=1,B=2", {"A": "1", "B": "2"}),
            (" A=1 , B= 2\t", {"A": "1", "B": " 2"}),
            ("A=b=c,A=,B=", {"A": "", "B": ""}),
        ],
    )
    def test_elements(self, listed: str, found: dict[str, str]) -> None:
        """White space around a piece is none of it; the last of a repeated name counts."""
        assert elements(listed) == found

    @pytest.mark.parametrize("listed", ["", "A", "A =1", "=1", "A=1,", "1=A"])
    def test_no_element(self, listed: str) -> None:
        """A piece that is not a name of letters, an equals sign and a value."""
        with pytest.raises(AuthorizationError, match="Authorization"):
            elements(listed)


@pytest.mark.parametrize("digest", ["sha1", "sha256"])
def test_mac(digest: str) -> None:
    """What the standard library makes of it in one go."""
    assert mac(b"key", b"text", digest) == hmac.digest(b"key", b"text", digest)
