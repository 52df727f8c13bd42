"""Hosts of the platform and regions: which product a host is of, and which regions the platform knows."""

from __future__ import annotations

import pytest

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests.tencent.conftest import Client
from tests.tencent.raw import tc3, v1, v1_parameters
from tests.tencent.sdk import picture


class TestOtherProducts:
    """A client that signs for another product's host: the product is there, what it asks for is not."""

    def test_version_that_the_product_lacks(self, idmock: MockServer, account: Account) -> None:
        """As somebody saw it at the host of another product: the message names that one."""
        reply = tc3(account, {}, host="cvm.tencentcloudapi.com").send(idmock)
        assert (reply.code, reply.message) == (
            "NoSuchVersion",
            "The specified api version=`2018-11-19` does not exist in service=`cvm`.",
        )

    def test_action_that_the_product_lacks(self, idmock: MockServer, account: Account) -> None:
        """With a version of the product's own it is the action that is not found."""
        request = tc3(account, {}, host="cvm.ap-guangzhou.tencentcloudapi.com")
        reply = request.with_headers({"X-TC-Version": "2017-03-12"}).send(idmock)
        assert (reply.code, reply.message) == (
            "InvalidAction",
            "The request action=`IDCardOCR` is invalid or not found in service=`cvm` and version=`2017-03-12`.",
        )

    def test_hint(self, idmock: MockServer, account: Account) -> None:
        """The mock says where the action is."""
        reply = tc3(account, {}, host="cvm.tencentcloudapi.com").send(idmock)
        assert "IDCardOCR is at ocr.tencentcloudapi.com" in reply.headers["x-idmock-hint"]

    def test_no_product_at_all(self, idmock: MockServer, account: Account) -> None:
        """A host that names none."""
        assert tc3(account, {}, host="nothing.tencentcloudapi.com").send(idmock).code == "NoSuchProduct"

    def test_other_action_of_this_product(self, idmock: MockServer, account: Account) -> None:
        """The real service has it; the hint says that the mock has not."""
        reply = tc3(account, {}).with_headers({"X-TC-Action": "GeneralBasicOCR"}).send(idmock)
        assert (reply.code, "IDCardOCR" in reply.headers["x-idmock-hint"]) == ("InvalidAction", True)


class TestRegions:
    """Names that the official clients have as constants are no typing errors."""

    @pytest.mark.parametrize(
        "region", ["ap-shanghai-fsi", "ap-shenzhen-fsi", "ap-guangzhou-open", "eu-moscow", "ap-nanjing"]
    )
    def test_regions_of_the_platform(self, idmock: MockServer, account: Account, region: str) -> None:
        """They do not offer the action."""
        assert tc3(account, {}).with_headers({"X-TC-Region": region}).send(idmock).code == "UnsupportedRegion"

    def test_region_of_nobody(self, idmock: MockServer, account: Account) -> None:
        """It is a wrong value."""
        reply = tc3(account, {}).with_headers({"X-TC-Region": "ap-wuhan"}).send(idmock)
        assert reply.rule == "InvalidParameterValue#region"


class TestEmptyToken:
    """What clients send that have a token and nothing in it."""

    def test_header(self, idmock: MockServer, account: Account) -> None:
        """It is as if there was none."""
        request = tc3(account, picture(idmock, "front")).with_headers({"X-TC-Token": ""})
        assert request.send(idmock).response["Name"] == "饶光鸣"

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("signed", [True, False])
    def test_parameter(self, idmock: MockServer, account: Account, method: str, signed: bool) -> None:
        """Signed, as most clients sign it, or left out of what is signed, as the one for Go does."""
        sent = v1_parameters(account, Token="", ImageUrl=f"{idmock.url}/_idmock/specimens/front.jpg")
        left_out = {name: value for name, value in sent.items() if value != ""}
        request = v1(account, sent, method=method, signed=sent if signed else left_out)
        assert request.send(idmock).response["Name"] == "饶光鸣"

    def test_wrong_token_in_english(self, idmock: MockServer, client: Client) -> None:
        """The words of the service."""
        temporary = idmock.account("tencent", "temporary")
        error = client(idmock, temporary, token="wrong", language="en-US").refusal({})
        assert error.get_message() == "Token verification failed, please check if your Token is correct."
