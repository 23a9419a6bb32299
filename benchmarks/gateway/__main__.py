"""``python -m benchmarks.gateway``: posts, batches, pages and live views; the last line is JSON.

The console runs as its users run it, in a process of its own with a SQLite file, beside a real
broker on the same machine; the client is a third process. Goals: 1,500 accepted posts a second and
10,000 rows a second in batches at a 99th percentile of 250 ms, a page of 100,000 items in 100 ms,
200 live views within 300 MB.
"""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from dataclasses import asdict
from typing import Any

import httpx
import orjson
import uvloop

from benchmarks.gateway.live_pages import live_pages
from benchmarks.gateway.pages import fill, turn_pages
from benchmarks.gateway.views import rss_with_views
from stream_service.console.store import Database
from stream_service.contracts.publish import verdict_record
from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.devkit.kafka.ports import choose_free
from tests.support.cluster import Cluster
from tests.support.console import review_item
from tests.support.console_process import ConsoleProcess
from tests.support.waiting import until

LIMITS = {
    "posts_per_s": 1_500.0,
    "batch_rows_per_s": 10_000.0,
    "p99_ms": 250.0,
    "page_ms": 100.0,
    "live_views_rss_mb": 300.0,
    "live_pages_rss_mb": 300.0,
}


async def measure(*, duration_s: float, items: int, views: int) -> dict[str, Any]:
    """Measure all of it; returns what the JSON line holds."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/console.db"
        async with EmbeddedKafka.start() as kafka:
            cluster = Cluster(kafka.bootstrap_servers, Topics("bench."))
            await cluster.create_topics(partitions=6)
            database = await Database.open(url)
            await fill(database, cluster.topics, items)
            await database.close()
            console = ConsoleProcess(
                cluster, url, choose_free(1)[0], settings=("console.requests_per_s=0",)
            )
            async with httpx.AsyncClient(base_url=console.url, timeout=30) as client:
                try:
                    await console.start(client)
                    await _ready(client)
                    pages_ms = sorted(await turn_pages(client))
                    _tell("pages", {"max_ms": pages_ms[-1], "median": pages_ms[len(pages_ms) // 2]})
                    single = await _load(console.port, 32, duration_s, 1)
                    _tell("single posts", single)
                    keyed = await _load(console.port, 32, duration_s, 0)
                    _tell("single posts with a key each", keyed)
                    batch = await _load(console.port, 4, duration_s, 200)
                    _tell("batches", batch)
                    assert console.process is not None
                    rss_mb = await rss_with_views(
                        console.url,
                        console.process.pid,
                        views,
                        asyncio.create_task(_traffic(cluster)),
                    )
                    pages = await live_pages(console.url, console.process.pid, views)
                    _tell("live pages", asdict(pages))
                finally:
                    console.kill()
    return {
        "posts_per_s": single["rows_per_s"],
        "keyed_posts_per_s": keyed["rows_per_s"],
        "batch_rows_per_s": batch["rows_per_s"],
        "p99_ms": max(single["p99_ms"], batch["p99_ms"]),
        "p99_keyed_ms": keyed["p99_ms"],
        "p99_single_ms": single["p99_ms"],
        "p99_batch_ms": batch["p99_ms"],
        "page_ms": round(pages_ms[int(len(pages_ms) * 0.99)], 1),
        "page_max_ms": round(pages_ms[-1], 1),
        "live_views_rss_mb": round(rss_mb, 1),
        "live_pages_idle_rss_mb": round(pages.idle_mb, 1),
        "live_pages_rss_mb": round(pages.busy_mb, 1),
        "refused": single["refused"] + batch["refused"],
        "items": items,
        "views": views,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


async def _ready(client: httpx.AsyncClient) -> None:
    async def is_ready() -> bool:
        return (await client.get("/health/ready")).status_code == 200

    await until(is_ready, "the console to be ready")


async def _load(port: int, connections: int, duration_s: float, rows: int) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.gateway.client",
        str(port), str(connections), str(duration_s), str(rows),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await asyncio.wait_for(process.communicate(), duration_s + 60)
    return orjson.loads(output)


async def _traffic(cluster: Cluster) -> None:
    """A thousand new reviews, for whoever watches."""
    records = [verdict_record(cluster.topics, review_item(number), None) for number in range(1_000)]
    await cluster.publish(records)


def _tell(what: str, figures: dict[str, Any]) -> None:
    sys.stderr.write(f"{what}: {figures}\n")


def main() -> None:
    """Measure, and print the figures against their limits."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gateway", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--views", type=int, default=200)
    given = parser.parse_args()
    figures = uvloop.run(measure(duration_s=given.seconds, items=given.items, views=given.views))
    for name, limit in LIMITS.items():
        sys.stderr.write(f"{name}: {figures[name]} (goal {limit:g})\n")
    sys.stdout.write(orjson.dumps(figures).decode() + "\n")


if __name__ == "__main__":
    main()
