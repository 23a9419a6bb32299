"""Answers to fetches that aiokafka passes over with a warning in a log of its own.

A partition that the broker itself cannot read, since its disk is damaged, is answered so. aiokafka
(0.14) asks for it again at once, some hundred times a second, and tells nobody. Here the partition
is told as unreadable; after any other error the broker is asked again after a moment, and for the
newest leaders.

It replaces private names of aiokafka's consumer and fetcher, hence the narrow version in pyproject.
"""

# aiokafka's fetcher says of its own types next to nothing.
# pyright: reportUnknownMemberType=false

import asyncio
from typing import Any, cast

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer import consumer, fetcher
from aiokafka.consumer.fetcher import Fetcher, FetchError
from aiokafka.errors import (
    CorruptRecordException,
    OffsetOutOfRangeError,
    TopicAuthorizationFailedError,
)
from aiokafka.protocol.fetch import FetchRequest

from stream_service.streaming.client.fetched_records import FetchedRecords
from stream_service.streaming.client.unpacking import UnreadablePlace

_SEEN_TO = frozenset({OffsetOutOfRangeError.errno, TopicAuthorizationFailedError.errno})
"""Of these aiokafka takes care, or tells."""


def install_tolerant_fetching() -> None:
    """Make every consumer of this process fetch that way. Safe to call twice."""
    consumer.Fetcher = TolerantFetcher  # pyright: ignore[reportPrivateImportUsage]
    fetcher.FetchResult = FetchedRecords


class TolerantFetcher(Fetcher):
    """aiokafka's, with a look at what the answers to its fetches say of each partition."""

    def __init__(self, client: AIOKafkaClient, *arguments: Any, **options: Any) -> None:
        self._answers = _Answers(client)
        super().__init__(self._answers, *arguments, **options)

    async def _proc_fetch_request(self, assignment: Any, node_id: int, request: Any) -> bool:
        has_news = bool(await super()._proc_fetch_request(assignment, node_id, request))
        errors = self._answers.errors.pop(node_id, {})
        for place, code in errors.items():
            if code == CorruptRecordException.errno and assignment.active:
                has_news = self._tell_unreadable(assignment, place) or has_news
        if any(code != CorruptRecordException.errno for code in errors.values()):
            self._client.force_metadata_update()
            await asyncio.sleep(self._retry_backoff)
        return has_news

    def _tell_unreadable(self, assignment: Any, place: TopicPartition) -> bool:
        state = assignment.state_value(place)
        if place in self._records or not state.has_valid_position:
            return False
        error = UnreadablePlace(state.position, "cannot be read by the broker itself")
        error.place = place
        self._records[place] = FetchError(error=error, backoff=self._prefetch_backoff)
        return True


class _Answers:
    """A client that remembers the errors in the last answer of each node to a fetch."""

    def __init__(self, client: AIOKafkaClient) -> None:
        self._client = client
        self.errors: dict[int, dict[TopicPartition, int]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def send(self, node_id: int, request: Any, **options: Any) -> Any:
        answer = cast(Any, await self._client.send(node_id, request, **options))
        if isinstance(request, FetchRequest):
            self.errors[node_id] = {
                TopicPartition(topic, number): code
                for topic, partitions in answer.topics
                for number, code, *_ in partitions
                if code and code not in _SEEN_TO
            }
        return answer
