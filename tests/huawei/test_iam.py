"""The IAM calls that clients make first: logins, projects, domains, regions, and IAM's own errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, SdkException
from huaweicloudsdkiam.v3 import (
    IamClient,
    KeystoneCreateProjectOption,
    KeystoneCreateProjectRequest,
    KeystoneCreateProjectRequestBody,
    KeystoneListAuthDomainsRequest,
    KeystoneListProjectsRequest,
    KeystoneListRegionsRequest,
)

from mockserver.accounts import Account
from mockserver.contract import load_contract
from mockserver.testing import MockServer
from tests.huawei import raw
from tests.huawei.conftest import Client, mint
from tests.huawei.raw import JSON, Raw
from tests.huawei.sdk import Sdk
from tests.triggers import encoded

CONTRACT = load_contract("huawei")
SCOPE = {"project": {"name": "cn-north-4"}}


def checked(reply: raw.Reply) -> dict[str, Any]:
    """The body of a success, which the response schema describes."""
    assert reply.status in (200, 201), reply.body
    CONTRACT.response_validator.validate(reply.json)
    assert reply.headers["x-iam-trace-id"]
    return reply.json


def listed(mock: MockServer, account: Account, target: str) -> dict[str, Any]:
    return checked(raw.signed(account, method="GET", target=target, host=mock.authority).send(mock))


class TestDiscovery:
    def test_sdk_finds_the_project_by_itself(
        self, idmock: MockServer, account: Account, client: Client
    ) -> None:
        """With a region and no project id, as the page's own examples have it."""
        sdk = client(idmock, account, project_id=None, region="cn-north-4")
        assert sdk.client._credentials.project_id == account.credentials["project_id"]
        assert sdk.call(image=encoded(idmock.specimen("front"))).result.name

    def test_region_without_the_operation_has_no_project(
        self, idmock: MockServer, account: Account, client: Client
    ) -> None:
        """The SDK says so."""
        with pytest.raises(SdkException, match="Failed to get project id of region 'af-south-1'"):
            client(idmock, account, project_id=None, region="af-south-1")

    def test_wrong_key_is_wrapped_by_the_sdk(
        self, idmock: MockServer, account: Account, client: Client
    ) -> None:
        """With the shared gateway's spelling of the code."""
        with pytest.raises(SdkException, match=r"APIGW\.0301.*verify aksk signature fail"):
            client(idmock, account, project_id=None, region="cn-north-4", sk="wrong")

    def test_what_the_node_client_does(self, idmock: MockServer, account: Account) -> None:
        """No project in a region: it asks for regions and domains and creates one, which then serves."""
        assert listed(idmock, account, "/v3/projects?name=cn-south-1")["projects"] == []
        regions = listed(idmock, account, "/v3/regions")["regions"]
        assert "cn-south-1" in [region["id"] for region in regions]
        (domain,) = listed(idmock, account, "/v3/auth/domains")["domains"]
        wanted = {"project": {"name": "cn-south-1", "domain_id": domain["id"]}}
        request = raw.signed(account, wanted, target="/v3/projects", host=idmock.authority)
        project = checked(request.send(idmock))["project"]
        assert (project["name"], project["domain_id"]) == ("cn-south-1", domain["id"])
        body = {"image": encoded(idmock.specimen("front"))}
        target = f"/v2/{project['id']}/ocr/id-card"
        assert raw.signed(account, body, target=target, host=idmock.authority).send(idmock).status == 200

    def test_all_projects(self, idmock: MockServer, account: Account) -> None:
        """Each with an id of its own, all of one domain."""
        projects = listed(idmock, account, "/v3/projects")["projects"]
        assert {project["name"] for project in projects} > set(CONTRACT.operation["regions"])
        assert len({project["id"] for project in projects}) == len(projects)
        assert len({project["domain_id"] for project in projects}) == 1

    def test_the_iam_client(self, idmock: MockServer, account: Account) -> None:
        """The vendor's own client of IAM parses all of the answers."""
        keys = account.credentials
        credentials = GlobalCredentials(keys["ak"], keys["sk"], "0" * 32)
        iam = IamClient.new_builder().with_credentials(credentials).with_endpoint(idmock.url).build()
        try:
            with Sdk.at(idmock.clock.now()):
                self.use(iam, keys)
        finally:
            iam._http_client.close()
            iam._http_client.executor.shutdown()

    @staticmethod
    def use(iam: IamClient, keys: Mapping[str, str]) -> None:
        projects = iam.keystone_list_projects(KeystoneListProjectsRequest(name="cn-north-4")).projects
        assert [project.id for project in projects] == [keys["project_id"]]
        (domain,) = iam.keystone_list_auth_domains(KeystoneListAuthDomainsRequest()).domains
        assert domain.name == keys["domain"]
        assert len(iam.keystone_list_regions(KeystoneListRegionsRequest()).regions) == 11
        option = KeystoneCreateProjectOption(domain_id=domain.id, name="nowhere-1")
        body = KeystoneCreateProjectRequestBody(project=option)
        with pytest.raises(ClientRequestException) as caught:
            iam.keystone_create_project(KeystoneCreateProjectRequest(body=body))
        assert (caught.value.status_code, caught.value.error_code) == (400, 400)


class TestLogin:
    def test_answer(self, frozen_mock: MockServer) -> None:
        """201, the token in a header, and in the body what it is for and for how long."""
        account = mint(frozen_mock)
        reply = raw.login(account, SCOPE).send(frozen_mock)
        assert reply.status == 201
        token = checked(reply)["token"]
        assert token["issued_at"] == "2023-11-14T22:13:20.000000Z"
        assert token["expires_at"] == "2023-11-15T22:13:20.000000Z"
        project = token["project"]
        assert (project["id"], project["name"]) == (account.credentials["project_id"], "cn-north-4")
        assert project["domain"]["name"] == token["user"]["domain"]["name"] == account.credentials["domain"]
        assert token["user"]["name"] == account.credentials["username"]

    @pytest.mark.parametrize("scope", [None, {}, {"domain": None}])
    def test_for_the_account_as_a_whole(
        self, idmock: MockServer, account: Account, scope: dict[str, Any] | None
    ) -> None:
        """Without a project as its scope the token names the domain; OCR refuses it."""
        reply = raw.login(account, scope).send(idmock)
        token = checked(reply)["token"]
        assert "project" not in token
        assert token["domain"]["name"] == account.credentials["domain"]
        request = raw.with_token(account, reply.headers["x-subject-token"], {})
        refused = request.send(idmock)
        assert refused.rule == "ModelArts.0212"
        assert refused.message.endswith("not contain project item. ")

    def test_project_by_id(self, idmock: MockServer, account: Account) -> None:
        """In place of its name; one that is not the account's is refused."""
        own = account.credentials["project_id"]
        token = checked(raw.login(account, {"project": {"id": own}}).send(idmock))["token"]
        assert token["project"]["name"] == "cn-north-4"
        for project in ({"id": "f" * 32}, {"name": "nowhere-1"}, {}):
            assert raw.login(account, {"project": project}).send(idmock).rule == "401#unauthenticated"

    def test_token_serves_for_iam_too(self, idmock: MockServer, account: Account) -> None:
        """The other calls take a token as they take a signature."""
        token = raw.token_of(idmock, account, None)
        request = Raw("GET", "/v3/projects?name=cn-east-3", {"X-Auth-Token": token})
        assert [project["name"] for project in checked(request.send(idmock))["projects"]] == ["cn-east-3"]

    @pytest.mark.parametrize(
        ("changes", "rule"),
        [
            ({"password": "wrong"}, "401#login"),
            ({"username": "nobody"}, "401#login"),
            ({"domain": "elsewhere"}, "401#account-name"),
            ({"user": None}, "400#malformed"),
            ({"password": 12}, "400#malformed"),
        ],
    )
    def test_refusals(self, idmock: MockServer, account: Account, changes: dict[str, Any], rule: str) -> None:
        """Each in the nested shape, with the code as a number and the status in words."""
        reply = raw.login(account, SCOPE, **changes).send(idmock)
        assert reply.rule == rule
        error = reply.json["error"]
        CONTRACT.error_validator.validate(reply.json)
        assert list(error) == ["code", "message", "title"]
        title = {401: "Unauthorized", 400: "Bad Request"}[reply.status]
        assert (error["code"], error["title"]) == (reply.status, title)

    def test_disabled_account(self, idmock: MockServer) -> None:
        """Cannot log in with the right password."""
        account = mint(idmock, state="disabled")
        assert raw.login(account, SCOPE).send(idmock).rule == "401#login"

    def test_lock(self, frozen_mock: MockServer) -> None:
        """Five failures in a row lock the user for 15 minutes, right passwords included."""
        account = mint(frozen_mock)
        for _ in range(5):
            assert raw.login(account, password="wrong").send(frozen_mock).rule == "401#login"
        assert raw.login(account, SCOPE).send(frozen_mock).rule == "401#locked"
        frozen_mock.clock.shift(900)
        assert raw.login(account, SCOPE).send(frozen_mock).status == 201

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"{",
            b'{"auth": []}',
            b'{"auth": {"identity": {"methods": ["token"], "password": {"user": "x"}}}}',
            b'{"auth": {"identity": {"methods": [], "password": {"user": {}}}, "scope": []}}',
        ],
    )
    def test_bodies_that_are_none(self, idmock: MockServer, body: bytes) -> None:
        """Whatever lacks a part of the password method."""
        request = Raw("POST", "/v3/auth/tokens?nocatalog=true", {"Content-Type": JSON}, body)
        assert request.send(idmock).rule == "400#malformed"

    @pytest.mark.parametrize("scope", [[], "project", {"project": "cn-north-4"}, {"project": []}])
    def test_scopes_that_are_none(self, idmock: MockServer, account: Account, scope: object) -> None:
        """A scope is an object, and so is its project."""
        good = json.loads(raw.login(account).body)
        good["auth"]["scope"] = scope
        reply = Raw("POST", "/v3/auth/tokens", {}, json.dumps(good).encode()).send(idmock)
        assert reply.rule == "400#malformed"


class TestErrors:
    def test_without_credentials(self, idmock: MockServer) -> None:
        """IAM answers in its own shape."""
        for headers in ({}, {"X-Auth-Token": "MII"}, {"Authorization": "Bearer x"}):
            reply = Raw("GET", "/v3/auth/domains", headers).send(idmock)
            assert reply.json == {
                "error": {"code": 401, "message": "Authentication failed", "title": "Unauthorized"}
            }

    def test_expired_token(self, frozen_mock: MockServer) -> None:
        """Likewise."""
        account = mint(frozen_mock)
        token = raw.token_of(frozen_mock, account)
        frozen_mock.clock.shift(90_000)
        reply = Raw("GET", "/v3/projects", {"X-Auth-Token": token}).send(frozen_mock)
        assert reply.rule == "401#unauthenticated"

    @pytest.mark.parametrize(
        ("method", "path", "rule"),
        [
            ("PUT", "/v3/auth/tokens", "APIG.0101#method"),
            ("POST", "/v3/auth/domains", "APIG.0101#method"),
            ("GET", "/v3/users", "APIG.0101"),
        ],
    )
    def test_wrong_path_or_method(self, idmock: MockServer, method: str, path: str, rule: str) -> None:
        """The gateway answers, with the spelling of its code that IAM's endpoint has."""
        reply = Raw(method, path).send(idmock)
        assert (reply.status, reply.code, reply.rule) == (404, "APIGW.0101", rule)
        assert reply.body.endswith(b'"}\n')

    def test_hosts(self, idmock: MockServer, account: Account) -> None:
        """IAM answers on its global host and on those of regions, OCR on those of regions that offer it."""
        for host, path, status in (
            ("iam.myhuaweicloud.com", "/v3/projects", 200),
            ("iam.af-south-1.myhuaweicloud.com", "/v3/projects", 200),
            ("iam.nowhere-north-1.myhuaweicloud.com", "/v3/projects", 404),
            ("iam.cn-north-4.myhuaweicloud.com", raw.path_of(account), 404),
            ("ocr.cn-north-4.myhuaweicloud.com", "/v3/projects", 404),
            ("ocr.cn-south-1.myhuaweicloud.com", raw.path_of(account), 404),
            ("vpc.cn-north-4.myhuaweicloud.com", raw.path_of(account), 404),
        ):
            method = "GET" if path.startswith("/v3/") else "POST"
            body = None if method == "GET" else {}
            reply = raw.signed(account, body, method=method, target=path, host=host).send(idmock)
            assert reply.status == status, (host, path, reply.body)
            spelling = "APIGW." if host.startswith("iam.") else "APIG."
            assert status == 200 or str(reply.code) == f"{spelling}0101"
