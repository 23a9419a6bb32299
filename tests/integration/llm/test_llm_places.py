"""Events that a language model has no place for wait before the graph, over a real Kafka."""

from datetime import UTC, datetime

import pytest

from stream_service.analysis.llm.chain.concurrency import BESIDE_CALLS, FIRST_LIMIT
from stream_service.contracts.events import event_record
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.devkit.kafka.ports import choose_free
from stream_service.devkit.llm_simulator import Latency, LlmSimulator
from tests.support.cluster import Cluster
from tests.support.feedback import output_event_ids
from tests.support.scraping import scrape
from tests.support.waiting import until
from tests.support.worker_process import worker

EVENTS = 600


@pytest.mark.timeout(240)
async def test_a_worker_that_begins_on_a_backlog_has_as_many_under_way_as_there_are_places(
    cluster: Cluster,
) -> None:
    await cluster.create_topics(partitions=2)
    (port,) = choose_free(1)
    async with LlmSimulator.start() as simulator:
        simulator.behave(latency=Latency(mean_s=0.5))
        settings = (
            f"llm.base_url={simulator.base_url}",
            "llm.cache_bytes=0",
            f"llm.concurrency={EVENTS}",
            f"consumer.in_flight={EVENTS}",
            f"metrics.port={port}",
        )
        # As many customers, no two texts alike: neither order nor a shared call holds them back.
        now = datetime.now(UTC)
        events = [
            FeedbackEvent(event_id=f"e{n}", customer_id=f"c{n}", text=f"Parcel {n} came late.")
            for n in range(EVENTS)
        ]
        await cluster.publish([event_record(cluster.topics.events, one, now) for one in events])
        under_way: list[float] = []
        limits: list[float] = []
        with worker(cluster, *settings):
            await until(lambda: simulator.requests.total > 0, "the first call", timeout_s=60)

            async def all_there() -> bool:
                told = await scrape(port)
                under_way.append(told.total("feedback_inflight_events"))
                limits.append(told.total("feedback_llm_concurrency_limit"))
                return len(await output_event_ids(cluster)) >= EVENTS

            await until(all_there, "every output", timeout_s=90)
    assert max(under_way) > FIRST_LIMIT, "or nothing was bounded"
    # The limit only grows here, and it may while a scrape is written: so the next one's is taken.
    for events, limit in zip(under_way, limits[1:], strict=False):
        assert events <= 2 * limit + BESIDE_CALLS
    assert sorted(await output_event_ids(cluster)) == sorted(f"e{n}" for n in range(EVENTS))
