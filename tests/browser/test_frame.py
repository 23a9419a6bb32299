"""The frame around the pages: navigation, language, theme, the content policy."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab

PATHS = {"/": "Overview", "/live": "Live", "/publish": "Publish"}


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
