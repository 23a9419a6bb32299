"""What was fetched of a partition, until polls have come for it.

aiokafka (0.14) throws it away at the first poll after a pause, up to 1 MB, and fetches it anew once
the partition goes on: a backlog of one key was fetched five times over, and each time waited for
the end of a fetch that found nothing in idle partitions. Kafka's own client keeps it since 2.4
(KAFKA-7548). Here it is kept too, where it is not large; what is thrown away is freed at once.

A batch that nobody can read raises out of the poll of all partitions. Here it says of which it is.

It replaces a private name of aiokafka's fetcher, hence the narrow version in pyproject.
"""

# aiokafka's fetcher says of its own types next to nothing.
# pyright: reportUnknownMemberType=false

from typing import Any, cast

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchResult

from stream_service.streaming.client.unpacking import UnreadableBatch

KEPT_UNPACKED_BYTES = 4 * 1024 * 1024
"""Of a paused partition no larger batch is kept unpacked. Publishers send some hundred kilobytes in
one; of what was meant as an attack, a quarter of a gigabyte in each partition, nothing stays."""


class FetchedRecords(FetchResult):
    """Records of one partition, of which nothing is given out while it is paused."""

    _assignment: Any
    _topic_partition: TopicPartition

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._unpacking: Any = self._partition_records

    def __del__(self) -> None:
        # Given up half read, they hold what unpacks them and are held by it, up to hundreds of
        # megabytes, until the garbage collector comes by.
        self._unpacking._records_iterator = None

    def check_assignment(self, tp: TopicPartition) -> bool:
        """Whether records may be given out now."""
        assignment = self._assignment
        if (
            assignment.active
            and assignment.state_value(self._topic_partition).paused
            and self._unpacking._records.unpacked_bytes <= KEPT_UNPACKED_BYTES
        ):
            return False
        return bool(super().check_assignment(tp))

    def getall(self, max_records: int | None = None) -> list[Any]:
        """Up to ``max_records``. Raises UnreadableBatch, which says of which partition it is."""
        try:
            return cast(list[Any], super().getall(max_records))
        except UnreadableBatch as error:
            error.place = self._topic_partition
            raise


def wake_poll(consumer: Any, place: TopicPartition) -> None:
    """Let a poll under way see what was kept of ``place``, which has just been resumed.

    Nothing else ends its wait: the client wakes it for what it fetches, and this is fetched.
    """
    fetcher = consumer._fetcher
    if place in fetcher._records:
        for waiting in list(fetcher._fetch_waiters):
            fetcher._notify(waiting)
