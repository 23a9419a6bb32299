"""One real broker for the whole run, topics of its own for each test."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from dotenv import dotenv_values
from hypothesis import settings

from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import KAFKA_VERSION, EmbeddedKafka
from stream_service.settings import PREFIX, names, secret_names, variable
from tests.support.cluster import Cluster
from tests.support.waiting import until

# What an example takes says nothing here: it is the machine that is busy.
settings.register_profile("project", deadline=None)
settings.load_profile("project")


def pytest_configure() -> None:
    """See to it that no setting of whoever runs the tests decides what they find."""
    settings_of_all = (*names(), *(f"{name}_file" for name in secret_names()))
    for name in map(variable, settings_of_all):
        os.environ.pop(name, None)
    # Commands that tests start in this folder read it too.
    dotenv = Path(".env")
    given = [name for name in dotenv_values(dotenv) if name.startswith(PREFIX)]
    if given:
        raise pytest.UsageError(
            f"{dotenv.absolute()} sets {', '.join(given)}: the tests would run by it. "
            "Move it away meanwhile"
        )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kafka() -> AsyncIterator[EmbeddedKafka]:
    """A single broker that no test may stop or kill.

    ``STREAM_TEST_KAFKA_VERSION=3.3.2 pytest tests/integration/streaming/test_engine.py`` tells
    whether the engine holds on another one.
    """
    version = os.environ.get("STREAM_TEST_KAFKA_VERSION", KAFKA_VERSION)
    # Looks for logs to compact every 15 s by default.
    quick = {"log.cleaner.backoff.ms": "500"}
    async with EmbeddedKafka.start(version=version, settings=quick) as running:
        yield running


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def no_task_left_behind() -> AsyncIterator[None]:
    """Every task has an owner who ends it: one that is forgotten fails its own test, not another.

    Destroyed while pending, it would be an error in the log of whoever runs then.
    """
    before = asyncio.all_tasks()
    yield
    await until(lambda: not _tasks_since(before), f"the end of {_tasks_since(before)}")


def _tasks_since(before: set["asyncio.Task[object]"]) -> set["asyncio.Task[object]"]:
    own = asyncio.current_task()
    return {task for task in asyncio.all_tasks() if task not in before and task is not own}


@pytest.fixture
def cluster(kafka: EmbeddedKafka) -> Cluster:
    """The shared broker with unused topic names."""
    return Cluster(kafka.bootstrap_servers, Topics(f"t{uuid4().hex[:12]}."))
