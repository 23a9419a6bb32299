"""Customers as a service over HTTP knows them."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from cachetools import TTLCache
from yarl import URL  # aiohttp's own

from stream_service.contracts.analysis import Enrichment, EnrichmentStatus
from stream_service.graph.customers.circuit import Circuit
from stream_service.graph.customers.errors import LookupFailed, LookupRefused, LookupUnreadable

PLACEHOLDER = "{customer_id}"

MOST_BYTES = 64 * 1024
"""Of an answer; what is known of one customer takes a few hundred."""

LONGEST_TIER = 100
"""Characters; a tier is a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupOptions:
    """Where to ask, and how much."""

    url: str = field(repr=False)
    """With ``{customer_id}`` in its path or query, where a key may stand too."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    timeout_s: float = 1.0
    """For one call, with the wait for a free place."""
    at_once: int = 32
    cache_entries: int = 10_000
    cache_ttl_s: float = 300.0
    circuit_failures: int = 5
    circuit_open_s: float = 30.0
    tier_field: str = "customer_tier"
    open_orders_field: str = "open_orders"
    """Names in the answer; a dot leads into an object: ``account.tier``."""


class HttpCustomerDirectory:
    """Asks ``GET url``; 200 with a JSON object is known, 404 is nobody known. Make one with
    ``start``."""

    def __init__(self, options: LookupOptions, http: ClientSession) -> None:
        self._options = options
        self._http = http
        self._places = asyncio.Semaphore(options.at_once)
        self._circuit = Circuit(failures=options.circuit_failures, open_s=options.circuit_open_s)
        self._known: TTLCache[str, Enrichment] = TTLCache[str, Enrichment](
            max(1, options.cache_entries), options.cache_ttl_s
        )

    @classmethod
    @asynccontextmanager
    async def start(cls, options: LookupOptions) -> "AsyncGenerator[HttpCustomerDirectory]":
        """Open the connections; they are closed at the end of the block."""
        timeout = ClientTimeout(total=options.timeout_s)
        async with ClientSession(timeout=timeout, headers=dict(options.headers)) as http:
            yield cls(options, http)

    async def lookup(self, customer_id: str) -> Enrichment:
        """Say what is known of a customer. Failures are not remembered.

        Raises LookupFailed, TimeoutError, or aiohttp's ClientError.
        """
        known = self._known.get(customer_id)
        if known is not None:
            return known
        self._circuit.enter()
        try:
            async with asyncio.timeout(self._options.timeout_s), self._places:
                found = await self._ask(customer_id)
        except (LookupFailed, TimeoutError, ClientError, OSError):
            self._circuit.failed()
            raise
        self._circuit.succeeded()
        if self._options.cache_entries:
            self._known[customer_id] = found
        return found

    async def _ask(self, customer_id: str) -> Enrichment:
        url = self._options.url.replace(PLACEHOLDER, quote(customer_id, safe=""))
        # A redirect could lead anywhere, with our headers.
        async with self._http.get(_encoded(url), allow_redirects=False) as response:
            if response.status == 404:
                return Enrichment(status=EnrichmentStatus.ABSENT)
            if response.status != 200:
                raise LookupRefused
            answer = await _object_of(response)
        return Enrichment(
            status=EnrichmentStatus.FOUND,
            customer_tier=_tier(_field(answer, self._options.tier_field)),
            open_orders=_count(_field(answer, self._options.open_orders_field)),
        )


def _encoded(url: str) -> URL:
    # As it is: yarl would decode %2F, and a customer's name could leave its place in the path.
    return URL(url, encoded=True)


async def _object_of(response: ClientResponse) -> dict[str, Any]:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise LookupUnreadable
    try:
        answer: object = json.loads(body)
    except (ValueError, RecursionError):
        raise LookupUnreadable from None
    if not isinstance(answer, dict):
        raise LookupUnreadable
    return cast("dict[str, Any]", answer)


def _field(answer: dict[str, Any], name: str) -> object:
    value: object = answer
    for part in name.split("."):
        if not isinstance(value, dict):
            return None
        value = cast("dict[str, object]", value).get(part)
    return value


def _tier(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > LONGEST_TIER:
        raise LookupUnreadable
    return value


def _count(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise LookupUnreadable
    return value
