"""Every documented error is reachable through the unmodified SDK, also where a row's own request is beyond it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from mockserver.accounts import Account
from mockserver.contract import ErrorRow, load_contract
from mockserver.testing import MockServer
from tests.tencent.client import needs_raw, outcome_of
from tests.tencent.conftest import Client, mint
from tests.tencent.sdk import Sdk

ROWS = load_contract("tencent").errors.values()


def _empty_multipart(sdk: Sdk) -> TencentCloudSDKException:
    return sdk.refusal({}, options={"IsMultipart": True})


def _list_as_body(sdk: Sdk) -> TencentCloudSDKException:
    return sdk.refusal(["no object"])


def _octet_stream(sdk: Sdk) -> TencentCloudSDKException:
    with pytest.raises(TencentCloudSDKException) as caught, sdk.at(sdk.mock.clock.now()):
        sdk.client.call_octet_stream("IDCardOCR", {}, b"\xff\xd8")
    return caught.value


#: Requests of the SDK's own that end in rows whose trigger is written for any client.
WAYS: dict[str, Callable[[Sdk], TencentCloudSDKException]] = {
    "InvalidRequest": _empty_multipart,
    "InvalidParameter#body": _list_as_body,
    "UnsupportedProtocol#content-type": _octet_stream,
}
BEYOND = [row for row in ROWS if needs_raw(row.trigger)]


@pytest.mark.parametrize("row", [row for row in BEYOND if row.rule in WAYS], ids=lambda row: row.rule)
def test_another_request_of_the_sdk(sdk: Sdk, row: ErrorRow) -> None:
    """The SDK has a request of its own for it."""
    outcome = outcome_of(sdk, WAYS[row.rule](sdk))
    assert (outcome.rule, outcome.code, outcome.status) == (row.rule, row.code, row.http_status)


@pytest.mark.parametrize("row", [row for row in BEYOND if row.rule not in WAYS], ids=lambda row: row.rule)
def test_ready_made_account(idmock: MockServer, client: Client, row: ErrorRow) -> None:
    """Otherwise an account always gets this answer, and the trigger says which."""
    state = f"answers-{row.rule}"
    sdk = client(idmock, idmock.account("tencent", state))
    outcome = outcome_of(sdk, sdk.refusal({}))
    assert (outcome.rule, outcome.code, outcome.status) == (row.rule, row.code, row.http_status)
    assert state in row.trigger.says


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
def test_any_row_by_a_minted_account(idmock: MockServer, client: Client, row: ErrorRow) -> None:
    """``answers-<rule>`` works for every row, with the details filled in."""
    sdk = client(idmock, mint(idmock, state=f"answers-{row.rule}"))
    outcome = outcome_of(sdk, sdk.refusal({}))
    assert (outcome.rule, outcome.code) == (row.rule, row.code)
    assert "{" not in outcome.message
    assert outcome.request_id is not None


def test_every_business_code_of_the_page_is_there() -> None:
    """The page's own list, 19 codes."""
    page = {
        "FailedOperation": {
            "CardSideError", "DownLoadError", "EmptyImageError", "IdCardInfoIllegal", "IdCardTooSmall", "ImageBlur",
            "ImageDecodeFailed", "ImageNoIdCard", "ImageSizeTooLarge", "MultiCardError", "OcrFailed", "UnKnowError",
            "UnOpenError",
        },
        "InvalidParameter": {"ConfigFormatError"},
        "InvalidParameterValue": {"InvalidParameterValueLimit"},
        "LimitExceeded": {"TooLargeFileError"},
        "ResourceUnavailable": {"InArrears", "ResourcePackageRunOut"},
        "ResourcesSoldOut": {"ChargeStatusException"},
    }  # fmt: skip
    codes = {f"{kind}.{name}" for kind, names in page.items() for name in names}
    assert len(codes) == 19
    assert codes <= {row.code for row in ROWS}


def test_state_of_an_account_comes_after_its_signature(idmock: MockServer, client: Client) -> None:
    """Whoever has not the key does not learn the state."""
    debtor: Account = mint(idmock, state="in-arrears")
    error = client(idmock, debtor, secret_key="wrong").refusal({})
    assert error.get_code() == "AuthFailure.SignatureFailure"
