"""One contender on topics of its own: its workers, the feed, and a reader of the outputs."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from benchmarks.peers.catalogue import Contender
from benchmarks.peers.feed import Feed, number_of
from benchmarks.peers.fleet import Fleet
from benchmarks.peers.job import Job, WorkerTask
from benchmarks.peers.ledger import Ledger
from benchmarks.peers.running import running_beside
from stream_service.contracts.topics import Topics
from stream_service.devkit.llm_simulator import SimulatorProcess
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.topic_administration import TopicAdministration

PARTITIONS = 8
KEYS = 50
"""Several times as many as events in flight: customers seldom wait for themselves, yet some do."""

IN_FLIGHT = 16
SESSION_TIMEOUT_S = 6.0
"""The least that a broker allows, for all alike: they differ in their defaults (10 to 45 s), and
what a crash costs beyond it is what counts."""

SLOW_S = 2.0
"""How long the slow customer's slow events take beside their call of the model."""

LOOK_INTERVAL_S = 0.02
COMMITTED_INTERVAL_S = 0.5
COORDINATOR_TIMEOUT_S = 30.0
"""A young broker has no coordinator before a first group has made its topic."""

SETTLE_TIMEOUT_S = 30.0
QUIET_S = 3.0
"""Without an output for so long, and with all committed, nothing more will come."""


MOST_REVIEWS = 0.05
"""The share of outputs whose order is not looked at."""


class OrderUnseen(Exception):
    """Too few outputs are replies for order by key to be judged."""


@dataclass(slots=True)
class Stage:
    """All of it."""

    contender: Contender
    simulator: SimulatorProcess
    fleet: Fleet
    feed: Feed
    ledger: Ledger
    group_id: str
    topics: Topics
    _admin: Any
    last_output_at: float = 0.0
    outputs: int = 0
    replies: int = 0

    async def finished(self, numbers: range, timeout_s: float) -> bool:
        """Wait until all have an output, or none will come any more; False after ``timeout_s``."""
        deadline = time.perf_counter() + timeout_s
        looked = 0.0
        while self.ledger.missing(numbers):
            now = time.perf_counter()
            if now > deadline:
                return False
            if now - max(self.last_output_at, looked) > QUIET_S:
                looked = now
                missing = self.ledger.missing(numbers)
                if len(self.ledger.lost(missing, await self.committed())) == len(missing):
                    return True
            await asyncio.sleep(LOOK_INTERVAL_S)
        return True

    async def lost(self, numbers: Iterable[int]) -> frozenset[int]:
        """Those that are committed and have no output, none being on its way any more.

        Who commits before the work has such for a while without losing them.
        """
        began = time.perf_counter()
        while lost := self.ledger.lost(numbers, await self.committed()):
            now = time.perf_counter()
            if now - max(self.last_output_at, began) > QUIET_S or now - began > SETTLE_TIMEOUT_S:
                break
            await asyncio.sleep(COMMITTED_INTERVAL_S)
        return frozenset(lost)

    async def committed(self) -> Mapping[int, int]:
        """The group's committed offset of each partition that has one."""
        places = [TopicPartition(self.topics.events, number) for number in range(PARTITIONS)]
        async with asyncio.timeout(COORDINATOR_TIMEOUT_S):
            while True:
                try:
                    answer = await self._admin.list_consumer_group_offsets(
                        self.group_id, partitions=places
                    )
                    break
                except GroupCoordinatorNotAvailableError:
                    await asyncio.sleep(COMMITTED_INTERVAL_S)
        return {place.partition: one.offset for place, one in answer.items() if one.offset >= 0}

    def require_replies(self) -> None:
        """Raises OrderUnseen."""
        if self.replies < self.outputs * (1 - MOST_REVIEWS):
            raise OrderUnseen(f"only {self.replies} of {self.outputs} outputs are replies")

    def outputs_among(self, numbers: Iterable[int]) -> int:
        """How many of them have an output."""
        return sum(number in self.ledger.first_at for number in numbers)


@asynccontextmanager
async def stage_of(
    contender: Contender,
    servers: str,
    simulator: SimulatorProcess,
    log: Path,
    *,
    waits_s: float | None = None,
) -> AsyncGenerator[Stage]:
    """Set it up, workers started, for the block; with ``waits_s`` each event waits so long and is
    not judged."""
    topics = Topics(f"p{uuid4().hex[:12]}.")
    async with TopicAdministration(KafkaConnection(bootstrap_servers=servers)) as administration:
        await administration.create(topics, partitions=PARTITIONS)
    group_id = f"{topics.prefix}workers"
    task = WorkerTask(
        contender=contender.name,
        model_url=simulator.base_url,
        slow_s=SLOW_S,
        waits_s=waits_s,
        job=Job(
            bootstrap_servers=servers,
            topic_prefix=topics.prefix,
            group_id=group_id,
            in_flight=IN_FLIGHT,
            partitions=PARTITIONS,
            session_timeout_s=SESSION_TIMEOUT_S,
        ),
    )
    ledger = Ledger()
    producer: Any = AIOKafkaProducer(
        bootstrap_servers=servers, acks="all", enable_idempotence=True, linger_ms=2
    )
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=servers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=50,
    )
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=servers)
    await producer.start()
    await consumer.start()
    await admin.start()
    consumer.assign(
        [
            TopicPartition(topic, number)
            for topic in (topics.replies, topics.reviews)
            for number in range(PARTITIONS)
        ]
    )
    try:
        async with Fleet(contender, task, log) as fleet:
            feed = Feed(producer, topics, ledger, keys=KEYS)
            stage = Stage(contender, simulator, fleet, feed, ledger, group_id, topics, admin)
            async with running_beside(_read(consumer, stage)):
                yield stage
    finally:
        await admin.close()
        await consumer.stop()
        await producer.stop()


async def _read(consumer: Any, stage: Stage) -> None:
    while True:
        fetched = await consumer.getmany(timeout_ms=500)
        now = time.perf_counter()
        for place, records in fetched.items():
            for record in records:
                event_id = orjson.loads(record.value)["event_id"]
                is_reply = place.topic == stage.topics.replies
                stage.outputs += 1
                stage.replies += is_reply
                stage.ledger.add_output(number_of(event_id), now, by_key=is_reply)
        if fetched:
            stage.last_output_at = now
