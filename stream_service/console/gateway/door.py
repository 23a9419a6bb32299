"""What every request passes: host, origin, who asks, how often; and what every answer carries."""

import time
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stream_service.console.access.authenticating import Authenticator, is_loopback
from stream_service.console.gateway.problems import Problem, problem_of
from stream_service.console.gateway.rate import RateLimit
from stream_service.observe.logs import logger
from stream_service.observe.metrics.labelled import labelled

_OPEN = frozenset({"/health", "/health/live", "/health/ready", "/metrics", "/openapi.json"})
"""Asked by machines that have no token, and of no customer's interest."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Of which a label is made; anybody can make up others."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

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

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticator: Authenticator,
        rate: RateLimit,
        hosts: Collection[str],
        registry: CollectorRegistry,
    ) -> None:
        self._app = app
        self._authenticator = authenticator
        self._rate = rate
        self._hosts = frozenset(host.lower() for host in hosts)
        self._log = logger()
        self._durations = labelled(
            Histogram(
                "http_server_request_duration_seconds",
                "Duration of requests.",
                ["http_request_method", "http_route", "http_response_status_code"],
                registry=registry,
                buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            )
        )

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
            self._count(scope, status, time.perf_counter() - began)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        try:
            # Probes and Prometheus ask by address; what they are told is of no customer's.
            if scope["path"] not in _OPEN:
                self._refuse_foreign(scope["method"], headers)
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
        wait_s = self._rate.wait_s(f"peer:{peer}" if principal is None else principal.name)
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

    def _refuse_foreign(self, method: str, headers: Mapping[str, str]) -> None:
        """Another site's page must do nothing here with its visitor's browser.

        Neither by a name of its own that leads to this machine (DNS rebinding), nor by a request
        that the browser sends along with the visitor's rights (CSRF).
        """
        host = headers.get("host", "")
        name = _host_name(host)
        if name not in self._hosts and not is_loopback(name):
            raise Problem(
                "forbidden", "Host: the console has another name; add it to console.hosts"
            )
        if method in _SAFE_METHODS:
            return
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            raise Problem("forbidden", "Origin: another site's pages may change nothing here")
        if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise Problem("forbidden", "Sec-Fetch-Site: another site's pages change nothing here")

    def _count(self, scope: Scope, status: int, duration_s: float) -> None:
        # The route and not the path: an event's id is no label, and belongs into no log.
        route: Any = scope.get("route")
        path: str = getattr(route, "path", "unknown")
        method: str = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        self._durations[method, path, str(status)].observe(duration_s)
        if status >= 500 and status != 503:
            self._log.warning("request_failed", method=method, route=path, status=status)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _host_name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()
