"""The page: live."""

from stream_service.console.pages.elements import Tag
from stream_service.console.pages.page import ConsolePage


async def build(page: ConsolePage) -> None:
    """Fill the page."""
    Tag("h1", page.texts.live.title)
    Tag("p", page.texts.live.lead, classes="lead")
