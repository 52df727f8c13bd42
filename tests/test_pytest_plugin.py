"""The pytest plugin: what it costs those who do not use it, and what holds for those who do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import requests

from mockserver import vendors
from mockserver.accounts import Account
from mockserver.accounts.minting import MintError
from mockserver.testing import MockServer
from tests.pytest_runs import environment

MintAccount = Callable[..., Account]


def run_pytest(folder: Path, text: str, *options: str) -> str:
    """What pytest prints for a file with this text, in a process of its own; the run must pass."""
    (folder / "test_it.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", *options]
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class TestCost:
    """Of a plugin that pytest loads into everybody's runs."""

    def test_nothing_is_imported_before_a_test_asks(self, tmp_path: Path) -> None:
        """Neither the server nor what it needs: the plugin is one small module."""
        text = (
            "import sys\n"
            "def test_it():\n"
            "    heavy = {'flask', 'werkzeug', 'PIL', 'jsonschema', 'faker', 'zxingcpp', 'granian'}\n"
            "    print('loaded:', sorted(heavy & sys.modules.keys()))\n"
            "    print('ours:', sorted(n for n in sys.modules if n.startswith(('mockserver', 'conformance'))))\n"
        )
        out = run_pytest(tmp_path, text)
        assert "loaded: []" in out
        assert (
            "ours: ['conformance', 'conformance.pytest_hook', 'mockserver', 'mockserver.pytest_plugin']"
            in out
        )

    def test_fixtures_are_listed(self, tmp_path: Path) -> None:
        """`pytest --fixtures` explains them."""
        out = run_pytest(tmp_path, "def test_it(): pass\n", "--fixtures")
        assert "idmock [session scope]" in out
        assert "idmock_account" in out
        assert "Mints accounts for one test" in out

    def test_no_option_is_added(self, tmp_path: Path) -> None:
        """Options of other plugins keep their names, --base-url among them."""
        out = run_pytest(tmp_path, "def test_it(): pass\n", "--help")
        assert "idmock" not in out.partition("Environment variables")[0].partition("--trace-config")[0]
        assert "--base-url" not in out


class TestUse:
    """What design and README promise of ``idmock`` and ``idmock_account``."""

    def test_endpoint_answers_requests_and_httpx(
        self, idmock: MockServer, idmock_account: MintAccount
    ) -> None:
        """Both clients get the same answer to the same call."""
        key = idmock_account("megvii").credentials
        url = f"{idmock.endpoint('megvii')}/faceid/v3/ocridcard"
        picture = idmock.specimen("front")
        names = [
            requests.post(url, data=key, files={"image": picture}, timeout=10).json()["name"]["result"],
            httpx.post(url, data=key, files={"image": picture}).json()["name"]["result"],
        ]
        assert names == ["饶光鸣", "饶光鸣"]

    def test_every_vendor(self, idmock: MockServer, idmock_account: MintAccount) -> None:
        """Each vendor's client is answered with a minted account, and only its journal shows the call."""
        for name in vendors.names():
            account = idmock_account(name)
            seen = vendors.load(name).client.call(idmock.endpoint(name), account, idmock.specimen("front"))
            assert seen["name"] == "饶光鸣"
            assert idmock.journal(account=account)[0]["code"] == "ok"
            assert idmock.journal(account=idmock_account(name)) == []

    def test_tests_at_the_same_time_do_not_meet(
        self, idmock: MockServer, idmock_account: MintAccount
    ) -> None:
        """Two accounts, each with one call left, used by two threads at once: each gets its own."""
        accounts = [idmock_account("tencent", limits={"calls_left": 1}) for _ in range(2)]
        call = vendors.load("tencent").client.call
        picture = idmock.specimen("front")
        with ThreadPoolExecutor(2) as pool:
            seen = list(pool.map(lambda account: call(idmock.url, account, picture)["name"], accounts))
        assert seen == ["饶光鸣", "饶光鸣"]
        for account in accounts:
            with pytest.raises(RuntimeError, match="ResourcePackageRunOut"):
                call(idmock.url, account, picture)

    def test_processes_have_servers_of_their_own(self, tmp_path: Path) -> None:
        """Under pytest-xdist each worker starts one; ready-made accounts are not shared between them either."""
        text = (
            "import pytest\n"
            "@pytest.mark.parametrize('n', range(6))\n"
            "def test_it(idmock, idmock_account, n):\n"
            "    account = idmock_account('huawei', name='always-this')\n"
            "    assert account.name == 'always-this'\n"
            "    assert idmock.journal() == []\n"
        )
        assert "6 passed" in run_pytest(tmp_path, text, "-n", "2")

    def test_accounts_go_with_their_test(self, idmock: MockServer) -> None:
        """What was minted under a name can be minted again."""
        for _ in range(2):
            account = idmock.mint("aliyun", name="twice")
            idmock.remove(account)
        assert idmock.world.accounts.named("aliyun", "twice") is None

    @pytest.mark.parametrize(
        ("ask", "error", "words"),
        [
            (lambda mock: mock.endpoint("baidu"), LookupError, "'baidu' is not served here"),
            (lambda mock: mock.account("tencent", "asleep"), LookupError, "no account in state 'asleep'"),
            (lambda mock: mock.specimen("side"), LookupError, "no specimen 'side'; there are: front"),
            (lambda mock: mock.mint("tencent", "asleep"), MintError, "no state 'asleep'"),
            (lambda mock: mock.mint("megvii", limits={"requests_per_second": 1}), MintError, "megvii"),
        ],
    )  # fmt: skip
    def test_mistakes_are_named(
        self, idmock: MockServer, ask: Callable[[MockServer], object], error: type[Exception], words: str
    ) -> None:
        """With what there is."""
        with pytest.raises(error, match=words):
            ask(idmock)


def test_a_process_that_closes_nothing_ends_in_silence(tmp_path: Path) -> None:
    """A script that forgets its mock is told nothing of the libraries behind it."""
    program = (
        "from mockserver import vendors\n"
        "from mockserver.testing import MockServer\n"
        "mock = MockServer()\n"
        "picture = mock.specimen('front')\n"
        "print(vendors.load('tencent').client.call(mock.url, mock.account('tencent'), picture)['name'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "饶光鸣\n", "")
