"""Every form: what it does, and what it says beside the field about what it cannot do."""

from __future__ import annotations

from datetime import date

import pytest
import requests

from mockserver.cards.numbers import is_valid_number
from mockserver.cards.read import read_picture
from mockserver.pictures import open_picture
from tests.console.conftest import Page, Site, error_beside, text_of

#: Everything that markup, attributes, templates and addresses treat specially.
HOSTILE = """"><script>alert(1)</script>'{{7*7}}&amp;<b>"""


class TestBuilder:
    def test_what_is_asked_for_is_read_back(self, site: Site) -> None:
        """Texts, flags and the turn are in the pixels; the number that was not given goes with what was."""
        query = (
            "seed=3&name=王小明&sex=女&nation=回&birth=1990-05-01&address=某市某区某路1号&flag-temporary=yes&rotation=30"
            "&extension=png&scale=0.7"
        )
        picture = site.get(f"console/builder/picture?{query}")
        assert picture.headers["content-type"] == "image/png"
        [seen] = read_picture(open_picture(picture.content)).sightings
        fields = seen.card.fields
        assert (fields["name"], fields["sex"], fields["nation"]) == ("王小明", "女", "回")
        assert fields["id_number"][6:14] == "19900501" and is_valid_number(fields["id_number"])
        assert int(fields["id_number"][16]) % 2 == 0
        assert seen.card.flags == {"temporary"}
        assert seen.rotation == pytest.approx(30, abs=1)

    def test_page_and_picture_agree(self, site: Site) -> None:
        """The page's picture is the one of its own address, and can be saved."""
        html = site.get("console/builder?side=both&covered=address&glare=name&look=grey&seed=5").text
        [image] = [a for a in Page(html).all("img") if a.get("id") == "made"]
        reply = site.get(image["src"].removeprefix("/_idmock/"))
        seen = read_picture(open_picture(reply.content))
        assert [one.card.side for one in seen.sightings] == ["front", "back"]
        assert ["occluded" in one.card.flags for one in seen.sightings] == [True, False]
        assert seen.sightings[0].grey
        assert "name" in seen.sightings[0].glare

    @pytest.mark.parametrize(
        ("field", "value", "says"),
        [
            ("seed", "one", "A whole number from 0 to 1000000000."),
            ("scale", "9", "A number from 0.1 to 1.5."),
            ("rotation", "nan", "A number from -360 to 360."),
            ("name", "x" * 41, "At most 40 characters, none of them a control character."),
            ("sex", "x", "One of: 男, 女."),
            ("quality", "1e1", "A whole number from 5 to 95."),
        ],
    )
    def test_mistakes(self, site: Site, field: str, value: str, says: str) -> None:
        """Beside the field; there is no picture, neither on the page nor at its address."""
        reply = site.get(f"console/builder?{field}={value}")
        assert reply.status_code == 422 and error_beside(reply.text, field) == says
        assert 'id="made"' not in reply.text
        assert site.get(f"console/builder/picture?{field}={value}").status_code == 422

    def test_fields_as_long_as_they_may_be_fit(self, site: Site) -> None:
        """Whatever passes field by field can be made, rare characters included."""
        longest = {"name": 40, "address": 70, "id_number": 18, "birth": 10}
        query = "&".join(f"{name}={'㐀' * length}" for name, length in longest.items())
        reply = site.get(f"console/builder?{query}")
        made = site.get(f"console/builder/picture?{query}")
        assert (reply.status_code, made.status_code) in ((200, 200), (422, 422))
        if reply.status_code == 422:
            assert "a code holds" in reply.text


class TestAccounts:
    def test_minted_changed_removed(self, site: Site) -> None:
        """Each step is done and said, and the page of the account has its credentials."""
        made = site.post(
            "console/accounts", {"vendor": "tencent", "name": "mine", "requests_per_second": "3"}
        )
        assert made.headers["location"] == "/_idmock/console/accounts/tencent/mine?done=minted&what=mine"
        account = site.mock.world.accounts.named("tencent", "mine")
        assert account is not None and account.limits == {"requests_per_second": 3}
        page = text_of(site.get("console/accounts/tencent/mine?done=minted&what=mine").text)
        assert account.credentials["secret_key"] in page and "The account was made: mine" in page
        site.post("console/accounts/tencent/mine", {"state": "in-arrears", "calls_left": "0"})
        changed = site.mock.world.accounts.named("tencent", "mine")
        assert changed is not None and (changed.state, changed.limits) == ("in-arrears", {"calls_left": 0})
        assert "done=removed" in site.post("console/accounts/tencent/mine/remove").headers["location"]
        assert site.get("console/accounts/tencent/mine").status_code == 404
        assert "done=unchanged" in site.post("console/accounts/tencent/active/remove").headers["location"]

    def test_no_account_is_active(self, site: Site) -> None:
        """Pages then show one in another state."""
        site.post("console/accounts/megvii/active", {"state": "disabled"})
        for account in site.mock.world.accounts.select("megvii", "active"):
            site.post(f"console/accounts/megvii/{account.name}", {"state": "disabled"})
        assert 'id="vendor-megvii"' in site.get().text
        assert site.get("console/try?vendor=megvii").status_code == 200

    def test_what_each_meets_and_what_limits_are_the_vendors(self, site: Site) -> None:
        """In the contract's words, with the code; a limit that is not the account's own stands in its field's place."""
        html = site.get("console/accounts?vendor=tencent").text
        assert "The account owes money: ResourceUnavailable.InArrears." in text_of(html)
        fields = {a["id"]: a for a in Page(html).all("input") if "id" in a}
        assert fields["requests_per_second"]["placeholder"] == "20"
        assert "placeholder" not in fields["calls_left"]

    def test_list_shows_no_secret(self, site: Site) -> None:
        """Of credentials those by which an account is known."""
        html = site.get("console/accounts?vendor=huawei").text
        account = site.mock.account("huawei")
        assert account.credentials["ak"] in html and account.credentials["sk"] not in html

    @pytest.mark.parametrize(
        ("form", "field", "says"),
        [
            ({"requests_per_second": "0"}, "requests_per_second", "A whole number from 1 to 1000000000."),
            ({"state": "gone"}, "state", "One of: active"),
            ({"name": "active"}, "name", "tencent has an account 'active' already"),
            ({"name": "a/b"}, "name", "account at #/name"),
            ({"name": "𠀀"}, "name", "account at #/name"),
        ],
    )
    def test_mistakes(self, site: Site, form: dict[str, str], field: str, says: str) -> None:
        reply = site.post("console/accounts", {"vendor": "tencent", **form})
        assert reply.status_code == 422 and error_beside(reply.text, field).strip().startswith(says)

    def test_unknown_vendor(self, site: Site) -> None:
        assert site.post("console/accounts", {"vendor": "nobody"}).status_code == 400


class TestFaults:
    def test_set_and_removed(self, site: Site) -> None:
        """From fields and from JSON; one goes alone, the others together."""
        form = {
            "vendor": "tencent",
            "account": "active",
            "code": "InternalError",
            "count": "2",
            "latency_ms": "1.5",
        }
        assert site.post("console/faults", form).status_code == 303
        assert (
            site.post("console/faults", {"document": '{"sequence": [{"latency_ms": 5}, {}]}'}).status_code
            == 303
        )
        first, second = site.mock.world.faults.list()
        assert {n: first[n] for n in ("code", "count", "latency_ms")} == {
            "code": "InternalError", "count": 2, "latency_ms": 1.5,
        }  # fmt: skip
        assert second["sequence"] == [{"latency_ms": 5}, {}]
        page = site.get("console/faults").text
        assert first["id"] in page and second["id"] in page
        site.post(f"console/faults/{first['id']}/remove")
        assert [one["id"] for one in site.mock.world.faults.list()] == [second["id"]]
        site.post("console/faults/clear")
        assert site.mock.world.faults.list() == []

    @pytest.mark.parametrize(
        ("form", "field", "says"),
        [
            ({"vendor": "tencent", "code": "Nope"}, "code", "tencent has no error Nope."),
            ({"vendor": "tencent", "account": "nobody", "code": "InternalError"}, "account", "nobody"),
            ({"latency_ms": "70000"}, "latency_ms", "A number from 0 to 60000."),
            ({"latency_ms": "1", "probability": "2"}, "probability", "A number from 0 to 1."),
            ({"document": "{"}, "document", "This is not JSON"),
            ({"document": '{"code": 3}'}, "document", "#/code"),
            ({"document": "[]"}, "document", "object"),
        ],
    )
    def test_mistakes(self, site: Site, form: dict[str, str], field: str, says: str) -> None:
        reply = site.post("console/faults", form)
        assert reply.status_code == 422 and says in error_beside(reply.text, field)
        assert site.mock.world.faults.list() == []

    def test_nothing_is_a_mistake_of_the_form(self, site: Site) -> None:
        """That no field is filled in is said at its top."""
        reply = site.post("console/faults", {"vendor": "tencent"})
        assert reply.status_code == 422 and "a fault needs a code" in text_of(reply.text)


class TestClock:
    def test_set_shifted_reset(self, site: Site) -> None:
        """To a time that stands, by some seconds, and back."""
        clock = site.mock.clock
        site.post("console/clock", {"at": "2030-01-31T12:00:00+08:00", "passing": "stands"})
        assert clock.now() == 1_896_062_400 and clock.today() == date(2030, 1, 31)
        site.post("console/clock", {"shift_seconds": "86400"})
        assert "2030-02-01T04:00:00.000Z" in site.get("console/clock").text
        assert site.post("console/clock", {"reset": "yes"}).status_code == 303
        assert clock.setting.frozen is None and clock.setting.shift == 0

    @pytest.mark.parametrize(
        ("form", "field", "says"),
        [
            ({}, "at", "Say to what"),
            ({"at": "yesterday"}, "at", "neither Unix seconds nor of the form"),
            ({"at": "3500-01-01T00:00:00Z"}, "at", "the clock shows the years 1970 to 2998"),
            ({"shift_seconds": "-99999999999"}, "shift_seconds", "the clock shows the years 1970 to 2998"),
            ({"shift_seconds": "x"}, "shift_seconds", "A number from"),
        ],
    )
    def test_mistakes(self, site: Site, form: dict[str, str], field: str, says: str) -> None:
        reply = site.post("console/clock", form)
        assert reply.status_code == 422 and says in error_beside(reply.text, field)
        assert site.mock.clock.setting.frozen is None


class TestHostileInput:
    """Whatever is sent is shown as text."""

    @pytest.mark.parametrize(
        ("path", "form"),
        [
            (
                "console/try",
                {"vendor": HOSTILE, "account": HOSTILE, "p-CardSide": HOSTILE, "p-Config": HOSTILE},
            ),
            ("console/accounts", {"vendor": "tencent", "name": HOSTILE, "requests_per_second": HOSTILE}),
            ("console/accounts/tencent/active", {"state": HOSTILE}),
            ("console/faults", {"vendor": HOSTILE, "account": HOSTILE, "code": HOSTILE, "count": HOSTILE}),
            ("console/faults", {"document": HOSTILE}),
            ("console/clock", {"at": HOSTILE}),
        ],
    )
    def test_in_forms(self, site: Site, path: str, form: dict[str, str]) -> None:
        reply = site.post(path, form)
        assert reply.status_code == 422
        assert "<script>alert" not in reply.text
        assert not Page(reply.text).badly_nested

    @pytest.mark.parametrize(
        "path",
        [
            "?done=%s&what=%s", "?done=minted&what=%s", "console/journal?vendor=%s&account=%s&code=%s",
            "console/coverage?vendor=%s&q=%s", "console/builder?name=%s&seed=%s", "console/journal/%s",
            "console/accounts/tencent/%s", "console/try?vendor=%s&specimen=%s", "console/%s",
        ],
    )  # fmt: skip
    def test_in_addresses(self, site: Site, path: str) -> None:
        quoted = requests.utils.quote(HOSTILE, safe="")
        reply = site.get(path.replace("%s", quoted))
        assert reply.status_code in (200, 404, 422)
        assert "<script>alert" not in reply.text
        assert not Page(reply.text).badly_nested

    def test_in_the_journal(self, site: Site) -> None:
        """A client chooses its path, and much of what else an entry shows."""
        path = "/v2/%3Cscript%3Ealert(1)%3C%2Fscript%3E/ocr/id-card"
        requests.post(site.mock.url + path, data=HOSTILE, headers={"X-Sdk-Date": HOSTILE}, timeout=10)
        [entry] = site.mock.journal()
        for page in ("console/journal", f"console/journal/{entry['id']}"):
            html = site.get(page).text
            assert "<script>alert" not in html
            assert not Page(html).badly_nested
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
