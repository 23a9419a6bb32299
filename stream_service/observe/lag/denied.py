"""What whoever watches must be allowed and is not.

A broker leaves out what may not be seen as if it were not there: a group that is not allowed has no
figures, and looks like one that has never been.
"""

from collections.abc import Mapping, Sequence

from aiokafka.errors import GroupAuthorizationFailedError, for_code
from aiokafka.protocol.coordination import FindCoordinatorRequest

from stream_service.observe.lag.brokers import Brokers
from stream_service.observe.lag.unreadable import Unreadable, UnreadableKind
from stream_service.streaming.access.checking import not_allowed
from stream_service.streaming.access.requests import AllowedOnTopics
from stream_service.streaming.access.rules import AclRule, ResourceKind

_GROUP_COORDINATOR = 0

_KINDS = {ResourceKind.GROUP: UnreadableKind.GROUP, ResourceKind.TOPIC: UnreadableKind.TOPIC}


async def denied(brokers: Brokers, rules: Sequence[AclRule]) -> Mapping[Unreadable, str]:
    """By group or topic, the ACLs of ``rules`` that are not there. Raises BrokerUnreachable."""
    missing: list[AclRule] = []
    on_topics: list[AclRule] = []
    for rule in rules:
        if rule.kind is ResourceKind.TOPIC:
            on_topics.append(rule)
            continue
        answer = await brokers.ask_any(FindCoordinatorRequest(rule.name, _GROUP_COORDINATOR))
        if for_code(answer.error_code) is GroupAuthorizationFailedError:
            missing.append(rule)
    missing += await _on_topics(brokers, on_topics)
    return {
        Unreadable(_KINDS[rule.kind], rule.name): f"not allowed: add the ACL {rule}"
        for rule in missing
    }


async def _on_topics(brokers: Brokers, rules: Sequence[AclRule]) -> Sequence[AclRule]:
    if not rules:
        return ()
    names = sorted({rule.name for rule in rules})
    return not_allowed(await brokers.ask_any(AllowedOnTopics(names)), rules)
