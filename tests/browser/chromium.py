"""A real, headless Chromium, as Debian's package brings it, and tabs that tell what went wrong."""

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    async_playwright,
    expect,
)

DEMANDED_BY = "STREAM_TEST_CHROMIUM"
"""``required`` makes a failure of what is a skipped test elsewhere."""

_NAMES = ("chromium", "chromium-browser", "google-chrome")

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

_WAIT_MS = 20_000
"""For what a page shall show: the machine may be busy."""


def executable() -> str:
    """Where it is. Skips the test, or fails it, where there is none."""
    for name in _NAMES:
        if (found := shutil.which(name)) is not None:
            return found
    reason = "NOT RUN: there is no chromium here (on Debian: apt install chromium fonts-noto-cjk)"
    if os.environ.get(DEMANDED_BY) == "required":
        pytest.fail(f"{reason}, and {DEMANDED_BY}=required demands it")
    pytest.skip(reason)


@asynccontextmanager
async def running_chromium() -> AsyncGenerator[Browser]:
    """One for the block."""
    path = executable()
    expect.set_options(timeout=_WAIT_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


class Watched:
    """What a browser context asked for, and what its pages complained of."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.expected: list[str] = []
        """Parts of complaints that a test brings about on purpose."""

    def attach(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self._asked(request.url))
        context.on("console", self._said)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("page", self._opened)

    def _opened(self, page: Page) -> None:
        page.on("websocket", lambda socket: self._asked(socket.url))

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob", "about"} and parts.netloc != self._origin:
            self.foreign.append(url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def check(self) -> None:
        """Fail for a request to another host, and for an error that nobody expected."""
        assert self.foreign == [], f"a page asked another host: {self.foreign}"
        unexpected = [
            error for error in self.errors if not any(part in error for part in self.expected)
        ]
        assert unexpected == [], f"the browser's console shows errors: {unexpected}"


@asynccontextmanager
async def tab(browser: Browser, url: str, **options: Any) -> AsyncGenerator[tuple[Page, Watched]]:
    """A tab in a context of its own; ``options`` as Playwright's new_context has them.

    Fails at its end where a page asked another host or its console shows an error.
    """
    given: dict[str, Any] = {"base_url": url, "locale": "en-US", **options}
    context = await browser.new_context(**given)
    context.set_default_timeout(_WAIT_MS)
    watched = Watched(urlsplit(url).netloc)
    watched.attach(context)
    try:
        yield await context.new_page(), watched
    finally:
        await context.close()
    watched.check()
