"""How the lines of calls get to stderr: directly where nobody has set up logging, else through it."""

from __future__ import annotations

import io
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from mockserver import access_log
from tests.serving import served


@contextmanager
def new_logging() -> Iterator[None]:
    """Logging as a new process has it; pytest's own handlers come back at the end."""
    root = logging.root
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        access_log.log.setLevel(logging.NOTSET)


class TestSetUp:
    def test_direct(self, tmp_path: Path) -> None:
        """Lines of calls and of the log end in the same file, in order, whatever characters they hold."""
        with (tmp_path / "log").open("w", encoding="utf-8") as stream, new_logging():
            write = access_log.set_up_logging(stream)
            assert write != access_log.log.info
            write("a 100% 饶 \udcff")
            logging.getLogger("idmock").warning("b")
            write("c")
        assert (tmp_path / "log").read_text("utf-8") == "a 100% 饶 \\udcff\nb\nc\n"

    def test_process_is_named(self, tmp_path: Path) -> None:
        """Both kinds of line begin with the process that wrote them."""
        with (tmp_path / "log").open("w", encoding="utf-8") as stream, new_logging():
            access_log.set_up_logging(stream, name_process=True)("a")
            logging.getLogger("idmock").warning("b")
        assert (tmp_path / "log").read_text("utf-8") == f"{os.getpid()} a\n{os.getpid()} b\n"

    def test_handlers_of_somebody_else(self, tmp_path: Path) -> None:
        """A handler that is there already gets the line, and the stream gets nothing."""
        theirs = io.StringIO()
        with (tmp_path / "log").open("w", encoding="utf-8") as stream, new_logging():
            logging.basicConfig(stream=theirs, level=logging.INFO, format="theirs: %(message)s")
            access_log.set_up_logging(stream)("a 100%")
        assert theirs.getvalue() == "theirs: a 100%\n"
        assert (tmp_path / "log").read_text("utf-8") == ""

    def test_level_of_somebody_else(self, tmp_path: Path) -> None:
        """Who has silenced the logger has no lines, but all others."""
        with (tmp_path / "log").open("w", encoding="utf-8") as stream, new_logging():
            access_log.log.setLevel(logging.ERROR)
            access_log.set_up_logging(stream)("a")
            logging.getLogger("idmock").warning("b")
        assert (tmp_path / "log").read_text("utf-8") == "b\n"

    def test_stream_that_is_no_file(self) -> None:
        """Its lines go through logging."""
        stream = io.StringIO()
        with new_logging():
            access_log.set_up_logging(stream)("a 100%")
        assert stream.getvalue() == "a 100%\n"

    def test_reader_that_has_gone(self) -> None:
        """Does not fail a call."""
        reading, writing = os.pipe()
        with os.fdopen(writing, "w") as stream, new_logging():
            write = access_log.set_up_logging(stream)
            os.close(reading)
            with pytest.raises(BrokenPipeError):
                os.write(writing, b"a")
            write("a")


def test_served(tmp_path: Path) -> None:
    """`idmock serve` writes one line for a call to stderr."""
    with served(tmp_path, "--vendor", "tencent") as server:
        reply = requests.post(
            server.url,
            json={},
            headers={"X-TC-Action": "IDCardOCR", "X-TC-Version": "2018-11-19"},
            timeout=10,
        )
        assert reply.status_code == 200
        (line,) = server.stderr.read_text("utf-8").splitlines()
        assert re.fullmatch(
            r"tencent IDCardOCR account=- code=MissingParameter status=200 ms=\d+\.\d request=\S+", line
        )
        assert line.endswith(reply.headers["X-IDMock-Request"])
