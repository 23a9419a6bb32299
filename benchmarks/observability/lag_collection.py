"""The lag exporter on 100 groups of 200 partitions each, all of them behind.

The exporter runs as its users run it, in a process of its own beside a real broker. Each group is
at offsets of its own, in the middle of the producer's batches, so that every first record has to be
found: in the first round (cold), and again after every group has moved on (moved). Rounds are done
until the window of the status is full, so that every series is there. collection_s is the longest
round of all, the memory is the process's peak.
"""

import asyncio
import os
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.process import memory_mb, peak_memory_mb
from stream_service.devkit.kafka import EmbeddedKafka
from tests.support.waiting import until
from tests.support.worker_process import COMMAND, environment

TOPIC = "feedback.events"
INTERVAL_S = 2
STEADY_ROUNDS = 10
SCRAPES = 10
VALUE_BYTES = 500


async def publish(servers: str, partitions: int, records: int) -> None:
    producer: Any = AIOKafkaProducer(bootstrap_servers=servers, linger_ms=20)
    await producer.start()
    try:
        value = os.urandom(VALUE_BYTES)
        for partition in range(partitions):
            sent = [await producer.send(TOPIC, value, partition=partition) for _ in range(records)]
            await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def commit(servers: str, groups: int, partitions: int, ahead: int) -> None:
    for group in range(groups):
        places = [TopicPartition(TOPIC, number) for number in range(partitions)]
        consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=servers, group_id=f"group-{group:03}", enable_auto_commit=False
        )
        consumer.assign(places)
        await consumer.start()
        try:
            await consumer.commit(dict.fromkeys(places, group + ahead))
        finally:
            await consumer.stop()


def rounds(log: Path) -> list[dict[str, Any]]:
    lines = [orjson.loads(line) for line in log.read_bytes().splitlines() if line.startswith(b"{")]
    return [line for line in lines if line["event"] == "lag_collected"]


def port_in(log: Path) -> int:
    lines = map(orjson.loads, log.read_bytes().splitlines())
    return next(line["port"] for line in lines if "port" in line)


async def round_number(log: Path, number: int) -> dict[str, Any]:
    await until(lambda: len(rounds(log)) >= number, f"round {number}", timeout_s=120)
    return rounds(log)[number - 1]


def scrape(port: int, *, packed: bool) -> tuple[float, int]:
    """Milliseconds and bytes of one scrape, as Prometheus asks (packed) or a browser does not."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics")
    if packed:
        request.add_header("Accept-Encoding", "gzip")
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own address
        body = answer.read()
    return (time.perf_counter() - began) * 1000, len(body)


async def measure_lag_exporter(groups: int, partitions: int, records: int) -> dict[str, Any]:
    """Measure it, beside a broker of its own."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        async with EmbeddedKafka.start() as kafka:
            servers = kafka.bootstrap_servers
            await kafka.create_topics({TOPIC: partitions})
            await publish(servers, partitions, records)
            await commit(servers, groups, partitions, ahead=1)
            exporter = start(servers, log)
            try:
                measured = await measure(exporter.pid, servers, log, groups, partitions)
            finally:
                exporter.terminate()
                exporter.wait(10)
    return measured


def start(servers: str, log: Path) -> "subprocess.Popen[bytes]":
    settings = [f"lag.interval_s={INTERVAL_S}", "log.format=json", "lag.port=0", "log.level=debug"]
    given = [word for setting in settings for word in ("--set", setting)]
    with log.open("wb") as output:
        return subprocess.Popen(
            [*COMMAND, "-b", servers, *given, "lag-exporter"], stderr=output, env=environment()
        )


async def measure(
    pid: int, servers: str, log: Path, groups: int, partitions: int
) -> dict[str, Any]:
    cold = await round_number(log, 1)
    assert cold["partitions"] == groups * partitions, cold
    steady = [await round_number(log, number) for number in range(2, 2 + STEADY_ROUNDS)]
    await commit(servers, groups, partitions, ahead=7)
    done = len(rounds(log))
    moved = await round_number(log, done + 2)
    port = port_in(log)
    packed = [scrape(port, packed=True) for _ in range(SCRAPES)]
    plain = [scrape(port, packed=False) for _ in range(SCRAPES)]
    text = await asyncio.to_thread(page, port)
    ages = text.count("\nfeedback_consumer_lag_seconds{")
    assert ages == groups * partitions, f"{ages} ages"
    statuses = text.count('status="stall"')
    assert statuses == groups * partitions, f"{statuses} statuses"
    return {
        "groups": groups,
        "partitions": partitions,
        "cold_s": cold["collection_s"],
        "steady_s": max(one["collection_s"] for one in steady),
        "moved_s": max(one["collection_s"] for one in rounds(log)[done : done + 2]),
        "page_s": max(one["page_s"] for one in [cold, *steady, moved]),
        "page_mb": round(len(text) / 1e6, 1),
        "collection_s": max(one["collection_s"] for one in rounds(log)),
        "collector_rss_mb": round(peak_memory_mb(pid), 1),
        "rss_now_mb": round(memory_mb(pid), 1),
        "lag_scrape_ms": round(max(ms for ms, _ in packed), 1),
        "lag_scrape_unpacked_ms": round(max(ms for ms, _ in plain), 1),
        "packed_mb": round(packed[0][1] / 1e6, 2),
    }


def page(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        return answer.read().decode()
