"""Two hundred open Live pages, spoken to as browsers speak, and the console's memory.

A browser tells the server every three seconds what it has received (NiceGUI's own script does), and
the server forgets what was received: a client that does not tell makes it keep twenty messages.
"""

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from benchmarks.process import memory_mb
from tests.support.waiting import until

ACKNOWLEDGES_EVERY_S = 3.0
EVENTS_PER_S = 90
SECONDS = 20
OPEN_WITHIN_S = 120.0
OPENED_AT_ONCE = 20

_TEXT = "How do I change my address? " * 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePages:
    """What so many open pages took."""

    idle_mb: float
    busy_mb: float
    """While events come, and every page shows every one of them."""
    messages: int


@dataclass(slots=True)
class _Received:
    messages: int = 0


async def live_pages(url: str, pid: int, pages: int) -> LivePages:
    """Open them, publish for a while, and look."""
    received = _Received()
    opening = asyncio.Semaphore(OPENED_AT_ONCE)
    async with httpx.AsyncClient(base_url=url, timeout=60) as client, asyncio.TaskGroup() as group:
        tasks = [group.create_task(_page(client, url, opening, received)) for _ in range(pages)]

        async def all_are_open() -> bool:
            return (await client.get("/health")).json()["live_views"] >= pages

        await until(all_are_open, "the pages to be open", timeout_s=OPEN_WITHIN_S)
        idle_mb = memory_mb(pid)
        busy_mb = 0.0
        for _ in range(SECONDS):
            began = time.perf_counter()
            await _publish(client)
            busy_mb = max(busy_mb, memory_mb(pid))
            await asyncio.sleep(max(0.0, 1 - (time.perf_counter() - began)))
        busy_mb = max(busy_mb, memory_mb(pid))
        for task in tasks:
            task.cancel()
    if received.messages < pages:
        raise RuntimeError(f"{pages} pages were told {received.messages} times: nothing measured")
    return LivePages(idle_mb=idle_mb, busy_mb=busy_mb, messages=received.messages)


async def _publish(client: httpx.AsyncClient) -> None:
    rows = [{"text": _TEXT, "customer_id": f"c{number}"} for number in range(EVENTS_PER_S)]
    (await client.post("/v1/feedback/batch", json=rows)).raise_for_status()


async def _page(
    client: httpx.AsyncClient, url: str, opening: asyncio.Semaphore, received: _Received
) -> None:
    async with opening:
        page = (await client.get("/live")).raise_for_status().text
    found = re.search(r"""['"]client_id['"]: ?['"]([0-9a-f-]+)""", page)
    if found is None:
        raise RuntimeError("the page names no client")
    async with _socket(url, found[1]) as socket:
        next_id = [0]
        acknowledging = asyncio.create_task(_acknowledge(socket, found[1], next_id))
        try:
            async for frame in socket:
                text = str(frame)
                if text.startswith("0"):
                    await socket.send("40")
                elif text == "2":
                    await socket.send("3")
                elif text.startswith("42"):
                    message = orjson.loads(text[2:])[1]
                    if isinstance(message, dict) and "_id" in message:
                        next_id[0] = message["_id"] + 1
                    received.messages += "add" in text
        finally:
            acknowledging.cancel()


@asynccontextmanager
async def _socket(url: str, client_id: str) -> AsyncGenerator[ClientConnection]:
    asked = {
        "client_id": client_id,
        "next_message_id": 0,
        "implicit_handshake": "true",
        "document_id": uuid4(),
        "tab_id": uuid4(),
        "old_tab_id": "null",
        "EIO": 4,
        "transport": "websocket",
    }
    address = f"{url.replace('http', 'ws', 1)}/_nicegui_ws/socket.io/?{urlencode(asked)}"
    async with connect(address, origin=Origin(url), max_size=None) as socket:
        yield socket


async def _acknowledge(socket: ClientConnection, client_id: str, next_id: list[int]) -> None:
    while True:
        await asyncio.sleep(ACKNOWLEDGES_EVERY_S)
        told = ["ack", {"client_id": client_id, "next_message_id": next_id[0]}]
        await socket.send("42" + orjson.dumps(told).decode())
