"""Analysts with loaded models, once for all tests of the folder."""

from collections.abc import AsyncIterator
from typing import cast

import pytest
import pytest_asyncio

from stream_service.analysis.local import EncoderChoice, LocalAnalyst


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=["auto", "universal"])
async def any_analyst(request: pytest.FixtureRequest) -> AsyncIterator[LocalAnalyst]:
    """An analyst with each encoder in turn."""
    analyst = await LocalAnalyst.start(encoder=cast("EncoderChoice", request.param), workers=2)
    yield analyst
    await analyst.aclose()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def analyst() -> AsyncIterator[LocalAnalyst]:
    """The analyst as it is started by default."""
    analyst = await LocalAnalyst.start(workers=2)
    yield analyst
    await analyst.aclose()
