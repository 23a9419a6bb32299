"""``python -m benchmarks.observability``: what it costs to be observed; the last line is JSON.

Goals: metrics and logging at most 5 % of the CPU an event, tracing at 10 % sampling at most 10 %
more, one collection of 100 groups of 200 partitions at most 2 s and 100 MB, a scrape 200 ms.
``scrape_ms`` is the 95th percentile beside a worker that takes every core; median and maximum stand
next to it.
"""

import argparse
import asyncio
import os
import platform
import sys
from typing import Any

import orjson
import uvloop

from benchmarks.observability.lag_collection import measure_lag_exporter
from benchmarks.observability.worker_cost import (
    MEASURED,
    TRACED,
    UNWATCHED,
    Measured,
    measure_workers,
)
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.observe.logs import configure_logs
from tests.support.otlp_receiver import collector_process

LIMITS = {
    "metrics_cpu_share": 0.05,
    "tracing_cpu_share": 0.10,
    "collection_s": 2.0,
    "collector_rss_mb": 100.0,
    "scrape_ms": 200.0,
}


async def measure(*, events: int, rounds: int, groups: int, partitions: int) -> dict[str, Any]:
    """Measure all of it; returns what the JSON line holds."""
    with collector_process() as collector:
        async with EmbeddedKafka.start() as kafka:
            servers = kafka.bootstrap_servers
            worker = await measure_workers(
                servers, collector, events=events, rounds=rounds, with_graph=True
            )
            _tell("worker with its graph", worker)
            engine = await measure_workers(
                servers, collector, events=events * 5, rounds=rounds, with_graph=False
            )
            _tell("engine alone", engine)
    lag = await measure_lag_exporter(groups, partitions, records=300)
    return {
        "metrics_cpu_share": round(worker.share(MEASURED, UNWATCHED), 4),
        "tracing_cpu_share": round(worker.share(TRACED, MEASURED), 4),
        "scrape_ms": round(worker.scrape_ms(0.95), 1),
        "scrape_median_ms": round(worker.scrape_ms(0.5), 1),
        "scrape_max_ms": round(max(worker.scrapes_ms), 1),
        "cpu_ms_per_event": round(worker.median_ms(UNWATCHED), 3),
        "engine_cpu_ms_per_event": round(engine.median_ms(UNWATCHED), 4),
        "engine_metrics_cpu_ms": round(engine.median_ms(MEASURED) - engine.median_ms(UNWATCHED), 4),
        "engine_tracing_cpu_ms": round(engine.median_ms(TRACED) - engine.median_ms(MEASURED), 4),
        **lag,
        "limits": LIMITS,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
    }


def _tell(name: str, measured: Measured) -> None:
    for variant, figures in measured.cpu_ms.items():
        told = ", ".join(f"{figure:.3f}" for figure in figures)
        print(f"{name}, {variant}: {told} ms CPU an event", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.observability", description=__doc__)
    parser.add_argument("--events", type=int, default=1_500)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--groups", type=int, default=100)
    parser.add_argument("--partitions", type=int, default=200)
    given = parser.parse_args()
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device
        sys.stderr = nowhere
        configure_logs("info", "json")
        sys.stderr = sys.__stderr__
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            result = runner.run(
                measure(
                    events=given.events,
                    rounds=given.rounds,
                    groups=given.groups,
                    partitions=given.partitions,
                )
            )
    print(orjson.dumps(result).decode())
    if over := [name for name, limit in LIMITS.items() if result[name] > limit]:
        sys.exit(f"over the limit: {', '.join(over)}")
