"""What every request passes: host, origin, who asks, how often; and what every answer carries."""

import time
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stream_service.console.access.authenticating import Authenticator
from stream_service.console.gateway.guards import Guards, headers_of
from stream_service.console.gateway.problems import Problem, problem_of

_OPEN = frozenset(
    {
        "/health",
        "/health/live",
        "/health/ready",
        "/health/serving",
        "/metrics",
        "/openapi.json",
    }
)
"""Asked by machines that have no token, and of no customer's interest."""

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
"""Of the API's answers; pages bring a content policy of their own."""


class Door:
    """An ASGI layer around the gateway."""

    def __init__(self, app: ASGIApp, *, authenticator: Authenticator, guards: Guards) -> None:
        self._app = app
        self._authenticator = authenticator
        self._guards = guards

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(header for header in _HEADERS if header[0] not in given),
                ]
            await send(message)

        try:
            await self._pass(scope, receive, send_guarded)
        finally:
            # The route and not the path: an event's id is no label, and belongs into no log.
            path: str = getattr(scope.get("route"), "path", "unknown")
            self._guards.durations.count(scope["method"], path, status, time.perf_counter() - began)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        try:
            # Probes and Prometheus ask by address; what they are told is of no customer's.
            if scope["path"] not in _OPEN:
                self._guards.origin.check(scope["method"], headers)
                await self._let_in(scope, headers)
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            await problem.response()(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _let_in(self, scope: Scope, headers: Mapping[str, str]) -> None:
        client = scope.get("client")
        peer: str | None = client[0] if client else None
        principal = await self._authenticator.principal(headers, peer)
        # A stranger's attempts count too, by address: secrets cannot be tried without end.
        wait_s = self._guards.rate.wait_s(f"peer:{peer}" if principal is None else principal.name)
        if wait_s:
            raise Problem(
                "rate-limited", "too many requests; send batches, or wait", retry_after_s=wait_s
            )
        if principal is None:
            raise Problem(
                "unauthenticated",
                "Authorization: send a token in force, as 'Bearer fbk_…'",
                headers={"www-authenticate": "Bearer"},
            )
        scope.setdefault("state", {})["principal"] = principal
