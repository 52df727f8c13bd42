"""The console is for browsers only: a client of a vendor never gets it. It is loaded when somebody looks at it."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape

import requests

from mockserver.testing import MockServer
from mockserver.vendors import names

HTML = {"Accept": "text/html,application/xhtml+xml"}


def test_browser_is_led_to_the_console(idmock: MockServer) -> None:
    """From the server's address, and from the one of its own surface without the slash."""
    for path in ("/", "/_idmock"):
        reply = requests.get(idmock.url + path, headers=HTML, timeout=10, allow_redirects=False)
        assert (reply.status_code, reply.headers["location"]) == (303, "/_idmock/")


def test_first_page_names_every_vendor_and_its_links_work(idmock: MockServer) -> None:
    """Every vendor is a heading, and every link of this server answers."""
    reply = requests.get(f"{idmock.url}/", headers=HTML, timeout=10)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    for name in names():
        assert re.search(rf"<h2[^>]*>{name}</h2>", reply.text)
    links = {link for link in re.findall(r'href="([^"#]+)"', reply.text) if not link.startswith("?")}
    assert len(links) > 10
    for link in links:
        assert requests.get(idmock.url + unescape(link), headers=HTML, timeout=10).status_code == 200, link


def test_others_do_not_get_it(idmock: MockServer) -> None:
    """Without text/html the line that says how vendors are recognised; at a vendor's host the vendor's error."""
    assert requests.get(f"{idmock.url}/", timeout=10).status_code == 404
    at_vendor = requests.get(
        f"{idmock.url}/", headers={**HTML, "Host": "ocr.tencentcloudapi.com"}, timeout=10
    )
    assert at_vendor.json()["Response"]["Error"]["Code"] == "MissingParameter"


_LOADED = """
import sys
from mockserver.testing import MockServer
import requests
with MockServer() as mock:
    account = mock.account("tencent")
    from mockserver import vendors
    vendors.load("tencent").client.call(mock.url, account, mock.specimen("front"))
    requests.get(mock.url + "/_idmock/journal", timeout=10).raise_for_status()
    before = [name for name in sys.modules if name.startswith("mockserver.console.")]
    requests.get(mock.url + "/_idmock/", headers={"Accept": "text/html"}, timeout=10).raise_for_status()
    after = [name for name in sys.modules if name.startswith("mockserver.console.")]
assert not before, before
assert "mockserver.console.app" in after
"""


def test_is_loaded_by_the_first_page_and_not_before() -> None:
    """Neither the server's start, nor a vendor's call, nor the JSON interface costs what the pages cost."""
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
