"""A simulator of its own for each test, and clients of it."""

from collections.abc import AsyncIterator

import pytest_asyncio
from aiohttp import ClientSession, ClientTimeout
from openai import AsyncOpenAI

from stream_service.devkit.llm_simulator import LlmSimulator


@pytest_asyncio.fixture(loop_scope="session")
async def simulator() -> AsyncIterator[LlmSimulator]:
    async with LlmSimulator.start() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession(timeout=ClientTimeout(total=20)) as session:
        yield session


@pytest_asyncio.fixture(loop_scope="session")
async def client(simulator: LlmSimulator) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(
        base_url=simulator.base_url, api_key="any", max_retries=0, timeout=20
    ) as made:
        yield made
