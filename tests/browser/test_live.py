"""The live view: bounded, pausable, filtered, and deaf to what texts say."""

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab
from tests.browser.hostile import HOSTILE, has_run
from tests.browser.stage import Stage
from tests.support.waiting import until


async def watch(page: Page) -> None:
    await page.goto("/live")
    await expect(page.get_by_text("Watching", exact=True)).to_be_visible()
    await page.wait_for_function("window.did_handshake === true")


async def test_scripts_in_feedback_are_text(page: Page, stage: Stage) -> None:
    await watch(page)
    await stage.publish(HOSTILE, customer_id=HOSTILE[:150])
    entry = page.get_by_role("listitem").filter(has_text="window.ran = 3").first
    await expect(entry.get_by_text(HOSTILE)).to_be_visible()
    await expect(entry.get_by_text("waiting for its judgement")).to_have_count(0)
    assert not await has_run(page)


async def test_a_dead_letter_is_told(page: Page, stage: Stage) -> None:
    await watch(page)
    await stage.cluster.publish_values(b'{"text": "t", "event_id": "live-bad", "rating": 9}')
    entry = page.get_by_role("listitem").filter(has_text="Dead letter")
    await expect(entry.get_by_text("invalid_field: rating")).to_be_visible()


async def test_a_pause_holds_and_what_does_not_fit_is_counted(page: Page, stage: Stage) -> None:
    await watch(page)
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    rows = [{"text": f"Pausing number {number}", "customer_id": "pausing"} for number in range(400)]
    answer = await stage.client.post(f"{stage.url}/v1/feedback/batch", json=rows)
    assert answer.json()["accepted"] == 400
    last = answer.json()["rows"][-1]["event_id"]
    await stage.becomes(last, "received", "replied", "in_review")
    await expect(page.get_by_text("Pausing number")).to_have_count(0)
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_text("were too many to show")).to_be_visible()
    await expect(page.get_by_text("100 of at most 100")).to_be_visible()
    assert await page.get_by_role("listitem").filter(has_text="pausing").count() <= 100


async def test_filters_hide_what_does_not_fit(page: Page, stage: Stage) -> None:
    await watch(page)
    await stage.publish("A needle in it, please.", customer_id="filter-1")
    await stage.publish("Nothing but hay.", customer_id="filter-2")
    hay = page.get_by_text("Nothing but hay.")
    await expect(hay).to_be_visible()
    # Whatever is still to come of earlier tests' events would appear again.
    await expect(page.locator(".entry.received")).to_have_count(0, timeout=60_000)
    await page.get_by_label("Text contains").fill("NEEDLE")
    await expect(hay).to_have_count(0)
    await expect(page.get_by_text("A needle in it, please.")).to_be_visible()
    await page.get_by_label("Text contains").fill("")
    await page.get_by_label("Outcome").select_option("Dead letter")
    await expect(hay).to_have_count(0)
    await page.get_by_role("button", name="Clear").click()
    await expect(page.get_by_text("Nothing has come in since")).to_be_visible()


async def test_a_closed_tab_leaves_nothing_running(open_tab: OpenTab, stage: Stage) -> None:
    async def views() -> int:
        return int((await stage.client.get(f"{stage.url}/health")).json()["live_views"])

    async def is_closed() -> bool:
        return await views() == 0

    await until(is_closed, "the views of other tests to be closed")
    async with open_tab() as (page, _):
        await watch(page)
        assert await views() == 1
    await until(is_closed, "the view to be closed")
