"""IAM's answers beside the examples of its pages and what was published of real ones: members, order, headers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockserver.accounts import Account
from mockserver.contract import load_contract
from mockserver.settings import Settings
from mockserver.testing import MockServer
from mockserver.vendors._huawei.entities import STORE_PROJECT
from tests.conftest import StartMock
from tests.huawei import raw
from tests.huawei.conftest import mint
from tests.huawei.raw import JSON, Raw
from tests.huawei.test_iam import SCOPE, checked, listed
from tests.triggers import encoded

CONTRACT = load_contract("huawei")


def login(mock: MockServer, account: Account, scope: object, query: str = "") -> dict[str, Any]:
    request = raw.login(account, scope)
    reply = Raw("POST", f"/v3/auth/tokens{query}", {"Content-Type": JSON}, request.body).send(mock)
    token: dict[str, Any] = checked(reply)["token"]
    return token


def create(mock: MockServer, account: Account, project: object) -> raw.Reply:
    body = {"project": project}
    return raw.signed(account, body, target="/v3/projects", host=mock.authority).send(mock)


class TestToken:
    def test_members_of_a_projects_token(self, idmock: MockServer, account: Account) -> None:
        """In the order of the page's example."""
        token = login(idmock, account, SCOPE)
        names = ["catalog", "expires_at", "issued_at", "methods", "project", "roles", "user"]
        assert list(token) == names
        assert list(token["project"]) == ["domain", "id", "name"]
        assert list(token["user"]) == ["domain", "id", "name", "password_expires_at"]

    def test_members_of_a_token_for_the_account(self, idmock: MockServer, account: Account) -> None:
        """Its domain stands behind the catalogue."""
        token = login(idmock, account, {"domain": {"name": account.credentials["domain"]}})
        assert list(token)[:3] == ["catalog", "domain", "expires_at"]

    def test_catalogue(self, idmock: MockServer, account: Account) -> None:
        """Services with their endpoints: IAM everywhere, OCR where the project is."""
        iam, ocr = login(idmock, account, SCOPE)["catalog"]
        assert list(iam) == ["endpoints", "id", "name", "type"]
        (endpoint,) = iam["endpoints"]
        assert {**endpoint, "id": ""} == {
            "id": "",
            "interface": "public",
            "region": "*",
            "region_id": "*",
            "url": "https://iam.myhuaweicloud.com/v3.0",
        }
        own = account.credentials["project_id"]
        assert ocr["endpoints"][0]["url"] == f"https://ocr.cn-north-4.myhuaweicloud.com/v2/{own}"
        assert [service["name"] for service in login(idmock, account, None)["catalog"]] == ["iam"]
        elsewhere = {"project": {"name": "af-south-1"}}
        assert [service["name"] for service in login(idmock, account, elsewhere)["catalog"]] == ["iam"]

    @pytest.mark.parametrize(
        ("query", "empty"), [("?nocatalog=true", True), ("?nocatalog=0", True), ("?nocatalog=", False)]
    )
    def test_nocatalog(self, idmock: MockServer, account: Account, query: str, empty: bool) -> None:
        """Any text that is not empty leaves the services out."""
        assert (login(idmock, account, SCOPE, query)["catalog"] == []) is empty

    @pytest.mark.parametrize(
        ("scope", "rule"),
        [
            ({"domain": {"name": "somebody-else"}}, "401#unauthenticated"),
            ({"domain": {"id": "0" * 32}}, "401#unauthenticated"),
            ({"domain": {}}, "401#unauthenticated"),
            ({"domain": "x"}, "400#malformed"),
            ({"domain": {"name": "x"}, "project": {"name": "cn-north-4"}}, "400#malformed"),
        ],
    )
    def test_scopes_that_are_refused(
        self, idmock: MockServer, account: Account, scope: object, rule: str
    ) -> None:
        """Another account, or both of what the page has either of."""
        assert raw.login(account, scope).send(idmock).rule == rule

    def test_domain_by_its_id(self, idmock: MockServer, account: Account) -> None:
        """In place of its name."""
        own = login(idmock, account, None)["domain"]["id"]
        assert login(idmock, account, {"domain": {"id": own}})["domain"]["id"] == own

    def test_console_only(self, idmock: MockServer) -> None:
        """A user without programmatic access is told so by IAM."""
        account = mint(idmock, state="answers-403#console-only")
        reply = raw.login(account, SCOPE).send(idmock)
        assert reply.body == (
            b'{"error":{"code":403,"message":"This user only supports console access, '
            b'not programmatic access.","title":"Forbidden"}}'
        )


class TestValidation:
    """Looking up a token that was given out before."""

    @staticmethod
    def look_up(mock: MockServer, token: str, subject: str | None) -> raw.Reply:
        headers = {"X-Auth-Token": token, **({} if subject is None else {"X-Subject-Token": subject})}
        return Raw("GET", "/v3/auth/tokens", headers).send(mock)

    def test_own(self, idmock: MockServer, account: Account) -> None:
        """Says what the login said, in an order of its own, and repeats the token."""
        given = raw.login(account, SCOPE).send(idmock)
        token = given.headers["x-subject-token"]
        reply = self.look_up(idmock, token, token)
        found = checked(reply)["token"]
        assert (reply.status, reply.headers["x-subject-token"]) == (200, token)
        assert found == given.json["token"]
        names = ["expires_at", "methods", "catalog", "project", "roles", "issued_at", "user"]
        assert list(found) == names

    def test_refused(self, frozen_mock: MockServer) -> None:
        """One that is none, another account's, or too old."""
        account = mint(frozen_mock)
        old = raw.token_of(frozen_mock, account)
        frozen_mock.clock.shift(86_400)
        token = raw.token_of(frozen_mock, account)
        other = raw.token_of(frozen_mock, mint(frozen_mock))
        for subject in (None, "", "MII", other, old, f"{token[:-9]}A{token[-8:]}"):
            reply = self.look_up(frozen_mock, token, subject)
            assert reply.body == (
                b'{"error":{"code":404,"message":"X-Subject-Token is invalid in the request",'
                b'"title":"Not Found"}}'
            )
        assert self.look_up(frozen_mock, old, token).rule == "401#unauthenticated"


class TestLists:
    def test_projects(self, idmock: MockServer, account: Account) -> None:
        """By name, the object store's among them: the first one need not be that of the region called."""
        answer = listed(idmock, account, "/v3/projects")
        names = [project["name"] for project in answer["projects"]]
        assert names == ["cn-east-3", "cn-north-1", "cn-north-4", STORE_PROJECT]
        members = ["domain_id", "is_domain", "parent_id", "name", "description", "links", "id", "enabled"]
        assert all(list(project) == members for project in answer["projects"])
        links = {"next": None, "previous": None}
        assert all(project["links"].items() >= links.items() for project in answer["projects"])
        assert list(answer) == ["projects", "links"]
        assert list(answer["links"]) == ["next", "previous", "self"]

    def test_regions(self, idmock: MockServer, account: Account) -> None:
        """With their names, and above them nothing."""
        answer = listed(idmock, account, "/v3/regions")
        regions = {region["id"]: region for region in answer["regions"]}
        members = ["parent_region_id", "description", "links", "type", "id", "locales"]
        assert list(regions["cn-north-1"]) == members
        assert regions["cn-north-1"]["locales"] == {"zh-cn": "华北-北京一", "en-us": "CN North-Beijing1"}
        assert list(answer["links"]) == ["self", "previous", "next"]

    def test_region_names_are_as_many_as_regions(self) -> None:
        """They stand in lists of their own."""
        operation = CONTRACT.operation
        for language in ("zh_cn", "en_us"):
            names = operation[f"platform_region_names_{language}"]
            assert len(names) == len(operation["platform_regions"])

    def test_domains(self, idmock: MockServer, account: Account) -> None:
        """One link, to the list itself."""
        answer = listed(idmock, account, "/v3/auth/domains")
        assert list(answer["links"]) == ["self"]
        assert list(answer["domains"][0]) == ["description", "enabled", "id", "links", "name"]


class TestCreatedProject:
    def test_below_a_region(self, idmock: MockServer, account: Account) -> None:
        """Its name begins with the region's id; it serves there, and only for its account."""
        reply = create(idmock, account, {"name": "cn-north-4_tests", "description": "for tests"})
        project = checked(reply)["project"]
        members = ["is_domain", "description", "links", "enabled", "id", "parent_id", "domain_id", "name"]
        assert (reply.status, list(project)) == (201, members)
        assert project["parent_id"] == account.credentials["project_id"]
        assert (project["name"], project["description"]) == ("cn-north-4_tests", "for tests")
        body = {"image": encoded(idmock.specimen("front"))}
        target = f"/v2/{project['id']}/ocr/id-card"
        assert raw.send(idmock, account, body, target=target).status == 200
        assert raw.rule(idmock, mint(idmock), body, target=target) == "ModelArts.4203"
        host = "ocr.cn-east-3.myhuaweicloud.com"
        elsewhere = raw.signed(account, body, target=target, host=host)
        assert elsewhere.send(idmock).rule == "ModelArts.4203"

    @pytest.mark.parametrize(
        ("name", "created"),
        [
            ("cn-north-4_" + "x" * 53, True),
            ("cn-north-4_" + "x" * 54, False),
            ("cn-north-4x", False),
            ("x_cn-north-4", False),
            ("", False),
            (None, False),
            (4, False),
        ],
    )
    def test_names(self, idmock: MockServer, account: Account, name: object, created: bool) -> None:
        """A region that there is, an underscore, 64 characters at most."""
        reply = create(idmock, account, {"name": name})
        assert (reply.status, reply.rule) == ((201, None) if created else (400, "400#malformed"))

    def test_what_is_no_project(self, idmock: MockServer, account: Account) -> None:
        """Neither is one without a name, nor a description that is no text."""
        wrong: tuple[object, ...] = ("cn-north-4", [], {}, {"name": "cn-north-4_x", "description": 1})
        for project in wrong:
            assert create(idmock, account, project).rule == "400#malformed"


class TestHeaders:
    def test_of_an_answer(self, idmock: MockServer, account: Account) -> None:
        """Those of the vendor's trace, of errors too; the host for all regions is one of cn-north-4."""
        for reply in (raw.login(account, SCOPE).send(idmock), raw.login(account, password="x").send(idmock)):
            assert reply.headers["content-type"] == "application/json; charset=UTF-8"
            assert reply.headers["cache-control"] == "no-cache, no-store, must-revalidate"
            assert reply.headers["x-frame-options"] == "SAMEORIGIN"
            own = reply.headers["x-request-id"]
            assert reply.headers["x-iam-trace-id"] == f"token_cn-north-4_null_{own}"

    def test_of_a_regions_host(self, idmock: MockServer, account: Account) -> None:
        """The trace id names it."""
        request = raw.login(account, SCOPE).with_headers({"Host": "iam.cn-east-3.myhuaweicloud.com"})
        assert request.send(idmock).headers["x-iam-trace-id"].startswith("token_cn-east-3_null_")

    def test_of_the_gateway_in_front(self, idmock: MockServer) -> None:
        """Its errors have its own, IAM's endpoint or not."""
        reply = Raw("GET", "/v3.0/OS-USER/users").send(idmock)
        assert (reply.code, reply.headers["content-type"]) == ("APIGW.0101", JSON)
        assert "x-iam-trace-id" not in reply.headers

    def test_behind_the_firewall(self, start_mock: StartMock) -> None:
        """As traced in 2026."""
        mock = start_mock(Settings(editions={"huawei": ("waf-2026",)}))
        reply = raw.login(mint(mock), SCOPE).send(mock)
        assert reply.headers["set-cookie"].startswith("HWWAFSES")
        assert "pragma" not in reply.headers
        assert json.loads(reply.body)["token"]["methods"] == ["password"]
