"""Creates topics, and waits until they can be used."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, for_code

from stream_service.devkit.kafka.errors import TopicsNotCreated
from stream_service.streaming.client.closing import CLOSE_TIMEOUT_S, closes
from stream_service.streaming.client.startup import start_whole, wait_for_controller

# A new topic is known to all brokers and has its leaders within milliseconds.
POLL_INTERVAL_S = 0.02


@dataclass(frozen=True, slots=True)
class Topic:
    """How a topic is made. `replication` None means as many copies as the cluster keeps."""

    partitions: int = 1
    replication: int | None = None
    configs: Mapping[str, str] = field(default_factory=dict[str, str])


async def create_topics(
    bootstrap_servers: str,
    topics: Mapping[str, Topic],
    *,
    default_replication: int,
    timeout_s: float,
) -> None:
    """Create topics, and return when every partition has a leader.

    Raises TopicsNotCreated, also when the time given has run out.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        async with asyncio.timeout(timeout_s):
            await start_whole(admin.start)
            await wait_for_controller(admin)
            await _create(admin, topics, default_replication, timeout_s)
            await _wait_for_leaders(admin, topics)
    except TimeoutError as error:
        reason = f"no answer within {timeout_s:g} s"
        raise TopicsNotCreated(dict.fromkeys(topics, reason)) from error
    except KafkaError as error:
        raise TopicsNotCreated(dict.fromkeys(topics, str(error))) from error
    finally:
        await closes(admin.close(), CLOSE_TIMEOUT_S)


async def _create(
    admin: AIOKafkaAdminClient,
    topics: Mapping[str, Topic],
    default_replication: int,
    timeout_s: float,
) -> None:
    requests = [
        NewTopic(
            name=name,
            num_partitions=topic.partitions,
            replication_factor=topic.replication or default_replication,
            topic_configs=dict(topic.configs),
        )
        for name, topic in topics.items()
    ]
    answer = await admin.create_topics(requests, timeout_ms=int(timeout_s * 1000))
    # The client has no types: an answer is a tuple of (topic, error code, message) by version.
    outcomes = cast("list[tuple[str, int, str | None]]", cast("Any", answer).topic_errors)
    refused = {name: message or _meaning_of(code) for name, code, message in outcomes if code != 0}
    if refused:
        raise TopicsNotCreated(refused)


async def _wait_for_leaders(admin: AIOKafkaAdminClient, topics: Mapping[str, Topic]) -> None:
    while True:
        described = cast("list[dict[str, Any]]", await admin.describe_topics(list(topics)))
        led = {
            description["topic"]: sum(
                partition["leader"] >= 0 for partition in description["partitions"]
            )
            for description in described
        }
        if all(led.get(name) == topic.partitions for name, topic in topics.items()):
            return
        await asyncio.sleep(POLL_INTERVAL_S)


def _meaning_of(code: int) -> str:
    return str(cast("Any", for_code)(code).__name__)
