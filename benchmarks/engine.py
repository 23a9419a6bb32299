"""The streaming engine beside a plain consume-transform-produce loop, on the same broker.

The peer reads a batch, awaits its work side by side, and publishes outputs and offsets in one
transaction, the way aiokafka's documentation shows. Both publish the same bytes. CPU is this
process's alone; the broker has its own. The last line is JSON.
"""

import argparse
import asyncio
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from stream_service.contracts.events import decode_event, event_record
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.publish import verdict_record
from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.streaming.client_records import input_record
from stream_service.streaming.limits import StreamLimits
from tests.support.cluster import Cluster
from tests.support.engine import running
from tests.support.judges import EchoJudge, verdict_on
from tests.support.waiting import until

CONCURRENCY = 100


@dataclass(frozen=True)
class Work:
    """How long an event is worked on: nothing, or evenly up to ``most_s``, by its number."""

    most_s: float

    async def __call__(self, event: FeedbackEvent) -> None:
        if self.most_s:
            await asyncio.sleep(random.Random(event.event_id).uniform(0, self.most_s))


@dataclass(frozen=True)
class Measured:
    records_per_s: float
    cpu_ms_per_record: float


async def ours(cluster: Cluster, work: Work, records: int) -> Measured:
    limits = StreamLimits(in_flight=CONCURRENCY, window_events=4_000)
    before = time.process_time()
    async with running(cluster, EchoJudge(work), limits=limits) as recorder:
        began = time.perf_counter()
        await until(lambda: len(recorder.outcomes) >= records, "all outcomes", timeout_s=600)
        seconds = time.perf_counter() - began
    return Measured(records / seconds, (time.process_time() - before) * 1000 / records)


async def plain_loop(cluster: Cluster, work: Work, records: int) -> Measured:
    topics, group = cluster.topics, f"{cluster.topics.prefix}plain"
    consumer: Any = AIOKafkaConsumer(
        topics.events,
        bootstrap_servers=cluster.bootstrap_servers,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    producer: Any = AIOKafkaProducer(
        bootstrap_servers=cluster.bootstrap_servers, transactional_id=f"{group}.0"
    )
    before = time.process_time()
    await consumer.start()
    await producer.start()
    began = time.perf_counter()
    done = 0
    try:
        while done < records:
            fetched = await consumer.getmany(timeout_ms=1000, max_records=CONCURRENCY)
            for place, batch in fetched.items():
                outputs = await asyncio.gather(*(_transform(topics, work, one) for one in batch))
                async with producer.transaction():
                    sent = [
                        await producer.send(
                            output.topic, output.value, output.key, headers=list(output.headers)
                        )
                        for output in outputs
                    ]
                    await asyncio.gather(*sent)
                    offsets = {TopicPartition(place.topic, place.partition): batch[-1].offset + 1}
                    await producer.send_offsets_to_transaction(offsets, group)
                done += len(batch)
        seconds = time.perf_counter() - began
    finally:
        await producer.stop()
        await consumer.stop()
    return Measured(records / seconds, (time.process_time() - before) * 1000 / records)


async def _transform(topics: Topics, work: Work, record: Any) -> Any:
    received = input_record(record)
    event = decode_event(received)
    await work(event)
    source = Source(topic=record.topic, partition=record.partition, offset=record.offset)
    return verdict_record(topics, verdict_on(event, source, received.received_at), None)


async def main(records: int) -> None:
    results: dict[str, dict[str, float]] = {}
    async with EmbeddedKafka.start() as kafka:
        for keys in (1, 100, 10_000):
            for name, most_s in (("0ms", 0.0), ("0-5ms", 0.005)):
                for label, measure in (("ours", ours), ("plain_loop", plain_loop)):
                    prefix = f"{label}.{keys}.{name}."
                    cluster = Cluster(kafka.bootstrap_servers, Topics(prefix))
                    await cluster.create_topics()
                    await cluster.publish(_events(cluster, records, keys))
                    measured = await measure(cluster, Work(most_s), records)
                    results[f"{label} {keys} keys {name}"] = {
                        "records_per_s": round(measured.records_per_s),
                        "cpu_ms_per_record": round(measured.cpu_ms_per_record, 3),
                    }
                    print(
                        f"{label:<11} {keys:>6} keys {name:>6}: "
                        f"{measured.records_per_s:>7.0f} records/s, "
                        f"{measured.cpu_ms_per_record:.3f} ms CPU a record",
                        flush=True,
                    )
    print(orjson.dumps({"records": records, "results": results}).decode())


def _events(cluster: Cluster, records: int, keys: int) -> list[Any]:
    now = datetime.now(UTC)
    return [
        event_record(
            cluster.topics.events,
            FeedbackEvent(event_id=f"e{n}", customer_id=f"c{n % keys}", text=f"text {n}"),
            now,
        )
        for n in range(records)
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000)
    asyncio.run(main(parser.parse_args().records))
