"""A target: what is said of it, from four places, and what it turns out to be."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.data import data_root
from conformance.description import Description, describe
from conformance.dialect import load_dialect
from conformance.errors import NotApplicable, TargetError
from conformance.model import Account, Request
from conformance.pictures import load_album, specimens
from conformance.target import Target
from mockserver.testing import MockServer
from tests.conformance.services import serving, tencent
from tests.picture_server import picture_server

URL = "http://127.0.0.1:4590"
SECRET = "bhMOCKUCFVrQUxjU3GV784G6Gp5i8svM"
IMAGES = data_root() / "fixtures" / "images"

TARGET = f"""
name = "our gateway"
url = "https://ocr.example.com/base/"
capabilities = ["specimens"]
images = "images.toml"
requests_per_second = 3
timeout_seconds = 5
ca_file = "ca.pem"

[vendors.huawei]
urls = {{ iam = "https://iam.example.com" }}
hosts = {{ ocr = "ocr.cn-north-4.myhuaweicloud.com" }}

[vendors.tencent.accounts.active]
secret_id = "AKIDfile"
secret_key = "{SECRET}"

[vendors.tencent.accounts.in-arrears]
secret_id = "AKIDpoor"
secret_key = "poor"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "target.toml"
    path.write_text(TARGET, "utf-8")
    return path


class TestDescription:
    """Flags over the environment over the file."""

    def test_a_file_says_everything(self, file: Path) -> None:
        """Each member arrives; a path is beside the file."""
        found = describe(None, file, {}, {})
        assert found.base_url == "https://ocr.example.com/base"
        assert (found.name, found.capabilities) == ("our gateway", ("specimens",))
        assert found.images == file.parent / "images.toml"
        assert (found.requests_per_second, found.timeout_seconds, found.ca_file) == (3, 5, "ca.pem")
        assert found.urls["huawei"] == {"iam": "https://iam.example.com"}
        assert found.hosts["huawei"] == {"ocr": "ocr.cn-north-4.myhuaweicloud.com"}
        assert found.accounts["tencent"]["in-arrears"]["secret_id"] == "AKIDpoor"

    def test_which_source_wins(self, file: Path) -> None:
        """Credential by credential, and for the address."""
        environ = {
            "IDMOCK_TENCENT_SECRET_ID": "AKIDenv",
            "IDMOCK_TENCENT_TOKEN": "envtoken",
            "IDMOCK_ALIYUN_X": "1",
        }
        found = describe(URL, file, environ, {"tencent.token": "flagtoken"})
        assert found.base_url == URL
        active = {"secret_id": "AKIDenv", "secret_key": SECRET, "token": "flagtoken"}
        assert found.accounts["tencent"]["active"] == active
        assert set(found.accounts) == {"huawei", "tencent"}

    @pytest.mark.parametrize(
        ("url", "says"),
        [
            (None, "missing"),
            ("", "missing"),
            ("127.0.0.1:4590", "has to be like"),
            ("ftp://127.0.0.1", "has to be like"),
            ("http://", "has to be like"),
            ("http://127.0.0.1:99999", "has to be like"),
            ("http://[::1", "has to be like"),
            ("http://user:hunter2@127.0.0.1", "neither user and password"),
            ("http://user:hunter2@127.0.0.1:99999", "has to be like"),
            ("http://127.0.0.1/?a=1", "neither user and password nor a query"),
        ],
    )
    def test_an_address_that_is_none(self, url: str | None, says: str) -> None:
        """One sentence, in which a password does not stand."""
        with pytest.raises(TargetError, match=says) as caught:
            describe(url, None, {}, {})
        assert "hunter2" not in str(caught.value)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("nonsense", "cannot be read"),
            ("speed = 3", "'speed' was unexpected"),
            ('capabilities = ["admin", "fast"]', "'fast' is not one of"),
            ("requests_per_second = 0", "requests_per_second: 0 is less than"),
            ("[vendors.acme]", "no vendor 'acme'"),
            ('[vendors.tencent.urls]\niam = "http://x"', "tencent has no service 'iam'; it has: ocr"),
            (
                f'[vendors.tencent.accounts.active]\nkey = "{SECRET}"',
                "no credential 'key'; there are: secret_id",
            ),
            (f'[vendors.tencent.accounts.active]\nsecret_key = "{SECRET}\\n"', "a character that no key has"),
            (f'[vendors.tencent.accounts.active]\nsecret_key = ["{SECRET}"]', "has to be tables of texts"),
            (f'[vendors.tencent.accounts]\nactive = "{SECRET}"', "has to be tables of texts"),
        ],
    )
    def test_a_file_that_cannot_be_meant(self, tmp_path: Path, text: str, says: str) -> None:
        """Is refused in one sentence with its name, in which no credential stands."""
        path = tmp_path / "target.toml"
        path.write_text(f'url = "{URL}"\n{text}' if "=" in text or "[" in text else text, "utf-8")
        with pytest.raises(TargetError, match=says) as caught:
            describe(None, path, {}, {})
        assert SECRET not in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        """Is named."""
        with pytest.raises(TargetError, match=r"nowhere\.toml cannot be read"):
            describe(URL, tmp_path / "nowhere.toml", {}, {})

    @pytest.mark.parametrize("value", ["with space", "line\n", "\u00e4", ""])
    def test_a_credential_that_is_none(self, value: str) -> None:
        """A key that was copied with a line break is told before it breaks a header; its value is not."""
        with pytest.raises(
            TargetError, match="tencent, active: secret_key is empty or has a character"
        ) as caught:
            describe(URL, None, {}, {"tencent.secret_key": value})
        assert not value.strip() or value.strip() not in str(caught.value)

    def test_a_credential_of_no_vendor(self) -> None:
        """Is named, with those that there are."""
        with pytest.raises(
            TargetError, match=r"no credential 'tencent\.key'; there are: .*megvii\.api_secret"
        ):
            describe(URL, None, {}, {"tencent.key": SECRET})

    def test_nothing_of_it_shows_a_credential(self, file: Path) -> None:
        """Nor does an account, when somebody prints it."""
        assert SECRET not in repr(Account("tencent", "active", {"secret_key": SECRET}))
        assert SECRET not in repr(describe(None, file, {}, {}))


class TestAlbum:
    """The user's own pictures."""

    @pytest.fixture
    def write(self, tmp_path: Path) -> Any:
        """Writes an images.toml beside a picture that is there."""
        (tmp_path / "mine.jpg").write_bytes((IMAGES / "front.jpg").read_bytes())
        (tmp_path / "text.jpg").write_text("no picture")

        def write(text: str) -> Path:
            path = tmp_path / "images.toml"
            path.write_text(text, "utf-8")
            return path

        return write

    def test_a_picture_with_all_that_can_be_said(self, write: Any) -> None:
        """Size from the file, truth from the table."""
        album = load_album(
            write("""
                [front]
                file = "mine.jpg"
                url = "https://example.com/mine.jpg"
                [[front.cards]]
                side = "front"
                fields = { name = "王小明", sex = "男", birth = "1990-05-01", id_number = "110105199005019012" }
                corners = [[84.8, 95.7], [955.2, 95.7], [955.2, 644.3], [84.8, 644.3]]
                boxes = { name = [[1, 1], [2, 1], [2, 2], [1, 2]] }
            """)
        )
        picture = album.find("front")
        assert picture.size == (1040, 740)
        assert picture.url == "https://example.com/mine.jpg"
        assert picture.card("front").fields["name"] == "王小明"
        assert picture.card("front").corners[1] == [955.2, 95.7]

    def test_without_truth_it_can_be_sent(self, write: Any) -> None:
        """What nobody knows of it makes a clause not applicable."""
        picture = load_album(write('[front]\nfile = "mine.jpg"')).find("front")
        with pytest.raises(NotApplicable):
            picture.card("front")
        with pytest.raises(NotApplicable, match=r"no picture 'back'; images.toml can give one"):
            load_album(write('[front]\nfile = "mine.jpg"')).find("back")

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", "top level"),
            ("[front]", "'file' is a required property"),
            ('[front]\nfile = "mine.jpg"\ncorner = 1', "'corner' was unexpected"),
            ('[frnt]\nfile = "mine.jpg"', "no role 'frnt'; there are: front, back"),
            ('[front]\nfile = "absent.jpg"', "absent.jpg is no picture: No such file"),
            ('[front]\nfile = "text.jpg"', "text.jpg is no picture: unknown format"),
            (
                '[front]\nfile = "mine.jpg"\n[[front.cards]]\nside = "left"\nfields = {}',
                "cards.0.side: has to fit enum",
            ),
            (
                '[front]\nfile = "mine.jpg"\n[[front.cards]]\nside = "front"\nfields = { number = "1" }',
                "'number' was unexpected",
            ),
            (
                '[front]\nfile = "mine.jpg"\n'
                '[[front.cards]]\nside = "front"\nfields = { id_number = "11010519900501901" }',
                "cards.0.fields.id_number: has to fit pattern",
            ),
            (
                '[front]\nfile = "mine.jpg"\n[[front.cards]]\nside = "front"\nfields = { birth = 1990-05-01 }',
                "cards.0.fields.birth: has to fit type: string",
            ),
        ],
    )
    def test_what_is_wrong_is_named(self, write: Any, text: str, says: str) -> None:
        """Place and rule, in one sentence, without what stands on the card."""
        with pytest.raises(TargetError) as caught:
            load_album(write(text))
        assert says in str(caught.value)
        assert "11010519900501901" not in str(caught.value)

    def test_changed_pictures(self) -> None:
        """A recipe changes a picture as it says, truth follows a scaling, and it is made once."""
        album = specimens()
        scaled = album.make({"of": "front", "resize_px": [520, 370], "format": "PNG"})
        assert scaled.size == (520, 370)
        assert scaled.data.startswith(b"\x89PNG")
        assert scaled.card("front").corners[0] == pytest.approx((84.8 / 2, 95.7 / 2))
        assert album.make({"format": "PNG", "resize_px": [520, 370], "of": "front"}) is scaled
        assert len(album.make({"of": "front", "truncate_to_bytes": 10}).data) == 10
        assert album.make({"of": "front", "pad_to_bytes": 500_000}).data.endswith(b"\0")
        assert album.make({"text": "abc"}).data == b"abc"
        assert album.make({"blank_px": [30, 20]}).size == (30, 20)
        assert specimens(URL).make({"of": "front", "quality": 50}).url is None


class TestTarget:
    """A description in use."""

    @pytest.mark.parametrize("body", [b"OK", b"", b"[1]", b'{"name": 7}', b"\xff", b'{"name":"idcard-mock"'])
    def test_a_gateway_that_answers_every_path(self, body: bytes) -> None:
        """It is no mock for that, whatever it calls JSON."""
        with picture_server(body) as server:
            target = Target(Description(server.url("as/application/json")))
            target.probe()
        assert (target.product, target.capabilities) == ("", frozenset())

    def test_the_mock_says_what_it_offers(self, idmock: MockServer) -> None:
        """Everything, under its own name; what was declared wins."""
        target = Target(Description(idmock.url))
        target.probe()
        assert target.name.startswith("idcard-mock ")
        assert target.capabilities == {"specimens", "accounts", "admin"}
        assert target.hosts(load_dialect("tencent")) == {"ocr": "ocr.tencentcloudapi.com"}
        declared = Target(Description(idmock.url, capabilities=("specimens",), name="mine"))
        declared.probe()
        assert (declared.name, declared.capabilities) == ("mine", {"specimens"})

    def test_others_offer_what_was_declared(self) -> None:
        """Nothing is taken for granted of a service that nobody knows, and its own address is its host."""
        with serving(lambda asked: tencent()) as service:
            target = Target(Description(service.url))
            target.probe()
            assert (target.name, target.capabilities) == (service.url, frozenset())
            assert target.hosts(load_dialect("tencent")) == {"ocr": service.url.removeprefix("http://")}
            with pytest.raises(NotApplicable, match="does not offer 'admin'"):
                target.check_needs(("admin",))

    def test_accounts(self, idmock: MockServer) -> None:
        """Given ones first; minted ones where the target mints, and taken back; ready-made ones otherwise."""
        given = {"tencent": {"in-arrears": {"secret_id": "AKIDx"}}}
        target = Target(Description(idmock.url, accounts=given))
        target.probe()
        assert target.open_account("tencent", "in-arrears", {}).credentials == {"secret_id": "AKIDx"}
        minted = target.open_account("tencent", "active", {"requests_per_second": 3})
        assert minted.name is not None
        found = idmock.world.accounts.named("tencent", minted.name)
        assert found is not None
        assert found.limits == {"requests_per_second": 3}
        target.close_account(minted)
        assert idmock.world.accounts.named("tencent", minted.name) is None
        with pytest.raises(NotApplicable, match="mints no such account"):
            target.open_account("tencent", "no-such-state", {})
        ready = Target(Description(idmock.url, capabilities=("accounts",)))
        rows = json.loads((data_root() / "fixtures" / "accounts.json").read_text("utf-8"))["accounts"]
        disabled = next(r for r in rows if (r["vendor"], r["state"]) == ("tencent", "disabled"))
        assert ready.open_account("tencent", "disabled", {}).credentials == disabled["credentials"]
        with pytest.raises(NotApplicable, match="chosen limits"):
            ready.open_account("tencent", "active", {"calls_left": 1})
        with pytest.raises(NotApplicable, match="no credentials of tencent"):
            Target(Description(idmock.url, capabilities=())).open_account("tencent", "active", {})

    def test_what_it_used_is_masked(self, idmock: MockServer) -> None:
        """Given, ready-made and minted credentials, and the names that dialects know."""
        target = Target(Description(idmock.url, accounts={"tencent": {"active": {"secret_key": SECRET}}}))
        target.probe()
        minted = target.open_account("aliyun", "active", {})
        target.close_account(minted)
        text = " ".join([SECRET, *minted.credentials.values()])
        assert set(target.masks().text(text).split()) == {"***"}
        assert target.masks().header("X-Auth-Token", "MII") == "***"

    @pytest.mark.parametrize(("share", "least"), [(1.0, 0.2), (0.5, 0.4)])
    def test_the_rate_is_shared(self, share: float, least: float) -> None:
        """Calls of one account come no faster than this process's part of the rate, from however many threads."""
        with serving(lambda asked: tencent()) as service:
            target = Target(Description(service.url, requests_per_second=20), share=share)
            account = Account("tencent", "active", {})
            started = time.monotonic()
            threads = [
                threading.Thread(target=target.send, args=(account, Request("GET", "/", {})))
                for _ in range(5)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert least <= time.monotonic() - started < least + 1
            assert len(service.asked) == 5

    def test_a_minted_account_needs_no_pace(self) -> None:
        """Its window is its own."""
        with serving(lambda asked: tencent()) as service:
            target = Target(Description(service.url, requests_per_second=0.1))
            started = time.monotonic()
            for _ in range(5):
                target.send(Account("tencent", "active", {}, "minted-1"), Request("GET", "/", {}))
            assert time.monotonic() - started < 2
