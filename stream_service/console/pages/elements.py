"""Plain HTML elements, whose text is always text."""

from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from stream_service.console.pages.appearance import ASSETS


class Tag(TextElement):
    """An element with text in it; what is in the text stays text, whatever it looks like.

    Attributes are given as keywords, ``aria_label`` for ``aria-label`` and ``for_`` for ``for``.
    """

    def __init__(
        self, tag: str, text: str = "", *, classes: str = "", **attributes: str | bool | int
    ) -> None:
        super().__init__(tag=tag, text=text)
        if classes:
            self.classes(classes)
        set_attributes(self, **attributes)


class LocalTime(ui.element, component=ASSETS / "local_time.js"):
    """A moment in the reader's own zone, with the ISO time as its title.

    ``form`` is ``datetime``, ``time`` or ``ago``; the last keeps itself up to date in the browser.
    """

    def __init__(self, at_ms: int, *, language: str, form: str = "datetime") -> None:
        super().__init__()
        set_attributes(self, ms=at_ms, language=language, form=form)

    def show(self, at_ms: int) -> None:
        """Another moment."""
        set_attributes(self, ms=at_ms)


def set_attributes(element: ui.element, **attributes: str | bool | int) -> None:
    """Set HTML attributes, or a component's properties.

    Not by NiceGUI's own string form, in which a text would have to be quoted.
    """
    props: dict[str, Any] = element.props
    for name, value in attributes.items():
        props[name.rstrip("_").replace("_", "-")] = value
