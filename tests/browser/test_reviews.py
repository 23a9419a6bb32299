"""The review queue in a real browser: decided by keys, and once for all."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from stream_service.contracts.review import Priority
from stream_service.devkit.kafka import EmbeddedKafka
from tests.browser.chromium import tab
from tests.browser.reviews import empty_queue, put_in_review, queue_is_empty, replies_to
from tests.browser.stage import Stage, running_stage

_ENGINE_MS = 60_000
"""The worker's models take seconds to load, and its answers come after that."""

SCRIPT = '<img src="data:," onerror="window.ran = true"><script>window.ran = true</script>'


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(chromium: Browser, kafka: EmbeddedKafka) -> AsyncGenerator[Stage]:
    """A queue of this module's own: what another test puts into it would be in the way."""
    async with running_stage(kafka.bootstrap_servers) as running:
        await empty_queue(running)
        yield running


async def _opened(page: Page) -> None:
    await page.goto("/reviews")
    await expect(page.get_by_role("heading", level=1, name="Reviews")).to_be_visible()


def _queue(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Queue").get_by_role("option")


def _item(page: Page) -> Locator:
    return page.get_by_role("article", name="The chosen item")


def _mine(page: Page) -> Locator:
    return page.get_by_role("region", name="What you decided here").get_by_role("listitem")


async def test_the_queue_is_worked_on_with_the_keyboard_alone(
    chromium: Browser, desk: Stage
) -> None:
    names = ["k-accept", "k-edit", "k-respond", "k-ignore"]
    for number, name in enumerate(names):
        await put_in_review(
            desk,
            name,
            f"text of {name}",
            draft=f"draft of {name}",
            due_in=timedelta(hours=number + 1),
        )
    async with tab(chromium, desk.url) as (page, _):
        await _opened(page)
        item, keys = _item(page), page.keyboard
        await expect(_queue(page)).to_have_count(4)
        await expect(item).to_contain_text("text of k-accept")
        await keys.press("j")
        await expect(item).to_contain_text("text of k-edit")
        await keys.press("k")
        await expect(item).to_contain_text("text of k-accept")

        await keys.press("?")
        await expect(page.get_by_role("region", name="Keys")).to_be_visible()
        await keys.press("?")

        # A key alone decides nothing that is final; Esc leaves, Enter confirms.
        await keys.press("a")
        await expect(page.get_by_role("button", name="Send it")).to_be_focused()
        await keys.press("Escape")
        await expect(page.get_by_role("button", name="Send it")).to_have_count(0)
        await keys.press("a")
        await expect(page.get_by_role("button", name="Send it")).to_be_focused()
        await keys.press("Enter")

        # The queue moves on by itself. Whoever types decides nothing.
        await expect(item).to_contain_text("text of k-edit")
        await keys.press("e")
        editor = page.get_by_role("textbox", name="The draft, to be changed")
        await expect(editor).to_be_focused()
        await expect(editor).to_have_value("draft of k-edit")
        await keys.press("ControlOrMeta+End")
        await keys.type(", aeri jk?")
        await expect(editor).to_have_value("draft of k-edit, aeri jk?")
        await keys.press("Escape")
        await keys.press("e")
        await expect(editor).to_have_value("draft of k-edit, aeri jk?")
        await keys.press("Control+Enter")

        await expect(item).to_contain_text("text of k-respond")
        await keys.press("r")
        own = page.get_by_role("textbox", name="Your own answer")
        await expect(own).to_be_focused()
        await keys.press("Control+Enter")
        await expect(page.get_by_role("alert")).to_contain_text("Write the answer first")
        await keys.type("my own words")
        await keys.press("Control+Enter")

        await expect(item).to_contain_text("text of k-ignore")
        await keys.press("i")
        await expect(page.get_by_role("button", name="Send no reply")).to_be_focused()
        await keys.press("Enter")
        await expect(page.get_by_text("Nothing waits for a decision.")).to_be_visible()
        await expect(_mine(page).get_by_text("Applied")).to_have_count(4, timeout=_ENGINE_MS)
    replies = await replies_to(desk, *names)
    assert {name: [reply.text for reply in found] for name, found in replies.items()} == {
        "k-accept": ["draft of k-accept"],
        "k-edit": ["draft of k-edit, aeri jk?"],
        "k-respond": ["my own words"],
        "k-ignore": [],
    }
    assert all(reply.origin == "human" for found in replies.values() for reply in found)


async def test_of_two_reviewers_one_wins_and_the_other_is_told(
    chromium: Browser, desk: Stage
) -> None:
    await queue_is_empty(desk)
    await put_in_review(desk, "race", "two people want this")
    async with tab(chromium, desk.url) as (first, _), tab(chromium, desk.url) as (second, _):
        for page, words in ((first, "first words"), (second, "second words")):
            await _opened(page)
            await expect(_item(page)).to_contain_text("two people want this")
            await page.keyboard.press("r")
            await page.get_by_role("textbox", name="Your own answer").fill(words)
        # Both are sent before either is known to be decided.
        send = [page.get_by_role("button", name="Send to the customer") for page in (first, second)]
        await send[0].dispatch_event("click")
        await send[1].dispatch_event("click")
        lost = second
        await expect(_mine(first).get_by_text("Applied")).to_be_visible(timeout=_ENGINE_MS)
        await expect(
            lost.get_by_text("Superseded: local was first")
            .or_(lost.get_by_text("Decided before you"))
            .first
        ).to_be_visible()
    found = (await replies_to(desk, "race"))["race"]
    assert [reply.text for reply in found] == ["first words"]


async def test_what_another_decides_is_seen_by_who_looks(chromium: Browser, desk: Stage) -> None:
    await queue_is_empty(desk)
    await put_in_review(desk, "seen", "somebody else is quicker")
    async with tab(chromium, desk.url) as (page, _):
        await _opened(page)
        await expect(_item(page)).to_contain_text("somebody else is quicker")
        await page.keyboard.press("e")
        answer = await desk.client.post(
            f"{desk.url}/v1/reviews/seen/decision", json={"type": "accept"}
        )
        assert answer.status_code == 202
        await expect(_item(page)).to_contain_text("Decided: Accepted, by local.")
        await expect(page.get_by_role("button", name="Accept")).to_have_count(0)


async def test_what_customers_write_runs_nothing(chromium: Browser, desk: Stage) -> None:
    await queue_is_empty(desk)
    await put_in_review(desk, "script", SCRIPT, draft=SCRIPT)
    async with tab(chromium, desk.url) as (page, _):
        await _opened(page)
        await expect(_item(page)).to_contain_text(SCRIPT)
        await page.keyboard.press("r")
        await page.get_by_role("textbox", name="Your own answer").fill(SCRIPT)
        await page.keyboard.press("Control+Enter")
        await expect(_mine(page).get_by_text("Applied")).to_be_visible(timeout=_ENGINE_MS)
        assert await page.evaluate("window.ran === undefined")
        assert await page.locator("main img, main script").count() == 0
    assert [one.text for one in (await replies_to(desk, "script"))["script"]] == [SCRIPT]


async def test_overdue_is_told_in_words_and_filters_choose(chromium: Browser, desk: Stage) -> None:
    await queue_is_empty(desk)
    await put_in_review(desk, "late", "we wait since long", due_in=timedelta(hours=-3))
    await put_in_review(desk, "urgent", "at once, please", priority=Priority.URGENT)
    async with tab(chromium, desk.url) as (page, _):
        await _opened(page)
        options = _queue(page)
        await expect(options).to_have_count(2)
        # The more urgent one first, whatever is due.
        await expect(options.nth(0)).to_contain_text("at once, please")
        await expect(options.nth(1)).to_contain_text("overdue by 3")
        await page.get_by_label("Priority").select_option("Urgent")
        await expect(options).to_have_count(1)
        await expect(_item(page)).to_contain_text("at once, please")
        await page.get_by_label("Priority").select_option("Low")
        await expect(page.get_by_text("Nothing here fits the filters.")).to_be_visible()
        await page.get_by_label("Priority").select_option("All")
        await expect(options).to_have_count(2)
        # In a field a key is a letter: the focus has to leave it first.
        await options.nth(0).click()
        for left in (1, 0):
            await expect(page.get_by_role("button", name="Ignore")).to_be_visible()
            await page.keyboard.press("i")
            await expect(page.get_by_role("button", name="Send no reply")).to_be_focused()
            await page.keyboard.press("Enter")
            await expect(options).to_have_count(left)
        await expect(_mine(page).get_by_text("Applied")).to_have_count(2)


async def test_who_writes_from_the_right_is_read_from_the_right(
    chromium: Browser, desk: Stage
) -> None:
    """The parts of a sentence stood in the wrong order wherever it had a word in Latin letters."""
    await put_in_review(desk, "rtl", "الطلب ABC لم يصل بعد.", draft="ההזמנה XYZ בדרך.")
    async with tab(chromium, desk.url) as (page, _):
        await _opened(page)
        item = _item(page)
        for text in (_queue(page).locator(".snippet"), *(await item.locator(".said").all())):
            assert await text.evaluate(_READ_FROM_THE_RIGHT)
        await page.keyboard.press("e")
        editor = item.get_by_role("textbox")
        await expect(editor).to_have_css("unicode-bidi", "plaintext")
        # An input method's Escape takes back what is being composed, and nothing else.
        composing = {"key": "Escape", "isComposing": True, "bubbles": True, "cancelable": True}
        await editor.dispatch_event("keydown", composing)
        await expect(editor).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(editor).to_have_count(0)
        await page.keyboard.press("i")
        await page.keyboard.press("Enter")
        await queue_is_empty(desk)


_READ_FROM_THE_RIGHT = """(element) => {
  const text = [...element.childNodes].find((one) => one.nodeType === Node.TEXT_NODE);
  const place = (from) => {
    const range = document.createRange();
    range.setStart(text, from);
    range.setEnd(text, from + 1);
    return range.getBoundingClientRect().left;
  };
  return place(0) > place(text.length - 1);
}"""
"""Whether an element's first letter stands to the right of its last sign."""
