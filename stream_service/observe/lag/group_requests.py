"""Consumer groups, as their coordinators know them.

A broker lists the groups that it coordinates, so that a group's state and offsets are asked for
where it was listed, and no coordinator has to be looked up.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import for_code
from aiokafka.protocol.admin import ListGroupsRequest
from aiokafka.protocol.commit import OffsetFetchRequest

from stream_service.observe.lag.brokers import Brokers, NoAnswer
from stream_service.observe.lag.consumer_protocol import ConsumerGroupDescribeRequest, owned_by
from stream_service.observe.lag.reading import Committed, GroupReading, Member
from stream_service.streaming.group_members import DescribeGroups
from stream_service.streaming.partition import Partition

_NO_OFFSETS = frozenset({"connect", "share", "sr"})
"""Protocols of groups that commit no offsets of a consumer: Kafka Connect's workers, share groups,
Schema Registry."""

_SETTLED = frozenset({"Stable", "Empty"})
"""Between these, while a group rebalances, nobody is told yet what he owns."""

_DEAD = "Dead"


async def list_groups(brokers: Brokers, node: int) -> list[str]:
    """The consumer groups that a broker coordinates. Raises NoAnswer."""
    answer = await brokers.ask(node, ListGroupsRequest())
    _require(answer.error_code)
    return [group for group, protocol in answer.groups if protocol not in _NO_OFFSETS]


async def describe_groups(
    brokers: Brokers, node: int, groups: Sequence[str]
) -> Mapping[str, GroupReading]:
    """State and members of groups that ``node`` coordinates, without offsets. Raises NoAnswer."""
    answer = await brokers.ask(node, DescribeGroups(groups))
    found: dict[str, GroupReading] = {}
    for code, name, state, _, _, members in answer.groups:
        if not code and state != _DEAD:
            owners = _owners(members) if state in _SETTLED else None
            found[name] = GroupReading(name, state, len(members), owners)
    # A group that was listed is not dead: it is of the newer protocol.
    others = [name for name in groups if name not in found]
    return found | await _describe_newer(brokers, node, others) if others else found


async def _describe_newer(
    brokers: Brokers, node: int, groups: Sequence[str]
) -> dict[str, GroupReading]:
    """Of groups of the newer protocol; what is unknown about others stays so."""
    try:
        answer = await brokers.ask(node, ConsumerGroupDescribeRequest(groups))
    except NoAnswer:
        # A broker that does not know the protocol has no such group.
        return {}
    found: dict[str, GroupReading] = {}
    for code, _, name, state, _, _, _, members, *_ in answer.groups:
        if not code:
            owners = dict(owned_by(members)) if state in _SETTLED else None
            found[name] = GroupReading(name, state, len(members), owners)
    return found


async def committed_offsets(
    brokers: Brokers, node: int, group: str
) -> Mapping[Partition, Committed]:
    """All that a group has committed. Raises NoAnswer."""
    answer = await brokers.ask(node, OffsetFetchRequest(group, None))
    _require(answer.error_code)
    return {
        Partition(topic, number): Committed(offset, metadata or "")
        for topic, partitions in answer.topics
        for number, offset, metadata, code in partitions
        # An offset of -1 says that there is none; so says an error that it is not known now.
        if offset >= 0 and not code
    }


def _owners(members: Iterable[Any]) -> Mapping[Partition, Member] | None:
    owners: dict[Partition, Member] = {}
    for member_id, client_id, host, _, assignment in members:
        if not assignment:
            continue
        try:
            decoded = ConsumerProtocolMemberAssignment.decode(assignment)
        except ValueError:
            # Of a protocol of its own.
            return None
        member = Member(member_id, client_id, host.lstrip("/"))
        owners.update(
            (Partition(topic, number), member)
            for topic, numbers in decoded.assignment
            for number in numbers
        )
    return owners


def _require(code: int) -> None:
    if code:
        raise NoAnswer(for_code(code).__name__)
