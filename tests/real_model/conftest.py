"""The real model for the tests in this folder; they run by ``make test-llm`` only."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.real_model.fetching import fetched
from tests.real_model.server import RealModel, serving


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def real_model() -> AsyncIterator[RealModel]:
    """One server for all tests: its base URL and the model's name."""
    asset = fetched()
    if asset is None:
        pytest.fail("the model is not in the cache: make test-llm fetches it")
    async with serving(asset) as running:
        yield running
