"""One guarded broker for all tests of this folder."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from stream_service.contracts.topics import Topics
from tests.support.guarded_kafka import GuardedKafka, guarded_kafka


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[GuardedKafka]:
    async with guarded_kafka(tmp_path_factory.mktemp("certificates")) as running:
        yield running


@pytest.fixture
def topics() -> Topics:
    """Topic names that no other test uses."""
    return Topics(f"t{uuid4().hex[:12]}.")
