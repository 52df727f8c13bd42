"""What goes through the mock, on its pages: a picture that is tried, entries of the journal."""

from __future__ import annotations

import base64
import re

import pytest
import requests

from mockserver.cards.layout import field_boxes
from mockserver.cards.named import load_specimens
from mockserver.pictures import open_picture
from mockserver.vendors import names
from tests.console.conftest import HTML, Page, Site, error_beside, text_of
from tests.tencent import raw


class TestTryIt:
    @pytest.mark.parametrize("vendor", names())
    def test_sends_what_its_client_sends(self, site: Site, vendor: str) -> None:
        """The specimen is read; request, answer, boxes and the entry in the journal are there; secrets are not."""
        reply = site.post("console/try", {"vendor": vendor, "specimen": "front", "account": "active"})
        account = site.mock.account(vendor)
        entry = site.mock.journal(account=account)[0]
        text = text_of(reply.text)
        assert entry["code"] == "ok" and entry.get("signature", {"holds": True})["holds"]
        assert "Answered with 200: ok" in text
        assert load_specimens()["front"].cards[0].card.fields["id_number"] in text
        assert f'console/journal/{entry["id"]}"' in reply.text
        assert reply.text.count('<polygon class="box"') == len(
            field_boxes(load_specimens()["front"].cards[0].card)
        )
        for name, value in account.credentials.items():
            if name not in site.mock.world.contracts[vendor].public_credentials:
                assert value not in reply.text
        assert not re.search(r"[A-Za-z0-9+/]{400}", re.sub(r"data:image/jpeg;base64,[^\"]+", "", reply.text))

    def test_file_goes_before_specimen_and_leaves_nothing(self, site: Site) -> None:
        """A dropped picture is what is sent. The journal has its digest, and no page has it afterwards."""
        picture = site.mock.specimen("back")
        reply = requests.post(
            f"{site.mock.url}/_idmock/console/try",
            data={"vendor": "huawei", "specimen": "front"},
            files={"picture": ("x.jpg", picture)},
            headers=HTML,
            timeout=20,
        )
        assert load_specimens()["back"].cards[0].card.fields["authority"] in reply.text
        entry = site.mock.journal()[0]
        assert entry["picture"]["sha256"] == load_specimens_digest("back", picture)
        assert "base64" not in site.get(f"console/journal/{entry['id']}").text

    def test_parameters_have_their_types(self, site: Site) -> None:
        """Switches are booleans in JSON and words in a query; what is left open is not sent."""
        for vendor, form, sent in (
            ("tencent", {"p-CardSide": "BACK", "p-EnableRecognitionRectify": "false"},
             '"CardSide":"BACK","EnableRecognitionRectify":false}'),
            ("aliyun", {"p-OutputFigure": "true"}, "POST /?OutputFigure=true HTTP/1.1"),
            ("huawei", {"p-side": "front", "p-return_text_location": "true"},
             '"side":"front","return_text_location":true}'),
            ("megvii", {"p-return_portrait": "1"}, 'name="return_portrait" 1 '),
        ):  # fmt: skip
            reply = site.post("console/try", {"vendor": vendor, "specimen": "front", **form})
            assert sent in text_of(reply.text), vendor

    def test_error_answers(self, site: Site) -> None:
        """An account that is refused, a picture that is none, a fault on the way: each is shown as it is."""
        account = site.mock.mint("tencent", "answers-InternalError")
        page = site.post("console/try", {"vendor": "tencent", "specimen": "front", "account": account.name})
        assert "InternalError" in page.text and page.status_code == 200
        no_picture = requests.post(
            f"{site.mock.url}/_idmock/console/try", data={"vendor": "tencent"}, headers=HTML, timeout=20,
            files={"picture": ("x.txt", b"no picture at all")},
        )  # fmt: skip
        assert "FailedOperation.ImageDecodeFailed" in no_picture.text
        assert "not a picture" in no_picture.text
        with site.mock.fault(fault="connection-reset"):
            page = site.post("console/try", {"vendor": "tencent", "specimen": "front"})
        assert "connection-reset" in page.text

    def test_the_builders_picture(self, site: Site) -> None:
        """It is made anew from its address, a specimen goes before it, and one that cannot be made is none."""
        built = {"vendor": "huawei", "built": "name=%E7%8E%8B&seed=3"}
        assert '"name": "王"' in text_of(site.post("console/try", built).text)
        chosen = site.post("console/try", {**built, "specimen": "back"}).text
        assert load_specimens()["back"].cards[0].card.fields["authority"] in text_of(chosen)
        wrong = site.post("console/try", {"vendor": "huawei", "built": "rotation=x"})
        assert wrong.status_code == 422 and error_beside(wrong.text, "picture")

    def test_nothing_to_send(self, site: Site) -> None:
        """It says so beside the field, and nothing is in the journal."""
        reply = site.post("console/try", {"vendor": "tencent", "p-CardSide": "LEFT"})
        assert reply.status_code == 422
        assert error_beside(reply.text, "picture")
        assert error_beside(reply.text, "p-CardSide") == "One of: FRONT, BACK."
        assert site.mock.journal() == []

    def test_clock_that_was_set(self, site: Site) -> None:
        """The request is signed at the server's time."""
        site.mock.clock.freeze(4_000_000_000.0)
        assert (
            "Answered with 200" in site.post("console/try", {"vendor": "tencent", "specimen": "front"}).text
        )


def load_specimens_digest(name: str, picture: bytes) -> str:
    """The digest of a specimen's picture, as the journal has it."""
    assert load_specimens()[name].image_path.read_bytes() == picture
    return open_picture(picture).digest


class TestJournal:
    def test_entry_has_steps_times_and_diagnosis(self, site: Site) -> None:
        """The page of a call whose signature was made for another host says so."""
        account = site.mock.account("tencent")
        raw.tc3(
            account, {"ImageBase64": base64.b64encode(site.mock.specimen("front")).decode()}, key="wrong"
        ).send(site.mock)
        [entry] = site.mock.journal()
        html = site.get(f"console/journal/{entry['id']}").text
        for step in entry["steps_us"]:
            assert f"<code>{step}</code>" in html
        assert "The signature does not hold." in html
        assert entry["signature"]["string_to_sign"].splitlines()[0] in html
        assert account.credentials["secret_key"] not in html

    def test_earlier_entries(self, site: Site) -> None:
        """A hundred at a time, each once, with the filter that was set; only the newest are kept up to date."""
        for _ in range(230):
            requests.post(f"{site.mock.url}/faceid/v3/ocridcard", timeout=10)
        site.post("console/try", {"vendor": "huawei", "specimen": "front"})
        seen: list[str] = []
        path = "console/journal?vendor=megvii"
        for count in (100, 100, 30):
            page = Page(site.get(path).text)
            rows = [a["id"] for a in page.all("tr") if "id" in a]
            assert len(rows) == count
            seen += rows
            further = [
                a["href"] for a in page.all("a") if a["href"].startswith("/_idmock/console/journal?before=")
            ]
            path = further[0].removeprefix("/_idmock/") if further else ""
            assert bool([a for a in page.all("div") if a.get("id") == "stream"]) == (len(seen) == 100)
        assert not path
        assert seen == [f"entry-{one['id']}" for one in site.mock.journal(vendor="megvii", limit=1000)]
        assert site.get("console/journal?before=nobody").status_code == 404

    def test_filters_suggest_what_was_met(self, site: Site) -> None:
        """Accounts and codes; and an account that is gone is still a name, not a link."""
        account = site.mock.mint("megvii", name="short-lived")
        site.post("console/try", {"vendor": "megvii", "specimen": "no-card", "account": "short-lived"})
        options = [a.get("value") for a in Page(site.get("console/journal").text).all("option")]
        assert {"short-lived", "ID_CARD_NOT_FOUND"} <= set(options)
        entry = f"console/journal/{site.mock.journal()[0]['id']}"
        assert "console/accounts/megvii/short-lived" in site.get(entry).text
        site.mock.remove(account)
        assert "console/accounts/megvii/short-lived" not in site.get(entry).text
        assert "short-lived" in text_of(site.get(entry).text)

    def test_list_is_renewed_only_when_it_is_another(self, site: Site) -> None:
        """And only for what fits the filter. Each list says by what it is to be asked for again."""

        def renewal(query: str = "") -> str:
            listed = site.get(f"console/journal/entries?{query}").text
            return next(a["hx-get"] for a in Page(listed).all("div") if "hx-get" in a).removeprefix(
                "/_idmock/"
            )

        site.post("console/try", {"vendor": "megvii", "specimen": "front"})
        every, filtered = renewal(), renewal("vendor=megvii")
        assert site.get(every).status_code == site.get(filtered).status_code == 204
        assert site.get("console/journal/entries?seen=").status_code == 200
        site.post("console/try", {"vendor": "huawei", "specimen": "front"})
        assert site.get(filtered).status_code == 204
        assert site.get(every).text.count("<tr id=") == 2
        site.mock.world.state.clear(vendor="megvii")
        assert site.get(renewal()).status_code == 204
        every = renewal()
        site.post("console/journal/clear")
        assert site.get(every).status_code == 200
        assert "Nothing was answered yet" in site.get("console/journal").text
