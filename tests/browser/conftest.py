"""One Chromium and one console with its worker for the whole run; a tab for each test."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from stream_service.devkit.kafka import EmbeddedKafka
from tests.browser.chromium import Watched, running_chromium, tab
from tests.browser.stage import Stage, running_stage

OpenTab = Callable[..., AbstractAsyncContextManager[tuple[Page, Watched]]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncGenerator[Browser]:
    async with running_chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(chromium: Browser, kafka: EmbeddedKafka) -> AsyncGenerator[Stage]:
    """On this machine alone, so that nobody is asked who they are. No test may stop or kill it."""
    async with running_stage(kafka.bootstrap_servers) as running:
        yield running


@pytest.fixture
def open_tab(chromium: Browser, stage: Stage) -> OpenTab:
    """Opens a tab; options as Playwright's new_context has them."""

    def opened(**options: Any) -> AbstractAsyncContextManager[tuple[Page, Watched]]:
        return tab(chromium, options.pop("url", stage.url), **options)

    return opened


@pytest_asyncio.fixture
async def page(open_tab: OpenTab) -> AsyncIterator[Page]:
    """A tab in English."""
    async with open_tab() as (opened, _):
        yield opened
