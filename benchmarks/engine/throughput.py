"""How fast a backlog is worked off, and what it costs."""

import time
from dataclasses import dataclass
from uuid import uuid4

from benchmarks.engine.contender import Contender
from benchmarks.engine.work import Work, input_event, transform
from stream_service.contracts.record import InputRecord
from stream_service.contracts.topics import Topics
from tests.support.cluster import Cluster
from tests.support.waiting import until

_TIMEOUT_S = 600.0

_STEADY_FROM, _STEADY_TO = 0.2, 0.8
"""Shares of the records between which the rate is a steady one: neither filling nor emptying."""


@dataclass(frozen=True, slots=True)
class Throughput:
    """One contender's way through one backlog."""

    seconds: float
    """From the contender's start, group joined, to the last confirmed output."""
    records_per_s: float
    steady_records_per_s: float
    """The rate of the middle of the run."""
    cpu_ms_per_record: float
    """This process's, in the same time."""


async def work_off(
    contender: Contender,
    bootstrap_servers: str,
    work: Work,
    *,
    records: int,
    keys: int,
    partitions: int = 1,
    in_flight: int,
) -> Throughput:
    """Publish a backlog to topics of its own, then let ``contender`` work it off."""
    cluster = Cluster(bootstrap_servers, Topics(f"b{uuid4().hex[:12]}."))
    await cluster.create_topics(partitions=partitions)
    await cluster.publish([input_event(cluster.topics, n, keys) for n in range(records)])
    done = 0
    times: list[float] = []

    def published(count: int) -> None:
        nonlocal done
        done += count
        times.extend([time.perf_counter()] * count)

    async with contender(cluster, work.of(records), in_flight, published):
        began, cpu_before = time.perf_counter(), time.process_time()
        await until(lambda: done >= records, "all outputs", timeout_s=_TIMEOUT_S)
        cpu_s = time.process_time() - cpu_before
    seconds = times[records - 1] - began
    first, last = round(records * _STEADY_FROM), round(records * _STEADY_TO)
    return Throughput(
        seconds=seconds,
        records_per_s=records / seconds,
        steady_records_per_s=(last - first) / (times[last] - times[first]),
        cpu_ms_per_record=cpu_s * 1000 / records,
    )


async def handling_ms_per_record(records: int = 2_000) -> float:
    """CPU of what is no transport: decoding an event, a verdict on it, encoding that."""
    topics = Topics("")
    inputs: list[InputRecord] = []
    for number in range(records):
        output = input_event(topics, number, records)
        inputs.append(
            InputRecord(
                topic=output.topic,
                partition=0,
                offset=number,
                timestamp_ms=round(time.time() * 1000),
                key=output.key,
                value=output.value,
                headers=output.headers,
            )
        )
    work = Work().of(records)
    before = time.process_time()
    for record in inputs:
        await transform(topics, work, record)
    return (time.process_time() - before) * 1000 / records
