"""Finding out what of a role's rules the cluster does not allow, before any work is done."""

from collections.abc import Iterable, Sequence
from typing import Any

from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    for_code,
)

from stream_service.streaming.access.denials import AccessDenied
from stream_service.streaming.access.requests import AllowedOnTopics
from stream_service.streaming.access.rules import AclRule, Pattern, ResourceKind

_NOT_TOLD = -(2**31)
"""In place of the operations that are allowed: Kafka's word for "not asked for"."""

_ANY_SUFFIX = "access"
"""Of a name that begins as a rule's does: the broker looks at the beginning alone."""


async def require_allowed(client: AIOKafkaClient, rules: Iterable[AclRule]) -> None:
    """Raises AccessDenied with all of ``rules`` that are not allowed, and KafkaError."""
    denied = await denied_of(client, rules)
    if denied:
        raise AccessDenied(denied)


async def denied_of(client: Any, rules: Iterable[AclRule]) -> Sequence[AclRule]:
    """Those of ``rules`` that are not allowed. Raises KafkaError."""
    denied: list[AclRule] = []
    on_topics: list[AclRule] = []
    for rule in rules:
        match rule.kind:
            case ResourceKind.TOPIC:
                on_topics.append(rule)
            case ResourceKind.GROUP:
                if not await _finds_coordinator(client, CoordinationType.GROUP, rule):
                    denied.append(rule)
            case ResourceKind.TRANSACTIONAL_ID:
                if not await _finds_coordinator(client, CoordinationType.TRANSACTION, rule):
                    denied.append(rule)
    return [*denied, *await _denied_on_topics(client, on_topics)]


async def _finds_coordinator(client: Any, kind: CoordinationType, rule: AclRule) -> bool:
    """Whether the resource may be described, which Read and Write imply."""
    name = rule.name if rule.pattern is Pattern.LITERAL else f"{rule.name}{_ANY_SUFFIX}"
    try:
        await client.coordinator_lookup(kind, name)
    except (GroupAuthorizationFailedError, TransactionalIdAuthorizationFailed):
        return False
    return True


async def _denied_on_topics(client: Any, rules: Sequence[AclRule]) -> Sequence[AclRule]:
    # Of topics that are yet to be created nobody can be told in advance.
    literal = [rule for rule in rules if rule.pattern is Pattern.LITERAL]
    if not literal:
        return ()
    request = AllowedOnTopics(sorted({rule.name for rule in literal}))
    return not_allowed(await client.send(client.get_random_node(), request), literal)


def not_allowed(answer: Any, rules: Sequence[AclRule]) -> Sequence[AclRule]:
    """Those of ``rules``, all on topics, that an answer to AllowedOnTopics does not allow.

    A topic that is missing, or has no leader just now, tells nothing of its ACLs; nor do brokers of
    other makes that do not know the question.
    """
    allowed: dict[str, int] = {}
    for code, topic, _, _, operations in answer.topics:
        if for_code(code) is TopicAuthorizationFailedError:
            allowed[topic] = 0
        elif not code and operations != _NOT_TOLD:
            allowed[topic] = operations
    return [
        rule
        for rule in rules
        if rule.name in allowed and not allowed[rule.name] >> rule.operation.value & 1
    ]
