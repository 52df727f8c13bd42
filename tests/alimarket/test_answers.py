"""The seller's answers: every field of every kind of card, the ways to send a picture, and what the schema says."""

from __future__ import annotations

import base64
import json
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mockserver.accounts import Account
from mockserver.cards.named import load_specimens
from mockserver.contract import load_contract
from mockserver.settings import Settings
from mockserver.testing import MockServer
from mockserver.vendors._alimarket import render
from tests.alimarket.conftest import mint
from tests.alimarket.raw import FORM, Reply, app_code, image_call
from tests.conftest import StartMock
from tests.picture_server import picture_server
from tests.triggers import encoded

PERSON = ["name", "sex", "nation", "birth_date", "year", "month", "day", "address", "number"]
BACK = ["authority", "issuing_date", "expiry_date"]
#: Specimens that the seller cannot read.
FAIL = {"no-card", "front-blurry", "front-unreadable", "recognition-fails", "recognition-slow"}
#: Front specimens on which every field can be seen.
WHOLE_FRONTS = [n for n in load_specimens() if n.startswith("front") and n not in {*FAIL, "front-cut-deep"}]
BACKS = [n for n in load_specimens() if n.startswith("back")]


def read(mock: MockServer, account: Account, specimen: str) -> dict[str, str]:
    return image_call(mock, account, specimen).send(mock).data


def truth(specimen: str, side: str) -> dict[str, str]:
    """The fields of the card of a side, as printed."""
    return dict(next(c.card.fields for c in load_specimens()[specimen].cards if c.card.side == side))


def send(mock: MockServer, account: Account, image: Any) -> Reply:
    return app_code(account, {"image": image}).send(mock)


class TestFields:
    """What is printed, in the seller's spelling."""

    @pytest.mark.parametrize("specimen", WHOLE_FRONTS)
    def test_front(self, idmock: MockServer, account: Account, specimen: str) -> None:
        """Nine fields in the order of the page, without those of the back."""
        data, printed = read(idmock, account, specimen), truth(specimen, "front")
        assert list(data) == ["type", *PERSON]
        assert data["type"] == "front"
        assert data["number"] == printed["id_number"]
        for name in ("name", "sex", "nation", "address"):
            assert data[name] == printed[name]
        year, month, day = (str(int(part)) for part in printed["birth"].split("-"))
        assert (data["year"], data["month"], data["day"]) == (year, month, day)
        assert data["birth_date"] == f"{year}年{month}月{day}日"

    @pytest.mark.parametrize("specimen", BACKS)
    def test_back(self, idmock: MockServer, account: Account, specimen: str) -> None:
        """Three fields; dates with dots and padding."""
        data, printed = read(idmock, account, specimen), truth(specimen, "back")
        assert list(data) == ["type", *BACK]
        assert data == {
            "type": "back",
            "authority": printed["authority"],
            "issuing_date": printed["valid_from"].replace("-", "."),
            "expiry_date": printed["valid_until"].replace("-", "."),
        }

    def test_both_sides(self, idmock: MockServer, account: Account) -> None:
        """The back's fields first, as in the page's sample; each as on the picture of one side."""
        both = read(idmock, account, "both")
        assert list(both) == ["type", *BACK, *PERSON]
        front, back = read(idmock, account, "front"), read(idmock, account, "back")
        assert both == {**back, **front, "type": "all"}

    def test_long_term(self, idmock: MockServer, account: Account) -> None:
        """The card's own word in place of a date."""
        assert read(idmock, account, "back-long-term")["expiry_date"] == "长期"

    def test_minority_and_rare_characters(self, idmock: MockServer, account: Account) -> None:
        """The nation without 族, a dot in the name, a character outside the basic plane."""
        minority = read(idmock, account, "front-minority")
        assert minority["nation"] == "维吾尔"
        assert "·" in minority["name"]
        assert any(ord(character) > 0xFFFF for character in read(idmock, account, "front-rare")["name"])

    def test_single_digits_are_not_padded(self, idmock: MockServer, account: Account) -> None:
        """And the parts are texts."""
        data = read(idmock, account, "front-minority")
        assert (data["birth_date"], data["month"], data["day"]) == ("1989年1月6日", "1", "6")

    def test_fields_outside_the_picture_are_empty(self, idmock: MockServer, account: Account) -> None:
        """They are there, without a text; what can be seen is read."""
        data = read(idmock, account, "front-cut-deep")
        assert list(data) == ["type", *PERSON]
        assert (data["name"], data["birth_date"], data["year"], data["month"], data["day"]) == ("",) * 5
        assert data["number"] == truth("front-cut-deep", "front")["id_number"]

    @pytest.mark.parametrize("specimen", ["front-bad-number", "front-birth-mismatch", "front-sex-mismatch"])
    def test_nothing_is_checked_or_corrected(
        self, idmock: MockServer, account: Account, specimen: str
    ) -> None:
        """The page's own sample has a wrong check digit."""
        data, printed = read(idmock, account, specimen), truth(specimen, "front")
        assert (data["number"], data["sex"]) == (printed["id_number"], printed["sex"])

    @pytest.mark.parametrize("specimen", ["two-fronts", "two-backs"])
    def test_the_larger_of_two_cards(self, idmock: MockServer, account: Account, specimen: str) -> None:
        """Two of one side: one is read."""
        assert read(idmock, account, specimen)["type"] == specimen.removeprefix("two-").removesuffix("s")

    def test_card_that_prints_no_date(self, start_mock: StartMock, tmp_path: Path) -> None:
        """A user's own card may: the text is passed on, its parts are empty; the check digit X stays."""
        fields = {"name": "张三", "sex": "女", "nation": "汉", "birth": "一九九〇年", "address": "某地"}
        card = {"side": "front", "fields": {**fields, "id_number": "11010219781027232X"}}
        for name, size in (("small", (60, 40)), ("large", (600, 400))):
            Image.new("RGB", size, "white").save(tmp_path / f"{name}.png")
            (tmp_path / f"{name}.json").write_text(json.dumps(card), "utf-8")
        mock = start_mock(Settings(vendors=("alimarket",), cards=tmp_path))
        small, large = (
            send(mock, mint(mock), encoded((tmp_path / f"{name}.png").read_bytes()))
            for name in ("small", "large")
        )
        assert small.rule == "500#recognition"  # a card of 60 px
        parts = [large.data[name] for name in ("birth_date", "year", "month", "day")]
        assert parts == ["一九九〇年", "", "", ""]
        assert large.data["number"] == "11010219781027232X"

    @pytest.mark.parametrize(
        ("printed", "pad", "found"),
        [
            ("1990-05-01", False, ["1990年5月1日", "1990", "5", "1"]),
            ("1990-10-20", False, ["1990年10月20日", "1990", "10", "20"]),
            ("1990-00-00", False, ["1990年0月0日", "1990", "0", "0"]),
            ("1990-05-01", True, ["1990年05月01日", "1990", "05", "01"]),
        ],
    )
    def test_parts_of_a_date(self, printed: str, pad: bool, found: list[str]) -> None:
        """Without leading zeros, of which one stays where there is nothing else, or as two digits."""
        assert list(render.birth(printed, pad=pad).values()) == found

    @pytest.mark.parametrize("specimen", [n for n in load_specimens() if n not in FAIL])
    def test_success_is_as_the_schema_says(self, idmock: MockServer, account: Account, specimen: str) -> None:
        """Every specimen that can be read, with compact UTF-8 JSON on the wire."""
        reply = image_call(idmock, account, specimen).send(idmock)
        load_contract("alimarket").response_validator.validate(reply.json)
        assert list(reply.json) == ["status", "msg", "data"]
        assert (reply.json["status"], reply.json["msg"]) == (200, "请求成功")
        assert reply.body.decode() == json.dumps(reply.json, ensure_ascii=False, separators=(",", ":"))

    @pytest.mark.parametrize("specimen", sorted(FAIL - {"recognition-slow"}))
    def test_failure_is_as_the_schema_says(self, idmock: MockServer, account: Account, specimen: str) -> None:
        """HTTP 200, status 500, a text that begins as the page's, and no data."""
        reply = image_call(idmock, account, specimen).send(idmock)
        load_contract("alimarket").error_validator.validate(reply.json)
        assert (reply.status, list(reply.json)) == (200, ["status", "msg"])
        assert reply.json["msg"].startswith("请求失败，")

    def test_slow_recognition_waits(self, start_mock: StartMock) -> None:
        """As long as the contract says, and then the gateway gives up."""
        waits: list[float] = []
        mock = start_mock(Settings(vendors=("alimarket",)), sleep=waits.append)
        reply = image_call(mock, mint(mock), "recognition-slow").send(mock)
        assert (reply.status, reply.code, reply.body) == (504, "D504TO", b"")
        assert waits == [load_contract("alimarket").behaviour("slow_recognition_seconds")]


class TestSchema:
    """The response schema refuses what the page does not show."""

    @pytest.mark.parametrize(
        "change",
        [
            {"type": "all"},
            {"type": "back"},
            {"authority": "某公安局"},
            {"month": 2},
            {"nation": "汉族"},
            {"birth_date": "1995-02-14"},
            {"number": "37011719950214975"},
            {"extra": ""},
        ],
    )
    def test_front_with_something_else(
        self, idmock: MockServer, account: Account, change: dict[str, Any]
    ) -> None:
        """One member changed."""
        good = read(idmock, account, "front")
        validator = load_contract("alimarket").response_validator
        assert validator.is_valid({"status": 200, "msg": "请求成功", "data": good})
        assert not validator.is_valid({"status": 200, "msg": "请求成功", "data": {**good, **change}})


class TestImage:
    """The ways to send one picture."""

    @pytest.mark.parametrize(
        "prefix",
        ["", "data:image/jpeg;base64,", "data:image/png;base64,", "DATA:;base64,", "data:text/html;base64,"],
    )
    def test_base64_with_any_prefix(self, idmock: MockServer, account: Account, prefix: str) -> None:
        """The page's own example announces a PNG as JPEG: nobody looks at it."""
        assert send(idmock, account, prefix + encoded(idmock.specimen("front"))).data["type"] == "front"

    def test_png_and_bmp(self, idmock: MockServer, account: Account) -> None:
        """Specimens of other formats, announced as JPEG."""
        for name, side in (("front-photocopy", "front"), ("back-photocopy", "back")):
            image = "data:image/jpeg;base64," + encoded(idmock.specimen(name))
            assert send(idmock, account, image).data["type"] == side

    @pytest.mark.parametrize("path", ["front.jpg", "front.png", "front.bmp"])
    def test_url(self, idmock: MockServer, account: Account, path: str) -> None:
        """The mock's own specimens, under the address by which the client reaches it."""
        url = f"{idmock.url}/_idmock/specimens/{path}"
        assert send(idmock, account, url).data == read(idmock, account, "front")

    @pytest.mark.parametrize("scheme", ["https://", "HTTP://", "HTTPS://"])
    def test_url_in_any_case(self, idmock: MockServer, account: Account, scheme: str) -> None:
        """https is taken too, although the page says http only."""
        url = f"{scheme}{idmock.authority}/_idmock/specimens/back.jpg"
        assert send(idmock, account, url).data["type"] == "back"

    @pytest.mark.parametrize(
        "url",
        [
            "http://39.103.59.47/id_card_front.jpg",
            "https://example.test/x.jpg",
            "http://",
            "http://[::1",
            "http://127.0.0.1:1/_idmock/specimens/../x",
            "http://用户@主机/图",
        ],
    )
    def test_url_that_leads_nowhere(self, idmock: MockServer, account: Account, url: str) -> None:
        """Nothing but the mock itself is fetched unless it is allowed."""
        reply = send(idmock, account, url)
        assert reply.rule == "500#image-url"
        assert reply.headers["x-idmock-hint"]

    @pytest.mark.parametrize(
        "value", [None, "", 0, 1.5, True, [], {}, ["x"], {"image": "x"}], ids=lambda value: json.dumps(value)
    )
    def test_value_that_is_no_text(self, idmock: MockServer, account: Account, value: Any) -> None:
        """It counts as missing, in the page's own words."""
        reply = send(idmock, account, value)
        assert reply.status == 200
        assert reply.json == {"status": 500, "msg": "请求失败，缺少必要参数: image"}

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            b"null",
            b"[]",
            b'"image"',
            b"{",
            b"image=x",
            b'{"image":"\xff"}',
            b'\xef\xbb\xbf{"image":"x"}',
            b"[" * 100_000,
            b'{"Image":"x"}',
        ],
        ids=range(11),
    )
    def test_body_without_an_image(self, idmock: MockServer, account: Account, body: bytes) -> None:
        """Not JSON, no object, another name: the one documented failure."""
        reply = replace(app_code(account), body=body).send(idmock)
        assert reply.rule == "500#missing-parameter"

    @pytest.mark.parametrize("media_type", [FORM, "multipart/form-data; boundary=x"])
    def test_form_has_no_image(self, idmock: MockServer, account: Account, media_type: str) -> None:
        """Whatever is in it, JSON included, which is how curl sends it unless it is told otherwise."""
        request = image_call(idmock, account).with_headers({"Content-Type": media_type})
        reply = request.send(idmock)
        assert reply.rule == "500#missing-parameter"
        assert "application/json" in reply.headers["x-idmock-hint"]

    def test_other_members_are_ignored(self, idmock: MockServer, account: Account) -> None:
        """Also a side, which this API does not ask for; of a repeated member the last one counts."""
        image = encoded(idmock.specimen("back"))
        reply = app_code(account, {"side": "front", "x": {"y": 1}, "image": image}).send(idmock)
        assert reply.data["type"] == "back"
        twice = f'{{"image":"x","image":"{image}"}}'.encode()
        assert replace(app_code(account), body=twice).send(idmock).data["type"] == "back"

    def test_base64_of_other_encoders(self, idmock: MockServer, account: Account) -> None:
        """Lines of 76 characters, Windows line breaks, no padding at the end."""
        image = encoded(idmock.specimen("front").ljust(120_001, b"\0"))
        assert image.endswith("==")
        lines = textwrap.wrap(image, 76)
        for text in ("\n".join(lines), "\r\n".join(lines) + "\r\n", image.rstrip("=")):
            assert send(idmock, account, text).data["type"] == "front"

    @pytest.mark.parametrize(
        "image",
        ["data:image/jpeg;base64,", "data:", "x", "====", "图片", "ftp://x/y.jpg", "AAAA", " ", "QUJD" * 30],
    )
    def test_text_that_is_no_picture(self, idmock: MockServer, account: Account, image: str) -> None:
        """Neither Base64, or Base64 of something else."""
        assert send(idmock, account, image).rule == "500#image-data"

    def test_url_safe_base64_is_refused(self, idmock: MockServer, account: Account) -> None:
        """Another alphabet is another text."""
        image = base64.urlsafe_b64encode(idmock.specimen("front")).decode()
        assert "-" in image
        assert send(idmock, account, image).rule == "500#image-data"

    def test_truncated_picture(self, idmock: MockServer, account: Account) -> None:
        """The header is fine, the pixels are not: no card, or no picture, but an answer."""
        image = encoded(idmock.specimen("front")[:3000])
        assert send(idmock, account, image).rule in {"500#image-data", "500#no-card"}


class TestDownload:
    """Pictures on hosts that the mock may fetch from."""

    def test_allowed_host(self, start_mock: StartMock) -> None:
        """The picture, a redirect to it, and what goes wrong on the way."""
        with picture_server(load_specimens()["front"].image_path.read_bytes()) as pictures:
            mock = start_mock(Settings(vendors=("alimarket",), fetch_allow=(pictures.authority,)))
            account = mint(mock)
            assert send(mock, account, pictures.url()).data["type"] == "front"
            assert send(mock, account, pictures.url("to/picture")).data["type"] == "front"
            assert send(mock, account, pictures.url("status/404")).rule == "500#image-url"
            assert send(mock, account, pictures.url("garbage")).rule == "500#image-url"
            assert send(mock, account, pictures.url("endless")).rule == "500#image-too-large"

    def test_file_that_is_no_picture(self, start_mock: StartMock) -> None:
        """It was fetched, and cannot be read."""
        with picture_server(b"no picture") as pictures:
            mock = start_mock(Settings(vendors=("alimarket",), fetch_allow=(pictures.authority,)))
            assert send(mock, mint(mock), pictures.url()).rule == "500#image-data"
