"""A worker's clock is more than an hour ahead of the broker's, which then refuses its records."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from stream_service.streaming.errors import FailureReason
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.publishing.outcome_publisher import DeliveryMode
from stream_service.streaming.publishing.publisher import PublishingFailed, RecordPublisher
from tests.support.cluster import Cluster
from tests.support.engine import replied_event_ids, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge
from tests.support.waiting import until


@pytest.fixture
def set_clock_right(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Records are stamped two hours ahead until this is called."""
    client: Any = AIOKafkaProducer
    send = client.send
    ahead = timedelta(hours=2)

    async def send_ahead(producer: Any, topic: str, **fields: Any) -> Any:
        stamp = round((datetime.now(UTC) + ahead).timestamp() * 1000)
        return await send(producer, topic, **{**fields, "timestamp_ms": stamp})

    def mend() -> None:
        nonlocal ahead
        ahead = timedelta()

    monkeypatch.setattr(AIOKafkaProducer, "send", send_ahead)
    return mend


@pytest.mark.parametrize("delivery", list(DeliveryMode))
async def test_the_cause_is_named_and_all_is_published_once_the_clock_is_right(
    cluster: Cluster, delivery: DeliveryMode, request: pytest.FixtureRequest
) -> None:
    await cluster.create_topics()
    await cluster.publish(numbered(cluster, range(10), keys=3))
    set_clock_right = request.getfixturevalue("set_clock_right")
    limits = StreamLimits(session_timeout_s=6, delivery=delivery)
    async with running(cluster, EchoJudge(), limits=limits) as recorder:
        # More refusals than an outcome may have before it is set aside as a dead letter.
        await until(lambda: len(recorder.failures) > 3, "refusals", timeout_s=60)
        set_clock_right()

        async def all_there() -> bool:
            return len(await replied_event_ids(cluster)) >= 10

        await until(all_there, "replies", timeout_s=60)
    assert sorted(await replied_event_ids(cluster)) == [f"e{number}" for number in range(10)]
    assert {reason for _, reason, _ in recorder.failures} == {FailureReason.CLOCK_OFF}
    assert "set the clock" in recorder.failures[0][2]
    assert not await cluster.read_committed(cluster.topics.dead_letters)


@pytest.mark.usefixtures("set_clock_right")
async def test_a_publisher_is_told_what_to_do(cluster: Cluster) -> None:
    await cluster.create_topics()
    with pytest.raises(PublishingFailed, match="set the clock"):
        async with RecordPublisher(cluster.connection) as publisher:
            await publisher.publish(numbered(cluster, range(1)))
