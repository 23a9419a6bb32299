"""Texts that try to run in a reader's browser."""

from playwright.async_api import Page

HOSTILE = (
    "<script>window.ran = 1</script><img src='data:,' onerror='window.ran = 2'>"
    "{{ constructor.constructor('window.ran = 3')() }}"
    "[click](javascript:window.ran=4) </textarea></template>"
)


async def has_run(page: Page) -> bool:
    """Whether one of them did."""
    return bool(await page.evaluate("window.ran !== undefined"))
