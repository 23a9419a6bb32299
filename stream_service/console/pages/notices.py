"""Notices above a page's content: what is away, until it is back."""

from nicegui import ui

from stream_service.console.pages.elements import Tag


class Notices:
    """The notices of one page. A notice that is shown already is not read out again."""

    def __init__(self, parent: ui.element) -> None:
        self._parent = parent
        self._shown: dict[str, Tag] = {}

    def show(self, name: str, message: str) -> None:
        """Show ``message`` until ``name`` is cleared."""
        shown = self._shown.get(name)
        if shown is None:
            with self._parent:
                self._shown[name] = Tag("p", message, classes="notice", role="status")
        elif shown.text != message:
            shown.text = message

    def clear(self, name: str) -> None:
        """It is over."""
        shown = self._shown.pop(name, None)
        if shown is not None:
            shown.delete()
