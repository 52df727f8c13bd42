"""The clients that the API's pages show: the snippet of `idmock env`, curl and `requests`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from mockserver import vendors
from mockserver.accounts import Account
from mockserver.clients.environment import environment
from mockserver.demo import SPECIMEN
from mockserver.testing import MockServer
from tests.alimarket.client import GatewayError, SellerError, check
from tests.alimarket.raw import HOST, JSON, PATH, Reply, app_code
from tests.snippets import run_snippet
from tests.triggers import encoded

CLIENT = vendors.load("alimarket").client


def curl(mock: MockServer, *arguments: str, body: str, folder: Path) -> Reply:
    """What curl gets; the body goes through a file, as a picture is too long for a command line."""
    sent, headers, received = folder / "sent.json", folder / "headers.txt", folder / "received"
    sent.write_text(body, "utf-8")
    files = ("-D", str(headers), "-o", str(received), "--data-binary", f"@{sent}")
    subprocess.run(["curl", "-sS", *files, *arguments, mock.url + PATH], check=True, timeout=20)
    lines = headers.read_bytes().decode("latin-1").split("\r\n\r\n")[-2].splitlines()
    named = dict(line.split(": ", 1) for line in lines[1:] if line)
    content = received.read_bytes() if received.exists() else b""
    return Reply(int(lines[0].split()[1]), {name.lower(): value for name, value in named.items()}, content)


class TestSnippet:
    """What `idmock env alimarket` prints."""

    def test_prints_the_holder_s_name(self, idmock: MockServer) -> None:
        """Run as it is, from the project's folder."""
        done = run_snippet(idmock, "alimarket")
        assert (done.returncode, done.stdout.strip()) == (0, "饶光鸣"), done.stderr

    def test_says_what_the_gateway_refused(self, idmock: MockServer) -> None:
        """The message of the header, as the body is empty."""
        done = run_snippet(idmock, "alimarket", "package-exhausted")
        assert done.returncode == 1
        assert "gateway 403: Api Market Subscription quota exhausted" in done.stderr

    def test_environment(self, idmock: MockServer) -> None:
        """Address and the three credentials."""
        printed = environment("alimarket", "active", idmock.url)
        credentials = idmock.account("alimarket").credentials
        assert printed.variables == {
            "ALIMARKET_URL": idmock.url,
            "ALIMARKET_APPCODE": credentials["app_code"],
            "ALIMARKET_APPKEY": credentials["app_key"],
            "ALIMARKET_APPSECRET": credentials["app_secret"],
        }


class TestOwnClient:
    """The call of `idmock demo`."""

    def test_reads_a_card(self, idmock: MockServer) -> None:
        """Name, birth and number as the seller spells them."""
        seen = CLIENT.call(idmock.url, idmock.account("alimarket"), idmock.specimen(SPECIMEN))
        assert seen == {"name": "饶光鸣", "birth": "1995年2月14日", "number": "370117199502149751"}

    @pytest.mark.parametrize(
        ("state", "specimen", "said"),
        [("in-arrears", "front", "B403MO"), ("active", "no-card", "500 请求失败")],
    )
    def test_raises_for_either_layer(self, idmock: MockServer, state: str, specimen: str, said: str) -> None:
        """With the gateway's code, or the seller's status and text."""
        account = idmock.account("alimarket", state)
        with pytest.raises(RuntimeError, match=said):
            CLIENT.call(idmock.url, account, idmock.specimen(specimen))


class TestRequests:
    """The library of the Python samples."""

    def post(self, mock: MockServer, account: Account, image: str, **headers: str) -> Reply:
        answer = requests.post(
            mock.url + PATH,
            json={"image": image},
            headers={
                "Authorization": f"APPCODE {account.credentials['app_code']}",
                "Content-Type": JSON,
                **headers,
            },
            timeout=20,
        )
        return Reply.of(answer)

    @pytest.mark.parametrize(("specimen", "kind"), [("front", "front"), ("back", "back"), ("both", "all")])
    def test_success(self, idmock: MockServer, account: Account, specimen: str, kind: str) -> None:
        """Base64 with a prefix, and the specimen's URL, give the same answer."""
        by_data = self.post(idmock, account, "data:image/jpeg;base64," + encoded(idmock.specimen(specimen)))
        by_url = self.post(idmock, account, f"{idmock.url}/_idmock/specimens/{specimen}.jpg")
        assert check(by_data)["type"] == kind
        assert check(by_data) == check(by_url)

    def test_vendor_s_host(self, idmock: MockServer, account: Account) -> None:
        """As a proxy or an entry in the hosts file sends it."""
        reply = self.post(idmock, account, encoded(idmock.specimen("front")), Host=HOST)
        assert check(reply)["name"] == "饶光鸣"

    @pytest.mark.parametrize(
        ("state", "code", "message"),
        [
            ("no-permission", "I403AA", "Unauthorized"),
            ("authorization-expired", "A403EP", "App authorization expired"),
            ("not-activated", "B403MI", "Api Market Subscription invalid"),
            ("subscription-expired", "B403ME", "Api Market Subscription expired"),
            ("in-arrears", "B403MO", "Api Market Subscription overdue"),
            ("package-exhausted", "B403MQ", "Api Market Subscription quota exhausted"),
            ("seller-in-arrears", "B403OD", "Provider Account Overdue"),
        ],
    )
    def test_states_of_apps(self, idmock: MockServer, state: str, code: str, message: str) -> None:
        """Each ready-made app is refused with its code, in headers above nothing."""
        with pytest.raises(GatewayError, match=message) as caught:
            check(self.post(idmock, idmock.account("alimarket", state), "x"))
        assert caught.value.code == code

    def test_parsing_a_gateway_error_as_json_fails(self, idmock: MockServer) -> None:
        """The mistake that clients make: the body is empty."""
        answer = requests.post(idmock.url + PATH, json={}, timeout=20)
        with pytest.raises(requests.exceptions.JSONDecodeError):
            answer.json()

    def test_seller_s_error_passes_raise_for_status(self, idmock: MockServer, account: Account) -> None:
        """HTTP says 200; only the body says what happened."""
        reply = self.post(idmock, account, encoded(idmock.specimen("no-card")))
        assert reply.status == 200
        with pytest.raises(SellerError, match=r"^请求失败，"):
            check(reply)


class TestCurl:
    """The command of the documentation."""

    @pytest.mark.parametrize(("specimen", "kind"), [("front", "front"), ("back", "back"), ("both", "all")])
    def test_success(
        self, idmock: MockServer, account: Account, tmp_path: Path, specimen: str, kind: str
    ) -> None:
        """AppCode, media type, JSON from a file."""
        authorization = f"Authorization: APPCODE {account.credentials['app_code']}"
        body = json.dumps({"image": encoded(idmock.specimen(specimen))})
        headers = ("-H", authorization, "-H", f"Content-Type: {JSON}")
        assert check(curl(idmock, *headers, body=body, folder=tmp_path))["type"] == kind

    def test_forgotten_media_type(self, idmock: MockServer, account: Account, tmp_path: Path) -> None:
        """curl announces a form then, and a form has no image."""
        authorization = f"Authorization: APPCODE {account.credentials['app_code']}"
        reply = curl(idmock, "-H", authorization, body='{"image":"x"}', folder=tmp_path)
        assert reply.json == {"status": 500, "msg": "请求失败，缺少必要参数: image"}

    def test_chunked_body(self, idmock: MockServer, account: Account, tmp_path: Path) -> None:
        """A body whose length is not announced."""
        authorization = f"Authorization: APPCODE {account.credentials['app_code']}"
        headers = ("-H", authorization, "-H", f"Content-Type: {JSON}", "-H", "Transfer-Encoding: chunked")
        body = json.dumps({"image": encoded(idmock.specimen("front"))})
        assert check(curl(idmock, *headers, body=body, folder=tmp_path))["type"] == "front"

    def test_gateway_error(self, idmock: MockServer, tmp_path: Path) -> None:
        """Without credentials: nothing but headers."""
        reply = curl(idmock, body="{}", folder=tmp_path)
        assert (reply.status, reply.code, reply.body) == (400, "A400MA", b"")


def test_journal_line_names_no_credential(
    idmock: MockServer, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    """The access log has the app's name, the code, and nothing that the client sent."""
    with caplog.at_level("INFO", "idmock.access"):
        reply: Any = app_code(account, {"image": "身份证"}).send(idmock)
    line = caplog.messages[-1]
    assert f"account={account.name} code=500 status={reply.status}" in line
    assert account.credentials["app_code"] not in line
