"""A real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

#: Pictures of the pages as the tests left them.
SHOTS = Path(__file__).parents[2] / "build" / "console"
_NAMES = ("chromium", "chromium-browser")
_AXE = Path(__file__).parent / "axe" / "axe.min.js"


def chromium() -> str:
    """Where the browser is. Without one a test is skipped, or fails where CI is set: there one is installed."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI is set, and there is no chromium: .ci/run installs it")
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    return found


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser without a window. It runs as whoever runs the tests, root in containers, so without a sandbox."""
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """A page, and everything that went wrong on it."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.url = url
        self.problems: list[str] = []
        #: What the browser may complain of, since the test is about it.
        self.expected: tuple[str, ...] = ()
        self.elsewhere: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._said)
        self.page.on("request", self._asked)

    def _said(self, message: Any) -> None:
        """What the browser complains of: a refused script or style, a failed request."""
        if message.type == "error" and not any(text in message.text for text in self.expected):
            self.problems.append(message.text)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.url, "data:")):
            self.elsewhere.append(request.url)

    def open(self, path: str = "") -> Page:
        """Go to a page of the console."""
        self.page.goto(f"{self.url}/_idmock/{path}")
        return self.page

    def shoot(self, name: str) -> None:
        """Keep what can be seen."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", animations="disabled")

    def assert_accessible(self) -> None:
        """Axe finds nothing on the page as it is now: names, roles, order of headings, contrast, what is described.

        The page's own policy lets no script in but the server's; the context is to be one with ``bypass_csp``.
        """
        self.page.evaluate(_AXE.read_text("utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert [
            f"{one['id']}: {one['help']}: {node['html']}"
            for one in found["violations"]
            for node in one["nodes"]
        ] == []

    def assert_fits(self) -> None:
        """Nothing sticks out of the window; what is wide scrolls in a place of its own."""
        width = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert self.page.evaluate(width), self.page.url
