"""The engine of this project as a contender."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from benchmarks.engine.contender import Contender
from benchmarks.engine.work import PreparedWork
from benchmarks.peers.job import Published
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.outcome import Outcome
from stream_service.streaming.partition import Partition
from stream_service.streaming.publishing.outcome_publisher import DeliveryMode
from tests.support.cluster import Cluster
from tests.support.engine import Recorder, running
from tests.support.judges import EchoJudge


class _Counter(Recorder):
    def __init__(self, published: Published) -> None:
        super().__init__()
        self._published = published

    def outcome_published(self, partition: Partition, outcome: Outcome) -> None:
        self._published(1)


def ours(delivery: DeliveryMode) -> Contender:
    """The engine as it is delivered, but for the number of records in flight."""

    @asynccontextmanager
    async def contender(
        cluster: Cluster, work: PreparedWork, in_flight: int, published: Published
    ) -> AsyncGenerator[None]:
        window = max(StreamLimits().window_events, 2 * in_flight)
        limits = StreamLimits(delivery=delivery, in_flight=in_flight, window_events=window)
        async with running(cluster, EchoJudge(work), limits=limits, recorder=_Counter(published)):
            yield

    return contender
