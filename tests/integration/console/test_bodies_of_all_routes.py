"""No route takes a body of any size or at any pace, nor from somebody who may not send it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import orjson
import pytest
import pytest_asyncio

from stream_service.console.access.roles import Role
from stream_service.console.gateway import bodies
from stream_service.console.gateway.bodies import BATCH_MAX_BYTES
from tests.support.bare_gateway import BareGateway, bare_gateway

CHUNK = b" " * 256 * 1024

MAY_NOT = {
    "/v1/feedback": Role.VIEWER,
    "/v1/feedback/batch": Role.VIEWER,
    "/v1/analyze": Role.VIEWER,
    "/v1/analyze/batch": Role.VIEWER,
    "/v1/reviews/{event_id}/decision": Role.VIEWER,
    "/v1/dead-letters/search": Role.PUBLISHER,
    "/v1/dead-letters/redrive": Role.REVIEWER,
    "/v1/dead-letters/{letter_id}/redrive": Role.REVIEWER,
}
"""For each route that takes a body: who may not use it."""


@pytest_asyncio.fixture
async def gateway(tmp_path: Path) -> AsyncGenerator[BareGateway]:
    async with bare_gateway(tmp_path) as running:
        yield running


@pytest_asyncio.fixture
async def routes(gateway: BareGateway) -> Sequence[tuple[str, str]]:
    """Method and path of all that say that they take a body; a new one must be among them."""
    answer = await gateway.ask("GET", "/openapi.json", Role.VIEWER)
    found = [
        (method.upper(), path)
        for path, operations in orjson.loads(answer.body)["paths"].items()
        for method, operation in operations.items()
        if "requestBody" in operation or method not in {"get", "head", "options"}
    ]
    assert {path for _, path in found} == set(MAY_NOT)
    return found


async def test_what_is_too_large_is_refused_before_it_is_in_memory(
    gateway: BareGateway, routes: Sequence[tuple[str, str]]
) -> None:
    """The search took 150 MB, and hundreds of megabytes of memory with them."""
    for method, path in routes:
        most = BATCH_MAX_BYTES if path.endswith("/batch") else 4 * 1024 * 1024
        asked = await gateway.ask(method, _at(path), Role.OPERATOR, chunk=CHUNK, chunks=120)
        assert (asked.status, path) == (413, path)
        assert asked.taken_bytes <= most + len(CHUNK)


async def test_what_comes_too_slowly_is_given_up(
    gateway: BareGateway, routes: Sequence[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "_BODY_TIMEOUT_S", 0.05)
    async with asyncio.timeout(10):
        for method, path in routes:
            asked = await gateway.ask(method, _at(path), Role.OPERATOR, chunk=b"{", chunks=1)
            assert (asked.status, path) == (408, path)


async def test_of_another_kind_than_it_must_be_it_is_refused(
    gateway: BareGateway, routes: Sequence[tuple[str, str]]
) -> None:
    async with asyncio.timeout(10):
        for method, path in routes:
            asked = await gateway.ask(method, _at(path), Role.OPERATOR, media_type="text/plain")
            assert (asked.status, path) == (415, path)


async def test_who_may_not_is_told_before_a_byte_is_taken(
    gateway: BareGateway, routes: Sequence[tuple[str, str]]
) -> None:
    async with asyncio.timeout(10):
        for method, path in routes:
            asked = await gateway.ask(method, _at(path), MAY_NOT[path], chunk=CHUNK, chunks=1)
            assert (asked.status, asked.taken_bytes, path) == (403, 0, path)


def _at(path: str) -> str:
    return path.replace("{event_id}", "e1").replace("{letter_id}", "0-0")
