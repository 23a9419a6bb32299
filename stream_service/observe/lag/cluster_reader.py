"""One round: what the groups have committed, where the logs end, how old what waits is.

Committed offsets are read before the ends of the logs. The other way round, a consumer that
commits in between would seem to be ahead of the log.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from stream_service.observe.lag.brokers import Brokers, NoAnswer
from stream_service.observe.lag.denied import denied
from stream_service.observe.lag.first_records import FirstRecords
from stream_service.observe.lag.group_requests import (
    committed_offsets,
    describe_groups,
    list_groups,
)
from stream_service.observe.lag.log_requests import leaders, log_ranges
from stream_service.observe.lag.patterns import NamePattern
from stream_service.observe.lag.reading import ClusterReading, GroupReading, Place
from stream_service.observe.lag.unreadable import Unreadable, UnreadableKind
from stream_service.streaming.access.rules import AclRule, ResourceKind
from stream_service.streaming.partition import Partition

_GROUPS_A_REQUEST = 50
"""An answer has every member of each group, with what it subscribes to."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Which groups, and which topics of theirs."""

    groups: NamePattern = field(default_factory=NamePattern)
    topics: NamePattern = field(default_factory=lambda: NamePattern(exclude="__.*"))
    needs: Sequence[AclRule] = ()
    """What must be allowed to see this service's own group; where it is not, that is told."""

    def expected(self) -> Sequence[AclRule]:
        """Those of the needs that are for what is watched."""
        kinds = {ResourceKind.GROUP: self.groups, ResourceKind.TOPIC: self.topics}
        return [rule for rule in self.needs if kinds[rule.kind].matches(rule.name)]


class ClusterReader:
    """Reads the cluster, round by round."""

    def __init__(self, brokers: Brokers, watched: Watched, timeout_s: float) -> None:
        self._brokers = brokers
        self._watched = watched
        self._first_records = FirstRecords(brokers, timeout_s)
        self._partitions: dict[Partition, Partition] = {}
        """Of the present round, each once: a hundred groups name the same ones."""

    async def read(self) -> ClusterReading:
        """Do a round. Raises BrokerUnreachable when no broker answers at all.

        Whatever else cannot be read is named in the reading's failures, and stops nothing.
        """
        await self._brokers.discover()
        reading = ClusterReading(read_at=time.time())
        self._partitions = {}
        reading.failures.update(await denied(self._brokers, self._watched.expected()))
        await self._read_groups(reading)
        await self._read_logs(reading)
        return reading

    async def _read_groups(self, reading: ClusterReading) -> None:
        async with asyncio.TaskGroup() as tasks:
            for node in self._brokers.nodes:
                tasks.create_task(self._read_groups_of(node, reading))

    async def _read_groups_of(self, node: int, reading: ClusterReading) -> None:
        try:
            listed = await list_groups(self._brokers, node)
        except NoAnswer as error:
            reading.failures[Unreadable(UnreadableKind.BROKER, str(node))] = str(error)
            return
        names = sorted(self._watched.groups.of(listed))
        async with asyncio.TaskGroup() as tasks:
            for first in range(0, len(names), _GROUPS_A_REQUEST):
                chunk = names[first : first + _GROUPS_A_REQUEST]
                tasks.create_task(self._read_chunk(node, chunk, reading))

    async def _read_chunk(self, node: int, names: Sequence[str], reading: ClusterReading) -> None:
        try:
            described = await describe_groups(self._brokers, node, names)
        except NoAnswer as error:
            reading.failures.update({Unreadable.group(name): str(error) for name in names})
            described: Mapping[str, GroupReading] = {}
        async with asyncio.TaskGroup() as tasks:
            for name in names:
                group = described.get(name, GroupReading(name))
                tasks.create_task(self._read_offsets(node, group, reading))

    async def _read_offsets(self, node: int, group: GroupReading, reading: ClusterReading) -> None:
        try:
            committed = await committed_offsets(self._brokers, node, group.name)
        except NoAnswer as error:
            reading.failures[Unreadable.group(group.name)] = str(error)
            return
        wanted = self._watched.topics.matches
        reading.groups[group.name] = replace(
            group,
            committed={
                self._partitions.setdefault(at, at): value
                for at, value in committed.items()
                if wanted(at.topic)
            },
            owners=None
            if group.owners is None
            else {at: member for at, member in group.owners.items() if wanted(at.topic)},
        )

    async def _read_logs(self, reading: ClusterReading) -> None:
        partitions = {
            partition
            for group in reading.groups.values()
            for partition in (*group.committed, *(group.owners or ()))
        }
        led_by = await leaders(
            self._brokers, {partition.topic for partition in partitions}, reading.failures
        )
        by_leader: dict[int, list[Partition]] = defaultdict(list)
        for partition in sorted(partitions):
            if partition in led_by:
                by_leader[led_by[partition]].append(partition)
        reading.logs.update(await log_ranges(self._brokers, by_leader, reading.failures))
        reading.first_records = await self._first_records.read(
            _waiting(reading), reading.logs, led_by
        )


def _waiting(reading: ClusterReading) -> Iterable[Place]:
    """The places at which groups that are behind would read on."""
    for group in reading.groups.values():
        for partition, committed in group.committed.items():
            log = reading.logs.get(partition)
            if log is not None and (position := max(committed.offset, log.start)) < log.end:
                yield Place(partition, position)
