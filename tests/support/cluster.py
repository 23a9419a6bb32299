"""Talking to the broker the way a user's own programs would."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.structs import OffsetAndMetadata

from stream_service.contracts.record import Headers, InputRecord, OutputRecord
from stream_service.contracts.topics import Topics
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.records import input_record
from stream_service.streaming.topic_administration import TopicAdministration, TopicRefused
from tests.support.clients import client_started
from tests.support.waiting import until


@dataclass(frozen=True)
class Cluster:
    """A cluster, and one test's own topics on it."""

    bootstrap_servers: str
    topics: Topics

    @property
    def connection(self) -> KafkaConnection:
        return KafkaConnection(bootstrap_servers=self.bootstrap_servers)

    async def create_topics(self, partitions: int = 1) -> None:
        async with TopicAdministration(self.connection) as administration:
            await administration.create(self.topics, partitions=partitions)

    async def publish(
        self, records: Sequence[OutputRecord], *, compression: str | None = None
    ) -> list[tuple[int, int]]:
        """Publish and return the (partition, offset) of each."""
        producer: Any = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap_servers,
            acks="all",
            max_request_size=8 * 1024 * 1024,
            compression_type=compression,
        )
        async with client_started(producer):
            deliveries = [
                await producer.send(
                    record.topic,
                    value=record.value,
                    key=record.key,
                    partition=record.partition,
                    headers=list(record.headers),
                )
                for record in records
            ]
            done = [await asyncio.wait_for(delivery, 30) for delivery in deliveries]
        return [(metadata.partition, metadata.offset) for metadata in done]

    async def publish_values(
        self,
        *values: bytes | None,
        key: bytes | None = b"k",
        headers: Headers = (),
        topic: str | None = None,
    ) -> list[tuple[int, int]]:
        return await self.publish(
            [
                OutputRecord(
                    topic=topic or self.topics.events, key=key, value=value, headers=headers
                )
                for value in values
            ]
        )

    async def read_committed(self, *topics: str) -> list[InputRecord]:
        """All committed records of ``topics``, up to the present ends of their logs.

        A commit is confirmed before its markers are written, so that the last stable offset may
        still lie before records that are committed: the logs' ends are asked for instead.
        """
        consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap_servers,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        async with client_started(consumer):
            places = [
                TopicPartition(topic, number)
                for topic in topics
                for number in await self._partitions(consumer, topic)
            ]
            consumer.assign(places)
            ends = await self._log_ends(places)
            records: list[InputRecord] = []
            async with asyncio.timeout(60):
                while any([await consumer.position(place) < ends[place] for place in places]):
                    for fetched in (await consumer.getmany(timeout_ms=200)).values():
                        records += [input_record(record) for record in fetched]
            return records

    async def _log_ends(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap_servers, enable_auto_commit=False
        )
        async with client_started(consumer):
            return await consumer.end_offsets(places)

    async def committed_offset(self, group_id: str, partition: int = 0) -> tuple[int, str]:
        """The events topic's committed offset and metadata; (-1, "") before a first commit."""
        place = TopicPartition(self.topics.events, partition)
        admin: Any = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap_servers)
        async with client_started(admin):
            answer = await admin.list_consumer_group_offsets(group_id, partitions=[place])
        return answer[place].offset, answer[place].metadata

    async def commit_offset(
        self,
        group_id: str,
        offset: int,
        metadata: str,
        partition: int = 0,
        *,
        topic: str | None = None,
    ) -> None:
        """Commit as any other client may do."""
        place = TopicPartition(topic or self.topics.events, partition)
        consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap_servers, group_id=group_id, enable_auto_commit=False
        )
        consumer.assign([place])
        async with client_started(consumer):
            await consumer.commit({place: OffsetAndMetadata(offset, metadata)})

    async def delete_records_below(self, offset: int) -> None:
        """Move the start of the events topic's log, as retention does."""
        async with self._admin() as admin:
            place = TopicPartition(self.topics.events, 0)
            await admin.delete_records({place: RecordsToDelete(before_offset=offset)})

    async def recreate_events(self) -> None:
        """Delete the events topic and create it anew."""
        async with self._admin() as admin:
            await admin.delete_topics([self.topics.events])
        await until(self._events_can_be_created, "the topic's deletion")

    async def _events_can_be_created(self) -> bool:
        try:
            await self.create_topics()
        except TopicRefused:
            return False
        return True

    async def add_partitions(self, count: int, *, topic: str | None = None) -> None:
        """Give the topic, or that of events, ``count`` partitions in all."""
        async with self._admin() as admin:
            grown = {topic or self.topics.events: NewPartitions(total_count=count)}
            await admin.create_partitions(grown)

    @asynccontextmanager
    async def _admin(self) -> AsyncGenerator[Any]:
        admin: Any = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap_servers)
        async with client_started(admin):
            yield admin

    async def set_topic_config(self, topic: str, configs: Mapping[str, str]) -> None:
        """Give ``topic`` these settings and no others."""
        async with self._admin() as admin:
            resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs=dict(configs))
            await admin.alter_configs([resource])

    async def compact_events(self, last: OutputRecord) -> None:
        """Wait until the broker has compacted the events topic; ``last`` closes its segment.

        What is compacted is a segment that is written no more: ``last`` begins the next one.
        """
        before = len(await self.read_committed(self.topics.events))
        compaction = {
            "cleanup.policy": "compact",
            "min.cleanable.dirty.ratio": "0",
            "segment.ms": "1",
        }
        await self.set_topic_config(self.topics.events, compaction)
        await self.publish([last])

        async def compacted() -> bool:
            return len(await self.read_committed(self.topics.events)) <= before

        await until(compacted, "compaction", timeout_s=60)

    async def has_no_open_transaction(self) -> bool:
        """Whether the replies topic is stable to its end: no transaction is open there."""
        place = TopicPartition(self.topics.replies, 0)
        consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap_servers, isolation_level="read_committed"
        )
        async with client_started(consumer):
            stable = (await consumer.end_offsets([place]))[place]
        return stable == (await self._log_ends([place]))[place]

    async def publish_in_transaction(
        self, records: Sequence[OutputRecord], *, abort: bool = False
    ) -> None:
        """Publish as a transactional producer does: a marker follows the records."""
        producer: Any = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap_servers, transactional_id=f"{self.topics.prefix}tests"
        )
        async with client_started(producer):
            await producer.begin_transaction()
            for record in records:
                await producer.send_and_wait(record.topic, value=record.value, key=record.key)
            await (producer.abort_transaction() if abort else producer.commit_transaction())

    @asynccontextmanager
    async def open_transaction(self, records: Sequence[OutputRecord]) -> AsyncGenerator[Any]:
        """A transactional producer that has published ``records`` and not committed them yet."""
        producer: Any = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap_servers, transactional_id=f"{self.topics.prefix}open"
        )
        async with client_started(producer):
            await producer.begin_transaction()
            for record in records:
                await producer.send_and_wait(record.topic, value=record.value, key=record.key)
            yield producer

    async def _partitions(self, consumer: Any, topic: str) -> set[int]:
        await consumer._client._wait_on_metadata(topic)
        return consumer.partitions_for_topic(topic)
