"""The mock's own surface: health, accounts, specimens, coverage."""

from __future__ import annotations

import json

import pytest

from mockserver import __version__, vendors
from mockserver.cards.named import load_specimens
from mockserver.contract import load_accounts, load_contract
from mockserver.pictures import open_picture
from mockserver.testing import MockServer
from tests.tencent.raw import Raw, Reply


def get(mock: MockServer, path: str, host: str | None = None) -> Reply:
    return Raw("GET", f"/_idmock/{path}", {"Host": host} if host else {}).send(mock)


def test_health(idmock: MockServer) -> None:
    """Version, vendors with their editions, and how often the mock itself has failed."""
    reply = get(idmock, "health")
    found = json.loads(reply.body)
    assert reply.headers["content-type"] == "application/json"
    assert found["status"] == "ok"
    assert found["version"] == __version__
    assert found["vendors"]["tencent"] == []
    assert found["own_faults"] == 0


def test_own_surface_goes_before_vendor_hosts(idmock: MockServer) -> None:
    """Also for a client that sends a vendor's Host."""
    assert json.loads(get(idmock, "health", "ocr.tencentcloudapi.com").body)["status"] == "ok"


class TestAccounts:
    """Ready-made ones, narrowed by vendor and state."""

    def test_all(self, idmock: MockServer) -> None:
        """Those of the file are there, in the shape that accounts have everywhere."""
        found = json.loads(get(idmock, "accounts").body)["accounts"]
        ready = [row for row in load_accounts() if row["vendor"] == "tencent"]
        assert [row for row in ready if row not in found] == []

    def test_narrowed(self, idmock: MockServer) -> None:
        """By both; the ready-made one stands first."""
        found = json.loads(get(idmock, "accounts?vendor=tencent&state=in-arrears").body)["accounts"]
        assert found[0]["name"] == "in-arrears"
        assert {(account["vendor"], account["state"]) for account in found} == {("tencent", "in-arrears")}

    @pytest.mark.parametrize("query", ["vendor=nobody", "state=asleep", "vendor=tencent&state=asleep"])
    def test_none(self, idmock: MockServer, query: str) -> None:
        assert json.loads(get(idmock, f"accounts?{query}").body) == {"accounts": []}


class TestSpecimens:
    """The list with its truth, and the files."""

    def test_list(self, idmock: MockServer) -> None:
        """Every specimen, with an address at this server."""
        rows = json.loads(get(idmock, "specimens").body)["specimens"]
        assert [row["name"] for row in rows] == list(load_specimens())
        front = rows[0]
        assert front["url"] == f"{idmock.url}/_idmock/specimens/front.jpg"
        assert front["cards"][0]["fields"]["name"] == "饶光鸣"

    @pytest.mark.parametrize(
        ("extension", "media_type", "form"),
        [("jpg", "image/jpeg", "JPEG"), ("png", "image/png", "PNG"), ("bmp", "image/bmp", "BMP")],
    )
    def test_file(self, idmock: MockServer, extension: str, media_type: str, form: str) -> None:
        """In three formats; the stored one byte for byte."""
        reply = get(idmock, f"specimens/front.{extension}")
        assert (reply.status, reply.headers["content-type"]) == (200, media_type)
        picture = open_picture(reply.body)
        assert (picture.format, picture.width, picture.height) == (form, 1040, 740)
        if extension == "jpg":
            assert reply.body == idmock.specimen("front")

    @pytest.mark.parametrize(
        "name", ["nobody.jpg", "front.gif", "front", "..%2Faccounts.json", "front.jpg/x"]
    )
    def test_not_there(self, idmock: MockServer, name: str) -> None:
        """404 and one line."""
        reply = get(idmock, f"specimens/{name}")
        assert reply.status == 404
        assert reply.body.count(b"\n") == 1


class TestCoverage:
    """Every rule, with where it comes from."""

    def test_rules(self, idmock: MockServer) -> None:
        """Unique ids; each says what it is, how sure it is, and where it was found."""
        rules = json.loads(get(idmock, "coverage").body)["rules"]
        ids = [rule["id"] for rule in rules]
        assert len(ids) == len(set(ids))
        for rule in rules:
            assert rule["confidence"] in ("documented", "observed", "inferred")
            assert rule["says"]
            assert rule["source"]

    def test_order_of_checks(self, idmock: MockServer) -> None:
        """Each vendor's steps as they run, every one with a line of its own that says what it looks at."""
        order = json.loads(get(idmock, "coverage").body)["order"]
        assert list(order) == list(vendors.names())
        for name, steps in order.items():
            assert [one["step"] for one in steps] == [step.__name__ for step in vendors.load(name).steps]
            said = [one["does"] for one in steps]
            assert all(said)
            assert len(set(said)) == len(said)

    def test_every_error_has_its_trigger(self, idmock: MockServer) -> None:
        rules = json.loads(get(idmock, "coverage").body)["rules"]
        errors = {r["rule"]: r for r in rules if (r["vendor"], r["kind"]) == ("tencent", "error")}
        assert errors.keys() == load_contract("tencent").errors.keys()
        assert all(rule["trigger"]["says"] for rule in errors.values())


@pytest.mark.parametrize("path", ["", "nothing", "health/", "../_idmock/x", "coverage/1"])
def test_other_addresses(idmock: MockServer, path: str) -> None:
    """404 and one line, not a page."""
    reply = get(idmock, path)
    assert reply.status == 404
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.body.count(b"\n") == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_methods(idmock: MockServer, method: str) -> None:
    """What is only read cannot be written."""
    reply = Raw(method, "/_idmock/health").send(idmock)
    assert reply.status == 405
    assert reply.body.count(b"\n") == 1
