"""A server whose pages the tests look at, and the ways in which they look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

import pytest
import requests

from mockserver.testing import MockServer

HTML = {"Accept": "text/html", "Accept-Language": "en"}
PAGES = ("", *(f"console/{name}" for name in (
    "try", "journal", "specimens", "builder", "accounts", "accounts/tencent/active", "faults", "clock", "coverage",
)))  # fmt: skip


@dataclass
class Site:
    """The pages of a server, as something that asks for HTML."""

    mock: MockServer
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str = "", **headers: str) -> requests.Response:
        return self.session.get(
            f"{self.mock.url}/_idmock/{path}", headers=HTML | headers, timeout=20, allow_redirects=False
        )

    def post(self, path: str, form: dict[str, str] | None = None, **headers: str) -> requests.Response:
        return self.session.post(
            f"{self.mock.url}/_idmock/{path}",
            data=form or {},
            headers=HTML | headers,
            timeout=20,
            allow_redirects=False,
        )


@pytest.fixture
def site(start_console: MockServer) -> Iterator[Site]:
    """The pages of a server that is as at its start, and is put back afterwards."""
    start_console.reset()
    with requests.Session() as session:
        yield Site(start_console, session)
    start_console.reset()


@pytest.fixture(scope="session")
def start_console() -> Iterator[MockServer]:
    with MockServer() as mock:
        yield mock
        assert mock.world.own_faults.value == 0, "a page failed in the mock itself: see the log"


class Page(HTMLParser):
    """What tests ask of a page: its elements with their attributes, in order, and whether they nest."""

    VOID = frozenset(("area", "base", "br", "col", "hr", "image", "img", "input", "link", "meta", "polygon"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.badly_nested: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.badly_nested.append(tag)

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of all elements of a name."""
        return [attributes for name, attributes in self.elements if name == tag]


def text_of(html: str) -> str:
    """A page's text, its markup taken away."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def error_beside(html: str, field: str) -> str:
    """What a page says about a field, which must be marked and described by it."""
    fields = [a for _, a in Page(html).elements if a.get("id") == field]
    assert fields[0]["aria-invalid"] == "true"
    assert f"{field}-error" in fields[0]["aria-describedby"].split()
    found = re.search(rf'<p class="error" id="{re.escape(field)}-error">(.*?)</p>', html)
    assert found is not None
    return text_of(found[1])
