"""Where the partitions' logs begin and end, as their leaders know it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka.errors import for_code
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.offset import OffsetRequest, OffsetResetStrategy

from stream_service.observe.lag.brokers import Brokers, NoAnswer
from stream_service.observe.lag.reading import LogRange
from stream_service.observe.lag.unreadable import Failures, Unreadable, UnreadableKind
from stream_service.streaming.partition import Partition

PARTITIONS_A_REQUEST = 500
"""One request is as much as can time out at once."""

_CONSUMER = -1
"""The replica id of whoever is no broker."""

_READ_UNCOMMITTED = 0


async def leaders(
    brokers: Brokers, topics: Iterable[str], failures: Failures
) -> Mapping[Partition, int]:
    """The leader of each partition of ``topics``; topics that are gone are left out.

    Raises BrokerUnreachable. A topic is never created by being asked for.
    """
    wanted = sorted(topics)
    if not wanted:
        return {}
    answer = await brokers.ask_any(MetadataRequest(wanted, allow_auto_topic_creation=False))
    found: dict[Partition, int] = {}
    for code, topic, _, partitions in answer.topics:
        if code:
            failures[Unreadable(UnreadableKind.TOPIC, topic)] = for_code(code).__name__
            continue
        for _, number, leader, *_ in partitions:
            if leader < 0:
                failures[Unreadable.partition(Partition(topic, number))] = "no leader"
            else:
                found[Partition(topic, number)] = leader
    return found


async def log_ranges(
    brokers: Brokers, by_leader: Mapping[int, Sequence[Partition]], failures: Failures
) -> Mapping[Partition, LogRange]:
    """Start and end of each log that could be read, each leader with a time-out of its own."""
    starts: dict[Partition, int] = {}
    ends: dict[Partition, int] = {}
    async with asyncio.TaskGroup() as tasks:
        for leader, partitions in by_leader.items():
            for chunk in chunks(partitions):
                for which, found in (
                    (OffsetResetStrategy.EARLIEST, starts),
                    (OffsetResetStrategy.LATEST, ends),
                ):
                    tasks.create_task(_list(brokers, leader, chunk, which, found, failures))
    return {
        partition: LogRange(starts[partition], end)
        for partition, end in ends.items()
        if partition in starts
    }


async def _list(
    brokers: Brokers,
    leader: int,
    partitions: Sequence[Partition],
    which: int,
    found: dict[Partition, int],
    failures: Failures,
) -> None:
    wanted = by_topic((partition, (partition.number, which)) for partition in partitions)
    try:
        answer = await brokers.ask(leader, OffsetRequest(_CONSUMER, _READ_UNCOMMITTED, wanted))
    except NoAnswer as error:
        failures.update({Unreadable.partition(one): str(error) for one in partitions})
        return
    for topic, answers in answer.topics:
        for number, code, *_, offset in answers:
            partition = Partition(topic, number)
            if code:
                failures[Unreadable.partition(partition)] = for_code(code).__name__
            else:
                found[partition] = offset


def chunks(partitions: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """In pieces that fit a request."""
    for first in range(0, len(partitions), PARTITIONS_A_REQUEST):
        yield partitions[first : first + PARTITIONS_A_REQUEST]


def by_topic(entries: Iterable[tuple[Partition, Any]]) -> list[tuple[str, list[Any]]]:
    """The way requests list what they want to know of partitions."""
    topics: dict[str, list[Any]] = defaultdict(list)
    for partition, entry in entries:
        topics[partition.topic].append(entry)
    return list(topics.items())
