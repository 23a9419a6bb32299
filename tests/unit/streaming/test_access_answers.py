"""What a broker's answer says of the operations that it allows on a topic."""

from types import SimpleNamespace

import pytest
from aiokafka.errors import TopicAuthorizationFailedError, UnknownTopicOrPartitionError

from stream_service.streaming.access.checking import not_allowed
from stream_service.streaming.access.rules import AclRule, Operation, ResourceKind

READING = AclRule(ResourceKind.TOPIC, "t", Operation.READ)


@pytest.mark.parametrize(
    ("code", "operations", "is_denied"),
    [
        (0, 1 << Operation.READ, False),
        (0, 1 << Operation.WRITE | 1 << Operation.DESCRIBE, True),
        (0, 0, True),
        (TopicAuthorizationFailedError.errno, -(2**31), True),
        # It does not exist, or the broker does not know the question.
        (UnknownTopicOrPartitionError.errno, -(2**31), False),
        (0, -(2**31), False),
    ],
)
def test_only_what_is_told_counts(code: int, operations: int, is_denied: bool) -> None:
    answer = SimpleNamespace(topics=[(code, "t", False, [], operations)])
    assert bool(not_allowed(answer, [READING])) is is_denied
    assert not not_allowed(answer, [AclRule(ResourceKind.TOPIC, "other", Operation.READ)])
