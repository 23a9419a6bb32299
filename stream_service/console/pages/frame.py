"""The frame around every page: header, navigation, switches, notices."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from html import escape

from nicegui import ui

from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.pages import languages
from stream_service.console.pages.access.login import LOGIN_PATH, LOGOUT_PATH
from stream_service.console.pages.access.visitor import Visitor
from stream_service.console.pages.appearance import THEME_COOKIE
from stream_service.console.pages.elements import Tag, set_attributes
from stream_service.console.pages.formatting import Formatter
from stream_service.console.pages.languages import Language
from stream_service.console.pages.leaving import leave
from stream_service.console.pages.notices import Notices
from stream_service.console.pages.page import PageEntry
from stream_service.console.pages.texts.catalogue import Texts
from stream_service.console.services import Services

_LOOK_S = 2.0
"""At what is known in memory: whether Kafka is there, and how far the projection is."""

_STILL_IN_S = 15.0
"""How long a page stays open for somebody whose session has ended or whose token was revoked. What
they do is checked each time; this is about what they see."""

_BEHIND_RECORDS = 1_000
"""Below it the projection is as good as there: it stores some thousands a second."""

_NAMES = {Language.ENGLISH: "English", Language.CHINESE: "中文"}

_KEEP_CHOICE = "; path=/; max-age=31536000; samesite=strict"

_SWITCH_THEME = f"""() => {{
  const dark = !document.body.classList.contains("body--dark");
  setDark(dark);
  document.cookie = "{THEME_COOKIE}=" + (dark ? "dark" : "light") + "{_KEEP_CHOICE}";
}}"""


@contextmanager
def frame(
    entry: PageEntry | None,
    entries: Sequence[PageEntry],
    *,
    services: Services,
    visitor: Visitor,
    texts: Texts,
) -> Generator[Notices]:
    """The frame; what is built within the block is the page's content."""
    ui.colors(primary="#1f5f99", positive="#1a6b3c", negative="#a8281e", warning="#8a5a00")
    drawer = (
        ui.left_drawer(fixed=True, bordered=True)
        .props("show-if-above breakpoint=900 width=220")
        .classes("drawer")
    )
    # It would ask the browser whether it is open, and log an error for each that takes a second to
    # answer; a drawer of which nothing is known is shown and hidden by the browser itself.
    ui.context.client.connect_handlers.clear()  # pyright: ignore[reportUnknownMemberType]
    with ui.header().classes("top"):
        _header(drawer, visitor, texts)
    with drawer:
        _navigation(entry, entries, visitor, texts)
    # Quasar's page is the landmark "main" already.
    with Tag("div", classes="content") as main:
        notices = Notices(Tag("div", classes="notices", aria_live="polite"))
        yield notices
    ui.skip_link(texts.frame.skip, target=main)
    _watch(services, visitor, texts, notices)


def _header(drawer: ui.left_drawer, visitor: Visitor, texts: Texts) -> None:
    words = texts.frame
    icon_button("menu", words.open_navigation).on_click(drawer.toggle).classes("menu-button")
    Tag("a", words.product, classes="brand", href="/")
    Tag("span", classes="spacer")
    if visitor.access.authenticator.asks_who:
        name, role = visitor.principal.name, texts.word(visitor.principal.role.value)
        Tag("span", words.signed_in_as.format(name=name, role=role), classes="who")
    other = next(one for one in Language if one is not texts.language)
    language = ui.button(_NAMES[other]).props("flat no-caps dense").classes("language")
    set_attributes(language, lang=other.value, title=words.language)
    switch = f'document.cookie = "{languages.COOKIE}={other.value}{_KEEP_CHOICE}"'
    language.on("click", js_handler=f"() => {{ {switch}; location.reload(); }}")
    icon_button("contrast", words.theme).on("click", js_handler=_SWITCH_THEME)
    if visitor.session is not None:
        with Tag("form", method="post", action=LOGOUT_PATH):
            icon_button("logout", words.log_out).props("type=submit")


def _navigation(
    entry: PageEntry | None, entries: Sequence[PageEntry], visitor: Visitor, texts: Texts
) -> None:
    # One element for all of it: each costs some kilobytes for as long as the page is open, and a
    # link each would be half of a page's elements.
    links = "".join(
        _link(one, title_of(one, texts), is_current=one is entry)
        for one in entries
        if visitor.may(one.permission)
    )
    listed = ui.html(f'<ul class="pages">{links}</ul>', sanitize=False, tag="nav")
    set_attributes(listed, aria_label=texts.frame.navigation)


def _link(entry: PageEntry, title: str, *, is_current: bool) -> str:
    current = ' aria-current="page"' if is_current else ""
    return (
        f'<li><a href="{escape(entry.path)}"{current}>'
        f'<i class="q-icon notranslate material-icons" aria-hidden="true">{escape(entry.icon)}</i>'
        f"<span>{escape(title)}</span></a></li>"
    )


def title_of(entry: PageEntry, texts: Texts) -> str:
    """A page's name in the navigation."""
    title: str = getattr(texts.frame, entry.name)
    return title


def icon_button(icon: str, label: str) -> ui.button:
    """A button that shows a symbol, and has a name for those who do not see it."""
    button = ui.button(icon=icon).props("flat round dense")
    set_attributes(button, aria_label=label, title=label)
    return button


def _watch(services: Services, visitor: Visitor, texts: Texts, notices: Notices) -> None:
    formatter = Formatter(texts.language)

    def look() -> None:
        if services.kafka_is_there:
            notices.clear("kafka")
        else:
            notices.show("kafka", texts.frame.kafka_away)
        behind = services.projection.behind
        if behind is not None and behind >= _BEHIND_RECORDS:
            count = formatter.number(behind)
            notices.show("behind", texts.frame.catching_up.format(count=count))
        else:
            notices.clear("behind")

    async def still_in() -> None:
        try:
            principal = await visitor.now()
        except DatabaseUnavailable:
            return
        if principal != visitor.principal:
            leave(LOGIN_PATH if principal is None else "/")

    look()
    ui.timer(_LOOK_S, look, immediate=False)
    if visitor.access.authenticator.asks_who:
        ui.timer(_STILL_IN_S, still_in, immediate=False)
