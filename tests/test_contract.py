"""The contracts in ``schemas/`` are complete, true to their sources, and checked when they are loaded."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract import (
    Contract,
    ContractError,
    available_editions,
    available_vendors,
    check_accounts,
    load_accounts,
    load_contract,
)
from mockserver.contract.__main__ import check_all
from mockserver.contract.files import merge_patch
from mockserver.data import data_path


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

REQUEST_ID = "9f124037-49ed-4fa9-94e5-5bd3095f817d"

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

SUCCESS = {
    "Response": {
        "Name": "李明",
        "Sex": "男",
        "Nation": "汉",
        "Birth": "1987/1/1",
        "Address": "北京市石景山区高新技术园腾讯大楼",
        "IdNum": "440524198701010014",
        "Authority": "",
        "ValidDate": "",
        "AdvancedInfo": "{}",
        "ReflectDetailInfos": [],
        "RequestId": "ab2c132e-9e1c-43d3-b0ef-9b4d80f00330",
    }
}


@pytest.fixture(scope="module")
def tencent() -> Contract:
    return load_contract("tencent")


@pytest.fixture(scope="module")
def current() -> Contract:
    return load_contract("tencent", ("current",))


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
        assert variants == {"body", "content-type", "url-form", "nonce", "type"}

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


class TestRequest:
    def violation(self, contract: Contract, stage: str | None = None, /, **parameters: Any) -> Any:
        return contract.request.first_violation(parameters, stage)

    def test_a_request_in_order_has_no_violation(self, tencent: Contract) -> None:
        """The page's own example."""
        config = '{"CropIdCard":true,"CropPortrait":true}'
        assert self.violation(tencent, ImageUrl="https://xx/a.jpg", Config=config, CardSide="FRONT") is None

    def test_unknown_parameters_come_first_in_the_order_sent(self, tencent: Contract) -> None:
        """Before types, and the first one sent is named."""
        found = tencent.request.first_violation({"CardSide": 1, "Zeta": 1, "Alpha": 2})
        assert (found.code, found.details["parameter"]) == ("UnknownParameter", "Zeta")

    def test_types_come_in_the_order_of_declaration(self, tencent: Contract) -> None:
        """Whatever the order in which the client sent them."""
        found = tencent.request.first_violation({"EnableReflectDetail": "no", "CardSide": 1})
        assert (found.code, found.variant) == ("InvalidParameter", "type")
        assert dict(found.details) == {"parameter": "CardSide", "value": 1, "expected_type": "string"}

    def test_a_boolean_has_the_name_of_the_vendor(self, tencent: Contract) -> None:
        """``x-type`` names the type in the message."""
        found = tencent.request.first_violation({"EnableReflectDetail": "no"})
        assert found.details["expected_type"] == "bool"

    def test_values_are_a_later_stage(self, tencent: Contract) -> None:
        """The account's state is looked at between names and types on the one side and values on the other."""
        assert tencent.request.stages == ("schema", "values")
        assert tencent.request.first_violation({"CardSide": "LEFT"}) is None
        assert self.violation(tencent, "values", CardSide=1) is not None
        found = self.violation(tencent, CardSide="LEFT", EnableReflectDetail=1)
        assert found.stage == "schema"

    @pytest.mark.parametrize(
        ("parameters", "rule"),
        [
            ({}, ("InvalidParameterValue.InvalidParameterValueLimit", "no-image")),
            ({"CardSide": "LEFT"}, ("InvalidParameterValue.InvalidParameterValueLimit", "no-image")),
            (
                {"ImageUrl": "u", "CardSide": "LEFT", "Config": "{"},
                ("InvalidParameterValue.InvalidParameterValueLimit", "card-side"),
            ),
            ({"ImageUrl": "u", "Config": "{"}, ("InvalidParameter.ConfigFormatError", None)),
            ({"ImageUrl": "u", "Config": ""}, ("InvalidParameter.ConfigFormatError", None)),
            ({"ImageUrl": "u", "Config": "[1]"}, ("InvalidParameter.ConfigFormatError", None)),
            ({"ImageUrl": "u", "Config": "\ud800"}, ("InvalidParameter.ConfigFormatError", None)),
            ({"ImageUrl": "u", "Config": "[" * 5000}, ("InvalidParameter.ConfigFormatError", None)),
        ],
    )
    def test_values_come_in_the_order_of_the_contract(
        self, tencent: Contract, parameters: dict[str, Any], rule: tuple[str, str | None]
    ) -> None:
        """No picture, then CardSide, then Config."""
        found = tencent.request.first_violation(parameters, "values")
        assert (found.code, found.variant) == rule

    def test_a_body_that_is_no_object_is_refused(self, tencent: Contract) -> None:
        """JSON allows a body to be anything."""
        found = tencent.request.first_violation([1])
        assert (found.code, found.variant) == ("InvalidParameter", "body")

    def test_defaults_are_those_of_the_page(self, tencent: Contract) -> None:
        """Rectification is on unless switched off."""
        assert dict(tencent.request.defaults) == {
            "EnableRecognitionRectify": True,
            "EnableReflectDetail": False,
        }


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


class TestAnyRequest:
    contracts = (load_contract("tencent"), load_contract("tencent", ("current",)))

    @settings(max_examples=200, deadline=None, derandomize=True)
    @given(
        parameters=JSON_VALUES
        | st.dictionaries(st.sampled_from([*contracts[1].request.parameters, "Other", "a.b"]), JSON_VALUES)
    )
    def test_whatever_is_sent_gets_a_row_or_none(self, parameters: Any) -> None:
        """No JSON value makes the check itself fail, and a violation can be put into words."""
        for contract in self.contracts:
            for stage in (*contract.request.stages, None):
                found = contract.request.first_violation(parameters, stage)
                if found is not None:
                    contract.error(found.code, found.variant).text("en", found.details)


class TestBodies:
    def errors(self, contract: Contract, **fields: Any) -> list[str]:
        body = {"Response": {**SUCCESS["Response"], **fields}}
        return [e.message for e in contract.response_validator.iter_errors(body)]

    def test_the_page_s_example_is_valid(self, tencent: Contract) -> None:
        """The body of the contract's example passes as it is."""
        assert tencent.response_validator.is_valid(SUCCESS)

    @pytest.mark.parametrize(
        "fields",
        [
            {"Birth": "1987/01/01"},
            {"Sex": "M"},
            {"Nation": "汉族"},
            {"IdNum": "44052419870101001x"},
            {"ValidDate": "2010.7.21-2020.7.21"},
            {"RequestId": "AB2C132E-9E1C-43D3-B0EF-9B4D80F00330"},
            {"AdvancedInfo": {}},
            {"AdvancedInfo": "{"},
            {"AdvancedInfo": '{"WarnInfos":[-1]}'},
            {"AdvancedInfo": '{"Quality":101}'},
            {"AdvancedInfo": '{"IdCard":"data:image/jpeg;base64,AAAA"}'},
            {"ReflectDetailInfos": [{"Position": "Sky"}]},
            {"Extra": ""},
        ],
    )
    def test_other_bodies_are_not(self, tencent: Contract, fields: dict[str, Any]) -> None:
        """Each field has its form, the JSON inside AdvancedInfo included."""
        assert self.errors(tencent, **fields)

    @pytest.mark.parametrize("until", ["2020.07.21", "长期"])
    def test_periods_may_be_open(self, tencent: Contract, until: str) -> None:
        """An end, or none."""
        assert not self.errors(tencent, ValidDate=f"2010.07.21-{until}")

    def test_an_error_has_code_message_and_request_id_only(self, tencent: Contract) -> None:
        """No field of a success beside it."""
        body = {"Response": {"Error": {"Code": "MissingParameter", "Message": "…"}, "RequestId": REQUEST_ID}}
        assert tencent.error_validator.is_valid(body)
        body["Response"]["Name"] = ""
        assert not tencent.error_validator.is_valid(body)

    def test_every_code_fits_the_error_envelope(self, tencent: Contract) -> None:
        """The pattern of codes and the catalogue agree."""
        for row in tencent.errors.values():
            error = {"Code": row.code, "Message": row.text("zh")}
            assert tencent.error_validator.is_valid({"Response": {"Error": error, "RequestId": REQUEST_ID}})


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


class TestEditions:
    def test_there_are_two(self) -> None:
        """The page as it is now, and signatures as strict as in production."""
        assert available_editions("tencent") == ("current", "strict-scope")

    def test_the_page_s_edition_refuses_later_parameters(self, tencent: Contract, current: Contract) -> None:
        """EnableDateVerify and CardWarnType came after the page."""
        for parameters in ({"EnableDateVerify": True}, {"CardWarnType": "Advanced"}):
            assert tencent.request.first_violation(parameters).code == "UnknownParameter"
            assert current.request.first_violation(parameters) is None
        found = current.request.first_violation({"ImageUrl": "u", "CardWarnType": "Best"}, "values")
        assert current.error(found.code, found.variant).text() == "CardWarnType 参数错误"

    def test_current_changes_limits_warnings_and_regions(self, current: Contract) -> None:
        """10M, -9109, an empty WarnInfos, any region or none."""
        assert current.limit("max_encoded_image_bytes") == 10 * 1024 * 1024
        assert current.behaviour("date_warning_code") == -9109
        assert current.behaviour("advanced_info_when_unasked") == "warn-infos"
        assert not current.operation["region_required"]
        assert "ap-chengdu" in current.operation["regions"]
        assert {"KeyCheck", "ValueCheck"} < set(current.operation["config_switches"])
        assert current.error("ResourceUnavailable.InArrears").text() == "账号已欠费。"

    def test_current_has_further_keys_and_codes_in_advanced_info(
        self, tencent: Contract, current: Contract
    ) -> None:
        """KeyCheck's answer and -9109 are valid in the one edition only."""
        for info in ('{"IsKeyValid":true}', '{"WarnInfos":[-9109]}'):
            body = {"Response": {**SUCCESS["Response"], "AdvancedInfo": info}}
            assert current.response_validator.is_valid(body)
            assert not tencent.response_validator.is_valid(body)

    def test_current_replaces_triggers_that_would_not_work_any_more(self, current: Contract) -> None:
        """Without a required region another parameter has to be missing."""
        assert current.error("MissingParameter").trigger.request == {"omit_headers": ["X-TC-Timestamp"]}
        assert current.error("LimitExceeded.TooLargeFileError").trigger.image is None

    def test_editions_are_applied_in_order(self) -> None:
        """Both at once."""
        both = load_contract("tencent", ("current", "strict-scope"))
        assert both.editions == ("current", "strict-scope")
        assert both.behaviour("host_scope") == "strict"
        assert both.behaviour("date_warning_code") == -9109

    def test_an_unknown_edition_names_the_known_ones(self) -> None:
        """One helpful sentence."""
        with pytest.raises(ContractError, match="no edition 'next'; there are: current, strict-scope"):
            load_contract("tencent", ("next",))

    def test_merge_patches_follow_the_standard(self) -> None:
        """Cases of RFC 7396, appendix A."""
        assert merge_patch({"a": "b"}, {"a": None}) == {}
        assert merge_patch({"a": [{"b": "c"}]}, {"a": [1]}) == {"a": [1]}
        assert merge_patch(["a", "b"], {"a": "b"}) == {"a": "b"}
        assert merge_patch({"e": None}, {"a": 1}) == {"e": None, "a": 1}
        assert merge_patch({}, {"a": {"bb": {"ccc": None}}}) == {"a": {"bb": {}}}


class TestCoverage:
    def test_it_lists_everything_once(self, tencent: Contract) -> None:
        """Rows, limits, behaviour, states, lists and every constraint of the schemas."""
        rules = tencent.coverage()
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
        rules = json.loads(json.dumps(tencent.coverage()))
        for rule in rules:
            assert rule["says"] and rule["source"], rule["id"]
            assert rule["confidence"] in ("documented", "observed", "inferred")
            assert rule["kind"] != "error" or rule["trigger"]["says"]

    def test_constraints_name_the_row_that_answers(self, tencent: Contract) -> None:
        """A constraint and its error stand in one place."""
        rules = {rule["id"]: rule for rule in tencent.coverage()}
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


Change = Callable[[Any], None]


def row(document: Any, code: str) -> Any:
    """The first row of a code."""
    return next(r for r in document["errors"] if r["code"] == code)


def put(*path: Any) -> Change:
    """A change that sets the value at the end of a path of members and indexes."""

    def change(document: Any) -> None:
        for step in path[:-2]:
            document = document[step]
        document[path[-2]] = path[-1]

    return change


def blur(member: str, value: Any) -> Change:
    """A change of one member of a row whose message is one text without placeholders."""
    return lambda document: row(document, "FailedOperation.ImageBlur").update({member: value})


#: File, what is done to it, what the message says.
MISTAKES: list[tuple[str, Change, str]] = [
    (
        "errors.json",
        lambda d: d["errors"].append(d["errors"][0]),
        r"#/errors/\d+: the rule .* is there twice",
    ),
    ("errors.json", lambda d: d["errors"][0].pop("source"), r"#/errors/0: 'source' is a required property"),
    ("errors.json", put("errors", 0, "http_code", 200), r"#/errors/0: .*'http_code' was unexpected"),
    ("errors.json", put("errors", 0, "confidence", "sure"), r"#/errors/0/confidence: 'sure' is not one of"),
    ("errors.json", put("errors", 0, "variant", "Big One"), r"#/errors/0/variant: 'Big One' does not match"),
    ("errors.json", put("errors", 0, "message", {"en": "x"}), r"#/errors/0/message: .* each of en, zh"),
    ("errors.json", blur("message", "a {b}"), r"#/errors/\d+/details: .*differ: b"),
    ("errors.json", blur("message", "a {0}"), r"#/errors/\d+/message: a placeholder is a name"),
    ("errors.json", blur("message", "a {b.c}"), r"#/errors/\d+/message: a placeholder is a name"),
    ("errors.json", blur("message", "a {b"), r"#/errors/\d+/message: a lone brace"),
    ("errors.json", blur("details", {"b": 1}), r"#/errors/\d+/details: .*differ: b"),
    (
        "errors.json",
        lambda d: row(d, "MissingParameter")["trigger"].update(account="activ"),
        r"#/errors/\d+/trigger/account: operation.json has no account state 'activ'",
    ),
    (
        "errors.json",
        lambda d: row(d, "MissingParameter")["trigger"].update(account="answers-Nothing"),
        r"no account state 'answers-Nothing'",
    ),
    ("errors.json", lambda d: d["errors"].remove(row(d, "UnknownParameter")), r"no row UnknownParameter"),
    ("errors.json", put("vendor", "aliyun"), r"errors.json at #/vendor: the folder is tencent"),
    ("limits.json", put("limits", "max_side_px", "value", "10"), r"#/limits/max_side_px/value: '10' is not"),
    (
        "limits.json",
        put("limits", "max_side_px", "error", {"code": "X"}),
        r"#/limits/max_side_px/error: .*row X",
    ),
    ("operation.json", put("account_states", "disabled", "code", "X"), r"#/account_states/disabled: .*row X"),
    (
        "operation.json",
        put("account_states", "disabled", "stage", "x"),
        r"#/account_states/disabled/stage: 'x'",
    ),
    (
        "operation.json",
        put("account_states", "answers-X", {}),
        r"#/account_states: 'answers-X' does not match",
    ),
    ("operation.json", put("plain_states", "disabled", "text"), r"#/plain_states/disabled: .* also one of"),
    ("operation.json", lambda d: d["plain_states"].pop("active"), r"#/plain_states: an account needs"),
    ("operation.json", put("languages", "default", "fr"), r"#/languages/default: .* not among"),
    (
        "operation.json",
        put("behaviour", "host_scope", "value", "lax"),
        r"#/behaviour/host_scope/value: 'lax'",
    ),
    ("operation.json", put("regions", ["mars"]), r"#/regions: 'mars' is none of platform_regions"),
    ("operation.json", put("provenance", "regoins", {}), r"#/provenance/regoins: 'says' is a required"),
    ("operation.json", lambda d: d["provenance"].pop("regions"), r"#/regions: provenance does not say"),
    ("operation.json", put("switches", [1]), r"#/switches/0: 1 is not of type 'string'"),
    (
        "request.schema.json",
        put("properties", "CardSide", "x-error", "enum", {"code": "X"}),
        r"#/properties/CardSide/x-error/enum: errors.json has no row X",
    ),
    (
        "request.schema.json",
        put("properties", "CardSide", "x-error", "pattern", {"code": "X"}),
        r"#/properties/CardSide/x-error/pattern: there is no constraint 'pattern' beside it",
    ),
    (
        "request.schema.json",
        put("properties", "CardSide", "maxLength", 5),
        r"#/properties/CardSide/maxLength: x-error does not say which row answers it",
    ),
    (
        "request.schema.json",
        put("properties", "CardSide", "x-error", "enum", "stage", "late"),
        r"#/properties/CardSide/enum: its stage is none of schema, values",
    ),
    (
        "request.schema.json",
        put("properties", "CardSide", {"$ref": "#"}),
        r"#/properties/CardSide: .*no \$ref",
    ),
    ("request.schema.json", put("requierd", ["ImageUrl"]), r"#/requierd: 'requierd' is no keyword"),
    (
        "request.schema.json",
        put("properties", "CardSide", "type", "text"),
        r"#/properties/CardSide/type: 'text'",
    ),
    (
        "request.schema.json",
        put("properties", "CardSide", "x-error", 1),
        r"#/properties/CardSide/x-error: an object",
    ),
    ("response.schema.json", lambda d: d.pop("x-source"), r"#/type: neither here nor above are x-source"),
    ("response.schema.json", put("x-confidence", "sure"), r"#/x-confidence: one of documented"),
    ("editions/current.json", put("limit", {}), r"current.json at #: .*'limit' was unexpected"),
    (
        "editions/current.json",
        put("errors", "MissingParameter", {"http_status": "200"}),
        r"tencent\+current/errors.json at #/errors/\d+/http_status: '200' is not of type",
    ),
]


class TestMistakes:
    @pytest.fixture
    def schemas(self, tmp_path: Path) -> Path:
        """A copy of ``schemas/`` to spoil."""
        return Path(shutil.copytree(data_path("schemas"), tmp_path / "schemas"))

    def load_all(self, schemas: Path) -> None:
        load_contract("tencent", root=schemas)
        load_contract("tencent", ("current",), schemas)

    @pytest.mark.parametrize(("file", "change", "says"), MISTAKES)
    def test_a_mistake_is_named(self, schemas: Path, file: str, change: Change, says: str) -> None:
        """File, JSON pointer and rule."""
        path = schemas / "tencent" / file
        document = json.loads(path.read_text(encoding="utf-8"))
        change(document)
        path.write_text(json.dumps(document), encoding="utf-8")
        with pytest.raises(ContractError, match=says) as caught:
            self.load_all(schemas)
        assert Path(file).name in str(caught.value) or "tencent+current/" in str(caught.value)

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b'{"vendor": "tencent", "limits": {}', r"not JSON: line 1, column"),
            (b'{"vendor": "a", "vendor": "tencent"}', r"the member 'vendor' twice"),
            (b'{"vendor": "\xff"}', r"not UTF-8: byte 12"),
            (b'{"vendor": NaN}', r"NaN is no JSON number"),
            (b"[]", r"limits.json at #: \[\] is not of type 'object'"),
        ],
    )
    def test_a_file_that_is_no_json_is_named(self, schemas: Path, content: bytes, says: str) -> None:
        """With line and column where there are any."""
        (schemas / "tencent" / "limits.json").write_bytes(content)
        with pytest.raises(ContractError, match=says):
            self.load_all(schemas)

    def test_missing_and_misnamed_files_are_named(self, schemas: Path) -> None:
        """A file under another name would be ignored."""
        (schemas / "tencent" / "limits.json").rename(schemas / "tencent" / "limit.json")
        with pytest.raises(ContractError, match=r"tencent/limit.json at #: no part of a contract"):
            self.load_all(schemas)
        (schemas / "tencent" / "limit.json").unlink()
        with pytest.raises(ContractError, match=r"tencent/limits.json at #: the file is missing"):
            self.load_all(schemas)

    @pytest.mark.parametrize("vendor", ["nobody", ""])
    def test_an_unknown_vendor_names_the_known_ones(self, vendor: str) -> None:
        """One helpful sentence."""
        with pytest.raises(ContractError, match=r"there is no contract .*; there are: .*tencent"):
            load_contract(vendor)

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (put("accounts", 0, "state", "x"), r"#/accounts/0/state: tencent has no account state 'x'"),
            (
                put("accounts", 0, "limits", {"concurrency": 1}),
                r"#/accounts/0/limits/concurrency: .* no such",
            ),
            (put("accounts", 0, "credentials", {"secret_id": "AKID"}), r"no value holds the word MOCK"),
            (
                put("accounts", 1, "name", "active"),
                r"#/accounts/1: another account of tencent has the same name",
            ),
            (lambda d: d["accounts"].pop(), r"#/accounts: tencent: .* needs an account 'answers-"),
        ],
    )
    def test_a_mistake_among_the_accounts_is_named(
        self, tencent: Contract, current: Contract, tmp_path: Path, change: Change, says: str
    ) -> None:
        """accounts.json is held to the contract of each vendor."""
        for file in ("accounts.json", "accounts.schema.json"):
            shutil.copy(data_path("fixtures", file), tmp_path)
        document = json.loads((tmp_path / "accounts.json").read_text(encoding="utf-8"))
        document["accounts"] = [a for a in document["accounts"] if a["vendor"] == "tencent"]
        change(document)
        (tmp_path / "accounts.json").write_text(json.dumps(document), encoding="utf-8")
        with pytest.raises(ContractError, match=says):
            for contract in (tencent, current):
                check_accounts(load_accounts(tmp_path / "accounts.json"), {"tencent": contract})


class TestLint:
    def test_it_checks_every_vendor(self) -> None:
        """One line each."""
        lines = check_all()
        assert [line.split(":")[0] for line in lines] == list(available_vendors())
        assert re.match(r"tencent: \d+ error rows, .* editions: current, strict-scope", lines[-1])

    def test_the_command_says_what_it_found(self) -> None:
        """``python -m mockserver.contract`` exits 0 and prints the lines."""
        done = subprocess.run(
            [sys.executable, "-m", "mockserver.contract"],
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines() == check_all()

    def test_a_format_that_is_no_schema_is_named(self, tmp_path: Path) -> None:
        """The formats themselves are checked by the lint."""
        root = Path(shutil.copytree(data_path("schemas"), tmp_path / "schemas"))
        (root / "limits.schema.json").write_text('{"type": "thing"}', encoding="utf-8")
        with pytest.raises(ContractError, match=r"limits.schema.json at #/type: 'thing'"):
            check_all(root)
