"""Rounds that fail, between those that do not."""

import pytest

from stream_service.observe.lag.cluster_reader import ClusterReader
from stream_service.observe.lag.monitor import LagMonitor, LagOptions
from stream_service.observe.lag.reading import ClusterReading
from stream_service.observe.lag.unreadable import Unreadable, UnreadableKind
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.errors import BrokerUnreachable
from stream_service.streaming.partition import Partition


async def test_a_round_that_fails_ends_no_alert_on_what_could_not_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unreadable = ClusterReading(read_at=1.0)
    unreadable.failures[Unreadable.partition(Partition("events", 0))] = "no leader"
    rounds = iter([unreadable, None, ClusterReading(read_at=3.0)])

    async def read(_: ClusterReader) -> ClusterReading:
        found = next(rounds)
        if found is None:
            raise BrokerUnreachable("nowhere", 1.0)
        return found

    monkeypatch.setattr(ClusterReader, "read", read)
    monitor = LagMonitor(KafkaConnection(bootstrap_servers="127.0.0.1:1"), LagOptions())
    told = [(await monitor.next_round()).snapshot.unreadable for _ in range(3)]
    assert [counts[UnreadableKind.PARTITION] for counts in told] == [1, 1, 0]
