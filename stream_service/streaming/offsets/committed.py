"""What the broker knows of a group's progress in a partition."""

import asyncio
from dataclasses import dataclass
from typing import Any, cast

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.records import topic_partition
from stream_service.streaming.client.refusals import described
from stream_service.streaming.errors import FailureReason, SessionFailed
from stream_service.streaming.partition import Partition


@dataclass(frozen=True, slots=True)
class Answer:
    """What a broker says that a group has committed."""

    coordinator: int
    """The broker that says so. One that was frozen, by a long pause of its machine for instance,
    and goes on answers for a moment as if it were still the group's coordinator."""
    committed: tuple[int, str] | None


class CommittedOffsets:
    """Reads committed offsets with their metadata, which a consumer's ``committed()`` drops."""

    def __init__(
        self, connection: KafkaConnection, *, group_id: str, operation_timeout_s: float
    ) -> None:
        self._group_id = group_id
        self._operation_timeout_s = operation_timeout_s
        self._admin: Any = AIOKafkaAdminClient(**connection.client_options("committed"))

    async def start(self) -> None:
        """Connect. Raises KafkaError when no broker can be reached."""
        await self._admin.start()

    async def close(self) -> None:
        """Disconnect."""
        await self._admin.close()

    async def read(self, partition: Partition) -> tuple[int, str] | None:
        """The committed offset and its metadata, or None before a first commit.

        Raises SessionFailed.
        """
        return (await self.ask(partition)).committed

    async def ask(self, partition: Partition) -> "Answer":
        """The same, with who says so. Raises SessionFailed."""
        wanted = topic_partition(partition)
        try:
            async with asyncio.timeout(self._operation_timeout_s):
                coordinator = cast(int, await self._admin.find_coordinator(self._group_id))
                answer = cast(
                    dict[TopicPartition, Any],
                    await self._admin.list_consumer_group_offsets(
                        self._group_id, group_coordinator_id=coordinator, partitions=[wanted]
                    ),
                )
        except (KafkaError, TimeoutError) as error:
            raise SessionFailed(
                FailureReason.START_FAILED, f"reading the commit: {described(error)}"
            ) from error
        # A coordinator that is still loading answers without the partition: that is not "none".
        if wanted not in answer:
            raise SessionFailed(FailureReason.START_FAILED, "the coordinator gave no answer yet")
        committed = answer[wanted]
        if committed.offset < 0:
            return Answer(coordinator, None)
        return Answer(coordinator, (committed.offset, committed.metadata or ""))
