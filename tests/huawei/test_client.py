"""What `idmock env huawei` prints works as it is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver import vendors
from mockserver.clients.environment import environment
from mockserver.testing import MockServer
from tests.snippets import run_snippet


@pytest.mark.parametrize("state", ["active", "temporary"])
def test_snippet_prints_the_holders_name(idmock: MockServer, tmp_path: Path, state: str) -> None:
    """The page's own example with nothing but variables changed: no endpoint, no project id in the code."""
    done = run_snippet(idmock, "huawei", state, HOME=str(tmp_path))
    assert (done.returncode, done.stdout.strip()) == (0, "饶光鸣"), done.stderr


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
