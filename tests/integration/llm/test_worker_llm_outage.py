"""A worker whose language model goes away and comes back, over a real Kafka."""

import orjson
import pytest

from stream_service.devkit.llm_simulator import Fault, LlmSimulator
from tests.support.cluster import Cluster
from tests.support.feedback import output_event_ids, publish_events
from tests.support.waiting import until
from tests.support.worker_process import worker


@pytest.mark.timeout(240)
async def test_an_outage_holds_events_back_and_the_model_judges_every_one(
    cluster: Cluster,
) -> None:
    await cluster.create_topics(partitions=2)
    async with LlmSimulator.start() as simulator:
        simulator.behave(faults={Fault.UNAVAILABLE: 1.0})
        settings = (
            f"llm.base_url={simulator.base_url}",
            "llm.cache_bytes=0",
            "consumer.in_flight=30",
        )
        published = await publish_events(cluster, 120)
        with worker(cluster, *settings):
            # Five of five failed, then the probe: the breaker is open, and the events wait.
            await until(lambda: simulator.requests.total >= 6, "the outage", timeout_s=60)
            assert await output_event_ids(cluster) == []
            simulator.behave(faults={})

            async def all_there() -> bool:
                return len(await output_event_ids(cluster)) >= len(published)

            await until(all_there, "every output", timeout_s=90)
        records = await cluster.read_committed(cluster.topics.replies, cluster.topics.reviews)
    outputs = [orjson.loads(record.value or b"") for record in records]
    assert sorted(one["event_id"] for one in outputs) == sorted(published)
    assert {one["provenance"]["analyst"] for one in outputs} == {"llm"}
    assert not any(one["provenance"]["degraded"] for one in outputs)
