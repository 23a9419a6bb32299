"""Publishing by hand: one piece of feedback, or a file of them."""

from stream_service.console.pages.elements import Tag
from stream_service.console.pages.page import ConsolePage
from stream_service.console.pages.views.publish_file import publish_file_panel
from stream_service.console.pages.views.publish_one import publish_one_panel


async def build(page: ConsolePage) -> None:
    """Fill the page."""
    Tag("h1", page.texts.publish.title)
    Tag("p", page.texts.publish.lead, classes="lead")
    with Tag("div", classes="halves"):
        publish_one_panel(page)
        publish_file_panel(page)
