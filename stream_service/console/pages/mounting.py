"""The pages on the gateway's own server."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace
from typing import cast

from fastapi import FastAPI
from nicegui import core, ui
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from stream_service.console.access.roles import Principal
from stream_service.console.gateway.app import Gateway
from stream_service.console.gateway.guards import headers_of
from stream_service.console.pages.access.door import PagesDoor
from stream_service.console.pages.access.login import Login
from stream_service.console.pages.access.policy import ContentPolicy
from stream_service.console.pages.access.sessions import Sessions
from stream_service.console.pages.access.visitor import PageAccess, Visitor, cookies_of
from stream_service.console.pages.appearance import STYLES, is_dark
from stream_service.console.pages.directory import PAGES
from stream_service.console.pages.elements import Tag
from stream_service.console.pages.formatting import Formatter
from stream_service.console.pages.frame import frame, title_of
from stream_service.console.pages.languages import language_of
from stream_service.console.pages.opened import OpenedPages
from stream_service.console.pages.page import ConsolePage, PageEntry
from stream_service.console.pages.sharing import SharedReadings
from stream_service.console.pages.texts.catalogue import TEXTS
from stream_service.console.services import Services
from stream_service.observe.logs import logger

_RECONNECT_S = 5.0
"""How long a closed tab's page lives on here, for it may only have lost its connection."""

_KEPT_MESSAGES = 20
"""For a tab that lost its connection for a moment; one that missed more is loaded anew."""

_STOP_TIMEOUT_S = 5.0
"""NiceGUI cancels what its pages do; it must not hold up the end of the process."""

_COMPRESSED_FROM_BYTES = 1_024


@asynccontextmanager
async def with_pages(
    gateway: Gateway, services: Services, pages: Sequence[PageEntry] = PAGES
) -> AsyncGenerator[Gateway]:
    """The gateway with the pages beside its API, for the block.

    Once in a process: NiceGUI keeps its pages in the process's own globals.
    """
    access = PageAccess(services.authenticator, Sessions())
    readings, opened = SharedReadings(), OpenedPages()
    for entry in pages:
        ui.page(entry.path)(_opening(entry, pages, services, access, readings, opened))
    # Whatever asks is asked from where it comes from, and nobody from elsewhere.
    core.sio.eio.cors_allowed_origins = []  # pyright: ignore[reportUnknownMemberType] - untyped
    ui.add_css(STYLES, shared=True)
    host = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    ui.run_with(  # pyright: ignore[reportUnknownMemberType] - some of its parameters are untyped
        host,
        tailwind=False,
        reconnect_timeout=_RECONNECT_S,
        # Nothing is bound to anything that would have to be looked at ten times a second.
        binding_refresh_interval=None,
        message_history_length=_KEPT_MESSAGES,
        show_welcome_message=False,
        # Only what is the same for everybody is compressed: the length of a compressed page tells
        # something of what is in it.
        gzip_middleware_factory=None,
    )
    paths = [entry.path for entry in pages]
    door = PagesDoor(
        _Pages(ContentPolicy(host), GZipMiddleware(host, minimum_size=_COMPRESSED_FROM_BYTES)),
        gateway.app,
        access=access,
        login=Login(access, paths),
        guards=gateway.guards,
        paths=paths,
    )
    lifespan = host.router.lifespan_context(host)
    await lifespan.__aenter__()
    try:
        yield replace(gateway, app=door, has_sockets=True)
    finally:
        async with asyncio.timeout(_STOP_TIMEOUT_S):
            await lifespan.__aexit__(None, None, None)


class _Pages:
    """NiceGUI: its assets compressed, its pages with their policy."""

    def __init__(self, pages: ASGIApp, assets: ASGIApp) -> None:
        self._pages = pages
        self._assets = assets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_asset = scope["type"] == "http" and scope["path"].startswith("/_nicegui/")
        await (self._assets if is_asset else self._pages)(scope, receive, send)


def _opening(
    entry: PageEntry,
    entries: Sequence[PageEntry],
    services: Services,
    access: PageAccess,
    readings: SharedReadings,
    opened: OpenedPages,
) -> Callable[[Request], Awaitable[Response | None]]:
    async def open_page(request: Request) -> Response | None:
        principal = cast(Principal, request.state.principal)
        visitor = Visitor(access, headers_of(request.scope), _peer(request), principal)
        if not visitor.may(entry.permission) and entry.path == "/":
            # A publisher's home is the page that publishes.
            allowed = [one for one in entries if visitor.may(one.permission)]
            if allowed:
                return RedirectResponse(allowed[0].path, 303)
        cookies = cookies_of(visitor.headers)
        language = language_of(cookies, visitor.headers.get("accept-language", ""))
        texts = TEXTS[language]
        client = ui.context.client
        # A page's language and colours are the same for all who open it, but for this copy's.
        client.page = copy(client.page)
        client.page.language, client.page.dark = language.value, is_dark(cookies)
        client.title = f"{title_of(entry, texts)} · {texts.frame.product}"
        with frame(entry, entries, services=services, visitor=visitor, texts=texts) as notices:
            if not visitor.may(entry.permission):
                client.status_code = 403
                role = texts.word(principal.role.value)
                Tag("p", texts.frame.not_allowed.format(role=role), classes="empty")
                opened.add(client)
                return None
            page = ConsolePage(
                services=services,
                visitor=visitor,
                texts=texts,
                formatter=Formatter(language),
                readings=readings,
                notices=notices,
                paths=[one.path for one in entries if visitor.may(one.permission)],
            )
            try:
                await entry.build(page)
            except Exception:  # noqa: BLE001 - a page with its frame leads on; a bare 500 does not
                logger().exception("page_failed", page=entry.name)
                client.status_code = 500
                notices.show("failed", texts.frame.failed)
        opened.add(client)
        return None

    return open_page


def _peer(request: Request) -> str | None:
    return None if request.client is None else request.client.host
