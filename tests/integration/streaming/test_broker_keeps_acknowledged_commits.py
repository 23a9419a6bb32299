"""Whether a single broker that is killed hard keeps the transactions whose commit it acknowledged.

Some versions of Kafka do not: after the restart a transaction's markers are never written, so its
outputs stay invisible to read_committed readers, or its offsets are never committed. No client can
mend that, so this experiment decides about an upgrade of the embedded broker:

    STREAM_TEST_KAFKA_VERSION=4.3.1 STREAM_TEST_KILL_ROUNDS=10 pytest <this file>
"""

import asyncio
import os
import random
import signal
import struct
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from stream_service.devkit.kafka import KAFKA_VERSION, EmbeddedKafka
from tests.support.clients import client_started

VERSION = os.environ.get("STREAM_TEST_KAFKA_VERSION", KAFKA_VERSION)
# Measured with 4.3.1: it forgot in 4 of 5 rounds, on a machine with seven times its load in 2 of 4.
# For a decision run ten.
ROUNDS = int(os.environ.get("STREAM_TEST_KILL_ROUNDS", "2"))
SEED = int(os.environ.get("STREAM_TEST_SEED", "24"))

OUTPUTS = "outputs"
INPUTS = "inputs"
GROUP = "survivors"

# Kafka's own, not ours: until its old session runs out, a broker that is back takes itself for the
# leader that it was. In that time such a version completes the pending transaction without writing
# its markers. With our short session there is too little of that time to count on.
SETTINGS = {"broker.session.timeout.ms": "9000", "broker.heartbeat.interval.ms": "2000"}

# Where a record batch keeps its length (of what follows) and its attributes, and the bit that tells
# a marker from records.
BATCH_LENGTH_AT = 8
BATCH_ATTRIBUTES_AT = 21
BATCH_IS_CONTROL = 0x20

# On a busy machine the kill comes too late many times; such a round tells nothing and is repeated.
ATTEMPTS = 5 * ROUNDS

# Markers are written in the first second after a restart, or never.
SETTLED_S = 10.0
CLIENT_S = 45.0


@dataclass(frozen=True)
class Round:
    """One transaction, the first and last of a new broker, and what its commit promises."""

    partitions: int
    records: int

    @property
    def promised_outputs(self) -> dict[int, list[bytes]]:
        values = [b"%d" % record for record in range(self.records)]
        return dict.fromkeys(range(self.partitions), values)

    @property
    def promised_offsets(self) -> dict[int, int]:
        return dict.fromkeys(range(self.partitions), self.records)


@asynccontextmanager
async def transactional_producer(servers: str) -> AsyncGenerator[Any]:
    producer: Any = AIOKafkaProducer(
        bootstrap_servers=servers, transactional_id="worker", request_timeout_ms=5000
    )
    try:
        async with asyncio.timeout(CLIENT_S):
            await producer.start()
        yield producer
    finally:
        # Its broker is dead: whatever it says about that is of no interest.
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(1):
                await producer.stop()


async def commit(producer: Any, this: Round) -> None:
    await producer.begin_transaction()
    deliveries = [
        await producer.send(OUTPUTS, value, partition=partition)
        for partition, values in this.promised_outputs.items()
        for value in values
    ]
    await asyncio.gather(*deliveries)
    offsets = {
        TopicPartition(INPUTS, partition): offset
        for partition, offset in this.promised_offsets.items()
    }
    await producer.send_offsets_to_transaction(offsets, GROUP)
    await producer.commit_transaction()


async def commit_and_kill(kafka: EmbeddedKafka, this: Round) -> None:
    [pid] = kafka.pids
    assert pid is not None
    await kafka.create_topics({INPUTS: this.partitions, OUTPUTS: this.partitions})
    async with transactional_producer(kafka.bootstrap_servers) as producer:
        async with asyncio.timeout(CLIENT_S):
            await commit(producer, this)
        # At this very moment: a millisecond later the markers are written, and nothing is at risk.
        os.kill(pid, signal.SIGKILL)
        await kafka.kill()


def is_marked(kafka: EmbeddedKafka, this: Round) -> bool:
    """Whether the markers of all outputs stand in the dead broker's log: nothing is at risk."""
    data = kafka.data_dir / "node-0" / "data"
    return all(
        has_control_batch((data / f"{OUTPUTS}-{partition}" / f"{0:020}.log").read_bytes())
        for partition in range(this.partitions)
    )


def has_control_batch(log: bytes) -> bool:
    """Look for a transaction marker among a log segment's record batches (format 2)."""
    position = 0
    while position + BATCH_ATTRIBUTES_AT + 2 <= len(log):
        (length,) = struct.unpack_from(">i", log, position + BATCH_LENGTH_AT)
        (attributes,) = struct.unpack_from(">h", log, position + BATCH_ATTRIBUTES_AT)
        if attributes & BATCH_IS_CONTROL:
            return True
        position += BATCH_LENGTH_AT + 4 + length
    return False


async def visible_outputs(servers: str, this: Round) -> dict[int, list[bytes]]:
    """Read what a read_committed reader sees, until it is what was promised or time is up."""
    seen: dict[int, list[bytes]] = {partition: [] for partition in range(this.partitions)}
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=servers, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    consumer.assign([TopicPartition(OUTPUTS, partition) for partition in range(this.partitions)])
    deadline = time.monotonic() + SETTLED_S
    async with asyncio.timeout(CLIENT_S):
        async with client_started(consumer):
            while seen != this.promised_outputs and time.monotonic() < deadline:
                batches = cast("dict[Any, list[Any]]", await consumer.getmany(timeout_ms=100))
                for partition, batch in batches.items():
                    seen[partition.partition] += [record.value for record in batch]
    return seen


async def committed_offsets(servers: str, this: Round) -> dict[int, int]:
    """Ask for the group's offsets, until they are what was promised or time is up."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    deadline = time.monotonic() + SETTLED_S
    committed: dict[int, int] = {}
    async with asyncio.timeout(CLIENT_S):
        async with client_started(admin):
            while True:
                # The group's coordinator is still loading for a moment after the restart.
                with suppress(KafkaError):
                    answer = await admin.list_consumer_group_offsets(GROUP)
                    stored = cast("dict[Any, Any]", answer)
                    committed = {key.partition: value.offset for key, value in stored.items()}
                if committed == this.promised_offsets or time.monotonic() >= deadline:
                    return committed
                await asyncio.sleep(0.05)


@pytest.mark.timeout(60 + 120 * ROUNDS)
async def test_what_was_acknowledged_survives_a_kill() -> None:
    chance = random.Random(SEED)
    forgotten: dict[int, list[str]] = {}
    rounds = 0
    for _ in range(ATTEMPTS):
        this = Round(partitions=chance.randint(1, 3), records=chance.randint(1, 5))
        async with EmbeddedKafka.start(version=VERSION, settings=SETTINGS) as kafka:
            await commit_and_kill(kafka, this)
            if await asyncio.to_thread(is_marked, kafka, this):
                continue
            await kafka.restart()
            lost: list[str] = []
            if await visible_outputs(kafka.bootstrap_servers, this) != this.promised_outputs:
                lost.append("outputs")
            if await committed_offsets(kafka.bootstrap_servers, this) != this.promised_offsets:
                lost.append("offsets")
            if lost:
                forgotten[rounds] = lost
            rounds += 1
        if rounds == ROUNDS:
            break
    assert not forgotten, f"Kafka {VERSION} forgot in {len(forgotten)} of {rounds}: {forgotten}"
    if not rounds:
        pytest.skip("this machine is too busy: no kill came before the markers were written")
