"""Another member of the engine's group, which comes and goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.engine import group_of


@asynccontextmanager
async def passing_member(cluster: Cluster, *topics: str) -> AsyncGenerator[Any]:
    """A member of another kind, that takes its share of ``topics`` and works on nothing.

    Without ``topics`` it subscribes to the engine's own. Where there are too few partitions for
    both, its name gets it the first ones.
    """
    consumer: Any = AIOKafkaConsumer(
        *(topics or (cluster.topics.events, cluster.topics.review_decisions)),
        bootstrap_servers=cluster.bootstrap_servers,
        client_id="a-passing-member",
        group_id=group_of(cluster),
        enable_auto_commit=False,
        partition_assignment_strategy=(RangePartitionAssignor,),
        session_timeout_ms=6000,
        heartbeat_interval_ms=500,
    )
    async with client_started(consumer):
        async with asyncio.timeout(60):
            while not consumer.assignment():
                await consumer.getmany(timeout_ms=100)
        yield consumer
