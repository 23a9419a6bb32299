"""One real broker for the whole run, topics of its own for each test."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from hypothesis import settings

from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from tests.support.cluster import Cluster

# What an example takes says nothing here: it is the machine that is busy.
settings.register_profile("project", deadline=None)
settings.load_profile("project")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kafka() -> AsyncIterator[EmbeddedKafka]:
    """A single broker that no test may stop or kill."""
    async with EmbeddedKafka.start() as running:
        yield running


@pytest.fixture
def cluster(kafka: EmbeddedKafka) -> Cluster:
    """The shared broker with unused topic names."""
    return Cluster(kafka.bootstrap_servers, Topics(f"t{uuid4().hex[:12]}."))
