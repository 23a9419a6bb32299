"""The overview keeps itself up to date, and tells what waits."""

import re

from playwright.async_api import Page, expect

from tests.browser.stage import Stage
from tests.support.waiting import until


async def figure(page: Page, name: str) -> int:
    tile = page.locator(".tile").filter(has=page.get_by_role("heading", name=name, exact=True))
    return int((await tile.locator(".figure").inner_text()).replace(",", ""))


async def test_figures_rise_by_themselves(page: Page, stage: Stage) -> None:
    await page.goto("/")
    names = ("Received", "Waiting for review", "Dead letters")
    before = {name: await figure(page, name) for name in names}
    asked = await stage.publish("I want to talk to a real person, not a robot.")
    await stage.cluster.publish_values(b'{"text": "t", "rating": 9}')
    assert await stage.becomes(asked, "in_review", "replied") == "in_review"
    more = {"Received": 2, "Waiting for review": 1, "Dead letters": 1}

    async def risen() -> bool:
        return all([await figure(page, name) >= before[name] + more[name] for name in names])

    await until(risen, "the figures to rise")
    await expect(page.get_by_text("oldest:")).to_be_visible()
    chart = page.get_by_role("img", name="Events a minute")
    letters = await figure(page, "Dead letters")
    await expect(chart).to_have_attribute("aria-label", re.compile(f"Dead letter {letters}"))


async def test_it_says_who_judges_and_how_far_behind_each_partition_is(
    page: Page, stage: Stage
) -> None:
    await page.goto("/")
    await expect(page.get_by_text("The local analyst judges")).to_be_visible()
    rows = page.get_by_role("region", name="Lag by partition").get_by_role("row")
    ours = rows.filter(has_text=stage.cluster.topics.events)
    await expect(ours.first).to_contain_text(f"{stage.cluster.topics.prefix}workers")
    await expect(ours.filter(has_text="OK").first).to_be_visible()
