"""Two hundred live views of a running console, and its memory."""

import asyncio

import httpx

from benchmarks.process import memory_mb

_SETTLE_S = 3.0


async def rss_with_views(url: str, pid: int, views: int, traffic: "asyncio.Task[object]") -> float:
    """Megabytes that the process holds with ``views`` open, while ``traffic`` goes on."""
    async with httpx.AsyncClient(
        timeout=30, limits=httpx.Limits(max_connections=views + 10)
    ) as client:
        opened = asyncio.Semaphore(0)
        tasks = [asyncio.create_task(_view(client, url, opened)) for _ in range(views)]
        try:
            for _ in range(views):
                await asyncio.wait_for(opened.acquire(), 30)
            await traffic
            await asyncio.sleep(_SETTLE_S)
            return memory_mb(pid)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def _view(client: httpx.AsyncClient, url: str, opened: asyncio.Semaphore) -> None:
    async with client.stream("GET", f"{url}/v1/streams/reviews") as stream:
        stream.raise_for_status()
        opened.release()
        async for _ in stream.aiter_bytes():
            pass
