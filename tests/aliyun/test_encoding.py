"""Parameters that are not percent-encoded UTF-8."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests.aliyun import raw
from tests.aliyun.raw import acs3, rpc


@pytest.fixture
def front(idmock: MockServer) -> bytes:
    return idmock.specimen("front")


class TestEncoding:
    @pytest.mark.parametrize("value", ["%C9%ED%B7%DD", "%E8%BA", "%zz", "100%", "%u8eab"])
    def test_what_is_no_utf_8_is_refused_in_xml(
        self, idmock: MockServer, account: Account, value: str
    ) -> None:
        """Before the signature, and before a Format is read: in a query of either style."""
        for sent in (
            acs3(idmock, account, b"x", query=f"Url={value}").request(),
            raw.Raw("POST", f"{rpc(idmock, account).target}&Url={value}", {"Host": idmock.authority}),
        ):
            reply = sent.send(idmock)
            assert (reply.status, reply.code) == (400, "RequestParameterMalformed")
            assert reply.headers["Content-Type"] == "text/xml;charset=utf-8"

    def test_nor_in_a_form(self, idmock: MockServer, account: Account) -> None:
        """A text in GBK, as a client sends it that does not know about encodings."""
        sent = rpc(idmock, account, form=True)
        reply = replace(sent, body=sent.body + b"&Url=" + "身份".encode("gbk")).send(idmock)
        assert (reply.status, reply.code) == (400, "RequestParameterMalformed")

    def test_a_picture_is_no_parameter(self, idmock: MockServer, account: Account, front: bytes) -> None:
        """Its bytes need not be UTF-8, and hold percent signs."""
        assert acs3(idmock, account, front + b"%zz").send(idmock).status == 200
