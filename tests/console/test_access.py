"""Who may look and who may change: other sites may not, other names may not, elsewhere nobody without the token."""

from __future__ import annotations

import threading

import pytest
import requests
from flask import Flask

from mockserver.app import create_app
from mockserver.console import HOME
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.console.conftest import HTML, PAGES, Site

TOKEN = "token-of-the-test"
#: What a browser says of a request that another site began.
FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)


class TestOtherSites:
    @pytest.mark.parametrize("headers", FOREIGN)
    @pytest.mark.parametrize(
        "path",
        [
            "console/reset",
            "console/faults/clear",
            "console/clock",
            "console/accounts",
            "console/try",
            "reset",
        ],
    )
    def test_change_nothing(self, site: Site, path: str, headers: dict[str, str]) -> None:
        """Neither through the pages nor through the JSON interface."""
        site.mock.fault(latency_ms=1)
        reply = site.post(path, {"vendor": "tencent", "reset": "yes"}, **headers)
        assert reply.status_code == 403 and "elsewhere" in reply.text
        assert len(site.mock.world.faults.list()) == 1
        assert site.mock.journal() == []

    def test_json_interface_in_full(self, site: Site) -> None:
        """Whatever the method."""
        for method, path in (
            ("POST", "accounts"), ("PUT", "clock"), ("DELETE", "faults"), ("DELETE", "journal"), ("POST", "faults"),
        ):  # fmt: skip
            reply = requests.request(
                method, f"{site.mock.url}/_idmock/{path}", json={}, headers=FOREIGN[0], timeout=10
            )
            assert reply.status_code == 403, (method, path)

    def test_own_pages_and_programs_do(self, site: Site) -> None:
        """A browser on this page, one whose user typed the address, and a program without either header."""
        own = {"Origin": site.mock.url, "Sec-Fetch-Site": "same-origin"}
        for headers in (own, {"Sec-Fetch-Site": "none"}, {}):
            assert site.post("console/faults/clear", **headers).status_code == 303
            assert (
                requests.post(f"{site.mock.url}/_idmock/reset", headers=headers, timeout=10).status_code
                == 204
            )

    def test_cannot_frame(self, site: Site) -> None:
        """Nor lay a page of theirs over one of these."""
        assert "frame-ancestors 'none'" in site.get().headers["content-security-policy"]


class TestOtherNames:
    @pytest.mark.parametrize(
        "host",
        [
            "evil.example",
            "evil.example:4590",
            "127.0.0.1.evil.example",
            "localhost.evil",
            "evil_name.example",
            "-",
            "[evil]:1",
            ":4590",
            "[]",
        ],
    )
    @pytest.mark.parametrize("path", ["", "console/journal", "journal", "accounts"])
    def test_open_nothing(self, site: Site, path: str, host: str) -> None:
        """A name that somebody points at this machine (DNS rebinding) does not reach what the machine's own may."""
        reply = site.get(path, Host=host)
        assert reply.status_code == 403 and "not this server" in reply.text

    @pytest.mark.parametrize(
        "host",
        ["localhost", "localhost:1", "idmock.localhost:1", "127.0.0.2", "[::1]:4590", "192.168.1.2:4590"],
    )
    def test_own_names(self, site: Site, host: str) -> None:
        """This machine's, and addresses, which nobody can point elsewhere."""
        assert site.get("console/journal", Host=host).status_code == 200

    def test_health_is_for_everybody(self, site: Site) -> None:
        """It says nothing that the port does not."""
        assert site.get("health", Host="balancer.internal").status_code == 200


@pytest.fixture(scope="module")
def guarded(request: pytest.FixtureRequest) -> MockServer:
    """A server with a token, as one that other machines can reach."""
    mock = MockServer(Settings(admin_token=TOKEN))
    request.addfinalizer(mock.close)
    return mock


@pytest.fixture
def outside(guarded: MockServer) -> Site:
    return Site(guarded)


class TestToken:
    @pytest.mark.parametrize("path", [*PAGES, "console/specimens/front.jpg", "console/journal/entries"])
    def test_pages_ask_for_it(self, outside: Site, path: str) -> None:
        """Every page is the login page until then, under any name of the server."""
        reply = outside.get(path, Host="mock.internal:4590")
        assert reply.status_code == 401 and 'type="password"' in reply.text
        assert "MOCK" not in reply.text

    def test_forms_ask_for_it(self, outside: Site) -> None:
        assert outside.post("console/reset").status_code == 401

    def test_login(self, outside: Site) -> None:
        """The cookie is not the token, no script and no other site gets it, and the token opens nothing else."""
        wrong = outside.post("console/login", {"token": "guess"})
        assert wrong.status_code == 401 and 'id="token-error"' in wrong.text and not outside.session.cookies
        reply = outside.post("console/login", {"token": f" {TOKEN} "})
        assert (reply.status_code, reply.headers["location"]) == (303, HOME)
        cookie = reply.headers["set-cookie"]
        assert TOKEN not in cookie
        assert {"HttpOnly", "SameSite=Strict", "Path=/_idmock/"} <= set(cookie.split("; "))
        assert outside.get("console/accounts").status_code == 200
        assert outside.get("accounts").status_code == 401
        outside.post("console/logout")
        assert outside.get("console/accounts").status_code == 401

    def test_link_with_the_token(self, outside: Site) -> None:
        """It is exchanged for the cookie at once and is gone from the address; the rest of that stays."""
        reply = outside.get(f"console/coverage?vendor=huawei&token={TOKEN}&q=a%26b")
        assert reply.status_code == 303
        assert reply.headers["location"] == "/_idmock/console/coverage?vendor=huawei&q=a%26b"
        assert outside.get("console/coverage").status_code == 200

    def test_wrong_link_and_forged_cookie(self, outside: Site) -> None:
        assert outside.get("console/coverage?token=guess").status_code == 401
        assert outside.get("console/coverage", Cookie=f"idmock_console={TOKEN}").status_code == 401
        assert outside.get("console/coverage", Cookie="idmock_console=é").status_code == 401

    def test_programs_send_the_header(self, outside: Site) -> None:
        assert outside.get("console/accounts", Authorization=f"Bearer {TOKEN}").status_code == 200

    def test_another_token_another_cookie(self, outside: Site, guarded: MockServer) -> None:
        """Who has changed the token has ended all sessions."""
        outside.post("console/login", {"token": TOKEN})
        value = outside.session.cookies["idmock_console"]
        with MockServer(Settings(admin_token="another")) as other:
            assert Site(other).get("console/accounts", Cookie=f"idmock_console={value}").status_code == 401


def test_pages_are_made_once() -> None:
    """Browsers that open the console at the same moment all get it."""
    app: Flask = create_app()
    statuses: list[int] = []

    def open_page() -> None:
        statuses.append(app.test_client().get(HOME, headers=HTML).status_code)

    threads = [threading.Thread(target=open_page) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8
