"""A broker keeps a fetch that finds nothing: what must not wait for it, and for how long it may."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.offset import OffsetRequest

from stream_service.streaming.client.fetch_wait import BEGINNING_FETCH_WAIT_MS, USUAL_FETCH_WAIT_MS
from stream_service.streaming.partition import Partition
from stream_service.streaming.publishing.transactions import TransactionalPublisher
from tests.support.cluster import Cluster
from tests.support.engine import QUICK, running
from tests.support.judges import EchoJudge
from tests.support.waiting import until


class Requests:
    """What is sent: the waits of the group's fetches, and which bounds are asked for behind one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fetch_waits_ms: list[int] = []
        self.bounds: list[bool] = []
        connection: Any = AIOKafkaConnection
        send = connection.send

        def watched(connection: Any, request: Any, **given: Any) -> Any:
            # Without what other clients read, as the memory of decisions.
            if isinstance(request, FetchRequest) and connection._client_id.endswith("-consumer"):
                self.fetch_waits_ms.append(vars(request)["_max_wait_ms"])
            if isinstance(request, OffsetRequest):
                before = [one.API_KEY for _, one, _ in connection._requests if one is not None]
                self.bounds.append(FetchRequest.API_KEY in before)
            return send(connection, request, **given)

        monkeypatch.setattr(connection, "send", watched)


def hold_back(
    monkeypatch: pytest.MonkeyPatch, until_then: Callable[[Partition], Awaitable[None]]
) -> None:
    """Let each partition's session begin once ``until_then`` has come to its end."""
    publisher: Any = TransactionalPublisher
    open_publisher = publisher.open

    async def later(*given: Any, partition: Partition, **named: Any) -> Any:
        await until_then(partition)
        return await open_publisher(*given, partition=partition, **named)

    monkeypatch.setattr(publisher, "open", later)


async def test_bounds_are_not_asked_for_behind_a_fetch(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A partition begins while others are idle: each of its questions took up to 250 ms."""
    requests = Requests(monkeypatch)

    async def last_of_all(partition: Partition) -> None:
        if partition.topic == cluster.topics.review_decisions:
            await until(lambda: bool(requests.fetch_waits_ms), "a fetch of the others")

    hold_back(monkeypatch, last_of_all)
    await cluster.create_topics()
    async with running(cluster, EchoJudge(), limits=QUICK) as recorder:
        await until(lambda: len(recorder.started) == 2, "both sessions")
    assert len(requests.bounds) >= 4
    assert not any(requests.bounds)


async def test_sessions_begin_beside_short_fetches(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of a worker's partitions to begin does not hold up the others."""
    requests = Requests(monkeypatch)
    may_begin = asyncio.Event()

    async def one_later(partition: Partition) -> None:
        if partition.number == 1:
            await may_begin.wait()

    hold_back(monkeypatch, one_later)
    await cluster.create_topics(partitions=2)
    async with running(cluster, EchoJudge(), limits=QUICK) as recorder:
        await until(lambda: len(recorder.started) == 2, "the first sessions")
        await until(lambda: len(requests.fetch_waits_ms) > 2, "their fetches")
        assert set(requests.fetch_waits_ms) == {BEGINNING_FETCH_WAIT_MS}
        may_begin.set()
        await until(
            lambda: requests.fetch_waits_ms[-1] == USUAL_FETCH_WAIT_MS, "all sessions at work"
        )
