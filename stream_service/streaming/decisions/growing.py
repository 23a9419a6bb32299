"""More partitions for decisions and for the memory of them, which must have as many.

A key's partition follows from their number, so that most keys move. What was remembered of them in
their former partitions is written once more, to where it is looked for from then on; else an item
that is decided could be decided again.
"""

from dataclasses import dataclass

from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.contracts.topics import Topics
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.errors import StreamError
from stream_service.streaming.group_members import count_members
from stream_service.streaming.publishing.publisher import RecordPublisher
from stream_service.streaming.reading.reader import read_records
from stream_service.streaming.topic_administration import TopicAdministration


class CannotGrow(StreamError):
    """The topics cannot be given that many partitions."""


@dataclass(frozen=True, slots=True)
class Grown:
    """What was done."""

    partitions: int
    remembered: int
    """Items whose decision is remembered, each where it is looked for."""


async def grow_decisions(
    connection: KafkaConnection,
    topics: Topics,
    partitions: int,
    *,
    group_id: str,
    start_timeout_s: float,
) -> Grown:
    """Give both topics ``partitions``, and take the memory along. No worker may run meanwhile.

    It may be called again after it was cut off. Raises CannotGrow, MissingTopics, AccessDenied,
    BrokerUnreachable, ReadingFailed, PublishingFailed.
    """

    async def require_no_members(remedy: str) -> None:
        if await count_members(connection, group_id, start_timeout_s=start_timeout_s):
            raise CannotGrow(f"the group {group_id} has members, {remedy}")

    await require_no_members(
        "who would decide by what they remember of the old partitions: stop the workers first"
    )
    names = [topics.review_decisions, topics.review_state]
    async with TopicAdministration(connection, start_timeout_s=start_timeout_s) as administration:
        counts = await administration.partitions(names)
        larger = [name for name in names if counts[name] > partitions]
        if larger:
            raise CannotGrow(
                f"{larger[0]} has {counts[larger[0]]} partitions already: Kafka takes none away"
            )
        # The memory first: where this is cut off, workers refuse to start with unequal topics.
        for name in reversed(names):
            if counts[name] < partitions:
                await administration.add_partitions(name, partitions)
    remembered = await _latest_states(connection, topics, start_timeout_s)
    async with RecordPublisher(connection, start_timeout_s=start_timeout_s) as publisher:
        await publisher.publish(
            OutputRecord(
                topic=topics.review_state, key=one.key, value=one.value, headers=one.headers
            )
            for one in remembered
        )
    await require_no_members("who joined meanwhile: stop the workers and call this once more")
    return Grown(partitions, len(remembered))


async def _latest_states(
    connection: KafkaConnection, topics: Topics, start_timeout_s: float
) -> list[InputRecord]:
    """Of each key what was written last, over all partitions; without what is forgotten."""
    latest: dict[bytes, InputRecord] = {}
    async with read_records(
        connection,
        [topics.review_state],
        from_beginning=True,
        follow=False,
        start_timeout_s=start_timeout_s,
    ) as records:
        async for record in records:
            key = record.key or b""
            held = latest.get(key)
            if held is None or held.timestamp_ms <= record.timestamp_ms:
                latest[key] = record
    return [record for record in latest.values() if record.value]
