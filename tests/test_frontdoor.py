"""Which vendor a request is for: by host, else by path and by the marks of the protocols."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mockserver import vendors
from mockserver.contract import Contract, load_contract
from mockserver.frontdoor import FrontDoor, Served, VendorDoor
from mockserver.request import Request
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.conftest import StartMock
from tests.tencent.raw import Raw

LOCAL = "127.0.0.1:4590"


def request(
    method: str = "GET", path: str = "/", query: str = "", *, body: bytes = b"", **headers: Any
) -> Request:
    """A request at a local address; ``X_TC_Action`` stands for ``x-tc-action``."""
    named = {name.lower().replace("_", "-"): value for name, value in headers.items()}
    return Request(method, path, query, {"host": LOCAL, **named}, body, len(body), 0.0)


def recognised_by(contract: Contract, **tells: Any) -> Contract:
    """A contract that is recognised by other things."""
    known = {"hosts": [], "paths": [], "marks": [], "says": "nothing tells", **tells}
    return replace(contract, operation={**contract.operation, "recognised_by": known})


@pytest.fixture(scope="module")
def tencent() -> Served:
    """The vendor as served by default."""
    return Served(vendors.load("tencent"), load_contract("tencent"))


class TestTencent:
    """The marks of the data."""

    @pytest.mark.parametrize(
        "host",
        [
            "ocr.tencentcloudapi.com", "OCR.TencentCloudAPI.com", "ocr.tencentcloudapi.com:8080",
            "ocr.ap-guangzhou.tencentcloudapi.com", "ocr.tencentcloudapi.cn", "ocr.tencentcloudapi.com.cn",
            "ocr.intl.tencentcloudapi.com", "anything.tencentcloudapi.com",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("path", ["/", "/faceid/v3/ocridcard"])
    def test_host(self, tencent: Served, host: str, path: str) -> None:
        """Its own hosts, in any case, with or without a port, whatever the path."""
        assert FrontDoor([tencent]).find(request(path=path, host=host)) is tencent

    @pytest.mark.parametrize(
        "host", ["tencentcloudapi.com", "ocr.tencentcloudapi.com.example.org", "ocr", ""]
    )
    def test_other_hosts(self, tencent: Served, host: str) -> None:
        """A host that only looks like one."""
        assert FrontDoor([tencent]).find(request(host=host)) is None

    @pytest.mark.parametrize(
        "headers",
        [
            {"x_tc_action": "IDCardOCR"}, {"x_tc_action": ""}, {"x_tc_version": "2018-11-19"},
            {"x_tc_timestamp": "1"}, {"authorization": "TC3-HMAC-SHA256 Credential="},
        ],
    )  # fmt: skip
    def test_headers(self, tencent: Served, headers: dict[str, Any]) -> None:
        """Any one of them at a local address."""
        assert FrontDoor([tencent]).find(request("POST", **headers)) is tencent

    @pytest.mark.parametrize("pairs", ["Action=IDCardOCR", "Action=X&SecretId=Y", "SecretId=&Signature="])
    def test_parameters(self, tencent: Served, pairs: str) -> None:
        """In the query of a GET or in a form."""
        door = FrontDoor([tencent])
        form = request("POST", body=pairs.encode(), content_type="application/x-www-form-urlencoded")
        assert door.find(request(query=pairs)) is tencent
        assert door.find(form) is tencent

    @pytest.mark.parametrize(
        "nobody",
        [
            request(),
            request(query="Action=RecognizeIdcard"),
            request(query="SecretId=x"),
            request("POST", authorization="ACS3-HMAC-SHA256 Credential="),
            request("POST", body=b"Action=IDCardOCR", content_type="text/plain"),
            request("POST", path="/other", x_tc_action="IDCardOCR"),
        ],
    )
    def test_no_mark(self, tencent: Served, nobody: Request) -> None:
        """Nothing of the protocol, another vendor's marks, another path."""
        assert FrontDoor([tencent]).find(nobody) is None


class TestSeveral:
    """Several vendors on one port."""

    def test_host_goes_before_marks(self, tencent: Served) -> None:
        """A vendor's own host decides, even if the request bears another's marks."""
        other = replace(tencent, contract=recognised_by(tencent.contract, hosts=["api.other.test"]))
        door = FrontDoor([tencent, other])
        assert door.find(request(host="api.other.test", x_tc_action="IDCardOCR")) is other

    def test_path_without_marks(self, tencent: Served) -> None:
        """A path that one vendor has for itself needs no mark; patterns have wildcards."""
        other = replace(tencent, contract=recognised_by(tencent.contract, paths=["/v2/*/ocr/id-card"]))
        door = FrontDoor([tencent, other])
        assert door.find(request("POST", path="/v2/0123/ocr/id-card")) is other
        assert door.find(request("POST", path="/v2/ocr/id-card")) is None

    def test_all_of_a_mark_is_needed(self, tencent: Served) -> None:
        """Headers and parameters of one mark count together."""
        mark = {"headers": {"X-One": "a"}, "parameters": {"two": "*"}}
        door = FrontDoor(
            [replace(tencent, contract=recognised_by(tencent.contract, paths=["/"], marks=[mark]))]
        )
        assert door.find(request(query="two=2", x_one="abc")) is not None
        assert door.find(request(x_one="abc")) is None
        assert door.find(request(query="two=2")) is None
        assert door.find(request(query="two=2", x_one="b")) is None

    def test_own_port(self, tencent: Served) -> None:
        """A port that one vendor has for itself asks nothing."""
        assert VendorDoor([tencent]).find(request(path="/whatever")) is tencent


class TestOverTheWire:
    """What nobody is recognised by."""

    def test_unrecognised(self, idmock: MockServer) -> None:
        """404 and one line that says how each vendor is recognised."""
        reply = Raw("POST", "/", {"Content-Type": "application/json"}, b"{}").send(idmock)
        assert reply.status == 404
        assert reply.headers["content-type"] == "text/plain; charset=utf-8"
        text = reply.body.decode()
        assert text.count("\n") == 1
        assert load_contract("tencent").recognised_by["says"] in text

    @pytest.mark.parametrize("path", ["/a", "//", "/%00", "/../..", "/%2e%2e/", "/index.html?x=%ff"])
    def test_paths(self, idmock: MockServer, path: str) -> None:
        """Any path."""
        assert Raw("GET", path).send(idmock).status == 404

    def test_vendor_that_is_not_served(self, start_mock: StartMock) -> None:
        """A server of some vendors does not recognise the others."""
        mock = start_mock(Settings(vendors=("tencent",)))
        assert {account.vendor for account in mock.world.accounts.select()} == {"tencent"}
        assert "ACS3" not in Raw("POST", "/", {}, b"").send(mock).body.decode()
