"""The IAM calls that clients make before the first call of OCR (contract §1.2, §2.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hmac import compare_digest
from typing import Any, NamedTuple

import orjson

from mockserver.accounts import Account
from mockserver.errors import Refusal
from mockserver.request import Answer
from mockserver.vendors._huawei import identities, tokens
from mockserver.vendors._huawei.call import HuaweiCall
from mockserver.vendors._huawei.render import headers
from mockserver.vendors._huawei.tokens import Claims

_TOKEN = "KeystoneCreateUserTokenByPassword"  # noqa: S105  the name of an operation
#: Method and path to the operation's name in the official clients.
OPERATIONS: Mapping[tuple[str, str], str] = {
    ("POST", "/v3/auth/tokens"): _TOKEN,
    ("GET", "/v3/projects"): "KeystoneListProjects",
    ("POST", "/v3/projects"): "KeystoneCreateProject",
    ("GET", "/v3/auth/domains"): "KeystoneListAuthDomains",
    ("GET", "/v3/regions"): "KeystoneListRegions",
}


class Login(NamedTuple):
    """What a token is asked with."""

    domain: str
    username: str
    password: str
    #: ``scope.project`` as sent, None for the account as a whole.
    project: Mapping[str, Any] | None


def create_token(call: HuaweiCall) -> Answer | None:
    """Log in: the one call that needs no credentials beside its body."""
    if call.operation != _TOKEN:
        return None
    login = _login(_json_object(call))
    account = _authenticated(call, login)
    call.account = account
    now = call.world.clock.now()
    region, project = _scope(call, account, login.project)
    expires = now + call.contract.limit("token_lifetime_seconds")
    claims = Claims(login.username, project, region, now, expires)
    token = tokens.issue(claims, identities.token_key(account), int(call.contract.behaviour("token_bytes")))
    return _answer(call, 201, {"token": _token_entity(account, claims)}, ("X-Subject-Token", token))


def answer(call: HuaweiCall) -> Answer | None:
    """Answer the other calls of IAM; None for a call of OCR."""
    operation = _ANSWERS.get(call.operation)
    return operation(call) if operation is not None else None


def list_projects(call: HuaweiCall) -> Answer:
    """A project in each region that offers the operation, narrowed by ``name``."""
    names, wanted = call.contract.operation["regions"], call.request.query_parameters.get("name")
    projects = [_project(call, name) for name in names if wanted in (None, name)]
    return _answer(call, 200, {"projects": projects, "links": _links(call)})


def create_project(call: HuaweiCall) -> Answer:
    """What the Node client does when it finds no project for a region. The same region always gets the same one."""
    project = _json_object(call).get("project")
    name = project.get("name") if isinstance(project, dict) else None
    if not isinstance(name, str) or name not in call.contract.operation["platform_regions"]:
        raise Refusal("400", "malformed", hint="project.name is not the name of a region")
    return _answer(call, 201, {"project": _project(call, name)})


def list_domains(call: HuaweiCall) -> Answer:
    """The account itself."""
    account = call.customer
    own = identities.domain_id(account)
    domain = {
        "description": "",
        "enabled": True,
        "id": own,
        "links": {"self": f"{_base(call)}/v3/domains/{own}"},
        "name": account.credentials["domain"],
    }
    return _answer(call, 200, {"domains": [domain], "links": _links(call)})


def list_regions(call: HuaweiCall) -> Answer:
    """All regions of the platform."""
    regions = [
        {
            "description": "",
            "id": name,
            "links": {"self": f"{_base(call)}/v3/regions/{name}"},
            "locales": {"en-us": name, "zh-cn": name},
            "parent_region_id": None,
            "type": "public",
        }
        for name in call.contract.operation["platform_regions"]
    ]
    return _answer(call, 200, {"regions": regions, "links": _links(call)})


_ANSWERS: Mapping[str, Callable[[HuaweiCall], Answer]] = {
    "KeystoneListProjects": list_projects,
    "KeystoneCreateProject": create_project,
    "KeystoneListAuthDomains": list_domains,
    "KeystoneListRegions": list_regions,
}


def _json_object(call: HuaweiCall) -> dict[str, Any]:
    try:
        value = orjson.loads(call.request.body)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise Refusal("400", "malformed", hint="the body is not a JSON object")
    return value


def _login(body: Mapping[str, Any]) -> Login:
    """Take the password method's members out of the body."""
    try:
        identity = body["auth"]["identity"]
        user, methods = identity["password"]["user"], identity["methods"]
        login = Login(user["domain"]["name"], user["name"], user["password"], _asked_project(body["auth"]))
    except (KeyError, TypeError, AttributeError):
        raise Refusal("400", "malformed", hint="auth.identity.password.user is incomplete") from None
    if not all(isinstance(value, str) for value in login[:3]) or methods != ["password"]:
        raise Refusal("400", "malformed", hint="the only method is password, and all of it is text")
    return login


def _asked_project(auth: Mapping[str, Any]) -> Mapping[str, Any] | None:
    project = (auth.get("scope") or {}).get("project")
    if project is not None and not isinstance(project, dict):
        raise TypeError("scope.project")
    return project


def _authenticated(call: HuaweiCall, login: Login) -> Account:
    """The account that the login is for; failures are counted for users that exist."""
    account = call.world.accounts.find("huawei", "username", login.username)
    if account is None:
        raise Refusal("401", "login", hint="no such user here; GET /_idmock/accounts lists those that work")
    state, now, limit = call.world.state, call.world.clock.now(), call.contract.limit
    failures = f"{account.vendor}/{account.name}/failed-logins"
    if state.failures(failures, now) > limit("failed_logins_in_a_row"):
        raise Refusal("401", "locked", hint=f"locked for {limit('login_lock_seconds')} s")
    keys = account.credentials
    if login.domain != keys["domain"]:
        raise Refusal("401", "account-name", hint=f"user {login.username} is not of that account")
    right = compare_digest(login.password.encode(), keys["password"].encode())
    if not right or account.state == "disabled":
        state.add_failure(failures, now, limit("login_lock_seconds"))
        reason = f"account {account.name} is disabled" if right else "not the password of the user"
        raise Refusal("401", "login", hint=reason)
    state.end_failures(failures)
    return account


def _scope(
    call: HuaweiCall, account: Account, asked: Mapping[str, Any] | None
) -> tuple[str | None, str | None]:
    """Region and id of the project that a token is asked for, by ``name`` or ``id``; none for the whole account."""
    if asked is None:
        return None, None
    regions = call.contract.operation["platform_regions"]
    name, project = asked.get("name"), asked.get("id")
    if isinstance(project, str):
        region = identities.region_of(account, project, regions)
        if region is not None:
            return region, project
    elif isinstance(name, str) and name in regions:
        return name, identities.project_id(account, name, regions[0])
    raise Refusal("401", "unauthenticated", hint=f"account {account.name} has no such project")


def _token_entity(account: Account, claims: Claims) -> dict[str, Any]:
    domain = {"id": identities.domain_id(account), "name": account.credentials["domain"]}
    entity: dict[str, Any] = {
        "catalog": [],
        "expires_at": tokens.iso_time(claims.expires),
        "issued_at": tokens.iso_time(claims.issued),
        "methods": ["password"],
    }
    if claims.project_id is None:
        entity["domain"] = domain
    else:
        entity["project"] = {"domain": domain, "id": claims.project_id, "name": claims.region}
    entity["roles"] = [{"id": "0", "name": "te_admin"}]
    entity["user"] = {
        "domain": domain,
        "id": identities.user_id(account),
        "name": claims.username,
        "password_expires_at": "",
    }
    return entity


def _project(call: HuaweiCall, region: str) -> dict[str, Any]:
    account, home = call.customer, call.contract.operation["regions"][0]
    project, domain = identities.project_id(account, region, home), identities.domain_id(account)
    return {
        "is_domain": False,
        "description": "",
        "links": {"self": f"{_base(call)}/v3/projects/{project}"},
        "enabled": True,
        "id": project,
        "parent_id": domain,
        "domain_id": domain,
        "name": region,
    }


def _links(call: HuaweiCall) -> dict[str, str | None]:
    return {"next": None, "previous": None, "self": f"{_base(call)}{call.request.path}"}


def _base(call: HuaweiCall) -> str:
    return f"https://{call.request.host}"


def _answer(call: HuaweiCall, status: int, body: Mapping[str, Any], *more: tuple[str, str]) -> Answer:
    trace = ("X-IAM-Trace-Id", f"token_{call.region or 'global'}_null_{call.request.id}")
    return Answer(status, (*headers(call), trace, *more), orjson.dumps(body))
