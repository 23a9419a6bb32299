"""The frame around the pages: navigation, language, theme, the content policy."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab

PATHS = {
    "/": "Overview",
    "/live": "Live",
    "/reviews": "Reviews",
    "/dead-letters": "Dead letters",
    "/lag": "Lag",
    "/publish": "Publish",
    "/audit": "Audit log",
}


@pytest.mark.parametrize("path", PATHS)
async def test_each_page_opens_offline_under_its_policy(page: Page, path: str) -> None:
    answer = await page.goto(path)
    assert answer is not None
    assert answer.status == 200
    policy = (await answer.all_headers())["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]
    await expect(page.get_by_role("heading", level=1, name=PATHS[path])).to_be_visible()
    await expect(page.get_by_role("link", name=PATHS[path], exact=True)).to_have_attribute(
        "aria-current", "page"
    )


async def test_injected_markup_runs_nothing(open_tab: OpenTab) -> None:
    async with open_tab() as (page, watched):
        await page.goto("/")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        watched.expected.append("Content Security Policy")
        await page.evaluate(
            """document.querySelector('main').insertAdjacentHTML('beforeend',
            '<img src="data:," onerror="window.ran = true">')"""
        )
        await page.wait_for_function("document.querySelector('main img').complete")
        assert await page.evaluate("window.ran === undefined")


async def test_the_language_is_the_browsers_until_it_is_switched(open_tab: OpenTab) -> None:
    async with open_tab(locale="zh-CN") as (page, _):
        await page.goto("/")
        await expect(page.get_by_role("heading", level=1, name="总览")).to_be_visible()
        await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        await expect(page).to_have_title("总览 · 客户反馈控制台")
        await page.get_by_role("button", name="English").click()
        await expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()
        await expect(page.locator("html")).to_have_attribute("lang", "en-US")
        await page.goto("/live")
        await expect(page.get_by_role("heading", level=1, name="Live")).to_be_visible()


async def test_chinese_is_written_in_chinese_glyphs(open_tab: OpenTab) -> None:
    async with open_tab(locale="zh-CN") as (page, _):
        await page.goto("/")
        await expect(page.get_by_role("heading", level=1, name="总览")).to_be_visible()
        session: Any = await page.context.new_cdp_session(page)
        await session.send("DOM.enable")
        await session.send("CSS.enable")
        document = await session.send("DOM.getDocument")
        for selector in ("h1", ".tile h2", ".chart text"):
            node = await session.send(
                "DOM.querySelector",
                {"nodeId": document["root"]["nodeId"], "selector": selector},
            )
            used = await session.send("CSS.getPlatformFontsForNode", {"nodeId": node["nodeId"]})
            assert {"CJK" in font["familyName"] for font in used["fonts"]} == {True}, used


async def test_light_and_dark_are_kept(open_tab: OpenTab) -> None:
    async with open_tab(color_scheme="light") as (page, _):
        await page.goto("/")
        body = page.locator("body")
        await expect(body).to_contain_class("body--light")
        await page.get_by_role("button", name="Light or dark").click()
        await expect(body).to_contain_class("body--dark")
        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await expect(body).to_contain_class("body--dark")
