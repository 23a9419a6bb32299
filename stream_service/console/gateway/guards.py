"""What requests to the API and to the pages pass alike: host, origin, pace, and a count."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, Histogram
from starlette.types import Scope

from stream_service.console.access.authenticating import is_loopback
from stream_service.console.gateway.problems import Problem
from stream_service.console.gateway.rate import RateLimit
from stream_service.observe.logs import logger
from stream_service.observe.metrics.labelled import labelled

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Of which a label is made; anybody can make up others."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Origin:
    """Another site's page must do nothing here with its visitor's browser.

    Neither by a name of its own that leads to this machine (DNS rebinding), nor by a request that
    the browser sends along with the visitor's rights (CSRF).
    """

    def __init__(self, hosts: Collection[str]) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)

    def check(self, method: str, headers: Mapping[str, str]) -> None:
        """Raises Problem for a foreign request; a socket's opening counts as a POST."""
        host = headers.get("host", "")
        name = _host_name(host)
        if name not in self._hosts and not is_loopback(name):
            raise Problem(
                "forbidden", "Host: the console has another name; add it to console.hosts"
            )
        if method in _SAFE_METHODS:
            return
        origin = headers.get("origin")
        if origin is not None and _place(origin) != host.lower():
            raise Problem("forbidden", "Origin: another site's pages may change nothing here")
        if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise Problem("forbidden", "Sec-Fetch-Site: another site's pages change nothing here")


class RequestDurations:
    """Counts requests and their durations."""

    def __init__(self, registry: CollectorRegistry) -> None:
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

    def count(self, method: str, route: str, status: int, duration_s: float) -> None:
        """Count one request, by its ``route`` and never by its path."""
        named = method if method in _METHODS else "_OTHER"
        self._durations[named, route, str(status)].observe(duration_s)
        if status >= 500 and status != 503:
            self._log.warning("request_failed", method=named, route=route, status=status)


@dataclass(frozen=True, slots=True)
class Guards:
    """All of them."""

    origin: Origin
    rate: RateLimit
    durations: RequestDurations


def headers_of(scope: Scope) -> dict[str, str]:
    """A request's headers, their names in lower case."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _place(origin: str) -> str | None:
    """Host and port of an origin; None where it is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _host_name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()
