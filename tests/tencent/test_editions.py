"""The editions: what the page has become since (``current``), and signatures as strict as production's."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
from PIL import Image
from tencentcloud.ocr.v20181119 import models

from mockserver.contract import ErrorRow, load_contract
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.conftest import StartMock
from tests.tencent.client import LANGUAGE, needs_raw, produce
from tests.tencent.conftest import Client, mint
from tests.tencent.sdk import WARNINGS, Sdk, advanced, config, picture
from tests.tencent.test_bad_pictures import MEBIBYTE, as_parameter
from tests.triggers import message_pattern

EDITIONS = ("current", "empty-side-absent", "strict-scope")


@pytest.fixture
def current_mock(start_mock: StartMock) -> MockServer:
    """A server of the edition ``current``."""
    return start_mock(Settings(editions={"tencent": ("current",)}))


@pytest.fixture
def current(current_mock: MockServer, client: Client) -> Sdk:
    """The SDK at it."""
    return client(current_mock, mint(current_mock))


@pytest.fixture(scope="module")
def edition_mocks() -> Iterator[dict[str, MockServer]]:
    """One server for each edition, for the rows of its catalogue."""
    servers = {
        name: MockServer(Settings(vendors=("tencent",), editions={"tencent": (name,)})) for name in EDITIONS
    }
    yield servers
    for server in servers.values():
        assert server.world.own_faults.value == 0
        server.close()


@pytest.mark.parametrize(
    ("edition", "row"),
    [
        pytest.param(edition, row, id=f"{edition}/{row.rule}")
        for edition in EDITIONS
        for row in load_contract("tencent", (edition,)).errors.values()
    ],
)
def test_every_row_has_a_trigger_that_works(
    edition_mocks: dict[str, MockServer], edition: str, row: ErrorRow
) -> None:
    """In each edition, with the edition's own message and trigger."""
    outcome = produce(edition_mocks[edition], row)
    assert (outcome.rule, outcome.code, outcome.status) == (row.rule, row.code, 200)
    assert message_pattern(row, LANGUAGE).fullmatch(outcome.message)


@pytest.mark.parametrize("edition", [(), ("current",)], ids=["page", "current"])
def test_few_rows_need_more_than_the_sdk(edition: tuple[str, ...]) -> None:
    """The triggers that the SDK cannot send are known; `test_errors.py` shows another way to each."""
    rows = load_contract("tencent", edition).errors.values()
    assert {row.rule for row in rows if needs_raw(row.trigger)} == {
        "UnsupportedProtocol",
        "InvalidRequest",
        "InvalidParameter#body",
        "UnsupportedProtocol#content-type",
        "InvalidParameter#url-form",
        "InvalidParameterValue",
    }


class TestSeedRefusesWhatIsNew:
    """The page without its later additions, which is the default."""

    @pytest.mark.parametrize("parameter", ["EnableDateVerify", "CardWarnType"])
    def test_parameters(self, sdk: Sdk, parameter: str) -> None:
        """Unknown."""
        assert sdk.refusal({parameter: "Basic"}).get_code() == "UnknownParameter"

    def test_switches(self, idmock: MockServer, sdk: Sdk) -> None:
        """Ignored."""
        assert (
            sdk.call({**picture(idmock, "front"), **config("KeyCheck", "ValueCheck")})["AdvancedInfo"] == "{}"
        )


@pytest.mark.parametrize("edition", EDITIONS)
def test_editions_change_choices_and_add_none(edition: str) -> None:
    """What only an edition knew, nothing would ask for, and the list of rules would promise it all the same."""
    assert (
        load_contract("tencent", (edition,)).behaviours.keys() == load_contract("tencent").behaviours.keys()
    )


class TestCurrent:
    """10M, two parameters, two switches, other codes, no region needed."""

    def test_size(self, current_mock: MockServer, current: Sdk) -> None:
        """More than 7M is in; the request itself ends at 10 MB."""
        data = current_mock.specimen("front").ljust(7 * MEBIBYTE, b"\0")
        assert current.call(as_parameter(data))["Name"] == "饶光鸣"
        error = current.refusal(as_parameter(data.ljust(8 * MEBIBYTE, b"\0")))
        assert error.get_code() == "RequestSizeLimitExceeded"

    @pytest.mark.parametrize("region", [None, "ap-guangzhou", "ap-chengdu", "eu-frankfurt"])
    def test_region(self, current_mock: MockServer, client: Client, region: str | None) -> None:
        """Optional, and any of the platform's."""
        sdk = client(current_mock, mint(current_mock), region=region)
        assert sdk.call(picture(current_mock, "front"))["Name"] == "饶光鸣"

    def test_unknown_region(self, current_mock: MockServer, client: Client) -> None:
        """One that nobody has is still wrong."""
        sdk = client(current_mock, mint(current_mock), region="mars-olympus")
        assert sdk.refusal({}).get_message() == "参数 `X-TC-Region` 取值错误。"

    def test_new_parameters(self, current_mock: MockServer, current: Sdk) -> None:
        """Accepted through the SDK's model, which warns of the deprecated one, and without effect on a plain card."""
        request = models.IDCardOCRRequest()
        request.from_json_string(json.dumps({**picture(current_mock, "front"), "CardWarnType": "Advanced"}))
        with pytest.warns(DeprecationWarning, match="EnableDateVerify"):
            request.EnableDateVerify = False
            answer = current.client.IDCardOCR(request)
        assert answer.Name == "饶光鸣"

    @pytest.mark.parametrize(
        ("parameters", "message"),
        [
            ({"CardWarnType": "Best"}, "CardWarnType 参数错误"),
            ({"CardWarnType": True}, "参数 `CardWarnType` 取值类型错误。参数类型应为 `string`"),
            ({"EnableDateVerify": "true"}, "参数 `EnableDateVerify` 取值类型错误。参数类型应为 `bool`"),
        ],
    )
    def test_new_parameters_checked(
        self, current_mock: MockServer, current: Sdk, parameters: dict[str, object], message: str
    ) -> None:
        """By type, then by value."""
        error = current.refusal({**picture(current_mock, "front"), **parameters})
        assert error.get_message() == message

    def test_nothing_asked(self, current_mock: MockServer, current: Sdk) -> None:
        """Today's examples show an empty list of warnings."""
        assert current.call(picture(current_mock, "front"))["AdvancedInfo"] == '{"WarnInfos":[]}'

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("back-bad-period", -9109),
            ("front-photocopy", -9108),
            ("front-screen", -9103),
            ("front-edited", -9106),
        ],
    )
    def test_codes(self, current_mock: MockServer, current: Sdk, name: str, code: int) -> None:
        """Two have new numbers, the others are as before."""
        answer = current.call({**picture(current_mock, name), **config(*WARNINGS)})
        assert advanced(answer)["WarnInfos"] == [code]
        contract = load_contract("tencent", ("current",))
        contract.response_validator.validate(json.loads(current.reply.content))

    @pytest.mark.parametrize(
        ("name", "keys", "values"),
        [
            ("front", True, True),
            ("back", True, True),
            ("front-tilted", True, True),
            ("front-unreadable", False, False),
            ("front-glare", False, False),
        ],
    )
    def test_key_and_value_check(
        self, current_mock: MockServer, current: Sdk, name: str, keys: bool, values: bool
    ) -> None:
        """Labels and values, complete and free of glare."""
        answer = current.call({**picture(current_mock, name), **config("KeyCheck", "ValueCheck")})
        assert advanced(answer) == {"IsKeyValid": keys, "IsValueValid": values}
        contract = load_contract("tencent", ("current",))
        contract.response_validator.validate(json.loads(current.reply.content))

    def test_labels_outside_the_picture(self, current_mock: MockServer, current: Sdk) -> None:
        """A picture that ends between the labels and the values: the values are whole, the labels are not."""
        with Image.open(io.BytesIO(current_mock.specimen("front"))) as whole:
            left = 200  # labels stand left of it, values right
            data = io.BytesIO()
            whole.crop((left, 0, whole.width, whole.height)).save(data, "PNG")
        answer = current.call({**as_parameter(data.getvalue()), **config("KeyCheck", "ValueCheck")})
        assert advanced(answer) == {"IsKeyValid": False, "IsValueValid": True}

    def test_one_switch_alone(self, current_mock: MockServer, current: Sdk) -> None:
        """Each has its own key."""
        sent = picture(current_mock, "front")
        assert advanced(current.call({**sent, **config("KeyCheck")})) == {"IsKeyValid": True}
        assert advanced(current.call({**sent, **config("ValueCheck")})) == {"IsValueValid": True}


def test_editions_together(start_mock: StartMock, client: Client) -> None:
    """One changes what is answered, the other what is accepted."""
    mock = start_mock(Settings(editions={"tencent": EDITIONS}))
    sdk = client(mock, mint(mock), region=None)
    assert sdk.call(picture(mock, "front"))["AdvancedInfo"] == '{"WarnInfos":[]}'
