"""The pages in a real browser: what htmx and the script do, the keyboard, and what the browser refuses.

Every visit ends with the browser having complained of nothing and having asked nobody else for anything.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from mockserver import vendors
from mockserver.app import create_app
from mockserver.cards.named import load_specimens
from mockserver.console import stream
from mockserver.console.stream import SEATS
from mockserver.serving.threaded import ThreadedServer
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.console.browser import Visit, launched
from tests.console.conftest import PAGES
from tests.console.listener import listening

Open = Callable[..., Visit]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.fixture
def visit(browser: Browser, start_console: MockServer) -> Iterator[Open]:
    """Opens contexts of the browser; ``settings`` are Playwright's."""
    start_console.reset()
    visits: list[Visit] = []

    def begin(url: str = start_console.url, **settings: Any) -> Visit:
        context = browser.new_context(
            **{"locale": "en-US", "viewport": {"width": 1280, "height": 900}, **settings}
        )
        visits.append(Visit(context, url))
        return visits[-1]

    yield begin
    for one in visits:
        one.page.context.close()
        assert one.problems == []
        assert one.elsewhere == []
    start_console.reset()


def call(mock: MockServer, vendor: str = "tencent", specimen: str = "front") -> None:
    """One call as the vendor's client makes it."""
    vendors.load(vendor).client.call(mock.url, mock.account(vendor), mock.specimen(specimen))


def wrong_key(mock: MockServer) -> None:
    """One call that is signed with a key that is not the account's."""
    account = mock.account("tencent")
    wrong = {**account.credentials, "secret_key": "wrong" * 6}
    broken = type(account)(account.vendor, account.name, account.state, wrong)
    with pytest.raises(RuntimeError):
        vendors.load("tencent").client.call(mock.url, broken, mock.specimen("front"))


def asked_of(page: Page) -> list[str]:
    """The paths that a page asks for, growing as it does."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    return asked


@pytest.mark.parametrize("path", PAGES)
def test_every_page(visit: Open, path: str) -> None:
    """It loads whole under its policy, fits a wide and a narrow window, in both colour schemes and languages."""
    one = visit()
    page = one.open(path)
    expect(page.locator("h1")).to_be_visible()
    one.assert_fits()
    one.shoot(f"{path.replace('/', '-') or 'overview'}")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    one.assert_fits()
    page.get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    page.wait_for_load_state()  # the style is there
    one.assert_fits()
    one.shoot(f"{path.replace('/', '-') or 'overview'}-dark-narrow-zh")


class TestForEverybody:
    """What axe can tell, and windows as narrow as a telephone's, for pages as they are when something has happened."""

    def test_pages(self, visit: Open, start_console: MockServer) -> None:
        """All of them, with entries, accounts and faults to show, dark; light is what the others here are."""
        call(start_console)
        start_console.mint("tencent", name="m" * 64)
        start_console.fault(vendor="tencent", code="InternalError", count=3)
        one = visit(bypass_csp=True, color_scheme="dark", viewport={"width": 390, "height": 844})
        for path in (*PAGES, "console/accounts/tencent/" + "m" * 64, "console/nothing-that-there-is"):
            one.expected = ("404",) if "nothing" in path else ()
            one.open(path)
            one.assert_accessible()
            one.assert_fits()

    def test_wrong_signature(self, visit: Open, start_console: MockServer) -> None:
        """The longest code, hint and diagnosis that there are."""
        wrong_key(start_console)
        one = visit(bypass_csp=True, viewport={"width": 390, "height": 844})
        for path in ("console/journal", f"console/journal/{start_console.journal()[0]['id']}"):
            page = one.open(path)
            one.assert_accessible()
            one.assert_fits()
        expect(page.get_by_role("heading", name="Signature", exact=True)).to_be_visible()
        one.shoot("journal-entry-narrow")

    def test_mistakes_and_answers(self, visit: Open) -> None:
        """A form that says what is wrong, and one that has led to something."""
        one = visit(bypass_csp=True, viewport={"width": 390, "height": 844})
        one.expected = ("422",)
        page = one.open("console/try?vendor=tencent")
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#picture-error")).to_be_visible()
        one.assert_accessible()
        page.select_option("#specimen", "two-fronts")
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#result")).to_be_focused()
        one.assert_accessible()
        one.assert_fits()
        one.open("console/builder?rotation=x")
        one.assert_accessible()


class TestTryIt:
    def test_dropped_picture(self, visit: Open, start_console: MockServer) -> None:
        """It is sent without a new page; the answer has the focus; boxes lie where the values are on the picture."""
        one = visit()
        page = one.open("console/try?vendor=huawei")
        page.evaluate("window.same = true")
        specimen = load_specimens()["front-perspective"]
        page.set_input_files("#picture", specimen.image_path)
        page.select_option("#p-return_text_location", "true")
        page.get_by_role("button", name="Send").press("Enter")
        expect(page.locator("#result")).to_be_focused()
        expect(page.locator("#answered")).to_have_text("Answered with 200: ok")
        assert page.evaluate("window.same") is True
        assert specimen.cards[0].card.fields["name"] in page.locator("#answer-body").inner_text()
        box = page.locator("svg.overlay polygon.box").first
        expect(box).to_be_visible()
        self._assert_over(page, specimen.width, specimen.cards[0].boxes["name"])
        one.shoot("try-answered")
        assert start_console.journal()[0]["vendor"] == "huawei"

    def _assert_over(self, page: Page, width: int, quad: Any) -> None:
        """The drawn box of the name, in pixels of the window, is where the value is on the picture."""
        drawn = page.locator(
            "svg.overlay polygon.box", has=page.locator("title", has_text="Name")
        ).bounding_box()
        image = page.locator("svg.overlay image").bounding_box()
        assert drawn is not None and image is not None
        shrink = image["width"] / width
        assert drawn["x"] - image["x"] == pytest.approx(min(x for x, _ in quad) * shrink, abs=8)
        assert drawn["y"] - image["y"] == pytest.approx(min(y for _, y in quad) * shrink, abs=8)

    def test_another_vendor_keeps_the_picture(self, visit: Open) -> None:
        """Choosing one needs no button, and nothing that was chosen before is lost."""
        one = visit()
        page = one.open("console/try?vendor=huawei")
        page.set_input_files("#picture", load_specimens()["back"].image_path)
        page.select_option("#specimen", "front")
        page.select_option("#vendor", "tencent")
        expect(page.locator("#p-CardSide")).to_be_visible()
        expect(page.locator("#specimen")).to_have_value("front")
        assert page.evaluate("document.getElementById('picture').files.length") == 1
        assert "vendor=tencent" in page.url
        page.get_by_role("button", name="Send").click()
        expect(page.locator("figcaption dd").first).to_have_text("Back (emblem)")

    def test_no_answer(self, visit: Open) -> None:
        """It is said; the form is as it was, and can be sent again."""
        one = visit()
        one.expected = ("ERR_FAILED", "Failed to fetch")
        page = one.open("console/try?specimen=front")
        page.route("**/console/try", lambda route: route.abort())
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("alert")).to_contain_text("The server did not answer.")
        page.unroute("**/console/try")
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#answered")).to_contain_text("200")
        expect(page.locator("#failed")).to_be_empty()

    def test_mistake(self, visit: Open) -> None:
        """What is wrong stands beside the field, which has the focus; then it can be sent."""
        one = visit()
        one.expected = ("422",)
        page = one.open("console/try")
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#picture")).to_be_focused()
        expect(page.locator("#picture-error")).to_have_text("Drop a picture or choose a specimen.")
        page.select_option("#specimen", "two-fronts")
        page.get_by_role("button", name="Send").click()
        expect(page.locator("polygon.outline")).to_have_count(2)


class TestJournal:
    @pytest.fixture
    def own(self) -> Iterator[MockServer]:
        """A server without seats that are still held for pages of other tests."""
        with MockServer() as mock:
            yield mock

    def test_keeps_up_to_date(self, own: MockServer, visit: Open) -> None:
        """New entries come by the stream alone and are announced; who is on a row with the keyboard stays there."""
        call(own)
        one = visit(own.url)
        asked = asked_of(one.page)
        page = one.open("console/journal?vendor=tencent")
        page.evaluate("window.same = true")
        first = own.journal()[0]["id"]
        page.locator(f"#entry-{first} a").focus()
        page.wait_for_timeout(2200)  # a page that polls would have asked twice
        call(own)
        call(own, "megvii")
        expect(page.locator("#entries tbody tr")).to_have_count(2)
        expect(page.locator(f"#entry-{first} a")).to_be_focused()
        expect(page.locator("#announced")).to_have_text("New entries: 1")
        assert page.evaluate("window.same") is True
        assert [path for path in asked if "/journal/" in path] == ["/_idmock/console/journal/stream"]

    def test_scripts_may_come_late(self, own: MockServer, visit: Open) -> None:
        """The stream is opened however long its script takes: htmx does not begin without it."""
        one = visit(own.url)
        asked = asked_of(one.page)
        one.page.route("**/hx-sse.min.js", lambda route: (time.sleep(0.4), route.continue_()))
        page = one.open("console/journal")
        call(own)
        expect(page.locator("#entries tbody tr")).to_have_count(1)
        assert [path for path in asked if "/journal/" in path] == ["/_idmock/console/journal/stream"]

    def test_asks_where_it_gets_no_stream(self, own: MockServer, visit: Open) -> None:
        """Where other pages have all the seats the list is asked for every second, and is the same otherwise."""
        with listening(own.url, SEATS):
            one = visit(own.url)
            one.expected = ("503",)
            page = one.open("console/journal")
            expect(page.locator("#entries")).to_contain_text("Nothing was answered yet")
            call(own)
            expect(page.locator("#entries tbody tr")).to_have_count(1)
            expect(page.locator("#connection")).to_have_text("")

    def test_can_be_held(self, own: MockServer, visit: Open) -> None:
        """While it is held nothing is asked and nothing changes; then it catches up."""
        page = visit(own.url).open("console/journal")
        asked = asked_of(page)
        expect(page.locator("#entries")).to_contain_text("Nothing was answered yet")
        with page.expect_event("requestfailed"):
            page.get_by_label("Keep up to date").uncheck()
        asked.clear()
        call(own)
        page.wait_for_timeout(1300)
        assert asked == []
        expect(page.locator("#entries")).to_contain_text("Nothing was answered yet")
        page.get_by_label("Keep up to date").check()
        expect(page.locator("#entries tbody tr")).to_have_count(1)
        assert asked == ["/_idmock/console/journal/stream"]

    def test_goes_on_after_the_end_of_a_stream(
        self, own: MockServer, visit: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The browser comes again, with what it has, and nothing else is asked meanwhile."""
        monkeypatch.setattr(stream, "LIFE_SECONDS", 0.6)
        one = visit(own.url)
        asked = asked_of(one.page)
        page = one.open("console/journal")
        for count in (1, 2, 3):
            call(own)
            expect(page.locator("#entries tbody tr")).to_have_count(count)
            page.wait_for_timeout(1200)
        lists = [path for path in asked if "/journal/" in path]
        assert len(lists) > 2 and set(lists) == {"/_idmock/console/journal/stream"}

    def test_survives_a_server_that_is_gone(self, visit: Open) -> None:
        """It says so, keeps asking, and goes on when the server is back, which by then knows nothing."""
        one = visit()
        one.expected = ("ERR_CONNECTION", "Failed to fetch", "ERR_INCOMPLETE", "network error")
        with MockServer() as mock:
            one.url = mock.url
            page = one.open("console/journal")
            call(mock)
            expect(page.locator("#entries tbody tr")).to_have_count(1)
            port = int(mock.authority.rpartition(":")[2])
        expect(page.locator("#connection")).to_have_text("The server does not answer; still trying.")
        again = ThreadedServer(start_again := create_app(), "127.0.0.1", port)
        try:
            expect(page.locator("#connection")).to_have_text("")
            expect(page.locator("#entries")).to_contain_text("Nothing was answered yet")
        finally:
            start_again.extensions["idmock"].ending.set()
            again.close()

    def test_from_the_list_to_the_diagnosis(self, own: MockServer, visit: Open) -> None:
        """A wrong signature, found with the keyboard alone."""
        wrong_key(own)
        one = visit(own.url)
        page = one.open("console/journal")
        page.locator("#entries tbody a").first.press("Enter")
        expect(page.get_by_role("heading", name="Signature", exact=True)).to_be_visible()
        expect(page.locator("#to-sign")).to_contain_text("TC3-HMAC-SHA256")
        one.shoot("journal-entry")


def test_builder_follows_its_fields(visit: Open) -> None:
    """The picture is another as soon as a field is; a mistake takes it away until it is mended."""
    one = visit()
    one.expected = ("422",)
    page = one.open("console/builder")
    page.get_by_label("Side").select_option("back")
    expect(page.locator("#made")).to_have_attribute("src", re.compile("side=back"))
    page.locator("#rotation").fill("x")
    page.locator("#rotation").press("Tab")
    expect(page.locator("#rotation-error")).to_have_text("A number from -360 to 360.")
    expect(page.locator("#made")).to_have_count(0)
    page.locator("#rotation").fill("20")
    page.locator("#rotation").press("Tab")
    expect(page.locator("#made")).to_have_attribute("src", re.compile("rotation=20"))
    expect(page.locator("#made")).to_have_js_property("naturalWidth", 1200)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save the picture").click()
    assert saved.value.suggested_filename == "specimen-0.jpg"
    one.shoot("builder-made")


def test_from_the_builder_to_a_vendor(visit: Open) -> None:
    """The address is that of what is shown, in another language too, and the picture can be tried without saving it."""
    one = visit()
    page = one.open("console/builder")
    page.locator("#name").fill("王😀")
    page.locator("#name").press("Tab")
    expect(page).to_have_url(re.compile("name=%E7%8E%8B%F0%9F%98%80"))
    page.get_by_role("link", name="中文").click()
    expect(page.locator("#name")).to_have_value("王😀")
    page.locator("figcaption").get_by_role("link", name="试一试").click()
    expect(page).to_have_url(re.compile("/console/try"))
    page.wait_for_load_state()  # what is chosen before the page has its scripts waits for the button beside it
    page.select_option("#vendor", "huawei")
    expect(page.locator("#p-side")).to_be_visible()
    expect(page.locator("img.preview")).to_have_js_property("naturalWidth", 1200)
    page.get_by_role("button", name="发送").click()
    expect(page.locator("#answer-body")).to_contain_text('"name": "王😀"')


def test_keyboard_and_copying(visit: Open, start_console: MockServer) -> None:
    """The first stop skips the menu; programs unfold and are copied with the keyboard."""
    one = visit(permissions=["clipboard-read", "clipboard-write"])
    page = one.open()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.locator("#main summary", has_text="curl").first.press("Enter")
    copy = page.locator("details[open] button.copy")
    copy.press("Enter")
    expect(copy).to_have_text("Copied")
    assert start_console.url in page.evaluate("navigator.clipboard.readText()")
    one.shoot("overview-unfolded")


def test_fault_set_in_the_browser(visit: Open, start_console: MockServer) -> None:
    """With the headers that a browser sends by itself; it acts, and is removed."""
    page = visit().open("console/faults")
    page.get_by_label("Vendor").select_option("tencent")
    page.locator("#code").fill("InternalError")
    page.get_by_role("button", name="Set").first.click()
    expect(page.locator("[role=status]").first).to_contain_text("The fault was set.")
    with pytest.raises(RuntimeError, match="InternalError"):
        call(start_console)
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator("[role=status]").first).to_contain_text("The fault was removed")
    call(start_console)


def test_without_javascript(visit: Open, start_console: MockServer) -> None:
    """All can be read, and forms work."""
    call(start_console)
    page = visit(java_script_enabled=False).open("console/journal")
    expect(page.locator("#entries tbody tr")).to_have_count(1)
    assert not page.get_by_label("Keep up to date").is_visible()
    page.get_by_role("link", name="Try it").click()
    page.select_option("#specimen", "front")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#answered")).to_contain_text("200")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("h1")).to_have_text("试一试")


def test_another_site_changes_nothing(browser: Browser, start_console: MockServer) -> None:
    """A page elsewhere that sends a form here, as a browser really does it."""
    start_console.reset()
    start_console.fault(latency_ms=1)
    context = browser.new_context()
    page = context.new_page()
    form = (
        f'<form method="post" action="{start_console.url}/_idmock/console/reset"><button>go</button></form>'
    )
    page.route("http://evil.example/", lambda route: route.fulfill(body=form, content_type="text/html"))
    page.goto("http://evil.example/")
    with page.expect_response("**/console/reset") as answered:
        page.get_by_role("button").click()
    assert answered.value.status == 403
    assert len(start_console.world.faults.list()) == 1
    context.close()
    start_console.reset()


def test_login(visit: Open) -> None:
    """The token opens the pages in this browser, until somebody logs out."""
    with MockServer(Settings(admin_token="token-of-the-test")) as guarded:
        one = visit(guarded.url)
        one.expected = ("401",)
        page = one.open("console/faults")
        one.shoot("login")
        page.get_by_label("Token").fill("token-of-the-test")
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("h1")).to_contain_text("stand-in")
        page.get_by_role("link", name="Faults").click()
        expect(page.locator("h1")).to_have_text("Faults")
        assert page.evaluate("document.cookie") == ""
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_label("Token")).to_be_visible()
