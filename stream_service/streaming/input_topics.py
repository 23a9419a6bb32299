"""The input topics of the worker: feedback events, and reviewers' decisions."""

from datetime import timedelta
from typing import cast

from aiokafka.partitioner import DefaultPartitioner

from stream_service.contracts.topics import REVIEW_RETENTION_MS, Topics
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.decisions.handler import DecisionHandler
from stream_service.streaming.decisions.memory import DecisionMemory
from stream_service.streaming.decisions.review_fetcher import ReviewFetcher
from stream_service.streaming.judging.event_handler import EventHandler
from stream_service.streaming.judging.handler import RecordHandler
from stream_service.streaming.judging.intake import Intake
from stream_service.streaming.judging.judge import Judge
from stream_service.streaming.judging.slots import JudgeSlots
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.partition import Partition
from stream_service.streaming.subscription import Subscription

_DECISIONS_IN_FLIGHT = 50
"""People decide slowly; more at once come only from a script, which can wait."""


def events_subscription(
    judge: Judge, topics: Topics, limits: StreamLimits, intake: Intake | None = None
) -> Subscription:
    """Feedback events, judged by ``judge``."""
    handler = EventHandler(judge, topics)

    def new_handler(partition: Partition, partitions: int) -> RecordHandler:
        return handler

    return Subscription(
        topic=topics.events,
        new_handler=new_handler,
        slots=JudgeSlots(limits.in_flight, intake=intake),
        outputs=(topics.replies, topics.reviews, topics.dead_letters),
        duplicate_offsets=limits.duplicate_offsets,
        read_again_offsets=limits.read_again_offsets,
    )


def decisions_subscription(connection: KafkaConnection, topics: Topics) -> Subscription:
    """Reviewers' decisions; they never wait for the judge of events."""
    fetcher = ReviewFetcher(connection, topics.reviews)
    retention = timedelta(milliseconds=REVIEW_RETENTION_MS)

    def new_handler(partition: Partition, partitions: int) -> RecordHandler:
        return DecisionHandler(
            partition,
            connection=connection,
            topics=topics,
            memory=DecisionMemory(retention),
            fetcher=fetcher,
            place_of=lambda key: _place_of(key, partitions),
        )

    return Subscription(
        topic=topics.review_decisions,
        new_handler=new_handler,
        slots=JudgeSlots(_DECISIONS_IN_FLIGHT),
        outputs=(
            topics.replies,
            topics.review_results,
            topics.review_decisions,
            topics.dead_letters,
        ),
        copartitioned=topics.review_state,
        aclose=fetcher.aclose,
    )


def _place_of(key: bytes, partitions: int) -> int:
    """The partition that Kafka's own clients choose for ``key``."""
    every = list(range(partitions))
    return cast(int, DefaultPartitioner()(key, every, every))
