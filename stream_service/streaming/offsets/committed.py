"""What the broker knows of a group's progress in a partition."""

import asyncio
from dataclasses import dataclass
from typing import Any, cast

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.commit import OffsetFetchRequest

from stream_service.streaming.access.rules import Operation
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
                committed = await self._asked(wanted, coordinator)
        except (KafkaError, TimeoutError) as error:
            raise SessionFailed(
                FailureReason.START_FAILED,
                f"reading the commit: {described(error, Operation.READ)}",
            ) from error
        # An answer without the partition is not "none".
        if committed is None:
            raise SessionFailed(FailureReason.START_FAILED, "the coordinator gave no answer yet")
        return Answer(coordinator, None if committed[0] < 0 else committed)

    async def _asked(self, wanted: TopicPartition, coordinator: int) -> tuple[int, str] | None:
        """None where the answer lacks the partition. Raises KafkaError.

        The client's own question tells of an error, but not of which.
        """
        request = OffsetFetchRequest(self._group_id, [(wanted.topic, [wanted.partition])])
        answer = await self._admin._send_request(request, coordinator)
        # Version 1 has none of its own.
        if code := getattr(answer, "error_code", 0):
            raise for_code(code)(self._group_id)
        for topic, partitions in answer.topics:
            for number, offset, metadata, code in partitions:
                if code:
                    raise for_code(code)(topic)
                if (topic, number) == wanted:
                    return offset, metadata or ""
        return None
