"""The README's first page, followed to the letter: server, console, SDK, Node, pytest, interception.

`tests/test_readme.py` has the first SDK snippet and `make serve`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.programs import needed
from tests.pytest_runs import environment
from tests.serving import served
from tests.test_docs import blocks, files, free_ports, run_script

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
FIRST_PAGE = README.partition("**More:**")[0]
NAME = "饶光鸣"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`idmock serve`, on a free port."""
    with served(tmp_path_factory.mktemp("served")) as server:
        yield server.url


def test_it_is_one_screen_to_the_first_success() -> None:
    """Start, client and result stand within the first fifty lines."""
    lines = README.splitlines()
    (line,) = (number for number, line in enumerate(lines) if line.startswith(f"It prints `{NAME}`"))
    assert line < 50


def test_console(url: str) -> None:
    """The address that the README names is a page."""
    assert "<http://127.0.0.1:4590/> is the console" in FIRST_PAGE
    answer = requests.get(url, headers={"Accept": "text/html"}, timeout=10)
    assert answer.status_code == 200
    assert "<html" in answer.text


def test_node(url: str, tmp_path: Path) -> None:
    """`node read.mjs` prints the name, with nothing installed."""
    node = needed("node")
    (tmp_path / "read.mjs").write_text(files(FIRST_PAGE)["read.mjs"].replace("http://127.0.0.1:4590", url))
    done = subprocess.run([node, "read.mjs"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout == f"{NAME}\n", done.stderr


def test_pytest(tmp_path: Path) -> None:
    """The test with a throttled vendor passes, with a client that gives the name or the code."""
    client = (
        "from mockserver import vendors\n\n"
        "def read(url, account, picture):\n"
        "    try:\n"
        "        return vendors.load('tencent').client.call(url, account, picture)['name']\n"
        "    except RuntimeError as error:\n"
        "        return str(error)\n\n"
    )
    (tmp_path / "test_throttled.py").write_text(client + files(FIRST_PAGE)["test_throttled.py"], "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "1 passed" in done.stdout, done.stdout


def test_interception(tmp_path: Path) -> None:
    """The two lines, then the official SDK's snippet without its only mention of the mock."""
    snippet = blocks(FIRST_PAGE, "python")[0]
    assert 'HttpProfile(protocol="http", endpoint="127.0.0.1:4590")' in snippet
    production = snippet.replace('HttpProfile(protocol="http", endpoint="127.0.0.1:4590")', "HttpProfile()")
    (tmp_path / "client.py").write_text(production, "utf-8")
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    (port,) = map(str, free_ports(1))
    lines = files(FIRST_PAGE)["intercept.sh"].splitlines()
    assert lines[0] == "idmock proxy &"
    script = "\n".join(
        [
            f"export IDMOCK_PROXY_PORT={port} IDMOCK_PROXY_URL=http://127.0.0.1:{port}",
            *lines,
            f"until (exec 3<>/dev/tcp/127.0.0.1/{port}) 2> /dev/null; do sleep 0.1; done",
            "python client.py",
        ]
    )
    done = run_script(script, tmp_path)
    assert done.returncode == 0, done.stdout
    assert re.search(rf"^{NAME}$", done.stdout, re.MULTILINE)
