"""The least that each part of the service must be allowed, by role.

Describe is not named where Read or Write is: Kafka implies it. An idempotent producer needs nothing
beyond Write on a topic (since Kafka 2.8).
"""

from collections.abc import Sequence
from enum import StrEnum

from stream_service.contracts.topics import Topics
from stream_service.streaming.access.rules import AclRule, Operation, Pattern, ResourceKind


class Role(StrEnum):
    """Who connects to the cluster."""

    PUBLISHER = "publisher"
    """``publish``, and whatever else sends feedback."""
    WORKER = "worker"
    """``run``."""
    SUBSCRIBER = "subscriber"
    """``subscribe``, and whatever else reads replies, reviews and dead letters."""
    CONSOLE = "console"
    """``console``: publishes feedback, decisions and dead letters that go back, reads all."""
    LAG_EXPORTER = "lag-exporter"
    """``lag-exporter`` and ``lag``, of this service's own group."""
    OPERATOR = "operator"
    """``topics create`` and ``topics check``."""


def rules_of(
    role: Role, topics: Topics, group_id: str, *, transactional: bool = True
) -> Sequence[AclRule]:
    """What ``role`` must be allowed, and nothing beyond.

    ``transactional`` is whether workers deliver exactly once.
    """
    match role:
        case Role.PUBLISHER:
            return _on_topics(Operation.WRITE, topics.events)
        case Role.SUBSCRIBER:
            return _on_topics(Operation.READ, topics.replies, topics.reviews, topics.dead_letters)
        case Role.WORKER:
            return _worker(topics, group_id, transactional=transactional)
        case Role.CONSOLE:
            return _console(topics, group_id)
        case Role.LAG_EXPORTER:
            return (
                AclRule(ResourceKind.GROUP, group_id, Operation.DESCRIBE),
                # Of the records that wait the first one's age is read.
                *_on_topics(Operation.READ, topics.events, topics.review_decisions),
            )
        case Role.OPERATOR:
            family = f"{topics.prefix}feedback."
            return tuple(
                AclRule(ResourceKind.TOPIC, family, operation, Pattern.PREFIXED)
                for operation in (
                    Operation.CREATE,
                    Operation.DESCRIBE,
                    Operation.DESCRIBE_CONFIGS,
                )
            )


def transactional_id(group_id: str, topic: str, partition: int) -> str:
    """That of the producer that publishes what comes of one partition."""
    return f"{_transactional_prefix(group_id)}{topic}.{partition}"


def _transactional_prefix(group_id: str) -> str:
    return f"{group_id}."


def _worker(topics: Topics, group_id: str, *, transactional: bool) -> Sequence[AclRule]:
    publishing = AclRule(
        ResourceKind.TRANSACTIONAL_ID,
        _transactional_prefix(group_id),
        Operation.WRITE,
        Pattern.PREFIXED,
    )
    return (
        AclRule(ResourceKind.GROUP, group_id, Operation.READ),
        *((publishing,) if transactional else ()),
        *_on_topics(
            Operation.READ,
            topics.events,
            topics.review_decisions,
            # The items that decisions are about, and which of them are decided.
            topics.reviews,
            topics.review_state,
        ),
        *_on_topics(
            Operation.WRITE,
            topics.replies,
            topics.reviews,
            topics.dead_letters,
            topics.review_state,
            topics.review_results,
            # A decision in the wrong partition is handed on to its own.
            topics.review_decisions,
        ),
    )


def _console(topics: Topics, group_id: str) -> Sequence[AclRule]:
    return (
        AclRule(ResourceKind.GROUP, group_id, Operation.DESCRIBE),
        *_on_topics(
            Operation.READ,
            topics.events,
            topics.replies,
            topics.reviews,
            topics.dead_letters,
            topics.review_decisions,
            topics.review_results,
        ),
        # Dead letters of decisions go back to the decisions' topic.
        *_on_topics(Operation.WRITE, topics.events, topics.review_decisions),
    )


def _on_topics(operation: Operation, *names: str) -> tuple[AclRule, ...]:
    return tuple(AclRule(ResourceKind.TOPIC, name, operation) for name in names)
