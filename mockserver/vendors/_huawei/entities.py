"""What IAM shows of an account: its token, projects, domain and the platform's regions, as the pages of IAM have them.

Members stand in the order of the pages' examples, which differs from call to call: a project that was created is
written in another order than one of a list. Published lists of real accounts have the order of the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mockserver.accounts import Account
from mockserver.vendors._huawei import identities, tokens
from mockserver.vendors._huawei.call import HuaweiCall
from mockserver.vendors._huawei.tokens import Claims

#: The project of an account that every account has beside those of regions; its object store lies there.
STORE_PROJECT = "MOS"


def token(call: HuaweiCall, account: Account, claims: Claims) -> dict[str, Any]:
    """``token`` of a login: for one project, or for the account as a whole. ``nocatalog`` empties the catalogue."""
    owner = _owner(account)
    scope: dict[str, Any] = {"domain": owner}
    if claims.project_id is not None:
        scope = {"project": {"domain": owner, "id": claims.project_id, "name": claims.region}}
    entity = {
        "catalog": [] if call.request.query_parameters.get("nocatalog") else _catalog(call, claims),
        "expires_at": tokens.iso_time(claims.expires),
        "issued_at": tokens.iso_time(claims.issued),
        "methods": ["password"],
        **scope,
        "roles": [{"id": "0", "name": "te_admin"}],
        "user": {
            "domain": owner,
            "id": identities.user_id(account),
            "name": claims.username,
            "password_expires_at": "",
        },
    }
    return dict(sorted(entity.items()))


def validated_token(call: HuaweiCall, account: Account, claims: Claims) -> dict[str, Any]:
    """The same of a token that was given out before, in the order in which it is looked up."""
    entity = token(call, account, claims)
    names = ("expires_at", "methods", "catalog", "domain", "project", "roles", "issued_at", "user")
    return {name: entity[name] for name in names if name in entity}


def listed_project(call: HuaweiCall, name: str, project: str) -> dict[str, Any]:
    """One of the list of an account's projects."""
    domain = identities.domain_id(call.customer)
    return {
        "domain_id": domain,
        "is_domain": False,
        "parent_id": domain,
        "name": name,
        "description": "",
        "links": {"next": None, "previous": None, "self": f"{base(call)}/v3/projects/{project}"},
        "id": project,
        "enabled": True,
    }


def created_project(
    call: HuaweiCall, name: str, project: str, parent: str, description: str
) -> dict[str, Any]:
    """A project that was just created below ``parent``."""
    return {
        "is_domain": False,
        "description": description,
        "links": {"self": f"{base(call)}/v3/projects/{project}"},
        "enabled": True,
        "id": project,
        "parent_id": parent,
        "domain_id": identities.domain_id(call.customer),
        "name": name,
    }


def domain(call: HuaweiCall) -> dict[str, Any]:
    """The account itself."""
    own = _owner(call.customer)
    return {
        "description": "",
        "enabled": True,
        "id": own["id"],
        "links": {"self": f"{base(call)}/v3/domains/{own['id']}"},
        "name": own["name"],
    }


def regions(call: HuaweiCall) -> list[dict[str, Any]]:
    """All regions of the platform, with their names in Chinese and English."""
    operation = call.contract.operation
    named: Iterable[tuple[str, str, str]] = zip(
        operation["platform_regions"],
        operation["platform_region_names_zh_cn"],
        operation["platform_region_names_en_us"],
        strict=True,
    )
    return [
        {
            "parent_region_id": None,
            "description": "",
            "links": {"self": f"{base(call)}/v3/regions/{region}"},
            "type": "public",
            "id": region,
            "locales": {"zh-cn": chinese, "en-us": english},
        }
        for region, chinese, english in named
    ]


def base(call: HuaweiCall) -> str:
    """Where links lead: the host that was called."""
    return f"https://{call.request.host}"


def _owner(account: Account) -> dict[str, str]:
    return {"id": identities.domain_id(account), "name": account.credentials["domain"]}


def _catalog(call: HuaweiCall, claims: Claims) -> list[dict[str, Any]]:
    """The services that a token opens: IAM for all regions, and for a project's token the operation's own.

    A real catalogue lists every service of the platform, which comes to some fifteen kilobytes.
    """
    services = [_service("iam", "*", "https://iam.myhuaweicloud.com/v3.0")]
    region, name = claims.region, call.contract.operation["service"]
    if region is not None and region in call.contract.operation["regions"]:
        url = f"https://{name}.{region}.myhuaweicloud.com/v2/{claims.project_id}"
        services.append(_service(name, region, url))
    return services


def _service(name: str, region: str, url: str) -> dict[str, Any]:
    endpoint = {
        "id": identities.derived("endpoint", name, region),
        "interface": "public",
        "region": region,
        "region_id": region,
        "url": url,
    }
    return {"endpoints": [endpoint], "id": identities.derived("service", name), "name": name, "type": name}
