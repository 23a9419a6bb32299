"""What can be checked of each page's accessibility, in both languages, light and dark."""

from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from stream_service.console.pages.directory import PAGES
from tests.browser.conftest import OpenTab
from tests.browser.stage import Stage

LONG = "Donaudampfschifffahrtsgesellschaftskapitän" * 4
"""A word that fits into no line."""

PATHS = [entry.path for entry in PAGES]

CONTRAST = """() => {
  const number = (text) => text.match(/[\\d.]+/g).map(Number);
  const over = (top, under) => {
    const a = top[3] ?? 1;
    return [0, 1, 2].map((i) => top[i] * a + under[i] * (1 - a));
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      layers.push(number(getComputedStyle(one).backgroundColor));
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent.trim();
    const seen = { visibilityProperty: true, opacityProperty: true };
    if (!text || !element.checkVisibility(seen)) continue;
    if (element.closest("script, style, [disabled], .visually-hidden")) continue;
    const style = getComputedStyle(element);
    const colour = element instanceof SVGElement ? style.fill : style.color;
    const below = ground(element);
    const [a, b] = [luminance(over(number(colour), below)), luminance(below)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push({ text: text.slice(0, 40), contrast, colour, below: below.map(Math.round).join() });
  }
  return found;
}"""

WIDER = """() => [...document.querySelectorAll("body *")]
  .filter((one) => !one.closest(".scroll, .q-drawer-container, .visually-hidden, svg"))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => one.tagName + "." + one.className)"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def with_content(stage: Stage) -> Stage:
    """Something of every kind on the pages."""
    await stage.cluster.publish_values(b'{"text": "t", "rating": 9}')
    for text in (
        f"I want to talk to a person about {LONG}!",
        "包裹晚到了一个多星期，外箱都压扁了，太让人失望了。",
        "Lovely people at the front desk. Thank you!",
    ):
        event_id = await stage.publish(text, customer_id=LONG, rating=1)
        await stage.becomes(event_id, "replied", "in_review")
    return stage


async def opened(page: Page, path: str) -> None:
    await page.goto(path)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_texts_stand_out_from_their_ground(
    open_tab: OpenTab, with_content: Stage, path: str, scheme: Literal["light", "dark"]
) -> None:
    async with open_tab(color_scheme=scheme) as (page, _):
        await opened(page, path)
        if path == "/live":
            await with_content.publish("Seen live, in every colour.")
            await expect(page.get_by_text("Seen live, in every colour.")).to_be_visible()
        texts: list[dict[str, Any]] = await page.evaluate(CONTRAST)
        assert len(texts) > 10
        assert [text for text in texts if text["contrast"] < 4.5] == []


@pytest.mark.parametrize("path", PATHS)
async def test_a_telephone_shows_it_without_scrolling_sideways(
    open_tab: OpenTab, with_content: Stage, path: str
) -> None:
    async with open_tab(viewport={"width": 375, "height": 700}, locale="zh-CN") as (page, _):
        await opened(page, path)
        if path == "/live":
            await with_content.publish(LONG, customer_id=LONG)
            await expect(page.locator(".feed").get_by_text(LONG).first).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 375
        assert await page.evaluate(WIDER) == []
        await page.get_by_role("button", name="显示或隐藏页面导航").click()
        await expect(page.get_by_role("link", name="实时", exact=True)).to_be_in_viewport()


@pytest.mark.parametrize("path", PATHS)
async def test_every_control_has_a_name(open_tab: OpenTab, with_content: Stage, path: str) -> None:
    async with open_tab() as (page, _):
        await opened(page, path)
        nameless: list[str] = []
        for role in ("button", "link", "textbox", "combobox", "searchbox", "img", "region"):
            controls: Any = page.get_by_role(role)  # type: ignore[arg-type]
            for control in await controls.all():
                snapshot = await control.aria_snapshot()
                if '"' not in snapshot and ":" not in snapshot.removeprefix("- "):
                    nameless.append(f"{role}: {await control.evaluate('one => one.outerHTML')}")
        assert nameless == []
        assert await page.locator("main").count() == 1
        assert await page.get_by_role("heading", level=1).count() == 1


async def test_the_keyboard_skips_to_the_content_and_is_seen(page: Page) -> None:
    await opened(page, "/publish")
    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    field = page.get_by_label("What the customer wrote")
    await expect(field).to_be_focused()
    outline = await field.evaluate("one => getComputedStyle(one).outline")
    assert "3px" in outline
    await page.keyboard.type("By keyboard alone.")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("Published. Kafka has acknowledged it.")).to_be_visible()


async def test_nothing_moves_for_those_who_want_no_motion(open_tab: OpenTab) -> None:
    async with open_tab(reduced_motion="reduce") as (page, _):
        await opened(page, "/")
        durations = await page.evaluate(
            "[...document.querySelectorAll('*')]"
            ".map((one) => parseFloat(getComputedStyle(one).transitionDuration))"
        )
        assert max(durations) < 0.001
