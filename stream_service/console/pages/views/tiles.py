"""Figures that stand for themselves."""

from stream_service.console.pages.elements import Tag


class Tile:
    """A figure with its name, a word on it, and perhaps a way to where it is dealt with."""

    def __init__(self, name: str, hint: str = "", *, link: tuple[str, str] | None = None) -> None:
        with Tag("section", classes="panel tile") as self._tile:
            Tag("h2", name)
            self._figure = Tag("p", "–", classes="figure")
            self._hint = Tag("p", hint, classes="muted small")
            if link is not None:
                path, text = link
                Tag("a", text, href=path, classes="small")

    def show(self, figure: str, hint: str | None = None, *, look: str = "") -> None:
        """Show another figure; ``look`` as a chip's."""
        self._figure.text = figure
        self._figure.classes(replace=f"figure {look}")
        if hint is not None:
            self._hint.text = hint
