"""The page at ``/`` is for browsers only: a client of a vendor never gets it."""

from __future__ import annotations

import re

import requests

from mockserver.testing import MockServer
from mockserver.vendors import names

HTML = {"Accept": "text/html,application/xhtml+xml"}


def test_browser_gets_a_page_whose_links_work(idmock: MockServer) -> None:
    """Every vendor is on it, and every link answers."""
    reply = requests.get(f"{idmock.url}/", headers=HTML, timeout=10)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    for name in names():
        assert f"<td>{name}</td>" in reply.text
    links = re.findall(r'href="([^"]+)"', reply.text)
    assert links
    for link in links:
        assert requests.get(idmock.url + link, timeout=10).status_code == 200, link


def test_others_do_not_get_it(idmock: MockServer) -> None:
    """Without text/html the line that says how vendors are recognised; at a vendor's host the vendor's error."""
    assert requests.get(f"{idmock.url}/", timeout=10).status_code == 404
    at_vendor = requests.get(
        f"{idmock.url}/", headers={**HTML, "Host": "ocr.tencentcloudapi.com"}, timeout=10
    )
    assert at_vendor.json()["Response"]["Error"]["Code"] == "MissingParameter"
