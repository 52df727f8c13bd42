"""The schemas of a contract: which violation is named, which bodies are valid, what editions change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract import (
    Contract,
    ContractError,
    available_editions,
    available_vendors,
    load_contract,
)
from mockserver.contract.files import merge_patch
from mockserver.contract.validators import compile_schema

REQUEST_ID = "9f124037-49ed-4fa9-94e5-5bd3095f817d"


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

    @settings(max_examples=200, deadline=None, derandomize=True)
    @given(
        parameters=st.fixed_dictionaries(
            {"ImageBase64": st.just("AAAA")},
            optional={
                "Config": st.sampled_from(["", "{", "{}", "[1]", '{"CropIdCard":true}', "\udcff", 1]),
                "CardSide": st.sampled_from(["FRONT", "front", 1]),
                "EnableRecognitionRectify": st.booleans() | st.just("true"),
            },
        )
    )
    def test_both_validators_agree(self, parameters: Any) -> None:
        """The fast one, with the texts that it does not look into judged apart, accepts what the schema does."""
        for contract in self.contracts:
            accepted = contract.request.first_violation(parameters, None) is None
            assert accepted == compile_schema(contract.request_schema).is_valid(parameters)

    @pytest.mark.parametrize("vendor", available_vendors())
    def test_bytes_that_are_no_utf8(self, vendor: str) -> None:
        """They arrive as lone surrogates: as a value, as a name or as the whole they are checked like any text."""
        contract = load_contract(vendor)
        for name in (*contract.request.parameters, "\udcff"):
            for value in ("\udcff", "\ud800"):
                found = contract.request.first_violation({name: value}, None)
                assert found is None or contract.error(found.code, found.variant)
        assert contract.request.first_violation("\udcff", None) is not None


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


class TestEditions:
    def test_they_are_known(self) -> None:
        """The page as it is now, and signatures as strict as in production."""
        assert available_editions("tencent") == ("current", "empty-side-absent", "strict-scope")

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
        assert current.error("MissingParameter").trigger.request == {"version": ""}
        assert current.error("LimitExceeded.TooLargeFileError").trigger.image is None

    def test_editions_are_applied_in_order(self) -> None:
        """Both at once."""
        both = load_contract("tencent", ("current", "strict-scope"))
        assert both.editions == ("current", "strict-scope")
        assert both.behaviour("host_scope") == "strict"
        assert both.behaviour("date_warning_code") == -9109

    def test_an_unknown_edition_names_the_known_ones(self) -> None:
        """One helpful sentence."""
        with pytest.raises(ContractError, match="no edition 'next'; there are: current, empty-side-absent"):
            load_contract("tencent", ("next",))

    def test_merge_patches_follow_the_standard(self) -> None:
        """Cases of RFC 7396, appendix A."""
        assert merge_patch({"a": "b"}, {"a": None}) == {}
        assert merge_patch({"a": [{"b": "c"}]}, {"a": [1]}) == {"a": [1]}
        assert merge_patch(["a", "b"], {"a": "b"}) == {"a": "b"}
        assert merge_patch({"e": None}, {"a": 1}) == {"e": None, "a": 1}
        assert merge_patch({}, {"a": {"bb": {"ccc": None}}}) == {"a": {"bb": {}}}
