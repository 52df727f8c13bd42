"""Every page: its markup, its headers, its languages, and that nothing on it comes from anywhere else."""

from __future__ import annotations

import hashlib
import json
import re
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import pytest

from mockserver.clients.snippets import LANGUAGES
from mockserver.console.texts import languages
from mockserver.contract import load_contract
from mockserver.contract.coverage import coverage
from mockserver.data import data_path
from mockserver.settings import Settings
from mockserver.state import StateUnavailable
from mockserver.testing import MockServer
from mockserver.vendors import names
from tests.console.conftest import PAGES, Page, Site, text_of

PACKAGE = files("mockserver.console")
#: A key as a template or a module asks for it.
_KEY = re.compile(r"""(?:\bt|texts)\((["'])([\w.-]+)\1[,)]""")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "zh"])
class TestEveryPage:
    def test_markup(self, site: Site, path: str, language: str) -> None:
        """It nests, its ids are unique, it has one heading of the first rank and a landmark, and every field a name."""
        reply = site.get(f"{path}?lang={language}")
        page = Page(reply.text)
        assert reply.status_code == 200
        assert not page.badly_nested and not page.open
        ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        assert page.all("html")[0]["lang"] == language
        assert len(page.all("h1")) == len(page.all("main")) == 1
        labelled = {attributes.get("for") for attributes in page.all("label")}
        for tag in ("input", "select", "textarea"):
            for attributes in page.all(tag):
                if (
                    attributes.get("type") != "hidden" and attributes["id"] != "live"
                ):  # its label is around it
                    assert attributes["id"] in labelled
        described = [d for _, a in page.elements for d in a.get("aria-describedby", "").split()]
        assert set(described) <= set(ids)

    def test_policy(self, site: Site, path: str, language: str) -> None:
        """No script and no style stands in it, nothing is another server's, and browsers are told to keep it so."""
        reply = site.get(f"{path}?lang={language}")
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cache-control"] == "no-store"
        page = Page(reply.text)
        assert not page.all("style") and all(a.get("src") for a in page.all("script"))
        for tag, attributes in page.elements:
            assert not [name for name in attributes if name == "style" or re.match(r"on|hx-on", name)], tag
            for name in ("src", "href", "action", "hx-get", "hx-post"):
                assert urlsplit(attributes.get(name, "")).netloc in ("", site.mock.authority), (tag, name)


class TestLanguages:
    def test_same_keys_and_places(self) -> None:
        """Every language says everything, with the same places to fill."""
        first, *others = (json.loads(p.read_text("utf-8")) for p in (PACKAGE / "languages").iterdir())
        assert others
        for other in others:
            assert other.keys() == first.keys()
            for key, text in first.items():
                assert set(re.findall(r"{\w+}", other[key])) == set(re.findall(r"{\w+}", text)), key
                assert other[key].strip()

    def test_every_key_that_is_asked_for_is_there(self) -> None:
        """And none is there for nothing, but those that are put together."""
        sources = [
            p.read_text("utf-8")
            for p in (*PACKAGE.iterdir(), *(PACKAGE / "templates").iterdir())
            if p.is_file()
        ]
        asked = {match[1] for source in sources for match in _KEY.findall(source)}
        known = set(json.loads((PACKAGE / "languages" / "en.json").read_text("utf-8")))
        put_together = (
            "language.",
            "menu.",
            "done.",
            "field.",
            "side.",
            "flag.",
            "photo.",
            "look.",
            "confidence.",
        )
        assert asked <= known
        assert not {key for key in known - asked if not key.startswith(put_together)}

    def test_choice(self, site: Site) -> None:
        """By the browser, by the switch, and the switch is remembered."""
        chinese = languages()["zh"]("overview.title")
        assert chinese in site.get(**{"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.1"}).text
        assert chinese not in site.get(**{"Accept-Language": "fr"}).text
        switched = site.get("?lang=zh")
        assert chinese in switched.text
        assert "SameSite=Lax" in switched.headers["set-cookie"]
        assert chinese in site.get(**{"Accept-Language": "en"}).text
        assert chinese in site.get("?lang=../en", **{"Accept-Language": "en"}).text

    def test_switch_keeps_the_query(self, site: Site) -> None:
        """Another language is the same page."""
        links = [a["href"] for a in Page(site.get("console/builder?seed=7&side=back").text).all("a")]
        assert "?seed=7&side=back&lang=zh" in links


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_contrast() -> None:
    """Every colour of text on every ground, light and dark: at least 4.5 to 1 (WCAG 2, 1.4.3)."""
    css = (PACKAGE / "static" / "console.css").read_text("utf-8")
    schemes = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root {(.*?)}", css, re.S)
    ]
    assert len(schemes) == 2
    for scheme in schemes:
        for text in ("ink", "quiet", "link", "accent", "good", "bad"):
            for ground in ("ground", "raised", *(("notice",) if text == "ink" else ())):
                light, dark = sorted((_luminance(scheme[text]), _luminance(scheme[ground])), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground, scheme)


@pytest.mark.parametrize("file", ["htmx.min.js", "hx-sse.min.js"])
def test_htmx_is_the_package_file(file: str) -> None:
    """The vendored file is the one whose digest its note gives, with its licence beside it."""
    static = PACKAGE / "static"
    digest = hashlib.sha256((static / file).read_bytes()).hexdigest()
    assert f"sha256 {digest}  {file}\n" in (static / "README.md").read_text("utf-8")
    assert "Zero-Clause BSD" in (static / "htmx.LICENSE").read_text("utf-8")


@pytest.mark.parametrize(
    ("file", "media_type"),
    [("console.css", "text/css"), ("htmx.min.js", "text/javascript"), ("icon.svg", "image/svg+xml")],
)
def test_assets(site: Site, file: str, media_type: str) -> None:
    """They are the files, and are not sent again to who has them."""
    reply = site.get(f"console/static/{file}")
    assert reply.content == (PACKAGE / "static" / file).read_bytes()
    assert reply.headers["content-type"].partition(";")[0] == media_type
    again = site.get(f"console/static/{file}", **{"If-None-Match": reply.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("file", ["README.md", "htmx.LICENSE", "absent.js", "..%2Fapp.py"])
def test_nothing_else_is_an_asset(site: Site, file: str) -> None:
    """Notes, and what lies elsewhere."""
    assert site.get(f"console/static/{file}").status_code == 404


class TestOverview:
    def test_credentials_and_programs(self, site: Site) -> None:
        """All of the active account's credentials, and a program in every language with this server's address."""
        text = text_of(site.get().text)
        for vendor in names():
            for value in site.mock.account(vendor).credentials.values():
                assert value in text
            assert {path.name for path in (data_path("schemas", vendor) / "snippets").iterdir()} == set(
                LANGUAGES
            )
        assert text.count(site.mock.authority) > 5 * len(names())
        assert "{{" not in text

    def test_reset(self, site: Site) -> None:
        """The button puts everything back."""
        site.mock.fault(latency_ms=1)
        assert site.post("console/reset").headers["location"] == "/_idmock/?done=reset"
        assert site.mock.world.faults.list() == []


class TestStanding:
    def test_is_said_on_every_page_but_its_own(self, site: Site) -> None:
        """Who wonders about an answer is told that a fault is set, or another time, wherever they look."""
        assert 'class="standing"' not in site.get().text
        site.mock.fault(latency_ms=1)
        site.mock.clock.freeze(4_000_000_000.0)
        texts = ("Faults are set: 1.", "here it is 2096-10-02T07:06:40.000Z")
        for path in PAGES:
            html = site.get(path).text
            own = {"console/faults": 0, "console/clock": 1}.get(path)
            assert [text in html for text in texts] == [own != 0, own != 1], path

    def test_is_for_those_who_may_know(self) -> None:
        """The page that asks for the token says nothing."""
        with MockServer(Settings(admin_token="token-of-the-test")) as guarded:
            guarded.fault(latency_ms=1)
            assert 'class="standing"' not in Site(guarded).get().text


class TestCoverage:
    def test_every_rule_is_there(self, site: Site) -> None:
        """All of a vendor's with their source, those of all when all are asked for."""
        for vendor in names():
            rules = coverage(load_contract(vendor))
            text = text_of(site.get(f"console/coverage?vendor={vendor}").text)
            for rule in rules:
                assert rule["id"] in text and " ".join(rule["source"].split()) in text, rule["id"]
        assert "tencent/limit/" in (everything := site.get("console/coverage?vendor=*").text)
        assert "megvii/limit/" in everything

    def test_filters(self, site: Site) -> None:
        """Kind, provenance and text narrow together."""
        page = site.get("console/coverage?vendor=huawei&kind=error&confidence=documented&q=signature").text
        wanted = [
            rule
            for rule in coverage(load_contract("huawei"))
            if rule["kind"] == "error"
            and rule["confidence"] == "documented"
            and "signature" in f"{rule['id']} {rule['says']} {rule['source']} {rule['rule']}".lower()
        ]
        assert wanted and page.count('<th scope="row">') == len(wanted)


def test_specimens(site: Site) -> None:
    """Each picture is there in every format, and nothing else is."""
    for extension, start in (("jpg", b"\xff\xd8"), ("png", b"\x89PNG"), ("bmp", b"BM")):
        reply = site.get(f"console/specimens/front-tilted.{extension}")
        assert reply.status_code == 200 and reply.content.startswith(start)
    for name in ("nobody.jpg", "front.gif", "..%2f..%2fpyproject.toml"):
        assert site.get(f"console/specimens/{name}").status_code == 404


@pytest.mark.parametrize(
    "name", ["endpoint", "_external", "_scheme", "_anchor", "_method", "self", "seed[]", ""]
)
@pytest.mark.parametrize("path", PAGES)
def test_unknown_fields_are_left_alone(site: Site, path: str, name: str) -> None:
    """Whatever they are called, the words of the framework among them, and wherever the page has addresses."""
    reply = site.get(f"{path}?{name}=javascript")
    assert reply.status_code == 200
    for tag, attributes in Page(reply.text).elements:
        for place in ("href", "src", "action"):
            assert not attributes.get(place, "").startswith(("javascript", "http")), (tag, attributes)


def test_unknown_page(site: Site) -> None:
    """An error is a page too."""
    reply = site.get("console/nothing")
    assert reply.status_code == 404 and "<h1>404" in reply.text


def test_state_that_is_gone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says which and why; it is no failure of the mock itself."""

    def gone(*_: Any, **__: Any) -> None:
        raise StateUnavailable("the state at redis://127.0.0.1:1 does not answer")

    monkeypatch.setattr(site.mock.world.state, "entries", gone)
    reply = site.get("console/journal")
    assert reply.status_code == 503 and "redis://127.0.0.1:1 does not answer" in reply.text
    monkeypatch.setattr(site.mock.world.state, "version", gone)
    assert site.get().status_code == 503
    monkeypatch.undo()
    assert site.mock.world.own_faults.value == 0


def test_page_that_fails(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A mistake of the console's own is counted where the mock's are, logged whole, and shown without particulars."""
    with MockServer() as mock:
        monkeypatch.setattr(mock.world.state, "entries", lambda *_, **__: 1 / 0)
        reply = Site(mock).get("console/journal")
        assert reply.status_code == 500 and "division" not in reply.text
        assert mock.world.own_faults.value == 1
        assert "ZeroDivisionError" in caplog.text
