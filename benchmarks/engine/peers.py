"""Peers of benchmarks.peers as contenders of the engine, with work that is no judge's."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from benchmarks.engine.contender import Contender
from benchmarks.engine.work import PreparedWork, transform
from benchmarks.peers.contenders.aiokafka_batches import aiokafka_batches
from benchmarks.peers.contenders.faststream_subscribers import faststream
from benchmarks.peers.job import AsyncContender, Job, Published
from tests.support.cluster import Cluster


def _of(peer: AsyncContender, name: str) -> Contender:
    @asynccontextmanager
    async def contender(
        cluster: Cluster, work: PreparedWork, in_flight: int, published: Published
    ) -> AsyncGenerator[None]:
        job = Job(
            bootstrap_servers=cluster.bootstrap_servers,
            topic_prefix=cluster.topics.prefix,
            group_id=f"{cluster.topics.prefix}{name}",
            in_flight=in_flight,
            # More workers than that have nothing to do where they are counted by partitions.
            partitions=in_flight,
        )
        async with peer(job, partial(transform, cluster.topics, work), published):
            yield

    return contender


plain_loop = _of(aiokafka_batches, "plain")
faststream_ack_first = _of(faststream(ack_first=True), "faststream")
