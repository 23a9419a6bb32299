"""Pages that were fetched, and that no browser has connected to yet."""

from collections import OrderedDict

from nicegui import Client

_MOST = 100
"""A browser connects within a second or so. Whatever only fetches pages, a check or a script, would
have each kept for a minute, at half a megabyte."""


class OpenedPages:
    """Ends the oldest of them when there are many; a browser that connects to it later loads it
    anew."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Client] = OrderedDict()

    def add(self, client: Client) -> None:
        """A page that was built."""

        def is_waited_for_no_more() -> None:
            self._waiting.pop(client.id, None)

        client.on_connect(is_waited_for_no_more)  # pyright: ignore[reportUnknownMemberType]
        client.on_delete(is_waited_for_no_more)  # pyright: ignore[reportUnknownMemberType]
        self._waiting[client.id] = client
        while len(self._waiting) > _MOST:
            _, oldest = self._waiting.popitem(last=False)
            oldest.delete()
