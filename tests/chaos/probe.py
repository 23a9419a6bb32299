"""Looks at the topics and the group of a run from outside."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from stream_service.contracts.codec import decode
from stream_service.contracts.dead_letter import read_dead_letter
from stream_service.contracts.record import InputRecord
from stream_service.contracts.reply import Reply
from tests.chaos.checker import Committed, Input, Output, Place
from tests.chaos.workload import Workload, number_of
from tests.support.clients import client_started
from tests.support.cluster import Cluster

_ANSWER_S = 20.0
_TURN_S = 0.25

Progress = Mapping[int, Committed]


class Probe:
    """Asks a cluster that may have been shaken a moment ago."""

    def __init__(
        self, cluster: Cluster, group_id: str, partitions: int, topic: str | None = None
    ) -> None:
        """``topic`` is the one whose commits are looked at; None: the events."""
        self._cluster = cluster
        self._group_id = group_id
        self._places = [
            TopicPartition(topic or cluster.topics.events, number) for number in range(partitions)
        ]

    async def wait_until_done(self, timeout_s: float, stalled_s: float) -> tuple[Progress, bool]:
        """Wait until everything is committed; returns the last progress seen and whether it is.

        Gives up after ``timeout_s``, and when an unfinished partition has not moved for
        ``stalled_s``.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout_s
        progress: Progress = {}
        moved_at = {place.partition: clock() for place in self._places}
        while min(moved_at.values()) + stalled_s > clock() and clock() < deadline:
            with suppress(KafkaError, TimeoutError):
                seen = await self._progress()
                if all(state.is_done for state in seen.values()):
                    return seen, True
                for partition, state in seen.items():
                    if state.is_done or state != progress.get(partition):
                        moved_at[partition] = clock()
                progress = seen
            await asyncio.sleep(_TURN_S)
        return progress, False

    async def coordinator(self, name: str, *, of_transaction: bool) -> int:
        """The number of the broker that coordinates a group or a transactional id."""
        admin: Any = AIOKafkaAdminClient(bootstrap_servers=self._cluster.bootstrap_servers)
        async with asyncio.timeout(_ANSWER_S), client_started(admin):
            return int(await admin.find_coordinator(name, int(of_transaction)))

    async def inputs(self, workload: Workload) -> Sequence[Input]:
        """Every event that arrived."""
        return [
            _input(record, workload)
            for record in await self._cluster.read_committed(self._cluster.topics.events)
        ]

    async def outputs(self) -> Sequence[Output]:
        """Every committed output."""
        topics = self._cluster.topics
        replies = await self._cluster.read_committed(topics.replies)
        dead_letters = await self._cluster.read_committed(topics.dead_letters)
        reviews = await self._cluster.read_committed(topics.reviews)
        return [
            *map(_reply, replies),
            *map(_dead_letter, dead_letters),
            *(Output(Place(-1, -1), False, _place(record)) for record in reviews),
        ]

    async def _progress(self) -> Progress:
        servers = self._cluster.bootstrap_servers
        admin: Any = AIOKafkaAdminClient(bootstrap_servers=servers)
        async with asyncio.timeout(_ANSWER_S):
            async with client_started(admin):
                committed = cast(
                    dict[TopicPartition, Any],
                    await admin.list_consumer_group_offsets(
                        self._group_id, partitions=self._places
                    ),
                )
                if len(committed) < len(self._places):
                    raise KafkaError("the coordinator is not ready")
            # Not before: one that is never started complains when it goes.
            consumer: Any = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
            async with client_started(consumer):
                ends = cast(dict[TopicPartition, int], await consumer.end_offsets(self._places))
        return {
            place.partition: Committed(
                max(0, committed[place].offset), committed[place].metadata or "", ends[place]
            )
            for place in self._places
        }


def _input(record: InputRecord, workload: Workload) -> Input:
    value = (record.value or b"").decode()
    malformed = value.startswith("no event ")
    if malformed:
        number = int(value.removeprefix("no event "))
    else:
        names = [content for name, content in record.headers if name == "ce_id"]
        number = number_of((names[0] or b"").decode())
    return Input(_place(record), record.key, number, workload.fate_of(number).is_dead_letter)


def _reply(record: InputRecord) -> Output:
    source = decode(Reply, record.value).source
    return Output(Place(source.partition, source.offset), False, _place(record))


def _dead_letter(record: InputRecord) -> Output:
    letter = read_dead_letter(record)
    return Output(Place(letter.partition, letter.offset), True, _place(record))


def _place(record: InputRecord) -> Place:
    return Place(record.partition, record.offset)
