"""The end of a page whose reader may not see it any more."""

import asyncio

from nicegui import Client, background_tasks, ui

_TOLD_S = 1.0
"""Until the browser has heard where to go: that is a message of the page, too."""


def leave(path: str) -> None:
    """Lead the tab to ``path``, and end its page here: its timers, its handlers, what it is shown.

    A browser that stays where it is gets nothing more.
    """
    client = ui.context.client
    ui.navigate.to(path)
    background_tasks.create(  # pyright: ignore[reportUnknownMemberType] - its context is untyped
        _end(client), name="end of a page"
    )


async def _end(client: Client) -> None:
    await asyncio.sleep(_TOLD_S)
    # One that has lost its connection is ended by that.
    if client.has_socket_connection:
        client.delete()
