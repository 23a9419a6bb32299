"""What the broker does not allow, in words that name the ACL to add."""

from collections.abc import Iterable, Sequence

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from stream_service.streaming.access.rules import AclRule, Operation, ResourceKind
from stream_service.streaming.errors import StreamError

_REMEDY = "stream-service acls create --role ROLE --principal User:NAME adds what a role needs"

_KINDS: dict[type[BaseException], ResourceKind] = {
    TopicAuthorizationFailedError: ResourceKind.TOPIC,
    GroupAuthorizationFailedError: ResourceKind.GROUP,
    TransactionalIdAuthorizationFailed: ResourceKind.TRANSACTIONAL_ID,
}


class AccessDenied(StreamError):
    """The cluster does not allow what is needed; the message names each ACL that is missing."""

    def __init__(self, rules: Sequence[AclRule]) -> None:
        told = "; ".join(str(rule) for rule in rules)
        super().__init__(f"the cluster does not allow: {told}. {_REMEDY}")
        self.rules = tuple(rules)


def denial_of(
    error: BaseException | None, topics_need: Operation, *, committed: str = "of the offsets"
) -> AccessDenied | None:
    """What was denied, if ``error`` or what caused it says that something was.

    ``topics_need`` is what was tried on a topic, of which the broker names no more than the name.
    Where it was to commit offsets, which takes Read, the client does not even tell that:
    ``committed`` is the topic then.
    """
    while error is not None:
        kind = _KINDS.get(type(error))
        if kind is not None:
            operation = {
                ResourceKind.TOPIC: topics_need,
                ResourceKind.GROUP: Operation.READ,
                ResourceKind.TRANSACTIONAL_ID: Operation.WRITE,
            }[kind]
            rules = [AclRule(kind, name, operation) for name in _names(error)]
            return AccessDenied(rules or [AclRule(kind, committed, Operation.READ)])
        if isinstance(error, ClusterAuthorizationFailedError):
            # An idempotent producer that may write to no topic at all.
            return AccessDenied([AclRule(ResourceKind.TOPIC, "of what is published", topics_need)])
        error = error.__cause__
    return None


def _names(error: BaseException) -> Iterable[str]:
    for argument in error.args:
        yield from (argument,) if isinstance(argument, str) else map(str, argument)
