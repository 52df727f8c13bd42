"""What `idmock env huawei` prints works as it is printed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mockserver import vendors
from mockserver.environment import environment
from mockserver.testing import MockServer

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("state", ["active", "temporary"])
def test_snippet_prints_the_holders_name(idmock: MockServer, tmp_path: Path, state: str) -> None:
    """The page's own example with nothing but variables changed: no endpoint, no project id in the code."""
    printed = environment("huawei", state, idmock.url)
    variables = {**os.environ, **printed.variables, "HOME": str(tmp_path), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", printed.snippet]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, check=True, timeout=60)
    assert done.stdout.decode().strip() == "饶光鸣"


def test_variables_of_a_permanent_key(idmock: MockServer) -> None:
    """No security token where there is none."""
    names = set(environment("huawei", "active", idmock.url).variables)
    assert "CLOUD_SDK_SECURITY_TOKEN" not in names
    assert {"CLOUD_SDK_AK", "CLOUD_SDK_SK", "HUAWEICLOUD_SDK_IAM_ENDPOINT"} <= names


def test_call_names_the_code_of_an_error(idmock: MockServer) -> None:
    """As `idmock demo` would show it."""
    client = vendors.load("huawei").client
    seen = client.call(idmock.url, idmock.account("huawei"), idmock.specimen("front"))
    assert seen == {"name": "饶光鸣", "birth": "1995-02-14", "number": "370117199502149751"}
    with pytest.raises(RuntimeError, match=r"ModelArts\.4204"):
        client.call(idmock.url, idmock.account("huawei", "not-activated"), idmock.specimen("front"))
