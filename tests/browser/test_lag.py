"""The lag page in a real browser: who is behind, and who has died."""

import time
from collections.abc import AsyncGenerator

import pytest_asyncio
from playwright.async_api import Browser, expect

from stream_service.devkit.kafka import EmbeddedKafka
from tests.browser.chromium import tab
from tests.browser.stage import Stage, running_stage
from tests.support.waiting import until
from tests.support.worker_process import worker

_SHOWN_WITHIN_S = 15.0
"""As promised: from the worker's death to the page that tells of it."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(chromium: Browser, kafka: EmbeddedKafka) -> AsyncGenerator[Stage]:
    """Looks at the cluster as seldom as it does by default; its worker is the test's own."""
    async with running_stage(kafka.bootstrap_servers, "lag.interval_s=15", works=False) as running:
        yield running


async def test_a_killed_worker_is_shown_within_15_s(chromium: Browser, stage: Stage) -> None:
    group = f"{stage.cluster.topics.prefix}workers"
    with worker(stage.cluster) as process:
        await stage.becomes(await stage.publish("Thank you, it works.", customer_id="c"), "replied")
        async with tab(chromium, stage.url) as (page, _):
            await page.goto("/lag")
            # Not by label: its text is exactly this only as long as its select has no options yet.
            await page.get_by_role("combobox", name="Group", exact=True).select_option(group)
            table = page.get_by_role("region", name="Partitions")
            await expect(table.get_by_text("OK").first).to_be_visible(timeout=30_000)
            await expect(page.get_by_text("No progress for")).to_have_count(0)
            process.kill()
            killed_at = time.monotonic()
            await stage.publish("Nobody is there to read this.", customer_id="c")
            await expect(page.get_by_text("No progress for").first).to_be_visible(
                timeout=_SHOWN_WITHIN_S * 1000
            )
            assert time.monotonic() - killed_at < _SHOWN_WITHIN_S
            # Once its session has ended the group has no members, and the lag stays in sight.
            tile = page.get_by_role("list", name="Groups").get_by_role("listitem")
            await expect(tile.filter(has_text=group)).to_contain_text("No members", timeout=40_000)
            await page.get_by_label("Only what needs somebody").check()
            await expect(table.get_by_role("row")).to_have_count(2)
            await expect(table.get_by_role("row").nth(1)).to_contain_text("nobody")


async def test_whoever_watches_makes_the_console_look_often(
    chromium: Browser, stage: Stage
) -> None:
    async def looks() -> str:
        answer = await stage.client.get(f"{stage.url}/v1/lag")
        return str(answer.json()["taken_at"])

    async with tab(chromium, stage.url) as (page, _):
        await page.goto("/lag")
        await expect(page.get_by_role("heading", level=1, name="Lag")).to_be_visible()
        seen: set[str] = set()

        async def looked_thrice() -> bool:
            seen.add(await looks())
            return len(seen) == 3

        await until(looked_thrice, "three looks", timeout_s=12)
