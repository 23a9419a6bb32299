"""A session's side of the consumer: where its partition is read, and whether."""

from contextlib import suppress
from typing import Any, Protocol

from aiokafka.errors import IllegalStateError

from stream_service.streaming.client.fetch_wait import FetchWait
from stream_service.streaming.client.fetched_records import wake_poll
from stream_service.streaming.client.records import topic_partition
from stream_service.streaming.errors import FailureReason, SessionFailed
from stream_service.streaming.partition import Partition


class PartitionFeed(Protocol):
    """What a session asks of whoever reads its partition."""

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

    def __init__(self, consumer: Any, partition: Partition, fetch_wait: FetchWait) -> None:
        self._consumer = consumer
        self._partition = partition
        self._fetch_wait = fetch_wait
        self._place = topic_partition(partition)

    def seek(self, offset: int) -> None:
        """Read on from ``offset``. Raises SessionFailed when the partition is no longer ours."""
        try:
            self._consumer.seek(self._place, offset)
        except IllegalStateError as error:
            raise SessionFailed(FailureReason.START_FAILED, "no longer assigned") from error
        self._fetch_wait.begun(self._partition)

    def pause(self) -> None:
        """Fetch nothing for now."""
        with suppress(IllegalStateError):
            self._consumer.pause(self._place)

    def resume(self) -> None:
        """Fetch again."""
        with suppress(IllegalStateError):
            self._consumer.resume(self._place)
            wake_poll(self._consumer, self._place)
