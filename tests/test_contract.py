"""Tencent's contract is complete and true to its sources: codes, texts, triggers, accounts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from mockserver.contract import (
    Contract,
    check_accounts,
    load_accounts,
    load_contract,
)
from mockserver.contract.coverage import coverage
from mockserver.data import data_path

REQUEST_ID = "9f124037-49ed-4fa9-94e5-5bd3095f817d"


def words(text: str) -> list[str]:
    return text.split()


#: The error codes of the vendor's page, in its order.
PAGE_CODES = words("""
    FailedOperation.CardSideError FailedOperation.DownLoadError FailedOperation.EmptyImageError
    FailedOperation.IdCardInfoIllegal FailedOperation.IdCardTooSmall FailedOperation.ImageBlur
    FailedOperation.ImageDecodeFailed FailedOperation.ImageNoIdCard FailedOperation.ImageSizeTooLarge
    FailedOperation.MultiCardError FailedOperation.OcrFailed FailedOperation.UnKnowError
    FailedOperation.UnOpenError InvalidParameter.ConfigFormatError
    InvalidParameterValue.InvalidParameterValueLimit LimitExceeded.TooLargeFileError
    ResourceUnavailable.InArrears ResourceUnavailable.ResourcePackageRunOut
    ResourcesSoldOut.ChargeStatusException
""")

AUTHENTICATION_CODES = words("""
    AuthFailure.SignatureFailure AuthFailure.SignatureExpire AuthFailure.SecretIdNotFound
    AuthFailure.InvalidSecretId AuthFailure.TokenFailure AuthFailure.InvalidAuthorization
    AuthFailure.UnauthorizedOperation AuthFailure.MFAFailure
""")

PLATFORM_CODES = words("""
    MissingParameter InvalidAction NoSuchVersion NoSuchProduct UnsupportedRegion InvalidParameterValue
    UnsupportedProtocol UnknownParameter InvalidParameter InvalidRequest RequestSizeLimitExceeded
    ResponseSizeLimitExceeded RequestLimitExceeded RequestLimitExceeded.UinLimitExceeded
    RequestLimitExceeded.GlobalRegionUinLimitExceeded RequestLimitExceeded.IPLimitExceeded InternalError
    ServiceUnavailable ActionOffline IpInBlacklist IpNotInWhitelist ResourceUnavailable ResourceNotFound
    ResourceInUse ResourceInsufficient LimitExceeded UnauthorizedOperation UnsupportedOperation
    FailedOperation DryRunOperation
""")

SPECIMENS = frozenset(
    words("""
    front back both two-fronts two-backs front-temporary front-photocopy front-screen front-edited
    front-glare front-occluded front-cut front-cut-deep front-small front-tilted front-rotated-90
    front-rotated-180 front-rotated-270 front-perspective front-blurry front-unreadable front-minority
    front-rare front-long-address front-bad-number front-birth-mismatch front-sex-mismatch back-expired
    back-long-term back-bad-period back-photocopy no-card recognition-fails recognition-slow
    """)
)

#: Members of a trigger's ``request`` that schemas/README.md explains for Tencent.
TENCENT_RECIPES = frozenset(
    words("""
    action version region host service secret_key method signature common clock_skew_seconds skip_sign
    omit_headers content_type body append_query pad_body_to_bytes calls
    """)
)


#: Rule, language, details, text: as other people got them from the service, or as the page describes the code.
TEXTS: list[tuple[str, str | None, dict[str, Any], str]] = [
    (
        "AuthFailure.SignatureFailure",
        "en",
        {},
        "The provided credentials could not be validated. Please check your signature is correct.",
    ),
    ("AuthFailure.SignatureFailure", "zh", {}, "请求签名验证失败，请检查您的签名计算是否正确。"),
    (
        "AuthFailure.SignatureFailure#request-size",
        "zh",
        {},
        "由于请求包大小超过限制，请求签名验证失败，请使用新的签名方法 `TC3-HMAC-SHA256`。",
    ),
    ("AuthFailure.SignatureExpire", "en", {}, "The signature is expired, please request again."),
    (
        "AuthFailure.SecretIdNotFound",
        None,
        {},
        "The SecretId is not found, please ensure that your SecretId is correct.",
    ),
    ("AuthFailure.SecretIdNotFound", "zh", {}, "SecretId不存在，请输入正确的密钥。"),
    (
        "AuthFailure.InvalidAuthorization",
        "en",
        {"element": "Service"},
        "The request `Authorization` header does not conform to tencentcloud standards: "
        "`Service` in Credential not valid.",
    ),
    (
        "AuthFailure.UnauthorizedOperation",
        "en",
        {"request_id": REQUEST_ID, "service": "ocr", "action": "IDCardOCR"},
        "You are not authorized to perform this operation. Check your CAM policies, and ensure that you are "
        f"using the correct access keys. [[request id:{REQUEST_ID}]you are not authorized to perform operation "
        "(ocr:IDCardOCR)\nresource (*) has no permission\n]",
    ),
    (
        "MissingParameter",
        "en",
        {"parameter": "Timestamp"},
        "The request is missing a required parameter `Timestamp`.",
    ),
    ("MissingParameter", "zh", {"parameter": "Timestamp"}, "请求缺少必传参数 `Timestamp` 。"),
    (
        "InvalidAction",
        None,
        {"action": "X", "service": "tcb", "version": "2018-06-08"},
        "The request action=`X` is invalid or not found in service=`tcb` and version=`2018-06-08`.",
    ),
    (
        "NoSuchVersion",
        "en",
        {"version": "2019-07-22", "service": "tms"},
        "The specified api version=`2019-07-22` does not exist in service=`tms`.",
    ),
    ("UnsupportedRegion", "en", {}, "The action not support this region."),
    (
        "InvalidParameterValue#region",
        "en",
        {"parameter": "X-TC-Region"},
        "A value specified in `X-TC-Region` is not valid, is unsupported, or cannot be used.",
    ),
    ("InvalidParameterValue#region", "zh", {"parameter": "X-TC-Region"}, "参数 `X-TC-Region` 取值错误。"),
    ("UnknownParameter", "en", {"parameter": "X"}, "The parameter `X` is not recognized."),
    ("UnknownParameter", "zh", {"parameter": "X"}, "未定义参数 `X` 。"),
    (
        "InvalidParameter#type",
        "zh",
        {"parameter": "X", "expected_type": "string"},
        "参数 `X` 取值类型错误。参数类型应为 `string`",
    ),
    ("InvalidParameter#nonce", "en", {"parameter": "Nonce"}, "Parameter `Nonce` type error."),
    ("InvalidParameter#url-form", "en", {}, "Url key and value should be splited by `=`."),
    (
        "RequestLimitExceeded",
        "en",
        {"count": 21, "limit": 20},
        "Your current request times equals to `21` in a second, which exceeds the frequency limit `20` for a "
        "second. Please reduce the frequency of calls.",
    ),
    (
        "RequestLimitExceeded",
        "zh",
        {"count": 23, "limit": 20},
        "您当前每秒请求 `23` 次，超过了每秒频率上限 `20`，请稍后重试。",
    ),
    ("InternalError", "zh", {}, "内部服务错误，请稍后重试。"),
    ("FailedOperation.ImageNoIdCard", "en", {}, "照片未检测到身份证"),
    ("FailedOperation.OcrFailed", None, {}, "OCR识别失败"),
    ("FailedOperation.ImageBlur", "zh", {}, "图片模糊。"),
    (
        "InvalidParameterValue.InvalidParameterValueLimit#no-image",
        None,
        {},
        "ImageUrl和ImageBase64必须有一个不为空",
    ),
    ("InvalidParameterValue.InvalidParameterValueLimit#card-side", "zh", {}, "CardSide 参数错误"),
    ("ResourceUnavailable.InArrears", "zh", {}, "帐号已欠费。"),
]


@pytest.fixture(scope="module")
def tencent() -> Contract:
    return load_contract("tencent")


class TestCatalogue:
    def test_it_has_the_codes_of_the_page_and_of_the_platform(self, tencent: Contract) -> None:
        """Every code that any source names has a row."""
        codes = {row.code for row in tencent.errors.values()}
        assert len(PAGE_CODES) == 19
        assert set(PAGE_CODES) | set(AUTHENTICATION_CODES) | set(PLATFORM_CODES) == codes

    def test_codes_with_several_texts_have_variants(self, tencent: Contract) -> None:
        """A rule is a code and a variant; a whole rule id finds the row too."""
        row = tencent.error("AuthFailure.SignatureFailure", "request-size")
        assert row.rule == "AuthFailure.SignatureFailure#request-size"
        assert tencent.error(row.rule) is row
        variants = {r.variant for r in tencent.errors.values() if r.code == "InvalidParameter"}
        assert variants == {"body", "url-form", "nonce", "type"}

    @pytest.mark.parametrize(("rule", "language", "details", "text"), TEXTS)
    def test_texts_are_those_of_the_service(
        self, tencent: Contract, rule: str, language: str | None, details: dict[str, Any], text: str
    ) -> None:
        """Messages are compared letter by letter: clients match on them."""
        assert tencent.error(rule).text(language, details) == text

    def test_a_row_is_rendered_with_all_of_its_details_or_with_its_examples(self, tencent: Contract) -> None:
        """An account that always gets a row gives no details; a step that forgets one of them is at fault."""
        row = tencent.error("RequestLimitExceeded")
        assert "`21`" in row.text("en", request_id=REQUEST_ID)
        assert "`3`" in row.text("en", {"count": 3, "limit": 2})
        with pytest.raises(ValueError, match=r"RequestLimitExceeded needs limit"):
            row.text("en", {"count": 3})

    def test_what_is_common_to_a_call_fills_messages_too(self, tencent: Contract) -> None:
        """The request id stands in the permission message, whoever raised it."""
        text = tencent.error("AuthFailure.UnauthorizedOperation").text("zh", request_id="r-1", action="Other")
        assert text.startswith("操作未授权，请检查CAM策略。[[request id:r-1]you are not authorized")
        assert "(ocr:Other)" in text
        assert "`X`" in tencent.error("InvalidAction").text(
            "en", {"action": "X", "version": "1"}, service="ocr"
        )

    def test_details_may_hold_braces(self, tencent: Contract) -> None:
        """What the client sent is put into the text as it is, never read as a template."""
        text = tencent.error("UnknownParameter").text("en", {"parameter": "{request_id}"})
        assert text == "The parameter `{request_id}` is not recognized."

    def test_every_row_says_where_it_comes_from(self, tencent: Contract) -> None:
        """Nothing in the catalogue is without source, and every answer is HTTP 200."""
        for row in tencent.errors.values():
            assert "contract §" in row.source, row.rule
            assert row.http_status == 200
        assert {row.rule for row in tencent.errors.values() if row.billed} == {
            "FailedOperation.EmptyImageError"
        }

    def test_unknown_rows_limits_and_behaviours_are_named(self, tencent: Contract) -> None:
        """A name that is not in the data is a mistake of the program and says so."""
        for look in (tencent.error, tencent.limit, tencent.behaviour):
            with pytest.raises(KeyError, match=r"tencent: .* nothing-such"):
                look("nothing-such")


class TestTriggers:
    def test_they_use_specimens_and_recipes_that_exist(self, tencent: Contract) -> None:
        """A trigger can be carried out by whoever reads the README beside it."""
        for row in tencent.errors.values():
            assert row.trigger.specimen in SPECIMENS, row.rule
            assert set(row.trigger.request) <= TENCENT_RECIPES, row.rule

    def test_every_row_differs_from_an_ordinary_call(self, tencent: Contract) -> None:
        """No two rows have the same trigger, and none has an empty one."""
        seen = [
            (t.specimen, t.account, str(t.parameters), t.omit, str(t.image), str(t.request))
            for t in (row.trigger for row in tencent.errors.values())
        ]
        assert len(set(seen)) == len(seen)
        assert ("front", "active", "{}", (), "None", "{}") not in seen

    def test_documented_recipes_are_the_ones_used(self) -> None:
        """schemas/README.md explains each recipe."""
        text = data_path("schemas", "README.md").read_text(encoding="utf-8")
        section = text.split("### `request` for Tencent")[1].split("\n## ")[0]
        assert set(re.findall(r"`([a-z_]+)`", section)) >= TENCENT_RECIPES


class TestOperation:
    @pytest.mark.parametrize(
        "host",
        [
            "ocr.tencentcloudapi.com",
            "OCR.tencentcloudapi.com:8080",
            "ocr.ap-guangzhou.tencentcloudapi.com",
            "ocr.tencentcloudapi.com.cn",
        ],
    )
    def test_hosts_are_recognised_with_and_without_port(self, tencent: Contract, host: str) -> None:
        """Regional hosts and the other top-level domains included."""
        assert tencent.is_vendor_host(host)

    @pytest.mark.parametrize("host", ["127.0.0.1:4590", "localhost", "tencentcloudapi.com.example.org", ""])
    def test_other_hosts_are_not(self, tencent: Contract, host: str) -> None:
        """Neither local ones nor look-alikes."""
        assert not tencent.is_vendor_host(host)

    def test_limits_have_the_row_that_answers(self, tencent: Contract) -> None:
        """7M is 7 x 1024 x 1024 characters of Base64, 20 calls a second."""
        assert tencent.limit("max_encoded_image_bytes") == 7_340_032
        assert tencent.limit("requests_per_second") == 20
        assert tencent.limits["max_request_bytes_v1"].variant == "request-size"

    def test_account_states_name_stage_and_row(self, tencent: Contract) -> None:
        """What a state leads to is data."""
        state = tencent.account_states["no-permission"]
        assert (state.stage, state.code) == ("permission", "AuthFailure.UnauthorizedOperation")


class TestCoverage:
    def test_it_lists_everything_once(self, tencent: Contract) -> None:
        """Rows, limits, behaviour, states, lists and every constraint of the schemas."""
        rules = coverage(tencent)
        ids = [rule["id"] for rule in rules]
        assert len(set(ids)) == len(ids)
        assert {f"tencent/error/{rule}" for rule in tencent.errors} <= set(ids)
        assert {f"tencent/limit/{name}" for name in tencent.limits} <= set(ids)
        assert {f"tencent/behaviour/{name}" for name in tencent.behaviours} <= set(ids)
        assert {f"tencent/account-state/{name}" for name in tencent.account_states} <= set(ids)
        assert "tencent/schema/request#/properties/CardSide/enum" in ids
        assert "tencent/schema/response#/$defs/advanced_info/properties/Quality/maximum" in ids
        assert len(ids) == sum(
            map(
                len,
                (
                    tencent.errors,
                    tencent.limits,
                    tencent.behaviours,
                    tencent.account_states,
                    tencent.operation["provenance"],
                    tencent.constraints,
                ),
            )
        )

    def test_every_rule_has_provenance_and_is_json(self, tencent: Contract) -> None:
        """Errors have triggers besides."""
        rules = json.loads(json.dumps(coverage(tencent)))
        for rule in rules:
            assert rule["says"] and rule["source"], rule["id"]
            assert rule["confidence"] in ("documented", "observed", "inferred")
            assert rule["kind"] != "error" or rule["trigger"]["says"]

    def test_constraints_name_the_row_that_answers(self, tencent: Contract) -> None:
        """A constraint and its error stand in one place."""
        rules = {rule["id"]: rule for rule in coverage(tencent)}
        entry = rules["tencent/schema/request#/properties/CardSide/enum"]
        assert entry["rule"] == "InvalidParameterValue.InvalidParameterValueLimit#card-side"
        assert entry["says"] == "request: enum of CardSide"


class TestAccounts:
    def test_there_is_one_account_per_state(self, tencent: Contract) -> None:
        """Every state that the contract knows, and every row that only an account can produce."""
        rows = load_accounts()
        check_accounts(rows, {"tencent": tencent})
        states = [row["state"] for row in rows if row["vendor"] == "tencent"]
        assert len(set(states)) == len(states)
        assert {*tencent.operation["plain_states"], *tencent.account_states} <= set(states)

    def test_credentials_look_like_the_vendor_s_and_are_marked(self) -> None:
        """AKID and 32 letters or digits; the token only with temporary keys."""
        for row in load_accounts():
            if row["vendor"] != "tencent":
                continue
            credentials = row["credentials"]
            assert re.fullmatch(r"AKID[A-Za-z0-9]{32}", credentials["secret_id"])
            assert re.fullmatch(r"[A-Za-z0-9]{32}", credentials["secret_key"])
            assert all("MOCK" in value for value in credentials.values())
            assert ("token" in credentials) == row["state"].startswith("temporary")
