"""What was fetched of a partition is kept while the partition is paused.

aiokafka (0.14) throws it away at the first poll after a pause, up to 1 MB, and fetches it anew once
the partition goes on: a backlog of one key was fetched five times over, and each time waited for
the end of a fetch that found nothing in idle partitions. Kafka's own client keeps it since 2.4
(KAFKA-7548).

It replaces a private name of aiokafka's fetcher, hence the narrow version in pyproject.
"""

# aiokafka's fetcher says of its own types next to nothing.
# pyright: reportUnknownMemberType=false

from typing import Any

from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import FetchResult


def keep_paused_fetches() -> None:
    """Make every consumer of this process keep them. Safe to call twice."""
    fetcher.FetchResult = KeptFetchResult


class KeptFetchResult(FetchResult):
    """aiokafka's, which gives out nothing for a paused partition, and loses nothing either."""

    _assignment: Any
    _topic_partition: TopicPartition

    def check_assignment(self, tp: TopicPartition) -> bool:
        """Whether records may be given out now."""
        assignment = self._assignment
        if assignment.active and assignment.state_value(self._topic_partition).paused:
            return False
        return bool(super().check_assignment(tp))


def wake_poll(consumer: Any, place: TopicPartition) -> None:
    """Let a poll under way see what was kept of ``place``, which has just been resumed.

    Nothing else ends its wait: the client wakes it for what it fetches, and this is fetched.
    """
    reading = consumer._fetcher
    if place in reading._records:
        for waiting in list(reading._fetch_waiters):
            reading._notify(waiting)
