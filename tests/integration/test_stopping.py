"""A consumer that is stopped while its broker is away ends well."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from tests.support.cluster import Cluster
from tests.support.engine import outcomes_reach, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge


async def test_a_stop_that_the_client_cancels_by_itself_is_an_end(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiokafka's fetcher lets its cancelled fetches' CancelledError through."""
    stop: Any = AIOKafkaConsumer.stop

    async def stop_and_raise(consumer: Any) -> None:
        await stop(consumer)
        raise asyncio.CancelledError

    monkeypatch.setattr(AIOKafkaConsumer, "stop", stop_and_raise)
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(3)))
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 3)
