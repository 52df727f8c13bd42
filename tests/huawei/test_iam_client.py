"""IAM's answers in the hands of the vendor's own client of IAM: what it parses, and what it raises."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkiam.v3 import (
    AuthScope,
    AuthScopeProject,
    IamClient,
    KeystoneCreateProjectOption,
    KeystoneCreateProjectRequest,
    KeystoneCreateProjectRequestBody,
    KeystoneCreateUserTokenByPasswordRequest,
    KeystoneCreateUserTokenByPasswordRequestBody,
    KeystoneListProjectsRequest,
    KeystoneListRegionsRequest,
    KeystoneValidateTokenRequest,
    PwdAuth,
    PwdIdentity,
    PwdPassword,
    PwdPasswordUser,
    PwdPasswordUserDomain,
    TokenResult,
)

from mockserver.accounts import Account
from mockserver.testing import MockServer


@pytest.fixture
def iam(idmock: MockServer, account: Account) -> Iterator[IamClient]:
    """A client with the key of the test's own account."""
    keys = account.credentials
    credentials = GlobalCredentials(keys["ak"], keys["sk"], "0" * 32)
    client = IamClient.new_builder().with_credentials(credentials).with_endpoint(idmock.url).build()
    yield client
    client._http_client.close()
    client._http_client.executor.shutdown()


def log_in(iam: IamClient, account: Account, password: str | None = None) -> tuple[str, TokenResult]:
    """The token and what is said of it."""
    keys = account.credentials
    domain = PwdPasswordUserDomain(name=keys["domain"])
    user = PwdPasswordUser(domain=domain, name=keys["username"], password=password or keys["password"])
    identity = PwdIdentity(methods=["password"], password=PwdPassword(user=user))
    auth = PwdAuth(identity=identity, scope=AuthScope(project=AuthScopeProject(name="cn-north-4")))
    body = KeystoneCreateUserTokenByPasswordRequestBody(auth=auth)
    request = KeystoneCreateUserTokenByPasswordRequest(body=body)
    answer = iam.keystone_create_user_token_by_password(request)
    return answer.x_subject_token, answer.token


def test_login(iam: IamClient, account: Account) -> None:
    """The token comes out of its header, the services out of the catalogue."""
    text, token = log_in(iam, account)
    assert text.startswith("MII")
    assert token.project.id == account.credentials["project_id"]
    assert [service.name for service in token.catalog] == ["iam", "ocr"]
    assert token.catalog[1].endpoints[0].region_id == "cn-north-4"


def test_validation(iam: IamClient, account: Account) -> None:
    """A token is looked up with the key's signature too."""
    text, token = log_in(iam, account)
    found = iam.keystone_validate_token(KeystoneValidateTokenRequest(x_subject_token=text))
    assert (found.x_subject_token, found.token.expires_at) == (text, token.expires_at)
    assert found.token.user.name == account.credentials["username"]


def test_created_project(iam: IamClient, account: Account) -> None:
    """Below the region's own."""
    option = KeystoneCreateProjectOption(name="cn-north-4_client", description="by the client")
    body = KeystoneCreateProjectRequestBody(project=option)
    project = iam.keystone_create_project(KeystoneCreateProjectRequest(body=body)).project
    assert (project.name, project.parent_id) == ("cn-north-4_client", account.credentials["project_id"])


def test_lists(iam: IamClient) -> None:
    """Names of regions, and the projects without a filter."""
    regions = iam.keystone_list_regions(KeystoneListRegionsRequest()).regions
    assert {region.id: region.locales.zh_cn for region in regions}["cn-north-4"] == "华北-北京四"
    projects = iam.keystone_list_projects(KeystoneListProjectsRequest()).projects
    assert [project.name for project in projects] == ["cn-east-3", "cn-north-1", "cn-north-4", "MOS"]


def test_errors(iam: IamClient, account: Account) -> None:
    """IAM's codes are numbers, and stay so."""
    with pytest.raises(ClientRequestException) as login:
        log_in(iam, account, password="wrong")
    assert (login.value.status_code, login.value.error_code) == (401, 401)
    assert login.value.error_msg == "The username or password is wrong."
    with pytest.raises(ClientRequestException) as lookup:
        iam.keystone_validate_token(KeystoneValidateTokenRequest(x_subject_token="MII"))
    assert (lookup.value.status_code, lookup.value.error_code) == (404, 404)
    assert lookup.value.error_msg == "X-Subject-Token is invalid in the request"
