"""One real broker for the whole run, topics of its own for each test."""

import os
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from hypothesis import settings

from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import KAFKA_VERSION, EmbeddedKafka
from tests.support.cluster import Cluster

# What an example takes says nothing here: it is the machine that is busy.
settings.register_profile("project", deadline=None)
settings.load_profile("project")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kafka() -> AsyncIterator[EmbeddedKafka]:
    """A single broker that no test may stop or kill.

    ``STREAM_TEST_KAFKA_VERSION=3.3.2 pytest tests/integration/test_engine.py`` tells whether the
    engine holds on another one.
    """
    version = os.environ.get("STREAM_TEST_KAFKA_VERSION", KAFKA_VERSION)
    # Looks for logs to compact every 15 s by default.
    quick = {"log.cleaner.backoff.ms": "500"}
    async with EmbeddedKafka.start(version=version, settings=quick) as running:
        yield running


@pytest.fixture
def cluster(kafka: EmbeddedKafka) -> Cluster:
    """The shared broker with unused topic names."""
    return Cluster(kafka.bootstrap_servers, Topics(f"t{uuid4().hex[:12]}."))
