"""A session's side of the consumer: where its partition is read, and whether."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol, cast

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from stream_service.streaming.access.rules import Operation
from stream_service.streaming.errors import FailureReason, SessionFailed
from stream_service.streaming.partition import Partition
from stream_service.streaming.refusals import described


class PartitionFeed(Protocol):
    """What a session asks of whoever reads its partition."""

    async def bounds(self) -> tuple[int, int]:
        """The log's first offset, and the one behind its last."""
        ...

    def seek(self, offset: int) -> None:
        """Read on from ``offset``."""
        ...

    def pause(self) -> None:
        """Fetch nothing for now."""
        ...

    def resume(self) -> None:
        """Fetch again."""
        ...


class ConsumerFeed:
    """A partition of the consumer, as its session sees it."""

    def __init__(self, consumer: Any, partition: Partition) -> None:
        self._consumer = consumer
        self._place = TopicPartition(partition.topic, partition.number)

    async def bounds(self) -> tuple[int, int]:
        """The log's first offset, and the one behind its last. Raises SessionFailed."""
        try:
            # Both at once: each may have to wait behind a fetch that finds nothing.
            first, end = cast(
                tuple[Mapping[TopicPartition, int], Mapping[TopicPartition, int]],
                await asyncio.gather(
                    self._consumer.beginning_offsets([self._place]),
                    self._consumer.end_offsets([self._place]),
                ),
            )
        except KafkaError as error:
            raise SessionFailed(
                FailureReason.START_FAILED,
                f"reading the log's bounds: {described(error, Operation.READ)}",
            ) from error
        return first[self._place], end[self._place]

    def seek(self, offset: int) -> None:
        """Read on from ``offset``. Raises SessionFailed when the partition is no longer ours."""
        try:
            self._consumer.seek(self._place, offset)
        except IllegalStateError as error:
            raise SessionFailed(FailureReason.START_FAILED, "no longer assigned") from error

    def pause(self) -> None:
        """Fetch nothing for now."""
        with suppress(IllegalStateError):
            self._consumer.pause(self._place)

    def resume(self) -> None:
        """Fetch again."""
        with suppress(IllegalStateError):
            self._consumer.resume(self._place)
