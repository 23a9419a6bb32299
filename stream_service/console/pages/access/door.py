"""What every request for a page passes, and which requests are for pages at all."""

import asyncio
import time
from collections.abc import Collection, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stream_service.console.access.roles import Principal
from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.gateway.guards import Guards, headers_of
from stream_service.console.gateway.problems import Problem, problem_of
from stream_service.console.pages.access.login import LOGIN_PATH, LOGOUT_PATH, Login
from stream_service.console.pages.access.policy import PAGE_HEADERS
from stream_service.console.pages.access.visitor import PageAccess

_ASSETS = "/_nicegui/"
"""Scripts, styles and fonts: the same for everybody."""

_SOCKETS = "/_nicegui_ws/"

_UPLOADS = "/_nicegui/client/"

_FAVICON = "/favicon.ico"

_OPEN = frozenset({_ASSETS, _FAVICON})

UPLOAD_MAX_BYTES = 16 * 1024 * 1024
"""As a batch over the API; a file that is larger goes by the command line, which streams."""

_UPLOAD_BYTES = UPLOAD_MAX_BYTES + 64 * 1024
"""With what a form puts around a file."""

_MESSAGE_BYTES = 1024 * 1024
"""What a page without a socket posts at once; as much as a socket takes."""

_UPLOAD_TIMEOUT_S = 120.0

_MESSAGE_TIMEOUT_S = 20.0
"""Until all of it is there, as a body over the API."""


class PagesDoor:
    """An ASGI layer: requests for pages go to them, all others to the API's own door."""

    def __init__(
        self,
        pages: ASGIApp,
        api: ASGIApp,
        *,
        access: PageAccess,
        login: Login,
        guards: Guards,
        paths: Collection[str],
    ) -> None:
        self._pages = pages
        self._api = api
        self._access = access
        self._login = login
        self._guards = guards
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or answer it here."""
        if scope["type"] == "websocket":
            await self._open_socket(scope, receive, send)
        elif scope["type"] == "http" and (route := self._route(scope["path"])) is not None:
            await self._answer(route, scope, receive, send)
        else:
            await self._api(scope, receive, send)

    def _route(self, path: str) -> str | None:
        """Which of the pages' routes it is, as a label; None for the API's."""
        if path in self._paths or path in {LOGIN_PATH, LOGOUT_PATH, _FAVICON}:
            return path
        for prefix in (_UPLOADS, _ASSETS, _SOCKETS):
            if path.startswith(prefix):
                return prefix
        return None

    async def _answer(self, route: str, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter(), 500

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(header for header in PAGE_HEADERS if header[0] not in given),
                ]
            await send(message)

        try:
            response = await self._own_answer(route, scope, receive)
            if response is not None:
                await response(scope, receive, send_guarded)
            elif route == _UPLOADS:
                async with asyncio.timeout(_UPLOAD_TIMEOUT_S):
                    await self._pages(scope, _bounded(receive, _UPLOAD_BYTES), send_guarded)
            else:
                body = _bounded(receive, _MESSAGE_BYTES, _MESSAGE_TIMEOUT_S)
                await self._pages(scope, body, send_guarded)
        finally:
            self._guards.durations.count(
                scope["method"], route, status, time.perf_counter() - began
            )

    async def _own_answer(self, route: str, scope: Scope, receive: Receive) -> Response | None:
        """What is answered here; None where the pages are to answer."""
        request, headers = Request(scope, receive), headers_of(scope)
        try:
            self._guards.origin.check(scope["method"], headers)
            if route in _OPEN:
                return None
            if route in {LOGIN_PATH, LOGOUT_PATH}:
                self._keep_pace(scope, None)
                return await self._log_in_or_out(route, request)
            # A page's socket is opened anew by itself, however long nobody has touched it.
            principal = await self._access.principal(headers, _peer(scope), touch=route != _SOCKETS)
            self._keep_pace(scope, principal)
        except Exception as error:
            if isinstance(error, DatabaseUnavailable) and route in self._paths:
                return self._login.ask_again_soon(request)
            problem = problem_of(error)
            if problem is None:
                raise
            return problem.response()
        if principal is not None:
            scope.setdefault("state", {})["principal"] = principal
            return None
        if route in self._paths:
            return self._login.send_away(request)
        return Problem("unauthenticated", "log in").response()

    async def _log_in_or_out(self, route: str, request: Request) -> Response:
        if route == LOGIN_PATH:
            if request.method == "POST":
                return await self._login.log_in(request)
            return self._login.ask(request)
        if request.method == "POST":
            return self._login.log_out(request)
        return Problem("method-not-allowed", "log out with POST").response()

    def _keep_pace(self, scope: Scope, principal: Principal | None) -> None:
        who = f"peer:{_peer(scope)}" if principal is None else principal.name
        wait_s = self._guards.rate.wait_s(who)
        if wait_s:
            raise Problem("rate-limited", "too many requests; wait", retry_after_s=wait_s)

    async def _open_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not await self._may_open(scope, headers_of(scope)):
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._pages(scope, receive, send)

    async def _may_open(self, scope: Scope, headers: Mapping[str, str]) -> bool:
        try:
            # A browser sends cookies along with a socket that another site's page opens.
            self._guards.origin.check("POST", headers)
            if not scope["path"].startswith(_SOCKETS):
                return False
            known = await self._access.principal(headers, _peer(scope), touch=False)
        except Exception as error:
            if problem_of(error) is None:
                raise
            return False
        return known is not None


def _peer(scope: Scope) -> str | None:
    client = scope.get("client")
    return client[0] if client else None


def _bounded(receive: Receive, max_bytes: int, timeout_s: float | None = None) -> Receive:
    """``receive`` within bounds of bytes and of time, as long as the body is not there.

    Afterwards it is waited for as long as the answer takes: a poll's, for one, until there is
    something to say.
    """
    size = 0
    until = None if timeout_s is None else asyncio.get_running_loop().time() + timeout_s

    async def receive_bounded() -> Message:
        nonlocal size, until
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        size += len(message.get("body", b""))
        if size > max_bytes:
            # The page has checked the size already: whoever comes here has gone round it.
            return {"type": "http.disconnect"}
        if not message.get("more_body", False):
            until = None
        return message

    return receive_bounded
