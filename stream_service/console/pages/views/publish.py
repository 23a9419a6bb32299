"""The page: publish."""

from stream_service.console.pages.elements import Tag
from stream_service.console.pages.page import ConsolePage


async def build(page: ConsolePage) -> None:
    """Fill the page."""
    Tag("h1", page.texts.publish.title)
    Tag("p", page.texts.publish.lead, classes="lead")
