"""The choices of ``operation.json`` that no edition takes: each option does what its sentence says."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from mockserver.accounts import Account
from mockserver.contract import Contract, load_contract
from mockserver.pipeline import answer
from mockserver.request import Request
from mockserver.testing import MockServer
from mockserver.vendors.tencent import VENDOR
from tests.tencent.conftest import mint
from tests.tencent.raw import Raw, tc3
from tests.tencent.sdk import advanced, config, picture

MULTIPART = "multipart/form-data; boundary=part"


@dataclass(frozen=True)
class Chosen:
    """The vendor under a contract in which some choices are made otherwise."""

    mock: MockServer
    account: Account
    contract: Contract

    def ask(self, raw: Raw) -> dict[str, Any]:
        """What stands in the envelope of the answer."""
        headers = {name.lower(): value for name, value in raw.headers.items()}
        world = self.mock.world
        request = Request(
            raw.method, "/", "", headers, raw.body, len(raw.body), received=world.clock.now(), id="0" * 36
        )
        out = answer(VENDOR, self.contract, world, request)
        inner: dict[str, Any] = json.loads(out.body)["Response"]
        return inner

    def call(self, parameters: Mapping[str, object], **signing: Any) -> dict[str, Any]:
        """As `ask`, for business parameters as a JSON body."""
        return self.ask(tc3(self.account, parameters, **signing))

    def code(self, parameters: Mapping[str, object], **signing: Any) -> str:
        """The code of a call that must be refused."""
        return str(self.call(parameters, **signing)["Error"]["Code"])


def choose(mock: MockServer, **choices: object) -> Chosen:
    """Choices by name; each must be one that there is, and one of its options where they are listed."""
    contract = load_contract("tencent")
    behaviours = dict(contract.behaviours)
    for name, value in choices.items():
        assert value in (behaviours[name].options or (value,))
        behaviours[name] = replace(behaviours[name], value=value)
    return Chosen(mock, mint(mock), replace(contract, behaviours=behaviours))


def multipart(account: Account, parameters: Mapping[str, str]) -> Raw:
    """A signed request with one part for each parameter."""
    parts = (
        f'--part\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parameters.items()
    )
    body = "".join([*parts, "--part--\r\n"]).encode()
    return tc3(account, body=body, content_type=MULTIPART)


class TestMultipart:
    """``accept``: read like a form."""

    def test_parts_are_parameters(self, idmock: MockServer) -> None:
        """Texts as they are, and booleans written out, as in a form."""
        chosen = choose(idmock, multipart="accept")
        sent = {
            **picture(idmock, "front-birth-mismatch"),
            **config("Quality"),
            "EnableRecognitionRectify": "false",
        }
        answered = chosen.ask(multipart(chosen.account, sent))
        assert answered["Birth"] == "1995/2/15"
        assert advanced(answered).keys() == {"Quality"}

    def test_what_is_no_boolean(self, idmock: MockServer) -> None:
        """Is of the wrong type, as in a form."""
        chosen = choose(idmock, multipart="accept")
        sent = {"EnableReflectDetail": "maybe", "ImageUrl": "https://xx/a.jpg"}
        assert chosen.ask(multipart(chosen.account, sent))["Error"]["Code"] == "InvalidParameter"


class TestAbsent:
    """What is null or empty, and counts as sent or as not sent."""

    def test_null_refused(self, idmock: MockServer) -> None:
        """A value of the wrong type, for any parameter; one that is unknown stays unknown."""
        chosen = choose(idmock, null_parameters="refused")
        for name in ("ImageUrl", "CardSide", "Config", "EnableReflectDetail"):
            assert chosen.code({**picture(idmock, "front"), name: None}) == "InvalidParameter"
        assert chosen.code({"Unknown": None}) == "UnknownParameter"

    def test_null_absent(self, idmock: MockServer) -> None:
        """As if it was not sent, which is the default; even where the name is unknown."""
        chosen = choose(idmock)
        sent = {**picture(idmock, "front"), "ImageUrl": None, "CardSide": None, "Unknown": None}
        assert chosen.call(sent)["Name"] == "饶光鸣"

    def test_empty_side_absent(self, idmock: MockServer) -> None:
        """The side is then recognised; other texts stay wrong."""
        chosen = choose(idmock, empty_card_side="absent")
        assert chosen.call({**picture(idmock, "back"), "CardSide": ""})["Authority"]
        assert chosen.code({**picture(idmock, "back"), "CardSide": " "}).endswith(
            "InvalidParameterValueLimit"
        )

    def test_empty_picture_absent(self, idmock: MockServer) -> None:
        """Then there is none at all; an address beside it is fetched as ever."""
        chosen = choose(idmock, empty_image_base64="absent")
        answered = chosen.call({"ImageBase64": ""})
        assert answered["Error"]["Message"] == "ImageUrl和ImageBase64必须有一个不为空"
        beside = {"ImageBase64": "", "ImageUrl": "https://pictures.invalid/a.jpg"}
        assert chosen.code(beside) == "FailedOperation.DownLoadError"


class TestBase64:
    """``lenient``: what encoders add and leave out is overlooked."""

    def test_lines_and_missing_padding(self, idmock: MockServer) -> None:
        """As MIME encoders break lines, and as some leave the padding out."""
        chosen = choose(idmock, base64="lenient")
        data = idmock.specimen("front") + b"\0"
        encoded = base64.b64encode(data).decode()
        for text in (base64.encodebytes(data).decode(), encoded.rstrip("="), encoded + "\r\n"):
            assert chosen.call({"ImageBase64": text})["Name"] == "饶光鸣"
            assert choose(idmock).code({"ImageBase64": text}) == "FailedOperation.ImageDecodeFailed"

    @pytest.mark.parametrize("change", ["data:image/jpeg;base64,{}", "{}====", " {}", "-{}"])
    def test_what_stays_wrong(self, idmock: MockServer, change: str) -> None:
        """A prefix, surplus padding, other characters."""
        chosen = choose(idmock, base64="lenient")
        text = change.format(picture(idmock, "front")["ImageBase64"])
        assert chosen.code({"ImageBase64": text}) == "FailedOperation.ImageDecodeFailed"


class TestTokenOfAPermanentKey:
    """``ignored``: nobody looks at it."""

    def test_ignored(self, idmock: MockServer) -> None:
        """In the header, which is not signed."""
        chosen = choose(idmock, token_of_a_permanent_key="ignored")
        request = tc3(chosen.account, picture(idmock, "front"))
        assert chosen.ask(request.with_headers({"X-TC-Token": "stray"}))["Name"] == "饶光鸣"

    def test_a_temporary_key_still_needs_its_own(self, idmock: MockServer) -> None:
        """A wrong token is wrong, none is none."""
        temporary = mint(idmock, token="TOKENMOCK")
        chosen = replace(choose(idmock, token_of_a_permanent_key="ignored"), account=temporary)
        request = tc3(temporary, picture(idmock, "front"))
        code = {
            token: chosen.ask(request.with_headers({"X-TC-Token": token}))["Error"]["Code"]
            for token in ("stray", "")
        }
        assert code == {"stray": "AuthFailure.TokenFailure", "": "AuthFailure.SecretIdNotFound"}


class TestConfig:
    """``refused``: keys and values that are otherwise passed over."""

    def test_unknown_keys(self, idmock: MockServer) -> None:
        """Known ones stay welcome."""
        chosen = choose(idmock, unknown_config_keys="refused")
        sent = picture(idmock, "front")
        assert chosen.code({**sent, **config("KeyCheck")}) == "InvalidParameter.ConfigFormatError"
        assert chosen.call({**sent, **config("Quality")})["Name"] == "饶光鸣"

    @pytest.mark.parametrize("value", [1, "true", None, []])
    def test_values_that_are_no_booleans(self, idmock: MockServer, value: object) -> None:
        """For keys that are known; what an unknown key holds does not matter."""
        chosen = choose(idmock, non_boolean_config_values="refused")
        sent = picture(idmock, "front")
        assert chosen.code({**sent, **config(Quality=value)}) == "InvalidParameter.ConfigFormatError"
        assert chosen.call({**sent, **config(Unknown=value)})["Name"] == "饶光鸣"


class TestCards:
    """What the cards in the picture lead to."""

    def test_temporary_card_read(self, idmock: MockServer) -> None:
        """With its warning, and with its fields."""
        chosen = choose(idmock, temporary_card_fields="read")
        answered = chosen.call({**picture(idmock, "front-temporary"), **config("TempIdWarn")})
        assert (answered["Name"], answered["AdvancedInfo"]) == ("饶光鸣", '{"WarnInfos":[-9104]}')

    def test_unreadable_card_refused(self, idmock: MockServer) -> None:
        """As a recognition that failed."""
        chosen = choose(idmock, unreadable_card="refused")
        assert chosen.code(picture(idmock, "front-unreadable")) == "FailedOperation.OcrFailed"

    @pytest.mark.parametrize("side", [{}, {"CardSide": "BACK"}])
    def test_both_sides_refused(self, idmock: MockServer, side: dict[str, str]) -> None:
        """Unless MultiCardDetect asks for them."""
        chosen = choose(idmock, both_sides_without_multi_card_detect="refused")
        sent = {**picture(idmock, "both"), **side}
        assert chosen.code(sent) == "FailedOperation.MultiCardError"
        assert chosen.call({**sent, **config("MultiCardDetect")})["Authority"]


@pytest.mark.parametrize("skew", [-300, 300])
def test_edge_of_the_window_outside(frozen_mock: MockServer, skew: int) -> None:
    """Exactly at the edge is late already; a second less is not."""
    chosen = choose(frozen_mock, signature_window_inclusive=False)
    now = int(frozen_mock.world.clock.now())
    assert chosen.code({}, timestamp=now + skew) == "AuthFailure.SignatureExpire"
    inside = now + skew - (1 if skew > 0 else -1)
    assert chosen.code({}, timestamp=inside) == "InvalidParameterValue.InvalidParameterValueLimit"
