"""Nothing that a server writes holds a picture, a secret or a whole ID number.

One server of its own process is used in every way there is; then everything it wrote is searched: its two streams, its
journal and its metrics.
"""

from __future__ import annotations

import base64
import dataclasses
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from mockserver import vendors
from mockserver.accounts import Account
from mockserver.cards.named import load_specimens
from mockserver.contract import load_contract
from mockserver.testing import MockServer
from tests.serving import Served, served
from tests.tencent import raw as tencent

SPECIMENS = ("front", "back", "no-card", "two-fronts", "front-bad-number")
#: What an admin was given, what a URL gives access with, and an ID number that a client puts where it does not belong.
ADMIN_TOKEN = "admin-token-of-the-test"
URL_SECRET = "signature-in-a-url"
STRAY_NUMBER = "11010519491231002X"
ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")


@dataclasses.dataclass(frozen=True)
class Run:
    """A full run: the accounts that took part, and all that was written."""

    accounts: list[Account]
    written: dict[str, str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("safety")
    with served(folder, "--admin-token", ADMIN_TOKEN, "--journal-entries", "100000") as server:
        admin = requests.Session()
        admin.headers["Authorization"] = f"Bearer {ADMIN_TOKEN}"
        found = admin.get(f"{server.url}/_idmock/accounts", timeout=10).json()["accounts"]
        accounts = [Account(**one) for one in found if not one["state"].startswith("answers-")]
        accounts += [_mint(admin, server, vendor) for vendor in vendors.names()]
        for account in accounts:
            _use(server, account)
        _use_tencent(server, next(a for a in accounts if a.vendor == "tencent"))
        _fail(admin, server, accounts[-1])
        written = {
            name: admin.get(f"{server.url}/_idmock/{path}", timeout=30).text
            for name, path in (
                ("journal", "journal?limit=100000"),
                ("metrics", "metrics"),
                ("health", "health"),
            )
        }
        admin.close()
    written |= {path.name: path.read_text("utf-8") for path in (server.stdout, server.stderr)}
    yield Run(accounts, written)


def _mint(admin: requests.Session, server: Served, vendor: str) -> Account:
    return Account(**admin.post(f"{server.url}/_idmock/accounts", json={"vendor": vendor}, timeout=10).json())


def _use(server: Served, account: Account) -> None:
    """Calls as they should be, and some with a secret that is wrong by a little."""
    call = vendors.load(account.vendor).client.call
    public = load_contract(account.vendor).public_credentials
    wrong = {name: value if name in public else f"{value}\t" for name, value in account.credentials.items()}
    for one in (account, dataclasses.replace(account, credentials=wrong)):
        for specimen in SPECIMENS:
            try:
                call(server.url, one, load_specimens()[specimen].image_path.read_bytes())
            except (RuntimeError, KeyError, requests.RequestException):
                continue  # an error answer, a back that has no name: what counts is what the server wrote


def _use_tencent(server: Served, account: Account) -> None:
    """What the clients do not send: pictures and numbers where they do not belong, addresses that give access."""
    picture = base64.b64encode(_picture()).decode()
    mock: Any = _At(server)
    address = f"https://user:{URL_SECRET}@127.0.0.1:1/{STRAY_NUMBER}.jpg?sign={URL_SECRET}#{URL_SECRET}"
    for parameters in (
        {"ImageUrl": address},
        {"ImageBase64": picture, STRAY_NUMBER: STRAY_NUMBER, "CardSide": STRAY_NUMBER},
        {"ImageBase64": picture[:120]},
        {"Config": picture, "CardSide": ["x" * 100, STRAY_NUMBER], "ImageBase64": {"a": picture}},
    ):
        tencent.tc3(account, parameters).send(mock)
        tencent.tc3(account, parameters, key="wrong").send(mock)
        flat = {name: str(value) for name, value in parameters.items()}
        for method in ("POST", "GET"):
            sent = {**tencent.v1_parameters(account, **flat), "Nonce": uuid.uuid4().int % 10**9}
            if method == "POST" or len(str(sent)) < 8000:
                tencent.v1(account, sent, method=method).send(mock)
                tencent.v1(account, sent, method=method, signed={**sent, "Nonce": 1}).send(mock)
    tencent.tc3(account, {}, method="GET", query=f"CardSide={STRAY_NUMBER}&ImageUrl={quote(address)}").send(
        mock
    )
    tencent.tc3(account, {}, method="GET", query=f"ImageUrl={quote(quote(address, safe=''), safe='')}").send(
        mock
    )
    requests.post(f"{server.url}/{STRAY_NUMBER}", headers={"X-TC-Action": STRAY_NUMBER}, timeout=10)
    requests.post(server.url, data=picture, headers={"X-TC-Action": picture[:2000]}, timeout=10)


def _fail(admin: requests.Session, server: Served, account: Account) -> None:
    """Faults, and calls under them."""
    for fault in ({"latency_ms": 1}, {"fault": "connection-reset"}, {"fault": "html-error"}):
        admin.post(f"{server.url}/_idmock/faults", json=fault | {"count": 2}, timeout=10).raise_for_status()
        _use(server, account)


class _At:
    """As much of a `MockServer` as the hand-written client needs."""

    def __init__(self, server: Served) -> None:
        self.authority = server.url.removeprefix("http://")


def _picture() -> bytes:
    return load_specimens()["front"].image_path.read_bytes()


def test_the_run_was_a_full_one(run: Run) -> None:
    """Every vendor answered, well and badly, and nothing failed in the mock itself."""
    journal = run.written["journal"]
    for vendor in vendors.names():
        assert re.search(rf'"vendor":"{vendor}"[^{{}}]*"code":"ok"', journal), vendor
    assert journal.count('"id":') > 300
    assert '"diagnosis"' in journal
    assert '"own_faults":0' in run.written["health"]
    assert "account=active code=ok" in run.written["stderr"]
    assert "Traceback" not in run.written["stderr"]


@pytest.mark.parametrize("name", ["journal", "metrics", "stdout", "stderr"])
class TestNothingIsWrittenDown:
    def test_no_secret(self, run: Run, name: str) -> None:
        """Of any account: neither keys nor tokens nor passwords. Nor the admin's token, nor a URL's."""
        text = run.written[name]
        for account in run.accounts:
            public = load_contract(account.vendor).public_credentials
            for credential, value in account.credentials.items():
                if credential not in public:
                    assert value not in text, f"{credential} of {account.vendor} {account.name}"
        assert ADMIN_TOKEN not in text
        assert URL_SECRET not in text

    def test_no_picture(self, run: Run, name: str) -> None:
        """Not even a hundred characters of one, in any of the spellings that requests have for it."""
        text = run.written[name]
        for specimen in SPECIMENS:
            picture = load_specimens()[specimen].image_path.read_bytes()
            encoded = base64.b64encode(picture).decode()
            for start in (0, 60, 3000, len(encoded) - 100):
                assert encoded[start : start + 100] not in text
        assert not re.search(r"[A-Za-z0-9+/%]{300,}", text)

    def test_no_id_number(self, run: Run, name: str) -> None:
        """Neither a specimen's nor one that a client sent as something else."""
        text = run.written[name]
        assert STRAY_NUMBER not in text
        for specimen in SPECIMENS:
            for sighting in load_specimens()[specimen].cards:
                number = sighting.card.fields.get("id_number")
                assert not number or number not in text
        assert not ID_NUMBER.search(text)


def test_pictures_leave_no_file(idmock: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server writes nothing to disk, large bodies included."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    account = idmock.account("megvii")
    vendors.load("megvii").client.call(idmock.url, account, _picture().ljust(1_500_000, b"\0"))
    assert list(tmp_path.iterdir()) == []
