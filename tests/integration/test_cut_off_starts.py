"""A start that is cut off leaves no connection behind."""

import asyncio
import gc
import warnings
from typing import Any

import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.metadata import MetadataRequest

from stream_service.streaming.partition import Partition
from stream_service.streaming.transactions import TransactionalPublisher
from tests.support.cluster import Cluster


async def test_cancelled_while_the_metadata_come_it_closes_its_connection(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()
    send: Any = vars(AIOKafkaConnection)["send"]

    def telling(connection: AIOKafkaConnection, request: Any, *given: Any, **named: Any) -> Any:
        if isinstance(request, MetadataRequest):
            asked.set()
        return send(connection, request, *given, **named)

    monkeypatch.setattr(AIOKafkaConnection, "send", telling)
    gc.collect()
    opening = asyncio.create_task(
        TransactionalPublisher.open(
            cluster.connection,
            group_id="g",
            partition=Partition(cluster.topics.events, 0),
            transaction_timeout_s=10,
            operation_timeout_s=10,
        )
    )
    async with asyncio.timeout(10):
        await asked.wait()
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    del opening
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gc.collect()
    assert not [one for one in caught if "Unclosed AIOKafkaConnection" in str(one.message)]
