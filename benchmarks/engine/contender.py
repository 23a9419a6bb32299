"""What is compared: something that consumes events and publishes what became of them."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from benchmarks.engine.work import PreparedWork
from benchmarks.peers.job import Published
from tests.support.cluster import Cluster


class Contender(Protocol):
    """A way of consuming, transforming and producing."""

    def __call__(
        self, cluster: Cluster, work: PreparedWork, in_flight: int, published: Published
    ) -> AbstractAsyncContextManager[object]:
        """Run for the block, with ``in_flight`` records worked on at once."""
        ...
