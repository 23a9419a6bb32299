"""Dead letters in a real browser: looked at, mended, sent back, and written down."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, Request, expect

from stream_service.console.projection.batch import rows_of, store
from stream_service.console.projection.facts.readers import readers_of
from stream_service.console.queries.dead_letters import SEARCHED_AT_ONCE
from stream_service.console.store import Database
from stream_service.contracts.dead_letter import DeadLetter, dead_letter_record
from stream_service.contracts.faults import Fault
from stream_service.contracts.record import InputRecord
from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from tests.browser.chromium import tab
from tests.browser.reviews import replies_to
from tests.browser.stage import Stage, running_stage
from tests.support.console import NOW, as_read
from tests.support.waiting import until

SCRIPT = b'{"event_id":"evil","text":"<script>window.ran = true</script>"'

_ENGINE_MS = 60_000


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(chromium: Browser, kafka: EmbeddedKafka) -> AsyncGenerator[Stage]:
    """Dead letters of this module's own."""
    async with running_stage(kafka.bootstrap_servers) as running:
        yield running


async def _dies(stage: Stage, *values: bytes) -> None:
    """Publish what cannot be read, and wait until the console has its dead letters."""

    async def open_letters() -> int:
        answer = await stage.client.get(f"{stage.url}/v1/dead-letters")
        return len(answer.json()["items"])

    before = await open_letters()
    await stage.cluster.publish_values(*values, key=b"c1")

    async def are_there() -> bool:
        return await open_letters() == before + len(values)

    await until(are_there, "the dead letters", timeout_s=90)


async def _opened(page: Page) -> Locator:
    await page.goto("/dead-letters")
    await expect(page.get_by_role("heading", level=1, name="Dead letters")).to_be_visible()
    return page.get_by_role("list", name="Dead letters, the newest first").get_by_role("listitem")


async def test_a_dead_letter_is_mended_and_replied_to(chromium: Browser, stage: Stage) -> None:
    broken = '{"event_id":"broken-1","text":"谢谢，非常好用！"'.encode()
    await _dies(stage, broken)
    async with tab(chromium, stage.url) as (page, _):
        letters = await _opened(page)
        await expect(letters).to_have_count(1)
        await letters.get_by_role("button").click()
        letter = page.get_by_role("article")
        await expect(letter).to_contain_text("Not JSON")
        await expect(letter).to_contain_text("sent back 0 times before")
        await letter.get_by_role("button", name="Hex").click()
        # The dump shows the bytes as they are, Chinese included.
        await expect(letter.get_by_label("Hex", exact=True)).to_contain_text("e8 b0 a2")
        await letter.get_by_role("button", name="Text").click()
        mended = letter.get_by_label("The value to send")
        await expect(mended).to_have_value(broken.decode())

        await mended.fill('{"event_id":"broken-1"}')
        await letter.get_by_role("button", name="Send back mended").click()
        await page.get_by_role("button", name="Send back", exact=True).click()
        await expect(letter.get_by_role("alert")).to_contain_text("text")

        await mended.fill(broken.decode() + "}")
        await letter.get_by_role("button", name="Send back mended").click()
        await expect(page.get_by_role("button", name="Send back", exact=True)).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status").get_by_text("Sent back")).to_be_visible()
        await expect(page.get_by_text("There are no dead letters to repair.")).to_be_visible()
        assert await stage.becomes("broken-1", "replied", "in_review") == "replied"
        await page.get_by_label("State").select_option("Sent back")
        await letters.get_by_role("button").click()
        await expect(letter).to_contain_text("local")

        await page.goto("/audit")
        row = page.get_by_role("row").filter(has_text="Sent back")
        await expect(row.first).to_contain_text("local")
        await expect(row.first).to_contain_text("Not JSON")
    assert len((await replies_to(stage, "broken-1"))["broken-1"]) == 1


async def test_many_go_back_as_they_are_and_their_loop_is_counted(
    chromium: Browser, stage: Stage
) -> None:
    await _dies(stage, b"\xff\xfe one", b"\xff\xfe two", SCRIPT)
    async with tab(chromium, stage.url) as (page, _):
        letters = await _opened(page)
        await expect(letters).to_have_count(3)
        await page.get_by_label("Reason").select_option("Not UTF-8")
        await expect(letters).to_have_count(2)
        await page.get_by_label("Choose all that are shown").check()
        await page.get_by_role("button", name="Send back 2 as they are").click()
        await page.get_by_role("button", name="Send back", exact=True).click()
        fates = page.get_by_role("status").get_by_role("listitem")
        await expect(fates).to_have_count(2)
        await expect(fates.get_by_text("Sent back")).to_have_count(2)
        # Nothing has changed: they come back, and say how often they went.
        await expect(letters.get_by_text("↻ 1")).to_have_count(2, timeout=_ENGINE_MS)

        await page.get_by_label("Reason").select_option("Not JSON")
        await expect(letters).to_have_count(1)
        await letters.get_by_role("button").click()
        letter = page.get_by_role("article")
        await expect(letter).to_contain_text("<script>window.ran = true</script>")
        await expect(letter.get_by_role("table")).to_contain_text("x-error-")
        assert await page.evaluate("window.ran === undefined")
        assert await page.locator("main script").count() == 0


async def test_a_text_is_searched_for_and_stands_in_no_address_and_no_log(
    chromium: Browser, stage: Stage
) -> None:
    wanted = '{"event_id":"s1","text":"包裹 50%_off 没有到"'
    await _dies(stage, wanted.encode(), '{"text":"包裹 50 off 到了"'.encode())
    async with tab(chromium, stage.url) as (page, _):
        asked: list[str] = []

        def note(request: Request) -> None:
            asked.append(request.url)

        page.on("request", note)
        letters = await _opened(page)
        await expect(letters.nth(1)).to_be_visible()
        search = page.get_by_role("searchbox", name="Search")
        await search.fill("包裹")
        await search.press("Enter")
        await expect(letters).to_have_count(2)
        await search.fill(" 50%_OFF ")
        await search.press("Enter")
        await expect(letters).to_have_count(1)
        await expect(page.get_by_role("article")).to_contain_text("包裹 50%_off 没有到")
        await page.get_by_label("Reason").select_option("Not UTF-8")
        await expect(page.get_by_text("Nothing here fits the filters.")).to_be_visible()
        await page.get_by_label("Reason").select_option("Not JSON")
        await expect(letters).to_have_count(1)
        await search.fill("")
        await search.press("Enter")
        await expect(letters.nth(1)).to_be_visible()
        assert page.url == f"{stage.url}/dead-letters"
    assert asked
    log = stage.console.log.read_text()
    assert "console" in log
    for text in ("包裹", "%E5%8C%85", "50%_", "50%25_"):
        assert text not in log
        assert not [url for url in asked if text.lower() in url.lower()]


async def test_a_search_tells_how_far_it_looked_and_goes_on(
    chromium: Browser, kafka: EmbeddedKafka, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/console.db"
    await _store_letters(url, b"needle", *[b"hay"] * (SEARCHED_AT_ONCE + 100))
    async with (
        running_stage(kafka.bootstrap_servers, works=False, database_url=url) as stage,
        tab(chromium, stage.url) as (page, _),
    ):
        letters = await _opened(page)
        search = page.get_by_role("searchbox", name="Search")
        await search.fill("Needle")
        await search.press("Enter")
        await expect(page.get_by_text("Searched back to")).to_be_visible()
        await expect(letters).to_have_count(0)
        await page.get_by_role("button", name="Show more").click()
        await expect(letters).to_have_count(1)
        await expect(page.get_by_text("Searched back to")).to_have_count(0)


async def _store_letters(url: str, *values: bytes) -> None:
    topics = Topics()
    records = [
        dead_letter_record(
            topics.dead_letters,
            InputRecord(
                topic=topics.events, partition=0, offset=0, timestamp_ms=0, key=None, value=value
            ),
            DeadLetter(
                topic=topics.events,
                partition=0,
                offset=0,
                timestamp_ms=0,
                fault=Fault.NOT_JSON,
                error_class="E",
                message="no JSON",
                failed_at=NOW,
            ),
            1_000,
        )
        for value in values
    ]
    rows, _ = await asyncio.to_thread(rows_of, as_read(records), readers_of(topics))
    database = await Database.open(url)
    try:
        async with database.writing() as connection:
            await store(connection, rows)
    finally:
        await database.close()
