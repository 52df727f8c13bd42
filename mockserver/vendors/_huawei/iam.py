"""The IAM calls that clients make before the first call of OCR (contract §1.2, §2.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hmac import compare_digest
from typing import Any, NamedTuple

import orjson

from mockserver.accounts import Account
from mockserver.errors import Refusal
from mockserver.request import Answer
from mockserver.vendors._huawei import entities, identities, tokens
from mockserver.vendors._huawei.call import HuaweiCall
from mockserver.vendors._huawei.render import iam_headers
from mockserver.vendors._huawei.tokens import Claims, TokenError

_TOKEN = "KeystoneCreateUserTokenByPassword"  # noqa: S105  the name of an operation
#: Method and path to the operation's name in the official clients.
OPERATIONS: Mapping[tuple[str, str], str] = {
    ("POST", "/v3/auth/tokens"): _TOKEN,
    ("GET", "/v3/auth/tokens"): "KeystoneValidateToken",
    ("GET", "/v3/projects"): "KeystoneListProjects",
    ("POST", "/v3/projects"): "KeystoneCreateProject",
    ("GET", "/v3/auth/domains"): "KeystoneListAuthDomains",
    ("GET", "/v3/regions"): "KeystoneListRegions",
}


_MAX_PROJECT_NAME = 64


class Login(NamedTuple):
    """What a token is asked with."""

    domain: str
    username: str
    password: str
    #: ``project`` or ``domain`` of the scope, with what was sent there; None for a login that asks for neither.
    scope: tuple[str, Mapping[str, Any]] | None


def create_token(call: HuaweiCall) -> Answer | None:
    """Log in: the one call that needs no credentials beside its body."""
    if call.operation != _TOKEN:
        return None
    login = _login(_json_object(call))
    account = _authenticated(call, login)
    call.account = account
    now = call.world.clock.now()
    region, project = _scope(call, account, login.scope)
    expires = now + call.contract.limit("token_lifetime_seconds")
    claims = Claims(login.username, project, region, now, expires)
    token = tokens.issue(claims, identities.token_key(account), int(call.contract.behaviour("token_bytes")))
    return _answer(call, 201, {"token": entities.token(call, account, claims)}, ("X-Subject-Token", token))


def answer(call: HuaweiCall) -> Answer | None:
    """Answer the other calls of IAM; None for a call of OCR."""
    operation = _ANSWERS.get(call.operation)
    return operation(call) if operation is not None else None


def list_projects(call: HuaweiCall) -> Answer:
    """A project in each region that offers the operation and the one of the object store, by name.

    ``name`` narrows the list; the other parameters of the page, such as ``page``, do nothing.
    """
    account, operation = call.customer, call.contract.operation
    own = {name: _region_project(call, name) for name in operation["regions"]}
    own[entities.STORE_PROJECT] = identities.project_id(
        account, entities.STORE_PROJECT, operation["platform_regions"][0]
    )
    wanted = call.request.query_parameters.get("name")
    names = sorted((name for name in own if wanted in (None, name)), key=str.lower)
    projects = [entities.listed_project(call, name, own[name]) for name in names]
    here = f"{entities.base(call)}{call.request.path}"
    return _answer(call, 200, {"projects": projects, "links": {"next": None, "previous": None, "self": here}})


def create_project(call: HuaweiCall) -> Answer:
    """A project below that of a region, whose id its name begins with; the same name always gets the same one.

    It is not kept: it serves, and no list has it. A bare region, which the Node client tries when it finds no project
    there, gets the region's own.
    """
    sent = _json_object(call).get("project")
    sent = sent if isinstance(sent, dict) else {}
    name, description = sent.get("name"), sent.get("description", "")
    regions = call.contract.operation["platform_regions"]
    if not isinstance(name, str) or not isinstance(description, str) or len(name) > _MAX_PROJECT_NAME:
        raise Refusal(
            "400", "malformed", hint=f"project.name is a text of up to {_MAX_PROJECT_NAME} characters"
        )
    region = next((known for known in regions if name == known or name.startswith(f"{known}_")), None)
    if region is None:
        raise Refusal("400", "malformed", hint="project.name begins with the id of a region and _")
    parent, project = identities.domain_id(call.customer), _region_project(call, region)
    if name != region:
        parent, project = project, identities.sub_project_id(call.customer, region, regions, name)
    entity = entities.created_project(call, name, project, parent, description)
    return _answer(call, 201, {"project": entity})


def list_domains(call: HuaweiCall) -> Answer:
    """The account itself."""
    links = {"self": f"{entities.base(call)}{call.request.path}"}
    return _answer(call, 200, {"domains": [entities.domain(call)], "links": links})


def list_regions(call: HuaweiCall) -> Answer:
    """All regions of the platform."""
    links = {"self": f"{entities.base(call)}{call.request.path}", "previous": None, "next": None}
    return _answer(call, 200, {"regions": entities.regions(call), "links": links})


def validate_token(call: HuaweiCall) -> Answer:
    """What the token in ``X-Subject-Token`` says, to its own account."""
    account, text = call.customer, call.request.headers.get("x-subject-token", "")
    try:
        token = tokens.read(text)
    except TokenError as error:
        raise Refusal("404", "subject-token", hint=str(error)) from None
    claims = token.claims
    if claims.username != account.credentials["username"]:
        raise Refusal("404", "subject-token", hint=f"the token is none of account {account.name}")
    if not token.is_signed_with(identities.token_key(account)) or claims.expires <= call.world.clock.now():
        raise Refusal("404", "subject-token", hint="the token has expired, or was revoked")
    entity = entities.validated_token(call, account, claims)
    return _answer(call, 200, {"token": entity}, ("X-Subject-Token", text))


_ANSWERS: Mapping[str, Callable[[HuaweiCall], Answer]] = {
    "KeystoneValidateToken": validate_token,
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
        login = Login(user["domain"]["name"], user["name"], user["password"], _asked_scope(body["auth"]))
    except (KeyError, TypeError, AttributeError):
        raise Refusal("400", "malformed", hint="auth lacks a part, or has one of another kind") from None
    if not all(isinstance(value, str) for value in login[:3]) or methods != ["password"]:
        raise Refusal("400", "malformed", hint="the only method is password, and all of it is text")
    return login


def _asked_scope(auth: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """``project`` or ``domain`` with what was sent there; None for a login that asks for neither.

    Raises TypeError for a scope that is none, or both: the page says one of the two.
    """
    scope = auth.get("scope")
    if scope is None:
        return None
    asked = [(name, scope[name]) for name in ("project", "domain") if scope.get(name) is not None]
    if len(asked) > 1 or not all(isinstance(value, dict) for _, value in asked):
        raise TypeError("scope")
    return asked[0] if asked else None


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
    if account.answers is not None and call.contract.errors[account.answers].family == "iam":
        raise Refusal(account.answers, hint=f"logins of account {account.name} always get this answer")
    return account


def _scope(
    call: HuaweiCall, account: Account, asked: tuple[str, Mapping[str, Any]] | None
) -> tuple[str | None, str | None]:
    """Region and id of the project that a token is asked for, by ``name`` or ``id``; none for the whole account."""
    if asked is None:
        return None, None
    kind, sent = asked
    name, wanted = sent.get("name"), sent.get("id")
    places = (*call.contract.operation["platform_regions"], entities.STORE_PROJECT)
    if kind == "domain":
        own = {"name": account.credentials["domain"], "id": identities.domain_id(account)}
        if sent.keys() & own.keys() and all(sent[key] == own[key] for key in sent.keys() & own.keys()):
            return None, None
    elif isinstance(wanted, str):
        place = identities.region_of(account, wanted, places)
        if place is not None:
            return place, wanted
    elif isinstance(name, str) and name in places:
        return name, identities.project_id(account, name, places[0])
    raise Refusal("401", "unauthenticated", hint=f"account {account.name} has no such {kind}")


def _region_project(call: HuaweiCall, region: str) -> str:
    home = call.contract.operation["platform_regions"][0]
    return identities.project_id(call.customer, region, home)


def _answer(call: HuaweiCall, status: int, body: Mapping[str, Any], *more: tuple[str, str]) -> Answer:
    return Answer(status, (*iam_headers(call), *more), orjson.dumps(body))
